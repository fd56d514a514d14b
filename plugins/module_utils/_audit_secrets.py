# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials on a node's storage (runbook 6.3): the audit's rules. Private to the collection.

One walk for all of them, made by the first that asks; each says what is its own. Secrets in units are said by the rules
on services.
"""

from __future__ import annotations

import functools
import os
import re
import typing as t
import weakref

from ._findings import Finding
from ._node_view import NodeView, ViewError
from ._rule import Rule
from ._secret_findings import CLAUSE, Repository, not_looked_at, of_exempt, of_seen, of_snakeoil
from ._secret_look import GIT_CONFIG, Seen, marker
from ._secret_mounts import MOUNTS, parse_mounts
from ._secret_places import EXEMPT, PLACES, Exempt, why_readable
from ._secret_scan import Scan, Scanner, order_of
from ._tree_git import INDEX, LIMIT, tracked
from ._unit_secrets import secret_problems

_SHARE = 0.9
_CLOUD = re.compile(
    r"/var/lib/cloud/|/var/log/cloud-init|/var/log/installer/|/boot/|/etc/cloud/|/root/[^/]+\.(?:cfg|seed)$"
)
_GIT = re.compile(r"/\.git/|/\.gitmodules$|/\.git-credentials$|/\.config/git/")
_PLACES: t.Final = frozenset(place.name for place in PLACES)
_SCANS: t.Final[weakref.WeakKeyDictionary[NodeView, Scan]] = weakref.WeakKeyDictionary()


@functools.cache
def _own_key() -> bytes:
    return os.urandom(32)


def scan_of(view: NodeView) -> Scan:
    """Return the walk through a node, made once."""
    if view not in _SCANS:
        order = order_of(
            [home.path for home in view.homes], view.declared.data_paths, parse_mounts(view.text(MOUNTS) or "")
        )
        scanner = Scanner(
            order,
            mark=marker(bytes.fromhex(view.declared.run_key) or _own_key()),
            is_original=view.is_original,
            seconds=view.left() * _SHARE,
            base=view.base,
        )
        _SCANS[view] = scanner.scan()
    return _SCANS[view]


def topic_of(seen: Seen) -> str:
    """Return the rule that says a thing."""
    if seen.kind == "history":
        return "secret-histories"
    if GIT_CONFIG.search(seen.path) or _GIT.search(seen.path):
        return "secret-git"
    if _CLOUD.match(seen.path):
        return "secret-cloud-init"
    return "secret-places" if seen.rule in _PLACES else "secret-content"


def _of_topic(view: NodeView, topic: str) -> t.Iterator[Finding]:
    repository = _repository(view)
    said = _said_of_units(view)
    for seen in scan_of(view).seen:
        by_unit = any((seen.path, first) in said for first, dummy in seen.lines)
        if topic_of(seen) == topic and not by_unit:
            yield of_seen(seen, repository)


def _repository(view: NodeView) -> Repository:
    path = view.declared.checkout.rstrip("/")
    if not path:
        return Repository()
    try:
        return Repository(path, tracked(view.content(f"{path}/{INDEX}", limit=LIMIT)))
    except ViewError:
        return Repository(path)


def _check_places(view: NodeView) -> t.Iterator[Finding]:
    for exempt in EXEMPT:
        for name in view.names(exempt.folder):
            if exempt.name.fullmatch(name):
                yield from _of_exempt(view, f"{exempt.folder}/{name}", exempt)
    yield from _of_topic(view, "secret-places")


def _of_exempt(view: NodeView, path: str, exempt: Exempt) -> t.Iterator[Finding]:
    status = view.status(path)
    if status is None:
        return
    group = next((one.name for one in view.accounts.groups if one.gid == status.st_gid), "")
    why = why_readable(exempt, status, group)
    if why:
        yield of_exempt(path, exempt, why)
    if "snakeoil" in path:
        yield of_snakeoil(path)


def _check_content(view: NodeView) -> t.Iterator[Finding]:
    yield from _of_topic(view, "secret-content")
    yield from not_looked_at(scan_of(view))


def _said_of_units(view: NodeView) -> set[tuple[str, int]]:
    """Return the lines of unit files of which the rules on units say that they hold a secret."""
    try:
        units = [one.unit for one in view.units if not one.is_vendor or one.other_drop_ins]
    except (ViewError, OSError, ValueError):
        return set()
    checkout = view.declared.checkout
    return {(one.file, one.line) for unit in units for one in secret_problems(unit, checkout, {})}


def _rule(name: str, looks_at: str) -> Rule:
    return Rule(CLAUSE, name, looks_at, functools.partial(_of_topic, topic=name))


RULES: t.Final = (
    Rule(
        CLAUSE,
        "secret-places",
        "files that are credentials by their place, and who reads those that must be",
        _check_places,
    ),
    _rule("secret-git", "remotes, settings and stored passwords of git"),
    _rule("secret-histories", "what shells and their kin remember of what was typed"),
    _rule("secret-cloud-init", "what the first boot was given, and what is left of it"),
    Rule(
        CLAUSE,
        "secret-content",
        "private keys, tokens and passwords in all files of the node's storage",
        _check_content,
    ),
)

__all__ = ("RULES", "scan_of", "topic_of")
