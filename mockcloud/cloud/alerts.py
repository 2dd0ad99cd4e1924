"""Alerts: the device rings, the cloud keeps the list (``cic/interfaces/alerts.md``, C-101..C-114).

Users set alerts by voice or in the app, and change and delete them in the app. Of a repeating alert a device knows
only the nearest occurrence.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from mockcloud.clock import Instant
from mockcloud.cloud.accounts import Account, Alert, Device
from mockcloud.cloud.templates import alert_template, text_template
from mockcloud.cloud.turn import Turn
from mockcloud.vocabulary.replies import Outgoing, push, speak
from mockcloud.wire.messages import Json

AlertType = Literal["ACTIONTIMER", "ALARM", "REMINDER", "TIMER"]
ALERT_TYPES: tuple[AlertType, ...] = get_args(AlertType)

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAILY = (0, 1, 2, 3, 4, 5, 6)
"""The ``repeat`` of an alert that rings every day; Monday is 0."""

REMINDER_BELL: Json = {
    "assets": [{"assetId": "bell", "url": "clova://alert/bell/reminder"}],
    "assetPlayOrder": ["bell"],
}
"""The device's own bell for reminders, the only one that is defined (C-104)."""


def set_alert(
    turn: Turn,
    kind: AlertType,
    when: datetime,
    label: str = "",
    repeat: Sequence[int] = (),
    action: Sequence[Outgoing] = (),
) -> tuple[Outgoing, ...]:
    """The SetAlert that answers a request of the user (C-102).

    ``when`` has a time zone, ``repeat`` holds days of the week (Monday is 0), ``action`` what an ACTIONTIMER does
    when it has run off.
    """
    alert = new_alert(turn.account, turn.device.device_id, kind, when, label, repeat, action)
    return (Outgoing("Alerts.SetAlert", alert.payload),)


def new_alert(
    account: Account,
    device_id: str,
    kind: AlertType,
    when: datetime,
    label: str = "",
    repeat: Sequence[int] = (),
    action: Sequence[Outgoing] = (),
    token: str = "",
) -> Alert:
    """Store an alert of a device under a new token, or change the one of this token (C-103)."""
    payload: Json = {"type": kind, "token": token or account.ids.uuid(), "scheduledTime": stamp(account, when)}
    if label:
        payload["label"] = label
    if kind == "REMINDER":
        payload |= REMINDER_BELL
    alert = Alert(payload, device_id, repeat=tuple(sorted(set(repeat))), action=tuple(action))
    account.alerts[payload["token"]] = alert
    return alert


def asked_for(
    account: Account,
    device_id: str,
    *,
    type: AlertType,  # noqa: A002 - the app's words
    scheduled_time: str,
    token: str = "",
    label: str = "",
    repeat: Sequence[str] = (),
    action: Sequence[Mapping[str, Any]] = (),
) -> Alert:
    """Store an alert as the app words it. Raises `ValueError` if ``scheduled_time`` is not a date."""
    when = datetime.fromisoformat(scheduled_time)
    if when.tzinfo is None:
        when = when.replace(tzinfo=account.clock.tzinfo())
    directives = [Outgoing(f"{one['namespace']}.{one['name']}", one.get("payload") or {}) for one in action]
    return new_alert(account, device_id, type, when, label, [DAYS.index(day) for day in repeat], directives, token)


def stamp(account: Account, when: datetime) -> str:
    """A time as alerts have it: local, with offset (``2026-01-01T07:30:00+09:00``)."""
    return when.astimezone(account.clock.tzinfo()).isoformat(timespec="seconds")


def due_of(account: Account, alert: Alert) -> datetime:
    """When it rings next."""
    return datetime.fromisoformat(alert.payload["scheduledTime"]).astimezone(account.clock.tzinfo())


def next_occurrence(scheduled: datetime, now: datetime, repeat: Sequence[int]) -> datetime:
    """The first time after both that falls on one of these days, at the same local time of day (C-110).

    Both have the account's time zone; ``repeat`` is not empty.
    """
    latest = max(scheduled, now.astimezone(scheduled.tzinfo))
    day = scheduled.replace(year=latest.year, month=latest.month, day=latest.day)
    while day <= latest or day.weekday() not in repeat:
        day += timedelta(days=1)
    return day


def of_device(account: Account, device: Device) -> list[Json]:
    """Payloads of SetAlert for every alert of the device, in the order in which they were set (C-166)."""
    return [alert.payload for alert in account.alerts.values() if alert.device_id == device.device_id]


def stop_ringing(turn: Turn) -> tuple[Outgoing, ...]:
    """A StopAlert for each alert that rings, as the context of the request says (C-108)."""
    active = turn.context("Alerts.AlertsState").get("activeAlerts")
    return tuple(
        Outgoing("Alerts.StopAlert", {"token": alert["token"], "type": alert["type"]})
        for alert in (active if isinstance(active, list) else ())
        if isinstance(alert, dict) and isinstance(alert.get("token"), str) and alert.get("type") in ALERT_TYPES
    )


def delete(account: Account, token: str) -> Outgoing | None:
    """Delete it as the app does: DeleteAlert on the downchannel of its device (C-112); ``None`` for an unknown one."""
    alert = account.alerts.pop(token, None)
    return push("Alerts.DeleteAlert", same(alert), to=alert.device_id) if alert else None


def stop(account: Account, token: str) -> Outgoing | None:
    """Stop it as the app does: StopAlert on the downchannel of its device; ``None`` for an unknown one."""
    alert = account.alerts.get(token)
    return push("Alerts.StopAlert", same(alert), to=alert.device_id) if alert else None


def same(alert: Alert) -> Json:
    """What StopAlert and DeleteAlert say of an alert."""
    return {"token": alert.payload["token"], "type": alert.payload["type"]}


def after_stop(account: Account, alert: Alert, now: Instant) -> tuple[Outgoing, ...]:
    """What follows when it rings no more: its next occurrence or its deletion, and what it was set for."""
    alert.ringing = False
    if alert.repeat:
        due = next_occurrence(due_of(account, alert), account.clock.date(now), alert.repeat)
        del account.alerts[alert.payload["token"]]
        if account.settings.behaviour.repeat_token == "new":
            alert.payload = {**alert.payload, "token": account.ids.uuid()}
        alert.payload = {**alert.payload, "scheduledTime": stamp(account, due)}
        account.alerts[alert.payload["token"]] = alert
        follows = push("Alerts.SetAlert", alert.payload)
    else:
        del account.alerts[alert.payload["token"]]
        follows = push("Alerts.DeleteAlert", same(alert))
    return (follows, *(push_action(action) for action in alert.action))


def push_action(action: Outgoing) -> Outgoing:
    """A directive of an action timer: nobody asks for it now, so it is pushed (C-111)."""
    return Outgoing(action.name, action.payload, via="downchannel", dialog=False, say=action.say, lang=action.lang)


def report(turn: Turn, alert: Alert, *, done: bool) -> tuple[Outgoing, ...]:
    """Tell the user what became of the alert that was asked for: Speak and RenderTemplate, whatever display (C-105)."""
    account, lang = turn.account, alert.lang or turn.lang
    said = _said(account, alert, lang, done=done)
    template = (
        alert_template(alert.payload, alert.repeat, said, [action.name for action in alert.action])
        if done
        else text_template(said)
    )
    via = account.settings.behaviour.alert_report
    spoken = speak(said, lang)
    dialog = alert.dialog_request_id or ""
    return (
        Outgoing(spoken.name, spoken.payload, via=via, dialog=False, say=said, lang=lang, dialog_request_id=dialog),
        Outgoing("Clova.RenderTemplate", template, via=via, dialog=False, dialog_request_id=dialog),
    )


_NAMES: dict[str, dict[str, str]] = {
    "ALARM": {"ko": "알람", "ja": "アラーム", "en": "alarm"},
    "TIMER": {"ko": "타이머", "ja": "タイマー", "en": "timer"},
    "REMINDER": {"ko": "리마인더", "ja": "リマインダー", "en": "reminder"},
    "ACTIONTIMER": {"ko": "예약", "ja": "予約", "en": "action timer"},
}


def _said(account: Account, alert: Alert, lang: str, *, done: bool) -> str:
    due = due_of(account, alert)
    name, hour = _NAMES[alert.payload["type"]][lang], due.hour % 12 or 12
    if lang == "ko":
        time = f"{'오후' if due.hour >= 12 else '오전'} {hour}시" + (f" {due.minute}분" if due.minute else "")
        return f"{time} {name} 설정을 완료했어요." if done else f"{name} 설정을 하지 못했어요."
    if lang == "ja":
        time = f"{'午後' if due.hour >= 12 else '午前'}{due.hour % 12}時" + (f"{due.minute}分" if due.minute else "")
        return f"{time}に{name}を設定しました。" if done else f"{name}を設定できませんでした。"
    return f"Your {name} is set for {due:%H:%M}." if done else f"I could not set the {name}."
