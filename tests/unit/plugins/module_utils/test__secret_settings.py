# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._secret_settings import (
    is_secret_setting,
    named_secrets,
)


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("db_password", "hunter2", True),
        ("ansible_become_pass", "hunter2", True),
        ("api_token", "x8Kq1zP0", True),
        ("api_token", "vault_api_token", False),
        ("signing_key", "release", False),
        ("signing_key", "rel3ase9x", True),
        ("password", "changeme", False),
        ("password", "", False),
        ("password", "password", False),
        ("password_file", "hunter2", False),
        ("color", "hunter2", False),
    ],
)
def test_a_value_is_a_secret_by_its_name(name: str, value: str, secret: bool) -> None:  # noqa: FBT001
    assert is_secret_setting(name, value) is secret


def test_the_same_is_found_in_a_text() -> None:
    text = 'a: 1\ndb_password: hunter2\napi_token: vault_api_token\n"password": "changeme"\n'
    assert [text[hit.start : hit.end] for hit in named_secrets(text, text.lower(), "settings")] == ["hunter2"]
