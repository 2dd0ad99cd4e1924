"""The few streams that the cloud itself can play: melodies made on the fly, served by our own media endpoint."""

from typing import Any, Literal
from urllib.parse import quote

from mockcloud.vocabulary.replies import LOCAL
from mockcloud.vocabulary.value import Value

STREAM_MS = 30_000
PODCAST_REPORT_MS = 60_000
"""How often a device reports how far a podcast has been heard (C-119)."""


class Track(Value, frozen=True):
    """Something that can be played."""

    item: str
    """Its ``audioItemId``."""
    title: str
    artist: str
    kind: Literal["music", "radio", "podcast"] = "music"
    ms: int = STREAM_MS
    form: Literal["mp3", "m3u8"] = "mp3"
    """One file, or an HLS playlist."""
    playable: bool = True
    """Whether Play carries the URL; if not, the device asks with StreamRequested (C-117)."""


TRACKS = (
    Track("mockcloud-1", "Three Chords", "mockcloud"),
    Track("mockcloud-2", "Slow Water", "mockcloud", ms=48_000),
    Track("mockcloud-3", "Paper Boats", "mockcloud", ms=36_000, playable=False),
    Track("mockcloud-radio", "mockcloud FM", "mockcloud", "radio", ms=600_000, form="m3u8"),
    Track("mockcloud-podcast-1", "Episode 1", "mockcloud", "podcast", ms=120_000),
    Track("mockcloud-podcast-2", "Episode 2", "mockcloud", "podcast", ms=120_000, playable=False),
)
"""The catalogue."""


def track(item: str) -> Track | None:
    """The track of that ``audioItemId``."""
    return next((one for one in TRACKS if one.item == item), None)


def tracks(kind: Literal["music", "radio", "podcast"]) -> tuple[Track, ...]:
    return tuple(one for one in TRACKS if one.kind == kind)


def stream(item: str, *, token: str) -> dict[str, Any]:
    """An AudioStreamInfoObject that can be played at once (C-117, C-120); any item has a melody."""
    one = track(item) or Track(item, item, "")
    folder = "hls" if one.form == "m3u8" else "music"
    return {
        "beginAtInMilliseconds": 0,
        "durationInMilliseconds": one.ms,
        "token": token,
        "url": f"{LOCAL}/media/{folder}/{one.ms}/{quote(item, safe='', errors='replace')}.{one.form}",
        "urlPlayable": True,
    }


def play(item: str, *, token: str, title: str, artist: str) -> dict[str, Any]:
    """The payload of an AudioPlayer.Play that replaces what plays (C-115, C-116)."""
    return _play(Track(item, title, artist), token, "REPLACE_ALL")


def play_track(one: Track, *, token: str, enqueue: bool = False) -> dict[str, Any]:
    """The payload of an AudioPlayer.Play of a track of the catalogue (C-115..C-117)."""
    payload = _play(one, token, "ENQUEUE" if enqueue else "REPLACE_ALL")
    if not one.playable:
        payload["audioItem"]["stream"] |= {"url": f"clova:{one.item}", "urlPlayable": False}
    return payload


def _play(one: Track, token: str, behaviour: str) -> dict[str, Any]:
    known = stream(one.item, token=token)
    if one.kind == "podcast":
        known["progressReport"] = {"progressReportIntervalInMilliseconds": PODCAST_REPORT_MS}
    return {
        "audioItem": {
            "audioItemId": one.item,
            "titleText": one.title,
            "titleSubText1": one.artist,
            "type": one.kind,
            "stream": known,
        },
        "playBehavior": behaviour,
        "source": {"name": "mockcloud"},
    }
