"""Controlling the device by voice: only what its reported state allows (C-134..C-141, ``newer/DeviceControl.md``)."""

from typing import Literal

from mockcloud.cloud.accounts import Account
from mockcloud.cloud.questions import ask
from mockcloud.cloud.turn import Turn
from mockcloud.vocabulary.device_state import DEVICE_STATE, MEMBERS
from mockcloud.vocabulary.replies import Outgoing, push, speak
from mockcloud.wire.messages import Json

Command = Literal["Decrease", "Increase", "SetValue", "TurnOff", "TurnOn"]

LEVELS = ("channel", "screenbrightness", "volume")
"""Targets of SetValue, Increase and Decrease; the others are switched (C-136, C-137, C-140)."""

_DONE = {"ko": "네, 알겠어요.", "ja": "はい、わかりました。", "en": "All right."}
_CANNOT = {
    "ko": "이 기기에서는 지원하지 않는 기능이에요.",
    "ja": "この機器では使えない機能です。",
    "en": "This device does not support that.",
}
_LOUD = {
    "ko": "볼륨을 {level}로 설정하면 소리가 클 수 있어요. 정말 바꿀까요?",
    "ja": "音量を{level}にすると大きすぎるかもしれません。変更しますか。",
    "en": "A volume of {level} may be loud. Change it all the same?",
}


def control(turn: Turn, command: Command, target: str, value: str | None = None) -> tuple[Outgoing, ...]:
    """Carry out a spoken control request, ask back, or say that the device cannot do it.

    ``target`` is one of `MEMBERS`. ``value`` is a level, an amount, a channel's number or name, or ``min`` or
    ``max``; SetValue needs one.
    """
    state = member(turn, target)
    if command not in actions(state) or (command == "SetValue" and value is None):
        return unsupported(turn)
    payload: Json = {"target": target}
    level: float | None = None
    if target in LEVELS and value is not None:
        value, level = _fitted(turn, command, target, value, state)
        if command == "SetValue" or turn.account.edition == "newer":
            payload["value"] = value
    directives = accompanied(turn, Outgoing(f"DeviceControl.{command}", payload), quiet=target == "volume")
    warning = _number(state.get("warning"))
    if target == "volume" and level is not None and warning is not None and level >= warning:
        return ask(turn, _LOUD[turn.lang].format(level=_written(level)), consent=directives)
    if turn.account.settings.behaviour.deprecated_directives and target == "volume" and value is None:
        older = {"Increase": "VolumeUp", "Decrease": "VolumeDown"}
        return (Outgoing(f"PlaybackController.{older[command]}"),)
    return directives


def open_screen(turn: Turn, target: Literal["home", "settings"]) -> tuple[Outgoing, ...]:
    """Open a screen: no state has to allow it (C-135, C-141); the older form by setting."""
    older = turn.account.settings.behaviour.deprecated_directives and target == "settings"
    name = "OpenScreen" if older else "Open"
    return accompanied(turn, Outgoing(f"DeviceControl.{name}", {"target": target}))


def launch_app(turn: Turn, target: str) -> tuple[Outgoing, ...]:
    """Launch an app by URI or spoken name (deprecated, C-141)."""
    return accompanied(turn, Outgoing("DeviceControl.LaunchApp", {"target": target}))


def member(turn: Turn, target: str) -> Json:
    """What the device has reported of a target: in this request, else in the last one that did (C-134, C-187)."""
    state = turn.event.context_of(DEVICE_STATE) or turn.device.context.get(DEVICE_STATE, {})
    found = state.get(MEMBERS.get(target, ""))
    return found if isinstance(found, dict) else {}


def actions(state: Json) -> list[str]:
    """The names of directives that a member of the state allows."""
    listed = state.get("actions")
    return [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []


def accompanied(turn: Turn, directive: Outgoing, *, quiet: bool = False) -> tuple[Outgoing, ...]:
    """The directive with a Speak, unless it concerns what the speaker gives out (C-100)."""
    return (directive,) if quiet else (directive, speak(_DONE[turn.lang], turn.lang))


def unsupported(turn: Turn) -> tuple[Outgoing, ...]:
    """Say that the device cannot do it, or, by setting, nothing (C-134)."""
    if turn.account.settings.behaviour.not_supported == "none":
        return ()
    return (speak(_CANNOT[turn.lang], turn.lang),)


def expect_report(account: Account, device_id: str) -> Outgoing:
    """ExpectReportState for a device: one report, or by setting a series of them (C-144, C-146)."""
    behaviour = account.settings.behaviour
    payload: Json = {}
    if behaviour.report_state_duration:
        payload["durationInSeconds"] = behaviour.report_state_duration // 1_000_000_000
        payload["intervalInSeconds"] = behaviour.report_state_interval // 1_000_000_000
    return push("DeviceControl.ExpectReportState", payload, to=device_id, offline="drop")


def _fitted(turn: Turn, command: Command, target: str, value: str, state: Json) -> tuple[str, float | None]:
    """The value within the device's range (C-138), and the level that results, if both can be told.

    Channels have no range. SetValue is fitted unless a setting says otherwise.
    """
    low, high = _number(state.get("min")), _number(state.get("max"))
    asked = {"min": low, "max": high}[value] if value in ("min", "max") else _number(value)
    if target == "channel" or asked is None:
        return value, None
    now = _number(state.get("value"))
    if command == "SetValue":
        level = _within(asked, low, high) if turn.account.settings.behaviour.fit_set_value else asked
        return _written(level), level
    if now is None:
        return _written(asked), None
    level = _within(now + asked if command == "Increase" else now - asked, low, high)
    return _written(abs(level - now)), level if command == "Increase" else None


def _within(value: float, low: float | None, high: float | None) -> float:
    if high is not None:
        value = min(value, high)
    return max(value, low) if low is not None else value


def _number(value: object) -> float | None:
    """A number, as number or text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < 2**53 else None


def _written(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)
