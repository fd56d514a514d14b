# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Software that came by other package managers, or by none (runbook 3.1): pure decisions. Private to the collection."""

from __future__ import annotations

import shlex
import typing as t

from ._findings import Finding
from ._tree_facts import Owners, Trace, finding, is_plain, lies_in, listed, removal, shown
from ._tree_programs import Program

CLAUSE = "3.1"
# Files of a folder that are said one by one; of more only the number and the first names.
MOST_SINGLE = 12
_RIGHT = "what the node needs comes from Debian by packages_list"
# What is seen, and the command that takes one package away ("" where the tree goes as a whole).
_KINDS = {
    "snap": ("the snap {name} is installed", "snap remove {name}"),
    "flatpak": ("flatpak keeps programs there: {details}", ""),
    "cargo": ("cargo installed programs there: {details}", ""),
    "cargo-root": ("cargo installed programs beside it: {details}", ""),
    "rustup": ("rustup keeps toolchains there: {details}", "rustup self uninstall"),
    "go": ("'go install' put programs there: {details}", ""),
    "go-toolchain": ("a Go {version} that is not Debian's lies there", ""),
    "gem": ("the Ruby gem {name} {version} lies there", "gem uninstall {name}"),
    "brew": ("Homebrew keeps its packages there: {details}", ""),
    "nix": ("Nix keeps its packages there: {details}", ""),
    "guix": ("Guix keeps its packages there: {details}", ""),
    "appimage": ("it is a program packed as an AppImage", ""),
    "rbenv": ("rbenv keeps versions of Ruby there: {details}", ""),
    "rvm": ("RVM keeps versions of Ruby there: {details}", ""),
    "asdf": ("asdf keeps its tools there: {details}", ""),
    "mise": ("mise keeps its tools there: {details}", ""),
    "sdkman": ("SDKMAN keeps its tools there: {details}", ""),
    "ghcup": ("GHCup keeps its tools there: {details}", ""),
    "opam": ("opam keeps its packages there", ""),
}


def judge_traces(traces: t.Sequence[Trace], owners: Owners) -> list[Finding]:
    """Return what is to be said of the package managers' trees."""
    found = []
    snaps: set[str] = set()
    for one in traces:
        if one.kind == "snap":
            # It shows as a file and, while it is mounted, as a folder too.
            if one.name in snaps:
                continue
            snaps.add(one.name)
        sentence, command = _KINDS[one.kind]
        evidence = sentence.format(
            name=shown(one.name), version=shown(one.version), details=listed(one.details) or "none that is seen"
        )
        by = removal(one.path, folder=one.kind not in ("appimage", "cargo-root"))
        if command and _is_word(one.name or "tool"):
            by = f"'{owners.as_owner(one.uid, command.format(name=one.name))}'"
        found.append(
            finding(CLAUSE, "violation", one.path, f"{evidence}, owned by {owners.name(one.uid)}", f"{by}; {_RIGHT}")
        )
    return found


def _is_word(name: str) -> bool:
    return is_plain(name) and shlex.quote(name) == name and not name.startswith("-")


def judge_programs(
    programs: t.Sequence[Program],
    covered: t.Collection[str],
    owners: Owners,
    *,
    claimed: t.Collection[str] = (),
    checkouts: t.Collection[str] = (),
) -> list[Finding]:
    """Return what is to be said of programs that no package manager brought.

    :param covered: folders that other findings speak of: what lies or leads there needs no second finding.
    :param claimed: files that a package brought which is a finding of its own.
    :param checkouts: where a link may lead: what lies there is judged as code.
    """
    known = {*covered, *checkouts, *(one.area for one in programs)}
    left = [
        one
        for one in programs
        if one.path not in claimed
        and not lies_in(one.path, covered)
        and not (one.kind == "link" and lies_in(one.target, known))
    ]
    groups: dict[str, list[Program]] = {}
    for one in left:
        groups.setdefault(tree_of(one), []).append(one)
    found: list[Finding] = []
    for tree, group in groups.items():
        if is_folder_of_commands(tree, group):
            found += [_of_program(one, owners) for one in group[:MOST_SINGLE]]
            rest = group[MOST_SINGLE:]
            found += [_of_tree(f"{tree} (more programs)", tree, rest, owners)] if rest else []
        elif len(group) == 1:
            found.append(_of_program(group[0], owners))
        else:
            found.append(_of_tree(tree, tree, group, owners))
    return found


def tree_of(one: Program) -> str:
    """Return the tree that a program belongs to: what was unpacked in /opt, or the folder of commands itself."""
    below = one.path[len(one.area) + 1 :].split("/")
    if len(below) == 1:
        return one.area
    # /usr/local/lib/x is a tree of its own, /usr/local/bin is one folder for all.
    depth = 2 if below[0] in ("lib", "lib64", "libexec", "share") and len(below) > 2 else 1
    return "/".join([one.area, *below[:depth]])


def is_folder_of_commands(tree: str, group: t.Sequence[Program]) -> bool:
    """Whether a folder holds programs of any origin, rather than one thing that somebody unpacked."""
    return tree == group[0].area or tree.rpartition("/")[2] in ("bin", "sbin", "lib", "libexec", "games")


def _of_program(one: Program, owners: Owners) -> Finding:
    what = {
        "program": "it is a program",
        "library": "it is a library",
        "script": "it is a script",
        "link": f"it is a link to {shown(one.target)}",
    }[one.kind]
    rights = " and runs with its owner's rights" if one.privileged else ""
    return finding(
        CLAUSE,
        "violation",
        one.path,
        f"{what}{rights}, owned by {owners.name(one.uid)}, that neither dpkg nor a checkout of git holds",
        f"{removal(one.path, folder=False)}; {_RIGHT}, and scripts of your own from the ai-systems repository",
    )


def _of_tree(subject: str, tree: str, group: t.Sequence[Program], owners: Owners) -> Finding:
    names = [one.path[len(tree) + 1 :] for one in group]
    privileged = sum(one.privileged for one in group)
    rights = f", {privileged} of them with their owner's rights" if privileged else ""
    whole = f"look what else lies there, then {removal(tree)}" if subject == tree else "remove them"
    return finding(
        CLAUSE,
        "violation",
        subject,
        f"{len(group)} programs and libraries{rights}, owned by {owners.name(group[0].uid)}, that neither dpkg nor a"
        f" checkout of git holds: {listed(names)}",
        f"{whole}; {_RIGHT}, and scripts of your own from the ai-systems repository",
    )


__all__ = ("CLAUSE", "MOST_SINGLE", "is_folder_of_commands", "judge_programs", "judge_traces", "tree_of")
