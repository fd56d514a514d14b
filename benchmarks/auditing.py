# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit beside its peers, on one node: what each finds is looked at, too, for who looks at less is quick."""

from __future__ import annotations

import base64
import io
import json
import shutil
import tarfile
import typing as t
from pathlib import Path

from benchmarks import endstate, targets
from benchmarks.running import TOP, BenchmarkError, Ran, measured_on_node, on_node, want
from benchmarks.site import AUDIT, Site, ours

# A program of a package that is changed by one line: everybody who checks packages has to name it.
CHANGED: t.Final = "/usr/bin/vimtutor"
PEERS: t.Final = ("lynis", "debsums")
# In memory: what lies on a disk is looked through by an audit, and none of this is a node's own.
_FOLDER: t.Final = "/run/benchmark"
_SENT: t.Final = f"{_FOLDER}/sent.py"
_UTILS: t.Final = "ansible_collections/ai_systems/runbook/plugins/module_utils"
_FEWEST_RULES: t.Final = 40
_FEWEST_TESTS: t.Final = 200


class Auditors:
    """Those who look at one node: audit.yml from here, the others as root on the node itself."""

    def __init__(self, site: Site, node: str) -> None:
        self._site = site
        self._node = node
        self._reports = site.folder / "reports"
        self._integrity = Path(__file__).with_name("integrity.py").read_text("utf-8")

    def prepare(self) -> None:
        """Install the peers, change a program, and leave what audit.yml sends to a node there."""
        on_node(
            self._node,
            "apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q --yes --no-install-recommends install "
            f"{' '.join(PEERS)} && grep -q '^# benchmark' {CHANGED} || echo '# benchmark' >> {CHANGED}",
        )
        # The other peers' pip is hundreds of files that nobody audited, and no part of what is compared here.
        on_node(self._node, f"rm -rf {endstate.VENV}/bin/pip* {endstate.VENV}/lib/python3*/site-packages/pip*")
        on_node(
            self._node,
            f"rm -rf {_FOLDER} ~ops/.ansible/tmp/* && mkdir -p {_FOLDER} && base64 -d | tar -xz -C {_FOLDER}",
            stdin=packed(),
        )
        kept = ours(self._site, [self._node], "-e", f"runbook_reports_dir={self._reports}", playbook=AUDIT)
        keeping = {**kept.environment, "ANSIBLE_KEEP_REMOTE_FILES": "1", "ANSIBLE_PIPELINING": "false"}
        want(type(kept)(kept.argv, keeping).measured(), "audit.yml", statuses=(0, 2))
        on_node(self._node, f"mv ~ops/.ansible/tmp/*/AnsiballZ_runbook_audit.py {_SENT} && rm -rf ~ops/.ansible/tmp/*")

    def versions(self) -> str:
        """Return the versions of the peers on the node."""
        return on_node(self._node, "dpkg-query -W -f '${Package} ${Version}, ' lynis debsums dpkg").strip(", ")

    def runners(self) -> dict[str, t.Callable[[], Ran]]:
        """Return how each is run once; a run that does not see what it has to raises BenchmarkError."""
        return {
            targets.AUDIT: self._audit,
            targets.AUDIT_ON_NODE: self._audit_on_node,
            targets.LYNIS: self._lynis,
            targets.INTEGRITY: self._integrity_alone,
            targets.DEBSUMS: lambda: self._checked(["debsums", "-s"], targets.DEBSUMS, statuses=(2,)),
            targets.DPKG: lambda: self._checked(["dpkg", "-V"], targets.DPKG, statuses=(0, 1)),
        }

    def _audit(self) -> Ran:
        shutil.rmtree(self._reports, ignore_errors=True)
        run = ours(self._site, [self._node], "-e", f"runbook_reports_dir={self._reports}", playbook=AUDIT)
        ran = want(run.measured(), targets.AUDIT, statuses=(2,))
        (report,) = self._reports.glob("*/audit.json")
        node = json.loads(report.read_text("utf-8"))["nodes"][self._node]
        if node["state"] != "audited":
            raise BenchmarkError(f"{targets.AUDIT}: the node is {node['state']}, the round is void: {node['sentence']}")
        looked_at_enough(targets.AUDIT, node["rules"], node["findings"])
        return ran

    def _audit_on_node(self) -> Ran:
        ran = want(measured_on_node(self._node, ["python3", _SENT]), targets.AUDIT_ON_NODE)
        said, dummy = json.JSONDecoder().raw_decode(ran.output, max(ran.output.find("{"), 0))
        looked_at_enough(targets.AUDIT_ON_NODE, said["rules"], said["findings"])
        return ran

    def _lynis(self) -> Ran:
        scan = measured_on_node(self._node, ["lynis", "audit", "system", "--cronjob", "--no-plugins"])
        ran = want(scan, targets.LYNIS, says=["Lynis security scan details"])
        said = on_node(self._node, "grep '^lynis_tests_done=' /var/log/lynis-report.dat")
        done = int(said.strip().rpartition("=")[2] or 0)
        if done < _FEWEST_TESTS:
            raise BenchmarkError(f"{targets.LYNIS} did {done} tests, the round is void: {said}")
        return ran

    def _integrity_alone(self) -> Ran:
        return self._checked(["python3", "-B", "-c", self._integrity, _FOLDER], targets.INTEGRITY, statuses=(0,))

    def _checked(self, argv: t.Sequence[str], name: str, *, statuses: t.Collection[int]) -> Ran:
        return want(measured_on_node(self._node, argv), name, statuses=statuses, says=[CHANGED])


def packed() -> str:
    """Return what integrity.py needs on a node, an archive as text."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as file:
        for path in sorted((TOP / "plugins" / "module_utils").glob("*.py")):
            file.add(path, f"{_UTILS}/{path.name}")
    return base64.b64encode(archive.getvalue()).decode("ascii")


def looked_at_enough(name: str, rules: t.Sequence[t.Any], findings: t.Sequence[t.Mapping[str, t.Any]]) -> None:
    """Check that an audit asked all its rules to the end, and saw the program that was changed.

    :raises BenchmarkError: it did not.
    """
    if len(rules) < _FEWEST_RULES:
        raise BenchmarkError(f"{name} asked {len(rules)} rules, the round is void")
    cut = [str(one["evidence"]) for one in findings if "time for the audit was over" in str(one["evidence"])]
    if cut:
        raise BenchmarkError(f"{name} was cut short, the round is void: {cut[0]}")
    if not any(one["subject"] == CHANGED and one["verdict"] == "violation" for one in findings):
        raise BenchmarkError(f"{name} did not see that {CHANGED} was changed, the round is void")


__all__ = ("CHANGED", "Auditors", "looked_at_enough")
