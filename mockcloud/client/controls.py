"""What the device controls of itself: volume, Bluetooth, power … (``newer/DeviceControl.md``).

Every directive is reported with ActionExecuted or ActionFailed (D-158). What the ``actions`` of the matching
object in ``Device.DeviceState`` do not list, the device cannot do (D-159, D-168).
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from mockcloud.client.core import Core
from mockcloud.client.events import Events
from mockcloud.client.vocabulary import Shown
from mockcloud.clock import SECOND, Timer
from mockcloud.vocabulary.device_state import MEMBERS, REPORTED
from mockcloud.wire.messages import Json

BLUETOOTH = (
    *("BtConnect", "BtConnectByPINCode", "BtDelete", "BtDisconnect"),
    *("BtPlay", "BtRescan", "BtStartPairing", "BtStopPairing"),
)
STEP = 1


class Controls:
    """``power_off`` is called when the device is to switch itself off (D-164)."""

    def __init__(self, core: Core, events: Events, power_off: Callable[[], None]) -> None:
        self._core = core
        self._events = events
        self._power_off = power_off
        self.state: Json = deepcopy(dict(core.profile.device_state))
        self.muted = False
        self._reports: Timer | None = None

    # --- the cloud ---

    def set_value(self, payload: Mapping[str, Any]) -> None:
        self._level("SetValue", payload, lambda _, asked: asked)

    def increase(self, payload: Mapping[str, Any]) -> None:
        self._level("Increase", payload, lambda value, asked: value + (STEP if asked is None else asked))

    def decrease(self, payload: Mapping[str, Any]) -> None:
        self._level("Decrease", payload, lambda value, asked: value - (STEP if asked is None else asked))

    def turn_on(self, payload: Mapping[str, Any]) -> None:
        self._switch("TurnOn", str(payload.get("target", "")), on=True)

    def turn_off(self, payload: Mapping[str, Any]) -> None:
        self._switch("TurnOff", str(payload.get("target", "")), on=False)

    def open(self, command: str, payload: Mapping[str, Any]) -> None:
        target = str(payload.get("target", ""))
        done = target in ("home", "settings") and _has_screen(self._core)
        if done:
            self._core.note(Shown("screen", target))
        self._report(target, command, done=done)

    def launch_app(self, _payload: Mapping[str, Any]) -> None:
        """There are no apps on this device (D-166)."""
        self._report("app", "LaunchApp", done=False)

    def bluetooth(self, command: str, payload: Mapping[str, Any]) -> None:
        done = self._can("bluetooth", command) and self._bluetooth(command, payload)
        self._report("bluetooth", command, done=done)
        if command in ("BtConnect", "BtConnectByPINCode"):
            self.report_state()

    def report_state(self) -> None:
        self._events.send("DeviceControl.ReportState", {})

    def expect_report_state(self, payload: Mapping[str, Any]) -> None:
        """Report now, and every ``intervalInSeconds`` for ``durationInSeconds`` (D-169, D-170)."""
        self.stop_reporting()
        self.report_state()
        duration, interval = (_seconds(payload.get(key)) for key in ("durationInSeconds", "intervalInSeconds"))
        if duration and interval:
            self._repeat(interval, self._core.now + duration)

    def stop_reporting(self) -> None:
        self._core.timers.cancel(self._reports)

    # --- the user ---

    def turn_volume(self, by: int) -> None:
        volume = self.state.get("volume")
        if isinstance(volume, dict):
            volume["value"] = _within(volume["value"] + by, volume)

    # --- context ---

    def device_state(self) -> Json:
        """``Device.DeviceState`` of this moment."""
        return {**deepcopy(self.state), "localTime": self._core.local().isoformat(timespec="seconds")}

    def volume_state(self) -> Json:
        """``Speaker.VolumeState``: always 0 to 10, whatever steps the device has (D-207)."""
        volume = self.state.get("volume", {"min": 0, "max": 10, "value": 5})
        span = max(1, volume["max"] - volume["min"])
        return {"volume": round(10 * (volume["value"] - volume["min"]) / span), "muted": self.muted}

    # --- doing ---

    def _level(self, command: str, payload: Mapping[str, Any], change: Callable[[int, Any], Any]) -> None:
        target = str(payload.get("target", ""))
        asked = _integer(payload.get("value"))
        done = self._can(target, command)
        if done and target != "channel":
            member = self.state[MEMBERS[target]]
            value = change(member["value"], asked)
            done = value is not None
            if done:
                member["value"] = _within(value, member)
        self._report(target, command, done=done)

    def _switch(self, command: str, target: str, *, on: bool) -> None:
        done = self._can(target, command)
        if done and MEMBERS[target] == "soundMode":
            self.state["soundMode"]["state"] = target if on else "ring"
        elif done:
            names = ("idle", "active") if target == "power" else ("off", "on")
            self.state[MEMBERS[target]]["state"] = names[on]
        self._report(target, command, done=done)
        if done and target == "power" and not on:
            self._power_off()

    def _bluetooth(self, command: str, payload: Mapping[str, Any]) -> bool:
        state = self.state["bluetooth"]
        paired: list[Json] = state.get("btlist", [])
        address, role = payload.get("address"), payload.get("role")
        chosen = [
            peer
            for peer in paired
            if (address is None or peer["address"] == address) and (role is None or peer["role"] == role)
        ]
        if command == "BtConnect" and chosen:
            chosen[0]["connected"] = True
        elif command == "BtDisconnect":
            for peer in chosen:
                peer["connected"] = False
        elif command == "BtDelete":
            state["btlist"] = [peer for peer in paired if peer not in chosen]
        elif command == "BtConnectByPINCode":
            return bool(payload.get("pinCode"))
        return bool(chosen) or command in ("BtDisconnect", "BtPlay", "BtRescan", "BtStartPairing", "BtStopPairing")

    def _can(self, target: str, command: str) -> bool:
        member = self.state.get(MEMBERS.get(target, ""))
        return isinstance(member, dict) and command in member.get("actions", ())

    def _report(self, target: str, command: str, *, done: bool) -> None:
        name = "ActionExecuted" if done else "ActionFailed"
        self._events.send(f"DeviceControl.{name}", {"target": REPORTED.get(target, target), "command": command})

    def _repeat(self, interval: int, until: int) -> None:
        if self._core.now + interval <= until:
            self._reports = self._core.after(interval, lambda: self._report_again(interval, until))

    def _report_again(self, interval: int, until: int) -> None:
        self.report_state()
        self._repeat(interval, until)


def _has_screen(core: Core) -> bool:
    display = core.profile.display
    return display is None or display.get("size") != "none"


def _within(value: int, member: Mapping[str, Any]) -> int:
    return int(max(member["min"], min(member["max"], value)))


def _integer(value: object) -> int | None:
    try:
        return int(str(value)) if value is not None else None
    except ValueError:
        return None


def _seconds(value: object) -> int:
    return int(value * SECOND) if isinstance(value, int | float) and value > 0 else 0
