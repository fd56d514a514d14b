from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_apt import (
    FILE,
    FOLDER,
    MAIN,
    TEXT,
    parse_dump,
    read_after,
    wrong,
)

OFF = 'APT::Periodic::Enable "0";\n'


@pytest.mark.parametrize(
    ("dump", "names"),
    [
        pytest.param(OFF, [], id="off"),
        pytest.param(TEXT, [], id="our own file"),
        pytest.param("", ["APT::Periodic::Enable"], id="apt takes what is not set for on"),
        pytest.param('APT::Periodic::Enable "1";', ["APT::Periodic::Enable"], id="on"),
        pytest.param('APT::Periodic::Enable "false";', ["APT::Periodic::Enable"], id="the job reads numbers only"),
        pytest.param('apt::periodic::enable "0";', [], id="names in any case"),
        pytest.param(
            f'{OFF}APT::Periodic::Unattended-Upgrade "1";', ["APT::Periodic::Unattended-Upgrade"], id="an upgrade"
        ),
        pytest.param(
            f'{OFF}APT::Periodic::Update-Package-Lists "always";',
            ["APT::Periodic::Update-Package-Lists"],
            id="in words",
        ),
        pytest.param(
            f'{OFF}APT::Periodic::Download-Upgradeable-Packages "7d";',
            ["APT::Periodic::Download-Upgradeable-Packages"],
            id="in days",
        ),
        pytest.param(f'{OFF}APT::Periodic::Unattended-Upgrade "0d";', [], id="no days"),
        pytest.param(
            f'{OFF}Unattended-Upgrade::Automatic-Reboot "true";', ["Unattended-Upgrade::Automatic-Reboot"], id="reboots"
        ),
        pytest.param(f'{OFF}Unattended-Upgrade::InstallOnShutdown "No";', [], id="a no"),
        pytest.param(
            f'APT::Periodic::Enable "1";\n{OFF}APT::Periodic::Unattended-Upgrade "1";\n'
            'APT::Periodic::Unattended-Upgrade "0";',
            [],
            id="the last word holds",
        ),
    ],
)
def test_what_apt_does_by_itself(dump: str, names: list[str]) -> None:
    assert [one.name for one in wrong(parse_dump(dump))] == names


def test_the_evidence_is_one_cleaned_line() -> None:
    [one] = wrong(parse_dump(OFF + 'APT::Periodic::Unattended-Upgrade "1\x1b[2J";'))
    assert one.evidence == r"it is '1\\x1b[2J' in apt's merged configuration"
    assert "takes that for on" in wrong([])[0].evidence


@pytest.mark.parametrize(
    ("names", "main", "paths"),
    [
        (["20auto-upgrades", "zz-ai-systems-runbook", "99local"], False, []),
        (["zzz"], False, [f"{FOLDER}/zzz"]),
        (["zz-ai-systems-runbook.conf"], False, [f"{FOLDER}/zz-ai-systems-runbook.conf"]),
        # apt passes these over.
        (["zzz.dpkg-old", "zzz~", ".zzz"], False, []),
        ([], True, [MAIN]),
        # By bytes, and so capitals come first.
        (["ZZZ"], False, []),
    ],
)
def test_what_is_read_after_our_file(names: list[str], *, main: bool, paths: list[str]) -> None:
    assert read_after(names, main=main) == paths


def test_our_file_lies_where_apt_reads_it() -> None:
    assert FILE.startswith(f"{FOLDER}/")
