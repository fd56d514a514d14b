# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line of the lab."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from lab import baseline, host, inventory, keys, packages, repository, vm, vm_card, vm_image, vm_qemu
from lab.command import LabError
from lab.nodes import Lab, check_name
from lab.paths import Paths
from lab.podman import Podman


def parser() -> argparse.ArgumentParser:
    """What can be typed."""
    top = argparse.ArgumentParser(prog="lab/node", description="Debian 13 test nodes, as a fresh flash leaves them.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="start nodes")
    up.add_argument("names", nargs="+", metavar="NAME")
    up.add_argument("--arch", choices=("amd64", "arm64"), help="default: the host's own")
    up.add_argument("--kind", choices=("container", "vm"), default="container")
    up.add_argument("--bare", action="store_true", help="without python3, sudo and git; root logs in with a key")
    up.add_argument("--unenrolled", action="store_true", help="leave host keys and baseline to enroll.yml")
    up.add_argument("--memory", default="", metavar="SIZE", help="memory limit of each node, like 1g")
    up.add_argument("--image", default="", metavar="FILE", help="of a vm; default: the one in the lab's cache")
    up.add_argument("--card", default="", metavar="FILE", help="of a vm, as flash.yml wrote it: it says whose it is")
    down = commands.add_parser("down", help="take nodes away")
    down.add_argument("names", nargs="*", metavar="NAME")
    down.add_argument("--all", action="store_true", help="every node of this lab, and all that the host lent for them")
    reboot = commands.add_parser("reboot", help="stop nodes and start them again")
    reboot.add_argument("names", nargs="+", metavar="NAME")
    commands.add_parser("list", help="show the nodes that are up")
    shell = commands.add_parser("shell", help="enter a node as root, beside SSH")
    shell.add_argument("name", metavar="NAME")
    shell.add_argument("argv", nargs=argparse.REMAINDER, metavar="-- COMMAND", help="default: a login shell")
    commit = commands.add_parser("commit", help="commit the baselines that enroll.yml recorded of nodes")
    commit.add_argument("names", nargs="+", metavar="NAME")
    commands.add_parser("inventory", help="print an Ansible inventory of the nodes that are up")
    build = commands.add_parser("image", help="build an image ahead of the first node")
    build.add_argument("--arch", choices=("amd64", "arm64"))
    build.add_argument("--bare", action="store_true")
    build.add_argument("--kind", choices=("container", "vm"), default="container", help="vm: by playbooks/image.yml")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; errors become one sentence and exit status 1."""
    try:
        packages.check_python()
        return carry_out(parser().parse_args(arguments))
    except LabError as error:
        print(f"lab/node: {error}", file=sys.stderr)
        return 1


def carry_out(options: argparse.Namespace) -> int:
    """Dispatch to the command."""
    paths = Paths.from_environment()
    this_host = host.adapt(host.read_facts())
    lab = Lab(paths, Podman(this_host, paths.lab_id))
    if options.command in ("up", "down", "image"):
        packages.ensure(this_host, paths, machines=getattr(options, "kind", "") == vm.KIND)
    match options.command:
        case "up":
            up(lab, options)
        case "down":
            down(lab, options)
        case "reboot":
            lab.reboot([check_name(name) for name in options.names])
        case "list":
            show(lab)
        case "commit":
            commit_baselines(paths, [check_name(name) for name in options.names])
        case "inventory":
            print_inventory(lab)
        case "shell":
            return shell(lab, options)
        case "image":
            print(image(lab, options))
        case other:
            raise LabError(f"There is no command {other!r}; see lab/node --help.")
    return 0


def up(lab: Lab, options: argparse.Namespace) -> None:
    """Start nodes."""
    names = list(dict.fromkeys(check_name(name) for name in options.names))
    architecture = options.arch or lab.podman.host.architecture
    disk_image = None
    if options.kind == vm.KIND:
        architecture = check_machine(options)
        named = options.card or options.image
        host_here = lab.podman.host
        disk_image = vm_card.find_image(lab.paths, named) if named else vm_image.ensure(lab.paths, host_here)
    elif options.image or options.card:
        raise LabError("--image and --card name the disk of a virtual machine; add --kind vm.")
    repository.ensure(lab.paths)
    lab.up(
        names,
        architecture=architecture,
        bare=options.bare,
        enrolled=not options.unenrolled,
        memory=options.memory,
        disk_image=disk_image,
        address=vm_card.address_of(disk_image) if disk_image and options.card else "",
    )


def image(lab: Lab, options: argparse.Namespace) -> str:
    """Build an image; where it is."""
    if options.kind == vm.KIND:
        check_machine(options)
        return str(vm_image.build(lab.paths, lab.podman.host))
    return lab.build_image(options.arch or lab.podman.host.architecture, bare=options.bare)


def check_machine(options: argparse.Namespace) -> str:
    """The architecture of virtual machines.

    :raises LabError: something is asked for that a virtual machine is not.
    """
    if options.bare:
        raise LabError("A virtual machine is what its image holds; leave --bare out.")
    if getattr(options, "card", "") and (options.image or len(options.names) > 1):
        raise LabError("A card belongs to one machine, and holds its image; name one machine, and leave --image out.")
    if options.arch not in (None, vm_qemu.ARCHITECTURE):
        raise LabError(f"Virtual machines boot images for the Pi, which are {vm_qemu.ARCHITECTURE}; leave --arch out.")
    return vm_qemu.ARCHITECTURE


def down(lab: Lab, options: argparse.Namespace) -> None:
    """Take nodes away."""
    if options.all == bool(options.names):
        raise LabError("Say which nodes to take down: their names, or --all.")
    lab.down(None if options.all else [check_name(name) for name in options.names])


def show(lab: Lab) -> None:
    """List the nodes that are up."""
    rows = [("NAME", "ARCH", "KIND", "ADDRESS", "LOGIN", "ENROLLED")]
    for node in lab.running().values():
        kind = f"{node.kind}, bare" if node.bare else node.kind
        enrolled = "yes" if node.enrolled else "no"
        rows.append((node.name, node.architecture, kind, node.address, node.bootstrap_user, enrolled))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def commit_baselines(paths: Paths, names: Sequence[str]) -> None:
    """Commit what enroll.yml recorded, as an operator does who has reviewed it: the audit believes nothing else."""
    for name in names:
        path = paths.baselines / f"{name}.json"
        if not path.is_file():
            raise LabError(f"There is no baseline {path}; run playbooks/enroll.yml --limit {name} first.")
        baseline.commit(path)


def print_inventory(lab: Lab) -> None:
    """Print the inventory; without any node it is an empty group."""
    nodes = list(lab.running().values())
    if nodes:
        repository.ensure(lab.paths)
        operator_key = keys.public_line(lab.paths, keys.OPERATOR)
        print(inventory.render(inventory.compose(nodes, lab.paths, operator_key)))
    else:
        print(inventory.render({inventory.GROUP: {"hosts": {}}}))


def shell(lab: Lab, options: argparse.Namespace) -> int:
    """Run a command, or a shell, as root inside a node; never returns from a container."""
    name = check_name(options.name)
    running = lab.running()
    if name not in running:
        raise LabError(f"{name} is not up; `lab/node list` shows what is.")
    argv = options.argv[1:] if options.argv[:1] == ["--"] else options.argv
    is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if running[name].kind == vm.KIND:
        return lab.machines.door(name, running[name].address).enter(argv, terminal=is_terminal)
    return become(lab, name, argv, is_terminal=is_terminal)


def become(lab: Lab, name: str, argv: Sequence[str], *, is_terminal: bool) -> NoReturn:
    """Turn into a root process inside a container."""
    terminal = ["--tty"] if is_terminal else []
    environment = ["--env", f"TERM={os.environ.get('TERM', 'dumb')}"] if terminal else []
    call = lab.podman.argv(
        "exec", "--interactive", *terminal, *environment, lab.container(name), *(argv or ["bash", "--login"])
    )
    os.execvp(call[0], call)  # noqa: S606 - no shell is the point
