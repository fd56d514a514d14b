# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What M(ai_systems.runbook.node_diagnostics) does on a node: all sources in one call. Private to the collection."""

from __future__ import annotations

import os

from ._audit import facts
from ._declared import Declared
from ._diagnose_sources import sources
from ._diagnosis import diagnose
from ._node_view import NodeView
from ._step import Step, StepError


def look(step: Step) -> str:
    """Ask every source, and return one sentence on the outcome."""
    seconds, each = step.params["seconds"], step.params["seconds_each"]
    if min(seconds, each) < 1:
        raise StepError(
            f"seconds is {seconds} and seconds_each {each}, and nothing can be looked at in that time; give 1 or more"
        )
    view = NodeView(Declared(), seconds=seconds)
    asked = sources(now=step.params["now"], audited=step.params["audited"])
    readings = diagnose(view, asked, seconds_each=each)
    step.returns(
        sources=[
            {
                "name": one.name,
                "seconds": one.seconds,
                "symptoms": [symptom._asdict() for symptom in one.symptoms],
            }
            for one in readings
        ],
        facts=facts(view),
        is_root=os.geteuid() == 0,
    )
    states = [one.state for one in readings]
    said = f"{states.count('problem')} with a problem, {states.count('unknown')} unknown"
    return f"{len(readings)} sources asked, {said}."


__all__ = ("look",)
