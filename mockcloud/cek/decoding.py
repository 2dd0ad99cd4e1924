"""From the bytes that came back to JSON: status, compression, Content-Type, encoding, syntax, in this order (K-093).

What departs from the rules and can be read all the same is a finding; what cannot raises `Unusable`.
"""

import zlib
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

from mockcloud.cek.exchange import HttpAnswer
from mockcloud.cek.failures import Failure, FailureClass
from mockcloud.vocabulary.findings import Finding
from mockcloud.wire import jsontext
from mockcloud.wire.http import media_type
from mockcloud.wire.messages import Json

SHOWN = 2000
"""Characters of an unreadable body that are kept for people."""

_BOM = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b\x08"
_JSON = "application/json"
_SOURCE = "cek/http-message.md § HTTP 헤더"
_EXCERPT = 60
_MOST_REPEATED = 10
"""Keys of an answer that are said to stand there more than once."""
_COMPRESSED = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""Content codings that can be undone, and what `zlib` calls them."""
_OTHER_ENCODINGS = ("cp949", "shift_jis", "latin-1")
"""What texts that are not UTF-8 turn out to be, the likeliest first; the last reads anything."""


class Unusable(Exception):
    """There is no message in the answer."""

    def __init__(self, kind: FailureClass, said: str) -> None:
        super().__init__(said)
        self.failure = Failure(kind, said)


def message_of(answer: HttpAnswer, size_limit: int, findings: list[Finding]) -> Json:
    """The JSON object of an answer; what is tolerated is added to ``findings``. Raises `Unusable`."""
    _check_status(answer, findings)
    body = _uncompressed(answer, size_limit, findings)
    kind, parameters = media_type(answer.header("content-type"))
    text_type = "no Content-Type" if not kind else f"the Content-Type {kind}"
    _check_utf8(body, parameters.get("charset", ""), findings)
    try:
        message = jsontext.loads(body)
    except jsontext.JsonError as error:
        raise _no_json(body, kind, text_type, error) from None
    _check_type(answer.header("content-type"), kind, text_type, findings)
    for path in jsontext.repeated_keys(body)[:_MOST_REPEATED]:
        said = f"`{path}` stands there more than once; the last one counts"
        findings.append(Finding("extension.json.repeated-key", said, path, ("K-093",), "warning"))
    if not isinstance(message, dict):
        raise Unusable("schema", f"the answer is {_name_of(message)}, not a JSON object: answer {{...}} as in K-101")
    return message


def excerpt_of(body: bytes) -> str:
    """The beginning of a body that is not a message, for the journal."""
    return body[: 4 * SHOWN].decode("utf-8", "replace")[:SHOWN]


# -- status ----------------------------------------------------------------------------------------------------


def _check_status(answer: HttpAnswer, findings: list[Finding]) -> None:
    status = answer.status
    if status == 200:
        return
    if 200 <= status < 300 and answer.body:
        said = f"the status is {status}, expected 200; its body is taken all the same"
        findings.append(Finding("extension.status", said, "", ("K-093",), source=_SOURCE))
        return
    raise Unusable("status", f"the status is {status}, expected 200: {_advice(answer)}")


def _advice(answer: HttpAnswer) -> str:
    status = answer.status
    if 200 <= status < 300:
        return "answer 200 and a JSON object as in K-101, to whatever is asked"
    if 300 <= status < 400:
        return f"redirects are not followed, register {_led_to(answer) or 'the URL that it leads to'} itself"
    if status in (401, 403) or (status in (400, 500) and b"ignature" in answer.body):
        return (
            "the server refuses the request; if it checks signatures, give it the public key of this server "
            "(`mockcloud run --trust-cek-key` gives it to the public SDKs), or switch its check off"
        )
    if status == 404:
        return "the server has nothing at this path, see that the registered URL is whole"
    if status == 405:
        return "the server does not take POST at this path, see that the registered URL is whole"
    text = " ".join(excerpt_of(answer.body).split())
    return f"the server says {_shortened(text)!r}, see its log" if text else "see the server's log"


def _led_to(answer: HttpAnswer) -> str:
    """The whole URL of a redirect, whose Location may be relative to the one that was asked (RFC 9110, 10.2.2).

    Empty if it cannot be made out. Without what a URL may say of a user.
    """
    try:
        parts = urlsplit(urljoin(answer.url, answer.header("location")))
    except ValueError:
        return ""
    whole = parts.scheme in ("http", "https") and parts.netloc
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])) if whole else ""


# -- bytes -----------------------------------------------------------------------------------------------------


def _uncompressed(answer: HttpAnswer, size_limit: int, findings: list[Finding]) -> bytes:
    coding = answer.header("content-encoding").strip().lower()
    if coding in ("", "identity"):
        return answer.body
    window = _COMPRESSED.get(coding)
    if window is None:
        raise Unusable("encoding", f"the answer is compressed by {_shortened(coding)!r}: send it as it is")
    unpacking = zlib.decompressobj(window)
    try:
        body = unpacking.decompress(answer.body, size_limit + 1)
    except zlib.error as error:
        raise Unusable("encoding", f"the answer is said to be {coding}, but it is not: {error}") from None
    if len(body) > size_limit:
        raise Unusable("too_large", f"the answer is more than {size_limit} bytes long when it is unpacked")
    if not unpacking.eof:
        raise Unusable("encoding", f"the {coding} of the answer ends in its middle: send it whole, or as it is")
    said = f"the answer is compressed by {coding}, which was not asked for; it is unpacked"
    findings.append(Finding("extension.encoding", said, "", ("K-093",), "warning", _SOURCE))
    return body


def _check_utf8(body: bytes, charset: str, findings: list[Finding]) -> None:
    if body.startswith(_GZIP):
        raise Unusable("encoding", "the answer is compressed by gzip and has no Content-Encoding: send it as it is")
    if body.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in body[:4]:
        raise Unusable("encoding", "the answer is in UTF-16 or UTF-32: send it in UTF-8")
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise Unusable(
            "encoding",
            f"byte 0x{body[error.start]:02x} at position {error.start} of the answer is not UTF-8, "
            f"{_likely_encoding(body)}: send it in UTF-8",
        ) from None
    if body.startswith(_BOM):
        said = "the answer begins with a byte order mark; it is skipped"
        findings.append(Finding("extension.encoding", said, "", ("K-093",), "warning", _SOURCE))
    if charset and charset.lower() not in ("utf-8", "utf8"):
        said = f"the answer is said to be in {_shortened(charset)!r}, expected UTF-8; it is read as UTF-8"
        findings.append(Finding("extension.encoding", said, "", ("K-093",), "warning", _SOURCE))


def _likely_encoding(body: bytes) -> str:
    for encoding in _OTHER_ENCODINGS:
        try:
            body.decode(encoding)
        except UnicodeDecodeError:
            continue
        return f"it may be {encoding}"
    raise AssertionError("latin-1 reads anything")


# -- JSON ------------------------------------------------------------------------------------------------------


def _no_json(body: bytes, kind: str, text_type: str, error: jsontext.JsonError) -> Unusable:
    if not body.strip():
        return Unusable("json", "the answer is empty: send a JSON object as in K-101")
    if kind == _JSON:
        return Unusable("json", f"the answer is not JSON, {error}")
    shown = _shortened(" ".join(excerpt_of(body).split()))
    return Unusable("content_type", f"the answer has {text_type} and is not JSON, it begins with {shown!r}: send JSON")


def _check_type(written: str, kind: str, text_type: str, findings: list[Finding]) -> None:
    if kind != _JSON:
        said = f"the answer has {text_type}, expected {_JSON}; it is read as JSON"
        findings.append(Finding("extension.content-type", said, "", ("K-093",), source=_SOURCE))
        return
    odd = [piece.strip() for piece in written.split(";")[1:] if piece.strip() and "=" not in piece]
    if odd:
        said = f"{_shortened(odd[0])!r} in the Content-Type is not a parameter, `charset=UTF-8` is meant"
        findings.append(Finding("extension.content-type", said, "", ("K-093",), "warning", _SOURCE))


def _name_of(value: Any) -> str:
    if value is None:
        return "null"
    names = {list: "an array", str: "a text", bool: "true or false"}
    return names.get(type(value), "a number")


def _shortened(text: str) -> str:
    return text if len(text) <= _EXCERPT else text[:_EXCERPT] + "..."
