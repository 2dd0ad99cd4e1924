"""Notifications: a light and sounds that tell of something new (``cic/interfaces/notifier.md``).

While one notification is heard the next one waits (D-212); ClearIndicator ends all of it (D-190).
"""

from collections import deque
from collections.abc import Mapping
from typing import Any

from mockcloud.client.alerts import asset_urls
from mockcloud.client.core import Core
from mockcloud.client.sounds import Sound, Sounds
from mockcloud.client.vocabulary import Lit, Played, Silenced
from mockcloud.clock import MILLISECOND, Timer


class Notifier:
    def __init__(self, core: Core, sounds: Sounds) -> None:
        self._core = core
        self._sounds = sounds
        self._queue: deque[str] = deque()
        self._sound: Sound | None = None
        self._timer: Timer | None = None

    def notify(self, payload: Mapping[str, Any]) -> None:
        if payload.get("light") != "NONE":
            self._core.note(Lit("notification"))
        self._queue.extend(asset_urls(payload))
        if self._sound is None:
            self._next()

    def clear(self) -> None:
        self._core.timers.cancel(self._timer)
        self._sounds.stop(self._sound)
        self._sound = None
        self._queue.clear()
        self._core.note(Lit("idle"))

    def _next(self) -> None:
        self._sound = None
        if self._queue:
            url = self._queue.popleft()
            self._sound = self._sounds.at(url, lambda: self._core.note(Played("notification", "", url)), self._settled)

    def _settled(self) -> None:
        sound = self._sound
        assert sound is not None
        self._timer = self._core.after((sound.length_ms or 0) * MILLISECOND, self._over)

    def _over(self) -> None:
        assert self._sound is not None
        if not self._sound.failed:
            self._core.note(Silenced("notification", ""))
        self._next()
