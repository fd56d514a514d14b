# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An apt of its own for another machine's packages: what belongs into an image, and from where. Private.

The controller's own apt is neither asked nor changed: sources, lists and state lie in a folder of the build. What apt
believes of an archive is not enough: each list is verified here against Debian's keys, and each package must stand in
such a list with the hash that apt goes by (runbook 3.1).
"""

from __future__ import annotations

import os
import re
import typing as t

from ._apt_official import judge_lists
from ._command import Command, CommandError
from ._dpkg import field, stanzas
from ._image_build_recipe import may_be_backported
from ._step import StepError
from ._text import one_line

if t.TYPE_CHECKING:
    from ._apt_official import ListVerdict

# Where Debian and those who build upon it keep the keys of its archives.
KEYRINGS: t.Final = (
    "/usr/share/keyrings/debian-archive-keyring.pgp",
    "/usr/share/keyrings/debian-archive-keyring.gpg",
)
_URI: t.Final = re.compile(r"'([^']+)' (\S+) (\d+) SHA256:([0-9a-f]{64})")
_PROXY: t.Final = re.compile(r'Acquire::[a-z]+::Proxy\S* "[^"]*";', re.IGNORECASE)
_PROXY_VARIABLES: t.Final = ("http_proxy", "https_proxy", "no_proxy")
_FULL: t.Final = re.compile(r"No space left on device|enough free space in")
_SECONDS: t.Final = 900
_FETCH_SECONDS: t.Final = 3600


class Package(t.NamedTuple):
    """A package that belongs into an image.

    :param archive: the codename of the archive that it comes from.
    :param file: how apt names its file.
    :param stanza: its paragraph in the archive's list.
    """

    name: str
    version: str
    architecture: str
    archive: str
    origin: str
    sha256: str
    size: int
    file: str
    stanza: str

    @property
    def installed_kib(self) -> int:
        """How much room it says that it needs."""
        return int(field(self.stanza, "Installed-Size") or 0)


class PrivateApt:
    """apt in a folder, which a later build finds again.

    :param folder: where its lists and settings lie.
    :param architecture: of the machine that the packages are for.
    :param archives: where it puts the packages that it fetches.
    """

    def __init__(self, folder: str, architecture: str, *, archives: str, sources: str) -> None:
        self._folder = folder
        self.architecture = architecture
        parts = (
            f"{folder}/lists/partial",
            f"{folder}/empty/partial",
            f"{archives}/partial",
            f"{folder}/etc/apt.conf.d",
            f"{folder}/etc/preferences.d",
        )
        for part in parts:
            os.makedirs(part, exist_ok=True)
        _write(f"{folder}/status", "")
        _write(f"{folder}/etc/debian.sources", sources)
        _write(
            f"{folder}/apt.conf",
            f'Dir "{folder}";\nDir::Etc "{folder}/etc";\nDir::Etc::sourcelist "{folder}/etc/debian.sources";\n'
            f'Dir::State "{folder}";\nDir::State::lists "{folder}/lists";\nDir::State::status "{folder}/status";\n'
            f'Dir::Cache "{folder}/cache";\nDir::Cache::archives "{archives}";\nAPT::Architecture "{architecture}";\n'
            f'APT::Architectures "{architecture}";\n'
            # The folder is nobody else's.
            'APT::Sandbox::User "root";\nAcquire::Languages "none";\nAPT::Install-Recommends "false";\n'
            'Acquire::Retries "2";\nAPT::Color "0";\n' + "".join(f"{line}\n" for line in _proxies()),
        )
        inherited = {name: value for name in _PROXY_VARIABLES if (value := os.environ.get(name))}
        self._environ = {**inherited, "APT_CONFIG": f"{folder}/apt.conf", "DEBIAN_FRONTEND": "noninteractive"}

    @property
    def lists(self) -> str:
        return f"{self._folder}/lists"

    def update(self) -> None:
        """Fetch the lists.

        :raises StepError: an archive does not answer, or is not signed as it must be.
        """
        done = self._get(["update", "--error-on=any"], timeout=_SECONDS)
        if done.rc != 0:
            raise self._failed(
                "the package lists cannot be fetched",
                done.err,
                "look at the network, the proxy or image_mirror, or go by what an earlier build fetched with "
                "'-e offline=true'",
            )

    def require_lists(self) -> None:
        """:raises StepError: none were fetched yet."""
        if not any(name.endswith("_Packages") for name in os.listdir(self.lists)):
            raise StepError(
                f"no package lists were fetched into {self.lists} yet, so that nothing can be chosen offline; run once "
                "without '-e offline=true'"
            )

    def choose(self, requests: t.Sequence[str], keys: t.Collection[str]) -> list[Package]:
        """Return what has to be there for the requests, all of it from official archives.

        :param requests: as apt's command line takes them.
        :param keys: fingerprints that count beside Debian's own.
        :raises StepError: something cannot be had, or is not Debian's.
        """
        # What was fetched before is not named, so that it must not be seen.
        options = ["-oAcquire::ForceHash=SHA256", f"-oDir::Cache::archives={self._folder}/empty"]
        done = self._get(["--yes", "--print-uris", *options, "install", *requests], timeout=_SECONDS)
        if done.rc != 0:
            raise self._failed(
                "the packages of the image cannot be chosen",
                done.err,
                "run again without '-e offline=true', and look at what image_mirror serves",
            )
        wanted = {match[4]: match for match in map(_URI.fullmatch, done.out.splitlines()) if match}
        if not wanted:
            raise StepError(
                "apt names no package for the image; this machine's apt is too old, take one of Debian 12 on"
            )
        verdicts = judge_lists(lists=self.lists, keys=keys, environ=self._environ)
        found = _found(verdicts, wanted)
        chosen = [self._chosen(match, found.get(digest)) for digest, match in wanted.items()]
        return sorted(chosen, key=lambda one: (one.name, one.version))

    def _chosen(self, match: re.Match[str], found: tuple[str, ListVerdict] | None) -> Package:
        file = match[2]
        if found is None:
            raise StepError(
                f"{one_line(file, 120)} is in no verified list of Debian's, so that it cannot be in the image; look at "
                "what the mirror serves, or name another"
            )
        stanza, verdict = found
        name, version = field(stanza, "Package"), field(stanza, "Version")
        if verdict.kind == "foreign":
            raise StepError(
                f"package {one_line(name, 120)} {one_line(version, 80)} is not Debian's: its archive is refused, since "
                f"{verdict.reason}; use a mirror of Debian's own archives"
            )
        if verdict.kind == "backports" and not may_be_backported(name):
            raise StepError(
                f"package {one_line(name, 120)} {one_line(version, 80)} would come from {verdict.codename}, from which "
                "only the kernel may; look at what it is needed for"
            )
        return Package(
            name, version, field(stanza, "Architecture"), verdict.codename, verdict.origin, match[4], int(match[3]),
            file, stanza,
        )  # fmt: skip

    def fetch(self, packages: t.Iterable[Package]) -> None:
        """Fetch packages that are not there yet.

        :raises StepError: one cannot be had.
        """
        names = [f"{one.name}={one.version}" for one in packages]
        done = self._get(["--yes", "--download-only", "install", *names], timeout=_FETCH_SECONDS)
        if done.rc != 0:
            raise self._failed(
                "the packages of the image cannot be fetched",
                done.err,
                "look at the network, the proxy or image_mirror, and run again: what was fetched stays",
            )

    def _failed(self, what: str, said: str, remedy: str) -> StepError:
        if _FULL.search(said):
            remedy = f"the disk of {self._folder} is full: make room, or set image_cache_dir to a folder with more room"
        return StepError(f"{what}: {_why(said)}; {remedy}")

    def _get(self, arguments: t.Sequence[str], *, timeout: float) -> t.Any:
        try:
            return Command("apt-get", environ=self._environ).run(
                ["--quiet=2", *arguments], timeout=timeout, check=False
            )
        except CommandError as exc:
            raise StepError(f"{exc}; an image is built where Debian's apt is, on Debian 12 or newer") from exc


def keyring() -> str:
    """Return this machine's keyring of Debian's archives.

    :raises StepError: it has none.
    """
    for path in KEYRINGS:
        if os.path.exists(path):
            return path
    raise StepError(
        "this machine has no keys of Debian's archives, by which the packages are verified; run "
        "'apt install debian-archive-keyring'"
    )


def _found(verdicts: t.Mapping[str, ListVerdict], wanted: t.Container[str]) -> dict[str, tuple[str, ListVerdict]]:
    """Return the paragraphs of wanted hashes; one in an official list goes before others."""
    found: dict[str, tuple[str, ListVerdict]] = {}
    rank = {"official": 0, "backports": 1, "foreign": 2}
    for path, verdict in sorted(verdicts.items(), key=lambda one: (rank[one[1].kind], one[0])):
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
        for stanza in stanzas(text):
            digest = field(stanza, "SHA256")
            if digest in wanted:
                found.setdefault(digest, (stanza, verdict))
    return found


def _proxies() -> list[str]:
    """Return how this machine's apt reaches the archives."""
    try:
        return _PROXY.findall(Command("apt-config").run(["dump"]).out)
    except CommandError:
        return []


def _why(said: str) -> str:
    lines = [line[3:] for line in said.splitlines() if line.startswith(("E: ", "W: "))]
    return one_line("; ".join(dict.fromkeys(lines))) or "apt does not say why"


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


__all__ = ("KEYRINGS", "Package", "PrivateApt", "keyring")
