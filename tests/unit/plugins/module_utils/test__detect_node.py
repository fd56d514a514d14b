from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._detect_node import MOST_PER_FOLDER, judge, trees
from ansible_collections.ai_systems.runbook.plugins.module_utils._tree_facts import Owners, Trace
from ansible_collections.ai_systems.runbook.plugins.module_utils._tree_node import NodeFacts, ProjectModules

OWNERS = Owners({0: "root", 1000: "ops"})
LOCAL = "/usr/local/lib/node_modules"
MINE = "/home/ops/.npm-global/lib/node_modules"


def facts_of(*packages: Trace) -> NodeFacts:
    facts = NodeFacts()
    facts.packages += packages
    return facts


@pytest.mark.parametrize(("one", "subject", "remedy"), [
    (Trace("npm", f"{LOCAL}/ms", 0, "ms", "2.1.3"), f"{LOCAL} ms", "'npm uninstall -g --prefix /usr/local ms'"),
    (Trace("npm", f"{MINE}/@a/b", 1000, "@a/b", "1"), f"{MINE} @a/b",
     "'sudo -H -u ops -- npm uninstall -g --prefix /home/ops/.npm-global @a/b'"),
    (Trace("npm", "/home/ops/node_modules/ms", 1000, "ms", "1"), "/home/ops/node_modules ms",
     "remove it ('rm -r -- /home/ops/node_modules/ms')"),
    (Trace("npm", f"{LOCAL}/$(x)", 0, "$(x)"), f"{LOCAL} $(x)", f"remove it ('rm -r -- '{LOCAL}/$(x)'')"),
    (Trace("npm", f"{LOCAL}/--x", 0, "--x"), f"{LOCAL} --x", f"remove it ('rm -r -- {LOCAL}/--x')"),
    (Trace("link", f"{LOCAL}/l", 0, "l", details=("/home/ops/l",)), f"{LOCAL} l", f"remove it ('rm -- {LOCAL}/l')"),
    (Trace("yarn", "/h/yarn/global/node_modules", 1000, "ms", "2"), "/h/yarn/global/node_modules ms",
     "'sudo -H -u ops -- yarn global remove ms'"),
    (Trace("pnpm", "/h/pnpm/global/5/node_modules", 0, "ms", "2"), "/h/pnpm/global/5/node_modules ms",
     "'pnpm remove --global ms'"),
    (Trace("bun", "/h/.bun/install/global/node_modules", 0), "/h/.bun/install/global/node_modules",
     "remove it ('rm -r -- /h/.bun/install/global/node_modules')"),
])  # fmt: skip
def test_a_package_with_its_path_and_remedy(one: Trace, subject: str, remedy: str) -> None:
    (found,) = judge(facts_of(one), (), OWNERS)
    assert (found.clause, found.verdict, found.subject) == ("3.5", "violation", subject)
    assert found.remedy.startswith(remedy)
    assert "node_project_list" in found.remedy
    assert OWNERS.name(one.uid) in found.evidence
    assert one.version in found.evidence


@pytest.mark.parametrize("kind", ["nvm", "volta", "fnm", "n", "bun", "deno", "corepack", "npx"])
def test_managers(kind: str) -> None:
    facts = NodeFacts()
    facts.managers.append(Trace(kind, f"/home/ops/{kind}", 1000, details=("v20",)))
    (found,) = judge(facts, (), OWNERS)
    assert (found.verdict, found.subject) == ("violation", f"/home/ops/{kind}")
    assert "v20" in found.evidence
    assert trees(facts) == {f"/home/ops/{kind}"}


def test_projects_in_no_checkout_are_worth_knowing_and_said_once_per_folder() -> None:
    facts = NodeFacts()
    facts.projects += [
        ProjectModules(f"/home/ops/{path}/node_modules", 1000, "/home/ops")
        for path in (".vscode/a", ".vscode/b", "app")
    ]
    found = judge(facts, (), OWNERS)
    assert [(one.verdict, one.subject) for one in found] == [("info", "/home/ops/.vscode"), ("info", "/home/ops/app")]
    assert found[0].evidence.startswith("2 projects")


def test_a_setting_that_leads_npm_elsewhere() -> None:
    (found,) = judge(NodeFacts(), [("/home/ops/.npmrc", "/home/ops/.g\n{{ x }}")], OWNERS)
    assert (found.verdict, found.subject) == ("info", "/home/ops/.npmrc prefix")
    assert "\n" not in found.evidence


def test_a_link_covers_itself_alone() -> None:
    assert trees(facts_of(Trace("link", "/opt/node_modules", 0, "node_modules", details=("/x",)))) == {
        "/opt/node_modules"
    }


def test_a_tree_of_hundreds_is_said_in_part_and_counted() -> None:
    packages = [Trace("npm", f"{LOCAL}/p{number}", 0, f"p{number}") for number in range(MOST_PER_FOLDER + 2)]
    facts = facts_of(*packages)
    facts.uncounted[LOCAL] = 5
    found = judge(facts, (), OWNERS)
    assert len(found) == MOST_PER_FOLDER + 1
    assert found[-1].evidence == "7 more npm packages lie there"
    assert trees(facts) == {LOCAL}


def test_names_of_anybodys_choice_are_one_line() -> None:
    (found,) = judge(facts_of(Trace("npm", f"{LOCAL}/a\nb\x1b", 0, "a\nb\x1b", "1\n2")), (), OWNERS)
    assert all("\n" not in part and part.isprintable() for part in found)
    assert found.remedy.startswith("remove it; its name holds what cannot be shown")
