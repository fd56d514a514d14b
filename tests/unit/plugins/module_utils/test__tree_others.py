from __future__ import annotations

import pathlib
import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._tree_facts import Trace
from ansible_collections.ai_systems.runbook.plugins.module_utils._tree_others import OtherLook
from tests.tree_rig import Link, build, walk

Files = dict[str, t.Any]


def seen(tmp_path: pathlib.Path, files: Files, *, owned: t.Collection[str] = ()) -> list[Trace]:
    build(tmp_path, files)
    look = OtherLook({f"{tmp_path}/{path}" for path in owned}, base=str(tmp_path))
    assert walk(look.look, str(tmp_path)) == []
    return look.traces


def found(traces: t.Sequence[Trace], base: pathlib.Path) -> set[tuple[str, str, tuple[str, ...]]]:
    return {(one.kind, one.path.removeprefix(f"{base}/"), one.details) for one in traces}


def test_snaps(tmp_path: pathlib.Path) -> None:
    traces = seen(tmp_path, {
        "snap/bin/x": "", "snap/hello/1/x": "", "snap/README": "", "var/lib/snapd/snaps/hello_1.snap": "",
        "var/lib/snapd/snaps/partial/x": "", "home/snap/x/y": "",
    })  # fmt: skip
    assert {(one.kind, one.name) for one in traces} == {("snap", "hello")}
    assert len(traces) == 2


def test_rust(tmp_path: pathlib.Path) -> None:
    crates = '[v1]\n"ripgrep 14.1.0 (registry+x)" = ["rg"]\n"bat 0.24.0 (registry+x)" = ["bat"]\n'
    traces = seen(tmp_path, {
        "a/.cargo/bin/rg": "", "a/.cargo/.crates.toml": crates, "b/.cargo/bin/x": "", "c/.cargo/registry/x": "",
        "usr/local/.crates.toml": crates, "a/.rustup/toolchains/stable/x": "", "d/.crates.toml": "nothing",
    })  # fmt: skip
    assert found(traces, tmp_path) == {
        ("cargo", "a/.cargo", ("ripgrep 14.1.0", "bat 0.24.0")), ("cargo", "b/.cargo", ("x",)),
        ("cargo-root", "usr/local/.crates.toml", ("ripgrep 14.1.0", "bat 0.24.0")),
        ("rustup", "a/.rustup", ("stable",)),
    }  # fmt: skip


def test_go(tmp_path: pathlib.Path) -> None:
    traces = seen(tmp_path, {
        "usr/local/go/VERSION": "go1.23.1\ntime x\n", "usr/local/go/bin/go": "", "usr/local/go/src/x": "",
        "home/go/bin/gopls": "", "home/go/pkg/mod/x": "", "other/go/pkg/x": "", "p/go/cmd/x": "",
        "x/VERSION": "1.0", "x/bin/x": "", "x/src/x": "",
    })  # fmt: skip
    assert found(traces, tmp_path) == {("go-toolchain", "usr/local/go", ()), ("go", "home/go", ("gopls",))}
    assert traces[-1].version == "1.23.1"


def test_gems(tmp_path: pathlib.Path) -> None:
    gems = "var/lib/gems/3.3.0"
    traces = seen(tmp_path, {
        f"{gems}/specifications/rake-13.2.1.gemspec": "", f"{gems}/gems/rake-13.2.1/x": "",
        f"{gems}/specifications/net-http-0.4.gemspec": "", f"{gems}/specifications/default/x-1.gemspec": "",
        "home/.local/share/gem/ruby/3.3.0/specifications/a-1.gemspec": "",
        "home/.local/share/gem/ruby/3.3.0/gems/a-1/x": "",
        "p/specifications/b-1.gemspec": "",
    }, owned=[f"{gems}/specifications/rake-13.2.1.gemspec"])  # fmt: skip
    assert {(one.kind, one.name, one.version) for one in traces} == {("gem", "net-http", "0.4"), ("gem", "a", "1")}


def test_the_rest(tmp_path: pathlib.Path) -> None:
    traces = seen(tmp_path, {
        "home/linuxbrew/.linuxbrew/Cellar/jq/1.7/x": "", "nix/store/abc/x": "", "gnu/store/abc/x": "",
        "var/lib/flatpak/app/org.x/x": "", "var/lib/flatpak/runtime/org.y/x": "", "h/.local/share/flatpak/db": None,
        "h/Tool.AppImage": "", "h/.rbenv/versions/3.3/x": "", "h/.local/share/mise/installs/node/x": "",
        "h/.asdf/.git/HEAD": "", "h/.nix-profile": Link("/nix/x"), "h/.local/state/nix/profiles/x": "",
    })  # fmt: skip
    assert found(traces, tmp_path) == {
        ("brew", "home/linuxbrew/.linuxbrew", ("jq",)), ("nix", "nix", ("1 store entries",)),
        ("guix", "gnu", ("1 store entries",)), ("flatpak", "var/lib/flatpak", ("org.x", "org.y")),
        ("appimage", "h/Tool.AppImage", ()), ("rbenv", "h/.rbenv", ("3.3",)),
        ("mise", "h/.local/share/mise", ("node",)),
        ("asdf", "h/.asdf", ()), ("nix", "h/.local/state/nix/profiles", ()),
    }  # fmt: skip


def test_a_home_is_no_tree_of_a_managers(tmp_path: pathlib.Path) -> None:
    files = {"Cellar/x": "", "VERSION": "go1.23", "bin/x": "", "src/x": "", "deep/T.AppImage": ""}
    assert found(seen(tmp_path, files), tmp_path) == {("appimage", "deep/T.AppImage", ())}


def test_gems_hide_nothing_beside_them(tmp_path: pathlib.Path) -> None:
    files = {"x/specifications/a-1.gemspec": "", "x/gems/a-1/x": "", "x/other/T.AppImage": ""}
    assert {one.kind for one in seen(tmp_path, files)} == {"gem", "appimage"}


def test_folders_that_only_look_like_it(tmp_path: pathlib.Path) -> None:
    traces = seen(tmp_path, {"snap/bin": None, "nix/store": None, "h/.cargo/config.toml": "", "h/go": None, "a": ""})
    assert traces == []
