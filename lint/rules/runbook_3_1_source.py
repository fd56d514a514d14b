# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages come from Debian's own archives, by apt."""

from __future__ import annotations

import itertools
import posixpath
import re
import typing as t

from runbook_lint.decisions._unit_commands import FETCHERS
from runbook_lint.fetched import reads_code
from runbook_lint.jinja import is_template
from runbook_lint.node_files import placed
from runbook_lint.package_words import by_hand, names_for_apt, verb_of
from runbook_lint.rule import Breach, RunbookRule
from runbook_lint.shell import Script
from runbook_lint.systems import is_elsewhere

if t.TYPE_CHECKING:
    from runbook_lint.node_file import NodeFile
    from runbook_lint.shell import Command
    from runbook_lint.tasks import TaskView

_SOURCES = {
    "ansible.builtin.apt_repository": "repo",
    "ansible.builtin.deb822_repository": "uris",
    "ansible.builtin.yum_repository": "baseurl",
    "community.general.zypper_repository": "repo",
    "community.general.flatpak_remote": "flatpakrepo_url",
    "community.general.homebrew_tap": "name",
    "community.general.copr": "name",
}
_KEYS = {
    "ansible.builtin.apt_key": "url",
    "ansible.builtin.rpm_key": "key",
    "community.general.pacman_key": "url",
}
_OTHERS = frozenset(
    (
        *("ansible.builtin.dnf", "ansible.builtin.dnf5", "community.general.apk", "community.general.bundler"),
        *("community.general.cargo", "community.general.composer", "community.general.cpanm", "community.general.gem"),
        *("community.general.flatpak", "community.general.homebrew", "community.general.homebrew_cask"),
        *("community.general.macports", "community.general.opkg", "community.general.pacman", "community.general.pear"),
        *("community.general.pkgng", "community.general.portage", "community.general.snap", "community.general.xbps"),
        *("community.general.zypper", "community.general.rpm_ostree_pkg", "community.general.urpmi", "kewlfft.aur.aur"),
        *("community.general.installp", "community.general.openbsd_pkg", "community.general.slackpkg"),
    )
)
_COMMANDS = {
    "go": "install get",
    "rpm": "-i -U -ivh -Uvh --install --upgrade",
    "bundle": "install update",
    "composer": "install require update create-project",
    "luarocks": "install",
    "dotnet": "tool",
    "dnf": "install",
    "yum": "install",
    "zypper": "install in",
    "pacman": "-S -Sy -Syu -U",
    "apk": "add",
    "asdf": "install plugin",
    "mise": "install use",
    "rustup": "install toolchain update",
    "nix": "profile",
    "guix": "install",
}
_ALWAYS = ("cpan", "cpanm", "apt-add-repository")
_APT_FILES = re.compile(
    r"/etc/apt/(?:sources\.list(?:\.d(?:/.*)?)?|trusted\.gpg(?:\.d(?:/.*)?)?|keyrings/.*)|/usr/share/keyrings/.*"
)
_PACKAGE = re.compile(r".*\.(?:deb|rpm|snap|flatpak|appimage|apk)(?:[?#].*)?", re.IGNORECASE)
_REMOTE = re.compile(r"(?:https?|ftp|s3|git\+https?)://", re.IGNORECASE)
_PROGRAMS = re.compile(r"(?:/usr)?(?:/local)?/s?bin(?:/.*)?|/usr/local(?:/.*)?|/opt(?:/.*)?|/usr/lib(?:/.*)?")
_FETCHING = ("ansible.builtin.get_url", "ansible.builtin.uri", "ansible.builtin.unarchive")
_GONE = ("absent", "removed", "uninstalled")
_SUITE = re.compile(r"trixie(?:-(?:updates|security|backports))?|stable")


class RunbookSourceRule(RunbookRule):
    """Packages come from Debian's own archives, by apt."""

    id = "runbook-3-1-source"
    clause = "3.1"
    description = "No other package sources, keys for them, package managers beside apt, or software from the network."
    remedy = "take Debian's own package, by packages_list or the module ai_systems.runbook.apt_package"

    def judge_task(self, task: TaskView) -> t.Iterator[Breach]:
        """Find what brings software from elsewhere than Debian's archives."""
        if task.is_on_controller or is_elsewhere(task):
            return
        yield from _of_module(task)
        if task.module == "ansible.builtin.apt":
            yield from _of_apt(task)
        if task.module == "ansible.builtin.package" and task.value("use") not in ("", "apt", "auto"):
            use = task.value("use")
            yield Breach(f"package uses {use} in place of apt", at="use", is_certain=not is_template(use))
        yield from _of_fetch(task)
        for file in placed(task):
            yield from _of_file(file)
        script = task.script or Script()
        for command in script.commands:
            what = _of_command(command, script)
            if what:
                yield Breach(what, at=command.line)


def _of_module(task: TaskView) -> t.Iterator[Breach]:
    name = task.module.rpartition(".")[2]
    states = task.values("state")
    if any(state in _GONE for state in states):
        return
    is_certain = not any(is_template(state) for state in states)
    if task.module in _SOURCES:
        yield Breach(f"{name} adds a package source", _SOURCE_REMEDY, _SOURCES[task.module], is_certain)
    elif task.module in _KEYS:
        yield Breach(f"{name} trusts a key beside Debian's own", _SOURCE_REMEDY, _KEYS[task.module], is_certain)
    elif task.module in _OTHERS:
        yield Breach(f"{name} installs software beside apt", at="name", is_certain=is_certain)


_SOURCE_REMEDY = (
    "leave a node's sources to apt_sources_components and the role apt_sources, and take Debian's own package"
)


def _of_apt(task: TaskView) -> t.Iterator[Breach]:
    if task.value("deb"):
        yield Breach("apt installs a package file", at="deb")
    for key in ("allow_unauthenticated", "allow-unauthenticated"):
        if task.is_true(key):
            yield Breach("apt installs what nobody signed", f"take out {key}", key)
    if task.is_true("force"):
        yield Breach("apt with force: true installs what nobody signed", "take out force", "force")
    release = task.value("default_release") or task.value("default-release")
    key = "default_release" if "default_release" in task.arguments else "default-release"
    if release and is_template(release):
        yield Breach(f"apt takes packages from the release {release}", at=key, is_certain=False)
    elif release and not _SUITE.fullmatch(release):
        yield Breach(f"apt takes packages from the release {release}", f"take out {key}: nodes run trixie", key)
    for key in ("name", "pkg", "package"):
        for text in task.values(key):
            if _PACKAGE.fullmatch(text) and ("/" in text or _REMOTE.match(text)):
                yield Breach(f"apt installs the file {posixpath.basename(text)}", at=key)


def _of_fetch(task: TaskView) -> t.Iterator[Breach]:
    """Find packages and programs that a task fetches; what it fetches else is data."""
    if task.module not in _FETCHING:
        return
    source_key = "src" if task.module.endswith("unarchive") else "url"
    name = task.module.rpartition(".")[2]
    for source in task.values(source_key):
        if not _REMOTE.match(source) and not (source_key == "url" and is_template(source)):
            continue
        targets = task.values("dest") or ("",)
        if _PACKAGE.fullmatch(source) or any(_PACKAGE.fullmatch(one) for one in targets):
            yield Breach(f"{name} fetches a package file", at=source_key)
        elif any(_PROGRAMS.fullmatch(one) for one in targets):
            yield Breach(f"{name} fetches programs into {targets[0]}", at=source_key)


def _of_file(file: NodeFile) -> t.Iterator[Breach]:
    if file.is_brought and _APT_FILES.fullmatch(file.path):
        what = "a key" if "gpg" in file.path or "keyrings" in file.path else "a package source"
        yield Breach(f"{file.path} brings {what} beside Debian's own", _SOURCE_REMEDY, file.at)


def _of_command(command: Command, script: Script) -> str:
    """Return what a command installs from elsewhere, "" where nothing."""
    program = command.program
    if program in _ALWAYS:
        return f"{program} installs software beside apt"
    if program in _COMMANDS and (verb := verb_of(command, _COMMANDS[program])):
        return f"'{program} {verb}' installs software beside apt"
    if program in FETCHERS:
        reader = reads_code(command, script)
        if reader:
            return f"{program} fetches a program that {reader} runs as it comes"
        if any(_PACKAGE.fullmatch(word) for word in command.argv[1:]):
            return f"{program} fetches a package file"
    if program == "gpg":
        written = [after for word, after in itertools.pairwise(command.argv) if word in ("-o", "--output")]
        return f"gpg writes a key into {written[0]}" if any(_APT_FILES.fullmatch(one) for one in written) else ""
    names = names_for_apt(command)
    files = [word.text for word in names or () if _PACKAGE.fullmatch(word.text) and "/" in word.text]
    if files:
        return f"{program} installs the file {posixpath.basename(files[0])}"
    said = by_hand(command, "3.1")
    is_past = said and not re.search(r"\b(?:apt-mark|remove|uninstall|list)\b", said)
    return f"'{said}' goes past Debian's archives" if is_past else ""
