"""Message ids, dialog ids and the envelope of directives (C-070..C-077)."""

from typing import Any

import pytest

from mockcloud.cic import operations as op
from mockcloud.speech import pcm
from mockcloud.wire.messages import dumps
from tests.cic.conversation import CLOSING, Conversation, Speaker, name_of

TYPED = "TextRecognizer.Recognize"


def dialogs(directives: list[Any]) -> list[str | None]:
    return [each["header"].get("dialogRequestId") for each in directives]


@pytest.mark.spec("C-070")
def test_every_directive_has_its_own_message_id_and_a_payload(talk: Conversation, speaker: Speaker) -> None:
    for text in ("안녕", "날씨", "음악 틀어줘"):
        speaker.event(TYPED, {"text": text}, dialog="d1")
    directives = [each for response in talk.responses.values() for each in response.directives]
    assert len(directives) > 5
    for directive in directives:
        assert set(directive) == {"header", "payload"}
        assert set(directive["header"]) <= {"namespace", "name", "messageId", "dialogRequestId"}
        assert isinstance(directive["payload"], dict)
    ids = [each["header"]["messageId"] for each in directives]
    assert len(set(ids)) == len(ids)


@pytest.mark.spec("C-071", "C-079")
@pytest.mark.parametrize("dialog", ["d1", "34abac3-cb46-611c-5111-47eab87b7", "임의의 글", " "])
def test_what_answers_a_request_carries_its_dialog_id(speaker: Speaker, dialog: str) -> None:
    answer = speaker.event(TYPED, {"text": "날씨"}, dialog=dialog)
    assert len(answer.directives) >= 2
    assert set(dialogs(answer.directives)) == {dialog}


@pytest.mark.spec("C-071")
def test_stop_capture_on_the_downchannel_carries_it_too(speaker: Speaker) -> None:
    request = speaker.say("d7")
    request.send(pcm.spoken("안녕") + pcm.silence(1000))
    assert [(name_of(each), dialogs([each])) for each in speaker.pushed()] == [("SpeechRecognizer.StopCapture", ["d7"])]


@pytest.mark.spec("C-071", "C-073")
def test_a_rule_s_answer_carries_it_and_its_push_does_not(talk: Conversation, speaker: Speaker) -> None:
    talk.scenario("""
- when: {event: TextRecognizer.Recognize}
  then: [{speak: 네}, {push: Clova.ExpectLogin}]
""")
    answer = speaker.event(TYPED, {"text": "x"}, dialog="d1")
    assert dialogs(answer.directives) == ["d1"]
    assert dialogs(speaker.pushed()) == [None]


@pytest.mark.spec("C-072", "C-073")
@pytest.mark.parametrize(
    ("event", "caused"),
    [
        ("Alerts.RequestAlertStop", ["Alerts.StopAlert"]),
        ("Alerts.AlertStopped", ["Alerts.DeleteAlert"]),
        ("Alerts.RequestSynchronizeAlert", ["Alerts.SynchronizeAlert"]),
        ("DeviceControl.ActionExecuted", ["DeviceControl.SynchronizeState", "DeviceControl.SynchronizeState"]),
        ("DeviceControl.RequestStateSynchronization", ["DeviceControl.ExpectReportState"]),
        ("PlaybackController.PauseCommandIssued", ["PlaybackController.ExpectPauseCommand"]),
        ("System.RequestSynchronizeState", ["System.SynchronizeState"]),
    ],
)
def test_what_an_event_causes_on_the_downchannel_has_no_dialog_id(
    talk: Conversation, event: str, caused: list[str]
) -> None:
    sender, other = talk.speaker("one"), talk.speaker("two")
    payload = {"token": "t", "type": "ALARM", "deviceId": "two"}
    state = {"header": {"namespace": "Device", "name": "DeviceState"}, "payload": {"actions": []}}
    sender.event(event, payload, dialog="d1", context=[state])
    pushed = sender.pushed() + other.pushed()
    assert [name_of(each) for each in pushed] == caused
    assert dialogs(pushed) == [None] * len(caused)


@pytest.mark.spec("C-074")
@pytest.mark.parametrize("dialog", ["d1", None])
def test_an_event_that_is_no_recognize_gets_its_dialog_id_back_or_none(speaker: Speaker, dialog: str | None) -> None:
    answer = speaker.event("SpeechSynthesizer.Request", {"text": "말", "lang": "ko"}, dialog=dialog)
    assert dialogs(answer.directives) == [dialog]


@pytest.mark.spec("C-042", "C-071")
@pytest.mark.parametrize("dialog", ["", None])
def test_without_a_dialog_id_the_answer_has_none(speaker: Speaker, dialog: str | None) -> None:
    answer = speaker.event(TYPED, {"text": "안녕"}, dialog=dialog)
    assert answer.status == 200
    assert dialogs(answer.directives) == [None]


@pytest.mark.spec("C-075", "C-046")
def test_an_older_dialog_is_answered_after_a_newer_one_began(speaker: Speaker) -> None:
    older = speaker.open_event(TYPED, {"text": "안녕"}, dialog="older")
    newer = speaker.event(TYPED, {"text": "안녕"}, dialog="newer")
    assert dialogs(newer.directives) == ["newer"]
    assert dialogs(older.end().directives) == ["older"]


@pytest.mark.spec("C-075")
def test_a_delayed_push_for_an_older_dialog(talk: Conversation, speaker: Speaker) -> None:
    header = {"namespace": "Clova", "name": "RenderText", "dialogRequestId": "older", "messageId": "mine"}
    speaker.event(TYPED, {"text": "안녕"}, dialog="newer")
    talk.ask(op.Push(directive={"header": header, "payload": {"text": "x"}}))
    (pushed,) = speaker.pushed()
    assert pushed["header"]["dialogRequestId"] == "older"
    assert pushed["header"]["messageId"] == "mine"


@pytest.mark.spec("C-076")
def test_any_text_is_a_message_id(talk: Conversation, speaker: Speaker) -> None:
    message = speaker.message(TYPED, {"text": "안녕"}, dialog="no uuid")
    message["event"]["header"]["messageId"] = "아무거나 1"
    speaker.event("", raw=dumps(message))
    assert talk.journal(kind="event")[0].message_id == "아무거나 1"


@pytest.mark.spec("C-077")
def test_a_made_up_directive_may_be_mixed_into_an_answer(talk: Conversation, speaker: Speaker) -> None:
    talk.may_be_invalid = True
    talk.scenario("""
- when: {event: TextRecognizer.Recognize}
  then:
    - speak: 하나
    - {directive: Made.Up, unchecked: true, with: {any: thing}}
    - {directive: Clova.RenderText, unchecked: true, payload: {}}
    - speak: 둘
""")
    answer = speaker.event(TYPED, {"text": "x"}, dialog="d1")
    assert answer.names == ["SpeechSynthesizer.Speak", "Made.Up", "Clova.RenderText", "SpeechSynthesizer.Speak"]
    assert dialogs(answer.directives) == ["d1"] * 4
    assert answer.directives[1]["payload"] == {"any": "thing"}
    assert [entry.name for entry in talk.journal(note="unchecked")] == ["Made.Up", "Clova.RenderText"]


@pytest.mark.spec("C-071", "C-083")
def test_speech_that_ends_by_itself_is_answered_under_its_dialog(talk: Conversation, speaker: Speaker) -> None:
    talk.ask(op.QueueUtterance(account="default", text="안녕"))
    request = speaker.say("d3")
    request.send(pcm.spoken("안녕"), CLOSING)
    assert dialogs(request.end().directives) == ["d3"]
