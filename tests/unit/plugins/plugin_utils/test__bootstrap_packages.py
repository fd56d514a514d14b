"""What apt says on a node that cannot run a module yet, and what the operator is told of it."""

from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _bootstrap_packages as packages


def test_what_the_probe_does_not_list_is_missing() -> None:
    assert packages.missing("runbook-probe\nhas:python3\nhas:sudo\n") == ["python3-apt"]
    assert packages.missing("runbook-probe\n") == ["python3", "python3-apt", "sudo"]


def test_python3_apt_is_not_taken_for_python3() -> None:
    assert packages.missing("runbook-probe\nhas:python3-apt\n") == ["python3", "sudo"]


def test_another_answer_is_no_probe() -> None:
    assert packages.is_probe("banner\nrunbook-probe\n")
    assert not packages.is_probe("This account is not available.")


def test_packages_are_named_explicitly_and_nothing_is_removed() -> None:
    command = packages.install_command(["python3", "sudo"])
    assert "--no-remove" in command
    assert command.endswith("install python3 sudo </dev/null")


def test_what_apt_would_fetch_is_told_by_content_and_from_an_empty_cache() -> None:
    uris, install = packages.uris_command(["sudo"]), packages.install_command(["sudo"])
    assert "Acquire::ForceHash=SHA256" in uris
    cache = next(word for word in uris.split() if word.startswith("Dir::Cache::archives="))
    assert cache in install.split()
    assert uris.startswith(f"rm -rf {cache.partition('=')[2].rstrip('/')} && mkdir")
    assert packages.clear_command() == f"rm -rf {cache.partition('=')[2].rstrip('/')}"


@pytest.mark.parametrize(
    ("said", "holder"),
    [
        (
            "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 812 (apt-get)",
            "process 812 (apt-get), which holds /var/lib/apt/lists/lock",
        ),
        (
            "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 9 (unattended-upgr\x1b[2J)",
            "process 9 (unattended-upgr\\x1b[2J), which holds /var/lib/dpkg/lock-frontend",
        ),
        (
            "E: Could not get lock /x - open (11: Resource temporarily unavailable)",
            "another package manager, which holds a lock",
        ),
        ("E: Unable to locate package sudo", None),
    ],
)
def test_a_lock_is_told_apart_from_other_failures(said: str, holder: str | None) -> None:
    assert packages.lock_holder(said) == holder


@pytest.mark.parametrize(
    ("said", "rc", "told"),
    [
        ("E: Failed to fetch http://x  Temporary failure resolving 'x'", 100, "finds no name server"),
        ("E: Failed to fetch http://x  Could not connect to x:80", 100, "does not reach its archive"),
        ("E: Release file for http://x is not valid yet", 100, "clock is behind"),
        ("E: Unable to locate package python3", 100, "do not name main of Debian 13"),
        ("E: You don't have enough free space\nNo space left on device", 100, "card is full"),
        ("E: dpkg was interrupted, you must manually run 'dpkg --configure -a'", 100, "console"),
        ("E: The repository 'x' is not signed.", 100, "lack a signature"),
        ("", 124, "did not end in time"),
        ("E: something new", 1, "-vvv"),
        ("E: \x1b]0;x\x07" + "A" * 5000, 1, "\\x1b]0;x\\x07AAA"),
    ],
)
def test_each_cause_has_its_remedy(said: str, rc: int, told: str) -> None:
    sentence = packages.explain("n: reading failed", said, rc)
    assert sentence.startswith("n: reading failed: ")
    assert told in sentence
    assert "\n" not in sentence
    assert "\x1b" not in sentence
    assert len(sentence) < 600
