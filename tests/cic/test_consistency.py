"""Messages that do not fit what has gone before: returned identifiers, tokens that nobody gave, missing attachments."""

import pytest

from mockcloud.cic import consistency
from mockcloud.cloud.accounts import Device
from mockcloud.wire.messages import Attachment, Directive, Event


def event(message_id: str, name: str = "Clova.ProcessDelegatedEvent", token: str | None = None) -> Event:
    namespace, _, short = name.partition(".")
    payload = {"token": token} if token else {}
    header = {"namespace": namespace, "name": short, "messageId": message_id}
    message = {"context": [], "event": {"header": header, "payload": payload}}
    return Event(namespace, short, message_id, payload, None, {}, message)


def speak(token: str, url: str, *attachments: str) -> Directive:
    payload = {"format": "AUDIO_MPEG", "token": token, "url": url}
    return Directive("SpeechSynthesizer", "Speak", "m", payload, None, tuple(Attachment(a, b"") for a in attachments))


@pytest.mark.spec("D-040")
def test_a_message_id_that_returns_is_found() -> None:
    device = Device("d")
    assert consistency.of_event(event("one"), device) == []
    assert consistency.of_event(event("two"), device) == []
    assert [f.code for f in consistency.of_event(event("one"), device)] == ["event.header.message-id-reused"]


def test_another_device_may_use_the_same() -> None:
    consistency.of_event(event("one"), Device("d"))
    assert consistency.of_event(event("one"), Device("e")) == []


def test_what_is_remembered_is_bounded() -> None:
    device = Device("d")
    for n in range(consistency.REMEMBERED + 10):
        consistency.of_event(event(str(n)), device)
    assert len(device.message_ids) == consistency.REMEMBERED
    assert consistency.of_event(event("0"), device) == []


@pytest.mark.spec("C-099", "D-135")
def test_a_report_about_something_that_was_never_sent_is_a_warning() -> None:
    device = Device("d")
    consistency.was_sent(device, speak("given", "cid:a", "a"))
    stream = {"audioItem": {"stream": {"token": "music"}}}
    consistency.was_sent(device, Directive("AudioPlayer", "Play", "m", stream))
    for name, token in (("SpeechSynthesizer.SpeechStarted", "given"), ("AudioPlayer.PlayStarted", "music")):
        assert consistency.of_event(event(token, name, token), device) == []
    (found,) = consistency.of_event(event("x", "SpeechSynthesizer.SpeechStarted", "invented"), device)
    assert (found.code, found.severity) == ("event.payload.token-unknown", "warning")


@pytest.mark.spec("C-053")
def test_a_cid_must_be_attached() -> None:
    there, missing = speak("t", "cid:a", "a"), speak("t", "cid:b", "a")
    assert consistency.of_directive(there, there.as_json(), "response") == []
    assert [f.code for f in consistency.of_directive(missing, missing.as_json(), "response")] == [
        "directive.attachment.missing"
    ]


@pytest.mark.spec("C-161")
def test_the_notifier_does_not_answer_events() -> None:
    notify = Directive("Notifier", "ClearIndicator", "m", {})
    assert [f.code for f in consistency.of_directive(notify, notify.as_json(), "response")] == ["directive.channel"]
    assert consistency.of_directive(notify, notify.as_json(), "downchannel") == []
