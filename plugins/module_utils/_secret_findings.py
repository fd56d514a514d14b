# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of credentials that were seen on a node, and what mends it (runbook 6.3). Private to the collection.

No sentence here shows a value or the line that holds it.
"""

from __future__ import annotations

import re
import typing as t

from ._findings import Finding, Verdict
from ._secret_look import Seen
from ._secret_mounts import Mount
from ._secret_places import Exempt
from ._secret_scan import Scan, Unread
from ._text import one_line
from ._tree_facts import is_plain, listed
from ._walk import Missed

CLAUSE = "6.3"
_MOST_PARTS = 40
_MOST_SHOWN = 5
_UNSAFE = re.compile(r"[^A-Za-z0-9@%+=:,./_-]")
_REVOKE = "revoke it at its issuer"
_BY_HAND = "look at it on the node by hand; where the time was too short, give the audit more"


class Repository(t.NamedTuple):
    """The declared checkout, and the paths in it that its index names."""

    path: str = ""
    tracked: frozenset[str] = frozenset()

    def has(self, path: str) -> bool:
        return bool(self.path) and path.startswith(f"{self.path}/") and path[len(self.path) + 1 :] in self.tracked


def shell_word(path: str) -> str:
    """Return a path as a word of a shell without quotes, so that it can stand in a sentence between them."""
    return _UNSAFE.sub(lambda match: f"\\{match[0]}", path)


def of_seen(seen: Seen, repository: Repository) -> Finding:
    """Return the finding of one kind of credential in one file."""
    evidence = f"{_where(seen)}: {seen.what}, {seen.grade} (HMAC {', '.join(seen.marks[:_MOST_SHOWN])}{_more(seen)})"
    return finding("violation", f"{seen.path} {seen.rule}", evidence, remedy(seen, repository))


def _more(seen: Seen) -> str:
    more = len(seen.marks) - _MOST_SHOWN
    return f" and {more} more" if more > 0 else ""


def _where(seen: Seen) -> str:
    if seen.is_file and not seen.lines:
        return "the file itself"
    if not seen.lines:
        return "in its content"
    said = [f"{first}" if first == last else f"{first} to {last}" for first, last in seen.lines[:_MOST_SHOWN]]
    more = len(seen.lines) - _MOST_SHOWN
    return f"line {', '.join(said)}{f' and {more} more' if more > 0 else ''}"


def remedy(seen: Seen, repository: Repository) -> str:
    """Return what the operator does: revoke it, and take it from the disk by a command that keeps all else."""
    if repository.has(seen.path):
        return f"{_REVOKE}, take it out of the repository with a commit, and deploy that"
    if not _can_be_typed(seen.path):
        return f"{_REVOKE}, then remove it by hand; ls -b shows the name of the file"
    path = shell_word(seen.path)
    if seen.is_file or seen.kind == "packed":
        return f"{_REVOKE}, then 'rm -f -- {path}'"
    if not seen.lines or seen.kind == "binary":
        return f"{_REVOKE}, then have the program that wrote the file forget it, or remove the file"
    if len(seen.lines) > _MOST_PARTS:
        return f"{_REVOKE}, then take each of the lines out of the file"
    # The lines are emptied and not removed: those of other findings keep their numbers.
    parts = [f"{first}s/.*//" if first == last else f"{first},{last}s/.*//" for first, last in seen.lines]
    return f"{_REVOKE}, then 'sed -i \"{';'.join(parts)}\" -- {path}'"


def _can_be_typed(path: str) -> bool:
    return is_plain(path) and "'" not in path and path.isprintable()


def of_exempt(path: str, exempt: Exempt, why: str) -> Finding:
    """Return the finding of a file that may hold secrets, and that more can read than may."""
    group = exempt.groups[-1] if exempt.bits & 0o040 else "root"
    word = shell_word(path)
    command = f"chown root:{group} -- {word} && chmod {exempt.bits:o} -- {word}"
    mends = f"'{command}'" if _can_be_typed(path) else "give it back to root"
    return finding(
        "violation", f"{path} mode", f"{why}; it is right that {exempt.right}", f"{mends}, and renew what it holds"
    )


def of_snakeoil(path: str) -> Finding:
    """Return the finding of the key that the package ssl-cert makes for itself, which proves nothing to anybody."""
    what = "the key of the certificate that Debian makes for tests; only this node trusts it"
    return finding("info", f"{path} snakeoil", what, "nothing is to be done")


def not_looked_at(scan: Scan) -> list[Finding]:
    """Return what could not be decided since it was not seen."""
    found = [_of_missed(one) for one in scan.missed]
    found += [_of_unread(one) for one in scan.unread if not (one.is_binary and one.skipped)]
    large = [one.path for one in scan.unread if one.is_binary and one.skipped]
    if large:
        what = (
            f"{len(large)} large files that are no text were looked at in their beginning and end only: {listed(large)}"
        )
        found.append(finding("info", "large files", what, "look at those that may hold credentials by hand"))
    if scan.left_out:
        what = f"{scan.left_out} more files and folders were not looked through"
        found.append(finding("unknown", "files", what, "look at those above first, then audit again"))
    found += [_of_remote(one) for one in scan.remote]
    return found


def _of_missed(one: Missed) -> Finding:
    return finding("unknown", one.path, f"it was not looked through for credentials: {one.reason}", _BY_HAND)


def _of_unread(one: Unread) -> Finding:
    size = f" ({one.skipped} bytes)" if one.skipped else ""
    return finding("unknown", one.path, f"it was not looked at for credentials: {one.reason}{size}", _BY_HAND)


def _of_remote(one: Mount) -> Finding:
    what = f"it is a file system of another machine ({one.kind}) and was not looked through"
    return finding("info", one.point, what, "look at it on the machine that has it")


def finding(verdict: Verdict, subject: str, evidence: str, mends: str) -> Finding:
    """Return a finding whose every part is one bounded line."""
    return Finding(CLAUSE, verdict, one_line(subject, 400), one_line(evidence), one_line(mends, 1200))


__all__ = (
    "CLAUSE",
    "Repository",
    "finding",
    "not_looked_at",
    "of_exempt",
    "of_seen",
    "of_snakeoil",
    "remedy",
    "shell_word",
)
