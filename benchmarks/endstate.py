# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a provisioned node must be, asked by none of the tools that are compared: Debian's own commands, as root.

A contender that does less than the others would be quick. After each run the node is asked the same questions; a run
after which one of them has another answer is void.
"""

from __future__ import annotations

import typing as t

Answers = dict[str, str]

# Where the end state has files of its own. What they hold is what provision.yml wrote there.
PATHS: t.Final = {
    "apt": "/etc/apt/apt.conf.d/zz-ai-systems-runbook",
    "sshd": "/etc/ssh/sshd_config.d/00-ai-systems-runbook.conf",
    "journald": "/etc/systemd/journald.conf.d/99-ai-systems-runbook.conf",
    "sudoers": "/etc/sudoers.d/zz-runbook-operator",
    "authorized": "/home/ops/.ssh/authorized_keys",
}
OPERATOR: t.Final = "ops"
BOOTSTRAP: t.Final = "debian"
CHECKOUT: t.Final = "/home/ops/ai-systems"
VENV: t.Final = f"{CHECKOUT}/greeter/.venv"
ACCOUNT: t.Final = "greeter"
PACKAGES: t.Final = ("git", "vim", "curl", "python3-venv")
TIMERS: t.Final = ("apt-daily.timer", "apt-daily-upgrade.timer")
UNITS: t.Final = ("greeter/greeter.service", "greeter/greeter-report.timer", "greeter/greeter-report.service")
RUNNING: t.Final = ("greeter.service", "greeter-report.timer")
MARKER: t.Final = "/var/lib/ai-systems-runbook/system-update.json"
# Of the sample's greeter/requirements.txt.
LOCKED: t.Final = {"waitress": "3.0.2"}

_GONE: t.Final = (f"/home/{BOOTSTRAP}/.ssh/authorized_keys", "/etc/sudoers.d/90-bootstrap")
_FOLDERS: t.Final = (f"/home/{OPERATOR}", f"/home/{OPERATOR}/.ssh", "/var/log/journal")
_SSHD: t.Final = "permitrootlogin|passwordauthentication|kbdinteractiveauthentication|allowusers|x11forwarding"


def questions() -> str:
    """Return the shell script whose lines on standard output are ``question<TAB>answer``."""
    units = [path.rpartition("/")[2] for path in UNITS]
    git = f"runuser -u {OPERATOR} -- git -C {CHECKOUT}"
    say = [
        ("hostname", "hostnamectl --static"),
        ("hosts", "grep -cE '^127\\.0\\.1\\.1[[:space:]]'\"$(hostname)\"'$' /etc/hosts"),
        *((f"content {name}", f"cksum < {path}") for name, path in PATHS.items()),
        *((f"mode {path}", f"stat -c '%a %U:%G' {path}") for path in (*PATHS.values(), *_FOLDERS)),
        *((f"gone {path}", f"ls {path} 2>/dev/null") for path in _GONE),
        *((f"package {name}", f"dpkg-query -W -f '${{db:Status-Status}}' {name}") for name in PACKAGES),
        *(
            (
                f"account {name}",
                f"getent passwd {name} | cut -d: -f1,6,7; passwd -S {name} | cut -d' ' -f2; id -Gn {name}",
            )
            for name in (OPERATOR, BOOTSTRAP, ACCOUNT)
        ),
        ("sudo", f"sudo -l -U {OPERATOR} | tail -n 1; visudo -cq && echo sound"),
        ("sshd", f"sshd -T | grep -E '^({_SSHD}) ' | sort"),
        ("apt", "apt-config dump | grep -E '^APT::Periodic::(Enable|Unattended-Upgrade|Update-Package-Lists) '"),
        ("updated", f"test -s {MARKER} -o -e {MARKER} && echo once"),
        ("commit", f"{git} rev-parse HEAD"),
        ("changes", f"{git} status --porcelain"),
        ("locked packages", f"cd {VENV}/lib/python3*/site-packages && ls -d *.dist-info | grep -v '^pip-'"),
        *((f"link {name}", f"readlink /etc/systemd/system/{name}") for name in units),
        *((f"unit {name}", f"systemctl is-enabled {name}; systemctl is-active {name}") for name in (*RUNNING, *TIMERS)),
        ("failed units", "systemctl list-units --failed --plain --no-legend"),
    ]
    return "\n".join(
        f"printf '%s\\t%s\\n' '{question}' \"$({{ {command}; }} 2>&1 | tr '\\n\\t' '  ')\"" for question, command in say
    )


def parse(said: str) -> Answers:
    """Return the answers by question."""
    found = {}
    for line in said.splitlines():
        question, tab, answer = line.partition("\t")
        if tab:
            found[question] = answer.strip()
    return found


def expected(node: str, commit: str) -> Answers:
    """Return the answers that do not depend on what provision.yml wrote: the end state in the runbook's own words."""
    return {
        "hostname": node,
        "hosts": "1",
        **{f"package {name}": "installed" for name in PACKAGES},
        **{f"gone {path}": "" for path in _GONE},
        f"mode {PATHS['authorized']}": f"600 {OPERATOR}:{OPERATOR}",
        f"mode {PATHS['sudoers']}": "440 root:root",
        f"mode /home/{OPERATOR}": f"711 {OPERATOR}:{OPERATOR}",
        f"account {OPERATOR}": f"{OPERATOR}:/home/{OPERATOR}:/bin/bash L {OPERATOR}",
        f"account {ACCOUNT}": f"{ACCOUNT}:/nonexistent:/usr/sbin/nologin L {ACCOUNT}",
        "sudo": "(ALL : ALL) NOPASSWD: ALL sound",
        "updated": "once",
        "commit": commit,
        "changes": "",
        "locked packages": " ".join(f"{name}-{version}.dist-info" for name, version in LOCKED.items()),
        **{f"link {path.rpartition('/')[2]}": f"{CHECKOUT}/{path}" for path in UNITS},
        **{f"unit {name}": "enabled active" for name in RUNNING},
        **{f"unit {name}": "disabled inactive" for name in TIMERS},
        "failed units": "",
    }


def complaints(now: Answers, wanted: Answers) -> list[str]:
    """Return which answers are not the wanted ones, each as a sentence."""
    return [
        f"{question}: {now.get(question, 'no answer')!r} where it has to be {answer!r}"
        for question, answer in wanted.items()
        if now.get(question) != answer
    ]


__all__ = (
    "ACCOUNT",
    "BOOTSTRAP",
    "CHECKOUT",
    "LOCKED",
    "MARKER",
    "OPERATOR",
    "PACKAGES",
    "PATHS",
    "RUNNING",
    "TIMERS",
    "UNITS",
    "VENV",
    "Answers",
    "complaints",
    "expected",
    "parse",
    "questions",
)
