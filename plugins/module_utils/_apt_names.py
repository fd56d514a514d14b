# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which texts name a package, and nothing else (runbook 3, "Explicitness"): pure decisions. Private to the collection.

apt-get takes far more on its command line than names: globs, regular expressions, tasks, files, releases and trailing
signs that remove. What reaches apt-get from here can only ever be one package each.
"""

from __future__ import annotations

import re
import typing as t

from ._step import StepError
from ._text import one_line

_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")
_VERSION = re.compile(r"[0-9][A-Za-z0-9.+:~-]*")
_LONGEST = 200

# Without them Ansible cannot work on a node at all (ruling 11).
BOOTSTRAP_PACKAGES: t.Final = ("python3", "python3-apt", "sudo")
# How the node says that its archives have no such package; the controller adds where it is written down.
UNKNOWN: t.Final = "the node's archives offer no package named"


class Request(t.NamedTuple):
    """One package that the operator wants.

    :param version: the exact Debian version, "" for the one that apt would choose.
    """

    name: str
    version: str

    @property
    def argument(self) -> str:
        """How apt-get is asked for it."""
        return f"{self.name}={self.version}" if self.version else self.name


def why_not_a_package(text: str) -> str:
    """Return why ``text`` does not name one package explicitly, "" when it does (``name`` or ``name=version``)."""
    name, equals, version = text.partition("=")
    reason = _why_not_a_name(name)
    if not reason and equals and not _VERSION.fullmatch(version):
        reason = "after '=' comes one exact Debian version, which begins with a digit"
    return reason


def _why_not_a_name(name: str) -> str:
    checks = (
        (not name, "it is empty"),
        (len(name) > _LONGEST, f"it is longer than {_LONGEST} characters"),
        (
            any(not char.isprintable() or char.isspace() for char in name),
            "a name holds no white space or control characters",
        ),
        (name.startswith("-"), "a leading '-' makes it an option of apt-get"),
        ("://" in name, "it is a URL; packages come from the configured Debian archives only"),
        (name.endswith(".deb"), "it is a package file; packages come from the configured Debian archives only"),
        ("/" in name, "it is a path or names a release; give the package's name alone"),
        (name.endswith("^"), "it is a task, which stands for many packages; name each of them"),
        (
            any(char in name for char in "*?[]"),
            "it is a glob, which may match any number of packages; name each of them",
        ),
        (any(char in name for char in "^$|()\\{}"), "it is a regular expression; name each package"),
        (name.endswith("-"), "a trailing '-' asks apt-get to remove it"),
        # g++ and its like are names; apt-get tries the whole name first.
        (
            name.endswith("+") and not name.endswith("++"),
            "a trailing '+' is an instruction to apt-get, not part of a name",
        ),
        (":" in name, "an architecture does not belong to the name; nodes install for their own architecture"),
        (
            not _NAME.fullmatch(name),
            "a name has at least two of a-z, 0-9, '+', '-' and '.', and begins with a letter or digit",
        ),
    )
    return next((reason for failed, reason in checks if failed), "")


def requests(texts: t.Sequence[str]) -> list[Request]:
    """Return what the operator asks for, each package once, in the given order.

    :raises StepError: a text that is no explicit package name, or two versions of one package.
    """
    wanted: dict[str, str] = {}
    for text in texts:
        reason = why_not_a_package(text)
        if reason:
            raise StepError(f"{one_line(text, 80)!r} is no explicit package name: {reason}")
        name, dummy, version = text.partition("=")
        known = wanted.setdefault(name, version)
        if version and known and version != known:
            raise StepError(f"package {name} is asked for in two versions, {known} and {version}; keep one of them")
        wanted[name] = known or version
    return [Request(name, version) for name, version in wanted.items()]


__all__ = ("BOOTSTRAP_PACKAGES", "UNKNOWN", "Request", "requests", "why_not_a_package")
