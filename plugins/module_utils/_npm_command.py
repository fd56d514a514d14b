# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The seam to npm: Debian's own, with nothing of the node's settings (runbook 3.5). Private to the collection.

npm reads settings from five places and any of them can send it elsewhere. So it gets an environment, a home, a cache
and settings of its own, and whatever else counts as an option on its command line.
"""

from __future__ import annotations

import os
import typing as t

from ._command import Command, Completed
from ._npm_errors import explain
from ._npm_names import shown
from ._step import StepError

NODE = "/usr/bin/node"
NPM = "/usr/share/nodejs/npm/bin/npm-cli.js"
SECONDS = 3600
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_QUIET = ("--no-audit", "--no-fund", "--no-update-notifier", "--no-progress", "--color=false", "--loglevel=error")
# Three more attempts, after 2, 4 and 8 seconds.
_PATIENCE = ("--fetch-retries=3", "--fetch-retry-mintimeout=2000", "--fetch-retry-factor=2")


def is_installed() -> bool:
    """Whether the node has Debian's Node.js and npm."""
    return os.path.isfile(NODE) and os.path.isfile(NPM)


class Npm:
    """npm for one project.

    :param folder: a folder of this account's own, for everything that passes.
    :param settings: lines of an .npmrc that count.
    """

    def __init__(self, folder: str, settings: t.Sequence[str] = ()) -> None:
        self._folder = folder
        with open(f"{folder}/npmrc", "w", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in settings))

    def run(self, arguments: t.Sequence[str], *, what: str, hashes: t.Mapping[str, str] | None = None) -> Completed:
        """Run npm to its end.

        :param what: what it does, for the error.
        :param hashes: the package that each hash is of, for the error.
        :raises StepError: why it failed.
        """
        # The operator has sudo: no code of a package, also none of npm's own, may have it. An npm that outlives this
        # process would still write when the next run has begun.
        guard = ["--no-new-privs", "--pdeathsig", "KILL", "--", NODE, NPM]
        command = Command("/usr/bin/setpriv", environ=environment(self._folder))
        done = command.run([*guard, *arguments], timeout=SECONDS, check=False)
        if done.rc != 0:
            raise StepError(explain(what, done.rc, done.out, done.err, hashes or {}))
        return done

    def default_registry(self) -> str:
        """Return the registry that npm uses where nobody says anything else."""
        return self.run(["config", "get", "registry"], what="asking npm for its registry").out.strip()

    def install(self, prefix: str, *, dev: bool, packages: int, hashes: t.Mapping[str, str]) -> None:
        """Install what the lock file in ``prefix`` says into its node_modules, without running any script."""
        omit = ["--include=dev"] if dev else ["--omit=dev"]
        options = [f"--prefix={prefix}", "--ignore-scripts", "--install-links=false", "--global=false", *omit]
        what = f"installing {packages} package{'s' if packages != 1 else ''}"
        self.run(["ci", *options, *_QUIET, *_PATIENCE], what=what, hashes=hashes)

    def run_scripts(self, prefix: str, names: t.Sequence[str]) -> None:
        """Run the install scripts of the packages of these names, and of no others."""
        # Without rebuild-bundle=false the packages that lie in the archive of a named one would run theirs too.
        options = [f"--prefix={prefix}", "--ignore-scripts=false", "--rebuild-bundle=false", "--global=false"]
        self.run(["rebuild", *options, *_QUIET, "--", *names], what=f"the install scripts of {', '.join(names)}")


def environment(folder: str) -> dict[str, str]:
    """Return npm's environment: none of the node's settings of npm and Node.js, but its proxies."""
    proxies = {name: os.environ[name] for name in _PROXIES if os.environ.get(name)}
    return {
        **proxies,
        "PATH": "/usr/bin:/bin",
        "HOME": folder,
        "TMPDIR": folder,
        "NPM_CONFIG_USERCONFIG": f"{folder}/npmrc",
        "NPM_CONFIG_GLOBALCONFIG": f"{folder}/no-npmrc",
        "NPM_CONFIG_CACHE": f"{folder}/cache",
        "NPM_CONFIG_LOGS_DIR": logs_of(folder),
    }


def logs_of(folder: str) -> str:
    """Return the folder in which npm writes down what it is at."""
    return f"{folder}/logs"


def hashes_of(packages: t.Mapping[str, t.Any]) -> dict[str, str]:
    """Return which package each hash of a lock file is of."""
    return {one: shown(location) for location, entry in packages.items() for one in entry.integrity.split()}


__all__ = ("NODE", "NPM", "SECONDS", "Npm", "environment", "hashes_of", "is_installed", "logs_of")
