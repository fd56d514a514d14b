"""What systemd answers, as tables; what is asked is tested beside _systemctl, and tests/nodes ask the real one."""

from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._systemd_answers import (
    ServiceCommand,
    SocketStatus,
    parse_blocks,
    parse_service_command,
    parse_sockets,
)

NOTHING = '{"type":"a(sasbttttuii)","data":[]}\n{"type":"as","data":[]}\n{"type":"a(sb)","data":[]}\n'


def test_a_service_without_a_command_has_none() -> None:
    assert parse_service_command(NOTHING) == ServiceCommand()


@pytest.mark.parametrize(
    "text",
    [
        *("", "{}", "[]\n[]\n[]", "null\nnull\nnull", NOTHING * 2, NOTHING.replace("[]", "1")),
        NOTHING.replace('"data":[]', '"data":[["/bin/sh"]]'),
        "x" * 100_000,
    ],
)
def test_another_answer_is_an_error_and_bounded(text: str) -> None:
    with pytest.raises(ValueError) as told:  # noqa: PT011 -- its text is the node's
        parse_service_command(text)
    assert len(str(told.value)) < 300


def test_each_socket_keeps_all_its_addresses() -> None:
    text = (
        "Accept=yes\nListen=[::]:22 (Stream)\nListen=/run/x (Stream)\nId=a.socket\nTriggers=\nActiveState=active\n"
        "\nnoise\n\nId=b.socket\n\nId=\nListen=[::]:23 (Stream)\n"
    )
    assert parse_sockets(text) == [
        SocketStatus("a.socket", "active", ("[::]:22 (Stream)", "/run/x (Stream)"), accept=True),
        SocketStatus("b.socket"),
    ]
    assert parse_sockets("") == []


def test_blocks_hold_the_wanted_properties_and_the_first_word_on_each() -> None:
    text = "Id=a\nOdd=1\nId=b\nnonsense\n\n\n\nUser=x=y\n" + "Id=" + "z" * 9000
    assert parse_blocks(text, ("Id", "User")) == [{"Id": "a"}, {"User": "x=y", "Id": "z" * 4096}]
