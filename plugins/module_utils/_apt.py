# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refresh, plan and carry out: every transaction of ours passes here, and is asked where its packages come from.

Private to the collection.
"""

from __future__ import annotations

import os
import time
import typing as t

from . import _dpkg
from ._apt_archive import Archive, why_lost
from ._apt_cache import ARCHIVES, remove_altered
from ._apt_get import ENVIRON, OPTIONS, apt_get
from ._apt_names import UNKNOWN, Request
from ._apt_origin import require_allowed
from ._apt_plan import (
    Detail,
    Planned,
    explain,
    happened,
    parse_simulation,
    require_no_removal,
    require_only_named,
    require_plannable,
    require_space,
)
from ._apt_records import append_record
from ._apt_root import LISTS, Root
from ._command import Command
from ._debian_archive import checked_keys
from ._step import Change, Step, StepError

if t.TYPE_CHECKING:
    from ._detached import Job

# A simulation may go where the real run never does, so that what stands in the way can be named.
_SIMULATED = ("--simulate", "--allow-downgrades")
_BACKPORTS = "trixie-backports"


class Allowed(t.NamedTuple):
    """What counts as official on this node beside Debian's own archives (ruling 1).

    :param keys: fingerprints of further archive keys.
    :param backports: packages that may come from trixie-backports.
    """

    keys: frozenset[str] = frozenset()
    backports: frozenset[str] = frozenset()

    @classmethod
    def by(cls, params: t.Mapping[str, t.Any]) -> Allowed:
        """Read the options ``archive_keys`` and ``backports`` of a module.

        :raises StepError: one of them is malformed.
        """
        return cls(checked_keys(params["archive_keys"]), frozenset(map(str, params["backports"])))


OPTIONS_OF_MODULES: dict[str, dict[str, t.Any]] = {
    "archive_keys": {"type": "list", "elements": "str", "default": [], "no_log": False},
    "backports": {"type": "list", "elements": "str", "default": []},
}


class Transaction(t.NamedTuple):
    """What apt is asked to do: one command, its plan, and what the lists say of each package that it installs."""

    arguments: list[str]
    plan: list[Planned]
    details: list[Detail]
    kept_back: list[str]


def refresh(root: Root, job: Job) -> None:
    """Fetch the package lists, all of them or none counts.

    :raises StepError: why not, with the remedy.
    """
    root.take_own_lists()
    job.say("refreshing the package lists" + (" for the dry run" if root.folder else ""))
    try:
        apt_get(["update", "--error-on=any"], root.environ, job, what="refreshing the package lists")
    except StepError as exc:
        context = {name: root.told(str(said)) for name, said in exc.context.items()}
        raise StepError(root.told(str(exc)), **context) from exc
    if not root.folder:
        os.utime(LISTS)


def plan_upgrade(
    root: Root, job: Job, allowed: Allowed, *, only: t.Callable[[Detail], bool] | None = None
) -> Transaction:
    """Return what ``apt upgrade`` would do: upgrade and install what upgrades need, remove nothing.

    :param only: which of the upgrades are wanted, None for all of them. What these need comes along.
    :raises StepError: something in it must not be installed.
    """
    job.say("working out what is to be done")
    archive = _archive(root, allowed)
    arguments = ["upgrade", "--with-new-pkgs"]
    plan = _simulated(arguments, root)
    if only is not None:
        wanted = [item.name for item in plan if item.before and only(archive.detail(item))]
        arguments = ["install", "--only-upgrade", *wanted]
        plan = _simulated(arguments, root) if wanted else []
    require_no_removal(plan)
    return Transaction(["--no-remove", *arguments], plan, _details(archive, plan, ()), archive.kept_back(plan))


def plan_install(wanted: t.Sequence[Request], root: Root, job: Job, allowed: Allowed) -> Transaction:
    """Return what installing ``wanted`` would do, with all that it pulls in.

    :raises StepError: apt knows no such package, would not do it without removing or downgrading something, or
        something in it must not be installed.
    """
    job.say("working out what is to be done")
    archive = _archive(root, allowed)
    # apt-get would take a name that it does not know for a regular expression.
    unknown = [request.name for request in wanted if not archive.knows(request.name)]
    if unknown:
        raise StepError(
            f"{UNKNOWN} {', '.join(unknown[:10])}; correct the name in the inventory, or the node's apt sources"
        )
    arguments = ["install", *(_argument(request, allowed) for request in wanted)]
    plan = _simulated(arguments, root)
    require_no_removal(plan)
    return Transaction(["--no-remove", *arguments], plan, _details(archive, plan, wanted), [])


def plan_again(names: t.Sequence[str], root: Root, job: Job, allowed: Allowed) -> Transaction:
    """Return what installing once more would do: what was cut off while it was unpacked, and what that needs.

    :raises StepError: no official archive offers one of them any more, or something in it must not be installed.
    """
    job.say("working out what is to be done")
    archive = _archive(root, allowed)
    lost = [name for name in names if not archive.knows(name)]
    if lost:
        raise StepError(why_lost(lost))
    arguments = ["--fix-broken", "install", "--reinstall", *names]
    plan = _simulated(arguments, root)
    require_no_removal(plan)
    details = _details(archive, plan, [Request(name, "") for name in names])
    return Transaction(["--no-remove", *arguments], plan, details, [])


def plan_remove(wanted: t.Sequence[Request], root: Root, job: Job, allowed: Allowed) -> Transaction:
    """Return what removing exactly ``wanted`` would do; configuration files stay.

    :raises StepError: the system needs one of them, or other packages would go along.
    """
    job.say("working out what is to be done")
    archive = _archive(root, allowed)
    vital = [request.name for request in wanted if archive.is_vital(request.name)]
    if vital:
        raise StepError(f"{', '.join(vital)} is marked by Debian as essential and is never removed")
    arguments = ["remove", *(request.name for request in wanted)]
    plan = _simulated(arguments, root)
    require_only_named(wanted, plan)
    return Transaction(arguments, plan, [], [])


def _archive(root: Root, allowed: Allowed) -> Archive:
    return Archive(root.environ, lists=root.lists, keys=allowed.keys, backports=allowed.backports)


def _argument(request: Request, allowed: Allowed) -> str:
    # Debian marks backports as "not automatic": apt takes them only where it is told to.
    return (
        f"{request.name}/{_BACKPORTS}"
        if request.name in allowed.backports and not request.version
        else request.argument
    )


def _simulated(arguments: t.Sequence[str], root: Root) -> list[Planned]:
    done = Command("apt-get", environ=root.environ).run([*OPTIONS, *_SIMULATED, *arguments], timeout=600, check=False)
    if done.rc:
        raise StepError(explain("working out what is to be done", done.rc, done.out, done.err))
    return parse_simulation(done.out)


def _details(archive: Archive, plan: t.Sequence[Planned], wanted: t.Sequence[Request]) -> list[Detail]:
    details = [archive.detail(item) for item in plan]
    require_plannable(wanted, plan, details)
    require_allowed(archive.refused(details))
    return details


def carry_out(
    step: Step, transaction: Transaction, job: Job, *, clause: str, asked_by: t.Mapping[str, t.Any] | None = None
) -> None:
    """Carry a planned transaction out, in check mode only note it. The one place from which packages come and go.

    What is noted is what dpkg says afterwards, also when apt-get failed half-way.

    :param asked_by: who asks for a package, by its name, shown in the diff.
    :raises StepError: why it failed, with the remedy.
    """
    if not transaction.plan or step.check_mode:
        step.note(_told(transaction.plan, asked_by or {}))
        return
    free = os.statvfs("/usr")
    require_space(transaction.details, free.f_bavail * free.f_frsize)
    for name in remove_altered(transaction.details):
        step.warn(f"{name} in apt's cache was not what the archive offers under that name; it was removed from there")
    identity = f"{time.time_ns():x}-{os.getpid()}"
    packages = [detail.as_record() for detail in transaction.details]
    removed = [item.name for item in transaction.plan if not item.after]
    begun = {"id": identity, "state": "begun", "clause": clause, "packages": packages}
    append_record({**begun, **({"remove": removed} if removed else {})})
    try:
        # What was looked at is what apt takes from, whatever the node's own configuration says.
        arguments = [f"-o=Dir::Cache::archives={ARCHIVES}/", *transaction.arguments]
        apt_get(arguments, ENVIRON, job, what=_what(transaction))
    finally:
        done = happened(transaction.plan, _dpkg.read())
        step.note(_told(done, asked_by or {}))
        gone = [item.name for item in done if not item.after]
        ended = {"id": identity, "state": "ended", "installed": [item.name for item in done if item.after]}
        append_record({**ended, **({"removed": gone} if removed else {})})
    lacking = sorted({item.name for item in transaction.plan} - {item.name for item in done})
    if lacking:
        raise StepError(
            f"apt-get ended well, but dpkg does not say that {', '.join(lacking[:10])} are as planned; "
            "another process may have come in between: run again"
        )


def _told(plan: t.Iterable[Planned], asked_by: t.Mapping[str, t.Any]) -> t.Iterator[Change]:
    for item in plan:
        change, who = item.change, asked_by.get(item.name)
        yield change._replace(after=f"{item.after} (asked for by {who})\n") if who and item.after else change


def _what(transaction: Transaction) -> str:
    count = f"{len(transaction.plan)} package{'s' if len(transaction.plan) > 1 else ''}"
    if not transaction.details:
        return f"removing {count}"
    return f"installing {count}, {sum(detail.size for detail in transaction.details) / 1e6:.1f} MB"


def mark_manual(step: Step, names: t.Sequence[str]) -> None:
    """Tell apt that the operator wants these installed packages for their own sake."""
    step.carry_out(
        [Change(name, "mark manual", "automatic\n", "manual\n") for name in names],
        lambda change: _mark(change.subject),
    )


def _mark(name: str) -> None:
    Command("apt-mark", environ=ENVIRON).run(["manual", name])


__all__ = (
    "OPTIONS_OF_MODULES",
    "Allowed",
    "Transaction",
    "carry_out",
    "mark_manual",
    "plan_again",
    "plan_install",
    "plan_remove",
    "plan_upgrade",
    "refresh",
)
