# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the pages of the procedures show of a run is what a run prints: put in from transcripts, and compared with them.

A page has `<!-- printed by NAME -->` before a block with a run's last table, or `<!-- asked by NAME -->` before what it
showed until it asked for a yes; NAME is a transcript that tests/nodes/test_procedures.py keeps.

Usage: python -m tools.printed [--check]
"""

from __future__ import annotations

import argparse
import re
import sys
import typing as t
from pathlib import Path

from tools.files import TOP

COMMAND: t.Final = "make printed"
TRANSCRIPTS: t.Final = ".cache/transcripts"
PAGES: t.Final = "docs"
_BLOCK: t.Final = re.compile(
    r"^<!-- (?P<what>printed|asked) by (?P<name>[\w-]+) -->\n```(?:text)?\n(?P<shown>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
# A run's end, as the callback prints it.
_TITLE: t.Final = re.compile(r"^(?P<title>[A-Z][A-Z ]+) \*{10,}$", re.MULTILINE)
_QUESTION: t.Final = re.compile(
    r"^TASK \[[^\n]*\] \*+\n(?P<shown>(?:(?!TASK |PLAY )[^\n]*\n)*?[^\n]*Type \"yes\" to go on:)", re.MULTILINE
)
# What nobody could ask in the lab, how busy that was, and so how much was looked at: it differs with the machine.
_OF_THE_MACHINE: t.Final = re.compile(r"^  (?:unknown:|note ).*(?:\n    .*)*|\b\d+ sources: .*", re.MULTILINE)
# What runs old code since the lab's image was made: it differs with the day.
_OF_THE_DAY: t.Final = re.compile(r"(?:Pending: a|A) reboot is due[^:]*: .*? still run the old code\.?")
_COLUMN: t.Final = re.compile(r"  +audit: .*$", re.MULTILINE)
_WHERE: t.Final = re.compile(r"^\n?The same as JSON: .*\n", re.MULTILINE)
# Where the tests have an operator's files.
_DESK: t.Final = re.compile(r"(?<!\S)/\S*/desk\d+/")
_VARIES: t.Final = re.compile(r"\b(?:[0-9a-f]{7,64}|v?\d[\dTZ.,:/+-]*)\b")


class UnknownTranscriptError(Exception):
    """A page names a transcript that no run left."""


def printed(transcript: str) -> str:
    """Return the last table of a run's screen, which is what a page shows."""
    titles = list(_TITLE.finditer(transcript))
    if not titles or titles[-1]["title"] == "PLAY RECAP":
        return ""
    table = _DESK.sub("/home/anna/", _WHERE.sub("\n", transcript[titles[-1].end() :]))
    return "\n".join(line.rstrip() for line in table.strip("\n").splitlines()) + "\n"


def asked(transcript: str) -> str:
    """Return what a run's screen showed in the task that asked for a yes, with the question."""
    found = _QUESTION.search(transcript)
    return "".join(f"{line.rstrip()}\n" for line in found["shown"].strip("\n").splitlines()) if found else ""


def shape(text: str) -> str:
    """Return the words alone: figures, addresses, commits, times, folders and widths differ from run to run."""
    # The last column stands beside whichever words happen to be on its line.
    words = " ".join(_COLUMN.sub("", _OF_THE_MACHINE.sub("", text)).split() + _COLUMN.findall(text))
    return " ".join(_VARIES.sub("#", _OF_THE_DAY.sub("", words)).split())


def blocks(page: str) -> list[tuple[str, str]]:
    """Return the transcripts that a page names, and what it shows of each."""
    return [(found["name"], found["shown"]) for found in _BLOCK.finditer(page)]


def renewed(page: str, transcripts: t.Mapping[str, str]) -> str:
    """Return a page whose blocks are what the runs printed; a block whose words are the same stays as it is.

    :raises UnknownTranscriptError: there is no such transcript, or no table in it.
    """

    def put(found: re.Match[str]) -> str:
        table = (printed if found["what"] == "printed" else asked)(transcripts.get(found["name"], ""))
        if not table:
            raise UnknownTranscriptError(
                f"No run left a table in {TRANSCRIPTS}/{found['name']}.txt: run tests/nodes/test_procedures.py first."
            )
        if shape(table) == shape(found["shown"]):
            return found[0]
        return f"<!-- {found['what']} by {found['name']} -->\n```text\n{table}```"

    return _BLOCK.sub(put, page)


def read_transcripts(top: Path) -> dict[str, str]:
    """Return what the last runs left on the screen, by name."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted((top / TRANSCRIPTS).glob("*.txt"))}


def outdated(top: Path = TOP) -> list[tuple[Path, str]]:
    """Return the pages that show something else than the runs printed, and what they should hold."""
    transcripts = read_transcripts(top)
    pages = ((path, path.read_text(encoding="utf-8")) for path in sorted((top / PAGES).glob("*.md")))
    return [(path, new) for path, text in pages if (new := renewed(text, transcripts)) != text]


def main(argv: t.Sequence[str] | None = None) -> int:
    """Renew the pages, or with --check only say which would change; return the exit status."""
    parser = argparse.ArgumentParser(description="Put what the procedures print into their pages.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit status 1 where a page is outdated")
    is_check = parser.parse_args(argv).check
    try:
        found = outdated()
    except UnknownTranscriptError as exc:
        print(f"printed: {exc}", file=sys.stderr)
        return 2
    for path, text in found:
        print(f"{path.relative_to(TOP)} {'would be renewed' if is_check else 'is renewed'}")
        if not is_check:
            path.write_text(text, encoding="utf-8")
    return int(is_check and bool(found))


if __name__ == "__main__":
    sys.exit(main())
