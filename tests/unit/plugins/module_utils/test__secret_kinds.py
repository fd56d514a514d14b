from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._secret_kinds import kind_of


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/op/.bash_history", "history"),
        ("/home/op/.zsh_history", "history"),
        ("/home/op/.histfile", "settings"),
        ("/home/op/.viminfo", "history"),
        ("/home/op/.local/share/fish/fish_history", "history"),
        ("/home/op/.python_history", "history"),
        ("/home/op/x/package-lock.json", "lock"),
        ("/home/op/x/requirements-dev.txt", "lock"),
        ("/home/op/.ssh/id_ed25519.pub", "lock"),
        ("/boot/firmware/user-data", "settings"),
        ("/boot/firmware/network-config", "settings"),
        ("/var/lib/cloud/instances/x/user-data.txt", "settings"),
        ("/var/log/x/y.conf", "log"),
        ("/root/notes.txt", "log"),
        ("/srv/app/secrets", "log"),
        ("/srv/app/README", "prose"),
        ("/srv/app/README.md", "prose"),
        ("/usr/share/doc/x/y.conf", "prose"),
        ("/srv/app/.env", "settings"),
        ("/srv/app/.env.production", "settings"),
        ("/srv/app/config.yml.bak", "settings"),
        ("/srv/app/config.yml~", "settings"),
        ("/srv/app/settings.py", "code"),
        ("/srv/app/x.unheard", "code"),
        ("/etc/default/x", "settings"),
        ("/etc/x.unheard", "settings"),
        ("/home/op/.netrc", "settings"),
        ("/home/op/.config/x/y", "settings"),
        ("/home/op/.aws/credentials", "settings"),
        ("/home/op/.cache/x/y", "log"),
        ("/srv/app/.pytest_cache/v/nodeids", "log"),
        ("/home/op/.bashrc", "shell"),
        ("/etc/profile", "shell"),
        ("/etc/cron.d/x", "shell"),
        ("/srv/app/run.sh", "shell"),
    ],
)
def test_a_path_says_the_kind(path: str, kind: str) -> None:
    assert kind_of(path) == kind


def test_an_interpreter_says_it_where_the_path_does_not() -> None:
    assert kind_of("/usr/local/bin/x", "#!/bin/bash\n") == "shell"
    assert kind_of("/usr/local/bin/x", "#!/usr/bin/env zsh\n") == "shell"
    assert kind_of("/usr/local/bin/x", "#!/usr/bin/python3\n") == "code"
    assert kind_of("/boot/firmware/firstrun.sh", "#!/bin/sh\n") == "shell"
