# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which gates there are, and that none is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import catalogue
from tools.gate import Gate

TOP = Path(__file__).resolve().parents[3]


def names(*wanted: str) -> list[str]:
    return [gate.name for gate in catalogue.chosen(wanted, TOP)]


def test_everything_has_its_gate() -> None:
    everything = names("test")
    assert {f"molecule {path.parent.name} arm64" for path in TOP.glob("molecule/*/molecule.yml")} <= set(everything)
    assert {f"nodes {path.stem.removeprefix('test_')}" for path in TOP.glob("tests/nodes/test_*.py")} <= set(everything)
    others = {"ansible-lint", "yamllint", "ruff", "mypy", "sanity", "unit", "lint", "artifact", "quick start"}
    assert others <= set(everything)
    assert {"browser", "flash", "images"} <= set(everything)
    assert len(everything) == len(set(everything))


def test_the_quick_loop_needs_no_node() -> None:
    assert names("check") == ["ansible-lint", "mypy", "unit", "guards", "ruff", "ruff-format", "yamllint"]


def test_a_gate_brings_what_it_needs() -> None:
    assert names("molecule hostname arm64") == ["image arm64", "molecule hostname arm64"]


def test_the_first_word_stands_for_several() -> None:
    assert {name for name in names("molecule") if name != "image arm64"} == {
        f"molecule {name} arm64" for name in catalogue.scenarios(TOP)
    }


def test_the_longest_scenario_is_not_left_to_run_alone_at_the_end() -> None:
    everything = names("test")
    assert names("molecule")[1] == "molecule runbook arm64"
    assert everything.index("molecule runbook arm64") < everything.index("nodes hostname")


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(catalogue.UnknownGateError, match="no gate 'mol'; name check, test or some of: image"):
        names("mol")


def test_scenarios_run_with_a_state_folder_of_their_own_and_are_cleaned_up_after() -> None:
    gate = catalogue.scenario_gate("system_update", "arm64", TOP)
    assert gate.environment["RUNBOOK_LAB_ARCH"] == "arm64"
    assert gate.environment["MOLECULE_EPHEMERAL_DIRECTORY"] == f"{TOP}/.cache/molecule/system_update-arm64"
    assert gate.environment["RUNBOOK_LAB_STATE"] == f"{TOP}/.cache/labs/molecule-system_update-arm64"
    assert gate.cleanup == ("lab/node", "down", "--all")


def test_no_two_gates_share_a_lab() -> None:
    labs = [
        gate.environment.get("RUNBOOK_LAB_STATE")
        for gate in catalogue.all_gates(TOP)
        if gate.name.startswith(("lab ", "nodes ", "molecule "))
    ]
    assert None not in labs
    assert len(set(labs)) == len(labs)


def test_gates_of_nodes_wait_for_the_image() -> None:
    gates = {gate.name: gate for gate in catalogue.all_gates(TOP)}
    assert all(
        any(need.startswith("image ") for need in gate.needs)
        for name, gate in gates.items()
        if name.startswith(("nodes ", "molecule ", "quick start"))
    )


def test_the_quick_loop_fits_its_promise() -> None:
    assert sum(gate.budget for gate in catalogue.check_gates()) / 2 <= 15


def test_emulated_scenarios_and_tests_over_ssh_are_spread_evenly_and_keep_their_order() -> None:
    emulated = [Gate(f"molecule {number}", (), 1) for number in range(3)]
    native = [Gate(f"nodes {number}", (), 1) for number in range(6)]
    names = [gate.name for gate in catalogue.mixed(emulated, native)]
    assert [name for name in names if name.startswith("molecule")] == [gate.name for gate in emulated]
    assert [name for name in names if name.startswith("nodes")] == [gate.name for gate in native]
    assert all(sum(name.startswith("molecule") for name in names[start : start + 3]) == 1 for start in (0, 3, 6))
    assert catalogue.mixed([], native) == native
    assert catalogue.mixed(emulated, []) == emulated


def test_every_long_test_is_there_and_begun_before_the_others_of_its_kind() -> None:
    gates = [gate.name for gate in catalogue.all_gates(TOP) if gate.name.startswith("nodes ")]
    assert gates[: len(catalogue.LONG_NODES)] == [f"nodes {name}" for name in catalogue.LONG_NODES]
