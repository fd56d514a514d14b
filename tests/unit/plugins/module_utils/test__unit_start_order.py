from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_start_order import in_start_order
from tests.unit.plugins.module_utils.test__unit_order import entry, ordered

RUN = "[Service]\nUser=probe\nExecStart=/usr/bin/probe\n"


def sorted_as(names: list[str], **texts: str) -> list[str]:
    """Return the names as they are started; each text is that of a service, or with an underscore of another kind."""
    files, entries = {}, []
    for key, text in texts.items():
        stem, _underscore, kind = key.partition("_")
        name = f"{stem.replace('AT', '@')}.{kind or 'service'}"
        files[f"w/{name}"] = text if kind else f"[Unit]\n{text}\n{RUN}"
        instances = {"instances": ["one", "two"]} if "@" in name else {}
        entries.append(entry(f"w/{name}", **instances))
    return list(in_start_order(ordered(files, *entries), names))


def test_what_is_not_related_stays_as_it_is() -> None:
    assert sorted_as(["c.service", "a.service", "b.service"], a="", b="", c="") == [
        "c.service",
        "a.service",
        "b.service",
    ]


@pytest.mark.parametrize(
    ("a", "b"),
    [("After=b.service", ""), ("After=x.target b.service", ""), ("", "Before=x.target a.service")],
)
def test_after_and_before(a: str, b: str) -> None:
    assert sorted_as(["a.service", "b.service"], a=a, b=b) == ["b.service", "a.service"]
    # What is not started now, is no matter.
    assert sorted_as(["a.service"], a=a, b=b) == ["a.service"]


def test_a_chain_and_a_circle() -> None:
    names = ["a.service", "b.service", "c.service"]
    chain = {"a": "After=b.service", "b": "After=c.service"}
    assert sorted_as(names, **chain, c="") == names[::-1]
    assert sorted_as(names, **chain, c="After=a.service") == names


def test_a_socket_comes_before_its_service() -> None:
    socket = "[Socket]\nListenStream=/run/x\n"
    assert sorted_as(["a.service", "a.socket"], a="", a_socket=socket) == ["a.socket", "a.service"]


def test_instances() -> None:
    names = ["b@one.service", "b@two.service", "a@one.service", "a@two.service"]
    assert sorted_as(names, bAT="After=a@%i.service", aAT="") == [*names[2:], *names[:2]]
