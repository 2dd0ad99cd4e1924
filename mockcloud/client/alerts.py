"""Alarms, timers, reminders (``cic/interfaces/alerts.md``).

    - The cloud keeps the alerts, the device rings. SetAlert adds or changes, DeleteAlert removes, each reported
      (D-098, D-110); SynchronizeAlert makes the list agree, unreported (D-116, D-117).
    - At its time an alert rings until StopAlert; a button only asks for that, and mutes meanwhile (D-102, D-106,
      D-108). An alert that begins to ring silences the one before (D-210).
    - With the connection the device loses the account's alerts; what rang then is reported as stopped as soon
      as there is a connection again (D-109, D-113).

An alert:

    WAITING --due--> RINGING --button--> ASKED_TO_STOP
    RINGING, ASKED_TO_STOP --stop--> DONE (kept until the cloud deletes or moves it)
    any --set to another time--> WAITING
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import Any

from mockcloud.client.core import Core, step
from mockcloud.client.events import Events
from mockcloud.client.sounds import Sound, Sounds
from mockcloud.client.vocabulary import Played, Rang, Shown
from mockcloud.clock import SECOND, Timer, instant_of
from mockcloud.wire.messages import Json

LATEST = 60 * SECOND
"""An alert that is set for a time longer ago than this cannot be set any more."""
TYPES = ("ACTIONTIMER", "ALARM", "REMINDER", "TIMER")


class State(Enum):
    WAITING = auto()
    RINGING = auto()
    ASKED_TO_STOP = auto()
    DONE = auto()


class On(Enum):
    DUE = auto()
    BUTTON = auto()
    STOP = auto()


class Action(Enum):
    RING = auto()
    ASK_TO_STOP = auto()
    STOP = auto()


TABLE: dict[tuple[State, On], tuple[State, Action]] = {
    (State.WAITING, On.DUE): (State.RINGING, Action.RING),
    (State.RINGING, On.BUTTON): (State.ASKED_TO_STOP, Action.ASK_TO_STOP),
    (State.RINGING, On.STOP): (State.DONE, Action.STOP),
    (State.ASKED_TO_STOP, On.STOP): (State.DONE, Action.STOP),
}
"""Pairs that are not in the table change nothing."""


@dataclass(slots=True, eq=False)
class Alert:
    token: str
    type: str
    scheduled_time: str
    due: int
    payload: Mapping[str, Any]
    state: State = State.WAITING
    timer: Timer | None = None
    sounds: list[Sound] = field(default_factory=list)
    audible: bool = False

    @property
    def is_ringing(self) -> bool:
        return self.state in (State.RINGING, State.ASKED_TO_STOP)

    def entry(self) -> Json:
        return {"token": self.token, "type": self.type, "scheduledTime": self.scheduled_time}


class Alerts:
    """``starting`` is called before an alert rings."""

    def __init__(self, core: Core, events: Events, sounds: Sounds, starting: Callable[[], None]) -> None:
        self._core = core
        self._events = events
        self._sounds = sounds
        self._starting = starting
        self._alerts: dict[str, Alert] = {}

    def feed(self, alert: Alert, on: On) -> None:
        action = step(TABLE, alert, on)
        if action is not None:
            ACTIONS[action](self, alert)

    # --- the cloud ---

    def set(self, payload: Mapping[str, Any]) -> None:
        alert = self._read(payload)
        if alert is None or alert.due < self._core.clock.at(self._core.now) - LATEST:
            self._report("SetAlertFailed", str(payload.get("token", "")), str(payload.get("type", "")))
            return
        self._put(alert)
        self._report("SetAlertSucceeded", alert.token, alert.type)

    def delete(self, payload: Mapping[str, Any]) -> None:
        token, kind = str(payload.get("token", "")), str(payload.get("type", ""))
        known = token in self._alerts
        if known:
            self._remove(token)
        self._report("DeleteAlertSucceeded" if known else "DeleteAlertFailed", token, kind)

    def stop(self, payload: Mapping[str, Any]) -> None:
        alert = self._alerts.get(str(payload.get("token", "")))
        if alert is not None:
            self.feed(alert, On.STOP)

    def synchronize(self, payload: Mapping[str, Any]) -> None:
        listed = payload.get("allAlerts")
        wanted = (
            [self._read(entry) for entry in listed if isinstance(entry, Mapping)] if isinstance(listed, list) else []
        )
        alerts = {alert.token: alert for alert in wanted if alert is not None}
        for token in [token for token in self._alerts if token not in alerts]:
            self._remove(token)
        for alert in alerts.values():
            old = self._alerts.get(alert.token)
            if old is None or old.scheduled_time != alert.scheduled_time or old.type != alert.type:
                self._put(alert)
            else:
                old.payload = alert.payload

    # --- the user and the world ---

    def press_stop(self) -> bool:
        """A button that stops was pressed: whether it was meant for an alert (D-106, D-213)."""
        ringing = [alert for alert in self._alerts.values() if alert.is_ringing]
        for alert in ringing:
            self.feed(alert, On.BUTTON)
        return bool(ringing)

    def forget(self) -> None:
        """The network is lost or the account gone (D-113)."""
        for token in list(self._alerts):
            self._remove(token)

    def context(self) -> Json:
        """``Alerts.AlertsState`` (D-100, D-103, D-203)."""
        return {
            "allAlerts": [alert.entry() for alert in self._alerts.values()],
            "activeAlerts": [alert.entry() for alert in self._alerts.values() if alert.is_ringing],
        }

    # --- actions ---

    def _ring(self, alert: Alert) -> None:
        self._starting()
        for other in self._alerts.values():
            self._hush(other)
        alert.audible = True
        self._report("AlertStarted", alert.token, alert.type)
        self._core.note(Rang(alert.token, alert.type, on=True))
        if alert.payload.get("label"):
            self._core.note(Shown("label", alert.payload["label"]))
        for url in asset_urls(alert.payload):
            self._core.note(Played("alert", alert.token, url))
            alert.sounds.append(self._sounds.at(url, _nothing, _nothing))

    def _ask_to_stop(self, alert: Alert) -> None:
        self._hush(alert)
        self._report("RequestAlertStop", alert.token, alert.type)

    def _stop(self, alert: Alert) -> None:
        self._hush(alert)
        self._report("AlertStopped", alert.token, alert.type)

    def _hush(self, alert: Alert) -> None:
        for sound in alert.sounds:
            self._sounds.stop(sound)
        alert.sounds.clear()
        if alert.audible:
            alert.audible = False
            self._core.note(Rang(alert.token, alert.type, on=False))

    def _put(self, alert: Alert) -> None:
        old = self._alerts.get(alert.token)
        if old is not None:
            self._core.timers.cancel(old.timer)
            self.feed(old, On.STOP)
        self._alerts[alert.token] = alert
        if alert.due < self._core.clock.at(self._core.now) - LATEST:
            alert.state = State.DONE
        else:
            alert.timer = self._core.at_date(alert.due, lambda: self.feed(alert, On.DUE))

    def _remove(self, token: str) -> None:
        alert = self._alerts.pop(token)
        self._core.timers.cancel(alert.timer)
        self.feed(alert, On.STOP)

    def _read(self, payload: Mapping[str, Any]) -> Alert | None:
        token, kind, when = (str(payload.get(key, "")) for key in ("token", "type", "scheduledTime"))
        try:
            date = datetime.fromisoformat(when)
        except ValueError:
            return None
        if not token or kind not in TYPES:
            return None
        if date.tzinfo is None:
            date = date.replace(tzinfo=self._core.clock.tzinfo())
        return Alert(token, kind, when, instant_of(date), payload)

    def _report(self, name: str, token: str, kind: str) -> None:
        self._events.send(f"Alerts.{name}", {"token": token, "type": kind})


ACTIONS: dict[Action, Callable[[Alerts, Alert], None]] = {
    Action.RING: Alerts._ring,
    Action.ASK_TO_STOP: Alerts._ask_to_stop,
    Action.STOP: Alerts._stop,
}


def asset_urls(payload: Mapping[str, Any]) -> list[str]:
    """The URLs of ``assets`` in the order of ``assetPlayOrder`` (D-105, D-187)."""
    assets, order = payload.get("assets"), payload.get("assetPlayOrder")
    if not isinstance(assets, list) or not isinstance(order, list):
        return []
    urls = {a.get("assetId"): a.get("url") for a in assets if isinstance(a, Mapping)}
    return [str(urls[asset_id]) for asset_id in order if urls.get(asset_id)]


def _nothing() -> None:
    pass
