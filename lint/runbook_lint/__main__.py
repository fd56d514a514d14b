# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m runbook_lint`` is ``runbook-lint``."""

import sys

from runbook_lint.cli import main

sys.exit(main())
