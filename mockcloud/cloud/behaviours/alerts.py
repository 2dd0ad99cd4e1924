"""Alerts: the device rings, the cloud keeps the list (``cic/interfaces/alerts.md``)."""

from mockcloud.cloud.accounts import Alert
from mockcloud.cloud.behaviours.reports import reported
from mockcloud.cloud.turn import Turn
from mockcloud.vocabulary.replies import Reply, push

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


def all_alerts(turn: Turn) -> list[dict[str, str]]:
    """Payloads of SetAlert for every alert of the device, in the order in which they were set."""
    return [_payload(alert) for alert in turn.account.alerts.values() if alert.device_id == turn.device.device_id]


def _payload(alert: Alert) -> dict[str, str]:
    return {"type": alert.type, "token": alert.token, "scheduledTime": alert.scheduled_time}


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
