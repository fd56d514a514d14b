"""Runbook 4 on a real node: a deployment from the first commit to the last, what fails in it, and what others do to it."""

from __future__ import annotations

import typing as t

import pytest

from tests.git_rig import Upstream
from tests.nodes.conftest import LabNodes
from tests.nodes.harness import Node, Run
from tests.nodes.service_site import CHECKOUT, SLEEPS, SYSTEM, Process, ServiceSite, entry, unit

MAIN = {
    "probe.service": f"{CHECKOUT}/probe/probe.service",
    "multi-user.target.wants/probe.service": f"{CHECKOUT}/probe/probe.service",
    "other.service": f"{CHECKOUT}/other/other.service",
    "multi-user.target.wants/other.service": f"{CHECKOUT}/other/other.service",
}


@pytest.fixture(scope="module")
def ready(lab_node: LabNodes, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[ServiceSite]:
    folder = tmp_path_factory.mktemp("controller")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        site = ServiceSite(lab_node("t-services"), Upstream(folder / "ai-systems"))
        site.make_ready()
        yield site


@pytest.fixture
def site(ready: ServiceSite) -> t.Iterator[ServiceSite]:
    """The node with two services that run, whatever the test before has left."""
    ready.commit({
        "probe/probe.service": unit("probe", what="probe v1"), "probe/run": SLEEPS,
        "other/other.service": unit("other"), "other/run": SLEEPS, "README.md": "one\n",
    })  # fmt: skip
    ready.declared = [entry("probe"), entry("other")]
    ready.run().ok()
    yield ready
    ready.is_tidy()


def moved(site: ServiceSite, verb: str = "update to") -> tuple[str, str, str]:
    return ("2.9", CHECKOUT, f"{verb} {site.upstream.head[:12]}")


def test_a_fresh_node_gets_what_its_dry_run_says(ready: ServiceSite) -> None:
    ready.commit({
        "probe/probe.service": unit("probe", what="probe v1"), "probe/run": SLEEPS,
        "other/other.service": unit("other"), "other/run": SLEEPS, "README.md": "one\n",
    })  # fmt: skip
    ready.declared = [entry("probe"), entry("other")]
    done = ready.four_runs()
    assert done.actions == {
        moved(ready, "clone at"),
        *(("4", f"{name}.service", verb) for name in ("probe", "other") for verb in ("enable", "start")),
    }
    assert ready.links() == MAIN
    assert ready.process("probe.service").pid
    ready.is_tidy()


def test_a_new_unit_text_is_stop_enable_start(site: ServiceSite) -> None:
    other = site.process("other.service")
    before = site.process("probe.service")
    site.commit({"probe/probe.service": unit("probe", what="probe v2")})
    done = site.four_runs()
    assert done.actions == {
        moved(site), ("2.9", "probe.service", "stop"), ("4", "probe.service", "enable"), ("4", "probe.service", "start"),
    }  # fmt: skip
    assert site.show("probe.service", "Description") == "probe v2"
    assert site.process("probe.service") != before
    assert site.process("other.service") == other
    assert "+Description=probe v2" in done.output


def test_new_code_is_stop_start(site: ServiceSite) -> None:
    other = site.process("other.service")
    site.commit({"probe/run": f"{SLEEPS}# new\n"})
    done = site.four_runs()
    assert done.actions == {moved(site), ("2.9", "probe.service", "stop"), ("4", "probe.service", "start")}
    assert site.process("other.service") == other


def test_a_commit_that_concerns_no_service_stops_none(site: ServiceSite) -> None:
    before = [site.process("probe.service"), site.process("other.service")]
    site.commit({"README.md": "two\n"})
    assert site.four_runs().actions == {moved(site)}
    assert [site.process("probe.service"), site.process("other.service")] == before
