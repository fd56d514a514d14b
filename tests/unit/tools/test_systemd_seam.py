# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a way to systemd may stand: in the seam, and with its reason in few other files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.systemd_seam import EXEMPT, SEAM, files, findings, one_seam_to_systemd

TOP = Path(__file__).resolve().parents[3]
STOP = 'Command("systemctl").run(["stop", unit])\n'


def lay_down(top: Path, name: str, text: str) -> Path:
    path = top / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return top


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("plugins/modules/x.py", STOP),
        ("plugins/action/x.py", 'shell("service ssh restart")\n'),
        ("roles/x/tasks/main.yml", "- ansible.builtin.systemd:\n    name: x\n"),
        ("roles/x/handlers/main.yml", "- service: name=x\n"),
        ("roles/x/templates/x.service.j2", "[Service]\nExecStopPost=systemctl try-restart {{ y }}\n"),
        ("roles/x/files/x.sh", "#!/bin/sh\nsystemctl stop x\n"),
        ("roles/x/README.md", "```\nsystemctl restart x\n```\n"),
        ("playbooks/x.yml", "- hosts: all\n  tasks:\n    - command: systemctl daemon-reload\n"),
        ("molecule/x/prepare.yml", "- hosts: all\n  tasks:\n    - systemd: {name: x}\n"),
        ("molecule/x/tests/test_x.py", 'host.run("systemctl restart x")\n'),
        ("lab/sample/x/x.service", "[Service]\nExecStart=/usr/bin/systemctl start y\n"),
        ("docs/x.md", "    systemctl mask x\n"),
        ("README.md", "Then run `systemctl reload x`.\n"),
        ("inventory/group_vars/all.yml", "x: systemctl kill y\n"),
        ("Makefile", "x:\n\tsystemctl restart y\n"),
    ],
)
def test_a_way_beside_the_seam_is_named(tmp_path: Path, name: str, text: str) -> None:
    (complaint,) = one_seam_to_systemd(lay_down(tmp_path, name, text))
    assert complaint.startswith(f"{name}:")
    assert "the runbook permits" in complaint or SEAM in complaint


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("lab/nodes.py", STOP),
        ("tests/nodes/test_x.py", 'root("systemctl daemon-reload")\n'),
        ("molecule/x/tests/test_x.py", 'host.run("systemctl show x")\n'),
        ("docs/x.md", "    systemctl status x\n"),
        ("plugins/modules/x.py", "raise E(\"see 'systemctl status' there\")\n"),
        (SEAM, STOP),
    ],
)
def test_what_has_its_reason_is_not(tmp_path: Path, name: str, text: str) -> None:
    assert one_seam_to_systemd(lay_down(tmp_path, name, text)) == []


def test_what_python_is_writing_meanwhile_is_nobodys_way(tmp_path: Path) -> None:
    half = lay_down(tmp_path, "plugins/modules/__pycache__/x.cpython-313.pyc.139872384", STOP)
    assert one_seam_to_systemd(half) == []
    assert files(half) == []


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ('self._change("stop"', 'self._change("restart"', "the verb restart"),
        ('"get-property"', '"call"', "the verb call"),
        ('"--no-ask-password"', '"daemon-reload"', "the verb daemon-reload"),
        ("Command(program,", 'Command("systemd-run",', "systemd-run"),
    ],
)
def test_the_seam_itself_knows_no_other_verb(before: str, after: str, what: str) -> None:
    text = (TOP / SEAM).read_text(encoding="utf-8")
    assert before in text
    assert findings(SEAM, text) == []
    assert [finding.what for finding in findings(SEAM, text.replace(before, after, 1))] == [what]


@pytest.mark.parametrize("name", EXEMPT)
def test_an_exemption_that_nothing_needs_is_named(tmp_path: Path, name: str) -> None:
    forbidden = "- hosts: all\n  tasks:\n    - systemd: {name: x}\n" if name.endswith(".yml") else 'x = "systemd-run"\n'
    assert one_seam_to_systemd(lay_down(tmp_path, name, forbidden)) == []
    (complaint,) = one_seam_to_systemd(lay_down(tmp_path, name, "x = 1\n"))
    assert "take it out of EXEMPT" in complaint
    assert (TOP / name).exists()
