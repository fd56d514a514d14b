# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a new image costs a node, and how it gets there (runbook 5.3): words for the operator. Private."""

from __future__ import annotations

import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._service_state import StateFile, size_of
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line, shell_word
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._service_entry import Service

_UNSAID: t.Final = 5


class Node(t.NamedTuple):
    """A node that is to get a new image.

    :param login: as ssh takes it, ``ops@192.0.2.10``.
    """

    name: str
    login: str = ""


def undeclared(services: t.Iterable[Service]) -> str:
    """Return which services do not say what they keep, and how to say it; "" where each does."""
    names = [one.name for one in services if one.is_linked and one.service_state is None]
    if not names:
        return ""
    more = f" and {len(names) - _UNSAID} more" if len(names) > _UNSAID else ""
    return (
        f"{', '.join(names[:_UNSAID])}{more} of services_list does not say what it keeps on the node, and a new image "
        "takes all of it; write service_state: [/var/lib/NAME] there, or service_state: none"
    )


def kept_paths(services: t.Iterable[Service]) -> list[str]:
    """Return the paths that services keep, each once, without those that lie in another."""
    paths = sorted({path for one in services if one.is_linked for path in one.service_state or ()})
    return [path for path in paths if not any(path != other and path.startswith(f"{other}/") for other in paths)]


def plan(
    node: Node,
    services: t.Sequence[Service],
    files: t.Sequence[StateFile],
    archive: str,
    missing: t.Collection[str] = (),
) -> list[str]:
    """Return the lines that tell the operator what is lost, what returns, and what to type.

    :param archive: where the state is saved; in a dry run where it will be.
    """
    linked = [one for one in services if one.is_linked]
    word = shell_word(node.name) or "<node>"
    none = [one.name for one in linked if not one.service_state]
    lines = [f"A new image for {one_line(node.name, 80)}", "", "Lost for good:"]
    lines.append("  - everything on the card that is not named below: logs, accounts made by hand, files in homes")
    lines += [f"  - all that {', '.join(none)} may have written: service_state says none"] if none else []
    lines += [f"  - {path}, which is declared and is not there" for path in missing]
    lines.append("  - the host key, and the credentials in memory: services.yml pushes those again")
    lines += ["", "Returns by provision.yml:", "  - system, packages, account, checkout and services, as declared"]
    kept = [path for path in kept_paths(linked) if path not in missing]
    if kept:
        lines += ["", "Returns by hand, from " + archive + ":"]
        lines += [f"  - {path} ({_amount(path, files)})" for path in kept]
    lines += ["", "What to type:"]
    commands = [
        f"ansible-playbook playbooks/flash.yml --limit {word} -e image=FILE -e target=/dev/disk/by-id/CARD",
        f"ansible-playbook playbooks/enroll.yml --limit {word} -e replace=true -e replace_baseline=true",
        f"ansible-playbook playbooks/provision.yml --limit {word}",
    ]
    if kept:
        commands += _restore(node, linked, archive, word)
    commands.append(f"ansible-playbook playbooks/audit.yml --limit {word}")
    return [*lines, *(f"  {number}. {command}" for number, command in enumerate(commands, 1))]


def _restore(node: Node, services: t.Sequence[Service], archive: str, word: str) -> list[str]:
    units = [unit for one in services if one.service_state for unit in one.units if one.started]
    verb = f"ansible-playbook playbooks/services.yml --limit {word} -e service_action="
    unpack = f"ssh {node.login or word} sudo tar --extract --preserve-permissions --directory=/ < {archive}"
    return [
        *(f"{verb}stop -e service_name={unit}" for unit in units),
        unpack,
        *(f"{verb}start -e service_name={unit}" for unit in units),
    ]


def _amount(path: str, files: t.Sequence[StateFile]) -> str:
    inside = [one.size for one in files if one.path == path or one.path.startswith(f"{path}/")]
    return f"{len(inside)} file{'s' * (len(inside) != 1)}, {size_of(sum(inside))}"


__all__ = ("Node", "kept_paths", "plan", "undeclared")
