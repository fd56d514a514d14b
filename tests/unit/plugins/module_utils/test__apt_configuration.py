from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _apt_configuration
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_configuration import (
    parse_configuration,
    read_configuration,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._command import Command, Completed

DUMP = """APT "";
APT::Architecture "arm64";
Dir "/";
Dir::State "var/lib/apt";
Dir::State::lists "lists/";
Dir::Etc "etc/apt";
Dir::Etc::sourcelist "sources.list";
Dir::Etc::sourceparts "sources.list.d";
Dir::Etc::preferences "preferences";
Dir::Etc::preferencesparts "preferences.d";
Dir::Etc::trustedparts "/elsewhere/trusted.gpg.d/";
Acquire::AllowInsecureRepositories "0";
"""


def test_where_apt_looks() -> None:
    read = parse_configuration(DUMP)
    assert read.lists == "/var/lib/apt/lists"
    assert read.source_list == "/etc/apt/sources.list"
    assert read.source_parts == "/etc/apt/sources.list.d"
    assert read.preferences == "/etc/apt/preferences"
    assert read.preferences_parts == "/etc/apt/preferences.d"
    assert read.trusted_parts == "/elsewhere/trusted.gpg.d"
    assert read.trusted == ""
    assert read.architecture == "arm64"


@pytest.mark.parametrize("value", ["1", "true", "yes", "on", "with", "2", "maybe"])
def test_what_makes_apt_take_unsigned_archives(value: str) -> None:
    assert parse_configuration(DUMP).insecure() == []
    read = parse_configuration(f'{DUMP}acquire::allowinsecurerepositories "{value}";\n')
    assert read.insecure() == ["Acquire::AllowInsecureRepositories"]


@pytest.mark.parametrize("value", ["0", "no", "FALSE", "off", "disable", "without"])
def test_checks_of_dates_that_are_off(value: str) -> None:
    assert parse_configuration(DUMP).undated() == []
    assert parse_configuration(f'Acquire::Check-Date "{value}";\n').undated() == ["Acquire::Check-Date"]


def test_lines_that_are_none_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    assert parse_configuration('nonsense\n\x00\nAPT "\n').values == {}
    monkeypatch.setattr(Command, "run", lambda self, arguments: Completed([self.program, *arguments], 0, DUMP, ""))
    assert read_configuration() == parse_configuration(DUMP)
    assert _apt_configuration.INSECURE


def test_a_dry_run_reads_its_own_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[t.Mapping[str, str] | None] = []

    def run(self: Command, arguments: list[str]) -> Completed:
        asked.append(self._environ)
        return Completed([self.program, *arguments], 0, DUMP, "")

    monkeypatch.setattr(Command, "run", run)
    read_configuration({"APT_CONFIG": "/run/x/apt.conf"})
    assert asked[0]
    assert asked[0]["APT_CONFIG"] == "/run/x/apt.conf"
