"""Runbook 4 on a real node: what may not be deployed is refused with its reason, and the node stays as it was."""

from __future__ import annotations

import contextlib
import json
import shlex
import typing as t

import pytest

from tests.git_rig import Upstream
from tests.nodes.conftest import LabNodes
from tests.nodes.harness import Run
from tests.nodes.service_site import CHECKOUT, SYSTEM, Entry, ServiceSite

SLEEP = "[Service]\nType=exec\nUser=daemon\nExecStart=/usr/bin/sleep infinity\n"
AT_BOOT = "[Install]\nWantedBy=multi-user.target\n"
GOOD = f"{SLEEP}{AT_BOOT}"
WEB: Entry = {"src": "web/web.service", "paths": ["web"]}
ASIDE = "/var/lib/ai-systems-runbook/moved-aside"

# Unit texts, and what is said of them; all of them before the node is asked.
REFUSED: dict[str, tuple[str, tuple[str, ...]]] = {
    "restart": (f"{SLEEP}Restart=always\n{AT_BOOT}", ("restart.service:5: Restart='always'", "runbook 6.2")),
    "watchdog": (f"{SLEEP}WatchdogSec=10\n{AT_BOOT}", ("watchdog.service:5: WatchdogSec='10'", "runbook 6.2")),
    "failure": (f"[Unit]\nOnFailure=web.service\n{GOOD}", ("failure.service:2: OnFailure='web.service'",)),
    "limit": (f"[Unit]\nStartLimitAction=reboot\n{GOOD}", ("limit.service:2: StartLimitAction='reboot'",)),
    "upholds": (f"[Unit]\nUpholds=web.service\n{GOOD}", ("upholds.service:2: Upholds='web.service'",)),
    "pull": (f"{SLEEP}ExecStartPre=/usr/bin/git pull\n{AT_BOOT}", ("pull.service:5:", "git pull", "runbook 6")),
    "pip": (f"{SLEEP}ExecStartPre=/usr/bin/pip install x\n{AT_BOOT}", ("pip.service:5:", "pip install")),
    "curl": (
        f"{SLEEP}ExecStartPre=/bin/sh -c 'curl -s https://x.example/ | sh'\n{AT_BOOT}",
        ("curl.service:5:", "runbook 6.4"),
    ),
    "root": (f"[Service]\nExecStart=/usr/bin/sleep 1\n{AT_BOOT}", ("it has no User= and so runs as root",)),
    "operator": (GOOD.replace("daemon", "ops"), ("User='ops' runs as the operator",)),
    "file": (f"{SLEEP}StandardOutput=file:/tmp/log\n{AT_BOOT}", ("StandardOutput='file:/tmp/log'", "runbook 4.4")),
    "secret": (f"{SLEEP}Environment=API_TOKEN=ab12cd34ef56\n{AT_BOOT}", ("secret.service:5:", "runbook 6.3")),
    "alias": (f"{GOOD}Alias=ssh.service\n", ("Alias='ssh.service' takes the place of it",)),
    "newline": (f"{SLEEP}Environment=A=a\\nb\nRestart=al\\\nways\n{AT_BOOT}", ("newline.service:6: Restart=",)),
    "account": (GOOD.replace("daemon", "%i"), ("account.service", "does not say as whom it runs")),
    # Never seen raw.
    "red": (f"[Unit]\nDescription=\x1b[31mred\n{GOOD}", (r"red.service:2: 'Description' holds the control", r"'\x1b'")),
    "loose": (f"{SLEEP}Rest\x00art=always\n{AT_BOOT}", ("loose.service:5",)),
}
# What only the node can say; the rest of the file is good.
HERE: dict[str, tuple[str, tuple[str, ...]]] = {
    "nobody-has": (GOOD.replace("daemon", "missing"), ("User='missing' has no account", "services_accounts")),
    "person": (GOOD.replace("daemon", "person"), ("User='person'", "is a person's account (uid ")),
    "e2scrub_reap": (GOOD, ("e2scrub_reap.service is a unit of that name, which it would hide", "choose another name")),
    "other-name": (
        f"{GOOD}Alias=e2scrub_all.service\n",
        ("Alias='e2scrub_all.service' would hide /usr/lib/systemd/system/e2scrub_all.service", "another alias"),
    ),
}
# What systemd itself says.
VERIFIED: dict[str, tuple[str, tuple[str, ...]]] = {
    "no-command": (
        GOOD.replace("/usr/bin/sleep", "/opt/none"),
        ("systemd-analyze verify:", "/opt/none is not executable"),
    ),
    "no-key": (f"[Unit]\nAfterr=web.service\n{GOOD}", ("no-key.service:2: Unknown key 'Afterr' in section [Unit]",)),
    "blank": (f"{SLEEP}Restart\N{NO-BREAK SPACE}=always\n{AT_BOOT}", ("blank.service:5: Unknown key 'Restart",)),
    "no-type": (GOOD.replace("exec", "execc", 1), ("no-type.service:2: Failed to parse Type=execc",)),
}
# A text of letters, signs and braces that is carried as it is.
BIG = f"# {'x' * 1024 * 1024}\n{GOOD}"
ODD = f"[Unit]\nDescription=gr\u00f6\u00df %% {{{{ 1 + 1 }}}} \u2603\n{GOOD}"
# What lies where a unit of ours is to be linked, and what is said of it.
IN_PLACE = {
    "real": (f"printf {shlex.quote(GOOD)} > {SYSTEM}/real.service", "is a file that somebody has put there"),
    "foreign": (
        f"printf {shlex.quote(GOOD)} > /root/foreign.service; systemctl enable /root/foreign.service",
        "is a link to /root/foreign.service, and not ours",
    ),
    "masked": (f"ln -s /dev/null {SYSTEM}/masked.service", "leads to /dev/null, so somebody has masked it"),
    "changed": (
        f"mkdir {SYSTEM}/changed.service.d; printf '[Service]\\nNice=5\\n' > {SYSTEM}/changed.service.d/50-mine.conf",
        "50-mine.conf changes changed.service and is not from the repository",
    ),
}


# What somebody does to a service's files on the node, in the service's folder, how it is undone, and what is said.
TAMPERED: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "edited": (
        "echo '# mine' >> edited.service",
        "runuser -u ops -- git checkout -q .",
        ("edited/edited.service differs from commit", "commit the change in the ai-systems repository and ship it"),
    ),
    "lacking": (
        "rm lacking.service",
        "runuser -u ops -- git checkout -q .",
        ("lacking/lacking.service", "restore it from the commit"),
    ),
    "led-away": (
        "mv ../led-away /tmp/led-away; ln -s /tmp/led-away ../led-away",
        f"cd {CHECKOUT}; rm led-away; mv /tmp/led-away led-away",
        (f"{CHECKOUT}/led-away is no folder but a link",),
    ),
    "open": (
        "chmod o+w .",
        "chmod o-w .",
        (f"{CHECKOUT}/open can be written by others (mode 0757); take that away (chmod go-w)",),
    ),
    "foreigner": (
        "chown daemon foreigner.service",
        "chown ops foreigner.service",
        ("foreigner/foreigner.service belongs to daemon; give it to root or ops (chown)",),
    ),
    "mounted": (
        "cp -a . /tmp/mounted; mount -t tmpfs tmpfs ../mounted; cp -a /tmp/mounted/. ../mounted",
        f"cd {CHECKOUT}; umount mounted; rm -r /tmp/mounted",
        ("mounted.service", "is not on the root file system", "keep the checkout on /"),
    ),
}


def entry(name: str, **more: t.Any) -> Entry:
    return {"src": f"{name}/{name}.service", "paths": [name], **more}


@pytest.fixture(scope="module")
def fresh(lab_node: LabNodes, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[ServiceSite]:
    """The node with good services that run, and all that is bad in the repository."""
    folder = tmp_path_factory.mktemp("controller")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        site = ServiceSite(lab_node("t-service-refusals"), Upstream(folder / "ai-systems"))
        site.make_ready()
        site.node.root("useradd person").ok()
        texts = {**REFUSED, **HERE, **VERIFIED}
        site.upstream.commit({f"{name}/{name}.service": text for name, (text, _said) in texts.items()})
        site.upstream.commit({"web/web.service": GOOD, "odd/odd.service": ODD, "big/big.service": BIG})
        site.upstream.commit({f"{name}/{name}.service": GOOD for name in TAMPERED})
        site.upstream.commit({f"{name}/{name}.service": f"[Unit]\nDescription=ours\n{GOOD}" for name in IN_PLACE})
        link_in(site.upstream)
        yield site


@pytest.fixture
def site(fresh: ServiceSite) -> t.Iterator[ServiceSite]:
    """The same, at the newest commit, whatever the test before has left."""
    fresh.declared = [WEB]
    if not fresh.links() or fresh.head != fresh.upstream.head:
        fresh.run(services_exclusive=True).ok()
    yield fresh
    fresh.is_tidy()


def link_in(upstream: Upstream) -> None:
    """Commit links in place of files."""
    links = upstream.path / "links"
    links.mkdir()
    (links / "out.service").symlink_to("/etc/passwd")
    upstream.commit({"links/in.service.d/10-x.conf": "", "links/in.service": GOOD})
    (links / "in.service.d/20-y.conf").symlink_to("/etc/passwd")
    upstream.commit({})


def services(site: ServiceSite, *entries: Entry, check: bool = False, **more: t.Any) -> Run:
    """Run the role alone, without the one that ships the repository."""
    return site.node.roles(["services"], check=check, variables=site.variables(services_list=list(entries), **more))


def everything(site: ServiceSite) -> str:
    """Return what a refused run must leave as it was."""
    files = site.node.root(
        f"find {SYSTEM} /run/systemd/system {ASIDE} -printf '%p %l %u %m %T@\\n' 2>/dev/null | sort;"
        f" stat -c '%n %u %a' {CHECKOUT} {CHECKOUT}/web; cat {CHECKOUT}/.git/HEAD {CHECKOUT}/.git/refs/heads/main;"
        " getent passwd"
    ).ok()
    return files + units(site)


def units(site: ServiceSite) -> str:
    """Return the state of all services but those of Debian's that come and go by themselves, which ssh.service is not.

    A timer starts some of them, D-Bus or a login others, whatever a run does.
    """
    properties = "Id,ActiveState,MainPID,InvocationID,FragmentPath"
    blocks = site.node.root(f"systemctl show --property={properties} '*.service'").ok().split("\n\n")
    return "\n\n".join(
        block
        for block in blocks
        if "\nFragmentPath=/usr/lib/" not in f"\n{block}" or "\nId=ssh.service\n" in f"\n{block}\n"
    )


@contextlib.contextmanager
def unchanged(site: ServiceSite) -> t.Iterator[None]:
    before = everything(site)
    yield
    assert everything(site) == before


def refused(site: ServiceSite, texts: t.Mapping[str, tuple[str, tuple[str, ...]]]) -> Run:
    entries = [WEB, *(entry(name) for name in texts)]
    with unchanged(site):
        runs = [services(site, *entries, check=check) for check in (True, False)]
        for run in runs:
            run.failed(*(sentence for _text, said in texts.values() for sentence in said))
    return runs[-1]


@pytest.fixture(scope="module")
def deployed(fresh: ServiceSite) -> Run:
    """The run that brings the services with the odd text, and those whose files somebody tampers with."""
    fresh.declared = [WEB, entry("odd"), *map(entry, TAMPERED)]
    return fresh.run(services_exclusive=True).ok()


def test_a_text_is_carried_as_it_is(fresh: ServiceSite, deployed: Run) -> None:
    assert "+Description=gr\u00f6\u00df %% {{ 1 + 1 }} \u2603" in deployed.output
    assert fresh.show("odd.service", "Description") == "gr\u00f6\u00df % {{ 1 + 1 }} \u2603"
    assert fresh.run().ok().actions == set()


@pytest.mark.usefixtures("deployed")
def test_files_that_are_not_as_committed_or_not_safe_are_refused(site: ServiceSite) -> None:
    """All of them run, and go on running."""
    before = {name: site.process(f"{name}.service") for name in TAMPERED}
    assert all(process.pid for process in before.values())
    for name, (tamper, _undo, _said) in TAMPERED.items():
        site.node.root(f"cd {CHECKOUT}/{name} && {tamper}").ok()
    try:
        services(site, *map(entry, TAMPERED)).failed(
            *(sentence for _tamper, _undo, said in TAMPERED.values() for sentence in said)
        )
    finally:
        for name, (_tamper, undo, _said) in TAMPERED.items():
            site.node.root(f"cd {CHECKOUT}/{name} && {undo}").ok()
    assert {name: site.process(f"{name}.service") for name in TAMPERED} == before
    # What is as committed again is deployed again, at most.
    assert {verb for _clause, _unit, verb in services(site, *map(entry, TAMPERED)).ok().actions} <= {
        "stop", "enable", "start",
    }  # fmt: skip
    site.run(services_exclusive=True).ok()


def test_what_the_rules_forbid_is_refused_before_the_node_is_asked(site: ServiceSite) -> None:
    run = refused(site, REFUSED)
    assert "ab12cd34ef56" not in run.output
    assert "\x1b[31m" not in run.output


def test_what_the_node_lacks_or_has_already_is_refused(site: ServiceSite) -> None:
    refused(site, HERE)


def test_what_systemd_does_not_take_is_refused(site: ServiceSite) -> None:
    refused(site, VERIFIED)


def test_root_needs_a_waiver_that_gives_a_reason(site: ServiceSite) -> None:
    services(
        site, WEB, entry("root", waive={"runs-as-root": " "}), entry("operator", waive={"restart": "please"})
    ).failed("gives '' for a reason", "only runs-as-operator and runs-as-root")
    waived = entry("root", waive={"runs-as-root": "it sets the clock"}, started=False)
    run = services(site, WEB, waived).ok()
    assert "because: it sets the clock" in " ".join(run.output.split())
    assert services(site, WEB, waived).ok().actions == set()
    services(site, WEB, {"src": "root/root.service", "state": "absent"}).ok()


NAMES = (
    ("../web.service", "it holds '..'"),
    ("/etc/passwd.service", "it is absolute"),
    ("web/./web.service", "it has an empty part or '.'"),
    (".git/web.service", "it is git's own folder"),
    ("web", "is no kind of unit"),
    ("x/$(reboot).service", "systemd allows no '$'"),
    ("x/a b.service", "systemd allows no ' '"),
    ("x/x\n.service", "it holds a control character"),
    ("x/gr\N{LATIN SMALL LETTER O WITH DIAERESIS}n.service", r"systemd allows no '\xf6'"),
    (f"x/{'n' * 300}.service", "it has 308 characters, systemd takes at most 255"),
    ("x/ssh.service", "would take the place of ssh.service"),
    ("x/systemd-logind.service", "would take the place of systemd-logind.service"),
    ("x/dbus.socket", "would take the place of dbus.socket"),
)


def test_names_that_cannot_be_are_refused(site: ServiceSite) -> None:
    with unchanged(site):
        run = services(site, *({"src": src} for src, _said in NAMES)).failed(*(said for _src, said in NAMES))
        assert "x\n.service" not in run.output


def test_what_the_commit_holds_as_no_file_or_no_short_one_is_refused(site: ServiceSite) -> None:
    said = "is a symbolic link in the repository; commit the file itself"
    declared = ({"src": "web/none.service"}, {"src": "links/out.service"}, {"src": "links/in.service"})
    with unchanged(site):
        services(site, WEB, entry("big"), *declared).failed(
            "big/big.service has", "bytes", "commit a shorter one",
            "web/none.service, declared by", f"is not in commit {site.upstream.head[:12]}", "or correct src",
            f"links/in.service.d/20-y.conf {said}", "links/out.service, declared by", said,
        )  # fmt: skip


def test_a_bad_commit_is_refused_before_anything_is_stopped_for_it(site: ServiceSite) -> None:
    site.upstream.commit({"web/web.service": f"{SLEEP}Restart=always\n{AT_BOOT}"})
    with unchanged(site):
        site.run().failed("web.service:5: Restart='always'")
        # The role alone does not take a commit that the checkout is not at.
        site.upstream.commit({"web/web.service": f"[Unit]\nDescription=new\n{GOOD}"})
        services(site, WEB).failed(
            "is at commit", f"and {site.upstream.head[:12]} is declared; the repository role (2.9)"
        )
    site.upstream.commit({"web/web.service": GOOD})


def test_what_is_in_the_way_is_refused_and_moved_aside_when_that_is_said(site: ServiceSite) -> None:
    for command, _said in IN_PLACE.values():
        site.node.root(command).ok()
    # As whoever put it there would have done it.
    site.node.root("systemctl daemon-reload; systemctl enable real.service; systemctl start real foreign").ok()
    theirs = {name: site.process(f"{name}.service") for name in ("real", "foreign")}
    with unchanged(site):
        services(site, WEB, *map(entry, IN_PLACE)).failed(
            *(said for _command, said in IN_PLACE.values()),
            *(f"set adopt: true for {name}/{name}.service, which moves it aside" for name in list(IN_PLACE)[:3]),
        )
    site.declared = [WEB, *(entry(name, adopt=True) for name in IN_PLACE)]
    done = site.four_runs()
    assert {subject for _clause, subject, action in done.actions if action == "move aside"} == {
        *(f"{SYSTEM}/{name}.service" for name in list(IN_PLACE)[:3]), f"{SYSTEM}/changed.service.d/50-mine.conf",
    }  # fmt: skip
    for name in IN_PLACE:
        assert (site.show(f"{name}.service", "ActiveState"), site.show(f"{name}.service", "Description")) == (
            "active",
            "ours",
        )
        assert site.process(f"{name}.service") != theirs.get(name)
        assert site.links()[f"{name}.service"] == f"{CHECKOUT}/{name}/{name}.service"
    manifest = {one["original"]: one for one in json.loads(site.node.root(f"cat {ASIDE}/manifest.json").ok())}
    assert manifest[f"{SYSTEM}/foreign.service"]["target"] == "/root/foreign.service"
    assert manifest[f"{SYSTEM}/masked.service"]["target"] == "/dev/null"
    assert site.node.root(f"cat {manifest[f'{SYSTEM}/real.service']['aside']}").ok() == GOOD
    assert "Nice=5" in site.node.root(f"cat {manifest[f'{SYSTEM}/changed.service.d/50-mine.conf']['aside']}").ok()
    assert site.node.root("cat /root/foreign.service").ok() == GOOD
    site.declared = [WEB, *({"src": f"{name}/{name}.service", "state": "absent"} for name in IN_PLACE)]
    site.run().ok()
    assert set(site.links()) == {"web.service", "multi-user.target.wants/web.service"}
    site.declared = [WEB]


def test_a_person_is_no_account_for_services(site: ServiceSite) -> None:
    with unchanged(site):
        services(site, WEB, services_accounts=["person"]).failed("services_accounts names person", "a person's account")
        services(site, WEB, services_accounts=["root", "ops"]).failed(
            "Debian itself has a system account", "it is the operator's own account"
        )
