"""Music and other content (``cic/interfaces/audio-player.md``, ``cic/interfaces/playback-controller.md``).

    - ``REPLACE_ALL`` empties the queue and plays at once, ``ENQUEUE`` appends and starts an idle player (D-118,
      D-120). An item whose URL is not a playable one is asked for when its turn has come, and what StreamDeliver
      brings is laid over the stream of Play (D-127, D-129, D-130).
    - Playing begins at ``beginAtInMilliseconds`` and ends after ``durationInMilliseconds``, or where the sound
      ends (D-122, D-123). Progress is reported by time played, not by time passed (D-131..D-134).
    - Each change is reported with the token of Play and the offset (D-126, D-135). What is replaced while it plays
      or pauses is reported as stopped (D-210).

PlaybackState calls LOADING ``IDLE``: nothing is playing yet.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from mockcloud.client.core import Core, step
from mockcloud.client.events import Events
from mockcloud.client.reader import Received
from mockcloud.client.sounds import Sound, Sounds
from mockcloud.client.vocabulary import Played, Silenced
from mockcloud.clock import MILLISECOND, Timer
from mockcloud.wire.messages import Json


class State(Enum):
    IDLE = auto()
    LOADING = auto()
    PLAYING = auto()
    PAUSED = auto()
    STOPPED = auto()


class On(Enum):
    BEGIN = auto()
    """Play the current item from its beginning."""
    SOUND = auto()
    NO_SOUND = auto()
    PAUSE = auto()
    RESUME = auto()
    STOP = auto()
    REPLAY = auto()
    END = auto()


class Action(Enum):
    LOAD = auto()
    START = auto()
    GO_ON = auto()
    ABANDON = auto()
    PAUSE = auto()
    STOP = auto()
    FINISH = auto()
    REWIND = auto()
    RESUME = auto()


TABLE: dict[tuple[State, On], tuple[State, Action]] = {
    (State.IDLE, On.BEGIN): (State.LOADING, Action.LOAD),
    (State.STOPPED, On.BEGIN): (State.LOADING, Action.LOAD),
    (State.LOADING, On.BEGIN): (State.LOADING, Action.LOAD),
    (State.LOADING, On.SOUND): (State.PLAYING, Action.START),
    (State.LOADING, On.NO_SOUND): (State.IDLE, Action.GO_ON),
    (State.LOADING, On.STOP): (State.STOPPED, Action.ABANDON),
    (State.PLAYING, On.PAUSE): (State.PAUSED, Action.PAUSE),
    (State.PLAYING, On.STOP): (State.STOPPED, Action.STOP),
    (State.PLAYING, On.END): (State.IDLE, Action.FINISH),
    (State.PLAYING, On.REPLAY): (State.PLAYING, Action.REWIND),
    (State.PAUSED, On.RESUME): (State.PLAYING, Action.RESUME),
    (State.PAUSED, On.STOP): (State.STOPPED, Action.STOP),
    (State.PAUSED, On.REPLAY): (State.PLAYING, Action.REWIND),
    (State.STOPPED, On.REPLAY): (State.LOADING, Action.LOAD),
}
"""Pairs that are not in the table change nothing."""

_ACTIVITY = {
    State.IDLE: "IDLE",
    State.LOADING: "IDLE",
    State.PLAYING: "PLAYING",
    State.PAUSED: "PAUSED",
    State.STOPPED: "STOPPED",
}


@dataclass(slots=True, eq=False)
class Item:
    audio_item_id: str
    token: str
    stream: Json
    dialog_request_id: str | None

    @property
    def begin_ms(self) -> int:
        return _number(self.stream.get("beginAtInMilliseconds")) or 0

    @property
    def duration_ms(self) -> int | None:
        return _number(self.stream.get("durationInMilliseconds"))


class Player:
    """``starting`` is called with the item's dialog ID before content is heard."""

    def __init__(self, core: Core, events: Events, sounds: Sounds, starting: Callable[[str | None], None]) -> None:
        self._core = core
        self._events = events
        self._sounds = sounds
        self._starting = starting
        self.state = State.IDLE
        self.repeat_mode = "NONE"
        self._items: list[Item] = []
        self._current = -1
        self._sound: Sound | None = None
        self._timer: Timer | None = None
        self._played = 0
        """Nanoseconds of the current item played until ``_since``."""
        self._since = 0
        self._reported = 0
        """Nanoseconds played when progress was last looked at."""
        self._passed: set[str] = set()

    def feed(self, on: On) -> None:
        if on is On.REPLAY and self._item is None:
            return
        self._count_played()
        action = step(TABLE, self, on)
        if action is not None:
            self._core.changed("player", self.state.name)
            ACTIONS[action](self)

    # --- the cloud ---

    def play(self, received: Received) -> None:
        payload = received.directive.payload
        audio_item = _mapping(payload.get("audioItem"))
        stream = dict(_mapping(audio_item.get("stream")))
        item = Item(
            str(audio_item.get("audioItemId", "")),
            str(stream.get("token", "")),
            stream,
            received.directive.dialog_request_id,
        )
        if payload.get("playBehavior") == "ENQUEUE":
            self._items.append(item)
            if self.state is State.IDLE:
                self._turn_to(len(self._items) - 1)
        else:
            self._replace_by(item)

    def deliver(self, payload: Mapping[str, Any]) -> None:
        """StreamDeliver: lay the stream that came over the one of Play."""
        item = self._item
        if item is not None and payload.get("audioItemId") == item.audio_item_id and self.state is State.LOADING:
            item.stream = {**item.stream, **_mapping(payload.get("audioStream"))}
            self._open(str(item.stream.get("url", "")))

    def clear(self, behavior: object) -> None:
        if behavior == "CLEAR_ALL":
            self.feed(On.STOP)
            del self._items[: self._current]
            del self._items[1:]
            self._current = min(self._current, 0)
        else:
            del self._items[self._current + 1 :]

    def skip(self, by: int) -> None:
        """Next (1) or Previous (-1) of the queue, if there is one (D-144)."""
        if 0 <= self._current + by < len(self._items):
            self._turn_to(self._current + by)

    def set_repeat_mode(self, mode: object) -> None:
        if mode in ("NONE", "REPEAT_ONE"):
            self.repeat_mode = str(mode)

    def report(self) -> None:
        """ExpectReportPlaybackState (D-138)."""
        payload = self.context()
        if self.state not in (State.IDLE, State.LOADING) and self._item is not None:
            payload["token"] = self._item.token
        self._events.send("AudioPlayer.ReportPlaybackState", payload)

    def context(self) -> Json:
        """``AudioPlayer.PlaybackState`` (D-139..D-141, D-204)."""
        payload: Json = {"playerActivity": _ACTIVITY[self.state], "repeatMode": self.repeat_mode}
        item = self._item
        if item is not None and payload["playerActivity"] != "IDLE":
            payload["offsetInMilliseconds"] = self._offset_ms()
            payload["stream"] = item.stream
            if item.duration_ms is not None:
                payload["totalInMilliseconds"] = item.begin_ms + item.duration_ms
        return payload

    @property
    def token(self) -> str | None:
        """The token of the current or last item."""
        return self._item.token if self._item is not None else None

    @property
    def _item(self) -> Item | None:
        return self._items[self._current] if 0 <= self._current < len(self._items) else None

    # --- actions ---

    def _replace_by(self, item: Item) -> None:
        self._end_current()
        self._items = [item]
        self._current = 0
        self.feed(On.BEGIN)

    def _turn_to(self, index: int) -> None:
        self._end_current()
        self._current = index
        self.feed(On.BEGIN)

    def _end_current(self) -> None:
        if self.state in (State.PLAYING, State.PAUSED):
            self.feed(On.STOP)

    def _load(self) -> None:
        item = self._item
        assert item is not None
        self._sounds.stop(self._sound)
        self._sound = None
        self._played = self._reported = 0
        self._passed.clear()
        if item.stream.get("urlPlayable", True):
            self._open(str(item.stream.get("url", "")))
        else:
            payload = {"audioItemId": item.audio_item_id, "audioStream": item.stream}
            self._events.send("AudioPlayer.StreamRequested", payload)

    def _open(self, url: str) -> None:
        self._sounds.stop(self._sound)
        self._sound = self._sounds.at(url, lambda: self.feed(On.SOUND), self._settled)

    def _settled(self) -> None:
        sound = self._sound
        if sound is not None and sound.failed and self.state is State.LOADING:
            silent = self._core.profile.unreachable_media == "silent"
            self.feed(On.SOUND if silent else On.NO_SOUND)
        elif self.state is State.PLAYING:
            self._watch()

    def _start(self) -> None:
        item = self._item
        assert item is not None
        self._starting(item.dialog_request_id)
        self._since = self._core.now
        self._report("PlayStarted")
        self._core.note(Played("music", item.token, str(item.stream.get("url", "")), b"", item.begin_ms))
        self._watch()

    def _rewind(self) -> None:
        self._played = self._reported = 0
        self._passed.clear()
        self._since = self._core.now
        self._report("PlayStarted")
        self._watch()

    def _pause(self) -> None:
        self._halt("PlayPaused", keep=True)

    def _resume(self) -> None:
        self._since = self._core.now
        self._report("PlayResumed")
        self._watch()

    def _stop(self) -> None:
        self._halt("PlayStopped")

    def _abandon(self) -> None:
        self._sounds.stop(self._sound)

    def _finish(self) -> None:
        self._halt("PlayFinished")
        if self.repeat_mode == "REPEAT_ONE":
            self.feed(On.BEGIN)
        else:
            self._go_on()

    def _go_on(self) -> None:
        if self._current + 1 < len(self._items):
            self._current += 1
            self.feed(On.BEGIN)

    def _halt(self, report: str, *, keep: bool = False) -> None:
        self._core.timers.cancel(self._timer)
        if not keep:
            self._sounds.stop(self._sound)
        item = self._item
        assert item is not None
        self._core.note(Silenced("music", item.token))
        offset = item.begin_ms + self._played // MILLISECOND
        self._events.send(f"AudioPlayer.{report}", {"token": item.token, "offsetInMilliseconds": offset})

    # --- time ---

    def _count_played(self) -> None:
        """Put down what has been played, before the state changes."""
        self._played = self._played_now()
        self._since = self._core.now

    def _played_now(self) -> int:
        return self._played + (self._core.now - self._since if self.state is State.PLAYING else 0)

    def _offset_ms(self) -> int:
        begin = self._item.begin_ms if self._item is not None else 0
        return begin + self._played_now() // MILLISECOND

    def _length(self) -> int | None:
        """Nanoseconds that the current item plays, as far as known."""
        item, sound = self._item, self._sound
        assert item is not None
        if item.duration_ms is not None:
            return item.duration_ms * MILLISECOND
        if sound is not None and sound.length_ms is not None:
            return max(0, sound.length_ms - item.begin_ms) * MILLISECOND
        return self._played_now() if sound is not None and sound.failed else None

    def _milestones(self) -> list[tuple[int, str]]:
        """What falls due next, by nanoseconds played: reports first, the end last."""
        item = self._item
        assert item is not None
        orders = _mapping(item.stream.get("progressReport"))
        delay = _number(orders.get("progressReportDelayInMilliseconds"))
        interval = _number(orders.get("progressReportIntervalInMilliseconds"))
        position = _number(orders.get("progressReportPositionInMilliseconds"))
        due: list[tuple[int, str]] = []
        if delay is not None and "ProgressReportDelayPassed" not in self._passed:
            due.append((delay * MILLISECOND, "ProgressReportDelayPassed"))
        if interval:
            every = interval * MILLISECOND
            due.append(((self._reported // every + 1) * every, "ProgressReportIntervalPassed"))
        if position is not None and position >= item.begin_ms and "ProgressReportPositionPassed" not in self._passed:
            due.append(((position - item.begin_ms) * MILLISECOND, "ProgressReportPositionPassed"))
        due.sort()
        length = self._length()
        if length is not None:
            due = [(at, name) for at, name in due if at <= length]
            due.append((length, ""))
        return due

    def _watch(self) -> None:
        """Set the timer for the next milestone."""
        self._core.timers.cancel(self._timer)
        due = self._milestones()
        if due:
            at, name = due[0]
            wait = max(0, at - self._played_now())
            self._timer = self._core.after(wait, lambda: self._reached(at, name))

    def _reached(self, at: int, name: str) -> None:
        if not name:
            self.feed(On.END)
            return
        self._passed.add(name)
        if name == "ProgressReportIntervalPassed":
            self._reported = at
        self._report(name)
        self._watch()

    def _report(self, name: str) -> None:
        item = self._item
        assert item is not None
        self._events.send(f"AudioPlayer.{name}", {"token": item.token, "offsetInMilliseconds": self._offset_ms()})


ACTIONS: dict[Action, Callable[[Player], None]] = {
    Action.LOAD: Player._load,
    Action.START: Player._start,
    Action.GO_ON: Player._go_on,
    Action.ABANDON: Player._abandon,
    Action.PAUSE: Player._pause,
    Action.STOP: Player._stop,
    Action.FINISH: Player._finish,
    Action.REWIND: Player._rewind,
    Action.RESUME: Player._resume,
}


def _number(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
