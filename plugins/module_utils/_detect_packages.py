# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where does each installed package come from, as far as that can be proven (runbook 3.1)? Pure decisions. Private.

dpkg keeps no record of an archive. What Debian's verified lists offer in the very version that is installed is
official; what they no longer offer is proven by the operator's record of our own transactions, or stays unknown.
"""

from __future__ import annotations

import re
import typing as t

from ._apt_origin import to_be_named, why_refused
from ._debian_archive import BACKPORTS, RELEASE
from ._findings import Finding, Verdict
from ._text import one_line

if t.TYPE_CHECKING:
    from ._apt_archive import Held

CLAUSE: t.Final = "3.1"
# ``official``: Debian's lists offer it. ``superseded``: they did, by the operator's record. ``unproven``: Debian has
# other versions of it only. ``foreign``: another archive offers it. ``rebuilt``: Debian's name, and a version that
# Debian never had. ``local``: Debian has no such package and no list offers it, as for a .deb from somewhere.
Origin = t.Literal["official", "superseded", "unproven", "foreign", "rebuilt", "local"]
ORIGINS: t.Final[tuple[Origin, ...]] = t.get_args(Origin)
# What other distributions and archives put into the versions of packages that they build from Debian's.
_REBUILD = re.compile(
    r"\+rpt|\+rpi|[~+]?raspbian|[~+]?ubuntu|\+deb\.sury|[~+]bpo1[0-2]\b|pmx|mx\d+|kali|devuan|nodesource"
)
_VERDICTS: t.Final[dict[Origin, Verdict]] = {
    "unproven": "unknown",
    "foreign": "violation",
    "rebuilt": "violation",
    "local": "violation",
}


class Judged(t.NamedTuple):
    """One installed package and where it comes from.

    :param evidence: what tells so, "" where it is official.
    """

    package: Held
    origin: Origin
    evidence: str


def is_rebuilt(version: str) -> bool:
    """Whether a version says that somebody else than Debian built the package."""
    return bool(_REBUILD.search(version))


def missing_archives(codenames: t.Collection[str], backports: t.Collection[str]) -> list[str]:
    """Return the archives of Debian without whose lists a package that no list offers may well be Debian's.

    :param codenames: of the archives whose lists are there.
    """
    needed = (RELEASE, f"{RELEASE}-updates", f"{RELEASE}-security", *((BACKPORTS,) if backports else ()))
    return [name for name in needed if name not in codenames]


def origin_of(
    package: Held, *, proven: t.Container[str], backports: t.Collection[str], complete: bool = True
) -> Judged:
    """Tell where an installed package comes from.

    :param proven: ``name=version:architecture`` of what the operator's record proves to be Debian's.
    :param backports: packages that may come from trixie-backports.
    :param complete: whether all of Debian's lists are there; without one, what no list offers is not proven foreign.
    """
    plain = package.name.partition(":")[0]
    if package.offers:
        return _offered(package, why_refused(plain, package.offers, backports))
    if f"{plain}={package.version}:{package.architecture}" in proven:
        return Judged(package, "superseded", "")
    if not package.listed:
        return _unlisted(package, complete=complete)
    listed = one_line(", ".join(package.listed), 120)
    if _REBUILD.search(package.version):
        return Judged(package, "rebuilt", f"Debian 13 has {listed}; this version is of somebody who builds it anew")
    if package.beyond and complete:
        return Judged(package, "rebuilt", f"it is newer than what Debian 13 has, {listed}")
    return Judged(package, "unproven", f"Debian 13 has {listed} now, and no record tells where this version came from")


def _unlisted(package: Held, *, complete: bool) -> Judged:
    marked = bool(_REBUILD.search(package.version))
    if not complete and not marked:
        return Judged(
            package, "unproven", "no list of the node offers a package of this name, and not all lists are there"
        )
    if package.sibling and not marked:
        return Judged(
            package, "unproven", "Debian 13 offers other packages of its source, and may have offered this one earlier"
        )
    return Judged(
        package,
        "local",
        "no archive of the node, in the components that its sources name, offers a package of this name",
    )


def _offered(package: Held, refused: str) -> Judged:
    if refused:
        return Judged(package, "foreign", refused)
    if package.differs:
        return Judged(package, "rebuilt", "Debian 13 offers other content under the same version")
    return Judged(package, "official", "")


def finding(judged: Judged) -> Finding | None:
    """Return what is to be said of a package, None where it is Debian's."""
    package, origin, evidence = judged
    if origin not in _VERDICTS:
        return None
    name = one_line(package.name, 100)
    return Finding(
        CLAUSE, _VERDICTS[origin], f"{name} {one_line(package.version, 100)}", one_line(evidence, 400), _remedy(judged)
    )


def _remedy(judged: Judged) -> str:
    package, origin, _evidence = judged
    name = one_line(package.name.partition(":")[0], 100)
    if origin == "unproven" and package.sibling:
        return (
            "where it is a kernel, boot into the newest one first; then 'apt autoremove' on the node takes away what "
            "nothing needs any more"
        )
    if origin == "unproven":
        return "upgrade the node ('apt upgrade' there), so that it holds what Debian's lists hold, then look again"
    if origin == "foreign" and all(offer.kind == "backports" for offer in package.offers):
        return f"add {to_be_named(name)} to runbook_backports where it shall come from there, or remove it"
    if origin == "rebuilt" and package.beyond and not _REBUILD.search(package.version):
        return (
            "refresh the node's lists, then look again; where it stays, nobody knows what it is: re-image the node (5)"
        )
    if package.listed:
        return (
            f"disable the archive that it came from (apt_sources_exclusive: true), then put Debian's in its place "
            f"on the node: 'apt install --reinstall --allow-downgrades {name}/{RELEASE}', which may be a downgrade, "
            "then 'apt upgrade'; or re-image the node (5)"
        )
    return (
        "where it is Debian's, of a component such as non-free-firmware, add that to apt_sources_components and "
        f"refresh the lists; else remove it: add {name} to packages_absent"
    )


def no_lists(missing: t.Sequence[str]) -> Finding:
    """Return what is found where not all can be compared with."""
    return Finding(
        CLAUSE,
        "unknown",
        "package lists",
        f"the node holds no package list of {', '.join(missing)} that verifies as Debian 13's, so where packages came "
        "from that no other list offers cannot be told",
        f"have the official archives (playbooks/provision.yml --tags 3.1; {BACKPORTS} by a source of your own), "
        "refresh the lists, then look again",
    )


def count(judged: t.Iterable[Judged]) -> dict[str, int]:
    """Return how many packages there are of each origin, zero included."""
    counts: dict[str, int] = dict.fromkeys(ORIGINS, 0)
    for one in judged:
        counts[one.origin] += 1
    return counts


__all__ = (
    "CLAUSE",
    "ORIGINS",
    "Judged",
    "Origin",
    "count",
    "finding",
    "is_rebuilt",
    "missing_archives",
    "no_lists",
    "origin_of",
)
