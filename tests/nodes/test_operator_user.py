"""Runbook 2.7 on a real node: the account, its keys and sudo, and that no change locks anybody out."""

from __future__ import annotations

import dataclasses
import pathlib
import subprocess
import time
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._guarded import all_states, proof_path
from ansible_collections.ai_systems.runbook.plugins.module_utils._operator_account import GUARD
from tests.nodes.conftest import LabNodes
from tests.nodes.harness import Node, Run, kill_all_of

OPERATOR = "ops"
# Where the run is killed meanwhile: long enough to look at the node before it goes back, and no longer.
LOOK_SECONDS = 20
# A login that was kept open from an earlier run would let the operator in whatever the node has become meanwhile.
ALONE = {"ansible_ssh_args": "-o ControlMaster=no -o ControlPath=none"}
HOME = f"/home/{OPERATOR}"
KEYS = f"{HOME}/.ssh/authorized_keys"
SUDOERS = "/etc/sudoers.d/zz-runbook-operator"
PASSWORD = "correct horse"  # noqa: S105
YESCRYPT = "$y$j9T$mJbPWxqPfpWQptaMjxqOh.$VIXgjks1xNBOIS12DNfARUxhrw4FGiruHObWfbwvTo1"
SHA512 = "$6$runbooksalt$EpUeJzu3.caFxXoSRv13VZM2ZrBGXUcdvtjv6oy83mQQvswsnOi4Q1EP.DyY2mhok2.sNrJx.N7ZgEsNPBn/m1"
# Everything that the role touches, without times, which a mere look changes.
STATE = (
    f"getent passwd {OPERATOR}; getent group {OPERATOR}; grep ^{OPERATOR}: /etc/shadow | cut -d: -f2; "
    "ls /run/ai-systems-runbook/sudoers.d; "
    f"cat /etc/sudoers.d/*; find {HOME} -printf '%p %m %u %g %l\\n' | sort; "
    f"find {HOME}/.ssh -type f | sort | xargs -r cat"
)


@dataclasses.dataclass(frozen=True)
class Pair:
    """A key pair on the controller."""

    path: str
    public: str

    @property
    def body(self) -> str:
        return self.public.split()[1]


@pytest.fixture(scope="module")
def node(lab_node: LabNodes) -> Node:
    return lab_node("t-operator")


@pytest.fixture(scope="module")
def own(node: Node) -> Pair:
    """The pair that the lab's inventory declares."""
    variables = node.variables
    return Pair(variables["operator_user_private_key_file"], variables["operator_user_authorized_keys"][0])


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return new_pair(tmp_path_factory.mktemp("keys") / "other")


def new_pair(path: pathlib.Path, comment: str = "other@desk") -> Pair:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path)], check=True)
    return Pair(str(path), path.with_suffix(".pub").read_text().strip())


def run(
    node: Node,
    pair: Pair | None = None,
    *arguments: str,
    check: bool = False,
    variables: t.Mapping[str, t.Any] | None = None,
) -> Run:
    """Run the role with one pair declared and used, or with the inventory's own where none is named."""
    pairs: dict[str, t.Any] = {}
    if pair:
        pairs = {"operator_user_authorized_keys": [pair.public], "operator_user_private_key_file": pair.path}
    return node.play(
        pathlib.Path(__file__).with_name("role.yml"),
        *arguments,
        check=check,
        variables={"roles_under_test": ["operator_user"], **ALONE, **pairs, **(variables or {})},
    )


def keys_of(node: Node) -> list[str]:
    return node.root(f"cat {KEYS}").ok().splitlines()


def state_of(node: Node) -> str:
    return node.root(STATE).out


def test_four_runs(node: Node, own: Pair) -> None:
    before = state_of(node)
    predicted = node.role("operator_user", check=True).ok()
    assert state_of(node) == before
    done = node.role("operator_user").ok()
    assert predicted.actions == done.actions
    assert {action[1:] for action in done.actions} == {
        (f"account {OPERATOR}", "create"),
        (HOME, "create"),
        (f"{HOME}/.ssh", "create"),
        (KEYS, "write"),
        (SUDOERS, "write"),
    }
    assert node.role("operator_user", check=True).ok().actions == set()
    assert node.role("operator_user").ok().actions == set()
    assert keys_of(node) == [own.public]
    # And the lab's own inventory is what an operator has: the key logs in, sudo works, no password does.
    assert node.ssh(OPERATOR, own.path, "sudo -n id -u").ok().strip() == "0"
    assert node.root(f"stat -c '%a %U %G' {HOME} {HOME}/.ssh {KEYS} {SUDOERS}").ok().splitlines() == [
        "711 ops ops",
        "700 ops ops",
        "600 ops ops",
        "440 root root",
    ]
    assert node.root(f"getent passwd {OPERATOR}").ok().strip().endswith(f":{HOME}:/bin/bash")
    assert node.root(f"passwd -S {OPERATOR}").ok().split()[1] == "L"
    assert node.root(f"test -f {HOME}/.bashrc && visudo -c").rc == 0


def test_a_key_that_cannot_be_proven_changes_nothing(node: Node, own: Pair, other: Pair) -> None:
    before = state_of(node)
    # The inventory names another key than the one that this controller uses.
    failed = run(node, variables={"operator_user_authorized_keys": [other.public]})
    failed.failed("is not among the declared ones", "put back the keys and rights", "operator_user_private_key_file")
    assert failed.actions == set()
    assert state_of(node) == before
    assert node.ssh(OPERATOR, own.path, "sudo -n true").rc == 0


def test_a_key_is_replaced_once_the_new_one_is_proven(node: Node, own: Pair, other: Pair) -> None:
    both = [own.public, other.public]
    assert run(node, variables={"operator_user_authorized_keys": both}).ok().actions == {("2.7", KEYS, "write")}
    assert keys_of(node) == both
    assert run(node, other).ok().actions == {("2.7", KEYS, "write")}
    assert keys_of(node) == [other.public]
    assert "Permission denied" in node.ssh(OPERATOR, own.path).err
    assert node.ssh(OPERATOR, other.path, "sudo -n true").rc == 0


def test_an_agent_that_holds_old_and_new_proves_the_new_one(
    node: Node, own: Pair, other: Pair, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket = tmp_path / "agent"
    with subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL) as agent:
        try:
            wait_for(socket.exists, 60)
            monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
            for pair in (other, own):
                subprocess.run(["ssh-add", "-q", pair.path], check=True)
            agents = dataclasses.replace(own, path="")
            assert run(node, agents).ok().actions == {("2.7", KEYS, "write")}
        finally:
            agent.terminate()
    assert keys_of(node) == [own.public]


def test_sudo_with_a_password_and_back(node: Node, own: Pair) -> None:
    with_password = {"operator_user_sudo": "password", "operator_user_password_hash": YESCRYPT}
    before = state_of(node)
    run(node, variables=with_password).failed("was given no password to prove it with", "--ask-become-pass")
    wrong = run(
        node,
        variables={**with_password, "ansible_become_password": f"not {PASSWORD}", "operator_user_proof_timeout": 8},
    )
    wrong.failed("could not be proven to log in and become root")
    wait_for(lambda: state_of(node) == before, 60)
    right = {**with_password, "ansible_become_password": PASSWORD}
    predicted = run(node, check=True, variables=right).ok()
    done = run(node, variables=right).ok()
    wanted = {("2.7", SUDOERS, "write"), ("2.7", f"password of {OPERATOR}", "set")}
    assert predicted.actions == done.actions == wanted
    for text in (predicted.output, done.output):
        assert YESCRYPT not in text
        assert PASSWORD not in text
    assert run(node, variables=right).ok().actions == set()
    assert node.ssh(OPERATOR, own.path, "sudo -n true").rc != 0
    assert node.ssh(OPERATOR, own.path, f"echo '{PASSWORD}' | sudo -S id -u").ok().strip() == "0"
    # Another hash of the same password, and back: the password is locked again.
    again = run(node, variables={**right, "operator_user_password_hash": SHA512}).ok()
    assert again.actions == {("2.7", f"password of {OPERATOR}", "set")}
    back = run(node, variables={"ansible_become_password": PASSWORD}).ok()
    assert back.actions == {("2.7", SUDOERS, "write"), ("2.7", f"password of {OPERATOR}", "lock")}
    assert state_of(node) == before


def test_a_private_key_pasted_by_mistake_is_named_and_never_shown(node: Node, own: Pair, other: Pair) -> None:
    secret = pathlib.Path(other.path).read_text()
    before = state_of(node)
    failed = run(node, None, "-vvvv", variables={"operator_user_authorized_keys": [own.public, secret]})
    failed.failed("operator_user_authorized_keys: entry 2: it is a PRIVATE key (not shown)")
    for line in secret.splitlines()[1:-1]:
        assert line not in failed.output
    assert state_of(node) == before


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"operator_user_name": "root"}, "operator_user_name 'root' cannot be the operator"),
        ({"operator_user_name": "debian"}, "it is the image's bootstrap login"),
        ({"operator_user_password_hash": "hunter2"}, "operator_user_password_hash is set (not shown)"),
        (
            {"operator_user_sudo": "password", "operator_user_password_hash": "hunter2"},
            "operator_user_password_hash (not shown) is no yescrypt",
        ),
    ],
)
def test_a_wrong_value_is_an_error_before_anything_is_touched(
    node: Node, variables: dict[str, str], sentence: str
) -> None:
    failed = run(node, variables=variables)
    failed.failed(sentence)
    assert "hunter2" not in failed.output


def test_a_hostile_comment_is_only_text(node: Node, own: Pair) -> None:
    comment = """a'b"c $(touch /tmp/pwned) `touch /tmp/pwned`; touch /tmp/pwned # \\n <b> ü"""
    pair = Pair(own.path, f"{' '.join(own.public.split()[:2])} {comment}")
    run(node, pair).ok()
    assert keys_of(node) == [pair.public]
    assert run(node, pair).ok().actions == set()
    assert node.root("test -e /tmp/pwned").rc != 0
    run(node, Pair(own.path, f"{own.public}\x1b[2J")).failed(
        "entry 1: its comment holds the unprintable character U+001B"
    )
    run(node, own).ok()


@dataclasses.dataclass(frozen=True)
class Trick:
    """What a node may have been turned into, what is then said, and how it is turned back."""

    do: str
    undo: str
    sentences: tuple[str, ...]


ASIDE = f"mv {HOME}/.ssh {HOME}/aside"
BACK = f"rm -rf {HOME}/.ssh; mv {HOME}/aside {HOME}/.ssh"
TRICKS = {
    "ssh folder is a link": Trick(
        f"{ASIDE}; ln -s /root {HOME}/.ssh",
        BACK,
        (f"{HOME}/.ssh is a symbolic link to '/root', which root does not follow",),
    ),
    "keys are a link to shadow": Trick(
        f"{ASIDE}; mkdir {HOME}/.ssh; ln -s /etc/shadow {KEYS}",
        BACK,
        (f"{KEYS} is a symbolic link to '/etc/shadow'",),
    ),
    "keys are a second name of a file of root": Trick(
        f"{ASIDE}; mkdir {HOME}/.ssh; cp -p /etc/shadow {HOME}/s; ln {HOME}/s {KEYS}",
        f"{BACK}; rm {HOME}/s",
        ("is a file with 2 names (hard links)",),
    ),
    "home is a link": Trick(
        f"mv {HOME} /srv/home; ln -s /srv/home {HOME}",
        f"rm {HOME}; mv /srv/home {HOME}",
        (f"{HOME} is a symbolic link to '/srv/home'",),
    ),
    "root by another name": Trick(
        f"sed -i 's/^{OPERATOR}:x:@UID@:/{OPERATOR}:x:0:/' /etc/passwd",
        f"sed -i 's/^{OPERATOR}:x:0:/{OPERATOR}:x:@UID@:/' /etc/passwd",
        (f"the existing account {OPERATOR} has user id 0 and so is root by another name",),
    ),
    "other accounts, rules and key files": Trick(
        "useradd -M -o -u @UID@ -d /srv twin; "
        f"useradd -M -d {HOME} guest; usermod -aG {OPERATOR} debian; "
        f"sed -i 's,:{HOME}:/bin/bash,:/srv/ops:/bin/bash,' /etc/passwd; "
        f"printf 'User_Alias X = a,{OPERATOR}\\nX ALL=(ALL) /bin/true\\nben ALL=(ALL) ALL\\n' > /etc/sudoers.d/zzz; "
        "printf 'AuthorizedKeysFile /etc/ssh/keys/%%u\\n' > /etc/ssh/sshd_config.d/00.conf; "
        f"mkdir -p /etc/ssh/keys; cp {KEYS} /etc/ssh/keys/{OPERATOR}",
        f"sed -i 's,:/srv/ops:,:{HOME}:,' /etc/passwd; gpasswd -d debian {OPERATOR}; userdel guest; "
        "sed -i /^twin:/d /etc/passwd /etc/group /etc/shadow; "
        "rm -r /etc/sudoers.d/zzz /etc/ssh/sshd_config.d/00.conf /etc/ssh/keys",
        (
            "shares user id @UID@ with twin",
            f"{HOME} is the home of account guest too",
            f"the existing group {OPERATOR}",
            "holds debian too",
            f"the existing account {OPERATOR} has its home at /srv/ops",
            "/etc/sudoers.d/zzz line 2 (X ALL=(ALL) /bin/true) would overrule",
            f"sshd looks for {OPERATOR}'s keys in /etc/ssh/keys/{OPERATOR}, not in {KEYS}",
            f"/etc/ssh/keys/{OPERATOR} lets in keys for {OPERATOR} too",
        ),
    ),
}


@pytest.mark.parametrize("trick", TRICKS.values(), ids=TRICKS.keys())
def test_a_trick_of_the_node_is_refused(node: Node, other: Pair, trick: Trick) -> None:
    """Nothing is shown of what a link leads to, and nothing is written anywhere."""
    uid = node.root(f"id -u {OPERATOR}").ok().strip()
    everything = (
        "cat /etc/passwd /etc/group /etc/shadow /etc/sudoers.d/*; "
        "find /home /srv /root -path '*/.ansible' -prune -o -printf '%p %y %m %u %g %l\\n' | sort"
    )
    before = node.root(everything).ok()
    node.root(trick.do.replace("@UID@", uid)).ok()
    try:
        tricked = node.root(everything).ok()
        # A change is wanted, so that a guard which is missing would write. The login is the bootstrap one's, since some
        # tricks keep the operator itself out.
        failed = run(node, other)
        failed.failed(*(sentence.replace("@UID@", uid) for sentence in trick.sentences))
        assert failed.actions == set()
        assert "root:*" not in failed.output
        assert node.root(everything).ok() == tricked
    finally:
        node.root(trick.undo.replace("@UID@", uid)).ok()
    assert node.root(everything).ok() == before


def test_after_all_tricks_nothing_is_left_to_do(node: Node) -> None:
    assert run(node).ok().actions == set()


def test_what_is_merely_wrong_is_mended(node: Node, own: Pair, other: Pair) -> None:
    node.root(
        f"chown root:root {HOME} {HOME}/.ssh; chmod 777 {HOME} {HOME}/.ssh; chown root {KEYS}; chmod 666 {KEYS}; "
        f"usermod -s /usr/sbin/nologin -e 2020-01-01 -g users -p '{SHA512}' {OPERATOR}; groupdel {OPERATOR}; "
        f"chmod 644 {SUDOERS}; echo '{OPERATOR} ALL=(ALL) ALL' > {SUDOERS}; "
        f"printf '%s\\n' '{other.public}' '\x1b]0;title\x07' > {HOME}/.ssh/authorized_keys2"
    ).ok()
    predicted = run(node, check=True).ok()
    done = run(node).ok()
    assert predicted.actions == done.actions
    assert {action[1:] for action in done.actions} == {
        (f"group {OPERATOR}", "create"),
        (f"account {OPERATOR}", "set primary group"),
        (f"account {OPERATOR}", "set shell"),
        (f"account {OPERATOR}", "lift expiry"),
        (HOME, "set owner and mode"),
        (f"{HOME}/.ssh", "set owner and mode"),
        (f"password of {OPERATOR}", "lock"),
        (SUDOERS, "write"),
        (KEYS, "write"),
        (f"{HOME}/.ssh/authorized_keys2", "remove"),
    }
    assert "\x1b]0;" not in predicted.output
    assert run(node).ok().actions == set()
    assert node.ssh(OPERATOR, own.path, "sudo -n true").rc == 0


def test_an_account_that_was_half_made_is_finished(node: Node, own: Pair) -> None:
    # The home of an account that is gone, with a key that must not come back to life; then the group alone.
    node.root(f"echo '# stale' >> {KEYS}; userdel --force {OPERATOR}; groupadd {OPERATOR}").ok()
    predicted = run(node, check=True).ok()
    assert predicted.actions == run(node).ok().actions
    assert keys_of(node) == [own.public]
    node.root(f"rm -r {HOME}").ok()
    predicted = run(node, check=True).ok()
    assert predicted.actions == run(node).ok().actions
    assert node.ssh(OPERATOR, own.path, "sudo -n true").rc == 0
    assert run(node).ok().actions == set()


def test_nothing_is_installed_that_visudo_refuses(node: Node) -> None:
    node.root(
        f"echo '# x' >> {SUDOERS}; mv /usr/sbin/visudo /usr/sbin/visudo.aside; ln -s /bin/false /usr/sbin/visudo"
    ).ok()
    before = state_of(node)
    try:
        run(node).failed("visudo refuses the operator's rule, nothing was changed")
        assert state_of(node) == before
    finally:
        node.root("mv -f /usr/sbin/visudo.aside /usr/sbin/visudo").ok()
    assert run(node).ok().actions == {("2.7", SUDOERS, "write")}


def test_a_full_disk_takes_no_key_away(node: Node, own: Pair, other: Pair) -> None:
    node.root(
        f"set -e; mkdir /srv/keep; cp -p {KEYS} /srv/keep; "
        f"mount -t tmpfs -o size=8k,mode=700,uid=$(id -u {OPERATOR}),gid=$(id -g {OPERATOR}) none {HOME}/.ssh; "
        f"cp -p /srv/keep/authorized_keys {KEYS}; dd if=/dev/zero of={HOME}/.ssh/fill 2>/dev/null || true"
    ).ok()
    try:
        before = keys_of(node)
        failed = run(node, variables={"operator_user_authorized_keys": [own.public, other.public]})
        failed.failed("could not be applied", "No space left on device")
        assert failed.actions == set()
        assert keys_of(node) == before
        assert node.ssh(OPERATOR, own.path, "sudo -n true").rc == 0
    finally:
        node.root(f"umount {HOME}/.ssh; rm -r /srv/keep").ok()


def test_a_refusal_of_another_run_does_nothing(node: Node, own: Pair, other: Pair) -> None:
    """A worker that outlived its killed run goes on refusing; what it means is the change of its own run."""
    before = state_of(node)
    # Where its own change stands, and where every other does, should it ever come to know their places.
    words = f"{proof_path(GUARD, '0' * 32)} $(ls {all_states(GUARD)} | sed 's/json$/proof/')"
    refuse = f"for word in {words}; do printf 'refused %032d' 0 > $word.old; mv -f $word.old $word; done; sleep 0.7"
    node.root(f"touch /run/refusing; (while test -e /run/refusing; do {refuse}; done) >/dev/null 2>&1 &").ok()
    try:
        both = [own.public, other.public]
        assert run(node, variables={"operator_user_authorized_keys": both}).ok().actions == {("2.7", KEYS, "write")}
        assert keys_of(node) == both
        assert run(node).ok().actions == {("2.7", KEYS, "write")}
    finally:
        node.root("rm /run/refusing; sleep 1").ok()
    assert state_of(node) == before


def test_a_controller_killed_before_its_proof(node: Node, own: Pair, other: Pair) -> None:
    """Old and new get in meanwhile; then the node takes the new one back by itself, and the next run finishes."""
    before = state_of(node)
    # A login of the operator hangs, so that the proof does.
    node.root(f"echo 'sleep 60' > {HOME}/.ssh/rc; chmod 644 {HOME}/.ssh/rc").ok()
    variables = {
        "roles_under_test": ["operator_user"],
        "operator_user_authorized_keys": [other.public],
        "operator_user_private_key_file": other.path,
        "operator_user_sudo": "password",
        "operator_user_password_hash": YESCRYPT,
        "ansible_become_password": PASSWORD,
        "operator_user_proof_timeout": LOOK_SECONDS,
        **ALONE,
    }
    argv, env, _ = node.command(pathlib.Path(__file__).with_name("role.yml"), variables=variables)
    with subprocess.Popen(
        argv,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as play:
        try:
            wait_for(lambda: node.guard(GUARD).get("state") == "waiting", 300)
        finally:
            kill_all_of(play.pid)
    on_trial = keys_of(node)
    assert on_trial == [other.public, own.public]
    node.root(f"rm {HOME}/.ssh/rc").ok()
    # On the disk the old rule is the only one: the new one lies in /run.
    assert "NOPASSWD" in node.root(f"cat {SUDOERS}").ok()
    # The next run waits for the end of that trial, and then makes its own, as long as a login takes on a busy machine.
    done = run(node, variables={**variables, "operator_user_proof_timeout": 60}).ok()
    assert done.actions == {
        ("2.7", KEYS, "write"),
        ("2.7", SUDOERS, "write"),
        ("2.7", f"password of {OPERATOR}", "set"),
    }
    assert keys_of(node) == [other.public]
    run(node, own, variables={"ansible_become_password": PASSWORD}).ok()
    assert state_of(node) == before


def test_a_trial_that_a_power_cut_ended_is_cleaned_up(node: Node) -> None:
    before = state_of(node)
    node.root(f"echo '@includedir /run/ai-systems-runbook/sudoers.d' >> {SUDOERS}; rm -r /run/ai-systems-runbook").ok()
    assert node.root(f"sudo -u {OPERATOR} sudo -n true").rc == 0
    assert run(node).ok().actions == {("2.7", SUDOERS, "write")}
    assert state_of(node) == before


def wait_for(condition: t.Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not so within {seconds} s"
        time.sleep(0.2)
