# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The machine's own words for itself, on a PC and on an ARM."""

from __future__ import annotations

import platform

from benchmarks.facts import first_line, memory_gib, processor


def test_a_processor_has_its_name_where_it_says_it() -> None:
    assert processor("processor\t: 0\nmodel name\t: AMD EPYC  \n") == "AMD EPYC"
    assert processor("processor\t: 0\nBogoMIPS\t: 108.00\n") == platform.machine()


def test_memory_is_in_gib() -> None:
    assert memory_gib("MemTotal:       24585216 kB\n") == 23
    assert memory_gib("") == 0


def test_a_program_that_says_nothing_has_no_line() -> None:
    assert first_line("true") == ""
    assert first_line("no-such-program") == ""
    assert first_line("printf", "a\\nb") == "a"
