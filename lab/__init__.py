# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab: Debian 13 nodes to try the runbook on, as containers with systemd, on any Debian-like host.

Standard library only: it runs before anything of this project is installed.
"""

import sys
from pathlib import Path

# What the lab and the collection must do alike, the lab takes from the collection: modules that need no Ansible.
_COLLECTIONS = str(Path(__file__).resolve().parent.parent / ".collections")
if _COLLECTIONS not in sys.path:
    sys.path.append(_COLLECTIONS)
