from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._project_entries import (
    Entry,
    Kind,
    inside,
    options,
    projects_of,
    require_names,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError

CHECKOUT = "/home/ops/ai-systems"
KIND = Kind("parts", "shelf", ("shelf", ".git"))


class Project(t.NamedTuple):
    path: str
    checkout: str
    size: int


def make(entry: Entry, path: str, checkout: str) -> Project:
    return Project(path, checkout, entry.get("size", 0))


def projects(*paths: str, checkout: str = CHECKOUT) -> list[Project]:
    return projects_of({"checkout": checkout, "projects": [{"path": path} for path in paths]}, KIND, make)


def test_each_entry_is_a_project() -> None:
    found = projects_of({"checkout": CHECKOUT, "projects": [{"path": "a", "size": 3}, {"path": "."}]}, KIND, make)
    assert found == [Project("a", CHECKOUT, 3), Project("", CHECKOUT, 0)]


@pytest.mark.parametrize("path", ["probe", "./probe", "probe/", "a/../probe", f"{CHECKOUT}/probe"])
def test_all_ways_to_say_a_path(path: str) -> None:
    assert [project.path for project in projects(path)] == ["probe"]


@pytest.mark.parametrize("path", ["..", "/etc", f"{CHECKOUT}-2", "a/../../x", "", "a\nb", "a\0b", f"{CHECKOUT}/.."])
def test_a_project_outside_of_the_checkout(path: str) -> None:
    with pytest.raises(StepError, match=r"does not lie inside the checkout .*; parts are installed into the shelf of"):
        projects(path)


@pytest.mark.parametrize("path", ["shelf", "a/shelf/b", ".git/hooks"])
def test_a_target_is_never_named_itself(path: str) -> None:
    with pytest.raises(StepError, match="name the project's folder, its packages go into its shelf"):
        projects(path)


@pytest.mark.parametrize("checkout", ["", "ai-systems", "/home/../x", "/home/ops/", "/a\nb", "/c\n", "/a//b"])
def test_a_checkout_is_an_absolute_path(checkout: str) -> None:
    with pytest.raises(StepError, match="must be an absolute path"):
        projects(checkout=checkout)


def test_a_project_is_declared_once() -> None:
    with pytest.raises(StepError, match="'probe' is declared twice; a folder has one shelf"):
        projects("probe", "./probe/")
    with pytest.raises(StepError, match=r"'\.' is declared twice"):
        projects(".", CHECKOUT)


def test_all_that_cannot_be_is_told_at_once() -> None:
    with pytest.raises(StepError, match=r"^the project '\.\.' does not lie .*; the project 'a/shelf' names shelf"):
        projects("..", "good", "a/shelf")


def test_endlessly_many() -> None:
    assert len(projects(*(f"p{number}" for number in range(100)))) == 100
    with pytest.raises(StepError, match="101 projects are declared, 100 are the most"):
        projects(*(f"p{number}" for number in range(101)))


@pytest.mark.parametrize(
    ("base", "path", "found"),
    [
        ("a", "b", "a/b"), ("a", "./b/", "a/b"), ("a", "..", ""), ("", ".", ""), ("a", "../..", None), ("", "..", None),
        ("a", CHECKOUT, ""), ("a", f"{CHECKOUT}/x", "x"), ("a", "/etc", None), ("a", "", None), ("a", "..a", "a/..a"),
        ("", "..a", "..a"), ("a", "//etc", None),
    ],
)  # fmt: skip
def test_inside(base: str, path: str, found: str | None) -> None:
    assert inside(base, path, checkout=CHECKOUT) == found


def test_names_are_judged_one_by_one() -> None:
    def why_not(name: str) -> str:
        return "it is odd" if len(name) % 2 else ""

    require_names(["ab", "cd"], "allow", "probe", why_not)
    with pytest.raises(StepError, match="allow 'abc' of the project 'probe' is no package's name: it is odd"):
        require_names(["ab", "abc"], "allow", "probe", why_not)
    with pytest.raises(StepError) as raised:
        require_names(["x" * 9_999], "allow", "probe", why_not)
    assert len(str(raised.value)) < 400


def test_the_options_of_a_module() -> None:
    entry = {"path": {"type": "str", "required": True}}
    made = options(entry)
    assert set(made) == {"user", "checkout", "projects"}
    assert made["projects"]["options"] == entry
