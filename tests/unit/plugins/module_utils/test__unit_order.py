from __future__ import annotations

import base64
import json
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_order import Order, order_from

COMMIT = "4f2c1ab09d1f7f0c9a83c6a29f1c2f0a3f7b5f1e"
CHECKOUT = "/home/op/ai-systems"
RUN = "[Service]\nUser=probe\nExecStart=/usr/bin/probe\n"
_TOLD = ("before", "changed", "touched", "stopped", "pending", "dry_run")
INSTALL = "[Install]\nWantedBy=multi-user.target\n"
GOOD = f"{RUN}{INSTALL}"


def encoded(files: t.Mapping[str, str]) -> dict[str, str]:
    return {path: base64.b64encode(text.encode()).decode() for path, text in files.items()}


def entry(src: str, **more: t.Any) -> dict[str, t.Any]:
    """Return a unit as the module's parameters hold it."""
    plain: dict[str, t.Any] = {
        "src": src,
        "state": "linked",
        "enabled": True,
        "started": True,
        "instances": [],
        "adopt": False,
        "waive": {},
    }
    return plain | more


def params(files: t.Mapping[str, str], *units: dict[str, t.Any], **more: t.Any) -> dict[str, t.Any]:
    """Return the module's parameters for units of a commit with these files.

    What is no parameter of the module is told in its order.
    """
    srcs = [path for path in files if ".d/" not in path]
    told = {
        "commit": COMMIT,
        "files": encoded(files),
        "drop_ins": {src: [path for path in sorted(files) if path.startswith(f"{src}.d/")] for src in srcs},
        **{name: more.pop(name) for name in _TOLD if name in more},
    }
    plain = {"user": "op", "checkout": CHECKOUT, "accounts": [], "pushed": "", "exclusive": False, "order": told}
    return {**plain, "units": list(units) or [entry(src) for src in srcs], **more}


def ordered(files: t.Mapping[str, str], *units: dict[str, t.Any], **more: t.Any) -> Order:
    return order_from(params(files, *units, **more))


def test_a_unit_is_read_with_its_drop_ins_as_they_lie_on_the_node() -> None:
    files = {"web/web.service": GOOD, "web/web.service.d/a.conf": "[Service]\nUser=web\n"}
    order = ordered(files, entry("web/web.service", waive={"runs-as-root": "why"}), checkout=f"{CHECKOUT}/")
    (one,) = order.units
    assert (one.name, one.src, one.drop_ins) == ("web.service", "web/web.service", ("web/web.service.d/a.conf",))
    assert (one.enabled, one.started, one.waived) == (True, True, frozenset({"runs-as-root"}))
    assert one.unit is not None
    user = one.unit.last("Service", "User")
    assert user is not None
    assert (user.value, user.file) == ("web", f"{CHECKOUT}/web/web.service.d/a.conf")
    assert order.files["web/web.service"] == GOOD.encode()
    assert order.path(one.src) == f"{CHECKOUT}/web/web.service"
    assert not order.pending
    assert not one.changed


def test_what_the_run_has_done_before_is_told() -> None:
    order = ordered(
        {"web.service": GOOD},
        before=encoded({"web.service": RUN}),
        changed=["web.service"],
        touched=["web.service"],
        stopped=["web.service", "old.service"],
        pending=True,
    )
    assert order.before == {"web.service": RUN.encode()}
    assert order.stopped == {"web.service", "old.service"}
    assert order.pending
    assert order.units[0].changed
    assert order.units[0].touched


def test_a_unit_that_shall_be_gone_is_neither_enabled_nor_started_nor_read() -> None:
    (one,) = ordered({}, entry("old/old.service", state="absent")).units
    assert (one.enabled, one.started, one.unit, one.drop_ins, one.has_install) == (False, False, None, (), False)


@pytest.mark.parametrize(
    ("src", "instances", "running"),
    [
        ("web.service", [], ("web.service",)),
        ("job@.service", ["a", "b"], ("job@a.service", "job@b.service")),
        ("job@.timer", [], ()),
    ],
)
def test_a_template_runs_as_its_instances(src: str, instances: list[str], running: tuple[str, ...]) -> None:
    (one,) = ordered({src: GOOD}, entry(src, instances=instances)).units
    assert (one.running_names, one.is_template) == (running, "@" in src)


@pytest.mark.parametrize(
    ("install", "has"),
    [
        ("", False),
        ("[Install]\n", False),
        ("[Install]\nWantedBy=\n", False),
        (INSTALL, True),
        ("[Install]\nRequiredBy=x.target\n", True),
        ("[Install]\nAlias=x.service\n", True),
        ("[Install]\nAlso=x.service\n", True),
    ],
)
def test_what_says_how_it_is_enabled(install: str, has: bool) -> None:  # noqa: FBT001
    assert ordered({"a.service": f"{RUN}{install}"}).units[0].has_install is has


@pytest.mark.parametrize("told", [None, {}, {"commit": "main"}])
def test_it_is_called_through_its_controller_part_only(told: dict[str, str] | None) -> None:
    with pytest.raises(StepError, match=r"without its action plugin; name it ai_systems\.runbook\.systemd_unit"):
        order_from({**params({}), "order": told})


def test_a_unit_whose_text_was_not_sent_is_an_error() -> None:
    with pytest.raises(StepError, match=r"web/web\.service is in no commit that was shipped; commit it"):
        ordered({}, entry("web/web.service"))


def test_credentials_are_read_by_unit_and_name() -> None:
    pushed = base64.b64encode(json.dumps({"web.service": {"token": "geheim"}}).encode()).decode()
    assert ordered({"web.service": GOOD}, pushed=pushed).credentials == {"web.service": {"token": "geheim"}}
    assert ordered({"web.service": GOOD}).credentials == {}


def test_what_was_damaged_on_its_way_is_told_without_its_content() -> None:
    with pytest.raises(StepError, match="the controller's order was damaged on its way; run again"):
        ordered({"a.service": GOOD}, before={"a.service": "\x1b no base64"})
    for pushed in ("geheim!", base64.b64encode(b"{geheim").decode()):
        with pytest.raises(StepError, match=r"the controller's credentials were damaged on their way; run again"):
            ordered({"a.service": GOOD}, pushed=pushed)
