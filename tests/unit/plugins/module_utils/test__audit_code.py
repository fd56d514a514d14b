from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _audit_code as audit
from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from tests.view import view


def look(folder: pathlib.Path, name: str, **given: object) -> list[Finding]:
    node = view(folder, **given)  # type: ignore[arg-type]
    node.units = ()
    (rule,) = [rule for rule in audit.RULES if rule.name == name]
    return list(rule.check(node))


def test_rules_have_names_of_their_own() -> None:
    assert len({rule.name for rule in audit.RULES}) == len(audit.RULES)
    assert {rule.clause for rule in audit.RULES} == {"6.4"}


@pytest.mark.parametrize(("name", "files", "subjects"), [
    ("code-unowned", {"/opt/x.py": ""}, ["/opt/x.py"]),
    ("code-changed", {"/usr/bin/p": "other"}, ["/usr/bin/p"]),
    ("code-loaded", {"/etc/ld.so.preload": "/x.so\n"}, ["/etc/ld.so.preload (loads code)"]),
    ("code-dpkg", {"/var/lib/dpkg/diversions": "/a\n/b\n:\n"}, ["/a (diversion)"]),
    ("code-git", {"/root/.gitconfig": "[core]\n\teditor = /x\n"}, ["/root/.gitconfig (programs)"]),
    ("code-running", {"/proc/9/cmdline": "x\0"}, ["processes"]),
    ("code-kernel", {"/run/.containerenv": ""}, ["kernel"]),
])  # fmt: skip
def test_each_rule_looks(tmp_path: pathlib.Path, name: str, files: dict[str, str], subjects: list[str]) -> None:
    assert [one.subject for one in look(tmp_path, name, files=files, packages={"p": {"/usr/bin/p": "p"}})] == subjects


def test_rights(tmp_path: pathlib.Path) -> None:
    node = view(tmp_path, packages={"p": {"/usr/bin/p": "x", "/usr/bin/q": "x"}})
    pathlib.Path(node.on_disk("/usr/bin/p")).chmod(0o4755)
    pathlib.Path(node.on_disk("/usr/bin/q")).chmod(0o757)
    assert [one.subject for one in audit.privileged(node)] == ["/usr/bin/p (rights)"]
    assert "/usr/bin/q (writable)" in [one.subject for one in audit.writable(node)]


def test_under_emulation_processes_are_unknown(tmp_path: pathlib.Path) -> None:
    (one,) = look(tmp_path, "code-running", links={"/proc/1/exe": "/usr/bin/qemu-aarch64-static"})
    assert (one.verdict, one.clause) == ("unknown", "6.4")
