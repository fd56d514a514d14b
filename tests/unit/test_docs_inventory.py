"""docs/inventory.md lists the variables that exist, with the defaults that are in force."""

from __future__ import annotations

import json
import pathlib
import re
import typing as t

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]


def table() -> str:
    """Return the table of variables as the roles' argument specs have it."""
    rows = []
    for path in sorted((ROOT / "roles").glob("*/meta/argument_specs.yml")):
        specs: dict[str, t.Any] = yaml.safe_load(path.read_text())["argument_specs"]
        options = {name: option for spec in specs.values() for name, option in (spec.get("options") or {}).items()}
        for name, option in options.items():
            text = option["description"]
            words = " ".join(text if isinstance(text, list) else [text])
            words = re.sub(r"\b[CVM]\(([^)]*)\)", r"`\1`", words).replace("|", "\\|")
            default = "" if option.get("required") else f"`{json.dumps(option.get('default'))}`"
            rows.append(f"| {f'**`{name}`**' if option.get('required') else f'`{name}`'} | {default} | {words} |")
    return "\n".join(rows)


def test_every_variable_is_listed_with_its_default() -> None:
    text = (ROOT / "docs" / "inventory.md").read_text()
    for row in table().splitlines():
        assert row in text, f"docs/inventory.md lacks or differs from this row:\n{row}"
    assert text.count("\n| `") + text.count("\n| **`") >= len(table().splitlines())
