"""Alerts: the device rings, the cloud keeps the list (``cic/interfaces/alerts.md``)."""

from collections.abc import Mapping
from typing import Any

from mockcloud.cloud.accounts import Account, Alert
from mockcloud.cloud.behaviours.reports import reported
from mockcloud.cloud.turn import Turn
from mockcloud.vocabulary.replies import Reply, push
from mockcloud.wire.messages import Json

NAMESPACE = "Alerts"


def started(turn: Turn) -> Reply:
    """Mark it as ringing (C-106)."""
    alert = turn.account.alerts.get(turn.text("token"))
    if alert:
        alert.ringing = True
    return Reply(by="Alerts", because=("C-106",))


def request_stop(turn: Turn) -> Reply:
    """A button was pressed while it rang: StopAlert follows on the downchannel (C-107)."""
    return Reply((push("Alerts.StopAlert", _same(turn)),), "Alerts", ("C-107",))


def stopped(turn: Turn) -> Reply:
    """It rings no more: DeleteAlert follows on the downchannel (C-109)."""
    turn.account.alerts.pop(turn.text("token"), None)
    return Reply((push("Alerts.DeleteAlert", _same(turn)),), "Alerts", ("C-109",))


def synchronize(turn: Turn) -> Reply:
    """All alerts of the account for that device (C-166, C-169)."""
    return Reply((push("Alerts.SynchronizeAlert", {"allAlerts": all_alerts(turn)}),), "Alerts", ("C-166", "C-169"))


def all_alerts(turn: Turn) -> list[Json]:
    """Payloads of SetAlert for every alert of the device, in the order in which they were set."""
    return [alert.payload for alert in turn.account.alerts.values() if alert.device_id == turn.device.device_id]


def remember(account: Account, device_id: str, name: str, payload: Mapping[str, Any]) -> None:
    """The account's list follows what is sent: whoever sets an alert, the next synchronisation has it (C-101)."""
    if name == "Alerts.SetAlert":
        account.alerts[payload["token"]] = Alert(dict(payload), device_id)
    elif name == "Alerts.DeleteAlert":
        account.alerts.pop(payload["token"], None)


def _same(turn: Turn) -> dict[str, object]:
    return {name: turn.payload[name] for name in ("token", "type") if name in turn.payload}


TABLE = {
    "AlertStarted": started,
    "AlertStopped": stopped,
    "DeleteAlertFailed": reported("C-113"),
    "DeleteAlertSucceeded": reported("C-113"),
    "RequestAlertStop": request_stop,
    "RequestSynchronizeAlert": synchronize,
    "SetAlertFailed": reported("C-105"),
    "SetAlertSucceeded": reported("C-105"),
}
