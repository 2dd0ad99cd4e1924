"""Controls: what a device reports as done shows in the state that it reports it with (D-161..D-163, D-167).

A level may have changed for other reasons too: the user's hand, coarser steps, another order. So what it shows is a
warning, unless it stands where it stood although it was to move far.
"""

from dataclasses import dataclass, field
from typing import Any

from mockcloud.cloud.order.given import number
from mockcloud.vocabulary import Finding
from mockcloud.vocabulary.device_state import member_of
from mockcloud.vocabulary.findings import Severity
from mockcloud.vocabulary.value import Value
from mockcloud.wire.messages import Directive, Json

_SWITCHED = {"TurnOn": "on", "TurnOff": "off"}
_LEVELS = ("SetValue", "Increase", "Decrease")
_FAR = 5
"""A fifth of the range is further than the steps of any device are wide."""
_MOST_OPEN = 20
_SOURCE = "newer/DeviceControl.md"


class _Order(Value, frozen=True):
    """A control that was sent and is not reported yet."""

    command: str
    member: str
    value: Any
    before: Json
    """What the device had shown of the member when it was sent."""
    dialog: str | None


@dataclass(slots=True)
class Controls:
    """What a device was told to change of itself, and what it last showed of each member."""

    orders: list[_Order] = field(default_factory=list)
    shown: dict[str, Json] = field(default_factory=dict)

    def given(self, directive: Directive) -> None:
        command, payload = directive.name, directive.payload
        if command in _SWITCHED or command in _LEVELS:
            member = member_of(payload.get("target"))
            before = self.shown.get(member, {})
            self.orders.append(_Order(command, member, payload.get("value"), before, directive.dialog_request_id))
            del self.orders[:-_MOST_OPEN]

    def begun(self, dialog: str) -> None:
        """A new request of the user: what was ordered in another dialog may be dropped (D-049)."""
        self.orders = [order for order in self.orders if order.dialog in (None, dialog)]

    def reported(self, name: str, payload: Json, state: Json | None, at: str) -> list[Finding]:
        """``ActionExecuted``, with the state that came with it, which stands ``at`` this place; ``ActionFailed``.

        The state is that of now (D-043): with two orders under way it is no longer what one of them makes.
        """
        command, member = payload.get("command"), member_of(payload.get("target"))
        of_member = [order for order in self.orders if order.member == member]
        order = next((order for order in of_member if order.command == command), None)
        if order is None:
            return []
        self.orders.remove(order)
        now = state.get(member) if state is not None else None
        if name != "ActionExecuted" or not isinstance(now, dict) or len(of_member) > 1:
            return []
        return _switched(order, now, at) if order.command in _SWITCHED else _levelled(order, now, at)

    def in_context(self, state: Json) -> None:
        self.shown = {name: member for name, member in state.items() if isinstance(member, dict)}


def _switched(order: _Order, now: Json, at: str) -> list[Finding]:
    """Which sound mode follows which is the maker's, and so is when the power goes."""
    state, wanted = now.get("state"), _SWITCHED[order.command]
    if order.member in ("soundMode", "power") or state not in _SWITCHED.values() or state == wanted:
        return []
    said = f"{order.command} is reported as executed, but the state is {state!r}"
    return [_found(said, f"{at}.{order.member}.state", "D-163", "violation")]


def _levelled(order: _Order, now: Json, at: str) -> list[Finding]:
    """What is shown of a channel is the maker's."""
    value, was = number(now.get("value")), number(order.before.get("value"))
    least, most = number(now.get("min")), number(now.get("max"))
    if value is None or order.member == "channel":
        return []
    at = f"{at}.{order.member}.value"
    if order.command == "SetValue":
        wanted = _as_number(order.value)
        if wanted is None or wanted == value or not (_or(least, wanted) <= wanted <= _or(most, wanted)):
            return []
        said = f"SetValue {wanted:g} is reported as executed, but the value is {value:g}"
        is_far = least is not None and most is not None and _FAR * abs(wanted - value) > most - least
        return [_found(said, at, "D-161", "violation" if was == value and is_far else "warning")]
    if was is None or value == (most if order.command == "Increase" else least):
        return []
    if (value > was) if order.command == "Increase" else (value < was):
        return []
    said = f"{order.command} is reported as executed, but the value was {was:g} and is {value:g}"
    return [_found(said, at, "D-162", "warning")]


def _or(limit: float | None, otherwise: float) -> float:
    return otherwise if limit is None else limit


def _as_number(ordered: Any) -> float | None:
    """Directives give levels as strings."""
    try:
        return number(float(str(ordered)))
    except ValueError:
        return None


def _found(said: str, at: str, because: str, severity: Severity) -> Finding:
    return Finding("order.state.outdated", said, at, (because, "D-167"), severity=severity, source=_SOURCE)
