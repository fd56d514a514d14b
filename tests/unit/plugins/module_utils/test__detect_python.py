from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._detect_python import (
    MOST_PER_FOLDER,
    commands,
    judge,
    trees,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._tree_facts import Owners, Trace
from ansible_collections.ai_systems.runbook.plugins.module_utils._tree_python import Distribution, PythonFacts, Venv

OWNERS = Owners({0: "root", 1000: "ops"})
LOCAL = "/usr/local/lib/python3.13/dist-packages"
USER = "/home/ops/.local/lib/python3.13/site-packages"


def distribution(site: str, name: str, *, uid: int = 0, importable: bool = True) -> Distribution:
    return Distribution(site, f"{site}/{name}-1.0.dist-info", "folder", name, "1.0", "pip", uid, importable=importable)


def facts_of(*distributions: Distribution, venvs: tuple[Venv, ...] = ()) -> PythonFacts:
    facts = PythonFacts()
    facts.distributions += distributions
    facts.venvs += venvs
    return facts


@pytest.mark.parametrize(("one", "subject", "remedy"), [
    (distribution(LOCAL, "Foo_Bar"), f"{LOCAL} foo-bar",
     "'python3 -m pip uninstall --yes --break-system-packages Foo_Bar'"),
    (distribution(USER, "six", uid=1000), f"{USER} six",
     "'sudo -H -u ops -- python3 -m pip uninstall --yes --break-system-packages six'"),
    (distribution("/opt/x", "six", importable=False), "/opt/x six", "remove it ('rm -r -- /opt/x/six-1.0.dist-info')"),
    (distribution("/opt/x", "$(reboot)"), "/opt/x $(reboot)",
     "remove it ('rm -r -- '/opt/x/$(reboot)-1.0.dist-info'')"),
    (distribution("/opt/x", "--yes"), "/opt/x -yes", "remove it ('rm -r -- /opt/x/--yes-1.0.dist-info')"),
    (distribution("/opt/x", "a\nb"), "/opt/x a b", "remove it; its name holds what cannot be shown here"),
])  # fmt: skip
def test_a_distribution_with_its_path_and_remedy(one: Distribution, subject: str, remedy: str) -> None:
    (found,) = judge(facts_of(one), OWNERS)
    assert (found.clause, found.verdict, found.subject) == ("3.4", "violation", subject)
    assert found.remedy.startswith(remedy)
    assert "python_venv_list" in found.remedy
    assert "packages_list" in found.remedy
    assert "installed by pip" in found.evidence
    assert OWNERS.name(one.uid) in found.evidence
    assert "\n" not in "".join(found)


@pytest.mark.parametrize(("venv", "said"), [
    (Venv("/home/ops/p/app/.venv", 1000, "/home/ops/p", system_site=False, home="/usr/bin"), []),
    (Venv("/home/ops/p/app/.venv", 1000, "/home/ops/p", system_site=False, home=""), []),
    (Venv("/home/ops/p/env", 1000, "/home/ops/p", system_site=False, home="/usr/bin"), ["it is not called .venv"]),
    (Venv("/home/ops/.venv", 1000, "", system_site=False, home="/usr/bin"), ["it does not lie in a checkout of git"]),
    (Venv("/home/ops/p/.venv", 1000, "/home/ops/p", system_site=True, home="/usr/bin"),
     ["it lets the packages of the system in"]),
    (Venv("/home/ops/p/.venv", 1000, "/home/ops/p", system_site=False, home="/opt/py/bin"), ["not Debian's"]),
    (Venv("/home/ops/p/.venv", 1000, "/home/ops/p", system_site=True, home="/opt/py/bin"),
     ["it lets the packages of the system in", "not Debian's"]),
    (Venv("/x/pipx/venvs/cowsay", 1000, "", system_site=False, home="", tool="pipx"), ["pipx installed cowsay"]),
    (Venv("/x/uv/tools/ruff", 1000, "", system_site=False, home="", tool="uv-tool"), ["uv installed ruff"]),
])  # fmt: skip
def test_venvs(venv: Venv, said: list[str]) -> None:
    found = judge(facts_of(venvs=(venv,)), OWNERS)
    assert len(found) == len(said)
    for one, sentence in zip(found, said, strict=True):
        assert (one.clause, one.verdict) == ("3.4", "violation")
        assert sentence in one.evidence
        assert one.subject.startswith(venv.path)


@pytest.mark.parametrize(("path", "tool", "remedy"), [
    ("/x/pipx/venvs/cowsay", "pipx", "'sudo -H -u ops -- pipx uninstall cowsay'"),
    ("/x/uv/tools/ruff", "uv-tool", "'sudo -H -u ops -- uv tool uninstall ruff'"),
    ("/x/pipx/shared", "pipx", "remove it ('rm -r -- /x/pipx/shared')"),
    ("/x/pipx/venvs/a;b", "pipx", "remove it ('rm -r -- '/x/pipx/venvs/a;b'')"),
])  # fmt: skip
def test_a_tools_own_remedy(path: str, tool: str, remedy: str) -> None:
    (found,) = judge(facts_of(venvs=(Venv(path, 1000, "", system_site=False, home="", tool=tool),)), OWNERS)
    assert found.remedy.startswith(remedy)


def test_a_venv_that_is_a_link() -> None:
    facts = PythonFacts()
    facts.venv_links.append("/home/ops/p/.venv")
    (found,) = judge(facts, OWNERS)
    assert (found.subject, found.verdict) == ("/home/ops/p/.venv", "violation")
    assert found.remedy.startswith("remove it ('rm -- /home/ops/p/.venv')")


def test_tools_and_loose_modules() -> None:
    facts = PythonFacts()
    facts.tools += [
        Trace("conda", "/home/ops/c", 1000, details=("9 packages",)),
        Trace("pyenv", "/home/ops/.pyenv", 1000, details=("3.12.1",)),
        Trace("uv-python", "/x/uv/python/cpython-3.12", 1000, "cpython-3.12"),
    ]
    facts.loose.append(Trace("loose", LOCAL, 0, details=("evil.py", "x.pth")))
    found = {one.subject: one for one in judge(facts, OWNERS)}
    assert "9 packages" in found["/home/ops/c"].evidence
    assert "3.12.1" in found["/home/ops/.pyenv"].evidence
    assert "uv python uninstall cpython-3.12" in found["/x/uv/python/cpython-3.12"].remedy
    assert "evil.py, x.pth" in found[f"{LOCAL} (loose files)"].evidence


def test_a_tree_of_hundreds_is_said_in_part_and_counted() -> None:
    facts = facts_of(*(distribution("/opt/x", f"p{number}") for number in range(MOST_PER_FOLDER + 2)))
    facts.uncounted["/opt/x"] = 7
    found = judge(facts, OWNERS)
    assert len(found) == MOST_PER_FOLDER + 1
    assert found[-1].evidence == "9 more Python packages lie there: p40, p41"


def test_no_remedy_removes_a_folder_of_many_things() -> None:
    # Whoever installs into a home with --target would be told to remove the home.
    facts = facts_of(*(distribution("/home/ops", f"p{number}", importable=False) for number in range(50)))
    assert not [one for one in judge(facts, OWNERS) if "rm -r -- /home/ops'" in one.remedy]


def test_the_modules_of_a_target_are_named() -> None:
    (found,) = judge(facts_of(distribution("/opt", "x", importable=False)._replace(modules=("a", "b"))), OWNERS)
    assert "its modules there are a, b" in found.evidence


def test_what_the_findings_speak_of() -> None:
    one = distribution("/opt/x", "six")._replace(commands=("/opt/x/bin/six",), modules=("six.py",))
    facts = facts_of(one, venvs=(Venv("/v", 0, "", system_site=False, home=""),))
    assert trees(facts) == {"/opt/x/six.py", "/v"}
    assert commands(facts) == {"/opt/x/bin/six"}
