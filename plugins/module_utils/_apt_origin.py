# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""May a version of a package be installed, going by who offers it (runbook 3.1)? Pure decisions. Private.

apt itself asks no more than that a list is signed by a key that the node holds, and takes two archives' packages for
the same where name, version and size agree. So each list is judged (:mod:`_apt_official`), and the content too.
"""

from __future__ import annotations

import functools
import re
import typing as t

from ._step import StepError
from ._text import one_line

_MOST_NAMED = 10
# A version within a package's name: 7.3.4+deb13.
_VERSION: t.Final = r"[0-9]+(?:[.+~][0-9a-z]+)+"


class Offer(t.NamedTuple):
    """One package list's offer of a version.

    :param kind: what the list is: ``official``, ``backports`` (Debian's too, for packages named one by one) or
        ``foreign``.
    :param reason: why it is foreign.
    :param sha256: of the .deb that it offers.
    :param uri: where that .deb is.
    """

    kind: str
    reason: str
    sha256: str
    origin: str
    label: str
    codename: str
    component: str
    uri: str

    @property
    def archive(self) -> dict[str, str]:
        """What is kept on record of the archive."""
        kept = ("origin", "label", "codename", "component", "uri")
        return {name: one_line(value, 300) for name, value in self._asdict().items() if name in kept}


def allowed(name: str, offers: t.Iterable[Offer], backports: t.Collection[str]) -> list[Offer]:
    """Return the offers that the runbook allows.

    :param backports: the packages that the inventory names for trixie-backports, see :func:`is_named`.
    """
    named = is_named(name, backports)
    return [offer for offer in offers if offer.kind == "official" or (offer.kind == "backports" and named)]


def is_named(name: str, backports: t.Collection[str]) -> bool:
    """Whether one of these names a package: by its name, or with ``*`` where a version stands in it.

    A kernel's packages have another name with each version. ``linux-image-*-arm64`` names all of them and nothing
    else: neither ``linux-image-rt-arm64`` nor ``linux-image-7.3.4+deb13-rt-arm64``.
    """
    return name in backports or any(_versions_of(one).fullmatch(name) for one in backports if "*" in one)


@functools.cache
def _versions_of(named: str) -> re.Pattern[str]:
    return re.compile(_VERSION.join(map(re.escape, named.split("*"))))


def to_be_named(name: str) -> str:
    """Return how an operator names a package for trixie-backports, so that its next version is named as well."""
    return re.sub(f"(?<![a-z0-9.]){_VERSION}(?![a-z0-9])", "*", name)


def why_refused(name: str, offers: t.Sequence[Offer], backports: t.Collection[str]) -> str:
    """Return why this version of ``name`` must not be installed, "" where it may."""
    good = allowed(name, offers, backports)
    if not good:
        return "; ".join(dict.fromkeys(_why_not_this(name, offer) for offer in offers)) or "no list offers it"
    known = {offer.sha256 for offer in good}
    # apt fetches from whichever list it likes best, and knows one version where there are two.
    others = [offer for offer in offers if offer not in good and offer.sha256 not in known]
    if others or len(known) > 1:
        where = ", ".join(dict.fromkeys(_place(offer) for offer in others or good))
        return f"{where} offers other content under the same version"
    return ""


def _why_not_this(name: str, offer: Offer) -> str:
    if offer.kind == "backports":
        return (
            f"it is in trixie-backports only; add {to_be_named(name)} to runbook_backports if it shall come from there"
        )
    return f"it comes from {_place(offer)}: {one_line(offer.reason, 200)}"


def _place(offer: Offer) -> str:
    return one_line(offer.uri.rpartition("/pool/")[0] or offer.uri, 120) or one_line(offer.origin, 60) or "nowhere"


def require_allowed(refused: t.Sequence[tuple[str, str, str]]) -> None:
    """:param refused: name, version and reason of each package that must not be installed.
    :raises StepError: there is any; names them with the remedy.
    """
    if not refused:
        return
    named = "; ".join(f"{name} {version}: {reason}" for name, version, reason in refused[:_MOST_NAMED])
    more = f"; and {len(refused) - _MOST_NAMED} more" if len(refused) > _MOST_NAMED else ""
    raise StepError(
        f"nothing is installed, since not all of it comes from an official Debian 13 archive (3.1): {named}{more}. "
        "Disable what is not Debian's on the node (apt_sources_exclusive: true), or name another package"
    )


__all__ = ("Offer", "allowed", "is_named", "require_allowed", "to_be_named", "why_refused")
