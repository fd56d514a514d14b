"""docs/getting-started.md names only what exists, and its waivers allow what the audit says of such a node."""

from __future__ import annotations

import datetime as dt
import pathlib
import re
import typing as t

import pytest
import yaml

from ansible_collections.ai_systems.runbook.plugins.module_utils import _detect_packages as packages
from ansible_collections.ai_systems.runbook.plugins.module_utils import _step_image_build
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
# Which of the way's parts name a package that is missing.
ASKING = ("_image_build_apt", "_image_build_emulation", "_step_image_report", "_step_image_write")


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


def installed() -> set[str]:
    """Return the packages that step 1 installs, with those that its comments name for another Debian."""
    lines = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("sudo apt install ")]
    assert lines
    return {word for line in lines for word in line.removeprefix("sudo apt install ").split()}


def test_what_the_steps_need_is_installed_first() -> None:
    """``make setup`` installs Python and nothing else, so a clean laptop has only what the page says."""
    needs = (DOCS / "image.md").read_text().partition("\n## What it needs\n")[2].partition("\n## ")[0]
    of_page = {name for names in re.findall(r"`apt install ([^`]+)`", needs) for name in names.split()}
    assert {"mmdebstrap", "uidmap"} <= of_page
    assert of_page | {"make", "git", "openssh-client", "mtools"} <= installed()
    # Each is there for a reason that stands in the table, and so are those that no Debian lacks.
    (table,) = re.findall(r"^\| package \|.*?^$", text(), re.MULTILINE | re.DOTALL)
    reasons = set(re.findall(r"`([a-z0-9-]+)`", table))
    assert of_page | set(_step_image_build._NEEDS.values()) | {"mtools"} <= reasons


def test_what_the_programs_ask_for_is_what_the_page_installs() -> None:
    """What a run asks for by name, where a program is not there, cannot be missing after step 1."""
    sources = [ROOT / "plugins" / "module_utils" / f"{name}.py" for name in ASKING]
    asked = {
        name
        for path in (
            *sources,
            ROOT / "plugins" / "plugin_utils" / "_card_keys.py",
            ROOT / "plugins" / "action" / "enroll.py",
        )
        for name in re.findall(r"'apt install ([a-z0-9-]+)'", path.read_text())
    }
    assert {"mtools", "qemu-user-static", "qemu-user-binfmt", "openssh-client"} <= asked
    (table,) = re.findall(r"^\| package \|.*?^$", text(), re.MULTILINE | re.DOTALL)
    assert asked <= set(re.findall(r"`([a-z0-9-]+)`", table))


def test_the_device_tree_of_a_d0_is_kept_over_an_upgrade() -> None:
    points = re.findall(r"^[1-8]\. (?:.+\n)(?:   .+\n)*", text().partition("### What to look at")[2], re.MULTILINE)
    assert len(points) == 8
    assert "`device_tree=bcm2712-d-rpi-5-b.dtb`" in points[0]
    for point in (points[0], points[7]):
        assert "`/etc/default/raspi-firmware-custom`" in point


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
