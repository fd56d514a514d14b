"""Runbook 3.5 on a real node, with the real registry and with archives of its own: installed, refused, finished."""

from __future__ import annotations

import hashlib
import json
import shlex
import time
import typing as t

import pytest

from tests.nodes.conftest import LabNodes
from tests.nodes.harness import ROLE_PLAYBOOK
from tests.nodes.npm_site import (
    A2,
    ELSEWHERE,
    FROM_REGISTRY,
    MODULES,
    OTHER,
    A,
    B,
    C,
    Site,
    aside,
    bundled,
    changed_lock,
    from_registry,
    linked_folders,
    lock_of,
    modules,
    package,
    project,
    put,
    together,
)
from tests.nodes.npm_wrong import ORDINARY, TRAPS, WRONG, WRONGLY_DECLARED, failing
from tests.nodes.project_site import AS_OPS, CHECKOUT, Files, Stage, stage
from tests.nodes.timing import seconds_beyond

CLAUSE = "3.5"


@pytest.fixture(scope="module")
def bare(lab_node: LabNodes) -> Site:
    site = Site(lab_node("t-node-project"))
    site.make_checkout()
    return site


@pytest.fixture(scope="module")
def prepared(bare: Site) -> Site:
    install = "apt-get -qq install --yes --no-install-recommends -o DPkg::Options::=--force-unsafe-io nodejs npm"
    bare.node.root(f"{install} >/dev/null 2>&1", seconds=900).ok()
    bare.node.root("echo 'ops ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/ops; chmod 0440 /etc/sudoers.d/ops").ok()
    return bare


@pytest.fixture
def site(prepared: Site) -> Site:
    prepared.fresh()
    return prepared


def test_nothing_declared_does_not_call_the_node(bare: Site) -> None:
    run = bare.node.play(ROLE_PLAYBOOK, "-vvv", variables={"roles_under_test": ["node_project"]}).ok()
    assert "npm_project" not in "".join(line for line in run.output.splitlines() if "Using module file" in line)


def test_a_dry_run_of_a_fresh_node_says_what_can_be_said(bare: Site) -> None:
    bare.commit(together({
        "probe": project(A, optional=[package("c", engines={"node": ">=12"})]),
        "elsewhere": from_registry(resolved=f"{ELSEWHERE}/x.tgz"),
        "no-lock": {"probe/package.json": "{}"},
    }))  # fmt: skip
    run = bare.run(*({"path": name} for name in ("probe", "elsewhere", "later", "no-lock")), check=True).ok()
    assert {action for action in run.actions if "/probe/" in action[1]} == {
        (CLAUSE, MODULES, "create"),
        (CLAUSE, f"{MODULES} a", "install 1.0.0"),
        (CLAUSE, f"{MODULES} c", "install 1.0.0"),
    }  # fmt: skip
    said = " ".join(run.output.split())
    assert "Node.js is not installed yet, so whether c is made for it is not known" in said
    assert "whether https://registry.invalid in elsewhere/package-lock.json is its registry" in said
    assert f"what {CHECKOUT}/later would install is not known: {CHECKOUT}/later is not on the node" in said
    # In a dry run of everything, the commit that brings it is not there yet.
    assert "would install is not known: no-lock has no lock file" in said
    bare.run({"path": "later"}).failed(f"{CHECKOUT}/later is not on the node", "the repository role (2.9) ships")
    bare.probe().failed("nodejs and npm are not installed on the node; name both in packages_list")


def test_four_runs_with_the_real_registry_which_the_lock_may_name(site: Site) -> None:
    own = site.node.root("HOME=/nonexistent npm config get registry").ok().strip().rstrip("/")

    def name_it(packages: dict[str, t.Any]) -> None:
        for name, entry in FROM_REGISTRY.items():
            packages[f"node_modules/{name}"]["resolved"] = f"{own}/{name}/-/{name}-{entry['version']}.tgz"

    names = ("probe", "named")
    site.commit(together({"probe": from_registry(), "named": changed_lock(from_registry(), name_it)}))
    first = stage(site, *({"path": name} for name in names))
    for name in names:
        assert first.actions(name) == {("", "create"), ("ms", "install 2.1.3"), ("is-number", "install 7.0.0")}
        assert site.packages(name) == {"ms": "2.1.3", "is-number": "7.0.0"}
        assert site.answers('[require("ms")("2 days"), require("is-number")("5")]', name) == [172800000, True]
    after = site.listing()
    assert site.run(*({"path": name} for name in names), check=True).ok().actions == set()
    # That it is npm's own is known from then on, without asking npm.
    site.node.root("mv /usr/bin/node /usr/bin/node.away").ok()
    try:
        assert site.run(*({"path": name} for name in names)).ok().actions == set()
    finally:
        site.node.root("mv /usr/bin/node.away /usr/bin/node").ok()
    assert site.listing() == after


def test_a_registry_that_is_declared_is_the_one_that_is_asked(site: Site) -> None:
    site.commit(together({
        "lock": from_registry(resolved=f"{ELSEWHERE}/x.tgz"),
        "npmrc": {"probe/.npmrc": f"registry={ELSEWHERE}/\n", **from_registry()},
    }))  # fmt: skip
    for name in ("lock", "npmrc"):
        site.run({"path": name, "registries": [ELSEWHERE]}).failed("the package registry cannot be reached")


HAND_MADE = {
    "edited": ("echo evil >> edited/index.js", "reinstall 1.0.0"),
    "gone": ("rm -r gone", "install 1.0.0"),
    "half": ("rm half/package.json", "upgrade nothing to 1.0.0"),
    "linked": ("rm -r linked && ln -s /etc linked", "upgrade nothing to 1.0.0"),
    "stray": ("mkdir stray && echo 1 > stray/index.js", "remove"),
    "stray.js": ("touch stray.js", "remove"),
    "nested": ("mkdir nested/node_modules && mkdir nested/node_modules/x", "reinstall 1.0.0"),
    "newer": ("sed -i s/1.0.0/1.0.1/ newer/package.json", "downgrade 1.0.1 to 1.0.0"),
    "shut": ("chmod 0 shut", "upgrade nothing to 1.0.0"),
    "@scope/b": ("echo >> @scope/b/index.js", "reinstall 1.0.0"),
}
HAND_NAMES = [name for name in HAND_MADE if "stray" not in name]
WITH_COMMANDS = project(*(package(name, bin={f"run-{name[-3:].strip('/')}": "index.js"}) for name in HAND_NAMES))
# What somebody does in a node_modules that was good.
BY_HAND = {
    "hand": " && ".join(script for script, _action in HAND_MADE.values()),
    "no-record": "rm .runbook-installed.json",
    "no-note": "rm .package-lock.json",
    "no-bin": "rm -r .bin",
    "modes": "chmod -R g+w edited; chmod o-r gone/index.js; mkdir .cache",
    "uninstalled": "cd .. && npm uninstall --no-save --offline edited",
}
WROTE = "id -un > RAN; sudo -n true && echo sudo >> RAN; true"
SCRIPTED = project(
    *(package(name, scripts={"install": WROTE, "postinstall": "true"}) for name in ("one", "other")), A,
    scripts={"postinstall": "touch RAN", "prepare": "touch RAN"},
)  # fmt: skip
OPTIONAL = project(
    A,
    optional=[
        OTHER,
        package("old", engines={"node": "<10"}),
        package("mine", os=["linux"], cpu=["x64", "arm64"], engines={"node": ">=18"}),
    ],
)
KILLED = ("killed-1", "killed-2", "killed-3")
# A project for each thing that can become of it, all of them worked on by the same runs.
FIRST: dict[str, Files] = {
    "up": project(A, B), "down": project(A2, C), "rehashed": project(A), "emptied": project(A),
    "dev": project(A, dev=[B]), "no-dev": project(A, dev=[B]), **dict.fromkeys(BY_HAND, WITH_COMMANDS),
    "scripts": SCRIPTED, "no-scripts": SCRIPTED, "linked": linked_folders(), "bundled": bundled(),
    "optional": OPTIONAL, "shrinkwrap": {"probe/package.json": "{}", "probe/npm-shrinkwrap.json": lock_of({}, {})},
    "moved": from_registry(), "kept": project(B), "aside-link": project(A), "aside-folder": project(A),
    **dict.fromkeys(KILLED, project(A, B)),
}  # fmt: skip
SECOND: dict[str, Files] = {
    "up": project(A2, C), "down": project(A), "rehashed": project(package("a", files={"more.js": "1\n"})),
    "emptied": project(), "moved": from_registry(resolved=f"{ELSEWHERE}/x.tgz"),
}  # fmt: skip
ENTRIES: dict[str, dict[str, t.Any]] = {
    **{name: {"path": name} for name in FIRST},
    "no-dev": {"path": "no-dev", "dev": True},
    "no-scripts": {"path": "no-scripts", "allow_scripts": ["one"]},
}
LATER: dict[str, dict[str, t.Any]] = {
    **{name: {"path": name} for name in FIRST},
    "dev": {"path": "dev", "dev": True},
    "scripts": {"path": "scripts", "allow_scripts": ["one", "a"]},
    "moved": {"path": "moved", "registries": [ELSEWHERE]},
}


@pytest.fixture(scope="module")
def first(prepared: Site) -> Stage[Site]:
    prepared.fresh()
    prepared.commit(together(FIRST))
    prepared.node.root(f"{AS_OPS} ln -s /etc {aside('aside-link')} && {AS_OPS} mkdir {aside('aside-folder')}").ok()
    return stage(prepared, *ENTRIES.values())


@pytest.fixture(scope="module")
def second(first: Stage[Site]) -> Stage[Site]:
    """The same after commits, after what somebody has done by hand, and with something else declared."""
    site = first.site
    site.commit(together(SECOND))
    for name, script in BY_HAND.items():
        whole = f"export HOME=/tmp/by-hand; cd {modules(name)} && {script}"
        site.node.root(f"{AS_OPS} sh -c {shlex.quote(whole)}").ok()
    return stage(site, *LATER.values())


def ran(site: Site, project: str) -> str:
    """Return where an install script was seen to run."""
    return site.node.root(f"find {CHECKOUT}/{project} -name RAN").ok()


def test_what_the_lock_says_is_installed_and_found_so(first: Stage[Site]) -> None:
    assert first.actions("up") == {("", "create"), ("a", "install 1.0.0"), ("@scope/b", "install 1.0.0")}
    assert first.site.answers('require("a")', "up") == "1.0.0"
    assert first.actions("shrinkwrap") == {("", "create")}
    for check in (True, False):
        assert first.site.run(*ENTRIES.values(), check=check).ok().actions == set()


def test_packages_for_development_come_only_where_they_are_declared(first: Stage[Site]) -> None:
    assert first.actions("dev") == {("", "create"), ("a", "install 1.0.0")}
    assert first.actions("no-dev") == {("", "create"), ("a", "install 1.0.0"), ("@scope/b", "install 1.0.0")}


def test_install_scripts_run_only_for_the_names_that_are_listed(first: Stage[Site]) -> None:
    assert ran(first.site, "scripts") == ""
    assert ran(first.site, "no-scripts") == f"{modules('no-scripts')}/one/RAN\n"
    assert first.site.node.root(f"cat {modules('no-scripts')}/one/RAN").ok() == "ops\n"


def test_folders_of_the_project_are_linked(first: Stage[Site]) -> None:
    assert first.actions("linked") == {
        ("", "create"), ("a", "install 1.0.0"), ("lib", "link to libs/lib"), ("w", "link to packages/w"),
    }  # fmt: skip
    assert first.site.answers('[require("lib"), require("w")]', "linked") == ["1.0.0", "w"]
    assert first.site.node.root(f"readlink {modules('linked')}/.bin/run-lib").ok() == "../lib/cli.js\n"


def test_packages_in_the_archive_of_another_have_its_hash(first: Stage[Site]) -> None:
    assert first.actions("bundled") == {
        ("", "create"), ("outer", "install 1.0.0"), ("outer/node_modules/in", "install 3.0.0"),
    }  # fmt: skip


def test_optional_packages_that_are_not_made_for_the_node_are_left_out(first: Stage[Site]) -> None:
    assert first.actions("optional") == {("", "create"), ("a", "install 1.0.0"), ("mine", "install 1.0.0")}


def test_what_lies_where_the_work_is_done_is_cleared_first(first: Stage[Site]) -> None:
    for name in ("aside-link", "aside-folder"):
        assert (aside(name), "remove") in first.actions(name)
    assert first.site.node.root("ls -d /etc/package.json /etc/node_modules").rc != 0


def test_a_changed_lock_is_followed_up_and_down(second: Stage[Site]) -> None:
    assert second.actions("up") == {
        ("a", "upgrade 1.0.0 to 2.0.0"), ("@scope/b", "remove 1.0.0"), ("c", "install 1.0.0"),
    }  # fmt: skip
    assert second.site.answers('require("a")', "up") == "2.0.0"
    assert second.actions("down") == {("a", "downgrade 2.0.0 to 1.0.0"), ("c", "remove 1.0.0")}
    # The same version with another hash is another archive.
    assert second.actions("rehashed") == {("a", "reinstall 1.0.0")}
    assert second.actions("emptied") == {("a", "remove 1.0.0")}
    # The hash is the same, so what is there stays also where it comes from elsewhere.
    assert second.actions("moved") == set()


def test_packages_for_development_come_and_go_with_what_is_declared(second: Stage[Site]) -> None:
    assert second.actions("dev") == {("@scope/b", "install 1.0.0")}
    assert second.actions("no-dev") == {("@scope/b", "remove 1.0.0")}


def test_what_was_changed_by_hand_is_made_right(second: Stage[Site]) -> None:
    assert second.actions("hand") == {(name, action) for name, (_script, action) in HAND_MADE.items()}
    everything = {(name, "reinstall 1.0.0") for name in HAND_NAMES}
    assert second.actions("no-record") == second.actions("no-note") == everything
    assert second.actions("no-bin") == {("/.bin", "link the commands again")}
    assert second.actions("modes") == {("", "set modes")}
    assert ("edited", "install 1.0.0") in second.actions("uninstalled")
    for name in BY_HAND:
        said = second.site.answers(f"{json.dumps(HAND_NAMES)}.map(name => require(name))", name)
        assert said == ["1.0.0"] * len(HAND_NAMES)


def test_install_scripts_run_later_and_what_they_wrote_goes_with_their_leave(second: Stage[Site]) -> None:
    assert second.actions("scripts") == {("one", "run its install scripts")}
    assert ran(second.site, "scripts") == f"{modules('scripts')}/one/RAN\n"
    said = " ".join(second.done.output.split())
    assert "allow_scripts names 'a', which has no install scripts in scripts/package-lock.json" in said
    # What a script has written is not of the archive.
    assert second.actions("no-scripts") == {("one", "reinstall 1.0.0")}
    assert ran(second.site, "no-scripts") == ""


def test_what_nobody_touched_stays_and_so_does_all_in_a_second_run(second: Stage[Site]) -> None:
    for name in ("linked", "bundled", "optional", "shrinkwrap", "kept", "aside-link", "aside-folder", *KILLED):
        assert second.actions(name) == set()
    assert second.site.run(*LATER.values()).ok().actions == set()


def test_why_npm_failed_is_one_sentence_and_what_was_there_stays(second: Stage[Site]) -> None:
    site = second.site

    def there() -> list[str]:
        return [line for line in site.listing().splitlines() if "kept/node_modules" in line]

    before = there()
    for files, entry, words in failing():
        site.commit(put("kept", files))
        assert site.run({"path": "kept", **entry}).failed(*words).actions == set()
        assert site.answers('require("@scope/b")', "kept") == "1.0.0"
        assert there() == before
        assert site.node.root(f"ls -d {aside('kept')} /var/tmp/ai-systems*").rc != 0
    site.commit(put("kept", project(B)))
    assert site.run({"path": "kept"}).ok().actions == set()
    site.is_good()


# The first moments while npm works aside, the last two around the swap.
MOMENTS = (
    f"{aside(KILLED[0])}/package.json",
    f"{aside(KILLED[1])}/node_modules/.runbook-installed.json",
    f"{modules(KILLED[2])}/a2",
)


def test_a_run_that_was_killed_is_finished_by_the_next(second: Stage[Site]) -> None:
    site, new = second.site, ["2.0.0", "1.0.0"]
    versions = '[require("a"), require("@scope/b")]'
    site.commit(together(dict.fromkeys(KILLED, project(A2, B, package("a2")))))
    for number, moment in enumerate(MOMENTS):
        # Each run finishes what was killed before it, and is killed itself.
        with site.killed_at(moment):
            site.run(*({"path": name} for name in KILLED[: number + 1]))
        assert [site.answers(versions, name) for name in KILLED[:number]] == [new] * number
        # What was there, or all of what is to be: never something between.
        assert site.answers(versions, KILLED[number]) in (["1.0.0", "1.0.0"], new)
    site.run(*({"path": name} for name in KILLED)).ok()
    assert [site.answers('[require("a"), require("a2")]', name) for name in KILLED] == [["2.0.0", "1.0.0"]] * 3
    site.is_good()


def test_without_a_network_or_room_the_same_command_finishes_later(site: Site) -> None:
    # Noise, which no compression makes small again.
    noise = "".join(hashlib.sha512(str(number).encode()).hexdigest() for number in range(8000))
    site.commit(together({"probe": from_registry(), "big": project(package("big", files={"noise": noise}))}))
    site.node.root("umount /etc/resolv.conf; mv /etc/resolv.conf /root/; echo nameserver 127.0.0.1 > /etc/resolv.conf")
    try:
        assert len(site.probe(check=True).ok().actions) == 3
        site.probe().failed("installing 2 packages failed: the package registry cannot be reached from the node")
    finally:
        site.node.root("cp /root/resolv.conf /etc/resolv.conf").ok()
    big = f"{CHECKOUT}/big"
    site.node.root(
        f"cp -a {big} /root/kept && mount -t tmpfs -o size=1500k,mode=755 none {big} && cp -a /root/kept/. {big}/"
        f" && chown -R ops: {big}"
    ).ok()
    try:
        site.run({"path": "big"}).failed("the disk is full")
        assert site.node.root(f"ls -d {aside('big')} {modules('big')}").rc != 0
    finally:
        site.node.root(f"umount {big}; rm -r /root/kept").ok()
    site.run({"path": "probe"}, {"path": "big"}).ok()
    assert site.packages() == {"ms": "2.1.3", "is-number": "7.0.0"}
    assert site.packages("big") == {"big": "1.0.0"}
    site.is_good()


def test_a_wrong_project_is_refused_before_anything_is_done(site: Site) -> None:
    site.commit({**together({name: files for name, (files, _said) in WRONG.items()}), "no-lock/package.json": "{}"})
    site.node.root(f"cd {CHECKOUT}; echo >> edited/package-lock.json; {AS_OPS} sh -c 'echo fund=false > stray/.npmrc'")
    said = [words for _files, several in WRONG.values() for words in several]
    declared = [{"path": name, **({"allow_scripts": ["onne"]} if name == "no-script" else {})} for name in WRONG]
    runs = [
        site.run(*declared, check=True).failed(*said),
        site.run({"path": "no-lock"}, *declared).failed(
            *said, "no-lock has no lock file (package-lock.json or npm-shrinkwrap.json)", "make one with 'npm install"
        ),
    ]
    for run in runs:
        assert "SECRET" not in run.output
        assert "\x1b[2J" not in run.output
    assert site.node.root(f"ls -d {CHECKOUT}/*/node_modules {CHECKOUT}/*/.node_modules-runbook").rc != 0


def test_a_wrong_declaration(site: Site) -> None:
    run = site.run(*(entry for entry, _words in WRONGLY_DECLARED))
    assert "SECRET" not in run.failed(*(words for _entry, words in WRONGLY_DECLARED)).output


def test_ten_thousand_hostile_names_end_soon(site: Site) -> None:
    hostile = {f"node_modules/--{number}\x1b": A.entry for number in range(10_000)}
    site.commit(changed_lock(ORDINARY, lambda packages: packages.update(hostile)))
    began = time.monotonic()
    site.probe(check=True).failed("and 9995 more")
    assert time.monotonic() - began < 30


def test_traps_in_the_operators_files(site: Site) -> None:
    site.commit(together(dict.fromkeys(TRAPS, ORDINARY)))
    for name, (prepare, _words) in TRAPS.items():
        site.node.root(f"cd {CHECKOUT}/{name} && {prepare}").ok()
    etc = site.node.root("find /etc -printf '%p %s %T@ %u %m\\n' | sort").ok()
    site.run(*({"path": name} for name in TRAPS)).failed(*(words for _prepare, words in TRAPS.values()))
    assert site.node.root("find /etc -printf '%p %s %T@ %u %m\\n' | sort").ok() == etc


def test_settings_of_the_node_have_no_say(site: Site) -> None:
    site.commit(from_registry())
    settings = (
        "printf 'registry=https://evil.invalid/\\nprefix=/opt/x\\nignore-scripts=false\\nglobal=true\\n' > {}; "
        "printf 'registry=https://evil.invalid/\\nomit=\\ndry-run=true\\n' > /etc/npmrc; "
        "printf 'NPM_CONFIG_REGISTRY=https://evil.invalid/\\nnpm_config_dry_run=true\\nNODE_OPTIONS=--evil\\n' "
        ">> /etc/environment"
    )
    site.node.root(settings.format("/home/ops/.npmrc; cp /home/ops/.npmrc /root/.npmrc")).ok()
    try:
        site.probe().ok()
    finally:
        site.node.root(
            "rm /home/ops/.npmrc /root/.npmrc /etc/npmrc; sed -i -e /NPM_/Id -e /NODE_OPTIONS/d /etc/environment"
        ).ok()
    assert site.packages() == {"ms": "2.1.3", "is-number": "7.0.0"}
    assert site.node.root("ls /opt").ok() == ""
    site.is_good()


def test_a_converged_run_costs_little_more_than_starting_a_module(site: Site) -> None:
    # As many files as a project of some size has.
    many = [package(f"many-{number}", files={f"f{at}.js": "1\n" for at in range(100)}) for number in range(50)]
    site.commit(project(A, *many))
    site.node.role("hostname").ok()
    site.probe().ok()

    assert seconds_beyond(site.probe, lambda: site.node.role("hostname"), bound=0.5) < 0.5
