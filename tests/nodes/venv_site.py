"""Projects with Python packages for tests of runbook 3.4, with wheels of their own, and the node that has them."""

from __future__ import annotations

import base64
import hashlib
import io
import shlex
import tarfile
import typing as t
import zipfile

from tests.nodes.project_site import AS_OPS, CHECKOUT, Files, ProjectSite

LIBRARY = "lib/python3.13/site-packages"
IDNA_37 = "idna==3.7 --hash=sha256:82fee1fc78add43492d3a1898bfa6d8a904cc97d8427f683ed8e798d07761aa0\n"
SIX = "six==1.16.0 --hash=sha256:8abb2f1d86890a2dfb989f9a77cfcfd3e47c2a354b01111771326f8aa26e0254\n"
OFFLINE: dict[str, t.Any] = {"no_index": True, "find_links": ["../wheels"]}
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
TREE = {"pyproject.toml": PYPROJECT, "backend.py": BACKEND, "lib.py": "VALUE = 1\n"}


def wheel(name: str, version: str, requires: t.Sequence[str] = (), *, tag: str = "py3-none-any") -> dict[str, bytes]:
    """Return a wheel of one module, by its path in the checkout; all projects take theirs from there."""
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
    return {f"wheels/{name}-{version}-{tag}.whl": buffer.getvalue()}


def locked(name: str, version: str, requires: t.Sequence[str] = ()) -> str:
    (content,) = wheel(name, version, requires).values()
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(content).hexdigest()}\n"


def source_archive() -> bytes:
    """Return an archive that has to be built, since it holds no wheel."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as packed:
        for path, text in {**TREE, "PKG-INFO": "Metadata-Version: 2.1\nName: lib\nVersion: 2.0\n"}.items():
            member = tarfile.TarInfo(f"lib-2.0/{path}")
            member.size = len(text)
            packed.addfile(member, io.BytesIO(text.encode()))
    return buffer.getvalue()


def tree(project: str, **texts: str) -> Files:
    return {f"{project}/lib/{path}": text for path, text in {**TREE, **texts}.items()}


def requirements(texts: t.Mapping[str, str]) -> Files:
    return {f"{project}/requirements.txt": text for project, text in texts.items()}


def venv(project: str) -> str:
    return f"{CHECKOUT}/{project}/.venv"


def offline(project: str, **more: t.Any) -> dict[str, t.Any]:
    return {"path": project, **OFFLINE, **more}


ARCHIVE = source_archive()
A, A2, B, D = locked("a", "1.0"), locked("a", "2.0"), locked("b", "1.0"), locked("d", "1.0")
LIB = f"lib==2.0 --hash=sha256:{hashlib.sha256(ARCHIVE).hexdigest()}\n"
WHEELS: Files = {
    **wheel("a", "1.0"), **wheel("a", "2.0"), **wheel("b", "1.0"), **wheel("d", "1.0"),
    "wheels/lib-2.0.tar.gz": ARCHIVE,
}  # fmt: skip


class Site(ProjectSite):
    ROLE = "python_venv"
    INSTALLED = ".venv"

    def ship(self, texts: t.Mapping[str, str], *more: Files) -> None:
        """Commit projects by their requirements, with the wheels beside them."""
        self.commit({**WHEELS, **requirements(texts), **{path: text for files in more for path, text in files.items()}})

    def fresh(self) -> None:
        self.node.root(f"rm -rf {CHECKOUT}/*; {AS_OPS} mkdir -p {CHECKOUT}/probe").ok()

    def packages(self, project: str = "probe") -> dict[str, str]:
        """What Python itself finds in a .venv."""
        script = "import importlib.metadata as m; [print(d.name, d.version) for d in m.distributions()]"
        out = self.node.root(f"runuser -u nobody -- {venv(project)}/bin/python -I -B -c {shlex.quote(script)}").ok()
        return dict(line.split() for line in out.splitlines())

    def says(self, project: str, expression: str) -> str:
        """What a project's Python answers."""
        return self.node.root(f"{venv(project)}/bin/python -I -B -c 'import lib; print({expression})'").ok().strip()
