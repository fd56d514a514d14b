"""Runbook 3 on a real node: what is installed by hand, by whichever wrong way, is found with path and remedy."""

from __future__ import annotations

import base64
import io
import json
import shlex
import tarfile
import typing as t

import pytest

from tests.git_rig import Upstream
from tests.nodes.conftest import LabNodes
from tests.nodes.harness import PLAYBOOKS, ROOT, Node
from tests.nodes.lean import without_recommended

PROVISION = PLAYBOOKS / "provision.yml"
LOCAL = "/usr/local/lib/python3.13/dist-packages"
USER = "/home/ops/.local/lib/python3.13/site-packages"
# Runs on the node what the module runs there.
LOOK = """\
import json, os, sys
sys.path.insert(0, "/run/detectors")
from module_utils._detect_trees import tree_findings
ready = sum(os.times()[:4])
found = tree_findings(seconds=60)
print(json.dumps({"used": sum(os.times()[:4]) - ready, "found": [one._asdict() for one in found]}))
"""
# What whoever owns a home, or somebody as root, may leave to keep others from looking.
HOSTILE = """\
import json, os
os.makedirs("/home/left/deep/x-1.dist-info")
os.makedirs("/home/left/lib/node_modules/x")
os.makedirs("/opt/many")
os.chdir("/home/left")
for name in ("METADATA", "pyvenv.cfg", "package.json"):
    os.mkfifo(name)
os.symlink(".", "loop")
with open("deep/x-1.dist-info/METADATA", "w") as file:
    file.truncate(2**30)
with open("lib/node_modules/x/package.json", "w") as file:
    file.write("[" * 100_000)
for number in range(100_000):
    open(f"/opt/many/{number}", "w").close()
os.makedirs(b"/home/left/\\xff\\x1b[2J/\\n{{ 7*7 }}-2.dist-info")
open(b"/home/left/\\xff\\x1b[2J/\\n{{ 7*7 }}-2.dist-info/RECORD", "w").close()
os.chdir("deep")
for number in range(60):
    os.mkdir("d")
    os.chdir("d")
"""
# Of a processor, with what was started: others share the machine of the tests.
SECONDS = 0.7

Found = dict[str, dict[str, str]]


class Trees:
    """A node, looked through by the detectors and changed by hand."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.used = 0.0

    def ship(self) -> None:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as packed:
            packed.add(ROOT / "plugins" / "module_utils", "module_utils")
        script = "rm -rf /run/detectors && mkdir /run/detectors && base64 -d | tar -xz -C /run/detectors"
        self.node.root(script, stdin=base64.b64encode(buffer.getvalue()).decode()).ok()

    def look(self) -> Found:
        """Return what is found by its subject."""
        said = json.loads(self.node.root("python3 -B -", stdin=LOOK).ok())
        self.used = said["used"]
        found: Found = {one["subject"]: one for one in said["found"]}
        assert len(found) == len(said["found"])
        return found

    def by_hand(self, *commands: str, user: str = "root") -> Found:
        """Do as an operator does, in a shell of their own; return what is found then and was not before."""
        before = set(self.look())
        for command in commands:
            self.node.root(f"su - {user} -c {shlex.quote(command)}", seconds=300).ok()
        return {subject: one for subject, one in self.look().items() if subject not in before}

    def mend(self, found: t.Mapping[str, t.Mapping[str, str]]) -> None:
        """Type the command that each remedy names, word for word, as root."""
        for one in found.values():
            assert one["verdict"] == "violation"
            command = one["remedy"].partition("'")[2].rpartition("'")[0].split("')")[0].split("',")[0].split("';")[0]
            self.node.root(f"su - root -c {shlex.quote(f'yes | {command}')}", seconds=300).ok()


@pytest.fixture(scope="module")
def provisioned(lab_node: LabNodes, tmp_path_factory: pytest.TempPathFactory) -> Trees:
    repository = Upstream(tmp_path_factory.mktemp("upstream") / "ai-systems")
    sample = ROOT / "lab" / "sample" / "ai-systems"
    files: dict[str | bytes, str | bytes | None] = {
        str(path.relative_to(sample)): path.read_text() for path in sample.rglob("*") if path.is_file()
    }
    head = "| --- | --- | --- |\n"
    documented = (sample / "context.md").read_text()
    assert head in documented
    files["context.md"] = documented.replace(head, f"{head}| npm |  | gives the project web its packages |\n")
    repository.commit(files)
    node = lab_node("t-package-trees")
    without_recommended(node)
    node.always.update(
        repository_url=str(repository.path),
        repository_version="main",
        packages_list=["python3-venv", "npm"],
        python_venv_list=[{"path": "probe"}],
        node_project_list=[{"path": "web"}],
    )
    node.play(PROVISION).ok()
    trees = Trees(node)
    trees.ship()
    return trees


@pytest.fixture(scope="module")
def trees(provisioned: Trees) -> Trees:
    """The node once the operator has got pip, which no rule needs."""
    provisioned.node.root("apt-get -qq install --yes python3-pip >/dev/null 2>&1", seconds=300).ok()
    return provisioned


def test_a_provisioned_node_has_no_finding(provisioned: Trees) -> None:
    node = provisioned.node
    node.root(
        "test -x /home/ops/ai-systems/probe/.venv/bin/python && test -d /home/ops/ai-systems/web/node_modules"
    ).ok()
    assert provisioned.look() == {}


def test_the_look_takes_no_longer_than_it_may(provisioned: Trees) -> None:
    used = []
    for _ in range(5):
        provisioned.look()
        used.append(provisioned.used)
    assert min(used) <= SECONDS, used


def test_pip_beside_dpkg(trees: Trees) -> None:
    found = trees.by_hand("pip install -q --break-system-packages --root-user-action ignore idna==3.10")
    assert set(found) == {f"{LOCAL} idna"}
    (one,) = found.values()
    assert (one["clause"], one["verdict"]) == ("3.4", "violation")
    assert f"idna 3.10 lies in {LOCAL}/idna-3.10.dist-info, owned by root, installed by pip" in one["evidence"]
    trees.mend(found)
    assert trees.look() == {}


def test_pip_in_the_home_of_the_operator(trees: Trees) -> None:
    found = trees.by_hand("pip install -q --user --break-system-packages wheel==0.45.1", user="ops")
    assert set(found) == {f"{USER} wheel"}
    # Its command is part of it, and no second finding.
    assert "/home/ops/.local/bin/wheel" in found[f"{USER} wheel"]["evidence"]
    assert "owned by ops" in found[f"{USER} wheel"]["evidence"]
    trees.mend(found)
    assert trees.look() == {}


def test_pip_into_a_folder_of_its_own(trees: Trees) -> None:
    found = trees.by_hand(
        "pip install -q --root-user-action ignore --target /opt/x wheel==0.45.1",
        "pip install -q --root-user-action ignore --prefix /opt/y six==1.16.0",
    )
    assert set(found) == {"/opt/x wheel", "/opt/y/local/lib/python3.13/dist-packages six"}
    assert "rm -r -- /opt/x/wheel-0.45.1.dist-info" in found["/opt/x wheel"]["remedy"]
    trees.node.root("rm -r /opt/x /opt/y").ok()
    assert trees.look() == {}


def test_modules_that_were_copied_beside_dpkg(trees: Trees) -> None:
    found = trees.by_hand(f"echo 'import os' > {LOCAL}/sitecustomize.py")
    assert set(found) == {f"{LOCAL} (loose files)"}
    trees.node.root(f"rm {LOCAL}/sitecustomize.py").ok()


def test_virtual_environments_in_the_wrong_place(trees: Trees) -> None:
    found = trees.by_hand(
        "python3 -m venv --without-pip myvenv",
        "cd ai-systems/probe && python3 -m venv --without-pip env",
        "mkdir ai-systems/lib && cd ai-systems/lib && python3 -m venv --without-pip --system-site-packages .venv",
        "mkdir ai-systems/right && cd ai-systems/right && python3 -m venv .venv",
        user="ops",
    )
    assert set(found) == {"/home/ops/myvenv", "/home/ops/ai-systems/probe/env", "/home/ops/ai-systems/lib/.venv"}
    trees.mend(found)
    assert trees.look() == {}


def test_npm_for_the_whole_node(trees: Trees) -> None:
    found = trees.by_hand("npm install --silent -g semver@7.6.0")
    assert set(found) == {"/usr/local/lib/node_modules semver"}
    (one,) = found.values()
    assert (one["clause"], one["verdict"]) == ("3.5", "violation")
    assert "semver 7.6.0 lies in /usr/local/lib/node_modules/semver, owned by root" in one["evidence"]
    trees.mend(found)
    assert trees.look() == {}


def test_npm_with_a_prefix_in_the_home(trees: Trees) -> None:
    found = trees.by_hand(
        "npm config set prefix ~/.npm-global && npm install --silent -g @sindresorhus/is@7.0.1", user="ops"
    )
    modules = "/home/ops/.npm-global/lib/node_modules @sindresorhus/is"
    assert {subject: one["verdict"] for subject, one in found.items()} == {
        modules: "violation",
        "/home/ops/.npmrc prefix": "info",
    }
    trees.mend({modules: found[modules]})
    trees.node.root("rm /home/ops/.npmrc").ok()
    assert trees.look() == {}


def test_npm_in_a_home(trees: Trees) -> None:
    found = trees.by_hand("npm install --silent ms@2.1.3", user="ops")
    assert set(found) == {"/home/ops/node_modules ms"}
    trees.mend(found)
    trees.node.root("rm -r /home/ops/node_modules /home/ops/package*.json").ok()


def test_what_is_piped_into_a_shell(trees: Trees) -> None:
    found = trees.by_hand(
        "printf '#!/bin/sh\\necho hi\\n' > /usr/local/bin/tool && chmod 755 /usr/local/bin/tool",
        "mkdir -p /opt/agent/bin && cp /bin/true /opt/agent/bin/a && cp /bin/true /opt/agent/bin/b",
        "ln -s /opt/agent/bin/a /usr/local/bin/agent",
        "ln -s /var/lib/somewhere/run /usr/local/bin/away",
        # Among dpkg's own programs, and where a .git is to make it look like a checkout.
        "cp /bin/true /usr/bin/sneaky",
        "mkdir -p /opt/fake/.git && touch /opt/fake/.git/HEAD && cp /bin/true /opt/fake/run",
    )
    assert {subject: one["clause"] for subject, one in found.items()} == {
        "/usr/local/bin/tool": "3.1",
        "/opt/agent": "3.1",
        "/usr/local/bin/away": "3.1",
        "/usr/bin/sneaky": "3.1",
        "/opt/fake/run": "3.1",
    }
    trees.mend(found)
    # Now that its program is gone the link leads nowhere, and is nobody's.
    trees.node.root("rm -r /usr/local/bin/agent /opt/fake").ok()
    assert trees.look() == {}


def test_other_package_managers(trees: Trees) -> None:
    found = trees.by_hand(
        "mkdir -p .cargo/bin && cp /bin/true .cargo/bin/rg",
        "mkdir -p go/bin && cp /bin/true go/bin/gopls",
        "mkdir -p .nvm/versions/node/v20.1.0/bin",
        user="ops",
    )
    assert set(found) == {"/home/ops/.cargo", "/home/ops/go", "/home/ops/.nvm"}
    trees.mend(found)
    assert trees.look() == {}


def test_a_hostile_home_neither_stops_the_look_nor_blinds_it(trees: Trees) -> None:
    trees.node.root("python3 -", stdin=HOSTILE).ok()
    found = trees.look()
    subjects = {subject: one["verdict"] for subject, one in found.items()}
    deep = next(subject for subject in subjects if subject.startswith("/home/left/deep/d/"))
    assert subjects.pop(deep) == "unknown"
    assert subjects == {
        "/home/left/deep x": "violation",
        "/home/left/\\udcff\\x1b[2J {{ 7*7 }}": "violation",
        "/home/left/lib/node_modules x": "violation",
    }
    assert trees.used < 5
    trees.node.root("rm -r /home/left /opt/many").ok()


def test_a_link_in_place_of_a_folder_for_software_is_said(trees: Trees) -> None:
    found = trees.by_hand(
        "mkdir -p /var/lib/elsewhere && ln -s /var/lib/elsewhere /opt/elsewhere",
        f"rm -rf {USER} && mkdir -p {USER.rpartition('/')[0]} && ln -s /var/lib/elsewhere {USER}",
    )
    assert {subject: one["verdict"] for subject, one in found.items()} == {"/opt/elsewhere": "unknown", USER: "unknown"}
    trees.node.root(f"rm -r /opt/elsewhere {USER} /var/lib/elsewhere").ok()


def test_a_mount_is_not_entered_and_said(trees: Trees) -> None:
    found = trees.by_hand("mkdir -p /opt/disk && mount -t tmpfs none /opt/disk && mkdir -p /opt/disk/x-1.dist-info")
    assert {subject: one["verdict"] for subject, one in found.items()} == {"/opt/disk": "unknown"}
    trees.node.root("umount /opt/disk && rmdir /opt/disk").ok()
