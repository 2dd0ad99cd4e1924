"""What extensions answer, right and wrong: what is wrong is a finding, what can be understood is carried out."""

import gzip
import json
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockcloud.catalogue import Catalogue
from mockcloud.cek.answers import CekAnswer, OutputSpeech, Speech, read_answer
from mockcloud.cek.exchange import HttpAnswer
from mockcloud.cek.failures import Failure, prepared_message
from mockcloud.vocabulary.codes import registered

CATALOGUE = Catalogue.load()
LIMIT = 1 << 20
JSON = (("content-type", "application/json; charset=UTF-8"),)
HELLO = {"type": "PlainText", "lang": "ko", "value": "안녕"}
SIMPLE = {"type": "SimpleSpeech", "values": HELLO}
AUDIO = {"type": "URL", "lang": "", "value": "https://x.test/rain.mp3"}


def answer(**changes: Any) -> dict[str, Any]:
    """A flawless answer with fields of its response changed; `...` leaves one out."""
    response = {"outputSpeech": SIMPLE, "card": {}, "directives": [], "shouldEndSession": True} | changes
    kept = {name: value for name, value in response.items() if value is not ...}
    return {"version": "0.1.0", "sessionAttributes": {}, "response": kept}


def read(message: Any, *, strict: bool = False) -> CekAnswer:
    return received(json.dumps(message).encode(), strict=strict)


def received(
    body: bytes, *, status: int = 200, headers: Any = JSON, limit: int = LIMIT, strict: bool = False
) -> CekAnswer:
    return read_answer(
        HttpAnswer(status, headers, body),
        edition="newer",
        check=CATALOGUE.check_cek_response,
        size_limit=limit,
        strict=strict,
    )


def spoken(read: CekAnswer) -> list[str]:
    return [item.value for item in read.speech.items]


def codes(read: CekAnswer) -> list[str]:
    return [finding.code for finding in read.findings]


# -- what is right ---------------------------------------------------------------------------------------------


@pytest.mark.spec("K-101", "K-102", "K-103", "K-093")
def test_an_answer_as_the_guide_has_it() -> None:
    message = answer(
        card={"type": "Text"},
        directives=[{"header": {"messageId": "m", "namespace": "AudioPlayer", "name": "Play"}, "payload": {"a": 1}}],
        reprompt={"outputSpeech": SIMPLE},
        shouldEndSession=False,
    )
    message["sessionAttributes"] = {"intent": "OrderPizza"}
    got = read(message)
    assert got.failure is None
    assert got.speech == OutputSpeech((Speech("text", "안녕", "ko"),))
    assert got.card == {"type": "Text"}
    assert [(one.full_name, one.payload, one.message_id) for one in got.directives] == [
        ("AudioPlayer.Play", {"a": 1}, "m")
    ]
    assert got.reprompt == got.speech
    assert got.should_end_session is False
    assert got.session_attributes == {"intent": "OrderPizza"}
    assert got.message == message


def test_a_flawless_answer_has_no_findings() -> None:
    assert codes(read(answer())) == []
    assert codes(read(answer(), strict=True)) == []


def test_a_key_that_stands_there_twice_is_a_warning_and_the_last_counts() -> None:
    twice = json.dumps(answer()).replace('"card": {}', '"card": {"type": "Text"}, "card": {}').encode()
    got = received(twice, strict=True)
    (finding,) = got.findings
    assert (finding.code, finding.severity, finding.path) == ("extension.json.repeated-key", "warning", "response.card")
    assert (got.card, spoken(got)) == ({}, ["안녕"])
    many = ",".join(f'"{n}": 1, "{n}": 2' for n in range(1000)).encode()
    got = received(b'{"more": {' + many + b"}, " + twice[1:])
    assert codes(got).count("extension.json.repeated-key") == 10


@pytest.mark.spec("K-102", "K-103", "K-104")
def test_a_list_keeps_its_order_and_its_tokens() -> None:
    streamed = AUDIO | {"token": "t", "contentType": "application/vnd.apple.mpegurl"}
    got = read(answer(outputSpeech={"type": "SpeechList", "values": [HELLO, streamed, HELLO]}))
    assert got.speech.items == (
        Speech("text", "안녕", "ko"),
        Speech("url", "https://x.test/rain.mp3", "", "t", "application/vnd.apple.mpegurl"),
        Speech("text", "안녕", "ko"),
    )
    assert got.speech.text == "안녕\n안녕"


@pytest.mark.spec("K-105", "K-107")
def test_of_a_speech_set_the_display_decides() -> None:
    verbose = {"type": "SpeechList", "values": [HELLO | {"value": "길게"}, HELLO | {"value": "더 길게"}]}
    speech = read(answer(outputSpeech={"type": "SpeechSet", "brief": HELLO, "verbose": verbose})).speech
    heard = [item.value for item in speech.for_display("none")]
    assert heard == ["안녕", "길게", "더 길게"]
    assert [item.value for item in speech.for_display("l100")] == ["안녕"]
    assert [item.value for item in speech.for_display("none", "verbose_only")] == ["길게", "더 길게"]
    assert speech.text == "안녕"


@pytest.mark.spec("K-105")
def test_what_is_no_speech_set_is_told_to_every_device() -> None:
    speech = read(answer()).speech
    assert speech.for_display("none", "verbose_only") == speech.for_display("s100") == speech.items


# -- what live extensions answer ---------------------------------------------------------------------------------

Change = Callable[[dict[str, Any]], Any]


def put(name: str, value: Any) -> Change:
    return lambda message: message.update({name: value})


def put_in(name: str, value: Any) -> Change:
    return lambda message: message["response"].update({name: value})


def drop(name: str) -> Change:
    return lambda message: message.pop(name)


def drop_in(name: str) -> Change:
    return lambda message: message["response"].pop(name)


LIVE: dict[str, tuple[Change, str]] = {
    "sessionAttributes null": (put("sessionAttributes", None), "cek-response.sessionAttributes.type"),
    "sessionAttributes missing": (drop("sessionAttributes"), "cek-response.sessionAttributes.required"),
    "directives null": (put_in("directives", None), "cek-response.response.directives.type"),
    "directives an object": (put_in("directives", {}), "cek-response.response.directives.type"),
    "directives missing": (drop_in("directives"), "cek-response.response.directives.missing"),
    "card null": (put_in("card", None), "cek-response.response.card.type"),
    "card missing": (drop_in("card"), "cek-response.response.card.required"),
    "reprompt null": (put_in("reprompt", None), "cek-response.response.reprompt.type"),
    "reprompt empty": (put_in("reprompt", {}), "cek-response.response.reprompt.required"),
    "shouldEndSession missing": (
        drop_in("shouldEndSession"),
        "cek-response.response.shouldEndSession.required",
    ),
    "version empty": (put("version", ""), ""),
    "version 1.0": (put("version", "1.0"), ""),
    "version 0.0.1": (put("version", "0.0.1"), ""),
    "version missing": (drop("version"), "cek-response.version.required"),
    "an extra field": (put("meta", {"a": 1}), ""),
    "a list under SimpleSpeech": (
        put_in("outputSpeech", {"type": "SimpleSpeech", "values": [HELLO]}),
        "cek-response.response.outputSpeech.simple",
    ),
    "an object under SpeechList": (
        put_in("outputSpeech", {"type": "SpeechList", "values": HELLO}),
        "cek-response.response.outputSpeech.type",
    ),
    "speech without a type": (
        put_in("outputSpeech", {"values": HELLO}),
        "cek-response.response.outputSpeech.required",
    ),
    "speech of an unknown type": (
        put_in("outputSpeech", {"type": "Speech", "values": [HELLO]}),
        "cek-response.response.outputSpeech.enum",
    ),
    "a text without a type": (
        put_in("outputSpeech", {"type": "SimpleSpeech", "values": {"lang": "ko", "value": "안녕"}}),
        "cek-response.response.outputSpeech.required",
    ),
    "a text without a language": (
        put_in("outputSpeech", {"type": "SimpleSpeech", "values": {"type": "PlainText", "value": "안녕"}}),
        "cek-response.response.outputSpeech.required",
    ),
    "speech that is a text": (put_in("outputSpeech", "안녕"), "cek-response.response.outputSpeech.type"),
}


@pytest.mark.spec("K-101", "K-102", "K-109")
@pytest.mark.parametrize("name", LIVE)
def test_the_user_still_hears_the_speech(name: str) -> None:
    change, code = LIVE[name]
    message = answer()
    change(message)
    got = read(message)
    assert got.failure is None
    assert spoken(got) == ["안녕"]
    assert got.should_end_session is True
    assert (got.session_attributes, got.card, got.directives, got.reprompt) == ({}, {}, (), None)
    if code:
        found = next(finding for finding in got.findings if finding.code == code)
        assert found.path
        assert found.source
    else:
        assert codes(got) == []


@pytest.mark.spec("K-101")
@pytest.mark.parametrize(
    "name",
    [name for name in LIVE if LIVE[name][1] and "SimpleSpeech" not in name and "directives missing" not in name],
)
def test_strictness_refuses_the_same(name: str) -> None:
    message = answer()
    LIVE[name][0](message)
    got = read(message, strict=True)
    assert got.failure is not None
    assert got.failure.kind == "schema"
    assert got.failure.said.startswith("refused because strict: ")
    assert spoken(got) == []
    assert codes(got)[-1] == "extension.schema"


@pytest.mark.spec("K-102", "K-103")
def test_a_url_item_may_say_a_language() -> None:
    got = read(answer(outputSpeech={"type": "SimpleSpeech", "values": AUDIO | {"lang": "ko"}}))
    assert got.speech.items == (Speech("url", "https://x.test/rain.mp3"),)
    assert "cek-response.response.outputSpeech.condition" in codes(got)


@pytest.mark.spec("K-101", "K-102", "K-107")
@pytest.mark.parametrize("speech", [{}, {"type": "SpeechList", "values": []}, {"type": "SimpleSpeech"}, []])
def test_an_answer_may_say_nothing(speech: Any) -> None:
    got = read(answer(outputSpeech=speech))
    assert got.failure is None
    assert spoken(got) == []
    assert got.speech.text == ""
    assert codes(got)


@pytest.mark.parametrize(
    ("item", "read_as"),
    [
        (HELLO | {"value": 5}, [Speech("text", "5", "ko")]),
        (HELLO | {"lang": "ja-JP"}, [Speech("text", "안녕", "ja")]),
        (HELLO | {"lang": "kr"}, [Speech("text", "안녕", "")]),
        ({"value": "http://x.test/a.mp3"}, [Speech("url", "http://x.test/a.mp3")]),
        (HELLO | {"value": "http://x.test"}, [Speech("text", "http://x.test", "ko")]),
        (HELLO | {"value": "  "}, []),
        (HELLO | {"value": True}, []),
        ({"type": ["PlainText"], "value": {}}, []),
        (None, []),
    ],
)
def test_a_speech_item_is_read_by_what_can_be_read(item: Any, read_as: list[Speech]) -> None:
    got = read(answer(outputSpeech={"type": "SpeechList", "values": [item]}))
    assert list(got.speech.items) == read_as


@pytest.mark.spec("K-109")
def test_a_directive_may_lack_its_message_id_and_be_wrapped() -> None:
    pause = {"header": {"namespace": "PlaybackController", "name": "Pause"}, "payload": {}}
    got = read(answer(directives=[pause, {"directive": pause}, {"header": {"name": "PlaybackController.Stop"}}, 7, {}]))
    assert [(one.full_name, one.message_id) for one in got.directives] == [
        ("PlaybackController.Pause", ""),
        ("PlaybackController.Pause", ""),
        ("PlaybackController.Stop", ""),
    ]
    assert {"cek-response.response.directives.message-id", "cek-response.response.directives.wrapped"} <= set(
        codes(got)
    )


@pytest.mark.spec("K-108", "K-109")
def test_a_directive_knows_where_it_stands() -> None:
    pause = {"header": {"namespace": "PlaybackController", "name": "Pause"}, "payload": {}}
    several, alone = read(answer(directives=[7, pause])), read(answer(directives=pause))
    assert [one.path for one in (*several.directives, *alone.directives)] == [
        "response.directives[1]",
        "response.directives",
    ]


@pytest.mark.spec("K-103", "K-106", "K-108")
@pytest.mark.parametrize(
    ("changes", "path", "because"),
    [
        ({"card": {"type": "Pizza"}}, "response.card.type", ("K-106", "X-031")),
        (
            {"directives": [{"header": {"namespace": "Pizza", "name": "Bake", "messageId": "m"}, "payload": {}}]},
            "response.directives[0].header.name",
            ("K-108", "X-034"),
        ),
        (
            {"outputSpeech": {"type": "SimpleSpeech", "values": HELLO | {"lang": "ko-KR"}}},
            "response.outputSpeech.values.lang",
            ("K-103", "X-026"),
        ),
        (
            {"outputSpeech": {"type": "SimpleSpeech", "values": HELLO | {"value": ""}}},
            "response.outputSpeech.values.value",
            ("K-103", "X-026"),
        ),
    ],
)
def test_a_finding_names_what_it_rests_on(changes: dict[str, Any], path: str, because: tuple[str, ...]) -> None:
    found = next(finding for finding in read(answer(**changes)).findings if finding.path == path)
    assert found.because == because
    assert found.source.startswith("cek/custom-extension-message.md")


@pytest.mark.spec("K-101", "K-113")
@pytest.mark.parametrize("response", [None, [], "ended"])
def test_what_has_no_reprompt_is_not_blamed_for_one(response: Any) -> None:
    got = read(answer() | {"response": response})
    assert codes(got) == ["cek-response.response.type", "extension.schema"]


@pytest.mark.spec("K-113")
def test_a_reprompt_may_lack_the_output_speech_around_it() -> None:
    got = read(answer(shouldEndSession=False, reprompt=SIMPLE))
    assert got.reprompt is not None
    assert got.reprompt.text == "안녕"
    assert codes(got) == ["cek-response.response.reprompt.required"]


@pytest.mark.spec("K-112", "K-113")
@pytest.mark.parametrize(
    ("changes", "ends"),
    [
        ({"shouldEndSession": ...}, True),
        ({"shouldEndSession": None}, True),
        ({"shouldEndSession": "false"}, False),
        ({"shouldEndSession": 0}, False),
        ({"shouldEndSession": "maybe"}, True),
        ({"shouldEndSession": ..., "reprompt": {"outputSpeech": SIMPLE}}, False),
        ({"shouldEndSession": ..., "reprompt": {"outputSpeech": {}}}, True),
    ],
)
def test_whether_the_session_ends(changes: dict[str, Any], ends: bool) -> None:
    assert read(answer(**changes)).should_end_session is ends


# -- what is of no use -------------------------------------------------------------------------------------------


def failed(got: CekAnswer) -> Failure:
    assert got.failure is not None
    assert got.findings[-1] == got.failure.finding
    assert (got.speech, got.directives, got.card, got.should_end_session) == (OutputSpeech(), (), {}, True)
    assert registered(got.findings[-1].code) is not None
    return got.failure


@pytest.mark.spec("K-131", "K-093", "K-100")
@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (
            301,
            (("location", "https://x.test/new"),),
            "redirects are not followed, register https://x.test/new",
        ),
        (302, (), "redirects are not followed"),
        (401, (), "the public key of this server"),
        (404, (), "nothing at this path"),
        (405, (), "does not take POST"),
        (500, (), "'Traceback: KeyError'"),
        (204, (), "answer 200 and a JSON object"),
    ],
)
def test_a_status_says_what_to_do(status: int, headers: Any, said: str) -> None:
    body = b"" if status == 204 else b"Traceback:  KeyError\n"
    failure = failed(received(body, status=status, headers=headers))
    assert failure.kind == "status"
    assert f"the status is {status}" in failure.said
    assert said in failure.said


@pytest.mark.spec("K-131")
@pytest.mark.parametrize(
    ("body", "headers", "kind", "said"),
    [
        (
            b"<!doctype html><p>Oops",
            (("content-type", "text/html"),),
            "content_type",
            "begins with '<!doctype html>",
        ),
        (b"ok", (), "content_type", "has no Content-Type"),
        ("안녕".encode("cp949"), JSON, "encoding", "it may be cp949"),
        (b'{"a": "caf\xe9"}', JSON, "encoding", "byte 0xe9 at position 10"),
        ('{"a": 1}'.encode("utf-16"), JSON, "encoding", "in UTF-16 or UTF-32"),
        ('{"a": 1}'.encode("utf-16-le"), JSON, "encoding", "in UTF-16 or UTF-32"),
        (b'{"version": "0.1.0",', JSON, "json", "line 1, column 21"),
        (b"", JSON, "json", "the answer is empty"),
        (b"  \n", (), "json", "the answer is empty"),
        (b'{"a": NaN}', JSON, "json", "NaN is not a JSON number"),
        (b"[" * 500, JSON, "json", "more than 64 objects and arrays"),
        (b"[]", JSON, "schema", "the answer is an array"),
        (b"null", JSON, "schema", "the answer is null"),
        (b"3", JSON, "schema", "the answer is a number"),
        (b"{}", JSON, "schema", "nothing to be carried out"),
        (b'{"response": []}', JSON, "schema", "nothing to be carried out"),
        (b'{"response": {}}', JSON, "schema", "nothing to be carried out"),
        (b'{"response": {"outputSpeech": 7}}', JSON, "schema", "nothing to be carried out"),
        (b"{}", (*JSON, ("content-encoding", "br")), "encoding", "compressed by 'br'"),
        (b"{}", (*JSON, ("content-encoding", "gzip")), "encoding", "said to be gzip, but it is not"),
        (
            gzip.compress(b"{}" * 50, mtime=0)[:-9],
            (*JSON, ("content-encoding", "gzip")),
            "encoding",
            "ends in its middle",
        ),
        (gzip.compress(b"{}" * 50, mtime=0), JSON, "encoding", "by gzip and has no Content-Encoding"),
    ],
)
def test_what_cannot_be_understood(body: bytes, headers: Any, kind: str, said: str) -> None:
    failure = failed(received(body, headers=headers))
    assert failure.kind == kind
    assert said in failure.said


@pytest.mark.spec("K-131", "K-093")
def test_what_is_not_unpacked_is_not_said_to_be() -> None:
    got = received(b"{}", headers=(*JSON, ("content-encoding", "gzip")))
    assert codes(got) == ["extension.encoding"]


@pytest.mark.spec("K-131")
def test_a_bomb_is_not_unpacked() -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(8)), packer.flush()])
    tracemalloc.start()
    failure = failed(received(bomb, headers=(*JSON, ("content-encoding", "gzip")), limit=1000))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1 << 20
    assert failure.kind == "too_large"


GOOD = json.dumps(answer(), ensure_ascii=False).encode()


@pytest.mark.spec("K-093")
@pytest.mark.parametrize(
    ("body", "headers", "status", "code", "severity"),
    [
        (
            GOOD,
            (("content-type", "application/json;charset-UTF-8"),),
            200,
            "extension.content-type",
            "warning",
        ),
        (GOOD, (("content-type", "text/plain"),), 200, "extension.content-type", "violation"),
        (GOOD, (), 200, "extension.content-type", "violation"),
        (
            GOOD,
            (("content-type", "application/json; charset=latin-1"),),
            200,
            "extension.encoding",
            "warning",
        ),
        (b"\xef\xbb\xbf" + GOOD, JSON, 200, "extension.encoding", "warning"),
        (gzip.compress(GOOD, mtime=0), (*JSON, ("content-encoding", "gzip")), 200, "extension.encoding", "warning"),
        (zlib.compress(GOOD), (*JSON, ("content-encoding", "Deflate")), 200, "extension.encoding", "warning"),
        (GOOD, JSON, 201, "extension.status", "violation"),
    ],
)
def test_odd_http_is_put_up_with(body: bytes, headers: Any, status: int, code: str, severity: str) -> None:
    got = received(body, headers=headers, status=status)
    assert spoken(got) == ["안녕"]
    assert [(finding.code, finding.severity) for finding in got.findings] == [(code, severity)]
    refused = received(body, headers=headers, status=status, strict=True)
    assert (refused.failure is not None) == (severity == "violation")


@pytest.mark.parametrize(
    "type_", ["application/json", "Application/JSON ; Charset=utf8", 'application/json; charset="UTF-8"']
)
def test_content_types_that_are_right(type_: str) -> None:
    assert codes(received(GOOD, headers=(("content-type", type_),))) == []


@pytest.mark.spec("K-132")
def test_the_prepared_message_is_there_in_each_language() -> None:
    assert len({prepared_message(lang) for lang in ("ko", "ja", "en")}) == 3


# -- anything ----------------------------------------------------------------------------------------------------

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = (
    "version", "sessionAttributes", "response", "outputSpeech", "type", "values", "brief", "verbose", "lang", "value",
    "token", "card", "directives", "header", "payload", "namespace", "name", "messageId", "reprompt",
    "shouldEndSession",
)  # fmt: skip


@st.composite
def almost_answers(draw: st.DrawFn) -> Any:
    """A good answer in which a few fields, anywhere, are put to something else."""
    message: Any = json.loads(
        json.dumps(answer(directives=[{"header": {"namespace": "A", "name": "B"}, "payload": {}}]))
    )
    for _ in range(draw(st.integers(1, 4))):
        place = message
        while isinstance(place, dict) and place and draw(st.booleans()):
            inner = place[draw(st.sampled_from(sorted(place)))]
            place = inner[0] if isinstance(inner, list) and inner else inner
        if isinstance(place, dict):
            place[draw(st.sampled_from(FIELDS))] = draw(ANY_JSON)
    return message


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(almost_answers() | ANY_JSON)
def test_any_json_is_read(message: Any) -> None:
    got = read(message)
    assert (got.failure is not None) == any(code.startswith("extension.") for code in codes(got))
    assert all(item.value.strip() for item in got.speech.items + got.speech.verbose)
    assert all(registered(code) for code in codes(got))
    json.dumps([finding.as_json() for finding in got.findings])


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=60) | st.text(max_size=30).map(str.encode),
    st.integers(100, 599),
    st.sampled_from(["", "application/json", "text/html", 'a/"b', ";;=;"]) | st.text(max_size=12),
    st.sampled_from(["", "gzip", "deflate", "identity", "br"]) | st.text(max_size=6),
)
def test_any_bytes_are_read(body: bytes, status: int, content_type: str, coding: str) -> None:
    headers = (("content-type", content_type), ("content-encoding", coding))
    got = received(body, status=status, headers=headers)
    assert got.failure is not None or got.message is not None


@pytest.mark.spec("K-131")
def test_of_a_very_long_answer_the_beginning_is_taken() -> None:
    pause = {"header": {"namespace": "PlaybackController", "name": "Pause", "messageId": "m"}, "payload": {}}
    card = {"type": "Text", "items": [1] * 5000}
    message = answer(
        outputSpeech={"type": "SpeechList", "values": [HELLO] * 5000}, directives=[pause] * 5000, card=card
    )
    got = read(message)
    assert (len(got.speech.items), len(got.directives)) == (100, 100)
    assert got.card == card
    assert [(one.path, one.code) for one in got.findings if one.code.startswith("extension.")] == [
        ("response.outputSpeech.values", "extension.too-large"),
        ("response.directives", "extension.too-large"),
    ]
    assert got.message == message
