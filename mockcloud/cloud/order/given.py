"""What was given to a device is kept by its token, the latest of it."""

from collections.abc import Mapping
from typing import Any, TypeVar

from mockcloud.clock import SECOND, Instant
from mockcloud.vocabulary import Finding
from mockcloud.vocabulary.findings import Severity

ALERTS_STATE = "Alerts.AlertsState"
PLAYBACK_STATE = "AudioPlayer.PlaybackState"
SPEECH_STATE = "SpeechSynthesizer.SpeechState"

REMEMBERED = 200
"""Things of one kind that are kept for a device; the oldest are forgotten first."""

TIME_TO_REACT = 5 * SECOND
"""What a device does about a directive shows after this time at the latest."""

_LARGEST = 2**53
UNDER_WAY = SECOND
"""How long an event may take from its making until it comes."""

T = TypeVar("T")


def remember(known: dict[str, T], token: str, thing: T) -> None:
    """Keep it as the latest."""
    known.pop(token, None)
    known[token] = thing
    if len(known) > REMEMBERED:
        del known[next(iter(known))]


def number(value: Any) -> float | None:
    """A number that can be reckoned with; JSON allows others."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not -_LARGEST <= value <= _LARGEST:
        return None
    return value


def objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list; none if it is not a list."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def outdated(said: str, at: str, because: tuple[str, ...], since: Instant, now: Instant, source: str) -> Finding:
    """A context that does not show what the device has reported. Shortly after the report it may have been made
    before."""
    severity: Severity = "violation" if now - since > UNDER_WAY else "warning"
    return Finding("order.state.outdated", said, at, because, severity=severity, source=source)


def has_reacted(since: Instant | None, now: Instant) -> bool:
    """Whether what was sent then shows by now."""
    return since is None or now - since > TIME_TO_REACT
