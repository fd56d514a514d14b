# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every guard goes red on a tree that breaks its rule, and stays green on one that does not."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from tools import guards
from tools.systemd_seam import one_seam_to_systemd

LICENCE = f"{guards.LICENCE}\n"
MODULE = LICENCE + "module = AnsibleModule(argument_spec={}, supports_check_mode=True)\n"
GOOD: dict[str, str] = {
    ".config/molecule/config.yml": (
        "scenario: {test_sequence: [create, check, converge, idempotence, verify]}\nverifier: {name: testinfra}\n"
    ),
    "CHANGELOG.md": "# Changelog\n\n## 1.2.0 (unreleased)\n",
    "ansible.cfg": "[defaults]\ninventory = inventory/hosts.yml\n",
    "galaxy.yml": "version: 1.2.0\n",
    "lab/node": LICENCE,
    "molecule/clock/molecule.yml": "---\n",
    "molecule/clock/tests/test_clock.py": "def test_it() -> None:\n    assert True\n",
    "playbooks/ansible.cfg": "[defaults]\ninventory = ../inventory/hosts.yml\n",
    "plugins/action/both.py": LICENCE,
    "plugins/module_utils/_used.py": LICENCE,
    "plugins/modules/clock.py": MODULE,
    "plugins/modules/both.py": LICENCE,
    "requirements.txt": "six==1.16.0 \\\n    --hash=sha256:1e61c3\n    # via x\n",
    "roles/clock/README.md": "# clock\n",
    "roles/clock/defaults/main.yml": "clock_zone: UTC\nclock_servers: [a, b]\n",
    "roles/clock/meta/argument_specs.yml": (
        "argument_specs:\n  main:\n    options:\n      clock_zone: {default: UTC}\n"
        "      clock_servers: {default: [a, b]}\n      clock_owner: {required: true}\n"
    ),
    "roles/clock/tasks/main.yml": "- name: Set the clock\n  tags: [clock]\n",
    "tests/unit/plugins/modules/test_both.py": "",
    "tests/unit/plugins/modules/test_clock.py": (
        "from ansible_collections.ai_systems.runbook.plugins.module_utils import _used\n"
    ),
}


def lay_down(folder: Path, changes: t.Mapping[str, str | None]) -> Path:
    for name, text in {**GOOD, **changes}.items():
        if text is not None:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("guard", guards.GUARDS, ids=lambda guard: guard.__name__)
def test_a_good_tree_is_green(guard: guards.Guard, tmp_path: Path) -> None:
    assert guard(lay_down(tmp_path, {})) == []


SPEC = "roles/clock/meta/argument_specs.yml"
DEFAULTS = "roles/clock/defaults/main.yml"
CONFIG = ".config/molecule/config.yml"


@pytest.mark.parametrize(
    ("guard", "changes", "complaint"),
    [
        (guards.roles_have_scenarios, {"roles/disk/tasks/main.yml": "---\n"}, "roles/disk has no scenario"),
        (guards.roles_have_scenarios, {"roles/image/tasks/main.yml": "---\n"}, "roles/image has no scenario"),
        (
            guards.roles_have_scenarios,
            {"molecule/clock/vars.yml": "molecule_role: other\n"},
            "roles/clock has no scenario",
        ),
        (guards.scenarios_have_tests, {"molecule/clock/tests/test_clock.py": None}, "molecule/clock has no tests"),
        (
            guards.scenarios_have_tests,
            {"molecule/clock/tests/test_clock.py": "import os\n"},
            "molecule/clock has no tests",
        ),
        (
            guards.scenarios_have_tests,
            {"molecule/clock/tests/test_clock.py": "def test_it() -> None:\n    print(1)\n"},
            "molecule/clock: test_it asserts nothing.",
        ),
        (
            guards.scenarios_follow_the_shared_configuration,
            {"molecule/clock/molecule.yml": "scenario: {test_sequence: [converge]}\n"},
            "molecule/clock/molecule.yml sets scenario",
        ),
        (guards.scenarios_follow_the_shared_configuration, {CONFIG: None}, "test_sequence has no verify"),
        (
            guards.scenarios_follow_the_shared_configuration,
            {CONFIG: GOOD[CONFIG].replace("idempotence, ", "")},
            "test_sequence has no idempotence",
        ),
        (
            guards.scenarios_follow_the_shared_configuration,
            {CONFIG: GOOD[CONFIG].replace("testinfra", "testinfra, enabled: false")},
            "the verifier has to be testinfra, and enabled",
        ),
        (
            guards.nothing_hides_from_molecule,
            {"roles/clock/tasks/main.yml": "- name: x\n  tags: [clock, molecule-idempotence-notest]\n"},
            "uses the tag molecule-idempotence-notest",
        ),
        (
            guards.specs_match_defaults,
            {DEFAULTS: GOOD[DEFAULTS] + "clock_more: 1\n"},
            "clock_more has a default and no",
        ),
        (
            guards.specs_match_defaults,
            {DEFAULTS: GOOD[DEFAULTS] + "clock_owner: x\n"},
            "clock_owner is required and has a",
        ),
        (
            guards.specs_match_defaults,
            {DEFAULTS: "clock_zone: UTC\n"},
            "clock_servers is documented and has no default",
        ),
        (
            guards.specs_match_defaults,
            {DEFAULTS: GOOD[DEFAULTS].replace("UTC", "CET")},
            "clock_zone defaults to 'CET', the argument_spec says 'UTC'",
        ),
        (
            guards.specs_match_defaults,
            {SPEC: GOOD[SPEC].replace("{default: UTC}", "{}")},
            "the argument_spec says 'none'",
        ),
        (guards.specs_match_defaults, {SPEC: None, DEFAULTS: None}, "has no entry point main"),
        (guards.roles_have_readmes, {"roles/clock/README.md": None}, "roles/clock has no README.md"),
        (guards.plugins_have_tests, {"plugins/modules/disk.py": MODULE}, "plugins/modules/disk.py has no tests"),
        (
            guards.plugins_have_tests,
            {"plugins/module_utils/_use.py": LICENCE},
            "_use.py has no tests; add tests/unit/plugins",
        ),
        (
            guards.modules_support_check_mode,
            {"plugins/modules/clock.py": "AnsibleModule(argument_spec={})\n"},
            "clock.py does not set supports_check_mode=True",
        ),
        (
            guards.modules_support_check_mode,
            {"plugins/modules/clock.py": "AnsibleModule(supports_check_mode=False)\n"},
            "clock.py does not set supports_check_mode=True",
        ),
        (
            guards.modules_support_check_mode,
            {"plugins/action/both.py": None},
            "both.py does not set supports_check_mode",
        ),
        (guards.code_has_licence, {"lab/node": "#!/usr/bin/env python3\n"}, "lab/node has no line"),
        (guards.nothing_is_ignored, {"tests/sanity/ignore-2.21.txt": "plugins/x.py pep8\n"}, "ignores findings"),
        (
            guards.nothing_is_ignored,
            {"tests/unit/test_x.py": "@pytest.mark.skip\ndef test_x() -> None: ...\n"},
            "tests/unit/test_x.py switches a test off",
        ),
        (
            guards.nothing_is_ignored,
            {"molecule/clock/tests/test_x.py": "@pytest.mark.xfail(reason='x')\ndef test_x() -> None: ...\n"},
            "switches a test off",
        ),
        (
            one_seam_to_systemd,
            {"roles/clock/tasks/main.yml": "- ansible.builtin.service:\n    name: x\n"},
            "roles/clock/tasks/main.yml:1: ansible.builtin.service: the runbook permits",
        ),
        (guards.settings_agree, {"playbooks/ansible.cfg": "[defaults]\nforks = 2\n"}, "differ in defaults: forks"),
        (guards.lock_is_locked, {"requirements.txt": "six==1.16.0\n"}, "six==1.16.0 has no hash"),
        (guards.lock_is_locked, {"benchmarks/peers/requirements.txt": "six==1.16.0\n"}, "peers/requirements.txt: six"),
        (guards.lock_is_locked, {"requirements.txt": "six>=1\n"}, "six>=1 has no hash"),
        (guards.lock_is_locked, {"requirements.txt": "--find-links wheels\n"}, "names a place to fetch from"),
        (guards.version_is_announced, {"galaxy.yml": "version: 1.2.1\n"}, "CHANGELOG.md says nothing of 1.2.1"),
    ],
)
def test_a_tree_that_breaks_a_rule_is_red(
    guard: guards.Guard, changes: dict[str, str | None], complaint: str, tmp_path: Path
) -> None:
    assert complaint in "\n".join(guard(lay_down(tmp_path, changes)))


def test_every_guard_is_tested_and_used() -> None:
    functions = {
        function
        for name, function in vars(guards).items()
        if callable(function) and getattr(function, "__annotations__", {}).get("return") == "list[str]"
    }
    helpers = {guards.names_in, guards.compare}
    assert functions - helpers == set(guards.GUARDS)
