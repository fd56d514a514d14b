"""Making and filling a .venv with the Python of this machine, and a program in pip's place."""

from __future__ import annotations

import json
import pathlib
import sys
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _venv_work
from ansible_collections.ai_systems.runbook.plugins.module_utils._pip_rules import Pin
from ansible_collections.ai_systems.runbook.plugins.module_utils._project_commit import Committed
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_facts import Facts
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_plan import Plan
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_project import Project, projects_from
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_record import FILE, Entry, parse, render
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_state import UNFINISHED, System, Venv
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_work import Worker, make_venv
from tests.git_rig import Upstream

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
NOTHING = Plan((), False, False, (), (), (), False, ())  # noqa: FBT003


@pytest.fixture(autouse=True)
def own_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_venv_work, "PYTHON", sys.executable)


class StandIn:
    """In pip's place: notes what it is asked, and installs a package of each name as an empty one."""

    def __init__(self, library: pathlib.Path) -> None:
        self.library = library
        self.asked: list[t.Any] = []

    def install(self, lines: list[str], *, source: bool) -> str:
        self.asked.append(("install", lines, source))
        items = []
        for line in lines:
            name, version = line.split(" ")[0].split("==") if "==" in line else (line.split(" ")[0], "1.0")
            self.put(name, version)
            hashes = dict(word.removeprefix("--hash=").split(":") for word in line.split(" ") if "--hash=" in word)
            items.append(
                {
                    "metadata": {"name": name, "version": version},
                    "download_info": {"url": "u", "archive_info": {"hashes": hashes}},
                }
            )
        return json.dumps({"version": "1", "install": items})

    def install_tree(self, path: str, *, editable: bool) -> None:
        self.asked.append(("tree", sorted(one.name for one in pathlib.Path(path).iterdir()), editable))
        self.put("lib", "2.0")

    def remove(self, names: list[str]) -> None:
        self.asked.append(("remove", names))

    def put(self, name: str, version: str) -> None:
        folder = self.library / f"{name}-{version}.dist-info"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n\n")
        (folder / "RECORD").write_text(f"{name}.py,,\n")


@pytest.fixture
def project(tmp_path: pathlib.Path) -> Project:
    upstream = Upstream(tmp_path / "checkout")
    upstream.commit({"p/lib/pyproject.toml": "x", "p/lib/code.py": "y"})
    (upstream.path / "p/lib/untracked").write_text("z")
    return projects_from({"checkout": str(upstream.path), "projects": [{"path": "p"}]})[0]


def worker(project: Project, facts: Facts, tmp_path: pathlib.Path) -> tuple[Worker, StandIn]:
    (tmp_path / "own").mkdir(exist_ok=True)
    made = Worker(project, facts, System(sys.executable, VERSION, "pip.whl"), str(tmp_path / "own"))
    stand_in = StandIn(pathlib.Path(project.venv) / "lib" / f"python{VERSION}" / "site-packages")
    made._pip = stand_in  # type: ignore[assignment]
    return made, stand_in


def test_a_venv_is_made_where_nothing_is_and_where_a_run_was_cut_off(tmp_path: pathlib.Path) -> None:
    path = tmp_path / ".venv"
    for _ in range(2):
        make_venv(str(path), str(tmp_path))
        assert (path / "pyvenv.cfg").read_text().count("include-system-site-packages = false") == 1
        assert not (path / UNFINISHED).exists()
        assert not list(path.glob("lib/*/site-packages/pip*"))
        (path / "left-over").mkdir()
        (path / "left-over" / "x").symlink_to("/etc")
        (path / UNFINISHED).write_text("")
    make_venv(str(path), str(tmp_path))
    assert not (path / "left-over").exists()


def test_a_plan_is_carried_out_in_order(project: Project, tmp_path: pathlib.Path) -> None:
    facts = Facts(
        wheels={"p/w.whl": "cc"},
        committed={"p/w.whl": Committed("", "blob", "w-id"), "p/lib": Committed("", "tree", "lib-id")},
    )
    made, pip = worker(project, facts, tmp_path)
    pins = (
        Pin("built", "1.0", hashes=("sha256:bb",), source=True),
        Pin("a", "1.0", hashes=("sha512:ff", "sha256:aa")),
        Pin("w", "1.0", "wheel", path="p/w.whl"),
        Pin("lib", "2.0", "tree", path="p/lib"),
    )
    made.carry_out(NOTHING._replace(make=True, install=pins, remove=("gone",)))
    assert pip.asked == [
        ("remove", ("gone",)),
        ("install", ["a==1.0 --hash=sha512:ff --hash=sha256:aa",
                     f"w @ file://{project.checkout}/p/w.whl --hash=sha256:cc"], False),
        ("install", ["built==1.0 --hash=sha256:bb"], True),
        # What git holds, and not what lies beside it.
        ("tree", ["code.py", "pyproject.toml"], False),
    ]  # fmt: skip
    record = parse(pathlib.Path(project.venv, FILE).read_text())
    assert {name: entry.archive for name, entry in record.items()} == {
        "a": "sha256:aa", "w": "git:w-id", "built": "sha256:bb", "lib": "git:lib-id",
    }  # fmt: skip


def test_an_editable_tree_is_used_where_it_lies(project: Project, tmp_path: pathlib.Path) -> None:
    facts = Facts(committed={"p/lib": Committed("", "tree", "lib-id")})
    made, pip = worker(project, facts, tmp_path)
    made.carry_out(NOTHING._replace(make=True, install=(Pin("lib", "2.0", "editable", path="p/lib"),)))
    assert pip.asked == [("tree", ["code.py", "pyproject.toml", "untracked"], True)]


def test_what_was_torn_goes_first_and_the_note_forgets_what_is_gone(project: Project, tmp_path: pathlib.Path) -> None:
    made, pip = worker(project, Facts(), tmp_path)
    made.carry_out(NOTHING._replace(make=True))
    pip.put("torn", "1")
    pip.put("~orn", "1")
    record = {"gone": Entry("x", "y"), "torn": Entry("x", "y")}
    pathlib.Path(project.venv, FILE).write_text(render(record))
    made.carry_out(NOTHING._replace(forget=("torn-1.dist-info",), install=(Pin("a", "1.0", hashes=("sha256:aa",)),)))
    assert [one.name for one in pip.library.iterdir()] == ["a-1.0.dist-info"]
    assert set(parse(pathlib.Path(project.venv, FILE).read_text())) == {"a"}


def test_settings_and_modes(project: Project, tmp_path: pathlib.Path) -> None:
    config = "home = /usr/bin\ninclude-system-site-packages = true\n"
    made, _pip = worker(project, Facts(venv=Venv("folder", config=config)), tmp_path)
    make_venv(project.venv, str(tmp_path))
    pathlib.Path(project.venv, "bad").write_text("")
    pathlib.Path(project.venv, "bad").chmod(0o666)
    made.carry_out(NOTHING._replace(configure=True, modes=True))
    assert pathlib.Path(project.venv, "pyvenv.cfg").read_text() == (
        "home = /usr/bin\ninclude-system-site-packages = false\n"
    )
    assert pathlib.Path(project.venv, "bad").stat().st_mode & 0o777 == 0o644
