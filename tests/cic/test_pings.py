"""PING of devices: who sends none, or breaks HTTP/2, is told so (D-032, D-033, C-069)."""

import pytest

from mockcloud.cic import operations as op
from mockcloud.faults.reading import parse
from tests.cic.conversation import Connection, Conversation, Speaker


def connection_of(speaker: Speaker) -> Connection:
    assert speaker.connection is not None
    return speaker.connection


def missing(talk: Conversation) -> list[tuple[str, str]]:
    return [
        (entry.device, entry.note) for entry in talk.journal() if "ping.missing" in [f.code for f in entry.findings]
    ]


@pytest.mark.spec("D-032")
def test_a_device_that_sends_no_ping_is_told_once(talk: Conversation, speaker: Speaker) -> None:
    talk.wait("69s")
    assert missing(talk) == []
    talk.wait("1s")
    said = "no PING has come for 70 s: a device sends one every minute, or GET /ping"
    assert missing(talk) == [(speaker.device, said)]
    talk.wait("10m")
    assert len(missing(talk)) == 1
    speaker.drop_downchannel()
    speaker.downchannel()
    talk.wait("70s")
    assert len(missing(talk)) == 2


@pytest.mark.spec("D-032", "D-033")
@pytest.mark.parametrize("by", ["frame", "request", "request on another connection"])
def test_a_device_that_pings_is_in_order_until_it_stops(talk: Conversation, speaker: Speaker, by: str) -> None:
    for _ in range(3):
        talk.wait("60s")
        if by == "frame":
            connection_of(speaker).ping()
        else:
            connection = connection_of(speaker) if by == "request" else talk.connection()
            assert connection.get("/ping", speaker.headers).status == 204
    talk.wait("69s")
    assert missing(talk) == []
    talk.wait("1s")
    assert len(missing(talk)) == 1


@pytest.mark.spec("D-033")
def test_a_ping_that_is_refused_is_one_all_the_same(talk: Conversation, speaker: Speaker) -> None:
    talk.wait("60s")
    talk.ask(op.ExpireTokens("default"))
    assert connection_of(speaker).get("/ping", speaker.headers).status == 401
    talk.wait("60s")
    assert missing(talk) == []


@pytest.mark.spec("D-032")
@pytest.mark.parametrize("left", ["downchannel", "connection"])
def test_a_device_that_has_gone_needs_no_ping(talk: Conversation, speaker: Speaker, left: str) -> None:
    talk.wait("30s")
    if left == "downchannel":
        speaker.drop_downchannel()
    else:
        connection_of(speaker).lose()
    talk.wait("5m")
    assert missing(talk) == []


def test_what_a_fault_swallows_is_not_held_against_the_device(talk: Conversation, speaker: Speaker) -> None:
    assert (
        talk.ask(op.AddFault("default", parse({"on": "event", "at": "headers", "effect": "black_hole"}))).status == 200
    )
    speaker.post()
    talk.wait("5m")
    assert missing(talk) == []


@pytest.mark.spec("C-069")
def test_how_long_it_may_take_is_a_setting() -> None:
    talk = Conversation(behaviour={"expected_ping": "0"})
    talk.speaker()
    talk.wait("1h")
    assert missing(talk) == []


@pytest.mark.spec("D-005", "C-019")
def test_a_device_that_breaks_http2_is_told_how(talk: Conversation, speaker: Speaker) -> None:
    said = "Expected 1000 bytes, received 10"
    connection_of(speaker).break_http2(said)
    (entry,) = talk.journal(name="HTTP/2")
    assert (entry.device, entry.channel, entry.note) == (speaker.device, "connection", said)
    assert [finding.code for finding in entry.findings] == ["connection.http2"]


@pytest.mark.spec("D-005", "C-019")
def test_a_stranger_that_breaks_http2_is_nobodys_device(talk: Conversation) -> None:
    talk.connection().break_http2("Invalid HTTP/2 preamble.")
    ((finding,),) = [entry.findings for entry in talk.journal(name="HTTP/2")]
    assert finding.severity == "warning"
