"""Alerts: set, then ringing, then stopped; deleted on order alone. AlertsState agrees with what was reported
(D-098..D-112, D-203).

Whether an alert is set and whether it rings are two things: one that rings may be changed or deleted meanwhile.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from mockcloud.clock import Instant
from mockcloud.cloud.order.given import has_reacted, objects, remember
from mockcloud.vocabulary import Finding


class Setting(Enum):
    ORDERED = "was not reported as set"
    SET = "is set"
    FAILED = "could not be set, as was reported"
    DELETED = "was deleted, as was reported"


class Ringing(Enum):
    QUIET = "does not ring"
    RINGING = "rings already"
    STOPPED = "has rung before and was not set again"


SETS = {
    "SetAlertSucceeded": Setting.SET,
    "SetAlertFailed": Setting.FAILED,
    "DeleteAlertSucceeded": Setting.DELETED,
}
RINGS = {"AlertStarted": Ringing.RINGING, "AlertStopped": Ringing.STOPPED}

NOT_SET = frozenset((Setting.ORDERED, Setting.FAILED, Setting.DELETED))
"""An alert that has to be reported as set before it rings."""
WRONG = {
    (Ringing.RINGING, "AlertStarted"): "order.alert.repeated",
    (Ringing.STOPPED, "AlertStarted"): "order.alert.repeated",
    (Ringing.QUIET, "AlertStopped"): "order.alert.not-ringing",
    (Ringing.STOPPED, "AlertStopped"): "order.alert.not-ringing",
    (Ringing.QUIET, "RequestAlertStop"): "order.alert.not-ringing",
    (Ringing.STOPPED, "RequestAlertStop"): "order.alert.not-ringing",
}
_BECAUSE = {
    ("order.alert.repeated", "AlertStarted"): ("D-102", "D-112"),
    ("order.alert.not-ringing", "AlertStopped"): ("D-108", "D-109"),
    ("order.alert.not-ringing", "RequestAlertStop"): ("D-106",),
}
_SOURCE = "cic/interfaces/alerts.md"
_CONTEXT = "cic/context-objects.md § Alerts.AlertsState"


@dataclass(slots=True)
class Alert:
    """One alert of a device."""

    type: str = ""
    times: set[str] = field(default_factory=set)
    """Every ``scheduledTime`` that was sent for it."""
    setting: Setting = Setting.ORDERED
    ringing: Ringing = Ringing.QUIET
    to_report: int = 0
    """SetAlerts that were not answered by a report yet."""
    deletions: int = 0
    """DeleteAlerts that were not answered by a report yet."""
    stop_sent: bool = False
    changed_at: Instant | None = None
    """When a directive about it was sent; ``None``: its state is the device's own report."""
    contradicted: str = ""
    """How the context of the event before contradicted its state."""
    told: bool = False
    """That was a finding already."""


@dataclass(slots=True)
class Alerts:
    """The alerts of a device, by token."""

    known: dict[str, Alert] = field(default_factory=dict)

    def given(self, name: str, payload: Mapping[str, Any], now: Instant) -> None:
        """A directive about alerts was sent; ``name`` without the namespace."""
        if name in ("SynchronizeAlert", "SynchronizeState"):
            self._synchronised(objects(payload.get("allAlerts")), now)
            return
        token = payload.get("token")
        if not isinstance(token, str):
            return
        if name == "SetAlert":
            self._order(token, payload, now).to_report += 1
        alert = self.known.get(token)
        if alert is None:
            return
        alert.changed_at = now
        if name == "DeleteAlert":
            alert.deletions += 1
        elif name == "StopAlert":
            alert.stop_sent = True

    def _order(self, token: str, payload: Mapping[str, Any], now: Instant) -> Alert:
        alert = self.known.get(token) or Alert()
        remember(self.known, token, alert)
        alert.type = str(payload.get("type"))
        alert.times.add(str(payload.get("scheduledTime")))
        alert.changed_at, alert.contradicted, alert.told = now, "", False
        if alert.setting is not Setting.SET:  # one that is set rings at its old time until it is changed
            alert.setting = Setting.ORDERED
        if alert.ringing is Ringing.STOPPED:
            alert.ringing = Ringing.QUIET
        return alert

    def _synchronised(self, listed: list[Mapping[str, Any]], now: Instant) -> None:
        """Whether each is reported is open (D-117); what is not listed is to be removed (D-116)."""
        for payload in listed:
            if isinstance(token := payload.get("token"), str):
                alert = self._order(token, payload, now)
                alert.setting, alert.to_report = Setting.SET, alert.to_report + 1
        there = _tokens(listed)
        for token, alert in self.known.items():
            if token not in there:
                alert.setting, alert.deletions, alert.changed_at = Setting.DELETED, alert.deletions + 1, now

    def reported(self, name: str, payload: Mapping[str, Any]) -> list[Finding]:
        """``name``: without the namespace."""
        token = payload.get("token")
        alert = self.known.get(token) if isinstance(token, str) else None
        if alert is None or name not in (*SETS, *RINGS, "RequestAlertStop", "DeleteAlertFailed"):
            return []
        found = _wrong(alert, name)
        kind = payload.get("type")
        if isinstance(kind, str) and alert.type and kind != alert.type:
            said = f"the alert of this token was set as {alert.type}"
            found.append(Finding("order.alert.type", said, "event.payload.type", ("D-098",), source=_SOURCE))
        _take(alert, name)
        return found

    def in_context(self, state: Mapping[str, Any], at: str, now: Instant) -> list[Finding]:
        """Hold AlertsState against what was reported."""
        if not isinstance(state.get("allAlerts"), list) or not isinstance(state.get("activeAlerts"), list):
            return []
        every, active = objects(state["allAlerts"]), objects(state["activeAlerts"])
        found = [
            finding
            for name, shown in (("allAlerts", every), ("activeAlerts", active))
            for index, entry in enumerate(shown)
            for finding in self._changed(entry, f"{at}.{name}[{index}]")
        ]
        listed, ringing = _tokens(every), _tokens(active)
        for token, alert in self.known.items():
            contradiction = _contradiction(alert, token in listed, token in ringing)
            if contradiction and has_reacted(alert.changed_at, now) and not _is_to_be_deleted(alert):
                if alert.contradicted == contradiction and not alert.told:
                    alert.told = True
                    said, because, name = _SAID[contradiction]
                    said = f"the alert {token!r} {said}"
                    found.append(Finding("order.alert.context", said, f"{at}.{name}", because, source=_CONTEXT))
                alert.contradicted = contradiction
            else:
                alert.contradicted = ""
        return found

    def rings(self, token: Any) -> bool:
        alert = self.known.get(token) if isinstance(token, str) else None
        return alert is not None and alert.ringing is Ringing.RINGING

    def _changed(self, entry: Mapping[str, Any], at: str) -> list[Finding]:
        alert = self.known.get(str(entry.get("token")))
        if alert is None:
            return []
        found = []
        because = ("D-100", "D-203")
        if isinstance(time := entry.get("scheduledTime"), str) and time not in alert.times:
            said = f"{time!r} is not what was sent for this alert: {', '.join(sorted(alert.times))}"
            found.append(Finding("order.alert.changed", said, f"{at}.scheduledTime", because, source=_CONTEXT))
        if isinstance(kind := entry.get("type"), str) and kind != alert.type:
            said = f"the alert of this token was set as {alert.type}"
            found.append(Finding("order.alert.changed", said, f"{at}.type", because, source=_CONTEXT))
        return found


def _wrong(alert: Alert, name: str) -> list[Finding]:
    if name in ("SetAlertSucceeded", "SetAlertFailed") and not alert.to_report:
        said = f"{name}, but every SetAlert of this alert was reported before"
        return [Finding("order.alert.repeated", said, "event.header.name", ("D-098",), source=_SOURCE)]
    if name == "DeleteAlertSucceeded" and not alert.deletions:
        said = f"{name}, but no DeleteAlert of this alert is open"
        return [Finding("order.alert.unasked", said, "event.header.name", ("D-110",), source=_SOURCE)]
    if name == "AlertStarted" and alert.ringing is Ringing.QUIET and alert.setting in NOT_SET:
        said = f"{name}, but this alert {alert.setting.value}"
        return [Finding("order.alert.not-set", said, "event.header.name", ("D-098", "D-110"), source=_SOURCE)]
    code = WRONG.get((alert.ringing, name))
    if code is None or (name == "AlertStopped" and alert.stop_sent):
        return []
    said = f"{name}, but this alert {alert.ringing.value}"
    return [Finding(code, said, "event.header.name", _BECAUSE[code, name], source=_SOURCE)]


def _take(alert: Alert, name: str) -> None:
    alert.changed_at = None
    if name in SETS and not (name == "SetAlertFailed" and alert.setting is Setting.SET):
        alert.setting = SETS[name]
    if name in ("SetAlertSucceeded", "SetAlertFailed"):
        alert.to_report = max(0, alert.to_report - 1)
    elif name in ("DeleteAlertSucceeded", "DeleteAlertFailed"):
        alert.deletions = max(0, alert.deletions - 1)
    elif name in RINGS:
        alert.ringing, alert.stop_sent = RINGS[name], False


_SAID = {
    "missing": ("is set, but not in the list", ("D-100", "D-044"), "allAlerts"),
    "there": ("was deleted, but is still in the list", ("D-110", "D-116"), "allAlerts"),
    "silent": ("rings, but is not among those that do", ("D-103",), "activeAlerts"),
    "loud": ("is among those that ring, but does not", ("D-103", "D-109"), "activeAlerts"),
}


def _contradiction(alert: Alert, listed: bool, ringing: bool) -> str:
    """What of an alert's state the context denies: a key of `_SAID`, or nothing."""
    if alert.ringing is Ringing.RINGING and not ringing:
        return "silent"
    if alert.ringing is not Ringing.RINGING and ringing:
        return "loud"
    if alert.setting is Setting.SET and alert.ringing is not Ringing.STOPPED and not listed:
        return "missing"
    return "there" if alert.setting is Setting.DELETED and listed else ""


def _is_to_be_deleted(alert: Alert) -> bool:
    """A DeleteAlert is on its way."""
    return alert.deletions > 0 and alert.setting is not Setting.DELETED


def _tokens(entries: list[Mapping[str, Any]]) -> set[str]:
    return {token for entry in entries if isinstance(token := entry.get("token"), str)}
