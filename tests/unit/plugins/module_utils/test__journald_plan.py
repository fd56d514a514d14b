"""What must change so that the journal is kept, as tables."""

from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._files import Metadata
from ansible_collections.ai_systems.runbook.plugins.module_utils._journald_config import (
    DROP_IN,
    Configuration,
    Setting,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._journald_plan import (
    JOURNAL,
    JOURNALD,
    JournalState,
    Wanted,
    decide,
    overridden,
    overriding,
    why_not_bounds,
)

WANTED = Wanted("500M", "1G", "0")
GOOD = JournalState(
    text=WANTED.text,
    drop_in=Metadata("file", 0o644, 0, 0),
    folder=Metadata("folder", 0o2755, 0, 999),
    group=999,
    runs=True,
    writes_to=("/var/log/journal/1/system.journal",),
    is_persistent=True,
    has_read=True,
)
WRITE, CREATE = (DROP_IN, "write"), (JOURNAL, "create")
OWNER, FOLDER_OWNER = (DROP_IN, "set owner and mode"), (JOURNAL, "set owner and mode")
TAKE_UP, START = (JOURNALD, "stop and start"), (JOURNALD, "start")


def test_what_is_right_needs_nothing() -> None:
    assert decide(WANTED, GOOD) == []


@pytest.mark.parametrize(
    ("state", "changes"),
    [
        (GOOD._replace(text=None, drop_in=None), [WRITE, TAKE_UP]),
        (GOOD._replace(text="[Journal]\n"), [WRITE, TAKE_UP]),
        (GOOD._replace(text=None, drop_in=Metadata("link", 0o777, 0, 0)), [WRITE, TAKE_UP]),
        (GOOD._replace(drop_in=Metadata("file", 0o666, 0, 0)), [OWNER]),
        (GOOD._replace(drop_in=Metadata("file", 0o644, 1000, 0)), [OWNER]),
        (GOOD._replace(folder=None), [CREATE, TAKE_UP]),
        (GOOD._replace(folder=Metadata("folder", 0o755, 0, 999)), [FOLDER_OWNER]),
        (GOOD._replace(folder=Metadata("folder", 0o2755, 0, 0)), [FOLDER_OWNER]),
        (GOOD._replace(has_read=False), [TAKE_UP]),
        (GOOD._replace(is_persistent=False, writes_to=()), [TAKE_UP]),
        (GOOD._replace(runs=False, is_persistent=False, writes_to=()), [START]),
        (GOOD._replace(text=None, drop_in=None, folder=None, runs=False), [WRITE, CREATE, START]),
    ],
)
def test_each_difference_is_one_change_and_journald_comes_last(
    state: JournalState, changes: list[tuple[str, str]]
) -> None:
    assert [(change.subject, change.action) for change in decide(WANTED, state)] == changes


def test_the_diff_says_what_journald_does_and_will_do() -> None:
    state = GOOD._replace(is_persistent=False, has_read=False, writes_to=("/run/log/journal/1/\x1bsystem.journal",))
    (change,) = decide(WANTED, state)
    assert change.before == (
        "writes to /run/log/journal/1/\\x1bsystem.journal\nhas not read its configuration since it was changed\n"
    )
    assert change.after == "writes to /var/log/journal by its configuration\n"


def test_the_drop_in_says_where_how_much_and_that_no_level_is_dropped() -> None:
    assert WANTED.text.splitlines()[1:] == [
        "[Journal]",
        "Storage=persistent",
        "SystemMaxUse=500M",
        "SystemKeepFree=1G",
        "MaxRetentionSec=0",
        "MaxLevelStore=debug",
    ]


def setting(key: str, value: str, file: str = "/f") -> Setting:
    return Setting(key, value, file, 2)


def test_what_says_otherwise_after_ours_is_found_and_what_says_the_same_is_not() -> None:
    volatile, level = setting("Storage", "volatile"), setting("MaxLevelStore", "err")
    after = (setting("Storage", "persistent"), volatile, setting("Compress", "no"), level, setting("SystemMaxUse", ""))
    assert overriding(WANTED, Configuration((), after, 0)) == [volatile, level, after[-1]]


def test_what_ours_overrides_is_the_last_word_before_it() -> None:
    before = (
        setting("Storage", "none", "/a"),
        setting("Storage", "volatile", "/b"),
        setting("Storage", "", "/c"),
        setting("SystemMaxUse", "1G", "/a"),
        setting("SystemMaxUse", "500M", "/b"),
        setting("Compress", "no"),
    )
    assert overridden(WANTED, Configuration(before, (), 0)) == [before[1]]


@pytest.mark.parametrize(
    "wanted",
    [WANTED, Wanted("64M", "0", "6month"), Wanted("65536K", "99999T", "1h"), Wanted("1G", "1K", "9999day")],
)
def test_good_bounds(wanted: Wanted) -> None:
    assert why_not_bounds(wanted) == ""


@pytest.mark.parametrize(
    "value", ["", "500", "0", "500MB", "500m", "-1G", "1.5G", "05M", "100000K", "1G\nStorage=none"]
)
def test_what_is_no_size_is_named_with_its_variable(value: str) -> None:
    assert why_not_bounds(WANTED._replace(max_use=value)).startswith(f"journal_system_max_use {value!r} is no size")
    if value != "0":
        said = why_not_bounds(WANTED._replace(keep_free=value))
        assert said.startswith(f"journal_system_keep_free {value!r} is no size")


@pytest.mark.parametrize("value", ["63M", "65535K", "1K"])
def test_a_journal_in_which_nothing_can_be_found_is_refused(value: str) -> None:
    assert "give at least '64M'" in why_not_bounds(WANTED._replace(max_use=value))


@pytest.mark.parametrize("value", ["", "1", "1 month", "month", "0day", "1m", "10000day", "1week 2day", "infinity"])
def test_what_is_no_age_is_named(value: str) -> None:
    said = why_not_bounds(WANTED._replace(max_retention=value))
    assert said.startswith(f"journal_max_retention {value!r} is no age")
