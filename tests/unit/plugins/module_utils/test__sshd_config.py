# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What sshd's files tell it, by its own rules: tables of what is heard, and from where."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _sshd_config as config

OURS = config.render("anna")
FOR, NEEDS = " for those that Match", " names, where the runbook needs"
KEYS = "authorizedkeysfile"


class Files(config.Source):
    """A source without a disk."""

    def __init__(self, files: dict[str, str]) -> None:
        super().__init__(files)
        self._files = files

    def read(self, path: str) -> str | None:
        return self._files.get(path)


def judged(files: dict[str, str], options: tuple[tuple[str, str], ...] = ()) -> list[str]:
    files = {config.MAIN: f"{config.INCLUDE}\n", config.DROP_IN: OURS, **files}
    return config.contradictions(config.load(config.MAIN, Files(files)), options, "anna")


def test_our_own_file_contradicts_nothing() -> None:
    assert judged({}) == []
    main = config.load(config.MAIN, Files({config.MAIN: config.INCLUDE, config.DROP_IN: OURS}))
    assert config.reads_drop_in(main)


@pytest.mark.parametrize(
    "files",
    [
        # The first value counts, and that is ours.
        {f"{config.FOLDER}/50-cloud-init.conf": "PasswordAuthentication yes\n"},
        {config.MAIN: f"{config.INCLUDE}\nPermitRootLogin yes\nX11Forwarding yes\n"},
        # Saying the same is no contradiction, in whatever case or place.
        {f"{config.FOLDER}/00-a.conf": "passwordauthentication  NO\n"},
        {f"{config.FOLDER}/70-x.conf": "Match User anna\n PasswordAuthentication=no\n"},
        {f"{config.FOLDER}/70-x.conf": 'AllowUsers "anna"\n'},
        # What the runbook does not speak of.
        {f"{config.FOLDER}/00-a.conf": "LogLevel VERBOSE\n#PasswordAuthentication yes\n"},
        {f"{config.FOLDER}/00-a.txt": "PasswordAuthentication yes\n"},
    ],
)
def test_what_is_not_heard_is_no_contradiction(files: dict[str, str]) -> None:
    assert judged(files) == []


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {f"{config.FOLDER}/00-a.conf": "\n# x\nPasswordAuthentication yes\n"},
            f"{config.FOLDER}/00-a.conf line 3 says 'passwordauthentication yes', where the runbook needs 'no'",
        ),
        (
            {config.MAIN: f"ChallengeResponseAuthentication=yes\n{config.INCLUDE}\n"},
            f"{config.MAIN} line 1 says 'kbdinteractiveauthentication yes', where the runbook needs 'no'",
        ),
        (
            {f"{config.FOLDER}/90-z.conf": "Match User x Address *\n\tPasswordAuthentication yes\n"},
            f"{config.FOLDER}/90-z.conf line 2 says 'passwordauthentication yes'{FOR} User x Address *{NEEDS} 'no'",
        ),
        (
            {config.MAIN: f"{config.INCLUDE}\nMatch all\nPermitRootLogin yes # only for now\n"},
            f"{config.MAIN} line 3 says 'permitrootlogin yes'{FOR} all{NEEDS} 'no'",
        ),
        # AllowUsers adds up over all files.
        (
            {f"{config.FOLDER}/90-z.conf": "AllowUsers anna mallory\n"},
            f"{config.FOLDER}/90-z.conf line 1 says 'allowusers anna mallory', where the runbook needs 'anna'",
        ),
        # A file that is included inside a Match block counts for that block.
        (
            {
                config.MAIN: f"{config.INCLUDE}\nMatch Group staff\nInclude more.conf\n",
                "/etc/ssh/more.conf": "AuthorizedKeysFile /tmp/keys\n",
            },
            f"/etc/ssh/more.conf line 1 says '{KEYS} /tmp/keys'{FOR} Group staff{NEEDS} '.ssh/authorized_keys'",
        ),
        # A name differs by its case too.
        (
            {f"{config.FOLDER}/90-z.conf": "AllowUsers Anna\n"},
            f"{config.FOLDER}/90-z.conf line 1 says 'allowusers Anna', where the runbook needs 'anna'",
        ),
    ],
)
def test_what_is_heard_is_named_by_file_and_line(files: dict[str, str], said: str) -> None:
    assert judged(files) == [said]


def test_a_match_block_ends_with_the_included_file_that_opened_it() -> None:
    files = {f"{config.FOLDER}/00-aa.conf": "Match User x\n", f"{config.FOLDER}/00-ab.conf": "PermitTunnel yes\n"}
    assert judged(files) == [f"{config.FOLDER}/00-ab.conf line 1 says 'permittunnel yes', where the runbook needs 'no'"]


def test_an_option_of_the_command_line_comes_before_all_files() -> None:
    (said,) = judged({}, (("passwordauthentication", "yes"), ("loglevel", "DEBUG"), ("permitrootlogin", "no")))
    assert said == "sshd is started with the option passwordauthentication=yes, in its unit or in SSHD_OPTS"


def test_what_a_node_wrote_is_shown_without_its_escape_sequences() -> None:
    (said,) = judged({f"{config.FOLDER}/00-a.conf": "AuthorizedKeysFile \x1b[2J\x1b]0;x\x07 y\n"})
    assert "\x1b" not in said
    assert "\x07" not in said


@pytest.mark.parametrize(
    ("raw", "keyword", "words"),
    [
        ("Port 22", "port", ("22",)),
        ("  Port=22", "port", ("22",)),
        ("Port = 22 # x", "port", ("22",)),
        ('AllowUsers "a b" c', "allowusers", ("a b", "c")),
        ("# Port 22", "", ()),
        ("", "", ()),
        ("\t", "", ()),
        ("SkeyAuthentication yes", "kbdinteractiveauthentication", ("yes",)),
    ],
)
def test_lines_are_split_as_sshd_splits_them(raw: str, keyword: str, words: tuple[str, ...]) -> None:
    assert config.split(raw) == (keyword, words)


def test_files_that_include_each_other_are_an_error() -> None:
    files = Files({config.MAIN: "Include loop.conf\n", "/etc/ssh/loop.conf": "Include loop.conf\n"})
    with pytest.raises(config.SshdConfigError, match=r"loop\.conf is included 17 files deep; sshd stops at 16"):
        config.load(config.MAIN, files)


def test_a_main_file_that_is_missing_is_an_error() -> None:
    with pytest.raises(config.SshdConfigError, match="/etc/ssh/sshd_config is not there"):
        config.load(config.MAIN, Files({}))


@pytest.mark.parametrize(
    ("main", "reads"),
    [
        (f"{config.INCLUDE}\n", True),
        ("Include /etc/ssh/sshd_config.d/*.conf /etc/other/*\n", True),
        (f"Match all\n{config.INCLUDE}\n", False),
        (f"#{config.INCLUDE}\n", False),
        ("Port 22\n", False),
    ],
)
def test_whether_our_file_is_read(main: str, reads: bool) -> None:  # noqa: FBT001 -- a table
    files = Files({config.MAIN: main, config.DROP_IN: OURS})
    assert config.reads_drop_in(config.load(config.MAIN, files)) is reads
    files = Files({config.MAIN: config.with_include(main), config.DROP_IN: OURS})
    assert config.reads_drop_in(config.load(config.MAIN, files))


def test_a_mirror_says_the_same_under_other_names(tmp_path: pathlib.Path) -> None:
    files = {
        config.MAIN: f"Port 22\n{config.INCLUDE}\nInclude none/*.conf\nUsePAM yes\n",
        config.DROP_IN: OURS,
        f"{config.FOLDER}/10 b.conf": "Match User x\nPermitTTY no\n",
    }
    tree = config.load(config.MAIN, Files(files))
    copy = config.load(config.mirror(tree, str(tmp_path)), config.Source())
    assert [(line.keyword, line.words, line.match, line.number) for line in copy.in_order()] == [
        (line.keyword, line.words, line.match, line.number) for line in tree.in_order()
    ]
    assert all(path.stat().st_mode & 0o77 == 0 for path in tmp_path.iterdir())
    said = f"{tmp_path}/0002-00-ai-systems-runbook.conf: line 3: bad"
    assert config.original_names(said, tree) == f"{config.DROP_IN}: line 3: bad"


def test_what_is_in_force_is_compared_with_what_must_be() -> None:
    text = "".join(f"{keyword} {value}\n" for keyword, value in config.wanted("anna").items())
    assert config.not_in_force(config.parse_effective(text), "anna") == []
    loose = text.replace("passwordauthentication no", "passwordauthentication yes") + "allowusers mallory\n"
    assert config.not_in_force(config.parse_effective(loose), "anna") == [
        "allowusers is 'anna and mallory' instead of 'anna'",
        "passwordauthentication is 'yes' instead of 'no'",
    ]


def test_the_issues_settings_are_all_there() -> None:
    must = config.wanted("anna")
    for keyword in (
        *("passwordauthentication", "kbdinteractiveauthentication", "permitrootlogin", "allowagentforwarding"),
        *("allowtcpforwarding", "x11forwarding", "permittunnel", "gatewayports", "allowstreamlocalforwarding"),
        "permituserenvironment",
    ):
        assert must[keyword] == "no"
    assert (must["allowusers"], must["authenticationmethods"]) == ("anna", "publickey")
