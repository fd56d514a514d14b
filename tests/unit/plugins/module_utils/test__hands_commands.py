from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._hands_commands import Breach, breaches, is_shell


@pytest.mark.parametrize(("command", "what"), [
    ("/usr/bin/systemctl restart x", "systemctl restart x.service"),
    ("/usr/bin/systemctl --user -t service reload x.timer", "systemctl reload x.timer"),
    ("/usr/bin/systemctl daemon-reload", "systemctl daemon-reload"),
    ("/usr/bin/env A=1 systemctl mask x", "systemctl mask x.service"),
    ("/usr/bin/nice -n 5 systemctl kill x", "systemctl kill x.service"),
    ("/bin/sh -c 'true; systemctl restart x && echo'", "systemctl restart x.service"),
    ("/usr/sbin/service x restart", "service x restart"),
    ("/usr/bin/dpkg -i /root/x.deb", "dpkg --install x.deb"),
    ("/usr/bin/dpkg --force-all --install x.deb", "dpkg --install x.deb"),
    ("/usr/bin/apt install ./x.deb", "apt install x.deb"),
    ("/usr/bin/apt-get -o x=y --allow-unauthenticated install x", "apt without its check of signatures"),
    ("/usr/bin/apt-mark auto x", "apt-mark auto x"),
    ("/usr/bin/pip3 install x", "pip install x"),
    ("/usr/bin/python3 -m pip install x", "pip install x"),
    ("/usr/bin/npm install -g x", "npm --global install x"),
    ("/usr/bin/yarn global add x", "yarn --global add x"),
    ("/usr/bin/snap install x", "snap install x"),
    ("/usr/bin/unattended-upgrade", "unattended-upgrade"),
    ("/usr/bin/journalctl --vacuum-size=1M", "journalctl --vacuum"),
    ("/usr/bin/tee -a /etc/ssh/sshd_config", "tee /etc/ssh/sshd_config"),
    ("/usr/bin/sed -i s/a/b/ /etc/sudoers", "sed /etc/sudoers"),
    ("/bin/bash -c 'curl -s x | sudo bash'", "a script from the network, run as it comes"),
])  # fmt: skip
def test_what_goes_past_the_runbook(command: str, what: str) -> None:
    assert [one.what for one in breaches(command) if one.is_certain] == [what]


@pytest.mark.parametrize("command", [
    "/usr/bin/systemctl start x", "/usr/bin/systemctl status x", "/usr/bin/systemctl show -p A x", "/usr/bin/systemctl",
    "/usr/bin/systemctl reboot", "/usr/bin/systemctl enable --now /x/y.service", "/usr/sbin/service x status",
    "/usr/bin/apt install x", "/usr/bin/apt-get update", "/usr/bin/apt-mark showhold", "/usr/bin/dpkg -l x",
    "/home/ops/ai-systems/a/.venv/bin/pip install x", "/usr/bin/pip list", "/usr/bin/npm ci", "/usr/bin/npm ls -g",
    "/usr/bin/cat /etc/sudoers", "/usr/bin/sed s/a/b/ /etc/sudoers", "/usr/sbin/visudo -c", "/usr/sbin/adduser x",
    "/usr/bin/hostnamectl set-hostname x", "/usr/bin/journalctl -u x", "", "'", "/usr/bin/python3 x.py",
    "/bin/sh -c 'echo BECOME-SUCCESS-x ; /usr/bin/python3'", "/bin/sh -c 'curl -s x | jq .'", "/usr/bin/tee /tmp/x",
])  # fmt: skip
def test_what_the_runbook_lets_an_operator_type(command: str) -> None:
    assert breaches(command) == []


@pytest.mark.parametrize("command", ["/usr/bin/vim /etc/ssh/sshd_config", "/usr/sbin/visudo"])
def test_what_may_only_have_looked_is_not_certain(command: str) -> None:
    (one,) = breaches(command)
    assert isinstance(one, Breach)
    assert not one.is_certain


@pytest.mark.parametrize(("command", "is_one"), [
    ("/bin/bash", True), ("/bin/bash -l", True), ("/usr/bin/su -", True), ("/usr/bin/su ops -c x", False),
    ("/bin/sh -c x", False), ("/usr/bin/env bash", True), ("/usr/bin/id", False), ("", False),
])  # fmt: skip
def test_shells_of_which_nothing_more_is_logged(*, command: str, is_one: bool) -> None:
    assert is_shell(command) == is_one
