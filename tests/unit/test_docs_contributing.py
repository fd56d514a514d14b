"""README.md, docs/contributing.md and `make` say the same of the tests, and what they say of CI is what CI does."""

from __future__ import annotations

import pathlib
import re
import typing as t

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONTRIBUTING = ROOT / "docs" / "contributing.md"


def minutes_of(target: str, path: str) -> str:
    """What the line of a make target says that it takes."""
    start = rf"{target}:.*?##" if path == "Makefile" else rf" *make {target} "
    (line,) = re.findall(rf"^{start}.*$", (ROOT / path).read_text(), re.MULTILINE)
    (minutes,) = re.findall(r"(\d+(?: to \d+)?) minutes", line)
    return str(minutes)


@pytest.mark.parametrize("target", ["check", "test", "e2e"])
def test_what_the_tests_take_is_said_once(target: str) -> None:
    said = {path: minutes_of(target, path) for path in ("Makefile", "README.md", "docs/contributing.md")}
    assert len(set(said.values())) == 1, said


def test_the_page_names_only_targets_that_exist() -> None:
    targets = set(re.findall(r"^    make ([a-z0-9-]+)", CONTRIBUTING.read_text(), re.MULTILINE))
    assert {"setup", "check", "test", "e2e"} <= targets
    assert targets <= set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def job_of(name: str) -> dict[str, t.Any]:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text())
    job: dict[str, t.Any] = workflow["jobs"][name]
    return job


def test_the_virtual_machines_have_a_workflow_of_their_own() -> None:
    """As the page says: `.ci/run` alone boots none, and CI gives it more time than we do."""
    page = " ".join(CONTRIBUTING.read_text().split())
    assert "`.github/workflows/e2e.yml`, which runs `.ci/run e2e`" in page
    for name, runs in (("e2e", ".ci/run e2e"), ("test", ".ci/run")):
        assert runs in [step.get("run") for step in job_of(name)["steps"]]
    assert f"itself stops at {job_of('test')['timeout-minutes']}" in page
    assert 'exec make "${1:-test}"' in (ROOT / ".ci" / "run").read_text()
