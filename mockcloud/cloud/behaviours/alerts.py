"""Alerts: reports of ringing, and the list of all alerts (``cic/interfaces/alerts.md``)."""

from collections.abc import Callable

from mockcloud.cloud import alerts
from mockcloud.cloud.behaviours.reports import reported
from mockcloud.cloud.turn import Turn
from mockcloud.vocabulary.replies import Outgoing, Reply, push

NAMESPACE = "Alerts"


def started(turn: Turn) -> Reply:
    """Mark it as ringing (C-106)."""
    alert = turn.account.alerts.get(turn.text("token"))
    if alert:
        alert.ringing = True
    return Reply(by=NAMESPACE, because=("C-106",))


def request_stop(turn: Turn) -> Reply:
    """A button was pressed while it rang: StopAlert follows on the downchannel (C-107)."""
    return Reply(_same(turn, "StopAlert"), NAMESPACE, ("C-107",))


def stopped(turn: Turn) -> Reply:
    """It rings no more: on the downchannel follow DeleteAlert or the next occurrence, and what an action timer does."""
    account = turn.account
    alert = account.alerts.get(turn.text("token"))
    if alert is None:
        return Reply(_same(turn, "DeleteAlert"), NAMESPACE, ("C-109",))
    because = ("C-110" if alert.repeat else "C-109", *(("C-111",) if alert.action else ()))
    return Reply(alerts.after_stop(account, alert, turn.now), NAMESPACE, because)


def set_reported(*, done: bool) -> Callable[[Turn], Reply]:
    """The user is told what became of an alert asked for by voice; of others nothing follows (C-105)."""

    def behaviour(turn: Turn) -> Reply:
        alert = turn.account.alerts.get(turn.text("token"))
        if alert is None or not alert.awaits_report:
            return Reply(by="report", because=("C-105",))
        alert.awaits_report = False
        if not done:
            del turn.account.alerts[alert.payload["token"]]
        return Reply(alerts.report(turn, alert, done=done), NAMESPACE, ("C-105",))

    return behaviour


def deleted(turn: Turn) -> Reply:
    """The device has dropped it, so does the account (C-113)."""
    turn.account.alerts.pop(turn.text("token"), None)
    return Reply(by="report", because=("C-113",))


def synchronize(turn: Turn) -> Reply:
    """All alerts of the account for that device (C-166, C-169)."""
    return Reply((everything(turn, "Alerts.SynchronizeAlert"),), NAMESPACE, ("C-166", "C-169"))


def everything(turn: Turn, name: str) -> Outgoing:
    """A directive with the device's alerts, on the downchannel or, by setting, in the response."""
    payload = {"allAlerts": alerts.of_device(turn.account, turn.device)}
    if turn.account.settings.behaviour.synchronize_alerts == "response":
        return Outgoing(name, payload)
    return push(name, payload)


def _same(turn: Turn, name: str) -> tuple[Outgoing, ...]:
    """StopAlert or DeleteAlert with token and type of the event; if it has no usable type, with the stored one."""
    token, kind = turn.text("token"), turn.text("type")
    known = turn.account.alerts.get(token)
    if kind not in alerts.ALERT_TYPES:
        kind = known.payload["type"] if known else ""
    return (push(f"Alerts.{name}", {"token": token, "type": kind}),) if kind else ()


TABLE = {
    "AlertStarted": started,
    "AlertStopped": stopped,
    "DeleteAlertFailed": reported("C-113"),
    "DeleteAlertSucceeded": deleted,
    "RequestAlertStop": request_stop,
    "RequestSynchronizeAlert": synchronize,
    "SetAlertFailed": set_reported(done=False),
    "SetAlertSucceeded": set_reported(done=True),
}
