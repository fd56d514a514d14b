"""Runbook 2.1 on a machine that is a node itself: the image is on its card, which here is a file."""

from __future__ import annotations

from testinfra.host import Host


def test_the_card_holds_the_image_to_the_last_byte(host: Host) -> None:
    assert host.run("cmp /var/tmp/image/plain.img /var/tmp/card.img").rc == 0


def test_the_card_has_a_partition_table_and_does_not_call_itself_unfinished(host: Host) -> None:
    signature = host.check_output("tail -c +511 /var/tmp/card.img | head -c 2 | od -An -tx1")
    assert signature.split() == ["55", "aa"]
    assert host.run("head -c 4096 /var/tmp/card.img | grep -q 'not written whole'").rc == 1


def test_nothing_of_the_work_is_left(host: Host) -> None:
    assert host.check_output("find /var/tmp -name 'runbook-flash-*'") == ""
