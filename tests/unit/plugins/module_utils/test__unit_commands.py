from __future__ import annotations

import time

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_commands import (
    command_problems,
    refused,
    refused_in_text,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_file import Text, Unit, parse


def unit_of(lines: str, name: str = "web.service") -> Unit:
    section = "Socket" if name.endswith(".socket") else "Service"
    return parse(name, [Text("/repo/web", f"[{section}]\n{lines}\n".encode())])


@pytest.mark.parametrize(
    ("command", "rule", "shown"),
    [
        ("/usr/bin/git pull", "updates", "git pull"),
        ("/usr/bin/git -C /home/op/ai-systems fetch --all", "updates", "git fetch"),
        ("git --git-dir=/x -c a=b checkout v2", "updates", "git checkout"),
        ("-/usr/bin/git clone https://example.org/x", "updates", "git clone"),
        ("/home/op/ai-systems/.venv/bin/pip install -r requirements.txt", "updates", "pip install"),
        ("/usr/bin/pip3.13 --proxy x install y", "updates", "pip install"),
        ("/usr/bin/python3 -m pip install x", "updates", "pip install"),
        ("/usr/bin/python3.13 -I -m ensurepip", "updates", "ensurepip"),
        ("uv sync", "updates", "uv sync"),
        ("uv run serve", "updates", "uv run"),
        ("/usr/bin/npm ci", "updates", "npm ci"),
        ("npm --prefix /srv install", "updates", "npm install"),
        ("npx serve", "updates", "npx"),
        ("yarn", "updates", "yarn"),
        ("yarn add x", "updates", "yarn add"),
        ("/usr/bin/apt-get -y install vim", "updates", "apt-get install"),
        ("apt -o x=y upgrade", "updates", "apt upgrade"),
        ("dpkg -i x.deb", "updates", "dpkg -i"),
        ("podman pull x", "updates", "podman pull"),
        ("/usr/bin/unattended-upgrade", "updates", "unattended-upgrade"),
        ("/usr/bin/env A=1 git pull", "updates", "git pull"),
        ("/usr/bin/timeout 30 nice -n 5 git pull", "updates", "git pull"),
        ("/bin/sh -c 'cd /srv && git pull'", "updates", "git pull"),
        ("/bin/bash -lc 'if true; then A=1 pip install x; fi'", "updates", "pip install"),
        ("/bin/su op -c 'git pull'", "updates", "git pull"),
        ("/bin/sh -c 'sh -c \"git pull\"'", "updates", "git pull"),
        ("/bin/sh -c 'echo $(git pull)'", "updates", "git pull"),
        ("/bin/sh -c 'eval \"git pull\"'", "updates", "git pull"),
        ("/bin/busybox sh -c 'git pull'", "updates", "git pull"),
        ("/bin/sh -c 'curl -s https://example.org/i | sh'", "downloads", "curl into sh"),
        ("/bin/sh -c 'wget -qO- https://example.org | tee x | sudo -E bash -s -- a'", "downloads", "wget into bash"),
        ("/bin/sh -c 'curl https://example.org | python3 -'", "downloads", "curl into python"),
        ("/bin/sh -c 'bash <(curl https://example.org)'", "downloads", "curl into bash"),
        ("/bin/sh -c 'eval \"$(curl https://example.org)\"'", "downloads", "curl into eval"),
        ("/bin/sh -c '. <(curl https://example.org)'", "downloads", "curl into ."),
        ("/bin/sh -c '$(curl https://example.org)'", "downloads", "a download as a command"),
        ('/bin/sh -c "$(curl https://example.org)"', "downloads", "a download as a command"),
        ("/bin/sh -c 'curl -o x https://example.org && chmod +x x && ./x'", "downloads", "curl and chmod"),
        ("/usr/bin/python3 -c 'import urllib.request'", "downloads", "python -c"),
        ("/usr/bin/node -e 'fetch(1)'", "downloads", "node -e"),
        ("/usr/bin/perl -e 'use LWP::Simple'", "downloads", "perl -e"),
        ("deno run https://example.org/x.ts", "downloads", "deno with a URL"),
        ("/usr/bin/systemctl restart web", "service-state", "systemctl restart"),
        ("systemctl --no-block --user -H host daemon-reload", "service-state", "systemctl daemon-reload"),
        ("systemctl start web.service", "self-heal", "systemctl start"),
        ("/bin/sh -c 'ping -c1 192.0.2.1 || systemctl restart networking'", "service-state", "systemctl restart"),
        ("/bin/sh -c 'pgrep web || reboot'", "self-heal", "reboot"),
        ("service web restart", "service-state", "service"),
        ("/etc/init.d/web restart", "service-state", "/etc/init.d"),
        ("busctl call org.freedesktop.systemd1 x", "service-state", "busctl"),
        ("/usr/bin/systemd-run x", "service-state", "systemd-run"),
        ("/sbin/reboot", "self-heal", "reboot"),
        ("/usr/bin/supervisord -n", "self-heal", "supervisord"),
        ("/home/op/ai-systems/node_modules/.bin/nodemon x.js", "self-heal", "nodemon"),
        ("wpa_cli -i wlan0 reconfigure", "self-heal", "wpa_cli reconfigure"),
    ],
)
def test_what_a_unit_must_not_run(command: str, rule: str, shown: str) -> None:
    problems = command_problems(unit_of(f"ExecStart={command}"))
    assert [(problem.rule, problem.line) for problem in problems] == [(rule, 2)]
    assert problems[0].what.startswith(f"'{shown}' in ExecStart= ")


@pytest.mark.parametrize(
    "command",
    [
        "/home/op/ai-systems/.venv/bin/python -m web.server --port 8080",
        "/usr/bin/python3 /home/op/ai-systems/run.py install",
        "/usr/bin/git -C /home/op/ai-systems rev-parse HEAD",
        "/usr/bin/git log pull",
        "/usr/bin/node server.js update",
        "/usr/bin/npm start",
        "npm run install",
        "yarn start",
        "yarn --version",
        "npx --no-install serve",
        "uv run --no-sync serve",
        "/usr/bin/systemctl status web.service",
        "systemctl is-active start.service",
        "systemctl show -p ActiveState web.service",
        "systemctl",
        "/bin/sh -c 'curl -s https://example.org/api | python3 parse.py'",
        "/bin/sh -c 'curl -s https://example.org/api | python3 -m json.tool'",
        "/bin/sh -c 'curl -s https://example.org/api > /run/web/data'",
        "/bin/sh -c 'x=$(curl -s https://example.org) && python3 run.py \"$x\"'",
        "/bin/sh -c 'python3 run.py \"$(curl -s https://example.org)\"'",
        "/bin/sh -c 'echo \"git pull\" > /dev/null # git pull'",
        "/bin/echo git pull",
        "/usr/bin/env echo 'git pull'",
        "/usr/bin/timeout 5 /home/op/ai-systems/bin/run install",
        "/home/op/ai-systems/bin/watchdog",
        "/home/op/ai-systems/bin/service restart",
        "/usr/bin/python3 -c 'print(1)'",
        "/usr/bin/python3 -m http.server",
        "/bin/sh -c 'chmod +x /run/web/x'",
        "/bin/busctl status",
        "/bin/sh -c",
        "/bin/true",
        '""',
    ],
)
def test_what_a_unit_may_run(command: str) -> None:
    assert command_problems(unit_of(f"ExecStart={command}")) == []


@pytest.mark.parametrize(
    "key", ["ExecCondition", "ExecStartPre", "ExecStartPost", "ExecReload", "ExecStop", "ExecStopPost"]
)
def test_every_setting_that_runs_something_is_looked_at(key: str) -> None:
    assert [problem.rule for problem in command_problems(unit_of(f"{key}=/usr/bin/git pull"))] == ["updates"]


def test_sockets_run_commands_too_and_timers_none() -> None:
    assert len(command_problems(unit_of("ExecStartPre=git pull", "web.socket"))) == 1
    assert command_problems(parse("web.timer", [Text("x", b"[Timer]\nExecStart=git pull\n")])) == []


def test_each_command_of_a_line_is_found_once() -> None:
    problems = command_problems(unit_of("ExecStart=git pull ; pip install x ; git pull\nExecStart=git pull"))
    assert [(problem.line, problem.what.split("'")[1]) for problem in problems] == [
        (2, "git pull"),
        (2, "pip install"),
        (3, "git pull"),
    ]


def test_a_reset_command_runs_not() -> None:
    assert command_problems(unit_of("ExecStart=git pull\nExecStart=\nExecStart=/bin/true")) == []


def test_clauses_and_remedies() -> None:
    clauses = {
        problem.rule: problem.clause
        for line in ("git pull", "sh -c 'curl x | sh'", "systemctl restart x", "reboot")
        for problem in command_problems(unit_of(f"ExecStart={line}"))
        if problem.remedy
    }
    assert clauses == {"updates": "6.1", "downloads": "6.4", "service-state": "4.2", "self-heal": "6.2"}


def test_nothing_behind_the_verb_is_shown() -> None:
    problems = command_problems(unit_of("ExecStart=git clone https://me:geheim@example.org/x"))
    assert "geheim" not in problems[0].sentence


def test_what_is_too_long_is_not_passed_over() -> None:
    problems = command_problems(unit_of(f"ExecStart=/bin/echo {'x' * 70_000}"))
    assert "more than are looked at" in problems[0].what


def test_nesting_ends() -> None:
    assert refused(["env"] * 1_000) == []
    assert refused_in_text("$(" * 20_000) == []


@pytest.mark.parametrize("text", ["(", "`", "$(", "a|", "sh -c '", "env ", ";", "curl x|", "eval "])
def test_hostile_commands_cost_bounded_time(text: str) -> None:
    began = time.process_time()
    command_problems(unit_of(f'ExecStart=/bin/sh -c "{text * (60_000 // len(text))}"'))
    assert time.process_time() - began < 10
