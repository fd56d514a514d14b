"""Runbook 2.9 on a real node, with real git on both sides: what is shipped, what is refused, what is finished."""

from __future__ import annotations

import base64
import functools
import http.server
import os
import pathlib
import shlex
import subprocess
import threading
import time
import typing as t

import pytest

from tests.git_rig import Upstream
from tests.nodes.conftest import LabNodes
from tests.nodes.harness import ROLE_PLAYBOOK, Node, Run, kill_all_of

CHECKOUT = "/home/ops/ai-systems"
CLAUSE = "2.9"
ODD_NAMES = (b"-rf", b"new\nline", "größe ☃".encode(), b"not \xff utf-8", b"$(reboot)", b"{{ x }}", b"\x1b[2J")


class Site:
    """The node, and the repository that it is to carry."""

    def __init__(self, node: Node, upstream: Upstream) -> None:
        self.node = node
        self.upstream = upstream

    def run(self, *, check: bool = False, **variables: t.Any) -> Run:
        wanted = {"repository_url": str(self.upstream.path), "repository_version": "main", **variables}
        # Verbose, since so ansible-core says each module that it runs on the node.
        wanted["roles_under_test"] = ["repository"]
        return self.node.play(ROLE_PLAYBOOK, "-vvv", check=check, variables=wanted)

    def as_operator(self, command: str) -> str:
        return self.node.root(f"runuser -u ops -- sh -c {shlex.quote(f'cd {CHECKOUT} && {command}')}").ok()

    @property
    def head(self) -> str:
        return self.as_operator("git rev-parse HEAD").strip()

    def is_good(self, commit: str) -> None:
        """Whether another git, the operator's on the node, finds that very commit, whole and unchanged."""
        assert self.head == commit
        assert self.as_operator("git status --porcelain && git fsck --strict --no-dangling 2>&1") == ""
        assert self.node.root(f"find {CHECKOUT} ! -user ops").ok() == ""
        assert self.node.root("find /home/ops -maxdepth 1 -name '.ai-systems*'; ls /run/ai-systems-runbook").ok() == ""

    def fresh(self) -> str:
        """Make the checkout what it last was by our hand, and leave nothing else in its place."""
        if self.node.root(f"test -f {CHECKOUT}/.git/refs/ai-systems/shipped").rc != 0:
            self.node.root(f"rm -rf {CHECKOUT}").ok()
            self.run().ok()
        self.as_operator(
            "git switch --quiet --force --detach refs/ai-systems/shipped && git clean -ffdxq"
            " && git branch --quiet --force main && git switch --quiet main"
        )
        if self.head != self.upstream.head:
            self.run().ok()
        return self.head


def calls(run: Run) -> int:
    """How often our module was run on the node."""
    return sum("Using module file" in line and "git_checkout" in line for line in run.output.splitlines())


def sentence(run: Run) -> str:
    return " ".join(run.output.split())


@pytest.fixture(scope="module")
def bare(lab_node: LabNodes, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Site]:
    """A node as a fresh flash gives it: no operator, no git."""
    folder = tmp_path_factory.mktemp("controller")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        upstream = Upstream(folder / "ai-systems")
        upstream.commit({"README.md": "one\n", "bin/run": "#!/bin/sh\n", ".gitignore": ".venv/\n", "old/file": "x"})
        yield Site(lab_node("t-repository"), upstream)


@pytest.fixture(scope="module")
def site(bare: Site) -> Site:
    node = bare.node
    if node.root("getent passwd ops").rc != 0:
        node.root("useradd --create-home --shell /bin/bash ops && chmod 0711 /home/ops").ok()
        node.root("apt-get -qq update && apt-get -qq install --yes --no-install-recommends git", seconds=300).ok()
    return bare


def test_check_on_a_fresh_node_predicts_the_real_run(bare: Site, request: pytest.FixtureRequest) -> None:
    predicted = bare.run(check=True).ok()
    bare.run().failed("there is no account 'ops'", "operator_user (2.7) comes before repository")
    site: Site = request.getfixturevalue("site")
    done = site.run().ok()
    commit = site.upstream.head
    assert predicted.actions == done.actions == {(CLAUSE, CHECKOUT, f"clone at {commit[:12]}")}
    site.is_good(commit)
    for check in (True, False):
        run = site.run(check=check).ok()
        assert run.actions == set()
        # Nothing is asked twice and nothing shipped where the commit is the same.
        assert calls(run) == 1
        assert '"shipped": 0' in run.output
    assert site.as_operator("git branch --show-current; git remote") == "main\n"
    assert site.node.root(f"stat -c %a {CHECKOUT}").ok().strip() == "755"
    assert site.node.root(f"runuser -u nobody -- cat {CHECKOUT}/README.md").ok() == "one\n"


def test_an_update_brings_exactly_the_new_commit(site: Site) -> None:
    site.fresh()
    up = site.upstream
    # A file becomes a folder and a folder a file; attributes would change bytes; names are what Linux allows.
    up.git("rm", "--quiet", "-r", "old")
    up.commit({"old": "a file now", "README.md": None})
    up.commit(
        {
            "README.md/inner": "a folder now",
            ".gitattributes": "* text eol=crlf ident\n*.u working-tree-encoding=UTF-16\n",
        }
    )
    (up.path / "link").symlink_to("bin/run")
    (up.path / "bin/run").chmod(0o755)
    commit = up.commit({**{name: name for name in ODD_NAMES}, "id.txt": "$Id$\n"})
    predicted = site.run(check=True).ok()
    assert "bin/run" in predicted.output
    assert "id.txt" in predicted.output
    assert "\x1b[2J" not in predicted.output
    done = site.run().ok()
    assert predicted.actions == done.actions == {(CLAUSE, CHECKOUT, f"update to {commit[:12]}")}
    assert calls(predicted) == 1
    assert calls(done) == 2
    site.is_good(commit)
    assert site.as_operator("cat README.md/inner old bin/run; readlink link").endswith("a file now#!/bin/sh\nbin/run\n")
    assert site.as_operator("cat id.txt") == "$Id$\n"
    # The operator's own git would apply these attributes, and tests below restore files with it.
    up.commit({".gitattributes": None})
    site.run().ok()
    assert site.run().ok().actions == set()


def test_branch_tag_and_commit(site: Site) -> None:
    main = site.fresh()
    up = site.upstream
    assert main == up.head
    up.git("tag", "--annotate", "--message", "first", "v1")
    up.git("switch", "--quiet", "--create", "feature/x")
    feature = up.commit({"feature": "yes"})
    up.git("switch", "--quiet", "main")
    try:
        assert site.run(repository_version="v1").ok().actions == {(CLAUSE, CHECKOUT, "detach from its branch")}
        site.run(repository_version="feature/x").ok()
        site.is_good(feature)
        assert site.as_operator("git branch --show-current").strip() == "feature/x"
        back = site.run(repository_version=main).ok()
        assert back.actions == {(CLAUSE, CHECKOUT, f"update to {main[:12]}")}
        assert f"It went back from the later {feature[:12]}" in sentence(back)
        site.is_good(main)
        assert site.as_operator("git branch --show-current") == ""
        assert site.run().ok().actions == {(CLAUSE, CHECKOUT, "switch to branch main")}
    finally:
        up.git("branch", "--quiet", "-D", "feature/x")
        up.git("tag", "-d", "v1")


def test_local_changes_and_commits_are_listed_and_kept(site: Site) -> None:
    """Each kind has its own row in the unit tests; here that the operator reads of them."""
    site.fresh()
    site.as_operator("printf edited > README.md/inner; rm id.txt; chmod 644 bin/run; printf x > 'mine\x1b[31m'")
    site.as_operator("mkdir many && cd many && seq 300 | xargs touch")
    listing = f"cd {CHECKOUT} && find . -path ./.git -prune -o -type f -print0 | sort -z | xargs -0 md5sum | md5sum"
    before = site.node.root(listing).ok()
    for check in (True, False):
        run = site.run(check=check).failed(
            "holds changes that no commit knows", "other mode of bin/run", "deleted id.txt", "modified README.md/inner",
            "untracked many/1,", "more; commit them upstream", "nothing was discarded",
        )  # fmt: skip
        assert "\x1b[31m" not in run.output
    assert site.node.root(listing).ok() == before
    site.fresh()
    site.as_operator("git -c user.name=n -c user.email=n@x commit --quiet --allow-empty --message 'at night {{ x }}'")
    local = site.head
    site.run().failed("has commits that the declared repository does not have", local[:12], "at night {{ x }}")
    assert site.head == local


def test_a_rewritten_branch_is_followed_unless_the_node_has_work_of_its_own(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    up = site.upstream
    old = up.commit({"secret": "oops"})
    site.fresh()
    site.run().ok()
    up.git("reset", "--quiet", "--hard", "HEAD^")
    new = up.commit({"clean": "yes"})
    # Also from a controller that has never seen the old commit.
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    predicted = site.run(check=True).ok()
    run = site.run().ok()
    assert predicted.actions == run.actions == {(CLAUSE, CHECKOUT, f"update to {new[:12]}")}
    assert f"{old[:12]}, which it was at before, is no part of that history" in sentence(run)
    site.is_good(new)


def test_a_checkout_that_the_operator_made_by_hand_is_adopted(site: Site) -> None:
    site.fresh()
    bundle = site.upstream.path.parent / "by-hand.bundle"
    site.upstream.git("bundle", "create", "--quiet", str(bundle), "main")
    site.node.root(
        f"rm -rf {CHECKOUT}; base64 -d > /tmp/b.bundle", stdin=base64.b64encode(bundle.read_bytes()).decode()
    )
    site.node.root(f"cd / && umask 077 && runuser -u ops -- git clone --quiet -b main /tmp/b.bundle {CHECKOUT}").ok()
    address = "https://someone:an0ther-t0ken@git.example.org/x.git"
    site.as_operator(f"git remote set-url origin {address}")
    predicted = site.run(check=True).ok()
    run = site.run().ok()
    assert {action for _clause, _subject, action in run.actions} == {"remove the remote", "set file modes"}
    assert predicted.actions == run.actions
    assert "an0ther-t0ken" not in predicted.output + run.output
    assert "an0ther" not in site.node.root(f"cat {CHECKOUT}/.git/config").ok()
    site.is_good(site.upstream.head)


def test_what_lies_at_the_path_and_is_no_checkout_of_it_is_left_alone(site: Site, tmp_path: pathlib.Path) -> None:
    node = site.node
    node.root(f"rm -rf {CHECKOUT}; ln -s /etc {CHECKOUT}").ok()
    site.run().failed("exists and is a symbolic link")
    node.root(f"rm {CHECKOUT}; mkdir {CHECKOUT}").ok()
    site.run(check=True).failed("belongs to uid 0")
    site.fresh()
    other = Upstream(tmp_path / "other")
    other.commit({"other": "project"})
    site.run(repository_url=str(other.path)).failed("shares no history", "a checkout of another one")
    site.is_good(site.upstream.head)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("../../etc/ai-systems", "must be an absolute path"),
        ("/etc/ai-systems", "must lie inside the operator's home /home/ops"),
        ("/home/ops/via/x", "is not a folder of the operator's own"),
    ],
)
def test_a_hostile_path_is_refused(site: Site, path: str, words: str) -> None:
    site.node.root("ln -sfn /etc /home/ops/via").ok()
    site.run(repository_path=path).failed(words)
    site.node.root("rm /home/ops/via; ! test -e /etc/ai-systems && ! test -e /etc/x").ok()


def test_what_the_checkout_says_of_itself_runs_nothing(site: Site) -> None:
    site.fresh()
    canary = "sh -c 'id -u >> /tmp/pwned; cat'"
    keys = [
        "core.fsmonitor", "core.sshCommand", "core.pager", "core.editor", "core.askPass", "core.gitProxy",
        "diff.external", "credential.helper", "gpg.program", "filter.evil.clean", "filter.evil.smudge",
        "filter.evil.process", "diff.evil.textconv", "diff.evil.command", "merge.evil.driver", "pager.log", "alias.log",
        "alias.ls-tree", "uploadpack.packObjectsHook", "log.showSignature",
    ]  # fmt: skip
    for key in keys:
        site.as_operator(f"git config {key} {shlex.quote(canary if key != 'log.showSignature' else 'true')}")
    site.as_operator(
        "printf '[core]\\n fsmonitor = touch /tmp/pwned\\n' > /tmp/inc && git config include.path /tmp/inc;"
        " git config core.hooksPath .git/hooks; git config core.worktree /etc; mkdir -p .git/hooks .git/info;"
        " for h in post-checkout post-merge reference-transaction post-index-change pre-auto-gc fsmonitor-watchman; do"
        " printf '#!/bin/sh\\ntouch /tmp/pwned\\n' > .git/hooks/$h; chmod +x .git/hooks/$h; done;"
        " printf '* filter=evil diff=evil merge=evil\\n' > .git/info/attributes"
    )
    site.node.root("install -o ops -m 755 /dev/null /home/ops/.gitconfig && cp /tmp/inc /home/ops/.gitconfig").ok()
    try:
        assert site.run().ok().actions == set()
        commit = site.upstream.commit({"evil.txt": "x", "README.md/inner": f"{time.time()}"})
        site.run(check=True).ok()
        site.run().ok()
        assert site.node.root("cat /tmp/pwned").rc != 0
        site.node.root(f"cd {CHECKOUT} && rm -r .git/hooks .git/info && printf '[core]\\n' > .git/config").ok()
        site.node.root("rm /home/ops/.gitconfig; chown ops: -R /home/ops").ok()
        site.is_good(commit)
    finally:
        site.node.root("rm -f /tmp/pwned /tmp/inc /home/ops/.gitconfig")


def test_git_missing_on_the_node(site: Site) -> None:
    site.node.root(f"rm -rf {CHECKOUT}; chmod 644 /usr/bin/git").ok()
    try:
        site.run().failed("git is not installed on the node; essential_packages (2.6) comes before repository")
        assert len(site.run(check=True).ok().actions) == 1
    finally:
        site.node.root("chmod 755 /usr/bin/git").ok()


def test_a_full_disk_leaves_nothing_half_done(site: Site) -> None:
    up = site.upstream
    up.commit({"big": os.urandom(1_500_000)})
    try:
        site.node.root(
            "mkdir /home/ops/small && mount -t tmpfs -o size=2M,uid=1001,mode=755 tmpfs /home/ops/small"
        ).ok()
        site.node.root("chown ops: /home/ops/small").ok()
        site.run(repository_path="/home/ops/small/ai-systems").failed("MiB free", "make room on the node")
        assert site.node.root("ls -A /home/ops/small").ok() == ""
    finally:
        site.node.root("umount /home/ops/small; rmdir /home/ops/small")
        up.git("reset", "--quiet", "--hard", "HEAD^")


class Private(http.server.SimpleHTTPRequestHandler):
    """Static files for those who know the password."""

    def do_GET(self) -> None:
        wanted = "Basic " + base64.b64encode(b"op:s3cret-t0ken").decode()
        if self.headers.get("Authorization") != wanted:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="private"')
            self.end_headers()
            return
        super().do_GET()

    def log_message(self, format: str, *args: t.Any) -> None:  # noqa: A002 the base class calls it so
        pass


def test_a_private_url_works_and_nothing_of_the_credentials_reaches_the_node(
    site: Site, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.upstream.git("clone", "--quiet", "--bare", str(site.upstream.path), str(tmp_path / "private.git"))
    subprocess.run(["git", "-C", str(tmp_path / "private.git"), "update-server-info"], check=True)
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Private, directory=str(tmp_path))
    ) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/private.git"
        config = tmp_path / "gitconfig"
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
        config.write_text("")
        site.node.root(f"rm -rf {CHECKOUT}").ok()
        site.run(repository_url=url).failed("cannot be fetched", "try git ls-remote")
        config.write_text('[credential]\n\thelper = "!f() { echo username=op; echo password=s3cret-t0ken; }; f"\n')
        run = site.run(repository_url=url).ok()
        assert "on which anybody in between can change" in sentence(run)
        server.shutdown()
    site.is_good(site.upstream.head)
    assert site.as_operator("git remote get-url origin").strip() == url
    assert "s3cret" not in run.output
    assert site.node.root("grep -rl s3cret /home /root /run /tmp /var/log /etc").out == ""
    assert "s3cret" not in site.node.root("journalctl").ok()
    bad = site.run(repository_url="https://op:s3cret-t0ken@git.example.org/x.git").failed("credential.helper")
    assert "s3cret" not in bad.output


# Last, since they fill the repository: many files make the moments long in which a run can be killed.


@pytest.fixture
def many(site: Site) -> Upstream:
    up = site.upstream
    if not (up.path / "many").is_dir():
        up.commit({f"many/{i % 50}/{i}.txt": f"{i}\n" * 20 for i in range(5000)})
    return up


def killed(site: Site, moment: str, **variables: t.Any) -> None:
    """Start a run, and at the moment when ``moment`` holds on the node kill all of it with SIGKILL."""
    wanted = {
        "roles_under_test": ["repository"],
        "repository_url": str(site.upstream.path),
        "repository_version": "main",
    }
    playbook = pathlib.Path(__file__).with_name("role.yml")
    argv, env, _steps = site.node.command(playbook, variables={**wanted, **variables})
    process = subprocess.Popen(
        argv, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        cwd=pathlib.Path(__file__).parents[2], start_new_session=True,
    )  # fmt: skip
    try:
        # git is stopped first, so that the moment lasts. It is not killed here: it dies with what started it, or never.
        script = (
            # It is over soon: others of a busy machine must not come before this.
            "chrt --fifo --pid 1 $$ 2>/dev/null; "
            f"i=0; until {moment}; do i=$((i+1)); test $i -lt 15000 || exit 3; sleep 0.005; done; "
            "pkill -STOP -x git || exit 4; kill -9 $(pgrep -x python3) || exit 5; "
            "i=0; while pgrep -x git; do i=$((i+1)); "
            "test $i -lt 300 || { pkill -KILL -x git; exit 6; }; sleep 0.1; done"
        )
        done = site.node.root(script, seconds=900)
        why = {3: "it never came", 4: "git was over by then", 5: "no python3 ran by then", 6: "git outlives the run"}
        assert done.rc == 0, f"{moment}: {why.get(done.rc)}; {done}"
    finally:
        kill_all_of(process.pid)
        process.wait()


def test_a_clone_that_was_killed_is_begun_anew(site: Site, many: Upstream) -> None:
    site.node.root(f"rm -rf {CHECKOUT}").ok()
    killed(site, "ls -d /home/ops/.ai-systems.new-*/many/1 2>/dev/null")
    assert site.node.root(f"test -e {CHECKOUT}").rc != 0
    assert site.node.root("ls -d /home/ops/.ai-systems.new-*").ok()
    site.node.root("rm -rf /run/ai-systems-runbook/git-*").ok()
    assert {action for *_rest, action in site.run().ok().actions} == {f"clone at {many.head[:12]}"}
    site.is_good(many.head)


def test_an_update_that_was_killed_is_finished(site: Site, many: Upstream) -> None:
    old = site.fresh()
    assert old == many.head
    new = many.commit({f"many/{i % 50}/{i}.txt": f"{i} new\n" * 20 for i in range(5000)})
    # git writes them in the order of their names, and folder 1 is among the first.
    killed(site, f"grep -q new {CHECKOUT}/many/1/1.txt 2>/dev/null")
    half = site.node.root(f"grep -rl new {CHECKOUT}/many | wc -l").ok()
    assert 0 < int(half) < 5000
    assert site.head == old
    # A file that git was writing when it died, and one that the power cut left empty.
    site.node.root(f"printf '7 ne' > {CHECKOUT}/many/7/7.txt; : > {CHECKOUT}/many/8/8.txt").ok()
    site.node.root("rm -rf /run/ai-systems-runbook/git-*").ok()
    predicted = site.run(check=True).ok()
    assert predicted.actions == site.run().ok().actions == {(CLAUSE, CHECKOUT, f"update to {new[:12]}")}
    site.is_good(new)
    assert site.run().ok().actions == set()


@pytest.mark.usefixtures("many")
def test_a_large_checkout_costs_little_when_it_is_as_declared(site: Site) -> None:
    site.run().ok()
    started = time.monotonic()
    run = site.run().ok()
    took = time.monotonic() - started
    print(f"converged run with 5,000 files: {took:.2f} s")
    assert run.actions == set()
    # A bound for a busy machine; benchmarks measure.
    assert took < 60
