"""What is asked of systemd-analyze and made of its answers, against a stand-in; tests/nodes meet the real one."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _command, _unit_verify
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_order import Order
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_verify import verify
from tests.unit.plugins.module_utils.test__unit_order import CHECKOUT, GOOD, entry, ordered

# As systemd 257 wrote it, FOLDER being where the copies lay.
IGNORED = "FOLDER/web.service:3: Unknown key 'Foo' in section [Unit], ignoring."
NO_COMMAND = f"web.service: Command {CHECKOUT}/.venv/bin/python is not executable: No such file or directory"
REFUSED = "web.service: Service has no ExecStart=, ExecStop=, or SuccessAction=. Refusing."
BAD = "Unit web.service has a bad unit file setting."

Verify = t.Callable[..., list[str]]


@pytest.fixture
def analyze(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Verify:
    """Verify with a program in systemd-analyze's place, which keeps what it is given and says what it is to say."""
    folder = tmp_path / "run"
    monkeypatch.setattr(_command, "_PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(_unit_verify, "FOLDER", str(folder))
    monkeypatch.setattr(_unit_verify, "make_folder", lambda: folder.mkdir(exist_ok=True))

    def run(said: str, order: Order, code: int = 1) -> list[str]:
        (tmp_path / "answer").write_text(said)
        program = tmp_path / "systemd-analyze"
        program.write_text(
            f"#!/bin/sh\nfolder=${{SYSTEMD_UNIT_PATH%:}}\nprintf '%s\\n' \"$@\" > {tmp_path}/argv\n"
            f'cp -r "$folder" {tmp_path}/seen\nsed "s|FOLDER|$folder|" {tmp_path}/answer >&2\nexit {code}\n'
        )
        program.chmod(0o755)
        found = verify(order, [one for one in order.units if one.unit is not None])
        assert not list(folder.glob("*"))
        return found

    return run


def web(**more: t.Any) -> Order:
    return ordered({"web/web.service": GOOD}, **more)


def test_all_declared_units_are_read_together_and_from_copies(analyze: Verify, tmp_path: pathlib.Path) -> None:
    order = ordered(
        {
            "w/web.service": GOOD,
            "w/web.service.d/a.conf": "[Service]\nNice=1\n",
            "job@.service": "#j\n",
            "t@.timer": "",
        },
        entry("w/web.service"),
        entry("job@.service", instances=["x", "y"]),
        entry("t@.timer"),
        entry("old.service", state="absent"),
    )
    assert analyze("", order, 0) == []
    seen = tmp_path / "seen"
    assert (seen / "web.service").read_text() == GOOD
    assert (seen / "web.service.d" / "a.conf").read_text() == "[Service]\nNice=1\n"
    assert {path.name for path in seen.iterdir()} == {"web.service", "web.service.d", "job@.service", "t@.timer"}
    argv = (tmp_path / "argv").read_text().splitlines()
    assert argv[:4] == ["verify", "--man=no", "--recursive-errors=no", "--"]
    names = [path.rpartition("/")[2] for path in argv[4:]]
    assert names == ["web.service", "job@x.service", "job@y.service", "t@verify.timer"]


def test_without_a_question_nobody_is_asked(analyze: Verify, tmp_path: pathlib.Path) -> None:
    assert analyze("nonsense", ordered({})) == []
    assert not (tmp_path / "argv").exists()


@pytest.mark.parametrize(
    ("said", "dry_run", "found"),
    [
        (f"{IGNORED}\n\n{REFUSED}\n{BAD}\n", False, [IGNORED.removeprefix("FOLDER/"), REFUSED, BAD]),
        (f"{NO_COMMAND}\n", False, [NO_COMMAND]),
        # In a dry run the checkout has no .venv yet.
        (f"{NO_COMMAND}\n", True, []),
        (f"{NO_COMMAND}\n{BAD}\n", True, []),
        (f"{NO_COMMAND}\n{REFUSED}\n{BAD}\n", True, [REFUSED, BAD]),
        (NO_COMMAND.replace(CHECKOUT, "/opt"), True, [NO_COMMAND.replace(CHECKOUT, "/opt")]),
        ("", False, ["it ended with status 1 and said nothing; run it on the node"]),
        ("\n", True, ["it ended with status 1 and said nothing; run it on the node"]),
    ],
)
def test_each_problem_is_a_line(analyze: Verify, said: str, found: list[str], *, dry_run: bool) -> None:
    assert analyze(said, web(dry_run=dry_run)) == found


def test_what_it_takes_is_good_whatever_it_says(analyze: Verify) -> None:
    assert analyze(f"{IGNORED}\n", web(), 0) == []


def test_what_it_says_is_cleaned_and_bounded(analyze: Verify) -> None:
    found = analyze("\x1b[31m" + "x" * 5000 + "\n" + "more\n" * 500, web())
    assert len(found) == 20
    assert all(line.isprintable() and len(line) < 400 for line in found)
