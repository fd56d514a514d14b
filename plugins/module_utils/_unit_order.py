# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the controller orders a node's services to be (runbook 4). Private to the collection."""

from __future__ import annotations

import base64
import binascii
import json
import typing as t

from ._git_names import is_commit
from ._step import StepError
from ._unit_file import Text, Unit, parse
from ._unit_names import parts_of

_INSTALL = ("WantedBy", "RequiredBy", "UpheldBy", "Alias", "Also", "DefaultInstance")


class UnitOrder(t.NamedTuple):
    """One unit of the inventory, with what the declared commit holds of it.

    :param name: the name of its file: ``web.service``, or ``job@.service`` for a template.
    :param src: its file in the repository.
    :param instances: what the instances of a template are called.
    :param adopt: whether a file or link of somebody else's at its place is moved aside.
    :param drop_ins: its drop-ins in the repository, in the order in which systemd reads them.
    :param waived: the rules that the operator has waived for it.
    :param unit: its text at the declared commit; None for a unit that shall be gone.
    :param changed: whether the run's new commit changes that text, so that systemd has to read it anew.
    :param touched: whether this run has changed packages that it runs from.
    """

    name: str
    src: str
    enabled: bool
    started: bool
    instances: tuple[str, ...]
    adopt: bool
    drop_ins: tuple[str, ...]
    waived: frozenset[str]
    unit: Unit | None
    changed: bool = False
    touched: bool = False

    @property
    def is_template(self) -> bool:
        return parts_of(self.name).is_template

    @property
    def running_names(self) -> tuple[str, ...]:
        """What of it can run: the instances of a template, else the unit itself."""
        if not self.is_template:
            return (self.name,)
        stem, _instance, kind = parts_of(self.name)
        return tuple(f"{stem}@{instance}.{kind}" for instance in self.instances)

    @property
    def has_install(self) -> bool:
        """Whether the unit says how it is enabled."""
        return self.unit is not None and any(self.unit.said("Install", key) for key in _INSTALL)


class Order(t.NamedTuple):
    """All of it.

    :param commit: the declared commit.
    :param checkout: where the repository lies on the node.
    :param operator: the account that owns the checkout.
    :param files: content of unit files and drop-ins at the commit, by path in the repository.
    :param before: the same at the commit that the node had before this run, as far as it differs.
    :param stopped: what this run stopped before it moved the checkout; in a dry run would have stopped.
    :param pending: whether this is a dry run in which the checkout would have moved to the commit by now.
    :param dry_run: whether this is one; then steps before it may not have installed what commands need.
    :param accounts: names of the accounts that units run as.
    :param credentials: name of the unit to name of the credential to its value.
    """

    commit: str
    checkout: str
    operator: str
    units: tuple[UnitOrder, ...]
    files: t.Mapping[str, bytes]
    before: t.Mapping[str, bytes]
    stopped: frozenset[str]
    pending: bool
    accounts: tuple[str, ...]
    credentials: t.Mapping[str, t.Mapping[str, str]]
    exclusive: bool
    dry_run: bool = False

    def path(self, src: str) -> str:
        """Return the absolute path of a file of the repository on the node."""
        return f"{self.checkout}/{src}"


def order_from(params: t.Mapping[str, t.Any]) -> Order:
    """Return the order that a module's parameters hold.

    :raises StepError: the module was called without its action plugin.
    """
    told: t.Mapping[str, t.Any] = params["order"] or {}
    if not is_commit(str(told.get("commit", ""))):
        raise StepError("systemd_unit was called without its action plugin; name it ai_systems.runbook.systemd_unit")
    files = _decoded(told.get("files") or {})
    drop_ins: t.Mapping[str, t.Sequence[str]] = told.get("drop_ins") or {}
    changed, touched = (frozenset(told.get(key) or ()) for key in ("changed", "touched"))
    checkout: str = params["checkout"].rstrip("/")
    units = [_unit(one, files, drop_ins, checkout) for one in params["units"]]
    return Order(
        commit=str(told["commit"]),
        checkout=checkout,
        operator=params["user"],
        units=tuple(
            one._replace(changed=one.name in changed, touched=one.name in touched) if one.unit is not None else one
            for one in units
        ),
        files=files,
        before=_decoded(told.get("before") or {}),
        stopped=frozenset(told.get("stopped") or ()),
        pending=bool(told.get("pending")),
        accounts=tuple(params["accounts"]),
        credentials=_credentials(params["pushed"]),
        exclusive=params["exclusive"],
        dry_run=bool(told.get("dry_run")),
    )


def _unit(
    given: t.Mapping[str, t.Any],
    files: t.Mapping[str, bytes],
    drop_ins: t.Mapping[str, t.Sequence[str]],
    checkout: str,
) -> UnitOrder:
    src: str = given["src"]
    name = src.rpartition("/")[2]
    linked = given["state"] == "linked"
    mine = tuple(drop_ins.get(src, ())) if linked else ()
    unit = None
    if linked:
        if src not in files:
            raise StepError(f"{src} is in no commit that was shipped; commit it in the ai-systems repository")
        unit = parse(name, [Text(f"{checkout}/{path}", files[path]) for path in (src, *mine)])
    return UnitOrder(
        name=name,
        src=src,
        enabled=linked and given["enabled"],
        started=linked and given["started"],
        instances=tuple(given["instances"]),
        adopt=given["adopt"],
        drop_ins=mine,
        waived=frozenset(given["waive"] or {}),
        unit=unit,
    )


def _decoded(files: t.Mapping[str, str]) -> dict[str, bytes]:
    try:
        return {path: base64.b64decode(text, validate=True) for path, text in files.items()}
    except (binascii.Error, ValueError) as exc:
        raise StepError("the controller's order was damaged on its way; run again") from exc


def _credentials(pushed: str) -> dict[str, dict[str, str]]:
    if not pushed:
        return {}
    try:
        given = json.loads(base64.b64decode(pushed, validate=True))
    except (binascii.Error, ValueError) as exc:
        raise StepError("the controller's credentials were damaged on their way; run again") from exc
    return {str(unit): {str(name): str(value) for name, value in each.items()} for unit, each in given.items()}


__all__ = ("Order", "UnitOrder", "order_from")
