"""A downloaded image is vouched for, looked at and reported; the whole way is walked in tests/flash."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _step_image_report as reports
from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_report_disk import Disk
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_report_origin import Checksum, Vouched
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_report_rules import Breach
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_source import ImageError
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import Step, conclude
from tests.step_host import Host

DECIDED = Breach(Finding("3.1", "violation", "a 1", "it is so", "remove it"), "decide", "")
MENDED = Breach(Finding("4.4", "violation", "journal", "it is so", ""), "provision.yml", "journal")


class Looked:
    """The parts of the look, replaced."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.folder = folder
        self.image = folder / "x.img"
        self.image.write_bytes(b"x")
        self.breaches = [DECIDED, MENDED]
        self.signers: tuple[str, ...] = ()
        monkeypatch.setattr(reports, "vouch", self._vouch)
        monkeypatch.setattr(reports, "is_there", lambda: True)
        monkeypatch.setattr(reports, "plain_disk", lambda *_: Disk(str(self.image), 5, None, 0))
        monkeypatch.setattr(reports, "_copy", lambda *_: ("it has no boot partition",))
        monkeypatch.setattr(reports, "look", self._look)

    def _vouch(self, image: str, *_more: t.Any) -> Vouched:
        return Vouched("a" * 64, Checksum("sha512", "b", f"{image}.sha512"), "x" if self.signers else "", self.signers)

    def _look(self, view: t.Any) -> list[Breach]:
        assert (view.declared.operator, view.declared.bootstrap_user) == ("anna", "debian")
        assert Path(view.base).is_dir()
        self.base = view.base
        return self.breaches

    def run(self, *, check: bool = False, **more: t.Any) -> dict[str, t.Any]:
        given = {"checksum": "", "keyring": "", "work_dir": str(self.folder), "bootstrap_user": "debian", **more}
        params = {"image": str(self.image), "operator": "anna", "archive_keys": [], "pipe": "", **given}
        result, error = conclude(Step(Host(check_mode=check, **params), "2.1"), reports.body)
        return {**result, "failed": error is not None}


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Looked:
    return Looked(monkeypatch, tmp_path)


def test_four_runs(looked: Looked) -> None:
    paths = [Path(f"{looked.image}.report.{ending}") for ending in ("json", "txt")]
    actions = [{"clause": "2.1", "subject": str(path), "action": "write"} for path in paths]
    assert looked.run(check=True)["actions"] == actions
    assert not any(path.exists() for path in paths)
    assert looked.run()["actions"] == actions
    before = [path.read_bytes() for path in paths]
    assert looked.run(check=True)["actions"] == []
    assert looked.run()["actions"] == []
    assert [path.read_bytes() for path in paths] == before


def test_what_is_to_be_decided_ends_the_run_with_its_report(looked: Looked) -> None:
    result = looked.run()
    assert result["failed"]
    assert "1 for you to decide" in result["msg"]
    assert f"{looked.image}.report.txt" in result["msg"]
    assert result["table"]
    text = Path(f"{looked.image}.report.txt").read_text()
    assert "sha512 as x.img.sha512 says" in text
    assert "none beside it: that it came whole is proven, whose it is is not" in text
    looked.breaches = [MENDED]
    looked.signers = ("AB" * 20,)
    result = looked.run()
    assert not result["failed"]
    assert f"by {'AB' * 20}" in Path(f"{looked.image}.report.txt").read_text()


def test_nothing_is_left_behind(looked: Looked, monkeypatch: pytest.MonkeyPatch) -> None:
    looked.run()
    assert not Path(looked.base).exists()

    def broken(*_: t.Any) -> t.NoReturn:
        raise ImageError("it is damaged")

    monkeypatch.setattr(reports, "plain_disk", broken)
    assert looked.run()["msg"] == "it is damaged"
    assert not [path for path in looked.folder.iterdir() if path.name.startswith(reports.PREFIX)]


def test_what_is_missing_here_is_named(looked: Looked, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "image_work_dir '/gone' cannot be used" in looked.run(work_dir="/gone")["msg"]
    monkeypatch.setattr(reports, "is_there", lambda: False)
    assert "run 'apt install mtools'" in looked.run()["msg"]
