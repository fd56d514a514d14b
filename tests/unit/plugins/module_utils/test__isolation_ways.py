"""Interfaces that the filter does not see, as ip(8) tells them."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._isolation_ways import past_the_filter


@pytest.mark.parametrize(
    ("links", "named"),
    [
        ([{"ifname": "lo"}, {"ifname": "eth0", "linkinfo": {"info_kind": "veth"}}], ""),
        ([{"ifname": "mv0", "linkinfo": {"info_kind": "macvlan"}}], "mv0 (macvlan)"),
        ([{"ifname": "a\x1b[2J", "linkinfo": {"info_kind": "ipvlan"}}], r"a\x1b[2J (ipvlan)"),
        ([{"ifname": "br0", "linkinfo": {"info_kind": "bridge"}}], ""),
        (["odd", {"linkinfo": "odd"}], ""),
        ([], ""),
    ],
)
def test_what_passes_the_filter_by(links: list[t.Any], named: str) -> None:
    found = past_the_filter(json.dumps(links))
    assert [named in sentence for sentence in found] == [True] * bool(named)


@pytest.mark.parametrize("said", ["no json", '{"a": 1}', '"x"'])
def test_an_answer_that_is_none_is_said(said: str) -> None:
    [sentence] = past_the_filter(said)
    assert "another form" in sentence


def test_silence_is_no_interface() -> None:
    assert past_the_filter("") == []
