# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Python packages that lie outside a project's .venv and outside dpkg (runbook 3.4). Private to the collection.

What a walk shows is written down as it is; what is to be said of it is decided by pure functions.
"""

from __future__ import annotations

import shlex
import typing as t

from ._findings import Finding
from ._python_names import canonical, why_not_a_name
from ._tree_facts import Owners, finding, listed, removal, shown
from ._tree_python import CLAUSE, Distribution, PythonFacts, Venv

# Per folder: a tree of a thousand packages is one mistake, not a thousand.
MOST_PER_FOLDER = 40
_DEBIAN_PYTHON = ("/usr/bin", "/bin")
_RIGHT = "a project's packages are declared in python_venv_list, those of the system in packages_list (python3-…)"
# What a tool's own tree is called, and how it takes itself or one of its packages away again.
_TOOLS = {
    "conda": ("an installation of conda or mamba", ""),
    "pyenv": ("Python versions of pyenv", ""),
    "uv-python": ("a Python that uv installed", "uv python uninstall"),
}
_VENV_TOOLS = {"pipx": "pipx uninstall", "uv-tool": "uv tool uninstall"}


def judge(facts: PythonFacts, owners: Owners) -> list[Finding]:
    """Return what is to be said of all that was seen."""
    found = [one for venv in facts.venvs for one in _of_venv(venv, owners)]
    found += [_of_link(path) for path in facts.venv_links]
    sites: dict[str, list[Distribution]] = {}
    for one in facts.distributions:
        sites.setdefault(one.site, []).append(one)
    for site, distributions in sites.items():
        found += [_of_distribution(one, owners) for one in distributions[:MOST_PER_FOLDER]]
        found += _of_rest(site, distributions[MOST_PER_FOLDER:], facts.uncounted.get(site, 0))
    for trace in facts.loose:
        found.append(
            finding(
                CLAUSE,
                "violation",
                f"{trace.path} (loose files)",
                f"{len(trace.details)} modules that no distribution lists lie there, owned by {owners.name(trace.uid)}:"
                f" {listed(trace.details)}",
                f"remove them from that folder; {_RIGHT}",
            )
        )
    for trace in facts.tools:
        what, command = _TOOLS[trace.kind]
        by = f" ('{command} {shlex.quote(trace.name)}', or the whole)" if command and _is_word(trace.name) else ""
        version = f": {listed(trace.details)}" if trace.details else ""
        found.append(
            finding(
                CLAUSE,
                "violation",
                trace.path,
                f"{what} lies there, owned by {owners.name(trace.uid)}{version}",
                f"{removal(trace.path)}{by}; the node's Python is Debian's, and {_RIGHT}",
            )
        )
    return found


def trees(facts: PythonFacts) -> set[str]:
    """Return the files and folders that the findings speak of."""
    return {
        *(venv.path for venv in facts.venvs),
        *(trace.path for trace in facts.tools),
        *(f"{one.site}/{name}" for one in facts.distributions for name in one.modules),
    }


def commands(facts: PythonFacts) -> set[str]:
    """Return the programs that distributions brought into the folders of commands."""
    return {path for one in facts.distributions for path in one.commands}


def _of_venv(venv: Venv, owners: Owners) -> t.Iterator[Finding]:
    if venv.tool:
        name = venv.path.rpartition("/")[2]
        command = f"{_VENV_TOOLS[venv.tool]} {shlex.quote(name)}"
        is_program = _is_word(name) and not venv.path.endswith("/pipx/shared")
        by = f"'{owners.as_owner(venv.uid, command)}'" if is_program else removal(venv.path)
        yield finding(
            CLAUSE,
            "violation",
            venv.path,
            f"{venv.tool.partition('-')[0]} installed {shown(name)} there, owned by {owners.name(venv.uid)}",
            f"{by}; {_RIGHT}",
        )
        return
    if not (venv.checkout and venv.path.endswith("/.venv")):
        why = "it is not called .venv" if venv.checkout else "it does not lie in a checkout of git"
        yield finding(
            CLAUSE,
            "violation",
            venv.path,
            f"a virtual environment lies there, owned by {owners.name(venv.uid)}, and {why}",
            f"{removal(venv.path)}; declare its project in python_venv_list, which makes the project's .venv",
        )
        return
    if venv.system_site:
        yield finding(
            CLAUSE,
            "violation",
            venv.path,
            "it lets the packages of the system in (include-system-site-packages = true)",
            f"{removal(venv.path)} and let python_venv_list make it anew",
        )
    if venv.home and venv.home not in _DEBIAN_PYTHON:
        yield finding(
            CLAUSE,
            "violation",
            f"{venv.path} (interpreter)",
            f"its Python is the one in {shown(venv.home)}, not Debian's in /usr/bin",
            f"{removal(venv.path)} and let python_venv_list make it anew",
        )


def _of_link(path: str) -> Finding:
    return finding(
        CLAUSE,
        "violation",
        path,
        "it is a link, so that the packages of the project lie somewhere else",
        f"{removal(path, folder=False)}; python_venv_list makes the .venv as a folder of the project",
    )


def _of_distribution(one: Distribution, owners: Owners) -> Finding:
    by = f", installed by {shown(one.installer)}" if one.installer else ""
    brought = f"; it brought {listed(one.commands)}" if one.commands else ""
    if not one.importable and one.modules:
        brought += f"; its modules there are {listed(one.modules)}"
    return finding(
        CLAUSE,
        "violation",
        f"{one.site} {canonical(one.name)}",
        f"the Python package {one.name} {one.version} lies in {shown(one.path)}, owned by {owners.name(one.uid)}"
        f"{by}{brought}",
        f"{_uninstall(one, owners)}; {_RIGHT}",
    )


def _uninstall(one: Distribution, owners: Owners) -> str:
    if why_not_a_name(one.name) or not one.importable:
        return f"{removal(one.path, folder=one.kind != 'file')} with the modules that belong to it"
    command = f"python3 -m pip uninstall --yes --break-system-packages {shlex.quote(one.name)}"
    return f"'{owners.as_owner(one.uid, command)}', or remove what its RECORD lists"


def _of_rest(site: str, rest: t.Sequence[Distribution], uncounted: int) -> list[Finding]:
    if not rest and not uncounted:
        return []
    more = f"{len(rest) + uncounted} more Python packages lie there"
    return [
        finding(
            CLAUSE,
            "violation",
            f"{site} (more packages)",
            f"{more}: {listed([one.name for one in rest])}" if rest else more,
            f"remove those that are named first, then look again; {_RIGHT}",
        )
    ]


def _is_word(name: str) -> bool:
    return not why_not_a_name(name)


__all__ = ("MOST_PER_FOLDER", "commands", "judge", "trees")
