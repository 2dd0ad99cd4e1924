"""Rules that no schema holds: between the fields of a message, and between messages of a conversation."""

from typing import Any

import pytest

from mockcloud.catalogue import Catalogue
from mockcloud.catalogue.rules import missing_attachments, repeated_message_id, unknown_token, wrong_channel

CATALOGUE = Catalogue.load()


def directive(full_name: str, payload: dict[str, Any], **more: str) -> dict[str, Any]:
    namespace, _, name = full_name.partition(".")
    return {
        "directive": {"header": {"namespace": namespace, "name": name, "messageId": "m", **more}, "payload": payload}
    }


def recognize(start: Any, end: Any, key: str = "wakeWord") -> dict[str, Any]:
    heard = {"indices": {"startIndexInSamples": start, "endIndexInSamples": end}}
    header = {"namespace": "SpeechRecognizer", "name": "Recognize", "messageId": "m", "dialogRequestId": "d"}
    initiator = {"inputSource": "SELF", "type": "WAKEWORD", "payload": {"deviceUUID": "a", key: heard}}
    return {"context": [], "event": {"header": header, "payload": {"lang": "ko", "initiator": initiator}}}


@pytest.mark.spec("D-072")
@pytest.mark.parametrize("key", ["wakeWord", "wakeword"])
def test_a_wake_word_ends_after_it_begins(key: str) -> None:
    place = f"event.payload.initiator.payload.{key}.indices.endIndexInSamples"
    assert not [f for f in CATALOGUE.check_event(recognize(0, 9, key)) if f.severity == "violation"]
    for start, end in ((9, 9), (10, 9)):
        wrong = [f for f in CATALOGUE.check_event(recognize(start, end, key)) if f.severity == "violation"]
        assert [(f.path, f.code) for f in wrong] == [(place, "event.payload.wake-word-order")]
    assert [f.path for f in CATALOGUE.check_event(recognize("x", 9)) if f.severity == "violation"] == [
        "event.payload.initiator.payload.wakeWord.indices.startIndexInSamples"
    ]


@pytest.mark.spec("D-105", "C-163")
def test_the_order_of_assets_names_assets() -> None:
    payload = CATALOGUE.example("directive", "Notifier.Notify")
    assert CATALOGUE.check_directive(directive("Notifier.Notify", payload)) == []
    payload["assetPlayOrder"].append("nobody")
    (finding,) = CATALOGUE.check_directive(directive("Notifier.Notify", payload))
    place = f"directive.payload.assetPlayOrder[{len(payload['assetPlayOrder']) - 1}]"
    assert (finding.severity, finding.path) == ("warning", place)


@pytest.mark.spec("C-161")
def test_a_notification_belongs_to_no_dialog_and_travels_on_the_downchannel() -> None:
    (finding,) = CATALOGUE.check_directive(directive("Notifier.ClearIndicator", {}, dialogRequestId="d"))
    assert (finding.severity, finding.path) == ("warning", "directive.header.dialogRequestId")
    assert wrong_channel("Notifier.Notify", "downchannel") == []
    (finding,) = wrong_channel("Notifier.Notify", "response")
    assert (finding.severity, finding.because) == ("violation", ("C-161",))
    assert wrong_channel("AudioPlayer.Play", "response") == wrong_channel("AudioPlayer.Play", "downchannel") == []


@pytest.mark.spec("D-040", "C-070")
def test_a_message_id_is_used_once() -> None:
    hello = directive("Clova.Hello", {})
    assert repeated_message_id("directive", hello, {"a", "b"}) == []
    (finding,) = repeated_message_id("directive", hello, {"a", "m"})
    assert (finding.path, finding.because) == ("directive.header.messageId", ("C-070",))
    (finding,) = repeated_message_id("event", recognize(0, 9), {"m"})
    assert (finding.path, finding.because) == ("event.header.messageId", ("D-040",))
    assert repeated_message_id("event", {"event": 5}, {"m"}) == []


@pytest.mark.spec("C-053")
def test_an_attachment_that_a_directive_refers_to_is_there() -> None:
    speak = directive("SpeechSynthesizer.Speak", {"format": "AUDIO_MPEG", "token": "t", "url": "cid:a"})
    assert missing_attachments(speak, {"a", "b"}) == []
    (finding,) = missing_attachments(speak, {"cid:a"})
    assert (finding.path, finding.because) == ("directive.payload.url", ("C-053",))
    speak["directive"]["payload"]["url"] = "https://example.com/a.mp3"
    assert missing_attachments(speak, ()) == []


@pytest.mark.spec("C-099", "D-135")
def test_a_report_names_something_that_was_sent() -> None:
    started = {"context": [], "event": {"header": {}, "payload": {"token": "t"}}}
    assert unknown_token("SpeechSynthesizer.SpeechStarted", started, {"t"}) == []
    (finding,) = unknown_token("SpeechSynthesizer.SpeechStarted", started, {"u"})
    assert (finding.severity, finding.path) == ("warning", "event.payload.token")
    assert unknown_token("TemplateRuntime.RequestPlayerInfo", started, ()) == []
