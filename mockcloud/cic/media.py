"""What the cloud's URLs lead to: speech and music as MPEG audio, radio as an HLS playlist. No token is asked for;
pictures as PNG; ranges answer 206.

A path says everything about its content, so nothing is kept and nothing can be missing.
"""

import base64
import binascii
from urllib.parse import parse_qs, quote, unquote

from mockcloud.cloud.pictures import LARGEST, draw
from mockcloud.speech.tone import melody, melody_segment, synthesize
from mockcloud.vocabulary.value import Value
from mockcloud.wire.http import WebRequest, WebResponse, byte_range

LONGEST_MS = 3_600_000
MPEG = "audio/mpeg"
PNG = "image/png"
HLS = "application/vnd.apple.mpegurl"
SEGMENT_MS = 6_000


class Content(Value, frozen=True):
    data: bytes
    kind: str = MPEG


def media(request: WebRequest) -> WebResponse:
    """``GET | HEAD`` of ``/media/speech/<lang>/<text>.mp3``, ``/media/music/<ms>/<item>.mp3``, and the playlist
    ``/media/hls/<ms>/<item>.m3u8`` with its segments ``/media/hls/<ms>/<item>/<number>.mp3``; pictures are
    ``/media/picture/<size>/<name>.png``. ``?account=`` says whose it is, which the segments of a playlist hand on.
    """
    if request.method not in ("GET", "HEAD"):
        return WebResponse(405, (("allow", "GET, HEAD"),))
    content = _content(request.path, _whose(request.query))
    if content is None:
        return WebResponse(404, (("content-type", "text/plain; charset=utf-8"),), b"there is nothing at this path\n")
    data = content.data
    wanted = byte_range(request.header("range"), len(data))
    headers = [("accept-ranges", "bytes")]
    if wanted.content_range is not None:
        headers.append(("content-range", wanted.content_range))
    if wanted.status == 416:
        return WebResponse(416, tuple(headers))
    body = data[wanted.start : wanted.stop]
    headers += [("content-type", content.kind), ("content-length", str(len(body)))]
    return WebResponse(wanted.status, tuple(headers), b"" if request.method == "HEAD" else body)


def _whose(query: str) -> str:
    """The account in the query, as a query."""
    account = parse_qs(query).get("account", [""])[0]
    return f"?account={quote(account, safe='', errors='replace')}" if account else ""


def _content(path: str, whose: str) -> Content | None:
    match path.split("/")[2:]:
        case ["speech", lang, text] if text.endswith(".mp3"):
            return _speech(lang, text.removesuffix(".mp3"))
        case ["music", ms, *item] if item and item[-1].endswith(".mp3"):
            name = unquote("/".join(item)).removesuffix(".mp3")
            return Content(melody(name, int(ms)).mp3) if _is_length(ms) else None
        case ["hls", ms, item] if item.endswith(".m3u8"):
            return Content(_playlist(item.removesuffix(".m3u8"), int(ms), whose), HLS) if _is_length(ms) else None
        case ["hls", ms, item, number] if number.endswith(".mp3"):
            return _segment(unquote(item), ms, number.removesuffix(".mp3"))
        case ["picture", size, *name] if name and name[-1].endswith(".png"):
            return _picture(unquote("/".join(name)).removesuffix(".png"), size)
    return None


def _is_length(ms: str) -> bool:
    return ms.isdecimal() and len(ms) < 9 and int(ms) <= LONGEST_MS


def _speech(lang: str, text: str) -> Content | None:
    try:
        padded = text + "=" * (-len(text) % 4)
        return Content(synthesize(base64.b64decode(padded, altchars="-_", validate=True).decode(), lang).mp3)
    except (binascii.Error, ValueError):
        return None


def _picture(name: str, size: str) -> Content | None:
    if not (size.isdecimal() and len(size) < 5 and 0 < int(size) <= LARGEST):
        return None
    return Content(draw(name, int(size)), PNG)


def _playlist(item: str, ms: int, whose: str) -> bytes:
    """A playlist of packed audio that ends; ``item`` is written into the paths as it came, percent-encoded."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", f"#EXT-X-TARGETDURATION:{SEGMENT_MS // 1000}"]
    lines += ["#EXT-X-MEDIA-SEQUENCE:0", "#EXT-X-PLAYLIST-TYPE:VOD"]
    for number, begin in enumerate(range(0, max(ms, 1), SEGMENT_MS)):
        lines += [f"#EXTINF:{min(SEGMENT_MS, ms - begin) / 1000:.3f},", f"{item}/{number}.mp3{whose}"]
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""]).encode()


def _segment(item: str, ms: str, number: str) -> Content | None:
    if not (_is_length(ms) and number.isdecimal() and len(number) < 9):
        return None
    begin = int(number) * SEGMENT_MS
    if begin >= int(ms):
        return None
    return Content(melody_segment(item, begin, min(SEGMENT_MS, int(ms) - begin)))
