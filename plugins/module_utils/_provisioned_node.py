# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a node is the machine that its inventory declares (runbook 2.2 to 2.6), by the roles' decisions. Private."""

from __future__ import annotations

import json
import os
import typing as t

from . import _hostname, _network_plan, _network_rules, _preflight
from ._access_words import by, info, unknown, violation
from ._apt_names import requests
from ._apt_plan import missing, to_mark_manual
from ._command import CommandError
from ._dpkg import STATUS, STATUS_LIMIT, native_architecture
from ._initial_update import RECORD, boot_id, parse_record, reboot_reasons
from ._network_address import parse
from ._network_state import read_network
from ._network_static import interface_of, manager_of, require_plain
from ._node_view import ViewError
from ._step import StepError
from ._step_node_hostname import read_state
from ._step_node_preflight import FIRMWARE, read_dpkg, read_machine, read_space
from ._text import one_line

if t.TYPE_CHECKING:
    from ._findings import Finding
    from ._network_address import Declared as Network
    from ._network_state import NetworkState
    from ._node_view import NodeView

_THEN = "in the inventory, then audit again"


def run_role(clause: str) -> str:
    """Return the remedy that is a step of provision.yml."""
    return f"run provision.yml --tags {clause} for the node"


def as_violation(clause: str, subject: str, sentence: str, *, mark: str = "; ") -> Finding:
    """Return the finding of a sentence of ours, which says what is wrong and, after a mark, what to do.

    In a remedy only a command stands between single quotes; what those sentences quote is none.
    """
    evidence, found, remedy = sentence.partition(mark)
    return violation(clause, subject, evidence, remedy.replace("'", '"') if found else run_role(clause))


def look_at_system(view: NodeView) -> t.Iterator[Finding]:
    """Judge distribution, architecture and board (2.2)."""
    declared = view.declared
    release = _preflight.os_release(view.text("/etc/os-release") or "")
    architecture = native_architecture(view.text(STATUS, limit=STATUS_LIMIT) or "")
    for sentence in _preflight.system_problems(release, architecture, architecture):
        yield as_violation("2.2", "release", sentence)
    if not declared.architecture:
        evidence = f"nobody declared it; the node's is {one_line(architecture, 40)}"
        yield unknown("2.2", "architecture", evidence, f"declare preflight_architecture {_THEN}")
        return
    if architecture != declared.architecture:
        sentence = _preflight.system_problems(release, architecture, declared.architecture)[-1]
        yield as_violation("2.2", "architecture", sentence)
    if declared.model:
        machine = read_machine()
        for sentence in _preflight.machine_problems(machine, declared.model):
            yield as_violation("2.2", "board", sentence)
        if warning := _preflight.machine_warning(machine):
            yield info("2.2", "board stepping", warning, "name the right device tree when it suits")


def look_at_disk(view: NodeView) -> t.Iterator[Finding]:
    """Judge the file systems that a node needs to work on (2.2)."""
    declared = view.declared
    needs = {"/": declared.disk_free_mib}
    if view.exists(FIRMWARE):
        needs[FIRMWARE] = declared.firmware_free_mib
    for path in needs:
        space = read_space(view.on_disk(path))._replace(path=path)
        for sentence in _preflight.space_problems([space], needs, declared.inodes_free):
            yield as_violation("2.2", f"room in {path}", sentence)
    reason = _preflight.read_only_reason(view.text("/proc/self/mountinfo") or "", "/")
    if reason:
        remedy = "look for errors in journalctl -k, a card that fails must be replaced"
        yield violation("2.2", "root file system", f"it cannot be written, {reason}", remedy)


def look_at_dpkg(view: NodeView) -> t.Iterator[Finding]:
    """Judge whether the package database is whole (2.2)."""
    del view
    dpkg = read_dpkg()
    for sentence in _preflight.dpkg_problems(dpkg):
        if dpkg.locked_by:
            yield unknown("2.2", "dpkg", sentence, "audit again once it has ended")
        else:
            evidence = sentence.partition("; ")[0]
            remedy = by(
                "dpkg --configure -a", what="finish it, and look at what it says", otherwise="have update.yml finish it"
            )
            yield violation("2.2", "dpkg", evidence, remedy)


def look_at_hostname(view: NodeView) -> t.Iterator[Finding]:
    """Judge the node's name (2.3)."""
    name = view.declared.hostname
    if not name or _hostname.why_not_a_hostname(name):
        evidence = f"what is declared for it is {name!r}, which is no hostname" if name else "nobody declared it"
        yield unknown("2.3", "hostname", evidence, f"declare hostname_name {_THEN}")
        return
    for change in _hostname.decide(name, read_state()):
        if change.subject == "hostname":
            evidence = f"the node is called {one_line(change.before, 80)}, while hostname_name declares {name}"
            yield violation("2.3", change.subject, evidence, by(f"hostnamectl set-hostname {name}", what="set it"))
        else:
            evidence = f"it does not say that the node is called {name}"
            yield violation("2.3", change.subject, evidence, run_role("2.3"))


def look_at_network(view: NodeView) -> t.Iterator[Finding]:
    """Judge address, gateway and name servers, and whether the next start keeps them (2.4)."""
    declared = view.declared
    if not declared.address:
        evidence = "nobody declared the node's address"
        yield unknown("2.4", "address", evidence, f"declare network_address, network_gateway and network_dns {_THEN}")
        return
    try:
        network = parse(declared.address, declared.gateway, declared.dns)
        state = read_network(declared.gateway)
    except ValueError as exc:
        yield unknown("2.4", "address", str(exc), f"correct what is declared {_THEN}")
        return
    except CommandError as exc:
        raise ViewError(str(exc)) from exc
    assignment: _network_rules.Assignment = "reservation" if declared.network_assignment == "reservation" else "static"
    found = _network_rules.violations(network, assignment, state)
    for sentence in found:
        yield as_violation("2.4", _of_network(sentence), sentence, mark=": ")
    if declared.network_mode == "static":
        yield from _changes(network, state)
    elif assignment == "static" and not found:
        yield from judge_keeping(_networkctl(view, state), declared.address.partition("/")[0])


def _of_network(sentence: str) -> str:
    if "default gateway" in sentence.partition(" while ")[0]:
        return "gateway"
    return "name servers" if sentence.startswith("the node asks ") else "address"


def _changes(network: Network, state: NetworkState) -> t.Iterator[Finding]:
    try:
        interface = interface_of(state)
        require_plain(interface)
        plan = manager_of(interface).plan(network, state.resolver)
        for change in _network_plan.decide(network, interface, plan, state):
            evidence = f"the declared address is not set there for good: {one_line(change.action, 100)} is due"
            yield violation("2.4", change.subject, evidence, run_role("2.4"))
    except _network_plan.PlanError as exc:
        yield as_violation("2.4", "configuration", str(exc), mark=": ")
    except CommandError as exc:
        raise ViewError(str(exc)) from exc


def _networkctl(view: NodeView, state: NetworkState) -> str:
    actual = state.on_the_way()
    if actual is None:
        return ""
    try:
        return view.run("networkctl", "--json=short", "status", "--", actual.interface).out
    except ViewError:
        # Another program than systemd-networkd runs the interface; what is not a lease is its own file's.
        return ""


def judge_keeping(said: str, address: str) -> t.Iterator[Finding]:
    """Yield why an address that holds now does not hold after the next start, by systemd-networkd's own word.

    :param said: of ``networkctl --json=short status LINK``; "" where networkd does not run the interface.
    """
    try:
        link = json.loads(said or "{}")
        words = {".".join(map(str, one["Address"])): str(one["ConfigSource"]) for one in link.get("Addresses", ())}
    except (ValueError, KeyError, TypeError, AttributeError):
        return
    file = str(link.get("NetworkFile") or "")
    subject, remedy = "address", "set network_mode: static and run provision.yml --tags 2.4 for the node"
    if words.get(address) == "foreign" and link.get("AdministrativeState") == "configured":
        evidence = f"{address} was set by hand, and no file of systemd-networkd says it: the next start forgets it"
        yield violation("2.4", subject, evidence, remedy)
    elif file.startswith("/run/") and "netplan" not in file:
        evidence = f"{one_line(file, 150)} sets {address}, which the next start forgets"
        yield violation("2.4", subject, evidence, remedy)


def look_at_update(view: NodeView) -> t.Iterator[Finding]:
    """Judge whether the initial update was done, and tell whether a start is due (2.5)."""
    text = view.text(RECORD)
    record = parse_record(text) if text is not None else None
    status = view.status(RECORD)
    if status and (status.st_uid not in (0, os.geteuid()) or status.st_mode & 0o022):
        evidence = "another account than root can write it, so that what it says proves nothing"
        remedy = by(f"chown root:root {RECORD} && chmod 644 {RECORD}", what="give it back to root")
        yield violation("2.5", f"{RECORD} (writable)", evidence, remedy)
    if text is None:
        yield violation("2.5", "initial update", f"{RECORD} does not say that it was done", run_role("2.5"))
    elif record is None:
        evidence = "it is damaged, so that nobody can tell whether the initial update was done"
        remedy = f"{by(f'rm -- {RECORD}', what='remove it')} and {run_role('2.5')}"
        yield violation("2.5", RECORD, evidence, remedy)
    reasons = reboot_reasons(record.upgraded_since_boot(boot_id()) if record else ())
    if reasons:
        yield info("2.5", "restart", "; ".join(reasons), "restart the node when it suits")


def look_at_essential_packages(view: NodeView) -> t.Iterator[Finding]:
    """Judge the packages of the checklist (2.6)."""
    declared = view.declared
    if not declared.essential:
        evidence = "nobody declared which they are"
        yield unknown("2.6", "essential packages", evidence, f"declare essential_packages_list {_THEN}")
        return
    try:
        wanted = requests(list(declared.essential))
    except StepError as exc:
        yield unknown("2.6", "essential packages", str(exc), f"correct essential_packages_list {_THEN}")
        return
    for request in missing(wanted, view.packages):
        version = view.packages.version_of(request.name)
        evidence = (
            f"it has the version {one_line(version, 80)}, not {request.version}" if version else "it is not installed"
        )
        yield violation("2.6", request.name, evidence, run_role("2.6"))
    for name in to_mark_manual(wanted, view.packages):
        evidence = "it is marked as there for another package's sake, with which apt would remove it"
        yield violation("2.6", name, evidence, by(f"apt-mark manual {name}", what="mark it as wanted"))


__all__ = (
    "as_violation",
    "judge_keeping",
    "look_at_disk",
    "look_at_dpkg",
    "look_at_essential_packages",
    "look_at_hostname",
    "look_at_network",
    "look_at_system",
    "look_at_update",
    "run_role",
)
