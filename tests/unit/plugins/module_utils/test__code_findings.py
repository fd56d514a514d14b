from __future__ import annotations

from ansible_collections.ai_systems.runbook.plugins.module_utils._code_checkout import Held
from ansible_collections.ai_systems.runbook.plugins.module_utils._code_findings import (
    MOST_SINGLE,
    of_code,
    of_missed,
    of_owned,
    of_unsummed,
    tree_of,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._code_owned import Compared, Differing
from ansible_collections.ai_systems.runbook.plugins.module_utils._code_walk import Code, Seen
from ansible_collections.ai_systems.runbook.plugins.module_utils._tree_facts import Owners
from ansible_collections.ai_systems.runbook.plugins.module_utils._walk import Missed

OWNERS = Owners({0: "root", 1000: "ops"})
CHECKOUT = "/home/ops/ai-systems"
HELD = Held(
    CHECKOUT,
    commit="c" * 40,
    tracked=frozenset({f"{CHECKOUT}/a.py", f"{CHECKOUT}/b.py"}),
    changed={f"{CHECKOUT}/b.py": "modified"},
    unaudited={f"{CHECKOUT}/.venv/x.py": "no package lists it", f"{CHECKOUT}/web/node_modules/p": "it was changed"},
)


def code(*paths: str, kind: str = "script", checkout: str = "", flaw: str = "") -> list[Code]:
    return [Code(path, kind, 1000, checkout, flaw) for path in paths]  # type: ignore[arg-type]


def test_single_files_and_what_was_unpacked_as_a_whole() -> None:
    paths = ["/usr/bin/x", "/opt/a/1", "/opt/a/b/2", "/opt/z/only", "/home/ops/run.py", "/home/ops/.x/1.py"]
    found = of_code(code(*paths), None, (), OWNERS)
    assert [one.subject for one in found] == [
        "/usr/bin/x",
        "/opt/a",
        "/opt/z/only",
        "/home/ops/run.py",
        "/home/ops/.x/1.py",
    ]
    assert "'rm -- /usr/bin/x'" in found[0].remedy
    assert "2 files of code" in found[1].evidence
    assert "'rm -r -- /opt/a'" in found[1].remedy


def test_no_folder_of_a_package_goes_as_a_whole() -> None:
    paths = [f"/usr/local/share/x/{number}.py" for number in range(MOST_SINGLE + 3)]
    assert [one.subject for one in of_code(code(*paths), None, (), OWNERS)] == ["/usr/local/share/x"]
    found = of_code(code(*paths), None, (), OWNERS, {"/usr/local/share/x"})
    assert len(found) == MOST_SINGLE + 1
    assert found[-1].subject == "/usr/local/share/x (more code)"
    assert tree_of("/usr/lib/x/y/z.so", ()) == ("/usr/lib/x/y", False)
    assert tree_of("/home/ops/.ssh/x.py", ()) == ("/home/ops/.ssh", False)


def test_the_checkout() -> None:
    inside = ["a.py", "b.py", "c.py", ".venv/x.py", ".venv/y.py", "web/node_modules/p/1.js", "web/node_modules/p/2.js",
              "web/node_modules/q/1.js"]  # fmt: skip
    found = of_code(code(*(f"{CHECKOUT}/{name}" for name in inside)), HELD, (CHECKOUT,), OWNERS)
    assert [one.subject[len(CHECKOUT) + 1 :] for one in found] == ["b.py", "c.py", ".venv/x.py", "web/node_modules/p"]
    assert "--tags 2.9" in found[0].remedy
    assert "'rm -r -- " in found[3].remedy
    assert "'rm -- " in found[2].remedy


def test_bytecode_in_the_checkout_and_one_that_cannot_be_compared() -> None:
    (one,) = of_code(code(f"{CHECKOUT}/a.pyc", kind="bytecode", flaw="its source is not there"), HELD, (), OWNERS)
    assert "its source is not there" in one.evidence
    (one,) = of_code(code(f"{CHECKOUT}/a.py"), Held(CHECKOUT, problem="torn"), (), OWNERS)
    assert (one.verdict, one.subject) == ("unknown", CHECKOUT)


def test_another_checkout_is_one_finding_unless_it_is_a_folder_of_a_package() -> None:
    given = code("/srv/o/a.py", "/srv/o/b.py", checkout="/srv/o")
    (one,) = of_code(given, HELD, ("/srv/o",), OWNERS)
    assert (one.subject, "not declared" in one.evidence) == ("/srv/o", True)
    found = of_code(code("/usr/bin/a.py", checkout="/usr"), HELD, ("/usr",), OWNERS, {"/usr"})
    assert [one.subject for one in found] == ["/usr/bin/a.py"]


def test_a_name_that_no_shell_takes_as_it_stands_is_no_command() -> None:
    (one,) = of_code(code("/opt/\x1b[2J.py"), None, (), OWNERS)
    assert "rm " not in one.remedy
    assert "\x1b" not in one.subject


def test_packages_files() -> None:
    differing = (
        Differing("/usr/bin/x", "p:amd64", "changed", is_configuration=False),
        Differing("/etc/cron.daily/x", "p", "changed", is_configuration=True),
        Differing("/usr/bin/l", "p", "replaced", is_configuration=False),
        Differing("/usr/bin/u", "p; x", "unread", is_configuration=False),
    )
    found = of_owned(Compared(differing, ("/list",), 3))
    assert [(one.verdict, one.subject) for one in found] == [
        ("violation", "/usr/bin/x"), ("violation", "/etc/cron.daily/x"), ("violation", "/usr/bin/l"),
        ("unknown", "/usr/bin/u"), ("unknown", "/var/lib/dpkg/info"), ("unknown", "packages' files"),
    ]  # fmt: skip
    assert found[0].remedy.startswith("'apt-get install --reinstall --yes p:amd64'")
    assert "'rm -r -- /etc/cron.daily/x && apt-get" in found[1].remedy
    assert "confmiss" in found[1].remedy
    assert "'rm -r -- /usr/bin/l && apt-get install --reinstall --yes p'" in found[2].remedy
    # What a list is called reaches no shell.
    assert "; x" not in found[3].remedy


def test_what_was_not_seen_is_unknown() -> None:
    assert [one.verdict for one in of_unsummed(["/usr/bin/x", "/usr/bin/y"], {"/usr/bin/x"})] == ["unknown"]
    seen = Seen((), (), (), (), (), (Missed("/net", "nfs"),), 2)
    assert [(one.verdict, one.subject) for one in of_missed(seen)] == [("unknown", "/net"), ("unknown", "folders")]
