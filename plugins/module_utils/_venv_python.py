# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's own Python, which makes each .venv (runbook 3.4). Private to the collection."""

from __future__ import annotations

import os
import re
import sys

from ._pip_command import find_pip
from ._step import StepError
from ._venv_state import PYTHON, System


def system() -> System:
    """Return the Python that Debian brings.

    :raises StepError: there is none, or this runs under another.
    """
    python = os.path.realpath(PYTHON)
    version = re.fullmatch(r"/usr/bin/python(\d+\.\d+)", python)
    if version is None:
        raise StepError(f"{PYTHON} leads to {python}, which is not Debian's Python; re-image the node (runbook 5)")
    if os.path.realpath(sys.executable) != python:
        raise StepError(f"this runs under {sys.executable}; set ansible_python_interpreter to {PYTHON} for the node")
    has_venv = os.path.isdir(f"/usr/lib/python{version[1]}/ensurepip")
    return System(python, version[1], find_pip() if has_venv else "")


__all__ = ("system",)
