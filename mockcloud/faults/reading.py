"""A fault as people write it, and how it is read.

    {on: downchannel, at: after part 2, effect: reset_stream, code: CANCEL, chance: 0.5, times: 3, device: kitchen}

``on`` and ``effect`` are required. Without ``at`` it strikes an exchange that is under way at once, the next one at
the first point where the effect may strike. The effect's own settings stand beside; all have defaults.
"""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from mockcloud.clock import duration
from mockcloud.faults.effect import Effect
from mockcloud.faults.effects import EFFECTS
from mockcloud.faults.fault import Fault
from mockcloud.faults.points import EXCHANGES, At, On, parse_at
from mockcloud.faults.points import SCHEMA as AT_SCHEMA
from mockcloud.faults.settings import DURATION_SCHEMA
from mockcloud.faults.table import exchanges, misplaced, points
from mockcloud.vocabulary.value import Value

Path = tuple[str | int, ...]

_COMMON: dict[str, dict[str, Any]] = {
    "id": {"type": "string", "pattern": r"^[^/\s]+$", "description": "what it is called in lists and the journal"},
    "on": {"enum": list(EXCHANGES), "description": "whose exchange"},
    "at": {**AT_SCHEMA},
    "effect": {"enum": list(EFFECTS), "description": "what happens; `mockcloud faults` lists all"},
    "chance": {
        "type": "number",
        "minimum": 0,
        "maximum": 1,
        "description": "how often it strikes, from the account's seed",
    },
    "times": {
        "anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "enum": ["always"]}],
        "description": "how many times it strikes, 1 unless told",
    },
    "device": {"type": "string", "minLength": 1, "description": "only this device"},
    "after": {**DURATION_SCHEMA, "description": "account time until it is set"},
}


def _schema() -> dict[str, Any]:
    settings: dict[str, Any] = {}
    cases = []
    for name, effect in EFFECTS.items():
        own = {key: kind.described() for key, kind in effect.settings().items()}
        for key, kind in own.items():
            before = f"{settings[key]['description']}; " if key in settings else ""
            settings[key] = {"description": f"{before}{name}: {kind['description']}"}
        known = {**_COMMON, "on": {**_COMMON["on"], "enum": exchanges(name)}, **own}
        cases.append(
            {
                "if": {"properties": {"effect": {"const": name}}, "required": ["effect"]},
                "then": {"properties": known, "additionalProperties": False},
            }
        )
    return {
        "type": "object",
        "description": "something that goes wrong on purpose",
        "properties": {**_COMMON, **settings},
        "required": ["on", "effect"],
        "additionalProperties": False,
        "allOf": cases,
    }


SCHEMA: dict[str, Any] = _schema()
"""JSON Schema of a ``fault`` mapping. What it cannot say of positions, `parse` finds."""


class Flaw(Value, frozen=True):
    """One mistake in a fault: which member, what is wrong, what to do."""

    path: Path
    said: str
    hint: str = ""


class FaultError(ValueError):
    """A fault that cannot be; ``flaws`` are all mistakes found."""

    def __init__(self, flaws: list[Flaw]) -> None:
        self.flaws = tuple(flaws)
        super().__init__("; ".join(f"{flaw.said}" for flaw in flaws))


def example(effect: type[Effect]) -> dict[str, Any]:
    """A fault with this effect and all its settings, as it is written."""
    on = "event" if "event" in effect.legal else next(iter(effect.legal))
    written = Fault(on, effect(), At(effect.legal[on][0])).as_json()
    return {name: value for name, value in written.items() if name not in ("chance", "times")}


def parse(written: Mapping[str, Any]) -> Fault:
    """Read a ``fault`` mapping whose shape is that of `SCHEMA`. Raises `FaultError` with every mistake."""
    flaws: list[Flaw] = []
    effect = EFFECTS.get(written.get("effect", ""))
    on = next((on for on in EXCHANGES if on == written.get("on")), None)
    if effect is None:
        flaws.append(_unknown("effect", written.get("effect"), EFFECTS))
    if on is None:
        flaws.append(_unknown("on", written.get("on"), EXCHANGES))
    if effect is None or on is None:
        raise FaultError(flaws)
    at = _at(written, on, effect, flaws)
    made = effect(**_settings(written, effect, flaws))
    after = _read(written, "after", duration, flaws) if "after" in written else 0
    if on == "connect" and "device" in written:
        hint = "leave device out, or give the device an account with a listener of its own"
        flaws.append(Flaw(("device",), "which device connects is not known before it sends a token", hint))
    if flaws:
        raise FaultError(flaws)
    times = written.get("times", 1)
    return Fault(
        on=on,
        effect=made,
        at=at,
        chance=float(written.get("chance", 1)),
        times=None if times == "always" else times,
        device=written.get("device", ""),
        after=after,
        id=written.get("id", ""),
    )


def _at(written: Mapping[str, Any], on: On, effect: type[Effect], flaws: list[Flaw]) -> At | None:
    if not points(on, effect.name):
        flaws.append(Flaw(("on",), f"{effect.name} cannot strike {on}", effect.hint))
        return None
    if "at" not in written:
        return None
    at: At | None = _read(written, "at", parse_at, flaws)
    if at is not None and (hint := misplaced(on, at, effect)):
        flaws.append(Flaw(("at",), f"{effect.name} cannot strike {on} at {written['at']!r}", hint))
    return at


def _settings(written: Mapping[str, Any], effect: type[Effect], flaws: list[Flaw]) -> dict[str, Any]:
    known = effect.settings()
    others = [name for name in written if name not in known and name not in _COMMON]
    flaws += [_unknown(name, name, [*known, *_COMMON], of=f"of {effect.name} ") for name in others]
    return {name: _read(written, name, kind.read, flaws) for name, kind in known.items() if name in written}


def _read(written: Mapping[str, Any], name: str, read: Any, flaws: list[Flaw]) -> Any:
    try:
        return read(written[name])
    except (ValueError, TypeError) as error:
        flaws.append(Flaw((name,), f"{name}: {error}"))
        return None


def _unknown(member: str, word: Any, known: Iterable[str], of: str = "") -> Flaw:
    near = difflib.get_close_matches(str(word), list(known), 1)
    said = f"{member} is required" if word is None else f"there is no {'setting ' if of else ''}{of}{word!r}"
    hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(known)}"
    return Flaw((member,), said, hint)
