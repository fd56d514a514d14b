# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-lint as its command line has it, without the syntax check: a process for every playbook of a table."""

from __future__ import annotations

import sys

from ansiblelint import __main__ as ansible_lint
from ansiblelint.runner import Runner


def main() -> None:
    """Lint as the arguments say."""
    Runner._run_syntax_check_phase = lambda self, matches: []  # type: ignore[method-assign] # noqa: ARG005
    ansible_lint._run_cli_entrypoint()


if __name__ == "__main__":
    main()
    sys.exit(0)
