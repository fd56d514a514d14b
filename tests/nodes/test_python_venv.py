"""Runbook 3.4 on a real node, with the real index and with wheels of its own: what is installed, refused, finished."""

from __future__ import annotations

import shlex
import typing as t

import pytest

from tests.nodes.conftest import LabNodes
from tests.nodes.harness import ROLE_PLAYBOOK
from tests.nodes.project_site import AS_OPS, CHECKOUT, Stage, stage
from tests.nodes.timing import seconds_beyond
from tests.nodes.venv_site import (
    A2,
    IDNA_37,
    LIB,
    LIBRARY,
    OFFLINE,
    SIX,
    A,
    B,
    D,
    Site,
    locked,
    offline,
    requirements,
    tree,
    venv,
    wheel,
)

PROBE = f"{CHECKOUT}/probe/.venv"
CLAUSE = "3.4"


@pytest.fixture(scope="module")
def bare(lab_node: LabNodes) -> Site:
    return Site(lab_node("t-python-venv"))


@pytest.fixture(scope="module")
def prepared(bare: Site) -> Site:
    bare.make_checkout("python3-venv")
    return bare


@pytest.fixture
def site(prepared: Site) -> Site:
    prepared.fresh()
    return prepared


def test_nothing_declared_does_not_call_the_node(bare: Site) -> None:
    run = bare.node.play(ROLE_PLAYBOOK, "-vvv", variables={"roles_under_test": ["python_venv"]}).ok()
    assert "venv_pip" not in "".join(line for line in run.output.splitlines() if "Using module file" in line)


def test_a_dry_run_of_a_fresh_node_says_what_can_be_said(bare: Site) -> None:
    run = bare.run({"path": "probe"}, {"path": "tools", "packages": [IDNA_37.strip()]}, check=True).ok()
    assert "probe/requirements.txt is not on the node yet" in " ".join(run.output.split())
    assert run.actions == {
        (CLAUSE, PROBE, "create"),
        (CLAUSE, f"{CHECKOUT}/tools/.venv", "create"),
        (CLAUSE, f"{CHECKOUT}/tools/.venv idna", "install 3.7"),
    }
    bare.run().failed("there is no account 'ops' to own a .venv; operator_user (2.7) comes first")


def test_four_runs_with_the_real_index_of_a_lock_and_of_a_list_that_pip_has_to_resolve(site: Site) -> None:
    site.ship({"probe": IDNA_37 + SIX}, {"listed/x": ""})
    listed = {"path": "listed", "packages": ["requests[socks]==2.32.3"], "require_hashes": False, "exact": True}
    declared = ({"path": "probe"}, listed)
    first = stage(site, *declared)
    assert first.actions("probe") == {("", "create"), ("idna", "install 3.7"), ("six", "install 1.16.0")}
    assert site.packages() == {"idna": "3.7", "six": "1.16.0"}
    installed = site.packages("listed")
    assert {"requests", "idna", "urllib3", "certifi", "charset-normalizer", "pysocks"} == {n.lower() for n in installed}
    assert len(first.actions("listed")) == 1 + len(installed)
    after = site.listing()
    for check in (True, False):
        assert site.run(*declared, check=check).ok().actions == set()
    assert site.listing() == after
    site.node.root(f"rm -r {venv('listed')}/{LIBRARY}/urllib3*").ok()
    assert {subject for _, subject, _ in stage(site, *declared).done.actions} == {f"{venv('listed')} urllib3"}
    assert site.packages("listed") == installed


# What somebody has done to a .venv that was good, and what is said of it.
BROKEN = {
    "no-python": ("ln -sf /usr/bin/python3.12 bin/python3", "bin/python leads nowhere, as after an upgrade of Python"),
    "older": ("mv lib/python3.13 lib/python3.12; sed -i 's/3.13/3.12/' pyvenv.cfg", "made for Python 3.12"),
    "no-cfg": ("rm pyvenv.cfg", "no pyvenv.cfg"),
    "moved": ("sed -i 's,moved/.venv,elsewhere/.venv,' pyvenv.cfg", "and moved"),
    "by-uv": ("echo 'uv = 0.5' >> pyvenv.cfg", "made by uv"),
    "perl": ("ln -sf /usr/bin/perl bin/python3", "its interpreter is /usr/bin/perl"),
}
# A project for each thing that can become of it, all of them worked on by the same runs.
FIRST = {
    "up": A + B, "down": A2, "exact": A + B, "edited": A, "rehashed": D, "modes": A, "half": A + B, "has-pip": A,
    "shared": A, "wheel": "../wheels/a-1.0-py3-none-any.whl\n", "source": LIB, "tree": "./lib\n",
    "editable": "-e ./lib\n", **dict.fromkeys(BROKEN, A),
}  # fmt: skip
ANOTHER_D = wheel("d", "1.0", ["six; os_name == 'nt'"])
SECOND = {"up": A2, "down": A, "exact": A, "rehashed": locked("d", "1.0", ["six; os_name == 'nt'"])}
ENTRIES = {
    **{name: offline(name) for name in FIRST},
    "has-pip": offline("has-pip", exact=True),
    "source": offline("source", allow_source=["lib"]),
}


@pytest.fixture(scope="module")
def first(prepared: Site) -> Stage[Site]:
    prepared.fresh()
    # An editable tree is built where it lies, by a backend that Python compiles there.
    prepared.ship(FIRST, tree("tree"), tree("editable", **{".gitignore": "__pycache__/\n"}))
    prepared.node.root(
        f"{AS_OPS} python3 -m venv {venv('has-pip')} && echo 'exit(3)' > {venv('has-pip')}/{LIBRARY}/pip/__init__.py"
        f" && {AS_OPS} python3 -m venv --without-pip --system-site-packages {venv('shared')}"
    ).ok()
    return stage(prepared, *ENTRIES.values())


@pytest.fixture(scope="module")
def second(first: Stage[Site]) -> Stage[Site]:
    """The same after commits, and after what somebody has done by hand."""
    site = first.site
    site.commit({**requirements(SECOND), **ANOTHER_D, "tree/lib/lib.py": "VALUE = 2\n"})
    site.node.root(
        f"cd {venv('edited')}/{LIBRARY} && echo evil >> a.py && echo 'a.py,,' >> a-1.0.dist-info/RECORD;"
        f" cd {venv('half')}/{LIBRARY} && rm a-1.0.dist-info/RECORD && {AS_OPS} mkdir '~-1.0.dist-info'"
        f" && rm -r b-1.0.dist-info; chmod -R g+w {venv('modes')}/bin; chmod o-r {venv('modes')}/{LIBRARY}/a.py"
    ).ok()
    return stage(site, *{**ENTRIES, "exact": offline("exact", exact=True)}.values())


def test_what_is_declared_is_installed_and_found_so(first: Stage[Site]) -> None:
    assert first.actions("up") == {("", "create"), ("a", "install 1.0"), ("b", "install 1.0")}
    assert first.site.packages("up") == {"a": "1.0", "b": "1.0"}
    for check in (True, False):
        assert first.site.run(*ENTRIES.values(), check=check).ok().actions == set()


def test_pip_in_a_venv_stays_and_is_not_used(first: Stage[Site]) -> None:
    assert first.actions("has-pip") >= {("a", "install 1.0")}
    assert set(first.site.packages("has-pip")) == {"a", "pip"}


def test_wheels_of_the_checkout_need_no_index_and_no_hash(first: Stage[Site]) -> None:
    assert first.site.packages("wheel") == {"a": "1.0"}


def test_a_source_archive_is_built_where_it_is_named(first: Stage[Site]) -> None:
    assert first.site.packages("source") == {"lib": "2.0"}


def test_a_venv_that_sees_the_system_is_shut_off(first: Stage[Site]) -> None:
    assert ("", "shut off from the system's packages") in first.actions("shared")
    assert first.site.packages("shared") == {"a": "1.0"}


def test_source_trees_are_built_from_what_git_holds(first: Stage[Site]) -> None:
    # What is not in the commit has no say, and a build leaves nothing in the checkout.
    assert first.actions("tree") >= {("lib", "install 2.0")}
    assert first.site.says("tree", "lib.VALUE") == "1"
    assert first.site.says("editable", "lib.__file__").startswith(f"{CHECKOUT}/editable/lib/")


def test_a_changed_lock_is_followed_up_and_down(second: Stage[Site]) -> None:
    assert second.actions("up") == {("a", "upgrade 1.0 to 2.0")}
    assert f"Nobody asked for {venv('up')} b" in " ".join(second.done.output.split())
    assert second.site.packages("up") == {"a": "2.0", "b": "1.0"}
    assert second.actions("exact") == {("b", "remove 1.0")}
    assert second.site.packages("exact") == {"a": "1.0"}
    assert second.actions("down") == {("a", "downgrade 2.0 to 1.0")}
    assert second.site.packages("down") == {"a": "1.0"}
    # The version is the same, and the code is not.
    assert second.actions("tree") == {("lib", "reinstall 2.0")}
    assert second.site.says("tree", "lib.VALUE") == "2"


def test_what_was_installed_by_hand_is_not_taken_for_the_audited_one(second: Stage[Site]) -> None:
    assert second.actions("edited") == {("a", "reinstall 1.0")}
    assert "evil" not in second.site.node.root(f"cat {venv('edited')}/{LIBRARY}/a.py").ok()
    # The same version with another hash in the lock is another archive.
    assert second.actions("rehashed") == {("d", "reinstall 1.0")}


def test_modes_that_let_others_write_are_mended(second: Stage[Site]) -> None:
    assert second.actions("modes") == {("", "set modes")}


def test_what_pip_left_half_installed_is_repaired(second: Stage[Site]) -> None:
    assert second.actions("half") == {("a", "repair 1.0"), ("b", "install 1.0")}
    assert "~" not in second.site.node.root(f"ls {venv('half')}/{LIBRARY}").ok()


def test_what_nobody_touched_stays_and_so_does_all_in_a_second_run(second: Stage[Site]) -> None:
    for project in ("has-pip", "wheel", "source", "shared", "editable", *BROKEN):
        assert second.actions(project) == set()
    assert second.site.run(*{**ENTRIES, "exact": offline("exact", exact=True)}.values()).ok().actions == set()


def test_a_broken_venv_is_told_and_rebuilt_only_when_asked(second: Stage[Site]) -> None:
    site, folders = second.site, " ".join(map(venv, BROKEN))
    for project, (break_it, _words) in BROKEN.items():
        site.node.root(f"{AS_OPS} sh -c {shlex.quote(f'cd {venv(project)} && {break_it}')}").ok()
    before = site.node.root(f"find {folders} -printf '%p %s %T@\\n' | sort").ok()
    for check in (True, False):
        run = site.run(*map(offline, BROKEN), check=check).failed(*(words for _break, words in BROKEN.values()))
        assert " ".join(run.output.split()).count("recreate: true") >= len(BROKEN)
    assert site.node.root(f"find {folders} -printf '%p %s %T@\\n' | sort").ok() == before
    asked = [offline(project, recreate=True) for project in BROKEN]
    rebuilt = stage(site, *asked)
    for project in BROKEN:
        assert ("", "recreate") in rebuilt.actions(project)
        assert site.packages(project) == {"a": "1.0"}
    assert site.run(*asked).ok().actions == set()


def test_a_file_that_comes_with_the_next_commit_is_no_error_in_a_dry_run(site: Site) -> None:
    site.commit({"probe/other.txt": ""})
    run = site.probe(check=True).ok()
    assert "probe/requirements.txt is not on the node yet" in " ".join(run.output.split())
    assert run.actions == {(CLAUSE, PROBE, "create")}


OUTSIDE = (
    "cannot be used: packages come from an index, or from the checkout as ./path; vendor the code into the repository"
)
# What is asked for, and what is said of it.
WRONG = {
    "no-hash": ("idna==3.7\n", "no-hash/requirements.txt:1: idna has no hash"),
    "no-pin": ("\nidna>=3\n", "no-pin/requirements.txt:2: idna is not pinned"),
    "git": ("git+https://a.example/x.git\n", f"git/requirements.txt:1: 'git+https://a.example/x.git' {OUTSIDE}"),
    "outside": ("-e /opt/x\n", f"outside/requirements.txt:1: '/opt/x' {OUTSIDE}"),
    "index": ("--extra-index-url https://a.example\n", "declare it under extra_index_urls"),
    "trust": ("--trusted-host a.example\n", "any certificate"),
    "leads-out": ("-r ../../.ssh/config\n", "leads out of the checkout"),
    "shell": ("$(reboot)\n", "shell/requirements.txt:1: '$(reboot)' cannot be used"),
    "option": ("--option\n", "option/requirements.txt:1: '--option' is no option"),
    "escape": ("\x1b[2Jx\n", r"escape/requirements.txt:1: '\x1b[2Jx' cannot be used"),
    # What no commit holds is not installed.
    "edited": (A, "edited/requirements.txt differs from the checkout's commit; commit the change and ship it (2.9)"),
    "stray": (
        "-r more.txt\n../wheels/c-1.0-py3-none-any.whl\n",
        "c-1.0-py3-none-any.whl is in the checkout, and in no",
    ),
}


def test_a_wrong_requirement_is_refused_before_anything_is_done(site: Site) -> None:
    site.ship({name: text for name, (text, _words) in WRONG.items()}, {"stray/more.txt": "", "absent/x": ""})
    site.node.root(
        f"cd {CHECKOUT} && echo '# more' >> edited/requirements.txt"
        " && cp wheels/a-1.0-py3-none-any.whl wheels/c-1.0-py3-none-any.whl"
    ).ok()
    said = [words for _text, words in WRONG.values()]
    declared = [{"path": name} for name in WRONG]
    site.run(*declared, check=True).failed(*said)
    site.run(*declared, {"path": "absent"}).failed(
        *said, "absent/requirements.txt is not in the checkout; commit it, or correct the name"
    )
    assert site.node.root(f"ls -d {CHECKOUT}/*/.venv").rc != 0


# What somebody puts in the operator's way, in the project's folder, and what is said of it.
TRAPS = {
    "link": ("ln -s /etc .venv", "link/.venv is a link to '/etc'; a .venv is a folder of its project"),
    "file": ("touch .venv", "file/.venv is no folder; remove it"),
    "fifo": ("mkfifo .venv", "fifo/.venv is no folder; remove it"),
    "way": ("mv ../way ../real && ln -s real ../way", "way is a link, and no folder"),
    "owner": ("chown daemon .", "owner belongs to user id 1; a project belongs to the operator"),
    "lock-link": ("rm requirements.txt && ln -s /etc/shadow requirements.txt", "through a link"),
    "lock-fifo": ("rm requirements.txt && mkfifo requirements.txt", "is not a regular file"),
    "foreign": ("python3 -m venv --without-pip .venv && chown -h root: .venv/bin/python",
                "does not belong to its owner"),
    "nowhere": (f"{AS_OPS} sh -c 'mkdir .venv && echo home = /usr/bin > .venv/pyvenv.cfg'", "bin/python leads nowhere"),
    "leads-out": (f"{AS_OPS} sh -c 'python3 -m venv --without-pip .venv && ln -s /etc .venv/lib/evil'",
                  "links that lead out of it (lib/evil)"),
}  # fmt: skip


def test_traps_in_the_operators_files(site: Site) -> None:
    site.ship(dict.fromkeys(TRAPS, A))
    for project, (prepare, _words) in TRAPS.items():
        site.node.root(f"cd {CHECKOUT}/{project} && {prepare}").ok()
    etc = site.node.root("find /etc -printf '%p %s %T@ %u %m\\n' | sort").ok()
    for check in (True, False):
        site.run(*map(offline, TRAPS), check=check).failed(*(words for _prepare, words in TRAPS.values()))
    assert site.node.root("find /etc -printf '%p %s %T@ %u %m\\n' | sort").ok() == etc


# What pip finds out only when it is at work.
FAILING: dict[str, tuple[str, dict[str, t.Any], tuple[str, ...]]] = {
    "nothing": (f"nothing==9.9 --hash=sha256:{'a' * 64}", OFFLINE, ("there is no wheel for nothing==9.9",)),
    "hash": (f"a==1.0 --hash=sha256:{'a' * 64}", OFFLINE, ("the archive of a==1.0",)),
    "name": (IDNA_37, {"index_url": "https://index.invalid/simple"}, ("cannot be reached from the node",)),
    "port": (IDNA_37, {"index_url": "https://127.0.0.1:9/simple"}, ("cannot be reached from the node",)),
    "other": ("../wheels/c-1.0-cp27-cp27m-win32.whl", OFFLINE, ("not made for this node's processor and Python",)),
    "damaged": ("../wheels/e-1.0-py3-none-any.whl", OFFLINE, ("a wheel is damaged",)),
    "unnamed": (LIB, OFFLINE, ("no wheel for lib==2.0 that fits this node", "name it under allow_source")),
}


def test_why_pip_failed_is_one_sentence_and_what_is_there_is_finished_once_the_cause_is_gone(site: Site) -> None:
    site.ship(
        {name: text for name, (text, _entry, _words) in FAILING.items()},
        {**wheel("c", "1.0", tag="cp27-cp27m-win32"), "wheels/e-1.0-py3-none-any.whl": b"no zip file"},
    )
    for name, (_text, entry, words) in FAILING.items():
        run = site.run({"path": name, **entry}).failed("failed: ", *words)
        assert run.actions <= {(CLAUSE, venv(name), "create")}
    site.commit(requirements(dict.fromkeys(FAILING, A)))
    site.run(*map(offline, FAILING)).ok()
    assert {name: site.packages(name) for name in FAILING} == {name: {"a": "1.0"} for name in FAILING}


def test_requirements_that_contradict_each_other(site: Site) -> None:
    site.commit({"probe/x": "", **wheel("a", "1.0", ["b<2"]), **wheel("b", "2.0"), **wheel("b", "1.0")})
    entry = {"packages": ["a==1.0", "b==2.0"], "require_hashes": False, **OFFLINE}
    for check in (True, False):
        site.probe(check=check, **entry).failed("contradict each other")
    assert site.node.root(f"ls -d {PROBE}").rc != 0


def test_a_lock_that_does_not_list_all_is_told(site: Site) -> None:
    site.ship({"probe": locked("a", "1.0", ["b>=2"])}, wheel("a", "1.0", ["b>=2"]))
    for _ in range(2):
        site.probe(**OFFLINE).failed("a needs b, which is not installed; add it to the project's requirements")


def test_a_full_disk(site: Site) -> None:
    site.ship({"probe": A})
    site.node.root(
        f"runuser -u ops -- mkdir {PROBE} && mount -t tmpfs -o size=16k,mode=755 none {PROBE} && chown ops: {PROBE}"
    ).ok()
    try:
        site.probe(**OFFLINE).failed("the disk is full")
    finally:
        site.node.root(f"umount {PROBE}").ok()
    assert site.probe(**OFFLINE).ok().actions >= {(CLAUSE, f"{PROBE} a", "install 1.0")}
    site.is_good()


def test_a_run_that_was_killed_is_finished_by_the_next(site: Site) -> None:
    site.ship({"early": A + B, "late": A + B})
    early, late = offline("early"), offline("late")
    with site.killed_at(f"{venv('early')}/pyvenv.cfg"):
        site.run(early)
    # It finishes the first, and is killed itself.
    with site.killed_at(f"{venv('late')}/{LIBRARY}/a.py"):
        site.run(early, late)
    assert site.packages("early") == {"a": "1.0", "b": "1.0"}
    site.run(early, late).ok()
    assert site.packages("late") == {"a": "1.0", "b": "1.0"}
    site.is_good()
    assert site.run(early, late).ok().actions == set()


def test_settings_of_the_node_have_no_say_and_are_reported(site: Site) -> None:
    site.ship({"probe": A})
    managed = "/usr/lib/python3.13/EXTERNALLY-MANAGED"
    site.node.root(
        f"mv {managed} /root/; mkdir -p /home/ops/.config/pip;"
        " printf '[global]\\nindex-url = https://evil.invalid/simple\\nbreak-system-packages = true\\n'"
        " > /etc/pip.conf;"
        " printf '[install]\\ntarget = /opt/x\\nno-index = false\\n' > /home/ops/.config/pip/pip.conf;"
        " echo 'PIP_EXTRA_INDEX_URL=https://evil.invalid' >> /etc/environment;"
        " echo 'export PIP_USER=1' > /etc/profile.d/pip.sh"
    ).ok()
    try:
        run = site.probe(**OFFLINE).ok()
        said = " ".join(run.output.split())
        for words in (f"{managed}: it was removed", "/etc/pip.conf break-system-packages",
                      "/home/ops/.config/pip/pip.conf target", "/etc/profile.d/pip.sh user"):  # fmt: skip
            assert words in said
        assert site.packages() == {"a": "1.0"}
        assert site.node.root("ls /opt").ok() == ""
    finally:
        site.node.root(
            f"mv /root/EXTERNALLY-MANAGED {managed}; rm -r /etc/pip.conf /home/ops/.config /etc/profile.d/pip.sh;"
            " sed -i /PIP_/d /etc/environment"
        ).ok()


def test_without_python3_venv_it_is_said_who_brings_it(site: Site) -> None:
    site.ship({"probe": A})
    site.commit({"listed/x": ""})
    site.node.root("mv /usr/share/python-wheels /usr/share/python-wheels.away").ok()
    try:
        listed = offline("listed", packages=["a==1.0"], require_hashes=False)
        run = site.run(offline("probe"), listed, check=True).ok()
        for project in ("probe", "listed"):
            assert (CLAUSE, f"{venv(project)} a", "install 1.0") in run.actions
        assert "what else" in run.output
        site.probe(**OFFLINE).failed("python3-venv is not installed on the node; the packages role (3.3) brings it")
    finally:
        site.node.root("mv /usr/share/python-wheels.away /usr/share/python-wheels").ok()


def test_a_converged_run_costs_little_more_than_starting_a_module(site: Site) -> None:
    site.ship({"probe": IDNA_37 + SIX + A})
    site.node.role("hostname").ok()
    site.probe(find_links=["../wheels"]).ok()

    extra = seconds_beyond(lambda: site.probe(find_links=["../wheels"]), lambda: site.node.role("hostname"), bound=0.5)
    assert extra < 0.5
