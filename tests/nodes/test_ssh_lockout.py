# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""There is no path through runbook 2.8 that locks the operator out: each way to try it, on a real node.

Wherever a test looks for a login, it opens a new one: what a connection that stood before can do proves nothing.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import signal
import subprocess
import time
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._guarded import all_states
from tests.nodes.conftest import LabNodes
from tests.nodes.harness import ROLE_PLAYBOOK, ROOT
from tests.nodes.ssh_node import DROP_IN, GUARDED, SshNode

# ssh calls of a run: 2 that log in, the plan, the proof, the switch, 1 or more until it is in force, the methods, the
# proof, the retirement, 1 or more until that is in force, its proof. Before the fifth nothing has been written.
FIRST_CALL, LAST_CALL = 5, 11
_CUT = (
    "'add table inet cut; add chain inet cut in { type filter hook input priority 0; };"
    " add rule inet cut in iifname != lo tcp dport 22 drop'"
)


@pytest.fixture(scope="module")
def prepared(lab_node: LabNodes, tmp_path_factory: pytest.TempPathFactory) -> SshNode:
    node = SshNode(lab_node("t-lockout"), tmp_path_factory.mktemp("ssh"))
    node.prepare()
    return node


@pytest.fixture
def ssh(prepared: SshNode) -> SshNode:
    """The operator exists, and sshd is as the image left it."""
    prepared.reset()
    return prepared


@pytest.fixture(scope="module")
def other_key(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("keys") / "other"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return str(path)


@contextlib.contextmanager
def nothing_changes(ssh: SshNode) -> t.Iterator[None]:
    before = ssh.held()
    yield
    assert ssh.held() == before
    assert ssh.node.root(f"test -e {DROP_IN}").rc == 1


def test_a_key_that_does_not_open_the_account(ssh: SshNode, other_key: str) -> None:
    with nothing_changes(ssh):
        ssh.run(operator_user_private_key_file=other_key).failed("ops does not get in", "Nothing was changed")
    ssh.is_open_as_before()


def test_another_users_key_in_the_operators_file(ssh: SshNode, other_key: str) -> None:
    public = pathlib.Path(f"{other_key}.pub").read_text(encoding="utf-8").strip()
    ssh.root(f"echo '{public}' > /home/ops/.ssh/authorized_keys")
    with nothing_changes(ssh):
        ssh.run().failed("ops does not get in: ", "Nothing was changed")
    assert ssh.bootstrap_gets_in()
    assert ssh.password_gets_in()


@pytest.mark.parametrize("mode", ["000", "777"])
def test_a_home_that_sshd_cannot_read_or_does_not_trust(ssh: SshNode, mode: str) -> None:
    ssh.root(f"chmod {mode} /home/ops")
    with nothing_changes(ssh):
        ssh.run().failed("ops does not get in", "Nothing was changed")
    assert ssh.bootstrap_gets_in()


def test_no_sudo_for_the_operator(ssh: SshNode) -> None:
    ssh.root("rm /etc/sudoers.d/zz-runbook-operator")
    with nothing_changes(ssh):
        ssh.run().failed("password")
    assert ssh.bootstrap_gets_in()


def test_all_that_says_otherwise_is_named_and_nothing_is_touched(ssh: SshNode) -> None:
    ssh.node.root("printf 'Match User debian\\n  PasswordAuthentication yes\\n' >> /etc/ssh/sshd_config").ok()
    ssh.node.root("echo 'AllowUsers debian' > /etc/ssh/sshd_config.d/70-x.conf").ok()
    ssh.node.root("echo SSHD_OPTS=-oPasswordAuthentication=yes >> /etc/default/ssh").ok()
    for check in (True, False):
        with nothing_changes(ssh):
            ssh.run(check=check).failed(
                "says 'passwordauthentication yes' for those that Match User debian names",
                "/etc/ssh/sshd_config.d/70-x.conf line 1 says 'allowusers debian'",
                "option passwordauthentication=yes",
                "Nothing was changed",
            )
    ssh.is_open_as_before()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ListenAddress 203.0.113.77", "says 203.0.113.77:22: a new start would lose it"),
        ("Nonsense yes", "/etc/ssh/sshd_config.d/70-x.conf: line 1: Bad configuration option: Nonsense"),
    ],
)
def test_what_sshd_would_not_start_with_is_named_and_nothing_is_touched(ssh: SshNode, text: str, said: str) -> None:
    ssh.node.root(f"echo {text} > /etc/ssh/sshd_config.d/70-x.conf").ok()
    with nothing_changes(ssh):
        ssh.run().failed(said, "Nothing was changed")
    ssh.is_open_as_before()


def test_an_sshd_that_systemd_no_longer_starts(
    ssh: SshNode, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A lab node may not give the session of another user another audit id than that of the login which started this
    # (that takes CAP_AUDIT_CONTROL), so it has to be the operator's: no refusal of a moment ago puts another one first.
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    # The listener that runs now would be the last one: its unit has been broken since.
    ssh.root(
        "mkdir -p /etc/systemd/system/ssh.service.d && systemctl daemon-reload"
        " && printf '[Service]\\nExecStartPre=/bin/false\\n' > /etc/systemd/system/ssh.service.d/x.conf"
        " && systemctl daemon-reload"
    )
    ssh.run().failed("an sshd without a unit listens instead, since ssh.service does not start any more")
    assert ssh.operator_gets_in()
    assert ssh.node.root(f"test -e {DROP_IN}").rc == 1
    # What stands in is no state to build on, and says how to get out of it.
    ssh.run().failed("belongs to no unit", "start ssh.service on the node")


def test_an_sshd_that_ignores_its_new_configuration(ssh: SshNode) -> None:
    # As if sshd -T lied: by its word all is well, but what is started is a wrapper that adds an option of its own.
    ssh.root(
        "printf '#!/bin/sh\\nexec /usr/sbin/sshd -o PasswordAuthentication=yes -o AuthenticationMethods=any \"$@\"\\n'"
        " > /usr/local/sbin/run-ssh && chmod 755 /usr/local/sbin/run-ssh && mkdir -p /etc/systemd/system/ssh.service.d"
        " && printf '[Service]\\nExecStart=\\nExecStart=/usr/local/sbin/run-ssh -D\\n'"
        " > /etc/systemd/system/ssh.service.d/x.conf && systemctl daemon-reload"
    )
    ssh.run().failed("the live listener offers publickey, password instead of publickey alone")
    ssh.guards_end()
    ssh.is_open_as_before()
    assert ssh.node.root(f"test -e {DROP_IN}").rc == 1


def test_a_full_disk(ssh: SshNode) -> None:
    ssh.root(
        "mount -t tmpfs -o size=8k,mode=755 tmpfs /etc/ssh/sshd_config.d"
        " && (dd if=/dev/zero of=/etc/ssh/sshd_config.d/fill bs=4k count=9 2>/dev/null; true)"
    )
    before = ssh.held()
    ssh.run().failed("No space left on device", "The node has put back what was before")
    assert ssh.held() == before
    ssh.is_open_as_before()


def test_the_disk_fills_while_the_proof_is_awaited(ssh: SshNode) -> None:
    # Going back needs no room: the old file is a second name, renamed.
    ssh.root("mount -t tmpfs -o size=64k,mode=755 tmpfs /etc/ssh/sshd_config.d")
    ssh.root("echo '# the old one' > " + DROP_IN)
    when_node(ssh, "waiting", "dd if=/dev/zero of=/etc/ssh/sshd_config.d/fill bs=4k count=99; nft " + _CUT)
    ssh.run(ssh_proof_timeout=3)
    ssh.guards_end()
    wait_until(lambda: ssh.node.root("nft list table inet cut").rc != 0)
    assert ssh.root(f"cat {DROP_IN}") == "# the old one\n"
    ssh.is_open_as_before()


def when_node(ssh: SshNode, state: str, act: str) -> None:
    """Have the node itself do something the moment a change of sshd reaches a state, and end a cut once that is over.

    Not after a time: on a busy node the change may still wait for its proof then, and would get it.
    """
    told = all_states("sshd")
    script = (
        f"for i in $(seq 15000); do grep -qs '\"{state}\"' {told} && break; sleep 0.02; done; {act}; "
        f"while grep -qsE '\"(applying|waiting)\"' {told}; do sleep 0.1; done; nft delete table inet cut"
    )
    ssh.root(f"rm -rf {GUARDED}; setsid sh -c {quoted(script)} >/dev/null 2>&1 </dev/null &")


def quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def test_the_connection_is_cut_while_sshd_is_stopped_and_started(ssh: SshNode) -> None:
    when_node(ssh, "applying", "nft " + _CUT)
    ssh.run(ssh_proof_timeout=3).failed("2.8")
    ssh.guards_end()
    wait_until(lambda: ssh.node.root("nft list table inet cut").rc != 0)
    ssh.is_open_as_before()
    assert ssh.node.root(f"test -e {DROP_IN}").rc == 1


def test_every_process_of_the_login_dies_while_sshd_is_stopped_and_started(ssh: SshNode) -> None:
    when_node(ssh, "applying", "loginctl kill-user ops -s KILL")
    run = ssh.run()
    ssh.guards_end()
    if run.rc == 0:
        ssh.is_closed()
    else:
        ssh.is_open_as_before()


def test_a_unit_that_kills_all_its_processes(ssh: SshNode) -> None:
    # Without logind the sessions, and what they started, are processes of sshd's own unit.
    ssh.root(
        "mkdir -p /etc/systemd/system/ssh.service.d"
        " && printf '[Service]\\nKillMode=control-group\\n' > /etc/systemd/system/ssh.service.d/x.conf"
        " && systemctl daemon-reload && sed -i /pam_systemd/d /etc/pam.d/common-session"
    )
    run = ssh.run()
    ssh.guards_end()
    if run.rc == 0:
        ssh.is_closed()
    else:
        ssh.is_open_as_before()
    assert ssh.root("systemctl is-active ssh.service").strip() == "active"


@pytest.mark.parametrize("call", range(FIRST_CALL, LAST_CALL + 1))
def test_the_controller_is_killed_between_two_steps(ssh: SshNode, tmp_path: pathlib.Path, call: int) -> None:
    run_and_kill(ssh, tmp_path, call)
    ssh.guards_end()
    assert ssh.operator_gets_in()
    if ssh.node.root(f"test -e {DROP_IN}").rc == 0:
        assert ssh.offered() == ["publickey"]
        assert not ssh.password_gets_in()
    else:
        ssh.is_open_as_before()
    assert ssh.node.root("ls -A /etc/ssh/sshd_config.d | grep -v ^00-ai").out == ""
    if call in {6, LAST_CALL}:
        ssh.run().ok()
        ssh.is_closed()


def run_and_kill(ssh: SshNode, folder: pathlib.Path, call: int) -> None:
    """Start a run, and kill all of its processes on the controller just before its ssh call of that number."""
    wrapper, count, leader = folder / "ssh", folder / "count", folder / "leader"
    wrapper.write_text(
        "#!/bin/sh\n"
        f"echo >> {count}\n"
        f'[ "$(wc -l < {count})" -lt {call} ] && exec ssh "$@"\n'
        f"kill -KILL $(cat {leader})\n"
        "kill -KILL 0\n",
        encoding="utf-8",
    )
    wrapper.chmod(0o700)
    # A change needs three fresh logins, each of which takes a busy machine some seconds: had the node gone back before
    # the last of them, the run would end by itself, and not be killed at its call.
    variables = {"roles_under_test": ["ssh"], "ssh_proof_timeout": 15, "ansible_ssh_executable": str(wrapper)}
    argv, env, _ = ssh.node.command(ROLE_PLAYBOOK, variables=variables)
    # The leader's id must be known before the first call.
    process = subprocess.Popen(
        ["sh", "-c", f'echo $$ > {leader}; exec "$@"', "sh", *argv],
        env=env,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        assert process.wait(timeout=300) in {-signal.SIGKILL, 0}
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def test_a_power_cut_while_a_closed_node_is_changed_opens_nothing(ssh: SshNode) -> None:
    ssh.run().ok()
    ssh.root(f"sed -i 's/^AllowUsers .*/AllowUsers ops other/' {DROP_IN}")
    # What is only in the memory is gone, and sshd starts with what the disk holds.
    cut = f"kill -KILL $(grep -hoP '\"pid\": \\K[0-9]+' {all_states('sshd')}); rm -rf /run/ai-systems-runbook"
    when_node(ssh, "waiting", f"{cut}; systemctl stop ssh.service; systemctl start ssh.service")
    ssh.run(ssh_proof_timeout=3).failed("2.8")
    wait_until(lambda: ssh.node.root(f"test -e {GUARDED}").rc == 1 and ssh.operator_gets_in())
    assert "On trial" in ssh.root(f"cat {DROP_IN}")
    assert ssh.offered() == ["publickey"]
    ssh.run().ok()
    ssh.is_closed()
    assert ssh.root("ls -A /etc/ssh/sshd_config.d | grep ^[.] || true") == ""


def test_two_runs_at_once(ssh: SshNode) -> None:
    variables = {"roles_under_test": ["ssh"], "ssh_proof_timeout": 20}
    processes = []
    for _ in range(2):
        argv, env, _ = ssh.node.command(ROLE_PLAYBOOK, variables=variables)
        processes.append(
            subprocess.Popen(
                argv, env=env, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
        )
    said = [process.communicate(timeout=600)[0].decode() for process in processes]
    print(*said)
    # The second one waits, finds everything done, and has nothing to tell.
    assert [process.returncode for process in processes] == [0, 0]
    assert sorted("changed=0" in text for text in said) == [False, True]
    ssh.guards_end()
    ssh.is_closed()
    assert ssh.run().ok().actions == set()


def wait_until(what: t.Callable[[], bool], *, seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.5)
