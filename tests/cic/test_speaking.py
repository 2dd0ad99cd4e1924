"""Typed requests (C-093), speech synthesis (C-095..C-100) and the media behind its URLs (C-097)."""

import base64
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from mockcloud.cic import operations as op
from mockcloud.speech import pcm, tone
from tests.cic.conversation import Conversation, Speaker

TYPED = "TextRecognizer.Recognize"
REQUEST = "SpeechSynthesizer.Request"


# Typed requests


@pytest.mark.spec("C-093", "C-079")
def test_what_is_typed_is_answered_like_what_is_said(talk: Conversation, speaker: Speaker) -> None:
    typed = speaker.event(TYPED, {"text": "오늘 날씨 어때?"}, dialog="d1")
    talk.ask(op.QueueUtterance(account="default", text="오늘 날씨 어때?"))
    said = speaker.event("SpeechRecognizer.Recognize", {"lang": "ko"}, dialog="d2", audio=[pcm.spoken("오늘 날씨")])
    assert typed.names == said.names
    assert typed.names[:2] == ["SpeechSynthesizer.Speak", "Clova.RenderText"]
    assert typed.directives[1]["payload"] == said.directives[1]["payload"]
    assert typed.directives[1]["header"]["dialogRequestId"] == "d1"


@pytest.mark.spec("C-093")
def test_nothing_of_speech_belongs_to_a_typed_request() -> None:
    behaviour = {"show_recognized_text": True, "stop_capture_text": True, "keep_recording": "200ms"}
    talk = Conversation(behaviour=behaviour)
    talk.ask(op.QueueUtterance(account="default", text="이것은 다음 음성"))
    speaker = talk.speaker()
    answer = speaker.event(TYPED, {"text": "안녕"}, dialog="d1", audio=[pcm.spoken("음악") + pcm.silence(3000)])
    assert answer.status == 200
    assert speaker.pushed_names() == []
    assert list(talk.account.utterances) == ["이것은 다음 음성"]


@pytest.mark.spec("C-092", "C-093")
@pytest.mark.parametrize("text", ["", "   ", "?!", "아무도 모르는 말"])
def test_typed_words_that_mean_nothing_are_204(talk: Conversation, speaker: Speaker, text: str) -> None:
    assert speaker.event(TYPED, {"text": text}, dialog="d1").status == 204
    assert talk.journal(kind="event")[0].unmatched


@pytest.mark.parametrize("text", [None, 7, ["안녕"], {"text": "안녕"}])
def test_typed_words_that_are_no_text_hinder_nothing(speaker: Speaker, text: Any) -> None:
    assert speaker.event(TYPED, {"text": text}, dialog="d1").status == 204


@pytest.mark.parametrize(("text", "lang"), [("안녕하세요", "ko"), ("こんにちは", "ja"), ("Hello!", "en")])
def test_the_answer_is_in_the_language_of_the_account(text: str, lang: str) -> None:
    answer = Conversation(lang=lang).speaker().event(TYPED, {"text": text}, dialog="d1")
    (mp3,) = answer.attachments.values()
    assert tone.read_lang(mp3) == lang
    assert answer.directives[0]["payload"]["ttsLang"] == lang


def test_the_time_is_that_of_the_account(talk: Conversation, speaker: Speaker) -> None:
    talk.ask(op.SetClock(account="default", action="freeze", to="2026-03-01T15:30:00+09:00"))
    answer = speaker.event(TYPED, {"text": "지금 몇 시야"}, dialog="d1")
    (mp3,) = answer.attachments.values()
    assert tone.read_text(mp3) == "지금은 오후 3시 30분이에요."


# SpeechSynthesizer


@pytest.mark.spec("C-095", "C-096")
@pytest.mark.parametrize("lang", ["en", "ja", "ko", "zh"])
def test_text_is_spoken_on_request(speaker: Speaker, lang: str) -> None:
    answer = speaker.event(REQUEST, {"text": "읽어 주세요", "lang": lang}, dialog="d1")
    (directive,) = answer.directives
    payload = directive["payload"]
    assert payload["format"] == "AUDIO_MPEG"
    assert payload["token"]
    assert payload["ttsLang"] == lang
    mp3 = answer.attachments[payload["url"].removeprefix("cid:")]
    assert tone.read_text(mp3) == "읽어 주세요"
    assert tone.read_lang(mp3) == lang


@pytest.mark.spec("C-095")
@pytest.mark.parametrize("payload", [{"lang": "ko"}, {"text": "", "lang": "ko"}, {"text": 5, "lang": "ko"}])
def test_there_is_nothing_to_speak_without_text(talk: Conversation, speaker: Speaker, payload: dict[str, Any]) -> None:
    assert speaker.event(REQUEST, payload).status == 204
    assert not talk.journal(kind="finding")


@pytest.mark.spec("C-096")
def test_each_speak_has_a_token_of_its_own(speaker: Speaker) -> None:
    tokens = [
        speaker.event(REQUEST, {"text": "같은 말", "lang": "ko"}).directives[0]["payload"]["token"] for _ in range(3)
    ]
    assert len(set(tokens)) == 3


@pytest.mark.spec("C-097", "C-054")
def test_a_speak_by_url_leads_to_its_audio() -> None:
    talk = Conversation(behaviour={"speak_by": "url"})
    answer = talk.speaker().event(REQUEST, {"text": "주소로 읽기 / 100%", "lang": "ko"})
    assert answer.attachments == {}
    url = urlsplit(answer.directives[0]["payload"]["url"])
    assert f"{url.scheme}://{url.netloc}" == "https://cloud.test"
    media = talk.web("GET", url.path)
    assert media.status == 200
    assert dict(media.headers)["content-type"] == "audio/mpeg"
    assert tone.read_text(media.body) == "주소로 읽기 / 100%"


@pytest.mark.spec("C-097")
def test_urls_are_under_the_public_url_if_there_is_one() -> None:
    talk = Conversation(public_url="http://media.test:8080/", behaviour={"speak_by": "url"})
    speaker = talk.speaker()
    said = speaker.event(REQUEST, {"text": "말", "lang": "ko"})
    assert said.directives[0]["payload"]["url"].startswith("http://media.test:8080/media/speech/ko/")
    played = speaker.event(TYPED, {"text": "음악 틀어줘"}, dialog="d").directives[1]["payload"]
    assert played["audioItem"]["stream"]["url"].startswith("http://media.test:8080/media/music/")


@pytest.mark.spec("C-098")
def test_several_speaks_keep_their_order(talk: Conversation, speaker: Speaker) -> None:
    talk.scenario("""
- when: {event: TextRecognizer.Recognize}
  then: [{speak: 하나}, {speak: 둘}, {speak: three, lang: en}]
""")
    answer = speaker.event(TYPED, {"text": "x"}, dialog="d1")
    spoken = [answer.attachments[each["payload"]["url"].removeprefix("cid:")] for each in answer.directives]
    assert [tone.read_text(mp3) for mp3 in spoken] == ["하나", "둘", "three"]


@pytest.mark.spec("C-099", "C-035")
@pytest.mark.parametrize("name", ["SpeechStarted", "SpeechFinished", "SpeechStopped"])
def test_reports_of_speaking_are_204_and_on_record(talk: Conversation, speaker: Speaker, name: str) -> None:
    token = speaker.event(REQUEST, {"text": "말", "lang": "ko"}).directives[0]["payload"]["token"]
    assert speaker.event(f"SpeechSynthesizer.{name}", {"token": token}).status == 204
    assert speaker.pushed_names() == []
    (entry,) = talk.journal(name=f"SpeechSynthesizer.{name}")
    assert entry.message["event"]["payload"]["token"] == token
    assert (entry.status, entry.because, entry.unmatched) == (204, ("C-099",), False)


@pytest.mark.spec("C-100")
def test_what_comes_with_device_control_is_up_to_the_rule(talk: Conversation, speaker: Speaker) -> None:
    """Nothing is spoken beside a directive unless the rule says so."""
    talk.scenario("""
- when: {says: 볼륨 올려}
  then: [{directive: DeviceControl.Increase, payload: {target: volume}}]
- when: {says: 불 켜}
  then: [{speak: 켤게요}, {directive: DeviceControl.TurnOn, payload: {target: flashlight}}]
""")
    volume = speaker.event(TYPED, {"text": "볼륨 올려"}, dialog="d1")
    assert volume.names == ["DeviceControl.Increase"]
    light = speaker.event(TYPED, {"text": "불 켜!"}, dialog="d2")
    assert light.names == ["SpeechSynthesizer.Speak", "DeviceControl.TurnOn"]


# Media


def speech(text: str, lang: str = "ko") -> str:
    return f"/media/speech/{lang}/{base64.urlsafe_b64encode(text.encode()).decode().rstrip('=')}.mp3"


@pytest.mark.spec("C-097")
def test_media_need_no_token_and_are_the_same_each_time(talk: Conversation) -> None:
    one, two = talk.web("GET", speech("안녕")), talk.web("GET", speech("안녕"))
    assert one.status == 200
    assert one.body == two.body
    assert dict(one.headers) == {
        "accept-ranges": "bytes",
        "content-type": "audio/mpeg",
        "content-length": str(len(one.body)),
    }


@pytest.mark.spec("C-097")
@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [("bytes=0-99", 0, 99), ("bytes=100-", 100, None), ("bytes=-50", -50, None), ("bytes=0-999999999", 0, None)],
)
def test_a_range_is_answered_206(talk: Conversation, wanted: str, first: int, last: int | None) -> None:
    whole = talk.web("GET", speech("안녕")).body
    part = talk.web("GET", speech("안녕"), headers={"range": wanted})
    start = first % len(whole)
    stop = len(whole) if last is None else last + 1
    assert part.status == 206
    assert part.body == whole[start:stop]
    assert dict(part.headers)["content-range"] == f"bytes {start}-{stop - 1}/{len(whole)}"
    assert dict(part.headers)["content-length"] == str(len(part.body))


def test_a_range_behind_the_end_is_416(talk: Conversation) -> None:
    whole = talk.web("GET", speech("안녕")).body
    answer = talk.web("GET", speech("안녕"), headers={"range": f"bytes={len(whole)}-"})
    assert answer.status == 416
    assert not answer.body
    assert dict(answer.headers)["content-range"] == f"bytes */{len(whole)}"


def test_head_tells_what_get_would_send(talk: Conversation) -> None:
    for headers in ({}, {"range": "bytes=5-9"}):
        got, told = (talk.web(method, speech("안녕"), headers=headers) for method in ("GET", "HEAD"))
        assert told.status == got.status
        assert told.headers == got.headers
        assert told.body == b""


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_media_are_only_read(talk: Conversation, method: str) -> None:
    assert talk.web(method, speech("안녕")).status == 405


@pytest.mark.parametrize(
    "path",
    [
        "/media/",
        "/media/speech/ko",
        "/media/speech/ko/%",
        "/media/speech/ko/_w.mp3",
        "/media/speech/ko/gA.mp3",
        "/media/music/x/y.mp3",
        "/media/music/99999999/y.mp3",
        "/media/music/3600001/y.mp3",
        "/media/film/1/y.mp3",
        "/elsewhere",
    ],
)
def test_there_is_nothing_elsewhere(talk: Conversation, path: str) -> None:
    assert talk.web("GET", path).status == 404


@pytest.mark.parametrize("item", ["mockcloud-1", "a/b", "a b", "100%", "노래", "x.mp3"])
@pytest.mark.parametrize("decoded", [False, True])
def test_any_item_can_be_played(talk: Conversation, speaker: Speaker, item: str, decoded: bool) -> None:
    """A web server may hand the path on as it came or with its escapes decoded."""
    asked = {"audioItemId": item, "audioStream": {"token": "t", "urlPlayable": False}}
    answer = speaker.event("AudioPlayer.StreamRequested", asked)
    assert answer.names == ["AudioPlayer.StreamDeliver"]
    path = urlsplit(answer.directives[0]["payload"]["audioStream"]["url"]).path
    media = talk.web("GET", f"/media/music/30000/{item}.mp3" if decoded else path)
    assert media.status == 200
    assert tone.duration_ms(media.body) >= 30_000
    assert quote(item, safe="") in path
