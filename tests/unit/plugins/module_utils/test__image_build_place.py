from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import pathlib
import shutil
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_build_place as places
from ansible_collections.ai_systems.runbook.plugins.module_utils._command import CommandError
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError


def made(tmp_path: pathlib.Path) -> places.Place:
    place = places.Place(str(tmp_path), "x")
    for path in place.files:
        places.write(path, f"new {path}")
    return place


def test_nothing_has_its_name_before_it_is_whole(tmp_path: pathlib.Path) -> None:
    place = made(tmp_path)
    (tmp_path / "SHA256SUMS").write_text(f"{'a' * 64}  other.img\n{'b' * 64} *x.img\n")
    assert sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith(".")) == ["SHA256SUMS"]
    places.publish(place, dict.fromkeys(place.files, "c" * 64))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["SHA256SUMS", "x.img", "x.img.bmap", "x.manifest.json"]
    assert places.listed(place) == {
        "other.img": "a" * 64,
        "x.img": "c" * 64,
        "x.img.bmap": "c" * 64,
        "x.manifest.json": "c" * 64,
    }


def test_a_run_that_ends_between_two_names_leaves_an_image_that_nobody_flashes(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = made(tmp_path)
    (tmp_path / "SHA256SUMS").write_text(f"{'b' * 64}  x.img\n")
    renamed = os.replace

    def once(source: str, target: str) -> None:
        renamed(source, target)
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", once)
    with pytest.raises(KeyboardInterrupt):
        places.publish(place, dict.fromkeys(place.files, "c" * 64))
    assert places.listed(place)["x.img"] == "b" * 64


def test_what_was_not_finished_is_removed(tmp_path: pathlib.Path) -> None:
    place = made(tmp_path)
    places.discard(place)
    places.discard(place)
    assert list(tmp_path.iterdir()) == []


def test_one_run_at_a_time(tmp_path: pathlib.Path) -> None:
    lock = str(tmp_path / "lock")
    with (
        places.locked(lock, "builds an image"),
        pytest.raises(StepError, match="another run builds an image; wait"),
        places.locked(lock, "builds an image"),
    ):
        pass
    with places.locked(lock, "builds an image"):
        pass


def test_a_workshop_goes_away_and_takes_those_of_killed_runs_with_it(tmp_path: pathlib.Path) -> None:
    killed = tmp_path / f"{places.PREFIX}killed"
    (killed / "deep").mkdir(parents=True)
    (tmp_path / "somebody-elses").mkdir()
    with places.workshop(str(tmp_path)) as first:
        assert not killed.exists()
        assert pathlib.Path(first).stat().st_mode & 0o777 == 0o755
        with contextlib.suppress(ValueError), places.workshop(str(tmp_path)) as second:
            assert pathlib.Path(first).exists()
            raise ValueError
        assert not pathlib.Path(second).exists()
    assert [path.name for path in tmp_path.iterdir()] == ["somebody-elses"]


@pytest.mark.parametrize("at", ["chmod", "flock"])
def test_a_workshop_that_another_run_clears_away_before_it_is_locked_is_made_anew(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    where: t.Any = os if at == "chmod" else fcntl
    real = getattr(where, at)
    gone: list[pathlib.Path] = []

    def clears(*given: t.Any) -> None:
        if not gone:
            gone.extend(tmp_path.iterdir())
            shutil.rmtree(gone[0])
        real(*given)

    monkeypatch.setattr(where, at, clears)
    with places.workshop(str(tmp_path)) as path:
        assert [str(one) for one in tmp_path.iterdir()] == [path]
        assert gone
        places.clear(str(tmp_path))
        assert pathlib.Path(path).exists()
    assert list(tmp_path.iterdir()) == []


def test_what_killed_runs_left_is_cleared_away_where_nothing_is_built(tmp_path: pathlib.Path) -> None:
    (tmp_path / f"{places.PREFIX}killed" / "deep").mkdir(parents=True)
    places.clear(str(tmp_path))
    assert list(tmp_path.iterdir()) == []
    places.clear(str(tmp_path / "none"))


def test_too_little_room_is_said_before_anything_is_made(tmp_path: pathlib.Path) -> None:
    places.require_room(str(tmp_path), 1, "image_dir")
    places.require_room(str(tmp_path / "still" / "to be made"), 1, "image_dir")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(StepError, match=r"the image needs about 1000000000\.0 TB there; make room, or give image_dir"):
        places.require_room(str(tmp_path), 10**21, "image_dir")


def test_a_full_disk_is_said_with_the_remedy() -> None:
    said = str(places.full(OSError(errno.ENOSPC, "No space left on device", "/x"), "image_dir"))
    assert said == (
        "the disk of /x became full, and nothing was left half-made; make room, or set image_dir to a folder with more "
        "room"
    )
    assert str(places.full(OSError(errno.EACCES, "Permission denied", "/x"), "image_dir")) == (
        "Permission denied of /x; mend that, or set image_dir to a folder in which this user may write"
    )


def test_a_program_on_a_full_disk_is_known_by_its_words() -> None:
    words = "dpkg-deb: error: extracting: No space left on device"
    found = places.as_full(CommandError("dpkg-deb failed with status 2", argv=[], rc=2, err=words))
    assert found is not None
    assert found.errno == errno.ENOSPC
    assert places.as_full(CommandError("dpkg-deb failed with status 2", argv=[], rc=2, err="no")) is None
