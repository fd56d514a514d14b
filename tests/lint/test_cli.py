"""The command runbook-lint: what it takes, what it says in each form, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from runbook_lint import cli, report_formats
from runbook_lint.cli import main
from runbook_lint.reported import MOST_REPORTED, Outcome, Reported, outcome

TOP = Path(__file__).resolve().parents[2]
SAMPLE = TOP / "lab/sample/ai-systems"
BAD_UNIT = "[Service]\nUser=web\nExecStart=/home/ops/ai-systems/web/run\nRestart=always\n"
WAIVED_UNIT = "# runbook-waiver: runs-as-root: binds the GPIO device\n[Service]\nUser=root\nExecStart=/usr/bin/gpio\n"
BAD_CONTEXT = "## Installed packages\n\n- `htop`: needed\n"
FORMATS = tuple(report_formats.WRITERS)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for path, text in {
        "web/web.service": BAD_UNIT,
        "web/gpio.service": WAIVED_UNIT,
        "web/web.socket": "[Socket]\nListenStream=80\n",
        "web/run": "",
        "context.md": BAD_CONTEXT,
    }.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> t.Callable[..., tuple[int, str]]:
    def run(*arguments: str) -> tuple[int, str]:
        status = main(arguments)
        return status, capsys.readouterr().out

    return run


Run = t.Callable[..., tuple[int, str]]


@pytest.mark.usefixtures("repository")
def test_each_finding_has_place_clause_words_of_the_runbook_and_remedy(run: Run) -> None:
    status, said = run()
    assert status == 1
    assert said.splitlines() == [
        (
            "context.md:3: 3.3 Documentation: package htop: its justification says nothing that would not go for any "
            "package [runbook-3-3-context]"
        ),
        (
            "    the runbook: Any installed package that is not part of the initial provisioning checklist must be "
            "documented in the project's `context.md` with a justification."
        ),
        "    remedy: say in a few words what the node has it for",
        (
            "web/web.service:4: 6.2 Never Self-Heal: Restart='always' starts the service again without the operator "
            "[runbook-6-2-restart]"
        ),
        "    the runbook: Nodes must not have scripts or agents that attempt to automatically fix a failed state.",
        "    remedy: remove the line; the operator looks at a failure first and starts the unit again",
        (
            "web/gpio.service:3: waived: User='root' runs as root [runbook-6-4-runs-as-root], because: binds the GPIO "
            "device"
        ),
        (
            "web/web.socket:1: for information: the next connection starts its service again, also after it failed; "
            "nothing to do; stop this unit together with its service [runbook-6-2-activation]"
        ),
        "runbook-lint: 2 findings in 4 files; 1 waived",
    ]


def test_a_repository_that_holds_the_runbook(run: Run) -> None:
    status, said = run(str(SAMPLE))
    assert (status, said) == (0, "runbook-lint: 5 files, and the runbook holds\n")


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    ("arguments", "rules"),
    [
        (["units"], ["runbook-6-2-restart"]),
        (["context"], ["runbook-3-3-context"]),
        (["all"], ["runbook-3-3-context", "runbook-6-2-restart"]),
        (["all", "web"], ["runbook-6-2-restart"]),
        (["units", "web/web.service"], ["runbook-6-2-restart"]),
        (["units", "web/gpio.service"], []),
        (["context", "context.md"], ["runbook-3-3-context"]),
        (["units", "context.md"], []),
        (["--exclude", "web/*"], ["runbook-3-3-context"]),
        (["--exclude", "context.md", "--exclude", "web/web.*"], []),
    ],
)
def test_what_and_where(run: Run, arguments: list[str], rules: list[str]) -> None:
    # Names of files lead to their checkout, which is the top of the repository.
    subprocess.run(["git", "init", "-q", "."], check=True)
    status, said = run(*arguments, "-f", "json")
    answer = json.loads(said)
    assert [one["rule"] for one in answer["findings"] if one["verdict"] == "violation"] == rules
    assert status == answer["status"] == bool(rules)


def test_paths_are_those_of_the_folder_that_the_command_runs_in(
    repository: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository.parent)
    assert f"{repository.name}/web/web.service:4: 6.2" in run(repository.name)[1]
    monkeypatch.chdir(repository / "web")
    assert f"{repository}/context.md:3: 3.3" in run("..")[1]
    assert "\nweb.service:4: 6.2" in f"\n{run('.')[1]}"


def test_an_inventory_tells_packages_operator_and_waivers(repository: Path, run: Run) -> None:
    (repository / "web/gpio.service").write_text("[Service]\nUser=anna\nExecStart=/usr/bin/gpio\n")
    (repository / "inventory/group_vars").mkdir(parents=True)
    (repository / "inventory/group_vars/all.yml").write_text(
        "operator_user_name: anna\npackages_list: [tmux]\n"
        "services_list: [{src: web/gpio.service, waive: {runs-as-operator: it is hers}}]\n"
    )
    status, said = run("--inventory", "inventory", "--exclude", "web/web.*")
    assert status == 1
    assert "context.md:3: 3.3 Documentation: package tmux, which all asks for, is not documented" in said
    assert "web/gpio.service:2: waived: User='anna'" in said
    assert "because: it is hers" in said


def test_who_the_operator_is_can_be_said(repository: Path, run: Run) -> None:
    (repository / "web/gpio.service").write_text("[Service]\nUser=anna\nExecStart=/usr/bin/gpio\n")
    assert "web/gpio.service" not in run()[1]
    assert "web/gpio.service:2: 6.4" in run("--operator", "anna")[1]
    assert "give --operator NAME" in run("--exclude", "web/web.service", "--exclude", "web/run")[1]


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    "arguments",
    [["nothing-there"], ["units", "nothing-there"], ["--format", "xml"], ["--inventory", "nowhere"], ["--colour"]],
)
def test_a_wrong_command_ends_with_2(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    try:
        status: t.Any = main(arguments)
    except SystemExit as exc:
        status = exc.code
    assert status == 2
    said = capsys.readouterr()
    assert not said.out
    assert said.err


def test_a_folder_without_anything_to_look_at_is_told(tmp_path: Path, run: Run) -> None:
    assert run(str(tmp_path)) == (
        0,
        "note: no file was looked at: is this the repository?\nrunbook-lint: 0 files, and the runbook holds\n",
    )


@pytest.mark.usefixtures("repository")
def test_the_report_as_a_file_and_text_beside_it(run: Run) -> None:
    status, said = run("-f", "sarif", "-o", "lint.sarif")
    assert status == 1
    assert "context.md:3: 3.3 Documentation" in said
    assert json.loads(Path("lint.sarif").read_text())["version"] == "2.1.0"


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("arguments", [["units", "."], ["-f", "json"]])
def test_as_a_module(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "runbook_lint", *arguments],
        env={**os.environ, "PYTHONPATH": str(TOP / "lint")},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert b"runbook-6-2-restart" in done.stdout
    assert not done.stderr


# ---- Forms ----


def found(*reported: Reported, notes: tuple[str, ...] = ()) -> Outcome:
    return outcome(reported, 3, notes)


RESTART = Reported("web/web.service", 4, "6.2", "restart", "Restart='always' heals", "remove the line")
ROOT = Reported("gpio.service", 3, "6.4", "runs-as-root", "User='root'", "set User=", "violation", "binds GPIO")
UNREAD = Reported("env", 0, "6.3", "environment-file", "it could not be looked at", "commit it", "unknown")
INFO = Reported("a.socket", 0, "6.2", "activation", "it starts its service", "nothing to do", "info")
ALL = found(INFO, ROOT, UNREAD, RESTART, notes=("no inventory",))


def test_json_has_everything() -> None:
    answer = json.loads(report_formats.as_json(ALL))
    assert {key: answer[key] for key in ("format", "status", "files", "notes")} == {
        "format": "runbook-lint 1",
        "status": 1,
        "files": 3,
        "notes": ["no inventory"],
    }
    assert [(one["path"], one["line"], one["verdict"]) for one in answer["findings"]] == [
        ("a.socket", 0, "info"),
        ("env", 0, "unknown"),
        ("gpio.service", 3, "waived"),
        ("web/web.service", 4, "violation"),
    ]
    assert answer["findings"][3] == {
        "path": "web/web.service",
        "line": 4,
        "rule": "runbook-6-2-restart",
        "clause": "6.2",
        "title": "6.2 Never Self-Heal",
        "verdict": "violation",
        "severity": "high",
        "what": "Restart='always' heals",
        "runbook": "Nodes must not have scripts or agents that attempt to automatically fix a failed state.",
        "remedy": "remove the line",
        "reason": "",
    }


def test_sarif() -> None:
    log = json.loads(report_formats.sarif(ALL))
    (one_run,) = log["runs"]
    rules = [rule["id"] for rule in one_run["tool"]["driver"]["rules"]]
    results = one_run["results"]
    assert [rules[result["ruleIndex"]] for result in results] == [result["ruleId"] for result in results]
    assert [result["level"] for result in results] == ["note", "error", "error", "error"]
    assert [bool(result.get("suppressions")) for result in results] == [False, False, True, False]
    assert results[2]["suppressions"] == [{"kind": "inSource", "justification": "binds GPIO"}]
    assert [result["locations"][0]["physicalLocation"]["region"]["startLine"] for result in results] == [1, 1, 3, 4]
    assert "cannot be decided: it could not be looked at" in results[1]["message"]["text"]
    assert len({result["partialFingerprints"]["runbookLint/v1"] for result in results}) == 4


def test_code_climate_has_what_the_run_fails_for() -> None:
    issues = json.loads(report_formats.code_climate(ALL))
    assert [(one["check_name"], one["severity"], one["location"]) for one in issues] == [
        ("runbook-6-3-environment-file", "blocker", {"path": "env", "lines": {"begin": 1}}),
        ("runbook-6-2-restart", "critical", {"path": "web/web.service", "lines": {"begin": 4}}),
    ]
    for one in issues:
        assert one["type"] == "issue"
        assert "Remedy: " in one["description"]
        assert len(one["fingerprint"]) == 32


def test_a_fingerprint_stays_when_lines_move() -> None:
    moved = found(RESTART._replace(line=40))
    first, second = (json.loads(report_formats.code_climate(one))[0] for one in (found(RESTART), moved))
    assert first["fingerprint"] == second["fingerprint"]
    assert first["location"] != second["location"]


def test_github_shows_it_beside_the_line() -> None:
    lines = report_formats.github(ALL).splitlines()
    assert lines[1] == (
        "::error file=web/web.service,line=4,title=6.2 Never Self-Heal (runbook-6-2-restart)::"
        "6.2 Never Self-Heal: Restart='always' heals. The runbook: Nodes must not have scripts or agents that attempt "
        "to automatically fix a failed state. Remedy: remove the line."
    )
    assert lines[2].startswith("::notice file=gpio.service,line=3,title=waived::6.4 ")
    assert lines[-1] == "runbook-lint: 2 findings in 3 files; 1 waived"


NAMES = (
    "a\n::error file=x::owned.service",
    "::add-mask::a.service",
    "##[group]a.service",
    "\x1b[2Jclear.service",
    "\u202erevers.service",
    b"\xff\xfe.service",
    "a,b:c%0A.service",
    "quo'te\".service",
    "$(touch owned).service",
    f"{'n' * 247}.service",
)


@pytest.mark.parametrize("form", FORMATS)
def test_hostile_names_are_shown_clean_in_every_form(repository: Path, run: Run, form: str) -> None:
    for name in NAMES:
        (repository / os.fsdecode(name)).write_text(BAD_UNIT.replace("always", "always\x1b[31m"))
    status, said = run("-f", form)
    assert status == 1
    assert all(char.isprintable() or char == "\n" for char in said)
    said.encode("utf-8")
    assert "##[" not in said
    assert form == "github" or not any(line.strip().startswith("::") for line in said.splitlines())
    assert not any(line.startswith(("::error file=x", "::add-mask")) for line in said.splitlines())
    assert said.count("starts the service again") >= len(NAMES)
    assert len(said) < 100_000
    if form == "github":
        for line in said.splitlines():
            command = line.split("::")[1] if line.startswith("::") else "error file=,line=,title="
            properties = command.partition(" ")[2].split(",")
            assert [one.partition("=")[0] for one in properties] == ["file", "line", "title"]
    elif form in ("json", "sarif", "codeclimate"):
        json.loads(said)
    assert not (repository / "owned").exists()


@pytest.mark.parametrize("form", FORMATS)
def test_a_report_is_bounded_and_stays_failed(form: str) -> None:
    many = [INFO._replace(path=f"{number}.socket") for number in range(MOST_REPORTED)]
    breaches = [RESTART._replace(path=f"z{number}.service", what="x" * 5000) for number in range(MOST_REPORTED + 5)]
    result = outcome([*many, *breaches], 1)
    assert len(result.breaches) == MOST_REPORTED
    assert result.status == 1
    assert result.notes == (
        f"there are {MOST_REPORTED + 5} more findings; mend the first {MOST_REPORTED}, then run again",
    )
    assert len(report_formats.WRITERS[form](result)) < 4_000_000


def test_a_terminal_of_another_alphabet(repository: Path) -> None:
    (repository / "context.md").write_text("## Installed packages\n\n- `h\u00f6p`: needed\n")
    done = subprocess.run(
        [sys.executable, "-m", "runbook_lint"],
        env={**os.environ, "PYTHONPATH": str(TOP / "lint"), "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"h\\xf6p" in done.stdout


def test_the_words_for_what_to_check_are_no_names_of_formats() -> None:
    assert not set(cli.WHAT) & set(FORMATS)
