from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._git_names import (
    is_commit,
    is_local,
    remote_for_node,
    why_not_a_place,
    why_not_a_source,
    why_not_a_version,
    without_credentials,
)


@pytest.mark.parametrize("version", ["main", "v1.2.3", "feature/x", "größe", "refs/tags/v1", "a" * 40, "x@y", "{x}"])
def test_versions(version: str) -> None:
    assert why_not_a_version(version) == ""


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("", "empty"),
        ("--upload-pack=touch /tmp/x", "begins with '-'"),
        ("HEAD", "whatever is checked out"),
        ("@", "whatever is checked out"),
        ("main~1", "'~'"),
        ("main^{tree}", "'^'"),
        ("a..b", "'..'"),
        ("main@{yesterday}", "'@{'"),
        ("x:y", "':'"),
        ("a b", "' '"),
        ("a\nb", "'\\n'"),
        ("a//b", "'//'"),
        ("/a", "part ''"),
        ("a/.b", "part '.b'"),
        ("x.lock", "part 'x.lock'"),
        ("x" * 201, "201 characters"),
    ],
)
def test_what_cannot_be_a_version(version: str, words: str) -> None:
    assert words in why_not_a_version(version)


@pytest.mark.parametrize(
    ("url", "remote"),
    [
        ("https://git.example.org/ops/ai-systems.git", "https://git.example.org/ops/ai-systems.git"),
        ("ssh://git@git.example.org:2222/x", "ssh://git.example.org:2222/x"),
        ("git@git.example.org:ops/x.git", "git.example.org:ops/x.git"),
        ("git.example.org:ops/x.git", "git.example.org:ops/x.git"),
        ("http://[2001:db8::1]:80/x", "http://[2001:db8::1]:80/x"),
        ("/srv/git/ai-systems", ""),
        ("~/ai-systems", ""),
        ("file:///srv/git/ai-systems", ""),
    ],
)
def test_sources_and_what_the_node_is_told_of_them(url: str, remote: str) -> None:
    assert why_not_a_source(url) == ""
    assert remote_for_node(url) == remote
    assert is_local(url) == (remote == "")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "empty"),
        ("--upload-pack=x", "begins with '-'"),
        ("ext::sh -c x", "helper program"),
        ("fd::17", "helper program"),
        ("https://op:t0ken@h/x", "credential helper"),
        ("https://t0ken@h/x", "credential helper"),
        ("http://op:t0ken@h/x", "credential helper"),
        ("ssh://op:t0ken@h/x", "log in with a key"),
        ("https://h/x?private_token=t0ken", "query"),
        ("https:///x", "names no host"),
        ("ssh://-oProxyCommand=x/y", "names no host"),
        ("ftp://h/x", "ftp:// is not supported"),
        ("relative/path", "neither a URL"),
        ("./x", "neither a URL"),
        ("/srv/a\nb", "control character"),
        ("https://h/\x1b[2J", "control character"),
    ],
)
def test_what_cannot_be_a_source(url: str, words: str) -> None:
    reason = why_not_a_source(url)
    assert words in reason
    assert "t0ken" not in reason


def test_credentials_are_taken_out_of_messages() -> None:
    said = "fatal: could not read from 'https://op:t0ken@h/x' or https://t0ken@h/y at git@h"
    assert without_credentials(said) == "fatal: could not read from 'https://h/x' or https://h/y at git@h"


@pytest.mark.parametrize("path", ["/home/op/ai-systems", "/home/op/src/größe/x"])
def test_places(path: str) -> None:
    assert why_not_a_place(path, "/home/op") == ""


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("../../etc", "absolute"),
        ("/home/op/../root/x", "absolute"),
        ("/home/op/x/", "absolute"),
        ("/home/op//x", "absolute"),
        ("/home/op", "inside the operator's home"),
        ("/home/operator2/x", "inside the operator's home"),
        ("/etc/x", "inside the operator's home"),
        ("/home/op/.ssh/x", "settings of the account"),
        ("/home/op/x/.GIT/y", "under .git"),
        ("/home/op/a\nb", "control character"),
    ],
)
def test_what_cannot_be_a_place(path: str, words: str) -> None:
    assert words in why_not_a_place(path, "/home/op")


def test_a_commit_is_named_in_full() -> None:
    assert is_commit("0" * 40)
    assert not any(map(is_commit, ["0" * 39, "0" * 41, "G" * 40, "A" * 40, "0" * 40 + "\n", ""]))
