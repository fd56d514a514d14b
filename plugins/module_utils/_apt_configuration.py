# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What apt's merged configuration says of trust, and where apt looks for sources and keys. Private."""

from __future__ import annotations

import re
import typing as t

from ._command import Command

_LINE = re.compile(r'([^ ]+) "(.*)";')
_NO = frozenset({"", "0", "no", "false", "without", "off", "disable"})

# Each makes apt take what nobody signed, or signed weakly.
INSECURE: t.Final = (
    "APT::Get::AllowUnauthenticated",
    "Acquire::AllowInsecureRepositories",
    "Acquire::AllowWeakRepositories",
    "Acquire::AllowDowngradeToInsecureRepositories",
)
# Each makes apt take lists that are out of date.
UNDATED: t.Final = ("Acquire::Check-Valid-Until", "Acquire::Check-Date")


class AptConfiguration(t.NamedTuple):
    """The last value of each setting, by its name in lower case, as apt compares names."""

    values: t.Mapping[str, str]

    def insecure(self) -> list[str]:
        """Return the settings that make apt take unsigned archives."""
        return [name for name in INSECURE if self.values.get(name.lower(), "").lower() not in _NO]

    def undated(self) -> list[str]:
        """Return the checks of dates that are switched off."""
        return [name for name in UNDATED if self.values.get(name.lower(), "yes").lower() in _NO]

    def path(self, *names: str) -> str:
        """Return the path that a chain of settings leads to, ``"Dir", "Dir::Etc", "Dir::Etc::sourcelist"``.

        "" where the last is not set.
        """
        path = ""
        for name in names:
            value = self.values.get(name.lower(), "")
            path = value if value.startswith("/") else f"{path.rstrip('/')}/{value}"
        return path.rstrip("/") if self.values.get(names[-1].lower()) else ""

    @property
    def architecture(self) -> str:
        """The node's own architecture, as ``arm64``."""
        return self.values.get("apt::architecture", "")

    @property
    def lists(self) -> str:
        return self.path("Dir", "Dir::State", "Dir::State::lists")

    @property
    def source_list(self) -> str:
        return self.path("Dir", "Dir::Etc", "Dir::Etc::sourcelist")

    @property
    def source_parts(self) -> str:
        return self.path("Dir", "Dir::Etc", "Dir::Etc::sourceparts")

    @property
    def preferences(self) -> str:
        return self.path("Dir", "Dir::Etc", "Dir::Etc::preferences")

    @property
    def preferences_parts(self) -> str:
        return self.path("Dir", "Dir::Etc", "Dir::Etc::preferencesparts")

    @property
    def trusted(self) -> str:
        """The keyring that apt-key wrote to, which apt 3 reads only where it is configured."""
        return self.path("Dir", "Dir::Etc", "Dir::Etc::trusted")

    @property
    def trusted_parts(self) -> str:
        return self.path("Dir", "Dir::Etc", "Dir::Etc::trustedparts")


def parse_configuration(dump: str) -> AptConfiguration:
    """Parse what ``apt-config dump`` prints."""
    values = {}
    for line in dump.splitlines():
        match = _LINE.fullmatch(line.strip())
        if match:
            values[match[1].lower()] = match[2]
    return AptConfiguration(values)


def read_configuration(environ: t.Mapping[str, str] | None = None) -> AptConfiguration:
    """Read the node's configuration of apt.

    :param environ: with APT_CONFIG where that of a dry run is meant.
    :raises CommandError: apt-config is missing or cannot read it.
    """
    return parse_configuration(Command("apt-config", environ=environ).run(["dump"]).out)


__all__ = ("INSECURE", "UNDATED", "AptConfiguration", "parse_configuration", "read_configuration")
