# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is to say of code that neither dpkg nor the checkout holds (runbook 6.4): pure. Private."""

from __future__ import annotations

import re
import shlex
import typing as t

from ._dpkg_files import INFO
from ._findings import Finding
from ._tree_facts import finding, is_plain, lies_in, listed, removal

if t.TYPE_CHECKING:
    from ._code_checkout import Held
    from ._code_owned import Compared, Differing
    from ._code_walk import Code, Seen
    from ._tree_facts import Owners

CLAUSE: t.Final = "6.4"
# Of one folder that are said one by one; of more only their number and the first names.
MOST_SINGLE = 12
# A folder below one of these is one thing that somebody put there, where no package brought it. What is hidden in a
# home holds settings beside programs.
_AREAS = re.compile(
    r"(/opt|/srv|/mnt|/media|/tmp|/var/tmp|/dev/shm|/usr/src|/usr/local/(?:lib|share|src)|/var/opt|/var/www)/([^/]+)/"
    r"|(/root|/home/[^/]+)/([^./][^/]*)/"
)
_RIGHT = "code comes from Debian by apt, or from the ai-systems repository"
_WHAT = {
    "program": "a program",
    "library": "a library",
    "script": "a script",
    "kernel module": "a kernel module",
    "bytecode": "bytecode of Python",
}


def of_code(
    code: t.Sequence[Code],
    held: Held | None,
    checkouts: t.Container[str],
    owners: Owners,
    owned: t.Container[str] = (),
) -> list[Finding]:
    """Return the findings on files that no package brought.

    :param held: what the declared checkout holds.
    :param checkouts: folders that are checkouts of git.
    :param owned: what packages brought: no folder of theirs goes as a whole.
    """
    of_checkout = held.path if held is not None else ""
    inside = [one for one in code if of_checkout and one.path.startswith(f"{of_checkout}/")]
    rest = [one for one in code if not of_checkout or not one.path.startswith(f"{of_checkout}/")]
    found = list(_of_checkout(inside, held, owners)) if held is not None else []
    foreign: dict[str, list[Code]] = {}
    trees: dict[tuple[str, bool], list[Code]] = {}
    for one in rest:
        if one.checkout in checkouts and one.checkout not in owned:
            foreign.setdefault(one.checkout, []).append(one)
        else:
            trees.setdefault(tree_of(one.path, owned), []).append(one)
    found += [
        _of_tree(tree, group, owners, "of a checkout of git that is not declared") for tree, group in foreign.items()
    ]
    for (tree, is_whole), group in trees.items():
        if is_whole and len(group) > 1:
            found.append(_of_tree(tree, group, owners, "that neither dpkg nor the checkout holds"))
            continue
        found += [_of_file(one, owners) for one in group[:MOST_SINGLE]]
        if len(group) > MOST_SINGLE:
            found.append(_of_rest(tree, group[MOST_SINGLE:]))
    return found


def tree_of(path: str, owned: t.Container[str]) -> tuple[str, bool]:
    """Return the folder that a file is told with, and whether it is one thing that was put there as a whole."""
    area = _AREAS.match(path)
    tree = f"{area[1] or area[3]}/{area[2] or area[4]}" if area else ""
    return (tree, True) if tree and tree not in owned else (path.rpartition("/")[0], False)


def _of_checkout(code: t.Sequence[Code], held: Held, owners: Owners) -> t.Iterator[Finding]:
    if held.problem:
        said = f"its files cannot be compared with a commit: {held.problem}"
        yield finding(CLAUSE, "unknown", held.path, said, "run playbooks/provision.yml --tags 2.9, then audit again")
        return
    told: set[str] = set()
    for one in code:
        reason = _why_not_held(one, held)
        if reason is None or lies_in(one.path, told):
            continue
        subject, evidence, is_folder = reason
        if subject in told:
            continue
        told.add(subject)
        if one.path in held.tracked:
            remedy = "run playbooks/provision.yml --tags 2.9, which names what to do with changed files, or commit them"
        else:
            remedy = f"{removal(subject, folder=is_folder)}, then run playbooks/provision.yml; or commit what it needs"
        yield finding(CLAUSE, "violation", subject, f"{evidence}; owned by {owners.name(one.uid)}", remedy)


def _why_not_held(one: Code, held: Held) -> tuple[str, str, bool] | None:
    """Return subject and evidence of a file in the checkout that is not audited, and whether it goes as a folder."""
    if one.flaw:
        return one.path, f"it is bytecode of Python, and {one.flaw}", False
    if one.path in held.tracked:
        what = held.changed.get(one.path)
        return (one.path, f"it is {what} against commit {held.commit[:12]}", False) if what else None
    if "/.venv/" not in one.path[len(held.path) :] and "/node_modules/" not in one.path[len(held.path) :]:
        return one.path, f"it is {_WHAT[one.kind]} that commit {held.commit[:12]} does not hold", False
    at = one.path
    while len(at) > len(held.path):
        if at in held.unaudited:
            return at, f"it was installed there, and {held.unaudited[at]}", at != one.path
        at = at.rpartition("/")[0]
    return None


def _of_file(one: Code, owners: Owners) -> Finding:
    flaw = f", and {one.flaw}" if one.flaw else ""
    return finding(
        CLAUSE,
        "violation",
        one.path,
        f"it is {_WHAT[one.kind]}, owned by {owners.name(one.uid)}, that neither dpkg nor the checkout holds{flaw}",
        f"{removal(one.path, folder=False)}; {_RIGHT}",
    )


def _of_tree(tree: str, group: t.Sequence[Code], owners: Owners, what: str) -> Finding:
    names = [one.path[len(tree) + 1 :] for one in group]
    many = f"{len(group)} files of code lie" if len(group) > 1 else "a file of code lies"
    return finding(
        CLAUSE,
        "violation",
        tree,
        f"{many} there {what}, owned by {owners.name(group[0].uid)}: {listed(names)}",
        f"look what else lies there, then {removal(tree)}; {_RIGHT}",
    )


def _of_rest(tree: str, rest: t.Sequence[Code]) -> Finding:
    names = [one.path[len(tree) + 1 :] for one in rest]
    evidence = f"{len(rest)} more files of code lie there: {listed(names)}"
    return finding(CLAUSE, "violation", f"{tree} (more code)", evidence, "remove those above first, then look again")


def of_owned(compared: Compared) -> list[Finding]:
    """Return the findings on packages' files that are not as they came."""
    found = [_of_differing(one) for one in compared.differing]
    if compared.unread:
        evidence = f"{len(compared.unread)} of dpkg's lists of sums could not be read: {listed(compared.unread)}"
        found.append(finding(CLAUSE, "unknown", INFO, evidence, "look at them; a node without them is re-imaged (5)"))
    if compared.left:
        evidence = f"there was no time to compare {compared.left} of the files that packages brought"
        found.append(finding(CLAUSE, "unknown", "packages' files", evidence, "give the audit more time"))
    return found


def of_unsummed(unsummed: t.Iterable[str], brought: t.Container[str]) -> list[Finding]:
    """Return the findings on code that a package's list names without that any list of sums does.

    :param brought: files whose sums are known.
    """
    evidence = "a package's list names it, and no list of sums does, so whether it is as it came is not known"
    remedy = 'install its package again, which "dpkg -S" names, or remove the file'
    return [finding(CLAUSE, "unknown", path, evidence, remedy) for path in unsummed if path not in brought]


_DIFFERS = {
    "changed": "its content is not what {} brought",
    "gone": "{} brought it, and it is gone",
    "replaced": "{} brought a plain file, and something else lies there",
    "unread": "{} brought it, and it cannot be read",
}


def _of_differing(one: Differing) -> Finding:
    package = one.package if re.fullmatch(r"[a-z0-9][a-z0-9+.:-]*", one.package) else "its package"
    # dpkg keeps a changed file of configuration, and would follow a link that lies in a file's place.
    options = " -o Dpkg::Options::=--force-confmiss" if one.is_configuration else ""
    again = f"apt-get install --reinstall --yes{options} {package}"
    is_in_the_way = one.is_configuration or one.what == "replaced"
    first = f"rm -r -- {shlex.quote(one.path)} && " if is_in_the_way and is_plain(one.path) else ""
    remedy = f"'{first}{again}'; where that does not do, re-image the node (5)"
    verdict: t.Literal["violation", "unknown"] = "unknown" if one.what == "unread" else "violation"
    return finding(CLAUSE, verdict, one.path, _DIFFERS[one.what].format(package), remedy)


def of_missed(seen: Seen) -> list[Finding]:
    """Return what is to be said of what the walk did not see."""
    found = [
        finding(CLAUSE, "unknown", one.path, f"it was not looked through for code: {one.reason}", "look at it by hand")
        for one in seen.missed
    ]
    if seen.left:
        evidence = f"{seen.left} more folders or files of code were seen than can be noted"
        found.append(finding(CLAUSE, "unknown", "folders", evidence, "mend what is told first, then audit again"))
    return found


__all__ = (
    "CLAUSE",
    "of_code",
    "of_missed",
    "of_owned",
    "of_unsummed",
    "tree_of",
)
