from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_names import (
    Request,
    requests,
    why_not_a_package,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError


@pytest.mark.parametrize(
    "text",
    [
        "git",
        "vim",
        "g++",
        "libstdc++6",
        "0ad",
        "python3.13-venv",
        "git=1:2.47.3-0+deb13u1",
        "tzdata=2026f-0~rc1",
        "xz-utils",
    ],
)
def test_names_and_exact_versions(text: str) -> None:
    assert why_not_a_package(text) == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("=1.0", "empty"),
        ("git*", "a glob"),
        ("g?t", "a glob"),
        ("g[ia]t", "a glob"),
        ("ssh-server^", "a task"),
        ("^git", "a regular expression"),
        ("git$", "a regular expression"),
        ("(git|vim)", "a regular expression"),
        ("./x", "a path"),
        ("/root/x", "a path"),
        ("git/trixie", "names a release"),
        ("git_1_amd64.deb", "a package file"),
        ("./git.deb", "a package file"),
        ("https://example.org/git.deb", "a URL"),
        ("git-", "asks apt-get to remove it"),
        ("git+", "a trailing '+'"),
        ("-o=Dir::Etc::parts=x", "an option"),
        ("--allow-unauthenticated", "an option"),
        ("git\nvim", "white space"),
        ("git vim", "white space"),
        (" git", "white space"),
        ("git\x1b[2J", "white space or control"),
        ("git:arm64", "an architecture"),
        ("Git", "a name has"),
        ("g", "a name has"),
        ("$(reboot)", "a regular expression"),
        ("gít", "a name has"),
        ("x" * 201, "longer than 200"),
        ("git=", "one exact Debian version"),
        ("git=*", "one exact Debian version"),
        ("git=1.0 vim", "one exact Debian version"),
        ("git=latest", "one exact Debian version"),
        ("git=1.0\n", "one exact Debian version"),
    ],
)
def test_all_else_is_refused_with_its_reason(text: str, reason: str) -> None:
    assert reason in why_not_a_package(text)
    with pytest.raises(StepError, match="is no explicit package name"):
        requests(["curl", text])


def test_a_package_asked_for_twice_is_one_request() -> None:
    assert requests(["git", "vim", "git", "git=1.2"]) == [Request("git", "1.2"), Request("vim", "")]
    assert requests(["git=1.2", "git"]) == [Request("git", "1.2")]


def test_two_versions_of_one_package_are_an_error() -> None:
    with pytest.raises(StepError, match=r"package git is asked for in two versions, 1\.2 and 1\.3"):
        requests(["git=1.2", "git=1.3"])


def test_the_argument_is_what_apt_get_takes() -> None:
    assert [request.argument for request in requests(["git", "vim=2:9.1"])] == ["git", "vim=2:9.1"]


def test_ten_thousand_names_are_read_at_once() -> None:
    assert len(requests([f"package-{number}" for number in range(10_000)])) == 10_000
