from __future__ import annotations

import base64
import itertools
import json
import pathlib
import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.action import systemd_unit
from ansible_collections.ai_systems.runbook.plugins.action.systemd_unit import ActionModule
from ansible_collections.ai_systems.runbook.plugins.module_utils._step_systemd_unit import UNIT
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_order import Order, order_from
from ansible_collections.ai_systems.runbook.plugins.plugin_utils import _git_mirror, _git_source
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._declared_variables import Declared
from tests.git_rig import Upstream
from tests.unit.plugins.module_utils.test__unit_order import CHECKOUT, GOOD, INSTALL, RUN

WEB = {"src": "web/web.service", "paths": ["web"]}
TAKES = f"{RUN}LoadCredential=token:/run/ai-systems-credentials/web.service/token\n{INSTALL}"
FILES: dict[str | bytes, str | bytes | None] = {
    "web/web.service": GOOD,
    "web/web.service.d/a.conf": "[Service]\nNice=1\n",
    "job/job@.service": GOOD,
    "README": "1\n",
}


class Controller:
    """A repository, and one task of a playbook that deploys from it."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.upstream = Upstream(folder / "upstream")
        self.upstream.commit(FILES)
        self.pipelining = True
        self.calls: list[dict[str, t.Any]] = []

    def run(self, *units: t.Any, check: bool = False, **args: t.Any) -> dict[str, t.Any]:
        plugin = ActionModule.__new__(ActionModule)
        plain = {"user": "op", "checkout": f"{CHECKOUT}/", "units": list(units), "settle": 5}
        repository = {"url": str(self.upstream.path), "version": "main"}
        task = types.SimpleNamespace(
            args={**plain, "repository": repository, **args}, check_mode=check, get_variable_manager=lambda: None
        )
        plugin._task = task  # type: ignore[assignment]

        def module(*, module_name: str, module_args: dict[str, t.Any], **_: t.Any) -> dict[str, t.Any]:
            assert module_name == "ai_systems.runbook.systemd_unit"
            self.calls.append(dict(module_args))
            return {"changed": True}

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(plugin, "_execute_module", module)
            patch.setattr(plugin, "_is_pipelining_enabled", lambda *_, **__: self.pipelining)
            return plugin.run(None, {"inventory_hostname": "greenhouse-1"})

    def sent(self, *units: t.Any, **more: t.Any) -> tuple[dict[str, t.Any], Order]:
        """Return what reaches the node, and what the module reads in it."""
        self.calls.clear()
        assert self.run(*units, **more) == {"changed": True}
        (call,) = self.calls
        assert all(set(unit) == set(UNIT) for unit in call["units"])
        return call, order_from({"exclusive": False, **call})

    def refused(self, *units: t.Any, **more: t.Any) -> str:
        """Return the message of what never reaches the node."""
        self.calls.clear()
        result = self.run(*units, **more)
        assert self.calls == []
        assert result["failed"]
        assert (result["clause"], result["changed"], result["actions"]) == ("4", False, [])
        return str(result["msg"])


@pytest.fixture
def controller(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Controller:
    runs = itertools.count()
    monkeypatch.setattr(_git_mirror, "_cache", lambda: tmp_path / "cache")
    monkeypatch.setattr(_git_source, "this_run", lambda: f"run {next(runs)}")
    monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})
    return Controller(tmp_path)


def test_the_node_is_sent_what_the_commit_has_and_nothing_more(controller: Controller) -> None:
    call, order = controller.sent(
        {**WEB, "adopt": "yes"}, {"src": "job/job@.service", "instances": ["x"], "enabled": False}, accounts=["probe"]
    )
    assert order.commit == controller.upstream.head
    assert order.files == {str(path): str(text).encode() for path, text in FILES.items() if path != "README"}
    web, job = order.units
    assert (web.drop_ins, web.adopt, web.enabled) == (("web/web.service.d/a.conf",), True, True)
    assert (job.running_names, job.enabled, job.started) == (("job@x.service",), False, True)
    assert (order.checkout, order.operator, order.accounts) == (CHECKOUT, "op", ("probe",))
    assert (order.pending, order.stopped, order.before) == (False, frozenset(), {})
    assert not web.changed
    assert not web.touched
    assert (call["settle"], call["repository"], call["credentials"], call["pushed"]) == (5, {}, {}, "")


@pytest.mark.parametrize("check", [False, True])
def test_without_services_the_node_is_not_called(controller: Controller, *, check: bool) -> None:
    result = controller.run(check=check, repository={})
    assert (result["summary"], result["changed"], controller.calls) == ("No services are declared.", False, [])


def test_what_nobody_declares_is_looked_for_where_that_is_asked(controller: Controller) -> None:
    call, order = controller.sent(exclusive=True)
    assert (call["exclusive"], order.units, order.files) == (True, (), {})


def test_an_absent_unit_needs_no_file(controller: Controller) -> None:
    _call, order = controller.sent({"src": "old/old.service", "state": "absent"})
    assert (order.units[0].unit, order.files) == (None, {})


@pytest.mark.parametrize(
    ("files", "changed"),
    [
        ({"web/web.service": f"# 2\n{GOOD}"}, ["web.service"]),
        ({"web/web.service.d/a.conf": "[Service]\nNice=2\n"}, ["web.service"]),
        ({"web/web.service.d/a.conf": None}, ["web.service"]),
        ({"web/web.service.d/b.conf": "[Service]\nNice=2\n"}, ["web.service"]),
        ({"job/job@.service": f"# 2\n{GOOD}"}, ["job@.service"]),
        # Its code, which systemd does not read.
        ({"web/run.py": "2\n", "README": "2\n"}, []),
    ],
)
def test_what_systemd_has_to_read_anew_is_told(
    controller: Controller, files: dict[str | bytes, str | bytes | None], changed: list[str]
) -> None:
    old = controller.upstream.head
    controller.upstream.commit(files)
    deployed = {"services": {"from": old, "stopped": ["web.service"]}}
    _call, order = controller.sent(WEB, {"src": "job/job@.service", "instances": ["x"]}, deployed=deployed)
    assert [one.name for one in order.units if one.changed] == changed
    assert order.stopped == {"web.service"}
    before = {path: text for path, text in FILES.items() if files.get(path) and path != "README"}
    assert before.items() <= {path: content.decode() for path, content in order.before.items()}.items()
    assert not order.pending


def test_a_commit_that_is_not_upstreams_leaves_nothing_to_compare(controller: Controller) -> None:
    for earlier in ("1" * 40, "--output=/etc/passwd"):
        _call, order = controller.sent(WEB, deployed={"services": {"from": earlier, "stopped": []}})
        assert (order.units[0].changed, order.before) == (True, {})


@pytest.mark.parametrize(
    ("check", "deployed", "pending"),
    [
        (True, {"services": {"from": "", "stopped": []}}, True),
        (False, {"services": {"from": "", "stopped": []}}, False),
        (True, {"changed": False}, False),
        (True, {}, False),
    ],
)
def test_only_in_a_dry_run_the_checkout_is_still_to_move(
    controller: Controller, deployed: dict[str, t.Any], *, check: bool, pending: bool
) -> None:
    assert controller.sent(WEB, check=check, deployed=deployed)[1].pending is pending


@pytest.mark.parametrize(
    ("subject", "action", "touched"),
    [
        (f"{CHECKOUT}/web/.venv flask", "install 3.0", True),
        (f"{CHECKOUT}/web/node_modules", "create", True),
        (f"{CHECKOUT}/.venv flask", "install 3.0", False),
        (f"{CHECKOUT}/web/.venv", "set modes", False),
        (f"{CHECKOUT}/web/.venvs", "create", False),
        (f"{CHECKOUT}/job/.venv", "create", False),
        ("/opt/web/.venv", "create", False),
    ],
)
def test_what_runs_from_changed_packages_is_told(
    controller: Controller, subject: str, action: str, *, touched: bool
) -> None:
    installed = [{"actions": [{"subject": subject, "action": action}]}, {"skipped": True}, "nonsense"]
    call, order = controller.sent(WEB, installed=installed)
    assert (order.units[0].touched, call["installed"]) == (touched, [])


def test_credentials_go_as_one_sealed_text_and_nowhere_else(controller: Controller) -> None:
    controller.upstream.commit({"web/web.service": TAKES})
    call, order = controller.sent(WEB, credentials={"web.service": {"token": "geheim\n"}})
    assert order.credentials == {"web.service": {"token": "geheim\n"}}
    sealed = call.pop("pushed")
    assert "geheim" not in json.dumps(call)
    assert json.loads(base64.b64decode(sealed)) == {"web.service": {"token": "geheim\n"}}


@pytest.mark.parametrize(
    ("credentials", "said"),
    [
        ({"other.service": {"token": "geheim"}}, "names 'other.service', which services_list does not declare"),
        ({"job@x.service": {"token": "geheim"}}, "names 'job@x.service', which services_list does not declare"),
        ({"old.service": {"token": "geheim"}}, "names 'old.service', which services_list does not declare"),
        ({"web.service": "geheim"}, "services_credentials of web.service is no dictionary"),
        (["geheim"], "services_credentials is no dictionary"),
        ({"web.service": {"../x": "geheim"}}, "credential '../x' of web.service cannot be pushed: a credential's name"),
        ({"web.service": {"token": ""}}, "it is empty; give it a value"),
        ({"web.service": {"token": 5}}, "credential 'token' of web.service cannot be pushed: it is no text"),
        ({"web.service": {"token": "geheim\ud800"}}, "it is no text that UTF-8 can hold"),
    ],
)
def test_credentials_that_cannot_be_are_told_without_their_value(
    controller: Controller, credentials: t.Any, said: str
) -> None:
    msg = controller.refused(WEB, {"src": "old.service", "state": "absent"}, credentials=credentials)
    assert said in msg
    assert "geheim" not in msg


def test_credentials_never_pass_over_the_nodes_disk(controller: Controller) -> None:
    controller.pipelining = False
    msg = controller.refused(WEB, credentials={"web.service": {"token": "geheim"}})
    assert "since pipelining is off; set pipelining = True under [connection] in ansible.cfg" in msg
    assert "geheim" not in msg
    controller.sent(WEB)


@pytest.mark.parametrize(
    ("units", "said"),
    [
        ([{"src": "web/nosuch.service"}], "web/nosuch.service, declared by the playbook, is not in commit"),
        ([{"src": "README"}], "cannot be a unit by its name 'README'"),
        ([{"src": "web/web.service", "restart": "always"}], "has the unknown key 'restart'"),
        (["web.service"], "entry 1 is 'web.service' and no dictionary"),
        ([WEB, {**WEB, "enabled": False}], "in two ways"),
        ([{"src": "job/job@.service"}], "is a template and has no instances"),
    ],
)
def test_a_declaration_that_cannot_be_never_reaches_the_node(
    controller: Controller, units: list[t.Any], said: str
) -> None:
    assert said in controller.refused(*units)


def test_an_untracked_unit_is_in_no_commit(controller: Controller) -> None:
    path = controller.upstream.path / "web" / "new.service"
    path.write_text(GOOD)
    no_matter = {"url": str(controller.upstream.path), "version": "main", "require_clean": False}
    msg = controller.refused({"src": "web/new.service"}, repository=no_matter)
    assert "web/new.service, declared by the playbook, is not in commit" in msg


def test_a_unit_against_the_rules_never_reaches_the_node_and_each_is_told(controller: Controller) -> None:
    controller.upstream.commit({"web/web.service": f"{RUN}Restart=always\nStandardOutput=null\n{INSTALL}"})
    lines = controller.refused(WEB).splitlines()
    assert [line.partition(" ")[0] for line in lines] == [f"{CHECKOUT}/web/web.service:{line}:" for line in (4, 5)]


def test_without_a_repository_its_variables_are_named(controller: Controller) -> None:
    assert "repository_url or repository_version is not set" in controller.refused(WEB, repository={})


def test_a_task_without_owner_or_checkout_is_told_what_it_lacks(controller: Controller) -> None:
    assert "systemd_unit needs user" in controller.refused(WEB, user="")
    assert "systemd_unit needs checkout" in controller.refused(WEB, checkout="")


def test_what_is_waived_is_said(controller: Controller, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(systemd_unit, "_display", types.SimpleNamespace(warning=said.append))
    controller.upstream.commit({"web/web.service": f"[Service]\nUser=root\nExecStart=/usr/bin/probe\n{INSTALL}"})
    _call, order = controller.sent({**WEB, "waive": {"runs-as-root": "mounts\x1b disks"}})
    assert order.units[0].waived == {"runs-as-root"}
    assert len(said) == 1
    assert said[0].isprintable()


def test_what_groups_declare_is_merged(controller: Controller, monkeypatch: pytest.MonkeyPatch) -> None:
    declared = {
        "services_list": [
            Declared("all", [WEB]),
            Declared("group workers", [{"src": "job/job@.service", "instances": ["x"]}]),
        ],
        "services_accounts": [Declared("all", ["probe"]), Declared("host greenhouse-1", ["probe", "web"])],
    }

    def collected(_variables: object, _host: str, variable: str, **_: object) -> list[Declared]:
        return declared[variable]

    monkeypatch.setattr(
        "ansible_collections.ai_systems.runbook.plugins.plugin_utils._wanted_services.all_declared", collected
    )
    monkeypatch.setattr(systemd_unit, "DeclaredVariables", lambda *_: None)
    monkeypatch.setattr(ActionModule, "_templar", types.SimpleNamespace(template=None), raising=False)
    monkeypatch.setattr(ActionModule, "_loader", None, raising=False)
    call, order = controller.sent(merge="services_list")
    assert ([one.name for one in order.units], order.accounts) == (["web.service", "job@.service"], ("probe", "web"))
    assert call["merge"] == "services_list"
