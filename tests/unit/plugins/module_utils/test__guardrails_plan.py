from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _guardrails_apt as apt
from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_cloud_init import DISABLED, CloudInitState
from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_cron import CronFile, Refused
from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_kernel import FILE as SYSCTL
from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_kernel import PanicState, Said
from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_manager import (
    DROP_IN,
    TEXT,
    ManagerState,
    Setting,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_others import (
    NEEDRESTART_FILE,
    ON_DEMAND,
    RestartState,
    UserLink,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_plan import Asked, decide, left, refusals
from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_state import State
from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_units import Guard, UnitState

NO_CLOUD_INIT = CloudInitState(is_there=False, is_off=False, ran=False, is_done=False, does=())
CLOUD_INIT = CloudInitState(is_there=True, is_off=False, ran=True, is_done=True, does=())
QUIET = State((), (), ManagerState((), {}), PanicState("0", ()), (), NO_CLOUD_INIT, RestartState(()), (), (), (), ())
WATCHED = ManagerState((Setting("RuntimeWatchdogSec", "1m", "/usr/lib/x/40.conf"),), {"RuntimeWatchdogSec": "1min"})
PULL = Refused("6.1", "git pull", "changes software on its own", 1)


def planned(state: State, asked: Asked = Asked(), **texts: str) -> list[tuple[str, str]]:  # noqa: B008
    return [(change.subject, change.action) for change in decide(state, asked, texts)]


def with_(**fields: t.Any) -> State:
    return QUIET._replace(**fields)


def test_a_quiet_node_is_left_alone() -> None:
    assert planned(QUIET) == []
    assert refusals(QUIET, Asked()) == []
    assert left(QUIET, Asked()) == []


@pytest.mark.parametrize(
    ("state", "changes"),
    [
        pytest.param(
            with_(units=(UnitState("apt-daily.timer", "enabled", "active"),)),
            [("apt-daily.timer", "stop"), ("apt-daily.timer", "disable")],
            id="up and enabled",
        ),
        pytest.param(
            with_(units=(UnitState("a.timer", "enabled", "inactive"),)), [("a.timer", "disable")], id="enabled alone"
        ),
        pytest.param(
            with_(units=(UnitState("packagekit.service", "static", "active"),)),
            [("packagekit.service", "stop")],
            id="nothing to disable",
        ),
        pytest.param(
            with_(
                units=(UnitState("snapd.service", "enabled", "active"), UnitState("snapd.socket", "enabled", "active"))
            ),
            [
                *(("snapd.socket", "stop"), ("snapd.service", "stop")),
                *(("snapd.socket", "disable"), ("snapd.service", "disable")),
            ],
            id="what would start the other goes first",
        ),
        pytest.param(
            with_(units=(UnitState("watchdog.service", "enabled", "active"),)),
            [("watchdog.service", "stop"), ("wd_keepalive.service", "stop"), ("watchdog.service", "disable")],
            id="what stopping it starts",
        ),
        pytest.param(
            with_(
                units=(
                    UnitState("watchdog.service", "enabled", "active"),
                    UnitState("wd_keepalive.service", "static", "active"),
                )
            ),
            [("watchdog.service", "stop"), ("wd_keepalive.service", "stop"), ("watchdog.service", "disable")],
            id="once",
        ),
        pytest.param(with_(units=(UnitState("systemd-sysupdate.timer", "enabled", "active"),)), [], id="protected"),
        pytest.param(with_(apt=(apt.Wrong("APT::Periodic::Enable", ""),)), [(apt.FILE, "write")], id="apt"),
        pytest.param(
            with_(manager=WATCHED), [(DROP_IN, "write"), ("systemd", "read its configuration anew")], id="the watchdog"
        ),
        pytest.param(
            with_(manager=WATCHED._replace(in_force={"RuntimeWatchdogSec": "0"})),
            [(DROP_IN, "write")],
            id="a watchdog from the next boot on",
        ),
        pytest.param(
            with_(manager=WATCHED._replace(settings=())),
            [("systemd", "read its configuration anew")],
            id="a watchdog that no file says any more",
        ),
        pytest.param(
            with_(manager=WATCHED._replace(armed_for_good=("watchdog0",))), [], id="one that cannot be stopped"
        ),
        pytest.param(
            with_(panic=PanicState("10", (Said("10", "/etc/sysctl.d/a.conf"),))),
            [(SYSCTL, "write"), ("kernel.panic", "set")],
            id="the kernel",
        ),
        pytest.param(
            with_(panic=PanicState(None, (Said("10", "/etc/sysctl.d/a.conf"),))),
            [(SYSCTL, "write")],
            id="the kernel of a container is its host's",
        ),
        pytest.param(
            with_(cron=(CronFile("/etc/cron.d/a", (PULL,), ""),)), [("/etc/cron.d/a", "move aside")], id="cron"
        ),
        pytest.param(
            with_(cron=(CronFile("/etc/cron.d/a", (PULL,), "rest"),)),
            [("/etc/cron.d/a", "take lines out")],
            id="lines of cron",
        ),
        pytest.param(with_(cloud_init=CLOUD_INIT), [(DISABLED, "write")], id="cloud-init"),
        pytest.param(with_(restart=RestartState((("a", "/x"),))), [(NEEDRESTART_FILE, "write")], id="needrestart"),
        pytest.param(with_(prepared=("/system-update",)), [("/system-update", "move aside")], id="a prepared update"),
    ],
)
def test_what_is_done(state: State, changes: list[tuple[str, str]]) -> None:
    assert planned(state) == changes


def test_a_file_that_is_right_already_is_not_written() -> None:
    assert decide(with_(manager=WATCHED), Asked(), {DROP_IN: TEXT})[0].subject == "systemd"


def test_the_diff_shows_no_whole_line_of_cron() -> None:
    [change] = decide(with_(cron=(CronFile("/etc/cron.d/a", (PULL,), ""),)), Asked(), {})
    assert (change.before, change.after) == ("git pull\n", "")


@pytest.mark.parametrize(
    ("keep", "state"),
    [
        ("apt-daily.timer", with_(units=(UnitState("apt-daily.timer", "enabled", "active"),))),
        (apt.FILE, with_(apt=(apt.Wrong("APT::Periodic::Enable", ""),))),
        (DROP_IN, with_(manager=WATCHED)),
        (SYSCTL, with_(panic=PanicState("10", ()))),
        ("/etc/cron.d/a", with_(cron=(CronFile("/etc/cron.d/a", (PULL,), ""),))),
        ("cloud-init", with_(cloud_init=CLOUD_INIT)),
        (NEEDRESTART_FILE, with_(restart=RestartState((("a", "/x"),)))),
        ("/system-update", with_(prepared=("/system-update",))),
        ("packagekit", with_(on_demand=(ON_DEMAND[0],))),
    ],
)
def test_what_is_kept_is_neither_touched_nor_named(keep: str, state: State) -> None:
    asked = Asked(keep=frozenset((keep,)))
    assert planned(state, asked) == []
    assert left(state, asked) == []


def test_cloud_init_that_the_inventory_keeps_is_named() -> None:
    asked = Asked(disable_cloud_init=False)
    assert planned(with_(cloud_init=CLOUD_INIT), asked) == []
    assert "guardrails_disable_cloud_init" in left(with_(cloud_init=CLOUD_INIT), asked)[0]


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (with_(cloud_init=CLOUD_INIT._replace(is_done=False)), "has not finished its first boot"),
        (
            with_(manager=ManagerState((Setting("CrashAction", "reboot", "/etc/systemd/system.conf.d/zz.conf"),), {})),
            f"is read after {DROP_IN} and overrides it",
        ),
        (with_(panic=PanicState("0", (Said("9", "/etc/sysctl.d/zzz.conf"),))), f"is read after {SYSCTL}"),
        (
            with_(restart=RestartState((("a", "/etc/needrestart/conf.d/zzz.conf"),))),
            f"is read after {NEEDRESTART_FILE}",
        ),
    ],
)
def test_what_stands_against_it_is_refused_with_a_remedy(state: State, sentence: str) -> None:
    [said] = refusals(state, Asked())
    assert sentence in said
    assert "then run again" in said


@pytest.mark.parametrize(
    ("state", "asked", "sentence"),
    [
        (with_(on_demand=(ON_DEMAND[0],)), Asked(), "guardrails_remove: [packagekit]"),
        (with_(on_demand=(ON_DEMAND[0],)), Asked(removed=frozenset(("packagekit",))), ""),
        (with_(units=(UnitState("systemd-sysupdate.timer", "enabled", "active"),)), Asked(), "cannot be stopped"),
        (with_(firmware=("/boot/firmware/pieeprom.upd",)), Asked(), "updates the board's firmware"),
        (
            with_(user_links=(UserLink("/home/ops/x", "podman-auto-update.timer", "ops", Guard("6.1", "x")),)),
            Asked(),
            "is enabled for the account ops by /home/ops/x",
        ),
        (with_(manager=WATCHED._replace(armed_for_good=("watchdog0",))), Asked(), "would reboot the node"),
    ],
)
def test_what_is_left_to_the_operator_is_named(state: State, asked: Asked, sentence: str) -> None:
    said = left(state, asked)
    assert [sentence in one for one in said] == ([True] if sentence else [])
