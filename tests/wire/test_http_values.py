"""HTTP values: media types, Bearer tokens, ranges, parameters."""

import pytest

from mockcloud.wire.http import (
    MAX_PARAMETERS,
    ByteRange,
    WebRequest,
    bearer,
    boundary,
    byte_range,
    media_type,
    parameters,
)


@pytest.mark.spec("C-058")
@pytest.mark.parametrize(
    ("value", "kind", "found"),
    [
        ("application/json", "application/json", {}),
        ("application/json; charset=UTF-8", "application/json", {"charset": "UTF-8"}),
        ("Application/JSON;Charset=utf-8", "application/json", {"charset": "utf-8"}),
        ("application/json;charset-UTF-8", "application/json", {}),
        ("multipart/related; boundary=b4bc;", "multipart/related", {"boundary": "b4bc"}),
        ("multipart/form-data;boundary=--abc", "multipart/form-data", {"boundary": "--abc"}),
        ("multipart/form-data; boundary=a=b==", "multipart/form-data", {"boundary": "a=b=="}),
        ('multipart/form-data; boundary="a;b=\\"c\\"" ; x=1', "multipart/form-data", {"boundary": 'a;b="c"', "x": "1"}),
        ('multipart/form-data; boundary = "a b"', "multipart/form-data", {"boundary": "a b"}),
        ('multipart/form-data; boundary="abc', "multipart/form-data", {"boundary": "abc"}),
        ('multipart/form-data; boundary="', "multipart/form-data", {"boundary": ""}),
        ("a/b; x=1; X=2", "a/b", {"x": "1"}),
        ("", "", {}),
        (";", "", {}),
    ],
)
def test_media_types_are_read_in_the_forms_of_the_field(value: str, kind: str, found: dict[str, str]) -> None:
    assert media_type(value) == (kind, found)


@pytest.mark.spec("C-033", "C-058", "D-035")
@pytest.mark.parametrize(
    ("value", "term"),
    [
        ("multipart/form-data; boundary=this-is-boundary-text", "this-is-boundary-text"),
        ("multipart/related; boundary=--abc;", "--abc"),
        ('Multipart/Form-Data; charset=utf-8; boundary="a:b"', "a:b"),
    ],
)
def test_the_boundary_of_a_content_type(value: str, term: str) -> None:
    assert boundary(value) == term


@pytest.mark.spec("C-033", "C-036")
@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("", "there is no Content-Type"),
        ("application/json", "Content-Type is 'application/json', not multipart"),
        ("multipart/form-data", "'multipart/form-data' names no boundary"),
        ("multipart/form-data; boundary=", "names no boundary"),
        ("multipart/form-data; boundary", "names no boundary"),
    ],
)
def test_why_there_is_no_boundary(value: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        boundary(value)


@pytest.mark.spec("C-021", "D-006")
@pytest.mark.parametrize(
    ("value", "token", "problem"),
    [
        ("Bearer XHapQasdfsdfFsdfasdflQQ7w", "XHapQasdfsdfFsdfasdflQQ7w", ""),
        ("Bearer a+b/c==", "a+b/c==", ""),
        (None, None, "missing"),
        ("", None, "missing"),
        ("  ", None, "missing"),
        ("bearer abc", "abc", "malformed"),
        ("Bearer  abc", "abc", "malformed"),
        ("Bearer\tabc", "abc", "malformed"),
        ("Bearer abc ", "abc", "malformed"),
        ("Bearer", None, "malformed"),
        ("Bearer ", None, "malformed"),
        ("Bearer a b", None, "malformed"),
        ("abc", None, "malformed"),
        ("Basic abc", None, "malformed"),
        ("Bearerabc", None, "malformed"),
    ],
)
def test_a_bearer_token_and_whether_its_header_is_well_formed(
    value: str | None, token: str | None, problem: str
) -> None:
    read = bearer(value)
    assert (read.token, read.problem) == (token, problem)
    assert bool(read.said) == bool(problem)


@pytest.mark.parametrize("value", [None, "", "bytes", "bytes=", "bytes=-", "items=0-1", "bytes=0-1,3-4", "bytes=4-2"])
def test_a_range_that_says_nothing_usable_is_as_if_it_were_not_there(value: str | None) -> None:
    assert byte_range(value, 10) == ByteRange(200, 0, 10, 10)
    assert byte_range(value, 10).content_range is None


@pytest.mark.parametrize(
    ("value", "start", "stop", "content_range"),
    [
        ("bytes=0-", 0, 10, "bytes 0-9/10"),
        ("bytes=0-0", 0, 1, "bytes 0-0/10"),
        ("bytes=2-5", 2, 6, "bytes 2-5/10"),
        (" Bytes = 9-100 ", 9, 10, "bytes 9-9/10"),
        ("bytes=-3", 7, 10, "bytes 7-9/10"),
        ("bytes=-300", 0, 10, "bytes 0-9/10"),
        ("bytes=1-" + "9" * 5000, 1, 10, "bytes 1-9/10"),
    ],
)
def test_one_range_is_a_part(value: str, start: int, stop: int, content_range: str) -> None:
    found = byte_range(value, 10)
    assert (found.status, found.start, found.stop, found.content_range) == (206, start, stop, content_range)


@pytest.mark.parametrize(("value", "size"), [("bytes=10-", 10), ("bytes=10-20", 10), ("bytes=-0", 10), ("bytes=0-", 0)])
def test_a_range_past_the_end_cannot_be_satisfied(value: str, size: int) -> None:
    found = byte_range(value, size)
    assert (found.status, found.content_range) == (416, f"bytes */{size}")
    assert b"0123456789"[found.start : found.stop] == b""


def web(method: str, query: str = "", body: bytes = b"", content_type: str | None = None) -> WebRequest:
    headers = (("content-type", content_type),) if content_type is not None else ()
    return WebRequest(method, "/token", query, headers, body, "https", "auth.clova.ai")


FORM = "application/x-www-form-urlencoded"


@pytest.mark.spec("C-001", "C-002", "C-003")
def test_parameters_come_from_the_query_and_from_a_posted_form() -> None:
    assert parameters(web("GET", "state=a%2Fb+c&empty=")) == {"state": "a/b c", "empty": ""}
    body = b"client_id=%ED%95%9C&code=1"
    assert parameters(web("POST", "grant_type=delete", body, f"{FORM}; charset=UTF-8")) == {
        "grant_type": "delete",
        "client_id": "한",
        "code": "1",
    }
    assert parameters(web("POST", "", body)) == {"client_id": "한", "code": "1"}


@pytest.mark.spec("C-002")
def test_a_body_that_is_no_form_and_a_body_of_a_get_hold_no_parameters() -> None:
    assert parameters(web("POST", "a=1", b'{"b":"2"}', "application/json")) == {"a": "1"}
    assert parameters(web("GET", "a=1", b"b=2", FORM)) == {"a": "1"}


@pytest.mark.spec("C-002")
def test_the_query_wins_over_the_form_and_the_first_over_the_second() -> None:
    assert parameters(web("POST", "a=query&a=again", b"a=form&b=1&b=2", FORM)) == {"a": "query", "b": "1"}


def test_bytes_that_are_no_text_are_replaced_and_floods_refused() -> None:
    assert parameters(web("POST", "a=%ff", b"b=\xff", FORM)) == {"a": "\ufffd", "b": "\ufffd"}
    with pytest.raises(ValueError, match="fields"):
        parameters(web("POST", "", b"a=1&" * (MAX_PARAMETERS + 1), FORM))


def test_a_request_finds_its_headers() -> None:
    request = web("GET", content_type="text/plain")
    assert (request.header("content-type"), request.header("range")) == ("text/plain", None)
