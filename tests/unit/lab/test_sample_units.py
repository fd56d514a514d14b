# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sample's units: what the runbook demands of every unit, and what the inventory says of these."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_file import Text, Unit, parse
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_names import KINDS
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_rules import Context, judge, refusals
from lab import configuration, inventory, repository

CHECKOUT = f"/home/{inventory.OPERATOR}/ai-systems"
FILES = sorted(path for kind in KINDS for path in repository.SAMPLE.rglob(f"*.{kind}"))
SERVICES = [path for path in FILES if path.suffix == ".service"]


def read(path: Path) -> Unit:
    place = f"{CHECKOUT}/{path.relative_to(repository.SAMPLE)}"
    return parse(path.name, [Text(place, path.read_bytes())])


def values(unit: Unit, section: str, key: str) -> list[str]:
    return [one.value for one in unit.listed(section, key)]


def named(path: Path) -> str:
    return path.name


def test_the_inventory_declares_every_unit() -> None:
    declared = [entry["src"] for entry in inventory.SERVICES]
    assert sorted(declared) == sorted(str(path.relative_to(repository.SAMPLE)) for path in FILES)


@pytest.mark.parametrize("path", FILES, ids=named)
def test_the_runbook_refuses_nothing(path: Path) -> None:
    assert refusals(judge(read(path), Context(inventory.OPERATOR, CHECKOUT))) == []


@pytest.mark.parametrize("path", SERVICES, ids=named)
def test_services_run_as_a_declared_account_from_their_own_environment(path: Path) -> None:
    unit = read(path)
    assert values(unit, "Service", "User")[-1] in inventory.ACCOUNTS
    (command,) = values(unit, "Service", "ExecStart")
    python, *options, program = command.split()
    assert python == f"{CHECKOUT}/greeter/.venv/bin/python"
    # -I: no variable and no other folder adds code. -B: nothing is written beside the code.
    assert options == ["-I", "-B"]
    assert (repository.SAMPLE / Path(program).relative_to(CHECKOUT)).is_file()


@pytest.mark.parametrize("path", SERVICES, ids=named)
def test_what_matters_stands_in_the_unit_itself(path: Path) -> None:
    unit = read(path)
    assert values(unit, "Service", "Restart") == ["no"]
    assert values(unit, "Service", "ProtectHome") == ["read-only"]
    assert values(unit, "Service", "NoNewPrivileges") == ["yes"]
    assert [one.value for one in unit.assignments["Service", "CapabilityBoundingSet"]] == [""]


def test_exactly_what_is_enabled_can_be() -> None:
    enabled = {Path(entry["src"]).name for entry in inventory.SERVICES if entry.get("enabled", True)}
    assert enabled == {path.name for path in FILES if values(read(path), "Install", "WantedBy")}


def test_the_timer_brings_no_failed_greeter_back() -> None:
    report = read(repository.SAMPLE / "greeter/greeter-report.service")
    assert values(report, "Unit", "Requisite") == ["greeter.service"]
    starting = ("Requires", "Wants", "BindsTo", "Upholds")
    assert [key for key in starting if values(report, "Unit", key)] == []


@pytest.mark.parametrize("path", SERVICES, ids=named)
def test_an_emulated_node_sets_aside_what_qemu_cannot_do(path: Path) -> None:
    reset = parse("x.service", [Text("x.service", configuration.EMULATED_SERVICES.encode())]).assignments
    sandbox = ("Private", "Protect", "Proc", "Restrict", "Lock", "MemoryDeny", "SystemCall", "NoNew", "Bind", "Load")
    used = {key for _section, key in read(path).assignments if key.startswith(sandbox)}
    assert used - {key for _section, key in reset} == set()
