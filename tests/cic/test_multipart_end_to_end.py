"""Multipart as devices send it and as the cloud answers it, through the whole machine (C-048..C-058)."""

import re
from collections.abc import Callable

import pytest

from mockcloud.cic import operations as op
from mockcloud.wire.messages import dumps
from mockcloud.wire.multipart import BARE_LF, BLANK_LINE_BEFORE_DELIMITER, NO_CLOSING_DELIMITER, MultipartWriter
from mockcloud.wire.multipart import metadata_part as a_metadata_part
from tests.cic.conversation import AUDIO_HEADERS, BOUNDARY, CLOSING, Conversation, Response, Speaker

TYPED = "TextRecognizer.Recognize"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


def typed(speaker: Speaker, text: str = "안녕") -> bytes:
    return dumps(speaker.message(TYPED, {"text": text}, dialog="d1"))


def body_of(metadata: bytes, term: str = BOUNDARY, headers: str | None = None) -> bytes:
    lines = headers or 'Content-Disposition: form-data; name="metadata"\r\nContent-Type: application/json'
    return f"--{term}\r\n{lines}\r\n\r\n".encode() + metadata + f"\r\n--{term}--\r\n".encode()


def understood(answer: Response) -> bool:
    return answer.names == ["SpeechSynthesizer.Speak"]


# What devices send


@pytest.mark.spec("C-048", "C-058")
@pytest.mark.parametrize(
    ("content_type", "term"),
    [
        ("multipart/form-data; boundary=abc", "abc"),
        ('multipart/form-data; boundary="abc"', "abc"),
        ("multipart/form-data; boundary=abc;", "abc"),
        ("multipart/form-data;boundary=abc", "abc"),
        ("Multipart/Form-Data; Boundary=abc", "abc"),
        ("multipart/form-data; charset=utf-8; boundary=abc", "abc"),
        ("multipart/form-data; boundary=--abc", "--abc"),
        ('multipart/form-data; boundary="a b:c=d?"', "a b:c=d?"),
        ("multipart/form-data; boundary=" + "x" * 70, "x" * 70),
        ("multipart/related; boundary=abc", "abc"),
    ],
)
def test_boundaries_in_every_form(speaker: Speaker, content_type: str, term: str) -> None:
    assert understood(speaker.send(body_of(typed(speaker), term), content_type))


@pytest.mark.spec("C-049", "C-058")
@pytest.mark.parametrize(
    ("headers", "finding"),
    [
        ('Content-Disposition: form-data; name="metadata"\r\nContent-Type: application/json; charset=UTF-8', None),
        ("content-disposition: form-data; name=metadata\r\ncontent-type: Application/JSON;charset=utf-8", None),
        (
            'X-Extra: 1\r\nContent-Type: application/json\r\nContent-Disposition: form-data; name="metadata"; x=y',
            None,
        ),
        ('Content-Disposition: form-data; name="metadata"\r\nContent-Type: text/plain', "request.part.content-type"),
        ('Content-Disposition: form-data; name="metadata"', "request.part.content-type"),
        ('Content-Disposition: form-data; name="event"\r\nContent-Type: application/json', "request.part.name"),
        ("Content-Type: application/json", "request.part.name"),
    ],
)
def test_metadata_under_many_headers(talk: Conversation, speaker: Speaker, headers: str, finding: str | None) -> None:
    assert understood(speaker.send(body_of(typed(speaker), headers=headers)))
    parts = [code for code in talk.findings() if code.startswith("request.part")]
    assert parts == ([finding] if finding else [])


@pytest.mark.spec("C-058")
@pytest.mark.parametrize(
    ("change", "remark"),
    [
        (lambda body: body.replace(b"\r\n", b"\n"), BARE_LF),
        (lambda body: body.removesuffix(b"\r\n"), None),
        (lambda body: body.removesuffix(CLOSING), NO_CLOSING_DELIMITER),
        (lambda body: body.removesuffix(b"--\r\n"), NO_CLOSING_DELIMITER),
        (lambda body: body.replace(CLOSING, b"\r\n" + CLOSING), BLANK_LINE_BEFORE_DELIMITER),
        (lambda body: b"\r\n" + body, None),
    ],
)
def test_framing_that_is_tolerated_is_on_record(
    talk: Conversation, speaker: Speaker, change: Callable[[bytes], bytes], remark: str | None
) -> None:
    assert understood(speaker.send(change(body_of(typed(speaker)))))
    remarks = [code for code in talk.findings() if code.startswith("multipart")]
    assert remarks == ([remark] if remark else [])


@pytest.mark.spec("C-058")
def test_tolerated_framing_is_not_refused_in_strict_mode() -> None:
    speaker = Conversation(strict=True).speaker()
    assert understood(speaker.send(body_of(typed(speaker)).replace(b"\r\n", b"\n")))


@pytest.mark.spec("C-044", "C-048")
def test_a_body_may_come_byte_by_byte(speaker: Speaker) -> None:
    request = speaker.post()
    body = body_of(typed(speaker))
    request.send(*(body[at : at + 1] for at in range(len(body))))
    assert understood(request.end())


@pytest.mark.spec("C-048")
def test_the_term_inside_a_line_is_no_delimiter(talk: Conversation, speaker: Speaker) -> None:
    assert speaker.send(body_of(typed(speaker, f"--{BOUNDARY}"))).status == 204
    assert talk.journal(kind="event")[0].words == f"--{BOUNDARY}"


@pytest.mark.spec("C-049")
def test_json_with_a_byte_order_mark_is_taken(speaker: Speaker) -> None:
    assert understood(speaker.send(body_of(b"\xef\xbb\xbf" + typed(speaker))))


@pytest.mark.spec("C-049")
def test_what_stands_in_the_wrong_place_is_ignored_and_noted(talk: Conversation, speaker: Speaker) -> None:
    first = AUDIO_HEADERS + b"\0\0"
    second = b'Content-Disposition: form-data; name="metadata"\r\nContent-Type: application/json\r\n\r\n' + typed(
        speaker
    )
    third = b'Content-Disposition: form-data; name="extra"\r\n\r\nwhatever'
    again = second.replace("안녕".encode(), "날씨".encode())
    body = b"".join(f"--{BOUNDARY}\r\n".encode() + part + b"\r\n" for part in (first, second, third, again))
    assert understood(speaker.send(body + CLOSING[2:]))
    parts = [code for code in talk.findings() if code.startswith("request.part")]
    assert parts == ["request.part.order", "request.part.unknown", "request.part.repeated"]


# What the cloud answers


@pytest.mark.spec("C-051")
def test_responses_are_multipart_related(speaker: Speaker) -> None:
    answer = speaker.send(body_of(typed(speaker)))
    assert re.fullmatch(r"multipart/related; boundary=[\w-]+", answer.headers["content-type"])
    assert speaker.channel is not None
    assert speaker.channel.headers["content-type"].startswith("multipart/related; boundary=")


@pytest.mark.spec("C-052", "C-053", "C-055", "C-070")
def test_a_directive_and_its_attachment(speaker: Speaker) -> None:
    answer = speaker.send(body_of(typed(speaker)))
    directive, attachment = answer.parts
    assert re.fullmatch(f"speakDirective-{UUID}", directive.name)
    assert directive.content_type == "application/json; charset=utf-8"
    assert re.fullmatch(f"attachment-{UUID}", attachment.name)
    assert attachment.content_type == "application/octet-stream"
    content_id = attachment.started.header("content-id") or ""
    assert re.fullmatch(UUID, content_id)
    assert directive.message["directive"]["payload"]["url"] == f"cid:{content_id}"
    assert [name for name, _ in directive.started.headers] == ["content-disposition", "content-type"]
    assert {name for name, _ in attachment.started.headers} == {"content-disposition", "content-id", "content-type"}


@pytest.mark.spec("C-048", "C-057")
def test_the_bytes_are_those_of_the_grammar(speaker: Speaker) -> None:
    answer = speaker.send(body_of(typed(speaker)))
    term = answer.headers["content-type"].partition("boundary=")[2].encode()
    head = f'--{term.decode()}\r\nContent-Disposition: form-data; name="speakDirective-'
    assert answer.body.startswith(head.encode())
    assert answer.body.endswith(b"\r\n--" + term + b"--\r\n")
    assert answer.body.count(term) == 3


@pytest.mark.spec("C-055", "C-056", "C-098")
@pytest.mark.parametrize(
    ("placement", "order"),
    [
        ("after", ["speak", "attachment", "speak", "attachment", "renderText"]),
        ("before", ["attachment", "speak", "attachment", "speak", "renderText"]),
        ("last", ["speak", "speak", "renderText", "attachment", "attachment"]),
    ],
)
def test_the_place_of_attachments_is_a_setting(placement: str, order: list[str]) -> None:
    talk = Conversation(behaviour={"attachments": placement})
    talk.scenario("""
- when: {event: TextRecognizer.Recognize}
  then:
    - speak: 하나
    - speak: 둘
    - {directive: Clova.RenderText, payload: {text: 셋}}
""")
    answer = talk.speaker().event(TYPED, {"text": "x"}, dialog="d1")
    kinds = [part.name.partition("-")[0].removesuffix("Directive") for part in answer.parts]
    assert kinds == order
    spoken = [each["payload"]["url"] for each in answer.directives[:2]]
    assert set(spoken) == {f"cid:{content_id}" for content_id in answer.attachments}
    assert len(set(spoken)) == 2


@pytest.mark.spec("C-054", "C-097")
def test_a_downchannel_carries_json_only_and_speech_as_a_url(talk: Conversation) -> None:
    talk.scenario("""
- when: {event: TextRecognizer.Recognize}
  then: [{push: SpeechSynthesizer.Speak, with: {url: "http://radio.test/a.mp3"}}]
""")
    speaker = talk.speaker()
    speaker.event(TYPED, {"text": "x"})
    assert speaker.channel is not None
    assert {part.content_type for part in speaker.channel.parts} == {"application/json; charset=utf-8"}
    assert speaker.pushed()[0]["payload"]["url"] == "http://radio.test/a.mp3"


@pytest.mark.spec("C-054")
def test_attachments_go_down_only_when_a_test_asks_for_it(talk: Conversation, speaker: Speaker) -> None:
    header = {"namespace": "SpeechSynthesizer", "name": "Speak"}
    payload = {"format": "AUDIO_MPEG", "token": "t", "url": "cid:x"}
    pushed = op.Push(directive={"header": header, "payload": payload}, attachments=(("x", "audio/mpeg", b"mp3"),))
    assert talk.ask(pushed).status == 200
    assert speaker.channel is not None
    assert speaker.channel.attachments == {"x": b"mp3"}
    assert speaker.channel.parts[-1].content_type == "audio/mpeg"


def test_the_writer_of_the_harness_is_no_condition(speaker: Speaker) -> None:
    """The harness writes requests with our own writer; bytes put together by hand are the same."""
    metadata = typed(speaker)
    by_hand = body_of(
        metadata,
        headers='Content-Disposition: form-data; name="metadata"\r\nContent-Type: application/json; charset=UTF-8',
    )
    assert MultipartWriter(BOUNDARY).whole([a_metadata_part(metadata)]) == by_hand
