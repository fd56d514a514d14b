"""Runbook 6.3 on a real node: a credential on its storage is found, is never told, and goes by the remedy."""

from __future__ import annotations

import base64
import io
import json
import math
import shlex
import tarfile
import typing as t

import pytest

from tests.git_rig import Upstream
from tests.nodes.conftest import LabNodes
from tests.nodes.harness import PLAYBOOKS, ROOT, Node
from tests.nodes.seeded_secrets import HASH, SEEDED, TOKEN
from tests.secret_samples import B64, BAD, HEX, PW, WG, basic, drawn, github, jwt, pem

PROVISION = PLAYBOOKS / "provision.yml"
CHECKOUT = "/home/ops/ai-systems"
# Runs on the node what the audit runs there.
LOOK = """\
import json, subprocess, sys, threading, time
given = json.loads(GIVEN)
if given["by_processor"]:
    # Before the rules take it for theirs, and after what waits for others by it.
    time.monotonic = time.process_time
sys.path.insert(0, "/run/secrets-rules")
from module_utils._audit_secrets import RULES
from module_utils._declared import Declared
from module_utils._node_view import NodeView
began = time.process_time()
view = NodeView(Declared(**given["declared"]), seconds=given["seconds"])
try:
    units = view.units
except Exception:
    pass
started, used = time.monotonic(), time.process_time()
found = [(rule.name, one._asdict()) for rule in RULES for one in rule.check(view)]
print(json.dumps({
    "seconds": time.monotonic() - started,
    "used": time.process_time() - used,
    "spent": time.process_time() - began,
    "found": found,
}))
"""
PUT = """\
import base64, json, os, pwd, sys
for path, (content, owner) in json.loads(GIVEN).items():
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(base64.b64decode(content))
    os.chmod(path, 0o600)
    os.chown(path, pwd.getpwnam(owner).pw_uid, pwd.getpwnam(owner).pw_gid)
"""
# Of a processor, on a clean node, with the checksums of all its packages' files: others share the machine of the tests.
SECONDS = 2.0

Found = dict[str, dict[str, str]]


class Secrets:
    """A node, looked through for credentials and changed by hand."""

    def __init__(self, node: Node) -> None:
        self.node = node
        # Of the clock, of a processor, and of a processor since the time began that a look may take.
        self.seconds = 0.0
        self.used = 0.0
        self.spent = 0.0
        self.said = ""

    def ship(self) -> None:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as packed:
            packed.add(ROOT / "plugins" / "module_utils", "module_utils")
        script = "rm -rf /run/secrets-rules && mkdir /run/secrets-rules && base64 -d | tar -xz -C /run/secrets-rules"
        self.node.root(script, stdin=base64.b64encode(buffer.getvalue()).decode()).ok()

    def run(self, script: str, given: t.Any) -> str:
        return self.node.root("python3 -B -", stdin=f"GIVEN = {json.dumps(given)!r}\n{script}", seconds=600).ok()

    def look(self, *, seconds: float = 500, by_processor: bool = False, **declared: t.Any) -> Found:
        """Return what is found by its subject; the rule's name is among the words.

        :param by_processor: ``seconds`` are those of a processor, which others that use the machine do not shorten.
        """
        given = {"declared": {"checkout": CHECKOUT, "run_key": "00ff" * 8, **declared}, "seconds": seconds}
        self.said = self.run(LOOK, {**given, "by_processor": by_processor})
        said = json.loads(self.said)
        self.seconds, self.used, self.spent = said["seconds"], said["used"], said["spent"]
        found: Found = {one["subject"]: {**one, "topic": topic} for topic, one in said["found"]}
        assert len(found) == len(said["found"]), "a subject is said twice"
        return found

    def put(self, files: t.Mapping[str, str | bytes], *, owner: str = "root") -> None:
        """Write files, private to their owner, as people write such files."""
        contents = {
            path: (base64.b64encode(content.encode() if isinstance(content, str) else content).decode(), owner)
            for path, content in files.items()
        }
        self.run(PUT, contents)

    def mend(self, found: t.Mapping[str, t.Mapping[str, str]]) -> None:
        """Type the command that each remedy names, word for word, as root."""
        commands = [one["remedy"].split("'")[1] for one in found.values()]
        self.node.root("set -e\n" + "\n".join(f"su - root -c {shlex.quote(command)}" for command in commands)).ok()


@pytest.fixture(scope="module")
def secrets(lab_node: LabNodes, tmp_path_factory: pytest.TempPathFactory) -> Secrets:
    repository = Upstream(tmp_path_factory.mktemp("upstream") / "ai-systems")
    sample = ROOT / "lab" / "sample" / "ai-systems"
    files: dict[str | bytes, str | bytes | None] = {
        str(path.relative_to(sample)): path.read_text() for path in sample.rglob("*") if path.is_file()
    }
    repository.commit(files)
    node = lab_node("t-audit-secrets")
    node.always.update(repository_url=str(repository.path), repository_version="main")
    node.play(PROVISION).ok()
    one = Secrets(node)
    one.ship()
    return one


def test_a_provisioned_node_has_no_finding_and_is_looked_through_in_time(secrets: Secrets) -> None:
    seconds = []
    for _round in range(3):
        assert secrets.look() == {}
        seconds.append(secrets.used)
    assert min(seconds) <= SECONDS, seconds


_OF_OPS = {path: content for path, (content, _rules) in SEEDED.items() if path.startswith("/home/")}
_OF_ROOT = {path: content for path, (content, _rules) in SEEDED.items() if path not in _OF_OPS}
_TOPICS = {
    "/home/ops/.bash_history command-login": "secret-histories",
    "/boot/firmware/userconf.txt crypt-hash": "secret-cloud-init",
    "/srv/app/.git/config url-password": "secret-git",
    "/etc/krb5.keytab keytab": "secret-places",
    "/etc/default/agent named-secret": "secret-content",
}


def test_each_credential_is_found_never_told_and_goes_by_the_remedy(secrets: Secrets) -> None:
    secrets.put(_OF_OPS, owner="ops")
    secrets.put(_OF_ROOT)
    # A file of a package that somebody changed is looked at again.
    slack = BAD["slack-token"][0]
    secrets.node.root(
        f"cp -p /etc/bash.bashrc /run/bash.bashrc && echo 'export SLACK={slack}' >> /etc/bash.bashrc"
        " && chmod 644 /etc/shadow /etc/ssh/ssh_host_ed25519_key"
    ).ok()
    wanted = {f"{path} {rule}" for path, (_content, rules) in SEEDED.items() for rule in rules}
    wanted |= {"/etc/bash.bashrc slack-token", "/etc/shadow mode", "/etc/ssh/ssh_host_ed25519_key mode"}
    found = secrets.look()
    assert set(found) == wanted
    assert len(wanted) > 50
    assert {(one["clause"], one["verdict"]) for one in found.values()} == {("6.3", "violation")}
    assert {subject: found[subject]["topic"] for subject in _TOPICS} == _TOPICS
    for value in (
        PW,
        TOKEN,
        HASH,
        slack,
        WG,
        github(),
        github("gho"),
        basic(),
        BAD["anthropic-key"][0],
        jwt(),
        "geheim",
    ):
        assert value not in secrets.said
    assert "line 3: " in found["/home/ops/.aws/credentials named-secret"]["evidence"]
    # Of what is no text no command takes a part away.
    assert "'" not in found.pop("/opt/tool/agent openssh-key")["remedy"]
    secrets.node.root("rm /opt/tool/agent").ok()
    secrets.mend(found)
    # The rest of a file stays.
    assert "fund=false" in secrets.node.root("cat /home/ops/.npmrc").ok()
    assert "name = op" in secrets.node.root("cat /home/ops/.gitconfig").ok()
    secrets.node.root("rm /etc/cron.d/backup /etc/wpa_supplicant -r; mv /run/bash.bashrc /etc/bash.bashrc").ok()
    assert secrets.look() == {}


def test_decoys_are_silent(secrets: Secrets) -> None:
    everything = "\n".join(drawn(HEX, 40, str(number)) for number in range(200))
    secrets.put(
        {
            "/home/ops/.ssh/known_hosts2": f"host ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{drawn(B64, 43)}\n",
            "/home/ops/.ssh/id_ed25519.pub": f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{drawn(B64, 43)} op@x\n",
            "/home/ops/package-lock.json": f'{{"token": {{"integrity": "sha512-{drawn(B64, 86)}=="}}}}',
            "/home/ops/.env.example": "API_KEY=your-api-key\nPASSWORD=changeme\n",
            "/srv/site/index.html": f'<img src="data:image/png;base64,{drawn(B64, 4000)}">\n',
            "/srv/site/commits": everything,
            "/srv/site/README.md": "Set `password: hunter2` and the token to `ghp_xxxxxxxxxxxxxxxxxxxx`.\n",
            "/srv/site/program.py": "def login(password: str, token: str) -> None:\n    self.password = password\n",
            "/etc/uuids": "".join(f"token: {drawn(HEX, 8)}-1234-4abc-9def-{drawn(HEX, 12)}\n" for _number in range(9)),
            "/srv/venv/pyvenv.cfg": "home = /usr/bin\n",
            "/srv/venv/lib/python3.13/site-packages/x/tests/key.pem": pem(),
            "/srv/web/node_modules/x/test/key.pem": pem(),
        }
    )
    assert secrets.look() == {}


def test_a_committed_secret_goes_by_a_commit(secrets: Secrets) -> None:
    path = f"{CHECKOUT}/greeter/greeter.py"
    secrets.node.root(f"cp -p {path} /run/greeter.py && echo 'APITOKEN = \"{TOKEN}\"' >> {path}").ok()
    found = secrets.look()
    assert set(found) == {f"{path} named-secret"}
    assert "with a commit" in found[f"{path} named-secret"]["remedy"]
    secrets.node.root(f"mv /run/greeter.py {path}").ok()
    assert secrets.look() == {}


# What whoever owns a home, or somebody as root, may leave to keep others from looking.
HOSTILE = """\
import json, os
key = json.loads(GIVEN).encode()
os.makedirs("/home/left/deep")
os.chdir("/home/left")
os.mkfifo("fifo")
os.mkfifo(".netrc")
os.symlink(".", "loop")
os.symlink("/home/left", "/home/left/deep/up")
os.symlink("/etc/shadow", "shadow")
for name, begin in (("sparse", b""), ("keys", key)):
    with open(name, "wb") as file:
        file.write(begin)
        file.seek(2**30)
        file.write(key)
with open("text.log", "wb") as file:
    for number in range(70):
        file.write(b"words of a log, line by line\\n" * 36_000)
with open(b"\\xff\\x1b[2J\\n{{ 7*7 }}.pem", "wb") as file:
    file.write(key)
os.makedirs("/opt/many")
for number in range(100_000):
    with open(f"/opt/many/{number}", "w") as file:
        file.write("x")
os.chdir("deep")
for number in range(60):
    os.mkdir("d")
    os.chdir("d")
"""


def test_a_hostile_home_neither_stops_the_look_nor_blinds_it(secrets: Secrets) -> None:
    secrets.run(HOSTILE, pem())
    # In blocks of 512 bytes; on a busy machine it would fill the disk before it is killed.
    grow = "ulimit -f 1000000; yes growing >> /home/left/growing & sleep 8; kill $!"
    secrets.node.root(f"setsid sh -c '{grow}' >/dev/null 2>&1 &").ok()
    found = secrets.look()
    verdicts = {subject: one["verdict"] for subject, one in found.items()}
    deep = next(subject for subject in verdicts if subject.startswith("/home/left/deep/d/"))
    assert verdicts.pop(deep) == "unknown"
    assert verdicts.pop("/home/left/growing", "unknown") == "unknown"
    assert verdicts == {
        "/home/left/keys pem-key": "violation",
        "/home/left/sparse pem-key": "violation",
        "/home/left/\\udcff\\x1b[2J {{ 7*7 }}.pem pem-key": "violation",
        "/home/left/text.log": "unknown",
    }
    assert "'" not in found["/home/left/\\udcff\\x1b[2J {{ 7*7 }}.pem pem-key"]["remedy"]
    assert secrets.used < 60
    secrets.node.root("sleep 4; rm -r /home/left /opt/many").ok()
    assert secrets.look() == {}


def test_what_the_time_did_not_suffice_for_is_unknown_and_data_comes_last(secrets: Secrets) -> None:
    # Once all else costs a small part of what the data costs, a time between the two is far enough from both.
    assert secrets.look(data_paths=["/srv/data"], by_processor=True) == {}
    without = secrets.spent
    secrets.node.root("mkdir -p /srv/data && cd /srv/data && for n in $(seq 3000); do head -c 200000 /dev/zero"
                      " | tr '\\0' ' ' > $n; done", seconds=300).ok()  # fmt: skip
    assert secrets.look(data_paths=["/srv/data"], by_processor=True) == {}
    whole = secrets.spent
    assert whole > 6 * without
    between = math.sqrt(without * whole)
    found = secrets.look(data_paths=["/srv/data"], seconds=between, by_processor=True)
    verdicts = {(subject, one["verdict"]) for subject, one in found.items()}
    assert verdicts == {("/srv/data", "unknown")}, (without, between, whole)
    found = secrets.look(seconds=0.05)
    assert {one["verdict"] for one in found.values()} == {"unknown"}
    assert {"/root", "/home/ops", "/etc", "/var", "/"} <= set(found)
    secrets.node.root("rm -r /srv/data").ok()
    assert secrets.look() == {}
