from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._detect_others import (
    MOST_SINGLE,
    is_folder_of_commands,
    judge_programs,
    judge_traces,
    tree_of,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._tree_facts import Owners, Trace
from ansible_collections.ai_systems.runbook.plugins.module_utils._tree_programs import Program

OWNERS = Owners({0: "root", 1000: "ops"})


def program(path: str, area: str = "/usr/local", **more: t.Any) -> Program:
    return Program(path, area, more.pop("kind", "script"), more.pop("uid", 0), **more)


def subjects(*programs: Program, covered: t.Collection[str] = (), claimed: t.Collection[str] = ()) -> list[str]:
    found = judge_programs(programs, covered, OWNERS, claimed=claimed, checkouts=["/h/ai-systems"])
    return [one.subject for one in found]


@pytest.mark.parametrize(("one", "evidence", "remedy"), [
    (Trace("snap", "/snap/hello", 0, "hello"), "the snap hello is installed", "'snap remove hello'"),
    (Trace("snap", "/snap/a;b", 0, "a;b"), "the snap a;b", "remove it ('rm -r -- '/snap/a;b'')"),
    (Trace("snap", "/snap/-x", 0, "-x"), "the snap -x", "remove it ('rm -r -- /snap/-x')"),
    (Trace("gem", "/h/gems/rake-1", 1000, "rake", "1"), "the Ruby gem rake 1",
     "'sudo -H -u ops -- gem uninstall rake'"),
    (Trace("cargo", "/h/.cargo", 1000, details=("rg 14",)), "cargo installed programs there: rg 14",
     "remove it ('rm -r -- /h/.cargo')"),
    (Trace("cargo-root", "/usr/local/.crates.toml", 0, details=("rg 14",)), "cargo installed programs beside it: rg 14",
     "remove it ('rm -- /usr/local/.crates.toml')"),
    (Trace("rustup", "/h/.rustup", 1000), "none that is seen", "'sudo -H -u ops -- rustup self uninstall'"),
    (Trace("go-toolchain", "/usr/local/go", 0, version="1.23"), "a Go 1.23", "remove it ('rm -r -- /usr/local/go')"),
    (Trace("appimage", "/h/T.AppImage", 0), "an AppImage", "remove it ('rm -- /h/T.AppImage')"),
    (Trace("brew", "/h/b", 0, details=("{x}", "{{ y }}")), "{x}, {{ y }}", "remove it ('rm -r -- /h/b')"),
    (Trace("gem", "/h/gems/a\nb-1", 0, "a\nb", "1"), "the Ruby gem a b 1", "remove it; its name holds"),
])  # fmt: skip
def test_a_managers_tree_with_its_path_and_remedy(one: Trace, evidence: str, remedy: str) -> None:
    (found,) = judge_traces([one], OWNERS)
    assert (found.clause, found.verdict) == ("3.1", "violation")
    assert evidence in found.evidence
    assert OWNERS.name(one.uid) in found.evidence
    assert found.remedy.startswith(remedy)
    assert "packages_list" in found.remedy
    assert "\n" not in "".join(found)


def test_a_snap_is_said_once() -> None:
    traces = [Trace("snap", "/snap/a", 0, "a"), Trace("snap", "/var/lib/snapd/snaps/a_1.snap", 0, "a")]
    assert len(judge_traces(traces, OWNERS)) == 1


@pytest.mark.parametrize(("one", "tree"), [
    (program("/opt/x/bin/y", "/opt"), "/opt/x"),
    (program("/opt/run", "/opt"), "/opt"),
    (program("/usr/local/bin/x"), "/usr/local/bin"),
    (program("/usr/local/lib/x/y/z"), "/usr/local/lib/x"),
    (program("/usr/local/lib/libx.so"), "/usr/local/lib"),
    (program("/h/bin/x", "/h/bin"), "/h/bin"),
    (program("/h/bin/t/x", "/h/bin"), "/h/bin/t"),
])  # fmt: skip
def test_the_tree_that_a_program_belongs_to(one: Program, tree: str) -> None:
    assert tree_of(one) == tree


def test_a_folder_of_commands_holds_programs_of_any_origin() -> None:
    assert is_folder_of_commands("/usr/local/bin", [program("/usr/local/bin/x")])
    assert is_folder_of_commands("/h/bin", [program("/h/bin/x", "/h/bin")])
    assert not is_folder_of_commands("/opt/x", [program("/opt/x/y", "/opt")])


def test_a_script_with_its_path_and_remedy() -> None:
    (found,) = judge_programs([program("/usr/local/bin/tool", uid=1000, privileged=True)], (), OWNERS)
    assert (found.clause, found.verdict, found.subject) == ("3.1", "violation", "/usr/local/bin/tool")
    assert found.evidence.startswith("it is a script and runs with its owner's rights, owned by ops")
    assert found.remedy.startswith("remove it ('rm -- /usr/local/bin/tool')")


def test_what_was_unpacked_is_one_finding() -> None:
    programs = [program(f"/opt/x/bin/p{number}", "/opt", kind="program") for number in range(500)]
    (found,) = judge_programs(programs, (), OWNERS)
    assert found.subject == "/opt/x"
    assert found.evidence.startswith("500 programs and libraries, owned by root")
    assert found.remedy.startswith("look what else lies there, then remove it ('rm -r -- /opt/x')")
    assert len(found.evidence) < 600


def test_of_many_commands_the_rest_is_counted() -> None:
    programs = [program(f"/usr/local/bin/p{number:03}") for number in range(MOST_SINGLE + 3)]
    programs[-1] = programs[-1]._replace(privileged=True)
    found = judge_programs(programs, (), OWNERS)
    assert [one.subject for one in found][-2:] == ["/usr/local/bin/p011", "/usr/local/bin (more programs)"]
    assert found[-1].evidence.startswith("3 programs and libraries, 1 of them with their owner's rights")


def test_what_another_finding_speaks_of_is_not_said_twice() -> None:
    link = program("/usr/local/bin/ms", kind="link", target="/h/.npm-global/lib/node_modules/ms/cli.js")
    inner = program("/usr/local/bin/in", kind="link", target="/usr/local/lib/x/run")
    away = program("/usr/local/bin/away", kind="link", target="/var/lib/x/run")
    code = program("/usr/local/bin/deploy", kind="link", target="/h/ai-systems/bin/deploy")
    pip = program("/usr/local/bin/six")
    found = subjects(
        link, inner, away, code, pip, program("/opt/x/y", "/opt"),
        covered=["/h/.npm-global/lib/node_modules", "/opt/x"],
        claimed=["/usr/local/bin/six"],
    )  # fmt: skip
    assert found == ["/usr/local/bin/away"]
    # Only a link may lead into a checkout: what no commit holds there is not its.
    assert subjects(program("/h/ai-systems/x", "/h")) == ["/h/ai-systems/x"]
    assert subjects(pip, program("/opt/x/y", "/opt")) == ["/usr/local/bin/six", "/opt/x/y"]
