# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions of Python packages and what is asked of them, by PEP 440: pure decisions. Private to the collection."""

from __future__ import annotations

import re
import typing as t

LONGEST = 200
OPERATORS = ("===", "~=", "==", "!=", "<=", ">=", "<", ">")
_VERSION = re.compile(
    r"v?(?:(?P<epoch>\d+)!)?(?P<release>\d+(?:\.\d+)*)"
    r"(?:[-_.]?(?P<pre>alpha|beta|preview|pre|rc|a|b|c)[-_.]?(?P<pre_n>\d*))?"
    r"(?:-(?P<dash>\d+)|[-_.]?(?P<post>post|rev|r)[-_.]?(?P<post_n>\d*))?"
    r"(?:[-_.]?(?P<dev>dev)[-_.]?(?P<dev_n>\d*))?"
    r"(?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?",
    re.IGNORECASE | re.ASCII,
)
_SPELLINGS = {"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc"}
_SPECIFIER = re.compile(r"\s*(===|~=|==|!=|<=|>=|<|>)\s*([^\s,;()]+)\s*", re.ASCII)


class Version(t.NamedTuple):
    """A version by its parts; ``None`` for a part that it has not.

    :param release: without zeros at its end, which mean nothing.
    :param width: how many numbers the release was written with.
    """

    epoch: int
    release: tuple[int, ...]
    pre: tuple[str, int] | None
    post: int | None
    dev: int | None
    local: tuple[int | str, ...]
    width: int

    @property
    def is_prerelease(self) -> bool:
        return self.pre is not None or self.dev is not None

    @property
    def base(self) -> tuple[int, tuple[int, ...]]:
        return self.epoch, self.release

    def key(self, *, local: bool = True) -> tuple[t.Any, ...]:
        """Return what versions are ordered by."""
        if self.pre is not None:
            pre: tuple[t.Any, ...] = (1, *self.pre)
        else:
            # 1.0.dev1 comes before 1.0a1; 1.0 and 1.0.post1 come after it.
            pre = (0,) if self.dev is not None and self.post is None else (2,)
        dev = (1, 0) if self.dev is None else (0, self.dev)
        parts = tuple((1, part, "") if isinstance(part, int) else (0, 0, part) for part in self.local if local)
        return (self.epoch, self.release, pre, -1 if self.post is None else self.post, dev, parts)


class Specifier(t.NamedTuple):
    """One condition on a version, as ``>=`` and ``1.2``."""

    operator: str
    version: str

    def __str__(self) -> str:
        return f"{self.operator}{self.version}"


def parse(text: str) -> Version | None:
    """Return the version that ``text`` writes, None where it is none."""
    found = _VERSION.fullmatch(text.strip()) if len(text) <= LONGEST else None
    if found is None:
        return None
    numbers = tuple(int(part) for part in found["release"].split("."))
    release = numbers
    while len(release) > 1 and release[-1] == 0:
        release = release[:-1]
    pre = (found["pre"] or "").lower()
    post = found["dash"] or (found["post_n"] or "0" if found["post"] else None)
    local = re.split(r"[-_.]", found["local"].lower()) if found["local"] else []
    return Version(
        epoch=int(found["epoch"] or 0),
        release=release,
        pre=(_SPELLINGS.get(pre, pre), int(found["pre_n"] or 0)) if pre else None,
        post=None if post is None else int(post),
        dev=int(found["dev_n"] or 0) if found["dev"] else None,
        local=tuple(int(part) if part.isdigit() else part for part in local),
        width=len(numbers),
    )


def same(first: str, second: str) -> bool:
    """Whether two texts write the same version: 1.0 and 1.0.0 do; what is no version must be the same text."""
    one, other = parse(first), parse(second)
    if one is None or other is None:
        return first.strip().lower() == second.strip().lower()
    return one.key() == other.key()


def is_newer(first: str, second: str) -> bool:
    """Whether ``first`` is a later version than ``second``; False where one of them is none."""
    one, other = parse(first), parse(second)
    return one is not None and other is not None and one.key() > other.key()


def parse_specifiers(text: str) -> tuple[Specifier, ...] | None:
    """Return the conditions of a list as ``>=1,<2``, None where it is none."""
    if not text.strip():
        return ()
    found = []
    for part in text.split(","):
        match = _SPECIFIER.fullmatch(part)
        if match is None or not _is_sound(match[1], match[2]):
            return None
        found.append(Specifier(match[1], match[2]))
    return tuple(found)


def _is_sound(operator: str, version: str) -> bool:
    if operator == "===":
        return True
    wild = version.endswith(".*")
    asked = parse(version.removesuffix(".*"))
    if asked is None or len(version) > LONGEST:
        return False
    if wild:
        return operator in ("==", "!=") and (asked.pre, asked.post, asked.dev, asked.local) == (None, None, None, ())
    if operator == "~=":
        return asked.width > 1 and not asked.local
    return operator in ("==", "!=") or not asked.local


def pin_of(specifiers: t.Sequence[Specifier]) -> str:
    """Return the one version that the conditions leave, "" where they may leave several."""
    for specifier in specifiers:
        if specifier.operator == "===" or (specifier.operator == "==" and not specifier.version.endswith(".*")):
            return specifier.version
    return ""


def satisfies(version: str, specifiers: t.Sequence[Specifier]) -> bool:
    """Whether a version meets every condition. Pre-releases count: what is installed was once asked for."""
    return all(_meets(version, specifier) for specifier in specifiers)


def _meets(text: str, specifier: Specifier) -> bool:
    if specifier.operator == "===":
        return text.strip().lower() == specifier.version.lower()
    version = parse(text)
    asked = parse(specifier.version.removesuffix(".*"))
    if version is None or asked is None:
        return False
    if specifier.version.endswith(".*"):
        return _has_prefix(version, asked, asked.width) == (specifier.operator == "==")
    if specifier.operator == "~=":
        return _at_least(version, asked) and _has_prefix(version, asked, asked.width - 1)
    return _ORDER[specifier.operator](version, asked)


def _has_prefix(version: Version, asked: Version, width: int) -> bool:
    def padded(release: tuple[int, ...]) -> tuple[int, ...]:
        return (*release, *([0] * width))[:width]

    return version.epoch == asked.epoch and padded(version.release) == padded(asked.release)


def _equal(version: Version, asked: Version) -> bool:
    # A version with a local part is asked for by its public part too: 1.0+deb1 is a 1.0.
    return version.key(local=bool(asked.local)) == asked.key()


def _at_least(version: Version, asked: Version) -> bool:
    return version.key(local=False) >= asked.key()


def _less(version: Version, asked: Version) -> bool:
    # A pre-release of the very version that is asked for does not count as earlier than it.
    of_it = asked.post is None or (version.pre is None and version.post == asked.post)
    if not asked.is_prerelease and version.is_prerelease and version.base == asked.base and of_it:
        return False
    return version.key(local=False) < asked.key()


def _greater(version: Version, asked: Version) -> bool:
    # Neither a post-release of the very version that is asked for, nor a local one, is later than it.
    if asked.post is None and version._replace(post=None, dev=None, local=()).key() == asked.key():
        return False
    return version.key(local=False) > asked.key()


_ORDER: t.Final[dict[str, t.Callable[[Version, Version], bool]]] = {
    "==": _equal,
    "!=": lambda version, asked: not _equal(version, asked),
    ">=": _at_least,
    "<=": lambda version, asked: version.key(local=False) <= asked.key(),
    "<": _less,
    ">": _greater,
}


__all__ = (
    "LONGEST",
    "OPERATORS",
    "Specifier",
    "Version",
    "is_newer",
    "parse",
    "parse_specifiers",
    "pin_of",
    "same",
    "satisfies",
)
