# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gates: what `make check` and `make test` run, with a budget in minutes each (2 busy cores, nothing cached)."""

from __future__ import annotations

import platform
import typing as t
from dataclasses import replace

from tools import verdict
from tools.gate import Gate

if t.TYPE_CHECKING:
    from pathlib import Path

PYTHON = ".venv/bin/python"
SCENARIO_BUDGET = 10.0
# Scenarios that take longer under emulation: they fetch, unpack and configure packages.
SCENARIO_BUDGETS: dict[str, float] = {
    "apt_sources": 12.0,
    "essential_packages": 12.0,
    "node_project": 19.0,
    "packages": 12.0,
    "python_venv": 18.0,
    "repository": 12.0,
    # It ends with the whole checklist and an audit.
    "runbook": 25.0,
    "services": 18.0,
    "ssh": 12.0,
    "system_update": 20.0,
}
NODES_BUDGET = 20.0
# Tests on native nodes that take longest; they are begun first, so that none is left to run alone at the end.
LONG_NODES = ("python_venv", "node_project", "services", "survey", "service_units")


DEBIAN_NAMES = {"x86_64": "amd64", "aarch64": "arm64"}


class UnknownGateError(Exception):
    """A name that no gate has."""


def native() -> str:
    """Return this machine's architecture by Debian's name."""
    return DEBIAN_NAMES.get(platform.machine(), platform.machine())


def pytest(*arguments: str) -> tuple[str, ...]:
    """Return the command line of the test runner."""
    return (PYTHON, "-m", "pytest", *arguments)


def check_gates() -> list[Gate]:
    """Return what needs no node: lint, types, unit tests. On a quiet machine they take about five minutes."""
    return [
        Gate("ansible-lint", ("ansible-lint",), 6, verdict.lint_believed_itself),
        Gate("mypy", ("mypy",), 3, verdict.mypy_read_files),
        Gate("unit", pytest("tests/unit", "--durations=10"), 16, verdict.pytest_ran),
        Gate("guards", pytest("tests/gates"), 2, verdict.pytest_ran),
        Gate("ruff", ("ruff", "check", "."), 1, verdict.ruff_read_files),
        Gate("ruff-format", ("ruff", "format", "--check", "."), 1, verdict.ruff_format_read_files),
        Gate("yamllint", ("yamllint", "--strict", "."), 1),
    ]


def build_gates() -> list[Gate]:
    """Return what looks at the collection as Galaxy and ansible-test do, and at the lint as its users do."""
    return [
        Gate("lint", pytest("tests/lint", "--durations=10"), 12, verdict.pytest_ran),
        Gate("sanity", (PYTHON, "-m", "tools.sanity"), 10, verdict.sanity_ran),
        Gate("artifact", (PYTHON, "-m", "tools.artifact"), 8),
    ]


def flash_gate() -> Gate:
    """Return the gate that writes cards: loop devices, so it needs root, and mtools, which it installs."""
    return Gate("flash", pytest("tests/flash", "--durations=5"), 10, verdict.pytest_ran)


def images_gate() -> Gate:
    """Return the gate that builds images: small ones, of this machine's architecture. It installs mmdebstrap."""
    return Gate("images", pytest("tests/image", "--durations=5"), 15, verdict.pytest_ran)


def browser_gate() -> Gate:
    """Return the gate that opens the pages of reports in a real browser, which it installs where there is none."""
    return Gate("browser", pytest("tests/browser"), 8, verdict.pytest_ran)


def image_gate(architecture: str) -> Gate:
    """Return the gate that makes the lab's image, so that no test's budget pays for it."""
    return Gate(f"image {architecture}", ("lab/node", "image", "--arch", architecture), 20)


def scenarios(top: Path) -> list[str]:
    """Return the names of all molecule scenarios."""
    return sorted(path.parent.name for path in top.glob("molecule/*/molecule.yml"))


def in_own_lab(gate: Gate, top: Path) -> Gate:
    """Return the gate with a lab to itself: gates side by side never wait for, see or outlive each other's nodes."""
    state = top / ".cache" / "labs" / gate.name.replace(" ", "-")
    return replace(
        gate, environment={**gate.environment, "RUNBOOK_LAB_STATE": str(state)}, cleanup=("lab/node", "down", "--all")
    )


def scenario_gate(name: str, architecture: str, top: Path) -> Gate:
    """Return the gate of one molecule scenario."""
    gate = Gate(
        f"molecule {name} {architecture}",
        ("molecule", "test", "--no-command-borders", "--scenario-name", name),
        SCENARIO_BUDGETS.get(name, SCENARIO_BUDGET),
        verdict.scenario_ran,
        needs=(f"image {architecture}",),
        environment={
            "RUNBOOK_LAB_ARCH": architecture,
            # molecule's own choice depends on the folder's name only: two clones on one machine would share it.
            "MOLECULE_EPHEMERAL_DIRECTORY": str(top / ".cache" / "molecule" / f"{name}-{architecture}"),
        },
    )
    return in_own_lab(gate, top)


def node_gates(top: Path, architecture: str) -> list[Gate]:
    """Return the tests over real SSH on native nodes, a gate for each file: they run side by side."""
    return [
        in_own_lab(
            Gate(
                f"{folder} {path.stem.removeprefix('test_')}",
                pytest(str(path.relative_to(top))),
                NODES_BUDGET,
                verdict.pytest_ran,
                needs=(f"image {architecture}",),
            ),
            top,
        )
        for folder in ("lab", "nodes")
        for path in sorted(top.glob(f"tests/{folder}/test_*.py"))
    ]


def longest_first(gates: t.Sequence[Gate]) -> list[Gate]:
    """Return tests on nodes, those of LONG_NODES before the others."""
    rank = {f"nodes {name}": place for place, name in enumerate(LONG_NODES)}
    return sorted(gates, key=lambda gate: rank.get(gate.name, len(rank)))


def mixed(emulated: t.Sequence[Gate], native_gates: t.Sequence[Gate]) -> list[Gate]:
    """Return both lists as one, each in its order and evenly spread over the whole."""
    placed = [
        ((place + 0.5) / len(gates), number, gate)
        for number, gates in enumerate((emulated, native_gates))
        for place, gate in enumerate(gates)
    ]
    return [gate for _place, _number, gate in sorted(placed, key=lambda one: one[:2])]


def all_gates(top: Path) -> list[Gate]:
    """Return everything, what takes longest first: nothing long is left to run alone at the end.

    An emulated scenario keeps a processor busy while tests over SSH mostly wait, so these run beside those.
    """
    own = native()
    images = [image_gate(architecture) for architecture in dict.fromkeys((own, "arm64"))]
    emulated = [scenario_gate(name, "arm64", top) for name in scenarios(top)]
    return [
        *images,
        *check_gates(),
        *build_gates(),
        browser_gate(),
        flash_gate(),
        images_gate(),
        *mixed(sorted(emulated, key=lambda gate: -gate.budget), longest_first(node_gates(top, own))),
        Gate("quick start", (PYTHON, "-m", "tools.quick_start"), 12, needs=(f"image {own}",)),
    ]


def chosen(names: t.Sequence[str], top: Path) -> list[Gate]:
    """Return the gates that the names stand for, and those that they need.

    :param names: `check`, `test`, names of gates, or the first word of several.
    :raises UnknownGateError: a name stands for nothing.
    """
    gates = all_gates(top)
    known = {gate.name: gate for gate in gates}
    wanted: set[str] = set()
    for name in names:
        if name == "test":
            found = set(known)
        elif name == "check":
            found = {gate.name for gate in check_gates()}
        else:
            found = {known_name for known_name in known if known_name == name or known_name.startswith(f"{name} ")}
        if not found:
            raise UnknownGateError(f"There is no gate {name!r}; name check, test or some of: {', '.join(known)}.")
        wanted |= found | {need for found_name in found for need in known[found_name].needs}
    return [gate for gate in gates if gate.name in wanted]
