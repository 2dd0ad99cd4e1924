"""Why no rule took an event: in the answer's header, in the journal, and in what ``GET /v1/unmatched`` shows."""

from typing import Any

from mockcloud.cic import operations as op
from tests.cic.conversation import Conversation

RULES = "  - {name: 날씨, when: {says: 오늘 날씨, state: asked}, then: [{speak: 맑아요}]}\n"


def unmatched(talk: Conversation) -> list[Any]:
    entries: list[Any] = talk.ask(op.ReadJournal(only="unmatched")).body["entries"]
    return entries


def test_an_event_that_nothing_took_names_the_nearest_rule() -> None:
    talk = Conversation()
    talk.scenario(RULES)
    device = talk.speaker()
    device.downchannel()
    response = device.event("TextRecognizer.Recognize", {"text": "zzz"}, dialog="d1")
    headers = dict(response.headers)
    assert response.status == 204
    assert headers["mockcloud-nearest"].isascii()
    assert r"rule '\ub0a0\uc528'" in headers["mockcloud-nearest"]
    (entry,) = unmatched(talk)
    assert "nearest: rule '날씨'" in str(entry["note"])
    (near,) = entry["nearest"]
    assert (near["rule"], near["held"]) == ("날씨", [])
    assert [one["path"] for one in near["failed"]] == ["state", "says"]


def test_the_diagnosis_speaks_of_the_state_that_the_event_met() -> None:
    talk = Conversation()
    talk.scenario(RULES)
    device = talk.speaker()
    device.downchannel()
    device.event("TextRecognizer.Recognize", {"text": "zzz"}, dialog="d1")
    talk.ask(op.SetState("default", "asked"))
    (entry,) = unmatched(talk)
    failed = entry["nearest"][0]["failed"]
    assert failed[0] == {"path": "state", "expected": "'asked'", "found": ""}


def test_without_rules_there_is_nothing_to_say() -> None:
    talk = Conversation()
    device = talk.speaker()
    device.downchannel()
    response = device.event("TextRecognizer.Recognize", {"text": "zzz"}, dialog="d1")
    assert "mockcloud-nearest" not in dict(response.headers)
    assert unmatched(talk)[0]["nearest"] == []
