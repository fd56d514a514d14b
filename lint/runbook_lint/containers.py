# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task or a compose file asks of a container engine (runbook 4.1, 6.1, 6.2). Pure decisions."""

from __future__ import annotations

import itertools
import typing as t

from runbook_lint.decisions._updates_settings import is_container_updater
from runbook_lint.jinja import UNKNOWN, is_template

if t.TYPE_CHECKING:
    from runbook_lint.tasks import TaskView

MODULES: t.Final = (
    "community.docker.docker_container",
    "containers.podman.podman_container",
    "containers.podman.podman_pod",
)
COMPOSE: t.Final = (
    "community.docker.docker_compose_v2",
    "community.docker.docker_compose",
    "community.docker.docker_compose_v2_run",
)
SWARM: t.Final = ("community.docker.docker_swarm_service", "community.docker.docker_stack")
_ENGINES: t.Final = ("docker", "podman", "nerdctl")
_NEVER: t.Final = frozenset(("no", "none", "false", ""))
_POLICIES: t.Final = frozenset(("always", "unless-stopped", "on-failure", "any"))


class Policy(t.NamedTuple):
    """A restart policy.

    :param at: the argument.
    :param is_certain: False where a template says it.
    """

    value: str
    at: str
    is_certain: bool


def policy_of(task: TaskView) -> Policy | None:
    """Return the restart policy by which a task has an engine start a container again, None for none."""
    if task.module not in MODULES:
        return None
    for at in ("restart_policy", "restart"):
        for value in task.values(at):
            if is_template(value):
                return Policy(value, at, is_certain=False)
            # podman's older argument is a switch, and restarts the container once.
            if value.partition(":")[0] in _POLICIES:
                return Policy(value, at, is_certain=True)
    return None


def restart_of(argv: t.Sequence[str]) -> str:
    """Return the restart policy that a command gives a container, "" for none; a sign for one that nobody knows."""
    words = _of_engine(argv)
    for word, following in itertools.zip_longest(words, words[1:], fillvalue=""):
        value = word.partition("=")[2] if word.startswith("--restart=") else following if word == "--restart" else "no"
        if value.partition(":")[0] not in _NEVER:
            return UNKNOWN if UNKNOWN in value else value
    return ""


def kept_up_by(argv: t.Sequence[str]) -> str:
    """Return what of a command has an engine start a container at boot, in words; "" for nothing."""
    words = _of_engine(argv)
    if words[:2] in (["service", "create"], ["stack", "deploy"]) or words[:2] == ["swarm", "init"]:
        return f"'docker {' '.join(words[:2])}' has the engine's swarm run it"
    policy = restart_of(argv)
    if policy and policy.partition(":")[0] != "on-failure":
        shown = "a policy from a variable" if policy == UNKNOWN else f"'--restart={policy}'"
        return f"{shown} has the engine start the container by itself"
    return ""


def restarting_services(data: object) -> list[tuple[str, str]]:
    """Return the services of a compose file that are started again by themselves, with their policies."""
    services = data.get("services") if isinstance(data, t.Mapping) else None
    if not isinstance(services, t.Mapping):
        return []
    found = []
    for name, service in services.items():
        if not isinstance(service, t.Mapping) or not {"image", "build", "extends"} & set(service):
            continue
        policy = str(service.get("restart", "no"))
        deploy = service.get("deploy")
        given = deploy.get("restart_policy") if isinstance(deploy, t.Mapping) else None
        if isinstance(given, t.Mapping):
            policy = str(given.get("condition", "any"))
        if policy.partition(":")[0] in _POLICIES:
            found.append((str(name), policy))
    return found


def updater_of(names: t.Iterable[str]) -> str:
    """Return the first name of a container or image that replaces others by newer ones, "" for none."""
    for name in names:
        bare = name.partition("@")[0]
        head, slash, tail = bare.rpartition("/")
        bare = f"{head}{slash}{tail.partition(':')[0]}"
        if is_container_updater(bare):
            return bare
    return ""


def _of_engine(argv: t.Sequence[str]) -> list[str]:
    """Return what an engine is told, without the options before it; empty for any other program."""
    if not argv or argv[0].rpartition("/")[2] not in _ENGINES:
        return []
    words = list(argv[1:])
    while words and words[0].startswith("-"):
        words.pop(0)
    return words[1:] if words[:1] == ["container"] else words


__all__ = (
    "COMPOSE",
    "MODULES",
    "SWARM",
    "Policy",
    "kept_up_by",
    "policy_of",
    "restart_of",
    "restarting_services",
    "updater_of",
)
