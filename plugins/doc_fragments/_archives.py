# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every module that installs with apt asks for of archives (runbook 3.1). Private to the collection."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  archive_keys:
    description: Fingerprints of further archive keys that count beside Debian's own.
    type: list
    elements: str
    default: []
  backports:
    description:
      - The packages that may come from trixie-backports, each by its name.
      - Where a version is part of the name, C(*) stands for it, as in C(linux-image-*-arm64).
    type: list
    elements: str
    default: []
"""
