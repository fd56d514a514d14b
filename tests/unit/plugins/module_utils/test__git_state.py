"""Runbook 2.9: what is no checkout is left alone, with real git on real files."""

from __future__ import annotations

import pathlib
import subprocess

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._git_state import look
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from tests.git_rig import Rig


@pytest.mark.parametrize(
    ("setup", "words"),
    [
        ("mkdir {} && touch {}/mine", "exists and is no git repository"),
        ("touch {}", "exists and is a file"),
        ("ln -s /etc {}", "exists and is a symbolic link"),
        ("mkfifo {}", "is a device, socket or fifo"),
        ("git init --quiet {}", "a git repository without a commit"),
        ("mkdir {} && ln -s /tmp {}/.git", ".git is no folder of the operator's own"),
        ("mkdir {} && printf 'gitdir: /tmp' > {}/.git", ".git is no folder of the operator's own"),
        ("mkdir -p {}/.git/refs && touch {}/.git/HEAD", "no folder objects"),
        ("mkdir -p {}/.git/refs {}/.git/objects && printf 'ref: ../../x' > {}/.git/HEAD", "without a commit"),
        ("mkdir -p {}/.git/refs {}/.git/objects && printf '%040d' 1 > {}/.git/HEAD", "lacks the commit 000000000000"),
        ("git clone --quiet --depth 1 file://UPSTREAM {}", "is a shallow clone"),
    ],
)
def test_what_is_no_checkout_is_left_alone(rig: Rig, setup: str, words: str) -> None:
    command = setup.replace("{}", f"'{rig.path}'").replace("UPSTREAM", str(rig.upstream.path))
    subprocess.run(["sh", "-c", command], check=True)
    with pytest.raises(StepError) as error:
        rig.ship()
    assert words in str(error.value)


def test_an_empty_folder_is_filled(rig: Rig) -> None:
    rig.path.mkdir()
    rig.ship()
    rig.is_good(rig.upstream.head)


def test_a_way_through_a_link_is_refused(rig: Rig, tmp_path: pathlib.Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (rig.home / "via").symlink_to(tmp_path / "elsewhere")
    rig.path = rig.home / "via" / "ai-systems"
    with pytest.raises(StepError, match="via is not a folder of the operator's own"):
        rig.ship()


def test_another_tree_under_the_commits_name_is_noticed(rig: Rig) -> None:
    rig.ship()
    rig.shell("git gc --quiet && mv .git/objects/pack/*.pack .. && rm -f .git/objects/pack/*")
    rig.shell("for p in ../*.pack; do git unpack-objects -q < $p; done; rm -f ../*.pack")
    rig.shell("printf evil > a.txt && git add a.txt")
    forged, real = rig.git("write-tree"), rig.git("rev-parse", "HEAD^{tree}")
    at = [rig.path / ".git/objects" / name[:2] / name[2:] for name in (forged, real)]
    at[1].chmod(0o644)
    at[1].write_bytes(at[0].read_bytes())
    with pytest.raises(Exception, match=r"tampered|hash mismatch|failed with status") as error:
        rig.ship()
    assert str(rig.path) in str(error.value)


def test_the_controllers_digest_decides_what_the_commit_is(rig: Rig, tmp_path: pathlib.Path) -> None:
    rig.ship()
    wanted = rig.order(rig.source(), digest="0" * 64)
    with pytest.raises(StepError, match="were tampered with"):
        look(wanted, str(rig.home), str(tmp_path))
