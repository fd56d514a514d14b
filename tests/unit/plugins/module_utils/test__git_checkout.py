"""Runbook 2.9: what a checkout may lose (nothing) and must become, with real git on real files."""

from __future__ import annotations

import os
import pathlib
import shutil
import stat
import subprocess
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _git_checkout as checkout
from ansible_collections.ai_systems.runbook.plugins.module_utils._git_checkout import Disk, Entry, Order, Shadow, State
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_judge import JudgeError
from tests.git_rig import Rig, Upstream, git

ODD_NAMES = (b"-rf", b"new\nline", "größe ☃".encode(), b"not \xff utf-8", b"$(reboot)", b"{{ x }}", b"\x1b[2J", b'"q"')
COMMIT = "a" * 40
OTHER = "b" * 40


@pytest.fixture
def rig(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
    # It waits for every disk of the machine that runs the tests.
    monkeypatch.setattr(os, "sync", lambda: None)
    rig = Rig(tmp_path)
    rig.upstream.commit({"a.txt": "one\n", "bin/run": "#!/bin/sh\n", ".gitignore": ".venv/\n", "old/file": "x"})
    (rig.upstream.path / "bin/run").chmod(0o755)
    (rig.upstream.path / "link").symlink_to("a.txt")
    rig.upstream.commit({})
    return rig


# -- decisions


def order(**changed: t.Any) -> Order:
    return Order("/home/op/ai-systems", COMMIT, "main", "", "d", 1)._replace(**changed)


def state(**changed: t.Any) -> State:
    return State(present=True, head=COMMIT, head_ref="refs/heads/main", tip=COMMIT)._replace(**changed)


@pytest.mark.parametrize(
    ("wanted", "found", "actions"),
    [
        (order(), State(), [f"clone at {COMMIT[:12]}"]),
        (order(), state(), []),
        (order(), state(head=OTHER, tip=OTHER), [f"update to {COMMIT[:12]}"]),
        (order(), state(head_ref="", tip=OTHER), [f"update to {COMMIT[:12]}"]),
        (order(), state(switching=True), [f"finish the update to {COMMIT[:12]}"]),
        (order(), state(head_ref="refs/heads/dev"), ["switch to branch main"]),
        (order(branch=""), state(tip=""), ["detach from its branch"]),
        (order(), state(remote=(("remote.origin.url", "https://t0ken@h/x"),)), ["remove the remote"]),
        (order(remote="https://h/x"), state(), ["set the remote URL"]),
        (order(remote="https://h/x"), state(remote=(("remote.origin.url", "https://h/x"),)), []),
        (order(), state(modes=3), ["set file modes"]),
    ],
)
def test_each_difference_is_one_action(wanted: Order, found: State, actions: list[str]) -> None:
    changes = checkout.decide(wanted, found)
    assert [change.action for change in changes] == actions
    assert "t0ken" not in repr(changes)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (state(changes=(("modified", "a\x1b[2J"),)), "modified a\\x1b[2J"),
        (state(changes=tuple(("untracked", str(i)) for i in range(10)), more_changes=7), "untracked 9 and 7 more"),
        (state(foreign=("x",)), "files of another account (x)"),
        (state(unfinished="rebase"), "in the middle of a rebase"),
    ],
)
def test_local_work_is_an_error_that_lists_it(found: State, words: str) -> None:
    with pytest.raises(StepError) as error:
        checkout.decide(order(), found)
    assert words in str(error.value)


def test_the_controller_is_asked_before_any_commit_moves() -> None:
    assert checkout.is_question(order(), State())
    assert checkout.is_question(order(), state(head=OTHER))
    assert checkout.is_question(order(), state(tip=OTHER))
    assert not checkout.is_question(order(), state(switching=True))
    assert checkout.standing(State()) == "absent"
    assert checkout.standing(state(tip="")) == f"{COMMIT}:"


# -- the whole way


def test_a_clone_then_nothing(rig: Rig) -> None:
    commit = rig.upstream.head
    assert rig.ship() == [f"clone at {commit[:12]}"]
    rig.is_good(commit)
    assert rig.ship() == []
    assert rig.bundles[1] == 0
    assert rig.git("branch", "--show-current") == "main"
    assert rig.git("remote") == ""
    modes = {name: stat.S_IMODE((rig.path / name).stat().st_mode) for name in (".", ".git", "a.txt", "bin/run", "bin")}
    assert modes == {".": 0o755, ".git": 0o755, "a.txt": 0o644, "bin/run": 0o755, "bin": 0o755}


def test_an_update_is_incremental_and_exact(rig: Rig) -> None:
    rig.upstream.commit({"large": os.urandom(300_000)})
    rig.ship()
    rig.upstream.git("rm", "--quiet", "-r", "old", "a.txt")
    rig.upstream.commit({"old": "a file now", "a.txt/inner": "a folder now", **{name: name for name in ODD_NAMES}})
    commit = rig.upstream.head
    assert rig.ship() == [f"update to {commit[:12]}"]
    rig.is_good(commit)
    assert 0 < rig.bundles[-1] < 10_000
    assert rig.bundles[0] > 300_000
    assert {os.fsencode(path.name) for path in rig.path.iterdir()} >= set(ODD_NAMES)


def test_back_to_an_older_commit_ships_nothing(rig: Rig) -> None:
    old = rig.upstream.head
    new = rig.upstream.commit({"b.txt": "two"})
    rig.ship()
    assert rig.ship(old) == [f"update to {old[:12]}"]
    assert rig.bundles[-1] == 0
    assert f"went back from the later {new[:12]}" in rig.remark
    rig.is_good(old)
    assert rig.git("branch", "--show-current") == ""
    assert not (rig.path / "b.txt").exists()


def test_branch_tag_commit(rig: Rig) -> None:
    main = rig.upstream.head
    rig.upstream.git("tag", "--annotate", "--message", "first", "v1")
    rig.ship()
    assert rig.ship("v1") == ["detach from its branch"]
    assert rig.ship("v1") == rig.ship(main) == []
    rig.upstream.git("switch", "--quiet", "--create", "feature/x")
    feature = rig.upstream.commit({"f": "f"})
    assert rig.ship("feature/x") == [f"update to {feature[:12]}"]
    assert rig.git("branch", "--show-current") == "feature/x"
    assert rig.ship() == [f"update to {main[:12]}"]
    rig.is_good(main)


def test_a_branch_that_excludes_another_by_name(rig: Rig) -> None:
    rig.upstream.git("branch", "x/y")
    rig.ship("x/y")
    rig.upstream.git("branch", "-D", "x/y")
    rig.upstream.git("branch", "x")
    with pytest.raises(StepError, match="stands in the way of refs/heads/x"):
        rig.ship("x")
    rig.git("switch", "--quiet", "--detach")
    rig.git("branch", "-D", "x/y")
    rig.ship("x")
    rig.is_good(rig.upstream.head)
    assert rig.git("branch", "--show-current") == "x"


# -- nothing of the node's is lost


def shell(rig: Rig, command: str) -> None:
    subprocess.run(["sh", "-c", command], cwd=rig.path, check=True)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("printf edited > a.txt", "modified a.txt"),
        ("printf 'one\\n!' > a.txt", "modified a.txt"),
        (": > a.txt", "modified a.txt"),
        ("rm a.txt", "deleted a.txt"),
        ("rm a.txt && mkfifo a.txt", "modified a.txt"),
        ("rm a.txt && mkdir a.txt", "modified a.txt"),
        ("truncate -s 1T a.txt", "modified a.txt"),
        ("chmod 644 bin/run", "other mode of bin/run"),
        ("rm link && cp a.txt link", "modified link"),
        ("ln -sf /etc/passwd link", "modified link"),
        ("cp -r bin bin2 && rm -r bin && ln -s bin2 bin", "deleted bin/run"),
        ("printf x > 'mine\x1b[31m'", "untracked mine\\x1b[31m"),
        ("git init --quiet nested && touch nested/file", "untracked nested/"),
        ("printf '[core]' > .gitmodules", "untracked .gitmodules"),
        ("git update-index --assume-unchanged a.txt && printf hidden > a.txt", "modified a.txt"),
        ("printf x > hidden && mkdir -p .git/info && echo hidden > .git/info/exclude", "untracked hidden"),
    ],
)  # fmt: skip
def test_local_changes_are_listed_and_kept(rig: Rig, command: str, words: str) -> None:
    rig.ship()
    shell(rig, command)
    sized = pathlib.Path(rig.path / "a.txt")
    huge = sized.is_file() and sized.stat().st_size > 1 << 30
    before = {} if huge or not sized.exists() or sized.is_fifo() else rig.fingerprint()
    for _upstream in ("as it was", "moved on"):
        with pytest.raises(StepError) as error:
            rig.ship()
        assert words in str(error.value)
        assert "nothing was discarded" in str(error.value)
        assert "\x1b" not in str(error.value)
        assert not before or rig.fingerprint() == before
        rig.upstream.commit({"b.txt": "two"})


@pytest.mark.parametrize(
    ("files", "command", "words"),
    [
        ({".venv/own": "theirs"}, "mkdir .venv && echo mine > .venv/own", "in the way .venv/own"),
        ({".venv": "theirs"}, "mkdir .venv && echo mine > .venv/own", "in the way .venv/own"),
        ({".venv/own": "theirs"}, "echo '.venv' > .gitignore && echo mine > .venv", "modified"),
        ({"old/deep/own": "theirs"}, "mkdir old/deep && echo '*' > old/deep/.gitignore && echo mine > old/deep/own",
         "in the way old/deep/own"),
    ],
)  # fmt: skip
def test_ignored_files_are_kept_where_the_new_commit_wants_their_place(
    rig: Rig, files: dict[str | bytes, str | bytes | None], command: str, words: str
) -> None:
    commit = rig.upstream.head
    rig.ship()
    shell(rig, command)
    (rig.upstream.path / ".gitignore").write_text("")
    rig.upstream.commit(files)
    before = {path: what for path, what in rig.fingerprint().items() if "/.git/" not in path}
    with pytest.raises(StepError, match="nothing was discarded") as error:
        rig.ship()
    assert words in str(error.value)
    assert {path: what for path, what in rig.fingerprint().items() if "/.git/" not in path} == before
    assert rig.git("rev-parse", "HEAD") == commit


def test_ignored_files_survive_an_update(rig: Rig) -> None:
    rig.ship()
    shell(rig, "mkdir .venv node_modules && echo keep > .venv/own && echo '*' > node_modules/.gitignore")
    commit = rig.upstream.commit({"b.txt": "two"})
    rig.ship()
    rig.is_good(commit)
    assert (rig.path / ".venv/own").read_text() == "keep\n"
    assert (rig.path / "node_modules/.gitignore").exists()


def test_staged_content_is_kept(rig: Rig) -> None:
    rig.ship()
    shell(rig, "printf staged > s && git add s && rm s")
    rig.upstream.commit({"b.txt": "two"})
    with pytest.raises(StepError, match="staged s"):
        rig.ship()
    shell(rig, "git rm --quiet --cached s")
    rig.ship()
    rig.is_good(rig.upstream.head)


def test_local_commits_are_listed_and_kept(rig: Rig) -> None:
    rig.ship()
    rig.git("commit", "--quiet", "--allow-empty", "--message", "mended at night \x1b[2J")
    local = rig.git("rev-parse", "HEAD")
    for _upstream in ("as it was", "moved on"):
        before = rig.fingerprint()
        with pytest.raises(JudgeError, match="mended at night") as error:
            rig.ship()
        assert local[:12] in str(error.value)
        assert "\x1b" not in str(error.value)
        assert rig.fingerprint() == before
        rig.upstream.commit({"b.txt": "two"})
    rig.upstream.git("fetch", "--quiet", str(rig.path), "HEAD")
    rig.upstream.git("merge", "--quiet", "--no-edit", "FETCH_HEAD")
    rig.ship()
    rig.is_good(rig.upstream.head)


def test_a_local_commit_on_the_branch_to_switch_to_is_kept(rig: Rig) -> None:
    rig.upstream.git("branch", "dev")
    rig.ship()
    rig.git("switch", "--quiet", "--create", "dev")
    rig.git("commit", "--quiet", "--allow-empty", "--message", "on dev")
    rig.git("switch", "--quiet", "main")
    with pytest.raises(JudgeError, match="on dev"):
        rig.ship("dev")
    assert rig.ship() == []


@pytest.mark.parametrize("remembers", [True, False])
def test_a_rewritten_branch_is_followed(rig: Rig, *, remembers: bool) -> None:
    old = rig.upstream.commit({"secret": "oops"})
    rig.ship()
    rig.upstream.git("reset", "--quiet", "--hard", "HEAD^")
    new = rig.upstream.commit({"clean": "yes"})
    if not remembers:
        rig.cache = rig.cache.with_name("another controller")
    assert rig.ship() == [f"update to {new[:12]}"]
    assert f"{old[:12]}, which it was at before, is no part of that history" in rig.remark
    rig.is_good(new)


def test_a_clone_made_by_hand_is_adopted(rig: Rig) -> None:
    git(rig.home, "clone", "--quiet", str(rig.upstream.path), str(rig.path))
    rig.git("remote", "set-url", "origin", "https://op:t0ken@git.example.org/x")
    shell(rig, "chmod -R go-rwx .")
    assert rig.ship() == ["remove the remote", "set file modes"]
    rig.is_good(rig.upstream.head)
    rig.upstream.commit({"b.txt": "two"})
    assert rig.ship() == [f"update to {rig.upstream.head[:12]}"]
    rig.is_good(rig.upstream.head)
    assert "t0ken" not in (rig.path / ".git/config").read_text()


def test_a_commit_made_in_a_clone_by_hand_is_kept(rig: Rig) -> None:
    git(rig.home, "clone", "--quiet", str(rig.upstream.path), str(rig.path))
    rig.git("commit", "--quiet", "--allow-empty", "--message", "mine")
    with pytest.raises(JudgeError, match="mine"):
        rig.ship()


def test_a_checkout_of_another_repository_is_left_alone(rig: Rig, tmp_path: pathlib.Path) -> None:
    rig.ship()
    other = Upstream(tmp_path / "other")
    other.commit({"x": "y"})
    before = rig.fingerprint()
    with pytest.raises(JudgeError, match="shares no history"):
        rig.ship(url=str(other.path))
    assert rig.fingerprint() == before


@pytest.mark.parametrize(
    ("setup", "words"),
    [
        ("mkdir {} && touch {}/mine", "exists and is no git repository"),
        ("touch {}", "exists and is a file"),
        ("ln -s /etc {}", "exists and is a symbolic link"),
        ("mkfifo {}", "is a device, socket or fifo"),
        ("git init --quiet {}", "a git repository without a commit"),
        ("mkdir {} && ln -s /tmp {}/.git", ".git is no folder of the operator's own"),
        ("mkdir {} && printf 'gitdir: /tmp' > {}/.git", ".git is no folder of the operator's own"),
        ("mkdir -p {}/.git/refs && touch {}/.git/HEAD", "no folder objects"),
        ("mkdir -p {}/.git/refs {}/.git/objects && printf 'ref: ../../x' > {}/.git/HEAD", "without a commit"),
        ("mkdir -p {}/.git/refs {}/.git/objects && printf '%040d' 1 > {}/.git/HEAD", "lacks the commit 000000000000"),
        ("git clone --quiet --depth 1 file://UPSTREAM {}", "is a shallow clone"),
    ],
)
def test_what_is_no_checkout_is_left_alone(rig: Rig, setup: str, words: str) -> None:
    command = setup.replace("{}", f"'{rig.path}'").replace("UPSTREAM", str(rig.upstream.path))
    subprocess.run(["sh", "-c", command], check=True)
    with pytest.raises(StepError) as error:
        rig.ship()
    assert words in str(error.value)


def test_an_empty_folder_is_filled(rig: Rig) -> None:
    rig.path.mkdir()
    rig.ship()
    rig.is_good(rig.upstream.head)


def test_a_way_through_a_link_is_refused(rig: Rig, tmp_path: pathlib.Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (rig.home / "via").symlink_to(tmp_path / "elsewhere")
    rig.path = rig.home / "via" / "ai-systems"
    with pytest.raises(StepError, match="via is not a folder of the operator's own"):
        rig.ship()


# -- nothing that the checkout says is believed or run


def test_no_setting_hook_or_attribute_of_the_checkout_runs_anything(rig: Rig, tmp_path: pathlib.Path) -> None:
    rig.ship()
    canary = tmp_path / "pwned"
    run = f"touch '{canary}'; cat #"
    for key in (
        "core.fsmonitor", "core.sshCommand", "core.pager", "core.editor", "core.askPass", "core.gitProxy",
        "diff.external", "credential.helper", "gpg.program", "filter.evil.clean", "filter.evil.smudge",
        "filter.evil.process", "diff.evil.textconv", "merge.evil.driver", "pager.log", "pager.config", "alias.log",
        "uploadpack.packObjectsHook", "core.alternateRefsCommand",
    ):  # fmt: skip
        rig.git("config", key, run)
    (tmp_path / "included").write_text(f"[core]\n\tfsmonitor = {canary}\n\tworktree = /etc\n")
    rig.git("config", "include.path", str(tmp_path / "included"))
    rig.git("config", "extensions.partialClone", "origin")
    hooks = rig.path / ".git/hooks"
    hooks.mkdir()
    for name in ("post-checkout", "reference-transaction", "post-index-change", "pre-auto-gc", "post-merge"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch '{canary}'\n")
        (hooks / name).chmod(0o755)
    (rig.path / ".git/info").mkdir()
    (rig.path / ".git/info/attributes").write_text("* filter=evil diff=evil merge=evil\n")
    assert rig.ship() == []
    commit = rig.upstream.commit({"a.txt": "changed", "new.txt": "x", ".gitattributes": "* filter=evil\n"})
    rig.ship()
    assert not canary.exists()
    assert (rig.path / "a.txt").read_text() == "changed"
    # The trap works: an ordinary git walks into it.
    subprocess.run(["git", "status"], cwd=rig.path, check=False, capture_output=True)
    assert canary.exists()
    shutil.rmtree(hooks)
    shutil.rmtree(rig.path / ".git/info")
    (rig.path / ".git/config").write_text("[core]\n")
    assert rig.ship() == []
    assert rig.git("rev-parse", "HEAD") == commit


def test_another_tree_under_the_commits_name_is_noticed(rig: Rig) -> None:
    rig.ship()
    shell(rig, "git gc --quiet && mv .git/objects/pack/*.pack .. && rm -f .git/objects/pack/*")
    shell(rig, "for p in ../*.pack; do git unpack-objects -q < $p; done; rm -f ../*.pack")
    shell(rig, "printf evil > a.txt && git add a.txt")
    forged, real = rig.git("write-tree"), rig.git("rev-parse", "HEAD^{tree}")
    at = [rig.path / ".git/objects" / name[:2] / name[2:] for name in (forged, real)]
    at[1].chmod(0o644)
    at[1].write_bytes(at[0].read_bytes())
    with pytest.raises(Exception, match=r"tampered|hash mismatch|failed with status") as error:
        rig.ship()
    assert str(rig.path) in str(error.value)


def test_the_controllers_digest_decides_what_the_commit_is(rig: Rig, tmp_path: pathlib.Path) -> None:
    rig.ship()
    wanted = rig.order(rig.source(), digest="0" * 64)
    with pytest.raises(StepError, match="were tampered with"):
        rig.look(wanted)
    before = rig.fingerprint()
    with pytest.raises(StepError, match="not what was shipped"):
        checkout.update(wanted, rig.account, str(tmp_path), None)
    assert rig.fingerprint() == before


def test_a_replaced_object_is_not_looked_at(rig: Rig) -> None:
    rig.ship()
    shell(rig, "printf evil > a.txt && git add a.txt")
    tree = rig.git("write-tree")
    fake = rig.git("commit-tree", tree, "-m", "evil")
    rig.git("replace", "HEAD", fake)
    with pytest.raises(StepError, match=r"modified a\.txt"):
        rig.ship()


# -- cut off


def test_leftovers_of_a_killed_clone_are_taken_away(rig: Rig) -> None:
    (rig.home / ".ai-systems.new-0000beef/.git").mkdir(parents=True)
    rig.ship()
    rig.is_good(rig.upstream.head)


STEPS = ("receive", "_write_files", "_write_ref", "point_head", "remove_if_there", "_write")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_an_update_that_was_cut_off_anywhere_is_finished(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, step: str, when: str
) -> None:
    rig.ship()
    rig.upstream.git("rm", "--quiet", "-r", "old")
    commit = rig.upstream.commit({"a.txt": "changed\n", "new/er": "x", "old": "file"})
    real = getattr(checkout, step)

    def cut_off(*arguments: t.Any, **options: t.Any) -> None:
        if step == "remove_if_there" and not str(arguments[0]).endswith("switching"):
            real(*arguments, **options)
            return
        if when == "after":
            real(*arguments, **options)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(checkout, step, cut_off)
        with pytest.raises(KeyboardInterrupt):
            rig.ship()
    actions = rig.ship()
    rig.is_good(commit)
    assert rig.git("rev-parse", checkout.SHIPPED) == commit
    assert actions in ([f"update to {commit[:12]}"], [f"finish the update to {commit[:12]}"], [])
    assert rig.ship() == []


def half_done(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut an update off when some files are new and some old."""
    rig.upstream.commit({"c.txt": "1"})
    rig.ship()
    (rig.upstream.path / "c.txt").write_text("2")
    rig.upstream.commit(
        {"a.txt": "changed a lot\n", "b.txt": "new file\n", "old/file": None, "bin/run": "#!/bin/dash\n"}
    )

    def cut_off(shadow: Shadow, *_rest: t.Any) -> None:
        (pathlib.Path(shadow.root) / "b.txt").write_text("new f")
        (pathlib.Path(shadow.root) / "a.txt").write_text("changed a lot\n")
        (pathlib.Path(shadow.root) / "old/file").unlink()
        (pathlib.Path(shadow.root) / "bin/run").write_text("")
        (pathlib.Path(shadow.root) / "c.txt").unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(checkout, "_write_files", cut_off)
        with pytest.raises(KeyboardInterrupt):
            rig.ship()


def test_files_that_were_being_written_are_ours(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    half_done(rig, monkeypatch)
    rig.ship()
    rig.is_good(rig.upstream.head)


def test_an_edit_after_the_cut_is_still_the_operators(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    half_done(rig, monkeypatch)
    (rig.path / "a.txt").write_text("mine\n")
    with pytest.raises(StepError, match=r"modified a\.txt"):
        rig.ship()
    assert (rig.path / "a.txt").read_text() == "mine\n"


def test_another_version_may_be_declared_after_the_cut(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    half_done(rig, monkeypatch)
    commit = rig.upstream.commit({"a.txt": "third\n", "b.txt": None})
    rig.ship()
    rig.is_good(commit)
    assert not (rig.path / "b.txt").exists()


def test_without_a_cut_an_emptied_file_is_a_change(rig: Rig) -> None:
    rig.ship()
    rig.upstream.commit({"b.txt": "two"})
    (rig.path / "a.txt").write_text("")
    with pytest.raises(StepError, match=r"modified a\.txt"):
        rig.ship()


def test_a_checkout_that_moved_since_it_was_judged_has_another_standing(rig: Rig) -> None:
    rig.ship()
    wanted = rig.order(rig.source())
    before = checkout.standing(rig.look(wanted)[0])
    rig.git("commit", "--quiet", "--allow-empty", "--message", "meanwhile")
    assert checkout.standing(rig.look(wanted)[0]) != before


# -- single parts


def test_a_bundle_that_is_none_is_refused(rig: Rig, tmp_path: pathlib.Path) -> None:
    (tmp_path / "bundle").write_bytes(b"<html>\n")
    with (tmp_path / "bundle").open("rb") as file, pytest.raises(StepError, match="is no bundle"):
        checkout.clone(rig.order(rig.source()), rig.account, str(tmp_path), file)
    assert list(rig.home.iterdir()) == []


def test_a_bundle_of_another_commit_is_refused(rig: Rig, tmp_path: pathlib.Path) -> None:
    old = rig.source(rig.upstream.head)
    bundle = old.bundle(old.version().commit, "")
    rig.upstream.commit({"b.txt": "two"})
    with bundle.open("rb") as file, pytest.raises(StepError, match="does not hold commit"):
        checkout.clone(rig.order(rig.source()), rig.account, str(tmp_path), file)
    assert list(rig.home.iterdir()) == []


def test_packed_refs_are_read(rig: Rig) -> None:
    rig.ship()
    rig.git("pack-refs", "--all")
    assert not (rig.path / ".git/refs/heads/main").exists()
    assert rig.ship() == []
    rig.upstream.commit({"b.txt": "two"})
    rig.ship()
    rig.is_good(rig.upstream.head)


def test_disk_hashes_as_git_does(rig: Rig) -> None:
    rig.ship()
    disk = Disk(str(rig.path), largest=1000)
    for line in rig.git("ls-tree", "-r", "HEAD").splitlines():
        what, _tab, path = line.partition("\t")
        mode, _kind, blob = what.split()
        assert disk.entry(path) == Entry(mode, blob)
    assert disk.entry("nothing/here") is None
    assert disk.entry("bin") == Entry("040000", "")


def test_a_file_larger_than_any_of_the_commit_is_not_read(rig: Rig) -> None:
    rig.ship()
    assert Disk(str(rig.path), largest=1).entry("a.txt") == Entry("100644", "")
