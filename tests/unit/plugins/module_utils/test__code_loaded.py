from __future__ import annotations

import pathlib

from ansible_collections.ai_systems.runbook.plugins.module_utils._code_facts import facts_of
from ansible_collections.ai_systems.runbook.plugins.module_utils._code_loaded import judge
from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from tests.view import view

PROFILE = "/usr/share/base-files/profile"


def look(folder: pathlib.Path, files: dict[str, str], links: dict[str, str] | None = None) -> dict[str, Finding]:
    node = view(
        folder, files=files, links=links, packages={"p": {PROFILE: ". /opt/x\n", "/etc/profile.d/p.sh": ". /opt/x"}}
    )
    return {one.subject: one for one in judge(node, facts_of(node))}


def test_a_node_as_debian_leaves_it_is_silent(tmp_path: pathlib.Path) -> None:
    files = {"/etc/profile": ". /opt/x\n", "/opt/x": "", "/etc/ld.so.conf": "include x\n", "/etc/environment": "",
             "/etc/ld.so.conf.d/l.conf": "/usr/local/lib/x86_64-linux-gnu\n/usr/lib/aarch64-linux-gnu\n"}  # fmt: skip
    assert look(tmp_path, files) == {}


def test_each_file_is_one_finding_with_all_its_lines(tmp_path: pathlib.Path) -> None:
    files = {"/root/.bashrc": "x=1\nLD_PRELOAD=/x\nalias su=/x\n", "/opt/x": "", "/home/ops/.profile": ". /opt/x\n",
             "/etc/ld.so.conf.d/own.conf": "/opt/lib\n", "/usr/lib/python3/dist-packages/x.pth": "import os\n",
             "/home/ops/.local/lib/python3.13/site-packages/y.pth": "import os\n",
             "/etc/profile.d/x": "PYTHONPATH=/x\n"}  # fmt: skip
    found = look(tmp_path, files)
    assert set(found) == {
        "/root/.bashrc (loads code)", "/home/ops/.profile (loads code)", "/etc/ld.so.conf.d/own.conf (loads code)",
        "/usr/lib/python3/dist-packages/x.pth (loads code)", "/etc/profile.d/x (loads code)",
        "/home/ops/.local/lib/python3.13/site-packages/y.pth (loads code)",
    }  # fmt: skip
    assert "'sed -i \"2d;3d\" /root/.bashrc'" in found["/root/.bashrc (loads code)"].remedy
    assert "'rm -- /etc/ld.so.conf.d/own.conf && ldconfig'" in found["/etc/ld.so.conf.d/own.conf (loads code)"].remedy


def test_one_file_under_two_names_is_told_once(tmp_path: pathlib.Path) -> None:
    links = {"/usr/lib/environment.d/99-environment.conf": "/etc/environment"}
    assert set(look(tmp_path, {"/etc/environment": "LD_AUDIT=/x\n"}, links)) == {"/etc/environment (loads code)"}


def test_a_changed_copy_is_judged_by_its_lines(tmp_path: pathlib.Path) -> None:
    found = look(tmp_path, {"/etc/profile": ". /opt/x\nLD_PRELOAD=x\n", "/opt/x": ""})
    assert "line 1: it reads /opt/x, line 2: it sets LD_PRELOAD" in found["/etc/profile (loads code)"].evidence
