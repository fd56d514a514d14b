"""Lines of PAM by which somebody is let in without proof."""

from __future__ import annotations

import os
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _access_pam as pam
from tests.view import view

DEBIAN = """\
auth	[success=1 default=ignore]	pam_unix.so nullok
auth	requisite			pam_deny.so
auth	required			pam_permit.so
account	sufficient			pam_permit.so
auth	sufficient	pam_rootok.so
@include common-session
"""


def test_what_debian_ships_is_silent() -> None:
    assert pam.open_lines(DEBIAN) == []


@pytest.mark.parametrize(
    ("line", "module"),
    [
        ("auth sufficient pam_permit.so", "pam_permit"),
        ("-auth  sufficient  /lib/security/pam_permit.so debug", "pam_permit"),
        ("auth [default=ignore success=done] pam_permit.so", "pam_permit"),
        ("auth optional pam_exec.so expose_authtok /tmp/x", "pam_exec"),
        ("auth sufficient pam_rhosts.so", "pam_rhosts"),
        ("auth sufficient pam_wheel.so trust", "pam_wheel"),
        ("auth required pam_wheel.so", ""),
        ("session optional pam_exec.so /x", ""),
        ("# auth sufficient pam_permit.so", ""),
    ],
)
def test_lines(line: str, module: str) -> None:
    assert [one.module for one in pam.open_lines(f"{DEBIAN}{line}\n")] == ([module] if module else [])


def test_a_module_of_a_file_is_one_matter_and_what_cannot_be_read_is_unknown(tmp_path: pathlib.Path) -> None:
    line = "auth sufficient pam_permit.so\n"
    node = view(tmp_path, files={"/etc/pam.d/login": f"{line}#\n{line}"})
    os.mkfifo(tmp_path / "node/etc/pam.d/su")
    found = [(one.subject, one.verdict, one.remedy) for one in pam.look_at_pam(node)]
    assert found[0][:2] == ("/etc/pam.d/login pam_permit", "violation")
    assert 'sed -i "1s/^/# /;3s/^/# /" /etc/pam.d/login' in found[0][2]
    assert found[1][:2] == ("/etc/pam.d/su", "unknown")
