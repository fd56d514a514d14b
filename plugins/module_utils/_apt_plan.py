# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a transaction of apt would do, did, and why it failed: pure decisions. Private to the collection."""

from __future__ import annotations

import re
import typing as t

from ._dpkg import FINISH, Node, field, native_architecture, qualified, stanzas
from ._step import Change, StepError
from ._text import one_line

if t.TYPE_CHECKING:
    from ._apt_names import Request
    from ._apt_origin import Offer

_INST = re.compile(r"Inst (?P<name>\S+)(?: \[(?P<before>[^]\s]+)\])? \((?P<after>\S+) ")
_REMV = re.compile(r"(?:Remv|Purg) (?P<name>\S+)(?: \[(?P<before>[^]\s]+)\])?")
MARGIN_BYTES = 64 * 1024 * 1024


class Planned(t.NamedTuple):
    """One package that a transaction installs, upgrades from ``before``, or removes (``after`` is empty)."""

    name: str
    before: str
    after: str

    @property
    def change(self) -> Change:
        if not self.after:
            return Change(self.name, f"remove {self.before}", f"{self.before}\n", "")
        if self.before == self.after:
            # Only what was cut off while it was unpacked.
            return Change(self.name, f"install {self.after} again", f"{self.before} (cut off)\n", f"{self.after}\n")
        action = f"upgrade {self.before} -> {self.after}" if self.before else f"install {self.after}"
        return Change(self.name, action, f"{self.before}\n" if self.before else "", f"{self.after}\n")


class Detail(t.NamedTuple):
    """What the archive says of a planned package.

    :param offers: where exactly this version comes from, one per list that offers it.
    :param size: bytes to download.
    :param growth: bytes that the installed system grows by.
    :param downgrade: whether ``after`` is older than what is installed.
    :param record: the archive's control paragraph.
    """

    planned: Planned
    architecture: str
    sha256: str
    size: int
    growth: int
    downgrade: bool
    offers: list[Offer]
    record: str

    def as_record(self) -> dict[str, t.Any]:
        """What is kept of it, so that a version which Debian later supersedes can still be proven official."""
        return {
            "package": self.planned.name,
            "version": self.planned.after,
            "before": self.planned.before,
            "architecture": self.architecture,
            "sha256": self.sha256,
            "archives": [
                offer.archive for offer in self.offers if offer.kind != "foreign" and offer.sha256 == self.sha256
            ],
        }


def parse_simulation(text: str) -> list[Planned]:
    """Return what ``apt-get --simulate`` says that it would install, upgrade and remove, by name."""
    lines = text.splitlines()
    found = [match for match in map(_INST.match, lines) if match]
    gone = [match for match in map(_REMV.match, lines) if match]
    return sorted(
        [Planned(match["name"], match["before"] or "", match["after"]) for match in found]
        + [Planned(match["name"], match["before"] or "", "") for match in gone]
    )


def require_no_removal(plan: t.Sequence[Planned]) -> None:
    """:raises StepError: it would remove something, which installing and upgrading never may."""
    removed = [item.name for item in plan if not item.after]
    if removed:
        raise StepError(
            f"apt would remove {', '.join(removed[:10])}, which is never done unasked; "
            "settle that by hand (apt-get --simulate shows why), then run again"
        )


def require_only_named(wanted: t.Sequence[Request], plan: t.Sequence[Planned]) -> None:
    """Refuse a removal that does more than it was asked for.

    :raises StepError: it would take other packages along, or put others in their place.
    """
    names = {request.name for request in wanted}
    along = [item.name for item in plan if not item.after and item.name not in names]
    if along:
        raise StepError(
            f"removing {', '.join(sorted(names))} would also remove {', '.join(along[:10])}, which need it; "
            "name them too if they shall go, or keep it"
        )
    instead = [item.name for item in plan if item.after]
    if instead:
        raise StepError(
            f"removing {', '.join(sorted(names))} would make apt install {', '.join(instead[:10])} in its place, which "
            "is never done unasked; install what shall replace it first"
        )


def missing(wanted: t.Sequence[Request], node: Node) -> list[Request]:
    """Return the requests that the node does not fulfil yet."""
    return [
        request
        for request in wanted
        if not node.version_of(request.name) or (request.version and node.version_of(request.name) != request.version)
    ]


def installed(wanted: t.Sequence[Request], node: Node) -> list[Request]:
    """Return the requests whose package is on the node, in whatever version."""
    return [request for request in wanted if node.version_of(request.name)]


def to_mark_manual(wanted: t.Sequence[Request], node: Node) -> list[str]:
    """Return the wanted packages that are there for another one's sake only, and so could go with it."""
    return [request.name for request in wanted if node.version_of(request.name) and request.name in node.automatic]


def require_plannable(wanted: t.Sequence[Request], plan: t.Sequence[Planned], details: t.Sequence[Detail]) -> None:
    """Refuse a plan that leaves something out or turns something back.

    :raises StepError: naming the packages.
    """
    planned = {item.name for item in plan}
    left_out = [request.name for request in wanted if request.name not in planned]
    if left_out:
        raise StepError(
            f"apt would not install {', '.join(left_out)}: held back or kept by a pin; "
            "see 'apt-mark showhold' and 'apt-cache policy' on the node"
        )
    back = [f"{item.planned.name} {item.planned.before} -> {item.planned.after}" for item in details if item.downgrade]
    if back:
        raise StepError(
            f"apt would downgrade {', '.join(back)}, which is never done; name the installed or a newer version"
        )


def require_space(details: t.Sequence[Detail], free: int) -> None:
    """Refuse a transaction for which the disk is too small, before it leaves dpkg half-way.

    :param free: bytes free where the system is installed.
    :raises StepError: naming need and room.
    """
    needed = sum(detail.size + detail.growth for detail in details) + MARGIN_BYTES
    if needed > free:
        raise StepError(
            f"the disk is too full: the transaction needs about {needed // 2**20} MiB with a margin, "
            f"{free // 2**20} MiB are free; make room on the node, then run again"
        )


def happened(plan: t.Sequence[Planned], node: Node) -> list[Planned]:
    """Return the part of a plan that dpkg now says is completely installed, or gone."""
    return [item for item in plan if node.version_of(item.name) == item.after]


def status_after(status: str, plan: t.Sequence[Planned], details: t.Sequence[Detail]) -> str:
    """Return the dpkg status file as it would be after a transaction, for simulating what comes next."""
    native = native_architecture(status)
    replaced = {item.name for item in plan}
    kept = [
        stanza
        for stanza in stanzas(status)
        if qualified(field(stanza, "Package"), field(stanza, "Architecture"), native) not in replaced
    ]
    new = [
        re.sub(r"(?m)^(Package: .*)$", r"\1\nStatus: install ok installed", detail.record.strip("\n"), count=1)
        for detail in details
    ]
    return "".join(f"{stanza}\n\n" for stanza in [*kept, *new])


def extended_states_after(text: str, details: t.Sequence[Detail], manual: t.Collection[str] = ()) -> str:
    """Return apt's extended_states as it would be after a transaction: what it pulls in is there for others' sake.

    :param manual: what is there for its own.
    """
    kept = [stanza for stanza in stanzas(text) if field(stanza, "Package") not in manual]
    added = [
        f"Package: {field(detail.record, 'Package')}\nArchitecture: {detail.architecture}\nAuto-Installed: 1"
        for detail in details
        if not detail.planned.before and detail.planned.name not in manual
    ]
    return "".join(f"{stanza}\n\n" for stanza in [*kept, *added])


_EXPLANATIONS: tuple[tuple[str, str], ...] = (
    (
        "Essential packages were removed|The following essential packages will be removed",
        "the system cannot do without it: {line}. Keep it",
    ),
    (
        r"is expired \(invalid since|is not valid yet|is not yet valid|[Nn]ot live until",
        (
            "the archive's signed Release file is outside its time: {line}. Either the node's clock is wrong "
            "(compare 'date' there with this machine's) or the mirror is stale; set the clock or choose another "
            "mirror, then run again"
        ),
    ),
    (
        "No space left on device|You don't have enough free space|not enough free disk space|Write error .*space",
        (
            "the disk is full: {line}. Make room on the node (see 'df -h /var/cache/apt/archives /var/lib/apt /'), "
            "then run again"
        ),
    ),
    (
        "Read-only file system",
        "a filesystem is read-only: {line}. Look at the kernel's log for why (journalctl -k)",
    ),
    (
        r"Failed to fetch \S+ +[45]\d\d  |does not have a Release file|no longer has a Release file",
        (
            "the archive does not hold what is asked for: {line}. Check the node's apt sources, or run again to "
            "refresh the lists"
        ),
    ),
    (
        (
            "NO_PUBKEY|signatures couldn't be verified|is not signed|Missing key|"
            "OpenPGP signature verification failed|GPG error|SHA-?1 signature"
        ),
        (
            "the archive's signature does not verify: {line}. Packages come from signed Debian archives only "
            "(runbook 3); correct the node's apt sources, then run again"
        ),
    ),
    (
        (
            "Temporary failure resolving|Could not resolve|Could not connect|Unable to connect|Connection refused|"
            "Connection timed out|connection timed out|Network is unreachable|No route to host|Connection reset|"
            "Connection failed|Certificate verification failed|TLS connection|SSL connection"
        ),
        (
            "the node does not reach its Debian archive: {line}. Check its network, name server, proxy and apt "
            "sources, then run again"
        ),
    ),
    (
        "Hash Sum mismatch|File has unexpected size",
        "the mirror is being updated or damaged: {line}. Run again later",
    ),
    (
        "Could not get lock|Unable to acquire the dpkg frontend lock|Unable to lock",
        "another process has locked apt or dpkg: {line}. Let it end, then run again",
    ),
    (
        "dpkg was interrupted",
        (f"dpkg was interrupted earlier and nothing is repaired by itself: {FINISH}, then run again"),
    ),
    (
        r"Sub-process \S*dpkg\S* returned an error|Errors were encountered while processing",
        (
            "dpkg could not finish: {line}. Look at the output and at /var/log/dpkg.log on the node; nothing is "
            "repaired by itself"
        ),
    ),
    (
        (
            "held broken packages|Held packages were changed|"
            "unmet dependencies|Unable to satisfy dependencies|Unable to correct problems|"
            "pkgProblemResolver"
        ),
        (
            "apt finds no way to do it: {line}. A hold, a pin or a foreign package may stand against it ('apt-mark "
            "showhold', 'apt-cache policy')"
        ),
    ),
    (
        "Unable to locate package|has no installation candidate|was not found",
        "the node's archives do not offer it: {line}. Correct the name or version, or the node's apt sources",
    ),
)


def explain(what: str, rc: int, out: str, err: str) -> str:
    """Return why apt-get failed and what to do, as one sentence.

    :param what: what it was to do, as in "refreshing the package lists".
    :param rc: its exit status, negative for the signal that killed it.
    """
    # Maintainer scripts write what they like to standard output; apt and dpkg report errors on the other one.
    lines = [line for line in (err if err.strip() else out).splitlines() if line.strip()]
    for pattern, sentence in _EXPLANATIONS:
        hits = [line for line in lines if re.search(pattern, line)]
        # apt repeats a cause as its error; a package named by dpkg says more than that there was one.
        told = next((line for line in hits if line.startswith("E:")), hits[0] if hits else "")
        if told:
            culprit = _after(lines, "Errors were encountered while processing:")
            cause = next((line for line in lines if line.startswith("dpkg: error")), "")
            unmet = (
                _after(out.splitlines(), "The following packages have unmet dependencies:") if "broken" in told else ""
            )
            shown = " ".join(part for part in (told, cause, culprit, unmet) if part).removeprefix("E:").strip()
            return f"{what} failed: {sentence.format(line=one_line(shown, 400).removesuffix('.'))}"
    if rc < 0:
        return f"{what} failed: apt-get was killed by signal {-rc}; run the same command again, which does the rest"
    said = one_line(next((line for line in lines if line.startswith("E:")), err or out)) or "it said nothing"
    return f"{what} failed with status {rc}: {said}"


def _after(lines: t.Sequence[str], heading: str) -> str:
    """Return the indented lines that follow a heading, as one."""
    for index, line in enumerate(lines):
        if line.startswith(heading):
            names = []
            for following in lines[index + 1 :]:
                if not following.startswith(" "):
                    break
                names.append(following.strip())
            return "(" + ", ".join(names) + ")" if names else ""
    return ""


# What every process has open or talks to: an upgrade of it takes effect for all of them after a restart only.
_EVERYWHERE = frozenset({"libc6", "systemd", "dbus", "dbus-daemon", "libssl3t64", "systemd-sysv"})


def restart_reasons(
    *, running: str, installed: t.Sequence[str], requested: bool, upgraded: t.Iterable[str]
) -> list[str]:
    """Return why the node needs a restart; nothing here restarts it.

    :param running: release of the running kernel.
    :param installed: releases of the kernels in /boot; none on a machine that brings its kernel from elsewhere.
    :param requested: whether a package left /run/reboot-required.
    :param upgraded: packages upgraded since boot.
    """
    reasons = []
    same_kind = [release for release in installed if _flavour(release) == _flavour(running)]
    if same_kind:
        newest = max(same_kind, key=_release_order)
        if newest != running:
            reasons.append(f"kernel {newest} is installed, {running} runs")
    touched = sorted(_EVERYWHERE.intersection(upgraded))
    if touched:
        reasons.append(f"{', '.join(touched)} upgraded since boot")
    if requested:
        reasons.append("a package asks for it in /run/reboot-required")
    return reasons


def _flavour(release: str) -> str:
    """Return what follows the version in a kernel's release, as "arm64" in 6.12.107+deb13-arm64."""
    return re.sub(r"^[^-]*-(\d+-)?", "", release)


def _release_order(release: str) -> list[tuple[int, int, str]]:
    # Numbers by value; "~" before the end of a release, as in Debian's own order.
    parts = re.findall(r"\d+|~|[^\d~]+", release)
    return [
        *((1, int(part), "") if part.isdigit() else (-1 if part == "~" else 2, 0, part) for part in parts),
        (0, 0, ""),
    ]


__all__ = (
    "Detail",
    "Planned",
    "explain",
    "extended_states_after",
    "happened",
    "installed",
    "missing",
    "parse_simulation",
    "require_no_removal",
    "require_only_named",
    "require_plannable",
    "require_space",
    "restart_reasons",
    "status_after",
    "to_mark_manual",
)
