from __future__ import annotations

import typing as t

import yaml

from ansible_collections.ai_systems.runbook.plugins.doc_fragments._documented import ModuleDocFragment
from ansible_collections.ai_systems.runbook.plugins.module_utils._documented import DOCUMENTED


def plain(options: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return options without their descriptions, in the words of an argument spec."""
    return {
        name: {
            **{key: value for key, value in option.items() if key not in {"description", "suboptions"}},
            **({"options": plain(option["suboptions"])} if "suboptions" in option else {}),
        }
        for name, option in options.items()
    }


def test_the_options_are_those_that_are_documented() -> None:
    assert plain(yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]) == DOCUMENTED
