from __future__ import annotations

import pytest
from packaging.requirements import Requirement as Theirs

from ansible_collections.ai_systems.runbook.plugins.module_utils._pip_requirement import (
    RequirementError,
    parse_requirement,
)

GOOD = [
    "idna", "idna==3.7", "idna == 3.7", "Foo.Bar[a,B_c]>=1,<2", "x [ a ] (>=1.0)", "x; python_version < '3'",
    "x;os_name=='a'", "x==1.0 ; sys_platform == 'linux' and extra == 'y'", "x @ https://example.org/x.zip", "x[a]@file:///x/y.whl",
    "x @ file:///a;b ; os_name == 'posix'", "x~=1.2,!=1.3", "x===weird", "x[]", "x==1!2.0+deb1",
]  # fmt: skip


@pytest.mark.parametrize("text", GOOD)
def test_requirements_are_read_as_packaging_reads_them(text: str) -> None:
    ours, theirs = parse_requirement(text), Theirs(text)
    assert ours.name == theirs.name.lower().replace(".", "-")
    assert set(ours.extras) == {extra.lower().replace("_", "-") for extra in theirs.extras}
    assert ours.url == (theirs.url or "")
    assert {str(one) for one in ours.specifiers} == {str(one) for one in theirs.specifier}
    assert (ours.marker is None) == (theirs.marker is None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "does not begin with the name"),
        ("--option", "does not begin with the name"),
        ("-e .", "does not begin"),
        ("$(x)", "does not begin"),
        ("x y", "'y' is no list of versions"),
        ("x==", "no list of versions"),
        ("x=1", "no list of versions"),
        ("x==1.0\n--index-url=http://a", "no list of versions"),
        ("x>=1.*", "no list of versions"),
        ("x[a b]", "its extra 'a b'"),
        ("x[--a]", "its extra '--a'"),
        ("x; nonsense", "its marker cannot be read"),
        ("x @ https://a b", "follows its URL"),
        ("x" * 300, "its name"),
        ("x==" + "1." * 5000, "8000 are the most"),
        ("x\0", "no list of versions"),
    ],
)
def test_what_is_no_requirement(text: str, words: str) -> None:
    with pytest.raises(RequirementError, match=r".") as caught:
        parse_requirement(text)
    assert words in str(caught.value)


def test_a_pin() -> None:
    assert parse_requirement("x==1.0").pin == "1.0"
    assert parse_requirement("x>=1.0").pin == ""
