# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit's rules on code that nobody audited (runbook 6.4). Private to the collection."""

from __future__ import annotations

import typing as t

from . import _code_dpkg, _code_hooks, _code_kernel, _code_loaded, _code_paths, _code_running
from ._code_facts import facts_of
from ._code_findings import CLAUSE, of_code, of_missed, of_owned, of_unsummed
from ._code_processes import read_processes
from ._code_rights import of_open, of_privileged
from ._rule import Rule
from ._tree_facts import finding

if t.TYPE_CHECKING:
    from ._findings import Finding
    from ._node_view import NodeView


def unowned(view: NodeView) -> t.Iterator[Finding]:
    """Code that neither dpkg nor the checkout at its commit holds."""
    facts = facts_of(view)
    yield from of_missed(facts.seen)
    # What the node boots from are copies that Debian's hooks made of packages' files: they have a rule of their own.
    code = [one for one in facts.seen.code if not _code_kernel.is_booted(one.path)]
    yield from of_code(code, facts.held, facts.seen.checkouts, facts.owners, view.owned)


def changed(view: NodeView) -> t.Iterator[Finding]:
    """Code of packages that is not as it came."""
    facts = facts_of(view)
    yield from of_owned(facts.compared)
    yield from of_unsummed(facts.seen.unsummed, facts.brought)


def privileged(view: NodeView) -> t.Iterator[Finding]:
    """Files that run with other rights than the caller's."""
    facts = facts_of(view)
    yield from of_privileged(facts.seen.privileged, facts.owners)


def writable(view: NodeView) -> t.Iterator[Finding]:
    """Packages' programs that others than root can change."""
    facts = facts_of(view)
    yield from of_open(facts.seen.open, facts.owners, facts.writers_by_group)


def running(view: NodeView) -> t.Iterator[Finding]:
    """Processes whose program, script or libraries are nobody's."""
    if view.is_emulated:
        evidence = "under QEMU's user emulation every process runs QEMU, so what it runs cannot be told"
        yield finding(CLAUSE, "unknown", "processes", evidence, "audit a node of its own architecture")
        return
    yield from _code_running.judge(read_processes(view), facts_of(view))


def kernel(view: NodeView) -> t.Iterator[Finding]:
    """Modules in the kernel, and what the node boots from."""
    facts = facts_of(view)
    yield from _code_kernel.of_modules(view, facts)
    yield from _code_kernel.of_boot(view, facts)


def loaded(view: NodeView) -> t.Iterator[Finding]:
    """Settings through which code comes in that no program names."""
    yield from _code_loaded.judge(view, facts_of(view))


def searched(view: NodeView) -> t.Iterator[Finding]:
    """Folders of root's PATH that others can write."""
    yield from _code_paths.judge(view, facts_of(view), _code_paths.read_searched(view))


def told_to_dpkg(view: NodeView) -> t.Iterator[Finding]:
    """Alternatives, diversions and kept permissions."""
    yield from _code_dpkg.of_alternatives(view, facts_of(view))
    yield from _code_dpkg.of_diversions(view)
    yield from _code_dpkg.of_overrides(view)


def hooks(view: NodeView) -> t.Iterator[Finding]:
    """Programs that git runs by itself."""
    yield from _code_hooks.judge(view, facts_of(view))


RULES: t.Final = (
    Rule(CLAUSE, "code-unowned", "programs, libraries and scripts of every local file system", unowned),
    Rule(CLAUSE, "code-changed", "the code of packages against the sums that they came with", changed),
    Rule(CLAUSE, "code-privileged", "setuid and setgid files, and file capabilities", privileged),
    Rule(CLAUSE, "code-writable", "who can change the code of packages", writable),
    Rule(CLAUSE, "code-running", "the programs, scripts and libraries of all processes", running),
    Rule(CLAUSE, "code-kernel", "the kernel's modules, and what the node boots from", kernel),
    Rule(CLAUSE, "code-loaded", "settings of loader, shells, PAM, Python and modprobe that bring code in", loaded),
    Rule(CLAUSE, "code-searched", "who can write the folders that commands are looked for in", searched),
    Rule(CLAUSE, "code-dpkg", "alternatives, diversions and permissions that dpkg was told by hand", told_to_dpkg),
    Rule(CLAUSE, "code-git", "hooks and settings by which git runs programs", hooks),
)

__all__ = ("RULES",)
