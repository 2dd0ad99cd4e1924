"""HTTP values that more than one part reads: media types, Bearer tokens, byte ranges, parameters.

Nothing here acts: strings in, values out. Header names are in lower case everywhere (`vocabulary.Headers`).
"""

import re
from functools import lru_cache
from typing import Literal
from urllib.parse import parse_qsl

from mockcloud.vocabulary import Exchange, Headers
from mockcloud.vocabulary.value import Value

MAX_PARAMETERS = 1000
"""More parameters than this in one query or form are refused; the longest operation of the text has six."""

_FORM = "application/x-www-form-urlencoded"
_PIECE = re.compile(r'(?:[^";]++|"(?:[^"\\]|\\.)*+"?)*+', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_RANGE = re.compile(r"bytes[ \t]*=[ \t]*([0-9]*)[ \t]*-[ \t]*([0-9]*)", re.ASCII | re.IGNORECASE)
_BEARER = re.compile(r"([^ \t]+)([ \t]*)(.*)", re.DOTALL)
_BEYOND_ANY_SIZE = 10**18


def media_type(value: str) -> tuple[str, dict[str, str]]:
    """The type and the parameters of a ``Content-Type`` (or ``Content-Disposition``), as far as they can be read.

    Type and parameter names come in lower case, values as they are, without quotes. Forms of the field are taken
    (C-058): a trailing ``;``, blanks around ``=``, values with ``=`` in them, an unfinished quotation. A parameter
    without ``=`` (``application/json;charset-UTF-8``) is left out; of a repeated one the first counts.
    """
    kind, parameters = _media_type(value)
    return kind, dict(parameters)


@lru_cache(maxsize=1024)
def _media_type(value: str) -> tuple[str, dict[str, str]]:
    """Devices send the same few values again and again."""
    pieces = _PIECE.findall(value) if '"' in value else value.split(";")
    parameters: dict[str, str] = {}
    for piece in pieces[1:]:
        name, equals, text = piece.partition("=")
        if equals:
            parameters.setdefault(name.strip().lower(), _unquoted(text.strip()))
    return pieces[0].strip().lower(), parameters


def _unquoted(text: str) -> str:
    if not text.startswith('"'):
        return text
    return _ESCAPED.sub(r"\1", text[1:-1] if len(text) > 1 and text.endswith('"') else text[1:])


@lru_cache(maxsize=1024)
def boundary(content_type: str) -> str:
    """The boundary term of a multipart ``Content-Type`` (``newer/CIC_API.md § Multipart 메시지``, C-033, C-058).

    Raises `ValueError` with the reason when there is none.
    """
    kind, parameters = media_type(content_type)
    if not kind.startswith("multipart/"):
        raise ValueError(
            f"Content-Type is {content_type!r}, not multipart: write multipart/form-data; boundary=<term>"
            if content_type
            else "there is no Content-Type: write multipart/form-data; boundary=<term>"
        )
    term = parameters.get("boundary")
    if not term:
        raise ValueError(f"Content-Type {content_type!r} names no boundary: write {kind}; boundary=<term>")
    return term


class Bearer(Value, frozen=True):
    """What an ``Authorization`` header says (C-021, D-006).

    ``token`` is the token if one can be made out, even of a header whose form is wrong: the two are different
    questions. ``said`` explains a ``problem``.
    """

    token: str | None
    problem: Literal["", "missing", "malformed"] = ""
    said: str = ""


@lru_cache(maxsize=1024)
def bearer(value: str | None) -> Bearer:
    """Read ``Bearer <token>``: the scheme, one space, the token (``cic/guide-interact-with-cic.md § 인증하기``).

    The scheme in another case, or more than one blank, is malformed and yet has a token.
    """
    if value is None or not value.strip():
        return Bearer(None, "missing", "there is no Authorization header")
    found = _BEARER.fullmatch(value.strip())
    assert found is not None
    scheme, blanks, token = found.groups()
    if scheme.lower() != "bearer":
        return Bearer(None, "malformed", f"the scheme of Authorization is {scheme!r}, expected Bearer")
    if not token:
        return Bearer(None, "malformed", "Authorization has no token after Bearer")
    if any(c.isspace() for c in token):
        return Bearer(None, "malformed", "the token in Authorization has blanks in it")
    if scheme != "Bearer":
        return Bearer(token, "malformed", f"the scheme of Authorization is {scheme!r}, expected 'Bearer'")
    if blanks != " " or value != value.strip():
        return Bearer(token, "malformed", "expected Bearer, one space and the token in Authorization")
    return Bearer(token)


class ByteRange(Value, frozen=True):
    """Which bytes of ``size`` to send: ``start`` up to, not including, ``stop``, under ``status``."""

    status: Literal[200, 206, 416]
    start: int
    stop: int
    size: int

    @property
    def content_range(self) -> str | None:
        """The ``Content-Range`` that goes with 206 and 416; ``None`` with 200."""
        if self.status == 206:
            return f"bytes {self.start}-{self.stop - 1}/{self.size}"
        return f"bytes */{self.size}" if self.status == 416 else None


def byte_range(value: str | None, size: int) -> ByteRange:
    """What a ``Range`` header asks for, of ``size`` bytes (RFC 9110, section 14).

    One range in bytes is answered with 206, one that begins past the end with 416. Anything else (no header,
    another unit, several ranges, wrong syntax) is as if the header were not there: 200 and everything.
    """
    everything = ByteRange(200, 0, size, size)
    found = _RANGE.fullmatch(value.strip()) if value else None
    if found is None or not any(found.groups()):
        return everything
    first, last = (_position(digits) for digits in found.groups())
    if first is None:
        assert last is not None
        start, stop = max(0, size - last), size
    else:
        if last is not None and last < first:
            return everything
        start, stop = first, size if last is None else min(last + 1, size)
    if start >= stop:
        return ByteRange(416, 0, 0, size)
    return ByteRange(206, start, stop, size)


def _position(digits: str) -> int | None:
    if not digits:
        return None
    return int(digits) if len(digits) <= 18 else _BEYOND_ANY_SIZE


class WebRequest(Value, frozen=True):
    """A whole request to one of the ordinary endpoints: auth, terms, media, control."""

    method: str
    path: str
    query: str
    """As it came, without the question mark."""
    headers: Headers
    body: bytes
    scheme: str
    authority: str
    ex: Exchange | None = None
    """The stream that it came on, if it came on one."""

    def header(self, name: str) -> str | None:
        """The first header of that (lower-case) name."""
        return next((value for key, value in self.headers if key == name), None)


class WebResponse(Value, frozen=True):
    status: int
    headers: Headers = ()
    body: bytes = b""


def parameters(request: WebRequest) -> dict[str, str]:
    """The parameters of a request to the authorisation server (C-002), percent-decoded.

    They are read from the URL's query and, on POST, also from a form body. Where both name one the query wins,
    since the text calls all of them query parameters; of a repeated one the first counts. A body
    without Content-Type is taken for a form. Raises `ValueError` for more than `MAX_PARAMETERS` in either.
    """
    pairs = _decoded(request.query)
    if request.method == "POST" and media_type(request.header("content-type") or _FORM)[0] == _FORM:
        pairs += _decoded(request.body.decode("utf-8", "replace"))
    found: dict[str, str] = {}
    for name, value in pairs:
        found.setdefault(name, value)
    return found


def _decoded(text: str) -> list[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_PARAMETERS)
