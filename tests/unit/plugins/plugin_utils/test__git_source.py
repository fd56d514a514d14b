"""The controller's side of runbook 2.9, with real git on real repositories."""

from __future__ import annotations

import multiprocessing
import os
import pathlib
import stat
import subprocess
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _git_source
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._git_source import Source, SourceError, Version, Wanted
from tests.git_rig import Upstream, git


@pytest.fixture
def upstream(tmp_path: pathlib.Path) -> Upstream:
    upstream = Upstream(tmp_path / "upstream")
    upstream.commit({"a": "1"}, "first words")
    return upstream


def ask(upstream: Upstream, version: str = "main", *, run_id: str = "", url: str = "", **options: t.Any) -> Version:
    wanted = Wanted(url=url or str(upstream.path), version=version, **options)
    return Source(wanted, cache=upstream.path.parent / "cache", run_id=run_id or os.urandom(8).hex()).version()


def test_branch_tag_and_commit_are_resolved(upstream: Upstream) -> None:
    upstream.git("tag", "--annotate", "--message", "m", "v1")
    first = upstream.head
    second = upstream.commit({"b": "22"})
    main = ask(upstream)
    assert (main.commit, main.branch, main.largest, main.size, main.remote) == (second, "main", 2, 3, "")
    assert (ask(upstream, "v1").commit, ask(upstream, "v1").branch) == (first, "")
    assert (ask(upstream, first).commit, ask(upstream, first).branch) == (first, "")
    assert ask(upstream, "refs/heads/main").branch == "main"
    assert ask(upstream, "v1").subject == "first words"
    assert ask(upstream, upstream.git("rev-parse", "v1")).commit == first


def test_one_run_gets_one_commit_and_the_next_run_the_next(upstream: Upstream) -> None:
    first = ask(upstream, run_id="one")
    upstream.commit({"b": "2"})
    assert ask(upstream, run_id="one") == first
    assert ask(upstream, run_id="two").commit == upstream.head


def test_a_failure_is_asked_for_once_per_run_too(upstream: Upstream) -> None:
    with pytest.raises(SourceError):
        ask(upstream, "dev", run_id="one")
    upstream.git("branch", "dev")
    with pytest.raises(SourceError):
        ask(upstream, "dev", run_id="one")
    assert ask(upstream, "dev", run_id="two").branch == "dev"


def test_many_hosts_at_once_fetch_once(upstream: Upstream, tmp_path: pathlib.Path) -> None:
    with multiprocessing.get_context("fork").Pool(8) as pool:
        found = pool.starmap(_ask_in_worker, [(str(upstream.path), str(tmp_path / "cache"))] * 16)
    assert found == [upstream.head] * 16


def _ask_in_worker(url: str, cache: str) -> str:
    return Source(Wanted(url=url, version="main"), cache=pathlib.Path(cache), run_id="one").version().commit


def test_the_cache_is_for_its_owner_alone(upstream: Upstream, tmp_path: pathlib.Path) -> None:
    ask(upstream)
    (folder,) = (tmp_path / "cache").iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_locks_of_a_killed_fetch_are_taken_away(upstream: Upstream, tmp_path: pathlib.Path) -> None:
    ask(upstream)
    (folder,) = (tmp_path / "cache").iterdir()
    for name in ("packed-refs.lock", "refs/heads/main.lock", "shallow.lock"):
        (folder / "mirror.git" / name).touch()
    (folder / "new-killed").mkdir()
    upstream.commit({"b": "2"})
    assert ask(upstream).commit == upstream.head


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("nowhere", "'nowhere' is no branch, tag or commit of"),
        ("1" * 40, "is no branch, tag or commit of"),
        ("--upload-pack=x", "begins with '-'"),
        ("both", "is both a branch and a tag"),
        ("blob", "is a tag that leads to no commit"),
    ],
)
def test_a_version_that_is_none(upstream: Upstream, version: str, words: str) -> None:
    upstream.git("branch", "both")
    upstream.git("tag", "both")
    upstream.git("tag", "blob", upstream.git("rev-parse", "HEAD:a"))
    with pytest.raises(SourceError) as error:
        ask(upstream, version)
    assert words in str(error.value)


def test_a_shortened_commit_is_answered_with_the_full_one(upstream: Upstream) -> None:
    with pytest.raises(SourceError, match=f"declare it in full: {upstream.head}"):
        ask(upstream, upstream.head[:10])


def test_an_empty_repository(tmp_path: pathlib.Path) -> None:
    with pytest.raises(SourceError, match="is empty"):
        ask(Upstream(tmp_path / "empty"))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("/nowhere/x", "is no folder on this machine"),
        ("{inner}", "lies inside the repository"),
        ("{plain}", "is no git repository"),
        ("{shallow}", "is a shallow clone"),
        ("http://127.0.0.1:1/x", "cannot be fetched"),
        ("https://op:t0ken@h/x", "credential helper"),
    ],
)
def test_a_source_that_gives_nothing(upstream: Upstream, tmp_path: pathlib.Path, url: str, words: str) -> None:
    (upstream.path / "inner").mkdir()
    (tmp_path / "plain").mkdir()
    upstream.commit({"b": "2"})
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{upstream.path}", "shallow")
    places = {"inner": upstream.path / "inner", "plain": tmp_path / "plain", "shallow": tmp_path / "shallow"}
    with pytest.raises(SourceError) as error:
        ask(upstream, url=url.format(**places))
    assert words in str(error.value)
    assert "t0ken" not in str(error.value)


def test_credentials_that_git_itself_prints_are_not_repeated(
    upstream: Upstream, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As an older git does where the operator's settings rewrite a URL to one that holds a token.
    fake = tmp_path / "bin"
    fake.mkdir()
    (fake / "git").write_text(
        '#!/bin/sh\ncase "$*" in *--version) echo git version 2.47.0;;\n'
        '*init*) for last; do :; done; : > "$last/HEAD";;\n'
        "*) echo 'fatal: unable to access https://op:t0ken@git.example.org/x/' >&2; exit 128;; esac\n"
    )
    (fake / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake}:{os.environ['PATH']}")
    with pytest.raises(SourceError, match=r"unable to access https://git\.example\.org/x/") as error:
        ask(upstream, url="https://git.example.org/x")
    assert "t0ken" not in str(error.value)


@pytest.mark.parametrize("change", ["edit", "untracked", "staged"])
def test_a_clone_with_changes_is_refused_unless_that_is_wanted(upstream: Upstream, change: str) -> None:
    name = "a" if change == "edit" else "new\x1b[2J"
    (upstream.path / name).write_text("changed")
    if change == "staged":
        upstream.git("add", "--all")
    with pytest.raises(SourceError, match="changes that no commit holds") as error:
        ask(upstream)
    assert "\x1b" not in str(error.value)
    assert ask(upstream, require_clean=False).commit == upstream.head


def test_a_bare_clone_is_fine(upstream: Upstream, tmp_path: pathlib.Path) -> None:
    git(tmp_path, "clone", "--quiet", "--bare", str(upstream.path), "bare.git")
    assert ask(upstream, url=str(tmp_path / "bare.git")).commit == upstream.head
    assert ask(upstream, url=f"file://{tmp_path}/bare.git").remote == ""


def test_submodules_are_refused(upstream: Upstream, tmp_path: pathlib.Path) -> None:
    other = Upstream(tmp_path / "other")
    other.commit({"x": "y"})
    upstream.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.path), "sub")
    upstream.commit({})
    with pytest.raises(SourceError, match=r"has a submodule"):
        ask(upstream)


def test_lfs_is_refused_wherever_it_is_declared(upstream: Upstream) -> None:
    upstream.commit({"deep/.gitattributes": "# filter=lfs\n*.txt text\n"})
    ask(upstream)
    upstream.commit({"deep/.gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n"})
    with pytest.raises(SourceError, match=r"Git LFS \('deep/\.gitattributes'\)"):
        ask(upstream)


def test_signatures(upstream: Upstream, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    (tmp_path / "signers").write_text(f"op@example.org {(tmp_path / 'key.pub').read_text()}")
    config = tmp_path / "gitconfig"
    config.write_text(f'[gpg]\n\tformat = ssh\n[gpg "ssh"]\n\tallowedSignersFile = {tmp_path}/signers\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    with pytest.raises(SourceError, match="does not verify the signature"):
        ask(upstream, verify_signature=True)
    upstream.git("-c", "gpg.format=ssh", "-c", f"user.signingKey={key}", "commit", "-qS", "--allow-empty", "-m", "s")
    assert ask(upstream, verify_signature=True).commit == upstream.head
    upstream.commit({"b": "2"})
    upstream.git("-c", "gpg.format=ssh", "-c", f"user.signingKey={key}", "tag", "--sign", "--message", "m", "v1")
    assert ask(upstream, "v1", verify_signature=True).commit == upstream.head
    (tmp_path / "signers").write_text("")
    with pytest.raises(SourceError, match="does not verify the signature"):
        ask(upstream, "v1", verify_signature=True)


def test_an_open_transport_is_warned_of_unless_the_commit_is_pinned() -> None:
    for url, version, warned in (
        ("http://h/x", "main", True),
        ("git://h/x", "main", True),
        ("http://h/x", "1" * 40, False),
        ("https://h/x", "main", False),
        ("git@h:x", "main", False),
    ):
        source = Source(Wanted(url=url, version=version), run_id="one")
        assert bool(source._warning()) == warned


def test_git_missing_or_too_old(upstream: Upstream, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "bin"
    fake.mkdir()
    monkeypatch.setenv("PATH", str(fake))
    with pytest.raises(SourceError, match="no git that runs"):
        ask(upstream)
    (fake / "git").write_text("#!/bin/sh\necho git version 2.11.0\n")
    (fake / "git").chmod(0o755)
    with pytest.raises(SourceError, match=r"too old \(git version 2\.11\.0\)"):
        ask(upstream)


def test_a_run_inside_a_git_hook_reads_the_right_repository(
    upstream: Upstream, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "another"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    monkeypatch.delenv("GIT_DIR")
    head = upstream.head
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "another"))
    assert ask(upstream).commit == head


def test_a_bundle_is_made_once_and_holds_what_is_new(upstream: Upstream, tmp_path: pathlib.Path) -> None:
    first = upstream.commit({"large": os.urandom(100_000)})
    second = upstream.commit({"b": "2"})
    source = Source(Wanted(url=str(upstream.path), version="main"), cache=tmp_path / "cache", run_id="one")
    source.version()
    whole, thin = source.bundle(second, ""), source.bundle(second, first)
    assert whole.stat().st_size > 100_000
    assert thin.stat().st_size < 10_000
    made = thin.stat().st_ino
    assert source.bundle(second, first).stat().st_ino == made


def test_a_repository_too_large_to_send(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_git_source, "LARGEST_BUNDLE", 10)
    source = Source(Wanted(str(upstream.path), "main"), cache=upstream.path.parent / "cache", run_id="one")
    with pytest.raises(SourceError, match="keep large files out"):
        source.bundle(source.version().commit, "")


def test_this_run_is_named_after_the_process_that_forks_the_workers() -> None:
    assert str(os.getppid()) in _git_source._this_run()
