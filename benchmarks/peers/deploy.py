# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end state of playbooks/provision.yml by pyinfra's own operations: the same steps as stock.yml, in the same order.

What pyinfra has no operation for that leaves alone what is well, is asked by a fact first: passwords, checkout, locked
packages. Read by pyinfra from its own environment.
"""

from __future__ import annotations

import io
import json
import pathlib
import shlex

from pyinfra import config, host
from pyinfra.facts.files import File
from pyinfra.facts.pip import PipPackages
from pyinfra.facts.server import Command
from pyinfra.operations import apt, files, pip, server, systemd

config.SUDO = True

WANTED = json.loads(pathlib.Path(host.data.wanted_file).read_text(encoding="utf-8"))
PATHS, FILES = WANTED["paths"], WANTED["files"]
OPERATOR, CHECKOUT = WANTED["operator"], WANTED["checkout"]
HOME = f"/home/{OPERATOR}"
REQUIREMENTS = f"{CHECKOUT}/greeter/requirements.txt"
VENV = f"{CHECKOUT}/greeter/.venv"
BUNDLE = "/var/tmp/ai-systems.bundle"  # noqa: S108 - on a lab node


def put(what: str, *, user: str = "root", mode: str = "644") -> bool:
    """Have one of the files; return whether it was another."""
    done = files.put(
        name=f"Write {what}",
        src=io.StringIO(FILES[what]),
        dest=PATHS[what],
        user=user,
        group=user,
        mode=mode,
        create_remote_dir=False,
    )
    return bool(done.will_change)


def lock(account: str) -> None:
    """Have an account without a password."""
    said = str(host.get_fact(Command, f"passwd -S {shlex.quote(account)} || true", _sudo=True)).split()
    if said[1:2] != ["L"]:
        server.shell(name=f"Lock {account}", commands=[f"passwd -l {shlex.quote(account)}"])


server.hostname(name="Set the hostname", hostname=host.name)
files.line(
    name="Know the own name",
    path="/etc/hosts",
    line=r"^127\.0\.1\.1\s.*$",
    replace=f"127.0.1.1\t{host.name}",
    escape_regex_characters=False,
)
put("apt")
for timer in WANTED["timers"]:
    systemd.service(name=f"Stop {timer}", service=timer, running=False, enabled=False)
if not host.get_fact(File, path=WANTED["marker"], _sudo=True):
    server.shell(
        name="Upgrade once",
        commands=[
            "apt-get update && DEBIAN_FRONTEND=noninteractive apt-get --assume-yes upgrade",
            f"mkdir -p {pathlib.PurePath(WANTED['marker']).parent} && touch {WANTED['marker']}",
        ],
    )
apt.packages(name="Install packages", packages=WANTED["packages"])

server.user(  # noqa: S604 - a login shell
    name="Have an account for the operator", user=OPERATOR, shell="/bin/bash", create_home=True
)
lock(OPERATOR)
files.directory(name="Let services through", path=HOME, user=OPERATOR, group=OPERATOR, mode="711")
files.directory(name="Have a folder for keys", path=f"{HOME}/.ssh", user=OPERATOR, group=OPERATOR, mode="700")
put("authorized", user=OPERATOR, mode="600")
put("sudoers", mode="440")
lock(WANTED["bootstrap"])
for path in (f"/home/{WANTED['bootstrap']}/.ssh/authorized_keys", "/etc/sudoers.d/90-bootstrap"):
    files.file(name=f"Take away {path}", path=path, present=False)
if put("sshd"):
    systemd.service(name="Reload sshd", service="ssh.service", reloaded=True)

files.directory(name="Have a journal", path="/var/log/journal", user="root", group="systemd-journal", mode="2755")
files.directory(name="Have its settings", path=str(pathlib.PurePath(PATHS["journald"]).parent), user="root", mode="755")
if put("journald"):
    systemd.service(name="Restart journald", service="systemd-journald.service", restarted=True)

# A node has no credentials for the repository, so what it lacks is brought to it.
found = host.get_fact(
    Command, f"git -C {CHECKOUT} rev-parse HEAD && git -C {CHECKOUT} status --porcelain || true", _sudo_user=OPERATOR
)
if found != WANTED["commit"]:
    files.put(name="Bring the repository", src=WANTED["bundle"], dest=BUNDLE, user=OPERATOR)
    branch = WANTED["branch"]
    server.shell(
        name="Check out the commit",
        commands=[
            f"test -d {CHECKOUT}/.git || git init --quiet --initial-branch={branch} {CHECKOUT}",
            f"git -C {CHECKOUT} fetch --quiet --update-head-ok {BUNDLE} +{branch}:{branch}",
            f"git -C {CHECKOUT} checkout --quiet --force {branch}",
            f"git -C {CHECKOUT} reset --quiet --hard {WANTED['commit']}",
            f"git -C {CHECKOUT} clean --quiet --force -d",
        ],
        _sudo_user=OPERATOR,
    )
    files.file(name="Take the bundle away", path=BUNDLE, present=False)

pip.venv(name="Have a Python environment", path=VENV, python="/usr/bin/python3", _sudo_user=OPERATOR)
INSTALLED = host.get_fact(PipPackages, pip=f"{VENV}/bin/pip", _sudo_user=OPERATOR) or {}
if any(version not in INSTALLED.get(name, ()) for name, version in WANTED["locked"].items()):
    pip.packages(name="Install locked packages", requirements=REQUIREMENTS, virtualenv=VENV, _sudo_user=OPERATOR)

server.user(  # noqa: S604 - a login shell
    name="Have an account for the service",
    user=WANTED["account"],
    comment="service of ai-systems",
    home="/nonexistent",
    shell="/usr/sbin/nologin",
    system=True,
    ensure_home=False,
)
LINKED = [
    files.link(
        name=f"Link {unit}",
        path=f"/etc/systemd/system/{pathlib.PurePath(unit).name}",
        target=f"{CHECKOUT}/{unit}",
    ).will_change
    for unit in WANTED["units"]
]
for unit in WANTED["running"]:
    systemd.service(
        name=f"Enable and start {unit}", service=unit, running=True, enabled=True, daemon_reload=any(LINKED)
    )
