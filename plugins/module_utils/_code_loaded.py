# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of a node through which code comes in that no program names (runbook 6.4). Private to the collection."""

from __future__ import annotations

import functools
import re
import shlex
import typing as t

from . import _code_settings as settings
from ._code_facts import is_file, real_path
from ._tree_facts import finding, is_plain, listed

if t.TYPE_CHECKING:
    from ._code_facts import CodeFacts
    from ._code_settings import Line
    from ._findings import Finding
    from ._node_view import NodeView

CLAUSE: t.Final = "6.4"
_Look = t.Callable[[str], "list[Line]"]
# By base-files' own hand, of a file that is no package's.
_COPIES = {
    "/etc/profile": "/usr/share/base-files/profile",
    "/root/.bashrc": "/usr/share/base-files/dot.bashrc",
    "/root/.profile": "/usr/share/base-files/dot.profile",
}
_SHELLS = ("/etc/profile", "/etc/bash.bashrc", "/etc/zsh/zshrc", "/etc/zsh/zshenv")
_ENVIRONMENTS = (
    *("/etc/environment", "/etc/security/pam_env.conf", "/etc/default/locale", "/etc/locale.conf"),
    *("/etc/systemd/system.conf", "/etc/systemd/user.conf"),
)
_ENVIRONMENT_FOLDERS = (
    *("/etc/environment.d", "/etc/systemd/system.conf.d", "/etc/systemd/user.conf.d", "/run/systemd/system.conf.d"),
    *("/usr/local/lib/environment.d", "/usr/lib/environment.d"),
)
_MODPROBE = ("/etc/modprobe.d", "/run/modprobe.d", "/usr/local/lib/modprobe.d", "/usr/lib/modprobe.d")
_BINFMT = ("/etc/binfmt.d", "/run/binfmt.d", "/usr/local/lib/binfmt.d", "/usr/lib/binfmt.d")
# A file that is there for the sake of such lines alone.
_DROP_IN = re.compile(r"\.pth$|/(?:ld\.so\.conf|modprobe|binfmt|environment)\.d/[^/]+$|/ld\.so\.preload$")
_USUAL = re.compile(r"(?:/usr(?:/local)?)?/lib(?:/[a-z0-9_]+-linux-gnu[a-z0-9_]*)?(?:/gconv)?")


class _Usual:
    """The folders that the dynamic loader looks into on a Debian."""

    def __contains__(self, folder: object) -> bool:
        return isinstance(folder, str) and _USUAL.fullmatch(folder) is not None


def judge(view: NodeView, facts: CodeFacts) -> t.Iterator[Finding]:
    """Yield a finding for each file that brings code in."""
    told: set[str] = set()
    for paths, look, after in _looks(view, facts.is_audited):
        for path in paths:
            # One file may be read under several names.
            real = real_path(view, path)
            if real not in told:
                told.add(real)
                yield from _told(view, facts, path, look, after=after)


def _looks(view: NodeView, audited: settings.Audited) -> t.Iterator[tuple[t.Sequence[str], _Look, str]]:
    """Yield files, what is looked for in them, and what is to be run after one was changed."""

    def exists(path: str) -> bool:
        return is_file(view, path)

    def shell(home: str) -> _Look:
        return functools.partial(settings.of_shell, home=home, audited=audited, exists=exists)

    modules = [f"/usr/lib/{name}/security" for name in view.names("/usr/lib") if "-linux-gnu" in name]
    modules.append("/usr/lib/security")
    yield [*_SHELLS, *_below(view, "/etc/profile.d")], shell("/root"), ""
    for home in view.homes:
        yield [f"{home.path}/{name}" for name in settings.STARTUP], shell(home.path), ""
    yield [*_ENVIRONMENTS, *_below(view, *_ENVIRONMENT_FOLDERS)], settings.of_environment, ""
    yield ["/etc/ld.so.preload"], settings.of_preload, ""
    usual = functools.partial(settings.of_loader, usual=_Usual())
    yield ["/etc/ld.so.conf", *_below(view, "/etc/ld.so.conf.d")], usual, "ldconfig"
    pam = functools.partial(settings.of_pam, audited=audited, exists=exists, folders=modules)
    yield _below(view, "/etc/pam.d"), pam, ""
    yield _below(view, *_MODPROBE), functools.partial(settings.of_modprobe, audited=audited), ""
    yield _below(view, *_BINFMT), functools.partial(settings.of_binfmt, audited=audited), ""
    yield _pth_files(view), settings.of_pth, ""


def _told(view: NodeView, facts: CodeFacts, path: str, look: _Look, *, after: str = "") -> t.Iterator[Finding]:
    text = view.text(path) if is_file(view, path) else None
    if not text or facts.is_audited(path):
        return
    copy = _COPIES.get(path, "")
    if copy and facts.is_brought(copy) and view.text(copy) == text:
        return
    lines = look(text)
    if lines:
        said = listed([f"line {line.number}: {line.what}" for line in lines])
        yield finding(CLAUSE, "violation", f"{path} (loads code)", said, _remedy(path, text, lines, after))


def _remedy(path: str, text: str, lines: t.Sequence[Line], after: str) -> str:
    if not is_plain(path):
        return "take those lines out"
    quoted = shlex.quote(path)
    meant = [line for line in text.split("\n") if line.strip() and not line.lstrip().startswith("#")]
    if _DROP_IN.search(path) and len(lines) == len(meant):
        command = f"rm -- {quoted}"
    else:
        # Numbers that a shell takes as they stand, so that the whole can be typed.
        command = f'sed -i "{";".join(f"{line.number}d" for line in lines)}" {quoted}'
    return f"'{command}{f' && {after}' if after else ''}'; code comes from Debian or the ai-systems repository"


def _below(view: NodeView, *folders: str) -> list[str]:
    return [f"{folder}/{name}" for folder in folders for name in view.names(folder)]


def _pth_files(view: NodeView) -> list[str]:
    pythons = [name for name in view.names("/usr/lib") if name.startswith("python3")]
    folders = [f"/usr/lib/{name}/{site}" for name in pythons for site in ("dist-packages", "site-packages")]
    for place in ("/usr/local", *(f"{home.path}/.local" for home in view.homes)):
        for name in view.names(f"{place}/lib"):
            if name.startswith("python3"):
                folders += [f"{place}/lib/{name}/{site}" for site in ("dist-packages", "site-packages")]
    return [f"{folder}/{name}" for folder in folders for name in view.names(folder) if name.endswith(".pth")]


__all__ = ("CLAUSE", "judge")
