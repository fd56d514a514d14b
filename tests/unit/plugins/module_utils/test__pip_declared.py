from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _pip_declared
from ansible_collections.ai_systems.runbook.plugins.module_utils._pip_declared import Declared, read_declared
from ansible_collections.ai_systems.runbook.plugins.module_utils._venv_project import projects_from

CHECKOUT = "/home/ops/ai-systems"


def read(text: str, more: dict[str, str] | None = None, **entry: t.Any) -> Declared:
    project = projects_from({"checkout": CHECKOUT, "projects": [{"path": "probe", **entry}]})[0]
    return read_declared(project, {"probe/requirements.txt": text, **(more or {})}.get)


def test_a_file_and_what_it_includes() -> None:
    found = read(
        "-r ../common.txt\n-c limits.txt\nidna==3.7\n-i https://index.example\n",
        {
            "common.txt": "-r sub/more.txt\nsix==1.16.0\n",
            "sub/more.txt": "a==1\n",
            "probe/limits.txt": "idna<4\n-r x.txt\n",
        },
    )
    assert [want.where for want in found.wants] == ["sub/more.txt:1", "common.txt:2", "probe/requirements.txt:3"]
    assert [want.requirement.name for want in found.constraints] == ["idna"]
    assert [(line.where, line.option) for line in found.options] == [("probe/requirements.txt:4", "--index-url")]
    assert found.files == ("probe/requirements.txt", "common.txt", "sub/more.txt", "probe/limits.txt", "probe/x.txt")
    assert found.missing == ("probe/limits.txt:2: probe/x.txt is not in the checkout; commit it, or correct the name",)


def test_files_that_include_each_other_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read("-r requirements.txt\n-r b.txt\nidna==3.7", {"probe/b.txt": "-r requirements.txt\n"})
    assert (len(found.wants), found.problems) == (1, ())
    monkeypatch.setattr(_pip_declared, "MOST_FILES", 2)
    assert "more than 2 files" in read("-r a\n-r b\n-r c\n", {"probe/a": "", "probe/b": ""}).problems[0]


@pytest.mark.parametrize("path", ["../../x.txt", "/etc/passwd", "~/x", "https://a.example/r.txt", "file:///etc/x"])
def test_an_include_that_leads_out(path: str) -> None:
    found = read(f"idna==3.7\n-r {path}\n")
    assert "probe/requirements.txt:2" in (*found.problems, *found.missing)[0]
    assert "checkout" in (*found.problems, *found.missing)[0]


@pytest.mark.parametrize(
    ("text", "kind", "path", "name"),
    [
        ("./wheels/Foo_Bar-1.0-py3-none-any.whl", "wheel", "probe/wheels/Foo_Bar-1.0-py3-none-any.whl", "foo-bar"),
        ("wheels/x-1.0-py3-none-any.whl", "wheel", "probe/wheels/x-1.0-py3-none-any.whl", "x"),
        ("x-1.0-1-py3-none-any.whl", "wheel", "probe/x-1.0-1-py3-none-any.whl", "x"),
        ("x @ file:///home/ops/ai-systems/w/x-1.0-py3-none-any.whl", "wheel", "w/x-1.0-py3-none-any.whl", "x"),
        ("file:///home/ops/ai-systems/w/x-1.0-py3-none-any.whl", "wheel", "w/x-1.0-py3-none-any.whl", "x"),
        ("file:///home/ops/ai-systems/a%20b/x-1-py3-none-any.whl", "wheel", "a b/x-1-py3-none-any.whl", "x"),
        ("./libs/x", "tree", "probe/libs/x", ""),
        ("../libs/x[extra] ; os_name == 'posix'", "tree", "libs/x", ""),
        ("-e ./libs/x", "editable", "probe/libs/x", ""),
        ("-e .", "editable", "probe", ""),
    ],
)
def test_packages_of_the_checkout(text: str, kind: str, path: str, name: str) -> None:
    found = read(text)
    assert found.problems == ()
    assert [(want.kind, want.path, want.requirement.name) for want in found.wants] == [(kind, path, name)]


@pytest.mark.parametrize(
    "text",
    [
        "https://a.example/x-1.0-py3-none-any.whl",
        "x @ https://a.example/x-1.0-py3-none-any.whl",
        "git+https://a.example/x.git",
        "git+ssh://git@a.example/x.git#egg=x",
        "x @ git+https://a.example/x",
        "-e git+https://a.example/x.git#egg=x",
        "hg+http://a.example/x",
        "/srv/x-1.0-py3-none-any.whl",
        "../../x-1.0-py3-none-any.whl",
        "x @ file:///etc/x-1.0-py3-none-any.whl",
        "file://host/home/ops/ai-systems/x-1.0-py3-none-any.whl",
        "~/x",
        "-e /opt/x",
        "-e ../../x",
    ],
)
def test_what_comes_from_anywhere_else_is_refused_with_line_and_remedy(text: str) -> None:
    found = read(f"# first\n{text}\n")
    assert found.wants == ()
    assert len(found.problems) == 1
    assert found.problems[0].startswith("probe/requirements.txt:2: ")
    assert "vendor the code into the repository" in found.problems[0]


def test_a_login_in_a_url_is_not_shown() -> None:
    assert "secret" not in read("x @ https://user:secret@a.example/x.whl").problems[0]
    assert "secret" not in read("https://user:secret@a.example/x.whl").problems[0]


@pytest.mark.parametrize("text", ["./x-1.0.tar.gz", "./x.zip", "./x.whl", "-e ./x-1.0-py3-none-any.whl"])
def test_other_archives_are_refused(text: str) -> None:
    assert "only wheels are taken" in read(text).problems[0]


@pytest.mark.parametrize("text", ["$(x)", "--option", "-x", "a b", "`id`", "x;y", "{{ x }}", "idna==", "\x1b[2J"])
def test_hostile_lines_are_problems(text: str) -> None:
    found = read(text)
    assert found.wants == ()
    assert found.problems[0].startswith("probe/requirements.txt:1: ")


def test_a_name_that_is_not_the_wheels_own() -> None:
    assert "it names y" in read("y @ file:///home/ops/ai-systems/x-1.0-py3-none-any.whl").problems[0]


def test_a_list() -> None:
    found = read("", packages=["idna==3.7 --hash=sha256:aa", "-e ./x", "./y"])
    assert [want.kind for want in found.wants] == ["index", "editable", "tree"]
    assert found.wants[0].hashes == ("sha256:aa",)
    assert found.wants[0].where == "packages of the project 'probe', number 1"


@pytest.mark.parametrize(
    "text", ["", " ", "-r x.txt", "--index-url=https://a", "a==1\nb==2", "# comment", "--option", "$(x)"]
)
def test_what_is_no_item_of_a_list(text: str) -> None:
    found = read("", packages=[text])
    assert found.wants == ()
    assert found.problems[0].startswith("packages of the project 'probe', number 1: ")


def test_ten_thousand_names() -> None:
    assert len(read("".join(f"name{n}==1.{n}\n" for n in range(10_000))).wants) == 10_000
