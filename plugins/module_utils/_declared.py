# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the inventory declares of a node, as the audit compares it with the node. Private to the collection.

A node that nobody provisioned is audited too: where nothing is declared, a field is empty.
"""

from __future__ import annotations

import typing as t


class DeclaredError(Exception):
    """What a node is to be compared with cannot be read. The message names the value."""


class Access(t.NamedTuple):
    """Trust towards another system that a node's role declares (runbook 1).

    :param target: where the trust leads to, as it stands on the node: a host, a URL, a path of a key.
    :param purpose: what for.
    :param granted_by: who granted it.
    """

    target: str
    purpose: str
    granted_by: str


class Listen(t.NamedTuple):
    """A socket that a node's role declares.

    :param protocol: tcp or udp.
    :param port: its number.
    :param address: where it listens; "" for any address, "loopback" for this node alone.
    :param purpose: what for.
    """

    protocol: str
    port: int
    address: str
    purpose: str


class Service(t.NamedTuple):
    """A unit that the inventory declares.

    :param src: its file in the repository, relative.
    :param instances: for a template.
    :param waived: names of rules of the unit that are waived with a reason.
    """

    src: str
    instances: tuple[str, ...]
    enabled: bool
    started: bool
    waived: frozenset[str]


class Declared(t.NamedTuple):
    """The whole of it.

    :param architecture: in dpkg's words (preflight_architecture); "" where none is declared.
    :param model: what the device tree must name (preflight_model); "" where no board is expected.
    :param clock_owner: node or host (preflight_clock_owner).
    :param disk_free_mib: what must be free in / (preflight_disk_free_mib); 0 for whatever is free.
    :param firmware_free_mib: the same for /boot/firmware, where it exists (preflight_firmware_free_mib).
    :param inodes_free: inodes that must be free on both (preflight_inodes_free).
    :param gateway: the default gateway (network_gateway).
    :param dns: the name servers (network_dns).
    :param network_assignment: static or reservation (network_assignment).
    :param bootstrap_user: the login that the image brought (runbook_bootstrap_user).
    :param operator_keys: public keys, a line of authorized_keys each.
    :param checkout: absolute path of the repository's checkout on the node.
    :param commit: the full id that it must be at, as the controller resolved it.
    :param checkout_owner: the account whose checkout it is (repository_user); "" for the operator.
    :param branch: the branch that it must be on, "" for a detached HEAD, as the controller resolved repository_version.
    :param remote: what its origin must read (repository_url as a node may call it), "" for no origin.
    :param tree_digest: SHA-256 over ``git ls-tree -r -z`` of the commit, as the controller computed it.
    :param largest_file: bytes of the commit's largest file, as the controller computed it.
    :param essential: packages of checklist 6.
    :param packages: further packages that are wanted.
    :param accounts: accounts that services run as.
    :param data_paths: folders with data of services, which are looked through last.
    :param proven: what the record on the controller proves to be Debian's, each as name=version:architecture.
    :param archive_keys: fingerprints of further archive keys that the operator accepts.
    :param backports: packages that may come from backports.
    :param has_baseline: whether the operator reviewed what the image brought.
    :param baseline: what it brought, by kind: packages, units, accounts.
    :param isolation: what the record on the controller says of the node: isolated, pending or lifting; "" for nothing.
    :param run_key: a key of this run, hex, with which what must not be told is told apart.
    """

    architecture: str = ""
    model: str = ""
    clock_owner: str = ""
    disk_free_mib: int = 0
    firmware_free_mib: int = 0
    inodes_free: int = 0
    hostname: str = ""
    network_mode: str = ""
    address: str = ""
    gateway: str = ""
    dns: tuple[str, ...] = ()
    network_assignment: str = ""
    bootstrap_user: str = ""
    operator: str = ""
    operator_keys: tuple[str, ...] = ()
    operator_has_password: bool = False
    checkout: str = ""
    commit: str = ""
    checkout_owner: str = ""
    branch: str = ""
    remote: str = ""
    tree_digest: str = ""
    largest_file: int = 0
    essential: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    services: tuple[Service, ...] = ()
    accounts: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    access: tuple[Access, ...] = ()
    listens: tuple[Listen, ...] = ()
    data_paths: tuple[str, ...] = ()
    proven: frozenset[str] = frozenset()
    archive_keys: tuple[str, ...] = ()
    backports: tuple[str, ...] = ()
    has_baseline: bool = False
    baseline: t.Mapping[str, tuple[str, ...]] = {}
    isolation: str = ""
    run_key: str = ""


_NESTED: t.Final[dict[str, type]] = {"services": Service, "access": Access, "listens": Listen}


def declared_from(given: t.Mapping[str, t.Any]) -> Declared:
    """Return what a module was given as plain lists and dictionaries, typed.

    :raises DeclaredError: a value is not of its kind; the message names it.
    """
    unknown = sorted(set(given) - set(Declared._fields))
    if unknown:
        raise DeclaredError(f"declared has the unknown key {unknown[0]!r}")
    return Declared(**{name: _typed(name, value) for name, value in given.items()})


def _typed(name: str, value: t.Any) -> t.Any:
    default = Declared._field_defaults[name]
    if name in _NESTED:
        return tuple(_entry(name, one) for one in _items(name, value))
    if isinstance(default, (tuple, frozenset)):
        return type(default)(map(str, _items(name, value)))
    if isinstance(default, dict):
        if not isinstance(value, dict):
            raise DeclaredError(f"{name} of declared is {value!r:.80} and no dictionary")
        return {str(key): tuple(map(str, _items(name, one))) for key, one in value.items()}
    is_number = isinstance(default, int) and not isinstance(default, bool)
    if is_number and isinstance(value, str) and value.isdecimal():
        # What -e gives is text.
        return int(value)
    if not isinstance(value, type(default)):
        raise DeclaredError(f"{name} of declared is {value!r:.80} and no {type(default).__name__}")
    return value


def _items(name: str, value: t.Any) -> t.Sequence[t.Any]:
    if not isinstance(value, (list, tuple)):
        raise DeclaredError(f"{name} of declared is {value!r:.80} and no list")
    return value


def _entry(name: str, value: t.Any) -> t.Any:
    kind = _NESTED[name]
    if not isinstance(value, dict):
        raise DeclaredError(f"an entry of {name} is {value!r:.80} and no dictionary")
    plain = {key: tuple(one) if isinstance(one, list) else one for key, one in value.items()}
    if "waived" in plain:
        plain["waived"] = frozenset(plain["waived"])
    try:
        return kind(**plain)
    except TypeError as exc:
        raise DeclaredError(f"an entry of {name} cannot be read: {exc}") from exc


def as_given(declared: Declared) -> dict[str, t.Any]:
    """Return the same as plain lists and dictionaries, for a module's options."""
    return {name: _plain(value) for name, value in declared._asdict().items()}


def _plain(value: t.Any) -> t.Any:
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: _plain(one) for name, one in value._asdict().items()}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, (tuple, list)):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return value


__all__ = ("Access", "Declared", "DeclaredError", "Listen", "Service", "as_given", "declared_from")
