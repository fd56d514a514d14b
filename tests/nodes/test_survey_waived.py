"""What is waived is not touched, on a real node: by check, real, check, real, with all roles, and on first contact."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from lab import inventory
from tests.nodes.conftest import LabNodes
from tests.nodes.harness import PLAYBOOKS, Node, Run
from tests.nodes.test_survey import entered

PROVISION = PLAYBOOKS / "provision.yml"
TIMER = "apt-daily.timer"
APT_FILE = "/etc/apt/apt.conf.d/zz-ai-systems-runbook"
HOME = f"/home/{inventory.OPERATOR}"


class Site:
    """A node and the waivers of its inventory."""

    def __init__(self, node: Node, folder: pathlib.Path) -> None:
        self.node = node
        self.waivers = folder / "waivers.yml"
        node.always["runbook_waivers_file"] = str(self.waivers)

    def waive(self, *entries: tuple[str, str]) -> None:
        self.waivers.write_text("".join(self.entry(clause, subject) for clause, subject in entries))

    def entry(self, clause: str, subject: str, *, node: str = "", expires: str = "2099-01-01") -> str:
        return (
            f'- {{clause: "{clause}", node: "{node or self.node.name}", subject: "{subject}", '
            f'reason: the mirror is slow, who: anna, expires: "{expires}"}}\n'
        )

    def provision(self, *arguments: str, check: bool = False, **variables: t.Any) -> Run:
        return self.node.play(PROVISION, *arguments, check=check, variables=variables)

    def left_alone(
        self, clause: str, *, seen: str, subject: str, runs: t.Sequence[bool] = (True, False), **variables: t.Any
    ) -> None:
        """In each of ``runs`` (check mode or not) nothing is done, the row says why, and what was there is there."""
        before = self.node.root(seen).out
        for check in runs:
            run = self.provision(check=check, **variables).ok()
            assert run.actions == set()
            row = run.rows(self.node.name)[clause]
            assert row["state"] == "waived"
            assert row["sentence"].startswith(f"waived: {subject} (the mirror is slow, until 2099-01-01)")
            if not variables:
                assert entered(run) == []
        assert self.node.root(seen).out == before


class Provisioned(t.NamedTuple):
    """A site whose node was provisioned with a waiver in force, and what the first dry run and the first run said."""

    site: Site
    predicted: Run
    done: Run


@pytest.fixture(scope="module")
def provisioned(lab_node: LabNodes, tmp_path_factory: pytest.TempPathFactory) -> Provisioned:
    site = Site(lab_node("t-survey-waived"), tmp_path_factory.mktemp("inventory"))
    site.node.always |= inventory.greeters()
    site.waive(("6.1", TIMER))
    return Provisioned(site, site.provision(check=True).ok(), site.provision().ok())


@pytest.fixture
def site(provisioned: Provisioned) -> t.Iterator[Site]:
    """The site with nothing waived; what a test left is mended beside the collection, which costs no run."""
    site = provisioned.site
    site.waive()
    site.node.root(f"cp {APT_FILE} /root/apt-file").ok()
    yield site
    site.node.root(f"cp /root/apt-file {APT_FILE} && systemctl disable --quiet --now {TIMER}").ok()


def test_on_first_contact_it_is_not_touched(provisioned: Provisioned) -> None:
    site, predicted, done = provisioned
    # What a virtual environment will hold is told once it is there.
    assert {one for one in predicted.actions ^ done.actions if one[0] != "3.4"} == set()
    assert {subject for clause, subject, _action in done.actions if clause == "6.1"} == {
        APT_FILE, "apt-daily-upgrade.timer",
    }  # fmt: skip
    assert site.node.root(f"systemctl is-active {TIMER}").ok().strip() == "active"
    # Nor by the run after it, which enters no role for it.
    site.left_alone("6.1", subject=TIMER, runs=(False,), seen=f"systemctl is-active {TIMER}")


def test_a_role_that_would_do_nothing_else_is_not_entered(site: Site) -> None:
    site.waive(("6.1", TIMER))
    site.node.root(f"systemctl enable --quiet --now {TIMER}").ok()
    seen = f"systemctl is-active {TIMER}; systemctl is-enabled {TIMER}"
    site.left_alone("6.1", subject=TIMER, runs=(True, False, True, False), seen=seen)
    # Nor by force.
    site.left_alone("6.1", subject=TIMER, seen=seen, runbook_full=True)


def test_guardrails_leaves_out_what_is_waived_and_mends_the_rest(site: Site) -> None:
    site.waive(("6.1", TIMER))
    site.node.root(f"systemctl enable --quiet --now {TIMER} apt-daily-upgrade.timer; rm {APT_FILE}").ok()
    predicted, done = site.provision(check=True).ok(), site.provision().ok()
    assert predicted.actions == done.actions
    assert {subject for _clause, subject, _action in done.actions} == {APT_FILE, "apt-daily-upgrade.timer"}
    row = done.rows(site.node.name)["6.1"]
    assert (row["state"], row["audit"]) == ("changed", "waived")
    assert site.node.root(f"systemctl is-active {TIMER}").ok().strip() == "active"
    for check in (True, False):
        assert site.provision(check=check).ok().rows(site.node.name)["6.1"]["state"] == "waived"


def test_what_no_entry_allows_is_mended(site: Site) -> None:
    """One that expired, a pattern for all nodes, one for anything, one for another node: none of them allows it."""
    site.waivers.write_text(
        site.entry("6.1", TIMER, expires="2026-01-01")
        + site.entry("6.1", "apt-daily*", node="all")
        + site.entry("6.1", "*")
        + site.entry("6.1", TIMER, node="another")
    )
    site.node.root(f"systemctl enable --quiet --now {TIMER}").ok()
    assert {subject for _clause, subject, _action in site.provision().ok().actions} == {TIMER}


def test_a_role_that_cannot_leave_it_out_ends_the_run_before_anything_is_touched(site: Site) -> None:
    site.waive(("2.7", HOME))
    mode = site.node.root(f"stat -c %a {HOME}").ok().strip()
    shell = site.node.root(f"getent passwd {inventory.OPERATOR}").ok().strip().rpartition(":")[2]
    site.node.root(f"chmod 700 {HOME} && chsh -s /bin/sh {inventory.OPERATOR} && rm {APT_FILE}").ok()
    for check in (True, False):
        run = site.provision(check=check)
        run.failed(f"2.7: waived: {HOME} (the mirror is slow, until 2099-01-01)", "set shell", "--skip-tags")
        assert (run.actions, entered(run)) == (set(), [])
    done = site.provision("--skip-tags", "2.7").ok()
    assert {clause for clause, _subject, _action in done.actions} == {"6.1"}
    assert site.node.root(f"stat -c %a {HOME}").ok().strip() == "700"
    site.node.root(f"chmod {mode} {HOME} && chsh -s {shell} {inventory.OPERATOR}").ok()


def test_what_else_the_same_file_would_do_is_said(site: Site) -> None:
    site.waive(("6.1", "APT::Periodic::Unattended-Upgrade"))
    text = 'APT::Periodic::Unattended-Upgrade "1";'
    site.node.root(f"rm {APT_FILE} && echo '{text}' > /etc/apt/apt.conf.d/50own").ok()
    site.provision().failed("the same action mends APT::Periodic::Enable, which nobody waived")
    site.waive(("6.1", "APT::Periodic::Unattended-Upgrade"), ("6.1", "APT::Periodic::Enable"))
    site.left_alone("6.1", subject="APT::Periodic::Enable", seen=f"ls {APT_FILE}")
    site.node.root("rm /etc/apt/apt.conf.d/50own").ok()


def test_a_step_that_refuses_what_is_waived_stops_no_other(site: Site) -> None:
    site.node.root("cp /etc/resolv.conf /root/r; sed -i 's/^nameserver.*/nameserver 192.0.2.9/' /etc/resolv.conf").ok()
    try:
        site.provision("--tags", "2.4,2.3").failed("192.0.2.9")
        site.waive(("2.4", "name servers"))
        row = site.provision("--tags", "2.4,2.3").ok().rows(site.node.name)["2.4"]
    finally:
        site.node.root("cat /root/r > /etc/resolv.conf").ok()
    assert row["state"] == "waived"
    assert "the step itself says: " in row["sentence"]


def test_a_mistake_in_the_file_ends_the_run_before_anything_is_touched(site: Site) -> None:
    site.node.root(f"rm {APT_FILE}").ok()
    site.waivers.write_text("- {clause: 6.1, node: all, subject: x}\n")
    run = site.provision().failed("cannot be used as it is", "entry 1 (line 1)", "put it in quotes")
    assert run.actions == set()


def test_where_nothing_can_be_told_nothing_is_touched(site: Site) -> None:
    """A node that answers the survey, and not what would tell the waived from the rest."""
    site.waive(("6.1", TIMER))
    site.node.root(f"systemctl enable --quiet --now {TIMER}").ok()
    run = site.provision("-e", "audit_seconds=no-number").failed("is not to be touched, and what of it is there")
    assert run.actions == set()
    assert site.node.root(f"systemctl is-active {TIMER}").ok().strip() == "active"


def test_a_service_that_may_be_down_stays_down(site: Site) -> None:
    site.waive(("4.1", "greeter.service not started"))
    site.node.root("systemctl stop greeter.service").ok()
    site.left_alone("4", subject="greeter.service not started", seen="systemctl is-active greeter.service")
    # What moves its code would have it started again.
    site.node.root(f"su {inventory.OPERATOR} -c 'git -C {HOME}/ai-systems remote set-url origin x'; "
                   f"rm -r {HOME}/ai-systems/greeter/.venv/lib/python3*/site-packages/waitress-*").ok()  # fmt: skip
    site.provision().failed("4: waived: greeter.service not started", "would stop services", "--skip-tags")
    assert site.node.root("systemctl is-active greeter.service").out.strip() == "inactive"
    # Nobody waives it any more.
    site.waive()
    done = site.provision().ok()
    assert {clause for clause, _subject, _action in done.actions} == {"3.4", "4"}
    assert site.node.root("systemctl is-active greeter.service").ok().strip() == "active"
