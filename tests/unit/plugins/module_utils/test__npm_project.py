from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_project import projects_from
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError


def projects(*entries: dict[str, t.Any]) -> list[t.Any]:
    return projects_from({"checkout": "/c", "projects": list(entries)})


def test_a_project() -> None:
    (project,) = projects({"path": "/c/web/", "allow_scripts": ["b", "a", "b"], "registries": ["https://A.example/x"]})
    assert (project.path, project.dev) == ("web", False)
    assert project.allow_scripts == ("a", "b")
    assert project.registries == ("https://a.example/x/",)
    assert (project.folder, project.modules) == ("/c/web", "/c/web/node_modules")
    assert project.aside == "/c/web/.node_modules-runbook"
    assert project.within("package.json") == "web/package.json"


def test_the_checkout_itself() -> None:
    (project,) = projects({"path": ".", "dev": True})
    assert (project.folder, project.within("package.json"), project.dev) == ("/c", "package.json", True)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"path": "../x"}, "the project '../x' does not lie inside the checkout /c"),
        ({"path": "/etc"}, "does not lie inside the checkout"),
        ({"path": "a\nb"}, "does not lie inside the checkout"),
        ({"path": ""}, "does not lie inside the checkout"),
        ({"path": "web/node_modules"}, "names node_modules; name the project's folder"),
        ({"path": ".git/x"}, "names .git"),
        ({"path": "web/.node_modules-runbook"}, "names .node_modules-runbook"),
        ({"path": "web", "allow_scripts": ["--global"]}, "'--global' of the project 'web' is no package's name"),
        ({"path": "web", "allow_scripts": ["x"] * 1001}, "lists 1001 names in allow_scripts"),
        ({"path": "web", "registries": ["http://a.example"]}, "it must be an https URL"),
        ({"path": "web", "registries": ["https://u:SECRET@a.example"]}, "it holds a user name or password"),
        ({"path": "web", "registries": ["https://a.example?SECRET"]}, "registries 'https://a.example' of the project"),
    ],
)
def test_what_cannot_be_declared(entry: dict[str, t.Any], words: str) -> None:
    with pytest.raises(StepError) as raised:
        projects(entry)
    assert words in str(raised.value)
    assert "SECRET" not in str(raised.value)
