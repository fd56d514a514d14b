"""The files that other repositories copy: they are those of the sample, and their commands run and find things."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from runbook_lint.decisions._unit_rules import RULES
from runbook_lint.lint_configuration import check_configuration, rule_ids
from runbook_lint.repository import Repository
from runbook_lint.topics import TOPICS
from tools import lint_page

TOP = Path(__file__).resolve().parents[2]
CI = TOP / "docs/ci"
SAMPLE = TOP / "lab/sample/ai-systems"
HOOKS = TOP / ".pre-commit-hooks.yaml"
BAD_UNIT = "[Service]\nUser=web\nExecStart=/usr/bin/true\nRestart=always\n"
BAD_CONTEXT = "# Installed packages\n\n- `htop`: needed\n"
BAD_PLAYBOOK = """---
- name: Bring another source
  hosts: nodes
  tasks:
    - name: Add a source
      ansible.builtin.apt_repository:
        repo: deb https://example.org/debian stable main
        state: present
"""


def read(path: Path) -> t.Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A clone of the sample, as CI has it."""
    top = tmp_path / "ai-systems"
    shutil.copytree(SAMPLE, top)
    git(top, "init", "-q")
    git(top, "add", ".")
    return top


def git(top: Path, *words: str) -> None:
    subprocess.run(["git", "-C", str(top), *words], check=True)


def shell(script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a step as a runner does: bash that ends at the first failure."""
    environ = {
        "HOME": str(folder.parent),
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        **variables,
    }
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", script],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


# ---- The pages are current ----


def test_the_sample_and_the_page_are_made_from_the_rules_and_the_shipped_files() -> None:
    stale = [name for name, text in lint_page.files().items() if (TOP / name).read_text(encoding="utf-8") != text]
    assert not stale, f"run {lint_page.COMMAND}"


def test_a_stale_page_is_told_and_mended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Other gates write bytecode there meanwhile.
    left_out = shutil.ignore_patterns("__pycache__")
    for name in ("lint", "docs/ci"):
        shutil.copytree(TOP / name, tmp_path / name, symlinks=True, ignore=left_out)
    (tmp_path / "docs/lint.md").write_text("# The lint\n\nBy hand.\n")
    assert lint_page.main(["--check"], top=tmp_path) == 1
    assert "docs/lint.md is stale; run make lint-docs" in capsys.readouterr().out
    assert lint_page.main([], top=tmp_path) == 0
    assert (tmp_path / "docs/lint.md").read_text().startswith("# The lint\n\nBy hand.\n\n<!-- ")
    assert lint_page.main(["--check"], top=tmp_path) == 0
    (tmp_path / "lab/sample/ai-systems/.gitlab-ci.yml").write_text("---\n")
    assert lint_page.main(["--check"], top=tmp_path) == 1


def test_a_file_without_its_rule_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "lint/rules").mkdir(parents=True)
    (tmp_path / "lint/rules/runbook_9_9_nothing.py").write_text("x = 1\n")
    with pytest.raises(lint_page.BrokenRuleError, match="holds no rule runbook-9-9-nothing"):
        lint_page.rules(tmp_path)


def test_each_rule_of_units_is_described() -> None:
    described = {topic.name for topic in TOPICS}
    assert set(RULES) <= described
    assert len({topic.rule for topic in TOPICS}) == len(TOPICS)


# ---- The configuration of ansible-lint ----


def test_the_shipped_configuration_loads_every_rule() -> None:
    found, looked_at = check_configuration(Repository(SAMPLE))
    assert (found, looked_at) == ([], 1)
    assert set(rule_ids()) == {rule.id for rule in lint_page.rules()}


def test_this_collections_own_configuration_does_too() -> None:
    assert check_configuration(Repository(TOP)) == ([], 1)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("profile: production\n", "unloads runbook-3-1-source, runbook-waiver"),
        ("profile: production\nenable_list: [runbook-waiver]\n", "unloads runbook-3-1-source: enable_list"),
        ("profile: min\nenable_list: runbook-waiver\n", "profile min unloads"),
        ("rulesdir: [rules]\n", "drops all of ansible-lint's own rules"),
        ("profile: [\n", "it is no YAML"),
        ("a: " + "[" * 5000, "it is no YAML"),
    ],
)
def test_a_configuration_that_leaves_rules_out_is_a_finding(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / ".ansible-lint").write_text(text)
    ((found,), looked_at) = check_configuration(Repository(tmp_path), ["runbook-3-1-source", "runbook-waiver"])
    assert looked_at == 1
    assert (found.path, found.rule) == (".ansible-lint", "runbook-6-5-rules-off")
    assert found.is_breach
    assert what in found.what


@pytest.mark.parametrize(
    "text",
    [
        "profile: production\nenable_list: [runbook-waiver, runbook-3-1-source, other]\n",
        "offline: true\n",
        "rulesdir: [rules]\nuse_default_rules: true\n",
        "",
    ],
)
def test_a_configuration_that_loads_all_is_silent(tmp_path: Path, text: str) -> None:
    (tmp_path / ".config").mkdir()
    (tmp_path / ".config/ansible-lint.yml").write_text(text)
    assert check_configuration(Repository(tmp_path), ["runbook-3-1-source", "runbook-waiver"]) == ([], 1)


# ---- GitHub Actions ----


def github_steps() -> list[dict[str, t.Any]]:
    (job,) = read(CI / "github-actions.yml")["jobs"].values()
    steps: list[dict[str, t.Any]] = job["steps"]
    return steps


def test_the_github_job_has_no_more_rights_than_reading() -> None:
    workflow = read(CI / "github-actions.yml")
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["on"] == ["push", "pull_request"]
    assert github_steps()[0]["with"] == {"persist-credentials": False}


def test_the_commands_of_the_github_job(checkout: Path) -> None:
    units, playbooks = (step["run"] for step in github_steps()[2:])
    for command in (units, playbooks):
        done = shell(command, checkout, GITHUB_ACTIONS="true", GITHUB_WORKFLOW="Runbook")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "::error" not in done.stdout
    (checkout / "greeter/bad.service").write_text(BAD_UNIT)
    (checkout / "site.yml").write_text(BAD_PLAYBOOK)
    done = shell(units, checkout, GITHUB_ACTIONS="true", GITHUB_WORKFLOW="Runbook")
    assert done.returncode == 1
    assert "::error file=greeter/bad.service,line=4,title=6.2 Never Self-Heal (runbook-6-2-restart)::6.2" in done.stdout
    done = shell(playbooks, checkout, GITHUB_ACTIONS="true", GITHUB_WORKFLOW="Runbook")
    assert done.returncode == 2
    assert re.search(r"::(error|warning) file=site\.yml,line=7,.*title=runbook-3-1-source", done.stderr)


def test_the_github_job_installs_into_a_folder_of_its_own(tmp_path: Path) -> None:
    install = github_steps()[1]["run"]
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    # In python3's place: makes the environment whose pip notes what it was asked for.
    pip = "printf '#!/bin/sh\\necho \"$@\" >pip-asked\\n'"
    (bin_folder / "python3").write_text(f'#!/bin/sh\nmkdir -p "$3/bin"\n{pip} >"$3/bin/pip"\nchmod +x "$3/bin/pip"\n')
    (bin_folder / "python3").chmod(0o755)
    lint = read(CI / "github-actions.yml")["env"]["RUNBOOK_LINT"]
    done = shell(
        install,
        tmp_path,
        PATH=f"{bin_folder}:/usr/bin:/bin",
        RUNNER_TEMP=str(tmp_path / "temp"),
        GITHUB_PATH=str(tmp_path / "path"),
        RUNBOOK_LINT=lint,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "path").read_text() == f"{tmp_path}/temp/lint/bin\n"
    assert (tmp_path / "pip-asked").read_text() == f"install --quiet {lint}\n"
    assert lint == f"git+{read(TOP / 'galaxy.yml')['repository']}@v{read(TOP / 'galaxy.yml')['version']}"


# ---- GitLab ----


def test_the_commands_of_the_gitlab_jobs(checkout: Path) -> None:
    jobs = {name: job for name, job in read(CI / "gitlab-ci.yml").items() if "script" in job}
    assert sorted(jobs) == ["runbook-files", "runbook-playbooks"]
    for name, job in jobs.items():
        assert job["artifacts"]["reports"]["codequality"] == f"{name}.json"
        done = shell("\n".join(job["script"]), checkout)
        assert done.returncode == 0, done.stdout + done.stderr
        assert json.loads((checkout / f"{name}.json").read_text()) == []
    (checkout / "greeter/bad.service").write_text(BAD_UNIT)
    (checkout / "site.yml").write_text(BAD_PLAYBOOK)
    for name, rule in (("runbook-files", "runbook-6-2-restart"), ("runbook-playbooks", "runbook-3-1-source")):
        done = shell("\n".join(jobs[name]["script"]), checkout)
        assert done.returncode in (1, 2)
        issues = json.loads((checkout / f"{name}.json").read_text())
        assert rule in {issue["check_name"] for issue in issues}
        assert all({"description", "fingerprint", "location", "severity"} <= issue.keys() for issue in issues)
        assert rule in done.stdout + done.stderr


def test_both_jobs_install_the_same() -> None:
    common = read(CI / "gitlab-ci.yml")[".runbook-lint"]
    assert common["variables"]["RUNBOOK_LINT"] == read(CI / "github-actions.yml")["env"]["RUNBOOK_LINT"]
    assert '"$RUNBOOK_LINT"' in common["before_script"][1]


# ---- pre-commit ----


def test_the_hooks_that_are_configured_exist() -> None:
    (repo,) = read(CI / "pre-commit-config.yaml")["repos"]
    assert [hook["id"] for hook in repo["hooks"]] == [hook["id"] for hook in read(HOOKS)]
    assert repo["rev"] == f"v{read(TOP / 'galaxy.yml')['version']}"
    for hook in read(HOOKS):
        assert hook["language"] == "python"
        # Without file names a hook with nothing to do would be passed over in silence.
        assert (hook["pass_filenames"], hook["always_run"]) == (False, True)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment as pre-commit makes it: this repository installed by pip, from what is committed to it.

    What the package depends on is linked from the environment of the tests, so that nothing is fetched.
    """
    top = tmp_path_factory.mktemp("hook")
    source, target = top / "source", top / "venv"
    said = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "lint", "plugins/module_utils"],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in ("pyproject.toml", "COPYING", *filter(None, said.split("\0"))):
        place = source / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if (TOP / name).exists():
            shutil.copy2(TOP / name, place, follow_symlinks=False)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(target)], check=True)
    (packages,) = target.glob("lib/python3*/site-packages")
    (ours,) = Path(sys.prefix).glob("lib/python3*/site-packages")
    for entry in ours.iterdir():
        if entry.name == "ansiblelint":
            shutil.copytree(entry, packages / entry.name, ignore=lambda *_given: ["runbook"])
        elif not entry.name.endswith(".pth") or entry.name == "distutils-precedence.pth":
            (packages / entry.name).symlink_to(entry)
    for script in Path(sys.executable).parent.glob("ansible*"):
        own = target / "bin" / script.name
        own.write_text(re.sub(r"\A#!.*", f"#!{target}/bin/python", script.read_text()))
        own.chmod(0o755)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(target / "bin/python")]
    done = subprocess.run(
        [*pip, "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation", "."],
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": ""},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return target


def hook(environment: Path, name: str, folder: Path) -> subprocess.CompletedProcess[str]:
    (entry,) = (one["entry"] for one in read(HOOKS) if one["id"] == name)
    return shell(entry, folder, PATH=f"{environment}/bin:/usr/bin:/bin", VIRTUAL_ENV=str(environment))


def test_what_pip_installs_is_whole_and_needs_no_collection(environment: Path) -> None:
    script = (
        "import runbook_lint, runbook_lint.decisions._text, ansiblelint.rules.custom.runbook as rules, sys;"
        "import runbook_lint.cli, runbook_lint.rule, runbook_lint.tasks;"
        "print(runbook_lint.__file__, rules.__file__);"
        "print([name for name in sys.modules if name.startswith('ansible_collections')])"
    )
    done = subprocess.run(
        [str(environment / "bin/python"), "-c", script], capture_output=True, text=True, check=False, cwd="/"
    )
    assert done.returncode == 0, done.stderr
    places, collections = done.stdout.splitlines()
    assert all(str(environment) in place for place in places.split())
    assert collections == "[]"
    (installed,) = environment.glob("lib/python3*/site-packages/ansiblelint/rules/custom/runbook")
    assert {file.name for file in installed.glob("runbook_*.*")} == {
        file.name for file in (TOP / "lint/rules").glob("runbook_*.*")
    }


@pytest.mark.parametrize("name", ["runbook-units", "runbook-context", "runbook-ansible-lint"])
def test_a_hook_passes_the_sample(environment: Path, checkout: Path, name: str) -> None:
    done = hook(environment, name, checkout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Ignored exception" not in done.stderr


@pytest.mark.parametrize(
    ("name", "file", "finding"),
    [
        ("runbook-units", ("greeter/bad.service", BAD_UNIT), "greeter/bad.service:4: 6.2 Never Self-Heal"),
        ("runbook-context", ("context.md", BAD_CONTEXT), "context.md:3: 3.3 Documentation: package htop"),
        ("runbook-ansible-lint", ("site.yml", BAD_PLAYBOOK), "runbook-3-1-source"),
    ],
)
def test_a_hook_stops_a_breach(
    environment: Path, checkout: Path, name: str, file: tuple[str, str], finding: str
) -> None:
    path, text = file
    (checkout / path).write_text(text)
    git(checkout, "add", path)
    done = hook(environment, name, checkout)
    assert done.returncode in (1, 2)
    assert finding in done.stdout + done.stderr
    assert "Ignored exception" not in done.stderr


# ---- What the files may not say ----


def test_no_registry_is_named() -> None:
    registries = ("pypi" + ".org", "npmjs" + ".org", "docker" + ".io", "quay" + ".io", "ghcr" + ".io")
    for path in (*CI.iterdir(), HOOKS, TOP / "docs/ci.md", TOP / "docs/lint.md", TOP / "lint/ansible-lint.yml"):
        text = path.read_text(encoding="utf-8")
        assert not [name for name in registries if name in text], path
