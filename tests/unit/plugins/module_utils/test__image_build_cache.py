from __future__ import annotations

import hashlib
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_build_cache as cache
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_build_apt import Package
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError


def deb(folder: pathlib.Path, name: str, made: int | str) -> Package:
    content = b"!<arch>\ndebian-binary   " + f"{made:<12}".encode() + b"0     0     100644  4         `\n2.0\n"
    (folder / f"{name}_1_all.deb").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    return Package(name, "1", "all", "trixie", "Debian", digest, len(content), f"{name}_1_all.deb", "")


def test_a_file_that_is_another_is_removed_and_counts_as_missing(tmp_path: pathlib.Path) -> None:
    good, bad = deb(tmp_path, "good", 10), deb(tmp_path, "bad", 20)
    (tmp_path / bad.file).write_bytes(b"!<arch>\nevil")
    gone = good._replace(name="gone", file="gone_1_all.deb")
    assert cache.missing([good, bad, gone], str(tmp_path)) == [bad, gone]
    assert not (tmp_path / bad.file).exists()
    assert (tmp_path / good.file).exists()
    with pytest.raises(StepError, match=r"bad_1_all\.deb is not what Debian's signed list says, and was removed"):
        cache.require_all([good, bad], str(tmp_path))
    cache.require_all([good], str(tmp_path))


def test_an_image_bears_the_time_of_its_newest_package(tmp_path: pathlib.Path) -> None:
    packages = [deb(tmp_path, "old", 1_700_000_000), deb(tmp_path, "new", 1_790_000_000), deb(tmp_path, "mid", 5)]
    assert cache.epoch(packages, str(tmp_path)) == 1_790_000_000


@pytest.mark.parametrize("made", ["", "yesterday", "-5"])
def test_what_is_no_package_is_refused_by_its_path(tmp_path: pathlib.Path, made: str) -> None:
    odd = deb(tmp_path, "odd", made)
    with pytest.raises(StepError, match=r"odd_1_all\.deb is no package; remove it and run again"):
        cache.epoch([odd], str(tmp_path))


def test_packages_of_older_images_go_and_nothing_else(tmp_path: pathlib.Path) -> None:
    kept, old = deb(tmp_path, "kept", 1), deb(tmp_path, "old", 1)
    (tmp_path / "partial").mkdir()
    (tmp_path / "lock").touch()
    cache.prune([kept], str(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept_1_all.deb", "lock", "partial"]
    assert not (tmp_path / old.file).exists()
