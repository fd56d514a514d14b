# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""runbook-6-2-self-heal: bad cases with line and tag, good cases that are silent."""

from __future__ import annotations

import pytest

from tests.lint.cases import allowed, commands, task
from tests.lint.harness import Case, Findings, findings

RULE = "runbook-6-2-self-heal"
UNDECIDED = "runbook-6-2-self-heal[undecided]"
REFUSED = (
    "apt-get install -y watchdog",
    "autossh -M 0 -f -N host",
    "systemctl enable --now watchdog",
    "docker run -d --restart=always nginx",
    "docker run -d --restart on-failure:3 nginx",
    "podman update --restart=unless-stopped web",
    "sysctl -w kernel.panic=10",
    "monit -c /etc/monitrc",
    "printf '[Service]\\nRestart=always\\n' > /srv/x.service",
    "echo '*/5 * * * * root pgrep web || systemctl start web' > /etc/cron.d/x",
)
ALLOWED = (
    "reboot",
    "shutdown -r now",
    "systemctl start web",
    "apt-get remove watchdog",
    "echo Restart=always",
    "docker run --restart=no nginx",
    "sysctl -w kernel.panic=0",
    "pgrep web || systemctl start web",
    "systemctl stop watchdog",
)
BAD = (
    *commands(RULE, REFUSED),
    task("content", "copy:\n  dest: /srv/x.service\n  content: |\n    [Service]\n    Restart=on-failure\n", (4, RULE)),
    task(
        "drop-in",
        "copy:\n  dest: /srv/x.service.d/y.conf\n  content: |\n    [Service]\n    WatchdogSec=30\n",
        (4, RULE),
    ),
    task(
        "ini_file",
        "ini_file:\n  path: /srv/x.service\n  section: Service\n  option: Restart\n  value: always\n",
        (4, RULE),
    ),
    task("lineinfile", "lineinfile:\n  path: /srv/x.service\n  line: Restart=always\n", (4, RULE)),
    task("value of a template", "lineinfile:\n  path: /srv/x.service\n  line: 'Restart={{ r }}'\n", (4, UNDECIDED)),
    task("package", "apt:\n  name: [git, monit]\n", (4, RULE)),
    task("daemon", "service:\n  name: monit\n  state: started\n", (4, RULE)),
    task("monit", "community.general.monit:\n  name: web\n  state: monitored\n", (2, RULE)),
    task("until", "service:\n  name: web\n  state: started\nregister: r\nuntil: r is success\nretries: 5\n", (7, RULE)),
    task("retries", "systemd:\n  name: web\n  state: restarted\nretries: 3\n", (6, RULE)),
    task("until a command", "command: systemctl start web\nregister: r\nuntil: r.rc == 0\n", (5, RULE)),
    task("policy", "docker_container:\n  name: x\n  image: y\n  restart_policy: on-failure\n", (6, RULE)),
    task(
        "policy of a template",
        "docker_container:\n  name: x\n  image: y\n  restart_policy: '{{ p }}'\n",
        (6, UNDECIDED),
    ),
    task("panic", "ansible.posix.sysctl:\n  name: kernel.panic\n  value: '10'\n", (5, RULE)),
    task("panic in a file", "copy:\n  dest: /etc/sysctl.d/x.conf\n  content: kernel.panic = 5\n", (4, RULE)),
    task(
        "systemd's watchdog",
        "copy:\n  dest: /etc/systemd/system.conf.d/x.conf\n  content: |\n    [Manager]\n    RuntimeWatchdogSec=1m\n",
        (4, RULE),
    ),
    task("cron", "cron:\n  name: x\n  job: systemctl is-active web || systemctl start web\n", (5, RULE)),
    task("cron that reboots", "cron:\n  name: x\n  job: /sbin/reboot\n", (5, RULE)),
    task(
        "script",
        "copy:\n  dest: /usr/local/bin/x\n  content: |\n    #!/bin/sh\n    ping -c1 a || ifup --force eth0\n",
        (4, RULE),
    ),
    task("kernel", "lineinfile:\n  path: /boot/firmware/cmdline.txt\n  line: root=/dev/x panic=10\n", (4, RULE)),
    Case(
        "template",
        "[Unit]\nOnFailure=x.service\n[Service]\nRestart=always\n",
        ((2, RULE), (4, RULE)),
        "templates/x.service.j2",
    ),
    Case(
        "template's value", "[Service]\nRestart={{ x | default('no') }}\n", ((2, UNDECIDED),), "templates/x.service.j2"
    ),
    Case(
        "script's template",
        "#!/bin/bash\nif ! curl -s localhost; then\n  {{ x }}\nfi\n",
        ((1, RULE),),
        "templates/check.sh.j2",
    ),
    Case("packages of a group", "---\npackages_list: [git, watchdog]\n", ((2, RULE),), "group_vars/pi.yml"),
    Case("of procedures", "---\nessential_packages_procedures: [monit]\n", ((2, RULE),), "group_vars/pi.yml"),
    Case("compose", "---\nservices:\n  web:\n    image: nginx\n    restart: always\n", ((5, RULE),), "compose.yml"),
    Case(
        "compose of a template",
        "services:\n  web:\n    image: nginx\n    restart: unless-stopped\n",
        ((4, RULE),),
        "templates/compose.yml.j2",
    ),
)
GOOD = (
    *allowed(ALLOWED),
    task("no", "copy:\n  dest: /srv/x.service\n  content: |\n    [Service]\n    Restart=no\n"),
    task("no watchdog", "ini_file:\n  path: /srv/x.service\n  section: Service\n  option: WatchdogSec\n  value: '0'\n"),
    task("package taken out", "apt:\n  name: watchdog\n  state: absent\n"),
    task("started once", "service:\n  name: web\n  state: started\n"),
    task("until a stop", "service:\n  name: web\n  state: stopped\nuntil: true\n"),
    task("until something else", "uri:\n  url: http://localhost\nregister: r\nuntil: r.status == 200\n"),
    task("no policy", "docker_container:\n  name: x\n  image: y\n  restart_policy: 'no'\n"),
    task("no panic", "ansible.posix.sysctl:\n  name: kernel.panic\n  value: '0'\n"),
    task(
        "settings of a loop",
        "sysctl:\n  name: '{{ item.n }}'\n  value: '{{ item.v }}'\n"
        "loop:\n  - {n: kernel.panic, v: 0}\n  - {n: vm.swappiness, v: 10}\n",
    ),
    task("other setting", "ansible.posix.sysctl:\n  name: kernel.panic_on_oops\n  value: '1'\n"),
    task("reboot", "ansible.builtin.reboot:\n"),
    task("good cron", "cron:\n  name: x\n  job: /opt/report\n"),
    task("controller", "command: autossh host\ndelegate_to: localhost\n"),
    Case("packages of a group, fine", "---\npackages_list: [git, rsync]\n", (), "group_vars/pi.yml"),
    Case("other YAML", "---\nservices:\n  - name: web\n    restart: always\n", (), "data.yml"),
    Case("plain template", "[Service]\nExecStart={{ x }}\nRestart=no\n", (), "templates/x.service.j2"),
    Case("other template", "Restart=always\n", (), "templates/x.txt.j2"),
)


@pytest.fixture(scope="module")
def found() -> Findings:
    return findings((*BAD, *GOOD), RULE)


@pytest.mark.parametrize("case", [*BAD, *GOOD], ids=lambda case: case.name)
def test_finds_what_it_has_to(case: Case, found: Findings) -> None:
    assert found[case.name] == list(case.expected)
