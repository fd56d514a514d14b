# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of a command that installs packages, and what the audit's own decision says of it."""

from __future__ import annotations

import re
import typing as t

from runbook_lint.decisions import _hands_commands
from runbook_lint.decisions._unit_programs import first_verb

if t.TYPE_CHECKING:
    from runbook_lint.shell import Command, Word

APT: t.Final = ("apt", "apt-get", "aptitude", "nala")
_INSTALLS: t.Final = frozenset(("install", "reinstall"))
_VALUED: t.Final = ("-o", "--option", "-t", "--target-release", "-c", "--config-file", "-a", "--host-architecture")


def by_hand(command: Command, clause: str) -> str:
    """Return how a command breaks a clause, as the audit says it of what is typed by hand; "" where it does not."""
    breaches = _hands_commands.breaches_of(command.argv)
    return next((one.what for one in breaches if re.search(rf"\b{re.escape(clause)}\b", one.why)), "")


def verb_of(command: Command, verbs: str) -> str:
    """Return the verb of a command if it is one of those, "" otherwise."""
    return first_verb(command.argv, frozenset(verbs.split()))


def names_for_apt(command: Command) -> list[Word] | None:
    """Return the words that apt takes for packages to install, None where the command installs none."""
    if command.program not in APT:
        return None
    words = iter(command.words[1:])
    plain = []
    for word in words:
        if word.text in _VALUED:
            next(words, None)
        elif not word.text.startswith("-"):
            plain.append(word)
    return plain[1:] if plain and plain[0].text in _INSTALLS else None


__all__ = ("APT", "by_hand", "names_for_apt", "verb_of")
