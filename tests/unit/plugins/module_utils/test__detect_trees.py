from __future__ import annotations

import json
import os
import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _detect_trees, _venv_findings
from ansible_collections.ai_systems.runbook.plugins.module_utils._detect_trees import (
    MOST,
    findings_of,
    not_looked_at,
    not_noted,
    tree_findings,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._dpkg_files import OwnedFiles
from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.module_utils._tree_facts import Noted
from ansible_collections.ai_systems.runbook.plugins.module_utils._tree_roots import read_roots
from ansible_collections.ai_systems.runbook.plugins.module_utils._walk import Missed
from tests.tree_rig import ELF, Link, build

PASSWD = f"root:x:0:0::/root:/bin/sh\nops:x:{os.getuid() or 1000}:1000::/home/ops:/bin/sh\n"
ALLOWED: dict[str, t.Any] = {
    "etc/passwd": PASSWD, "root/.bashrc": "", "home/ops/.ssh/authorized_keys": "", "opt": None, "srv": None,
    "home/ops/ai-systems/.git/HEAD": "", "home/ops/ai-systems/app/requirements.txt": "six",
    "home/ops/ai-systems/app/.venv/pyvenv.cfg": "home = /usr/bin\ninclude-system-site-packages = false\n",
    "home/ops/ai-systems/app/.venv/bin/python": Link("/usr/bin/python3"),
    "home/ops/ai-systems/app/.venv/lib/python3.13/site-packages/six-1.dist-info/METADATA": "Name: six\n",
    "home/ops/ai-systems/app/package.json": "{}", "home/ops/ai-systems/app/node_modules/ms/package.json": "{}",
    "home/ops/ai-systems/bin/deploy": "#!/bin/sh\n", "usr/local/share/ca-certificates/lab.crt": "x",
    "usr/share/nodejs/npm/package.json": "{}", "usr/lib/python3/dist-packages/apt/x.py": "",
    "usr/lib/python3/dist-packages/python_apt-3.0.0.egg-info/PKG-INFO": "Name: python-apt\n",
}  # fmt: skip
OWNED = (
    "/usr/share/nodejs/npm", "/usr/lib/python3/dist-packages/apt",
    "/usr/lib/python3/dist-packages/python_apt-3.0.0.egg-info",
)  # fmt: skip


def found(tmp_path: pathlib.Path, files: dict[str, t.Any], *, seconds: float = 60) -> list[Finding]:
    build(tmp_path, {**ALLOWED, **files}, executable={*ALLOWED, *files})
    owned = OwnedFiles(f"{tmp_path}{path}" for path in OWNED)
    return findings_of(read_roots(base=str(tmp_path)), owned, seconds=seconds, base=str(tmp_path))


def test_a_node_as_the_collection_makes_it_has_no_finding(tmp_path: pathlib.Path) -> None:
    assert found(tmp_path, {}) == []


def test_each_wrong_way_is_one_finding(tmp_path: pathlib.Path) -> None:
    local = "usr/local/lib/python3.13/dist-packages"
    said = found(tmp_path, {
        f"{local}/x-1.dist-info/METADATA": "Name: x\nVersion: 1\n", f"{local}/x/a.so": ELF,
        f"{local}/x-1.dist-info/RECORD": "../../../bin/x,,\nx/a.so,,\nx-1.dist-info/RECORD,,\n",
        "usr/local/bin/x": "#!/usr/bin/python3\n", "usr/local/bin/tool": "#!/bin/sh\n",
        "usr/local/lib/node_modules/ms/package.json": json.dumps({"version": "2"}),
        "usr/local/lib/node_modules/ms/cli.js": "#!/usr/bin/env node\n",
        "usr/local/bin/ms": Link("../lib/node_modules/ms/cli.js"), "home/ops/.cargo/bin/rg": ELF,
        "home/ops/.local/share/pipx/venvs/cowsay/pyvenv.cfg": "", "home/ops/.local/share/pipx/venvs/cowsay/bin/c": ELF,
        "home/ops/.local/share/pipx/venvs/cowsay/pipx_metadata.json": "{}",
        "home/ops/.local/bin/cowsay": Link("../share/pipx/venvs/cowsay/bin/c"),
        "home/ops/bin/deploy": Link("../ai-systems/bin/deploy"), "opt/y/bin/a": ELF, "opt/y/bin/b": ELF,
        "home/left/myvenv/pyvenv.cfg": "", "opt/T.AppImage": ELF,
        # Whoever puts one of these there hides nothing.
        "home/ops/.local/pyvenv.cfg": "", "home/ops/.local/conda-meta/x.json": "", "opt/node_modules": Link("/x"),
        "home/ops/.local/.git/HEAD": "", "home/ops/.local/lib/p/.venv/pyvenv.cfg": "",
    })  # fmt: skip
    assert len(said) == len({finding.subject for finding in said})
    base = str(tmp_path)
    assert {(finding.clause, finding.subject.replace(base, "")) for finding in said} == {
        ("3.4", f"/{local} x"), ("3.1", "/usr/local/bin/tool"), ("3.5", "/usr/local/lib/node_modules ms"),
        ("3.1", "/home/ops/.cargo"), ("3.4", "/home/ops/.local/share/pipx/venvs/cowsay"), ("3.1", "/opt/y"),
        ("3.4", "/home/left/myvenv"), ("3.1", "/opt/T.AppImage"), ("3.5", "/opt node_modules"),
        ("3.4", "/home/ops/.local/lib/p/.venv"),
    }  # fmt: skip


def test_no_time_is_unknown_and_never_ok(tmp_path: pathlib.Path) -> None:
    said = found(tmp_path, {}, seconds=0)
    assert {finding.verdict for finding in said} == {"unknown"}
    assert f"{tmp_path}/home/ops" in {finding.subject for finding in said}


def test_hostile_names_are_one_line_each(tmp_path: pathlib.Path) -> None:
    for name in (b"\xff\xfe", b"a\nb", b"\x1b[2J", b"{{ 7*7 }}", b"\xe2\x80\xaex", b"-rf", b"$(reboot)"):
        shown = os.fsdecode(name)
        path = f"opt/{shown}/{shown}-1.dist-info/METADATA"
        build(tmp_path, {path: "#!/bin/sh\n", f"opt/{shown}/run": "#!/bin/sh\n"}, executable=[f"opt/{shown}/run"])
    said = found(tmp_path, {})
    assert len(said) == 14
    for finding in said:
        for part in finding[2:]:
            assert part.isprintable()
            part.encode()
            assert len(part) < 1000


def test_what_was_not_looked_at_is_unknown() -> None:
    said = not_looked_at([Missed("/opt/a\nb", "it is mounted")], 3, ["/var/lib/dpkg/info/x.list"])
    assert [(finding.verdict, finding.subject) for finding in said] == [
        ("unknown", "/opt/a b"), ("unknown", "folders"), ("unknown", "/var/lib/dpkg/info"),
    ]  # fmt: skip
    assert not_looked_at([], 0, []) == []


def test_more_than_is_noted_is_unknown() -> None:
    assert not_noted(0) == []
    assert [(finding.verdict, finding.evidence) for finding in not_noted(7)] == [
        ("unknown", "7 more packages and programs were seen than are noted")
    ]


def test_a_walk_that_could_note_no_more_says_so(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Noted, "MOST", 1)
    files = {f"opt/{name}-1.dist-info/METADATA": "" for name in ("a", "b")}
    files |= {f"usr/local/bin/{name}": "#!/bin/sh\n" for name in ("a", "b")}
    files |= {f"usr/local/lib/node_modules/{name}/package.json": "{}" for name in ("a", "b")}
    files |= {f"srv/{name}.AppImage": "" for name in ("a", "b")}
    said = [finding for finding in found(tmp_path, files) if finding.subject == "packages"]
    assert [finding.evidence for finding in said] == ["4 more packages and programs were seen than are noted"]


def test_a_link_in_place_of_a_home_s_software_is_unknown(tmp_path: pathlib.Path) -> None:
    said = found(tmp_path, {"data/x": "", "home/ops/.local": Link("../../data")})
    assert [(finding.verdict, finding.subject) for finding in said] == [("unknown", f"{tmp_path}/home/ops/.local")]


def test_the_findings_of_this_machine_are_bounded_and_sorted(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [
        Finding("3.4", verdict, str(number), "e", "r") for number in range(MOST) for verdict in ("info", "violation")
    ]
    monkeypatch.setattr(_detect_trees, "findings_of", lambda *_given, **_more: many)
    monkeypatch.setattr(_venv_findings, "read_state", lambda: _venv_findings.State(("/usr/lib/python3.13",), (), ()))
    said = tree_findings(seconds=0.1)
    assert len(said) == MOST
    assert "/usr/lib/python3.13/EXTERNALLY-MANAGED" in {finding.subject for finding in said}
    assert {finding.verdict for finding in said[:-1]} == {"violation"}
    assert said[-1].subject == f"{MOST + 2} more findings"
