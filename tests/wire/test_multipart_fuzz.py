"""Multipart under any bytes and any split."""

from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from mockcloud.wire.multipart import (
    Finished,
    MultipartDecoder,
    MultipartError,
    MultipartWriter,
    PartData,
    PartEnded,
    PartStarted,
)

Decoded = tuple[list[tuple[tuple[tuple[str, str], ...], bytes, bool]], bool | None, str, list[str]]

# Words of the framing, so that chance meets the interesting places.
WORDS = [b"\r", b"\n", b"\r\n", b"-", b"--", b"--b", b"--b--", b"b", b" ", b"A: b", b":", b"\x00", b"\xff", b"\r\n--b"]
framing = st.lists(st.sampled_from(WORDS) | st.binary(max_size=3), max_size=25).map(b"".join)
cuts = st.lists(st.integers(0, 400), max_size=12)


def decode(message: bytes, boundary: bytes, at: list[int]) -> Decoded:
    """Parts with their headers, body and whether they ended; whether closed; the error, if any; the remarks."""
    decoder = MultipartDecoder(boundary, max_headers=100)
    parts: list[tuple[tuple[tuple[str, str], ...], bytes, bool]] = []
    closed: bool | None = None
    said = ""
    places = [0, *sorted(min(place, len(message)) for place in at), len(message)]
    pieces = [message[a:b] for a, b in pairwise(places)]
    for piece in [*pieces, None]:
        try:
            events = decoder.finish() if piece is None else decoder.feed(piece)
        except MultipartError as error:
            assert not said
            said, events = str(error), list(error.events)
        for event in events:
            assert closed is None
            match event:
                case PartStarted():
                    parts.append((event.headers, b"", False))
                case PartData():
                    assert event.data
                    headers, body, ended = parts[-1]
                    assert not ended
                    parts[-1] = (headers, body + event.data, False)
                case PartEnded():
                    headers, body, ended = parts[-1]
                    assert not ended
                    parts[-1] = (headers, body, True)
                case Finished():
                    closed = event.closed
    assert (closed is None) == bool(said)
    return parts, closed, said, sorted(decoder.remarks)


def every_byte(message: bytes) -> list[int]:
    return list(range(len(message)))


@given(framing, cuts)
@example(b"--b\r\n\r\n\r\r\n--b--", [8, 9])
@example(b"--b\n\n\r\n--b--\r\n", [6])
@example(b"--b--b\r\n--b", [])
def test_any_bytes_in_any_split_give_the_same_parts_or_the_same_error(message: bytes, at: list[int]) -> None:
    whole = decode(message, b"b", [])
    assert decode(message, b"b", at) == whole
    assert decode(message, b"b", every_byte(message)) == whole


@given(framing.map(lambda tail: b"--b\r\nA: b\r\n\r\n" + tail), cuts)
def test_any_body_in_any_split_gives_the_same_parts(message: bytes, at: list[int]) -> None:
    whole = decode(message, b"b", [])
    assert decode(message, b"b", at) == whole
    assert decode(message, b"b", every_byte(message)) == whole
    assert whole[0]


@given(st.binary(max_size=300), st.binary(min_size=1, max_size=4))
def test_nothing_but_a_multipart_error_comes_of_any_bytes(message: bytes, boundary: bytes) -> None:
    try:
        decode(message, boundary, [])
    except MultipartError:
        assert b"\n" in boundary or b"\r" in boundary


# A field named "--" reads as the delimiter of the boundary ":", so names begin with a letter, as all in use do.
header = st.tuples(
    st.from_regex(r"[abz][abz\-09]{0,7}", fullmatch=True), st.text(st.sampled_from('az ;="é'), max_size=12)
).map(lambda pair: (pair[0], pair[1].strip()))
boundaries = st.text(st.sampled_from("-b'()+_,./:=? "), min_size=1, max_size=12)


@given(
    st.lists(st.tuples(st.lists(header, max_size=3).map(tuple), framing), max_size=4), boundaries, cuts, st.booleans()
)
def test_what_is_written_is_read_again(
    parts: list[tuple[tuple[tuple[str, str], ...], bytes]], boundary: str, at: list[int], streamed: bool
) -> None:
    writer = MultipartWriter(boundary)
    try:
        if streamed:
            message = writer.opening() + b"".join(writer.part(*part) for part in parts) + writer.closing()
        else:
            message = writer.whole(parts)
    except ValueError:
        return
    expected = [(headers, body, True) for headers, body in parts]
    for places in ([], at, every_byte(message)):
        read, closed, said, _ = decode(message, boundary.encode(), places)
        assert (read, closed, said) == (expected, True, "")
