# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a downloaded image breaks of the runbook, read from its files (runbook 2.1). Private to the collection.

By the audit's own rules, where they read files alone; where a rule asks a running system, by its tables and decisions.
"""

from __future__ import annotations

import re
import typing as t

from . import _access_logins, _access_sudo, _heal_kernel, _heal_programs, _updates_packages, _updates_settings
from ._access_agents import AGENTS
from ._access_words import HUMAN, NODES
from ._accounts import FIRST_UID, LAST_UID
from ._detect_packages import is_rebuilt
from ._dpkg import STATUS, STATUS_LIMIT, field, stanzas
from ._findings import Finding
from ._guardrails_manager import read_manager
from ._guardrails_others import read_user_links
from ._guardrails_units import guard_of
from ._image_report_sources import sources
from ._journald_config import JournaldConfigError, read_configuration
from ._node_view import NodeView, ViewError
from ._secret_findings import Repository, not_looked_at, of_seen
from ._text import one_line
from ._unit_folders import SYSTEM, read_folders

# Who mends it.
PROVISION: t.Final = "provision.yml"
DECIDE: t.Final = "decide"
_MAKERS: t.Final = re.compile(r"@(?:raspberrypi\.(?:com|org)|ubuntu\.com|armbian\.com)\b")
_BACKPORT: t.Final = re.compile(r"~bpo13\+")
_IDENTITY: t.Final = "/etc/machine-id"
_HOST_KEY: t.Final = re.compile(r"ssh_host_\w+_key")
_VOLATILE: t.Final = ("volatile", "none")
Check = t.Callable[[NodeView], t.Iterable[Finding]]


class Rule(t.NamedTuple):
    """One look into the image.

    :param mended_by: the role of provision.yml that mends what it finds, "" where the operator decides.
    """

    clause: str
    name: str
    looks_at: str
    check: Check
    mended_by: str = ""


class Breach(t.NamedTuple):
    """A finding, and whose turn it is.

    :param way: PROVISION, DECIDE, or "" for what is no violation.
    """

    finding: Finding
    way: str
    role: str


def look(view: NodeView) -> list[Breach]:
    """Return all that the rules find; a rule that cannot read something says so and the others go on."""
    found: list[Breach] = []
    for rule in RULES:
        try:
            for one in rule.check(view):
                found.append(_breach(view, rule, one))  # noqa: PERF401  (what came before an error stays)
        except (ViewError, OSError, ValueError) as exc:
            unread = one_line(str(exc).replace(view.base, ""), 300)
            finding = Finding(
                rule.clause, "unknown", rule.name, f"it cannot be looked at: {unread}", "look at the node"
            )
            found.append(Breach(finding, "", ""))
    return found


def _breach(view: NodeView, rule: Rule, finding: Finding) -> Breach:
    if finding.verdict != "violation":
        return Breach(finding, "", "")
    # The image's own login is what provisioning comes by, and retires.
    is_login = rule.clause == HUMAN and view.declared.bootstrap_user in finding.subject.split()
    role = "ssh" if is_login else rule.mended_by
    return Breach(finding, PROVISION if role else DECIDE, role)


def packages(view: NodeView) -> t.Iterator[Finding]:
    """Find packages that say that they are not Debian 13's: by their version, or by who maintains them."""
    for stanza in stanzas(view.text(STATUS, limit=STATUS_LIMIT) or ""):
        name, version = one_line(field(stanza, "Package"), 100), one_line(field(stanza, "Version"), 100)
        if not field(stanza, "Status").endswith(" installed"):
            continue
        maintainer = one_line(field(stanza, "Maintainer"), 120)
        said = "its version says that somebody else than Debian built it" if is_rebuilt(version) else ""
        if not said and _MAKERS.search(maintainer):
            said = f"its maintainer is {maintainer}"
        if said:
            remedy = "remove it on the node (packages_absent), or give it a waiver with its reason"
            yield Finding("3.1", "violation", f"{name} {version}", said, remedy)
        elif _BACKPORT.search(version):
            remedy = f"add {name} to runbook_backports where it shall come from there"
            yield Finding("3.1", "info", f"{name} {version}", "it comes from trixie-backports", remedy)


def agents(view: NodeView) -> t.Iterator[Finding]:
    """Find agents by which others command the node."""
    for agent in AGENTS:
        for name in agent.packages:
            if view.packages.version_of(name):
                evidence = f"{agent.name} is installed, by which others command the node"
                yield Finding(HUMAN, "violation", name, evidence, f"add {name} to guardrails_remove or packages_absent")


def people(view: NodeView) -> t.Iterator[Finding]:
    """Name accounts of people that come with the image."""
    for one in view.accounts.accounts:
        if FIRST_UID <= one.uid <= LAST_UID and one.name != view.declared.bootstrap_user:
            evidence = f"the image brings the account, with user id {one.uid}"
            remedy = f"'userdel --remove {one.name}' on the node, where nobody needs it"
            yield Finding(HUMAN, "info", f"account {one_line(one.name, 64)}", evidence, one_line(remedy))


def identity(view: NodeView) -> t.Iterator[Finding]:
    """Find what makes all nodes of the image one and the same."""
    own = (view.text(_IDENTITY) or "").strip()
    if own not in ("", "uninitialized"):
        remedy = "empty it on the node before the first boot, or take another image"
        yield Finding(NODES, "violation", _IDENTITY, "all nodes of this image would have one id", remedy)
    keys = [name for name in view.names("/etc/ssh") if _HOST_KEY.fullmatch(name)]
    if keys:
        evidence = f"{', '.join(keys[:5])} come with the image, so that each of its nodes can pass for every other"
        yield Finding(
            NODES, "violation", "host keys", evidence, "take another image, or have new keys made on the node"
        )


def units(view: NodeView) -> t.Iterator[Finding]:
    """Find updaters and healers that start by themselves."""
    seen = set()
    for way in read_folders(view, SYSTEM).ways:
        guard = guard_of(way.name)
        if guard and way.name not in seen:
            seen.add(way.name)
            evidence = one_line(f"{way.path} starts it at each boot, and it {guard.why}")
            yield Finding(guard.clause, "violation", one_line(way.name, 200), evidence, "provision.yml disables it")
    for link in read_user_links(view):
        evidence = one_line(f"{link.path} starts it, and it {link.guard.why}")
        yield Finding(link.guard.clause, "violation", one_line(link.unit, 200), evidence, "provision.yml names it")


def manager(view: NodeView) -> t.Iterator[Finding]:
    """Find what has systemd reboot the node by itself."""
    for one in read_manager(view, {}).configured():
        evidence = one_line(f"{one} has it reboot by itself")
        yield Finding("6.2", "violation", f"systemd {one.key}", evidence, "provision.yml overrules it")


def journal(view: NodeView) -> t.Iterator[Finding]:
    """Find a journal that is lost at each reboot."""
    try:
        configuration = read_configuration(view.base)
    except JournaldConfigError as exc:
        raise ViewError(str(exc)) from exc
    said = [one for one in (*configuration.before, *configuration.after) if one.key == "Storage"]
    if said and said[-1].value.strip().lower() in _VOLATILE:
        evidence = f"{said[-1]} keeps the journal in memory, so that a reboot loses it"
        yield Finding(
            "4.4", "violation", "journal", one_line(evidence.replace(view.base, "")), "provision.yml changes it"
        )


def secrets(view: NodeView) -> t.Iterator[Finding]:
    """Find credentials in the settings, homes and first-boot data of the image."""
    # Imported here: it walks, and only a whole look needs it.
    from ._audit_secrets import scan_of  # noqa: PLC0415

    scan = scan_of(view)
    for seen in scan.seen:
        yield of_seen(seen, Repository())
    yield from not_looked_at(scan)


RULES: t.Final = (
    Rule(HUMAN, "accounts", "accounts, their user ids and passwords", _access_logins.look_at_accounts),
    Rule(HUMAN, "people", "accounts of people that come with the image", people),
    Rule(HUMAN, "autologin", "whether a console logs somebody in without asking", _access_logins.look_at_autologin),
    Rule(HUMAN, "sudo-rules", "whom sudo lets act as another account", _access_sudo.look_at_sudo),
    Rule(HUMAN, "remote-agents", "agents by which others command the node", agents),
    Rule(NODES, "identity", "machine-id and host keys that all nodes would share", identity),
    Rule("3.1", "package-sources", "apt's sources, keys and pins", sources),
    Rule("3.1", "package-origins", "packages that say that they are not Debian's", packages),
    Rule("4.4", "journal", "whether the journal outlives a reboot", journal, "journal"),
    Rule(
        "6.1",
        "updates-apt",
        "what apt does by itself, in its merged configuration",
        _updates_settings.apt,
        "guardrails",
    ),
    Rule("6.1", "updates-units", "units that update or heal, and start by themselves", units, "guardrails"),
    Rule("6.1", "updates-cloud-init", "whether cloud-init runs again", _updates_settings.cloud_init, "guardrails"),
    Rule(
        "6.1",
        "updates-needrestart",
        "whether needrestart restarts by itself",
        _updates_settings.needrestart,
        "guardrails",
    ),
    Rule("6.1", "updates-prepared", "updates that wait for the next boot", _updates_settings.prepared),
    Rule("6.1", "updates-packages", "packages that exist to update", _updates_packages.packages),
    Rule("6.2", "heal-manager", "the watchdog and crash settings of systemd's manager", manager, "guardrails"),
    Rule("6.2", "heal-kernel", "whether the kernel reboots after a panic", _heal_kernel.panic, "guardrails"),
    Rule("6.2", "heal-firmware", "watchdogs in the firmware's configuration", _heal_kernel.firmware),
    Rule("6.2", "heal-file-systems", "repair of file systems at boot", _heal_kernel.file_systems),
    Rule("6.2", "heal-packages", "packages that exist to heal", _heal_programs.packages),
    Rule("6.3", "secrets", "credentials in settings, homes and first-boot data", secrets),
)

__all__ = ("DECIDE", "PROVISION", "RULES", "Breach", "Rule", "look")
