"""What somebody does to a node against runbook 4 and 6.2, and what the audit is to find of it."""

from __future__ import annotations

import base64
import typing as t

from lab import inventory

CHECKOUT = f"/home/{inventory.OPERATOR}/ai-systems"
SYSTEM = "/etc/systemd/system"
WANTS = f"{SYSTEM}/multi-user.target.wants"
READ_ANEW = "systemctl daemon-reload"


class Case(t.NamedTuple):
    """Something that somebody does to a node, and what is to be found: clause and subject.

    :param alone: whether others that are done at the same time would be in its way.
    """

    name: str
    commands: tuple[str, ...]
    found: tuple[tuple[str, str], ...]
    alone: bool = False


def unit(name: str, service: str = "", *, section: str = "", run: str = "/usr/bin/sleep infinity") -> str:
    """Return the command that puts a unit of somebody's own in place, which no other rule has anything to say of."""
    text = (
        f"[Unit]\\nDescription={name}\\n{section}\\n[Service]\\nType=exec\\nUser=daemon\\nExecStart={run}\\n{service}\\n"
        "[Install]\\nWantedBy=multi-user.target\\n"
    )
    return f"printf '{text}' > {SYSTEM}/{name}"


def put(path: str, text: str, mode: str = "644") -> str:
    """Return the command that writes a file."""
    packed = base64.b64encode(text.encode()).decode()
    return f"mkdir -p $(dirname {path}) && echo {packed} | base64 -d > {path} && chmod {mode} {path}"


def own(name: str, *rules: str) -> tuple[tuple[str, str], ...]:
    """Return what is found of a unit of somebody's own: where it comes from, and what its text says."""
    return (("4.3", name), *((rule.partition(" ")[0], f"{name} {rule.partition(' ')[2]}") for rule in rules))


def drop_in(path: str, *rules: str) -> tuple[tuple[str, str], ...]:
    return (("4.3", path), *((rule.partition(" ")[0], f"{path} {rule.partition(' ')[2]}") for rule in rules))


CASES = (
    # 4.1: services beside systemd, and services that are not as declared.
    Case(
        "a table of cron",
        (put("/etc/cron.d/agent", "*/5 * * * * root /usr/local/lib/agent --fast\n"),),
        (("4.1", "/etc/cron.d/agent"),),
    ),
    Case(
        "a crontab of the operator",
        (put("/var/spool/cron/crontabs/ops", "@reboot /home/ops/run.sh\n", "600"),),
        (("4.1", "/var/spool/cron/crontabs/ops"),),
    ),
    Case(
        "a line more in Debian's crontab",
        ("echo '7 * * * * root /usr/local/lib/agent' >> /etc/crontab",),
        (("4.1", "/etc/crontab"),),
    ),
    Case(
        "a daily script",
        (put("/etc/cron.daily/sync-photos", "#!/bin/sh\ntrue\n", "755"),),
        (("4.1", "/etc/cron.daily/sync-photos"),),
    ),
    Case(
        "a job of at",
        (
            put(
                "/var/spool/cron/atjobs/a00001019d1b2c",
                "#!/bin/sh\n# atrun uid=0\numask 22\nHOME=/root; export HOME\n"
                "cd /root || {\n echo 'x' >&2\n exit 1\n}\n/usr/local/lib/agent\n",
                "700",
            ),
        ),
        (("4.1", "/var/spool/cron/atjobs/a00001019d1b2c"),),
    ),
    Case(
        "rc.local",
        (put("/etc/rc.local", "#!/bin/sh\n/usr/local/lib/agent &\nexit 0\n", "755"),),
        (("4.1", "/etc/rc.local"),),
    ),
    Case(
        "an old start script",
        (
            put(
                "/etc/init.d/olddaemon",
                "#!/bin/sh\n### BEGIN INIT INFO\n# Provides: olddaemon\n# Default-Start: 2 3 4 5\n# Default-Stop:\n"
                "### END INIT INFO\nexit 0\n",
                "755",
            ),
            "ln -s ../init.d/olddaemon /etc/rc3.d/S01olddaemon",
            READ_ANEW,
            "systemctl start olddaemon.service",
        ),
        (("4.1", "/etc/init.d/olddaemon"),),
    ),
    Case(
        "a rule of udev",
        (put("/etc/udev/rules.d/99-agent.rules", 'ACTION=="add", SUBSYSTEM=="usb", RUN+="/usr/local/lib/agent"\n'),),
        (("4.1", "/etc/udev/rules.d/99-agent.rules"),),
    ),
    Case(
        "a program that every login starts",
        (put("/etc/profile.d/agent.sh", "export A=b\nnohup /usr/local/lib/agent >/dev/null 2>&1 &\n"),),
        (("4.1", "/etc/profile.d/agent.sh"),),
    ),
    Case(
        "a program that the operator's shell starts",
        ("echo '(/home/ops/agent &)' >> /home/ops/.bashrc",),
        (("4.1", "/home/ops/.bashrc"),),
    ),
    Case(
        "a hook of apt",
        (put("/etc/apt/apt.conf.d/99agent", 'DPkg::Post-Invoke {"/usr/local/lib/agent --refresh";};\n'),),
        (("4.1", "/etc/apt/apt.conf.d/99agent"),),
    ),
    Case(
        "a program for supervisord",
        (put("/etc/supervisor/conf.d/web.conf", "[program:web]\ncommand=/usr/local/lib/web\nautorestart=true\n"),),
        (("4.1", "/etc/supervisor/conf.d/web.conf"),),
    ),
    Case(
        "a program for pm2",
        (put("/home/ops/.pm2/dump.pm2", '[{"name": "web", "pm_exec_path": "/home/ops/web.js"}]'),),
        (("4.1", "/home/ops/.pm2/dump.pm2"),),
    ),
    Case(
        "a declared service that is down",
        ("systemctl stop greeter.service",),
        (("4.1", "greeter.service not started"),),
        alone=True,
    ),
    Case(
        "a declared service that no boot starts",
        (f"rm {WANTS}/greeter.service", READ_ANEW),
        (("4.1", "greeter.service not enabled"),),
        alone=True,
    ),
    # 4.2: other verbs than the five.
    Case("a masked unit", ("systemctl mask --quiet fstrim.timer",), (("4.2", "fstrim.timer"),)),
    Case(
        "a property that was set",
        ("systemctl set-property cron.service CPUWeight=50",),
        (("4.2", "/etc/systemd/system.control/cron.service.d/50-CPUWeight.conf"),),
    ),
    Case(
        "a restart by cron",
        (put("/etc/cron.d/restart", "0 4 * * * root systemctl restart ssh\n"),),
        (
            ("4.1", "/etc/cron.d/restart"),
            ("4.2", "/etc/cron.d/restart systemctl restart"),
            ("6.2", "/etc/cron.d/restart systemctl restart"),
        ),
    ),
    Case(
        "a script that restarts by another way",
        (put("/etc/cron.hourly/kick", "#!/bin/sh\nservice ssh restart\n", "755"),),
        (
            ("4.1", "/etc/cron.hourly/kick"),
            ("4.2", "/etc/cron.hourly/kick service"),
            ("6.2", "/etc/cron.hourly/kick service"),
        ),
    ),
    Case(
        "a unit that has systemd read its units",
        (unit("reader.service", "ExecStartPost=/usr/bin/systemctl daemon-reload"), READ_ANEW),
        own("reader.service", "4.2 service-state"),
    ),
    # 4.3: unit files that are not linked from the repository.
    Case(
        "a unit of somebody's own that runs",
        (unit("own.service"), READ_ANEW, "systemctl enable --quiet --now own.service"),
        own("own.service"),
    ),
    Case(
        "a link to a unit elsewhere",
        (
            unit("away.service"),
            f"mkdir -p /opt/away && mv {SYSTEM}/away.service /opt/away/",
            "systemctl enable --quiet --now /opt/away/away.service",
        ),
        own("away.service"),
    ),
    Case(
        "a link to a unit that is gone",
        (f"ln -s {CHECKOUT}/gone/gone.service {SYSTEM}/gone.service", READ_ANEW),
        own("gone.service"),
    ),
    Case(
        "a way of enabling that leads nowhere",
        (f"ln -s /srv/old/old.service {WANTS}/old.service", READ_ANEW),
        (("4.3", f"{WANTS}/old.service"),),
    ),
    Case(
        "a file in place of such a link",
        (put(f"{WANTS}/odd.service", "[Service]\nExecStart=/bin/true\n"), READ_ANEW),
        (("4.3", f"{WANTS}/odd.service"),),
    ),
    Case(
        "a drop-in over Debian's unit",
        (put(f"{SYSTEM}/cron.service.d/nice.conf", "[Service]\nNice=5\n"), READ_ANEW),
        drop_in(f"{SYSTEM}/cron.service.d/nice.conf"),
    ),
    Case(
        "a unit among Debian's",
        (unit("sneaky.service"), f"mv {SYSTEM}/sneaky.service /usr/lib/systemd/system/", READ_ANEW),
        own("sneaky.service"),
    ),
    Case(
        "a unit that was made at run time",
        ("systemd-run --quiet --uid=daemon --unit=stray.service sleep 1000",),
        own("stray.service"),
    ),
    Case(
        "a unit of the operator's manager",
        (
            "install -d -o ops -g ops /home/ops/.config/systemd/user",
            put("/home/ops/.config/systemd/user/agent.service", "[Service]\nExecStart=/bin/sleep 9\nRestart=always\n"),
        ),
        (("4.3", "ops: agent.service"), ("6.2", "ops: agent.service restart")),
    ),
    Case(
        "a unit of everybody's manager",
        (put("/etc/systemd/user/agent.service", "[Service]\nExecStart=/bin/sleep 9\n"),),
        (("4.3", "every account: agent.service"),),
    ),
    Case(
        "a unit that ours hides",
        (
            put("/usr/local/lib/systemd/system/greeter.service", "[Service]\nUser=daemon\nExecStart=/bin/sleep 9\n"),
            READ_ANEW,
        ),
        (("4.3", "greeter.service in /usr/local/lib/systemd/system"),),
        alone=True,
    ),
    Case(
        "a unit that somebody edited in the checkout",
        (f"echo '# later' >> {CHECKOUT}/greeter/greeter.service",),
        (("4.3", "greeter.service greeter/greeter.service"), ("4.3", "greeter.service unread")),
        alone=True,
    ),
    Case(
        "a folder that anybody can write",
        (f"chmod o+w {CHECKOUT}/greeter",),
        tuple(
            ("4.3", f"{name} path") for name in ("greeter.service", "greeter-report.service", "greeter-report.timer")
        ),
        alone=True,
    ),
    Case(
        "a declared unit that somebody disabled",
        ("systemctl --quiet disable --now greeter-report.timer",),
        (("4.3", "greeter-report.timer not linked"),),
        alone=True,
    ),
    # 4.4: words that the journal does not get, and a journal that does not last.
    Case(
        "a unit that logs to a file",
        (unit("filed.service", "StandardOutput=append:/var/log/filed.log\\nStandardError=null"), READ_ANEW),
        own("filed.service", "4.4 journal"),
    ),
    Case(
        "a journal that a reboot takes",
        (
            put("/etc/systemd/journald.conf.d/zz.conf", "[Journal]\nStorage=volatile\n"),
            "systemctl restart systemd-journald",
        ),
        (("4.4", "journald Storage"), ("4.4", "journald writes")),
        alone=True,
    ),
    Case(
        "a journal without what services say",
        (put("/etc/systemd/journald.conf.d/zz.conf", "[Journal]\nMaxLevelStore=warning\n"),),
        (("4.4", "journald MaxLevelStore"),),
        alone=True,
    ),
    Case(
        "a drop-in that silences Debian's unit",
        (put(f"{SYSTEM}/cron.service.d/quiet.conf", "[Service]\nStandardOutput=null\n"), READ_ANEW),
        drop_in(f"{SYSTEM}/cron.service.d/quiet.conf", "4.4 journal"),
    ),
    Case(
        "a journal of its own",
        (put("/etc/systemd/journald@web.conf", "[Journal]\nStorage=persistent\n"),),
        (("4.4", "/etc/systemd/journald@web.conf"),),
    ),
    # 6.2: what heals.
    Case(
        "a unit that restarts",
        (unit("again.service", "Restart=always"), READ_ANEW),
        own("again.service", "6.2 restart"),
    ),
    Case(
        "a unit that is watched and reboots",
        (
            unit("watched.service", "WatchdogSec=30", section="OnFailure=rescue.target\\nFailureAction=reboot"),
            READ_ANEW,
        ),
        own("watched.service", "6.2 watchdog", "6.2 action", "6.2 on-failure"),
    ),
    Case(
        "a drop-in that has Debian's unit restart",
        (put(f"{SYSTEM}/e2scrub_all.service.d/again.conf", "[Service]\nRestart=on-failure\n"), READ_ANEW),
        drop_in(f"{SYSTEM}/e2scrub_all.service.d/again.conf", "6.2 restart"),
    ),
    Case(
        "a drop-in that has every service restart",
        (put("/run/systemd/system/service.d/again.conf", "[Service]\nRestart=on-failure\n"), READ_ANEW),
        drop_in("/run/systemd/system/service.d/again.conf", "6.2 restart"),
        alone=True,
    ),
    Case(
        "an edit that has a service of ours restart",
        (f"sed -i s/^Restart=no/Restart=always/ {CHECKOUT}/greeter/greeter.service", READ_ANEW),
        (("4.3", "greeter.service greeter/greeter.service"), ("6.2", "greeter.service restart")),
        alone=True,
    ),
    Case(
        "a link that keeps a unit up",
        (
            f"mkdir {SYSTEM}/multi-user.target.upholds",
            f"ln -s /usr/lib/systemd/system/cron.service {SYSTEM}/multi-user.target.upholds/",
            READ_ANEW,
        ),
        (("6.2", f"{SYSTEM}/multi-user.target.upholds/cron.service"),),
    ),
    Case(
        "a watchdog of systemd's manager",
        (put("/etc/systemd/system.conf.d/zz-watchdog.conf", "[Manager]\nRuntimeWatchdogSec=30\n"), READ_ANEW),
        (("6.2", "systemd RuntimeWatchdogSec"),),
    ),
    Case(
        "a kernel that reboots after a panic",
        (put("/etc/sysctl.d/zzz-panic.conf", "kernel.panic = 10\n"),),
        (("6.2", "kernel.panic"),),
    ),
    Case(
        "a watchdog of the firmware",
        (put("/boot/firmware/config.txt", "arm_64bit=1\nkernel_watchdog_timeout=60\n"),),
        (("6.2", "/boot/firmware/config.txt kernel_watchdog_timeout"),),
    ),
    Case(
        "a command line that reboots",
        (put("/boot/firmware/cmdline.txt", "console=tty1 systemd.crash_reboot=1 rw fsck.repair=yes\n"),),
        (("6.2", "/boot/firmware/cmdline.txt systemd.crash_reboot"),),
    ),
    Case(
        "a script that looks after a program",
        (put("/etc/cron.d/heal", "* * * * * root pgrep -x web >/dev/null || /usr/local/lib/web\n"),),
        (("4.1", "/etc/cron.d/heal"), ("6.2", "/etc/cron.d/heal a look for a process, and what follows without it")),
    ),
    Case(
        "a service whose script looks after the network",
        (
            put("/usr/local/lib/net.sh", "#!/bin/sh\nping -c1 192.0.2.1 || ip link set eth0 up\n", "755"),
            unit("net.service", run="/usr/local/lib/net.sh"),
            READ_ANEW,
        ),
        own(
            "net.service",
            "6.2 script a probe, and what follows without an answer",
            "6.2 script a link or driver brought up again",
        ),
    ),
    Case(
        "a supervisor that somebody started",
        ("cp /usr/bin/sleep /usr/local/lib/monit", "setsid /usr/local/lib/monit 1000 >/dev/null 2>&1 &"),
        (("6.2", "process monit"),),
    ),
    Case(
        "a reboot by the network's hook",
        (put("/etc/network/if-down.d/again", "#!/bin/sh\nreboot\n", "755"),),
        (("4.1", "/etc/network/if-down.d/again"), ("6.2", "/etc/network/if-down.d/again reboot")),
    ),
)
