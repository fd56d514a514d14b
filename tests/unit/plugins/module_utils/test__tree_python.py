from __future__ import annotations

import os
import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _tree_python
from ansible_collections.ai_systems.runbook.plugins.module_utils._tree_python import (
    PythonFacts,
    PythonLook,
    commands_of,
    modules_of,
    parse_metadata,
)
from tests.tree_rig import Link, build, walk

METADATA = "Metadata-Version: 2.1\nName: {}\nVersion: {}\n\nName: not-this\n"
USER_SITE = "home/.local/lib/python3.13/site-packages"
Files = dict[str, t.Any]


def installed(site: str, name: str, version: str, *, record: str = "", installer: str = "pip\n") -> Files:
    info = f"{site}/{name}-{version}.dist-info"
    return {
        f"{info}/METADATA": METADATA.format(name, version),
        f"{info}/RECORD": record,
        f"{info}/INSTALLER": installer,
    }


def seen(tmp_path: pathlib.Path, files: Files, *, owned: t.Collection[str] = ()) -> PythonFacts:
    build(tmp_path, files)
    look = PythonLook(
        {f"{tmp_path}/{path}" for path in owned},
        {f"{tmp_path}/home": os.getuid()},
        base=str(tmp_path),
        python="python3.13",
    )
    assert walk(look.look, str(tmp_path)) == []
    return look.facts


def names(facts: PythonFacts) -> dict[str, str]:
    return {one.name: one.version for one in facts.distributions}


def test_a_distribution_as_pip_leaves_it(tmp_path: pathlib.Path) -> None:
    record = "../../../bin/six,sha256=x,1\nsix.py,sha256=x,1\nsix-1.0.dist-info/RECORD,,\n"
    (one,) = seen(
        tmp_path, {**installed(USER_SITE, "six", "1.0", record=record), f"{USER_SITE}/six.py": ""}
    ).distributions
    site = f"{tmp_path}/{USER_SITE}"
    assert one == (
        site, f"{site}/six-1.0.dist-info", "folder", "six", "1.0", "pip", os.getuid(),
        (f"{tmp_path}/home/.local/bin/six",), ("six-1.0.dist-info", "six.py"), True,
    )  # fmt: skip


def test_what_dpkg_owns_is_no_find(tmp_path: pathlib.Path) -> None:
    site = "usr/lib/python3/dist-packages"
    files = {
        **installed(site, "a", "1"),
        f"{site}/a/x": "",
        f"{site}/b.py": "",
        **installed(site, "c", "1", record="c.py"),
    }
    facts = seen(tmp_path, files, owned=[f"{site}/a-1.dist-info", f"{site}/a", f"{site}/b.py"])
    assert names(facts) == {"c": "1"}
    assert facts.loose == []


def test_every_form_of_metadata(tmp_path: pathlib.Path) -> None:
    facts = seen(tmp_path, {
        f"{USER_SITE}/a-1.egg-info/PKG-INFO": METADATA.format("a", "1"),
        f"{USER_SITE}/b-2-py3.13.egg-info": METADATA.format("b", "2"),
        f"{USER_SITE}/c.egg-link": "/home/x/c\n.\n",
        f"{USER_SITE}/d-4-py3.13.egg/EGG-INFO/PKG-INFO": METADATA.format("d", "4"),
        f"{USER_SITE}/e-5-py3.13.egg": b"PK\x03\x04",
        f"{USER_SITE}/f-6.dist-info": None,
        f"{USER_SITE}/g-7.dist-info": "a file",
        "target/h-8.egg-info/PKG-INFO": METADATA.format("h", "8"),
        "target/h-8.egg-info/installed-files.txt": "../h.py",
    })  # fmt: skip
    assert names(facts) == {"a": "1", "b": "2", "c": "", "d": "4", "e": "5", "f": "6", "h": "8"}
    assert {one.name: one.kind for one in facts.distributions}["b"] == "file"


def test_a_target_tree_is_found_wherever_it_lies(tmp_path: pathlib.Path) -> None:
    record = "../../bin/x,,\nidna/__init__.py,,\nx.so,,\n"
    (one,) = seen(tmp_path, installed("opt/deep/er/x", "idna", "3", record=record)).distributions
    assert one.site == f"{tmp_path}/opt/deep/er/x"
    assert one.commands == (f"{tmp_path}/opt/deep/er/x/bin/x",)
    assert one.modules == ("idna", "x.so")
    assert not one.importable


@pytest.mark.parametrize(
    "site",
    [
        "home/backup/usr/lib/python3/dist-packages",
        "opt/x/usr/local/lib/python3.13/dist-packages",
        "home/.local/lib/python3.11/site-packages",
        # Of nobody's account any more.
        "home.old/.local/lib/python3.13/site-packages",
        "srv/other/.local/lib/python3.13/site-packages",
        "usr/local/lib/python3.11/dist-packages",
    ],
)
def test_a_copy_of_a_system_and_another_python_are_nothing_that_pip_means(tmp_path: pathlib.Path, site: str) -> None:
    (one,) = seen(tmp_path, installed(site, "python-apt", "2")).distributions
    assert not one.importable


@pytest.mark.parametrize(("owner", "importable"), [(0, True), (1000, False)])
def test_what_pip_means_belongs_to_who_runs_it(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, owner: int, *, importable: bool
) -> None:
    read = _tree_python.read_distribution
    monkeypatch.setattr(_tree_python, "read_distribution", lambda *given: read(*given)._replace(uid=owner))
    (one,) = seen(tmp_path, installed("usr/local/lib/python3.13/dist-packages", "six", "1")).distributions
    assert one.importable == importable


def test_what_another_account_put_into_a_home_is_nothing_that_its_pip_means(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = _tree_python.read_distribution
    monkeypatch.setattr(_tree_python, "read_distribution", lambda *given: read(*given)._replace(uid=os.getuid() + 1))
    (one,) = seen(tmp_path, installed(USER_SITE, "six", "1")).distributions
    assert not one.importable


def test_sources_in_a_checkout_are_not_installed_packages(tmp_path: pathlib.Path) -> None:
    facts = seen(tmp_path, {
        "p/.git/HEAD": "", "p/src/lib.egg-info/PKG-INFO": METADATA.format("lib", "1"),
        "p/tests/x-1.dist-info/METADATA": METADATA.format("x", "1"),
        "sdist/y.egg-info/PKG-INFO": METADATA.format("y", "1"), **installed("p/vendored", "z", "1"),
    })  # fmt: skip
    assert names(facts) == {"z": "1"}


def test_the_venv_of_a_project_hides_what_is_in_it_and_nothing_else(tmp_path: pathlib.Path) -> None:
    facts = seen(tmp_path, {
        "p/.git/HEAD": "", "p/app/.venv/pyvenv.cfg": "home = /usr/bin\ninclude-system-site-packages = false\n",
        **installed("p/app/.venv/lib/python3.13/site-packages", "six", "1"),
        **installed("p/app/.venv/target", "a", "1"), "p/other/.venv": Link("../../elsewhere"),
    })  # fmt: skip
    assert [tuple(one) for one in facts.venvs] == [
        (f"{tmp_path}/p/app/.venv", os.getuid(), f"{tmp_path}/p", False, "/usr/bin", "")
    ]
    assert names(facts) == {"a": "1"}
    assert facts.venv_links == [f"{tmp_path}/p/other/.venv"]


def test_a_pyvenv_cfg_in_a_home_does_not_hide_the_home(tmp_path: pathlib.Path) -> None:
    facts = seen(
        tmp_path, {"pyvenv.cfg": "", "conda-meta/x.json": "", **installed("lib/python3.13/site-packages", "six", "1")}
    )
    assert names(facts) == {"six": "1"}
    assert facts.venvs == []
    assert facts.tools == []


def test_tools_keep_trees_of_their_own(tmp_path: pathlib.Path) -> None:
    share = "home/.local/share"
    facts = seen(tmp_path, {
        f"{share}/pipx/venvs/cowsay/pyvenv.cfg": "", f"{share}/pipx/venvs/cowsay/pipx_metadata.json": "{}",
        f"{share}/uv/tools/ruff/pyvenv.cfg": "", f"{share}/uv/tools/ruff/uv-receipt.toml": "",
        f"{share}/uv/python/cpython-3.12/lib/x": "", f"{share}/uv/python/.lock": "",
        "home/miniconda3/conda-meta/a.json": "", "home/miniconda3/conda-meta/history": "",
        "home/.pyenv/versions/3.12.1/x": "", "home/.pyenv/versions/3.13.0/x": "", "home/.pyenv/.git/HEAD": "",
        **installed("home/miniconda3/lib/python3.12/site-packages", "six", "1"),
        **installed("home/.cache/uv/archive-v0/x", "six", "1"), **installed("home/.cache/pip/http/x", "six", "1"),
        **installed("home/.cache/uv/hidden", "z", "1"),
    })  # fmt: skip
    assert {one.path.rpartition("/")[2]: one.tool for one in facts.venvs} == {"cowsay": "pipx", "ruff": "uv-tool"}
    assert {(one.kind, one.name, one.details) for one in facts.tools} == {
        ("uv-python", "cpython-3.12", ()), ("conda", "", ("1 packages",)), ("pyenv", "", ("3.12.1", "3.13.0")),
    }  # fmt: skip
    assert names(facts) == {"z": "1"}


def test_modules_that_no_distribution_lists(tmp_path: pathlib.Path) -> None:
    facts = seen(tmp_path, {
        **installed(USER_SITE, "six", "1", record="six.py,,\nsix-1.dist-info/RECORD,,\n"), f"{USER_SITE}/six.py": "",
        f"{USER_SITE}/evil.py": "", f"{USER_SITE}/evil.pth": "import evil", f"{USER_SITE}/__pycache__/x": "",
        f"{USER_SITE}/link": Link("/"), f"{USER_SITE}/old-1.egg-info/top_level.txt": "old\n", f"{USER_SITE}/old/x": "",
    })  # fmt: skip
    assert [one.details for one in facts.loose] == [("evil.pth", "evil.py", "link")]


def test_a_huge_tree_is_read_in_part_and_counted(tmp_path: pathlib.Path) -> None:
    facts = seen(tmp_path, {f"{USER_SITE}/p{number}-1.dist-info": None for number in range(305)})
    assert len(facts.distributions) == 300
    assert facts.uncounted == {f"{tmp_path}/{USER_SITE}": 5}
    assert facts.loose == []


def test_records_without_end_are_read_in_part(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_tree_python, "_RECORDS_LIMIT", 20)
    facts = seen(tmp_path, {
        **installed(USER_SITE, "a", "1", record="a.py,,\n" + "x" * 100),
        **installed(USER_SITE, "b", "1", record="b.py"),
        f"{USER_SITE}/evil.py": "",
    })  # fmt: skip
    assert [one.modules[0] for one in facts.distributions if one.modules] == ["a.py"]
    # Which files are whose cannot be said any more.
    assert facts.loose == []


def test_hostile_metadata(tmp_path: pathlib.Path) -> None:
    site = tmp_path / USER_SITE
    build(tmp_path, {f"{USER_SITE}/a-1.dist-info": None, f"{USER_SITE}/b-2.dist-info/METADATA": b"\xff\0Name"})
    with (site / "a-1.dist-info/METADATA").open("wb") as file:
        file.truncate(2**30)
    os.mkfifo(site / "a-1.dist-info/RECORD")
    (site / "a-1.dist-info/INSTALLER").symlink_to("/dev/zero")
    (site / os.fsdecode(b"\xff\xfe\n-3.dist-info")).mkdir()
    facts = seen(tmp_path, {})
    assert names(facts) == {"a": "1", "b": "2", "\udcff\udcfe\n": "3"}


@pytest.mark.parametrize(("text", "found"), [
    ("Name: a\nVersion: 1\n", ("a", "1")), ("name:a\nVERSION: 1", ("a", "1")), ("Name: a\nName: b\n", ("a", "")),
    ("\nName: a\n", ("", "")), ("", ("", "")), ("Name", ("", "")),
])  # fmt: skip
def test_headers(text: str, found: tuple[str, str]) -> None:
    assert parse_metadata(text) == found


def test_what_a_record_lists() -> None:
    record = "../../../bin/a,sha256=x,1\n../../../../../../etc/passwd,,\na.py,,\na/../b.py,,\n"
    assert commands_of("/h/.local/lib/python3.13/site-packages", record) == ("/h/.local/bin/a",)
    assert commands_of("/opt/x", record) == ("/opt/x/bin/a",)
    assert commands_of("/opt/x", "a.py,,\n") == ()
    assert modules_of(record, "c d\n") == ("a", "a.py", "c", "d")
