"""Connecting and the downchannel (C-019..C-032), pings (C-066..C-069)."""

import re
from typing import Any

import pytest

from mockcloud.cic import operations as op
from mockcloud.vocabulary.commands import CloseConnection, SendPing
from tests.cic.conversation import USER_AGENT, Conversation, Speaker, name_of

PATHS = ["/v1/directives", "/v1/events", "/ping"]


@pytest.fixture
def talk() -> Conversation:
    return Conversation()


def connected(talk: Conversation, **how: Any) -> Speaker:
    speaker = Speaker(talk, "speaker", talk.account, **how)
    speaker.connect()
    return speaker


# Which requests are taken


@pytest.mark.spec("C-019")
@pytest.mark.parametrize("path", PATHS)
def test_http_1_is_told_that_it_takes_http_2(talk: Conversation, path: str) -> None:
    headers = {"authorization": f"Bearer {talk.login('d')['access_token']}", "user-agent": USER_AGENT}
    answer = talk.connection("1.1").get(path, headers)
    assert answer.status == 505
    assert answer.error[0] == 505
    assert "HTTP/2" in answer.error[1]


@pytest.mark.spec("C-020", "C-064", "C-067")
def test_the_three_endpoints_are_served(talk: Conversation) -> None:
    speaker = connected(talk)
    assert speaker.get("/ping").status == 204
    assert speaker.downchannel().status == 200
    assert speaker.event("SpeechSynthesizer.SpeechStarted", {"token": "t"}).status == 204


@pytest.mark.spec("C-020", "C-030", "C-036")
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/v1/directives"), ("GET", "/v1/events"), ("PUT", "/v1/events"), ("POST", "/ping")]
)
def test_another_method_is_malformed(talk: Conversation, method: str, path: str) -> None:
    speaker = talk.speaker()
    assert speaker.connection is not None
    answer = speaker.connection.request(method, path, speaker.headers).end()
    assert answer.status == 400
    assert answer.error[0] == 400


@pytest.mark.spec("C-021", "C-037")
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer nobody", "Basic dXNlcg==", "Bearer two words"])
def test_without_a_valid_token_it_is_401(talk: Conversation, path: str, header: str | None) -> None:
    headers = {"user-agent": USER_AGENT} | ({} if header is None else {"authorization": header})
    answer = talk.connection().request("POST" if path == "/v1/events" else "GET", path, headers).end()
    assert answer.status == 401
    assert answer.error[0] == 401


@pytest.mark.spec("C-021")
@pytest.mark.parametrize("form", ["bearer {}", "Bearer  {}", "BEARER {}"])
def test_a_token_in_a_wrong_form_is_taken_and_noted(talk: Conversation, form: str) -> None:
    headers = {"authorization": form.format(talk.login("d")["access_token"]), "user-agent": USER_AGENT}
    assert talk.connection().get("/ping", headers).status == 204
    assert talk.findings() == ["request.authorization"]


@pytest.mark.spec("C-022")
@pytest.mark.parametrize("agent", [None, "curl/8.0", "A/B/1.0 (C;D)"])
@pytest.mark.parametrize(("strict", "status"), [(False, (200, 204)), (True, (400, 400))])
def test_a_wrong_user_agent_is_noted_and_refused_only_if_strict(
    agent: str | None, strict: bool, status: tuple[int, int]
) -> None:
    talk = Conversation(strict=strict)
    speaker = connected(talk, user_agent=agent)
    assert (speaker.downchannel().status, speaker.get("/ping").status) == status
    assert all(code.startswith("request.user-agent") for code in talk.findings())
    assert talk.findings()


@pytest.mark.spec("C-022")
def test_a_strict_event_with_a_wrong_user_agent_is_400(talk: Conversation) -> None:
    speaker = talk.speaker(user_agent="x")
    talk.ask(op.ChangeAccount("default", {"strict": True}))
    assert speaker.event("SpeechSynthesizer.SpeechStarted", {"token": "t"}).status == 400


@pytest.mark.spec("C-023")
@pytest.mark.parametrize(("edition", "kept"), [("newer", ["Kitchen", "Loud"]), ("4.4", [])])
def test_device_tags_belong_to_the_device_in_the_newer_edition(edition: str, kept: list[str]) -> None:
    talk = Conversation(edition=edition)
    talk.speaker(tags="Kitchen, Loud")
    (device,) = talk.ask(op.ReadAccount()).body["devices"]
    assert device["tags"] == kept


@pytest.mark.spec("C-023")
def test_device_tags_stay_until_others_are_sent_also_with_an_event(talk: Conversation) -> None:
    speaker = talk.speaker(tags="Kitchen")
    speaker._tags = None
    speaker.event("SpeechSynthesizer.SpeechStarted", {"token": "t"})
    assert talk.account.device("speaker").tags == ("Kitchen",)
    speaker._tags = "Bath,,"
    speaker.event("SpeechSynthesizer.SpeechStarted", {"token": "t"})
    assert talk.account.device("speaker").tags == ("Bath",)
    assert "request.device-tags.empty" in talk.findings()


# The downchannel


@pytest.mark.spec("C-024", "C-025", "C-051")
@pytest.mark.parametrize("edition", ["newer", "4.4"])
def test_hello_comes_first_and_the_stream_stays_open(edition: str) -> None:
    talk = Conversation(edition=edition)
    opened = connected(talk).downchannel()
    assert opened.status == 200
    assert re.fullmatch(r"multipart/related; boundary=\S+", opened.headers["content-type"])
    hello = opened.parts[0]
    assert re.fullmatch(r"helloDirective-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", hello.name)
    assert hello.content_type == "application/json; charset=utf-8"
    assert set(hello.message["directive"]["header"]) == {"namespace", "name", "messageId"}
    assert hello.message["directive"]["payload"] == {}
    assert name_of(hello.message["directive"]) == "Clova.Hello"
    assert not opened.ended
    assert not opened.closed


@pytest.mark.spec("C-026", "C-057")
def test_each_part_comes_with_the_delimiter_line_after_it(talk: Conversation) -> None:
    speaker = connected(talk)
    opened = speaker.downchannel()
    delimiter = b"--" + opened.headers["content-type"].partition("boundary=")[2].encode() + b"\r\n"
    assert opened.body.startswith(delimiter)
    for _ in range(3):
        assert opened.body.endswith(b"\r\n" + delimiter)
        talk.ask(push("Clova.ExpectLogin"))
    assert speaker.pushed_names() == ["Clova.Hello"] + 3 * ["Clova.ExpectLogin"]


@pytest.mark.spec("C-024", "C-073")
def test_what_the_cloud_has_to_say_is_a_further_part(talk: Conversation) -> None:
    speaker = talk.speaker()
    assert talk.ask(push("Notifier.ClearIndicator", {})).status == 200
    (directive,) = speaker.pushed()
    assert name_of(directive) == "Notifier.ClearIndicator"
    assert "dialogRequestId" not in directive["header"]


@pytest.mark.spec("C-027")
def test_nothing_ends_an_idle_downchannel(talk: Conversation) -> None:
    speaker = talk.speaker()
    talk.wait("720h")
    assert speaker.channel is not None
    assert speaker.channel.is_open
    talk.ask(push("Clova.ExpectLogin"))
    assert speaker.pushed_names() == ["Clova.ExpectLogin"]


@pytest.mark.spec("C-028")
@pytest.mark.parametrize("over", ["the same connection", "another connection"])
def test_a_further_downchannel_releases_the_one_before(talk: Conversation, over: str) -> None:
    speaker = talk.speaker()
    first = speaker.channel
    talk.wait("2s")
    if over == "another connection":
        speaker.connect()
    second = speaker.downchannel()
    assert second.status == 200
    assert first is not None
    assert first.closed
    assert first.ended
    talk.ask(push("Clova.ExpectLogin"))
    assert second.names == ["Clova.Hello", "Clova.ExpectLogin"]
    assert first.names == ["Clova.Hello"]


@pytest.mark.spec("C-029")
def test_a_further_downchannel_within_a_moment_is_429_and_the_first_stays(talk: Conversation) -> None:
    speaker = talk.speaker()
    first = speaker.channel
    talk.wait("999ms")
    refused = speaker.downchannel()
    assert refused.status == 429
    assert refused.error[0] == 429
    assert refused.closed
    assert first is not None
    assert first.is_open
    talk.wait("1ms")
    assert speaker.downchannel().status == 200


@pytest.mark.spec("C-029")
def test_the_moment_is_a_setting_and_concerns_one_device() -> None:
    talk = Conversation(behaviour={"downchannel_interval": "5s"})
    one = talk.speaker("one")
    assert talk.speaker("two").channel is not None
    talk.wait("4s")
    assert one.downchannel().status == 429


@pytest.mark.spec("C-029", "C-031")
@pytest.mark.parametrize("how", ["stream reset", "connection lost", "closed by the cloud"])
def test_a_reconnect_after_a_loss_is_never_429(talk: Conversation, how: str) -> None:
    speaker = talk.speaker()
    assert speaker.connection is not None
    if how == "stream reset":
        speaker.drop_downchannel()
    elif how == "connection lost":
        speaker.connection.lose()
        speaker.connect()
    else:
        talk.ask(op.CloseChannel(channel_id(talk)))
    assert speaker.downchannel().status == 200


@pytest.mark.spec("C-031", "C-057")
def test_a_downchannel_is_closed_on_demand(talk: Conversation) -> None:
    speaker = talk.speaker()
    assert talk.ask(op.CloseChannel(channel_id(talk))).status == 204
    assert speaker.channel is not None
    assert speaker.channel.closed
    assert speaker.channel.ended
    assert talk.ask(op.ListChannels()).body == {"channels": []}
    assert talk.ask(op.CloseChannel("1-1")).status == 404


@pytest.mark.spec("C-032")
@pytest.mark.parametrize(
    ("edition", "setting", "asked"),
    [
        ("newer", "edition", False),
        ("4.4", "edition", True),
        ("newer", "on", True),
        ("4.4", "off", False),
    ],
)
def test_a_client_that_connects_is_asked_for_its_state(edition: str, setting: str, asked: bool) -> None:
    talk = Conversation(edition=edition, behaviour={"expect_report_state": setting})
    opened = connected(talk).downchannel()
    assert opened.names == ["Clova.Hello"] + (["DeviceControl.ExpectReportState"] if asked else [])
    if asked:
        assert "dialogRequestId" not in opened.directives[1]["header"]
        assert not {"durationInSeconds", "intervalInSeconds"} & set(opened.directives[1]["payload"])


@pytest.mark.spec("C-024", "C-031")
def test_what_falls_due_without_a_downchannel_is_held(talk: Conversation) -> None:
    talk.scenario("""
- when: {says: 셋}
  then:
    - {push: Clova.ExpectLogin, after: 1s}
    - {push: Notifier.ClearIndicator, after: 2s}
    - {push: Clova.ExpectLogin, after: 3s, offline: drop}
    - {push: Clova.ExpectLogin, after: 4s, offline: fail}
    - {push: Clova.HandleUnknown, after: 20s, unchecked: true}
""")
    talk.may_be_invalid = True
    speaker = talk.speaker()
    speaker.event("TextRecognizer.Recognize", {"text": "셋"}, dialog="d1")
    speaker.drop_downchannel()
    talk.wait("10s")
    assert speaker.downchannel().names == ["Clova.Hello", "Clova.ExpectLogin", "Notifier.ClearIndicator"]
    notes = [entry.note for entry in talk.journal(direction="-", name="Clova.ExpectLogin")]
    assert [note.partition(" ")[0].rstrip(":") for note in notes] == ["held", "dropped", "failed"]
    talk.wait("10s")
    assert [name_of(each) for each in speaker.pushed()][3:] == ["Clova.HandleUnknown"]


def test_no_more_is_held_than_a_new_downchannel_takes() -> None:
    talk = Conversation(limits={"downchannel_parts": 5})
    talk.scenario("""
- when: {says: 하나}
  then: [{push: Clova.ExpectLogin, after: 1s}]
""")
    speaker = talk.speaker()
    for _ in range(6):
        speaker.event("TextRecognizer.Recognize", {"text": "하나"})
    speaker.drop_downchannel()
    talk.wait("2s")
    assert speaker.downchannel().names == ["Clova.Hello"] + 2 * ["Clova.ExpectLogin"]
    assert speaker.channel is not None
    assert speaker.channel.is_open
    dropped = [e.note for e in talk.journal(direction="-", name="Clova.ExpectLogin") if e.note.startswith("dropped")]
    assert len(dropped) == 4


def test_a_device_that_does_not_read_loses_its_downchannel() -> None:
    talk = Conversation(limits={"downchannel_parts": 10})
    speaker = talk.speaker()
    assert speaker.connection is not None
    assert speaker.channel is not None
    speaker.connection.stop_reading()
    for _ in range(10):
        talk.ask_later(push("Clova.ExpectLogin"))
    assert speaker.channel.is_open
    assert talk.ask(op.ListChannels()).body["channels"][0]["queued"] == 10
    answer = talk.ask(push("Clova.ExpectLogin"))
    assert answer.body["sent"][0]["state"] == "blocked"
    assert speaker.channel.reset == 8
    assert "does not read" in talk.journal(name="downchannel reset")[0].note
    assert talk.ask(push("Clova.ExpectLogin")).status == 409


def test_a_downchannel_with_no_room_even_for_the_greeting_ends_at_once() -> None:
    talk = Conversation(edition="4.4", limits={"downchannel_parts": 0})
    speaker = connected(talk)
    assert speaker.downchannel().reset == 8
    assert not talk.machine.core.downchannels
    assert not [ex for ex, exchange in talk.machine.core.exchanges.items() if exchange is not None]


@pytest.mark.spec("C-017", "C-024")
def test_two_devices_of_an_account_have_a_downchannel_each(talk: Conversation) -> None:
    one, two = talk.speaker("one"), talk.speaker("two")
    talk.ask(push("Clova.ExpectLogin", device="two"))
    assert (one.pushed_names(), two.pushed_names()) == ([], ["Clova.ExpectLogin"])
    talk.ask(push("Clova.ExpectLogin"))
    assert (one.pushed_names(), two.pushed_names()) == (["Clova.ExpectLogin"], ["Clova.ExpectLogin"])


def test_losing_an_old_connection_leaves_the_new_downchannel_alone(talk: Conversation) -> None:
    speaker = talk.speaker()
    old = speaker.connection
    talk.wait("2s")
    speaker.connect()
    assert speaker.downchannel().status == 200
    assert old is not None
    old.lose()
    talk.ask(push("Clova.ExpectLogin"))
    assert speaker.pushed_names() == ["Clova.Hello", "Clova.ExpectLogin"]


def push(name: str, payload: dict[str, object] | None = None, device: str | None = None) -> op.Push:
    namespace, _, short = name.partition(".")
    header = {"namespace": namespace, "name": short}
    return op.Push(directive={"header": header, "payload": payload or {}}, device=device)


def channel_id(talk: Conversation) -> str:
    (channel,) = talk.ask(op.ListChannels()).body["channels"]
    found: str = channel["id"]
    return found


# Pings


@pytest.mark.spec("C-067", "C-021")
def test_ping_is_answered_without_a_downchannel_and_without_a_body(talk: Conversation) -> None:
    answer = connected(talk).get("/ping")
    assert answer.status == 204
    assert answer.ended
    assert not answer.body
    assert not answer.headers


@pytest.mark.spec("C-066", "C-069")
def test_the_interval_of_pings_is_on_record_and_nothing_else(talk: Conversation) -> None:
    speaker = talk.speaker()
    assert speaker.connection is not None
    speaker.connection.ping()
    talk.wait("42s")
    speaker.connection.ping()
    assert [entry.note for entry in talk.journal(name="PING")] == ["the first", "42.0 s after the one before"]
    assert talk.ask(op.ListChannels()).body["channels"][0]["last_ping"] == "2026-01-01T00:00:42.000+00:00"


@pytest.mark.spec("C-069")
def test_a_device_that_never_pings_keeps_its_connection() -> None:
    talk = Conversation(behaviour={"ping_interval": "0"})
    talk.speaker()
    talk.wait("240h")
    assert talk.commands == []


@pytest.mark.spec("C-069")
def test_our_own_ping_notices_silence_and_only_reports_it(talk: Conversation) -> None:
    speaker = talk.speaker()
    assert speaker.connection is not None
    talk.wait("59s")
    assert talk.commands == []
    talk.wait("1s")
    assert talk.commands == [SendPing(speaker.connection.id)]
    talk.wait("29s")
    assert not talk.journal(name="no PING ACK")
    talk.wait("1s")
    assert [entry.device for entry in talk.journal(name="no PING ACK")] == ["speaker"]
    talk.wait("60s")
    assert talk.commands == 2 * [SendPing(speaker.connection.id)]


@pytest.mark.spec("C-069")
def test_an_answered_ping_is_followed_by_the_next_interval(talk: Conversation) -> None:
    speaker = talk.speaker()
    assert speaker.connection is not None
    for round_ in range(1, 4):
        talk.wait("60s")
        assert len(talk.commands) == round_
        speaker.connection.answer_ping()
    talk.wait("59s")
    assert not talk.journal(name="no PING ACK")


@pytest.mark.spec("C-069")
def test_with_patience_set_silence_closes_the_connection() -> None:
    talk = Conversation(behaviour={"ping_interval": "20s", "ping_patience": "5s"})
    speaker = talk.speaker()
    assert speaker.connection is not None
    talk.wait("24s")
    assert talk.commands == [SendPing(speaker.connection.id)]
    talk.wait("1s")
    assert talk.commands[1:] == [CloseConnection(speaker.connection.id)]


@pytest.mark.spec("C-069")
def test_without_a_downchannel_nobody_is_watched(talk: Conversation) -> None:
    speaker = talk.speaker()
    assert speaker.connection is not None
    speaker.drop_downchannel()
    talk.wait("10m")
    assert talk.commands == []
    speaker.downchannel()
    talk.wait("60s")
    assert talk.commands == [SendPing(speaker.connection.id)]


def test_a_ping_on_a_connection_without_downchannel_is_nobody_s(talk: Conversation) -> None:
    talk.connection().ping()
    assert not talk.journal(name="PING")
