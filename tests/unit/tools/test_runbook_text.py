# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the runbook is read: sentence by sentence, and nothing passed over."""

from __future__ import annotations

import pytest

from tools import runbook_text
from tools.runbook_text import Sentence, split

SMALL = """# Runbook

## 1. Roles

*   **Human:** Decides.  Types
    it in.

## 2. Checklist

Do all of it.

1.  [ ] **Set Name:** Set a name.
    ```bash
    hostnamectl set-hostname <name>

    hostname
    ```
2.  [x] **No `pip`:** Not even once!

    Also not twice.

## 3. Failures

*   **Rollback:** Go back.
    *   For code: `git revert` it.
    *   For a system:
        1.  Flash it. Boot it.
"""


def sentences(markdown: str) -> list[tuple[str, str]]:
    return [(sentence.clause, sentence.text) for sentence in runbook_text.read(markdown).sentences]


def test_every_form_that_the_runbook_has() -> None:
    text = runbook_text.read(SMALL)
    assert text.sections == {"1": "Roles", "2": "Checklist", "3": "Failures"}
    assert text.titles == {"1.1": "Human", "2.1": "Set Name", "2.2": "No pip", "3.1": "Rollback"}
    assert text.sentences == (
        Sentence("1.1", "Decides."),
        Sentence("1.1", "Types it in."),
        Sentence("2", "Do all of it."),
        Sentence("2.1", "Set a name."),
        Sentence("2.1", "hostnamectl set-hostname <name>", is_code=True),
        Sentence("2.1", "hostname", is_code=True),
        Sentence("2.2", "Not even once!"),
        Sentence("2.2", "Also not twice."),
        Sentence("3.1", "Go back."),
        Sentence("3.1", "For code: `git revert` it."),
        Sentence("3.1", "For a system:"),
        Sentence("3.1", "Flash it."),
        Sentence("3.1", "Boot it."),
    )


@pytest.mark.parametrize(
    ("paragraph", "expected"),
    [
        ("One.", ["One."]),
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("No stop at the end", ["No stop at the end"]),
        ("One. and no capital", ["One.", "and no capital"]),
        ("Global Node.js packages are forbidden. So be it.", ["Global Node.js packages are forbidden.", "So be it."]),
        ("Debian 13.7 is out. Good.", ["Debian 13.7 is out.", "Good."]),
        ("In `context.md` only.", ["In `context.md` only."]),
        ("Say `a. b` once. Twice.", ["Say `a. b` once.", "Twice."]),
        ("Say ``a ` b. c`` once. Twice.", ["Say ``a ` b. c`` once.", "Twice."]),
        ("Ends with `code.` and goes on. Two.", ["Ends with `code.` and goes on.", "Two."]),
        ("One `tick only. Two.", ["One `tick only.", "Two."]),
        ("(All in brackets.) Two.", ["(All in brackets.)", "Two."]),
        ("Stable. (Manual step, depends).", ["Stable.", "(Manual step, depends)."]),
        ("Bold **end.** Two.", ["Bold **end.**", "Two."]),
        ("Tools (e.g. vim) stay. Two.", ["Tools (e.g. vim) stay.", "Two."]),
        ("Tools, i.e. git, etc. and so on. Two.", ["Tools, i.e. git, etc. and so on.", "Two."]),
        ("White   space\nof any kind. Two.", ["White space of any kind.", "Two."]),
        ("Really?! Yes...", ["Really?!", "Yes..."]),
        ("", []),
    ],
)
def test_sentences_end_where_a_reader_ends_them(paragraph: str, expected: list[str]) -> None:
    assert split(paragraph) == expected


@pytest.mark.parametrize(
    ("old", "new", "added"),
    [
        ("Decides.", "Decides. Sleeps.", ("1.1", "Sleeps.")),
        ("Do all of it.", "Do all of it.\n\nAll.", ("2", "All.")),
        ("    hostname\n", "    hostname\n    reboot\n", ("2.1", "reboot")),
        ("*   **Human:**", "*   **Node:** Obeys.\n*   **Human:**", ("1.1", "Obeys.")),
        ("## 3. Failures\n", "## 3. Failures\n\nFirst of all.\n", ("3", "First of all.")),
        ("# Runbook\n", "# Runbook\n\nPreface.\n", ("0", "Preface.")),
        ("Flash it. Boot it.", "Flash it. Boot it.\n\n## 4. More\n\n*   **New:** Law.", ("4.1", "Law.")),
        ("        1.  Flash it.", "        1.  Wait.\n        2.  Flash it.", ("3.1", "Wait.")),
    ],
)
def test_what_is_added_anywhere_is_seen(old: str, new: str, added: tuple[str, str]) -> None:
    assert old in SMALL
    assert added in sentences(SMALL.replace(old, new, 1))
    assert added not in sentences(SMALL)


@pytest.mark.parametrize(
    ("markdown", "complaint"),
    [
        ("## Roles\n", "line 1: the heading 'Roles' is no section"),
        ("## 1. A\n\n## 1. B\n", "line 3: the heading '1. B' is no section with a number of its own"),
        ("## 1. A\n\n### Deeper\n", "line 3: the heading 'Deeper' is no section"),
        ("## 1. A\n\n*   No title.\n", "line 3: the item 1.1 does not begin with a title"),
        ("## 1. A\n\n*   **Title** without a colon.\n", "line 3: the item 1.1 does not begin with a title"),
        ("## 1. A\n\n*   **Empty:**\n", "line 3: the item 1.1 does not begin with a title"),
        ("## 1. A\n\n*\n", "line 3: the item 1.1 does not begin with a title"),
        ("## 1. A\n\n*   **A:** One.\n\n1.  **B:** Two.\n", "line 5: the item 1.1 does not begin"),
        ("## 1. A\n\n> Quoted law.\n", "line 3: nobody reads a block of the kind blockquote_open"),
        ("## 1. A\n\n<p>Law.</p>\n", "line 3: nobody reads a block of the kind html_block"),
        ("## 1. A\n\n| a |\n|---|\n| law |\n", "line 3: nobody reads a block of the kind table_open"),
        ("## 1. A\n\n*   **A:** One.\n\n    # Law\n", "line 5: nobody reads a block of the kind heading_open"),
    ],
)
def test_what_cannot_be_read_is_an_error(markdown: str, complaint: str) -> None:
    with pytest.raises(runbook_text.TextError) as error:
        runbook_text.read(markdown)
    assert str(error.value).startswith(complaint)
