"""What enrollment refuses before it asks the node for anything."""

from __future__ import annotations

import pathlib
import types
import typing as t

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.ai_systems.runbook.plugins.action import enroll
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _baseline as baselines
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _pins as pins
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._baseline_difference import Difference
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._image_manifest import Manifest


def plugin(host: str = "192.0.2.10", port: int | None = None, transport: str = "ssh") -> enroll.ActionModule:
    action = enroll.ActionModule.__new__(enroll.ActionModule)
    options = {"host": host, "port": port}
    connection = types.SimpleNamespace(transport=transport, get_option=options.__getitem__)
    action._connection = connection  # type: ignore[assignment]
    return action


@pytest.mark.parametrize("transport", ["ssh", "ansible.builtin.ssh"])
def test_an_endpoint_is_address_and_port(transport: str) -> None:
    assert plugin(transport=transport)._endpoint("n") == ("192.0.2.10", 22)
    assert plugin(port=2222)._endpoint("n") == ("192.0.2.10", 2222)


@pytest.mark.parametrize(
    ("node", "options", "said"),
    [
        ("n", {"transport": "local"}, "connection 'local'"),
        ("n", {"host": "-oProxyCommand=reboot"}, "is no address"),
        ("n", {"host": "a b"}, "is no address"),
        ("n", {"host": ""}, "is no address"),
        ("../../etc/x", {}, "cannot name a file"),
        (".hidden", {}, "cannot name a file"),
        ("a\x1b[2J", {}, "cannot name a file"),
    ],
)
def test_what_cannot_be_enrolled_is_named(node: str, options: dict[str, t.Any], said: str) -> None:
    with pytest.raises(AnsibleActionFail) as caught:
        plugin(**options)._endpoint(node)
    assert said in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_two_names_for_one_address_are_told() -> None:
    variables = {
        "groups": {"all": ["a", "b", "c"]},
        "hostvars": {"a": {"ansible_host": "192.0.2.10"}, "b": {"ansible_host": "192.0.2.10"}, "c": {}},
    }
    with pytest.raises(AnsibleActionFail, match="a and b have one address"):
        plugin()._require_own_address("a", "192.0.2.10", variables)
    variables["hostvars"]["b"]["ansible_port"] = 2222  # type: ignore[index]
    plugin()._require_own_address("a", "192.0.2.10", variables)


def test_card_and_fingerprint_are_not_both_believed() -> None:
    action = plugin()
    action._task = types.SimpleNamespace(args={"card": "/dev/x", "fingerprint": "SHA256:x"})  # type: ignore[assignment]
    with pytest.raises(AnsibleActionFail, match="both card=/dev/x and fingerprint= say which host key n has"):
        action._card("n")


@pytest.mark.parametrize(
    ("operator", "is_bootstrap", "recorded", "fresh"),
    [
        ("anna", True, "", True),
        ("anna", False, "", False),
        # One account for both tells nothing; then what is recorded does.
        ("debian", False, "", True),
        ("debian", False, "same", False),
    ],
)
def test_a_node_is_fresh_as_long_as_its_images_login_gets_in(
    tmp_path: pathlib.Path, *, operator: str, is_bootstrap: bool, recorded: str, fresh: bool
) -> None:
    baseline: dict[str, t.Any] = {"packages": {"a": "1"}, "enabled_units": [], "accounts": {}}
    manifest = Manifest(tmp_path / "m", "x.img", "a" * 64, baseline)
    if recorded:
        (tmp_path / "n.json").write_text(baselines.to_text(baseline))
    action = plugin()
    args = {"operator": operator, "bootstrap": "debian", "baselines_dir": str(tmp_path)}
    action._task = types.SimpleNamespace(args=args)  # type: ignore[assignment]
    assert action._is_fresh("n", manifest, {"is_bootstrap": is_bootstrap}) is fresh


def test_few_differences_are_told_in_the_sentence() -> None:
    found = [Difference(f"package p{number} is on the node only", suspicious=True) for number in range(7)]
    assert enroll._told(found).endswith("package p4 is on the node only and 2 more")
    assert enroll._told(found[:1]) == "package p0 is on the node only"


def test_a_revoked_key_is_never_pinned_again() -> None:
    blob = "AAAAC3NzaC1lZDI1NTE5AAAAIHltCXp9kO0aa8FOezC844IGbtR8/7KPb6E2oWepoUMw"
    text = f"@revoked * ssh-ed25519 {blob} old (192.0.2.1), decommissioned 2026-11-26\n"
    key = pins.HostKey("ssh-ed25519", blob)
    with pytest.raises(pins.PinError, match=r"n1 shows the host key SHA256:.* revoked \(old .*its card was not wiped"):
        enroll._refuse_revoked("n1", [key], text)
    enroll._refuse_revoked("n1", [key], f"192.0.2.1 ssh-ed25519 {blob} n1\n")


def test_a_baseline_is_put_in_place_whole(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "new" / "n.json"
    enroll._write_baseline(path, "{}\n")
    assert path.read_text() == "{}\n"
    assert path.stat().st_mode & 0o777 == 0o644
    assert [entry.name for entry in path.parent.iterdir()] == ["n.json"]
    assert enroll._read_baseline(tmp_path / "none.json") == ""
    with pytest.raises(AnsibleActionFail, match="is no baseline"):
        enroll._read_baseline(path)
