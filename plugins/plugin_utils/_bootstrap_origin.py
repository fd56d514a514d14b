# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the bootstrap packages would come from, on a node without Python (runbook 3.1). Private to the collection.

The node verifies the archives' signatures with the tool that apt itself uses, and hashes its lists; the judgement is
made here, by the facts that hold for every installation. What counts in the end is the content: each .deb must be one
that an official archive's verified list names by its SHA-256.
"""

from __future__ import annotations

import re
import shlex
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_list_names import escaped
from ansible_collections.ai_systems.runbook.plugins.module_utils._debian_archive import ARCHIVES, why_not_official
from ansible_collections.ai_systems.runbook.plugins.module_utils._release_file import Release, parse_release
from ansible_collections.ai_systems.runbook.plugins.module_utils._text import one_line

_LISTS: t.Final = "/var/lib/apt/lists"
_MARK: t.Final = "=== runbook "
_SIGNER = re.compile(r"signer ([0-9A-F]{40}|[0-9A-F]{64})")
_LIST = re.compile(r"([0-9a-f]{64})  \./([!-~]{1,250}_Packages)")
_URI = re.compile(r"'([^']+)' (\S+) \d+ SHA256:([0-9a-f]{64})")
_FOUND = re.compile(r"SHA256: ([0-9a-f]{64})")

# sqv's own policy, whatever a file of the node would allow; each keyring alone, since one that cannot be read would
# hide the others. A certificate's fingerprint is the same in whichever keyring it lies.
EVIDENCE: t.Final = f"""\
LC_ALL=C SEQUOIA_CRYPTO_POLICY=; export LC_ALL SEQUOIA_CRYPTO_POLICY
cd {_LISTS} && work=$(mktemp -d) || exit 1
for release in ./*InRelease; do
  [ -f "$release" ] && [ ! -L "$release" ] || continue
  echo '{_MARK}'"release $release"
  for keyring in /usr/share/keyrings/* /etc/apt/keyrings/* /etc/apt/trusted.gpg.d/* /etc/apt/trusted.gpg; do
    [ -f "$keyring" ] && [ ! -L "$keyring" ] || continue
    rm -f "$work/out"
    if sqv --keyring "$keyring" --cleartext --output "$work/out" "$release" >"$work/signers" 2>/dev/null; then
      sed 's/^/signer /' "$work/signers"
      mv "$work/out" "$work/text"
    fi
  done
  if [ -f "$work/text" ]; then
    grep -E '^[A-Za-z0-9-]+:|/binary-[a-z0-9]+/Packages$|^ [0-9a-f]+ +[0-9]+ Packages$' "$work/text"
    rm -f "$work/text"
  fi
done
echo '{_MARK}lists'
for list in ./*_Packages; do [ -f "$list" ] && [ ! -L "$list" ] && sha256sum "$list"; done
rm -rf "$work"
echo '{_MARK}end'
"""


class Deb(t.NamedTuple):
    """One file that apt would fetch."""

    uri: str
    name: str
    sha256: str


def official_lists(said: str, keys: t.Collection[str]) -> tuple[list[str], list[str]]:
    """Return the names of the node's package lists that are official, and why archives are not.

    :param said: what :data:`EVIDENCE` printed.
    :param keys: fingerprints that the inventory adds to those of Debian.
    """
    releases: dict[str, Release] = {}
    reasons = []
    digests: dict[str, str] = {}
    for title, lines in _sections(said):
        if title == "lists":
            digests = {match[2]: match[1] for match in map(_LIST.fullmatch, lines) if match}
            continue
        name = title.removeprefix("release ./")
        signers = [match[1] for match in map(_SIGNER.fullmatch, lines) if match]
        release = parse_release("\n".join(line for line in lines if not line.startswith("signer ")))
        reason = why_not_official(release, signers, keys)
        if not reason and ARCHIVES[release.codename].kind != "official":
            reason = f"{release.codename} is only for packages that the inventory names"
        if reason:
            reasons.append(f"{one_line(name, 120)}: {one_line(reason, 200)}")
        else:
            releases[name.removesuffix("InRelease")] = release
    return [name for name, digest in digests.items() if _is_listed(name, digest, releases)], reasons


def _sections(said: str) -> t.Iterator[tuple[str, list[str]]]:
    title = ""
    lines: list[str] = []
    for line in said.splitlines():
        if line.startswith(_MARK):
            if title:
                yield title, lines
            title, lines = line.removeprefix(_MARK).strip(), []
        else:
            lines.append(line)


def _is_listed(name: str, digest: str, releases: t.Mapping[str, Release]) -> bool:
    prefix = max((one for one in releases if name.startswith(one)), key=len, default="")
    if not prefix:
        return False
    below = name.removeprefix(prefix)
    return any(listed.sha256 == digest for path, listed in releases[prefix].files.items() if escaped(path) == below)


def debs(said: str) -> list[Deb]:
    """Return what ``apt-get --print-uris`` says that it would fetch."""
    return [Deb(match[1], match[2], match[3]) for match in map(_URI.fullmatch, said.splitlines()) if match]


def lookup_command(lists: t.Iterable[str], wanted: t.Iterable[Deb]) -> str:
    """Return the shell command that prints those hashes that these lists of the node name."""
    lines = " ".join(shlex.quote(f"SHA256: {deb.sha256}") for deb in wanted)
    files = " ".join(shlex.quote(f"{_LISTS}/{name}") for name in lists)
    return f"printf '%s\\n' {lines} | LC_ALL=C grep -hxFf - -- {files} | sort -u"


def unproven(wanted: t.Iterable[Deb], said: str) -> list[str]:
    """Return the files whose content no official list names, each with where it would come from."""
    found = {match[1] for match in map(_FOUND.fullmatch, said.splitlines()) if match}
    return [f"{one_line(deb.name, 80)} from {one_line(deb.uri, 120)}" for deb in wanted if deb.sha256 not in found]


__all__ = ("EVIDENCE", "Deb", "debs", "lookup_command", "official_lists", "unproven")
