from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _updates_settings
from ansible_collections.ai_systems.runbook.plugins.module_utils._findings import Finding
from ansible_collections.ai_systems.runbook.plugins.module_utils._guardrails_apt import TEXT
from ansible_collections.ai_systems.runbook.plugins.module_utils._node_view import ViewError
from tests.units_view import USR, units_view
from tests.view import view

DUMP = ("apt-config", "dump")
EEPROM = "/usr/bin/rpi-eeprom-config"


def told(found: t.Iterable[Finding]) -> list[tuple[str, str]]:
    return [(one.verdict, one.subject) for one in found]


class TestApt:
    def test_silence_where_it_is_off(self, tmp_path: pathlib.Path) -> None:
        assert told(_updates_settings.apt(view(tmp_path, commands={DUMP: TEXT}))) == []

    def test_each_setting_has_a_remedy_that_settles_it(self, tmp_path: pathlib.Path) -> None:
        dump = 'APT::Periodic::Enable "0";\nUnattended-Upgrade::Automatic-Reboot "true";\n'
        [found] = _updates_settings.apt(view(tmp_path, commands={DUMP: dump}))
        assert found.subject == "Unattended-Upgrade::Automatic-Reboot"
        setting = """echo "Unattended-Upgrade::Automatic-Reboot \\"false\\";\""""
        assert found.remedy == f"'{setting} >> /etc/apt/apt.conf.d/zz-ai-systems-runbook'"

    def test_an_apt_that_does_not_answer_is_no_ok(self, tmp_path: pathlib.Path) -> None:
        with pytest.raises(ViewError):
            told(_updates_settings.apt(view(tmp_path)))


def test_cloud_init(tmp_path: pathlib.Path) -> None:
    files = {f"{USR}/cloud-init-main.service": "", "/boot/firmware/user-data": "package_upgrade: true\n"}
    [found] = _updates_settings.cloud_init(view(tmp_path / "on", files=files))
    assert (found.verdict, found.subject) == ("violation", "cloud-init")
    assert "package_upgrade in /boot/firmware/user-data" in found.evidence
    off = {**files, "/etc/cloud/cloud-init.disabled": ""}
    assert told(_updates_settings.cloud_init(view(tmp_path / "off", files=off))) == []


def test_needrestart(tmp_path: pathlib.Path) -> None:
    files = {"/etc/needrestart/needrestart.conf": "$nrconf{restart} = 'a';\n"}
    [found] = _updates_settings.needrestart(view(tmp_path, files=files))
    assert found.remedy.count("'") == 2
    assert told(_updates_settings.needrestart(view(tmp_path / "none"))) == []


def test_prepared_updates(tmp_path: pathlib.Path) -> None:
    files = {"/boot/firmware/pieeprom.upd": "x"}
    found = list(_updates_settings.prepared(view(tmp_path, links={"/system-update": "/x"}, files=files)))
    assert told(found) == [("violation", "/system-update"), ("violation", "/boot/firmware/pieeprom.upd")]
    assert found[0].remedy == "'rm -- /system-update'"


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("[all]\nBOOT_UART=0\n", [("info", "boot loader")]),
        ("[all]\nFREEZE_VERSION=1\n", []),
        ((1, "", "no vcgencmd"), []),
        ("", []),
    ],
)
def test_the_boot_loader(tmp_path: pathlib.Path, answer: t.Any, found: list[tuple[str, str]]) -> None:
    node = view(tmp_path, files={EEPROM: ""}, commands={(EEPROM,): answer})
    assert told(_updates_settings.eeprom(node)) == found


def test_a_node_without_such_a_boot_loader(tmp_path: pathlib.Path) -> None:
    assert told(_updates_settings.eeprom(view(tmp_path))) == []


class TestContainers:
    QUADLET: t.ClassVar = {"/etc/containers/systemd/web.container": "[Container]\nImage=x\nAutoUpdate=registry\n"}

    def test_what_asks_for_newer_images_while_nobody_looks(self, tmp_path: pathlib.Path) -> None:
        found = _updates_settings.container_updates(units_view(tmp_path, files=self.QUADLET))
        assert told(found) == [("info", "/etc/containers/systemd/web.container")]

    def test_the_same_with_podmans_timer(self, tmp_path: pathlib.Path) -> None:
        timer = "podman-auto-update.timer"
        node = units_view(
            tmp_path,
            files={**self.QUADLET, f"{USR}/{timer}": "[Timer]\nOnCalendar=daily\n"},
            loaded={timer: {"ActiveState": "active", "UnitFileState": "enabled"}},
        )
        found = list(_updates_settings.container_updates(node))
        assert told(found) == [("violation", "/etc/containers/systemd/web.container")]

    @pytest.mark.parametrize(("name", "is_found"), [("watchtower", True), ("my_watchtower_1", True), ("watch", False)])
    def test_a_container_that_replaces_others(self, tmp_path: pathlib.Path, name: str, *, is_found: bool) -> None:
        one = "a" * 64
        folder = f"/var/lib/docker/containers/{one}"
        files = {
            f"{folder}/config.v2.json": f'{{"Name": "/{name}", "Config": {{"Labels": {{}}}}}}',
            f"{folder}/hostconfig.json": '{"RestartPolicy": {"Name": "no"}}',
        }
        found = told(_updates_settings.container_updates(units_view(tmp_path, files=files)))
        assert found == ([("violation", f"container {name}")] if is_found else [])


def test_an_updater_of_containers_is_known_by_its_name_and_a_quadlet_by_its_line() -> None:
    names = ("containrrr/watchtower", "postgres")
    assert [_updates_settings.is_container_updater(name) for name in names] == [True, False]
    texts = ("[Container]\nAutoUpdate=Registry\n", "[Container]\n#AutoUpdate=registry\n")
    assert [_updates_settings.quadlet_update(text) for text in texts] == ["registry", ""]
