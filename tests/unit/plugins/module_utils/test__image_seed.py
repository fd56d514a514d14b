from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._image_seed import (
    CLOUD_INIT,
    NODE_FILE,
    NONE,
    OURS,
    form_for,
    seed_files,
    seed_from,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHIGLmR/X+KVyqH8vnauvnw8vsNkFJlGgTBVfnVyXhie anna@desk"
DECLARED: dict[str, t.Any] = {
    "name": "n1",
    "hostname": "greenhouse-1",
    "assignment": "static",
    "address": "192.0.2.11/24",
    "gateway": "192.0.2.1",
    "dns": ["192.0.2.1", "198.51.100.1"],
    "user": "debian",
    "authorized_keys": [KEY],
}


def test_our_own_form() -> None:
    files = seed_files(seed_from(DECLARED), OURS)
    assert list(files) == [NODE_FILE]
    assert json.loads(files[NODE_FILE]) == {
        "format": 1,
        "hostname": "greenhouse-1",
        "network": {
            "assignment": "static",
            "address": "192.0.2.11/24",
            "gateway": "192.0.2.1",
            "dns": ["192.0.2.1", "198.51.100.1"],
        },
        "bootstrap": {"user": "debian", "authorized_keys": [KEY]},
    }


def test_a_reserved_address_is_asked_of_dhcp() -> None:
    seed = seed_from({**DECLARED, "assignment": "reservation", "address": "", "gateway": "", "dns": []})
    assert json.loads(seed_files(seed, OURS)[NODE_FILE])["network"] == {"assignment": "dhcp"}
    network = json.loads(seed_files(seed, CLOUD_INIT)["network-config"])
    assert network == {"network": {"version": 2, "ethernets": {"eth0": {"dhcp4": True}}}}


def test_the_declared_servers_are_told_with_dhcp_too() -> None:
    seed = seed_from({**DECLARED, "assignment": "reservation", "address": "", "gateway": ""})
    told = json.loads(seed_files(seed, OURS)[NODE_FILE])["network"]
    assert told == {"assignment": "dhcp", "dns": ["192.0.2.1", "198.51.100.1"]}
    with pytest.raises(StepError, match="network_dns 'x' is not an IPv4 address"):
        seed_from({**DECLARED, "assignment": "reservation", "address": "", "gateway": "", "dns": ["x"]})


def test_cloud_init_gets_a_login_by_key_and_no_update() -> None:
    files = seed_files(seed_from(DECLARED), CLOUD_INIT)
    assert sorted(files) == ["meta-data", "network-config", "user-data"]
    first, _newline, rest = files["user-data"].partition("\n")
    assert first == "#cloud-config"
    user_data = json.loads(rest)
    [login] = user_data["users"]
    assert (login["name"], login["lock_passwd"], login["ssh_authorized_keys"]) == ("debian", True, [KEY])
    assert not any(user_data[f"package_{name}"] for name in ("update", "upgrade", "reboot_if_required"))
    assert user_data["ssh_pwauth"] is False
    ethernet = json.loads(files["network-config"])["network"]["ethernets"]["eth0"]
    assert ethernet["addresses"] == ["192.0.2.11/24"]
    assert ethernet["routes"] == [{"to": "default", "via": "192.0.2.1"}]
    assert "passwd" not in "".join(files.values()).replace("lock_passwd", "")


def test_another_seed_is_another_instance() -> None:
    def instance(**change: t.Any) -> str:
        return str(json.loads(seed_files(seed_from({**DECLARED, **change}), CLOUD_INIT)["meta-data"])["instance-id"])

    assert instance() == instance()
    assert instance() != instance(address="192.0.2.12/24")
    assert instance().startswith("greenhouse-1-")


def test_root_needs_no_sudo() -> None:
    files = seed_files(seed_from({**DECLARED, "user": "root"}), CLOUD_INIT)
    user_data = json.loads(files["user-data"].partition("\n")[2])
    assert user_data["disable_root"] is False
    assert "sudo" not in user_data["users"][0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"hostname": "Green house"}, "hostname_name 'Green house' cannot be a hostname"),
        ({"address": "192.0.2.11"}, "network_address"),
        ({"gateway": "198.51.100.1"}, "network_gateway"),
        ({"dns": []}, "network_dns"),
        ({"user": "no such: user"}, "runbook_bootstrap_user"),
        ({"authorized_keys": []}, "flash_bootstrap_keys cannot be used: it is empty"),
        ({"authorized_keys": ["-----BEGIN OPENSSH PRIVATE KEY-----"]}, "flash_bootstrap_keys cannot be used: entry 1"),
    ],
)
def test_what_cannot_be_told_is_refused(change: dict[str, t.Any], said: str) -> None:
    with pytest.raises(StepError, match="n1 cannot be told at its first boot what it is") as caught:
        seed_from({**DECLARED, **change})
    assert said in str(caught.value)


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(StepError) as caught:
        seed_from({**DECLARED, "hostname": "_", "address": "x", "authorized_keys": []})
    assert str(caught.value).count(";") >= 3


@pytest.mark.parametrize(
    ("asked", "names", "form"),
    [
        ("auto", ["kernel.img", "runbook-seed"], OURS),
        ("auto", ["RUNBOOK-SEED"], OURS),
        ("auto", ["cmdline.txt", "meta-data", "network-config", "user-data"], CLOUD_INIT),
        ("none", [], NONE),
        ("cloud-init", ["runbook-seed"], CLOUD_INIT),
    ],
)
def test_the_image_shows_how_it_is_told(asked: str, names: list[str], form: str) -> None:
    assert form_for(asked, names) == form


def test_an_image_that_cannot_be_told_anything_is_refused() -> None:
    with pytest.raises(StepError, match="has neither runbook-seed/ nor cloud-init's user-data"):
        form_for("auto", ["kernel.img", "user-data"])


def test_nothing_is_told_where_nothing_is_to_be() -> None:
    assert seed_files(seed_from(DECLARED), NONE) == {}
