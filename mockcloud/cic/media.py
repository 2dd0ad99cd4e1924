"""What the cloud's URLs lead to: speech and music as MPEG audio. No token is asked for; ranges answer 206.

A path says everything about its content, so nothing is kept and nothing can be missing.
"""

import base64
import binascii
from urllib.parse import unquote

from mockcloud.speech.tone import melody, synthesize
from mockcloud.wire.http import WebRequest, WebResponse, byte_range

LONGEST_MS = 3_600_000
MPEG = "audio/mpeg"


def media(request: WebRequest) -> WebResponse:
    """``GET | HEAD /media/speech/<lang>/<text>.mp3`` and ``/media/music/<ms>/<item>.mp3``."""
    if request.method not in ("GET", "HEAD"):
        return WebResponse(405, (("allow", "GET, HEAD"),))
    data = _content(request.path)
    if data is None:
        return WebResponse(404, (("content-type", "text/plain; charset=utf-8"),), b"there is no such audio\n")
    wanted = byte_range(request.header("range"), len(data))
    headers = [("accept-ranges", "bytes")]
    if wanted.content_range is not None:
        headers.append(("content-range", wanted.content_range))
    if wanted.status == 416:
        return WebResponse(416, tuple(headers))
    body = data[wanted.start : wanted.stop]
    headers += [("content-type", MPEG), ("content-length", str(len(body)))]
    return WebResponse(wanted.status, tuple(headers), b"" if request.method == "HEAD" else body)


def _content(path: str) -> bytes | None:
    match path.removesuffix(".mp3").split("/")[2:]:
        case ["speech", lang, text]:
            try:
                padded = text + "=" * (-len(text) % 4)
                return synthesize(base64.b64decode(padded, altchars="-_", validate=True).decode(), lang).mp3
            except (binascii.Error, ValueError):
                return None
        case ["music", ms, *item] if item and ms.isdecimal() and len(ms) < 9 and int(ms) <= LONGEST_MS:
            return melody(unquote("/".join(item)), int(ms)).mp3
    return None
