# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page says of every target whether it is met, also where it is not."""

from __future__ import annotations

from benchmarks import targets
from benchmarks.figures import Spread
from benchmarks.meter import Taken
from benchmarks.report import Facts, Results, judged, page, terminal

PROVISION = [
    {
        targets.OURS: Taken(0, 2.0, 1.0), targets.CHECK: Taken(0, 2.1, 1.0), targets.STOCK: Taken(0, 12.0, 5.0),
        targets.PYINFRA: Taken(0, 3.0, 1.0), targets.PING: Taken(0, 0.9, 0.8),
    }
] * 10  # fmt: skip
AUDIT = [
    {
        targets.AUDIT: Taken(0, 4.5, 1.0), targets.AUDIT_ON_NODE: Taken(0, 4.0, 1.0),
        targets.LYNIS: Taken(0, 27.0, 20.0), targets.INTEGRITY: Taken(0, 0.5, 0.4),
        targets.DEBSUMS: Taken(0, 1.1, 0.9), targets.DPKG: Taken(0, 0.8, 0.7),
    }
] * 10  # fmt: skip
FLEET = {
    (targets.OURS, 1): Spread(1.0, 1.0, 1.0, 2),
    (targets.OURS, 8): Spread(0.4, 0.5, 0.6, 2),
    (targets.STOCK, 8): Spread(4.0, 4.0, 4.0, 2),
    (targets.PING, 8): Spread(0.5, 0.5, 0.5, 2),
}
RESULTS = Results(PROVISION, AUDIT, FLEET)


def test_each_target_is_judged() -> None:
    found = {(line.figure, line.met) for line in judged(RESULTS)}
    assert ("converged provision.yml against a tuned stock playbook", True) in found
    assert ("converged provision.yml against a one-task ping playbook", False) in found
    assert ("full audit of a node against Lynis, both on the node", False) in found
    assert ("integrity and ownership of packages against dpkg -V", True) in found
    assert ("processor time per node with 8 nodes against one", True) in found
    assert ("processor time of the controller per node against the stock playbook, 8 nodes", False) in found
    assert ("the same, of both what they take beyond the ping playbook", True) in found
    assert ("the same, of both what they take beyond the ping playbook, 8 nodes", True) in found
    assert len(found) == len(targets.PROVISION) + len(targets.AUDIT_TARGETS) + 3


def test_what_was_not_measured_is_not_judged() -> None:
    assert judged(Results([], [], {})) == []
    assert len(judged(Results(PROVISION, [], {(targets.OURS, 1): Spread(1, 1, 1, 1)}))) == len(targets.PROVISION)


def test_the_page_holds_machine_targets_and_figures() -> None:
    text = page(RESULTS, Facts((("processor", "Ryzen | 9"), ("rounds", "10"))))
    assert "| processor | Ryzen \\| 9 |" in text
    assert "| full audit of a node against Lynis, both on the node | <= 0.10 | 0.15 | 0.15 to 0.15 | 10 | NO |" in text
    assert "| provision.yml | 2.00 | 2.00 to 2.00 | 1.00 | 1.00 to 1.00 | 10 |" in text
    assert "| stock playbook, tuned | 8 | 4.00 | 4.00 to 4.00 | 2 |" in text
    assert all(len(line) <= 120 for line in text.splitlines() if not line.startswith("|"))


def test_what_no_playbook_can_go_below_stands_beside_the_targets() -> None:
    text = page(RESULTS, Facts((("rounds", "10"),)))
    assert "## What Ansible itself takes" in text
    assert "| processor time of the controller | 0.16 | 0.16 to 0.16 |" in text
    assert (
        "per node against the stock playbook | <= 0.10 | 0.20 | 0.20 to 0.20 | 10 | NO: a ping playbook takes 0.16 |"
        in text
    )
    assert "What Ansible itself takes" not in page(Results([], AUDIT, {}), Facts((("rounds", "10"),)))


def test_the_terminal_shows_the_same() -> None:
    text = terminal(RESULTS)
    assert "NO" in text
    assert "Lynis" in text
