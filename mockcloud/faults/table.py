"""The one table: (on, at, effect) -> legal, legal but only over a socket, or illegal with a hint.

What is checked when a file is loaded, the JSON Schema and the listing of ``mockcloud faults`` are made of it.
"""

from itertools import product
from typing import Literal

from mockcloud.faults.effect import Effect
from mockcloud.faults.effects import EFFECTS
from mockcloud.faults.points import EXCHANGES, POINTS, POINTS_OF, REQUEST_POINTS, At, On, Point
from mockcloud.vocabulary.value import Value


class Verdict(Value, frozen=True):
    """Whether an effect may strike somewhere."""

    kind: Literal["legal", "socket", "illegal"]
    hint: str = ""
    """Of what is illegal: what is wrong with it, and what to write instead."""


def _verdict(on: On, point: Point, effect: type[Effect]) -> Verdict:
    if point not in POINTS_OF[on]:
        return Verdict("illegal", f"{on} has no point {point!r}: its points are {', '.join(POINTS_OF[on])}")
    if point not in effect.legal.get(on, ()):
        return Verdict("illegal", effect.hint)
    return Verdict("socket" if effect.needs_socket_on(on) else "legal")


TABLE: dict[tuple[On, Point, str], Verdict] = {
    (on, point, name): _verdict(on, point, effect)
    for (name, effect), on, point in product(EFFECTS.items(), EXCHANGES, POINTS)
}


def points(on: On, effect: str) -> list[Point]:
    """Where an effect may strike this exchange, in the order in which the points come."""
    return [point for point in POINTS_OF[on] if TABLE[on, point, effect].kind != "illegal"]


def exchanges(effect: str) -> list[On]:
    """What an effect may strike."""
    return [on for on in EXCHANGES if points(on, effect)]


def misplaced(on: On, at: At, effect: type[Effect]) -> str:
    """What is wrong with a position for this effect, and what to write instead; empty if nothing is."""
    verdict = TABLE[on, at.point, effect.name]
    if verdict.kind == "illegal":
        return verdict.hint
    if at.is_shifted and on == "connect":
        return f"a connection is struck at a point itself: write {at.point}; to wait there use the effect delay"
    if at.is_shifted and not (effect.strikes() and on not in ("token", "media", "extension")):
        return f"{effect.name} changes what stands at {at.point}: write the point without before, after and offset"
    if at.side == "before" and at.point == "headers":
        return "nothing is known of an exchange before its headers: write headers"
    if at.point in REQUEST_POINTS and at.side and at.bytes:
        return "bytes of audio are counted from where it begins: write audio + 3200 bytes"
    if effect.name == "cut" and at.point == "end" and at.side == "after":
        return "after the end nothing is left to cut: write before end"
    return ""
