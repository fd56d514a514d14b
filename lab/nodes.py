# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lab nodes: made, looked at, entered and taken away."""

from __future__ import annotations

import json
import re
import secrets
import shlex
import socket
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from ipaddress import IPv4Network, ip_address
from pathlib import Path
from typing import Any

from lab import archive, baseline, configuration, emulation, image, keys, known_hosts, limits, locks, network, trust
from lab.command import LabError, as_root, run, say
from lab.configuration import File
from lab.network import LabNetwork
from lab.paths import Paths
from lab.podman import LABEL, Podman
from lab.vm import KIND as MACHINE
from lab.vm import Machines, Place

CONTAINER = "container"
NAME_PATTERN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
RESERVED = ("all", "lab", "localhost", "ungrouped")

# What a machine's root has and a container's has not: mounts, network, other users' processes. Not the host's clock.
CAPABILITIES = "SYS_ADMIN,NET_ADMIN,NET_RAW,AUDIT_WRITE,SYS_PTRACE,SYS_NICE,MKNOD,DAC_READ_SEARCH"

# The host's file lies over /etc/hostname, and hostnamectl cannot replace a mount point. On a machine systemd shares its
# mounts at boot, in a container it does not; without that no credential reaches its service.
WAIT_FOR_BOOT = (
    "mount --make-rshared /; if mountpoint --quiet /etc/hostname; then umount /etc/hostname; fi; "
    "exec systemctl is-system-running --wait"
)
# What a node writes need not outlive the host, and a dozen nodes that wait for one disk at each fsync are slow.
WITHOUT_FSYNC = ("--storage-opt", "overlay.mountopt=volatile")
HOST_KEYS = ("cat", *(f"/etc/ssh/ssh_host_{kind}_key.pub" for kind in keys.HOST_KEY_KINDS))

# Far more than either takes, for a host that has more to do than it can.
BOOT_TIMEOUT = 300.0
EMULATED_BOOT_TIMEOUT = 600.0


@dataclass(frozen=True)
class Node:
    """One node as it was asked for, and where it is.

    :ivar backports: the packages that its image has from trixie-backports, as a Pi 5's kernel.
    """

    name: str
    architecture: str
    kind: str
    bare: bool
    enrolled: bool
    address: str
    subnet: str
    gateway: str
    dns: tuple[str, ...]
    backports: tuple[str, ...] = ()

    @property
    def cidr(self) -> str:
        """The address with its prefix length."""
        return f"{self.address}/{IPv4Network(self.subnet).prefixlen}"

    @property
    def bootstrap_user(self) -> str:
        """Who can log in on a fresh node, with the lab's bootstrap key."""
        return "root" if self.bare else configuration.BOOTSTRAP_USER


@dataclass(frozen=True)
class Fresh:
    """What enrolling records of a node that is new."""

    host_keys: tuple[str, ...]
    baseline: dict[str, Any]


def check_name(name: str) -> str:
    """A node's name: it becomes a host name, a container's name and an inventory host.

    :raises LabError: if it cannot be all three.
    """
    if not NAME_PATTERN.fullmatch(name):
        raise LabError(f"{name!r} cannot be a node's name; use 1 to 63 lower-case letters, digits and inner hyphens.")
    if name in RESERVED:
        raise LabError(f"{name!r} has a meaning of its own in inventories; choose another name.")
    return name


class Lab:
    """The nodes of one lab."""

    def __init__(self, paths: Paths, podman: Podman) -> None:
        self.paths = paths
        self.podman = podman
        self.machines = Machines(paths)

    def lock(self) -> AbstractContextManager[None]:
        """One change at a time: addresses, the namespace and the emulators are shared by the nodes of a lab."""
        return locks.held(self.paths.state / "lock", waiting="Another lab/node is at work in this lab; waiting for it.")

    def container(self, name: str) -> str:
        """The name of a node's container."""
        return f"runbook-lab-{self.paths.lab_id}-{name}"

    def recorded(self) -> dict[str, Node]:
        """The nodes that a finished `up` recorded, by name."""
        found = {}
        for file in sorted(self.paths.nodes.glob("*.json")):
            fields = json.loads(file.read_text())
            lists = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
            found[fields["name"]] = Node(**{**fields, **lists})
        return found

    def begun(self) -> set[str]:
        """The nodes that any `up` began, finished or killed: every container of this lab has such a name."""
        return {file.stem for pattern in ("*.json", "*.begun") for file in self.paths.nodes.glob(pattern)}

    def running(self) -> dict[str, Node]:
        """The recorded nodes that run."""
        nodes = self.recorded()
        containers = [self.container(name) for name, node in nodes.items() if node.kind == CONTAINER]
        states = self.podman.states(containers) if containers and self.reachable() else {}
        return {
            name: node
            for name, node in nodes.items()
            if (
                self.machines.is_running(name)
                if node.kind == MACHINE
                else states.get(self.container(name)) == "running"
            )
        }

    def reachable(self) -> bool:
        """Whether podman can be asked without making anything first."""
        return self.podman.namespace is None or self.podman.namespace.is_whole()

    def up(
        self,
        names: Sequence[str],
        *,
        architecture: str,
        bare: bool,
        enrolled: bool,
        memory: str = "",
        disk_image: Path | None = None,
        address: str = "",
    ) -> list[Node]:
        """Make nodes, side by side; a node that is up stays as it is.

        :param memory: the limit for each container, or the memory of each machine, like `1g`; empty for the default.
        :param disk_image: from which virtual machines are made; None for containers.
        :param address: the one that this disk gives its machine; empty where the lab tells it.
        :raises LabError: if a node is up as another kind, or does not boot.
        """
        keys.ensure(self.paths)
        kind = MACHINE if disk_image else CONTAINER
        if kind == CONTAINER:
            # A build takes minutes and needs nothing of podman: it keeps nobody waiting.
            image.package_layer(self.paths, self.podman.host, image.recipe_of(architecture, bare=bare))
        with self.lock():
            self.prepare_host()
            tag = self.prepare_containers(architecture, bare=bare) if kind == CONTAINER else ""
            lab_network = network.ensure(self.podman, self.paths.lab_id)
            running = self.running()
            asked = (kind, architecture, bare)
            wanted = [name for name in names if name not in running or not self.is_whole(running[name], asked)]
            self.remove(wanted)
            planned = self.plan(wanted, lab_network, kind=kind, architecture=architecture, bare=bare, enrolled=enrolled)
            if address:
                planned = [replace(node, address=self.given(address, lab_network)) for node in planned]
            with ThreadPoolExecutor(max_workers=8) as pool:
                outcomes = list(
                    pool.map(
                        lambda node: self.try_make(node, lab_network, disk_image or tag, memory, told=bool(address)),
                        planned,
                    )
                )
            for node, outcome in zip(planned, outcomes, strict=True):
                if isinstance(outcome, Fresh):
                    self.record(node, outcome)
        problems = [outcome for outcome in outcomes if isinstance(outcome, str)]
        if problems:
            raise LabError(" ".join(problems))
        return [node for name, node in self.recorded().items() if name in names]

    def prepare_containers(self, architecture: str, *, bare: bool) -> str:
        """What containers need of this host; their image in podman's store."""
        tag = image.ensure(self.paths, self.podman, architecture, bare=bare)
        if architecture != self.podman.host.architecture:
            emulation.register(self.paths, self.podman.host.architecture, architecture)
        limits.ensure(self.paths.lab_id)
        return tag

    def prepare_host(self) -> None:
        """What podman needs to work here at all; nodes that the host has lost meanwhile are cleared away."""
        if self.podman.namespace and self.podman.namespace.ensure() and (lost := sorted(self.begun())):
            say(f"The host has lost these nodes (rebooted, or their namespace taken away): {' '.join(lost)}")
            self.remove(lost)
            network.remove(self.podman, self.paths.lab_id)

    def is_whole(self, node: Node, asked: tuple[str, str, bool]) -> bool:
        """Whether a node that runs answers, and is of the kind, architecture and bareness that are asked for."""
        if self.state(node) not in ("running", "degraded"):
            say(f"{node.name} does not answer; making it anew")
            return False
        if (node.kind, node.architecture, node.bare) != asked:
            was = f"{node.kind}, {node.architecture}{', bare' if node.bare else ''}"
            raise LabError(f"{node.name} is up as another kind of node ({was}); run `lab/node down {node.name}` first.")
        say(f"{node.name} is up already ({node.address})")
        return True

    def state(self, node: Node) -> str:
        """What systemd says of a node; empty where it does not answer."""
        ask = ("systemctl", "is-system-running")
        if node.kind == CONTAINER:
            return self.exec(node.name, *ask, check=False).strip()
        try:
            return self.machines.door(node.name, node.address).run(*ask, check=False).strip()
        except LabError:
            return ""

    def plan(
        self,
        names: Sequence[str],
        lab_network: LabNetwork,
        *,
        kind: str,
        architecture: str,
        bare: bool,
        enrolled: bool,
    ) -> list[Node]:
        """Give each new node its address."""
        taken = {node.address for node in self.recorded().values()}
        last = self.paths.nodes / "last-address"
        dns = tuple(network.resolvers())
        planned = []
        self.paths.nodes.mkdir(parents=True, exist_ok=True)
        for name in names:
            # Written before the container exists: so a killed run leaves none that nobody knows of.
            (self.paths.nodes / f"{name}.begun").touch()
            address = network.free_address(lab_network.subnet, taken, after=last.read_text() if last.exists() else "")
            last.write_text(address)
            taken.add(address)
            planned.append(
                Node(
                    name,
                    architecture,
                    kind,
                    bare,
                    enrolled,
                    address,
                    str(lab_network.subnet),
                    lab_network.gateway,
                    dns,
                )
            )
        return planned

    def given(self, address: str, lab_network: LabNetwork) -> str:
        """The address that a card gives its machine.

        :raises LabError: this lab cannot give it to anybody.
        """
        others = {node.address: node.name for node in self.recorded().values()}
        if ip_address(address) not in lab_network.subnet or address == lab_network.gateway:
            raise LabError(f"The card gives its machine {address}, but this lab's network is {lab_network.subnet}.")
        if address in others:
            raise LabError(f"The card gives its machine {address}, which {others[address]} has.")
        return address

    def try_make(
        self, node: Node, lab_network: LabNetwork, source: str | Path, memory: str, *, told: bool = False
    ) -> Fresh | str:
        """Make one node; what enrolling records of it, or the sentence that says why not.

        :param source: a container's image in podman's store, or the file that a machine's disk is copied from.
        :param told: that file says already whose it is.
        """
        try:
            if isinstance(source, Path):
                return self.make_machine(node, lab_network, source, memory, told=told)
            return self.make(node, lab_network.name, source, memory)
        except LabError as error:
            return f"{node.name}: {error}"

    def make_machine(self, node: Node, lab_network: LabNetwork, disk_image: Path, memory: str, *, told: bool) -> Fresh:
        """Make one virtual machine and wait for it."""
        began = time.monotonic()
        place = Place(node.address, node.cidr, node.gateway, node.dns)
        host_keys, held = self.machines.make(node.name, place, lab_network, disk_image, memory, told=told)
        say(f"{node.name} is up: {node.bootstrap_user}@{node.address} (vm, {time.monotonic() - began:.1f} s)")
        return Fresh(tuple(host_keys), held)

    def make(self, node: Node, network_name: str, tag: str, memory: str) -> Fresh:
        """Create, start and wait for one node."""
        began = time.monotonic()
        emulated = node.architecture != self.podman.host.architecture
        with ThreadPoolExecutor(max_workers=1) as pool:
            host_keys = pool.submit(keys.host_key_files, configuration.HOSTNAME)
            self.podman(*self.create_arguments(node, network_name, tag, memory), timeout=300)
            self.write_files(node, host_keys.result(), emulated=emulated)
        self.boot("start", self.container(node.name), timeout=300)
        self.wait_for_boot(node, EMULATED_BOOT_TIMEOUT if emulated else BOOT_TIMEOUT)
        wait_for_ssh(node)
        fresh = self.read_inside(node.name) if node.enrolled else Fresh((), {})
        say(
            f"{node.name} is up: {node.bootstrap_user}@{node.address} "
            f"({node.architecture}, {time.monotonic() - began:.1f} s)"
        )
        return fresh

    def boot(self, *arguments: str, timeout: float) -> None:
        """Start a container or start it again; where podman cannot leave fsync out, with it."""
        if self.podman(*WITHOUT_FSYNC, *arguments, timeout=timeout, check=False).code != 0:
            self.podman(*arguments, timeout=timeout)

    def create_arguments(self, node: Node, network_name: str, tag: str, memory: str) -> list[str]:
        """The podman call that creates a node's container."""
        host = self.podman.host
        arguments = ["create", "--pull", "never", "--name", self.container(node.name)]
        arguments += ["--label", f"{LABEL}={self.paths.lab_id}", "--label", f"{LABEL}.node={node.name}"]
        arguments += ["--systemd", "always", "--cap-add", CAPABILITIES, "--hostname", configuration.HOSTNAME]
        arguments += [
            "--network",
            network_name,
            "--ip",
            node.address,
            "--dns",
            "none",
            "--no-hosts",
        ]
        arguments += ["--log-driver", "k8s-file", "--log-opt", "max-size=1mb", "--security-opt", "label=disable"]
        # Else podman mounts a tmpfs there, and the journal of a node would not outlive a reboot as a machine's does.
        arguments += ["--volume", "/var/log/journal"]
        if self.podman.namespace:
            arguments += ["--cgroup-parent", self.podman.namespace.cgroup_parent, "--pids-limit", "0"]
        else:
            arguments += ["--pids-limit", "-1"]
        if memory:
            arguments += ["--memory", memory]
        return [*arguments, *host.node_options, tag, "/sbin/init"]

    def write_files(self, node: Node, more: dict[str, File], *, emulated: bool) -> None:
        """Give a created node what makes it this one, as a first boot would."""
        files = node_files(node, keys.public_line(self.paths, keys.BOOTSTRAP), emulated=emulated)
        files |= more
        container = self.container(node.name)
        mountpoint = self.podman("mount", container).out.strip()
        try:
            self.podman.run_inside(
                ["tar", "--extract", "--numeric-owner", "--directory", mountpoint],
                stdin=configuration.to_tar(files, int(time.time())),
            )
        finally:
            self.podman("unmount", container)

    def exec(self, name: str, *argv: str, check: bool = True, timeout: float = 120) -> str:
        """What a command prints that runs as root inside a node."""
        return self.podman("exec", self.container(name), *argv, check=check, timeout=timeout).out

    def read_inside(self, name: str) -> Fresh:
        """What enrolling records of a node, read in one go."""
        queries = {**baseline.QUERIES, "host_keys": HOST_KEYS}
        script = " && printf '\\0' && ".join(shlex.join(query) for query in queries.values())
        read = dict(zip(queries, self.exec(name, "sh", "-c", script).split("\0"), strict=True))
        return Fresh(tuple(read.pop("host_keys").splitlines()), baseline.compose(read))

    def wait_for_boot(self, node: Node, timeout: float) -> None:
        """Until systemd has started everything.

        :raises LabError: naming the units that failed.
        """
        deadline = time.monotonic() + timeout
        state = ""
        while time.monotonic() < deadline:
            state = self.exec(node.name, "sh", "-c", WAIT_FOR_BOOT, check=False, timeout=timeout).strip()
            if state == "running":
                return
            if state == "degraded":
                listed = self.exec(
                    node.name, "systemctl", "list-units", "--failed", "--no-legend", "--plain", check=False
                )
                failed = ", ".join(line.split()[0] for line in listed.splitlines() if line.strip())
                raise LabError(
                    f"booted with failed units ({failed}); see `lab/node shell {node.name} -- journalctl -u UNIT`."
                )
            time.sleep(0.1)
        raise LabError(
            f"did not boot within {timeout:.0f} s (systemd says {state or 'nothing'!r}); "
            f"see `podman logs {self.container(node.name)}`."
        )

    def record(self, node: Node, fresh: Fresh) -> None:
        """Write down a node that is up and, unless that is left to enroll.yml, its host keys and its baseline."""
        node = replace(node, backports=backports_in(fresh.baseline))
        (self.paths.nodes / f"{node.name}.json").write_text(json.dumps(asdict(node), indent=2) + "\n")
        known_hosts.replace(self.paths.known_hosts, node.address, list(fresh.host_keys) if node.enrolled else [])
        if node.enrolled:
            path = self.paths.baselines / f"{node.name}.json"
            baseline.write(path, fresh.baseline)
            baseline.commit(path)

    def reboot(self, names: Sequence[str]) -> None:
        """Stop nodes and start them again: what is on the disk stays, what the kernel held is gone.

        :raises LabError: a node is not up, or does not boot.
        """
        with self.lock():
            running = self.running()
            for name in names:
                if name not in running:
                    raise LabError(f"{name} is not up; `lab/node list` shows what is.")
                node = running[name]
                if node.kind == MACHINE:
                    self.machines.reboot(name, node.address)
                    say(f"{name} is up again")
                    continue
                emulated = node.architecture != self.podman.host.architecture
                timeout = EMULATED_BOOT_TIMEOUT if emulated else BOOT_TIMEOUT
                self.boot("restart", "--time", "60", self.container(name), timeout=timeout)
                # It comes back with another hardware address, and a node that says nothing by itself does not tell.
                run(as_root(["ip", "neigh", "flush", "to", node.address]), check=False)
                self.wait_for_boot(node, timeout)
                say(f"{name} is up again")

    def down(self, names: Sequence[str] | None) -> None:
        """Take nodes away, all without names; with the last one goes what the host was given for them."""
        with self.lock():
            self.prepare_host()
            present = self.begun()
            for name in names or ():
                if name not in present:
                    say(f"{name} is not up")
            gone = sorted(present if names is None else present & set(names))
            self.remove(gone)
            for name in gone:
                say(f"{name} is gone")
            self.release_host()

    def remove(self, names: Sequence[str]) -> None:
        """Remove containers and records, whatever state a killed run left them in."""
        if not names:
            return
        containers = [self.container(name) for name in names]
        rm = ["rm", "--force", "--ignore", "--time", "0", "--volumes", *containers]
        # Where a container's processes were killed from outside, the first attempt teaches podman that they are gone.
        if self.podman(*rm, timeout=300, check=False).code != 0:
            self.podman(*rm, timeout=300)
        nodes = self.recorded()
        for name in names:
            self.machines.remove(name)
            if name in nodes:
                known_hosts.replace(self.paths.known_hosts, nodes[name].address, [])
            for file in (self.paths.nodes / f"{name}.json", self.paths.baselines / f"{name}.json"):
                file.unlink(missing_ok=True)
            (self.paths.nodes / f"{name}.begun").unlink(missing_ok=True)

    def build_image(self, architecture: str, *, bare: bool) -> str:
        """Make an image ready for the first node that needs it; its name in podman's store."""
        image.package_layer(self.paths, self.podman.host, image.recipe_of(architecture, bare=bare))
        with self.lock():
            self.prepare_host()
            tag = image.ensure(self.paths, self.podman, architecture, bare=bare)
            self.release_host()
        return tag

    def release_host(self) -> None:
        """Give back to the host what this lab needs only while it has nodes."""
        if self.begun():
            return
        network.remove(self.podman, self.paths.lab_id)
        limits.release(self.paths.lab_id)
        (self.paths.nodes / "last-address").unlink(missing_ok=True)
        # Who begins to build an image meanwhile waits, and finds that it has to register the emulator.
        with locks.held_if_free(emulation.in_use(self.paths)) as free:
            if free:
                emulation.unregister(self.paths)
        if self.podman.namespace:
            self.podman.namespace.remove()


def backports_in(held: Mapping[str, Any]) -> tuple[str, ...]:
    """The packages of a baseline that are from trixie-backports, by their version."""
    return tuple(name for name, version in sorted(held.get("packages", {}).items()) if "~bpo13+" in version)


def node_files(node: Node, bootstrap_key: str, *, emulated: bool) -> dict[str, File]:
    """The files that differ from node to node."""
    home, owner = ("root", 0) if node.bare else (f"home/{node.bootstrap_user}", 1000)
    files = {
        # Debian's tools built this image a moment ago: a first boot has no caches to renew.
        "etc/.updated": File(),
        "var/.updated": File(),
        "etc/machine-id": File(secrets.token_hex(16) + "\n", mode=0o444),
        "etc/resolv.conf": File("".join(f"nameserver {server}\n" for server in node.dns)),
        f"{home}/.ssh": File(folder=True, mode=0o700, owner=owner),
        f"{home}/.ssh/authorized_keys": File(bootstrap_key + "\n", mode=0o600, owner=owner),
    }
    if not emulated:
        dns = "".join(f"DNS={server}\n" for server in node.dns)
        files["etc/systemd/network/10-eth0.network"] = File(
            f"[Match]\nName=eth0\n\n[Network]\nAddress={node.cidr}\nGateway={node.gateway}\n{dns}IPv6AcceptRA=no\n"
        )
    proxies = {scheme: archive.reachable_from_node(url, node.gateway) for scheme, url in archive.host_proxies().items()}
    if proxies:
        files["etc/apt/apt.conf.d/80proxy"] = File(archive.apt_proxy_configuration(proxies))
    return files | trust.proxy_files(node.gateway)


def wait_for_ssh(node: Node, timeout: float = 120) -> None:
    """Until the node's sshd greets the controller.

    :raises LabError: if it does not.
    """
    deadline = time.monotonic() + timeout
    problem = "no answer"
    while time.monotonic() < deadline:
        try:
            # Emulated, on a busy host, it takes seconds until sshd has begun the process that greets.
            with socket.create_connection((node.address, 22), timeout=30) as connection:
                if connection.recv(4) == b"SSH-":
                    return
                problem = "something else than sshd answers"
        except OSError as error:
            problem = str(error)
        time.sleep(0.1)
    raise LabError(f"sshd on {node.address} is not reachable from the host: {problem}.")
