from __future__ import annotations

import os
import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._npm_export import export
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from tests.git_rig import Upstream


@pytest.fixture
def upstream(tmp_path: pathlib.Path) -> Upstream:
    made = Upstream(tmp_path / "checkout")
    files: dict[str | bytes, str | bytes | None] = {
        "web/package.json": "{}\n",
        "web/vendor/a.tgz": b"\0\xff\n\n\x1f",
        "web/lib/cli.js": "#!/usr/bin/env node\n",
        "web/lib/deep/x.js": "",
        "web/other": "x",
        ".gitattributes": "* export-ignore text eol=crlf\n",
    }
    made.commit(files)
    (made.path / "web/lib/cli.js").chmod(0o755)
    (made.path / "web/lib/link").symlink_to("/etc/shadow")
    made.commit({})
    return made


def exported(upstream: Upstream, *paths: str, base: str = "web") -> dict[str, bytes]:
    target, own = upstream.path.parent / "target", upstream.path.parent / "own"
    target.mkdir()
    own.mkdir()
    export(str(upstream.path), paths, base, str(target), str(own))
    return {str(path.relative_to(target)): path.read_bytes() for path in target.rglob("*") if path.is_file()}


def test_files_and_folders_as_the_commit_has_them(upstream: Upstream) -> None:
    (upstream.path / "web/package.json").write_text("changed since")
    (upstream.path / "web/lib/untracked").touch()
    assert exported(upstream, "web/package.json", "web/vendor/a.tgz", "web/lib") == {
        "package.json": b"{}\n",
        "vendor/a.tgz": b"\0\xff\n\n\x1f",
        "lib/cli.js": b"#!/usr/bin/env node\n",
        "lib/deep/x.js": b"",
    }
    target = upstream.path.parent / "target"
    assert os.access(target / "lib/cli.js", os.X_OK)
    assert not (target / "lib/link").is_symlink()


def test_the_checkout_itself(upstream: Upstream) -> None:
    assert set(exported(upstream, "web/package.json", base="")) == {"web/package.json"}


@pytest.mark.parametrize("path", ["web/none", "web/li", "web/*", ":(glob)web/**"])
def test_what_the_commit_has_not(upstream: Upstream, path: str) -> None:
    with pytest.raises(StepError, match="went out of the checkout's commit"):
        exported(upstream, path)
