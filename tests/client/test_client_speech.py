"""Dialogs and speech: what the user says, what the cloud says, and which of it still counts."""

import json

import pytest

from mockcloud.client.vocabulary import (
    DirectiveDropped,
    Initiator,
    Press,
    ResetRequest,
    ResponseReset,
    Say,
    SendData,
    Type,
    UploadEnded,
    WakeWord,
)
from mockcloud.speech import tone

SECOND_OF_SPEECH = bytes(range(256)) * 125
EARLY, LATE = tone.silence(480), tone.silence(960)


def mp3(speech):
    return speech.mp3


def speak(parts, token, url="cid:a", dialog=None, **more):
    return parts[0]("SpeechSynthesizer.Speak", {"format": "AUDIO_MPEG", "token": token, "url": url, **more}, dialog)


@pytest.mark.spec("D-063", "D-064", "D-066", "D-067", "D-068", "D-076")
def test_a_recognize_is_metadata_then_audio_parts_in_one_request(rig):
    rig.do(Say(pcm=SECOND_OF_SPEECH))
    rig.advance(2000)
    sent = rig.last("SpeechRecognizer.Recognize")
    request = next(r for r in rig.requests("/v1/events") if r.request == sent.request)
    boundary = dict(request.headers)["content-type"].removeprefix("multipart/form-data; boundary=")
    first, *audio, last = rig.body(sent.request).split(b"--" + boundary.encode())[1:]
    assert first.startswith(
        b'\r\nContent-Disposition: form-data; name="metadata"\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n'
    )
    assert json.loads(first.split(b"\r\n\r\n")[1]) == sent.message
    head = b'\r\nContent-Disposition: form-data; name="audio"\r\nContent-Type: application/octet-stream\r\n\r\n'
    assert all(part.startswith(head) and part.endswith(b"\r\n") for part in audio)
    assert b"".join(part[len(head) : -2] for part in audio) == SECOND_OF_SPEECH
    assert last == b"--\r\n"
    assert (sent.payload["lang"], sent.payload["profile"]) == ("ko", "CLOSE_TALK")
    assert sent.payload["format"] == "AUDIO_L16_RATE_16000_CHANNELS_1"


@pytest.mark.spec("D-065", "D-075")
def test_speech_is_sent_as_it_comes(rig):
    rig.do(Say(pcm=SECOND_OF_SPEECH))
    counts = []
    for _ in range(6):
        counts.append(len(rig.commands(SendData)))
        rig.advance(200)
    assert counts == [1, 2, 3, 4, 5, 6]
    assert all(len(d.data) - 6400 < 200 for d in rig.commands(SendData)[:5])
    assert rig.commands(SendData)[-1].end


def test_at_full_speed_the_same_parts_leave_at_once(make_rig):
    rig = make_rig(speed="max").start()
    rig.do(Say(pcm=SECOND_OF_SPEECH))
    assert [d.end for d in rig.commands(SendData)] == [False] * 5 + [True]


@pytest.mark.spec("D-074")
def test_stop_capture_ends_the_upload_at_once(rig):
    rig.do(Say(pcm=SECOND_OF_SPEECH * 4))
    rig.advance(500)
    rig.push("SpeechRecognizer.StopCapture", {}, rig.device.dialog.id)
    assert rig.commands(SendData)[-1].end
    sent = len(rig.commands(SendData))
    rig.advance(5000)
    assert len(rig.commands(SendData)) == sent
    assert rig.noted(UploadEnded)[0].stopped


@pytest.mark.spec("D-077", "D-050")
def test_stop_capture_of_another_dialog_does_not(rig):
    rig.do(Say(pcm=SECOND_OF_SPEECH))
    rig.push("SpeechRecognizer.StopCapture", {}, "another")
    rig.advance(2000)
    assert not rig.noted(UploadEnded)[0].stopped
    assert rig.noted(UploadEnded)[0].audio_bytes == len(SECOND_OF_SPEECH)


@pytest.mark.spec("D-078", "D-079")
def test_intermediate_results_disturb_nothing(rig):
    rig.do(Say(pcm=SECOND_OF_SPEECH))
    rig.push("SpeechRecognizer.ShowRecognizedText", {"text": "오늘"}, rig.device.dialog.id)
    rig.push("SpeechRecognizer.KeepRecording", {}, rig.device.dialog.id)
    rig.advance(2000)
    assert rig.noted(UploadEnded)[0].audio_bytes == len(SECOND_OF_SPEECH)


@pytest.mark.spec("D-069", "D-070", "D-071", "D-072", "D-222")
def test_the_initiator_tells_how_the_device_was_called(rig, make_rig):
    rig.do(Say(pcm=SECOND_OF_SPEECH, initiator=Initiator("WAKEWORD", wake_word=WakeWord(4800, 12000))))
    initiator = rig.last("SpeechRecognizer.Recognize").payload["initiator"]
    assert (initiator["type"], initiator["inputSource"]) == ("WAKEWORD", "SELF")
    assert initiator["payload"]["wakeWord"] == {
        "name": "clova",
        "indices": {"startIndexInSamples": 4800, "endIndexInSamples": 12000},
    }
    other = make_rig(access_token="another").start()
    other.do(Say(pcm=SECOND_OF_SPEECH))
    tapped = other.last("SpeechRecognizer.Recognize").payload["initiator"]
    assert tapped["type"] == "TAP"
    assert tapped["payload"]["deviceUUID"] == initiator["payload"]["deviceUUID"]


@pytest.mark.spec("D-046", "D-047", "D-054", "D-087")
def test_each_request_is_a_new_dialog(rig):
    rig.do(Type("하나"))
    rig.do(Type("둘"))
    rig.do(Say(pcm=SECOND_OF_SPEECH))
    ids = [e.dialog_request_id for e in rig.events if e.name.endswith(".Recognize")]
    assert len(set(ids)) == 3
    assert None not in ids
    assert rig.last("TextRecognizer.Recognize").payload == {"text": "둘"}


@pytest.mark.spec("D-049", "D-052", "D-054")
def test_the_answer_of_an_older_dialog_is_dropped(rig, parts):
    rig.do(Type("하나"))
    old = rig.last("TextRecognizer.Recognize")
    rig.do(Type("둘"))
    new = rig.last("TextRecognizer.Recognize")
    rig.answer(old.request, speak(parts, "old", "https://media.test/old.mp3", old.dialog_request_id))
    rig.answer(new.request, speak(parts, "new", dialog=new.dialog_request_id), parts[1]("a", mp3(EARLY)))
    rig.advance(3000)
    assert [e.payload["token"] for e in rig.named("SpeechSynthesizer.SpeechStarted")] == ["new"]
    assert rig.fetches() == []
    assert [d.directive.payload["token"] for d in rig.noted(DirectiveDropped)] == ["old"]


@pytest.mark.spec("D-089", "D-090", "D-096", "D-045")
def test_speech_is_reported_when_it_begins_and_ends(rig, parts):
    rig.do(Type("날씨"))
    sent = rig.last("TextRecognizer.Recognize")
    rig.answer(sent.request, speak(parts, "t", dialog=sent.dialog_request_id), parts[1]("a", mp3(LATE)))
    rig.advance(5000)
    assert rig.names[1:] == ["SpeechSynthesizer.SpeechStarted", "SpeechSynthesizer.SpeechFinished"]
    assert rig.times("SpeechSynthesizer.SpeechFinished") == [tone.duration_ms(mp3(LATE))]
    assert rig.played("speech")[0].audio == mp3(LATE)


@pytest.mark.spec("D-058", "D-059", "D-060", "D-092", "D-211")
def test_several_speaks_play_in_order_wherever_their_attachments_are(rig, parts):
    rig.do(Type("날씨"))
    sent = rig.last("TextRecognizer.Recognize")
    rig.answer(
        sent.request,
        parts[1]("b", mp3(EARLY)),
        speak(parts, "1", "cid:a", sent.dialog_request_id),
        speak(parts, "2", "cid:b", sent.dialog_request_id),
        parts[1]("a", mp3(LATE)),
    )
    rig.advance(5000)
    tokens = [(e.name.rpartition(".")[2], e.payload["token"]) for e in rig.events if "Speech" in e.name]
    assert tokens == [
        ("SpeechStarted", "1"),
        ("SpeechFinished", "1"),
        ("SpeechStarted", "2"),
        ("SpeechFinished", "2"),
    ]
    assert [p.audio for p in rig.played("speech")] == [mp3(LATE), mp3(EARLY)]


@pytest.mark.spec("D-094")
def test_silence_is_kept_before_an_utterance(rig, parts):
    rig.do(Type("날씨"))
    sent = rig.last("TextRecognizer.Recognize")
    second = speak(parts, "2", dialog=sent.dialog_request_id, **{"x-clova-pause-before": 3000})
    rig.answer(sent.request, speak(parts, "1", dialog=sent.dialog_request_id), second, parts[1]("a", mp3(EARLY)))
    rig.advance(9000)
    started = rig.times("SpeechSynthesizer.SpeechStarted")
    assert started[1] - rig.times("SpeechSynthesizer.SpeechFinished")[0] == 3000


@pytest.mark.spec("D-051", "D-091", "D-095")
def test_a_new_dialog_breaks_off_the_old_speech(rig, parts):
    rig.do(Type("하나"))
    old = rig.last("TextRecognizer.Recognize")
    rig.answer(
        old.request,
        *(speak(parts, token, dialog=old.dialog_request_id) for token in ("1", "2", "3")),
        parts[1]("a", mp3(LATE)),
    )
    rig.advance(100)
    rig.do(Type("둘"))
    rig.advance(5000)
    tokens = [(e.name.rpartition(".")[2], e.payload["token"]) for e in rig.events if "Speech" in e.name]
    assert tokens == [("SpeechStarted", "1"), ("SpeechStopped", "1")]
    assert rig.last("TextRecognizer.Recognize").context_of("SpeechSynthesizer.SpeechState") == {
        "token": "1",
        "playerActivity": "STOPPED",
    }


@pytest.mark.spec("D-093", "D-004")
def test_a_url_is_fetched_and_played(rig):
    rig.push("SpeechSynthesizer.Speak", {"token": "t", "url": "https://media.test/a.mp3?x=1"})
    fetch = rig.fetches()[0]
    assert fetch.url == "https://media.test/a.mp3?x=1"
    assert "user-agent" in dict(fetch.headers)
    assert "authorization" not in dict(fetch.headers)
    assert rig.names == []
    rig.reply(fetch.request, 200, mp3(EARLY))
    rig.advance(2000)
    assert rig.names == ["SpeechSynthesizer.SpeechStarted", "SpeechSynthesizer.SpeechFinished"]


def test_a_url_of_the_cloud_itself_is_fetched_on_its_connection(rig):
    rig.push("SpeechSynthesizer.Speak", {"token": "t", "url": "https://cic.test/media/a.mp3"})
    assert rig.fetches() == []
    assert [r.method for r in rig.requests("/media/a.mp3")] == ["GET"]
    rig.reply(rig.requests("/media/a.mp3")[0].request, 200, mp3(EARLY))
    rig.advance(2000)
    assert rig.names[-1] == "SpeechSynthesizer.SpeechFinished"


@pytest.mark.parametrize(("unreachable", "reports"), [("silent", 2), ("fail", 0)])
def test_an_utterance_without_sound_does_not_hold_up_the_others(make_rig, parts, unreachable, reports):
    rig = make_rig(unreachable_media=unreachable).start()
    rig.do(Type("날씨"))
    sent = rig.last("TextRecognizer.Recognize")
    rig.answer(sent.request, speak(parts, "1", "cid:missing"), speak(parts, "2"), parts[1]("a", mp3(EARLY)))
    rig.advance(3000)
    assert sum(e.payload == {"token": "1"} for e in rig.events) == reports
    assert sum(e.payload == {"token": "2"} for e in rig.events) == 2
    assert "no such attachment" in rig.troubles()[0]


@pytest.mark.spec("D-055")
@pytest.mark.parametrize("first", [True, False])
def test_an_unknown_directive_is_ignored_alone(rig, parts, first):
    rig.do(Type("날씨"))
    sent = rig.last("TextRecognizer.Recognize")
    both = [parts[0]("Test.Unknown"), speak(parts, "t")]
    rig.answer(sent.request, *(both if first else both[::-1]), parts[1]("a", mp3(EARLY)))
    rig.advance(2000)
    assert rig.names[-2:] == ["SpeechSynthesizer.SpeechStarted", "SpeechSynthesizer.SpeechFinished"]


def ask(rig, parts, *, explicit=True, timeout=7000):
    """A request that is answered with a question; returns its event."""
    rig.do(Type("알람"))
    sent = rig.last("TextRecognizer.Recognize")
    expect = {"expectSpeechId": "s-1", "explicit": explicit, "timeoutInMilliseconds": timeout}
    rig.answer(
        sent.request,
        speak(parts, "q", dialog=sent.dialog_request_id),
        parts[0]("SpeechRecognizer.ExpectSpeech", expect, sent.dialog_request_id),
        parts[1]("a", mp3(LATE)),
    )
    return sent


@pytest.mark.spec("D-048", "D-080", "D-082")
@pytest.mark.parametrize("explicit", [True, False])
def test_the_answer_to_a_question_continues_the_dialog(rig, parts, explicit):
    question = ask(rig, parts, explicit=explicit)
    rig.advance(3000)
    rig.do(Say(pcm=SECOND_OF_SPEECH))
    answer = rig.last("SpeechRecognizer.Recognize")
    assert answer.dialog_request_id == question.dialog_request_id
    assert (answer.payload["speechId"], answer.payload["explicit"]) == ("s-1", explicit)
    assert "SpeechSynthesizer.SpeechStopped" not in rig.names


@pytest.mark.spec("D-088")
def test_a_question_may_be_answered_by_typing(rig, parts):
    question = ask(rig, parts)
    rig.advance(3000)
    rig.do(Type("일곱 시"))
    answer = rig.last("TextRecognizer.Recognize")
    assert answer.dialog_request_id == question.dialog_request_id
    assert answer.payload == {"text": "일곱 시", "speechId": "s-1", "explicit": True}


@pytest.mark.spec("D-081")
def test_an_early_answer_waits_until_the_question_is_over_and_the_time_counts_from_there(rig, parts):
    ask(rig, parts, timeout=1000)
    rig.do(Say(pcm=SECOND_OF_SPEECH))
    assert "SpeechRecognizer.Recognize" not in rig.names
    rig.advance(tone.duration_ms(mp3(LATE)))
    assert rig.names[-2:] == ["SpeechSynthesizer.SpeechFinished", "SpeechRecognizer.Recognize"]


@pytest.mark.spec("D-085", "D-086")
def test_a_question_nobody_answers_lapses_without_a_word(rig, parts):
    question = ask(rig, parts, timeout=5000)
    rig.advance(10_000)
    assert rig.names[-1] == "SpeechSynthesizer.SpeechFinished"
    assert rig.states("microphone")[-1] == "SHUT"
    rig.do(Say(pcm=SECOND_OF_SPEECH))
    fresh = rig.last("SpeechRecognizer.Recognize")
    assert fresh.dialog_request_id != question.dialog_request_id
    assert "speechId" not in fresh.payload


@pytest.mark.spec("D-086")
def test_a_fresh_call_instead_of_an_answer_starts_a_dialog(rig, parts):
    question = ask(rig, parts)
    rig.do(Say(pcm=SECOND_OF_SPEECH, initiator=Initiator()))
    assert rig.last("SpeechRecognizer.Recognize").dialog_request_id != question.dialog_request_id
    assert rig.names[-2:] == ["SpeechSynthesizer.SpeechStopped", "SpeechRecognizer.Recognize"]


@pytest.mark.spec("D-217")
def test_content_from_elsewhere_ends_the_taking_of_speech(rig):
    rig.do(Say(pcm=SECOND_OF_SPEECH))
    request = rig.last("SpeechRecognizer.Recognize").request
    stream = {"token": "m", "url": "https://media.test/m.mp3", "urlPlayable": True, "beginAtInMilliseconds": 0}
    item = {"audioItemId": "i", "stream": stream}
    rig.push("AudioPlayer.Play", {"audioItem": item, "playBehavior": "REPLACE_ALL"})
    rig.reply(rig.fetches()[0].request, 200, mp3(LATE))
    assert ResetRequest(request) in rig.sent
    assert rig.names[-1] == "AudioPlayer.PlayStarted"


@pytest.mark.spec("D-218")
def test_a_notification_does_not(rig):
    rig.do(Say(pcm=SECOND_OF_SPEECH))
    rig.push(
        "Notifier.Notify",
        {
            "assets": [{"assetId": "1", "url": "clova://notifier/sound/default"}],
            "assetPlayOrder": ["1"],
            "light": "DEFAULT",
        },
    )
    rig.advance(3000)
    assert rig.noted(UploadEnded)[0].audio_bytes == len(SECOND_OF_SPEECH)


@pytest.mark.spec("D-221")
def test_a_muted_microphone_sends_nothing(rig):
    rig.do(Press("mic-mute"))
    rig.do(Say(pcm=SECOND_OF_SPEECH))
    assert rig.names == []
    assert rig.lights() == ["mute"]
    rig.do(Press("mic-mute"))
    rig.do(Say(pcm=SECOND_OF_SPEECH))
    assert rig.names == ["SpeechRecognizer.Recognize"]


@pytest.mark.spec("D-219", "D-225")
def test_the_light_follows_the_dialog(rig, parts):
    ask(rig, parts)
    rig.advance(3000)
    rig.do(Say(pcm=SECOND_OF_SPEECH))
    rig.advance(2000)
    rig.answer(rig.last("SpeechRecognizer.Recognize").request)
    assert rig.lights() == ["processing", "listening", "listening", "processing", "idle"]


def test_a_request_that_is_reset_frees_the_microphone(rig):
    rig.do(Say(pcm=SECOND_OF_SPEECH))
    rig.feed(ResponseReset(rig.last("SpeechRecognizer.Recognize").request, 8))
    rig.advance(3000)
    assert not any(d.end for d in rig.commands(SendData))
    assert rig.states("microphone")[-1] == "SHUT"
    assert "error" in rig.lights()
