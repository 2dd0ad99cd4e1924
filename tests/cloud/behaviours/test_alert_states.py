"""Every pair of what an alert is and what may happen to it (C-101..C-114).

Expected by hand: what is pushed to the device, and what the alert is afterwards. Nothing is taken from the code.
"""

from collections.abc import Callable
from typing import Any

import pytest

from mockcloud.cic import operations as op
from mockcloud.cloud.accounts import Alert
from tests.cic.conversation import Conversation, Speaker

PAYLOAD = {"type": "ALARM", "token": "t", "scheduledTime": "2026-01-01T09:00:00+09:00"}
STATES = {
    "none": None,
    "asked for": {"awaits_report": True},
    "set": {},
    "ringing": {"ringing": True},
    "repeating": {"ringing": True, "repeat": (0, 1, 2, 3, 4, 5, 6)},
}


def event(name: str) -> Callable[[Conversation, Speaker], Any]:
    return lambda _, speaker: speaker.event(f"Alerts.{name}", {"token": "t", "type": "ALARM"})


def app(operation: Any) -> Callable[[Conversation, Speaker], Any]:
    return lambda talk, _: talk.ask(operation)


INPUTS = {
    "started": event("AlertStarted"),
    "stopped": event("AlertStopped"),
    "stop requested": event("RequestAlertStop"),
    "set reported": event("SetAlertSucceeded"),
    "failure reported": event("SetAlertFailed"),
    "deleted": event("DeleteAlertSucceeded"),
    "not deleted": event("DeleteAlertFailed"),
    "app deletes": app(op.DeleteAlert("default", "t")),
    "app stops": app(op.StopAlert("default", "t")),
}

STOP, DELETE, NEXT = ["Alerts.StopAlert"], ["Alerts.DeleteAlert"], ["Alerts.SetAlert"]
# What is pushed, and the state afterwards.
EXPECTED: dict[str, dict[str, tuple[list[str], str]]] = {
    "none": {
        "started": ([], "none"),
        "stopped": (DELETE, "none"),
        "stop requested": (STOP, "none"),
        "set reported": ([], "none"),
        "failure reported": ([], "none"),
        "deleted": ([], "none"),
        "not deleted": ([], "none"),
        "app deletes": ([], "none"),
        "app stops": ([], "none"),
    },
    "asked for": {
        "started": ([], "asked for, ringing"),
        "stopped": (DELETE, "none"),
        "stop requested": (STOP, "asked for"),
        "set reported": ([], "set"),
        "failure reported": ([], "none"),
        "deleted": ([], "none"),
        "not deleted": ([], "asked for"),
        "app deletes": (DELETE, "none"),
        "app stops": (STOP, "asked for"),
    },
    "set": {
        "started": ([], "ringing"),
        "stopped": (DELETE, "none"),
        "stop requested": (STOP, "set"),
        "set reported": ([], "set"),
        "failure reported": ([], "set"),
        "deleted": ([], "none"),
        "not deleted": ([], "set"),
        "app deletes": (DELETE, "none"),
        "app stops": (STOP, "set"),
    },
    "ringing": {
        "started": ([], "ringing"),
        "stopped": (DELETE, "none"),
        "stop requested": (STOP, "ringing"),
        "set reported": ([], "ringing"),
        "failure reported": ([], "ringing"),
        "deleted": ([], "none"),
        "not deleted": ([], "ringing"),
        "app deletes": (DELETE, "none"),
        "app stops": (STOP, "ringing"),
    },
    "repeating": {
        "started": ([], "repeating, ringing"),
        "stopped": (NEXT, "repeating"),
        "stop requested": (STOP, "repeating, ringing"),
        "set reported": ([], "repeating, ringing"),
        "failure reported": ([], "repeating, ringing"),
        "deleted": ([], "none"),
        "not deleted": ([], "repeating, ringing"),
        "app deletes": (DELETE, "none"),
        "app stops": (STOP, "repeating, ringing"),
    },
}


def state_of(alert: Alert | None) -> str:
    if alert is None:
        return "none"
    facts = {"asked for": alert.awaits_report, "repeating": bool(alert.repeat), "ringing": alert.ringing}
    return ", ".join(name for name, holds in facts.items() if holds) or "set"


def test_every_state_and_every_input_is_judged() -> None:
    assert set(EXPECTED) == set(STATES)
    assert all(set(row) == set(INPUTS) for row in EXPECTED.values())


@pytest.mark.spec("C-101", "C-105", "C-106", "C-107", "C-109", "C-110", "C-112", "C-113")
@pytest.mark.parametrize("what", INPUTS)
@pytest.mark.parametrize("state", STATES)
def test_each_pair(state: str, what: str) -> None:
    talk = Conversation()
    speaker = talk.speaker()
    given = STATES[state]
    if given is not None:
        talk.account.alerts["t"] = Alert(dict(PAYLOAD), "speaker", **given)
    INPUTS[what](talk, speaker)
    pushed = speaker.pushed_names()
    assert (pushed, state_of(talk.account.alerts.get("t"))) == EXPECTED[state][what]
