"""The rules on units, asked of every unit that no package brought."""

from __future__ import annotations

import pathlib

from ansible_collections.ai_systems.runbook.plugins.module_utils import _services_texts as texts
from ansible_collections.ai_systems.runbook.plugins.module_utils._declared import Service
from tests.units_view import CHECKOUT, SERVICE, SYSTEM, USR, checkout, command, matters, units_view

ALL = ("4.1", "4.2", "4.3", "4.4", "6.1", "6.2", "6.3", "6.4")
AGAIN = SERVICE.replace("[Install]", "Restart=always\n[Install]")


def test_packages_units_are_theirs_and_clean_units_are_silent(tmp_path: pathlib.Path) -> None:
    packages = {"p": {f"{USR}/p.service": AGAIN}}
    node = units_view(tmp_path, packages=packages, files={f"{SYSTEM}/x.service": SERVICE})
    assert [unit.name for unit in texts.judged(node)] == ["x.service"]
    assert list(texts.unit_findings(node, ALL)) == []


def test_only_the_clauses_that_are_asked_for(tmp_path: pathlib.Path) -> None:
    text = (
        "[Service]\nExecStart=/bin/a\nRestart=always\nStandardOutput=null\nExecStartPre=/usr/bin/git pull\n"
        "ExecStopPost=/usr/bin/systemctl restart x\nEnvironment=API_TOKEN=0123456789abcdef0123\n"
    )
    node = units_view(tmp_path, files={f"{SYSTEM}/x.service": text})
    assert {(clause, subject) for clause, _verdict, subject in matters(texts.unit_findings(node, ALL))} == {
        ("4.2", "x.service service-state"),
        ("4.4", "x.service journal"),
        ("6.1", "x.service updates"),
        ("6.2", "x.service restart"),
        ("6.3", "x.service secret"),
        ("6.4", "x.service runs-as-root"),
    }
    (one,) = texts.unit_findings(node, ("6.2",))
    assert "0123456789abcdef" not in str(one)
    assert command(one).startswith("systemctl stop x.service; systemctl disable x.service; mv")


def test_a_unit_of_the_repository_is_mended_there_or_brought_back_to_its_commit(tmp_path: pathlib.Path) -> None:
    one = Service("web/web.service", (), enabled=True, started=True, waived=frozenset())
    node = units_view(
        tmp_path, links={f"{SYSTEM}/web.service": f"{CHECKOUT}/web/web.service"}, declared={"services": (one,)}
    )
    repository = checkout(tmp_path, {"web/web.service": AGAIN})
    (committed,) = texts.unit_findings(node, ALL)
    assert "'" not in committed.remedy
    repository.commit({"web/web.service": SERVICE})
    (repository.path / "web/web.service").write_text(AGAIN)
    again = units_view(tmp_path, declared={"services": (one,)})
    (edited,) = texts.unit_findings(again, ALL)
    assert command(edited).startswith(f"runuser -u ops -- git -C {CHECKOUT} restore ")


def test_what_services_list_waives_is_for_information(tmp_path: pathlib.Path) -> None:
    one = Service("x.service", (), enabled=True, started=True, waived=frozenset(("runs-as-root",)))
    text = "[Service]\nExecStart=/bin/a\n"
    node = units_view(tmp_path, files={f"{SYSTEM}/x.service": text}, declared={"services": (one,)})
    assert matters(texts.unit_findings(node, ALL)) == [("6.4", "info", "x.service runs-as-root")]


def test_units_of_people_generated_and_transient_ones(tmp_path: pathlib.Path) -> None:
    text = "[Service]\nExecStart=/bin/a\nRestart=always\n"
    files = {
        "/home/ops/.config/systemd/user/a.service": text,
        "/run/systemd/generator/g.service": text,
        "/run/systemd/generator/s.socket": "[Socket]\nListenStream=1\n",
        "/run/systemd/transient/t.service": text,
    }
    loaded = {"g.service": {"SourcePath": "/etc/containers/systemd/g.container"}}
    node = units_view(tmp_path, files=files, loaded=loaded)
    found = {one.subject: command(one) for one in texts.unit_findings(node, ("6.2",))}
    assert found["ops: a.service restart"] == "mv --backup=numbered -- /home/ops/.config/systemd/user/a.service /root/"
    assert found["g.service restart"].startswith("systemctl stop g.service; mv --backup=numbered -- /etc/containers/")
    assert found["t.service restart"] == "systemctl stop t.service"
    assert len(found) == 3
    assert [one.subject for one in texts.unit_findings(node, ("6.4",))] == ["t.service runs-as-root"]


def test_units_that_start_each_other_for_ever(tmp_path: pathlib.Path) -> None:
    files = {
        f"{SYSTEM}/a.service": f"[Unit]\nOnSuccess=b.service\n{SERVICE}",
        f"{SYSTEM}/b.service": f"[Unit]\nOnSuccess=a.service\n{SERVICE}",
    }
    found = texts.unit_findings(units_view(tmp_path, files=files), ("6.2",))
    assert [one.subject for one in found] == ["a.service on-success", "b.service on-success"]


def test_drop_ins_over_packages_units_are_judged_by_their_own_keys(tmp_path: pathlib.Path) -> None:
    packages = {"p": {f"{USR}/p.service": AGAIN}}
    path = f"{SYSTEM}/p.service.d/x.conf"
    kind = f"{SYSTEM}/service.d/all.conf"
    files = {
        path: "[Service]\nStandardOutput=null\n",
        kind: "[Service]\nRestart=on-failure\nUser=\n",
        f"{SYSTEM}/own.service": SERVICE,
        f"{SYSTEM}/own.service.d/y.conf": "[Service]\nWatchdogSec=5\n",
    }
    node = units_view(tmp_path, packages=packages, files=files)
    found = list(texts.drop_in_findings(node, ALL))
    assert {(one.clause, one.subject) for one in found} == {("4.4", f"{path} journal"), ("6.2", f"{kind} restart")}
    assert command(found[0]).startswith("mv --backup=numbered -- ")
    assert ("6.2", "violation", "own.service watchdog") in matters(texts.unit_findings(node, ALL))


def test_a_drop_in_for_many_units_is_told_once_and_of_no_unit(tmp_path: pathlib.Path) -> None:
    files = {
        f"{SYSTEM}/own.service": SERVICE,
        f"{SYSTEM}/service.d/all.conf": "[Service]\nRestart=on-failure\n",
        f"{SYSTEM}/own-.service.d/all.conf": "[Service]\nStandardOutput=null\n",
        f"{SYSTEM}/own-two.service": SERVICE,
    }
    node = units_view(tmp_path, files=files, links={f"{SYSTEM}/gone.service": f"{CHECKOUT}/gone.service"})
    assert list(texts.unit_findings(node, ALL)) == []
    assert [one.subject for one in texts.drop_in_findings(node, ALL)] == [
        f"{SYSTEM}/own-.service.d/all.conf journal",
        f"{SYSTEM}/service.d/all.conf restart",
    ]
