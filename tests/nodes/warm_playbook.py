"""ansible-playbook without its start: a run forks from a process that has read Ansible and the collection before.

More than half of what a short run costs is reading the same Python again. What runs is ansible-playbook's own entry
point, with the arguments and the environment of the command; the command itself is run by every test that kills a run,
works in a terminal or begins from a clone.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import importlib
import json
import os
import pathlib
import select
import subprocess
import sys
import tempfile
import traceback
import typing as t

Request = dict[str, t.Any]
COLLECTION = "ansible_collections.ai_systems.runbook.plugins"


class WarmPlaybook:
    """The process that runs fork from, on the side of the tests."""

    def __init__(self, environment: t.Mapping[str, str], top: pathlib.Path) -> None:
        self._server = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(environment), cwd=top,
            text=True, bufsize=1,
        )  # fmt: skip
        atexit.register(self.stop)

    def run(
        self, argv: t.Sequence[str], environment: t.Mapping[str, str], seconds: float
    ) -> subprocess.CompletedProcess[str]:
        """Run what ``argv`` says and return its status and all that it printed.

        :raises subprocess.TimeoutExpired: when it is not done after ``seconds``.
        """
        assert self._server.stdin
        assert self._server.stdout
        with tempfile.NamedTemporaryFile(mode="r", encoding="utf-8", errors="replace") as output:
            print(json.dumps([list(argv), dict(environment), output.name]), file=self._server.stdin, flush=True)
            if not select.select([self._server.stdout], [], [], seconds)[0]:
                self._server.kill()
                raise subprocess.TimeoutExpired(list(argv), seconds, output.read())
            return subprocess.CompletedProcess(list(argv), int(self._server.stdout.readline()), output.read())

    def stop(self) -> None:
        assert self._server.stdin
        with contextlib.suppress(OSError):
            self._server.stdin.close()
        try:
            self._server.wait(60)
        except subprocess.TimeoutExpired:
            self._server.kill()


@functools.cache
def read_collection() -> None:
    """Import every plugin that runs on the controller, as the collection's loader does it."""
    for folder in ("module_utils", "plugin_utils", "action", "callback"):
        package = importlib.import_module(f"{COLLECTION}.{folder}")
        for path in sorted(pathlib.Path(next(iter(package.__path__))).glob("*.py")):
            importlib.import_module(f"{COLLECTION}.{folder}.{path.stem}")


def serve() -> None:
    """Answer each request with the exit status of its run."""
    import ansible.cli  # noqa: PLC0415
    from ansible.cli.playbook import PlaybookCLI  # noqa: PLC0415
    from ansible.plugins.loader import init_plugin_loader  # noqa: PLC0415

    for name in ("connection.ssh", "strategy.linear", "shell.sh", "become.sudo", "action.normal", "callback.default"):
        importlib.import_module(f"ansible.plugins.{name}")
    init_plugin_loader()
    # It says that it was called before, in each run.
    vars(ansible.cli)["init_plugin_loader"] = lambda _path=None: None
    read_collection()
    for line in sys.stdin:
        argv, environment, output = json.loads(line)
        process = os.fork()
        if process:
            status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
            print(status, flush=True)
            continue
        code = 250
        try:
            redirect(output)
            os.environ.clear()
            os.environ.update(environment)
            sys.argv = argv
            PlaybookCLI.cli_executor(argv)
        except SystemExit as ended:
            code = int(ended.code or 0)
        except BaseException:  # noqa: BLE001
            traceback.print_exc()
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        # What the server has registered for its own end is not this process's.
        os._exit(code)


def redirect(output: str) -> None:
    """Let this process read nothing, and write into one file."""
    for path, flags, numbers in ((os.devnull, os.O_RDONLY, (0,)), (output, os.O_WRONLY | os.O_APPEND, (1, 2))):
        opened = os.open(path, flags)
        for number in numbers:
            os.dup2(opened, number)
        os.close(opened)


if __name__ == "__main__":
    serve()
