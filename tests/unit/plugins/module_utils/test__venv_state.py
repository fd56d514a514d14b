from __future__ import annotations

import os
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._project_modes import Modes
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_state import (
    UNFINISHED,
    System,
    Venv,
    read_venv,
    why_broken,
    why_not_a_place,
    without_system,
)

PATH = "/home/ops/ai-systems/my probe/.venv"
SYSTEM = System("/usr/bin/python3.13", "3.13", "/usr/share/python-wheels/pip.whl")
CONFIG = f"""\
home = /usr/bin
include-system-site-packages = false
version = 3.13.5
executable = /usr/bin/python3.13
command = /usr/bin/python3 -m venv {PATH}
"""
GOOD = Venv("folder", config=CONFIG, python="/usr/bin/python3.13", has_library=True)


def test_a_good_one() -> None:
    assert why_broken(PATH, GOOD, SYSTEM) == ""
    assert why_not_a_place(PATH, GOOD) == ""
    assert not GOOD.sees_system
    assert why_broken(PATH, GOOD._replace(config=CONFIG.replace("command", "other")), SYSTEM) == ""


@pytest.mark.parametrize(
    ("venv", "words"),
    [
        (GOOD._replace(config=None), "no pyvenv.cfg"),
        (GOOD._replace(config=CONFIG + "uv = 0.5.1\n"), "made by uv"),
        (GOOD._replace(config=CONFIG + "virtualenv = 20\n"), "made by virtualenv"),
        (GOOD._replace(python=""), "bin/python leads nowhere, as after an upgrade of Python (it was made for 3.13.5)"),
        (
            GOOD._replace(python="/opt/python3.13"),
            "its interpreter is /opt/python3.13, and Debian's is /usr/bin/python3.13",
        ),
        (GOOD._replace(config=CONFIG.replace("3.13.5", "3.11.2")), "made for Python 3.11.2, and the node has 3.13"),
        (GOOD._replace(config=CONFIG.replace("3.13.5", "3.1")), "made for Python 3.1, and the node has 3.13"),
        (GOOD._replace(config=""), "made for Python an unknown version"),
        (GOOD._replace(has_library=False), "made for Python"),
        (GOOD._replace(config=CONFIG.replace("my probe", "other")), "and moved"),
    ],
)
def test_broken_ones(venv: Venv, words: str) -> None:
    assert words in why_broken(PATH, venv, SYSTEM)


@pytest.mark.parametrize(
    ("venv", "words"),
    [
        (Venv("link", "/etc"), "is a link to '/etc'"),
        (Venv("link", "/etc\n\x1b[2J"), r"is a link to '/etc\n\x1b[2J'"),
        (Venv("other"), "is no folder"),
        (GOOD._replace(modes=Modes(foreign=("bin/x",))), "does not belong to its owner (bin/x)"),
        (GOOD._replace(modes=Modes(leading_out=("lib/x",))), "links that lead out of it (lib/x)"),
    ],
)
def test_no_place(venv: Venv, words: str) -> None:
    assert words in why_not_a_place(PATH, venv)


def test_the_systems_packages_are_shut_off() -> None:
    open_one = CONFIG.replace("= false", "= true")
    assert GOOD._replace(config=open_one).sees_system
    shut = GOOD._replace(config=without_system(open_one))
    assert not shut.sees_system
    assert why_broken(PATH, shut, SYSTEM) == ""


def test_reading(tmp_path: pathlib.Path) -> None:
    venv = tmp_path / ".venv"
    uid = os.getuid()
    assert read_venv(str(venv), SYSTEM, uid).kind == "none"
    venv.mkdir(mode=0o755)
    assert read_venv(str(venv), SYSTEM, uid).unfinished
    (venv / "pyvenv.cfg").write_text(CONFIG)
    (venv / "lib" / "python3.13" / "site-packages").mkdir(parents=True)
    (venv / "bin").mkdir()
    (venv / "bin" / "python").symlink_to("nowhere")
    found = read_venv(str(venv), SYSTEM, uid)
    assert (found.kind, found.config, found.python, found.has_library, found.unfinished) == (
        "folder",
        CONFIG,
        "",
        True,
        False,
    )
    (venv / UNFINISHED).write_text("")
    (venv / "bin" / "python").unlink()
    (venv / "bin" / "python").symlink_to("/bin/sh")
    found = read_venv(str(venv), SYSTEM, uid)
    assert (found.python, found.unfinished) == (os.path.realpath("/bin/sh"), True)
    (tmp_path / "link").symlink_to("/etc")
    assert read_venv(str(tmp_path / "link"), SYSTEM, uid) == Venv("link", "/etc")
    os.mkfifo(tmp_path / "fifo")
    assert read_venv(str(tmp_path / "fifo"), SYSTEM, uid) == Venv("other")


def test_a_library_that_is_a_link_is_none(tmp_path: pathlib.Path) -> None:
    venv = tmp_path / ".venv"
    (venv / "lib").mkdir(parents=True)
    (venv / "lib" / "python3.13").symlink_to("/usr/lib")
    assert not read_venv(str(venv), SYSTEM, os.getuid()).has_library
