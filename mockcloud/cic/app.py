"""The companion app's side: what a user does there, as operations of the control API.

What follows for devices goes onto their downchannels (C-103, C-112, C-123, C-155, C-158, C-161).
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from mockcloud.cic import downchannel
from mockcloud.cic import operations as op
from mockcloud.cic.core import Core
from mockcloud.cic.delivery import channel_of
from mockcloud.cic.operations import Outcome, problem
from mockcloud.cloud import alerts, bluetooth, delegation, notifications, playback, registry, tokens
from mockcloud.cloud.accounts import Account, Alert, Device
from mockcloud.cloud.alerts import DAYS
from mockcloud.vocabulary.replies import Outgoing, push
from mockcloud.wire.messages import Json


def _account(core: Core, asked: Any) -> Account:
    return core.accounts.by_id[asked.account]


def _tell(core: Core, account: Account, directives: Iterable[Outgoing], *because: str) -> list[str]:
    """Push them; returns their names."""
    names = []
    for outgoing in directives:
        downchannel.deliver(core, account, outgoing, sender=None, event=None, by="app", because=because)
        names.append(outgoing.name)
    return names


def _no_device(account: Account, device_id: str | None) -> Outcome | None:
    """The problem with a device id that the account does not know."""
    if device_id is None or device_id in account.devices:
        return None
    known = ", ".join(account.devices) or "none"
    return problem(404, "No such device", f"the account has no device {device_id!r}; there are: {known}")


# Alerts


def set_alert(core: Core, asked: op.SetAlert) -> Outcome:
    account = _account(core, asked)
    if refused := _no_device(account, asked.device) or _wrong_alert(core, account, asked):
        return refused
    when = datetime.fromisoformat(asked.scheduled_time)
    if when.tzinfo is None:
        when = when.replace(tzinfo=account.clock.tzinfo())
    alert = alerts.new_alert(
        account,
        asked.device,
        asked.type,
        when,
        asked.label,
        [DAYS.index(day) for day in asked.repeat],
        [Outgoing(name, payload) for name, payload in asked.action],
        asked.token,
    )
    _tell(core, account, [push("Alerts.SetAlert", alert.payload, to=asked.device)], "C-103")
    return Outcome(201, _described(alert))


def _wrong_alert(core: Core, account: Account, asked: op.SetAlert) -> Outcome | None:
    try:
        year = datetime.fromisoformat(asked.scheduled_time).year
    except ValueError:
        year = 0
    if not 1970 < year < 9999:
        said = f"scheduled_time {asked.scheduled_time!r} is not a time such as 2026-01-01T07:30:00"
        return problem(422, "Wrong time", said)
    unknown = [day for day in asked.repeat if day not in DAYS]
    if unknown:
        return problem(422, "Wrong day", f"repeat: {unknown[0]!r} is none of {', '.join(DAYS)}")
    if asked.action and asked.type != "ACTIONTIMER":
        return problem(422, "No action timer", f"action belongs to an ACTIONTIMER, not to this {asked.type}")
    for name, payload in asked.action:
        findings = core.catalogue.check_payload("directive", name, payload, account.edition)
        wrong = [finding for finding in findings if finding.severity == "violation"]
        if wrong:
            return problem(
                422,
                "The directive breaks the specification",
                f"action: {name}: {wrong[0].said}",
                violations=[finding.as_json() for finding in wrong],
            )
    return None


def list_alerts(core: Core, asked: op.ListAlerts) -> Outcome:
    return Outcome(200, {"alerts": [_described(alert) for alert in _account(core, asked).alerts.values()]})


def _described(alert: Alert) -> Json:
    return {
        "device": alert.device_id,
        "alert": alert.payload,
        "ringing": alert.ringing,
        "repeat": [DAYS[day] for day in alert.repeat],
        "action": [{"name": one.name, "payload": one.payload} for one in alert.action],
    }


def delete_alert(core: Core, asked: op.DeleteAlert) -> Outcome:
    account = _account(core, asked)
    deletion = alerts.delete(account, asked.token)
    if deletion is None:
        return _no_alert(account, asked.token)
    _tell(core, account, [deletion], "C-112")
    return Outcome(204)


def stop_alert(core: Core, asked: op.StopAlert) -> Outcome:
    account = _account(core, asked)
    stop = alerts.stop(account, asked.token)
    if stop is None:
        return _no_alert(account, asked.token)
    _tell(core, account, [stop], "C-107")
    return Outcome(204)


def _no_alert(account: Account, token: str) -> Outcome:
    known = ", ".join(account.alerts) or "none"
    return problem(404, "No such alert", f"the account has no alert {token!r}; there are: {known}")


# Playback


def request_playback(core: Core, asked: op.RequestPlayback) -> Outcome:
    account = _account(core, asked)
    if refused := _no_device(account, asked.device):
        return refused
    directives = playback.ask_for_states(account, None, asked.device or "")
    _tell(core, account, directives, "C-123")
    return Outcome(202, {"asked": [directive.to for directive in directives]})


def read_playback(core: Core, asked: op.ReadPlayback) -> Outcome:
    states = [
        {"device": device.device_id, "state": device.player.reported}
        for device in _account(core, asked).devices.values()
        if device.player.reported
    ]
    return Outcome(200, {"states": states})


def request_player_info(core: Core, asked: op.RequestPlayerInfo) -> Outcome:
    account = _account(core, asked)
    if refused := _no_device(account, asked.device):
        return refused
    _tell(core, account, [playback.expect_player_info(asked.device)], "C-174")
    return Outcome(202, {"asked": [asked.device]})


# Delegation, Bluetooth, notifications, buttons


def delegate(core: Core, asked: op.Delegate) -> Outcome:
    account = _account(core, asked)
    if refused := _no_device(account, asked.device):
        return refused
    directive = delegation.delegate(account, asked.device, asked.text)
    _tell(core, account, [directive], "C-158")
    return Outcome(202, {"delegation_id": directive.payload["delegationId"]})


def give_pin(core: Core, asked: op.GivePin) -> Outcome:
    account = _account(core, asked)
    if refused := _no_device(account, asked.device):
        return refused
    wanted_for = account.devices[asked.device].pin_wanted_for
    directives = bluetooth.give_pin(account.devices[asked.device], asked.pin)
    if not directives:
        return problem(409, "No PIN is wanted", f"{asked.device!r} has not asked for a PIN, or has cancelled (C-156)")
    _tell(core, account, directives, "C-155")
    return Outcome(200, {"wanted_for": wanted_for})


def notify(core: Core, asked: op.Notify) -> Outcome:
    account = _account(core, asked)
    if refused := _no_device(account, asked.device):
        return refused
    to = asked.device or "*"
    if asked.present:
        directives = notifications.notify(account, asked.text, to=to, light=asked.light, sounds=asked.sounds)
    else:
        directives = notifications.set_indicator(
            account, asked.text, new=asked.new, to=to, light=asked.light, sounds=asked.sounds
        )
    _tell(core, account, directives, "C-161", "C-162" if not asked.present else "C-163")
    return Outcome(202, {"unseen": list(account.notifications)})


def clear_notifications(core: Core, asked: op.ClearNotifications) -> Outcome:
    account = _account(core, asked)
    _tell(core, account, notifications.clear_indicator(account), "C-165")
    return Outcome(204)


def assign_button(core: Core, asked: op.AssignButton) -> Outcome:
    account = _account(core, asked)
    if asked.text:
        account.buttons[asked.button] = asked.text
    else:
        account.buttons.pop(asked.button, None)
    return Outcome(200, {"buttons": dict(account.buttons)})


# Devices


def register_device(core: Core, asked: op.RegisterDevice) -> Outcome:
    account = _account(core, asked)
    if not asked.device:
        return problem(422, "No device", "a device_id is text that is not empty")
    device = account.device(asked.device)
    if device.bound_at is None:
        device.bound_at = account.clock.at(core.now)
        device.client_id = device.client_id or account.client_id
    device.name, device.model_id = asked.name or device.name, asked.model_id or device.model_id
    return Outcome(200, registry.describe(account, device))


def remove_device(core: Core, asked: op.RemoveDevice) -> Outcome:
    account = _account(core, asked)
    if refused := _no_device(account, asked.device):
        return refused
    device = account.devices[asked.device]
    channel = channel_of(core, account, device)
    if channel is not None:
        downchannel.close(core, channel, "the device was removed from the account")
    for token in [token for token in account.tokens.values() if token.device_id == asked.device]:
        tokens.delete(account, token)
    _forget_device(account, device)
    return Outcome(204)


def _forget_device(account: Account, device: Device) -> None:
    del account.devices[device.device_id]
    account.alerts = {token: one for token, one in account.alerts.items() if one.device_id != device.device_id}
    account.delegations = {key: one for key, one in account.delegations.items() if one.device_id != device.device_id}


def log_in(core: Core, asked: op.LogIn) -> Outcome:
    account = _account(core, asked)
    if refused := _no_device(account, asked.device):
        return refused
    account.devices[asked.device].guest = False
    for token in account.tokens.values():
        if token.device_id == asked.device:
            token.guest = False
    return Outcome(204)


HANDLERS: dict[type, Callable[[Core, Any], Outcome]] = {
    op.SetAlert: set_alert,
    op.ListAlerts: list_alerts,
    op.DeleteAlert: delete_alert,
    op.StopAlert: stop_alert,
    op.RequestPlayback: request_playback,
    op.ReadPlayback: read_playback,
    op.RequestPlayerInfo: request_player_info,
    op.Delegate: delegate,
    op.GivePin: give_pin,
    op.Notify: notify,
    op.ClearNotifications: clear_notifications,
    op.AssignButton: assign_button,
    op.RegisterDevice: register_device,
    op.RemoveDevice: remove_device,
    op.LogIn: log_in,
}
