"""Runbook 4.4 on a real node: what services say is in the journal, on the disk, before, during and after the change."""

from __future__ import annotations

import json
import re
import time
import typing as t

import pytest

from tests.nodes.conftest import LabNodes
from tests.nodes.harness import ROOT, Action, Node, Run

ROLE = "journal"
FOLDER = "/etc/systemd/journald.conf.d"
DROP_IN = f"{FOLDER}/99-ai-systems-runbook.conf"
VOLATILE = "/usr/lib/systemd/journald.conf.d/40-rpi-volatile-storage.conf"
JOURNALD = "systemd-journald.service"
TAKE_UP = ("4.4", JOURNALD, "stop and start")
WRITE = ("4.4", DROP_IN, "write")


@pytest.fixture(scope="module")
def node(lab_node: LabNodes) -> Node:
    return lab_node("t-journal")


# systemd starts a unit five times within ten seconds and no more, and these tests are quick.
FORGET = f"systemctl reset-failed {JOURNALD}"
START = f"{FORGET} && systemctl start {JOURNALD}"


def converged(node: Node) -> Run:
    """Run the role, as if journald had not been started for a while."""
    node.root(FORGET).ok()
    return node.role(ROLE).ok()


def volatile(node: Node) -> None:
    """Put the node back to what Raspberry Pi OS ships: no drop-in of ours, and a journal in memory."""
    node.root(
        f"rm -f {DROP_IN} && printf '[Journal]\\nStorage=volatile\\n' > {VOLATILE}"
        f" && systemctl --quiet stop {JOURNALD} && {START}"
    ).ok()


def opened(node: Node) -> list[str]:
    """Return the journal files that journald has open."""
    return node.root("find /proc/$(pidof systemd-journald)/fd -lname '*.journal' -printf '%l\\n'").ok().split()


def on_disk(node: Node) -> str:
    return f"/var/log/journal/{node.root('cat /etc/machine-id').ok().strip()}/system.journal"


def summary(run: Run, node: Node) -> str:
    return str(run.rows(node.name)["4.4"]["sentence"])


def journald(node: Node) -> str:
    return node.root("pidof systemd-journald").ok().strip()


def failed_units(node: Node) -> str:
    return node.root("systemctl list-units --failed --no-legend --plain").ok()


def reboot(node: Node) -> None:
    """Stop and start the node's container: its processes end and /run is emptied, the kernel's boot id stays."""
    node.root("touch /run/before-reboot").ok()
    node.reboot()
    assert node.root("test -e /run/before-reboot").rc != 0


def test_four_runs_on_what_raspberry_pi_os_ships(node: Node) -> None:
    volatile(node)
    assert opened(node)[0].startswith("/run/log/journal/")
    before = node.root(f"ls -l {FOLDER}; pidof systemd-journald").ok()
    predicted = node.role(ROLE, check=True).ok()
    assert node.root(f"ls -l {FOLDER}; pidof systemd-journald").ok() == before
    done = node.role(ROLE).ok()
    assert predicted.actions == done.actions == {WRITE, TAKE_UP}
    assert "-writes to /run/log/journal/" in predicted.output
    assert "+SystemMaxUse=500M" in predicted.output
    assert on_disk(node) in opened(node)
    assert all(path.startswith("/var/log/journal/") for path in opened(node))
    assert f"overrides Storage=volatile in {VOLATILE}" in summary(done, node)
    assert node.role(ROLE, check=True).ok().actions == set()
    last = node.role(ROLE).ok()
    assert last.actions == set()
    assert f"overrides Storage=volatile in {VOLATILE}" in summary(last, node)
    assert re.findall(r"TASK \[ai_systems\.runbook\.journal : (?!Validating)", last.output) == [
        "TASK [ai_systems.runbook.journal : "
    ]
    assert failed_units(node) == ""


COUNTER = "import sys,time\nfor i in range(10**6): {say}; time.sleep(0.005)"
TALKERS = {
    "talk-stdout": COUNTER.format(say="print(i, flush=True)"),
    "talk-stderr": COUNTER.format(say="print(i, file=sys.stderr)"),
    "talk-syslog": "import syslog; " + COUNTER.format(say="syslog.syslog(str(i))"),
}


@pytest.fixture
def talkers(node: Node) -> t.Iterator[list[str]]:
    """Services that count without end, each on another way to the journal."""
    names = list(TALKERS)
    for name, text in TALKERS.items():
        node.root(f"cat > /run/{name}.py", stdin=text).ok()
        unit = f"[Service]\nExecStart=/usr/bin/python3 /run/{name}.py\n"
        node.root(f"cat > /run/systemd/system/{name}.service", stdin=unit).ok()
    node.root(f"systemctl daemon-reload && systemctl start {' '.join(names)}").ok()
    for name in names:
        wait_until(lambda name=name: counted(node, name) != [])  # type: ignore[misc]
    yield names
    files = " ".join(f"/run/{name}.py /run/systemd/system/{name}.service" for name in names)
    node.root(f"systemctl stop {' '.join(names)}; rm {files}; systemctl daemon-reload").ok()


def counted(node: Node, name: str) -> list[int]:
    said = node.root(f"journalctl --sync && journalctl --quiet --output=cat -u {name}").ok().split("\n")
    return [int(line) for line in said if line.isdigit()]


def wait_until(what: t.Callable[[], bool], *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def goes_on(node: Node, name: str) -> None:
    """Wait until much more of a talker has arrived than is there now."""
    last = counted(node, name)[-1]
    wait_until(lambda: counted(node, name)[-1] > last + 100)


def test_what_services_say_before_during_and_after_arrives(node: Node, talkers: list[str]) -> None:
    volatile(node)
    # A change of storage by hand may lose nothing either, so the counting begins before it.
    pids = node.root("pgrep -f '^/usr/bin/python3 /run/talk-'").ok()
    node.role(ROLE).ok()
    for name in talkers:
        goes_on(node, name)
    assert node.root("pgrep -f '^/usr/bin/python3 /run/talk-'").ok() == pids
    for name in talkers:
        numbers = counted(node, name)
        assert numbers == list(range(len(numbers))), name
        there = node.root(f"journalctl --quiet --output=cat --file={on_disk(node)} -u {name}").ok().split()
        assert there.count("0") == 1, name


def test_a_reboot_keeps_the_journal_and_without_the_role_it_does_not(node: Node) -> None:
    def shown(word: str) -> str:
        return node.root(f"journalctl --quiet --output=cat -t reboot-test -g {word}").out.strip()

    node.role(ROLE).ok()
    node.root("logger -t reboot-test kept && journalctl --sync").ok()
    reboot(node)
    assert shown("kept") == "kept"
    assert on_disk(node) in opened(node)
    assert node.role(ROLE).ok().actions == set()
    volatile(node)
    node.root("logger -t reboot-test lost && journalctl --sync").ok()
    assert shown("lost") == "lost"
    reboot(node)
    assert shown("lost") == ""
    assert shown("kept") == "" or on_disk(node) not in opened(node)
    assert node.role(ROLE).ok().actions == {WRITE, TAKE_UP}
    assert shown("kept") == "kept"


AFTER = {
    "/etc/systemd/journald.conf.d/zz-something.conf": "Storage=volatile",
    "/usr/lib/systemd/journald.conf.d/99-ai.conf": "SystemMaxUse=1G",
    "/run/systemd/journald.conf.d/\N{LATIN SMALL LETTER E WITH ACUTE}.conf": "Storage=",
}


def test_what_is_read_after_ours_is_an_error_that_names_it(node: Node) -> None:
    node.root(f"rm -f {DROP_IN}").ok()
    for path, text in AFTER.items():
        node.root(f"mkdir -p '{path.rpartition('/')[0]}'; cat > '{path}'", stdin=f"[Journal]\n{text}\n").ok()
    pid = journald(node)
    for check in (True, False):
        run = node.role(ROLE, check=check).failed(
            *(f"{text} in {path}" for path, text in AFTER.items()), f"is read after {DROP_IN} and overrides it"
        )
        assert run.actions == set()
    assert node.root(f"test -e {DROP_IN}").rc != 0
    assert journald(node) == pid
    for path in AFTER:
        node.root(f"rm '{path}'").ok()


# One of each kind; all that a file's text can have is in the unit tests of what reads it.
HOSTILE = {
    "printf '[Journal]\\nStorage=auto\\033[2J\\n' > {}": "its line 2 has a control character",
    "head -c 5000000 /dev/zero | tr '\\0' '#' > {}": "is larger than 1048576 bytes",
    "mkfifo {}": "is not a regular file",
    "ln -s /dev/zero {}": "is not a regular file",
    "ln -s 50-hostile.conf {}": "it cannot be read (Too many levels of symbolic links)",
}


def test_what_keeps_journald_from_its_configuration_is_named_before_journald_is_stopped(node: Node) -> None:
    path = f"{FOLDER}/50-hostile.conf"
    pid = journald(node)
    for make, said in HOSTILE.items():
        node.root(f"mkdir -p {FOLDER}; rm -f {DROP_IN}; {make.format(path)}").ok()
        run = node.role(ROLE).failed(f"{path} keeps journald from reading its configuration", said)
        assert "\x1b[2J" not in run.output
        assert run.actions == set()
        node.root(f"rm -r {path}").ok()
    assert journald(node) == pid


def test_what_journald_passes_over_is_no_error_and_hides_what_has_its_name(node: Node) -> None:
    path = f"{FOLDER}/{VOLATILE.rpartition('/')[2]}"
    volatile(node)
    node.root(f"mkdir -p {FOLDER}").ok()
    for make in ("ln -s nowhere {}", "ln -s /dev/null {}", ": > {}", "echo '[Journal]' > {} && chmod 0 {}"):
        node.root(f"rm -f {path}; {make.format(path, path)}").ok()
        assert "overrides" not in summary(converged(node), node)
        assert on_disk(node) in opened(node)
    node.root(f"rm {path}").ok()
    # A file has gone from the folder since journald was started.
    assert converged(node).actions == {TAKE_UP}


SPOILT = (
    "journalctl --relinquish-var",
    f"cp {DROP_IN} /run/copy && cp /run/copy {DROP_IN}",
    "echo >> /etc/systemd/journald.conf",
    f"systemctl --quiet stop {JOURNALD}; rm -f /run/systemd/journal/flushed; {START}",
)


def test_a_right_configuration_that_journald_has_not_taken_up_is_a_change(node: Node) -> None:
    converged(node)
    for spoil in SPOILT:
        node.root(spoil).ok()
        assert node.role(ROLE, check=True).ok().actions == {TAKE_UP}
        assert converged(node).actions == {TAKE_UP}
        assert on_disk(node) in opened(node)
    assert node.role(ROLE).ok().actions == set()


FOLDER_MODE = ("4.4", "/var/log/journal", "set owner and mode")
BY_HAND: tuple[tuple[str, set[Action]], ...] = (
    (
        f"chmod 666 {DROP_IN}; chown daemon {DROP_IN}; chmod 777 /var/log/journal",
        {("4.4", DROP_IN, "set owner and mode"), TAKE_UP, FOLDER_MODE},
    ),
    (f"mv {DROP_IN} /root/ours; ln -s /root/ours {DROP_IN}", {WRITE, TAKE_UP}),
    (f"sed -i s/persistent/auto/ {DROP_IN}", {WRITE, TAKE_UP}),
    ("chgrp root /var/log/journal", {FOLDER_MODE}),
)


def test_what_was_changed_by_hand_is_put_right(node: Node) -> None:
    converged(node)
    for spoil, actions in BY_HAND:
        node.root(spoil).ok()
        assert node.role(ROLE, check=True).ok().actions == actions
        assert converged(node).actions == actions
        assert node.root(f"stat -c '%a %U %G %F' {DROP_IN} /var/log/journal").ok().splitlines() == [
            "644 root root regular file",
            "2755 root systemd-journal directory",
        ]
    assert node.role(ROLE).ok().actions == set()


def test_a_journal_on_a_tmpfs_is_an_error_and_one_without_a_folder_is_made(node: Node) -> None:
    volatile(node)
    node.root("mount -t tmpfs tmpfs /var/log/journal").ok()
    node.role(ROLE).failed(
        "/var/log/journal lies on tmpfs in memory, mounted at /var/log/journal, which a reboot empties"
    )
    node.root("umount /var/log/journal && umount /var/log/journal && rm -r /var/log/journal").ok()
    folder = ("4.4", "/var/log/journal", "create")
    assert node.role(ROLE, check=True).ok().actions == {WRITE, folder, TAKE_UP}
    assert node.role(ROLE).ok().actions == {WRITE, folder, TAKE_UP}
    assert node.role(ROLE).ok().actions == set()
    assert on_disk(node) in opened(node)
    assert node.root("stat -c '%a %U %G' /var/log/journal").ok().strip() == "2755 root systemd-journal"


def test_a_start_that_fails_is_told_and_the_same_command_mends_it(node: Node, talkers: list[str]) -> None:
    volatile(node)
    broken = f"/run/systemd/system/{JOURNALD}.d/broken.conf"
    node.root(
        f"mkdir -p {broken.rpartition('/')[0]}; cat > {broken}", stdin="[Service]\nExecStartPre=/bin/false\n"
    ).ok()
    node.root("systemctl daemon-reload").ok()
    node.role(ROLE).failed("journald did not take up its configuration", "run the same command again")
    node.root(f"rm -r {broken.rpartition('/')[0]} && systemctl daemon-reload").ok()
    # systemd starts nothing that failed five times within ten seconds.
    time.sleep(11)
    assert node.role(ROLE).ok().actions <= {TAKE_UP, ("4.4", JOURNALD, "start")}
    assert on_disk(node) in opened(node)
    for name in talkers:
        goes_on(node, name)
        numbers = counted(node, name)
        # With a journald that cannot start, systemd closes the socket of syslog; the streams it keeps.
        assert name == "talk-syslog" or numbers == list(range(len(numbers))), name
    assert failed_units(node) == ""


def test_a_bad_value_is_an_error_that_names_it(node: Node) -> None:
    for variable, value, said in (
        ("journal_system_max_use", "8M", "journal_system_max_use '8M' is too little"),
        ("journal_system_keep_free", "1G\nStorage=none", "journal_system_keep_free '1G\\nStorage=none' is no size"),
    ):
        assert node.role(ROLE, variables={variable: value}).failed(said).actions == set()


def test_other_bounds_are_taken_up_now(node: Node) -> None:
    bounds = {"journal_system_max_use": "80M", "journal_system_keep_free": "0", "journal_max_retention": "6month"}
    assert node.role(ROLE, variables=bounds).ok().actions == {WRITE, TAKE_UP}
    said = node.root(f"journalctl --quiet --output=cat -u {JOURNALD} | grep 'System Journal' | tail -n 1").ok()
    assert "max 80M" in said
    assert node.role(ROLE, variables=bounds).ok().actions == set()


def test_the_last_lines_of_a_unit_are_what_journalctl_has(node: Node) -> None:
    """The helper that other steps show a unit's journal with, against the real journalctl."""
    folder = ROOT / "plugins" / "module_utils"
    names = ("_command", "_text", "_unit_names", "_journal")
    sources = {f"{name}.py": (folder / f"{name}.py").read_text(encoding="utf-8") for name in names}
    unit = "[Service]\nExecStart=/bin/sh -c 'echo one; printf \"two\\\\033[31m\\\\n\"; exit 3'\n"
    node.root("cat > /run/systemd/system/last-lines.service", stdin=unit).ok()
    # The words of the first run are in the journal before the second one begins.
    once = "systemctl start last-lines; until systemctl --quiet is-failed last-lines; do sleep 0.1; done; "
    node.root(f"systemctl daemon-reload; {f'{once} journalctl --sync; ' * 2}").ok()
    script = (
        "import json,pathlib,subprocess,sys; p=pathlib.Path('/run/probe/probe'); p.mkdir(parents=True, exist_ok=True)\n"
        "[(p/name).write_text(text) for name, text in json.load(sys.stdin).items()]; sys.path.insert(0, '/run/probe')\n"
        "from probe._journal import last_lines\n"
        "unit = 'last-lines.service'\n"
        "last = subprocess.check_output(['systemctl','show','--value','-pInvocationID',unit],text=True).strip()\n"
        "print(json.dumps([last_lines(unit), last_lines(unit, since_invocation=last), last_lines('none.service'),\n"
        "  last_lines(unit, lines=2)]))\n"
    )
    node.root("cat > /run/ask.py", stdin=script).ok()
    every, last, none, two = json.loads(node.root("python3 /run/ask.py", stdin=json.dumps(sources)).ok())
    # What a unit says and what systemd says of it come by two ways, and reach the journal in no promised order.
    told = [
        *("Started last-lines.service.", "one", r"two\x1b[31m"),
        "last-lines.service: Main process exited, code=exited, status=3/NOTIMPLEMENTED",
        "last-lines.service: Failed with result 'exit-code'.",
    ]
    assert sorted(last) == sorted(told)
    assert [line for line in last if line in told[1:3]] == told[1:3]
    assert [line for line in last if line not in told[1:3]] == [told[0], *told[3:]]
    assert sorted(every) == sorted(told + told)
    assert every[-len(last) :] == last
    assert none == []
    assert two == last[-2:]
    node.root("rm -r /run/probe /run/ask.py /run/systemd/system/last-lines.service; systemctl daemon-reload").ok()
    # The test's own service has failed on purpose; systemd forgets it with its unit.
