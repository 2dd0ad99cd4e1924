"""Where sounds come from: an attachment, a URL, or the device itself; and how long they play.

A URL is fetched with the device's User-Agent and without its token (D-004). An HLS playlist is fetched with all
its segments, of a master playlist the first variant (D-143).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from mockcloud.client.connection import Connection
from mockcloud.client.core import Core
from mockcloud.client.reader import DirectiveReader
from mockcloud.client.vocabulary import Trouble
from mockcloud.speech import tone
from mockcloud.vocabulary import Headers, RequestId

OWN_SOUND_MS = 1000
"""Length of the sounds that the device has in itself (``clova://...``)."""
MOST_REDIRECTS = 5


@dataclass(slots=True, eq=False)
class Sound:
    """Something that can be played. ``begun`` is called when its first bytes are there, ``settled`` when all
    is known about it: ``length_ms`` then has a value, unless it ``failed``."""

    url: str
    begun: Callable[[], None]
    settled: Callable[[], None]
    audio: bytes = b""
    length_ms: int | None = None
    failed: bool = False
    has_begun: bool = False
    requests: list[RequestId] = field(default_factory=list)
    _extinf: float = 0.0

    def begin(self) -> None:
        if not self.has_begun:
            self.has_begun = True
            self.begun()


def _nothing() -> None:
    pass


class Sounds:
    def __init__(self, core: Core, connection: Connection) -> None:
        self._core = core
        self._connection = connection

    def attached(self, url: str, reader: DirectiveReader, settled: Callable[[], None]) -> Sound:
        """The sound of ``cid:...`` or of a URL, for a directive that came by ``reader``."""
        if not url.startswith("cid:"):
            return self.at(url, _nothing, settled)
        sound = Sound(url, _nothing, settled)
        reader.attachment(url.removeprefix("cid:"), lambda audio: self._attachment(sound, audio))
        return sound

    def at(self, url: str, begun: Callable[[], None], settled: Callable[[], None]) -> Sound:
        sound = Sound(url, begun, settled)
        if urlsplit(url).scheme in ("http", "https"):
            self._get(sound, url, _Download(self, sound, url))
        elif url.startswith("clova://"):
            sound.length_ms = OWN_SOUND_MS
            self._core.after(0, lambda: self._settle(sound))
        else:
            self._core.after(0, lambda: self.failed(sound, f"{url!r} is nothing that can be played"))
        return sound

    def stop(self, sound: Sound | None) -> None:
        """No more of it is wanted; it calls nobody any more."""
        if sound is None:
            return
        sound.begun = sound.settled = _nothing
        for request in sound.requests:
            self._core.give_up(request)

    def failed(self, sound: Sound, why: str) -> None:
        self._core.note(Trouble(f"a sound could not be had: {why}", f"check {sound.url}"))
        sound.failed = True
        sound.settled()

    def loaded(self, sound: Sound, url: str, body: bytes) -> None:
        if body.lstrip().startswith(b"#EXTM3U"):
            self._playlist(sound, url, body.decode("utf-8", "replace"))
            return
        sound.audio = body
        sound.length_ms = tone.duration_ms(body)
        self._settle(sound)

    def _playlist(self, sound: Sound, url: str, text: str) -> None:
        addresses = [urljoin(url, line.strip()) for line in text.splitlines() if line.strip() and line[0] != "#"]
        if "#EXT-X-STREAM-INF" in text and addresses:
            self._get(sound, addresses[0], _Download(self, sound, addresses[0]))
            return
        sound.length_ms = round(1000 * sum(float(s) for s in re.findall(r"#EXTINF:\s*(\d+(?:\.\d+)?)", text)))
        for address in addresses:
            self._get(sound, address, _Segment(sound))
        self._settle(sound)

    def _get(self, sound: Sound, url: str, response: "_Download | _Segment") -> None:
        headers: Headers = (("accept", "*/*"), ("user-agent", self._core.profile.user_agent))
        parts = urlsplit(url)
        own = f"{parts.scheme}://{parts.netloc}" == self._core.profile.url
        if own and self._connection.is_ready:
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            sound.requests.append(self._core.request("GET", path or "/", headers, response))
        else:
            sound.requests.append(self._core.fetch("GET", url, headers, response))

    def redirected(self, sound: Sound, url: str, redirects: int) -> None:
        self._get(sound, url, _Download(self, sound, url, redirects))

    def _attachment(self, sound: Sound, audio: bytes | None) -> None:
        # Never call back from inside the call that asks for the sound: the caller does not hold it yet.
        if audio is None:
            self._core.after(0, lambda: self.failed(sound, "the response has no such attachment"))
            return
        sound.audio = audio
        sound.length_ms = tone.duration_ms(audio)
        self._core.after(0, lambda: self._settle(sound))

    def _settle(self, sound: Sound) -> None:
        sound.begin()
        sound.settled()


class _Download:
    def __init__(self, sounds: Sounds, sound: Sound, url: str, redirects: int = 0) -> None:
        self._sounds = sounds
        self._sound = sound
        self._url = url
        self._redirects = redirects
        self._body = bytearray()
        self._status = 0
        self._location = ""

    def started(self, status: int, headers: Headers) -> None:
        self._status = status
        self._location = next((value for name, value in headers if name == "location"), "")

    def data(self, data: bytes) -> None:
        self._body += data
        if self._status in (200, 206) and not self._body.startswith(b"#EXTM3U"[: len(self._body)]):
            self._sound.begin()

    def ended(self) -> None:
        if self._status in (200, 206):
            self._sounds.loaded(self._sound, self._url, bytes(self._body))
        elif self._status in (301, 302, 303, 307, 308) and self._location and self._redirects < MOST_REDIRECTS:
            self._sounds.redirected(self._sound, urljoin(self._url, self._location), self._redirects + 1)
        else:
            self._sounds.failed(self._sound, f"{self._url} answered {self._status}")

    def lost(self, reason: str) -> None:
        self._sounds.failed(self._sound, f"{self._url}: {reason or 'the stream was reset'}")


class _Segment:
    def __init__(self, sound: Sound) -> None:
        self._sound = sound

    def started(self, _status: int, _headers: Headers) -> None:
        pass

    def data(self, data: bytes) -> None:
        self._sound.audio += data

    def ended(self) -> None:
        pass

    def lost(self, _reason: str) -> None:
        pass
