# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sshd that listens on a node: who started it, with which options, and what it offers. Private to the collection.

sshd reads its files when it starts: what the disk says is not what the listener does. So the listener is found by its
socket, its unit by its process, and its methods by asking it.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import shlex
import socket
import struct
import time
import typing as t

from ._command import Command, CommandError
from ._files import FileError, read_bounded, read_text
from ._sshd_config import MAIN, split
from ._systemctl import SocketStatus, Systemctl
from ._text import one_line

SSHD = "/usr/sbin/sshd"
RUN_FOLDER = "/run/sshd"
_LISTENING = "0A"
_WITH_VALUE = frozenset("CEbcfghkopu")
_JUDGED = frozenset("chop46gu")
# A process's start time is known to a hundredth of a second only.
_SLACK_SECONDS = 0.05
_BANNER_SECONDS = 10
_SHORTEST_BANNER_SECONDS = 2.0
_START_SECONDS = 60


class SshdServiceError(Exception):
    """What listens cannot be told, or does not answer; one sentence with the remedy."""


class Endpoint(t.NamedTuple):
    """A TCP address on which sshd listens."""

    address: str
    port: int

    @property
    def reachable(self) -> str:
        """An address of this machine that leads there."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.address, self.address)  # noqa: S104 -- read, not bound

    def __str__(self) -> str:
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


class Connection(t.NamedTuple):
    """The SSH connection through which this process was started."""

    client: str
    address: str
    port: int


class Options(t.NamedTuple):
    """What sshd's command line says of its configuration.

    :param main: path of the configuration file.
    :param passed: the options that change what holds, as they must be given to ``sshd -T``.
    :param settings: keyword (lower case) and value of each ``-o``.
    """

    main: str
    passed: tuple[str, ...]
    settings: tuple[tuple[str, str], ...]


class Daemon(t.NamedTuple):
    """One sshd, or the socket with which systemd waits in its place.

    :param unit: the service that runs it, "" where no unit does.
    :param pid: process id of the listener; 0 where systemd itself listens, and sshd reads its files at each login.
    :param argv: the command line with which it is started next.
    :param title: the command line with which the running one was started; "" where that cannot be told.
    :param started: seconds since 1970.
    :param from_socket: whether systemd opened the socket, so that sshd's own Port and ListenAddress say nothing.
    """

    unit: str
    pid: int
    argv: tuple[str, ...]
    title: str
    started: float
    endpoints: tuple[Endpoint, ...]
    environment_files: tuple[str, ...] = ()
    from_socket: bool = False

    @property
    def name(self) -> str:
        return self.unit or f"process {self.pid}"

    @property
    def options(self) -> Options:
        return parse_options(self.argv)


def parse_options(argv: t.Sequence[str]) -> Options:
    """Read sshd's command line as its getopt does."""
    main, passed, settings = MAIN, [], []
    words = list(argv[1:])
    while words:
        word = words.pop(0)
        if not word.startswith("-") or len(word) == 1:
            continue
        for position, letter in enumerate(word[1:], 2):
            value = ""
            if letter in _WITH_VALUE:
                value = word[position:] or (words.pop(0) if words else "")
            if letter == "f":
                main = value
            elif letter in _JUDGED:
                passed += [f"-{letter}", value] if letter in _WITH_VALUE else [f"-{letter}"]
            if letter == "o":
                keyword, rest = split(value)
                settings.append((keyword, " ".join(rest)))
            if letter in _WITH_VALUE:
                break
    return Options(main, tuple(passed), tuple(settings))


def expand_command(argv: t.Sequence[str], environment: t.Mapping[str, str]) -> list[str]:
    """Replace variables in a unit's command line as systemd does: ``$WORD`` alone is split, ``${WORD}`` is not."""
    words: list[str] = []
    for word in argv:
        if re.fullmatch(r"\$[A-Za-z_]\w*", word):
            words += shlex.split(environment.get(word[1:], ""))
        else:
            words.append(re.sub(r"\$\{([A-Za-z_]\w*)\}", lambda found: environment.get(found.group(1), ""), word))
    return words


def parse_environment_file(text: str) -> dict[str, str]:
    """Parse a file that EnvironmentFile= names."""
    found = {}
    for line in text.replace("\\\n", "").splitlines():
        name, equals, value = line.strip().partition("=")
        if not equals or not re.fullmatch(r"[A-Za-z_]\w*", name.strip()):
            continue
        value = value.strip()
        # Quotes may hold the whole value; without them it goes on to the end of the line.
        found[name.strip()] = "".join(shlex.split(value)) if value[:1] in {'"', "'"} else value
    return found


def parse_title(cmdline: bytes) -> str:
    """Return the command line that a listener shows in its process title, "" where it shows none."""
    found = re.match(r"sshd: (.*) \[listener\]", cmdline.decode("utf-8", "replace"))
    return found.group(1) if found else ""


def parse_listening(text: str) -> dict[str, Endpoint]:
    """Return the endpoints of /proc/net/tcp or tcp6 that listen, by inode of their socket."""
    found = {}
    for line in text.splitlines()[1:]:
        fields = line.split()
        if len(fields) > 9 and fields[3] == _LISTENING:
            address, dummy, port = fields[1].partition(":")
            found[fields[9]] = Endpoint(_decode(address), int(port, 16))
    return found


def _decode(address: str) -> str:
    # The kernel prints each 32-bit word in the machine's own order; every machine of ours is little-endian.
    words = [struct.pack("<I", int(address[at : at + 8], 16)) for at in range(0, len(address), 8)]
    family = socket.AF_INET if len(words) == 1 else socket.AF_INET6
    return socket.inet_ntop(family, b"".join(words))


def own_connection() -> Connection | None:
    """Find the SSH connection through which we run, in the environment of the processes that led here."""
    pid = os.getpid()
    for dummy in range(64):
        try:
            environ = read_bounded(f"/proc/{pid}/environ") or b""
            stat = read_text(f"/proc/{pid}/stat") or ""
        except (OSError, FileError):
            return None
        for entry in environ.split(b"\0"):
            if entry.startswith(b"SSH_CONNECTION="):
                words = entry.decode("ascii", "replace").partition("=")[2].split()
                if len(words) == 4 and words[3].isdecimal():
                    return Connection(_plain(words[0]), _plain(words[2]), int(words[3]))
        pid = int((stat.rpartition(")")[2].split() or ["0", "0"])[1])
        if pid <= 1:
            return None
    return None


def _plain(address: str) -> str:
    # An IPv4 client of an IPv6 socket, and the zone of a link-local address.
    return address.removeprefix("::ffff:").partition("%")[0]


def find_daemons(connection: Connection | None) -> list[Daemon]:
    """Return every sshd that listens for TCP, and the socket of our own connection where systemd listens for it."""
    listening: dict[str, Endpoint] = {}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        listening.update(parse_listening(read_text(table) or ""))
    daemons = []
    of_systemd = {inode for inode in _sockets("1") if inode in listening}
    for entry in os.listdir("/proc"):
        if entry.isdecimal() and (_quietly(f"/proc/{entry}/comm") or b"").strip() == b"sshd":
            inodes = [inode for inode in _sockets(entry) if inode in listening]
            if inodes:
                endpoints = tuple(sorted({listening[inode] for inode in inodes}))
                daemon = _daemon(int(entry), endpoints)
                daemons.append(daemon._replace(from_socket=not of_systemd.isdisjoint(inodes)))
    ports = {endpoint.port for daemon in daemons for endpoint in daemon.endpoints}
    if not daemons or (connection and connection.port not in ports):
        daemons += _waiting_sockets({endpoint.port for endpoint in listening.values()})
    return sorted(daemons, key=lambda daemon: daemon.pid)


def _sockets(pid: str) -> list[str]:
    found = []
    # It may end meanwhile; what replaces it is found by the next look.
    with contextlib.suppress(OSError):
        for name in os.listdir(f"/proc/{pid}/fd"):
            # What it closes meanwhile, as with each connection that comes, is none of those that it listens on.
            with contextlib.suppress(OSError):
                target = os.readlink(f"/proc/{pid}/fd/{name}")
                if target.startswith("socket:["):
                    found.append(target[8:-1])
    return found


def _quietly(path: str) -> bytes | None:
    try:
        return read_bounded(path)
    except (OSError, FileError):
        return None


def _daemon(pid: int, endpoints: tuple[Endpoint, ...]) -> Daemon:
    title = parse_title(_quietly(f"/proc/{pid}/cmdline") or b"")
    unit = _unit_of(pid)
    argv, files = unit_command(unit) if unit else ([], [])
    if not argv or os.path.basename(argv[0]) != "sshd":
        # A wrapper starts it: what it started is what can be known.
        argv = shlex.split(title) or [SSHD]
    return Daemon(unit, pid, tuple(argv), title, _started(pid), endpoints, tuple(files))


def _unit_of(pid: int) -> str:
    groups = (_quietly(f"/proc/{pid}/cgroup") or b"").decode("utf-8", "replace").splitlines()
    for line in groups:
        for part in reversed(line.split("/")):
            if part.endswith(".service"):
                return part
    return ""


def _started(pid: int) -> float:
    stat = (_quietly(f"/proc/{pid}/stat") or b"").decode("utf-8", "replace").rpartition(")")[2].split()
    if len(stat) < 20:
        return 0.0
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - int(stat[19]) / os.sysconf("SC_CLK_TCK")
    return time.time() - age


def unit_command(unit: str) -> tuple[list[str], list[str]]:
    """Return the command line that systemd would run for a service, and the environment files that it reads for it."""
    started = Systemctl().command_of(unit)
    environment = dict(setting.split("=", 1) for setting in started.environment)
    for name in started.environment_files:
        environment.update(parse_environment_file(read_text(name) or ""))
    return expand_command(started.argv, environment), list(started.environment_files)


def _waiting_sockets(ports: set[int]) -> list[Daemon]:
    """Return the sockets with which systemd waits for SSH connections."""
    return [
        Daemon(service, 0, tuple(argv), "", 0.0, endpoints, tuple(files))
        for service, endpoints in waiting_services(Systemctl().sockets())
        if any(endpoint.port in ports for endpoint in endpoints)
        for argv, files in [unit_command(service)]
        if argv and os.path.basename(argv[0]) == "sshd"
    ]


def waiting_services(sockets: t.Iterable[SocketStatus]) -> list[tuple[str, tuple[Endpoint, ...]]]:
    """Return the service that each active TCP socket starts, and where it listens."""
    found = []
    for waiting in sockets:
        listens = [re.fullmatch(r"\[?([^\]]*)\]?:(\d+) \(Stream\)", value) for value in waiting.listen]
        endpoints = [Endpoint(listen.group(1), int(listen.group(2))) for listen in listens if listen]
        if endpoints and waiting.active_state == "active":
            stem = waiting.id.removesuffix(".socket")
            # With Accept=yes each connection gets an instance of its own; any instance shows what the template says.
            service = f"{stem}@runbook.service" if waiting.accept else waiting.triggers
            found.append((service, tuple(endpoints)))
    return found


def is_older_than(daemon: Daemon, paths: t.Iterable[str]) -> bool:
    """Whether the listener was started before one of ``paths`` got its content, or with another command line."""
    if not daemon.pid:
        return False
    if daemon.title and daemon.title != " ".join(daemon.argv):
        return True
    return any(_changed(path) > daemon.started + _SLACK_SECONDS for path in paths)


def _changed(path: str) -> float:
    try:
        return os.stat(path).st_mtime
    except OSError:
        return 0.0


def test_config(daemon: Daemon, main: str) -> None:
    """Have sshd itself read a configuration.

    :raises CommandError: it would not start with it; the message holds sshd's own words.
    """
    with _run_folder():
        Command(program_of(daemon)).run(["-t", "-f", main, *daemon.options.passed], timeout=20)


def effective(daemon: Daemon, main: str, *, user: str, connection: Connection | None) -> str:
    """Return what ``sshd -T`` says of a configuration for a login of ``user`` over our own connection."""
    client, address, port = connection or Connection("192.0.2.1", "192.0.2.2", 22)
    spec = f"user={user},host={client},addr={client},laddr={address},lport={port}"
    with _run_folder():
        said = Command(program_of(daemon)).run(["-T", "-f", main, *daemon.options.passed, "-C", spec], timeout=20)
    return said.out


def program_of(daemon: Daemon) -> str:
    return daemon.argv[0] if daemon.argv and daemon.argv[0].startswith("/") else SSHD


class _run_folder:  # noqa: N801 -- used as a function
    """sshd judges nothing without its folder, which systemd removes as the service stops."""

    def __enter__(self) -> None:
        self._made = not os.path.isdir(RUN_FOLDER)
        if self._made:
            os.makedirs(RUN_FOLDER, mode=0o755)

    def __exit__(self, *_: object) -> None:
        if self._made:
            os.rmdir(RUN_FOLDER)


def offered_methods(daemon: Daemon, user: str) -> list[str]:
    """Ask the live listener which authentication methods it offers.

    :raises SshdServiceError: it gives no list.
    """
    endpoint = daemon.endpoints[0]
    said = ""
    for dummy in range(2):
        # Asking without a key counts as a failed login, for the address that asks: each time another one of loopback.
        source = f"127.{random.randint(1, 254)}.{random.randint(0, 255)}.{random.randint(1, 254)}"  # noqa: S311
        bind = ["-b", source] if ":" not in endpoint.reachable else []
        options = (
            *("BatchMode=yes", "PreferredAuthentications=none", "ConnectTimeout=10", "ControlPath=none"),
            # The node asks itself, says nothing secret, and believes only what makes it go on.
            *("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "GlobalKnownHostsFile=/dev/null"),
        )
        answer = Command("ssh").run(
            [
                *("-F", "none", *bind, *(word for option in options for word in ("-o", option))),
                *("-p", str(endpoint.port), "-l", user, endpoint.reachable, "true"),
            ],
            timeout=30,
            check=False,
        )
        found = re.search(r"Permission denied \(([^)]*)\)", answer.err)
        if found:
            return found.group(1).split(",")
        said = answer.err
    raise SshdServiceError(
        f"the sshd of {daemon.name} does not say at {endpoint} which logins it offers: {one_line(said, 200)}; "
        "look at journalctl -u ssh on the node"
    )


def answers(endpoint: Endpoint, *, seconds: float = _BANNER_SECONDS) -> bool:
    """Whether an SSH server greets at an endpoint within the time."""
    deadline = time.monotonic() + seconds
    while True:
        # sshd begins a process for each connection: where that takes long, a further connection only makes it longer.
        patience = max(_SHORTEST_BANNER_SECONDS, deadline - time.monotonic())
        try:
            with socket.create_connection((endpoint.reachable, endpoint.port), timeout=patience) as stream:
                if stream.recv(4) == b"SSH-":
                    return True
        except OSError:
            pass
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.1)


def cannot_bind(address: str) -> bool:
    """Whether no socket can listen at ``address``, since this machine does not have it."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return True
    return False


def parse_endpoints(values: t.Sequence[str]) -> list[Endpoint]:
    """Parse what ``sshd -T`` says of ListenAddress."""
    found = []
    for value in values:
        address, dummy, port = value.rpartition(":")
        if port.isdecimal():
            found.append(Endpoint(address.strip("[]"), int(port)))
    return found


def stop(daemon: Daemon) -> None:
    """Stop the service; whoever calls this brings it up again, or puts back what it had before.

    :raises CommandError: systemd could not stop it.
    """
    Systemctl().stop(daemon.unit, access_is_proven=True, timeout=_START_SECONDS)


def start(daemon: Daemon) -> None:
    """Start the service and wait until it greets where it did before.

    :raises CommandError: systemd could not start it.
    :raises SshdServiceError: it is started and does not answer.
    """
    Systemctl().start(daemon.unit, timeout=_START_SECONDS)
    silent = [endpoint for endpoint in daemon.endpoints if not answers(endpoint)]
    if silent:
        raise SshdServiceError(f"{daemon.unit} is started and does not answer at {silent[0]}")


__all__ = (
    "RUN_FOLDER",
    "SSHD",
    "CommandError",
    "Connection",
    "Daemon",
    "Endpoint",
    "Options",
    "SshdServiceError",
    "answers",
    "cannot_bind",
    "effective",
    "expand_command",
    "find_daemons",
    "is_older_than",
    "offered_methods",
    "own_connection",
    "parse_endpoints",
    "parse_environment_file",
    "parse_listening",
    "parse_options",
    "parse_title",
    "program_of",
    "start",
    "stop",
    "test_config",
    "unit_command",
    "waiting_services",
)
