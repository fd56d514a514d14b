"""Host keys: what a scan may show, what known_hosts may hold, and what follows from both."""

from __future__ import annotations

import base64
import pathlib
import subprocess
import threading

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _pins as pins


def blob(kind: str, filler: str = "x") -> str:
    return base64.b64encode(len(kind).to_bytes(4, "big") + kind.encode() + filler.encode()).decode()


def key(kind: str = "ssh-ed25519", filler: str = "x") -> pins.HostKey:
    return pins.HostKey(kind, blob(kind, filler))


A, B, RSA = key(filler="a"), key(filler="b"), key("ssh-rsa", "r")
AT = {"name": "192.0.2.10", "node": "a", "known_hosts": "/inv/known_hosts"}


def line(host_key: pins.HostKey, name: str = "192.0.2.10", comment: str = "a") -> str:
    return f"{name} {host_key.kind} {host_key.blob} {comment}\n"


def test_a_fingerprint_is_the_one_that_ssh_keygen_prints(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    kind, text, *_ = path.with_suffix(".pub").read_text().split()
    said = subprocess.run(["ssh-keygen", "-lf", path], capture_output=True, text=True, check=True).stdout
    assert pins.HostKey(kind, text).fingerprint == said.split()[1]


def test_a_scan_is_read_best_type_first_and_without_repeats() -> None:
    said = f"# 192.0.2.10:22 SSH-2.0\n{line(RSA)}{line(A)}{line(A)}".replace(" a\n", "\n")
    assert pins.scanned_keys(said) == [A, RSA]
    assert pins.scanned_keys("") == []


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("h ssh-ed25519\n", "cut short"),
        ("h ssh-ed25519 not-base64!\n", "not base64"),
        (f"h ssh-ed25519 {blob('ssh-rsa')}\n", "not of type ssh-ed25519"),
        (f"h ssh-dss {blob('ssh-dss')}\n", "'ssh-dss' is not one of"),
        (f"h \x1b]0;x\x07 {blob('x')}\n", "'\\x1b]0;x\\x07' is not one of"),
        (f"h ssh-ed25519 {'A' * 100_000}\n", "is none"),
        ("\x1b[2J\n", "cut short"),
    ],
)
def test_what_is_no_host_key_is_refused(said: str, reason: str) -> None:
    with pytest.raises(pins.PinError) as caught:
        pins.scanned_keys(said)
    assert reason in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_known_hosts_is_read_as_ssh_reads_it() -> None:
    text = f"# note\n\n@revoked * {A.kind} {A.blob}\nbroken\nh x y\n"
    text += line(A, "192.0.2.10,node") + line(RSA, "[h]:2222", "")
    assert pins.parse(text) == [pins.Pin("192.0.2.10,node", A, "a"), pins.Pin("[h]:2222", RSA, "")]


def test_a_hashed_line_is_matched(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "known_hosts"
    path.write_text(line(A))
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", path], check=True, capture_output=True)
    (pin,) = pins.parse(path.read_text())
    assert pin.is_for("192.0.2.10")
    assert not pin.is_for("192.0.2.11")
    assert not pins.Pin("|1|!|!", A, "").is_for("192.0.2.10")


def test_only_the_compared_keys_are_chosen() -> None:
    assert pins.chosen([A, RSA], [A.fingerprint]) == [A]
    assert pins.chosen([A, RSA], [RSA.fingerprint, A.fingerprint, A.fingerprint]) == [RSA, A]


@pytest.mark.parametrize("given", ["yes", "SHA256:short", "", "MD5:00", A.fingerprint.lower(), f" {A.fingerprint}"])
def test_what_is_no_fingerprint_is_refused(given: str) -> None:
    with pytest.raises(pins.PinError, match="is not of the form SHA256:"):
        pins.chosen([A], [given])


def test_one_fingerprint_that_the_node_lacks_pins_nothing() -> None:
    with pytest.raises(pins.PinError, match="does not have the key"):
        pins.chosen([A, RSA], [A.fingerprint, B.fingerprint])


def test_a_new_node_is_not_pinned_yet() -> None:
    assert pins.judge([A, RSA], [], **AT) is False
    assert pins.judge([A, RSA], pins.parse(line(B, "192.0.2.11", "b")), **AT) is False


def test_a_node_with_its_pinned_key_is_pinned() -> None:
    assert pins.judge([A, RSA], pins.parse(line(A)), **AT) is True
    # A type that it offers no more, as after an upgrade of sshd, is no change.
    assert pins.judge([A], pins.parse(line(A) + line(RSA)), **AT) is True


@pytest.mark.parametrize(
    ("shown", "pinned"),
    [([B, RSA], [A]), ([B], [A, RSA]), ([A, key("ssh-rsa", "other")], [A, RSA]), ([RSA], [A])],
)
def test_a_changed_key_names_causes_and_procedure(shown: list[pins.HostKey], pinned: list[pins.HostKey]) -> None:
    with pytest.raises(pins.PinError) as caught:
        pins.judge(shown, pins.parse("".join(line(each) for each in pinned)), **AT)
    for said in ("re-imaged", "another machine", "in between", "console", "ssh-keygen -R '192.0.2.10'", "replace=true"):
        assert said in str(caught.value)


def test_one_key_on_two_nodes_names_both() -> None:
    with pytest.raises(pins.PinError) as caught:
        pins.judge([B, A], pins.parse(line(A, "192.0.2.11", "greenhouse")), **AT)
    for said in ("a (192.0.2.10)", "greenhouse (192.0.2.11)", "cloned", A.fingerprint):
        assert said in str(caught.value)


def test_a_pin_is_added_and_all_else_stays() -> None:
    text = "# mine\n192.0.2.11 ssh-dss AAAA old\n@revoked * x y\nlast line without an end"
    assert pins.added(text, [A], name="192.0.2.10", node="a") == f"{text}\n{line(A)}"
    assert pins.added("", [A], name="192.0.2.10", node="a") == pins.HEADER + line(A)


def test_replacing_takes_the_nodes_own_lines_only() -> None:
    text = pins.HEADER + line(A) + line(RSA, "192.0.2.11", "b")
    replaced = pins.added(text, [B], name="192.0.2.10", node="a", replace=True)
    assert replaced == pins.HEADER + line(RSA, "192.0.2.11", "b") + line(B)


@pytest.mark.parametrize(
    ("held", "keys", "actions"),
    [
        ([], [A], [("ssh-ed25519", "pin")]),
        ([A], [B], [("ssh-ed25519", "replace")]),
        ([A], [B, RSA], [("ssh-ed25519", "replace"), ("ssh-rsa", "pin")]),
        ([A, RSA], [B], [("ssh-ed25519", "replace"), ("ssh-rsa", "remove")]),
        ([A, RSA], [A, key("ssh-rsa", "other")], [("ssh-rsa", "replace")]),
        ([RSA, RSA], [A], [("ssh-ed25519", "pin"), ("ssh-rsa", "remove")]),
    ],
)
def test_each_key_that_goes_is_told_with_what_comes_in_its_place(
    held: list[pins.HostKey], keys: list[pins.HostKey], actions: list[tuple[str, str]]
) -> None:
    others = line(key(filler="z"), "192.0.2.11", "b")
    text = pins.HEADER + others + "".join(line(each) for each in held)
    told = pins.pinning(text, keys, name="192.0.2.10", replace=True)
    assert told.actions == actions
    # What is told is what is done: what goes and comes, and nothing else.
    assert [pin.key for pin in told.gone] == held
    after = pins.added(text, keys, name="192.0.2.10", node="a", replace=True)
    assert after == pins.HEADER + others + "".join(line(each) for each in keys)
    assert told.before == "".join(f"192.0.2.10 {each.kind} {each.fingerprint}\n" for each in held)
    assert told.after == "".join(f"192.0.2.10 {each.kind} {each.fingerprint}\n" for each in keys)


def test_the_old_fingerprint_is_said_with_the_new_one() -> None:
    def said(held: list[pins.HostKey], keys: list[pins.HostKey], *, replace: bool = True) -> str:
        return pins.pinning("".join(map(line, held)), keys, name="192.0.2.10", replace=replace).said

    new, old, rsa = (f"{each.label} {each.fingerprint}" for each in (B, A, RSA))
    assert said([A, RSA], [B]) == f"{new} in place of {old}, {rsa}"
    assert said([A, RSA], [B, RSA]) == f"{new}, {rsa} in place of {old}"
    assert said([], [B]) == new
    assert said([A], [B], replace=False) == new


def test_a_line_for_several_names_is_told_with_all_of_them() -> None:
    told = pins.pinning(line(A, "192.0.2.11,192.0.2.10"), [B], name="192.0.2.10", replace=True)
    assert told.before == f"192.0.2.11,192.0.2.10 ssh-ed25519 {A.fingerprint}\n"


def test_a_hashed_line_is_told_by_the_name_that_found_it(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "known_hosts"
    path.write_text(line(A))
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", path], check=True, capture_output=True)
    told = pins.pinning(path.read_text(), [B], name="192.0.2.10", replace=True)
    assert told.before == f"192.0.2.10 ssh-ed25519 {A.fingerprint}\n"


def test_writers_wait_for_each_other_and_leave_no_lock(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "new folder" / "known_hosts"

    def pin(number: int) -> None:
        with pins.locked(path) as real:
            fresh = key(filler=str(number))
            pins.write(real, pins.added(pins.read(real), [fresh], name=f"192.0.2.{number}", node=str(number)))

    threads = [threading.Thread(target=pin, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pins.parse(path.read_text())) == 20
    assert [entry.name for entry in path.parent.iterdir()] == ["known_hosts"]
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_link_leads_to_the_file_that_is_written(tmp_path: pathlib.Path) -> None:
    real = tmp_path / "real"
    real.write_text("")
    link = tmp_path / "known_hosts"
    link.symlink_to(real)
    with pins.locked(link) as path:
        pins.write(path, line(A))
    assert link.is_symlink()
    assert real.read_text() == line(A)
