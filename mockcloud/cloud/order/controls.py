"""Controls: what a device reports as done shows in the state that it reports it with (D-161..D-163, D-167)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mockcloud.cloud.order.given import number
from mockcloud.vocabulary import Finding
from mockcloud.vocabulary.device_state import member_of
from mockcloud.vocabulary.findings import Severity

_SWITCHED = {"TurnOn": "on", "TurnOff": "off"}
_SOURCE = "newer/DeviceControl.md"


@dataclass(slots=True)
class Controls:
    """What a device was told to change of itself, by command and member, and what it last showed of each member."""

    ordered: dict[tuple[str, str], Any] = field(default_factory=dict)
    """The value of the directive; ``None`` without one."""
    shown: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def given(self, command: str, payload: Mapping[str, Any]) -> None:
        if command in _SWITCHED or command in ("SetValue", "Increase", "Decrease"):
            self.ordered[command, member_of(payload.get("target"))] = payload.get("value")

    def reported(
        self, name: str, payload: Mapping[str, Any], state: Mapping[str, Any] | None, at: str
    ) -> list[Finding]:
        """``ActionExecuted``, with the state that came with it, which stands ``at`` this place; ``ActionFailed``."""
        command, member = str(payload.get("command")), member_of(payload.get("target"))
        if (command, member) not in self.ordered:
            return []
        ordered = self.ordered.pop((command, member))
        now = state.get(member) if state is not None else None
        if name != "ActionExecuted" or not isinstance(now, Mapping):
            return []
        if command in _SWITCHED:
            return _switched(command, member, now, at)
        return _levelled(command, ordered, self.shown.get(member, {}), now, f"{at}.{member}.value")

    def in_context(self, state: Mapping[str, Any]) -> None:
        self.shown = {name: member for name, member in state.items() if isinstance(member, Mapping)}


def _switched(command: str, member: str, now: Mapping[str, Any], at: str) -> list[Finding]:
    """Which sound mode follows which is the maker's, and so is when the power goes."""
    state, wanted = now.get("state"), _SWITCHED[command]
    if member in ("soundMode", "power") or state not in _SWITCHED.values() or state == wanted:
        return []
    return [_found(f"{command} is reported as executed, but the state is {state!r}", f"{at}.{member}.state", "D-163")]


def _levelled(command: str, ordered: Any, before: Mapping[str, Any], now: Mapping[str, Any], at: str) -> list[Finding]:
    """A device may have coarser steps than what was ordered; a level that has not moved has not been set."""
    value, was = number(now.get("value")), number(before.get("value"))
    least, most = number(now.get("min")), number(now.get("max"))
    if value is None:
        return []
    if command == "SetValue":
        wanted = _as_number(ordered)
        if wanted is None or wanted == value or not (_or(least, wanted) <= wanted <= _or(most, wanted)):
            return []
        severity: Severity = "violation" if was == value else "warning"
        return [
            _found(f"SetValue {wanted:g} is reported as executed, but the value is {value:g}", at, "D-161", severity)
        ]
    if was is None or value == (most if command == "Increase" else least):
        return []
    if (value > was) if command == "Increase" else (value < was):
        return []
    return [_found(f"{command} is reported as executed, but the value was {was:g} and is {value:g}", at, "D-162")]


def _or(limit: float | None, otherwise: float) -> float:
    return otherwise if limit is None else limit


def _as_number(ordered: Any) -> float | None:
    """Directives give levels as strings."""
    try:
        return float(str(ordered))
    except ValueError:
        return None


def _found(said: str, at: str, because: str, severity: Severity = "violation") -> Finding:
    return Finding("order.state.outdated", said, at, (because, "D-167"), severity=severity, source=_SOURCE)
