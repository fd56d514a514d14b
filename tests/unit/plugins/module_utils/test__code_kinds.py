from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._code_kinds import (
    by_name,
    is_hook_folder,
    kind_of,
    may_be_code,
    suspected,
)


@pytest.mark.parametrize(("name", "kind"), [
    ("x.py", "script"), ("x.sh", "script"), ("x.jar", "script"), ("libx.so", "library"), ("libx.so.1.2", "library"),
    ("x.ko", "kernel module"), ("x.ko.xz", "kernel module"), ("x.pyc", "bytecode"), ("x", None), ("x.sock", None),
    ("so", None), ("x.json", None), ("x.sofa", None),
])  # fmt: skip
def test_names(name: str, kind: str | None) -> None:
    assert by_name(name) == kind
    assert suspected(name, runs=False) == (kind is not None)
    assert suspected(name, runs=True)


@pytest.mark.parametrize(("folder", "magic", "runs", "kind"), [
    ("/opt", b"\x7fELF", True, "program"),
    ("/opt", b"#!/b", True, "script"),
    ("/opt", b"text", True, None),
    ("/opt", b"#!/b", False, None),
    # What is run without a name needs no first line, as run-parts has a shell run it.
    ("/etc/cron.daily", b"text", True, "script"),
    ("/opt", None, True, "program"),
])  # fmt: skip
def test_first_bytes(*, folder: str, magic: bytes | None, runs: bool, kind: str | None) -> None:
    assert kind_of(folder, "x", magic, runs=runs) == kind


@pytest.mark.parametrize(("folder", "is_hook"), [
    ("/etc/cron.hourly", True), ("/etc/kernel/postinst.d", True), ("/etc/initramfs-tools/hooks", True),
    ("/etc/initramfs-tools/scripts/init-top", True), ("/etc/network/if-up.d", True), ("/usr/local/bin", True),
    ("/usr/lib/systemd/system-generators", True), ("/etc/systemd/system-sleep", True), ("/etc", False),
    ("/etc/cron.daily/x", False), ("/usr/lib", False),
])  # fmt: skip
def test_folders_of_hooks(*, folder: str, is_hook: bool) -> None:
    assert is_hook_folder(folder) == is_hook


def test_what_is_only_read_is_not_compared() -> None:
    assert not may_be_code("/usr/share/doc/x/y")
    assert not may_be_code("/usr/share/man/man1/x.1.gz")
    assert may_be_code("/usr/share/python3/x.py")
    assert may_be_code("/usr/bin/x")
