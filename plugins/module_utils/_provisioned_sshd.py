# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether sshd takes the operator's key and nothing else (runbook 2.8): its files, its word, its offers. Private.

sshd -T reads the disk, not the listener: each sshd that listens is asked for the methods that it offers, too.
"""

from __future__ import annotations

import re
import typing as t

from ._access_words import all_of, by, commented_out, unknown, violation
from ._command import CommandError
from ._files import FileError, read_text
from ._node_view import ViewError
from ._provisioned_node import as_violation, run_role
from ._sshd_config import (
    DROP_IN,
    File,
    Source,
    SshdConfigError,
    contradictions,
    load,
    not_in_force,
    parse_effective,
    reads_drop_in,
    render,
    with_include,
)
from ._sshd_service import (
    SshdServiceError,
    effective,
    find_daemons,
    is_older_than,
    offered_methods,
    own_connection,
)
from ._sshd_switch import ONLY_KEYS, drop_in_is, judged_users
from ._step import StepError
from ._step_sshd_access import plan_retirement
from ._systemctl import as_typed
from ._text import one_line

if t.TYPE_CHECKING:
    from ._findings import Finding
    from ._node_view import NodeView
    from ._sshd_service import Connection, Daemon

CLAUSE: t.Final = "2.8"
_PLACED = re.compile(r"(?P<path>/.*) line (?P<line>\d+) says ['\"](?P<keyword>\w+)")
_PHRASE = re.compile(r"(?P<keyword>\w+) is ")


class Listening(t.NamedTuple):
    """An sshd that listens, as it is configured and as it answers.

    :param endpoint: where it listens.
    :param contradictions: sentences on what its files and options say otherwise than the role's file.
    :param not_in_force: phrases on what does not hold, by ``sshd -T``.
    :param reads_ours: whether it reads the role's file.
    :param is_old: whether it was started before its files got their content.
    """

    unit: str
    pid: int
    endpoint: str
    contradictions: tuple[str, ...]
    not_in_force: tuple[str, ...]
    reads_ours: bool
    is_old: bool
    methods: tuple[str, ...]


def judge(listening: Listening, *, has_our_file: bool) -> t.Iterator[Finding]:
    """Yield each point in which an sshd lets in otherwise than by the operator's key.

    :param has_our_file: whether the role's file is in place, word for word.
    """
    # A file that sshd does not take is seen before it is stopped: what is open now stays open.
    restart = all_of("/usr/sbin/sshd -t", as_typed("stop", listening.unit), as_typed("start", listening.unit))
    if not listening.unit:
        evidence = f"process {listening.pid} is an sshd that listens at {listening.endpoint} and belongs to no unit"
        remedy = f"{by(f'kill {listening.pid}', what='end it')} once ssh.service lets you in"
        yield violation(CLAUSE, f"sshd at {listening.endpoint}", evidence, remedy)
    told: set[str] = set()
    # Where the role's file is missing, a new start would let in more than before: that is left to the role.
    for finding, keywords in _contradicted(listening, restart if has_our_file else ""):
        told.update(keywords)
        yield finding
    others = [phrase for phrase in listening.not_in_force if _keyword(phrase) not in told]
    if not has_our_file:
        evidence = "it is not as the role writes it" + (f": {one_line('; '.join(others), 300)}" if others else "")
        yield violation(CLAUSE, DROP_IN, evidence, run_role(CLAUSE))
    else:
        for phrase in others:
            yield violation(CLAUSE, f"sshd {_keyword(phrase)}", f"by sshd's own word {phrase}", run_role(CLAUSE))
    if not listening.reads_ours:
        evidence = f"the sshd of {listening.unit or listening.endpoint} does not read {DROP_IN}"
        yield violation(CLAUSE, "sshd Include", evidence, run_role(CLAUSE))
    is_old = listening.is_old and has_our_file
    if list(listening.methods) != ONLY_KEYS:
        evidence = f"at {listening.endpoint} it offers {one_line(', '.join(listening.methods), 100) or 'nothing'}"
        remedy = by(restart, what="start it anew") if is_old else run_role(CLAUSE)
        if listening.contradictions:
            remedy = "mend what its files say, which is a finding of its own, then audit again"
        yield violation(CLAUSE, f"{listening.unit} (methods)", f"{evidence}, not publickey alone", remedy)
    elif is_old:
        evidence = f"the sshd at {listening.endpoint} was started before its files got their content"
        yield violation(CLAUSE, f"{listening.unit} (started before)", evidence, by(restart, what="start it anew"))


def _keyword(phrase: str) -> str:
    found = _PHRASE.match(phrase)
    return found["keyword"] if found else phrase.partition(" ")[0]


def _contradicted(listening: Listening, restart: str) -> t.Iterator[tuple[Finding, set[str]]]:
    """Yield what each file says otherwise, as one matter with one new start: systemd refuses many in a short time."""
    by_file: dict[str, list[tuple[int, str, str]]] = {}
    for sentence in listening.contradictions:
        placed = _PLACED.match(sentence)
        if placed:
            line = (int(placed["line"]), placed["keyword"].lower(), sentence)
            by_file.setdefault(placed["path"], []).append(line)
        else:
            remedy = "take it out of the unit or of SSHD_OPTS"
            yield violation(CLAUSE, f"{listening.unit} options", sentence, remedy), set()
    for path, lines in by_file.items():
        command = commented_out(path, *(number for number, _keyword, _sentence in lines))
        command = all_of(command, restart) if restart else command
        said = "; ".join(sentence.removeprefix(f"{path} ") for _number, _keyword, sentence in lines)
        keywords = {keyword for _number, keyword, _sentence in lines}
        yield violation(CLAUSE, path, said, by(command, what="take it out")), keywords


def read_listening(daemon: Daemon, operator: str, connection: Connection | None) -> Listening:
    """Ask an sshd for all that is judged of it.

    :raises SshdConfigError: its files cannot be read.
    :raises SshdServiceError: it does not answer.
    :raises CommandError: sshd itself refuses its files.
    """
    files, reads_ours = _as_the_role_leaves_it(daemon.options.main, operator)
    phrases: dict[str, None] = {}
    for user in judged_users(operator or "root"):
        said = parse_effective(effective(daemon, files.path, user=user, connection=connection))
        if not operator:
            said.pop("allowusers", None)
        phrases.update(dict.fromkeys(not_in_force(said, operator)))
    wrong = contradictions(files, daemon.options.settings, operator) if operator else []
    everything = files.all_files()
    read = [*(one.path for one in everything), *(folder for one in everything for folder in one.folders)]
    return Listening(
        unit=daemon.unit,
        pid=daemon.pid,
        endpoint=str(daemon.endpoints[0]),
        contradictions=tuple(wrong),
        not_in_force=tuple(phrases),
        reads_ours=reads_ours,
        is_old=is_older_than(daemon, [*read, *daemon.environment_files]),
        methods=tuple(offered_methods(daemon, operator or "root")),
    )


def _as_the_role_leaves_it(main: str, operator: str) -> tuple[File, bool]:
    """Return the configuration as it is with the role's file in place, and whether it would be read as it stands.

    What that file says before all others contradicts nothing.
    """
    if not operator:
        return load(main, Source()), True
    overlay = {DROP_IN: render(operator)}
    files = load(main, Source(overlay))
    if reads_drop_in(files):
        return files, True
    return load(main, Source({**overlay, main: with_include(read_text(main) or "")})), False


def look_at_sshd(view: NodeView) -> t.Iterator[Finding]:
    """Judge every sshd that listens on the node."""
    operator = view.declared.operator
    if not operator:
        evidence = "nobody declared who alone may log in"
        yield unknown(CLAUSE, "operator", evidence, "declare operator_user_name in the inventory, then audit again")
    try:
        connection = own_connection()
        daemons = find_daemons(connection)
        if not daemons:
            command = all_of(as_typed("enable", "ssh"), as_typed("start", "ssh"))
            yield violation(CLAUSE, "sshd", "no sshd listens on the node", by(command, what="start it"))
        has_our_file = drop_in_is(render(operator)) if operator else True
        for daemon in daemons:
            yield from judge(read_listening(daemon, operator, connection), has_our_file=has_our_file)
    except (CommandError, SshdConfigError, SshdServiceError, FileError) as exc:
        raise ViewError(str(exc)) from exc


def look_at_retired_login(view: NodeView) -> t.Iterator[Finding]:
    """Judge whether the login that the image brought is still a way in."""
    declared = view.declared
    if not declared.operator:
        return
    if not declared.bootstrap_user:
        evidence = "nobody declared which login the image brought"
        yield unknown(CLAUSE, "bootstrap login", evidence, "declare runbook_bootstrap_user, then audit again")
        return
    try:
        changes, dummy = plan_retirement(declared.operator, declared.bootstrap_user)
    except (StepError, FileError) as exc:
        yield as_violation(CLAUSE, "bootstrap login", str(exc))
        return
    for change in changes:
        evidence = f"the image's login is not retired: {one_line(change.action, 80)} is due"
        yield violation(CLAUSE, change.subject, evidence, run_role(CLAUSE))


__all__ = ("CLAUSE", "Listening", "judge", "look_at_retired_login", "look_at_sshd", "read_listening")
