# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How large the modules are that look at a whole node, built as Ansible builds them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._audit_topics import TOPICS
from ansible_collections.ai_systems.runbook.plugins.module_utils._survey import MODULES
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._code_to_send import code_to_send
from tests import budgets

TOP = Path(__file__).resolve().parents[3]
# In a process of its own: Ansible's finder of collections changes how this one imports.
BUILD = """
import sys
from ansible.plugins.loader import init_plugin_loader, module_loader
init_plugin_loader([sys.argv[1]])
from ansible.executor.module_common import modify_module
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
name = f"ai_systems.runbook.{sys.argv[2]}"
built = modify_module(
    module_name=name,
    module_path=module_loader.find_plugin_with_context(name).plugin_resolved_path,
    module_args={},
    templar=Templar(loader=DataLoader()),
    task_vars={"ansible_python_interpreter": "/usr/bin/python3"},
    module_compression="ZIP_DEFLATED",
)
# ansible-core 2.19 returns a plain tuple.
print(len(getattr(built, "b_module_data", None) or built[0]))
"""


CODE = {
    # As if each step were asked, which takes a node with every kind of project.
    "node_survey": ["_survey", *(f"_step_{name}" for name in MODULES)],
    "runbook_audit": ["_audit_call", *(topic.module for topic in TOPICS)],
    "node_diagnostics": ["_diagnose_call"],
}


@pytest.mark.parametrize("module", budgets.PAYLOADS)
def test_a_payload_is_within_its_budget(module: str) -> None:
    argv = [sys.executable, "-c", BUILD, str(TOP / ".collections"), module]
    built = int(subprocess.run(argv, capture_output=True, text=True, check=True, timeout=120).stdout)
    code = len(code_to_send(CODE[module]))
    print(module, built, code)
    # Ansible's own part is sent with every module, and is about as large as that of its ping.
    assert 100_000 < built <= budgets.PLAIN
    assert 100_000 < code <= budgets.PAYLOADS[module]


def test_what_every_run_loads_on_the_controller_reads_no_node() -> None:
    """The callback is loaded by each run: the readers of nodes, and what makes reports, are no part of it."""
    callback = "ansible_collections.ai_systems.runbook.plugins.callback.steps"
    loaded = (
        "import sys; from ansible.plugins.loader import init_plugin_loader; init_plugin_loader([sys.argv[1]]); "
        f"import {callback}; print(*[name.rpartition('.')[2] for name in sys.modules if '.runbook.' in name])"
    )
    argv = [sys.executable, "-c", loaded, str(TOP / ".collections")]
    done = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=120)
    modules = set(done.stdout.split())
    print(len(modules), sorted(modules))
    assert "steps" in modules
    assert modules.isdisjoint(
        ("_node_view", "_audit_rules", "_survey", "_diagnose_sources", "_audit_run", "_secret_patterns")
    )
    assert len(modules) <= budgets.MODULES_OF_CALLBACK
