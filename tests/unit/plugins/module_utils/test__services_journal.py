"""Whether the node keeps its journal."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _services_journal as journal
from ansible_collections.ai_systems.runbook.plugins.module_utils._node_view import NodeView
from tests.units_view import command, units_view

ID = "0123456789abcdef0123456789abcdef"
OWN = f"/var/log/journal/{ID}/system.journal"
ASKED = ("journalctl", "--no-pager", "--quiet", "--lines=1", "--output=cat")
UP = {"systemd-journald.service": {"MainPID": "7"}}


def node(folder: pathlib.Path, files: t.Mapping[str, str] | None = None, **more: t.Any) -> NodeView:
    given = {"/etc/machine-id": f"{ID}\n", OWN: "", **(files or {})}
    return units_view(folder, files=given, **{"loaded": UP, "links": {"/proc/7/fd/3": OWN}, **more})


def test_a_journal_that_is_kept_is_silent(tmp_path: pathlib.Path) -> None:
    files = {"/etc/systemd/journald.conf.d/99-ai-systems-runbook.conf": "[Journal]\nStorage=persistent\n"}
    kept = node(tmp_path, files, commands={ASKED: "hello\n"})
    assert [*journal.configuration(kept), *journal.writes(kept), *journal.reachable(kept)] == []


@pytest.mark.parametrize(
    ("name", "text", "subject"),
    [
        ("zz.conf", "[Journal]\nStorage=volatile\n", "journald Storage"),
        ("zz.conf", "[Journal]\nStorage=none\n", "journald Storage"),
        ("10-a.conf", "[Journal]\nStorage=volatile\n", ""),
        ("zz.conf", "[Journal]\nStorage=auto\n", ""),
        ("zz.conf", "[Journal]\nMaxLevelStore=notice\n", "journald MaxLevelStore"),
        ("zz.conf", "[Journal]\nMaxLevelStore=info\n", ""),
        ("zz.conf", "[Journal\n", "journald configuration"),
    ],
)
def test_what_the_configuration_makes_of_it(tmp_path: pathlib.Path, name: str, text: str, subject: str) -> None:
    files = {
        "/etc/systemd/journald.conf.d/99-ai-systems-runbook.conf": "[Journal]\nStorage=persistent\n",
        f"/etc/systemd/journald.conf.d/{name}": text,
    }
    found = list(journal.configuration(node(tmp_path, files)))
    assert [one.subject for one in found] == ([subject] if subject else [])
    assert str(tmp_path) not in str(found)
    if subject and "configuration" not in subject:
        assert command(found[0]).startswith(f"sed -i -e 2d -- /etc/systemd/journald.conf.d/{name} && systemctl stop ")


def test_without_a_folder_and_a_word_it_is_kept_in_memory(tmp_path: pathlib.Path) -> None:
    (one,) = journal.configuration(units_view(tmp_path))
    assert (one.subject, command(one).partition(" &&")[0]) == ("journald Storage", "mkdir -m 2755 /var/log/journal")


def test_a_packages_word_is_outsorted_by_the_role(tmp_path: pathlib.Path) -> None:
    files = {"/usr/lib/systemd/journald.conf.d/40-rpi-volatile-storage.conf": "[Journal]\nStorage=volatile\n"}
    (one,) = journal.configuration(node(tmp_path, files))
    assert one.remedy == "run services.yml with --tags journal"


@pytest.mark.parametrize(
    ("more", "subject"),
    [
        ({"loaded": {}}, "systemd-journald.service"),
        ({"loaded": {"systemd-journald.service": {"MainPID": "x"}}}, "systemd-journald.service"),
        ({"links": {"/proc/7/fd/3": f"/run/log/journal/{ID}/system.journal"}}, "journald writes"),
        ({"links": {}}, "journald writes"),
        ({"files": {"/etc/machine-id": "uninitialized\n"}}, "/etc/machine-id"),
    ],
)
def test_a_journald_that_does_not_write(tmp_path: pathlib.Path, more: dict[str, t.Any], subject: str) -> None:
    assert [one.subject for one in journal.writes(node(tmp_path, **more))] == [subject]


def test_a_journal_on_what_a_reboot_empties(tmp_path: pathlib.Path) -> None:
    line = "9 1 0:1 / /var/log rw,relatime shared:1 - tmpfs tmpfs rw\n"
    (one,) = journal.writes(node(tmp_path, {"/proc/self/mountinfo": line}))
    assert (one.subject, "tmpfs" in one.evidence) == ("journal in memory", True)


def test_a_journalctl_that_fails_and_journals_of_their_own(tmp_path: pathlib.Path) -> None:
    files = {"/etc/systemd/journald@web.conf": ""}
    found = journal.reachable(node(tmp_path, files, commands={ASKED: (1, "", "no permission")}))
    assert [one.subject for one in found] == ["journalctl", "/etc/systemd/journald@web.conf"]
