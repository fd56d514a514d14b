from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _code_facts
from ansible_collections.ai_systems.runbook.plugins.module_utils._code_checkout import Held
from ansible_collections.ai_systems.runbook.plugins.module_utils._code_facts import (
    facts_of,
    folder_named,
    is_file,
    real_path,
)
from tests.view import view

CHECKOUT = "/home/ops/ai-systems"


def test_paths_are_followed_within_the_node(tmp_path: pathlib.Path) -> None:
    links = {
        "/bin": "usr/bin",
        "/usr/bin/vi": "/etc/alternatives/vi",
        "/etc/alternatives/vi": "/usr/bin/vim",
        "/l": "/l",
    }
    node = view(tmp_path, files={"/usr/bin/vim": "x"}, links=links)
    assert real_path(node, "/bin/vi") == "/usr/bin/vim"
    assert real_path(node, "/usr/../usr/./bin/none") == "/usr/bin/none"
    assert is_file(node, "/bin/vi")
    assert not is_file(node, "/usr/bin")
    assert not is_file(node, "/l")


def test_folders_by_their_names() -> None:
    assert folder_named(f"{CHECKOUT}/a/.venv/lib/.venv/x", ".venv", CHECKOUT) == f"{CHECKOUT}/a/.venv"
    assert folder_named(f"{CHECKOUT}/node_modules/x", "node_modules", CHECKOUT) == f"{CHECKOUT}/node_modules"
    assert folder_named(f"{CHECKOUT}/a.venv/x", ".venv", CHECKOUT) == ""


def test_the_same_facts_for_a_view(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path)
    assert facts_of(node) is facts_of(node)
    assert facts_of(node) is not facts_of(view(tmp_path))
    assert facts_of(node).held is None


def test_what_is_audited(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"{CHECKOUT}/x.py": "", "/opt/x.py": ""}
    node = view(tmp_path, files=files, packages={"p": {"/usr/bin/p": "p", "/usr/bin/q": "q"}},
                links={"/opt/link": "/usr/bin/p"}, declared={"checkout": CHECKOUT})  # fmt: skip
    pathlib.Path(node.on_disk("/usr/bin/q")).write_text("other")
    held = Held(CHECKOUT, tracked=frozenset({f"{CHECKOUT}/x.py", f"{CHECKOUT}/y.py"}),
                changed={f"{CHECKOUT}/y.py": "modified"}, unaudited={f"{CHECKOUT}/.venv/b.py": "x"})  # fmt: skip
    monkeypatch.setattr(_code_facts, "read_held", lambda *_arguments, **_options: held)
    facts = facts_of(node)
    wanted = {
        "/usr/bin/p": True, "/opt/link": True, "/usr/bin/q": False, "/opt/x.py": False, f"{CHECKOUT}/x.py": True,
        f"{CHECKOUT}/y.py": False, f"{CHECKOUT}/z.py": False, f"{CHECKOUT}/.venv/a.py": True,
        f"{CHECKOUT}/.venv/b.py": False,
    }  # fmt: skip
    assert {path: facts.is_audited(path) for path in wanted} == wanted


def test_nothing_of_a_checkout_that_cannot_be_compared_is_audited(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = view(tmp_path, files={f"{CHECKOUT}/x.py": ""}, declared={"checkout": CHECKOUT})
    monkeypatch.setattr(_code_facts, "read_held", lambda *_arguments, **_options: Held(CHECKOUT, problem="torn"))
    assert not facts_of(node).is_audited(f"{CHECKOUT}/x.py")


def test_who_can_write_by_a_group(tmp_path: pathlib.Path) -> None:
    group = "root:x:0:\nstaff:x:50:ops,root\nops:x:1000:\n"
    node = view(tmp_path, files={"/etc/group": group})
    facts = facts_of(node)
    assert facts.writers_by_group(50) == ("ops",)
    assert facts.writers_by_group(1000) == ("ops",)
    assert facts.writers_by_group(0) == ()


def test_what_dpkg_replaced_since(tmp_path: pathlib.Path) -> None:
    log = "2026-11-26 05:33:09 upgrade p:amd64 1 2\n"
    node = view(tmp_path, files={"/var/log/dpkg.log": log}, packages={"p": {"/usr/bin/p": "p"}})
    facts = facts_of(node)
    assert facts.was_replaced("/usr/bin/p", 0.0)
    assert not facts.was_replaced("/usr/bin/p", 4e9)
    assert not facts.was_replaced("/usr/bin/none", 0.0)
    assert facts.is_there("/usr/bin/p")


def test_what_lies_elsewhere_is_known_by_its_content(tmp_path: pathlib.Path) -> None:
    kept = {"/proc/7/exe": "program", "/proc/7/map_files/a-b": "other"}
    node = view(tmp_path, files=kept, packages={"p": {"/usr/bin/p": "program"}})
    facts = facts_of(node)
    assert facts.is_content("/usr/bin/p", ["/proc/7/exe"])
    assert facts.is_content("/bin/p", ["/proc/7/exe"]) == facts.is_audited("/bin/p")
    for places in ([], ["/proc/7/map_files/a-b"], ["/proc/7/exe", "/proc/7/map_files/a-b"], ["/proc/8/exe"]):
        assert not facts.is_content("/usr/bin/p", places)
    assert not facts.is_content("/usr/bin/none", ["/proc/8/exe"])
