from __future__ import annotations

import pathlib
import subprocess

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._secret_findings import (
    Repository,
    not_looked_at,
    of_exempt,
    of_seen,
    of_snakeoil,
    remedy,
    shell_word,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._secret_look import Seen
from ansible_collections.ai_systems.runbook.plugins.module_utils._secret_mounts import Mount
from ansible_collections.ai_systems.runbook.plugins.module_utils._secret_places import EXEMPT
from ansible_collections.ai_systems.runbook.plugins.module_utils._secret_scan import Scan, Unread
from ansible_collections.ai_systems.runbook.plugins.module_utils._walk import Missed

NONE = Repository()


def seen(
    path: str = "/etc/x",
    lines: tuple[tuple[int, int], ...] = ((3, 3),),
    *,
    is_file: bool = False,
    kind: str = "settings",
) -> Seen:
    return Seen(path, "jwt", "high", "a signed JSON Web Token", lines, ("0123456789ab",), is_file, kind)


def test_a_finding_says_where_and_never_what() -> None:
    one = of_seen(seen(), NONE)
    assert one.subject == "/etc/x jwt"
    assert one.evidence == "line 3: a signed JSON Web Token, high (HMAC 0123456789ab)"
    assert one.remedy == "revoke it at its issuer, then 'sed -i \"3s/.*//\" -- /etc/x'"
    assert (one.clause, one.verdict) == ("6.3", "violation")


def test_the_subject_stays_when_lines_move() -> None:
    assert of_seen(seen(), NONE).fingerprint == of_seen(seen(lines=((9, 9),)), NONE).fingerprint


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (seen(lines=((3, 3), (5, 8))), "line 3, 5 to 8:"),
        (seen(lines=tuple((number, number) for number in range(1, 9))), "line 1, 2, 3, 4, 5 and 3 more:"),
        (seen(lines=(), is_file=True), "the file itself:"),
        (seen(lines=(), kind="binary"), "in its content:"),
    ],
)
def test_where(one: Seen, said: str) -> None:
    assert of_seen(one, NONE).evidence.startswith(said)


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (seen(is_file=True), "'rm -f -- /etc/x'"),
        (seen(lines=(), kind="packed"), "'rm -f -- /etc/x'"),
        (seen(lines=((1, 2), (7, 7))), "'sed -i \"1,2s/.*//;7s/.*//\" -- /etc/x'"),
        (seen("/home/op/a b (1)"), "-- /home/op/a\\ b\\ \\(1\\)'"),
        (seen(lines=(), kind="binary"), "have the program that wrote the file forget it"),
        (seen(lines=tuple((number, number) for number in range(1, 99))), "take each of the lines out"),
        (seen("/home/op/it's"), "remove it by hand"),
        (seen("/home/op/\x1b[2J"), "remove it by hand"),
        (seen("/home/op/\udcff"), "remove it by hand"),
        (seen("/home/op/a\nb"), "remove it by hand"),
    ],
)
def test_what_mends_it(one: Seen, said: str) -> None:
    assert said in remedy(one, NONE)
    assert remedy(one, NONE).startswith("revoke it at its issuer")
    assert ("'" in said) == ("'" in remedy(one, NONE))


def test_what_is_committed_goes_by_a_commit() -> None:
    repository = Repository("/home/op/ai", frozenset({"web/x.py"}))
    assert "with a commit" in remedy(seen("/home/op/ai/web/x.py"), repository)
    assert "sed -i" in remedy(seen("/home/op/ai/web/y.py"), repository)
    assert "sed -i" in remedy(seen("/home/op/ai-2/web/x.py"), repository)


@pytest.mark.parametrize("name", ["plain", "a b", 'a"b', "a$HOME", "a;b", "-x", "a\\b", "ä", "*", "a`b", "{a}", "~"])
def test_a_shell_takes_the_path_as_it_is(tmp_path: pathlib.Path, name: str) -> None:
    file = tmp_path / name
    file.write_text("one\ntwo\nthree\n")
    command = remedy(seen(str(file), ((2, 2),)), NONE).split("'")[1]
    subprocess.run(["/bin/sh", "-c", command], check=True)
    assert file.read_text() == "one\n\nthree\n"
    assert shell_word("/a b") == "/a\\ b"


def test_who_reads_what_must_be_there() -> None:
    host_key = of_exempt("/etc/ssh/ssh_host_rsa_key", EXEMPT[0], "its mode is 0644")
    assert host_key.remedy.startswith("'chown root:root -- /etc/ssh/ssh_host_rsa_key && chmod 600 -- /etc/ssh/")
    shadow = of_exempt("/etc/shadow", EXEMPT[1], "its mode is 0644")
    assert shadow.remedy.startswith("'chown root:shadow -- /etc/shadow && chmod 640 -- /etc/shadow'")
    assert of_snakeoil("/etc/ssl/private/ssl-cert-snakeoil.key").verdict == "info"


def test_what_was_not_looked_at_is_said() -> None:
    scan = Scan(
        [],
        [Missed("/srv", "the time for it was over at /srv/x")],
        [Unread("/a", "it cannot be read: I/O"), Unread("/b", "large", 9), Unread("/c", "large", 9, is_binary=True)],
        3,
        [Mount("/mnt/x", "nfs4", "0:1", "/")],
        1.0,
    )
    found = {one.subject: one.verdict for one in not_looked_at(scan)}
    assert found == {
        **dict.fromkeys(("/srv", "/a", "/b", "files"), "unknown"),
        **dict.fromkeys(("large files", "/mnt/x"), "info"),
    }


def test_hostile_names_are_shown_as_one_clean_line() -> None:
    one = of_seen(seen("/home/op/\x1b[2J\n{{ x }}" + "y" * 5000), NONE)
    assert "\x1b" not in one.subject
    assert "\n" not in one.subject
    assert len(one.subject) < 500
