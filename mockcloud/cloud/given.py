"""What a scenario gives an account before anything happens: rules, state, alerts; and settings of the account."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mockcloud.clock import Instant
from mockcloud.cloud import alerts
from mockcloud.cloud.accounts import Account, Alert
from mockcloud.cloud.scripted import names
from mockcloud.scenario import Scenario
from mockcloud.scenario.expressions import rendered
from mockcloud.scenario.model import DEFAULT_DEVICE
from mockcloud.settings import AccountSettings, SettingError, apply_given, schema


def begin(account: Account, scenario: Scenario, now: Instant) -> list[Alert]:
    """Let the account begin with this scenario, and none of what another one has left. Returns the alerts that are
    given with it; devices that connect get them when they ask for their alerts (C-166).

    Raises `ExpressionError` or `ValueError`, having changed nothing, for an alert that cannot be set (`given_alerts`),
    and `UnreadableInput` for an extension that the console refuses.
    """
    given = given_alerts(account, scenario, now)
    _give_extensions(account, scenario)
    account.scenario, account.state = scenario, scenario.given.get("state", "")
    account.counts.clear()
    first = next(iter(scenario.given.get("devices") or account.devices), DEFAULT_DEVICE)
    return [_alert(account, alert, alert.get("device", first)) for alert in given]


def _give_extensions(account: Account, scenario: Scenario) -> None:
    """Register those of the scenario in the place of those of the one before it."""
    if not (scenario.extensions or account.scenario.extensions):
        return
    from mockcloud.cloud.extensions.given import registered  # most scenarios have none

    new = registered(account, scenario.extensions)
    for gone in account.scenario.extensions:
        account.extensions.pop(gone.id, None)
    account.extensions |= {extension.id: extension for extension in new}
    for device in account.devices.values():
        if device.session is not None and device.session.extension not in account.extensions:
            device.session = None


def given_alerts(account: Account, scenario: Scenario, now: Instant) -> list[Mapping[str, Any]]:
    """The alerts of the scenario, their expressions worked out.

    Raises `ExpressionError` if an expression has no value, `ValueError` if a time is none.
    """
    given = [rendered(alert, names(account, now)) for alert in scenario.given.get("alerts") or ()]
    for alert in given:
        datetime.fromisoformat(alert["scheduled_time"])
    return given


def _alert(account: Account, alert: Mapping[str, Any], device: str) -> Alert:
    account.device(device)
    return alerts.asked_for(account, device, **{name: value for name, value in alert.items() if name != "device"})


def settings_of(base: AccountSettings, given: Mapping[str, Any]) -> AccountSettings:
    """The settings of an account with those of ``given`` over them.

    Raises `SettingError` for a setting that a server has once for all its accounts.
    """
    known = schema("account")["properties"]
    for name in given.get("settings") or {}:
        if name not in known:
            said = "the server has this once for all accounts: give it to `serve`, or replay the scenario"
            raise SettingError(("given", "settings", name), said)
    return apply_given(base, given)
