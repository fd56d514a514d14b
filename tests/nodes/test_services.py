"""Runbook 4 on a real node: deployments from the first to the last, what fails in them, and what others do."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import pathlib
import re
import shlex
import subprocess
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._systemd_answers import UNIT_PROPERTIES
from tests.git_rig import Upstream
from tests.nodes.conftest import LabNodes
from tests.nodes.exec_trace import traced
from tests.nodes.harness import ROOT, Run, kill_all_of
from tests.nodes.service_site import CHECKOUT, PLAYBOOK, SLEEPS, SYSTEM, Content, ServiceSite, entry, unit
from tests.nodes.timing import seconds_beyond

NAMES = ("probe", "other", "still")
MAIN = {
    f"{folder}{name}.service": f"{CHECKOUT}/{name}/{name}.service"
    for name in NAMES
    for folder in ("", "multi-user.target.wants/")
}
# What a login's PAM modules run as; logind is theirs to ask.
LOGINS = {"sshd", "sshd-session", "sshd-auth", "sudo"}
FILES: Content = {
    "probe/probe.service": unit("probe", what="probe v1"), "probe/run": SLEEPS, "README.md": "one\n",
    "other/other.service": unit("other"), "other/run": SLEEPS,
    "still/still.service": unit("still"), "still/run": SLEEPS,
}  # fmt: skip


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
    """The node with its services running, at the repository's last commit."""
    if not (ready.upstream.path / "probe").is_dir():
        ready.commit(FILES)
    ready.declared = [entry(name) for name in NAMES]
    if not is_settled(ready):
        ready.run().ok()
    yield ready
    ready.is_tidy()


def is_settled(site: ServiceSite) -> bool:
    """Whether a run would find nothing to do, as the test before has left the node."""
    if site.links() != MAIN or site.head != site.upstream.head:
        return False
    units = " ".join(f"{name}.service" for name in NAMES)
    said = site.node.root(f"systemctl show --property=ActiveState,NeedDaemonReload --value -- {units}").ok().split()
    return said == ["active", "no"] * len(NAMES)


def moved(site: ServiceSite, verb: str = "update to") -> tuple[str, str, str]:
    return ("2.9", CHECKOUT, f"{verb} {site.upstream.head[:12]}")


def test_a_fresh_node_gets_what_its_dry_run_says(ready: ServiceSite) -> None:
    ready.commit(FILES)
    ready.declared = [entry(name) for name in NAMES]
    done = ready.four_runs()
    assert done.actions == {
        moved(ready, "clone at"),
        *(("4", f"{name}.service", verb) for name in NAMES for verb in ("enable", "start")),
    }
    assert ready.links() == MAIN
    assert ready.process("probe.service").pid
    ready.is_tidy()


def test_a_new_unit_text_is_stop_enable_start_new_code_stop_start_and_all_else_stays(site: ServiceSite) -> None:
    before, still = site.process("probe.service"), site.process("still.service")
    site.commit({"probe/probe.service": unit("probe", what="probe v2"), "other/run": f"{SLEEPS}# new\n"})
    done = site.four_runs()
    assert done.actions == {
        moved(site),
        ("2.9", "probe.service", "stop"),
        ("4", "probe.service", "enable"),
        ("4", "probe.service", "start"),
        ("2.9", "other.service", "stop"),
        ("4", "other.service", "start"),
    }
    assert site.show("probe.service", "Description") == "probe v2"
    assert site.process("probe.service") != before
    assert site.process("still.service") == still
    assert "+Description=probe v2" in done.output


def test_a_commit_that_concerns_no_service_stops_none(site: ServiceSite) -> None:
    before = [site.process(f"{name}.service") for name in NAMES]
    site.commit({"README.md": "two\n"})
    assert site.run(check=True).ok().actions == site.run().ok().actions == {moved(site)}
    assert [site.process(f"{name}.service") for name in NAMES] == before


BROKEN = {
    "at once": ("Type=exec", "#!/bin/sh\nprintf 'boom \\033[31m{{ x }}\\033[0m\\n'\nexit 3\n", "exit status 3"),
    "a second later": ("Type=exec", "#!/bin/sh\necho 'boom \x1b[31m{{ x }}'\nsleep 1\nexit 4\n", "exit status 4"),
    "never ready": (
        "Type=notify\nTimeoutStartSec=3",
        "#!/bin/sh\necho 'boom \x1b[31m{{ x }}'\nexec sleep 60\n",
        "result timeout",
    ),
}


def test_a_broken_commit_brings_the_old_state_back(site: ServiceSite) -> None:
    good, links = site.head, site.links()
    text, other = site.show("probe.service", "Description"), site.process("other.service")
    for service, script, words in BROKEN.values():
        before = site.process("probe.service")
        site.commit({"probe/probe.service": unit("probe", what="broken", service=service), "probe/run": script})
        try:
            # Longer than it takes to fail, also where the node is busy; what has failed is watched no longer.
            run = site.run(services_settle=30).failed(
                "probe.service did not", words, "its last journal lines", r"boom \x1b[31m{{ x }}", "Put back as before",
                f"{CHECKOUT} is at commit {good[:12]} again", "probe.service started again",
            )  # fmt: skip
            assert run.rc == 2
            assert "\x1b[31m" not in run.output
            is_as_before(site, good, links, text)
            assert site.process("probe.service") != before
            assert site.process("other.service") == other
            site.is_tidy()
        finally:
            site.upstream.git("reset", "--quiet", "--hard", good)
    assert site.run().ok().actions == set()


def test_a_new_service_that_fails_is_gone_again(site: ServiceSite) -> None:
    good, links = site.head, site.links()
    before = [site.process(f"{name}.service") for name in NAMES]
    site.commit({"fresh/fresh.service": unit("fresh"), "fresh/run": "#!/bin/sh\nexit 5\n"})
    site.declared = [*site.declared, entry("fresh")]
    # A busy systemd may hear of its end before it hears of its start.
    site.run(services_settle=30).failed("fresh.service did not st", "exit status 5", f"is at commit {good[:12]} again")
    assert (site.head, site.links()) == (good, links)
    assert site.show("fresh.service", "LoadState") == "not-found"
    assert [site.process(f"{name}.service") for name in NAMES] == before
    site.upstream.git("reset", "--quiet", "--hard", good)


def is_as_before(site: ServiceSite, commit: str, links: dict[str, str], text: str) -> None:
    """Whether the old commit is there, its unit is loaded and linked as before, and it runs."""
    assert site.head == commit
    assert site.links() == links
    assert site.show("probe.service", "ActiveState") == "active"
    assert site.show("probe.service", "Description") == text
    assert site.show("probe.service", "NeedDaemonReload") == "no"
    assert site.node.root(f"tr '\\0' ' ' < /proc/{site.process('probe.service').pid}/cmdline").ok() == "sleep infinity "


def test_a_step_in_between_that_fails_brings_the_old_state_back(site: ServiceSite) -> None:
    good, links, text = site.head, site.links(), site.show("probe.service", "Description")
    site.commit({"probe/requirements.txt": "waitress==3.0.2\n", "probe/run": f"{SLEEPS}# next\n"})
    run = site.run(python_venv_list=[{"path": "probe"}]).failed(
        f"{CHECKOUT} is at {good[:12]} again; probe.service started again", "Not deployed, since a step failed"
    )
    assert run.rc == 2
    is_as_before(site, good, links, text)
    site.is_tidy()
    site.commit({"probe/requirements.txt": None})
    assert site.run().ok().actions == {
        moved(site), ("2.9", "probe.service", "stop"), ("4", "probe.service", "start"),
    }  # fmt: skip


def begin(site: ServiceSite, **more: t.Any) -> subprocess.Popen[str]:
    argv, env, _steps = site.node.command(PLAYBOOK, variables=site.variables(**more))
    return subprocess.Popen(
        argv, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT,
        start_new_session=True,
    )  # fmt: skip


def wait_on(site: ServiceSite, condition: str) -> None:
    """Wait until a shell command succeeds on the node."""
    looks = f"i=0; until {condition}; do i=$((i+1)); test $i -lt 15000 || exit 3; sleep 0.02; done"
    site.node.root(looks, seconds=900).ok()


def test_a_controller_killed_between_stop_and_start(site: ServiceSite) -> None:
    other = site.process("other.service")
    site.commit({"probe/probe.service": unit("probe", what="after the kill")})
    with begin(site) as play:
        try:
            wait_on(site, "test -e /run/ai-systems-runbook/deployment.json")
        finally:
            kill_all_of(play.pid)
    wait_on(site, "! pgrep -x python3")
    assert site.show("probe.service", "ActiveState") == "inactive"
    predicted = site.run(check=True).ok()
    done = site.run().ok()
    assert predicted.actions == done.actions
    assert ("4", "probe.service", "start") in done.actions
    assert site.show("probe.service", "Description") == "after the kill"
    assert site.show("probe.service", "NeedDaemonReload") == "no"
    assert site.process("other.service") == other
    site.is_tidy()
    assert site.run(check=True).ok().actions == set()


def test_the_nodes_own_process_killed_while_it_starts(site: ServiceSite) -> None:
    good, links, text = site.head, site.links(), site.show("probe.service", "Description")
    slow = unit("probe", what="slow", service="Type=exec\nExecStartPre=/bin/sleep 20")
    site.commit({"probe/probe.service": slow, "fresh/fresh.service": unit("fresh"), "fresh/run": SLEEPS})
    site.declared = [*site.declared, entry("fresh")]
    with begin(site) as play:
        wait_on(site, "test $(systemctl show -P ActiveState probe.service) = activating")
        site.node.root("kill -9 $(cut -d' ' -f1 /run/ai-systems-runbook/job-*/pid)").ok()
        said = play.communicate(timeout=600)[0]
    assert play.returncode == 2, said
    assert "was killed at: start: probe.service" in said
    is_as_before(site, good, links, text)
    site.declared.pop()
    site.upstream.git("reset", "--quiet", "--hard", good)
    assert site.run().ok().actions == set()


def test_tags(site: ServiceSite) -> None:
    site.node.root("systemctl stop probe.service").ok()
    assert site.run("--tags", "4").ok().actions == {("4", "probe.service", "start")}
    good = site.head
    new = site.commit({"probe/run": f"{SLEEPS}# tags\n"})
    site.run("--tags", "services").failed(f"is at commit {good[:12]}, and {new[:12]} is declared")
    assert site.head == good
    assert site.process("probe.service").pid


def test_exactly_these_commands_and_nothing_else_reach_systemd(site: ServiceSite) -> None:
    site.node.root("apt-get -qq install --yes --no-install-recommends strace >/dev/null 2>&1", seconds=900).ok()
    site.commit({"probe/probe.service": unit("probe", what="traced")})
    with traced(site.node) as trace:
        site.run().ok()
    reads = ["show", "--no-pager", f"--property={','.join(UNIT_PROPERTIES)}", "--"]
    every, probe = [f"{name}.service" for name in NAMES], ["probe.service"]
    said = trace.commands("systemctl")
    # What is watched is asked for more than once; how often depends on the machine.
    assert [command for command, _same in itertools.groupby(said)] == [
        [*reads, *probe],
        ["stop", "--no-ask-password", "--", *probe],
        [*reads, *every],
        ["enable", "--no-ask-password", "--", f"{CHECKOUT}/probe/probe.service"],
        ["start", "--no-ask-password", "--", *probe],
        [*reads, *probe],
    ]
    assert trace.speakers("/run/systemd/private") == {"systemctl"}
    assert trace.speakers("/run/dbus/system_bus_socket", "/var/run/dbus/system_bus_socket") <= LOGINS
    assert trace.programs.isdisjoint({"busctl", "dbus-send", "gdbus", "service", "systemd-run", "telinit", "kill"})
    # What goes another way would be seen.
    variables = site.node.variables
    with traced(site.node) as control:
        site.node.ssh("debian", variables["runbook_bootstrap_private_key_file"], "sudo busctl --no-pager list").ok()
    assert control.speakers("/run/dbus/system_bus_socket", "/var/run/dbus/system_bus_socket") - LOGINS == {"busctl"}


def test_a_credential_reaches_its_service_and_nobody_else(site: ServiceSite, tmp_path: pathlib.Path) -> None:
    secret, second = "s3cret value {{ not templated }}", "an0ther v4lue"
    file = tmp_path / "secrets.yml"

    def run(value: str, *arguments: str, **more: t.Any) -> Run:
        file.write_text(f"services_credentials: {{probe.service: {{token: !unsafe {json.dumps(value)}}}}}\n")
        done = site.run("-vvv", "-e", f"@{file}", *arguments, **more)
        for hidden in (secret, second):
            packed = base64.b64encode(json.dumps({"probe.service": {"token": hidden}}).encode()).decode()
            assert hidden not in done.output
            assert packed not in done.output
        return done

    def has(value: str) -> None:
        """Wait until the service has told that this is what it was given."""
        # Not by the run of the service: journald may not know that of a process which ended before it read its words.
        digest = hashlib.sha256(value.encode()).hexdigest()
        wait_on(site, f"journalctl --sync && journalctl -q -o cat -u probe.service | grep -q {digest}")

    # Not named by the unit yet.
    run(secret).failed("which probe/probe.service does not take", "add LoadCredential=token:")
    path = "/run/ai-systems-credentials/probe.service/token"
    site.commit({
        "probe/probe.service": unit("probe", service=f"Type=exec\nLoadCredential=token:{path}"),
        "probe/run": '#!/bin/sh\nsha256sum <"$CREDENTIALS_DIRECTORY/token"\nexec sleep infinity\n',
    })  # fmt: skip
    site.run().failed("credential 'token' is not on the node", "services_credentials under probe.service")
    predicted = run(secret, check=True).ok()
    done = run(secret).ok()
    assert predicted.actions == done.actions
    assert ("4", "probe.service", "push credential token") in done.actions
    has(secret)
    assert site.node.root("findmnt --noheadings --output FSTYPE /run").ok().strip() == "tmpfs"
    assert site.node.root(f"stat -c '%a %U' {path}").ok() == "400 root\n"
    for place in (path, "/run/credentials/probe.service/token"):
        assert site.node.root(f"runuser -u nobody -- cat {place}").rc != 0
        assert site.node.root(f"runuser -u ops -- cat {place}").rc != 0
    assert run(secret).ok().actions == set()
    other = site.process("other.service")
    assert run(second).ok().actions == {
        ("4", "probe.service", action) for action in ("push credential token", "stop", "start")
    }
    has(second)
    assert site.process("other.service") == other
    for hidden in (secret, second):
        assert site.node.root(f"grep -rlF {shlex.quote(hidden)} /home /root /var /etc /tmp /usr/local").out == ""
        assert hidden not in site.node.root("journalctl --no-pager").ok()
    # An error keeps it to itself, too.
    run(secret, services_list=[entry("other")]).failed("services_credentials names 'probe.service'", "does not declare")
    site.declared = [{"src": "probe/probe.service", "state": "absent"}, entry("other"), entry("still")]
    predicted = site.run(check=True).ok()
    assert predicted.actions == site.run().ok().actions == {
        ("4", "probe.service", action) for action in ("stop", "disable", "remove credentials")
    }  # fmt: skip
    assert site.node.root(f"test -e {path}").rc != 0
    site.commit({"probe/probe.service": unit("probe"), "probe/run": SLEEPS})


def test_a_credential_never_passes_over_the_disk(site: ServiceSite) -> None:
    argv, env, _steps = site.node.command(
        PLAYBOOK, variables=site.variables(services_credentials={"probe.service": {"token": "s3cret"}})
    )
    done = subprocess.run(
        argv, env={**env, "ANSIBLE_PIPELINING": "False"}, capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 2
    assert "since pipelining is off; set pipelining = True" in " ".join(done.stdout.split())
    assert "s3cret" not in done.stdout + done.stderr


def test_what_root_did_by_hand_and_is_refused(site: ServiceSite) -> None:
    node, before = site.node, [site.process(f"{name}.service") for name in NAMES]
    drop_in = "/run/systemd/system/other.service.d"
    edited, copied = f"{CHECKOUT}/probe/probe.service", f"{CHECKOUT}/still/still.service"
    node.root(
        f"echo '#' >> {edited}; rm {SYSTEM}/still.service; cp {copied} {SYSTEM}/still.service; mkdir -p {drop_in};"
        f" printf '[Service]\\nRestart=always\\n' > {drop_in}/x.conf; systemctl daemon-reload"
    ).ok()
    try:
        assert site.run().failed("holds changes that no commit knows").rc == 2
        assert site.run("--tags", "4").failed(
            f"{drop_in}/x.conf:2: Restart='always' starts the service again without the operator",
            f"{edited} differs from commit",
            f"{SYSTEM}/still.service is a file that somebody has put there",
        ).rc == 2  # fmt: skip
        assert [site.process(f"{name}.service") for name in NAMES] == before
    finally:
        node.root(
            f"sed -i '$d' {edited}; ln -sf {copied} {SYSTEM}/still.service; rm -r {drop_in}; systemctl enable {copied}"
        ).ok()


def test_what_root_does_during_the_run_is_seen(site: ServiceSite) -> None:
    good, links, text = site.head, site.links(), site.show("probe.service", "Description")
    site.commit({"probe/probe.service": unit("probe", what="meddled with")})
    with begin(site, services_settle=20) as play:
        wait_on(site, "grep -q watching /run/ai-systems-runbook/job-*/progress 2>/dev/null")
        site.node.root("systemctl restart probe.service").ok()
        said = play.communicate(timeout=600)[0]
    assert play.returncode == 2, said
    # Between its end and its new start it is seen too, when a look falls there.
    seen = r"probe\.service (was started again by something else than this run|did not stay up: it is \w+)"
    assert re.search(seen, " ".join(said.split())), said
    is_as_before(site, good, links, text)
    site.upstream.git("reset", "--quiet", "--hard", good)


def test_absent_removes_it_and_nothing_else(site: ServiceSite) -> None:
    other = site.process("other.service")
    site.declared = [{"src": "probe/probe.service", "state": "absent"}, entry("other"), entry("still")]
    assert site.four_runs().actions == {("4", "probe.service", "stop"), ("4", "probe.service", "disable")}
    assert site.links() == {path: to for path, to in MAIN.items() if "probe" not in path}
    assert site.show("probe.service", "LoadState") == "not-found"
    assert site.process("other.service") == other
    # Of one that has failed, too, systemd remembers nothing.
    site.node.root(f"kill -9 {other.pid}").ok()
    wait_on(site, "test $(systemctl show -P ActiveState other.service) = failed")
    site.declared = [{"src": f"{name}/{name}.service", "state": "absent"} for name in NAMES]
    assert site.run().ok().actions == {
        ("4", "other.service", "disable"), ("4", "still.service", "stop"), ("4", "still.service", "disable"),
    }  # fmt: skip
    assert site.show("other.service", "ActiveState") == "inactive"
    assert site.links() == {}


def test_one_verb(site: ServiceSite) -> None:
    def verb(action: str, name: str = "probe.service", *, check: bool = False) -> Run:
        return site.run(check=check, service_action=action, service_name=name)

    site.node.root("systemctl stop probe.service && systemctl start probe.service").ok()
    shown = verb("status").ok()
    assert shown.actions == set()
    assert "t-services: ● probe.service" in shown.output.replace("*", "●")
    assert "Started probe.service" in shown.output
    for action, prop, value in (
        ("stop", "ActiveState", "inactive"),
        ("start", "ActiveState", "active"),
        ("disable", "UnitFileState", "linked"),
        ("enable", "UnitFileState", "enabled"),
    ):
        before = site.show("probe.service", prop)
        wanted = {("4.2", "probe.service", action)}
        assert verb(action, check=True).ok().actions == wanted
        assert site.show("probe.service", prop) == before
        assert verb(action).ok().actions == wanted
        assert site.show("probe.service", prop) == value
    assert verb("enable").ok().actions == set()
    assert site.links() == MAIN
    verb("restart").failed("restart", "start, stop, enable, disable, status")
    verb("stop", "ssh.service").failed("'ssh.service' is no service that is declared", "probe.service")


MANY = [f"many-{number}" for number in range(100)]


@pytest.fixture(scope="module")
def hundred(ready: ServiceSite) -> t.Iterator[tuple[ServiceSite, Run]]:
    """The node with a hundred services more, and the run that brought them."""
    # Longer than from one time that the run looks how far the node is to the next, which are ten seconds and a login.
    slow = unit("many-0", service="Type=exec\nExecStartPre=/bin/sleep 20")
    units: Content = {f"{name}/{name}.service": unit(name) if name != "many-0" else slow for name in MANY}
    main = [entry(name) for name in NAMES]
    ready.declared = main
    ready.run().ok()
    ready.commit({**units, **{f"{name}/run": SLEEPS for name in MANY}})
    ready.declared = [*main, *(entry(name) for name in MANY)]
    yield ready, ready.run().ok()
    ready.declared = [*main, *({"src": f"{name}/{name}.service", "state": "absent"} for name in MANY)]
    ready.run().ok()
    assert ready.links() == MAIN
    ready.is_tidy()


def test_a_hundred_units(hundred: tuple[ServiceSite, Run]) -> None:
    site, done = hundred
    assert done.actions == {
        moved(site), *(("4", f"{name}.service", verb) for name in MANY for verb in ("enable", "start")),
    }  # fmt: skip
    assert "t-services: start: many-0.service, many-1.service" in done.output
    assert len(site.links()) == 2 * (len(MANY) + len(NAMES))
    assert seconds_beyond(
        lambda: site.run("--tags", "4"), lambda: site.run("--tags", "4", services_list=[]), bound=3
    ) < 3  # fmt: skip


# What root does to a service, and what it takes to mend it.
BY_HAND = {
    "systemctl disable --now {}": ("enable", "start"),
    "systemctl stop {}": ("start",),
    f"rm {SYSTEM}/multi-user.target.wants/{{}}": ("enable",),
    f"rm {SYSTEM}/{{}}": ("disable", "stop", "enable", "start"),
    f"ln -sf /nowhere {SYSTEM}/multi-user.target.wants/{{}}": ("disable", "enable"),
}


def test_what_root_did_by_hand_is_mended(hundred: tuple[ServiceSite, Run]) -> None:
    site, _done = hundred
    links, untouched = site.links(), site.process("many-99.service")
    hurt = {f"many-{number}.service": one for number, one in enumerate(BY_HAND.items(), start=1)}
    for name, (command, _verbs) in hurt.items():
        site.node.root(command.format(name)).ok()
    done = site.run("--tags", "4").ok()
    assert done.actions == {("4", name, verb) for name, (_command, verbs) in hurt.items() for verb in verbs}
    assert site.links() == links
    assert [site.show(name, "ActiveState") for name in hurt] == ["active"] * len(hurt)
    assert site.process("many-99.service") == untouched
    assert site.run(check=True).ok().actions == set()
