# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No code comes to a node from a network and runs there."""

from __future__ import annotations

import itertools
import posixpath
import re
import typing as t

from runbook_lint.decisions._unit_commands import refused
from runbook_lint.decisions._unit_programs import DOWNLOADS
from runbook_lint.fetched import REMOTE, by_task, image_verb, reads_code, run_by, run_in_script
from runbook_lint.files import content_of
from runbook_lint.jinja import is_template
from runbook_lint.privileged_modes import is_executable
from runbook_lint.rule import Breach, RunbookRule
from runbook_lint.systems import is_elsewhere

if t.TYPE_CHECKING:
    from runbook_lint.shell import Command, Script
    from runbook_lint.tasks import TaskView

_IMAGES: t.Final[t.Mapping[str, str]] = {
    **dict.fromkeys(
        (
            *("community.docker.docker_container", "community.docker.docker_swarm_service"),
            *("containers.podman.podman_container", "containers.podman.podman_run"),
        ),
        "image",
    ),
    **dict.fromkeys(
        (
            *(
                "community.docker.docker_image",
                "community.docker.docker_image_pull",
                "community.docker.docker_image_load",
            ),
            *("containers.podman.podman_image", "containers.podman.podman_load"),
        ),
        "name",
    ),
    **dict.fromkeys(
        (
            *("community.docker.docker_compose", "community.docker.docker_compose_v2"),
            *("community.docker.docker_compose_v2_pull", "community.docker.docker_compose_v2_run"),
        ),
        "project_src",
    ),
    "community.docker.docker_stack": "compose",
    "containers.podman.podman_play": "kube_file",
}
_GONE: t.Final = ("absent", "stopped", "present_only")
_FETCHING: t.Final = ("ansible.builtin.get_url", "ansible.builtin.uri")
_CODE: t.Final = re.compile(r".*\.(?:sh|bash|py|pl|rb|js|php|run|bin|jar|so|ko|exe)(?:[?#].*)?", re.IGNORECASE)
# What lies there is software, of which runbook-3-1-source says so.
_SOFTWARE: t.Final = ("/usr/", "/opt", "/bin", "/sbin")
_LOOKUP: t.Final = re.compile(r"\b(?:lookup|query|q)\s*\(\s*['\"](?:ansible\.builtin\.)?url['\"]")
_MAKE: t.Final = "community.general.make"
_KUBE: t.Final = ("kubectl", "helm", "k3s", "microk8s")


class RunbookFetchedCodeRule(RunbookRule):
    """No code comes to a node from a network and runs there."""

    id = "runbook-6-4-fetched-code"
    clause = "6.4"
    description = "Programs, scripts and images that a task fetches onto a node, and what runs them."
    remedy = "commit the code to the repository, and let the role repository bring it"
    tags = ["runbook", "security"]

    def judge_task(self, task: TaskView) -> t.Iterator[Breach]:
        """Find what fetches code, and what runs code that was fetched."""
        if task.is_on_controller or is_elsewhere(task):
            return
        yield from _of_image(task)
        yield from _of_fetch(task)
        if task.module == "ansible.builtin.script" and REMOTE.match(task.free_form):
            yield Breach("script runs what stands at a URL", at=1)
        if task.script is None and task.module != _MAKE:
            return
        if _LOOKUP.search(task.free_form):
            yield Breach("the task runs what a URL gives", at=1)
        if task.script is not None:
            yield from _of_script(task.script)
        yield from _of_earlier(task)


def _of_script(script: Script) -> t.Iterator[Breach]:
    for command in script.commands:
        yield from _of_command(command, script)
    for command, what in run_in_script(script):
        name = posixpath.basename(what.path) or what.path
        yield Breach(f"'{name}', fetched on line {what.line} of the script, is run", at=command.line)


def _of_image(task: TaskView) -> t.Iterator[Breach]:
    key = _IMAGES.get(task.module)
    if key is None or task.value("state") in _GONE or task.value("source") == "build":
        return
    images = task.values(key) or task.values("definition") or ("?",)
    for image in images[:1]:
        short = task.module.rpartition(".")[2]
        at = key if key in task.arguments else ""
        moves = ", which others may replace" if key == "image" and _is_loose(image) else ""
        yield Breach(f"{short} runs the image '{image}'{moves}", at=at)


def _is_loose(image: str) -> bool:
    """Whether an image is named without a tag or digest, or by the tag that always moves."""
    name = image.rpartition("/")[2]
    return not is_template(image) and (":" not in name or name.endswith(":latest"))


def _of_fetch(task: TaskView) -> t.Iterator[Breach]:
    if task.module not in _FETCHING:
        return
    targets = task.values("dest")
    if any(target.startswith(_SOFTWARE) for target in targets) or not targets:
        return
    short = task.module.rpartition(".")[2]
    names = (*targets, *task.values("url"))
    if any(is_executable(mode) for mode in task.values("mode")):
        yield Breach(f"{short} fetches a program", at="url")
    elif any(_CODE.fullmatch(name) for name in names):
        yield Breach(f"{short} fetches code", at="url")


def _of_command(command: Command, script: Script) -> t.Iterator[Breach]:
    reader = reads_code(command, script)
    if reader:
        yield Breach(f"'{command.program}' into {reader} runs code that nobody has read", at=command.line)
        return
    verb = image_verb(command)
    if verb:
        yield Breach(f"'{command.program} {verb}' brings an image that is in no commit", at=command.line)
        return
    if command.program in _KUBE and any(REMOTE.match(word) for word in command.argv[1:]):
        yield Breach(f"{command.program} runs what stands at a URL", at=command.line)
        return
    for shown, reason in refused(command.argv):
        if reason.rule == DOWNLOADS.rule:
            yield Breach(f"'{shown}' {reason.why}", at=command.line)


def _of_earlier(task: TaskView) -> t.Iterator[Breach]:
    """Find what earlier tasks of the file fetched, run by this one."""
    earlier = list(itertools.takewhile(lambda other: other is not task, content_of(task.file).tasks))
    on_node = [other for other in earlier if not other.is_on_controller]
    for name in (str(other.raw.get("register", "")) for other in on_node if other.module == "ansible.builtin.uri"):
        if name and re.search(rf"\{{\{{\s*{re.escape(name)}\.(?:content|json)", task.free_form):
            yield Breach(f"what '{name}' got from a URL is run", at=1)
    fetched = [one for other in on_node for one in by_task(other)]
    folder = task.value("chdir")
    if task.module == _MAKE:
        what = next((one for one in fetched if one.is_folder and folder.rstrip("/") == one.path.rstrip("/")), None)
        if what is not None:
            yield Breach(f"what line {what.line} fetched is built and run", at="chdir")
    for command in task.script.commands if task.script and fetched else ():
        if command.program == "cd" and len(command.words) > 1:
            folder = command.words[1].text
        found = run_by(command, fetched, folder)
        if found is not None:
            yield Breach(
                f"'{posixpath.basename(found.path)}', which line {found.line} fetched, is run", at=command.line
            )
