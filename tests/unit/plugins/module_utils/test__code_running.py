# ruff: noqa: S108  (temporary folders of the node, where hostile code likes to lie)
from __future__ import annotations

import typing as t

from ansible_collections.ai_systems.runbook.plugins.module_utils._code_processes import Process
from ansible_collections.ai_systems.runbook.plugins.module_utils._code_running import judge


class Known:
    def __init__(self, audited: t.Container[str], replaced: t.Container[str] = (), gone: t.Container[str] = ()) -> None:
        self.audited, self.replaced, self.gone = audited, replaced, gone

    def is_audited(self, path: str) -> bool:
        return path in self.audited

    def is_there(self, path: str) -> bool:
        return path not in self.gone

    def is_content(self, path: str, places: t.Sequence[str]) -> bool:
        return set(places) == {f"as {path}"}

    def was_replaced(self, path: str, since: float) -> bool:
        return path in self.replaced and since < 100


def process(program: str = "/usr/bin/p", pid: int = 7, **more: t.Any) -> Process:
    return Process(pid, program, "", "/", frozenset(), 50.0, "")._replace(**more)


KNOWN = Known({"/usr/bin/p", "/usr/bin/python3", "/lib/l.so"}, {"/usr/bin/p", "/lib/l.so"}, {"/gone"})


def test_audited_code_is_silent() -> None:
    given = process("/usr/bin/python3", script="/usr/bin/p", libraries=frozenset({"/lib/l.so"}))
    assert judge([given], KNOWN) == []


def test_each_file_is_one_finding() -> None:
    given = [process("/tmp/x", 1), process("/tmp/x", 2, unit="x.service"), process(script="/opt/s", pid=3)]
    found = judge([*given, process(libraries=frozenset({"/opt/l.so"}), pid=4)], KNOWN)
    assert [one.subject for one in found] == ["/tmp/x (running)", "/opt/s (running)", "/opt/l.so (running)"]
    assert "'systemctl stop x.service && kill -KILL 1'" in found[0].remedy
    assert "2 processes of x.service" in found[0].evidence


def test_what_was_replaced_by_dpkg_is_to_be_restarted_and_by_hand_a_violation() -> None:
    (one,) = judge([process("/usr/bin/p (deleted)", unit="p.service")], KNOWN)
    assert (one.verdict, one.subject) == ("info", "/usr/bin/p (restart needed)")
    assert "'systemctl stop p.service && systemctl start p.service'" in one.remedy
    # What has lost the bus does not find it again.
    (one,) = judge([process("/usr/bin/p (deleted)", unit="dbus.service")], KNOWN)
    assert (one.verdict, "systemctl" in one.remedy) == ("info", False)
    assert one.remedy.startswith("restart the node when it suits: dbus.service alone")
    (one,) = judge([process("/usr/bin/p (deleted)", started=200.0)], KNOWN)
    assert (one.verdict, one.subject) == ("violation", "/usr/bin/p (running)")
    (one,) = judge([process(libraries=frozenset({"/lib/l.so (deleted)"}))], KNOWN)
    assert one.verdict == "info"
    (one,) = judge([process("/memfd:x (deleted)")], KNOWN)
    assert one.verdict == "violation"


def test_what_the_initial_file_system_left_is_known_by_its_content() -> None:
    given = process("/sbin/u (deleted)", libraries=frozenset({"/l.so (deleted)"}))
    opened = {"/sbin/u (deleted)": ("as /sbin/u",), "/l.so (deleted)": ("as /l.so",)}
    assert judge([given._replace(opened=opened)], KNOWN) == []
    (one,) = judge([given._replace(opened=opened | {"/l.so (deleted)": ("as /l.so", "as /sbin/u")})], KNOWN)
    assert (one.verdict, one.subject) == ("violation", "/l.so (running)")
    # Two run it, and only one of them runs what is known.
    found = judge([given._replace(opened=opened), given._replace(pid=8)], KNOWN)
    assert {one.verdict for one in found} == {"violation"}
    # With another / it is no file of this node, whatever it holds.
    apart = process("/usr/bin/p (deleted)", root="/x", opened={"/usr/bin/p (deleted)": ("as /usr/bin/p",)})
    (one,) = judge([apart], KNOWN)
    assert one.verdict == "violation"


def test_what_cannot_be_told_is_unknown() -> None:
    found = judge([process(unread=True), process(script="/gone")], KNOWN)
    assert [(one.verdict, one.subject) for one in found] == [("unknown", "processes"), ("unknown", "/gone (running)")]


def test_a_container_on_the_node() -> None:
    (one,) = judge([process(root="/var/lib/containers/x")], KNOWN)
    assert "/var/lib/containers/x for its /" in one.evidence
    # The name of a unit is anybody's choice where it is no unit's.
    (one,) = judge([process("/tmp/x", unit="a b;c.service")], KNOWN)
    assert ";" not in one.remedy
