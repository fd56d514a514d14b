# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""runbook-4-1-tool: bad cases with line and tag, good cases that are silent."""

from __future__ import annotations

import pytest

from tests.lint.cases import allowed, commands, task
from tests.lint.harness import PLAYBOOK, Case, Findings, findings

RULE = "runbook-4-1-tool"
UNDECIDED = "runbook-4-1-tool[undecided]"
REFUSED = (
    "crontab /tmp/table",
    "echo '0 4 * * * /opt/x' | crontab -",
    "sudo service nginx start",
    "/etc/init.d/nginx restart",
    "invoke-rc.d nginx start",
    "update-rc.d foo defaults",
    "nohup /opt/x/serve.sh &",
    "/opt/x/serve.py --port 80 &",
    "screen -dmS web /opt/x/serve",
    "tmux new-session -d -s web /opt/x/serve",
    "supervisorctl start web",
    "docker run -d --restart unless-stopped --name web nginx",
    "podman create --restart=always docker.io/nginx",
    "sudo docker update --restart always web",
    "docker service create --name web nginx",
    "pm2 start app.js",
    "start-stop-daemon --start --exec /opt/x",
    "at now + 5 minutes -f /opt/x",
)
ALLOWED = (
    "echo 'service nginx start'",
    "crontab -l -u root",
    "crontab -r",
    "service nginx status",
    "sleep 5 & wait",
    "/opt/a & /opt/b & wait",
    "nohup sh -c 'sleep 2 && shutdown -r now' &",
    "docker run --rm -it nginx true",
    "docker run --restart=no nginx",
    "docker ps --filter restart=always",
    "supervisorctl status",
    "systemctl start web.service",
    "grep -q at /etc/hosts && cat /etc/cron.d/x",
    "tmux ls",
)
BAD = (
    *commands(RULE, REFUSED),
    task("cron", "ansible.builtin.cron:\n  name: x\n  job: /opt/x\n", (2, RULE)),
    task("cron short, free form", "cron: name=x special_time=reboot job=/opt/x\n", (2, RULE)),
    task("action", "action: cron name=x job=/opt/x\n", (2, RULE)),
    task("state of a template", "cron:\n  name: x\n  state: '{{ s }}'\n  job: /opt/x\n", (5, UNDECIDED)),
    task("at", "ansible.posix.at:\n  command: /opt/x\n  count: 1\n  units: days\n", (2, RULE)),
    task("supervisor", "supervisorctl:\n  name: web\n  state: started\n", (2, RULE)),
    task("sysvinit", "ansible.builtin.sysvinit:\n  name: web\n  state: started\n", (2, RULE)),
    task("use", "ansible.builtin.service:\n  name: web\n  use: openrc\n  state: started\n", (5, RULE)),
    task("cron file", "copy:\n  dest: /etc/cron.d/x\n  content: |\n    0 4 * * * root /opt/x\n", (4, RULE)),
    task("script of cron", "template:\n  src: x.j2\n  dest: /etc/cron.daily/x\n", (5, RULE)),
    task("init script", "ansible.builtin.template:\n  src: x.j2\n  dest: /etc/init.d/{{ name }}\n", (5, RULE)),
    task("rc.local", "lineinfile:\n  path: /etc/rc.local\n  line: /opt/x\n", (4, RULE)),
    task("supervisor file", "copy:\n  src: web.conf\n  dest: /etc/supervisor/conf.d/\n", (5, RULE)),
    task("redirect", "shell: echo '@reboot root /opt/x' > /etc/cron.d/x\n", (3, RULE)),
    task("tee", "shell: echo '@reboot root /opt/x' | sudo tee -a /etc/crontab\n", (3, RULE)),
    task("restart policy", "docker_container:\n  name: x\n  image: y\n  restart_policy: always\n", (6, RULE)),
    task(
        "restart policy of a template",
        "containers.podman.podman_container:\n  name: x\n  image: y\n  restart_policy: '{{ policy }}'\n",
        (6, UNDECIDED),
    ),
    task("compose", "community.docker.docker_compose_v2:\n  project_src: /opt/x\n", (4, UNDECIDED)),
    task("swarm", "community.docker.docker_swarm_service:\n  name: x\n  image: y\n", (2, RULE)),
    task("loop", "copy:\n  src: '{{ item }}'\n  dest: '/etc/{{ item }}/x'\nloop: [cron.d, cron.d]\n", (5, RULE)),
    task("raw", "raw: service web start\n", (3, RULE)),
    task("argv", "command:\n  argv: [sudo, service, web, start]\n", (4, RULE)),
    Case(
        "handler in a block of a play",
        """---
- name: P
  hosts: nodes
  handlers:
    - name: B
      block:
        - name: X
          ansible.builtin.command: service web restart
""",
        ((8, RULE),),
        PLAYBOOK,
    ),
)
GOOD = (
    *allowed(ALLOWED),
    task("cron taken out", "cron:\n  name: x\n  state: absent\n"),
    task("variable of cron", "cron:\n  name: PATH\n  env: true\n  job: /bin\n"),
    task("cron file taken out", "file:\n  path: /etc/cron.d/x\n  state: absent\n"),
    task("mode", "file:\n  path: /etc/crontab\n  mode: '0600'\n"),
    task("module", "ansible.builtin.service:\n  name: web\n  state: started\n"),
    task("no policy", "docker_container:\n  name: x\n  image: y\n  restart_policy: 'no'\n"),
    task("restarts on failure only, which is 6.2", "docker_container:\n  name: x\n  restart_policy: on-failure\n"),
    task("on the controller", "shell: nohup /opt/x &\ndelegate_to: localhost\n"),
    task("local action", "local_action: cron name=x job=y\n"),
    task("elsewhere", "copy:\n  src: x\n  dest: /opt/etc/cron.d/x\n"),
    Case(
        "play on the controller",
        "---\n- name: P\n  hosts: localhost\n  tasks:\n    - cron: name=x job=y\n",
        (),
        PLAYBOOK,
    ),
)


@pytest.fixture(scope="module")
def found() -> Findings:
    return findings((*BAD, *GOOD), RULE)


@pytest.mark.parametrize("case", [*BAD, *GOOD], ids=lambda case: case.name)
def test_finds_what_it_has_to(case: Case, found: Findings) -> None:
    assert found[case.name] == list(case.expected)
