"""The sample inventory: complete, true to the roles' defaults, and what an operator gets."""

from __future__ import annotations

import configparser
import pathlib
import re
import typing as t

import pytest
import yaml

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._inventory_sample import (
    FILES,
    collections_path,
    operators_files,
)

ROOT = pathlib.Path(__file__).resolve().parents[4]
SAMPLE = ROOT / "inventory"
# Set per host, or by the operator alone.
VARIABLE = re.compile(r"^# ?([a-z_]+): (.*)$|^([a-z_]+): (.*)$", re.MULTILINE)


def sample_text() -> str:
    return "\n".join(path.read_text() for path in sorted(SAMPLE.glob("*_vars/*.yml")))


def role_options() -> dict[str, dict[str, t.Any]]:
    options: dict[str, dict[str, t.Any]] = {}
    for path in sorted((ROOT / "roles").glob("*/meta/argument_specs.yml")):
        for spec in yaml.safe_load(path.read_text())["argument_specs"].values():
            options.update(spec.get("options") or {})
    return options


def test_every_file_of_the_sample_is_copied_and_no_other() -> None:
    there = {str(path.relative_to(SAMPLE)) for path in SAMPLE.rglob("*") if path.is_file()}
    # What runs from a clone leave beside the sample is not part of it.
    kept = {name for name in there if not name.startswith("reports/") and not name.endswith(".json")}
    assert kept == set(FILES)


def test_only_the_path_to_the_collection_differs() -> None:
    files = operators_files(SAMPLE, collection=pathlib.Path("/c/.collections/ansible_collections/ai_systems/runbook"))
    for name in FILES:
        mine, theirs = (SAMPLE / name).read_text().splitlines(), files[name].splitlines()
        changed = [(a, b) for a, b in zip(mine, theirs, strict=True) if a != b]
        assert changed == ([] if name != "ansible.cfg" else changed[:1])
    assert "collections_path = /c/.collections:~/.ansible/collections" in files["ansible.cfg"]


def test_an_installed_collection_needs_no_path_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/anna")
    installed = pathlib.Path("/home/anna/.ansible/collections/ansible_collections/ai_systems/runbook")
    assert collections_path(installed) == "~/.ansible/collections:/usr/share/ansible/collections"


def test_every_variable_is_in_the_sample_with_the_default_that_is_in_force() -> None:
    options = role_options()
    held = {a or c: yaml.safe_load(b or d) for a, b, c, d in VARIABLE.findall(sample_text())}
    assert set(options) - set(held) == set()
    for name, option in options.items():
        if "default" in option:
            assert held[name] == option["default"], name


def test_no_variable_of_the_sample_is_unknown() -> None:
    options = set(role_options())
    named = {a or c for a, _b, c, _d in VARIABLE.findall(sample_text())}
    assert named - options == set()


def test_what_has_no_default_is_marked_to_be_filled_in() -> None:
    text = sample_text()
    for name, option in role_options().items():
        if option.get("required"):
            assert re.search(rf"^{name}:", text, re.MULTILINE), name


def test_nodes_have_addresses_for_documentation_only() -> None:
    text = sample_text() + (SAMPLE / "hosts.yml").read_text()
    addresses = re.findall(r"\b\d+\.\d+\.\d+\.\d+\b", text)
    assert addresses
    documentation = ("192.0.2.", "198.51.100.", "203.0.113.")
    assert [address for address in addresses if not address.startswith(documentation)] == []


def test_its_settings_are_the_clones_own() -> None:
    mine, theirs = configparser.ConfigParser(), configparser.ConfigParser()
    mine.read(SAMPLE / "ansible.cfg")
    theirs.read(ROOT / "ansible.cfg")
    for parser in (mine, theirs):
        for place in ("collections_path", "inventory"):
            parser.remove_option("defaults", place)
    assert {name: dict(mine[name]) for name in mine.sections()} == {
        name: dict(theirs[name]) for name in theirs.sections()
    }


def test_waivers_and_host_keys_start_empty() -> None:
    assert yaml.safe_load((SAMPLE / "waivers.yml").read_text()) is None
    assert all(line.startswith("#") for line in (SAMPLE / "known_hosts").read_text().splitlines())
