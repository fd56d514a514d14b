# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a repository's configuration of ansible-lint lets the runbook's rules run at all (runbook 6.5).

Under a profile ansible-lint unloads each rule that the profile does not name, and says nothing; a folder of rules
without ``use_default_rules`` drops its own rules as silently.
"""

from __future__ import annotations

import importlib.util
import typing as t
from pathlib import Path

import yaml

from runbook_lint.decisions._text import one_line
from runbook_lint.reported import Reported
from runbook_lint.repository import Repository, UnreadError

# Where ansible-lint looks, in its order.
FILES: t.Final = (
    ".ansible-lint",
    ".ansible-lint.yml",
    ".ansible-lint.yaml",
    ".config/ansible-lint.yml",
    ".config/ansible-lint.yaml",
)
_LARGEST: t.Final = 1024 * 1024
_CLAUSE: t.Final = "6.5"
_TOPIC: t.Final = "rules-off"
_REMEDY: t.Final = "copy lint/ansible-lint.yml of the collection anew, and add what is yours"


def rule_ids() -> tuple[str, ...]:
    """Return the ids of our rules that lie in this installation of ansible-lint."""
    found = importlib.util.find_spec("ansiblelint")
    folders = [Path(one) / "rules/custom/runbook" for one in (found.submodule_search_locations or () if found else ())]
    files = (file for folder in folders for file in folder.glob("runbook_*.py"))
    return tuple(sorted(file.stem.replace("_", "-") for file in files))


def check_configuration(repository: Repository, rules: t.Sequence[str] | None = None) -> tuple[list[Reported], int]:
    """Return what keeps rules from running, and how many files were read.

    :param rules: ids of all rules; those that are installed by default.
    """
    path = next((path for path in FILES if repository.has(path)), "")
    if not path:
        return [], 0
    try:
        said = yaml.safe_load(repository.content(path, _LARGEST))
    except UnreadError as exc:
        return [Reported(path, 0, _CLAUSE, _TOPIC, exc.what, exc.remedy, "unknown")], 1
    except (yaml.YAMLError, RecursionError, ValueError):
        return [Reported(path, 0, _CLAUSE, _TOPIC, "it is no YAML", "mend the file", "unknown")], 1
    configuration = said if isinstance(said, dict) else {}
    found = _left_out(configuration, rule_ids() if rules is None else rules)
    if configuration.get("rulesdir") and configuration.get("use_default_rules") is not True:
        found.append("rulesdir without use_default_rules: true drops all of ansible-lint's own rules")
    return [Reported(path, 0, _CLAUSE, _TOPIC, what, _REMEDY) for what in found], 1


def _left_out(configuration: t.Mapping[str, t.Any], rules: t.Sequence[str]) -> list[str]:
    if not configuration.get("profile"):
        return []
    enabled = configuration.get("enable_list")
    named = set(map(str, enabled)) if isinstance(enabled, list) else set()
    missing = [rule for rule in rules if rule not in named]
    if not missing:
        return []
    profile = one_line(str(configuration["profile"]), 40)
    return [f"profile {profile} unloads {', '.join(missing)}: enable_list does not name them"]


__all__ = ("FILES", "check_configuration", "rule_ids")
