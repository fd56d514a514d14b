"""Who is let in by an isolated node, and what that changes on it, as tables."""

from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _isolation as isolation
from ansible_collections.ai_systems.runbook.plugins.module_utils._isolation import (
    CONFIGURATION,
    FILE,
    SERVICE,
    SUBJECT,
    Before,
    IsolationState,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Change

DEBIAN = "#!/usr/sbin/nft -f\n\nflush ruleset\n\ntable inet filter {\n}\n"
INCLUDE = f'include "{FILE}"\n'
NETWORKS = isolation.networks_from(["198.51.100.0/28", "192.0.2.7", "2001:db8::/64"])
TABLES = isolation.tables(NETWORKS, 22)
FRESH = IsolationState(file=None, configuration=DEBIAN, enabled=False, live="")
WHOLE = IsolationState(
    file=isolation.file_text(TABLES, Before(enabled=False, mode=0o755)),
    configuration=DEBIAN + INCLUDE,
    enabled=True,
    live=TABLES,
    mode=0o644,
)


def subjects(changes: list[Change]) -> list[str]:
    return [change.subject for change in changes]


def test_networks_are_sorted_and_merged() -> None:
    given = ["2001:db8::1", "192.0.2.128/25", "192.0.2.0/25", "10.0.0.9", "10.0.0.9/32"]
    assert [isolation.shown(one) for one in isolation.networks_from(given)] == [
        "10.0.0.9",
        "192.0.2.0/24",
        "2001:db8::1",
    ]


@pytest.mark.parametrize(
    ("operators", "said"),
    [
        ([], "isolate_operators is empty"),
        (["desk"], "has 'desk', which is no address or network"),
        ([""], "has '', which is no address or network"),
        (["192.0.2.7; drop"], "has '192.0.2.7; drop', which is no address"),
        (["192.0.2.7\n} table x"], "which is no address"),
        (["\x1b[2J"], r"has '\\x1b[2J', which is no address"),
        (["192.0.2.256"], "which is no address"),
        (["192.0.2.7/24"], "write 192.0.2.7 or 192.0.2.0/24"),
        (["2001:db8::1/64"], "write 2001:db8::1 or 2001:db8::/64"),
        (["0.0.0.0/0"], "which is nearly everybody"),
        (["128.0.0.0/1"], "which is nearly everybody"),
        (["::/0"], "which is nearly everybody"),
        (["2000::/3"], "which is nearly everybody"),
        (["127.0.0.1"], "from which nobody connects"),
        (["::1"], "from which nobody connects"),
        (["224.0.0.0/24"], "from which nobody connects"),
        (["::"], "from which nobody connects"),
        (["fe80::1%eth0"], "which names an interface"),
        (["192.0.2.1"] * 65, "has 65 entries"),
    ],
)
def test_what_is_no_network_of_operators(operators: list[str], said: str) -> None:
    with pytest.raises(ValueError, match=r"isolate_operators") as caught:
        isolation.networks_from(operators)
    assert said in str(caught.value)


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(ValueError, match=r"'one'.*'two'"):
        isolation.networks_from(["one", "192.0.2.1", "two"])


@pytest.mark.parametrize(
    ("client", "said"),
    [
        ("192.0.2.7", ""),
        ("198.51.100.15", ""),
        ("2001:db8::77", ""),
        ("198.51.100.16", "the node sees this connection come from 198.51.100.16, which isolate_operators ("),
        ("2001:db8:0:1::1", "add 2001:db8:0:1::1 or its network to isolate_operators"),
        ("", "the node does not say from where this connection comes"),
        ("}; accept", "the node does not say from where this connection comes"),
    ],
)
def test_who_would_be_cut_off(client: str, said: str) -> None:
    reason = isolation.why_shut_out(NETWORKS, client)
    assert said in reason
    assert bool(reason) is bool(said)


def test_only_the_operators_ssh_passes() -> None:
    text = isolation.tables(NETWORKS, 2222)
    assert text.count("policy drop;") == 4
    assert "ip saddr 192.0.2.7 tcp dport 2222 accept\n" in text
    assert "ip daddr 198.51.100.0/28 tcp sport 2222 accept\n" in text
    assert "ip6 saddr 2001:db8::/64 tcp dport 2222 accept\n" in text
    accepted = [line for line in text.splitlines() if line.endswith("accept")]
    assert all(" 2222 " in line or "icmp" in line or '"lo"' in line for line in accepted)
    output = text.partition("chain output")[2]
    # Before anything is let out.
    assert output.index("tcp flags & (syn | ack) == syn drop") < output.index("tcp sport")
    assert "ct state" not in text


def test_a_family_without_operators_has_no_exception() -> None:
    assert "icmpv6" not in isolation.tables(isolation.networks_from(["192.0.2.7"]), 22)
    six = isolation.tables(isolation.networks_from(["2001:db8::1"]), 22)
    assert "icmp type" not in six
    assert "nd-neighbor-solicit" in six


def test_a_fresh_node_is_isolated_and_opened_again() -> None:
    changes = isolation.decide_on(FRESH, TABLES)
    assert subjects(changes) == [SUBJECT, FILE, CONFIGURATION, SERVICE]
    texts = {change.subject: change.after for change in changes}
    assert texts[CONFIGURATION] == DEBIAN + INCLUDE
    assert texts[FILE] == WHOLE.file
    assert isolation.decide_on(WHOLE, TABLES) == []
    back = isolation.decide_off(WHOLE)
    assert subjects(back) == [CONFIGURATION, SERVICE, FILE, SUBJECT]
    assert back[0].after == DEBIAN
    assert isolation.before_of(WHOLE) == Before(enabled=False, mode=0o755)
    assert isolation.decide_off(FRESH) == []


@pytest.mark.parametrize(
    ("state", "changed"),
    [
        (WHOLE._replace(live=""), [SUBJECT]),
        (WHOLE._replace(live=TABLES.replace("policy drop", "policy accept", 1)), [SUBJECT]),
        (WHOLE._replace(file=None), [FILE]),
        (WHOLE._replace(configuration=DEBIAN), [CONFIGURATION]),
        (WHOLE._replace(configuration=None), [CONFIGURATION]),
        (WHOLE._replace(configuration=INCLUDE + DEBIAN), [CONFIGURATION]),
        (WHOLE._replace(enabled=False), [SERVICE]),
        (WHOLE._replace(live=None), []),
    ],
)
def test_what_others_undid_is_done_again(state: IsolationState, changed: list[str]) -> None:
    assert subjects(isolation.decide_on(state, TABLES)) == changed


def test_other_operators_replace_file_and_rules_alone() -> None:
    other = isolation.tables(isolation.networks_from(["203.0.113.1"]), 22)
    assert subjects(isolation.decide_on(WHOLE, other)) == [SUBJECT, FILE]


def test_what_was_enabled_before_stays_so() -> None:
    changes = isolation.decide_on(FRESH._replace(enabled=True, mode=0o600), TABLES)
    assert subjects(changes) == [SUBJECT, FILE, CONFIGURATION]
    file = changes[1].after
    held = WHOLE._replace(file=file)
    assert isolation.before_of(held) == Before(enabled=True, mode=0o600)
    assert SERVICE not in subjects(isolation.decide_off(held))


@pytest.mark.parametrize(
    "text",
    [DEBIAN, "", "flush ruleset", "table inet a { }\r\n", "#!/usr/sbin/nft -f\n", "a\n\n\nb", "x \udcff y\n"],
)
def test_what_was_in_the_configuration_stays(text: str) -> None:
    included = isolation.with_include(text)
    assert included.endswith(INCLUDE)
    assert isolation.with_include(included) == included
    back = isolation.without_include(included)
    assert back.strip() in (text.strip(), "")
    assert isolation.without_include(back) == back


def test_a_configuration_of_ours_alone_goes_again() -> None:
    made = isolation.with_include(None)
    [change, *_rest] = isolation.decide_off(WHOLE._replace(configuration=made))
    assert (change.subject, change.action, change.after) == (CONFIGURATION, "remove", "")


def test_a_flush_after_the_include_would_take_the_rules_away() -> None:
    moved = isolation.with_include(INCLUDE + DEBIAN)
    assert moved == DEBIAN + INCLUDE


def test_a_half_lifted_node_is_still_isolated_and_is_lifted_whole() -> None:
    half = FRESH._replace(live=TABLES)
    assert isolation.is_isolated(half)
    assert subjects(isolation.decide_off(half)) == [SUBJECT]
    assert isolation.is_isolated(FRESH._replace(configuration=DEBIAN + INCLUDE))
    assert isolation.is_isolated(FRESH._replace(file="x"))
    assert not isolation.is_isolated(FRESH)
    assert not isolation.is_isolated(FRESH._replace(live=None))


def test_whom_a_file_lets_in_is_read_from_it() -> None:
    assert WHOLE.file is not None
    assert isolation.let_in(WHOLE.file) == (["192.0.2.7", "198.51.100.0/28", "2001:db8::/64"], "22")
    assert isolation.let_in("nonsense") == ([], "")
    assert isolation.let_in(TABLES + isolation.tables(NETWORKS, 23))[1] == ""
