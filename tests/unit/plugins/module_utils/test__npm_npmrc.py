from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_npmrc import Setting, judge, read_settings

DECLARED = ("https://a.example/npm/",)


def test_settings() -> None:
    text = "\ufeff; a comment\n# another\n\n[section]\nfund = false\nengine-strict\nca[] = \"x=y\"\n'prefix'= /x\n"
    assert read_settings(text) == [
        Setting(5, "fund", "false"), Setting(6, "engine-strict", "true"), Setting(7, "ca", "x=y"),
        Setting(8, "prefix", "/x"),
    ]  # fmt: skip


def test_what_counts_is_passed_on_and_the_rest_is_not() -> None:
    text = "registry=https://A.example/npm\n@s:registry=https://a.example/npm/\nlegacy-peer-deps=true\nfund=true\n"
    npmrc = judge(
        text + "engine-strict=false\nglobal=false\nstrict-ssl=true\nignore-scripts=true\n", ".npmrc", DECLARED
    )
    assert npmrc.problems == ()
    assert npmrc.passed == (
        "registry=https://a.example/npm/",
        "@s:registry=https://a.example/npm/",
        "legacy-peer-deps=true",
        "engine-strict=false",
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("registry=https://b.example/", "it names https://b.example/, and the inventory does not declare it"),
        ("registry=http://a.example/npm/", "a registry that is no https URL without a login"),
        ("@x:registry=https://b.example/", "does not declare it"),
        ("registry=${REGISTRY}", "takes a value from the environment"),
        ("${KEY}=x", "takes a value from the environment"),
        ("global=true", "install for the whole system"),
        ("global", "install for the whole system"),
        ("location=global", "install for the whole system"),
        ("prefix=/usr/local", "says where npm installs"),
        ("//a.example/:_authToken=SECRET", "is a credential, and none is kept on a node (6.3)"),
        ("_auth=SECRET", "is a credential"),
        ("//a.example/:username=SECRET", "is a credential"),
        ("//a.example/:_password=SECRET", "is a credential"),
        ("//a.example/:certfile=SECRET", "is a credential"),
        ("strict-ssl=false", "lets anybody answer for the registry"),
        ("ignore-scripts=false", "name the few that must in allow_scripts"),
        ("cafile=/x", "the node's own matter"),
        ("https-proxy=https://SECRET@a", "the node's own matter"),
        ("script-shell=/bin/evil", "a program that npm would run"),
    ],
)
def test_what_is_refused(line: str, words: str) -> None:
    npmrc = judge(f"; first\n{line}\n", "web/.npmrc", DECLARED)
    assert npmrc.passed == ()
    (problem,) = npmrc.problems
    assert problem.startswith("web/.npmrc, line 2: ")
    assert words in problem
    assert "SECRET" not in problem


def test_hostile_text() -> None:
    assert judge("\0=\x1b\n=\n====\n" + "x" * 100_000, "f", ()).problems == ()
    (problem,) = judge("registry=https://a.example/\x1b[2J\n", "f", ()).problems
    assert "\x1b" not in problem
