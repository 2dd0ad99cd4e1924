"""Multipart: what is written, what is read, and which deviations of the field are taken."""

import email.parser
import email.policy
from collections.abc import Iterator
from itertools import pairwise

import pytest
from werkzeug.sansio import multipart as werkzeug

from mockcloud.wire import multipart
from mockcloud.wire.multipart import (
    Finished,
    MultipartDecoder,
    MultipartError,
    MultipartWriter,
    PartData,
    PartEnded,
    PartEvent,
    PartStarted,
    attachment_part,
    audio_part,
    directive_part,
    exception_part,
    metadata_part,
)

EVENT = '{"context":[],"event":{"header":{},"payload":{"text":"안녕"}}}'.encode()
METADATA = b'Content-Disposition: form-data; name="metadata"\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n'
AUDIO = b'Content-Disposition: form-data; name="audio"\r\nContent-Type: application/octet-stream\r\n\r\n'


def decode(
    message: bytes, boundary: str = "b", step: int = 0
) -> tuple[list[tuple[str | None, bytes]], bool, list[str]]:
    """(name and body of every part, whether it was closed, remarks) of a message that comes ``step`` bytes a time."""
    decoder = MultipartDecoder(boundary)
    events: list[PartEvent] = []
    for at in range(0, len(message), step or len(message) or 1):
        events += decoder.feed(message[at : at + (step or len(message))])
    events += decoder.finish()
    parts: list[tuple[str | None, bytes]] = []
    for event in events:
        if isinstance(event, PartStarted):
            parts.append((event.name, b""))
        elif isinstance(event, PartData):
            parts[-1] = (parts[-1][0], parts[-1][1] + event.data)
    assert sum(isinstance(event, PartEnded) for event in events) == len(parts)
    [finished] = [event for event in events if isinstance(event, Finished)]
    return parts, finished.closed, decoder.remarks


@pytest.fixture(params=[0, 1, 2, 7], ids=["at once", "bytes", "pairs", "sevens"])
def step(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.mark.spec("C-048", "C-049", "D-035", "D-036", "D-064")
def test_a_request_as_in_the_example_of_the_text(step: int) -> None:
    message = (
        b"--920d6335ba920d6337a319f\r\n" + METADATA + EVENT + b"\r\n--920d6335ba920d6337a319f\r\n"
        + AUDIO + b"\x00\x01\r\n\x02\r" + b"\r\n--920d6335ba920d6337a319f--\r\n"
    )  # fmt: skip
    parts, closed, remarks = decode(message, "920d6335ba920d6337a319f", step)
    assert parts == [("metadata", EVENT), ("audio", b"\x00\x01\r\n\x02\r")]
    assert closed
    assert remarks == []


@pytest.mark.spec("C-049", "D-036", "D-064")
def test_request_parts_are_written_as_in_the_text() -> None:
    written = MultipartWriter("b").whole([metadata_part(b"{}"), audio_part(b"\x01\x02")])
    assert written == b"--b\r\n" + METADATA + b"{}\r\n--b\r\n" + AUDIO + b"\x01\x02\r\n--b--\r\n"


JSON = ("Content-Type", "application/json; charset=utf-8")


@pytest.mark.spec("C-025", "C-052", "C-061")
@pytest.mark.parametrize(
    ("written", "name", "headers"),
    [
        (directive_part("RenderText", "b2c92b0f", b"{}"), "renderTextDirective-b2c92b0f", [JSON]),
        (directive_part("Hello", "836d8db7", b"{}"), "helloDirective-836d8db7", [JSON]),
        (exception_part("bde71903", b"{}"), "exception-bde71903", [JSON]),
        (
            attachment_part("39b2f844", "d329085c", b"{}"),
            "attachment-39b2f844",
            [("Content-ID", "d329085c"), ("Content-Type", "application/octet-stream")],
        ),
    ],
)
def test_response_parts_are_written_as_in_the_text(
    written: multipart.Part, name: str, headers: list[tuple[str, str]]
) -> None:
    lines = [f'Content-Disposition: form-data; name="{name}"', *(f"{key}: {value}" for key, value in headers)]
    assert multipart.part(*written).decode() == "\r\n".join([*lines, "", "{}"])


@pytest.mark.spec("C-051")
def test_content_type_quotes_a_boundary_only_when_it_must() -> None:
    assert MultipartWriter("--abc").content_type("form-data") == "multipart/form-data; boundary=--abc"
    assert MultipartWriter("a=b").content_type("related") == 'multipart/related; boundary="a=b"'


@pytest.mark.spec("C-048")
def test_a_part_that_its_own_boundary_would_cut_is_not_written() -> None:
    writer = MultipartWriter("b")
    with pytest.raises(ValueError, match="boundary 'b' occurs inside the part"):
        writer.whole([audio_part(b"x\r\n--b\r\ny")])
    with pytest.raises(ValueError, match="boundary 'b' occurs inside the part"):
        writer.part(*audio_part(b"--b--"))


@pytest.mark.spec("C-026", "D-061")
def test_each_part_of_a_stream_is_complete_when_it_arrives() -> None:
    writer, decoder = MultipartWriter("b"), MultipartDecoder("b")
    assert decoder.feed(writer.opening()) == []
    for _ in range(3):
        started, data, ended = decoder.feed(writer.part(*directive_part("Hello", "1", EVENT)))
        assert isinstance(started, PartStarted)
        assert data == PartData(EVENT)
        assert ended == PartEnded()
    assert decoder.feed(writer.closing()) == [Finished(closed=True)]
    assert decoder.finish() == []
    assert decoder.remarks == []


@pytest.mark.spec("C-057")
def test_a_stream_that_breaks_off_has_no_extra_part() -> None:
    writer = MultipartWriter("b")
    message = writer.opening() + writer.part(*metadata_part(b"{}"))
    assert decode(message) == ([("metadata", b"{}")], False, [multipart.NO_CLOSING_DELIMITER])


def whole() -> bytes:
    return MultipartWriter("--abc").whole(
        [directive_part("Speak", "1", EVENT), attachment_part("2", "cid-1", bytes(range(256)) * 3)]
    )


def stream() -> bytes:
    writer = MultipartWriter("--abc")
    parts = [directive_part("Speak", "1", EVENT), attachment_part("2", "cid-1", bytes(range(256)) * 3)]
    return writer.opening() + b"".join(writer.part(*part) for part in parts) + writer.closing()


@pytest.mark.spec("C-052", "C-057")
def test_other_readers_see_the_same_parts() -> None:
    expected = [EVENT, bytes(range(256)) * 3]
    assert [body for _, body in decode(whole(), "--abc")[0]] == expected
    assert by_email(whole()) == expected
    assert list(by_werkzeug(whole())) == expected


@pytest.mark.spec("C-026", "C-057")
def test_other_readers_see_the_same_parts_of_a_finished_stream() -> None:
    expected = [EVENT, bytes(range(256)) * 3]
    assert [body for _, body in decode(stream(), "--abc")[0]] == expected
    # By the letter a part begins after the delimiter line that was flushed: it is empty for one reader, and an
    # error at the very end for the other.
    assert by_email(stream()) == [*expected, b""]
    read = by_werkzeug(stream())
    assert [next(read), next(read)] == expected
    with pytest.raises(ValueError, match="cannot parse beyond"):
        next(read)


def by_email(message: bytes) -> list[bytes]:
    head = b"Content-Type: multipart/related; boundary=--abc\r\n\r\n"
    parsed = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + message)
    return [bytes(part.get_payload(decode=True)) for part in parsed.iter_parts()]


def by_werkzeug(message: bytes) -> Iterator[bytes]:
    decoder = werkzeug.MultipartDecoder(b"--abc")
    decoder.receive_data(message)
    decoder.receive_data(None)
    body = b""
    while not isinstance(event := decoder.next_event(), werkzeug.Epilogue):
        if isinstance(event, werkzeug.Data):
            body += event.data
            if not event.more_data:
                yield body
                body = b""


@pytest.mark.spec("C-050")
def test_several_audio_parts_come_one_after_the_other(step: int) -> None:
    message = MultipartWriter("b").whole([metadata_part(EVENT), *(audio_part(bytes([n]) * 640) for n in range(5))])
    parts, _, _ = decode(message, step=step)
    assert b"".join(body for name, body in parts if name == "audio") == b"".join(bytes([n]) * 640 for n in range(5))


@pytest.mark.spec("C-044", "C-050", "D-065")
def test_metadata_is_complete_while_audio_still_comes_and_audio_is_not_kept_back() -> None:
    decoder = MultipartDecoder("b")
    message = MultipartWriter("b").whole([metadata_part(EVENT), audio_part(b"")])
    head = message.removesuffix(b"\r\n--b--\r\n")
    assert [type(event) for event in decoder.feed(head)] == [PartStarted, PartData, PartEnded, PartStarted]
    for chunk in (b"\x01" * 6400, b"\x02" * 6400):
        assert decoder.feed(chunk) == [PartData(chunk)]


TOLERATED = {
    "dashes": ("--abc", b"----abc\r\n" + METADATA + EVENT + b"\r\n----abc--\r\n", []),
    "lf": (
        "b",
        b"--b\n" + METADATA.replace(b"\r\n", b"\n") + EVENT + b"\n--b--\n",
        [multipart.BARE_LF],
    ),
    "mixed": ("b", b"--b\n" + METADATA + EVENT + b"\r\n--b--\n", [multipart.BARE_LF]),
    "mixed the other way": ("b", b"--b\r\n" + METADATA + EVENT + b"\n--b--\r\n", [multipart.BARE_LF]),
    "no closing delimiter": ("b", b"--b\r\n" + METADATA + EVENT, [multipart.NO_CLOSING_DELIMITER]),
    "plain delimiter at the end": (
        "b",
        b"--b\r\n" + METADATA + EVENT + b"\r\n--b\r\n",
        [multipart.NO_CLOSING_DELIMITER],
    ),
    "delimiter cut at the end": (
        "b",
        b"--b\r\n" + METADATA + EVENT + b"\r\n--b-",
        [multipart.NO_CLOSING_DELIMITER],
    ),
    "closing delimiter without line break": ("b", b"--b\r\n" + METADATA + EVENT + b"\r\n--b--", []),
    "preamble": (
        "b",
        b"hello\r\n--b\r\n" + METADATA + EVENT + b"\r\n--b--\r\n",
        [multipart.TEXT_BEFORE_FIRST_DELIMITER],
    ),
    "blank line first": ("b", b"\r\n\r\n--b\r\n" + METADATA + EVENT + b"\r\n--b--\r\n", []),
    "epilogue": ("b", b"--b\r\n" + METADATA + EVENT + b"\r\n--b--\r\n\r\nbye", [multipart.TEXT_AFTER_END]),
    "padding": (
        "b",
        b"--b \t\r\n" + METADATA + EVENT + b"\r\n--b--            \r\n",
        [multipart.BLANKS_AFTER_DELIMITER],
    ),
    "extra headers": ("b", b"--b\r\nContent-Length: 9\r\nX-A:1\r\n" + METADATA + EVENT + b"\r\n--b--\r\n", []),
    "latin header": (
        "b",
        b"--b\r\nX-A: caf\xe9\r\n" + METADATA + EVENT + b"\r\n--b--\r\n",
        [multipart.NON_ASCII_HEADER],
    ),
    "folded header": (
        "b",
        b"--b\r\n" + METADATA.replace(b"; name", b";\r\n\tname") + EVENT + b"\r\n--b--\r\n",
        [multipart.FOLDED_HEADER],
    ),
    "long boundary": (
        "b" * 90,
        b"--" + b"b" * 90 + b"\r\n" + METADATA + EVENT + b"\r\n--" + b"b" * 90 + b"--",
        [multipart.LONG_BOUNDARY],
    ),
}


@pytest.mark.spec("C-058")
@pytest.mark.parametrize("form", TOLERATED)
def test_forms_of_the_field_are_taken_and_noted(form: str, step: int) -> None:
    boundary, message, expected = TOLERATED[form]
    parts, closed, remarks = decode(message, boundary, step)
    assert parts == [("metadata", EVENT)]
    assert closed is (multipart.NO_CLOSING_DELIMITER not in expected)
    assert remarks == expected


@pytest.mark.spec("C-058")
def test_a_blank_line_before_a_delimiter_stays_with_the_json_and_is_noted(step: int) -> None:
    message = b"--b\r\n" + METADATA + EVENT + b"\r\n\r\n--b--\r\n"
    assert decode(message, step=step) == (
        [("metadata", EVENT + b"\r\n")],
        True,
        [multipart.BLANK_LINE_BEFORE_DELIMITER],
    )
    audio = b"--b\r\n" + AUDIO + b"\x00\r\n\r\n--b--\r\n"
    assert decode(audio, step=step) == ([("audio", b"\x00\r\n")], True, [])


@pytest.mark.spec("C-058")
def test_a_part_without_headers_is_a_part(step: int) -> None:
    message = b"--b\r\n\r\n{}\r\n--b--\r\n"
    assert decode(message, step=step) == ([(None, b"{}")], True, [multipart.PART_WITHOUT_HEADERS])


@pytest.mark.parametrize("end", [b"\r\n--b--\r\n", b"--b--\r\n"], ids=["line break", "shared line break"])
def test_a_part_with_an_empty_body_is_a_part(end: bytes, step: int) -> None:
    assert decode(b"--b\r\n" + AUDIO + end, step=step) == ([("audio", b"")], True, [])


@pytest.mark.spec("C-048", "C-058")
@pytest.mark.parametrize(
    "audio",
    [
        b"abc--b\r\nxyz",
        b"--bc\r\n--b-\r\n--b--x\r\n --b",
        b"\r\n--b" + b" " * 300 + b"\r\n",
        b"\r",
        b"\n",
        b"\r\n",
        b"\r\r\n\r",
        b"\r\n--",
        b"\n-\n--\r--b--\r",
    ],
)
def test_audio_loses_and_gains_no_byte(audio: bytes, step: int) -> None:
    parts, closed, _ = decode(b"--b\r\n" + AUDIO + audio + b"\r\n--b--\r\n", step=step)
    assert parts == [("audio", audio)]
    assert closed


@pytest.mark.spec("C-058")
def test_audio_that_is_framed_with_lf_throughout_keeps_its_last_cr(step: int) -> None:
    headers = AUDIO.replace(b"\r\n", b"\n")
    parts, _, _ = decode(b"--b\n" + headers + b"\x01\r\n--b\n" + headers + b"\x02\r\n--b--", step=step)
    assert parts == [("audio", b"\x01\r"), ("audio", b"\x02\r")]


@pytest.mark.spec("C-058")
def test_audio_that_just_ends_is_whole(step: int) -> None:
    for tail in (b"", b"\r", b"\r\n", b"\r\n--"):
        parts, closed, _ = decode(b"--b\r\n" + AUDIO + b"\x01\x02" + tail, step=step)
        assert parts == [("audio", b"\x01\x02" + tail)]
        assert not closed


@pytest.mark.spec("C-036", "C-048")
@pytest.mark.parametrize(
    ("message", "said"),
    [
        (b"", "the message is empty"),
        (b'{"event":{}}', "there is no delimiter line '--b' in the 12 bytes that begin with '{\"event\":{}}'"),
        (b"--bc\r\n" + METADATA + b"{}\r\n--bc--\r\n", "there is no delimiter line '--b'"),
        (b"--b\r\n[ Message Header ]\r\n" + METADATA, "'[ Message Header ]' is not a header line of part 1"),
        (b'--b\r\n{"event":{}}\r\n--b--\r\n', "is not a header line of part 1: expected 'Name: value'"),
        (b"--b\r\n: x\r\n\r\n", "is not a header line of part 1"),
        (b"--b\r\nA: x\r\n--b--\r\n", "the headers of part 1 are not ended by an empty line"),
        (b"--b\r\nA: x\r\n--b--", "the message ends inside the headers of part 1"),
        (b"--b\r\n" + METADATA + b"{}\r\n--b\r\nContent-Dis", "the message ends inside the headers of part 2"),
        (b"--b\r\nA: " + b"x" * 70_000 + b"\r\n\r\n", "the headers of part 1 have more than 65536 bytes"),
        (b"--b\r\n" + b"A: x\r\n" * 20_000, "the headers of part 1 have more than 65536 bytes"),
    ],
)
def test_what_is_no_multipart_message_is_explained(message: bytes, said: str) -> None:
    for step in (0, 5):
        with pytest.raises(MultipartError) as caught:
            decode(message, step=step)
        assert said in str(caught.value)


def test_an_error_brings_what_was_decoded_before_and_is_raised_once() -> None:
    decoder = MultipartDecoder("b")
    with pytest.raises(MultipartError) as caught:
        decoder.feed(b"--b\r\n" + METADATA + EVENT + b"\r\n--b\r\nbroken\r\n")
    assert [type(event) for event in caught.value.events] == [PartStarted, PartData, PartEnded]
    assert decoder.feed(b"--b\r\n" + METADATA) == []
    assert decoder.finish() == []


@pytest.mark.parametrize("boundary", ["", "a\nb", "x" * 257])
def test_a_boundary_that_is_none_is_refused(boundary: str) -> None:
    with pytest.raises(MultipartError, match="a boundary is one line of 1 to 256 bytes"):
        MultipartDecoder(boundary)


@pytest.mark.spec("C-053")
def test_headers_are_read_whatever_their_case() -> None:
    headers = b"CONTENT-disposition: form-data; name=audio;\r\ncontent-id:<x@y>\r\nContent-Type : Text/Plain; a=b\r\n"
    [started] = MultipartDecoder("b").feed(b"--b\r\n" + headers + b"\r\n")
    assert isinstance(started, PartStarted)
    assert (started.name, started.content_id, started.content_type) == ("audio", "x@y", "text/plain")
    assert started.header("content-length") is None
    assert (PartStarted(()).name, PartStarted(()).content_id, PartStarted(()).content_type) == (None, None, "")


def held(decoder: MultipartDecoder) -> int:
    return len(decoder._held)


def test_no_more_is_kept_back_than_a_delimiter_line_is_long() -> None:
    decoder = MultipartDecoder("b" * 200)
    decoder.feed(b"--" + b"b" * 200 + b"\r\n" + AUDIO)
    hostile = (b"\r\n--" + b"b" * 200 + b" " * 257) * 3 + b"\n" * 500 + b"\r" * 500 + b"-" * 1000
    given = 0
    for received, byte in enumerate(hostile, 1):
        for event in decoder.feed(bytes([byte])):
            assert isinstance(event, PartData)
            given += len(event.data)
        assert held(decoder) <= 2 * multipart.MAX_BOUNDARY
        assert given + held(decoder) == received + decoder._leading


def test_a_header_line_without_end_is_not_kept_for_ever() -> None:
    decoder = MultipartDecoder("b", max_headers=1000)
    decoder.feed(b"--b\r\nA: ")
    for _ in range(9):
        assert decoder.feed(b"x" * 100) == []
    with pytest.raises(MultipartError, match="the headers of part 1 have more than 1000 bytes"):
        decoder.feed(b"x" * 100)
    assert held(decoder) == 0


def test_bytes_searched_grow_in_step_with_bytes_received() -> None:
    """Counts what every call looks at: what was held back and what came, each byte a bounded number of times."""

    def looked_at(size: int) -> int:
        decoder = MultipartDecoder("b")
        decoder.feed(b"--b\r\n" + AUDIO)
        total = 0
        for _ in range(size):
            total += held(decoder) + 1
            decoder.feed(b"\n")
        return total

    counts = [looked_at(size) for size in (250, 500, 1000)]
    assert all(later < 2.1 * earlier for earlier, later in pairwise(counts))
