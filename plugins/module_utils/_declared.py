# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the inventory declares of a node, as the audit compares it with the node. Private to the collection.

A node that nobody provisioned is audited too: where nothing is declared, a field is empty.
"""

from __future__ import annotations

import typing as t


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

    :param operator_keys: public keys, a line of authorized_keys each.
    :param checkout: absolute path of the repository's checkout on the node.
    :param commit: the full id that it must be at, as the controller resolved it.
    :param essential: packages of checklist 6.
    :param packages: further packages that are wanted.
    :param accounts: accounts that services run as.
    :param data_paths: folders with data of services, which are looked through last.
    :param proven: what the record on the controller proves to be Debian's, each as name=version:architecture.
    :param archive_keys: fingerprints of further archive keys that the operator accepts.
    :param backports: packages that may come from backports.
    :param has_baseline: whether the operator reviewed what the image brought.
    :param baseline: what it brought, by kind: packages, units, accounts.
    :param run_key: a key of this run, hex, with which what must not be told is told apart.
    """

    hostname: str = ""
    network_mode: str = ""
    address: str = ""
    operator: str = ""
    operator_keys: tuple[str, ...] = ()
    operator_has_password: bool = False
    checkout: str = ""
    commit: str = ""
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
    run_key: str = ""


__all__ = ("Access", "Declared", "Listen", "Service")
