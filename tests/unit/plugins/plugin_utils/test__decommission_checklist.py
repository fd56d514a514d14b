"""What is left for a person: the urgent first, names of credentials and never a value."""

from __future__ import annotations

import typing as t

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._decommission_checklist import Facts, page, steps
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._decommission_record import Entry

ENTRY = Entry("2026-11-26T14:30:05Z", "anna@desk", "compromised: a login from nowhere")
FACTS = Facts("192.0.2.1", "static", "n1", (("web.service", "token"),), "ops", ("anna@desk",), False, ("known_hosts",))  # noqa: FBT003


def said(entry: Entry = ENTRY, **facts: t.Any) -> str:
    return "\n".join(steps(entry, FACTS._replace(**facts)))


def test_the_cable_comes_first() -> None:
    assert said().startswith("Pull its cable: until then")
    assert said(ENTRY._replace(left=("it does not answer",))).startswith("Pull its cable now: it does not answer")


def test_each_credential_is_named() -> None:
    assert "Rotate token, which web.service had" in said()
    assert "has nothing" in said(credentials=())
    many = said(credentials=tuple(("web.service", f"t{number}") for number in range(250)))
    assert many.count("which web.service had") == 100
    assert "Rotate the 150 others of services_credentials" in many


def test_what_follows_from_the_reason_and_the_inventory() -> None:
    assert "make new ones if your agent was ever forwarded to it" in said()
    assert "forwarded" not in said(ENTRY._replace(reason="retired"))
    assert "sudo password" not in said()
    assert "Change the sudo password of ops on the other nodes" in said(has_password=True)
    assert "give its address free (192.0.2.1)" in said()
    assert "remove its DHCP reservation (192.0.2.1)" in said(assignment="reservation")


def test_the_page_can_be_ticked_and_breaks_no_line() -> None:
    text = page("n\n1", ENTRY, steps(ENTRY, FACTS._replace(hostname="a\n- [x] b\x1b")))
    assert text.startswith(
        "# n 1 is decommissioned\n\n2026-11-26, by anna@desk: compromised: a login from nowhere\n\n- [ ] "
    )
    assert "\n- [x]" not in text
    assert "\x1b" not in text
