# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a card tells its node at the first boot (runbook 2.1): pure decisions. Private to the collection.

Hostname, address, the bootstrap login and its public keys. No secret is ever among it: a card lies open to whoever
holds it.
"""

from __future__ import annotations

import hashlib
import json
import typing as t

from ._accounts import why_not_an_account_name
from ._authorized_keys import KeyLineError, declared_keys
from ._hostname import why_not_a_hostname
from ._network_address import why_not_an_address, why_not_servers
from ._step import StepError

OURS: t.Final = "runbook"
CLOUD_INIT: t.Final = "cloud-init"
NONE: t.Final = "none"
AUTO: t.Final = "auto"
FOLDER: t.Final = "runbook-seed"
NODE_FILE: t.Final = f"{FOLDER}/node.json"
# Version of the form of NODE_FILE.
FORMAT: t.Final = 1
_CLOUD_FILES: t.Final = ("meta-data", "network-config", "user-data")


class Seed(t.NamedTuple):
    """What one node is told.

    :param node: its name in the inventory.
    :param assignment: ``static`` for an address that the node itself keeps, anything else for DHCP.
    :param address: with prefix length; as the gateway only used where it is static.
    :param dns: the name servers; Raspberry Pi OS takes them from the lease where there is one.
    :param user: the bootstrap login.
    :param keys: public keys that may log in as that user.
    """

    node: str
    hostname: str
    assignment: str
    address: str
    gateway: str
    dns: tuple[str, ...]
    user: str
    keys: tuple[str, ...]

    @property
    def is_static(self) -> bool:
        return self.assignment == "static"


def seed_from(values: t.Mapping[str, t.Any]) -> Seed:
    """Return the seed that an inventory declares.

    :raises StepError: with every mistake in it.
    """
    seed = Seed(
        node=str(values["name"]),
        hostname=str(values["hostname"]),
        assignment=str(values["assignment"]),
        address=str(values.get("address") or ""),
        gateway=str(values.get("gateway") or ""),
        dns=tuple(str(one) for one in values.get("dns") or ()),
        user=str(values["user"]),
        keys=tuple(str(one).strip() for one in values.get("authorized_keys") or ()),
    )
    if mistakes := _mistakes(seed):
        raise StepError(
            f"{seed.node} cannot be told at its first boot what it is: {'; '.join(mistakes)}; correct the inventory"
        )
    return seed


def form_for(asked: str, root_names: t.Collection[str]) -> str:
    """Return the form in which an image takes its seed.

    :param asked: what the operator asked for; ``auto`` decides by what the image's boot partition holds.
    :param root_names: names in the root of the boot partition.
    :raises StepError: the image does not show how it takes a seed.
    """
    if asked != AUTO:
        return asked
    names = {name.lower() for name in root_names}
    if FOLDER in names:
        return OURS
    if {"user-data", "meta-data"} <= names:
        return CLOUD_INIT
    raise StepError(
        f"the image's boot partition has neither {FOLDER}/ nor cloud-init's user-data, so that no node could be told "
        "what it is; use an image made by image.yml or Raspberry Pi OS, or set flash_seed to none"
    )


def seed_files(seed: Seed, form: str) -> dict[str, str]:
    """Return the files of the boot partition that hold the seed, by their path in it."""
    if form == NONE:
        return {}
    return {NODE_FILE: _json(_ours(seed))} if form == OURS else _cloud_init(seed)


def _mistakes(seed: Seed) -> list[str]:
    said = []
    if why := why_not_a_hostname(seed.hostname):
        said.append(f"hostname_name {seed.hostname!r} cannot be a hostname: {why}")
    if seed.is_static:
        said += why_not_an_address(seed.address, seed.gateway, seed.dns)
    elif seed.dns:
        said += why_not_servers(seed.dns)
    if seed.user != "root" and (why := why_not_an_account_name(seed.user)):
        said.append(f"runbook_bootstrap_user {seed.user!r} cannot be an account: {why}")
    try:
        declared_keys(seed.keys)
    except KeyLineError as exc:
        said.append(f"flash_bootstrap_keys cannot be used: {exc}")
    return said


def _ours(seed: Seed) -> dict[str, t.Any]:
    network: dict[str, t.Any] = {"assignment": "dhcp"}
    if seed.is_static:
        network = {
            "assignment": "static",
            "address": seed.address,
            "gateway": seed.gateway,
            "dns": list(seed.dns),
        }
    elif seed.dns:
        # Our image has no program that would take them from a lease.
        network["dns"] = list(seed.dns)
    return {
        "format": FORMAT,
        "hostname": seed.hostname,
        "network": network,
        "bootstrap": {"user": seed.user, "authorized_keys": list(seed.keys)},
    }


def _cloud_init(seed: Seed) -> dict[str, str]:
    """Return NoCloud's three files; JSON is YAML too, and has no traps of quoting."""
    eth0: dict[str, t.Any] = {"dhcp4": True}
    if seed.is_static:
        eth0 = {
            "dhcp4": False,
            "addresses": [seed.address],
            "routes": [{"to": "default", "via": seed.gateway}],
            "nameservers": {"addresses": list(seed.dns)},
        }
    login: dict[str, t.Any] = {"name": seed.user, "lock_passwd": True, "ssh_authorized_keys": list(seed.keys)}
    if seed.user != "root":
        login |= {"groups": "sudo", "shell": "/bin/bash", "sudo": "ALL=(ALL) NOPASSWD:ALL"}
    user_data = {
        "hostname": seed.hostname,
        "preserve_hostname": False,
        "users": [login],
        "disable_root": seed.user != "root",
        "ssh_pwauth": False,
        "package_update": False,
        "package_upgrade": False,
        "package_reboot_if_required": False,
        # Raspberry Pi OS ships sshd switched off.
        "runcmd": [["systemctl", "enable", "ssh"], ["systemctl", "start", "ssh"]],
    }
    files = {
        "network-config": _json({"network": {"version": 2, "ethernets": {"eth0": eth0}}}),
        "user-data": f"#cloud-config\n{_json(user_data)}",
    }
    # Another seed is another instance: cloud-init carries one out once.
    digest = hashlib.sha256("".join(files[name] for name in sorted(files)).encode()).hexdigest()
    meta = {"instance-id": f"{seed.hostname}-{digest[:12]}", "local-hostname": seed.hostname, "dsmode": "local"}
    return {name: {"meta-data": _json(meta), **files}[name] for name in _CLOUD_FILES}


def _json(value: t.Any) -> str:
    return json.dumps(value, indent=2, sort_keys=True) + "\n"


__all__ = (
    "AUTO",
    "CLOUD_INIT",
    "FOLDER",
    "FORMAT",
    "NODE_FILE",
    "NONE",
    "OURS",
    "Seed",
    "form_for",
    "seed_files",
    "seed_from",
)
