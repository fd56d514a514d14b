# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit's rules on packages (runbook 3.1, 3.2, 3.4, 3.5): the detectors of section 3, as the roles use them.

Private to the collection. Which packages nobody documented (3.3) the controller knows, which holds context.md.
"""

from __future__ import annotations

import re
import typing as t
import weakref

from . import _hands_packages
from ._apt import Allowed
from ._apt_history import read_history
from ._apt_records import TRANSACTIONS
from ._apt_source_findings import findings as of_sources
from ._apt_sources import read_apt_sources
from ._command import CommandError
from ._debian_archive import checked_keys
from ._detect_origins import of_packages
from ._detect_trees import tree_findings
from ._dpkg import STATUS, STATUS_LIMIT, field, stanzas
from ._node_view import ViewError
from ._rule import Rule
from ._step import StepError
from ._text import one_line
from ._tree_facts import finding, listed

if t.TYPE_CHECKING:
    from ._findings import Finding
    from ._node_view import NodeView

# Of the time that is left when the walk begins.
_SHARE = 0.5
_LIMIT = 64 * 1024 * 1024
_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]*")
_trees: weakref.WeakKeyDictionary[NodeView, list[Finding]] = weakref.WeakKeyDictionary()


def allowed_by(view: NodeView) -> Allowed:
    """Return what counts as official on this node beside Debian's own archives.

    :raises ViewError: the inventory names a key that is none.
    """
    try:
        return Allowed(checked_keys(view.declared.archive_keys), frozenset(view.declared.backports))
    except StepError as exc:
        raise ViewError(one_line(str(exc))) from exc


def origins(view: NodeView) -> t.Iterator[Finding]:
    """Packages that are not Debian 13's."""
    try:
        found, _judged = of_packages(allowed_by(view), view.declared.proven)
    except (StepError, CommandError) as exc:
        raise ViewError(one_line(str(exc))) from exc
    yield from found


def sources(view: NodeView) -> t.Iterator[Finding]:
    """Sources, keys and settings of apt that let other packages in."""
    try:
        state = read_apt_sources(allowed_by(view).keys)
    except (StepError, CommandError) as exc:
        raise ViewError(one_line(str(exc))) from exc
    yield from of_sources(state)


def trees(view: NodeView, clause: str) -> t.Iterator[Finding]:
    """Findings of one clause in the folders where people put software; what was not seen counts for each clause."""
    found = _trees.get(view)
    if found is None:
        found = _trees[view] = tree_findings(seconds=max(1.0, view.left() * _SHARE))
    for one in found:
        if one.clause == clause:
            yield one
        elif one.verdict == "unknown" and one.clause == "3":
            yield one._replace(clause=clause)


def explicitness(view: NodeView) -> t.Iterator[Finding]:
    """Packages that came, or will come, without that anybody named them."""
    ours = _hands_packages.parse_ours(view.text(TRANSACTIONS, limit=_LIMIT) or "")
    theirs = _hands_packages.others(read_history(view), ours)
    yield from _hands_packages.of_patterns(theirs, view.packages.version_of, view.packages.automatic)
    yield from of_settings(view.run("apt-config", "dump").out)
    yield from of_selections(view.text(STATUS, limit=STATUS_LIMIT) or "")


def of_settings(dump: str) -> t.Iterator[Finding]:
    """Yield a finding for each setting by which apt installs what nobody named.

    :param dump: what ``apt-config dump`` says.
    """
    for line in dump.split("\n"):
        name, _space, value = line.partition(" ")
        if name.lower() == "apt::install-suggests" and value.strip('";').lower() in (
            "1",
            "true",
            "yes",
            "on",
            "enable",
        ):
            evidence = "apt installs what a package only suggests, though nobody named it"
            remedy = (
                'take it out of what configures apt: "grep -ri install-suggests /etc/apt" shows the file that sets it'
            )
            yield finding("3.2", "violation", "APT::Install-Suggests", evidence, remedy)


def of_selections(status: str) -> t.Iterator[Finding]:
    """Yield the finding that packages are marked to be installed by whatever has dpkg's marks carried out.

    :param status: the text of dpkg's status file.
    """
    absent = []
    for stanza in stanzas(status):
        words = field(stanza, "Status").split()
        if words[:1] == ["install"] and words[-1] in ("not-installed", "config-files"):
            absent.append(field(stanza, "Package"))
    if absent:
        evidence = f"dpkg holds the mark that {listed(absent)} shall be installed, and no command named them"
        names = " ".join(name for name in absent[:50] if _NAME.fullmatch(name))
        remedy = f"take the marks away: 'for name in {names}; do echo $name deinstall; done | dpkg --set-selections'"
        yield finding("3.2", "violation", "dpkg's selections", evidence, remedy)


def _of(clause: str) -> t.Callable[[NodeView], t.Iterator[Finding]]:
    def check(view: NodeView) -> t.Iterator[Finding]:
        return trees(view, clause)

    return check


RULES: t.Final = (
    Rule("3.1", "package-origins", "where each package of dpkg comes from", origins),
    Rule("3.1", "package-sources", "apt's sources, keys and settings", sources),
    Rule("3.1", "package-strays", "what other package managers, or nobody, put where software lies", _of("3.1")),
    Rule("3.2", "package-names", "packages that came by a pattern, a mark or a setting of apt", explicitness),
    Rule("3.4", "python-packages", "Python packages outside of a project's .venv", _of("3.4")),
    Rule("3.5", "node-packages", "Node.js packages that are no project's", _of("3.5")),
)

__all__ = ("RULES", "allowed_by", "explicitness", "of_selections", "of_settings", "origins", "sources", "trees")
