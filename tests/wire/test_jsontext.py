"""JSON from others: what is taken, and how what is not is explained."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockcloud.wire.jsontext import JsonError, loads, repeated_keys

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(values, st.booleans())
def test_valid_json_is_what_json_says(value: object, escaped: bool) -> None:
    text = json.dumps(value, ensure_ascii=escaped)
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return
    assert loads(data) == json.loads(text)
    assert loads(b"\xef\xbb\xbf" + data) == json.loads(text)


@pytest.mark.parametrize(
    ("data", "paths"),
    [
        (b'{"a": 1, "b": {"a": 2}}', []),
        (b'{"a": 1, "a": 2, "\\u0061": 3}', ["a"]),
        (b'\xef\xbb\xbf{"a": [{"b": {"c": 1, "d": 2, "c": 3}}], "e": 1, "e": 2}', ["e", "a[0].b.c"]),
        (b'[[{"a": 1, "a": {"b": 1, "b": 2}}]]', ["[0][0].a", "[0][0].a.b"]),
        (b'{"a": {"b": 1, "b": 2}, "a": 1}', ["a"]),
        (b"1", []),
    ],
)
def test_keys_that_stand_there_twice_have_their_path(data: bytes, paths: list[str]) -> None:
    assert repeated_keys(data) == paths


def test_of_equal_keys_the_last_counts() -> None:
    assert loads(b'{"a":1,"a":2}') == {"a": 2}


@pytest.mark.spec("C-036")
@pytest.mark.parametrize(
    ("data", "line", "column", "reason"),
    [
        (b"", 1, 1, "there is no JSON at all"),
        (b" \r\n", 2, 1, "there is no JSON at all"),
        ('{"말":"한국'.encode() + b'\xff"}', 1, 9, "byte 0xff is not UTF-8 (invalid start byte)"),
        (b'{"a":1,\n"b":"\xed\x95"}', 2, 6, "byte 0xed is not UTF-8"),
        (b'\xff\xfe{\x00"\x00', 1, 1, "byte 0xff is not UTF-8"),
        (b'{"a" 1}', 1, 6, "expecting ':' delimiter, at '1}'"),
        (b'{\n  "a": 1\n  "b": 2\n}', 3, 3, "expecting ',' delimiter"),
        (b'{"a":1', 1, 7, "expecting ',' delimiter, but the text ends here"),
        (b'{"a":1}{', 1, 8, "extra data"),
        (b'["a\nb"]', 1, 4, "invalid control character, at "),
        (b'{"a":"NaN",\n "b":NaN}', 2, 6, "NaN is not a JSON number"),
        (b'["Infinity",Infinity]', 1, 13, "Infinity is not a JSON number"),
        (b"[1, -Infinity]", 1, 5, "-Infinity is not a JSON number"),
        (b'["1e999", 1e999]', 1, 11, "the number 1e999 is too large"),
        (b"[-1" + b"0" * 5000 + b"]", 1, 2, "has too many digits"),
    ],
)
def test_what_is_wrong_and_where(data: bytes, line: int, column: int, reason: str) -> None:
    with pytest.raises(JsonError) as caught:
        loads(data)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert reason in caught.value.reason
    assert str(caught.value) == f"line {line}, column {column}: {caught.value.reason}"


def nested(depth: int, inside: bytes = b"") -> bytes:
    return b'{"a":[' * (depth // 2) + b"[" * (depth % 2) + inside + b"]" * (depth % 2) + b"]}" * (depth // 2)


@pytest.mark.spec("C-036")
@pytest.mark.parametrize("depth", [63, 64])
def test_depth_up_to_the_limit_is_taken(depth: int) -> None:
    assert loads(nested(depth)) == json.loads(nested(depth))


@pytest.mark.spec("C-036")
def test_depth_past_the_limit_is_refused_where_it_happens() -> None:
    with pytest.raises(JsonError, match="more than 64 objects and arrays stand inside each other") as caught:
        loads(b'{"text":"]]]",\n"x":' + nested(64) + b"}")
    assert (caught.value.line, caught.value.column) == (2, 5 + 32 * 6 - 1)
    assert loads(b"[[[1]]]", max_depth=3) == [[[1]]]
    with pytest.raises(JsonError, match="line 1, column 3: more than 2"):
        loads(b"[[[1]]]", max_depth=2)


def test_brackets_in_strings_are_no_depth() -> None:
    strings = ["[" * 100, "{" * 100, '"[', "\\", '\\"[', "]" * 100, "\\\\[", '\n"[']
    assert loads(json.dumps(strings).encode(), max_depth=1) == strings
    assert loads(json.dumps({s: s for s in strings}).encode(), max_depth=1) == {s: s for s in strings}
    with pytest.raises(JsonError, match="more than 1 "):
        loads(json.dumps([*strings, []]).encode(), max_depth=1)


@given(values, st.integers(0, 6))
def test_depth_is_that_of_the_value(value: object, limit: int) -> None:
    def depth(inner: object) -> int:
        if isinstance(inner, dict):
            inner = list(inner.values())
        return 1 + max(map(depth, inner), default=0) if isinstance(inner, list) else 0

    data = json.dumps(value).encode()
    if depth(value) <= limit:
        assert loads(data, max_depth=limit) == value
    else:
        with pytest.raises(JsonError, match=f"more than {limit} objects"):
            loads(data, max_depth=limit)


@pytest.mark.parametrize("opening", [b"[", b"{", b'{"a":', b'[{"a":'])
def test_a_mebibyte_of_opening_brackets_ends_at_the_limit(opening: bytes) -> None:
    with pytest.raises(JsonError, match="more than 64"):
        loads(opening * ((1 << 20) // len(opening)))


def test_a_limit_beyond_what_python_can_nest_is_an_answer_too() -> None:
    with pytest.raises(JsonError):
        loads(b"[" * 200_000, max_depth=10**6)


@given(st.binary(max_size=60) | st.text(st.sampled_from('[]{}",:\\ 1eE+-.NaInfity'), max_size=40).map(str.encode))
def test_any_bytes_are_json_or_explained(data: bytes) -> None:
    try:
        value = loads(data, max_depth=3)
    except JsonError:
        pass
    else:
        json.dumps(value, allow_nan=False)
