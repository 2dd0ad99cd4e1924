"""``POST /v1/events``: what is taken, what is refused and in which order (C-033..C-047, C-187), error messages
(C-059..C-065)."""

import re
from typing import Any

import pytest

from mockcloud.cic import operations as op
from mockcloud.wire.messages import dumps
from mockcloud.wire.multipart import MultipartWriter, audio_part, metadata_part
from tests.cic.conversation import BOUNDARY, CLOSING, USER_AGENT, Conversation, Response, Speaker

REPORT = ("SpeechSynthesizer.SpeechStarted", {"token": "t"})
TYPED = "TextRecognizer.Recognize"


def whole(metadata: bytes) -> bytes:
    return MultipartWriter(BOUNDARY).whole([metadata_part(metadata)])


# Answers


@pytest.mark.spec("C-033", "C-034", "C-056", "C-057")
def test_an_event_with_an_answer_is_200_with_its_directives(speaker: Speaker) -> None:
    answer = speaker.event(TYPED, {"text": "오늘 날씨 알려줘"}, dialog="d1")
    assert answer.status == 200
    assert answer.names[:2] == ["SpeechSynthesizer.Speak", "Clova.RenderText"]
    assert len(answer.attachments) == 1
    assert answer.closed
    assert answer.ended


@pytest.mark.spec("C-035", "C-099")
def test_an_event_without_an_answer_is_204_without_a_body(speaker: Speaker) -> None:
    answer = speaker.event(*REPORT)
    assert answer.status == 204
    assert answer.ended
    assert not answer.body


@pytest.mark.spec("C-035")
def test_an_event_whose_directives_all_go_over_the_downchannel_is_204(speaker: Speaker) -> None:
    assert speaker.event("Alerts.RequestAlertStop", {"token": "t", "type": "ALARM"}).status == 204
    assert speaker.pushed_names() == ["Alerts.StopAlert"]


@pytest.mark.spec("C-045")
def test_the_answer_waits_for_the_end_of_the_request(speaker: Speaker) -> None:
    request = speaker.open_event(TYPED, {"text": "안녕"}, dialog="d1")
    assert request.response.status is None
    request.send(b"--" + CLOSING[4:])
    assert request.response.status is None
    assert request.end().status == 200


@pytest.mark.spec("C-045")
@pytest.mark.parametrize("name", [REPORT[0], TYPED])
def test_a_request_that_never_ends_is_answered_when_patience_is_over(talk: Conversation, name: str) -> None:
    speaker = talk.speaker()
    request = speaker.open_event(name, {"text": "안녕"} if name == TYPED else {"token": "t"})
    talk.wait("9999ms")
    assert request.response.status is None
    talk.wait("1ms")
    assert request.response.status == (200 if name == TYPED else 204)
    assert request.response.ended
    assert "request.not-ended" in talk.findings()
    request.send(b"whatever else comes")
    request.end()
    assert not [ex for ex, exchange in talk.machine.core.exchanges.items() if exchange and ex == request.ex]


@pytest.mark.spec("C-045")
def test_patience_is_a_setting_and_may_be_endless() -> None:
    talk = Conversation(behaviour={"answer_without_end": "2s"})
    request = talk.speaker().open_event(*REPORT)
    talk.wait("2s")
    assert request.response.status == 204
    talk = Conversation(behaviour={"answer_without_end": "0"})
    request = talk.speaker().open_event(*REPORT)
    talk.wait("24h")
    assert request.response.status is None
    assert request.end().status == 204


@pytest.mark.spec("C-045", "C-036")
def test_nonsense_after_the_early_answer_changes_nothing(talk: Conversation) -> None:
    speaker = talk.speaker()
    request = speaker.open_event(*REPORT)
    talk.wait("10s")
    assert request.response.status == 204
    request.send(b"no header line\r\n\r\n", bytes(9_000_000))
    request.end()
    assert request.response.status == 204


@pytest.mark.spec("C-044")
def test_pushes_go_out_as_soon_as_the_metadata_is_complete(speaker: Speaker) -> None:
    request = speaker.open_event("Alerts.RequestAlertStop", {"token": "t", "type": "ALARM"})
    assert speaker.pushed_names() == ["Alerts.StopAlert"]
    assert request.response.status is None


@pytest.mark.spec("C-046")
def test_events_in_flight_are_answered_each_on_its_own_stream(speaker: Speaker) -> None:
    requests = [
        speaker.open_event(TYPED, {"text": "안녕"}, dialog="d1"),
        speaker.open_event(*REPORT),
        speaker.open_event("SpeechSynthesizer.Request", {"text": "말해", "lang": "ko"}),
        speaker.open_event(TYPED, {"text": "없는 말"}, dialog="d2"),
    ]
    for request in (requests[2], requests[0], requests[3], requests[1]):
        request.end()
    assert [request.response.status for request in requests] == [200, 204, 200, 204]
    assert requests[0].response.directives[0]["header"]["dialogRequestId"] == "d1"
    assert "dialogRequestId" not in requests[2].response.directives[0]["header"]


@pytest.mark.spec("C-046")
def test_bytes_of_many_uploads_may_come_interleaved(speaker: Speaker) -> None:
    bodies = [whole(dumps(speaker.message(TYPED, {"text": "안녕"}, dialog=f"d{n}"))) for n in range(8)]
    requests = [speaker.post() for _ in bodies]
    for at in range(0, max(map(len, bodies)), 7):
        for request, body in zip(requests, bodies, strict=True):
            if body[at : at + 7]:
                request.send(body[at : at + 7])
    answers = [request.end() for request in requests]
    assert [answer.directives[0]["header"]["dialogRequestId"] for answer in answers] == [f"d{n}" for n in range(8)]


def test_an_aborted_upload_is_answered_no_more(talk: Conversation, speaker: Speaker) -> None:
    request = speaker.open_event(TYPED, {"text": "안녕"})
    request.abort()
    talk.wait("1h")
    assert request.response.status is None
    (entry,) = talk.journal(kind="event")
    assert entry.status is None
    assert "reset" in entry.note


# Refusals and their order


def refusals(talk: Conversation) -> list[tuple[int | None, str]]:
    return [(entry.status, entry.note) for entry in talk.journal(kind="request") if (entry.status or 0) >= 400]


@pytest.mark.spec("C-038", "C-062")
def test_without_a_downchannel_an_event_is_412(talk: Conversation) -> None:
    speaker = Speaker(talk, "speaker", talk.account)
    speaker.connect()
    answer = speaker.event(*REPORT)
    assert answer.status == 412
    assert answer.error[0] == 412


@pytest.mark.spec("C-038")
@pytest.mark.parametrize("how", ["dropped", "closed", "lost"])
def test_after_the_downchannel_has_ended_an_event_is_412(talk: Conversation, speaker: Speaker, how: str) -> None:
    assert speaker.connection is not None
    if how == "dropped":
        speaker.drop_downchannel()
    elif how == "closed":
        talk.ask(op.CloseChannel(talk.ask(op.ListChannels()).body["channels"][0]["id"]))
    else:
        speaker.connection.lose()
        speaker.connect()
    assert speaker.event(*REPORT).status == 412


@pytest.mark.spec("C-038")
def test_an_event_over_another_connection_is_412(talk: Conversation, speaker: Speaker) -> None:
    first = speaker.connection
    speaker.connect()
    refused = speaker.event(*REPORT)
    assert refused.status == 412
    assert "another connection" in refused.error[1]
    speaker.connection = first
    assert speaker.event(*REPORT).status == 204


@pytest.mark.spec("C-038")
def test_the_downchannel_of_another_device_does_not_count(talk: Conversation, speaker: Speaker) -> None:
    other = Speaker(talk, "other", talk.account)
    other.connection = speaker.connection
    assert other.event(*REPORT).status == 412


@pytest.mark.spec("C-036")
@pytest.mark.parametrize(
    "content_type",
    [None, "", "application/json", "multipart/form-data", "multipart/form-data; boundary=", "text/plain; boundary=x"],
)
def test_without_a_multipart_content_type_it_is_400(speaker: Speaker, content_type: str | None) -> None:
    answer = speaker.post(content_type).end()
    assert answer.status == 400
    assert "Could not decode multipart" in answer.error[1]


@pytest.mark.spec("C-036", "C-048")
def test_a_boundary_beyond_measure_is_400(speaker: Speaker) -> None:
    answer = speaker.post("multipart/form-data; boundary=" + "b" * 5000).end()
    assert answer.status == 400
    assert "Could not decode multipart" in answer.error[1]


@pytest.mark.spec("C-036", "C-041")
@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "Could not decode multipart"),
        (b"no delimiter at all", "Could not decode multipart"),
        (f"--{BOUNDARY}--\r\n".encode(), "no metadata"),
        (MultipartWriter(BOUNDARY).whole([audio_part(b"\0\0")]), "no metadata"),
        (f"--{BOUNDARY}\r\nbroken header\r\n\r\n{{}}".encode(), "Could not decode multipart"),
        (whole(b"{"), "not JSON"),
        (whole(b""), "not JSON"),
        (whole(b'{"context":[],"event":{"header":{}}} x'), "not JSON"),
        (whole(b"\xff\xfe{}"), "not JSON"),
        (whole(b"[" * 100_000), "not JSON"),
        (whole(b'{"a":"\\ud83d"}'), "half a character"),
        (whole(b'{"a":"\\\\\\uDC00"}'), "half a character"),
        (whole(b"[]"), "not a JSON object"),
        (whole(b'"text"'), "not a JSON object"),
        (whole(b"{}"), "event: an object"),
        (whole(b'{"events":{}}'), "it is called event"),
    ],
)
def test_what_cannot_be_decoded_is_400(speaker: Speaker, body: bytes, said: str) -> None:
    answer = speaker.send(body)
    assert answer.status == 400
    assert answer.error[0] == 400
    assert said in answer.error[1]


HEADER: dict[str, Any] = {"namespace": "SpeechSynthesizer", "name": "SpeechStarted", "messageId": "m"}


@pytest.mark.spec("C-036", "C-041")
@pytest.mark.parametrize(
    ("message", "place"),
    [
        ({"event": {"header": HEADER, "payload": {}}}, "context"),
        ({"context": {}, "event": {"header": HEADER, "payload": {}}}, "context"),
        ({"context": ["x"], "event": {"header": HEADER, "payload": {}}}, "context"),
        ({"context": []}, "event"),
        ({"context": [], "event": {"payload": {}}}, "event.header"),
        ({"context": [], "event": {"header": HEADER}}, "event.payload"),
        ({"context": [], "event": {"header": HEADER, "payload": []}}, "event.payload"),
        *(
            ({"context": [], "event": {"header": HEADER | {name: value}, "payload": {}}}, f"event.header.{name}")
            for name in HEADER
            for value in ("", None, 7)
        ),
    ],
)
def test_a_missing_member_of_the_envelope_is_400_and_named(speaker: Speaker, message: Any, place: str) -> None:
    answer = speaker.event("", raw=dumps(message))
    assert answer.status == 400
    assert answer.error[1].startswith(f"{place}:")


@pytest.mark.spec("C-041")
@pytest.mark.parametrize(("strict", "status"), [(False, 204), (True, 400)])
def test_blanks_around_names_in_the_header_are_taken_if_lenient(strict: bool, status: int) -> None:
    speaker = Conversation(strict=strict).speaker()
    message = speaker.message(*REPORT)
    header = message["event"]["header"]
    header["messageId "] = header.pop("messageId")
    assert speaker.event("", raw=dumps(message)).status == status


@pytest.mark.spec("C-040")
def test_the_first_failure_decides(talk: Conversation, speaker: Speaker) -> None:
    """401, 412, multipart, JSON, envelope, handler: each request is wrong in all that comes later, too."""
    wrong = {"authorization": "Bearer wrong", "user-agent": USER_AGENT, "content-type": "text/plain"}
    assert talk.connection().request("POST", "/v1/events", wrong).end().status == 401
    elsewhere = talk.connection().request("POST", "/v1/events", speaker.headers | {"content-type": "text/plain"})
    assert elsewhere.end().status == 412
    assert "multipart" in speaker.send(b"{}", "text/plain").error[1]
    assert "not JSON" in speaker.event("", raw=b'{"event":').error[1]
    assert "context" in speaker.event("", raw=dumps({"event": {"header": {}, "payload": {}}})).error[1]
    assert [status for status, _ in refusals(talk)] == [401, 412, 400, 400, 400]


@pytest.mark.spec("C-036", "C-038")
def test_a_refused_request_is_answered_once_and_its_body_is_thrown_away(talk: Conversation, speaker: Speaker) -> None:
    speaker.drop_downchannel()
    request = speaker.post()
    assert request.response.status == 412
    assert request.response.ended
    request.send(b"x" * 1000)
    request.end()
    assert request.response.status == 412


@pytest.mark.spec("C-036", "C-048")
@pytest.mark.parametrize("name", [REPORT[0], "SpeechRecognizer.Recognize"])
def test_framing_that_breaks_after_the_metadata_is_refused_once(talk: Conversation, name: str) -> None:
    speaker = talk.speaker()
    request = speaker.open_event(name, {"token": "t", "lang": "ko"}, dialog="d1")
    request.send(b"this is no header line\r\n\r\n")
    assert request.response.status == 400
    assert request.response.ended
    request.send(b"more")
    talk.wait("1h")
    request.end()
    assert request.response.status == 400
    (entry,) = talk.journal(kind="event")
    assert entry.status == 400


@pytest.mark.spec("C-036")
def test_a_body_that_breaks_off_in_the_headers_of_a_part_is_refused_once(speaker: Speaker) -> None:
    request = speaker.open_event(*REPORT)
    request.send(b"Content-Disposition: form-da")
    assert request.end().status == 400


def test_limits_of_body_json_and_depth() -> None:
    talk = Conversation(limits={"body": 3000, "json": 1000, "json_depth": 5})
    speaker = talk.speaker()
    at_the_limit = dumps(speaker.message(TYPED, {"text": ""}, dialog="d"))
    text = "x" * (1000 - len(at_the_limit))
    assert speaker.event(TYPED, {"text": text}, dialog="d").status == 204
    assert "1000 bytes" in speaker.event(TYPED, {"text": text + "x"}, dialog="d").error[1]
    assert "3000 bytes" in speaker.event(TYPED, {"text": "x"}, audio=[bytes(3000)]).error[1]
    nested: Any = "x"
    for _ in range(3):
        nested = [nested]
    assert speaker.event(TYPED, {"text": "x", "more": nested}).status == 400


def test_a_body_above_the_limit_is_refused_before_it_ends() -> None:
    talk = Conversation(limits={"body": 3000})
    request = talk.speaker().say()
    request.send(bytes(3000))
    assert request.response.status == 400
    assert talk.journal(kind="event")[0].status == 400
    request.send(bytes(3000))
    assert request.end().status == 400
    assert not talk.calls


@pytest.mark.parametrize(
    "text", [r'"\\ud800 is no escape"', r'"\ud83d\ude00"', r'"\uD83D\uDE00 \ud83d\udE00"', r'"\ufffd"']
)
def test_whole_characters_may_be_escaped(speaker: Speaker, text: str) -> None:
    raw = dumps(speaker.message(TYPED, {"text": "@"}, dialog="d")).replace(b'"@"', text.encode())
    assert speaker.event("", raw=raw).status == 204


# Lenient and strict


@pytest.mark.spec("C-047")
@pytest.mark.parametrize(("strict", "status"), [(False, 204), (True, 400)])
@pytest.mark.parametrize("name", ["Settings.Changed", "SpeechSynthesizer.SpeechEnded", "CDK.Ready"])
def test_an_unknown_event_is_noted_and_refused_only_if_strict(strict: bool, status: int, name: str) -> None:
    talk = Conversation(strict=strict)
    answer = talk.speaker().event(name)
    assert answer.status == status
    assert "event.unknown" in talk.findings()
    if not strict:
        (entry,) = talk.ask(op.ReadJournal(only="unmatched")).body["entries"]
        assert entry["name"] == name


@pytest.mark.spec("C-036", "C-043")
def test_a_broken_payload_is_noted_and_refused_only_if_strict() -> None:
    talk = Conversation()
    assert talk.speaker().event("SpeechSynthesizer.SpeechStarted", {}).status == 204
    (found,) = talk.ask(op.ReadJournal(only="violations")).body["entries"]
    assert "event.payload.required" in [finding["code"] for finding in found["violations"]]
    assert found["status"] == 204
    talk = Conversation(strict=True)
    answer = talk.speaker().event("SpeechSynthesizer.SpeechStarted", {})
    assert answer.status == 400
    assert "event.payload" in answer.error[1]


@pytest.mark.spec("C-042")
@pytest.mark.parametrize("name", [TYPED, "SpeechRecognizer.Recognize"])
@pytest.mark.parametrize(("strict", "status"), [(False, 204), (True, 400)])
def test_a_recognize_needs_a_dialog_id_only_if_strict(name: str, strict: bool, status: int) -> None:
    talk = Conversation(strict=strict)
    answer = talk.speaker().event(name, {"text": "없는 말"} if name == TYPED else {"lang": "ko"})
    assert answer.status == status
    assert any(code.startswith("event.header") for code in talk.findings())


@pytest.mark.spec("C-043")
@pytest.mark.parametrize("strict", [False, True])
def test_a_missing_context_object_is_noted_and_never_refused(strict: bool) -> None:
    talk = Conversation(strict=strict)
    speaker = talk.speaker()
    assert speaker.event(*REPORT, context=[volume(5)]).status == 204
    assert "event.context.missing" in talk.findings()


def volume(level: int) -> dict[str, Any]:
    payload = {"volume": level, "muted": False}
    return {"header": {"namespace": "Speaker", "name": "VolumeState"}, "payload": payload}


@pytest.mark.spec("C-187")
def test_the_latest_of_each_context_object_is_kept_for_each_device(talk: Conversation, speaker: Speaker) -> None:
    other = talk.speaker("other")
    speaker.event(*REPORT, context=[volume(5), display("none")])
    other.event(*REPORT, context=[volume(9)])
    speaker.event(TYPED, {"text": "x"}, context=[volume(6)])
    kept = talk.account.device("speaker").context
    assert kept == {"Speaker.VolumeState": volume(6)["payload"], "Device.Display": display("none")["payload"]}
    assert talk.account.device("other").context == {"Speaker.VolumeState": volume(9)["payload"]}


def display(size: str) -> dict[str, Any]:
    return {"header": {"namespace": "Device", "name": "Display"}, "payload": {"size": size}}


@pytest.mark.spec("C-186")
def test_only_a_display_of_size_none_means_that_there_is_none(speaker: Speaker) -> None:
    def shown(*context: Any) -> bool:
        answer = speaker.event(TYPED, {"text": "날씨"}, context=context, dialog="d")
        return "Clova.RenderText" in answer.names

    assert shown()
    assert shown(display("l100"))
    assert not shown(display("none"))


@pytest.mark.parametrize("context", [[{}], [{"header": {}}], [{"header": 1, "payload": 2}], [volume(1), volume(2)]])
def test_a_broken_context_object_hinders_nothing(talk: Conversation, speaker: Speaker, context: list[Any]) -> None:
    assert speaker.event(TYPED, {"text": "안녕"}, context=context, dialog="d").status == 200


# Error messages


@pytest.mark.spec("C-059", "C-060", "C-061", "C-062", "C-063", "C-064", "C-030")
@pytest.mark.parametrize("edition", ["newer", "4.4"])
@pytest.mark.parametrize("status", [400, 401, 412, 429])
def test_an_error_is_one_part_with_the_envelope_of_the_edition(edition: str, status: int) -> None:
    talk = Conversation(edition=edition)
    speaker = talk.speaker()
    answer = provoke(talk, speaker, status)
    assert answer.status == status
    assert answer.headers["content-type"].startswith("multipart/related; boundary=")
    assert answer.closed
    assert answer.ended
    (part,) = answer.parts
    assert re.fullmatch(r"exception-[0-9a-f-]{36}", part.name)
    assert part.content_type == "application/json; charset=utf-8"
    message = part.message
    assert ("directive" in message) is (edition == "newer")
    message = message.get("directive", message)
    assert set(message) == {"header", "payload"}
    assert set(message["header"]) == {"namespace", "name", "messageId"}
    assert (message["header"]["namespace"], message["header"]["name"]) == ("System", "Exception")
    assert message["payload"]["code"] == status
    assert message["payload"]["description"]
    assert set(message["payload"]) == {"code", "description"}


def provoke(talk: Conversation, speaker: Speaker, status: int) -> Response:
    if status == 400:
        return speaker.send(b"nonsense")
    if status == 429:
        return speaker.downchannel()
    if status == 412:
        speaker.drop_downchannel()
    else:
        talk.ask(op.RevokeTokens("default"))
    return speaker.event(TYPED, {"text": "x"}, dialog="d1")


@pytest.mark.spec("C-059", "C-060")
def test_the_envelope_is_that_of_the_account_s_edition() -> None:
    talk = Conversation(edition="newer")
    created = talk.ask(op.CreateAccount(name="old", settings={"edition": "4.4"}))
    assert created.status == 201
    account = talk.machine.core.accounts.by_id["old"]
    old, new = talk.speaker("a", account), talk.speaker("b")
    assert "directive" not in old.send(b"x").parts[0].message
    assert "directive" in new.send(b"x").parts[0].message


@pytest.mark.spec("C-065")
def test_an_exception_never_comes_over_a_healthy_downchannel(talk: Conversation, speaker: Speaker) -> None:
    for status in (400, 429):
        provoke(talk, speaker, status)
    assert speaker.pushed_names() == []


def test_a_refusal_is_on_record_with_its_reason(talk: Conversation, speaker: Speaker) -> None:
    speaker.send(b"nonsense")
    request, error = talk.journal()[-2:]
    assert (request.kind, request.status, request.because) == ("request", 400, ("C-036", "C-048", "D-035"))
    assert (error.kind, error.direction, error.status) == ("error", "out", 400)
    assert error.message["directive"]["payload"]["description"] == request.note
