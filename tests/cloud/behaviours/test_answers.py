"""The table of what answers an event, row by row, in both editions (`answers.yaml`)."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from mockcloud.catalogue import EDITIONS
from mockcloud.cic import operations as op
from mockcloud.cloud.accounts import Account, Alert, Delegation
from mockcloud.cloud.behaviours import TABLE
from mockcloud.cloud.playback import note_play
from mockcloud.cloud.streams import play_track, track
from mockcloud.settings import Edition, apply
from mockcloud.speech import pcm
from mockcloud.vocabulary.replies import Outgoing
from mockcloud.wire.messages import split_name
from tests.cic.conversation import CLOSING, Conversation, Response, Speaker, catalogue

ROWS: list[dict[str, Any]] = YAML(typ="safe").load(Path(__file__).with_name("answers.yaml"))
DECIDED_BY = {"report", "nothing", "not understood", "assistant greeting"}
"""Who decides, if it is not the interface."""
IN_THE_INDEX_ONLY = {"SpeechRecognizer.Recognize", "TextRecognizer.Recognize"}

STATE = {"volume": {"actions": ["SetValue"], "min": 0, "max": 10, "value": 5}}


def rows() -> list[Any]:
    return [
        pytest.param(edition, row, id=f"{edition}-{row['event']}-{number}")
        for edition in EDITIONS
        for number, row in enumerate(ROWS)
    ]


def prepare(talk: Conversation, account: Account, given: dict[str, Any]) -> None:
    speaker = account.device("speaker")
    if "settings" in given:
        account.settings = apply(account.settings, {"behaviour": given["settings"]})
    if alert := given.get("alert"):
        payload = {"type": alert["type"], "token": "t1", "scheduledTime": "2026-01-01T09:00:00+09:00"}
        action = tuple(Outgoing(name, payload) for name, payload in alert.get("action", {}).items())
        account.alerts["t1"] = Alert(
            payload,
            "speaker",
            repeat=tuple(alert.get("repeat", ())),
            action=action,
            awaits_report=alert.get("by_voice", False),
            dialog_request_id="asked-in" if alert.get("by_voice") else None,
        )
    if "playing" in given:
        one = track("mockcloud-1")
        assert one
        note_play(speaker.player, play_track(one, token=given["playing"]))
    if "asked_for_state_by" in given:
        speaker.playback_askers.append(given["asked_for_state_by"])
    for delegation_id, words in given.get("delegated", {}).items():
        account.delegations[delegation_id] = Delegation("speaker", words)
    account.buttons.update(given.get("buttons", {}))
    if "says" in given:
        talk.ask(op.QueueUtterance(account=account.id, text=given["says"]))


def context_of(row: dict[str, Any]) -> list[Any]:
    objects = {"Device.DeviceState": STATE, **row.get("context", {})}
    return [
        {"header": dict(zip(("namespace", "name"), split_name(name), strict=True)), "payload": payload}
        for name, payload in objects.items()
    ]


def send(speaker: Speaker, row: dict[str, Any]) -> Response:
    if not row.get("audio"):
        return speaker.event(row["event"], row["payload"], context=context_of(row))
    request = speaker.say(**row["payload"])
    request.send(pcm.spoken("안녕"), pcm.silence(1000), CLOSING)
    return request.end()


@pytest.mark.spec(
    "C-047", "C-079", "C-080", "C-089", "C-092", "C-093", "C-095", "C-099", "C-105", "C-106",
    "C-107", "C-109", "C-110", "C-111", "C-113", "C-118", "C-121", "C-123", "C-124", "C-125",
    "C-127", "C-128", "C-129", "C-130", "C-131", "C-132", "C-142", "C-143", "C-144", "C-145",
    "C-147", "C-148", "C-155", "C-157", "C-159", "C-160", "C-166", "C-167", "C-170", "C-175",
)  # fmt: skip
@pytest.mark.parametrize(("edition", "row"), rows())
def test_what_answers_an_event(edition: Edition, row: dict[str, Any]) -> None:
    talk = Conversation(edition=edition)
    speaker, tv = talk.speaker("speaker"), talk.speaker("tv")
    talk.login("watch")
    row = row | row.get(edition, {})
    prepare(talk, talk.account, row.get("given", {}))
    answer = send(speaker, row)
    down = row.get("down", {})
    assert answer.status == row["status"]
    assert (answer.names if answer.status == 200 else []) == row.get("response", [])
    assert speaker.pushed_names() == down.get("speaker", [])
    assert tv.pushed_names() == down.get("tv", [])
    (entry,) = talk.journal(kind="event")
    assert entry.because, "the journal says what the answer rests on"
    assert entry.rule in DECIDED_BY or entry.rule == split_name(row["event"])[0], "and who decided"
    assert entry.unmatched == row.get("unmatched", False)
    if not row.get("audio"):
        assert set(entry.because) & set(row["items"]) or row["event"] == "TextRecognizer.Recognize"


def test_every_event_of_the_catalogue_has_a_row() -> None:
    asked = {row["event"] for row in ROWS}
    assert {name for edition in EDITIONS for name in catalogue().names("event", edition)} <= asked
    assert set(TABLE) | IN_THE_INDEX_ONLY <= asked


@pytest.mark.spec("C-047", "C-160")
@pytest.mark.parametrize(
    ("event", "payload"), [("Made.Up", {}), ("Clova.ProcessDelegatedEvent", {"delegationId": "unheard-of"})]
)
def test_what_is_204_for_want_of_better_is_400_if_strict(event: str, payload: Any) -> None:
    talk = Conversation(strict=True)
    assert talk.speaker().event(event, payload).status == 400


def test_the_marks_of_the_table_are_those_of_its_rows() -> None:
    (marks,) = [mark.args for mark in test_what_answers_an_event.pytestmark if mark.name == "spec"]
    assert set(marks) == {item for row in ROWS for item in row["items"]}
