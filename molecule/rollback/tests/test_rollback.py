"""Runbook 5.3 on a real node: what its service keeps is on the controller, byte for byte, and the node is as it was."""

from __future__ import annotations

import hashlib
import os
import pathlib
import tarfile

from testinfra.host import Host

KEPT = "/var/lib/greeter-report"


def archives() -> list[pathlib.Path]:
    return list(pathlib.Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]).glob("state/*/*.tar"))


def test_there_is_one_copy_though_the_role_ran_twice() -> None:
    [archive] = archives()
    assert archive.stat().st_mode & 0o777 == 0o600
    assert archive.with_suffix(".json").is_file()
    assert not list(archive.parent.glob("*.half"))


def test_it_holds_what_the_node_holds(host: Host) -> None:
    [archive] = archives()
    with tarfile.open(archive) as opened:
        member = opened.getmember(KEPT[1:])
        content = opened.extractfile(member)
        assert content
        assert hashlib.sha256(content.read()).hexdigest() == host.file(KEPT).sha256sum
    assert (member.uname, member.mode) == ("root", 0o600)


def test_the_node_has_what_it_had(host: Host) -> None:
    file = host.file(KEPT)
    assert (file.user, file.mode, file.content_string) == ("root", 0o600, "42 greetings\n")
