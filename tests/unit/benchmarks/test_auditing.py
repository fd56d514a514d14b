# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An audit that looks at less, is cut short, or misses what was changed, does not count."""

from __future__ import annotations

import base64
import io
import tarfile
import typing as t

import pytest

from benchmarks.auditing import CHANGED, looked_at_enough, packed
from benchmarks.running import BenchmarkError

RULES = [{"name": f"rule-{number}"} for number in range(60)]
SEEN = {"subject": CHANGED, "verdict": "violation", "evidence": "it was changed"}
CUT = {
    "subject": "rule x",
    "verdict": "unknown",
    "evidence": "x: it was not looked at: the time for the audit was over",
}


def test_all_rules_to_the_end() -> None:
    looked_at_enough("audit.yml", RULES, [SEEN])


@pytest.mark.parametrize(
    ("rules", "findings", "sentence"),
    [
        (RULES[:10], [SEEN], "asked 10 rules"),
        (RULES, [SEEN, CUT], "cut short"),
        (RULES, [], "did not see"),
        (RULES, [{**SEEN, "verdict": "info"}], "did not see"),
    ],
)
def test_less_is_void(rules: list[t.Any], findings: list[dict[str, str]], sentence: str) -> None:
    with pytest.raises(BenchmarkError, match=sentence):
        looked_at_enough("audit.yml", rules, findings)


def test_what_is_sent_to_the_node_holds_the_readers() -> None:
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(packed()))) as archive:
        names = archive.getnames()
    assert "ansible_collections/ai_systems/runbook/plugins/module_utils/_node_view.py" in names
