from __future__ import annotations

import time
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.plugin_utils._service_entry import Service
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._unit_judgement import Judgement, judge_texts
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._unit_texts import Texts

CHECKOUT = "/home/op/ai-systems"
RUN = "User=probe\nExecStart=/usr/bin/probe\n"
INSTALL = "[Install]\nWantedBy=multi-user.target\n"
GOOD = f"[Service]\n{RUN}{INSTALL}"
TIMER = "[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=timers.target\n"


def service(src: str, **more: t.Any) -> Service:
    return Service(name=src.rpartition("/")[2], src=src, asked_by="group workers", **more)


def judge(
    files: dict[str, str], *services: Service, drop_ins: dict[str, tuple[str, ...]] | None = None, beside: str = ""
) -> Judgement:
    content = {path: text.encode() for path, text in files.items()}
    texts = Texts(content, drop_ins or {}, frozenset({*files, *beside.split()}))
    declared = services or [service(path) for path in files]
    return judge_texts(declared, texts, operator="op", checkout=CHECKOUT)


def one(text: str, name: str = "a/a.service", **more: t.Any) -> list[str]:
    return judge({name: text}, service(name, **more)).errors


def test_a_good_unit_is_good() -> None:
    assert judge({"a/a.service": GOOD, "a/b.timer": TIMER}) == Judgement([], [])


def test_rules_and_drop_ins_are_judged_where_they_lie_on_the_node() -> None:
    found = judge(
        {"a/a.service": GOOD, "a/a.service.d/x.conf": "[Service]\nRestart=always\n"},
        service("a/a.service"),
        drop_ins={"a/a.service": ("a/a.service.d/x.conf",)},
    )
    assert len(found.errors) == 1
    assert found.errors[0].startswith(f"{CHECKOUT}/a/a.service.d/x.conf:2: Restart='always'")


def test_what_is_waived_is_said_with_its_reason() -> None:
    text = f"[Service]\nUser=root\nExecStart=/usr/bin/probe\n{INSTALL}"
    assert "root" in one(text)[0]
    found = judge({"a.service": text}, service("a.service", waive={"runs-as-root": "mounts\ndisks"}))
    assert not found.errors
    (remark,) = found.remarks
    assert remark.startswith(f"waived: {CHECKOUT}/a.service:2: ")
    assert remark.endswith("(runbook 6.4), because: mounts disks")


def test_a_waiver_that_is_not_needed_is_said() -> None:
    found = judge({"a.service": GOOD}, service("a.service", waive={"runs-as-root": "once"}))
    assert found == Judgement(
        [], ["a.service, declared by group workers, waives runs-as-root, and that rule holds; take the waiver out"]
    )


def test_what_shows_only_together_is_judged() -> None:
    units = {
        "a.service": f"[Unit]\nOnSuccess=b.service\n{GOOD}",
        "b.service": f"[Unit]\nOnSuccess=a.service\n{GOOD}",
    }
    assert any("OnSuccess" in error for error in judge(units).errors)


def test_environment_files_are_judged_and_belong_to_the_paths() -> None:
    text = f"[Service]\n{RUN}EnvironmentFile={CHECKOUT}/web/env\n{INSTALL}"
    files = {"web/web.service": text, "web/env": "MODE=1\n"}
    assert judge(files, service("web/web.service")).errors == []
    assert judge(files, service("web/web.service", paths=("web",))).errors == []
    (error,) = judge(files, service("web/web.service", paths=("we", "lib"))).errors
    assert error == (
        "web/web.service, declared by group workers, reads web/env, which is not under its paths; add it there, so "
        "that a change of it counts"
    )
    secret = judge({**files, "web/env": "PASSWORD=hunter2hunter2\n"}, service("web/web.service")).errors
    assert len(secret) == 1
    assert "hunter2" not in secret[0]


@pytest.mark.parametrize(
    ("install", "needs"),
    [
        ("", True),
        ("[Install]\n", True),
        ("[Install]\nDefaultInstance=x\n", True),
        ("[Install]\nWantedBy=x.target\nWantedBy=\n", True),
        ("[Install]\nRequiredBy=x.target\n", False),
        ("[Install]\nAlso=b.timer\n", False),
        ("[Install]\nAlias=b.service\n", False),
    ],
)
def test_what_is_enabled_says_when(install: str, needs: bool) -> None:  # noqa: FBT001
    text = f"[Service]\n{RUN}{install}"
    said = (
        "a/a.service, declared by group workers, shall be enabled and has no [Install] section that says when; set "
        "enabled: false, or add WantedBy="
    )
    assert one(text) == ([said] if needs else [])
    assert one(text, enabled=False) == []


@pytest.mark.parametrize(
    ("lines", "ends"),
    [
        ("Type=oneshot", True),
        ("Type=simple\nType=oneshot\nRemainAfterExit=no", True),
        ("Type=oneshot\nRemainAfterExit=yes", False),
        ("Type=oneshot\nRemainAfterExit=1\nRemainAfterExit=off", True),
        ("Type=exec", False),
        ("ExecStart=\nExecStop=/bin/true\nRemainAfterExit=on", False),
        ("ExecStart=\nExecStop=/bin/true", True),
    ],
)
def test_what_is_started_goes_on_running(lines: str, ends: bool) -> None:  # noqa: FBT001
    text = f"[Service]\n{RUN}{lines}\n{INSTALL}"
    assert [error for error in one(text) if "Type=oneshot, so that it never runs" in error] == one(text)
    assert bool(one(text)) == ends
    assert one(text, started=False) == []


def test_a_timer_ends_no_sooner_for_being_no_service() -> None:
    assert one(TIMER, "a.timer") == []


@pytest.mark.parametrize(
    ("name", "text", "beside", "missing"),
    [
        ("b/b.timer", TIMER, "b/b.service", "b.service"),
        ("b/b.timer", TIMER, "a/b.service", ""),
        ("b/b.timer", TIMER.replace("daily", "daily\nUnit=c.service"), "b/b.service", ""),
        ("b/b.timer", TIMER.replace("daily", "daily\nUnit=c@x.service"), "b/c@.service", "c@.service"),
        ("b@.timer", TIMER, "b@.service", "b@.service"),
        ("b.path", "[Path]\nPathExists=/run/x\n" + INSTALL, "b.service", "b.service"),
        ("b.socket", "[Socket]\nListenStream=80\n" + INSTALL, "b.service", "b.service"),
        ("b.socket", "[Socket]\nListenStream=80\nAccept=yes\n" + INSTALL, "b.service b@.service", "b@.service"),
        ("b.socket", "[Socket]\nListenStream=80\nService=c.service\n" + INSTALL, "c.service", "c.service"),
    ],
)
def test_what_a_unit_starts_is_declared_as_well(name: str, text: str, beside: str, missing: str) -> None:
    declared = service(name, instances=("x",) if "@" in name else ())
    errors = judge({name: text}, declared, beside=beside).errors
    said = f"{name}, declared by group workers, starts {missing}, which lies beside it and is not declared; declare it"
    assert errors == ([f"{said} as well"] if missing else [])


def test_what_a_unit_starts_is_not_to_be_absent() -> None:
    (error,) = judge({"b.timer": TIMER}, service("b.timer"), service("b.service", state="absent")).errors
    assert error == (
        "b.timer, declared by group workers, starts b.service, which is to be absent; declare both as absent, or both "
        "as linked"
    )


@pytest.mark.parametrize(
    ("alias", "said"),
    [
        ("web.timer", "cannot have Alias='web.timer': an alias is of the unit's own kind; let it end with .service"),
        ("x.mount", "Alias='x.mount': 'mount' is no kind of unit that we deploy"),
        ("b.service", "Alias='b.service': b/b.service is declared under that name; choose another one"),
        ("%p.service", "Alias='%p.service': its name must be known before it is linked; write it out"),
        ("good.service", ""),
        ("a.service", ""),
    ],
)
def test_an_alias_is_a_name_for_the_unit_alone(alias: str, said: str) -> None:
    errors = judge({"a/a.service": f"{GOOD}Alias=ok.service {alias}\n", "b/b.service": GOOD}).errors
    assert len(errors) == bool(said)
    assert said in "".join(errors)


def test_hostile_texts_end_in_bounded_printable_sentences() -> None:
    lines = "".join(f"\x1b[31mX{number}\u202e\n" for number in range(5000))
    errors = one(f"[Service]\n{RUN}Alias=\n{lines}[Install]\nAlias={'x' * 9999}\x1b.service\n")
    assert errors
    assert len(errors) < 40
    for error in errors:
        assert error.isprintable()
        assert len(error) < 1200


def test_a_hundred_units_are_judged_in_a_moment() -> None:
    began = time.process_time()
    assert judge({f"u/u{number}.service": GOOD for number in range(100)}) == Judgement([], [])
    assert time.process_time() - began < 2
