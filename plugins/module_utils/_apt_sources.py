# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a node's apt is set up as to where packages come from: read once, verified now (runbook 3.1). Private."""

from __future__ import annotations

import os
import typing as t

from . import _apt_keyrings as keyrings
from ._apt_configuration import AptConfiguration, read_configuration
from ._apt_official import Archives
from ._apt_preferences import Pin, parse_pins
from ._apt_source_files import SourceFile, parts, read_source_file, read_source_files
from ._apt_source_verdicts import Source, judge_entry

if t.TYPE_CHECKING:
    from ._apt_keyrings import Keyring
    from ._apt_source_entries import Entry


class AptSources(t.NamedTuple):
    """How a node's apt is set up.

    :param files: the files of its sources.
    :param sources: what their enabled entries name, each with its verdict.
    :param trusted: the keyrings that apt uses for entries which name none.
    :param other_keyrings: those that are used only where an entry names them.
    :param pins: its preferences.
    :param unread: files of preferences that cannot be read.
    :param keys: fingerprints that the inventory adds to those of Debian.
    """

    configuration: AptConfiguration
    files: list[SourceFile]
    sources: list[Source]
    trusted: list[Keyring]
    other_keyrings: list[Keyring]
    pins: list[Pin]
    unread: list[SourceFile]
    keys: frozenset[str]


def read_apt_sources(keys: frozenset[str]) -> AptSources:
    """Read a node's sources of packages.

    :param keys: fingerprints that the inventory adds to those of Debian.
    :raises CommandError: apt-config is missing, or the node has nothing to verify with.
    """
    configuration = read_configuration()
    files = read_source_files(configuration)
    archives = Archives(lists=configuration.lists, keys=keys, configuration=configuration, files=files)
    trusted = keyrings.trusted(configuration)
    named: dict[str, list[Keyring]] = {}

    def keyrings_of(entry: Entry) -> list[Keyring]:
        # Entries by the thousand may name the same keyring.
        value = entry.options.get("signed-by", "")
        if value not in named:
            found = keyrings.signed_by(entry)
            named[value] = trusted if found is None else found
        return named[value]

    entries = [entry for file in files for entry in file.entries if entry.enabled]
    sources = [source for entry in entries for source in judge_entry(entry, archives.archive, keyrings_of, keys)]
    preferences = [read_source_file(path) for path in _preferences(configuration)]
    return AptSources(
        configuration=configuration,
        files=files,
        sources=sources,
        trusted=trusted,
        other_keyrings=keyrings.in_folders(),
        pins=[pin for file in preferences for pin in parse_pins(file.path, file.text)],
        unread=[file for file in preferences if file.problem],
        keys=keys,
    )


def _preferences(configuration: AptConfiguration) -> list[str]:
    main = configuration.preferences
    found = [main] if main and os.path.isfile(main) else []
    return found + parts(configuration.preferences_parts, {"", ".pref"})


__all__ = ("AptSources", "read_apt_sources")
