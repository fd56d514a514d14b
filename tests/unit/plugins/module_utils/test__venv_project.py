from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_project import (
    Project,
    projects_from,
)

CHECKOUT = "/home/ops/ai-systems"


def one(**entry: t.Any) -> Project:
    return projects_from({"checkout": CHECKOUT, "projects": [{"path": "probe", **entry}]})[0]


def test_the_defaults() -> None:
    project = one()
    assert (project.folder, project.venv) == (f"{CHECKOUT}/probe", f"{CHECKOUT}/probe/.venv")
    assert project.requirements == "probe/requirements.txt"
    assert (project.require_hashes, project.allow_unpinned, project.exact, project.recreate) == (
        True,
        False,
        False,
        False,
    )


def test_the_checkout_itself_may_be_a_project() -> None:
    project = one(path=".")
    assert (project.path, project.folder, project.requirements) == ("", CHECKOUT, "requirements.txt")


@pytest.mark.parametrize("path", ["probe", "./probe", "probe/", "a/../probe", f"{CHECKOUT}/probe"])
def test_all_ways_to_say_a_path(path: str) -> None:
    assert one(path=path).path == "probe"


@pytest.mark.parametrize(
    "path",
    ["..", "../other", "/etc", "/home/ops/ai-systems-2", "a/../../x", "", "a\nb", "a\0b", "/home/ops/ai-systems/.."],
)
def test_a_project_outside_of_the_checkout(path: str) -> None:
    with pytest.raises(StepError, match="does not lie inside the checkout"):
        one(path=path)


@pytest.mark.parametrize("path", [".venv", "probe/.venv", "probe/venv", "a/node_modules/b", ".git/hooks"])
def test_a_target_is_never_named_itself(path: str) -> None:
    with pytest.raises(StepError, match="name the project's folder"):
        one(path=path)


def test_requirements_are_said_in_one_place() -> None:
    with pytest.raises(StepError, match="declares both"):
        one(requirements="r.txt", packages=["idna==3.7"])
    assert one(packages=["idna==3.7"]).requirements == ""


@pytest.mark.parametrize("name", ["../../x.txt", "/etc/passwd", "a\nb"])
def test_a_file_outside_of_the_checkout(name: str) -> None:
    with pytest.raises(StepError, match="leads out of the checkout"):
        one(requirements=name)
    with pytest.raises(StepError, match="leads out of the checkout"):
        one(find_links=[name])


def test_a_file_beside_the_project() -> None:
    assert one(requirements="../common/r.txt").requirements == "common/r.txt"
    assert one(find_links=["wheels", "../wheels"]).sources.folders == ("probe/wheels", "wheels")


@pytest.mark.parametrize("url", ["http://index.example", "https://user:secret@index.example"])
def test_what_an_index_cannot_be(url: str) -> None:
    for declared in ({"index_url": url}, {"extra_index_urls": [url]}, {"extra_index_urls": ["https://a.example", url]}):
        with pytest.raises(StepError, match="of the project 'probe' cannot be used") as caught:
            one(**declared)
        assert "secret" not in str(caught.value)
    assert one(index_url="").sources.url == ""
    with pytest.raises(StepError, match="extra_index_urls ''"):
        one(extra_index_urls=[""])


def test_an_index() -> None:
    assert one(index_url="https://a.example", extra_index_urls=["https://b.example"]).sources.extra == (
        "https://b.example",
    )
    with pytest.raises(StepError, match="no_index together"):
        one(no_index=True, index_url="https://a.example")


@pytest.mark.parametrize("name", ["--option", "$(x)", "a\nb", ""])
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(StepError, match="is no package's name"):
        one(allow_source=[name])
