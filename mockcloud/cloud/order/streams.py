"""Streams: started, perhaps paused and resumed, then finished or stopped; with the progress that Play ordered
(D-119..D-140).

Whoever is told to pause or resume once more may report it once more.

A stream may start again when it has ended or something was to change what plays: a Replay, a button, repeat mode.
Seeking within the window is allowed, so that an offset may jump; what counts is that either offset or clock fits.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from mockcloud.clock import MILLISECOND, Instant
from mockcloud.cloud.order.given import has_reacted, number, outdated, remember
from mockcloud.vocabulary import Finding

TOLERANCE_MS = 1000
"""By how much an offset may differ from what was ordered."""


class State(Enum):
    WAITING = "was not started yet"
    PLAYING = "is playing"
    PAUSED = "is paused"
    STOPPED = "was stopped"
    FINISHED = "has finished"


_DELAY, _INTERVAL, _POSITION = (
    "ProgressReportDelayPassed",
    "ProgressReportIntervalPassed",
    "ProgressReportPositionPassed",
)
PROGRESS = {
    _DELAY: "progressReportDelayInMilliseconds",
    _INTERVAL: "progressReportIntervalInMilliseconds",
    _POSITION: "progressReportPositionInMilliseconds",
}
LEADS_TO = {
    "PlayStarted": State.PLAYING,
    "PlayPaused": State.PAUSED,
    "PlayResumed": State.PLAYING,
    "PlayStopped": State.STOPPED,
    "PlayFinished": State.FINISHED,
}
WRONG = {
    **dict.fromkeys(
        ((State.WAITING, name) for name in ("PlayPaused", "PlayResumed", "PlayFinished", *PROGRESS)),
        "order.play.not-started",
    ),
    (State.PLAYING, "PlayStarted"): "order.play.repeated",
    (State.PLAYING, "PlayResumed"): "order.play.not-paused",
    (State.PAUSED, "PlayStarted"): "order.play.paused",
    **dict.fromkeys(((State.PAUSED, name) for name in ("PlayFinished", *PROGRESS)), "order.play.paused"),
    **dict.fromkeys(((State.STOPPED, name) for name in ("PlayPaused", "PlayFinished")), "order.play.ended"),
    **dict.fromkeys(
        ((State.FINISHED, name) for name in ("PlayPaused", "PlayResumed", "PlayFinished")), "order.play.ended"
    ),
}
NOT_SHOWN = {
    State.PAUSED: ("PLAYING",),
    State.STOPPED: ("PLAYING", "PAUSED"),
    State.FINISHED: ("PLAYING", "PAUSED"),
}
"""What the context no longer shows of a stream. A later state it may show before the report of it has come."""
_BECAUSE = {
    "order.play.not-started": ("D-119", "D-126"),
    "order.play.repeated": ("D-119", "D-126"),
    "order.play.not-paused": ("D-126",),
    "order.play.paused": ("D-126", "D-132"),
    "order.play.ended": ("D-125", "D-126"),
}
_SOURCE = "cic/interfaces/audio-player.md"
_RESTARTING = frozenset(
    (
        "AudioPlayer.StreamDeliver",
        "PlaybackController.ExpectNextCommand",
        "PlaybackController.ExpectPlayCommand",
        "PlaybackController.ExpectPreviousCommand",
        "PlaybackController.Next",
        "PlaybackController.Previous",
        "PlaybackController.Replay",
        "PlaybackController.SetRepeatMode",
        "PlaybackController.TurnOnRepeatMode",
        "PlaybackController.CustomCommandIssued",
        "PlaybackController.NextCommandIssued",
        "PlaybackController.PlayCommandIssued",
        "PlaybackController.PreviousCommandIssued",
        "PlaybackController.SetRepeatModeCommandIssued",
    )
)
"""Messages after which a stream that has not ended may start from its beginning."""


@dataclass(slots=True)
class Stream:
    """One item of the player, under the token of Play."""

    item: str
    sent: list[Mapping[str, Any]]
    """The stream as Play gave it, then as each StreamDeliver did."""
    state: State = State.WAITING
    told_at: Instant = Instant(0)
    """When the latest report that has changed the state came."""
    restarts: bool = False
    """It may start anew although it has not ended."""
    resumes: bool = False
    """A Resume was sent for it: it may say so even if it plays."""
    requested: bool = False
    """The device has asked for a URL that can be played."""
    started_at: Instant = Instant(0)
    started_from: float = 0
    paused_at: float | None = None
    progress: dict[str, list[tuple[float, Instant]]] = field(default_factory=dict)
    """Offsets and times of progress reports since it was started."""

    def value(self, name: str) -> Any:
        """A field of the stream: the latest that was given and is not missing."""
        return next((one[name] for one in reversed(self.sent) if one.get(name) is not None), None)

    def ordered(self, report: str) -> float | None:
        """The milliseconds of a progress report that was ordered; ``None``: none was."""
        wanted = self.value("progressReport")
        return number(wanted.get(PROGRESS[report])) if isinstance(wanted, Mapping) else None


@dataclass(slots=True)
class Streams:
    """The streams of a device, by the token of Play."""

    known: dict[str, Stream] = field(default_factory=dict)
    ordered_at: Instant | None = None
    """When the latest directive or button came that may change what the player does."""

    def given(self, name: str, payload: Mapping[str, Any], now: Instant) -> None:
        """A directive of AudioPlayer or PlaybackController was sent."""
        self.ordered_at = now
        self._may_restart(name)
        if name == "PlaybackController.Resume":
            for known in self.known.values():
                known.resumes = True
        if name == "AudioPlayer.Play":
            item = payload.get("audioItem")
            stream = item.get("stream") if isinstance(item, Mapping) else None
            token = stream.get("token") if isinstance(stream, Mapping) else None
            if isinstance(item, Mapping) and isinstance(stream, Mapping) and isinstance(token, str):
                remember(self.known, token, Stream(str(item.get("audioItemId")), [stream]))
        elif name == "AudioPlayer.StreamDeliver":
            stream = payload.get("audioStream") or payload.get("stream")
            for known in self.known.values():
                if known.item == payload.get("audioItemId") and isinstance(stream, Mapping):
                    known.sent.append(stream)

    def reported(self, name: str, payload: Mapping[str, Any], now: Instant) -> list[Finding]:
        """``name``: without the namespace."""
        token, offset = payload.get("token"), number(payload.get("offsetInMilliseconds"))
        stream = self.known.get(token) if isinstance(token, str) else None
        if stream is None or (name not in LEADS_TO and name not in PROGRESS):
            return []
        found = list(_wrong_order(stream, name))
        if not found and offset is not None:
            found = list(_wrong_offset(stream, name, offset, now))
        if name == "PlayFinished" and not found and offset is not None:
            found = list(_missing_progress(stream, offset, now))
        _take(stream, name, offset, now)
        return found

    def asked_for(self, payload: Mapping[str, Any]) -> list[Finding]:
        """StreamRequested: the item is one that was given, and its stream comes back as it was (D-127)."""
        asked, item = payload.get("audioStream"), payload.get("audioItemId")
        known = [stream for stream in self.known.values() if stream.item == item]
        for stream in known:
            stream.requested = True
        if not known or not isinstance(asked, Mapping):
            return []
        return [
            _found("order.play.stream-changed", said, f"event.payload.audioStream.{name}", ("D-127",))
            for name, said in _changes(known[-1], asked)
        ]

    def in_context(self, state: Mapping[str, Any], at: str, now: Instant, *, reports: bool) -> list[Finding]:
        """AudioPlayer.PlaybackState: the stream is in it as it was received, and does what was reported of it (D-139,
        D-140). An event that ``reports`` what it does shows it as it was before or as it is now."""
        shown = state.get("stream")
        token = shown.get("token") if isinstance(shown, Mapping) else None
        stream = self.known.get(token) if isinstance(token, str) else None
        if state.get("repeatMode") == "REPEAT_ONE":
            self.may_restart()
        if stream is None or not isinstance(shown, Mapping):
            return []
        found = [
            _found("order.play.stream-changed", said, f"{at}.stream.{name}", ("D-139", "D-140"))
            for name, said in _changes(stream, shown)
        ]
        activity = state.get("playerActivity")
        is_settled = has_reacted(self.ordered_at, now) and not stream.restarts and not reports
        if is_settled and activity in NOT_SHOWN.get(stream.state, ()):
            said = f"{activity}, but the device has reported that this stream {stream.state.value}"
            found.append(outdated(said, f"{at}.playerActivity", ("D-139",), stream.told_at, now, _SOURCE))
        return found

    def any_is(self, state: State) -> bool:
        return any(stream.state is state for stream in self.known.values())

    def may_restart(self) -> None:
        for stream in self.known.values():
            stream.restarts = True

    def _may_restart(self, message: str) -> None:
        if message in _RESTARTING:
            self.may_restart()

    def commanded(self, event: str, now: Instant) -> None:
        """A button of the player was pressed."""
        self.ordered_at = now
        self._may_restart(event)


def _wrong_order(stream: Stream, name: str) -> Iterator[Finding]:
    code = WRONG.get((stream.state, name))
    if code == "order.play.not-paused" and stream.resumes:
        return
    if code is not None and not (stream.restarts and name in ("PlayStarted", "PlayResumed")):
        yield _found(code, f"{name}, but this stream {stream.state.value}", "event.header.name", _BECAUSE[code])
    if name == "PlayStarted" and stream.sent[0].get("urlPlayable") is False and not stream.requested:
        said = "it is played without StreamRequested, though urlPlayable is false"
        yield _found("order.play.not-requested", said, "event.header.name", ("D-127",))
    if name in PROGRESS and stream.ordered(name) is None:
        said = f"the stream orders no {name}: {PROGRESS[name]} is null or missing"
        yield _found("order.play.progress-unasked", said, "event.header.name", ("D-134",), severity="warning")


def _wrong_offset(stream: Stream, name: str, offset: float, now: Instant) -> Iterator[Finding]:
    begin = number(stream.value("beginAtInMilliseconds")) or 0
    length = number(stream.value("durationInMilliseconds"))
    said = ""
    if name == "PlayStarted" and stream.state is State.WAITING and not _near(offset, begin):
        yield _amiss(f"it starts at {offset:g} ms, but beginAtInMilliseconds is {begin:g}", "D-122")
        return
    if offset < begin - TOLERANCE_MS:
        said = f"{offset:g} ms lies before the beginning of the window, {begin:g}"
    elif length is not None and offset > begin + length + TOLERANCE_MS:
        said = f"{offset:g} ms lies behind the end of the window, {begin + length:g}"
    elif (
        name == "PlayResumed"
        and stream.paused_at is not None
        and not stream.restarts
        and not _near(offset, stream.paused_at)
    ):
        said = f"it goes on at {offset:g} ms, but was paused at {stream.paused_at:g}"
        yield _amiss(said, "D-126", severity="warning")
        return
    if said:
        yield _amiss(said, "D-123")
    elif name in PROGRESS:
        yield from _wrong_progress(stream, name, offset, now)


def _wrong_progress(stream: Stream, name: str, offset: float, now: Instant) -> Iterator[Finding]:
    ordered, earlier = stream.ordered(name), stream.progress.get(name, [])
    if ordered is None:
        return
    played = _ms(now, stream.started_at)
    if name == _DELAY:
        if earlier:
            said = f"{name} is reported once for each start, but came before"
            yield _found("order.play.repeated", said, "event.header.name", ("D-131",))
        elif not (_near(offset, stream.started_from + ordered) or _near(played, ordered)):
            said = f"reported at {offset:g} ms; the stream was started at {stream.started_from:g}, and {ordered:g} ms"
            yield _found("order.play.progress", f"{said} of playing were ordered", _OFFSET, ("D-131",))
    elif name == _POSITION and not _near(offset, ordered):
        said = f"reported at {offset:g} ms, but the position ordered is {ordered:g}"
        yield _found("order.play.progress", said, _OFFSET, ("D-133",))
    elif name == _INTERVAL and not _fits_interval(stream, offset, ordered, earlier, now):
        said = f"reported at {offset:g} ms, which is not a multiple of the interval ordered, {ordered:g} ms"
        yield _found("order.play.progress", said, _OFFSET, ("D-132",))


def _fits_interval(
    stream: Stream, offset: float, every: float, earlier: list[tuple[float, Instant]], now: Instant
) -> bool:
    """By offset or by clock, counted from the piece's beginning, the start or the report before."""
    if every <= 2 * TOLERANCE_MS:
        return True
    from_offset, from_time = earlier[-1] if earlier else (stream.started_from, stream.started_at)
    return (
        _is_multiple(offset, every)
        or _is_multiple(offset - stream.started_from, every)
        or _near(offset - from_offset, every)
        or _near(_ms(now, from_time), every)
    )


def _missing_progress(stream: Stream, offset: float, now: Instant) -> Iterator[Finding]:
    """It has ended: what should have been reported of it by now? Both clock and offset have to say so."""
    played = min(offset - stream.started_from, _ms(now, stream.started_at))
    for name, because in ((_DELAY, "D-131"), (_INTERVAL, "D-132")):
        ordered = stream.ordered(name)
        if ordered and not stream.progress.get(name) and played > ordered + TOLERANCE_MS:
            said = f"the stream has played for {played:g} ms without {name}, ordered after {ordered:g}"
            yield _found("order.play.progress-missing", said, "event.header.name", (because,))


def _changes(stream: Stream, shown: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Fields of a stream that comes back whose values were never sent."""
    for name, value in shown.items():
        sent = [one[name] for one in stream.sent if name in one]
        if name != "progressReport" and sent and value not in sent:
            yield name, f"it was sent as {sent[-1]!r} and comes back as {value!r}"


def _take(stream: Stream, name: str, offset: float | None, now: Instant) -> None:
    if name in PROGRESS:
        stream.progress.setdefault(name, []).append((offset or 0, now))
        del stream.progress[name][:-10]
        return
    stream.state, stream.told_at = LEADS_TO[name], now
    if name == "PlayStarted":
        stream.started_at, stream.started_from, stream.restarts = now, offset or 0, False
        stream.progress = {}
    stream.paused_at = offset if name == "PlayPaused" else None


_OFFSET = "event.payload.offsetInMilliseconds"


def _amiss(said: str, because: str, **severity: Any) -> Finding:
    return _found("order.play.offset", said, _OFFSET, (because,), **severity)


def _found(code: str, said: str, path: str, because: tuple[str, ...], **severity: Any) -> Finding:
    return Finding(code, said, path, because, source=_SOURCE, **severity)


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= TOLERANCE_MS


def _is_multiple(value: float, of: float) -> bool:
    return value > of / 2 and _near(value, round(value / of) * of)


def _ms(now: Instant, since: Instant) -> float:
    return (now - since) / MILLISECOND
