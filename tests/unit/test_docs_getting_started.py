"""docs/getting-started.md names only what exists, and its waivers allow what the audit says of such a node."""

from __future__ import annotations

import datetime as dt
import pathlib
import re
import typing as t

import pytest
import yaml

from ansible_collections.ai_systems.runbook.plugins.module_utils import _detect_packages as packages
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_archive import Held
from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._waivers import apply
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._waivers_file import waivers_from

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGE = DOCS / "getting-started.md"
WAIVERS = DOCS / "raspberry-pi-os-waivers.yml"
# What only a playbook reads, since it has no role.
OF_PLAYBOOKS = {"enroll_image_manifest"}
OTHERS = {"ansible_host"}


def text() -> str:
    return PAGE.read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text(), re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    joined = "\n".join(blocks("sh")).replace("\\\n", " ")
    return [line.partition("  #")[0].strip() for line in joined.splitlines() if line.strip()]


def playbook_of(command: str) -> pathlib.Path:
    named = re.search(r"ai_systems\.runbook\.(\w+)|playbooks/(\w+)\.yml", command)
    assert named, command
    return ROOT / "playbooks" / f"{named[1] or named[2]}.yml"


RUNS = [command for command in commands() if command.startswith("ansible-playbook")]


def options() -> set[str]:
    found: set[str] = set()
    for path in (ROOT / "roles").glob("*/meta/argument_specs.yml"):
        specs: dict[str, t.Any] = yaml.safe_load(path.read_text())["argument_specs"]
        found |= {name for spec in specs.values() for name in spec.get("options") or {}}
    return found


def sources_of(playbook: pathlib.Path) -> str:
    """Return the text of a playbook and of the tasks of its roles."""
    said = playbook.read_text()
    roles = re.findall(r"ai_systems\.runbook\.(\w+)$", said, re.MULTILINE)
    tasks = [path for role in roles for path in sorted((ROOT / "roles" / role / "tasks").glob("*.yml"))]
    return said + "".join(path.read_text() for path in tasks)


def test_the_whole_way_is_walked() -> None:
    walked = [playbook_of(command).stem for command in RUNS]
    assert list(dict.fromkeys(walked)) == ["init", "image", "flash", "enroll", "provision", "audit"]


@pytest.mark.parametrize("command", RUNS)
def test_each_playbook_exists_and_takes_what_it_is_given(command: str) -> None:
    playbook = playbook_of(command)
    assert playbook.is_file(), playbook
    for name in re.findall(r"-e (\w+)=", command):
        assert re.search(rf"\b{name}\b", sources_of(playbook)), f"{playbook.name} reads no {name}"


def test_each_make_target_exists() -> None:
    targets = re.findall(r"^make (\w+)", "\n".join(commands()), re.MULTILINE)
    assert targets
    for target in targets:
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE), target


def test_each_variable_exists() -> None:
    known = options()
    in_blocks = {name for block in blocks("yaml") for name in re.findall(r"^ *([a-z]+_[a-z_]+):", block, re.MULTILINE)}
    in_text = set(re.findall(r"`([a-z]+_[a-z_]+)(?::[^`]*)?`", text()))
    assert "runbook_bootstrap_private_key_file" in in_blocks
    assert in_blocks | in_text <= known | OF_PLAYBOOKS | OTHERS, (in_blocks | in_text) - known
    for name in OF_PLAYBOOKS:
        assert name in (ROOT / "playbooks" / "enroll.yml").read_text()


def test_each_block_of_yaml_is_yaml() -> None:
    assert all(yaml.safe_load(block) for block in blocks("yaml"))


def test_each_link_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)", text())
    assert links
    for path, anchor in links:
        page = DOCS / path if path else PAGE
        assert page.is_file(), path
        if anchor:
            heads = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}, anchor


def test_the_packages_from_backports_are_those_of_the_sample() -> None:
    (block,) = [yaml.safe_load(one) for one in blocks("yaml") if "runbook_backports" in one]
    sample = (ROOT / "inventory" / "group_vars" / "all.yml").read_text()
    named = re.findall(r"^#   - (linux-\S+)$", sample, re.MULTILINE)
    assert block["runbook_backports"] == named


def said_of(name: str, version: str) -> Finding | None:
    """Return what the audit says of a package that no archive of the node offers."""
    held = Held(name=name, version=version, architecture="arm64", offers=(), differs=False, listed=(), beyond=False)
    return packages.finding(packages.origin_of(held, proven=(), backports=()))


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("linux-image-rpi-2712", "1:6.12.47-1+rpt1"),
        ("linux-image-6.12.47+rpt-rpi-2712", "1:6.12.47-1+rpt1"),
        ("raspi-firmware", "1:1.20260408-1+rpt1"),
        ("raspberrypi-archive-keyring", "2025.1+rpt1"),
        ("firmware-brcm80211", "1:20240709-2~bpo12+1+rpt3"),
    ],
)
def test_the_waivers_allow_what_the_audit_says_of_the_makers_kernel(name: str, version: str) -> None:
    found = said_of(name, version)
    assert found is not None
    assert found.verdict == "violation"
    waivers = waivers_from(WAIVERS.read_bytes())
    applied = apply({"greenhouse-1": [found]}, waivers, dt.date(2026, 12, 1))
    assert applied.waiver_of("greenhouse-1", found)


def test_the_waivers_allow_nothing_else() -> None:
    found = said_of("rpi-connect-lite", "2.5+rpt1")
    assert found is not None
    applied = apply({"greenhouse-1": [found]}, waivers_from(WAIVERS.read_bytes()), dt.date(2026, 12, 1))
    assert applied.waiver_of("greenhouse-1", found) is None


def test_the_readme_leads_here() -> None:
    assert "(docs/getting-started.md)" in (ROOT / "README.md").read_text()
