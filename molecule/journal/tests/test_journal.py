# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runbook 4.4 on a real node: what is said is on the disk, and within bounds."""

from __future__ import annotations

import uuid

from testinfra.host import Host

DROP_IN = "/etc/systemd/journald.conf.d/99-ai-systems-runbook.conf"


def own_journal(host: Host) -> str:
    return f"/var/log/journal/{host.file('/etc/machine-id').content_string.strip()}/system.journal"


def test_the_drop_in_is_the_last_word_and_roots(host: Host) -> None:
    file = host.file(DROP_IN)
    assert (file.user, file.group, file.mode) == ("root", "root", 0o644)
    said = host.check_output("systemd-analyze cat-config systemd/journald.conf").splitlines()
    settings = dict(line.split("=", 1) for line in said if "=" in line and not line.startswith("#"))
    assert (settings["Storage"], settings["SystemMaxUse"], settings["SystemKeepFree"]) == ("persistent", "500M", "1G")
    assert said.index(f"# {DROP_IN}") == max(number for number, line in enumerate(said) if line.startswith("# /etc/"))


def test_the_folder_is_journalds(host: Host) -> None:
    folder = host.file("/var/log/journal")
    assert (folder.user, folder.group, folder.mode) == ("root", "systemd-journal", 0o2755)


def test_journald_writes_to_the_disk_now(host: Host) -> None:
    pid = host.check_output("systemctl show --property=MainPID --value systemd-journald.service")
    opened = host.check_output(f"find /proc/{pid}/fd -lname '*.journal' -printf '%l\\n'").splitlines()
    assert own_journal(host) in opened
    assert not [path for path in opened if path.startswith("/run/")]


def test_a_message_arrives_there(host: Host) -> None:
    word = uuid.uuid4().hex
    host.check_output(f"logger -t mol-journal {word} && journalctl --sync")
    assert (
        host.check_output(f"journalctl --quiet --output=cat --file={own_journal(host)} -t mol-journal -g {word}")
        == word
    )


def test_nothing_failed(host: Host) -> None:
    assert host.check_output("systemctl list-units --failed --no-legend --plain") == ""
