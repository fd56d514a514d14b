"""Runbook 3.4 on a real node, with the real index and with wheels of its own: what is installed, refused, finished."""

from __future__ import annotations

import base64
import hashlib
import io
import pathlib
import shlex
import tarfile
import typing as t
import zipfile

import pytest

from tests.nodes.conftest import LabNodes
from tests.nodes.harness import ROLE_PLAYBOOK
from tests.nodes.project_site import AS_OPS, CHECKOUT, ProjectSite
from tests.nodes.timing import seconds_beyond

PROBE = f"{CHECKOUT}/probe/.venv"
LOCK = f"{CHECKOUT}/probe/requirements.txt"
LIBRARY = f"{PROBE}/lib/python3.13/site-packages"
CLAUSE = "3.4"
IDNA_37 = "idna==3.7 --hash=sha256:82fee1fc78add43492d3a1898bfa6d8a904cc97d8427f683ed8e798d07761aa0\n"
SIX = "six==1.16.0 --hash=sha256:8abb2f1d86890a2dfb989f9a77cfcfd3e47c2a354b01111771326f8aa26e0254\n"
OFFLINE: dict[str, t.Any] = {"no_index": True, "find_links": ["wheels"]}
# A build backend of the tree's own, so that a build needs nothing from anywhere.
BACKEND = """\
import pathlib, zipfile
def _wheel(folder, code):
    name = "lib-2.0-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(folder) / name, "w") as file:
        for path, text in code.items():
            file.writestr(path, text)
        file.writestr("lib-2.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: lib\\nVersion: 2.0\\n")
        tags = "Root-Is-Purelib: true\\nTag: py3-none-any\\n"
        file.writestr("lib-2.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\n" + tags)
        file.writestr("lib-2.0.dist-info/RECORD", "")
    return name
def build_wheel(folder, config_settings=None, metadata_directory=None):
    pathlib.Path("left-by-the-build").touch()
    return _wheel(folder, {"lib.py": pathlib.Path("lib.py").read_text()})
def build_editable(folder, config_settings=None, metadata_directory=None):
    return _wheel(folder, {"lib.pth": str(pathlib.Path.cwd()) + "\\n"})
"""
PYPROJECT = """\
[project]
name = "lib"
version = "2.0"
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
TREE = {"probe/lib/pyproject.toml": PYPROJECT, "probe/lib/backend.py": BACKEND, "probe/lib/lib.py": "VALUE = 1\n"}


def wheel(name: str, version: str, requires: t.Sequence[str] = (), *, tag: str = "py3-none-any") -> dict[str, bytes]:
    """Return a wheel of one module, by its path in the checkout."""
    buffer = io.BytesIO()
    described = f"{name}-{version}.dist-info"
    needs = "".join(f"Requires-Dist: {need}\n" for need in requires)
    files = {
        f"{name}.py": f"VERSION = {version!r}\n",
        f"{described}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}\nIt is a test.\n",
        f"{described}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    record = "".join(
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b'=').decode()},{len(text)}\n"
        for path, text in files.items()
    )
    files[f"{described}/RECORD"] = f"{record}{described}/RECORD,,\n"
    with zipfile.ZipFile(buffer, "w") as file:
        for path, text in files.items():
            # A fixed time: the hash of a wheel is the same in every run.
            file.writestr(zipfile.ZipInfo(path, (2026, 1, 1, 0, 0, 0)), text)
    return {f"probe/wheels/{name}-{version}-{tag}.whl": buffer.getvalue()}


def locked(name: str, version: str, requires: t.Sequence[str] = ()) -> str:
    (content,) = wheel(name, version, requires).values()
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(content).hexdigest()}\n"


class Site(ProjectSite):
    ROLE = "python_venv"
    INSTALLED = ".venv"

    def require(self, text: str, **more: str | bytes | None) -> None:
        self.commit({"probe/requirements.txt": text, **more})

    def fresh(self) -> None:
        self.node.root(f"rm -rf {CHECKOUT}/*/.venv {CHECKOUT}/probe; {AS_OPS} mkdir -p {CHECKOUT}/probe").ok()

    def packages(self, path: str = PROBE) -> dict[str, str]:
        """What Python itself finds in a .venv."""
        script = "import importlib.metadata as m; [print(d.name, d.version) for d in m.distributions()]"
        out = self.node.root(f"runuser -u nobody -- {path}/bin/python -I -B -c {shlex.quote(script)}").ok()
        return dict(line.split() for line in out.splitlines())


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


def test_four_runs_with_a_lock_from_the_real_index(site: Site) -> None:
    site.require(IDNA_37 + SIX)
    before = site.listing()
    predicted = site.probe(check=True).ok()
    assert site.listing() == before
    done = site.probe().ok()
    assert predicted.actions == done.actions == {
        (CLAUSE, PROBE, "create"), (CLAUSE, f"{PROBE} idna", "install 3.7"), (CLAUSE, f"{PROBE} six", "install 1.16.0"),
    }  # fmt: skip
    assert site.packages() == {"idna": "3.7", "six": "1.16.0"}
    site.is_good()
    after = site.listing()
    assert site.probe(check=True).ok().actions == set()
    assert site.probe().ok().actions == set()
    assert site.listing() == after


def test_four_runs_of_a_list_that_pip_has_to_resolve(site: Site) -> None:
    site.commit({})
    project = {"path": "probe", "packages": ["requests[socks]==2.32.3"], "require_hashes": False, "exact": True}
    before = site.listing()
    predicted = site.run(project, check=True).ok()
    assert site.listing() == before
    done = site.run(project).ok()
    assert predicted.actions == done.actions
    installed = site.packages()
    assert {"requests", "idna", "urllib3", "certifi", "charset-normalizer", "pysocks"} == {n.lower() for n in installed}
    assert len(done.actions) == 1 + len(installed)
    site.is_good()
    for check in (True, False):
        assert site.run(project, check=check).ok().actions == set()
    site.node.root(f"rm -r {LIBRARY}/urllib3*").ok()
    predicted = site.run(project, check=True).ok()
    assert predicted.actions == site.run(project).ok().actions
    assert {subject for _, subject, _ in predicted.actions} == {f"{PROBE} urllib3"}
    assert site.packages() == installed


def test_a_changed_lock_is_followed_up_and_down(site: Site) -> None:
    site.require(locked("a", "1.0") + locked("b", "1.0"), **wheel("a", "1.0"), **wheel("b", "1.0"))
    site.probe(**OFFLINE).ok()
    site.require(locked("a", "2.0"), **wheel("a", "2.0"))
    predicted = site.probe(check=True, **OFFLINE).ok()
    assert f"Nobody asked for {PROBE} b" in " ".join(predicted.output.split())
    assert predicted.actions == site.probe(**OFFLINE).ok().actions == {(CLAUSE, f"{PROBE} a", "upgrade 1.0 to 2.0")}
    assert site.packages() == {"a": "2.0", "b": "1.0"}
    predicted = site.probe(check=True, exact=True, **OFFLINE).ok()
    assert predicted.actions == site.probe(exact=True, **OFFLINE).ok().actions == {(CLAUSE, f"{PROBE} b", "remove 1.0")}
    site.require(locked("a", "1.0"))
    assert site.probe(**OFFLINE).ok().actions == {(CLAUSE, f"{PROBE} a", "downgrade 2.0 to 1.0")}
    assert site.packages() == {"a": "1.0"}
    site.is_good()


def test_what_was_installed_by_hand_is_not_taken_for_the_audited_one(site: Site) -> None:
    site.require(locked("a", "1.0"), **wheel("a", "1.0"))
    site.probe(**OFFLINE).ok()
    site.node.root(f"cd {LIBRARY} && echo evil >> a.py && echo 'a.py,,' >> a-1.0.dist-info/RECORD").ok()
    for check in (True, False):
        assert site.probe(check=check, **OFFLINE).ok().actions == {(CLAUSE, f"{PROBE} a", "reinstall 1.0")}
    assert "evil" not in site.node.root(f"cat {LIBRARY}/a.py").ok()
    # The same version with another hash in the lock is another archive.
    other = wheel("a", "1.0", ["six; os_name == 'nt'"])
    site.require(locked("a", "1.0", ["six; os_name == 'nt'"]), **other)
    assert site.probe(**OFFLINE).ok().actions == {(CLAUSE, f"{PROBE} a", "reinstall 1.0")}


def test_pip_in_a_venv_stays_and_is_not_used(site: Site) -> None:
    site.require(locked("a", "1.0"), **wheel("a", "1.0"))
    site.node.root(f"runuser -u ops -- python3 -m venv {PROBE} && echo 'exit(3)' > {LIBRARY}/pip/__init__.py").ok()
    assert site.probe(exact=True, **OFFLINE).ok().actions >= {(CLAUSE, f"{PROBE} a", "install 1.0")}
    assert set(site.packages()) == {"a", "pip"}
    assert site.probe(exact=True, **OFFLINE).ok().actions == set()


def test_source_trees_are_built_from_what_git_holds(site: Site) -> None:
    site.require("./lib\n", **TREE)
    # What is not in the commit has no say, and a build leaves nothing in the checkout.
    predicted = site.probe(check=True, no_index=True).ok()
    assert predicted.actions == site.probe(no_index=True).ok().actions >= {(CLAUSE, f"{PROBE} lib", "install 2.0")}
    site.is_good()
    assert site.probe(no_index=True).ok().actions == set()
    # The version is the same, and the code is not.
    site.commit({"probe/lib/lib.py": "VALUE = 2\n"})
    assert site.probe(no_index=True, check=True).ok().actions == {(CLAUSE, f"{PROBE} lib", "reinstall 2.0")}
    assert site.probe(no_index=True).ok().actions == {(CLAUSE, f"{PROBE} lib", "reinstall 2.0")}
    assert site.node.root(f"{PROBE}/bin/python -I -c 'import lib; print(lib.VALUE)'").ok() == "2\n"
    site.require("-e ./lib\n")
    site.node.root(f"rm -r {PROBE}").ok()
    site.probe(no_index=True).ok()
    assert f"{CHECKOUT}/probe/lib" in site.node.root(f"{PROBE}/bin/python -I -c 'import lib; print(lib.__file__)'").ok()


def test_a_source_archive_is_built_only_where_it_is_named(site: Site) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as packed:
        for path, text in {**TREE, "probe/lib/PKG-INFO": "Metadata-Version: 2.1\nName: lib\nVersion: 2.0\n"}.items():
            member = tarfile.TarInfo(path.replace("probe/lib", "lib-2.0"))
            member.size = len(text)
            packed.addfile(member, io.BytesIO(text.encode()))
    digest = hashlib.sha256(buffer.getvalue()).hexdigest()
    site.require(f"lib==2.0 --hash=sha256:{digest}\n", **{"probe/wheels/lib-2.0.tar.gz": buffer.getvalue()})
    site.probe(**OFFLINE).failed("there is no wheel for lib==2.0 that fits this node", "name it under allow_source")
    predicted = site.probe(check=True, allow_source=["lib"], **OFFLINE).ok()
    assert predicted.actions == site.probe(allow_source=["lib"], **OFFLINE).ok().actions
    assert site.packages() == {"lib": "2.0"}
    assert site.probe(allow_source=["lib"], **OFFLINE).ok().actions == set()
    site.is_good()


def test_a_file_that_comes_with_the_next_commit_is_no_error_in_a_dry_run(site: Site) -> None:
    site.commit({"probe/other.txt": ""})
    run = site.probe(check=True).ok()
    assert "probe/requirements.txt is not on the node yet" in " ".join(run.output.split())
    assert run.actions == {(CLAUSE, PROBE, "create")}
    site.probe().failed("probe/requirements.txt is not in the checkout; commit it, or correct the name")


def test_wheels_of_the_checkout_need_no_index_and_no_hash(site: Site) -> None:
    (path,) = wheel("a", "1.0")
    site.require(f"./wheels/{pathlib.Path(path).name}\n", **wheel("a", "1.0"))
    predicted = site.probe(check=True, no_index=True).ok()
    assert predicted.actions == site.probe(no_index=True).ok().actions
    assert site.packages() == {"a": "1.0"}
    assert site.probe(no_index=True).ok().actions == set()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("idna==3.7\n", "probe/requirements.txt:1: idna has no hash"),
        ("\nidna>=3\n", "probe/requirements.txt:2: idna is not pinned"),
        ("git+https://a.example/x.git\n", "vendor the code into the repository"),
        ("-e /opt/x\n", "vendor the code into the repository"),
        ("--extra-index-url https://a.example\n", "declare it under extra_index_urls"),
        ("--trusted-host a.example\n", "any certificate"),
        ("-r ../../.ssh/config\n", "leads out of the checkout"),
        ("$(reboot)\n", "probe/requirements.txt:1: '$(reboot)' cannot be used"),
        ("--option\n", "probe/requirements.txt:1: '--option' is no option"),
        ("\x1b[2Jx\n", r"probe/requirements.txt:1: '\x1b[2Jx' cannot be used"),
    ],
)
def test_a_wrong_requirement_is_refused_before_anything_is_done(site: Site, text: str, words: str) -> None:
    site.require(text)
    for check in (True, False):
        site.probe(check=check).failed(words)
    assert site.node.root(f"ls -d {PROBE}").rc != 0


def test_what_no_commit_holds_is_not_installed(site: Site) -> None:
    site.require(locked("a", "1.0"), **wheel("a", "1.0"))
    site.node.root(f"echo '# more' >> {CHECKOUT}/probe/requirements.txt").ok()
    site.probe(**OFFLINE).failed("probe/requirements.txt differs from the checkout's commit", "ship it (2.9)")
    site.commit({"probe/more.txt": "", "probe/requirements.txt": "-r more.txt\n./wheels/b-1.0-py3-none-any.whl\n"})
    site.node.root(
        f"cp {CHECKOUT}/probe/wheels/a-1.0-py3-none-any.whl {CHECKOUT}/probe/wheels/b-1.0-py3-none-any.whl"
    ).ok()
    site.probe(**OFFLINE).failed("b-1.0-py3-none-any.whl is in the checkout, and in no commit")


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (f"ln -s /etc {PROBE}", "is a link to '/etc'; a .venv is a folder of its project"),
        (f"touch {PROBE}", "is no folder; remove it"),
        (f"mkfifo {PROBE}", "is no folder; remove it"),
        (f"mv {CHECKOUT}/probe {CHECKOUT}/real && ln -s real {CHECKOUT}/probe", "probe is a link, and no folder"),
        (f"chown daemon {CHECKOUT}/probe", "belongs to user id 1; a project belongs to the operator"),
        (f"rm {LOCK} && ln -s /etc/shadow {LOCK}", "through a link"),
        (f"rm {LOCK} && mkfifo {LOCK}", "is not a regular file"),
        (f"python3 -m venv --without-pip {PROBE} && chown -h root: {PROBE}/bin/python", "does not belong to its owner"),
        (f"{AS_OPS} sh -c 'mkdir {PROBE} && echo home = /usr/bin > {PROBE}/pyvenv.cfg'", "bin/python leads nowhere"),
        (f"{AS_OPS} python3 -m venv --without-pip {PROBE} && {AS_OPS} ln -s /etc {PROBE}/lib/evil",
         "links that lead out of it (lib/evil)"),
    ],
)  # fmt: skip
def test_traps_in_the_operators_files(site: Site, prepare: str, words: str) -> None:
    site.require(locked("a", "1.0"), **wheel("a", "1.0"))
    site.node.root(prepare).ok()
    etc = site.node.root("find /etc -printf '%p %s %T@ %u %m\\n' | sort").ok()
    try:
        for check in (True, False):
            site.probe(check=check, recreate=False, **OFFLINE).failed(words)
        assert site.node.root("find /etc -printf '%p %s %T@ %u %m\\n' | sort").ok() == etc
    finally:
        site.node.root(f"rm -rf {CHECKOUT}/probe {CHECKOUT}/real").ok()


def test_modes_that_let_others_write_are_mended(site: Site) -> None:
    site.require(locked("a", "1.0"), **wheel("a", "1.0"))
    site.probe(**OFFLINE).ok()
    site.node.root(f"chmod -R g+w {PROBE}/bin; chmod o-r {LIBRARY}/a.py").ok()
    predicted = site.probe(check=True, **OFFLINE).ok()
    assert predicted.actions == site.probe(**OFFLINE).ok().actions == {(CLAUSE, PROBE, "set modes")}
    site.is_good()


def test_a_venv_that_sees_the_system_is_shut_off(site: Site) -> None:
    site.require(locked("a", "1.0"), **wheel("a", "1.0"))
    site.node.root(f"runuser -u ops -- python3 -m venv --without-pip --system-site-packages {PROBE}").ok()
    predicted = site.probe(check=True, **OFFLINE).ok()
    assert predicted.actions == site.probe(**OFFLINE).ok().actions
    assert (CLAUSE, PROBE, "shut off from the system's packages") in predicted.actions
    assert site.packages() == {"a": "1.0"}


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (f"ln -sf /usr/bin/python3.12 {PROBE}/bin/python3", "bin/python leads nowhere, as after an upgrade of Python"),
        (
            f"mv {PROBE}/lib/python3.13 {PROBE}/lib/python3.12; sed -i 's/3.13/3.12/' {PROBE}/pyvenv.cfg",
            "made for Python 3.12",
        ),
        (f"rm {PROBE}/pyvenv.cfg", "no pyvenv.cfg"),
        (f"sed -i 's,probe/.venv,moved/.venv,' {PROBE}/pyvenv.cfg", "and moved"),
        (f"echo 'uv = 0.5' >> {PROBE}/pyvenv.cfg", "made by uv"),
        (f"ln -sf /usr/bin/perl {PROBE}/bin/python3", "its interpreter is /usr/bin/perl"),
    ],
)
def test_a_broken_venv_is_told_and_rebuilt_only_when_asked(site: Site, break_it: str, words: str) -> None:
    site.require(locked("a", "1.0"), **wheel("a", "1.0"))
    site.probe(**OFFLINE).ok()
    site.node.root(f"runuser -u ops -- sh -c {shlex.quote(break_it)}").ok()
    before = site.node.root(f"find {PROBE} -printf '%p %s %T@\\n' | sort").ok()
    for check in (True, False):
        site.probe(check=check, **OFFLINE).failed(words, "recreate: true")
    assert site.node.root(f"find {PROBE} -printf '%p %s %T@\\n' | sort").ok() == before
    predicted = site.probe(check=True, recreate=True, **OFFLINE).ok()
    assert predicted.actions == site.probe(recreate=True, **OFFLINE).ok().actions
    assert (CLAUSE, PROBE, "recreate") in predicted.actions
    assert site.packages() == {"a": "1.0"}
    assert site.probe(recreate=True, **OFFLINE).ok().actions == set()
    site.is_good()


@pytest.mark.parametrize(
    ("text", "entry", "words"),
    [
        ("nothing==9.9 --hash=sha256:" + "a" * 64, OFFLINE, "there is no wheel for nothing==9.9"),
        ("a==1.0 --hash=sha256:" + "a" * 64, OFFLINE, "the archive of a==1.0"),
        (IDNA_37, {"index_url": "https://index.invalid/simple"}, "cannot be reached from the node"),
        (IDNA_37, {"index_url": "https://127.0.0.1:9/simple"}, "cannot be reached from the node"),
        ("./wheels/c-1.0-cp27-cp27m-win32.whl", OFFLINE, "not made for this node's processor and Python"),
        ("./wheels/d-1.0-py3-none-any.whl", OFFLINE, "a wheel is damaged"),
    ],
)
def test_why_pip_failed_is_one_sentence(site: Site, text: str, entry: dict[str, t.Any], words: str) -> None:
    damaged = {"probe/wheels/d-1.0-py3-none-any.whl": b"no zip file"}
    site.require(text, **wheel("a", "1.0"), **wheel("c", "1.0", tag="cp27-cp27m-win32"), **damaged)
    run = site.probe(**entry).failed("failed: ", words)
    assert run.actions <= {(CLAUSE, PROBE, "create")}
    # What is there of it is finished once the cause is gone.
    site.require(locked("a", "1.0"))
    site.probe(**OFFLINE).ok()
    assert site.packages() == {"a": "1.0"}


def test_requirements_that_contradict_each_other(site: Site) -> None:
    site.commit({**wheel("a", "1.0", ["b<2"]), **wheel("b", "2.0"), **wheel("b", "1.0")})
    entry = {"packages": ["a==1.0", "b==2.0"], "require_hashes": False, **OFFLINE}
    for check in (True, False):
        site.probe(check=check, **entry).failed("contradict each other")
    assert site.node.root(f"ls -d {PROBE}").rc != 0


def test_a_lock_that_does_not_list_all_is_told(site: Site) -> None:
    site.require(locked("a", "1.0", ["b>=2"]), **wheel("a", "1.0", ["b>=2"]))
    for _ in range(2):
        site.probe(**OFFLINE).failed("a needs b, which is not installed; add it to the project's requirements")


def test_a_full_disk(site: Site) -> None:
    site.require(locked("a", "1.0"), **wheel("a", "1.0"))
    site.node.root(
        f"runuser -u ops -- mkdir {PROBE} && mount -t tmpfs -o size=16k,mode=755 none {PROBE} && chown ops: {PROBE}"
    ).ok()
    try:
        site.probe(**OFFLINE).failed("the disk is full")
    finally:
        site.node.root(f"umount {PROBE}").ok()
    assert site.probe(**OFFLINE).ok().actions >= {(CLAUSE, f"{PROBE} a", "install 1.0")}
    site.is_good()


@pytest.mark.parametrize("moment", ["pyvenv.cfg", "lib/python3.13/site-packages/a.py"])
def test_a_run_that_was_killed_is_finished_by_the_next(site: Site, moment: str) -> None:
    site.require(locked("a", "1.0") + locked("b", "1.0"), **wheel("a", "1.0"), **wheel("b", "1.0"))
    with site.killed_at(f"{PROBE}/{moment}"):
        site.probe(**OFFLINE)
    site.probe(**OFFLINE).ok()
    assert site.packages() == {"a": "1.0", "b": "1.0"}
    site.is_good()
    assert site.probe(**OFFLINE).ok().actions == set()


def test_what_pip_left_half_installed_is_repaired(site: Site) -> None:
    site.require(locked("a", "1.0") + locked("b", "1.0"), **wheel("a", "1.0"), **wheel("b", "1.0"))
    site.probe(**OFFLINE).ok()
    site.node.root(
        f"cd {LIBRARY} && rm a-1.0.dist-info/RECORD && {AS_OPS} mkdir '~-1.0.dist-info'; rm -r b-1.0.dist-info"
    ).ok()
    predicted = site.probe(check=True, **OFFLINE).ok()
    assert predicted.actions == site.probe(**OFFLINE).ok().actions
    assert predicted.actions == {(CLAUSE, f"{PROBE} a", "repair 1.0"), (CLAUSE, f"{PROBE} b", "install 1.0")}
    assert "~" not in site.node.root(f"ls {LIBRARY}").ok()


def test_settings_of_the_node_have_no_say_and_are_reported(site: Site) -> None:
    site.require(locked("a", "1.0"), **wheel("a", "1.0"))
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
    site.require(locked("a", "1.0"), **wheel("a", "1.0"))
    site.node.root("mv /usr/share/python-wheels /usr/share/python-wheels.away").ok()
    try:
        site.probe(check=True, **OFFLINE).ok()
        run = site.probe(check=True, packages=["a==1.0"], require_hashes=False, **OFFLINE).ok()
        assert (CLAUSE, f"{PROBE} a", "install 1.0") in run.actions
        assert "what else" in run.output
        site.probe(**OFFLINE).failed("python3-venv is not installed on the node; the packages role (3.3) brings it")
    finally:
        site.node.root("mv /usr/share/python-wheels.away /usr/share/python-wheels").ok()


def test_a_converged_run_costs_little_more_than_starting_a_module(site: Site) -> None:
    site.require(IDNA_37 + SIX + locked("a", "1.0"), **wheel("a", "1.0"))
    site.node.role("hostname").ok()
    site.probe(find_links=["wheels"]).ok()

    extra = seconds_beyond(lambda: site.probe(find_links=["wheels"]), lambda: site.node.role("hostname"), bound=0.5)
    assert extra < 0.5
