"""What is declared, as a module gets it and back."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._declared import (
    Access,
    Declared,
    DeclaredError,
    Listen,
    Service,
    as_given,
    declared_from,
)

FULL = Declared(
    hostname="node-1",
    operator_keys=("ssh-ed25519 AAAA a",),
    access=(Access("backup.example.org", "copies", "anna"),),
    listens=(Listen("tcp", 8420, "loopback", "greeter"),),
    services=(Service("web/web.service", ("a", "b"), True, False, frozenset(("runs-as-root",))),),  # noqa: FBT003
    proven=frozenset(("a=1:amd64",)),
    has_baseline=True,
    baseline={"packages": ("a", "b")},
)


def test_it_is_the_same_after_its_way_to_the_node() -> None:
    assert declared_from(json.loads(json.dumps(as_given(FULL)))) == FULL
    assert declared_from(json.loads(json.dumps(as_given(Declared())))) == declared_from({}) == Declared()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"hostnam": "x"}, "unknown key 'hostnam'"),
        ({"hostname": 3}, "hostname of declared is 3 and no str"),
        ({"has_baseline": "yes"}, "has_baseline of declared is 'yes' and no bool"),
        ({"essential": "git"}, "essential of declared is 'git' and no list"),
        ({"baseline": []}, "baseline of declared is \\[\\] and no dictionary"),
        ({"access": ["x"]}, "an entry of access is 'x' and no dictionary"),
        ({"listens": [{"port": 1, "purpos": "x"}]}, "an entry of listens cannot be read: .*purpos"),
    ],
)
def test_what_is_not_of_its_kind_is_named(given: dict[str, t.Any], words: str) -> None:
    with pytest.raises(DeclaredError, match=words):
        declared_from(given)
