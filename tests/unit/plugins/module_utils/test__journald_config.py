"""Which files journald reads, in which order, and what it would stumble over."""

from __future__ import annotations

import os
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _journald_config as config
from ansible_collections.ai_systems.runbook.plugins.module_utils._journald_config import (
    DROP_IN,
    FOLDERS,
    JournaldConfigError,
    Setting,
    in_order,
    parse,
    read_configuration,
)

ETC, RUN, LOCAL, VENDOR = FOLDERS


class Root:
    """A folder in the place of /."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder

    def write(self, path: str, text: str = "[Journal]\n") -> pathlib.Path:
        file = self.at(path)
        file.write_text(text)
        return file

    def at(self, path: str) -> pathlib.Path:
        file = self.folder / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        return file

    def read(self) -> config.Configuration:
        return read_configuration(str(self.folder))


@pytest.fixture
def root(tmp_path: pathlib.Path) -> Root:
    return Root(tmp_path)


def test_drop_ins_are_sorted_by_name_across_folders_and_the_first_of_a_name_is_read() -> None:
    assert in_order(
        [
            (ETC, ["99-a.conf", "b.conf", ".hidden.conf", "b.conf~", "README"]),
            (RUN, ["b.conf", "Z.conf"]),
            (VENDOR, ["99-a.x.conf", "99-a-x.conf", "é.conf", "00.conf"]),
        ]
    ) == [
        f"{VENDOR}/00.conf",
        f"{VENDOR}/99-a-x.conf",
        f"{ETC}/99-a.conf",
        f"{VENDOR}/99-a.x.conf",
        f"{RUN}/Z.conf",
        f"{ETC}/b.conf",
        f"{VENDOR}/é.conf",
    ]


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("", []),
        ("Storage=auto\n", []),
        ("[Journal]\nStorage=auto\n", [("Storage", "auto", 2)]),
        ("\ufeff[Journal]\r\n Storage = auto \r\n", [("Storage", "auto", 2)]),
        ("[Journal]\n#Storage=none\n ;Storage=none\nStorage\n", []),
        ("[Journal]\nStorage=au\\\n#between\nto\n", [("Storage", "au to", 2)]),
        ("[Journal]\nStorage=a\\\\\nSeal=no", [("Storage", "a\\\\", 2), ("Seal", "no", 3)]),
        ("[Journal]\nStorage=auto\\", [("Storage", "auto", 2)]),
        ("[Other]\nStorage=none\n[Journal]\nA=b=c\n[journal]\nStorage=none\n", [("A", "b=c", 4)]),
    ],
)
def test_only_the_journal_section_counts(text: str, settings: list[tuple[str, str, int]]) -> None:
    assert parse("/f", text.encode()) == [Setting(key, value, "/f", line) for key, value, line in settings]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[Journal\n", "its line 1 is no whole section header"),
        (b"[Journal]\nA=\x1b[2J\n", "its line 2 has a control character"),
        (b"[Journal]\n#\0\nA=b\n", "its line 2 has a control character"),
        (b"[Journal]\n#x\rStorage=none\n", "its line 2 has a control character"),
        (b"[Journal]\n\nA=\xff\n", "its line 3 is not UTF-8"),
    ],
)
def test_what_systemd_gives_up_at_is_an_error_with_its_line(content: bytes, said: str) -> None:
    with pytest.raises(JournaldConfigError, match=r"^/f keeps journald from reading its configuration: ") as raised:
        parse("/f", content)
    assert said in str(raised.value)
    assert str(raised.value).isprintable()


def test_what_is_read_before_ours_and_what_after(root: Root) -> None:
    root.write("/etc/systemd/journald.conf", "[Journal]\nStorage=auto\n")
    root.write("/usr/lib/systemd/journald.conf", "[Journal]\nStorage=none\n")
    root.write(f"{VENDOR}/40-rpi-volatile-storage.conf", "[Journal]\nStorage=volatile\n")
    root.write(DROP_IN, "[Journal]\nStorage=persistent\n")
    root.write(f"{VENDOR}/{pathlib.Path(DROP_IN).name}", "[Journal]\nStorage=none\n")
    root.write(f"{RUN}/zz.conf", "[Journal]\nSystemMaxUse=1G\n")
    read = root.read()
    assert [str(one) for one in read.before] == [
        "Storage=auto in /etc/systemd/journald.conf",
        f"Storage=volatile in {VENDOR}/40-rpi-volatile-storage.conf",
    ]
    assert [str(one) for one in read.after] == [f"SystemMaxUse=1G in {RUN}/zz.conf"]


def test_without_a_main_file_in_etc_the_next_one_is_read(root: Root) -> None:
    root.at("/etc/systemd/journald.conf").symlink_to("nowhere")
    root.write("/usr/lib/systemd/journald.conf", "[Journal]\nStorage=none\n")
    assert [one.value for one in root.read().before] == ["none"]
    assert Root(root.folder / "empty").read() == config.Configuration((), (), 0.0)


@pytest.mark.parametrize("how", ["null", "dangling", "empty"])
def test_a_name_in_etc_hides_the_same_name_elsewhere(root: Root, how: str) -> None:
    root.write(f"{VENDOR}/zz.conf", "[Journal]\nStorage=volatile\n")
    assert root.read().after
    if how == "empty":
        root.write(f"{ETC}/zz.conf", "")
    else:
        root.at(f"{ETC}/zz.conf").symlink_to("/dev/null" if how == "null" else "nowhere")
    assert root.read().after == ()


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("fifo", "is not a regular file"),
        ("folder", "is not a regular file"),
        ("device", "is not a regular file"),
        ("loop", "it cannot be read (Too many levels of symbolic links)"),
        ("large", "is larger than 1048576 bytes"),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error_that_names_it(root: Root, how: str, said: str) -> None:
    file = root.at(f"{LOCAL}/50.conf")
    if how == "fifo":
        os.mkfifo(file)
    elif how == "folder":
        file.mkdir()
    elif how == "large":
        file.write_bytes(b"#" * 5_000_000)
    else:
        file.symlink_to("/dev/zero" if how == "device" else file)
    with pytest.raises(JournaldConfigError) as raised:
        root.read()
    assert str(raised.value) == (
        f"{LOCAL}/50.conf keeps journald from reading its configuration: {said}; mend or remove it on the node, then "
        "run again"
    )


def test_a_main_file_that_is_a_loop_is_an_error_too(root: Root) -> None:
    root.at("/etc/systemd/journald.conf").symlink_to("journald.conf")
    with pytest.raises(JournaldConfigError, match=r"journald\.conf keeps journald"):
        root.read()


def test_a_folder_that_is_none_is_an_error(root: Root) -> None:
    root.write(ETC)
    with pytest.raises(JournaldConfigError, match="it cannot be listed"):
        root.read()


def test_a_folder_of_thousands_is_not_read(root: Root) -> None:
    for number in range(config.MOST_FILES + 1):
        root.write(f"{ETC}/{number}.conf")
    with pytest.raises(JournaldConfigError, match="201 drop-ins of journald are more than the 200"):
        root.read()


def test_what_stands_where_ours_comes_is_not_read(root: Root) -> None:
    os.mkfifo(root.at(DROP_IN))
    assert root.read().before == ()


def test_the_newest_change_counts_also_of_a_folder(root: Root) -> None:
    file = root.write(f"{ETC}/50.conf")
    os.utime(file.parent, (1, 1))
    assert root.read().changed == file.stat().st_ctime
    os.utime(file.parent, (4e9, 4e9))
    assert root.read().changed == 4e9


def test_a_setting_is_shown_cleaned_and_short() -> None:
    shown = str(Setting("K", "\x1b[2J" + "x" * 500, "/f\n", 1))
    assert shown.isprintable()
    assert len(shown) < 140
