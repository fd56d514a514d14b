from __future__ import annotations

import base64
import hashlib
import json
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._code_locked import (
    hashes_in,
    is_lock,
    judge_modules,
    of_venv,
    parse_list,
    why_not_proven,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_modules import Modules, Present
from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_record import Noted, Record
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_record import Entry

HASH = "sha256:" + "a" * 64


@pytest.mark.parametrize(("path", "is_one"), [
    ("x/requirements.txt", True), ("requirements-dev.txt", True), ("pylock.toml", True),
    ("web/package-lock.json", True),
    ("uv.lock", True), ("README.txt", False), ("package.json", False),
])  # fmt: skip
def test_locks(*, path: str, is_one: bool) -> None:
    assert is_lock(path) == is_one


def test_hashes_of_pip_and_of_npm() -> None:
    integrity = "sha512-" + "A" * 86 + "=="
    assert hashes_in(f'x==1 --hash={HASH}\n"integrity": "{integrity}", sha256:abc') == {HASH, integrity}


def test_a_list_of_files() -> None:
    digest = base64.urlsafe_b64encode(bytes(32)).decode().rstrip("=")
    assert parse_list(f'"a,b.py",sha256={digest},3\nx.pyc,,\ny,md5=zz,1\nz,sha256=!,1\n') == {
        "a,b.py": "00" * 32, "x.pyc": "", "y": "", "z": "",
    }  # fmt: skip


@pytest.mark.parametrize(("entry", "allowed", "why"), [
    (None, (), "no run of ours"), (Entry("x", "other"), (), "not the one of its installation"),
    (Entry("x", "r"), (), "committed nowhere"), (Entry("x", "r"), ("x",), ""),
])  # fmt: skip
def test_whether_a_package_is_proven(entry: Entry | None, allowed: tuple[str, ...], why: str) -> None:
    said = why_not_proven("p", "r", {"p": entry} if entry else {}, allowed)
    assert why in said
    assert bool(why) == bool(said)


def venv(folder: pathlib.Path) -> pathlib.Path:
    site = folder / "lib" / "python3.13" / "site-packages"
    (site / "p-1.dist-info").mkdir(parents=True)
    (site / "p.py").write_text("x = 1\n")
    digest = base64.urlsafe_b64encode(hashlib.sha256(b"x = 1\n").digest()).decode().rstrip("=")
    record = f"p.py,sha256={digest},6\n../../../bin/p,sha256={digest},6\n"
    (site / "p-1.dist-info" / "RECORD").write_text(record)
    noted = {"p": {"archive": HASH, "record": hashlib.sha256(record.encode()).hexdigest()}}
    (folder / "runbook-installed.json").write_text(json.dumps({"version": 1, "packages": noted}))
    return site


def test_files_of_a_venv(tmp_path: pathlib.Path) -> None:
    site = venv(tmp_path)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "p").write_text("other")
    (site / "own.py").write_text("")
    code = [str(site / "p.py"), str(site / "own.py"), str(tmp_path / "bin" / "p")]
    assert of_venv(str(tmp_path), code, {HASH}) == {
        code[1]: "no package of that .venv lists it",
        code[2]: "it is not as p brought it",
    }
    assert set(of_venv(str(tmp_path), code[:1], set())) == {code[0]}


def test_packages_of_npm() -> None:
    present = {f"node_modules/{name}": Present("1", "d") for name in ("good", "new", "changed", "other", "inner")}
    noted = {
        "node_modules/good": Noted("1", "sha1-x sha512-y", "d"),
        "node_modules/changed": Noted("1", "sha512-y", "e"),
        "node_modules/other": Noted("1", "sha512-z", "d"),
        "node_modules/inner": Noted("1", "", "d"),
    }
    modules = Modules("folder", packages=present, record=Record(noted, "", "b"), bins="b")
    reasons = judge_modules("/c/web/node_modules", modules, {"sha512-y"})
    assert {path.rpartition("/")[2] for path in reasons} == {"new", "changed", "other"}
    assert set(judge_modules("/c/m", modules._replace(bins="x"), {"sha512-y", "sha512-z"})) > {"/c/m/.bin"}
    assert judge_modules("/c/m", Modules(), ()) == {}
    assert set(judge_modules("/c/m", Modules("link"), ())) == {"/c/m"}
