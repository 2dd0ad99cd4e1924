"""The few streams that the cloud itself can play: melodies made on the fly, served by our own media endpoint."""

from typing import Any
from urllib.parse import quote

from mockcloud.vocabulary.replies import LOCAL

STREAM_MS = 30_000


def stream(item: str, *, token: str) -> dict[str, Any]:
    """An AudioStreamInfoObject that can be played at once (C-117, C-120)."""
    return {
        "beginAtInMilliseconds": 0,
        "durationInMilliseconds": STREAM_MS,
        "token": token,
        "url": f"{LOCAL}/media/music/{STREAM_MS}/{quote(item, safe='', errors='replace')}.mp3",
        "urlPlayable": True,
    }


def play(item: str, *, token: str, title: str, artist: str) -> dict[str, Any]:
    """The payload of an AudioPlayer.Play that replaces what plays (C-115, C-116)."""
    return {
        "audioItem": {
            "audioItemId": item,
            "titleText": title,
            "titleSubText1": artist,
            "type": "music",
            "stream": stream(item, token=token),
        },
        "playBehavior": "REPLACE_ALL",
        "source": {"name": "mockcloud"},
    }
