"""A host is moved in the text of inventories: comments and order stay, and what is not understood is left alone."""

from __future__ import annotations

import typing as t

import pytest
import yaml

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._inventory_move import HEADING, by_hand, move
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._inventory_yaml import OddError

FACTS = {"decommissioned_on": "2026-11-26", "decommissioned_reason": "retired: the roof is gone"}
SAID = '      decommissioned_on: "2026-11-26"\n      decommissioned_reason: "retired: the roof is gone"\n'

SAMPLE = """---
# Which nodes there are.
all:
  children:
    workers:
      hosts:
        # The name is the node's hostname too.
        n1:   # by the door
          # Where SSH reaches it.
          ansible_host: 192.0.2.10   # static
          note: |
            # no comment
              kept

        # The second one.
        n2:
          ansible_host: 192.0.2.11
"""
SAMPLE_AFTER = f"""---
# Which nodes there are.
all:
  children:
    workers:
      hosts:

        # The second one.
        n2:
          ansible_host: 192.0.2.11

{HEADING}
decommissioned:
  hosts:
    # The name is the node's hostname too.
    n1:  # by the door
      # Where SSH reaches it.
      ansible_host: 192.0.2.10   # static
      note: |
        # no comment
          kept
{SAID}"""


def after(text: str, host: str = "n1") -> str:
    [(_path, found)] = move({"hosts.yml": text}, host, FACTS).texts.items()
    return found


def test_comments_order_and_quotes_stay() -> None:
    assert after(SAMPLE) == SAMPLE_AFTER


def test_twice_changes_nothing() -> None:
    assert move({"hosts.yml": SAMPLE_AFTER}, "n1", FACTS).texts == {}


def test_the_second_one_joins_the_first() -> None:
    found = after(SAMPLE_AFTER, "n2")
    assert "      hosts:\n\n\n#" in found
    assert found.endswith(f"{SAID}    # The second one.\n    n2:\n      ansible_host: 192.0.2.11\n{SAID}")


class Case(t.NamedTuple):
    name: str
    before: str
    end: str


CASES = (
    Case("no-variables", "w:\n  hosts:\n    n1:\n    n2:\n", f"    n1:\n{SAID}"),
    Case("null", "w:\n  hosts:\n    n1: ~  # gone\n", f"    n1:  # gone\n{SAID}"),
    Case("empty", "w:\n  hosts:\n    n1: {}\n", f"    n1:\n{SAID}"),
    Case(
        "on-one-line", 'w:\n  hosts:\n    n1: {ansible_host: 192.0.2.1, "l": [1, {a: b}]}  # x\n',
        f'    n1:  # x\n      ansible_host: 192.0.2.1\n      "l": [1, {{a: b}}]\n{SAID}',
    ),
    Case("quoted", 'w:\n  hosts:\n    "n1":\n      a: 1\n', f'    "n1":\n      a: 1\n{SAID}'),
    Case("deep", "w:\n    hosts:\n        n1:\n            a:\n              - b\n", f"      a:\n        - b\n{SAID}"),
    Case("no-line-end", "w:\n  hosts:\n    n1:\n      a: 1", f"    n1:\n      a: 1\n{SAID}"),
    Case("only-comments", "w:\n  hosts:\n    n1:\n      # a: 1\n    n2:\n", f"    n1:\n      # a: 1\n{SAID}"),
    Case("vault", "w:\n  hosts:\n    n1:\n      a: !vault |\n        x\n        y\n",
         f"      a: !vault |\n        x\n        y\n{SAID}"),
    Case("anchor", "w:\n  vars: &v\n    a: 1\n  hosts:\n    n1:\n      <<: *v\n      b: 2\n",
         f"      <<: *v\n      b: 2\n{SAID}"),
    Case(
        "two-groups", "w:\n  hosts:\n    n1:\n      a: 1\n      b: 2\nx:\n  hosts:\n    n1:\n      b: 2\n      c: 3\n",
        f"    n1:\n      a: 1\n      b: 2\n      c: 3\n{SAID}",
    ),
    Case("facts-from-before", "w:\n  hosts:\n    n1:\n      a: 1\n      decommissioned_on: x\n", f"      a: 1\n{SAID}"),
    Case("group-there", "w:\n  hosts:\n    n1:\ndecommissioned:\n  hosts:\n",
         f"decommissioned:\n  hosts:\n    n1:\n{SAID}"),
    Case("group-empty", "w:\n  hosts:\n    n1:\ndecommissioned:\n", f"decommissioned:\n  hosts:\n    n1:\n{SAID}"),
    Case("half-moved", f"w:\n  hosts:\n    n1:\n      a: 1\ndecommissioned:\n  hosts:\n    n1:\n      a: 1\n{SAID}",
         f"decommissioned:\n  hosts:\n    n1:\n      a: 1\n{SAID}"),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_forms(case: Case) -> None:
    found = after(case.before)
    assert found.endswith(case.end)
    kept = set(case.before.splitlines()) & {line for line in found.splitlines() if not line.startswith("    ")}
    assert {line for line in case.before.splitlines() if line and line[0].isalpha()} <= kept
    assert move({"hosts.yml": found}, "n1", FACTS).texts == {}


@pytest.mark.parametrize(
    ("hosts", "stays"),
    [
        ("    # Rack A\n    n1:\n    n2:\n", True),
        ("    # Rack A\n    n1:\n      a: 1\n    n2:\n", True),
        ("    # The old one\n    n1:\n\n    n2:\n", False),
        ("    # The old one\n    n1:\n    # The new one\n    n2:\n", False),
        ("    n2:\n    # The old one\n    # by the door\n    n1:\n", False),
        ("    # Elsewhere\n\n    n1:\n", True),
        ("  # Of the group\n    n1:\n", True),
    ],
)
def test_a_comment_above_goes_with_it_where_it_is_its_own(hosts: str, stays: bool) -> None:  # noqa: FBT001
    found = after(f"w:\n  hosts:\n{hosts}")
    comment = hosts[hosts.index("#") :].partition("\n")[0]
    assert found.count(comment) == 1
    assert (found.index(comment) < found.index(HEADING)) == stays


def test_a_group_inside_another_is_the_same_group() -> None:
    text = "all:\n  children:\n    w:\n      hosts:\n        n1:\n    decommissioned:\n      vars: {a: 1}\n"
    found = yaml.safe_load(after(text))
    assert found["all"]["children"]["decommissioned"] == {"vars": {"a": 1}, "hosts": {"n1": FACTS}}
    assert found["all"]["children"]["w"] == {"hosts": None}


def test_windows_lines_stay() -> None:
    found = after("w:\r\n  hosts:\r\n    n1:\r\n      a: 1\r\n")
    assert "\n" not in found.replace("\r\n", "")


def test_several_files() -> None:
    texts = {
        "a.yml": "w:\n  hosts:\n    n1:\n",
        "b.yml": "x:\n  hosts:\n    n1:\n      a: 1\n    n2:\n",
        "c.yml": "y:\n  hosts:\n    n3:\n",
    }
    done = move(texts, "n1", FACTS)
    assert done.left == ("w", "x")
    # What holds it afterwards is written first: a run that is killed in between has it twice, and never nowhere.
    assert list(done.texts) == ["b.yml", "a.yml"]
    assert done.texts["a.yml"] == "w:\n  hosts:\n"
    assert yaml.safe_load(done.texts["b.yml"])["decommissioned"] == {"hosts": {"n1": {"a": 1, **FACTS}}}
    halfway = {**texts, "b.yml": done.texts["b.yml"]}
    assert move(halfway, "n1", FACTS).texts == {"a.yml": "w:\n  hosts:\n"}
    assert move({**texts, **done.texts}, "n1", FACTS).texts == {}


def test_the_group_of_another_file_is_used() -> None:
    done = move(
        {"a.yml": "w:\n  hosts:\n    n1: {a: 1}\n", "b.yml": "decommissioned:\n  hosts:\n    n0:\n"}, "n1", FACTS
    )
    assert done.texts["b.yml"] == f"decommissioned:\n  hosts:\n    n0:\n    n1:\n      a: 1\n{SAID}"
    assert done.texts["a.yml"] == "w:\n  hosts:\n"


def test_nobody_of_that_name_is_nothing_to_do() -> None:
    assert move({"a.yml": "w:\n  hosts:\n    n12:\n    xn1:\n"}, "n1", FACTS) == ({}, ())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("w:\n  hosts: {n1: {a: 1}, n2: }\n", "in a line together with others at line 2"),
        ('{"w": {"hosts": {"n1": {}}}}', "in a line together with others"),
        ("w:\n  hosts:\n    n[1:3]:\n", "n1 as a part of 'n[1:3]' at line 3"),
        ("w:\n  hosts:\n    n1:22:\n", "n1 as a part of 'n1:22' at line 3"),
        ("w:\n  hosts: n1\n", "n1 as plain text behind hosts: at line 2"),
        ("v: &v\n  a: 1\nw:\n  hosts:\n    n1: *v\n", "with an anchor, an alias or a tag at line 5"),
        ("w:\n  hosts:\n    n1: &v\n      a: 1\n", "with an anchor, an alias or a tag at line 3"),
        ("w:\n  hosts:\n    n1: yes\n", "with a word in the place of its variables at line 3"),
        ("w:\n  hosts:\n    n1: [a]\n", "with a list in the place of its variables at line 3"),
        ("w:\n  hosts:\n    ? n1\n    : a: 1\n", "in a line together with others at line 3"),
        ("w:\n  hosts:\n    n1: {a: 1,\n      b: 2}\n", "with its variables in a form of its own at line 3"),
        ("w:\n  hosts:\n    n1:\n    n1:\n", "a mapping with a key twice"),
        ("w:\n  hosts:\n    n1:\n---\nx:\n", "no YAML that can be read"),
        ("w:\n  hosts:\n\tn1:\n", "no YAML that can be read"),
        ("[w]\nn1\n", "no YAML that can be read"),
        ("w:\n  hosts:\n    n1:\n...\n", "with an end of its own"),
        ("w:\n  hosts:\n    n1: {}\ndecommissioned: {}\n", "the group decommissioned in a form of its own"),
        ("w:\n  hosts:\n    n1:\n      a: 1\nx:\n  hosts:\n    n1:\n      a: 2\n", "n1 with two values of a in its"),
        ("w:\n  hosts:\n    n1:\n      a: &x 1\n  vars:\n    b: *x\n", "no YAML that can be read"),
        ("a: &a\n  children:\n    b: *a\n", "no YAML that can be read"),
        ("", "no mapping of groups"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_left_to_a_person(text: str, why: str) -> None:
    with pytest.raises(OddError, match=r".") as raised:
        move({"hosts.yml": text}, "n1", FACTS)
    assert why in str(raised.value)


def test_what_a_person_writes_is_what_we_would_write() -> None:
    assert yaml.safe_load(by_hand("n1", FACTS)) == {"decommissioned": {"hosts": {"n1": FACTS}}}
