from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._pip_tree import TreeError, read_tree


def test_a_tree() -> None:
    found = read_tree(
        '[project]\nname = "My_Lib"\nversion = "1.2"\ndependencies = ["idna>=3"]\n'
        '[build-system]\nrequires = ["hatchling"]',
        "libs/x",
    )
    assert (found.name, found.version, found.builds_with) == ("my-lib", "1.2", ("hatchling",))
    assert [need.name for need in found.requires] == ["idna"]


def test_a_version_may_be_found_out_by_the_build() -> None:
    found = read_tree('[project]\nname = "x"\ndynamic = ["version"]', "x")
    assert (found.version, found.builds_with) == ("", ("setuptools",))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "is not in the checkout"),
        ("", "needs a name"),
        ("[project]", "needs a name"),
        ("project = 3", "needs a name"),
        ('[project]\nname = "--option"', "needs a name"),
        ("[project]\nname = 3", "needs a name"),
        ("not toml", "is no TOML"),
        ("a = " + "[" * 10_000, "is no TOML"),
        ('[project]\nname="x"\ndependencies = "idna"', "no list of texts"),
        ('[project]\nname="x"\ndependencies = [3]', "no list of texts"),
        ('[project]\nname="x"\ndependencies = ["$(x)"]', "cannot be used"),
        ('[project]\nname="x"\ndependencies = ["y @ https://a.example/y.whl"]', "by its URL"),
    ],
)
def test_what_is_no_tree(text: str | None, words: str) -> None:
    with pytest.raises(TreeError) as caught:
        read_tree(text, "libs/x")
    assert "libs/x/pyproject.toml" in str(caught.value)
    assert words in str(caught.value)
