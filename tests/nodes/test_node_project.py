"""Runbook 3.5 on a real node, with the real registry and with archives of its own: installed, refused, finished."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import shlex
import tarfile
import time
import typing as t

import pytest

from tests.nodes.conftest import LabNodes
from tests.nodes.harness import ROLE_PLAYBOOK
from tests.nodes.project_site import AS_OPS, CHECKOUT, ProjectSite
from tests.nodes.timing import seconds_beyond

PROBE = f"{CHECKOUT}/probe"
MODULES = f"{PROBE}/node_modules"
ASIDE = f"{PROBE}/.node_modules-runbook"
CLAUSE = "3.5"
MS = "sha512-6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA=="
IS_NUMBER = "sha512-41Cifkg6e8TylSpdtTpeLVMqvSBEVzTttHvERD741+pnZ8ANv0004MRL43QKPDlK9cGvNp6NZWZUBlbGXYxxng=="
FROM_REGISTRY = {
    "ms": {"version": "2.1.3", "integrity": MS},
    "is-number": {"version": "7.0.0", "integrity": IS_NUMBER},
}
Files = dict[str, "str | bytes | None"]


class Package(t.NamedTuple):
    """A package of the test: its archive, and what a lock file says of it."""

    name: str
    version: str
    archive: bytes
    entry: dict[str, t.Any]

    @property
    def path(self) -> str:
        return str(self.entry["resolved"]).removeprefix("file:")


def package(
    name: str, version: str = "1.0.0", *, files: t.Mapping[str, str] | None = None, **manifest: t.Any
) -> Package:
    """Make a package whose archive is always the same; what is told of it beside goes into its package.json."""
    content = {
        "package.json": json.dumps({"name": name, "version": version, **manifest}),
        "index.js": f"module.exports = {json.dumps(version)}\n",
        **(files or {}),
    }
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as packed:
        for path, text in content.items():
            member = tarfile.TarInfo(f"package/{path}")
            member.size = len(text.encode())
            packed.addfile(member, io.BytesIO(text.encode()))
    archive = gzip.compress(buffer.getvalue(), mtime=0)
    digest = base64.b64encode(hashlib.sha512(archive).digest()).decode()
    told = {key: value for key, value in manifest.items() if key != "scripts"}
    entry = {
        "version": version,
        "resolved": f"file:vendor/{name.replace('/', '-')}-{version}.tgz",
        "integrity": f"sha512-{digest}",
        **told,
        **({"hasInstallScript": True} if "scripts" in manifest else {}),
    }
    return Package(name, version, archive, entry)


def lock_of(manifest: t.Mapping[str, t.Any], entries: t.Mapping[str, t.Any], **more: t.Any) -> str:
    return json.dumps({"name": "probe", "lockfileVersion": 3, "packages": {"": manifest, **entries}, **more}, indent=1)


def project(*packages: Package, dev: t.Sequence[Package] = (), optional: t.Sequence[Package] = (),
            **manifest: t.Any) -> Files:  # fmt: skip
    """Return the files of a project that needs these packages, each of them at the top of node_modules."""
    asked: dict[str, t.Any] = {"name": "probe", "version": "1.0.0", **manifest}
    entries: dict[str, t.Any] = {}
    files: Files = {}
    for key, flag, some in (("dependencies", "", packages), ("devDependencies", "dev", dev),
                            ("optionalDependencies", "optional", optional)):  # fmt: skip
        for one in some:
            asked.setdefault(key, {})[one.name] = one.entry["resolved"]
            entries[f"node_modules/{one.name}"] = {**one.entry, **({flag: True} if flag else {})}
            files[f"probe/{one.path}"] = one.archive
    return {"probe/package.json": json.dumps(asked), "probe/package-lock.json": lock_of(asked, entries), **files}


def from_registry(**more: t.Any) -> Files:
    asked = {"name": "probe", "dependencies": {"ms": "2.1.3", "is-number": "^7.0.0"}}
    entries = {f"node_modules/{name}": {**entry, **more} for name, entry in FROM_REGISTRY.items()}
    return {"probe/package.json": json.dumps(asked), "probe/package-lock.json": lock_of(asked, entries)}


A, A2, B = package("a"), package("a", "2.0.0"), package("@scope/b")


class Site(ProjectSite):
    ROLE = "node_project"
    INSTALLED = "node_modules"
    PASSING = f"{ASIDE} ~ops/.npm*"

    def twice(self, **entry: t.Any) -> set[tuple[str, str]]:
        """Predict, then do; return what both say, as what follows node_modules and what is done."""
        before = self.listing()
        predicted = self.probe(check=True, **entry).ok()
        assert self.listing() == before
        assert predicted.actions == self.probe(**entry).ok().actions
        return {(subject.removeprefix(MODULES).strip(), action) for _clause, subject, action in predicted.actions}

    def fresh(self) -> None:
        self.node.root(f"rm -rf {PROBE} && {AS_OPS} mkdir {PROBE}").ok()

    def answers(self, expression: str) -> t.Any:
        """What Node.js says as an account that has no part in all this, from the project's folder."""
        code = f"console.log(JSON.stringify({expression}))"
        return json.loads(self.node.root(f"cd {PROBE} && runuser -u nobody -- node -e {shlex.quote(code)}").ok())

    def packages(self) -> dict[str, str]:
        """What npm itself finds there."""
        said = self.node.root(f"cd {PROBE} && HOME=/nonexistent runuser -u nobody -- npm ls --all --json").out
        found = json.loads(said).get("dependencies", {})
        return {name: entry["version"] for name, entry in found.items() if "version" in entry}


@pytest.fixture(scope="module")
def bare(lab_node: LabNodes) -> Site:
    site = Site(lab_node("t-node-project"))
    site.make_checkout()
    return site


@pytest.fixture(scope="module")
def prepared(bare: Site) -> Site:
    install = "apt-get -qq install --yes --no-install-recommends nodejs npm >/dev/null 2>&1"
    bare.node.root(install, seconds=900).ok()
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
    run = bare.probe(check=True).ok()
    assert f"what {PROBE} would install is not known: {PROBE} is not on the node" in " ".join(run.output.split())
    bare.probe().failed(f"{PROBE} is not on the node", "the repository role (2.9) ships")
    bare.commit(project(A, optional=[package("c", engines={"node": ">=12"})]))
    run = bare.probe(check=True).ok()
    assert run.actions == {
        (CLAUSE, MODULES, "create"),
        (CLAUSE, f"{MODULES} a", "install 1.0.0"),
        (CLAUSE, f"{MODULES} c", "install 1.0.0"),
    }  # fmt: skip
    assert "Node.js is not installed yet, so whether c is made for it is not known" in " ".join(run.output.split())
    bare.probe().failed("nodejs and npm are not installed on the node; name both in packages_list")
    bare.commit(from_registry(resolved="https://registry.invalid/x.tgz"))
    run = bare.probe(check=True).ok()
    assert "whether https://registry.invalid in probe/package-lock.json is its registry" in " ".join(run.output.split())


def test_four_runs_with_the_real_registry(site: Site) -> None:
    site.commit(from_registry())
    assert site.twice() == {("", "create"), ("ms", "install 2.1.3"), ("is-number", "install 7.0.0")}
    assert site.packages() == {"ms": "2.1.3", "is-number": "7.0.0"}
    assert site.answers('[require("ms")("2 days"), require("is-number")("5")]') == [172800000, True]
    site.is_good()
    after = site.listing()
    for check in (True, False):
        assert site.probe(check=check).ok().actions == set()
    assert site.listing() == after


def test_a_lock_may_name_npms_own_registry_and_no_other(site: Site) -> None:
    own = site.node.root("HOME=/nonexistent npm config get registry").ok().strip().rstrip("/")
    files = from_registry()
    lock = json.loads(t.cast("str", files["probe/package-lock.json"]))
    for name, entry in FROM_REGISTRY.items():
        lock["packages"][f"node_modules/{name}"]["resolved"] = f"{own}/{name}/-/{name}-{entry['version']}.tgz"
    site.commit({**files, "probe/package-lock.json": json.dumps(lock)})
    assert ("ms", "install 2.1.3") in site.twice()
    site.is_good()
    # That it is npm's own is known from then on, without asking npm.
    site.node.root("mv /usr/bin/node /usr/bin/node.away").ok()
    try:
        assert site.probe().ok().actions == set()
    finally:
        site.node.root("mv /usr/bin/node.away /usr/bin/node").ok()
    site.commit(from_registry(resolved="https://registry.invalid/x.tgz"))
    for check in (True, False):
        site.probe(check=check).failed(
            "probe/package-lock.json: ms comes from https://registry.invalid, which is neither npm's own registry nor"
        )
    # The hash is the same, so what is there stays also where it comes from elsewhere.
    assert site.probe(registries=["https://registry.invalid/npm"]).ok().actions == set()
    site.node.root(f"rm -r {MODULES}").ok()
    site.probe(registries=["https://registry.invalid/npm"]).failed("the package registry cannot be reached")
    site.commit({"probe/.npmrc": "registry=https://registry.invalid/npm/\n", **from_registry()})
    site.probe(check=True).failed("probe/.npmrc, line 1: it names https://registry.invalid/npm/")
    site.probe(registries=["https://registry.invalid/npm"]).failed("the package registry cannot be reached")


def test_a_changed_lock_is_followed_up_and_down(site: Site) -> None:
    site.commit(project(A, B))
    assert site.twice() == {("", "create"), ("a", "install 1.0.0"), ("@scope/b", "install 1.0.0")}
    site.commit(project(A2, package("c")))
    assert site.twice() == {("a", "upgrade 1.0.0 to 2.0.0"), ("@scope/b", "remove 1.0.0"), ("c", "install 1.0.0")}
    assert site.answers('require("a")') == "2.0.0"
    site.commit(project(A))
    assert site.twice() == {("a", "downgrade 2.0.0 to 1.0.0"), ("c", "remove 1.0.0")}
    # The same version with another hash is another archive.
    site.commit(project(package("a", files={"more.js": "1\n"})))
    assert site.twice() == {("a", "reinstall 1.0.0")}
    site.commit(project())
    assert site.twice() == {("a", "remove 1.0.0")}
    assert site.probe().ok().actions == set()
    site.is_good()


def test_packages_for_development_come_only_where_they_are_declared(site: Site) -> None:
    site.commit(project(A, dev=[B]))
    assert site.twice() == {("", "create"), ("a", "install 1.0.0")}
    assert site.twice(dev=True) == {("@scope/b", "install 1.0.0")}
    assert site.probe(dev=True).ok().actions == set()
    assert site.twice() == {("@scope/b", "remove 1.0.0")}


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


def test_what_was_changed_by_hand_is_made_right(site: Site) -> None:
    names = [name for name in HAND_MADE if "stray" not in name]
    site.commit(project(A, *(package(name, bin={f"run-{name[-3:].strip('/')}": "index.js"}) for name in names)))
    site.probe().ok()

    def by_hand(script: str) -> set[tuple[str, str]]:
        whole = f"export HOME=/tmp/by-hand; cd {MODULES} && {script}"
        site.node.root(f"{AS_OPS} sh -c {shlex.quote(whole)}").ok()
        done = site.twice()
        assert site.answers(f"{json.dumps(names)}.map(name => require(name))") == ["1.0.0"] * len(names)
        site.is_good()
        return done

    said = by_hand(" && ".join(script for script, _action in HAND_MADE.values()))
    assert said == {(name, action) for name, (_script, action) in HAND_MADE.items()}
    everything = {(name, "reinstall 1.0.0") for name in ("a", *names)}
    assert by_hand("rm .runbook-installed.json") == everything
    assert by_hand("rm .package-lock.json") == everything
    assert by_hand("rm -r .bin") == {("/.bin", "link the commands again")}
    assert by_hand("chmod -R g+w edited; chmod o-r gone/index.js; mkdir .cache") == {("", "set modes")}
    assert ("a", "install 1.0.0") in by_hand("cd .. && npm uninstall --no-save --offline a")
    assert site.probe().ok().actions == set()


def test_install_scripts_run_only_for_the_names_that_are_listed(site: Site) -> None:
    wrote = "id -un > RAN; sudo -n true && echo sudo >> RAN; true"
    one, other = (package(name, scripts={"install": wrote, "postinstall": "true"}) for name in ("one", "other"))
    site.commit(project(one, other, A, scripts={"postinstall": "touch RAN", "prepare": "touch RAN"}))
    site.probe().ok()
    assert site.node.root(f"find {PROBE} -name RAN").ok() == ""
    assert site.twice(allow_scripts=["one"]) == {("one", "run its install scripts")}
    assert site.node.root(f"find {PROBE} -name RAN").ok() == f"{MODULES}/one/RAN\n"
    assert site.node.root(f"cat {MODULES}/one/RAN").ok() == "ops\n"
    site.is_good()
    assert site.probe(allow_scripts=["one"]).ok().actions == set()
    # What a script has written is not of the archive.
    assert site.twice() == {("one", "reinstall 1.0.0")}
    assert site.node.root(f"find {PROBE} -name RAN").ok() == ""
    run = site.probe(check=True, allow_scripts=["a"]).ok()
    assert "allow_scripts names 'a', which has no install scripts in probe/package-lock.json" in " ".join(
        run.output.split()
    )
    site.probe(check=True, allow_scripts=["onne"]).failed(
        "allow_scripts names 'onne', which probe/package-lock.json does not hold"
    )


def test_a_script_that_fails_leaves_what_was_there(site: Site) -> None:
    site.commit(project(A))
    site.probe().ok()
    before = site.listing()
    site.commit(project(package("bad", scripts={"install": "echo why it fails >&2; exit 3"})))
    site.probe(allow_scripts=["bad"]).failed("the install script of bad failed; it said: ", "why it fails")
    assert site.answers('require("a")') == "1.0.0"
    assert [line for line in before.splitlines() if "node_modules" in line] == [
        line for line in site.listing().splitlines() if "node_modules" in line
    ]


def test_folders_of_the_project_are_linked(site: Site) -> None:
    library = {"name": "lib", "version": "1.0.0", "bin": {"run-lib": "cli.js"}, "dependencies": {"a": "^1.0.0"}}
    manifest = {"name": "probe", "dependencies": {"lib": "file:libs/lib"}, "workspaces": ["packages/*"]}
    entries = {
        "libs/lib": library,
        "node_modules/lib": {"resolved": "libs/lib", "link": True},
        "packages/w": {"version": "1.0.0"},
        "node_modules/w": {"resolved": "packages/w", "link": True},
        "node_modules/a": A.entry,
    }
    files: Files = {
        "probe/package.json": json.dumps(manifest),
        "probe/package-lock.json": lock_of(manifest, entries),
        "probe/libs/lib/package.json": json.dumps({**library, "dependencies": {"a": "^1.0.0"}}),
        "probe/libs/lib/cli.js": "#!/usr/bin/env node\n",
        "probe/libs/lib/index.js": "module.exports = require('a')\n",
        "probe/packages/w/package.json": '{"name": "w", "version": "1.0.0"}',
        "probe/packages/w/index.js": "module.exports = 'w'\n",
        f"probe/{A.path}": A.archive,
    }
    # npm resolves what a linked folder needs by its range, so the archive must be asked for by the project too.
    manifest["dependencies"] = {"lib": "file:libs/lib", "a": A.entry["resolved"]}
    files["probe/package.json"] = json.dumps(manifest)
    files["probe/package-lock.json"] = lock_of(manifest, entries)
    site.commit(files)
    assert site.twice() == {
        ("", "create"), ("a", "install 1.0.0"), ("lib", "link to libs/lib"), ("w", "link to packages/w"),
    }  # fmt: skip
    assert site.answers('[require("lib"), require("w")]') == ["1.0.0", "w"]
    assert site.node.root(f"readlink {MODULES}/.bin/run-lib").ok() == "../lib/cli.js\n"
    site.is_good()
    assert site.probe().ok().actions == set()
    site.commit({"probe/libs/lib/package.json": json.dumps({**library, "dependencies": {"a": "^1.0.0", "b": "1"}})})
    site.probe(check=True).failed("probe/libs/lib/package.json and probe/package-lock.json disagree")


def test_packages_in_the_archive_of_another_have_its_hash(site: Site) -> None:
    inner = {"node_modules/in/package.json": '{"name": "in", "version": "3.0.0"}', "node_modules/in/index.js": ""}
    outer = package("outer", files=inner, dependencies={"in": "3.0.0"}, bundleDependencies=["in"])
    files = project(outer)
    lock = json.loads(t.cast("str", files["probe/package-lock.json"]))
    lock["packages"]["node_modules/outer/node_modules/in"] = {"version": "3.0.0", "inBundle": True}
    site.commit({**files, "probe/package-lock.json": json.dumps(lock)})
    assert site.twice() == {("", "create"), ("outer", "install 1.0.0"), ("outer/node_modules/in", "install 3.0.0")}
    assert site.probe().ok().actions == set()
    lock["packages"]["node_modules/outer"].pop("bundleDependencies")
    site.commit({"probe/package-lock.json": json.dumps(lock)})
    site.probe(check=True).failed("outer/node_modules/in has no integrity")


def test_optional_packages_that_are_not_made_for_the_node_are_left_out(site: Site) -> None:
    other = package("other", os=["darwin"])
    old = package("old", engines={"node": "<10"})
    mine = package("mine", os=["linux"], cpu=["x64", "arm64"], engines={"node": ">=18"})
    site.commit(project(A, optional=[other, old, mine]))
    assert site.twice() == {("", "create"), ("a", "install 1.0.0"), ("mine", "install 1.0.0")}
    assert site.probe().ok().actions == set()
    site.commit(project(A, other))
    site.probe(check=True).failed("other is needed and not made for linux on ")


def test_an_optional_package_with_a_wrong_hash_is_an_error(site: Site) -> None:
    site.commit(project(A))
    site.probe().ok()
    files = project(A, optional=[B])
    site.commit({**files, "probe/vendor/@scope-b-1.0.0.tgz": package("@scope/b", files={"evil.js": ""}).archive})
    site.probe().failed("npm left out @scope/b 1.0.0, which is optional and made for this node", "stays")
    assert site.answers('require("a")') == "1.0.0"
    site.commit(project(A))
    assert site.probe().ok().actions == set()
    site.is_good()


def test_why_npm_failed_is_one_sentence(site: Site) -> None:
    site.commit(project(B))
    site.probe().ok()
    strict: Files = {"probe/.npmrc": "engine-strict=true\n", **project(package("old", engines={"node": "<4"}))}
    asked = {"name": "probe", "dependencies": {"ms": "99.99.99"}}
    entries = {"node_modules/ms": {"version": "99.99.99", "integrity": MS}}
    unpublished: Files = {"probe/package.json": json.dumps(asked), "probe/package-lock.json": lock_of(asked, entries)}
    rows: list[tuple[Files, str]] = [
        (
            {**project(A), "probe/vendor/a-1.0.0.tgz": A2.archive},
            "the archive of a is not the one that the lock's integrity is of",
        ),
        ({**project(A), "probe/vendor/a-1.0.0.tgz": b"no archive"}, "the archive of a is not the one"),
        (unpublished, "the registry has no such version"),
        (strict, "a package is not made for the Node.js of Debian 13"),
    ]
    for files, words in rows:
        site.commit(files)
        assert site.probe().failed("failed: ", words).actions == set()
        assert site.answers('require("@scope/b")') == "1.0.0"
        assert site.node.root(f"ls -d {ASIDE} /var/tmp/ai-systems*").rc != 0


def test_what_is_not_in_the_registry(site: Site) -> None:
    name = "ai-systems-runbook-no-such-package"
    asked = {"name": "probe", "dependencies": {name: "1.0.0"}}
    entries = {f"node_modules/{name}": {"version": "1.0.0", "integrity": MS}}
    site.commit({"probe/package.json": json.dumps(asked), "probe/package-lock.json": lock_of(asked, entries)})
    site.probe().failed(f"the registry has no {name}")


def test_without_network(site: Site) -> None:
    site.commit(from_registry())
    site.node.root("umount /etc/resolv.conf; mv /etc/resolv.conf /root/; echo nameserver 127.0.0.1 > /etc/resolv.conf")
    try:
        assert len(site.probe(check=True).ok().actions) == 3
        site.probe().failed("installing 2 packages failed: the package registry cannot be reached from the node")
    finally:
        site.node.root("cp /root/resolv.conf /etc/resolv.conf").ok()
    site.probe().ok()
    site.is_good()


def test_a_full_disk(site: Site) -> None:
    # Noise, which no compression makes small again.
    noise = "".join(hashlib.sha512(str(number).encode()).hexdigest() for number in range(8000))
    big = package("big", files={"noise": noise})
    site.commit(project(big))
    mount = (
        f"cp -a {PROBE} /root/kept && mount -t tmpfs -o size=1500k,mode=755 none {PROBE} && cp -a /root/kept/. {PROBE}/"
    )
    site.node.root(f"{mount} && chown -R ops: {PROBE}").ok()
    try:
        site.probe().failed("the disk is full")
        assert site.node.root(f"ls -d {ASIDE} {MODULES}").rc != 0
    finally:
        site.node.root(f"umount {PROBE}; rm -r /root/kept").ok()
    site.probe().ok()
    site.is_good()


ORDINARY = project(A)
LOCK = json.loads(t.cast("str", ORDINARY["probe/package-lock.json"]))


def locked(**entries: dict[str, t.Any]) -> Files:
    """Return a project whose lock has further entries, each a package of the test with something else about it."""
    further = {location.replace("__", "/"): {**A.entry, **entry} for location, entry in entries.items()}
    return {**ORDINARY, "probe/package-lock.json": json.dumps({**LOCK, "packages": {**LOCK["packages"], **further}})}


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (
            {**ORDINARY, "probe/package-lock.json": '{"lockfileVersion": 1, "dependencies": {}}'},
            ["probe/package-lock.json has lockfileVersion '1', and versions 2 and 3 are understood"],
        ),
        ({**ORDINARY, "probe/package-lock.json": "{"}, ["probe/package-lock.json, line 1: this is no JSON"]),
        (
            {**ORDINARY, "probe/package.json": '{"dependencies": {"a": "^1.0.0", "x": "1"}}'},
            ["dependencies asks for x '1', which the lock does not know"],
        ),
        (
            {**ORDINARY, "probe/.npmrc": "prefix=/usr/local\nglobal=true\n//a.invalid/:_authToken=SECRET\n"},
            [
                "probe/.npmrc, line 1: 'prefix' says where npm installs",
                "line 2: 'global' makes npm install for the whole system",
                "is a credential, and none is kept on a node",
            ],
        ),
        (
            locked(
                node_modules__git={"resolved": "git+ssh://git@a.invalid/x.git#abc"},
                node_modules__http={"resolved": "http://a.invalid/a.tgz"},
                node_modules__bare={"integrity": ""},
                node_modules__weak={"integrity": "sha1-" + "A" * 27 + "="},
                node_modules__out={"resolved": "file:../x.tgz"},
            ),
            [
                "git comes from a version control address",
                "only https without a login, or an archive inside the project",
                "bare is a file of the project without integrity",
                "only a SHA-1 hash, which can be forged",
                "'file:../x.tgz', which leads out of the project",
            ],
        ),
        (
            locked(
                node_modules__ssh={"link": True, "resolved": "../../.ssh"},
                **{"node_modules/../../../../etc/x": {}, "node_modules/--option": {}, "node_modules/$(reboot)": {}},
                **{"node_modules/a\nb\x1b[2J": {}},
            ),
            [
                "ssh is a link to '../../.ssh', which leads out of the project",
                "../../../../etc/x is no place in the project",
                "--option is no place of a package",
                "$(reboot) is no place of a package",
                r"a b\x1b[2J is no place in the project",
            ],
        ),
        (
            locked(
                lib__node_modules__x={},
                node_modules__name={"name": "../../../root"},
                node_modules__version={"version": "file:/root"},
                **{"/etc/x": {}},
            ),
            [
                "lib/node_modules/x is no place of a package",
                "name stands for the package '../../../root', which is no package's name",
                "version has the version 'file:/root', which is none",
                "/etc/x is no place in the project",
            ],
        ),
        (locked(node_modules__a={"resolved": "file:none.tgz"}), ["probe/none.tgz is not in the checkout"]),
    ],
)
def test_a_wrong_project_is_refused_before_anything_is_done(site: Site, files: Files, words: list[str]) -> None:
    site.commit(files)
    assert "SECRET" not in site.probe().failed(*words).output
    assert site.node.root(f"ls -d {MODULES} {ASIDE}").rc != 0


def test_no_lock_file(site: Site) -> None:
    site.commit({"probe/package.json": "{}"})
    site.probe().failed(
        "probe has no lock file (package-lock.json or npm-shrinkwrap.json)", "make one with 'npm install"
    )
    # In a dry run of everything, the commit that brings it is not there yet.
    run = site.probe(check=True).ok()
    assert "would install is not known: probe has no lock file" in " ".join(run.output.split())
    site.commit({"probe/npm-shrinkwrap.json": lock_of({}, {})})
    assert site.twice() == {("", "create")}


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"path": "../.."}, "does not lie inside the checkout"),
        ({"path": "probe", "allow_scripts": ["--global"]}, "it begins with '-', as an option of npm does"),
        ({"path": "probe", "allow_scripts": ["$(reboot)"]}, "is no package's name"),
        ({"path": "probe", "allow_scripts": ["x"] * 10_000}, "lists 10000 names in allow_scripts, 1000 are the most"),
        ({"path": "probe", "registries": ["https://me:SECRET@a.invalid/"]}, "it holds a user name or password"),
    ],
)
def test_a_wrong_declaration(site: Site, entry: dict[str, t.Any], words: str) -> None:
    site.commit(ORDINARY)
    assert "SECRET" not in site.run(entry).failed(words).output


def test_ten_thousand_hostile_names_end_soon(site: Site) -> None:
    packages = {f"node_modules/--{number}\x1b": A.entry for number in range(10_000)}
    site.commit(
        {**ORDINARY, "probe/package-lock.json": json.dumps({**LOCK, "packages": {**LOCK["packages"], **packages}})}
    )
    began = time.monotonic()
    site.probe(check=True).failed("and 9995 more")
    assert time.monotonic() - began < 30


def test_what_no_commit_holds_is_not_installed(site: Site) -> None:
    site.commit(ORDINARY)
    site.node.root(f"echo >> {PROBE}/package-lock.json").ok()
    site.probe().failed("probe/package-lock.json differs from the checkout's commit", "ship it (2.9)")
    site.commit(ORDINARY)
    site.node.root(f"{AS_OPS} sh -c 'echo fund=false > {PROBE}/.npmrc'").ok()
    site.probe(check=True).failed("probe/.npmrc is in the checkout, and in no commit")


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (f"ln -s /etc {MODULES}", "is a link to '/etc'; a node_modules is a folder of its project"),
        (f"mkfifo {MODULES}", "is no folder; remove it"),
        (f"mv {PROBE} {CHECKOUT}/real && ln -s real {PROBE}", "probe is a link, and no folder"),
        (f"chown daemon {PROBE}", "belongs to user id 1; a project belongs to the operator"),
        (f"rm {PROBE}/package-lock.json && ln -s /etc/shadow {PROBE}/package-lock.json", "through a link"),
        (f"rm {PROBE}/package-lock.json && mkfifo {PROBE}/package-lock.json", "is not a regular file"),
        (
            f"rm {PROBE}/package-lock.json && mkdir {PROBE}/package-lock.json",
            "is not a regular file",
        ),
        (f"mkdir -p {MODULES}/x && chown ops: {MODULES}", "does not belong to its owner (x)"),
    ],
)
def test_traps_in_the_operators_files(site: Site, prepare: str, words: str) -> None:
    site.commit(ORDINARY)
    site.node.root(prepare).ok()
    etc = site.node.root("find /etc -printf '%p %s %T@ %u %m\\n' | sort").ok()
    try:
        site.probe().failed(words)
        assert site.node.root("find /etc -printf '%p %s %T@ %u %m\\n' | sort").ok() == etc
    finally:
        site.node.root(f"rm -rf {PROBE} {CHECKOUT}/real").ok()


@pytest.mark.parametrize("what", ["ln -s /etc", "mkdir -p"])
def test_what_lies_where_the_work_is_done_is_cleared_first(site: Site, what: str) -> None:
    site.commit(ORDINARY)
    site.node.root(f"{AS_OPS} {what} {ASIDE}").ok()
    predicted = site.probe(check=True).ok()
    assert predicted.actions == site.probe().ok().actions
    assert (CLAUSE, ASIDE, "remove") in predicted.actions
    site.is_good()
    assert site.node.root("ls -d /etc/package.json /etc/node_modules").rc != 0


# The first moments while npm works aside, the last two around the swap.
@pytest.mark.parametrize(
    "moment",
    [
        f"{ASIDE}/package.json",
        f"{ASIDE}/node_modules/.runbook-installed.json",
        f"{MODULES}/a2",
    ],
)
def test_a_run_that_was_killed_is_finished_by_the_next(site: Site, moment: str) -> None:
    site.commit(project(A, B))
    site.probe().ok()
    site.commit(project(A2, B, package("a2")))
    with site.killed_at(moment):
        site.probe()
    # What was there, or all of what is to be: never something between.
    assert site.answers('[require("a"), require("@scope/b")]') in (["1.0.0", "1.0.0"], ["2.0.0", "1.0.0"])
    site.probe().ok()
    assert site.answers('[require("a"), require("a2")]') == ["2.0.0", "1.0.0"]
    site.is_good()


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
