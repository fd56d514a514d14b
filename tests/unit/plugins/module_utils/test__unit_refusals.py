from __future__ import annotations

import os
import pathlib
import pwd
import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _unit_refusals
from ansible_collections.ai_systems.runbook.plugins.module_utils._systemctl import UnitStatus
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_links import SYSTEM, Place
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_order import Order
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_plan import Found
from ansible_collections.ai_systems.runbook.plugins.module_utils._unit_refusals import refused
from tests.unit.plugins.module_utils.test__unit_order import CHECKOUT, GOOD, RUN, entry, ordered

WEB = f"{SYSTEM}/web.service"
SRC = f"{CHECKOUT}/web/web.service"
ACCOUNTS = {"probe": 990, "toor": 0, "root": 0, "person": 1234, "operator": 1000, "nobody": 65534}


@pytest.fixture(autouse=True)
def _node(monkeypatch: pytest.MonkeyPatch) -> None:
    """The node has these accounts, and no unit of its own."""

    def account(name: str) -> pwd.struct_passwd:
        return pwd.struct_passwd((name, "x", ACCOUNTS[name], 990, "", "/", "/usr/sbin/nologin"))

    monkeypatch.setattr(_unit_refusals, "pwd", types.SimpleNamespace(getpwnam=account))
    monkeypatch.setattr(_unit_refusals, "other_file", lambda _name: "")


def order(text: str = GOOD, *, files: dict[str, str] | None = None, **more: t.Any) -> Order:
    """One unit of a commit that the checkout is not at yet, so that what lies there is not looked at."""
    accounts = more.pop("accounts", ())
    return ordered({"web/web.service": text, **(files or {})}, entry("web/web.service", **more), pending=True)._replace(
        accounts=accounts
    )


def said(found: Found, asked: Order | None = None) -> list[str]:
    return refused(asked or order(), {"web.service": found})


def test_a_good_unit_is_not_refused() -> None:
    assert said(Found()) == []
    assert said(Found(Place("link", SRC), {f"{WEB}.d/a.conf": Place("link", f"{SRC}.d/a.conf")})) == []
    assert said(Found(Place("link", f"{CHECKOUT}/old/web.service"))) == []


@pytest.mark.parametrize(
    ("place", "what"),
    [
        (Place("file"), f"{WEB} is a file that somebody has put there"),
        (Place("folder"), f"{WEB} is a folder that somebody has put there"),
        (Place("other"), f"{WEB} is something that somebody has put there"),
        (Place("link", "/opt/\x1b[2Jweb"), rf"{WEB} is a link to /opt/\x1b[2Jweb, and not ours"),
        (Place("link", f"{CHECKOUT}2/web.service"), f"{WEB} is a link to {CHECKOUT}2/web.service, and not ours"),
        (Place("link", "/dev/null"), f"{WEB} leads to /dev/null, so somebody has masked it"),
    ],
)
@pytest.mark.parametrize("state", ["linked", "absent"])
def test_what_lies_in_its_place_is_not_taken_without_a_word(place: Place, what: str, state: str) -> None:
    remedy = "; look at it, then set adopt: true for web/web.service, which moves it aside"
    assert said(Found(place), order(state=state)) == [f"{what}{remedy}"]
    adopted = said(Found(place), order(state=state, adopt=True))
    if place.kind in ("folder", "other"):
        (sentence,) = adopted
        assert sentence.endswith(", which cannot be moved aside; take it away by hand")
    else:
        assert adopted == []


def test_a_drop_in_of_somebody_elses_is_not_taken_without_a_word() -> None:
    found = Found(Place("link", SRC), {f"{WEB}.d/x\n.conf": Place("file")})
    (sentence,) = said(found)
    assert sentence == (
        f"{WEB}.d/x .conf changes web.service and is not from the repository; commit it as web/web.service.d/x .conf, "
        "or set adopt: true, which moves it aside"
    )
    assert said(found, order(adopt=True)) == []
    # It does nothing once its unit is gone, and stays.
    assert said(found, order(state="absent")) == []


def test_what_lies_in_the_checkout_is_judged_once_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_unit_refusals, "why_not_linked", lambda _order, path: f"{path} differs")
    asked = order(files={"web/web.service.d/a.conf": "[Service]\nNice=1\n"})
    assert said(Found(), asked) == []
    assert said(Found(), asked._replace(pending=False)) == [
        "web.service: web/web.service differs",
        "web.service: web/web.service.d/a.conf differs",
    ]
    assert said(Found(), order(state="absent")._replace(pending=False)) == []


@pytest.mark.parametrize(
    ("text", "files", "words"),
    [
        (f"{RUN}Restart=always\n", {}, f"{SRC}:4: Restart='always'"),
        (f"{RUN}Foo\n", {}, f"{SRC}:4: 'Foo' is no assignment"),
        ("[Service]\nExecStart=/x\n", {}, f"{SRC}:2: "),
        (GOOD, {"web/web.service.d/a.conf": "[Service]\nRestart=always\n"}, f"{SRC}.d/a.conf:2: Restart='always'"),
        (f"{RUN}EnvironmentFile={CHECKOUT}/web/env\n", {"web/env": "PASSWORD=hunter2hunter2\n"}, "web/env:1"),
    ],
)
def test_the_rules_hold_on_the_node_too(text: str, files: dict[str, str], words: str) -> None:
    asked = order(text, files=files)
    sentences = said(Found(), asked)
    assert words in sentences[0]
    assert "hunter2" not in sentences[0]


def test_what_shows_only_together_is_refused() -> None:
    units = {"a.service": f"[Unit]\nOnSuccess=b.service\n{GOOD}", "b.service": f"[Unit]\nOnSuccess=a.service\n{GOOD}"}
    found = dict.fromkeys(units, Found())
    assert any("OnSuccess" in sentence for sentence in refused(ordered(units, pending=True), found))


def test_a_unit_of_debians_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_unit_refusals, "other_file", lambda name: f"/usr/lib/systemd/system/{name}")
    (sentence,) = said(Found())
    assert sentence == (
        "web/web.service: /usr/lib/systemd/system/web.service is a unit of that name, which it would hide; choose "
        "another name"
    )
    assert said(Found(), order(state="absent")) == []


def test_nor_by_an_alias(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = "/usr/lib/systemd/system/cron.service"
    monkeypatch.setattr(_unit_refusals, "other_file", lambda name: theirs if name == "cron.service" else "")
    (sentence,) = said(Found(), order(f"{GOOD}Alias=www.service cron.service ../../x\n"))
    assert sentence == (f"{SRC}:6: Alias='cron.service' would hide {theirs}, a unit of that name; choose another alias")


@pytest.mark.parametrize(
    ("user", "accounts", "why"),
    [
        ("User=probe", (), ""),
        ("User=web", (), "User='web' has no account on the node; name it in services_accounts"),
        ("User=web", ("web",), ""),
        ("User=web\nDynamicUser=yes", (), ""),
        ("User=web\nDynamicUser=no", (), "User='web' has no account on the node; name it in services_accounts"),
        ("User=toor", (), "User='toor' is root by another name; choose an account of its own"),
        ("User=person", (), "User='person' is a person's account (uid 1234); choose an account of the service's own"),
        ("User=nobody", (), ""),
    ],
)
def test_it_runs_as_an_account_of_the_node(user: str, accounts: tuple[str, ...], why: str) -> None:
    asked = order(f"[Service]\n{user}\nExecStart=/usr/bin/probe\n", accounts=accounts)
    assert said(Found(), asked) == ([f"{SRC}: {why}"] if why else [])


def test_root_may_be_waived_under_any_name() -> None:
    text = "[Service]\nUser=toor\nExecStart=/usr/bin/probe\n"
    assert said(Found(), order(text, waive={"runs-as-root": "mounts disks"})) == []


def test_what_changes_it_from_elsewhere_must_not_mend_it(tmp_path: pathlib.Path) -> None:
    good, bad, large = tmp_path / "good.conf", tmp_path / "bad.conf", tmp_path / "large.conf"
    good.write_text("[Service]\nNice=1\n")
    bad.write_text("[Service]\nNice=1\nRestart=always\n")
    with large.open("wb") as file:
        file.truncate(2**20 + 1)
    ours = f"{WEB}.d/a.conf"
    paths = (ours, str(good), str(bad), str(large), str(tmp_path / "gone.conf"))
    sentences = said(Found(statuses={"web.service": UnitStatus("web.service", drop_in_paths=paths)}))
    assert len(sentences) == 2
    assert sentences[0].startswith(f"{bad}:3: Restart='always'")
    assert sentences[1].startswith(f"{large} changes web.service and cannot be read: ")


def test_what_somebody_adds_to_it_alone_is_refused_whatever_it_says(tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "web.service.d"
    folder.mkdir()
    (folder / "x.conf").write_text("[Service]\nExecStart=/usr/bin/other\n")
    paths = (str(folder / "x.conf"), str(folder / "gone.conf"))
    (sentence,) = said(Found(statuses={"web.service": UnitStatus("web.service", drop_in_paths=paths)}))
    assert sentence.startswith(f"{folder}/x.conf changes web.service and is not from the repository; take it away, or")


TAKES = f"{RUN}LoadCredential=token:/run/ai-systems-credentials/web.service/token\n"


@pytest.mark.parametrize(
    ("given", "there", "started", "why"),
    [
        (["token"], False, True, ""),
        ([], True, True, ""),
        ([], False, False, ""),
        ([], False, True, ":4: the credential 'token' is not on the node; give it in services_credentials under web"),
        (
            ["key"],
            True,
            True,
            "web.service the credential 'key', which web/web.service does not take; add LoadCredentia",
        ),
    ],
)
def test_credentials_are_there_and_taken(given: list[str], why: str, *, there: bool, started: bool) -> None:
    asked = order(TAKES, started=started)._replace(credentials={"web.service": dict.fromkeys(given, "geheim")})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os.path, "isfile", lambda _path: there)
        sentences = said(Found(), asked)
    assert len(sentences) == bool(why)
    assert why in "".join(sentences)
    assert "geheim" not in "".join(sentences)


def test_a_credential_from_elsewhere_is_not_ours_to_push() -> None:
    assert said(Found(), order(f"{RUN}LoadCredential=token:/run/other/token\n")) == []
