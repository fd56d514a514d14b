"""What reaches systemctl and what is made of its answers, against a stand-in; tests/nodes meet the real one."""

from __future__ import annotations

import pathlib
import time

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._command import CommandError, Completed
from ansible_collections.ai_systems.runbook.plugins.module_utils._systemctl import (
    LIST_ENABLED,
    LOADED,
    MANAGER,
    ServiceCommand,
    SocketStatus,
    Systemctl,
    UnitStatus,
    as_typed,
    parse_show,
    show_loaded,
    show_manager,
)

BOTH = """Id=web.service
Names=web.service www.service
LoadState=loaded
ActiveState=active
SubState=running
UnitFileState=linked
FragmentPath=/etc/systemd/system/web.service
DropInPaths=/etc/systemd/system/web.service.d/10-a.conf /etc/systemd/system/web.service.d/20-b.conf
MainPID=4242
NeedDaemonReload=yes
Result=success
ExecMainStatus=0
ActiveEnterTimestampMonotonic=123456789
InvocationID=8f3c
TriggeredBy=web.timer web.path

Id=gone.timer
Names=gone.timer
LoadState=not-found
ActiveState=inactive
SubState=dead
UnitFileState=
FragmentPath=
NeedDaemonReload=no
"""


NO_COMMAND = '{"type":"a(sasbttttuii)","data":[]}\n{"type":"as","data":[]}\n{"type":"a(sb)","data":[]}\n'


class Stand:
    """A program in systemctl's place that writes its arguments down and prints what it was given to say."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.program = folder / "systemctl"
        self.calls = folder / "calls"
        self.answer = folder / "answer"
        self.says("")

    def says(self, text: str, *, code: int = 0, error: str = "") -> None:
        self.answer.write_text(text)
        self.program.write_text(
            f"#!/bin/sh\nprintf '%s\\n' \"$*\" >> {self.calls}\ncat {self.answer}\nprintf '{error}' >&2\nexit {code}\n"
        )
        self.program.chmod(0o755)

    @property
    def lines(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []


@pytest.fixture
def stand(tmp_path: pathlib.Path) -> Stand:
    return Stand(tmp_path)


@pytest.fixture
def systemctl(stand: Stand) -> Systemctl:
    return Systemctl(str(stand.program), bus=str(stand.program))


def test_the_verbs_are_the_runbooks_five_and_what_only_reads() -> None:
    public = {name for name in vars(Systemctl) if not name.startswith("_")}
    assert public == {"start", "stop", "enable", "disable", "status", "show", "sockets", "command_of", "start_over"}


def test_each_verb_is_one_command_line(systemctl: Systemctl, stand: Stand) -> None:
    systemctl.stop("web.service", "db.service")
    systemctl.enable("/home/op/ai-systems/units/web.service", "mail@one.service")
    systemctl.start("web.service")
    systemctl.disable("web.service", "mail@.service")
    assert stand.lines == [
        "stop --no-ask-password -- web.service db.service",
        "enable --no-ask-password -- /home/op/ai-systems/units/web.service mail@one.service",
        "start --no-ask-password -- web.service",
        "disable --no-ask-password -- web.service mail@.service",
    ]


def test_a_reboot_is_a_start_that_nothing_takes_the_place_of(systemctl: Systemctl, stand: Stand) -> None:
    systemctl.start_over()
    options = "--no-ask-password --no-block --job-mode=replace-irreversibly"
    assert stand.lines == [f"start {options} -- reboot.target"]


def test_what_would_start_a_service_again_is_stopped_before_it(systemctl: Systemctl, stand: Stand) -> None:
    systemctl.stop("b.service", "a.service", "b.socket", "a.target", "a.timer", "a.path")
    assert stand.lines == ["stop --no-ask-password -- b.socket a.timer a.path b.service a.service a.target"]


def test_nothing_to_do_starts_no_process(systemctl: Systemctl, stand: Stand) -> None:
    systemctl.start()
    systemctl.stop()
    systemctl.enable()
    systemctl.disable()
    assert systemctl.show([]) == {}
    assert stand.lines == []


@pytest.mark.parametrize(
    "name", ["--force", "-H", "--root=/x.service", "a b.service", "*.service", "x", "", "a\n.service"]
)
def test_no_option_and_no_pattern_slips_in(systemctl: Systemctl, stand: Stand, name: str) -> None:
    for act in (systemctl.start, systemctl.stop, systemctl.disable, systemctl.status, systemctl.enable):
        with pytest.raises(CommandError, match="was not given to systemctl"):
            act(name)
    with pytest.raises(CommandError, match="was not given to systemctl show"):
        systemctl.show([name])
    assert stand.lines == []


@pytest.mark.parametrize(
    ("unit", "reason"),
    [
        ("web.service", "absolute path"),
        ("/home/op/../web.service", r"no '\.', '\.\.'"),
        ("/home//web.service", "doubled"),
        ("/home/op/web.service/", "trailing"),
        ("/home/op/a\nb/web.service", "control characters"),
        ("/home/op/web.conf", "no kind of unit"),
        ("/home/op/--now.service", "begins with"),
        ("mail@.service", "it is a template"),
    ],
)
def test_enable_takes_paths_and_instances(systemctl: Systemctl, unit: str, reason: str) -> None:
    with pytest.raises(CommandError, match=reason):
        systemctl.enable(unit)


def test_a_template_is_neither_started_nor_stopped(systemctl: Systemctl) -> None:
    for act in (systemctl.start, systemctl.stop):
        with pytest.raises(CommandError, match=r"it is a template; name an instance of it, as 'mail@one\.service'"):
            act("mail@.service")


@pytest.mark.parametrize("name", ["ssh.service", "ssh.socket", "NetworkManager.service", "systemd-networkd.service"])
def test_what_the_operators_access_hangs_on_stays(systemctl: Systemctl, stand: Stand, name: str) -> None:
    for act in (systemctl.stop, systemctl.disable):
        with pytest.raises(CommandError, match="leave this unit as it is"):
            act(name)
    systemctl.start(name)
    systemctl.stop(name, access_is_proven=True)
    assert stand.lines == [f"start --no-ask-password -- {name}", f"stop --no-ask-password -- {name}"]


def test_a_failure_says_what_systemctl_said(systemctl: Systemctl, stand: Stand) -> None:
    stand.says("", code=1, error="Job for web.service failed")
    with pytest.raises(CommandError, match=r"failed with status 1: Job for web\.service failed"):
        systemctl.start("web.service")


def test_a_hanging_systemctl_is_ended(systemctl: Systemctl, stand: Stand) -> None:
    stand.program.write_text("#!/bin/sh\nsleep 30\n")
    began = time.monotonic()
    with pytest.raises(CommandError, match="did not end within"):
        systemctl.stop("web.service", timeout=0.2)
    assert time.monotonic() - began < 25


def test_status_is_cleaned_bounded_and_no_error(systemctl: Systemctl, stand: Stand) -> None:
    stand.says("\x1b[2J● web.service\n" + "x" * 20_000, code=3)
    said = systemctl.status("web.service", lines=100_000)
    assert said.startswith(r"\x1b[2J● web.service")
    assert len(said) < 9_000
    assert stand.lines == ["status --no-pager --full --lines=200 -- web.service"]


def test_status_of_an_unknown_unit_says_so(systemctl: Systemctl, stand: Stand) -> None:
    stand.says("", code=4, error="Unit web.service could not be found.")
    assert systemctl.status("web.service") == "Unit web.service could not be found."


def test_show_asks_once_and_answers_typed(systemctl: Systemctl, stand: Stand) -> None:
    stand.says(BOTH)
    found = systemctl.show(["www.service", "gone.timer", "www.service"])
    assert len(stand.lines) == 1
    assert stand.lines[0].endswith(" -- www.service gone.timer")
    assert found["www.service"] == UnitStatus(
        name="www.service",
        id="web.service",
        load_state="loaded",
        active_state="active",
        sub_state="running",
        unit_file_state="linked",
        fragment_path="/etc/systemd/system/web.service",
        drop_in_paths=(
            "/etc/systemd/system/web.service.d/10-a.conf",
            "/etc/systemd/system/web.service.d/20-b.conf",
        ),
        main_pid=4242,
        need_daemon_reload=True,
        result="success",
        active_since=123456789,
        invocation="8f3c",
        triggered_by=("web.timer", "web.path"),
    )
    gone = found["gone.timer"]
    assert (gone.load_state, gone.unit_file_state, gone.main_pid, gone.drop_in_paths) == ("not-found", "", 0, ())


@pytest.mark.parametrize(
    ("state", "running"),
    [
        ("active", True),
        ("activating", True),
        ("deactivating", True),
        ("failed", False),
        ("inactive", False),
        ("", False),
    ],
)
def test_running_is_what_a_stop_would_end(state: str, running: bool) -> None:  # noqa: FBT001
    assert UnitStatus("a.service", active_state=state).is_running is running


def test_many_units_are_asked_in_parts(systemctl: Systemctl, stand: Stand) -> None:
    stand.program.write_text(
        f"#!/bin/sh\necho x >> {stand.calls}\n"
        'while [ "$1" != -- ]; do shift; done; shift; for unit; do printf "Id=%s\\n\\n" "$unit"; done\n'
    )
    names = [f"u{number}.service" for number in range(250)]
    assert [status.id for status in systemctl.show(names).values()] == names
    assert len(stand.lines) == 2


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("", "answered for 0 of 1 units"),
        ("Id=web.service\n\nId=other.service\n", "answered for 2 of 1 units"),
        ("Id=other.service\n", "answered for other.service in place of web.service"),
        ("ActiveState=active\n", "answered for nobody in place of web.service"),
    ],
)
def test_an_answer_for_another_unit_is_an_error(systemctl: Systemctl, stand: Stand, said: str, reason: str) -> None:
    stand.says(said)
    with pytest.raises(CommandError, match=reason):
        systemctl.show(["web.service"])


def test_hostile_values_stay_data() -> None:
    shown = parse_show("Id=a.service\nMainPID=1\nMainPID=2\nEvil=x\nnoise\nResult=" + "y" * 9_999)
    assert shown[0]["MainPID"] == "1"
    assert "Evil" not in shown[0]
    assert len(shown[0]["Result"]) == 4_096


@pytest.mark.parametrize("pid", ["-1", "12x", "٣", "9" * 5_000, " 7", ""])
def test_a_pid_that_is_no_number_is_none(systemctl: Systemctl, stand: Stand, pid: str) -> None:
    stand.says(f"Id=a.service\nMainPID={pid}\nNeedDaemonReload=maybe\nSubState=\x1b[31mred\n")
    status = systemctl.show(["a.service"])["a.service"]
    assert (status.main_pid, status.need_daemon_reload, status.sub_state) == (0, False, r"\x1b[31mred")


def test_sockets_are_read_by_one_pattern_of_ours(systemctl: Systemctl, stand: Stand) -> None:
    stand.says("Accept=no\nListen=[::]:22 (Stream)\nId=ssh.socket\nTriggers=ssh.service\nActiveState=active\n")
    assert systemctl.sockets() == [SocketStatus("ssh.socket", "active", ("[::]:22 (Stream)",), triggers="ssh.service")]
    assert stand.lines == ["show --no-pager --property=Id,Listen,Accept,Triggers,ActiveState -- *.socket"]


def test_a_services_command_is_read_word_by_word(systemctl: Systemctl, stand: Stand) -> None:
    stand.says(
        '{"type":"a(sasbttttuii)","data":[["/bin/sh",["/bin/sh","-c","echo a  b"],false,0,0,0,0,0,0,0]]}\n'
        '{"type":"as","data":["A=1 2"]}\n{"type":"a(sb)","data":[["/etc/x",true]]}\n'
    )
    assert systemctl.command_of("a@b.service") == ServiceCommand(
        ("/bin/sh", "-c", "echo a  b"), ("A=1 2",), ("/etc/x",)
    )
    (line,) = stand.lines
    assert line.split() == [
        *("--json=short", "get-property", "org.freedesktop.systemd1"),
        *("/org/freedesktop/systemd1/unit/a_40b_2eservice", "org.freedesktop.systemd1.Service"),
        *("ExecStart", "Environment", "EnvironmentFiles"),
    ]


def test_a_bus_that_says_something_else_is_an_error(systemctl: Systemctl, stand: Stand) -> None:
    stand.says("\x1b[2Jnoise")
    with pytest.raises(CommandError, match=r"does not say how a\.service is started: \\x1b\[2Jnoise; look at"):
        systemctl.command_of("a.service")
    with pytest.raises(CommandError, match="it is no service's name"):
        systemctl.command_of("")


def test_what_a_shell_is_given_only_reads() -> None:
    assert LIST_ENABLED[:2] == ("systemctl", "list-unit-files")
    assert all(word.startswith("--") for word in LIST_ENABLED[2:])


@pytest.mark.parametrize(
    ("said", "failed"),
    [
        ("ConditionResult=no\nConditionTimestamp=Thu 2026-11-26 02:17:51 UTC", True),
        ("ConditionResult=no\nConditionTimestamp=", False),
        ("ConditionResult=yes\nConditionTimestamp=Thu 2026-11-26 02:17:51 UTC", False),
        ("", False),
    ],
)
def test_a_condition_fails_only_where_it_was_asked(
    systemctl: Systemctl,
    stand: Stand,
    said: str,
    failed: bool,  # noqa: FBT001
) -> None:
    stand.says(f"Id=a.service\n{said}\n")
    assert systemctl.show(["a.service"])["a.service"].condition_failed is failed


@pytest.mark.parametrize(
    ("unit", "path"),
    [
        ("a@b-c.service", "a_40b_2dc_2eservice"),
        ("7zip.service", "_37zip_2eservice"),
        ("z7\u00e9.service", "z7_c3_a9_2eservice"),
        ("a/../b.service", "a_2f_2e_2e_2fb_2eservice"),
        (" --user.service", "_20_2d_2duser_2eservice"),
    ],
)
def test_a_name_on_the_bus_is_one_word(systemctl: Systemctl, stand: Stand, unit: str, path: str) -> None:
    stand.says(NO_COMMAND)
    assert systemctl.command_of(unit) == ServiceCommand()
    assert stand.lines[0].split()[3] == f"/org/freedesktop/systemd1/unit/{path}"


def test_what_an_audit_reads_is_asked_by_its_own_way_of_running() -> None:
    asked = []

    def run(program: str, *arguments: str) -> Completed:
        asked.append((program, *arguments))
        text = (
            "Id=a.service\nRestart=no\nOdd=1\n\nId=b.timer\n" if "--all" in arguments else "RuntimeWatchdogUSec=1min\n"
        )
        return Completed([program, *arguments], 0, text, "")

    assert show_loaded(run) == [{"Id": "a.service", "Restart": "no"}, {"Id": "b.timer"}]
    assert show_manager(run) == {"RuntimeWatchdogUSec": "1min"}
    assert asked == [LOADED, MANAGER]
    assert {words[1] for words in asked} == {"show"}


def test_what_a_person_types() -> None:
    assert as_typed("stop", "a.service", "b.timer") == "systemctl stop a.service b.timer"
    assert as_typed("stop", "a'; reboot.service") == ""
