"""What a new image takes and what returns, in words."""

from __future__ import annotations

from ansible_collections.ai_systems.runbook.plugins.module_utils._service_state import StateFile
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._reimage_plan import Node, kept_paths, plan, undeclared
from ansible_collections.ai_systems.runbook.plugins.plugin_utils._service_entry import Service

KEEPS = Service("greeter.service", "g/greeter.service", service_state=("/srv/greeter", "/var/lib/greeter"))
NESTED = Service("more.service", "m/more.service", service_state=("/srv/greeter/more",), started=False)
NOTHING = Service("job.service", "j/job.service", service_state=())
UNSAID = Service("web.service", "w/web.service")
GONE = Service("old.service", "o/old.service", state="absent", service_state=("/srv/old",))
FILES = [StateFile("/srv/greeter/a", 10, "x"), StateFile("/srv/greeter2", 5, "x"), StateFile("/srv/greeter/b", 3, "x")]


def test_a_service_has_to_say_what_it_keeps() -> None:
    assert undeclared([KEEPS, NOTHING, GONE]) == ""
    said = undeclared([UNSAID] * 7)
    assert said.startswith("web.service, web.service")
    assert " and 2 more of services_list does not say what it keeps" in said
    assert "service_state: none" in said


def test_each_path_is_saved_once() -> None:
    assert kept_paths([KEEPS, NESTED, NOTHING, GONE]) == ["/srv/greeter", "/var/lib/greeter"]


def test_the_plan_names_what_is_lost_what_returns_and_what_to_type() -> None:
    node = Node("n1", "ops@192.0.2.10")
    said = "\n".join(plan(node, [KEEPS, NOTHING], FILES, "/fleet/state/n1/x.tar", ["/var/lib/greeter"]))
    for words in (
        "all that job.service may have written: service_state says none", "/var/lib/greeter, which is declared and is",
        "Returns by hand, from /fleet/state/n1/x.tar:\n  - /srv/greeter (2 files, 13 bytes)",
        "1. ansible-playbook playbooks/flash.yml --limit n1 -e image=FILE -e target=/dev/disk/by-id/CARD",
        "enroll.yml --limit n1 -e replace=true -e replace_baseline=true",
        "4. ansible-playbook playbooks/services.yml --limit n1 -e service_action=stop -e service_name=greeter.service",
        "5. ssh ops@192.0.2.10 sudo tar --extract --preserve-permissions --directory=/ < /fleet/state/n1/x.tar",
        "7. ansible-playbook playbooks/audit.yml --limit n1",
    ):  # fmt: skip
        assert words in said


def test_without_anything_kept_there_is_nothing_to_unpack() -> None:
    said = "\n".join(plan(Node("a 'b"), [NOTHING], [], ""))
    assert "tar" not in said.replace("target", "")
    assert "--limit <node>" in said
