# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many nodes are worked on together is what the inventory says, though a play knows no node's variables."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play import Play
from ansible.template import Templar
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager

ROOT: t.Final = pathlib.Path(__file__).resolve().parents[2]


def serial(playbook: str, inventory: pathlib.Path) -> list[str]:
    """Return the batches of the playbook's play that has any, with this inventory."""
    loader = DataLoader()
    hosts = InventoryManager(loader, [str(inventory)])
    variables = VariableManager(loader, hosts)
    HostVars(hosts, variables, loader)
    plays = loader.load_from_file(str(ROOT / "playbooks" / playbook), trusted_as_template=True)
    [written] = [play["serial"] for play in plays if "serial" in play]
    # Without its tasks, which are of no account here.
    play = Play.load({"hosts": "all", "serial": written}, variable_manager=variables, loader=loader)
    play.post_validate(Templar(loader, variables.get_vars(play=play)))
    return [str(batch) for batch in play.serial]


@pytest.mark.parametrize(
    ("playbook", "name", "default", "set_to"),
    [
        ("audit.yml", "audit_serial", ["100%"], ["3"]),
        ("diagnose.yml", "diagnose_serial", ["100%"], ["3"]),
        ("update.yml", "update_serial", ["1", "1"], ["1", "3"]),
    ],
)
def test_the_inventory_says_how_many_nodes_side_by_side(
    tmp_path: pathlib.Path, playbook: str, name: str, default: list[str], set_to: list[str]
) -> None:
    inventory = tmp_path / "hosts.yml"
    inventory.write_text("all: {hosts: {a: , b: }}\n")
    assert serial(playbook, inventory) == default
    inventory.write_text(f"all: {{hosts: {{a: , b: }}, vars: {{{name}: 3}}}}\n")
    assert serial(playbook, inventory) == set_to
