"""What is true of a module whose body lies in module_utils: it documents what the body takes, and hands it on."""

from __future__ import annotations

import importlib
import types
import typing as t

import pytest
import yaml

_DEFAULTS: dict[str, t.Any] = {"type": "str", "required": False, "elements": None, "default": None, "choices": None}


def assert_documented(module: types.ModuleType, spec: t.Mapping[str, t.Any]) -> None:
    """Check that the module's documentation says of each option, and of what is in it, what the argument spec says."""
    documentation = yaml.safe_load(module.DOCUMENTATION)
    options = dict(documentation["options"])
    fragments = documentation["extends_documentation_fragment"]
    for name in [fragments] if isinstance(fragments, str) else fragments:
        owner, collection, fragment = name.split(".")[:3]
        found = importlib.import_module(f"ansible_collections.{owner}.{collection}.plugins.doc_fragments.{fragment}")
        options |= yaml.safe_load(found.ModuleDocFragment.DOCUMENTATION).get("options", {})
    _compare(options, spec)


def _compare(options: t.Mapping[str, t.Any], spec: t.Mapping[str, t.Any]) -> None:
    assert set(options) == set(spec)
    for name, option in options.items():
        said, taken = (
            {key: one.get(key, default) for key, default in _DEFAULTS.items()} for one in (option, spec[name])
        )
        assert (name, said) == (name, taken)
        if "options" in spec[name]:
            _compare(option["suboptions"], spec[name]["options"])


def assert_thin(module: types.ModuleType, step: types.ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Check that the module documents and takes the step's arguments, and carries out the step's clause and body."""
    made: list[tuple[t.Any, ...]] = []
    runner = "run_in_slices" if hasattr(step, "quick") else "run_step"
    monkeypatch.setattr(module, "AnsibleModule", _Module)
    monkeypatch.setattr(module, runner, lambda *given: made.append(given))
    module.main()
    [(host, clause, *bodies)] = made
    assert (host.given["argument_spec"], host.given["supports_check_mode"]) == (step.ARGUMENT_SPEC, True)
    assert bodies == ([step.quick, step.work] if runner == "run_in_slices" else [step.body])
    assert clause == getattr(step, "CLAUSE", "9.9")
    assert_documented(module, step.ARGUMENT_SPEC)


class _Module:
    def __init__(self, **given: t.Any) -> None:
        self.given = given
        self.params = {"clause": "9.9"}
