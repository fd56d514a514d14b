from __future__ import annotations

import pathlib

from ansible_collections.ai_systems.runbook.plugins.module_utils._code_dpkg import (
    Override,
    of_alternatives,
    of_diversions,
    of_overrides,
    parse_overrides,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._code_facts import facts_of
from tests.view import view


def test_alternatives_that_lead_to_nobodys_files(tmp_path: pathlib.Path) -> None:
    links = {f"/etc/alternatives/{name}": to for name, to in (
        ("vi", "/usr/bin/vim"), ("pager", "/opt/pager"), ("view", "/opt/vi"), ("pager.1.gz", "/opt/x.1.gz"),
        ("gone", "/opt/none"), ("odd;x", "/opt/pager"),
    )}  # fmt: skip
    files = {"/opt/pager": "x", "/opt/vi": "x", "/opt/x.1.gz": "x",
             "/var/lib/dpkg/alternatives/pager": "auto\n/usr/bin/pager\n\n/opt/pager\n900\n",
             "/var/lib/dpkg/alternatives/vim": "auto\n/usr/bin/vim\nview\n/usr/bin/view\n\n"}  # fmt: skip
    node = view(tmp_path, files=files, links=links, packages={"vim": {"/usr/bin/vim": "x"}})
    found = {one.subject.rpartition("/")[2]: one.remedy for one in of_alternatives(node, facts_of(node))}
    assert set(found) == {"pager", "view", "odd;x"}
    assert found["pager"].startswith("'update-alternatives --remove pager /opt/pager'")
    # A part of a group is put right with its group.
    assert found["view"].startswith("'update-alternatives --auto vim'")
    assert "update-alternatives" not in found["odd;x"]


def test_diversions_by_hand(tmp_path: pathlib.Path) -> None:
    text = "/usr/bin/x\n/usr/bin/x.old\n:\n/usr/bin/y\n/usr/bin/y.p\np\n"
    (one,) = of_diversions(view(tmp_path, files={"/var/lib/dpkg/diversions": text}))
    assert one.subject == "/usr/bin/x (diversion)"
    assert one.remedy.startswith("'rm --force -- /usr/bin/x && dpkg-divert --rename --remove /usr/bin/x'")


def test_kept_permissions(tmp_path: pathlib.Path) -> None:
    text = "root crontab 2755 /usr/bin/crontab\nroot root 4755 /usr/bin/less\nroot root 0666 /etc/a b\nodd\n"
    text += "root root x /y\n"
    assert parse_overrides(text)[2] == Override("root", "root", 0o666, "/etc/a b")
    less, written = of_overrides(view(tmp_path, files={"/var/lib/dpkg/statoverride": text}))
    assert (less.subject, written.subject) == ("/usr/bin/less (statoverride)", "/etc/a b (statoverride)")
    assert "written by everybody" in written.evidence
    assert less.remedy.startswith("'dpkg-statoverride --remove /usr/bin/less && chmod u-s,g-s,o-w /usr/bin/less'")
