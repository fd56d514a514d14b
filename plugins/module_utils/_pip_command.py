# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The seam to pip: Debian's own, run by a .venv's interpreter, with nothing of the node's settings (runbook 3.4).

Private to the collection. pip comes from the wheel of Debian's package, not from the .venv: so a .venv need not hold
it, and nobody but dpkg has written the code that installs.
"""

from __future__ import annotations

import glob
import os
import posixpath
import typing as t
from urllib.parse import quote

from ._command import Command, Completed
from ._pip_errors import explain
from ._pip_rules import Pin
from ._python_versions import is_newer
from ._step import StepError
from ._venv_project import Project

WHEELS = "/usr/share/python-wheels"
SECONDS = 3600
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


def find_pip() -> str:
    """Return the wheel with Debian's pip, "" where python3-venv is not installed."""
    found = ""
    for path in glob.glob(f"{WHEELS}/pip-*-py3-none-any.whl"):
        if not found or is_newer(_version_in(path), _version_in(found)):
            found = path
    return found


def _version_in(path: str) -> str:
    return posixpath.basename(path).split("-")[1]


class Pip:
    """pip for one project.

    :param python: the interpreter of the .venv that it works on.
    :param folder: a folder of this account's own, for everything that passes.
    """

    def __init__(self, wheel: str, python: str, project: Project, folder: str) -> None:
        self._wheel = wheel
        self._python = python
        self._project = project
        self._folder = folder

    def run(self, arguments: t.Sequence[str], *, what: str) -> Completed:
        """Run pip to its end.

        :raises StepError: why it failed.
        """
        argv = [
            "-I",
            "-B",
            f"{self._wheel}/pip",
            "--isolated",
            "--no-input",
            "--disable-pip-version-check",
            "--no-color",
        ]
        argv += ["--no-cache-dir", "--timeout=30", "--retries=3", f"--log={self._folder}/pip.log", *arguments]
        done = Command(self._python, environ=environment(self._folder)).run(argv, timeout=SECONDS, check=False)
        if done.rc != 0:
            raise StepError(explain(what, done.rc, done.out, done.err))
        return done

    def resolve(self, lines: t.Sequence[str], constraints: t.Sequence[str]) -> str:
        """Return pip's report of what it would install; nothing is."""
        arguments = ["install", "--dry-run", *self._common(), *self._files(lines, constraints)]
        self.run([*arguments, "--only-binary=:all:"], what=f"finding out what {self._project.folder} needs")
        return self._report()

    def install(self, lines: t.Sequence[str], *, source: bool) -> str:
        """Install exactly what the lines name, whatever is there of it; pip's report.

        :param source: from source, built with what the .venv holds.
        """
        arguments = ["install", "--no-deps", "--require-hashes", "--force-reinstall", "--no-warn-script-location"]
        arguments += ["--no-build-isolation", "--no-binary=:all:"] if source else ["--only-binary=:all:"]
        arguments += [*self._common(), *self._files(lines, ())]
        self.run(arguments, what=f"installing into {self._project.venv}")
        return self._report()

    def install_tree(self, path: str, *, editable: bool) -> None:
        """Install a source tree of the checkout, built with what the .venv holds."""
        arguments = ["install", "--no-deps", "--no-index", "--no-build-isolation", "--force-reinstall"]
        arguments += ["--no-warn-script-location", "--progress-bar=off", *(["--editable"] if editable else []), path]
        self.run(arguments, what=f"installing {path} into {self._project.venv}")

    def remove(self, names: t.Sequence[str]) -> None:
        """Remove packages."""
        self.run(["uninstall", "--yes", *names], what=f"removing {', '.join(names)} from {self._project.venv}")

    def _common(self) -> list[str]:
        return ["--progress-bar=off", f"--report={self._folder}/report.json", *source_options(self._project)]

    def _files(self, lines: t.Sequence[str], constraints: t.Sequence[str]) -> list[str]:
        arguments = []
        for option, name, texts in (("-r", "wanted", lines), ("-c", "constraints", constraints)):
            if texts or option == "-r":
                path = f"{self._folder}/{name}.txt"
                with open(path, "w", encoding="utf-8") as file:
                    file.write("".join(f"{text}\n" for text in texts))
                arguments += [option, path]
        return arguments

    def _report(self) -> str:
        with open(f"{self._folder}/report.json", encoding="utf-8") as file:
            return file.read()


def environment(folder: str) -> dict[str, str]:
    """Return pip's environment: none of the node's settings of pip, but its proxies."""
    proxies = {name: os.environ[name] for name in _PROXIES if os.environ.get(name)}
    # The null device is pip's own word for: read no file of settings at all.
    return {**proxies, "HOME": folder, "TMPDIR": folder, "PIP_CONFIG_FILE": os.devnull}


def source_options(project: Project) -> list[str]:
    """Return the options that tell pip where packages come from."""
    sources = project.sources
    options = ["--no-index"] if sources.none else []
    options += [f"--index-url={sources.url}"] if sources.url else []
    options += [f"--extra-index-url={url}" for url in sources.extra]
    return options + [f"--find-links={project.checkout}/{folder}" for folder in sources.folders]


def file_url(path: str) -> str:
    return f"file://{quote(path)}"


def lock_line(pin: Pin, checkout: str, wheels: t.Mapping[str, str]) -> str:
    """Return the requirement that names exactly the archives that a pin may be installed from."""
    if pin.kind == "wheel":
        return f"{pin.name} @ {file_url(f'{checkout}/{pin.path}')} --hash=sha256:{wheels[pin.path]}"
    hashes = " ".join(f"--hash={one}" for one in pin.hashes)
    return f"{pin.name}=={pin.version} {hashes}"


__all__ = ("SECONDS", "WHEELS", "Pip", "environment", "file_url", "find_pip", "lock_line", "source_options")
