from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._python_names import canonical, why_not_a_name


@pytest.mark.parametrize("name", ["Foo.Bar_baz", "foo-bar-baz", "FOO__bar.-_Baz"])
def test_all_spellings_of_a_name_are_one(name: str) -> None:
    assert canonical(name) == "foo-bar-baz"


@pytest.mark.parametrize("name", ["a", "A1", "zope.interface", "x-y_z.w", "0"])
def test_good_names(name: str) -> None:
    assert why_not_a_name(name) == ""


@pytest.mark.parametrize(
    "name", ["", "-x", "--option", "x-", ".x", "a b", "a/b", "$(x)", "a\nb", "ä", "x" * 201, "a\0"]
)
def test_bad_names(name: str) -> None:
    assert why_not_a_name(name)
