"""Faults on connect as the machine commands them: at which input, whose, and how often."""

from typing import Any

import pytest

from mockcloud.cic import operations as op
from mockcloud.clock import MILLISECOND, SECOND
from mockcloud.cloud.accounts import DEFAULT_ACCOUNT
from mockcloud.faults.reading import parse
from mockcloud.vocabulary import Command, ConnectionId, commands, inputs
from tests.cic.conversation import Conversation
from tests.cic.faults.bundled import Home

CONN = ConnectionId(900)


def struck(talk: Conversation, conn: ConnectionId = CONN, listener: str = "device") -> list[list[Command]]:
    """What is commanded when a connection is accepted, its ClientHello comes, and it is open."""
    steps: tuple[inputs.Input, ...] = (
        inputs.ConnectionAccepted(conn, listener=listener),
        inputs.HandshakeBegun(conn),
        inputs.ConnectionOpened(conn, listener=listener),
    )
    return [talk.machine.receive(step, talk.now) for step in steps]


def set_fault(talk: Conversation, **written: Any) -> int:
    status: int = talk.ask(op.AddFault(DEFAULT_ACCOUNT, parse({"on": "connect", **written}))).status
    return status


@pytest.mark.parametrize(
    ("written", "commanded"),
    [
        ({"effect": "tcp_reset"}, [[commands.AbortConnection(CONN)], [], []]),
        ({"effect": "half_close"}, [[commands.HalfClose(CONN)], [], []]),
        ({"effect": "black_hole"}, [[commands.BlackHole(CONN)], [], []]),
        ({"effect": "delay", "by": "5ms"}, [[commands.HoldConnection(CONN, 5 * MILLISECOND)], [], []]),
        (
            {"effect": "tcp_reset", "at": "tls"},
            [[commands.AnnounceHandshake(CONN)], [commands.AbortConnection(CONN)], []],
        ),
        ({"effect": "cut"}, [[commands.AnnounceHandshake(CONN)], [commands.EndHandshake(CONN)], []]),
        ({"effect": "tls_alert"}, [[commands.AnnounceHandshake(CONN)], [commands.EndHandshake(CONN, 40)], []]),
        (
            {"effect": "certificate_wrong_name", "host": "a.example"},
            [
                [commands.AnnounceHandshake(CONN)],
                [commands.PresentCertificate(CONN, commands.Certificate(names=("a.example",)))],
                [],
            ],
        ),
        ({"effect": "silence"}, [[], [], [commands.MutePing(CONN)]]),
        ({"effect": "goaway", "code": 11}, [[], [], [commands.GoAway(CONN, 11)]]),
    ],
)
def test_what_is_commanded_and_that_it_strikes_once(written: dict[str, Any], commanded: list[list[Command]]) -> None:
    talk = Conversation()
    assert set_fault(talk, **written) == 200
    assert struck(talk) == commanded
    assert struck(talk, ConnectionId(901)) == [[], [], []]


def test_what_ends_a_connection_is_the_last_that_strikes_it() -> None:
    talk = Conversation()
    set_fault(talk, effect="tcp_reset")
    set_fault(talk, effect="delay")
    assert struck(talk)[0] == [commands.AbortConnection(CONN)]
    assert struck(talk)[0] == [commands.HoldConnection(CONN, 2 * SECOND)]


def test_a_device_that_is_told_silence_gets_no_answer_to_ping() -> None:
    talk = Conversation()
    set_fault(talk, effect="silence")
    struck(talk)
    assert talk.machine.faults.is_silent(CONN)


def test_on_another_listener_nothing_strikes() -> None:
    talk = Conversation()
    set_fault(talk, effect="tcp_reset", times="always")
    assert struck(talk, listener="somebody") == [[], [], []]


def test_in_memory_there_is_no_listener_of_ones_own() -> None:
    home = Home()
    outcome = home.simulation.ask(op.CreateAccount(name="ours", listener="own"))
    assert outcome.status == 503
    assert "ours" not in home.simulation.cloud.core.accounts.by_id
