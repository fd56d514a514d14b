"""The order of what happens on a node that cannot run a module, and where it stops."""

from __future__ import annotations

import types
import typing as t

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.ai_systems.runbook.plugins.action.bootstrap_packages import ActionModule
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _bootstrap_packages as packages

HAS_NONE, HAS_ALL = "runbook-probe\n", "runbook-probe\nhas:python3\nhas:python3-apt\nhas:sudo\n"
Answer = tuple[int, str, str]
HASH, KEY = "ab" * 32, "04B54C3CDCA79751B16BC6B5225629DF75B188BD"
OK: Answer = (0, "", "")
URIS: Answer = (0, f"'http://m.example/pool/sudo_1_arm64.deb' sudo_1_arm64.deb 7 SHA256:{HASH}\n", "")
PLANNED: Answer = (0, "Inst sudo (1 Debian:13.7/stable [arm64])\n", "")
SAID = (
    f"=== runbook release ./m_dists_trixie_InRelease\nsigner {KEY}\nOrigin: Debian\nCodename: trixie\nSHA256:\n"
    f" {'cd' * 32} 9 main/binary-arm64/Packages\n=== runbook lists\n"
    f"{'cd' * 32}  ./m_dists_trixie_main_binary-arm64_Packages\n=== runbook end\n"
)
EVIDENCE: Answer = (0, SAID, "")
FOUND: Answer = (0, f"SHA256: {HASH}\n", "")
# What a node answers from its update to the end of an installation.
WORK = (OK, URIS, PLANNED, EVIDENCE, FOUND, OK, OK)


class Shell:
    """A node that answers each command in turn, and what was asked of it."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, command: str, *, sudoable: bool) -> dict[str, t.Any]:  # noqa: ARG002
        self.asked.append(command)
        rc, out, err = self.answers.pop(0)
        return {"rc": rc, "stdout": out, "stderr": err}


def run(
    monkeypatch: pytest.MonkeyPatch, shell: Shell, *, check_mode: bool = False, lock_timeout: int = 300
) -> dict[str, t.Any]:
    plugin = ActionModule.__new__(ActionModule)
    args = {"lock_timeout": lock_timeout}
    plugin._task = types.SimpleNamespace(args=args, check_mode=check_mode)  # type: ignore[assignment]
    plugin._display = types.SimpleNamespace(display=lambda _: None)  # type: ignore[assignment]
    monkeypatch.setattr(plugin, "_low_level_execute_command", shell)
    monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})
    monkeypatch.setattr("time.sleep", lambda _: None)
    return plugin.run(None, {"inventory_hostname": "n"})


def test_a_node_that_has_all_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    shell = Shell((0, HAS_ALL, ""))
    result = run(monkeypatch, shell)
    assert (result["changed"], result["actions"], shell.asked) == (False, [], [packages.PROBE])


def test_a_dry_run_names_what_a_real_run_does_and_asks_for_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    dry = run(monkeypatch, shell := Shell((0, HAS_NONE, ""), (0, "0\n", "")), check_mode=True)
    assert [command.split()[0] for command in shell.asked] == ["echo", "id"]
    assert dry["ends_run"] is True
    real = run(monkeypatch, shell := Shell((0, HAS_NONE, ""), (0, "0\n", ""), *WORK, (0, HAS_ALL, "")))
    assert real["actions"] == dry["actions"]
    assert [action["subject"] for action in real["actions"]] == ["python3", "python3-apt", "sudo"]
    assert real["ends_run"] is False
    assert [shell.asked[at] for at in (2, 3, 4, 7, 8)] == [
        packages.update_command(),
        packages.uris_command(packages.PACKAGES),
        packages.count_command(packages.PACKAGES),
        packages.install_command(packages.PACKAGES),
        packages.clear_command(),
    ]


@pytest.mark.parametrize(
    ("probe", "said"),
    [
        (HAS_NONE, "it has no sudo and the login is not root; set runbook_bootstrap_user to root"),
        ("runbook-probe\nhas:sudo\n", "sudo refuses the login (sudo: a password is required)"),
    ],
)
def test_without_root_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch, probe: str, said: str) -> None:
    with pytest.raises(AnsibleActionFail) as caught:
        run(monkeypatch, Shell((0, probe, ""), (1, "", "sudo: a password is required\n")))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([URIS, PLANNED, EVIDENCE, OK], "would take sudo_1_arm64.deb from http://m.example/pool/sudo_1_arm64.deb"),
        ([URIS, PLANNED, (0, SAID.replace(KEY, "F" * 40), "")], f"it is signed by {'F' * 40}"),
        ([OK, PLANNED, EVIDENCE], "1 packages that it does not fetch"),
        ([URIS, PLANNED, (1, "", "mktemp: No space left on device\n")], "cannot be verified, mktemp: No space left"),
    ],
)
def test_what_is_not_proven_is_not_installed(monkeypatch: pytest.MonkeyPatch, answers: list[Answer], said: str) -> None:
    shell = Shell((0, HAS_NONE, ""), (0, "0\n", ""), OK, *answers, OK)
    with pytest.raises(AnsibleActionFail) as caught:
        run(monkeypatch, shell)
    assert said in str(caught.value)
    assert packages.install_command(packages.PACKAGES) not in shell.asked
    assert shell.asked[-1] == packages.clear_command()


def test_a_lock_is_waited_for_and_then_named(monkeypatch: pytest.MonkeyPatch) -> None:
    locked = (100, "", "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (apt)\n")
    shell = Shell((0, HAS_NONE, ""), (0, "0\n", ""), locked, locked, *WORK, (0, HAS_ALL, ""))
    assert run(monkeypatch, shell)["changed"] is True
    with pytest.raises(AnsibleActionFail, match=r"waited 0 s for process 7 \(apt\).*preflight_lock_timeout"):
        run(monkeypatch, Shell((0, HAS_NONE, ""), (0, "0\n", ""), locked), lock_timeout=0)


def test_a_package_that_is_not_there_after_all_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    left = "runbook-probe\nhas:python3\nhas:sudo\n"
    with pytest.raises(AnsibleActionFail, match="python3-apt is installed, but the programs are not there"):
        run(monkeypatch, Shell((0, HAS_NONE, ""), (0, "0\n", ""), *WORK, (0, left, "")))
