# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tools do not ask of a collection and a green run could hide: each guard returns complaints about a tree."""

from __future__ import annotations

import ast
import configparser
import re
import typing as t
from pathlib import Path

import yaml

from tools.systemd_seam import one_seam_to_systemd

Guard = t.Callable[[Path], list[str]]

LICENCE = "# SPDX-License-Identifier: GPL-3.0-or-later"
PLUGIN_KINDS = ("action", "callback", "filter", "module_utils", "modules", "plugin_utils")
# Roles that act on no node: their tests are in tests/ROLE/.
NOT_ON_NODES = ("image",)
# Tags by which molecule leaves tasks out, of all runs or of the second one.
HIDING_TAGS = ("molecule-notest", "notest", "molecule-idempotence-notest")


def read_yaml(path: Path) -> t.Any:
    """Return the content of a YAML file, None where there is none."""
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else None


def names_in(folder: Path) -> list[str]:
    """Return the names of the folders in a folder that hold something."""
    return sorted(path.name for path in folder.glob("*") if path.is_dir() and any(path.rglob("*.yml")))


def scenarios(top: Path) -> list[Path]:
    """Return the folders of all scenarios."""
    return sorted(path.parent for path in top.glob("molecule/*/molecule.yml"))


def roles_have_scenarios(top: Path) -> list[str]:
    """Every role is proven on a node, or where it acts."""
    proven = {(read_yaml(folder / "vars.yml") or {}).get("molecule_role", folder.name) for folder in scenarios(top)}
    return [
        f"roles/{role} has no scenario; add molecule/{role}/."
        for role in names_in(top / "roles")
        if role not in proven and not (role in NOT_ON_NODES and any(top.glob(f"tests/{role}/test_*.py")))
    ]


def scenarios_have_tests(top: Path) -> list[str]:
    """Molecule's verify step is green where it finds no tests, and pytest where a test checks nothing."""
    complaints = []
    for folder in scenarios(top):
        tests = [test for path in sorted(folder.glob("tests/test_*.py")) for test in test_functions(path)]
        if not tests:
            complaints.append(
                f"molecule/{folder.name} has no tests; add molecule/{folder.name}/tests/test_{folder.name}.py."
            )
        complaints += [
            f"molecule/{folder.name}: {test.name} asserts nothing."
            for test in tests
            if not any(isinstance(node, ast.Assert) for node in ast.walk(test))
        ]
    return complaints


def test_functions(path: Path) -> list[ast.FunctionDef]:
    """Return the tests of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]


def scenarios_follow_the_shared_configuration(top: Path) -> list[str]:
    """A scenario that sets a sequence, a verifier or a playbook of its own could leave a step out."""
    complaints = [
        f"molecule/{folder.name}/molecule.yml sets {', '.join(own)}; what differs goes into vars.yml and prepare.yml."
        for folder in scenarios(top)
        if (own := sorted(read_yaml(folder / "molecule.yml") or {}))
    ]
    shared = read_yaml(top / ".config" / "molecule" / "config.yml") or {}
    sequence = shared.get("scenario", {}).get("test_sequence", [])
    lost = [step for step in ("check", "converge", "idempotence", "verify") if step not in sequence]
    complaints += [f".config/molecule/config.yml: test_sequence has no {step}." for step in lost]
    if shared.get("verifier", {}).get("name") != "testinfra" or not shared.get("verifier", {}).get("enabled", True):
        complaints.append(".config/molecule/config.yml: the verifier has to be testinfra, and enabled.")
    return complaints


def nothing_hides_from_molecule(top: Path) -> list[str]:
    """No task is tagged out of the runs that prove it."""
    return [
        f"{path.relative_to(top)} uses the tag {tag}, which hides a task from molecule."
        for folder in ("roles", "playbooks", "molecule")
        for path in sorted((top / folder).rglob("*.yml"))
        for tag in HIDING_TAGS
        if re.search(rf"\btags:.*(?<![\w-]){tag}(?![\w-])", path.read_text(encoding="utf-8"))
    ]


def specs_match_defaults(top: Path) -> list[str]:
    """What a role documents and validates is what it does without being told otherwise."""
    complaints = []
    for role in names_in(top / "roles"):
        defaults = read_yaml(top / "roles" / role / "defaults" / "main.yml") or {}
        spec = read_yaml(top / "roles" / role / "meta" / "argument_specs.yml") or {}
        options: dict[str, dict[str, t.Any]] = {}
        for entry_point in spec.get("argument_specs", {}).values():
            options |= entry_point.get("options") or {}
        if not spec.get("argument_specs", {}).get("main"):
            complaints.append(f"roles/{role}/meta/argument_specs.yml has no entry point main.")
        complaints += compare(role, defaults, options)
    return complaints


def compare(role: str, defaults: dict[str, t.Any], options: dict[str, dict[str, t.Any]]) -> list[str]:
    """Compare one role's defaults with its documented options."""
    complaints = [
        f"roles/{role}: {name} has a default and no argument_spec." for name in sorted(set(defaults) - set(options))
    ]
    for name, option in sorted(options.items()):
        if option.get("required"):
            if name in defaults:
                complaints.append(f"roles/{role}: {name} is required and has a default.")
        elif name not in defaults:
            complaints.append(f"roles/{role}: {name} is documented and has no default.")
        elif "default" not in option or option["default"] != defaults[name]:
            documented = option.get("default", "none")
            complaints.append(
                f"roles/{role}: {name} defaults to {defaults[name]!r}, the argument_spec says {documented!r}."
            )
    return complaints


def roles_have_readmes(top: Path) -> list[str]:
    """Galaxy refuses a collection with a role that has none, and an operator wants one."""
    return [
        f"roles/{role} has no README.md."
        for role in names_in(top / "roles")
        if not (top / "roles" / role / "README.md").exists()
    ]


def plugins_have_tests(top: Path) -> list[str]:
    """Every plugin file has unit tests at the mirrored path, or is imported by some test."""
    imported = "\n".join(path.read_text(encoding="utf-8") for path in sorted((top / "tests").rglob("*.py")))
    complaints = []
    for kind in PLUGIN_KINDS:
        for path in sorted((top / "plugins" / kind).glob("*.py")):
            # An action plugin is the controller's half of the module of its name.
            mirrored = [
                top / "tests" / "unit" / "plugins" / folder / f"test_{path.stem}.py" for folder in (kind, "modules")
            ]
            if any(test.exists() for test in mirrored) or re.search(rf"\b{kind}(\.| import ){path.stem}\b", imported):
                continue
            complaints.append(f"plugins/{kind}/{path.name} has no tests; add {mirrored[0].relative_to(top)}.")
    return complaints


def modules_support_check_mode(top: Path) -> list[str]:
    """Ansible skips a module without it in a dry run, which then predicts nothing."""
    complaints = []
    for path in sorted((top / "plugins" / "modules").glob("*.py")):
        if (top / "plugins" / "action" / path.name).exists() and "AnsibleModule" not in path.read_text(
            encoding="utf-8"
        ):
            # All of it happens in the action plugin, which Ansible never skips.
            continue
        calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
        supported = any(
            keyword.arg == "supports_check_mode"
            and isinstance(keyword.value, ast.Constant)
            and keyword.value.value is True
            for call in calls
            for keyword in call.keywords
        )
        if not supported:
            complaints.append(f"plugins/modules/{path.name} does not set supports_check_mode=True.")
    return complaints


def code_has_licence(top: Path) -> list[str]:
    """Every file of code says under which licence it is."""
    files = [
        path
        for folder in ("benchmarks", "plugins", "lab", "tools")
        for path in sorted((top / folder).rglob("*"))
        if path.is_file()
    ]
    return [
        f"{path.relative_to(top)} has no line '{LICENCE}'."
        for path in files
        if path.suffix in {"", ".py"} and "sample" not in path.parts and LICENCE not in path.read_text(encoding="utf-8")
    ]


def nothing_is_ignored(top: Path) -> list[str]:
    """ansible-test's ignore files stay empty, and no test is switched off."""
    complaints = [
        f"{path.relative_to(top)} ignores findings; mend them."
        for path in sorted(top.glob("tests/sanity/ignore-*.txt"))
        if path.read_text(encoding="utf-8").strip()
    ]
    switched_off = re.compile(r"^\s*@pytest\.mark\.(?:skip\b|xfail\b)", re.MULTILINE)
    tests = [path for folder in ("tests", "molecule") for path in sorted((top / folder).rglob("test_*.py"))]
    complaints += [
        f"{path.relative_to(top)} switches a test off."
        for path in tests
        if switched_off.search(path.read_text(encoding="utf-8"))
    ]
    return complaints


def settings_agree(top: Path) -> list[str]:
    """A run from playbooks/ is the same run as one from the top."""
    here, there = (configparser.ConfigParser(interpolation=None) for _ in range(2))
    here.read_string((top / "ansible.cfg").read_text(encoding="utf-8"))
    there.read_string((top / "playbooks" / "ansible.cfg").read_text(encoding="utf-8").replace("../", ""))
    own, other = (
        {(section, *item) for section in parser.sections() for item in parser.items(section)}
        for parser in (here, there)
    )
    return [
        f"ansible.cfg and playbooks/ansible.cfg differ in {section}: {key}." for section, key, _ in sorted(own ^ other)
    ]


def lock_is_locked(top: Path) -> list[str]:
    """Every tool has hashes, and nothing says where to fetch it: that is each machine's own affair."""
    peers = "benchmarks/peers/requirements.txt"
    locks = ["requirements.txt", *([peers] if (top / peers).exists() else [])]
    return [complaint for name in locks for complaint in _unlocked(name, (top / name).read_text(encoding="utf-8"))]


def _unlocked(name: str, text: str) -> t.Iterator[str]:
    for block in re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE | re.IGNORECASE):
        is_package = re.match(r"[a-z0-9]", block, re.IGNORECASE)
        if is_package and not re.match(r"\S+==\S+[^\n]*\\\n +--hash=sha256:", block):
            yield f"{name}: {block.splitlines()[0]} has no hash."
    if re.search(r"https?://|--(?:extra-)?index-url|--find-links|file:", text):
        yield f"{name} names a place to fetch from."


def version_is_announced(top: Path) -> list[str]:
    """The changelog knows the version that galaxy.yml builds."""
    version = read_yaml(top / "galaxy.yml")["version"]
    changelog = (top / "CHANGELOG.md").read_text(encoding="utf-8")
    return (
        []
        if re.search(rf"^## {re.escape(version)}\b", changelog, re.MULTILINE)
        else [f"CHANGELOG.md says nothing of {version}."]
    )


GUARDS: tuple[Guard, ...] = (
    code_has_licence,
    lock_is_locked,
    modules_support_check_mode,
    nothing_hides_from_molecule,
    nothing_is_ignored,
    one_seam_to_systemd,
    plugins_have_tests,
    roles_have_readmes,
    roles_have_scenarios,
    scenarios_follow_the_shared_configuration,
    scenarios_have_tests,
    settings_agree,
    specs_match_defaults,
    version_is_announced,
)
