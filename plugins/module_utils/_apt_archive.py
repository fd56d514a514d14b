# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the node's package lists say of planned packages, through python3-apt. Private to the collection.

Only a run that is about to change something comes here: opening the cache takes seconds on a small node.
"""

from __future__ import annotations

import functools
import importlib
import os
import re
import typing as t

from ._apt_official import ListVerdict, judge_lists
from ._apt_origin import Offer, allowed, why_refused
from ._apt_plan import Detail
from ._step import StepError
from ._text import one_line

if t.TYPE_CHECKING:
    from ._apt_plan import Planned


# A kernel's packages differ in these from one version to the next: linux-image-6.12.41+deb13-arm64.
_FIGURES = re.compile(r"[0-9]+(?:[.+~a-z]*[0-9]+)*")


# What was cut off while it was unpacked, and cannot be unpacked once more: apt does nothing at all then.
_LOST = re.compile(r"The package (\S+) needs to be reinstalled, but I can't find an archive for it")


def why_lost(names: t.Sequence[str]) -> str:
    """Return why what was cut off while it was unpacked cannot be installed again."""
    return (
        f"dpkg was interrupted and left {', '.join(one_line(name, 80) for name in names[:10])} half unpacked, and none "
        "of the node's archives offers that any more; bring its archive back, or re-image the node (runbook 5), then "
        "run again"
    )


class Held(t.NamedTuple):
    """A package that is installed, and what the package lists say of it.

    :param name: as apt prints it, with ``:architecture`` where that is not the node's own.
    :param offers: of this very version, one per list that offers it.
    :param differs: whether the lists hold this version with other content than what is installed.
    :param listed: the versions that Debian's own lists offer under this name.
    :param beyond: whether it is newer than all of those.
    :param sibling: whether Debian's lists offer other packages that are built from the same source, where they offer
        none of this name: those of a kernel change their name with each version.
    """

    name: str
    version: str
    architecture: str
    offers: tuple[Offer, ...]
    differs: bool
    listed: tuple[str, ...]
    beyond: bool
    sibling: bool = False


class Archive:
    """The package lists that a configuration of apt leads to."""

    def __init__(
        self, environ: t.Mapping[str, str], *, lists: str, keys: t.Collection[str], backports: t.Collection[str]
    ) -> None:
        """
        :param environ: with APT_CONFIG where other lists than the node's own are meant.
        :param lists: the folder of those lists.
        :param keys: fingerprints that count beside those of Debian's own keys.
        :param backports: packages that may come from trixie-backports.
        :raises StepError: python3-apt is missing or cannot read the lists.
        """
        try:
            # Not at the top: a converged run must not pay for it.
            apt_pkg: t.Any = importlib.import_module("apt_pkg")
        except ImportError as exc:
            raise StepError("python3-apt is missing on the node; preflight installs it, so run that first") from exc
        before = os.environ.get("APT_CONFIG")
        if "APT_CONFIG" in environ:
            os.environ["APT_CONFIG"] = environ["APT_CONFIG"]
        try:
            apt_pkg.init_config()
            apt_pkg.init_system()
            self._cache: t.Any = apt_pkg.Cache(None)
            self._sources: t.Any = apt_pkg.SourceList()
            self._sources.read_main_list()
            self._records: t.Any = apt_pkg.PackageRecords(self._cache)
        except apt_pkg.Error as exc:
            lost = _LOST.search(str(exc))
            if lost:
                raise StepError(why_lost([lost[1]])) from exc
            raise StepError(
                f"the node's package lists cannot be read: {exc}; refresh them with 'apt-get update'"
            ) from exc
        finally:
            if before is None:
                os.environ.pop("APT_CONFIG", None)
            else:
                os.environ["APT_CONFIG"] = before
        self._apt_pkg = apt_pkg
        self._lists, self._keys, self._backports = lists, keys, backports
        self._environ = environ

    @functools.cached_property
    def _verdicts(self) -> dict[str, ListVerdict]:
        return judge_lists(lists=self._lists, keys=self._keys, environ=self._environ)

    def knows(self, name: str) -> bool:
        """Whether an archive offers a package of exactly this name."""
        return name in self._cache and any(self._lists_of(version) for version in self._cache[name].version_list)

    def detail(self, planned: Planned) -> Detail:
        """Return what the lists say of a planned package.

        :raises StepError: no list offers that version.
        """
        package = self._cache[planned.name]
        # apt holds two of the same version where archives differ in what they offer under it.
        versions = [one for one in package.version_list if one.ver_str == planned.after and self._lists_of(one)]
        if not versions:
            raise StepError(
                f"no package list offers {planned.name} {planned.after}, which apt would install; run again"
            )
        version, current = versions[0], package.current_ver
        offers = [self._offer(file, index) for one in versions for file, index in self._lists_of(one)]
        good = allowed(planned.name, offers, self._backports)
        self._records.lookup(self._lists_of(version)[0])
        return Detail(
            planned=planned,
            architecture=str(version.arch),
            sha256=(good or offers)[0].sha256,
            size=int(version.size),
            growth=int(version.installed_size) - (int(current.installed_size) if current else 0),
            downgrade=bool(planned.before) and self._apt_pkg.version_compare(planned.before, planned.after) > 0,
            offers=offers,
            record=str(self._records.record),
        )

    @property
    def codenames(self) -> frozenset[str]:
        """The archives of Debian whose lists are there, as ``trixie-security``."""
        return frozenset(verdict.codename for verdict in self._verdicts.values() if verdict.kind != "foreign")

    def held(self) -> list[Held]:
        """Return each installed package, with what the lists say of the version that is installed."""
        pretty = True
        packages = {
            str(package.get_fullname(pretty)): package for package in self._cache.packages if package.current_ver
        }
        held = [self._held(name, package) for name, package in packages.items()]
        strays = {one.name for one in held if not one.offers and not one.listed}
        siblings = self._with_siblings({name: packages[name] for name in strays}) if strays else ()
        return [one._replace(sibling=one.name in siblings) for one in held]

    def _with_siblings(self, strays: t.Mapping[str, t.Any]) -> set[str]:
        """Return those of the packages of whose source Debian's lists offer one that differs in the name's figures."""
        families: dict[str, list[str]] = {}
        for name, package in strays.items():
            families.setdefault(_FIGURES.sub("#", str(package.name)), []).append(name)
        sources = {name: self._source(package.name, package.current_ver) for name, package in strays.items()}
        found: set[str] = set()
        for package in self._cache.packages:
            for name in families.get(_FIGURES.sub("#", str(package.name)), ()):
                offered = (version for version in package.version_list if self._is_debians(version))
                if any(self._source(package.name, version) == sources[name] for version in offered):
                    found.add(name)
        return found

    def _source(self, name: t.Any, version: t.Any) -> str:
        self._records.lookup(version.file_list[0])
        return str(self._records.source_pkg) or str(name)

    def _held(self, name: str, package: t.Any) -> Held:
        current = package.current_ver
        offered = [version for version in package.version_list if self._lists_of(version)]
        same = [version for version in offered if version.ver_str == current.ver_str]
        # apt holds the version of dpkg's status file apart from a list's where their content is not the same.
        offers = [self._offer(file, index) for version in same for file, index in self._lists_of(version)]
        listed = [version.ver_str for version in offered if self._is_debians(version)]
        compare = self._apt_pkg.version_compare
        return Held(
            name=name,
            version=str(current.ver_str),
            architecture=str(current.arch),
            offers=tuple(offers),
            differs=bool(same) and not self._lists_of(current),
            listed=tuple(listed),
            beyond=bool(listed) and all(compare(current.ver_str, version) > 0 for version in listed),
        )

    def _is_debians(self, version: t.Any) -> bool:
        verdicts = [self._verdicts.get(str(file.filename)) for file, _index in self._lists_of(version)]
        return any(verdict is not None and verdict.kind != "foreign" for verdict in verdicts)

    def _offer(self, file: t.Any, index: int) -> Offer:
        verdict = self._verdicts.get(str(file.filename))
        self._records.lookup((file, index))
        source = self._sources.find_index(file)
        return Offer(
            kind=verdict.kind if verdict else "foreign",
            reason=verdict.reason if verdict else "its list is not among those that apt fetched",
            sha256=str(self._records.hashes.find("sha256").hashvalue),
            origin=str(file.origin),
            label=str(file.label),
            codename=str(file.codename),
            component=str(file.component),
            uri=str(source.archive_uri(self._records.filename)) if source else "",
        )

    def refused(self, details: t.Iterable[Detail]) -> list[tuple[str, str, str]]:
        """Return name, version and reason of those that the runbook does not allow to be installed."""
        return [
            (detail.planned.name, detail.planned.after, reason)
            for detail in details
            if (reason := why_refused(detail.planned.name, detail.offers, self._backports))
        ]

    def is_vital(self, name: str) -> bool:
        """Whether Debian marks a package as one that no system runs without."""
        return name in self._cache and bool(self._cache[name].essential or self._cache[name].important)

    def kept_back(self, plan: t.Iterable[Planned]) -> list[str]:
        """Return the packages that have a newer version which the plan does not install."""
        planned = {item.name for item in plan}
        pretty = True
        depcache = self._apt_pkg.DepCache(self._cache)
        upgradable = [
            package.get_fullname(pretty)
            for package in self._cache.packages
            if package.current_ver and depcache.is_upgradable(package)
        ]
        return sorted(name for name in upgradable if name not in planned)

    def _lists_of(self, version: t.Any) -> list[tuple[t.Any, int]]:
        # The status file names each installed version too, but nothing can be fetched from there.
        return [(file, index) for file, index in version.file_list if file.index_type != "Debian dpkg status file"]


__all__ = ("Archive", "Held", "why_lost")
