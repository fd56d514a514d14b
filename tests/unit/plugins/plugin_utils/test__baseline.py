"""What a node says that its image holds: recorded in one form, refused where it cannot be true."""

from __future__ import annotations

import subprocess

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _baseline as baselines
from lab import baseline as lab_baseline

PACKAGES = "bash\t5.2-1\tii \nlibc6:amd64\t2.41-12+deb13u1\tii \nold\t1.0\trc \n"
UNITS = (
    "ssh.service enabled enabled\n-.slice enabled enabled\nsystemd-fsck@dev-disk-by\\x2duuid.service enabled enabled\n"
)
ACCOUNTS = "root:x:0:0:root:/root:/bin/bash\n_apt:x:42:65534::/nonexistent:/usr/sbin/nologin\n"


def answer(packages: str = PACKAGES, units: str = UNITS, accounts: str = ACCOUNTS) -> str:
    mark = "=== runbook"
    return f"motd\n{mark} packages\n{packages}{mark} units\n{units}{mark} accounts\n{accounts}\n{mark} end\n"


def test_it_is_what_the_lab_records_too() -> None:
    theirs = lab_baseline.compose({"packages": PACKAGES, "units": UNITS, "accounts": ACCOUNTS})
    assert baselines.compose(answer()) == theirs
    assert theirs["packages"] == {"bash": "5.2-1", "libc6": "2.41-12+deb13u1"}


def test_its_text_is_sorted_and_comes_back() -> None:
    baseline = baselines.compose(answer())
    turned = baselines.compose(answer(packages="".join(reversed(PACKAGES.splitlines(keepends=True)))))
    text = baselines.to_text(baseline)
    assert baselines.to_text(turned) == text
    assert baselines.from_text(text) == baseline
    assert text.endswith("}\n")


@pytest.mark.parametrize("text", ["", "[]", "{}", "<<<<<<< HEAD", '{"packages": {}}'])
def test_another_text_is_no_baseline(text: str) -> None:
    assert baselines.from_text(text) is None


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (answer(packages="\x1b]0;x\x07\t1\tii \n"), "as package what cannot be one, '\\x1b]0;x\\x07'"),
        (answer(packages="bash\t1\x1b[2J\tii \n"), "as version of package bash"),
        (answer(packages="bash 1 ii\n"), "as package"),
        (answer(packages="../../etc/passwd\t1\tii \n"), "as package"),
        (answer(packages="A" * 5000 + "\t1\tii \n"), "more characters"),
        (answer(units="evil\x1b[2J.service enabled\n"), "as unit"),
        (answer(accounts="root:x:0:0:root:/root\n"), "as account"),
        (answer(accounts="ro\x1bot:x:0:0::/root:/bin/sh\n"), "as account"),
        (answer(accounts="root:x:zero:0::/root:/bin/sh\n"), "as number of account root"),
        (answer(accounts="root:x:0:0::/ro ot:/bin/sh\n"), "as home of account root"),
        (answer(accounts="root:x:0:0::/root:$(reboot)\n"), "as shell of account root"),
        (answer(packages=""), "no packages or no accounts"),
        (answer(accounts=""), "no packages or no accounts"),
        (answer(packages="a\t1\tii \n" * 20_001), "more than 20000 packages"),
        (answer(units="a.service enabled\n" * 20_001), "more than 20000 units"),
        (answer().replace("=== runbook end", ""), "ends before its end"),
        (answer().replace("=== runbook units", ""), "ends before its units"),
        (answer() + "=== runbook units\n", "twice"),
        ("", "ends before its packages"),
    ],
)
def test_what_cannot_be_true_is_refused(said: str, told: str) -> None:
    with pytest.raises(baselines.BaselineError) as caught:
        baselines.compose(said)
    assert told in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_a_query_that_fails_is_named_with_its_reason() -> None:
    said = answer(units="=== runbook failed\n")
    with pytest.raises(baselines.BaselineError, match="units cannot be read, Failed to connect to bus"):
        baselines.compose(said, "warning\nFailed to connect to bus\n")


def test_the_script_is_a_plain_shells() -> None:
    subprocess.run(["/bin/sh", "-n", "-c", baselines.script()], check=True)
