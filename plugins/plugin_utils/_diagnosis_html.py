# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""diagnosis.html: the diagnosis of a fleet as one page that needs nothing but itself (runbook 5.1). Private.

It has the look of the audit's page, whose style and icons it shares. All that is not markup is escaped by the template
engine; nothing is ever marked as safe.
"""

from __future__ import annotations

import base64
import datetime as dt
import functools
import hashlib
import pathlib
import typing as t

import jinja2

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_view import parts_of
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._audit_words import moment, took
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._diagnosis_table import (
    ORDER,
    TONES,
    Node,
    component,
    headline,
)

# The names of the audit's style for what diagnostics say.
_STYLES: t.Final = {"problem": "violation", "unknown": "unknown", "note": "info", "ok": "ok"}
_ICON_COLORS: t.Final = {"violation": "c2293d", "unknown": "b7791f", "ok": "1a7f4b"}
_FOLDERS: t.Final = ("diagnosis_page", "audit_page")
_OPEN_NODES: t.Final = 3
# So many nodes are on the page whole; of more only the verdict is, and the file beside it holds the rest.
_MOST_WHOLE: t.Final = 100


def page(nodes: t.Sequence[Node], *, started: dt.datetime, ended: dt.datetime, files: t.Mapping[str, str]) -> str:
    """Return the text of diagnosis.html.

    :param files: the name of each node's file, in the folder diagnosis beside the page.
    """
    ordered = sorted(nodes, key=lambda node: (ORDER.index(component(node)), str(node["node"])))
    verdicts = [component(node) for node in ordered]
    worst = TONES[verdicts[0]] if verdicts else "unknown"
    environment = _environment()
    return environment.get_template("diagnosis.html.j2").render(
        headline=headline(ordered),
        tone=worst,
        icon_color=_ICON_COLORS.get(worst, _ICON_COLORS["unknown"]),
        started=moment(started),
        started_iso=started.isoformat(),
        took=took(ended - started),
        nodes=[_shown(node, number) for number, node in enumerate(ordered, start=1)],
        node_parts=_parts(verdicts),
        is_open=len(ordered) <= _OPEN_NODES,
        most_whole=_MOST_WHOLE,
        files=files,
        styles=_STYLES,
        style_hash=_hash(environment),
    )


def _parts(verdicts: t.Sequence[str]) -> t.Any:
    """Return the parts of the bar, the failing components as one."""
    failing = sum(TONES[one] == "violation" for one in verdicts)
    well, lost = verdicts.count("none found"), verdicts.count("unknown")
    return parts_of([("violation", failing, "failing"), ("unknown", lost, "unknown"), ("ok", well, "none found")])


def _shown(node: Node, number: int) -> dict[str, t.Any]:
    """Return a node as the template asks for it: what fails first, what is well last."""
    order = {state: at for at, state in enumerate(("problem", "unknown", "ok"))}
    sources = sorted(node["sources"], key=lambda source: order[source["state"]])
    facts = node["facts"]
    said = (
        facts["model"],
        f"Debian {facts['debian']}" if facts["debian"] else "",
        facts["kernel"],
        facts["architecture"],
    )
    return {
        **node,
        "mark": f"n{number}",
        "tone": TONES[component(node)],
        "component": component(node),
        "shown": " · ".join(word for word in said if word),
        "pressing": [source for source in sources if source["state"] != "ok"],
        "well": [source for source in sources if source["state"] == "ok"],
    }


@functools.cache
def _environment() -> jinja2.Environment:
    here = pathlib.Path(__file__)
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader([here.with_name(name) for name in _FOLDERS]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _hash(environment: jinja2.Environment) -> str:
    """Return the hash by which the page's policy knows its style, and takes no other."""
    text = "".join(environment.get_template(name).render() for name in ("page.css", "diagnosis.css"))
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


__all__ = ("page",)
