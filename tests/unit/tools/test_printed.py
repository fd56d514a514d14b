# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What pages show of runs."""

from __future__ import annotations

import pytest

from tools import printed

SCREEN = """
TASK [Isolate] ****************
ok: [a]

PLAY RECAP ********************
a   : ok=1

STEPS OF THE RUNBOOK **********

a: 1 changed
  5.2 Isolation  changed  Only 10.0.0.1 reaches it at 1a2b3c4d5e6f,
                          see /tmp/x/desk0/fleet/records.

The same as JSON: /tmp/x/y.json
NEXT: pull it
"""
TABLE = """a: 1 changed
  5.2 Isolation  changed  Only 10.0.0.1 reaches it at 1a2b3c4d5e6f,
                          see /home/anna/fleet/records.

NEXT: pull it
"""


def page(shown: str, name: str = "isolate") -> str:
    return f"# A page\n\n<!-- printed by {name} -->\n```text\n{shown}```\n\nMore.\n\n```\nanother\n```\n"


def test_the_table_is_what_a_page_shows() -> None:
    assert printed.printed(SCREEN) == TABLE
    assert printed.printed("no table\n") == ""


QUESTION = """
TASK [Look] ****************
ok: [a]

TASK [Ask] ****************

a: 1 to upgrade
  vim  1 -> 2

Upgrade 1 node? Type "yes" to go on: yes
ok: [a]
"""
ASKED = """a: 1 to upgrade
  vim  1 -> 2

Upgrade 1 node? Type "yes" to go on:
"""


def test_what_a_run_asked_is_what_a_page_shows() -> None:
    assert printed.asked(QUESTION) == ASKED
    assert printed.asked(SCREEN) == ""
    old = page("Nothing.\n", "update").replace("printed by", "asked by")
    assert printed.renewed(old, {"update": QUESTION}) == page(ASKED, "update").replace("printed by", "asked by")


def test_what_a_machine_cannot_be_asked_does_not_count() -> None:
    one = "a: 21 sources: 1 problem, 9 ok\n  problem Units: x\n  unknown: Board,\n    Clock\n\nnext\n"
    other = "a: 21 sources: 1 problem, 1 note, 9 ok\n  problem Units: x\n  note Load: it is\n    busy\n\nnext\n"
    assert printed.shape(one) == printed.shape(other)
    assert printed.shape(one) != printed.shape(one.replace("Units", "Clock"))
    day = "1 upgraded. Pending: a reboot is due, with\n -e reboot=yes: a.service still\n run the old code. Well."
    row = "6.1 Update changed 2 upgraded.   audit: ok\n    All is well.\n"
    assert printed.shape(row) == printed.shape("6.1 Update changed 2 upgraded. All is well.   audit: ok\n")
    assert printed.shape(row) != printed.shape(row.replace("audit: ok", "audit: violation"))
    assert printed.shape(day) == printed.shape("1 upgraded. Well.") != printed.shape("1 upgraded. Pending: a. Well.")


def test_only_words_count() -> None:
    other = "a: 3 changed\n 5.2 Isolation changed Only 192.0.2.7 reaches it at fffffff, see /home/anna/fleet/records.\n"
    other += "NEXT: pull it\n"
    assert printed.shape(other) == printed.shape(TABLE)
    assert printed.shape(other.replace("reaches", "reached")) != printed.shape(TABLE)
    same = page(other)
    assert printed.renewed(same, {"isolate": SCREEN}) == same


def test_a_page_that_shows_something_else_is_renewed() -> None:
    assert printed.renewed(page("Nothing.\n"), {"isolate": SCREEN}) == page(TABLE)
    assert printed.blocks(page("Nothing.\n")) == [("isolate", "Nothing.\n")]


def test_a_transcript_that_nobody_left_is_named() -> None:
    with pytest.raises(printed.UnknownTranscriptError, match=r"transcripts/isolated\.txt"):
        printed.renewed(page("Nothing.\n", "isolated"), {"isolate": SCREEN})
