"""Speech recognition (C-078..C-092): one full-duplex request, StopCapture while it is open."""

from collections.abc import Iterable
from typing import Any

import pytest

from mockcloud.cic import operations as op
from mockcloud.cloud.accounts import DEFAULT_ACCOUNT
from mockcloud.faults.reading import parse
from mockcloud.speech import pcm
from mockcloud.speech.endpoint import EndOfSpeech
from mockcloud.speech.transcript import Recordings, Transcript
from tests.cic.conversation import BOUNDARY, CLOSING, Conversation, Request, Speaker, name_of

RECOGNIZE = "SpeechRecognizer.Recognize"
STOP = "SpeechRecognizer.StopCapture"
QUESTION = pcm.spoken("오늘 날씨 어때")
PAUSE = pcm.silence(2000)


def means(talk: Conversation, text: str, device: str | None = None) -> None:
    """What the next audio will be taken for."""
    assert talk.ask(op.QueueUtterance(account="default", text=text, device=device)).status == 202


def upload(request: Request, audio: bytes) -> None:
    """Audio as a device sends it: 200 ms at a time."""
    request.send(*pcm.chunks(audio))


def finish(request: Request) -> Any:
    request.send(CLOSING)
    return request.end()


# The usual way


@pytest.mark.spec("C-044", "C-045", "C-078", "C-079", "C-080", "C-082")
def test_stop_capture_comes_during_the_upload_and_the_answer_after_it(talk: Conversation, speaker: Speaker) -> None:
    means(talk, "오늘 날씨 어때")
    request = speaker.say("d1")
    stopped_at = None
    audio = list(pcm.chunks(QUESTION + PAUSE))
    for number, piece in enumerate(audio):
        request.send(piece)
        if speaker.pushed_names() == [STOP]:
            stopped_at = number
        assert request.response.status is None
    assert stopped_at is not None
    assert stopped_at * 200 <= pcm.duration_ms(QUESTION) + 600 + 200
    assert stopped_at < len(audio) - 1
    answer = finish(request)
    assert answer.status == 200
    assert answer.names[0] == "SpeechSynthesizer.Speak"
    assert {each["header"]["dialogRequestId"] for each in answer.directives} == {"d1"}
    assert speaker.pushed_names() == []


@pytest.mark.spec("C-081")
def test_stop_capture_says_nothing_by_default(talk: Conversation, speaker: Speaker) -> None:
    means(talk, "안녕")
    upload(speaker.say("d1"), QUESTION + PAUSE)
    (stop,) = speaker.pushed()
    assert stop["payload"] == {}


@pytest.mark.spec("C-081")
def test_stop_capture_says_the_text_if_it_shall() -> None:
    talk = Conversation(behaviour={"stop_capture_text": True})
    speaker = talk.speaker()
    means(talk, "안녕 클로바")
    upload(speaker.say("d1"), QUESTION + PAUSE)
    upload(speaker.say("d2"), QUESTION + PAUSE)
    assert [each["payload"] for each in speaker.pushed()] == [{"recognizedText": "안녕 클로바"}, {}]


@pytest.mark.spec("C-082")
def test_audio_after_stop_capture_changes_nothing(talk: Conversation, speaker: Speaker) -> None:
    means(talk, "안녕")
    means(talk, "두번째")
    request = speaker.say("d1")
    upload(request, QUESTION + PAUSE)
    assert speaker.pushed_names() == [STOP]
    upload(request, pcm.spoken("아주 다른 말") + PAUSE)
    assert finish(request).status == 200
    assert speaker.pushed_names() == []
    assert [entry.words for entry in talk.journal(kind="event")] == ["안녕"]


@pytest.mark.spec("C-083")
def test_a_device_that_ends_the_audio_itself_is_answered_at_once(talk: Conversation, speaker: Speaker) -> None:
    means(talk, "안녕")
    request = speaker.say("d1")
    upload(request, QUESTION)
    assert finish(request).status == 200
    assert speaker.pushed_names() == []


@pytest.mark.spec("C-045", "C-080")
def test_a_request_that_never_ends_is_answered_some_time_after_stop_capture(
    talk: Conversation, speaker: Speaker
) -> None:
    means(talk, "안녕")
    request = speaker.say("d1")
    for piece in pcm.chunks(QUESTION + pcm.silence(600)):
        talk.wait("4s")
        request.send(piece)
    assert speaker.pushed_names() == [STOP]
    talk.wait("9s")
    assert request.response.status is None
    talk.wait("1s")
    assert request.response.status == 200
    assert "request.not-ended" in talk.findings()
    upload(request, PAUSE)
    assert finish(request).status == 200


@pytest.mark.spec("C-045")
def test_a_slow_upload_is_not_an_endless_one(talk: Conversation, speaker: Speaker) -> None:
    means(talk, "안녕")
    request = speaker.say("d1")
    for piece in pcm.chunks(QUESTION):
        talk.wait("8s")
        request.send(piece)
    assert finish(request).status == 200
    assert talk.findings().count("request.not-ended") == 0


@pytest.mark.spec("C-045")
def test_an_upload_that_stops_in_the_middle_is_stopped_and_answered(talk: Conversation, speaker: Speaker) -> None:
    means(talk, "안녕")
    request = speaker.say("d1")
    request.send(pcm.silence(200))
    talk.wait("10s")
    assert speaker.pushed_names() == [STOP]
    assert request.response.status == 200


@pytest.mark.spec("C-080")
def test_without_any_speech_it_ends_after_the_time_for_that() -> None:
    talk = Conversation(behaviour={"no_speech": "3s"})
    speaker = talk.speaker()
    request = speaker.say("d1")
    upload(request, pcm.silence(2800))
    assert speaker.pushed_names() == []
    upload(request, pcm.silence(200))
    assert speaker.pushed_names() == [STOP]
    assert finish(request).status == 204


@pytest.mark.spec("C-080")
def test_the_longest_speech_ends_it_in_any_case() -> None:
    talk = Conversation(behaviour={"longest_speech": "3s"})
    speaker = talk.speaker()
    request = speaker.say("d1")
    sound = (pcm.spoken("오늘 날씨 어때") * 4)[: 3000 * pcm.BYTES_A_MS]
    upload(request, sound)
    assert speaker.pushed_names() == [STOP]


@pytest.mark.spec("C-080")
def test_the_hang_over_is_a_setting() -> None:
    talk = Conversation(behaviour={"hang_over": "1200ms"})
    speaker = talk.speaker()
    request = speaker.say("d1")
    upload(request, QUESTION + pcm.silence(1100))
    assert speaker.pushed_names() == []
    upload(request, pcm.silence(300))
    assert speaker.pushed_names() == [STOP]


@pytest.mark.spec("C-080", "C-083")
def test_press_and_hold_ends_with_the_upload(talk: Conversation, speaker: Speaker) -> None:
    means(talk, "안녕")
    initiator = {"type": "PRESS_AND_HOLD", "inputSource": "SELF"}
    request = speaker.say("d1", initiator=initiator)
    upload(request, QUESTION + pcm.silence(6000))
    assert speaker.pushed_names() == []
    assert finish(request).status == 200


# The shapes of the audio


@pytest.mark.spec("C-050")
@pytest.mark.parametrize("pieces", [1, 2, 7])
def test_one_audio_part_or_many_say_the_same(pieces: int) -> None:
    recordings = Recordings()
    recordings.enrol(QUESTION, "안녕")
    talk = Conversation(recordings=recordings)
    size = len(QUESTION) // pieces + 1
    parts = [QUESTION[at : at + size] for at in range(0, len(QUESTION), size)]
    answer = talk.speaker().event(RECOGNIZE, {"lang": "ko"}, dialog="d1", audio=parts)
    assert answer.names == ["SpeechSynthesizer.Speak"]
    (entry,) = talk.journal(kind="event")
    assert entry.words == "안녕"
    assert entry.note == f"{pcm.duration_ms(QUESTION)} ms of audio, hash"


@pytest.mark.spec("C-058", "C-083")
def test_an_upload_without_closing_delimiter_is_taken(talk: Conversation, speaker: Speaker) -> None:
    means(talk, "안녕")
    request = speaker.say("d1")
    upload(request, QUESTION)
    assert request.end().status == 200
    assert "multipart.no-closing-delimiter" in talk.findings()


@pytest.mark.spec("C-078")
@pytest.mark.parametrize(
    ("audio", "code"), [(pcm.to_wav(QUESTION), "audio.header"), (QUESTION + b"\0", "audio.odd"), (QUESTION, None)]
)
def test_audio_that_is_no_pcm_is_noted(talk: Conversation, speaker: Speaker, audio: bytes, code: str | None) -> None:
    assert speaker.event(RECOGNIZE, {"lang": "ko"}, dialog="d", audio=[audio]).status == 204
    assert [each for each in talk.findings() if each.startswith("audio")] == ([code] if code else [])


@pytest.mark.spec("C-083", "C-092")
def test_a_recognize_without_any_audio_is_not_understood(talk: Conversation, speaker: Speaker) -> None:
    assert speaker.event(RECOGNIZE, {"lang": "ko"}, dialog="d").status == 204
    assert speaker.pushed_names() == []


def test_an_upload_that_is_aborted_is_forgotten(talk: Conversation, speaker: Speaker) -> None:
    means(talk, "안녕")
    request = speaker.say("d1")
    upload(request, QUESTION)
    request.abort()
    talk.wait("1h")
    assert request.response.status is None
    assert speaker.pushed_names() == []
    again = speaker.say("d2")
    upload(again, QUESTION)
    assert finish(again).status == 200


def test_stop_capture_without_a_downchannel_is_lost_and_the_answer_is_not(talk: Conversation, speaker: Speaker) -> None:
    means(talk, "안녕")
    request = speaker.say("d1")
    upload(request, QUESTION)
    speaker.drop_downchannel()
    upload(request, PAUSE)
    assert finish(request).status == 200


@pytest.mark.spec("C-046")
def test_reports_are_answered_while_an_upload_is_open(talk: Conversation, speaker: Speaker) -> None:
    means(talk, "안녕")
    request = speaker.say("d1")
    for number, piece in enumerate(pcm.chunks(QUESTION)):
        request.send(piece)
        assert speaker.event("SpeechSynthesizer.SpeechStarted", {"token": f"t{number}"}).status == 204
    assert finish(request).status == 200


# Whose words they are


def test_queued_words_are_taken_in_their_order_the_device_s_own_first(talk: Conversation) -> None:
    for text, device in (("하나", None), ("둘", None), ("내 것", "two")):
        means(talk, text, device)
    for name in ("one", "two", "two"):
        talk.speaker(name).event(RECOGNIZE, {"lang": "ko"}, dialog="d", audio=[QUESTION])
        talk.wait("2s")
    assert [(entry.device, entry.words) for entry in talk.journal(kind="event")] == [
        ("one", "하나"),
        ("two", "내 것"),
        ("two", "둘"),
    ]


@pytest.mark.spec("C-091")
@pytest.mark.parametrize("spelling", ["wakeWord", "wakeword"])
@pytest.mark.parametrize("word", ["클로바", "hey_clova", ""])
def test_the_wake_word_is_cut_off_under_either_spelling(spelling: str, word: str) -> None:
    recordings = Recordings()
    recordings.enrol(QUESTION, "안녕")
    talk = Conversation(recordings=recordings)
    wake = pcm.spoken("클로바")
    indices = {"startIndexInSamples": 0, "endIndexInSamples": len(wake) // pcm.SAMPLE_BYTES}
    payload = {"deviceUUID": "u", spelling: {"name": word, "confidence": 0.1, "indices": indices}}
    initiator = {"type": "WAKEWORD", "inputSource": "SELF", "payload": payload}
    talk.speaker().event(RECOGNIZE, {"lang": "ko", "initiator": initiator}, dialog="d", audio=[wake + QUESTION])
    (entry,) = talk.journal(kind="event")
    assert (entry.words, entry.note.rpartition(", ")[2]) == ("안녕", "hash")


@pytest.mark.spec("C-090")
@pytest.mark.parametrize(
    "change",
    [
        {"lang": "fr"},
        {"format": "MP3"},
        {"profile": "FAR_FIELD"},
        {"initiator": {"type": "WAKEWORD"}},
        {"initiator": {"type": "TAP", "inputSource": "SELF", "payload": {}}},
        {"initiator": "TAP"},
        {"initiator": {"type": "WAKEWORD", "inputSource": "SELF", "payload": {"wakeWord": {"indices": 7}}}},
    ],
)
def test_a_deviating_payload_is_noted_and_refused_only_if_strict(change: dict[str, Any]) -> None:
    for strict, status in ((False, 200), (True, 400)):
        talk = Conversation(strict=strict)
        means(talk, "안녕")
        answer = talk.speaker().event(RECOGNIZE, {"lang": "ko", **change}, dialog="d", audio=[QUESTION])
        assert answer.status == status
        assert any(code.startswith("event.payload") for code in talk.findings())


@pytest.mark.spec("C-090")
@pytest.mark.parametrize("strict", [False, True])
def test_a_follow_up_without_lang_passes(strict: bool) -> None:
    talk = Conversation(strict=strict)
    means(talk, "안녕")
    follow_up = {"speechId": "s", "explicit": True}
    assert talk.speaker().event(RECOGNIZE, follow_up, dialog="d", audio=[QUESTION]).status == 200


@pytest.mark.spec("C-092")
@pytest.mark.parametrize(("lang", "said"), [("ko", "죄송"), ("ja", "すみません"), ("en", "Sorry")])
def test_an_apology_for_what_was_not_understood_is_a_setting(lang: str, said: str) -> None:
    talk = Conversation(behaviour={"not_understood": "speak"})
    answer = talk.speaker().event(RECOGNIZE, {"lang": lang}, dialog="d", audio=[QUESTION])
    assert answer.names == ["SpeechSynthesizer.Speak"]
    assert said in talk.journal(name="SpeechSynthesizer.Speak")[0].words
    assert talk.journal(kind="event")[0].unmatched


# Intermediate results


@pytest.mark.spec("C-084")
def test_no_intermediate_results_by_default(talk: Conversation, speaker: Speaker) -> None:
    means(talk, "오늘 서울 날씨 어때")
    upload(speaker.say("d1"), QUESTION)
    assert speaker.pushed_names() == []


@pytest.mark.spec("C-084", "C-071")
def test_show_recognized_text_grows_while_audio_comes() -> None:
    talk = Conversation(behaviour={"show_recognized_text": True})
    speaker = talk.speaker()
    means(talk, "오늘 서울 날씨 어때")
    request = speaker.say("d1")
    upload(request, pcm.spoken("오늘 서울 날씨 어때 말해 줘"))
    shown = speaker.pushed()
    assert [each["payload"]["text"] for each in shown] == ["오늘", "오늘 서울", "오늘 서울 날씨", "오늘 서울 날씨 어때"]
    assert {name_of(each) for each in shown} == {"SpeechRecognizer.ShowRecognizedText"}
    assert {each["header"]["dialogRequestId"] for each in shown} == {"d1"}


@pytest.mark.spec("C-085", "C-071")
@pytest.mark.parametrize(("every", "times"), [("500ms", 2), ("1s", 1), ("0", 0), ("0.4ms", 5)])
def test_keep_recording_comes_at_its_interval(every: str, times: int) -> None:
    talk = Conversation(behaviour={"keep_recording": every})
    speaker = talk.speaker()
    request = speaker.say("d1")
    upload(request, pcm.silence(1000))
    pushed = speaker.pushed()
    assert [name_of(each) for each in pushed] == ["SpeechRecognizer.KeepRecording"] * times
    assert all(each["payload"] == {} and each["header"]["dialogRequestId"] == "d1" for each in pushed)


# Questions


@pytest.mark.spec("C-086", "C-087", "C-088")
def test_a_rule_asks_back_and_takes_the_answer_by_its_speech_id(talk: Conversation, speaker: Speaker) -> None:
    talk.scenario("""
- when: {event: SpeechRecognizer.Recognize, payload: {speechId: q1}}
  then: [{speak: 일곱 시에 깨울게요}]
- when: {says: 깨워줘}
  then:
    - speak: 몇 시에요?
    - directive: SpeechRecognizer.ExpectSpeech
      payload: {expectSpeechId: q1, explicit: true, timeoutInMilliseconds: 7000}
""")
    means(talk, "깨워 줘")
    asked = speaker.event(RECOGNIZE, {"lang": "ko"}, dialog="d1", audio=[QUESTION])
    assert asked.names == ["SpeechSynthesizer.Speak", "SpeechRecognizer.ExpectSpeech"]
    assert asked.directives[1]["header"]["dialogRequestId"] == "d1"
    answer = speaker.event(RECOGNIZE, {"speechId": "q1", "explicit": True}, dialog="d1", audio=[QUESTION])
    assert answer.names == ["SpeechSynthesizer.Speak"]


# Recognisers


class Parrot:
    """A recogniser that hears the same every time."""

    def __init__(self, text: str) -> None:
        self.text = text

    def open(self, lang: str, *, hold: bool = False, wake_word_end: int = 0) -> "Parrot":
        return self

    def feed(self, audio: bytes) -> EndOfSpeech | None:
        return None

    def close(self) -> Transcript:
        return Transcript(self.text, "recogniser", 500)


def listening(**settings: Any) -> tuple[Conversation, Speaker, Request]:
    """An upload that is complete but for its end, whose recogniser has not answered yet."""
    talk = Conversation(recogniser=Parrot("안녕"), **settings)
    talk.calls_run_at_once = False
    speaker = talk.speaker()
    request = speaker.say("d1")
    upload(request, QUESTION + PAUSE)
    assert len(talk.calls) == 1
    return talk, speaker, request


@pytest.mark.spec("C-045", "C-079")
@pytest.mark.parametrize("first", ["the recogniser", "the upload"])
def test_the_answer_waits_for_recogniser_and_upload(first: str) -> None:
    talk, _, request = listening()
    if first == "the recogniser":
        talk.run_calls()
        assert request.response.status is None
        finish(request)
    else:
        finish(request)
        assert request.response.status is None
        talk.run_calls()
    assert request.response.names == ["SpeechSynthesizer.Speak"]


def test_a_fault_that_resets_the_upload_stops_its_recogniser() -> None:
    talk, _, request = listening()
    fault = parse({"on": "event", "effect": "reset_stream"})
    assert talk.ask(op.AddFault(DEFAULT_ACCOUNT, fault)).status == 200
    assert request.response.reset is not None
    assert talk.calls == {}


def test_a_recogniser_that_fails_has_understood_nothing() -> None:
    talk, _, request = listening()
    finish(request)
    talk.run_calls(error="out of memory")
    assert request.response.status == 204
    assert "out of memory" in talk.journal(kind="event")[0].note


@pytest.mark.parametrize("how", ["abort", "lost", "broken"])
def test_a_call_is_cancelled_when_nobody_waits_for_it(how: str) -> None:
    talk, speaker, request = listening()
    if how == "abort":
        request.abort()
    elif how == "lost":
        assert speaker.connection is not None
        speaker.connection.lose()
    else:
        request.send(f"\r\n--{BOUNDARY}\r\nno header line\r\n\r\n".encode())
        assert request.response.status == 400
    assert not talk.calls
    assert not talk.machine.core.calls
    if how == "broken":
        assert request.end().status == 400


def test_a_request_without_end_waits_for_its_recogniser_all_the_same() -> None:
    talk, _, request = listening()
    talk.wait("30s")
    assert request.response.status is None
    talk.run_calls()
    assert request.response.status == 200
    assert talk.findings().count("request.not-ended") == 1
    assert finish(request).status == 200


# What may be interleaved


@pytest.mark.spec("C-046", "C-075")
def test_uploads_in_parallel_do_not_disturb_each_other(talk: Conversation, speaker: Speaker) -> None:
    recordings = talk.account.recordings
    texts = ["안녕", "오늘 날씨 어때", "지금 몇 시야"]
    for text in texts:
        recordings.enrol(pcm.spoken(text), text)
    requests = [speaker.say(f"d{number}") for number in range(len(texts))]
    for pieces in _in_turn([list(pcm.chunks(pcm.spoken(text))) for text in texts]):
        for request, piece in zip(requests, pieces, strict=True):
            if piece:
                request.send(piece)
    answers = [finish(request) for request in reversed(requests)][::-1]
    assert [answer.directives[0]["header"]["dialogRequestId"] for answer in answers] == ["d0", "d1", "d2"]
    assert [entry.words for entry in talk.journal(kind="event")] == texts


def _in_turn(columns: list[list[bytes]]) -> Iterable[list[bytes]]:
    for number in range(max(map(len, columns))):
        yield [column[number] if number < len(column) else b"" for column in columns]
