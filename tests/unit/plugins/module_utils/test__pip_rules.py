from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._pip_declared import read_declared
from ansible_collections.ai_systems.runbook.plugins.module_utils._pip_rules import Target, judge
from ansible_collections.ai_systems.runbook.plugins.module_utils._pip_tree import Tree
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_project import projects_from

A = f"sha256:{'a' * 64}"
B = f"sha256:{'b' * 64}"
PI = {"os_name": "posix", "python_version": "3.13", "platform_machine": "aarch64", "sys_platform": "linux"}
TREE = Tree("lib", "2.0", (), ("setuptools",))


def target(text: str, more: dict[str, str] | None = None, **entry: t.Any) -> Target:
    project = projects_from({"checkout": "/c", "projects": [{"path": "p", **entry}]})[0]
    declared = read_declared(project, {"p/requirements.txt": text, **(more or {})}.get)
    return judge(project, declared, PI, {"p/lib": TREE})


def refused(text: str, *words: str, more: dict[str, str] | None = None, **entry: t.Any) -> None:
    with pytest.raises(StepError) as caught:
        target(text, more, **entry)
    for word in words:
        assert word in str(caught.value), str(caught.value)


def test_a_lock() -> None:
    found = target(f"idna==3.7 --hash={A} --hash={B}\nsix==1.0 --hash={B}\n")
    assert found.locked
    assert [(pin.name, pin.version, pin.hashes) for pin in found.pins] == [
        ("idna", "3.7", (A, B)),
        ("six", "1.0", (B,)),
    ]


def test_markers_choose() -> None:
    found = target(
        f"a==1; os_name == 'nt' --hash={A}\nb==1; os_name == 'posix' --hash={A}\na==2; os_name=='posix' --hash={A}"
    )
    assert [(pin.name, pin.version) for pin in found.pins] == [("b", "1"), ("a", "2")]


def test_without_hashes_is_an_error_that_says_the_remedy() -> None:
    refused(
        "\nidna==3.7\n",
        "p/requirements.txt:2: idna has no hash",
        "pip-compile --generate-hashes",
        "require_hashes: false",
    )
    refused("", "packages of the project 'p', number 1: idna has no hash", packages=["idna==3.7"])
    refused(f"a==1 --hash={A}\nb==1\n", "requirements.txt:2: b has no hash")


def test_the_inventory_may_say_that_no_hashes_are_needed() -> None:
    found = target("idna==3.7\n", require_hashes=False)
    assert not found.locked
    assert [pin.hashes for pin in found.pins] == [()]
    # A file that carries hashes is a lock all the same.
    assert target(f"a==1 --hash={A}", require_hashes=False).locked
    refused(f"a==1 --hash={A}\nb==1", "b has no hash, and others of the project have", require_hashes=False)
    refused("--require-hashes\na==1\n", "a has no hash", require_hashes=False)


@pytest.mark.parametrize("text", ["idna", "idna>=3", "idna==3.*", "idna~=3.1", "idna!=3"])
def test_unpinned_is_an_error(text: str) -> None:
    refused(text, "requirements.txt:1: idna is not pinned", "idna==VERSION", "allow_unpinned", require_hashes=False)
    assert not target(text, require_hashes=False, allow_unpinned=True).pins
    refused(f"{text} --hash={A}", "idna has no '=='", allow_unpinned=True)


def test_also_a_line_that_does_not_count_here_is_judged() -> None:
    refused("idna; os_name == 'nt'", "idna is not pinned", require_hashes=False)


@pytest.mark.parametrize(
    ("one", "words"),
    [("md5:" + "a" * 32, "not strong enough"), ("sha1:" + "a" * 40, "not strong enough"), ("sha256:aa", "has 2 digits"),
     ("a" * 64, "is not written as"), ("sha256:" + "g" * 64, "is not written as"), ("", "is not written as")],
)  # fmt: skip
def test_hashes_that_prove_nothing(one: str, words: str) -> None:
    refused(f"idna==3.7 --hash={one}", "requirements.txt:1", words)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--index-url https://a.example", "declare it as index_url"),
        ("--extra-index-url https://a.example", "under extra_index_urls"),
        ("--find-links ./wheels", "under find_links"),
        ("--find-links https://a.example", "under find_links"),
        ("--no-index", "declare no_index"),
        ("--trusted-host a.example", "any certificate"),
        ("--pre", "pin the pre-release"),
        ("--no-binary :all:", "allow_source"),
        ("--use-feature x", "take the line out"),
    ],
)
def test_a_file_alone_does_not_say_where_packages_come_from(line: str, words: str) -> None:
    refused(f"idna==3.7 --hash={A}\n{line}\n", f"requirements.txt:2: {line.partition(' ')[0]}", words)


def test_what_the_inventory_declares_too_is_taken() -> None:
    lines = "--index-url https://a.example/\n--extra-index-url https://b.example\n--find-links ./wheels\n"
    lines += "--only-binary :all:\n"
    declared: dict[str, t.Any] = {
        "index_url": "https://a.example",
        "extra_index_urls": ["https://b.example/"],
        "find_links": ["wheels"],
    }
    assert target(f"{lines}idna==3.7 --hash={A}\n", **declared).locked
    assert target(f"--no-index\nidna==3.7 --hash={A}\n", no_index=True).locked
    refused(f"{lines}idna==3.7 --hash={A}\n", "--extra-index-url", index_url="https://a.example", find_links=["wheels"])


def test_one_name_is_asked_for_once() -> None:
    refused(
        f"idna==3.7 --hash={A}\nIDNA==3.8 --hash={A}\n", "requirements.txt:2: idna is asked for in p/requirements.txt:1"
    )


def test_packages_of_the_checkout_need_no_hash_since_git_has_them() -> None:
    found = target(f"./x-1.0-py3-none-any.whl\n-e ./lib\nidna==3.7 --hash={A}")
    assert [(pin.name, pin.version, pin.kind) for pin in found.pins] == [
        ("x", "1.0", "wheel"), ("lib", "2.0", "editable"), ("idna", "3.7", "index"),
    ]  # fmt: skip
    refused(f"./lib --hash={A}", "a source tree has no hash")


def test_constraints() -> None:
    more = {"p/c.txt": "idna<3.7\nother==1\n"}
    refused(f"-c c.txt\nidna==3.7 --hash={A}", "requirements.txt:2: idna 3.7 is not allowed by p/c.txt:1", more=more)
    assert target(f"-c c.txt\nidna==3.6 --hash={A}", more).locked
    refused("-c c.txt\nidna==3", "p/c.txt:1: a constraint is", more={"p/c.txt": "idna[x]<3"}, require_hashes=False)
    assert target("-c c.txt\nidna==3.6", more, require_hashes=False).constraints[0].requirement.name == "idna"


def test_source_only_where_it_is_named_and_proven() -> None:
    found = target(f"a==1 --hash={A}\nb==1 --hash={A}", allow_source=["B"])
    assert [pin.source for pin in found.pins] == [False, True]
    refused(f"a==1 --hash={A}", "allow_source of the project 'p' names b", allow_source=["b"])
    refused("a==1", "needs hashes", allow_source=["a"], require_hashes=False)


def test_many_problems_are_counted() -> None:
    refused("".join(f"n{n}\n" for n in range(10)), "n4 is not pinned", "and 5 more", require_hashes=False)


def test_a_missing_file_is_named() -> None:
    refused("-r x.txt\n", "requirements.txt:1: p/x.txt is not in the checkout")
