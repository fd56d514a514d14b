# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What kind of text a file is, by its path (runbook 6.3): how much a line in it must look like a secret. Private to the
collection.

In a file of settings "password = hunter" is a password; in a program it is a name, in a manual an example.
"""

from __future__ import annotations

import re
import typing as t

# settings: values stand as they are. shell: so they do, and commands with them. history: what somebody typed. log: what
# a program or a person wrote down. code: values in quotes. prose: only what is random. lock: hashes, so that names say
# nothing.
Kind = t.Literal["settings", "shell", "history", "log", "code", "prose", "lock"]

_HISTORY = re.compile(
    r"""/\.[a-z0-9_-]*(?:history|hist)$|/\.(?:viminfo|lesshst)$|/fish_history$|/\.config/[^/]+/history$
    |/\.local/(?:share|state)/(?:[^/]+/)*[a-z_-]*history(?:\.txt|\.utf8)?$|/ConsoleHost_history\.txt$
    """,
    re.VERBOSE,
)
_LOCK = re.compile(
    r"/(?:package-lock\.json|npm-shrinkwrap\.json|\.package-lock\.json|pnpm-lock\.yaml|yarn\.lock|bun\.lock|Cargo\.lock"
    r"|poetry\.lock|uv\.lock|Pipfile\.lock|composer\.lock|Gemfile\.lock|go\.sum|deno\.lock|flake\.lock"
    r"|requirements[^/]*\.txt"
    r"|SHA(?:1|256|512)SUMS[^/]*|MD5SUMS[^/]*|[^/]*\.(?:sha256|md5|svg|pub|crt|cer))$"
)
_CLOUD = re.compile(r"/var/lib/cloud/|/boot/(?:firmware/)?[^/]+$")
# Of copies and of what an upgrade put aside, the name before counts.
_COPY = re.compile(
    r"(?:~|\.(?:bak|old|orig|save|saved|backup|copy|sw[op]|dpkg-[a-z]+|ucf-[a-z]+|rpmsave|gz|[0-9]{1,8}))+$"
)
_ENDINGS: t.Final[dict[Kind, str]] = {
    "settings": "env ini conf cfg cnf config yaml yml json json5 jsonc toml properties xml plist tf tfvars tfstate hcl"
    " nmconnection service timer socket target mount path network netdev link override list sources netrc credentials"
    " secret secrets key token auth pass passwd htpasswd psk rc ovpn reg rdp inf kubeconfig preseed seed ldif prefs"
    " local dist example template sample default",
    "shell": "sh bash zsh ksh fish profile bashrc zshrc envrc ps1 bat cmd cron crontab mk",
    "log": "log out err journal trace txt text note notes",
    "prose": "md markdown rst adoc html htm tex org man 1 5 8 po pot svg css csv tsv",
    "code": "py pyi js mjs cjs ts tsx jsx c h cc cpp hpp go rs rb pl pm php java kt swift lua r jl cs scala sql j2"
    " jinja jinja2 tmpl tpl erb vue",
}
_KIND_OF = {ending: kind for kind, endings in reversed(_ENDINGS.items()) for ending in endings.split()}
_SHELL_NAMES = re.compile(
    r"^\.?(?:bash|zsh|k?sh)?_?(?:profile|rc|login|logout|aliases|zshenv|zprofile|xprofile|xsessionrc)$"
)
_PROSE_NAMES = re.compile(
    r"^(?:README|CHANGELOG|CHANGES|NEWS|LICEN[CS]E|COPYING|AUTHORS|TODO|INSTALL)\b", re.IGNORECASE
)
_CACHE = re.compile(r"/\.[a-z_]*cache/|/\.local/(?:share|lib|state)/|/\.git/")
_SHEBANG = re.compile(r"#![^\r\n]{0,80}\b(?:ba|da|k|z|fi|a)?sh\b")


def kind_of(path: str, begin: str = "") -> Kind:
    """Return a file's kind.

    :param begin: its first characters: what names a shell as its interpreter is read by one.
    """
    if _HISTORY.search(path):
        return "history"
    if _LOCK.search(path):
        return "lock"
    if _CLOUD.match(path):
        return "shell" if _SHEBANG.match(begin) else "settings"
    name = _COPY.sub("", path.rpartition("/")[2])
    if path.startswith("/var/log/"):
        return "log"
    if path.startswith("/usr/share/doc/") or "-info/" in path or _PROSE_NAMES.match(name):
        return "prose"
    if _SHEBANG.match(begin) or _SHELL_NAMES.match(name) or "/cron" in path:
        return "shell"
    return _by_ending(path, name, begin)


def _by_ending(path: str, name: str, begin: str) -> Kind:
    if name.startswith((".env", "env.")):
        return "settings"
    ending = name.rpartition(".")[2].lower() if "." in name[1:] else ""
    if ending in _KIND_OF:
        return _KIND_OF[ending]
    if begin.startswith("#!"):
        return "code"
    is_hidden = name.startswith(".") or ("/." in path and not _CACHE.search(path))
    if is_hidden or path.startswith(("/etc/", "/boot/")):
        return "settings"
    return "code" if ending else "log"


__all__ = ("Kind", "kind_of")
