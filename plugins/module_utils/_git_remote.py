# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The URL of origin in a checkout's configuration (runbook 2.9): a note for people. Private to the collection."""

from __future__ import annotations

from ._files import metadata
from ._git_plan import Order
from ._git_shadow import Shadow
from ._step import StepError
from ._text import one_line

_REMOTE_KEYS = ("remote.origin.url", "remote.origin.pushurl")


def read_remote(shadow: Shadow) -> tuple[tuple[str, str], ...]:
    """Return (key, value) of origin's URLs.

    :raises StepError: git cannot read the configuration.
    """
    config = f"{shadow.git_dir}/config"
    if metadata(config) is None:
        return ()
    # Of one file and without includes, git only reads; no key of it is acted on.
    said = shadow.git(
        "config", "--file", config, "--no-includes", "-z", "--get-regexp", "^remote[.]origin[.]", check=False
    )
    if said.rc not in (0, 1):
        raise StepError(f"{config} cannot be read: {one_line(said.err)}; repair or remove it, then run again")
    pairs = [item.partition("\n") for item in said.out.split("\0") if item]
    return tuple((key, value) for key, _newline, value in pairs if key in _REMOTE_KEYS)


def set_remote(shadow: Shadow, order: Order) -> None:
    """Make origin read as ordered; other remotes are not ours."""
    config = f"{shadow.git_dir}/config"
    edit = ("config", "--file", config, "--no-includes")
    shadow.git(*edit, "--remove-section", "remote.origin", check=False)
    if order.remote:
        shadow.git(*edit, "remote.origin.url", order.remote)
        shadow.git(*edit, "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")


__all__ = ("read_remote", "set_remote")
