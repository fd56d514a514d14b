"""What a node without Python answers of its archives, and what is made of it: tables."""

from __future__ import annotations

import subprocess

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _bootstrap_origin as origin

KEY = "04B54C3CDCA79751B16BC6B5225629DF75B188BD"
OTHER = "F" * 40
LIST = "m.example_debian_dists_trixie_main_binary-arm64_Packages"
DIGEST = "cd" * 32


def evidence(
    *,
    signer: str = KEY,
    name: str = "Debian",
    codename: str = "trixie",
    listed: str = DIGEST,
    digest: str = DIGEST,
    title: str = LIST,
) -> str:
    return (
        "a banner\n=== runbook release ./m.example_debian_dists_trixie_InRelease\n"
        f"signer {signer}\nOrigin: {name}\nLabel: Debian\nCodename: {codename}\n"
        f"MD5Sum:\n {'ee' * 16} 9 main/binary-arm64/Packages\n"
        f"SHA256:\n {listed} 9 main/binary-arm64/Packages\n"
        f"=== runbook lists\n{digest}  ./{title}\n=== runbook end\n"
    )


def test_a_list_that_debian_signed_is_official() -> None:
    assert origin.official_lists(evidence(), ()) == ([LIST], [])


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (evidence(signer=OTHER), f"signed by {OTHER}"),
        (evidence(signer="abc"), "signed by nobody"),
        (evidence(name="Raspberry Pi Foundation"), "its origin is 'Raspberry Pi Foundation'"),
        (evidence(codename="bookworm"), "its codename is 'bookworm'"),
        (evidence(codename="trixie-backports"), "only for packages that the inventory names"),
        # Another content, a list that no Release names, and one of an archive that is not there.
        (evidence(digest="ee" * 32), ""),
        (evidence(title="m.example_debian_dists_trixie_main_binary-riscv64_Packages"), ""),
        (evidence(title="evil.example_dists_trixie_main_binary-arm64_Packages"), ""),
        (evidence(title="m.example_debian_dists_trixie_$(reboot)_Packages"), ""),
        ("", ""),
        ("=== runbook release \x1b[2J\n" * 3, "signed by nobody"),
    ],
)
def test_everything_else_is_not(said: str, why: str) -> None:
    lists, reasons = origin.official_lists(said, ())
    assert lists == []
    assert why in "; ".join(reasons)
    assert bool(reasons) == bool(why)
    assert "\x1b" not in "; ".join(reasons)


def test_a_key_of_the_inventory_counts_too() -> None:
    assert origin.official_lists(evidence(signer=OTHER), (OTHER,)) == ([LIST], [])


def test_what_apt_would_fetch_and_what_no_list_names() -> None:
    said = (
        f"'http://m.example/pool/a.deb' a_1_arm64.deb 7 SHA256:{'ab' * 32}\n"
        f"'http://m.example/pool/b.deb' b_1_arm64.deb 7 SHA256:{'cd' * 32}\n"
        "'http://m.example/pool/c.deb' c_1_arm64.deb 7 MD5Sum:00\n"
    )
    wanted = origin.debs(said)
    assert [deb.name for deb in wanted] == ["a_1_arm64.deb", "b_1_arm64.deb"]
    assert origin.unproven(wanted, f"SHA256: {'ab' * 32}\n") == ["b_1_arm64.deb from http://m.example/pool/b.deb"]
    assert len(origin.unproven(wanted, "grep: No such file\n")) == 2


def test_a_name_of_a_list_is_no_shell_code() -> None:
    command = origin.lookup_command(["a;touch x_Packages"], [origin.Deb("u", "n", "ab" * 32)])
    assert "'/var/lib/apt/lists/a;touch x_Packages'" in command


def test_the_script_is_a_plain_shells() -> None:
    done = subprocess.run(["/bin/sh", "-n", "-c", origin.EVIDENCE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
