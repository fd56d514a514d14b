# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small decisions of the lab: emulator rules, namespaces, known hosts, baselines, locks, paths, errors."""

from __future__ import annotations

import json
import multiprocessing
import sys
from pathlib import Path

import pytest

from lab import baseline, cli, emulation, known_hosts, locks, namespace
from lab.command import LabError, last_line, run
from lab.paths import Paths

RULE = r":qemu-aarch64:M::\x7f\x45:\xff\xff:/usr/libexec/qemu-binfmt/aarch64-binfmt-P:OPF"


def test_the_registration_keeps_debians_magic_and_adds_what_systemd_needs() -> None:
    line = emulation.registration(RULE + "\n", "lab-aarch64", "/cache/qemu-aarch64")
    assert line == r":lab-aarch64:M::\x7f\x45:\xff\xff:/cache/qemu-aarch64:POCF"


@pytest.mark.parametrize("rule", ["", ":a:b", ":x:E::ext::/interpreter:F", RULE + ":more"])
def test_an_unknown_rule_is_an_error_not_a_registration(rule: str) -> None:
    with pytest.raises(LabError, match="unknown form"):
        emulation.registration(rule, "name", "/emulator")


MOUNTINFO = """\
22 1 0:4 / /proc rw,relatime - proc proc rw
30 1 254:0 /run/lab /run/lab rw,relatime - ext4 /dev/vda rw
31 30 0:4 mnt:[4026532177] /run/lab/mount-namespace rw shared:7 master:1 - nsfs nsfs rw
"""


@pytest.mark.parametrize(
    ("path", "types"),
    [("/run/lab/mount-namespace", ["nsfs"]), ("/run/lab", ["ext4"]), ("/run", []), ("/proc", ["proc"])],
)
def test_mounts_are_found_by_their_whole_path(path: str, types: list[str]) -> None:
    assert namespace.mounts_at(Path(path), MOUNTINFO) == types


def test_known_hosts_loses_only_the_lines_of_one_address() -> None:
    text = "10.0.0.1 ssh-rsa A\n10.0.0.10 ssh-rsa B\nname,10.0.0.1 ssh-rsa C\n"
    assert known_hosts.without(text, "10.0.0.1") == "10.0.0.10 ssh-rsa B\n"


def test_known_hosts_takes_kind_and_key_only(tmp_path: Path) -> None:
    file = tmp_path / "known_hosts"
    known_hosts.replace(file, "10.0.0.1", ["ssh-ed25519 AAAA root@debian", "ssh-rsa BBBB x y z"])
    known_hosts.replace(file, "10.0.0.2", ["ssh-ed25519 CCCC"])
    known_hosts.replace(file, "10.0.0.1", ["ssh-ed25519 DDDD root@debian"])
    assert file.read_text() == "10.0.0.2 ssh-ed25519 CCCC\n10.0.0.1 ssh-ed25519 DDDD\n"


def test_paths_follow_the_environment() -> None:
    paths = Paths.from_environment({"HOME": "/h", "XDG_CACHE_HOME": "/c", "RUNBOOK_LAB_STATE": "/s"})
    assert (paths.state, paths.cache) == (Path("/s"), Path("/c/ai-systems-runbook-lab"))
    home = Paths.from_environment({"HOME": "/h"})
    assert home.state == Path("/h/.local/state/ai-systems-runbook-lab")
    assert paths.lab_id != home.lab_id


def hold(path: Path, ready: multiprocessing.synchronize.Event) -> None:
    with locks.held(path):
        ready.set()
        multiprocessing.Event().wait(600)


def test_a_lock_outlives_no_process_and_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    holder = context.Process(target=hold, args=(path, ready))
    holder.start()
    assert ready.wait(300)
    with locks.held_if_free(path) as free:
        assert not free
    holder.kill()
    holder.join()
    with locks.held(path):
        assert path.exists()
    assert not path.exists()
    with locks.held_if_free(path) as free:
        assert free


@pytest.mark.parametrize("arguments", [["down"], ["down", "--all", "x"]])
def test_down_wants_names_or_all(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(LabError, match="their names, or --all"):
        cli.down(None, cli.parser().parse_args(arguments))  # type: ignore[arg-type]
    assert capsys.readouterr().out == ""


def test_a_missing_program_is_named() -> None:
    with pytest.raises(LabError, match="no-such-program is not on this host"):
        run(["no-such-program"])


def test_a_failing_program_speaks_for_itself() -> None:
    with pytest.raises(LabError, match="exited with 3: the reason"):
        run([sys.executable, "-c", "import sys; print('the reason', file=sys.stderr); sys.exit(3)"])


def test_a_hanging_program_is_bounded() -> None:
    with pytest.raises(LabError, match="did not end within 1 s"):
        run([sys.executable, "-c", "import time; time.sleep(60)"], timeout=1)


def test_a_log_cannot_move_the_terminals_cursor(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"first\nGet:1 \x1b[2Jarchive\r 50%\xff\n\n")
    assert last_line(log) == " 50%\N{REPLACEMENT CHARACTER}"
    log.write_bytes(b"a \x1b[31mb\n")
    assert last_line(log) == "a [31mb"
    log.write_bytes(b"")
    assert last_line(log) == ""


def test_a_baseline_lists_what_is_installed_enabled_and_who_exists() -> None:
    composed = baseline.compose(
        {
            "packages": "bash\t5.2\tii \nlibc6:amd64\t2.41\tii \ngone\t1\trc \n",
            "units": "ssh.service enabled enabled\ncron.service enabled enabled\n",
            "accounts": "root:x:0:0:root:/root:/bin/bash\n",
        }
    )
    assert composed == {
        "packages": {"bash": "5.2", "libc6": "2.41"},
        "enabled_units": ["cron.service", "ssh.service"],
        "accounts": {"root": {"uid": 0, "gid": 0, "home": "/root", "shell": "/bin/bash"}},
    }


def test_a_baseline_is_committed_each_time_that_a_node_comes_up(tmp_path: Path) -> None:
    path = tmp_path / "baselines" / "one.json"
    for packages in ({"bash": "5.2"}, {"bash": "5.2"}, {"bash": "5.3"}):
        baseline.write(path, {"packages": packages})
        baseline.commit(path)
    said = run(["git", "-C", str(path.parent), "show", "HEAD:./one.json"]).out
    assert json.loads(said) == {"packages": {"bash": "5.3"}}
    assert run(["git", "-C", str(path.parent), "status", "--porcelain"]).out == ""


def test_a_baseline_that_enroll_recorded_is_committed_when_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RUNBOOK_LAB_STATE", str(tmp_path))
    assert cli.main(["commit", "one"]) == 1
    assert "run playbooks/enroll.yml --limit one first" in capsys.readouterr().err
    baseline.write(Paths.from_environment().baselines / "one.json", {"packages": {"bash": "5.2"}})
    assert cli.main(["commit", "one"]) == 0
    folder = Paths.from_environment().baselines
    assert json.loads(run(["git", "-C", str(folder), "show", "HEAD:./one.json"]).out) == {"packages": {"bash": "5.2"}}
