"""Projects with a lock file for tests of runbook 3.5, with archives of their own, and the node that has them."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import shlex
import tarfile
import typing as t

from tests.nodes.project_site import AS_OPS, CHECKOUT, Files, ProjectSite

PROBE = f"{CHECKOUT}/probe"
MODULES = f"{PROBE}/node_modules"
MS = "sha512-6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA=="
IS_NUMBER = "sha512-41Cifkg6e8TylSpdtTpeLVMqvSBEVzTttHvERD741+pnZ8ANv0004MRL43QKPDlK9cGvNp6NZWZUBlbGXYxxng=="
FROM_REGISTRY = {
    "ms": {"version": "2.1.3", "integrity": MS},
    "is-number": {"version": "7.0.0", "integrity": IS_NUMBER},
}


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
    """Return the files of a project that needs these packages, each of them at the top of node_modules.

    Paths begin with ``probe/``; :func:`put` makes another project of it.
    """
    asked: dict[str, t.Any] = {"name": "probe", "version": "1.0.0", **manifest}
    entries: dict[str, t.Any] = {}
    files: dict[str, str | bytes | None] = {}
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


def put(name: str, files: Files) -> Files:
    """Return a project's files as those of a project of another name."""
    return {path.replace("probe/", f"{name}/", 1): text for path, text in files.items()}


def together(projects: t.Mapping[str, Files]) -> Files:
    return {path: text for name, files in projects.items() for path, text in put(name, files).items()}


def changed_lock(files: Files, change: t.Callable[[dict[str, t.Any]], None]) -> Files:
    """Return a project with something else in its lock's packages."""
    lock = json.loads(t.cast("str", files["probe/package-lock.json"]))
    change(lock["packages"])
    return {**files, "probe/package-lock.json": json.dumps(lock)}


def modules(project: str) -> str:
    return f"{CHECKOUT}/{project}/node_modules"


def aside(project: str) -> str:
    return f"{CHECKOUT}/{project}/.node_modules-runbook"


A, A2, B, C = package("a"), package("a", "2.0.0"), package("@scope/b"), package("c")
ELSEWHERE = "https://registry.invalid/npm"


OTHER = package("other", os=["darwin"])


LIBRARY = {"name": "lib", "version": "1.0.0", "bin": {"run-lib": "cli.js"}, "dependencies": {"a": "^1.0.0"}}


def linked_folders() -> Files:
    # npm resolves what a linked folder needs by its range, so the archive must be asked for by the project too.
    asked = {
        "name": "probe",
        "dependencies": {"lib": "file:libs/lib", "a": A.entry["resolved"]},
        "workspaces": ["packages/*"],
    }
    entries = {
        "libs/lib": LIBRARY,
        "node_modules/lib": {"resolved": "libs/lib", "link": True},
        "packages/w": {"version": "1.0.0"},
        "node_modules/w": {"resolved": "packages/w", "link": True},
        "node_modules/a": A.entry,
    }
    return {
        "probe/package.json": json.dumps(asked),
        "probe/package-lock.json": lock_of(asked, entries),
        "probe/libs/lib/package.json": json.dumps(LIBRARY),
        "probe/libs/lib/cli.js": "#!/usr/bin/env node\n",
        "probe/libs/lib/index.js": "module.exports = require('a')\n",
        "probe/packages/w/package.json": '{"name": "w", "version": "1.0.0"}',
        "probe/packages/w/index.js": "module.exports = 'w'\n",
        f"probe/{A.path}": A.archive,
    }


def bundled() -> Files:
    inner = {"node_modules/in/package.json": '{"name": "in", "version": "3.0.0"}', "node_modules/in/index.js": ""}
    outer = package("outer", files=inner, dependencies={"in": "3.0.0"}, bundleDependencies=["in"])
    entry = {"node_modules/outer/node_modules/in": {"version": "3.0.0", "inBundle": True}}
    return changed_lock(project(outer), lambda packages: packages.update(entry))


class Site(ProjectSite):
    ROLE = "node_project"
    INSTALLED = "node_modules"
    PASSING = f"{CHECKOUT}/*/.node_modules-runbook ~ops/.npm*"

    def fresh(self) -> None:
        self.node.root(f"rm -rf {CHECKOUT}/*; {AS_OPS} mkdir {PROBE}").ok()

    def answers(self, expression: str, project: str = "probe") -> t.Any:
        """What Node.js says as an account that has no part in all this, from the project's folder."""
        code = f"console.log(JSON.stringify({expression}))"
        command = f"cd {CHECKOUT}/{project} && runuser -u nobody -- node -e {shlex.quote(code)}"
        return json.loads(self.node.root(command).ok())

    def packages(self, project: str = "probe") -> dict[str, str]:
        """What npm itself finds there."""
        command = f"cd {CHECKOUT}/{project} && HOME=/nonexistent runuser -u nobody -- npm ls --all --json"
        found = json.loads(self.node.root(command).out).get("dependencies", {})
        return {name: entry["version"] for name, entry in found.items() if "version" in entry}
