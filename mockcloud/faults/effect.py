"""What all effects have in common: how one is declared, and what it may do to an exchange.

An effect is a frozen dataclass; its fields are its settings, its docstring tells what it does. Where it may strike is
its row of the one table (`mockcloud.faults.table`). There are four ways to act, and an effect has one or more:

    strike    at a moment: commands, now; they may end the exchange (`Progress.is_over`) or hold it up (`Hold`)
    headers   change the header fields of the response
    parts     change the parts of a multipart response
    whole     change the body of an answer that is not multipart (`/token`, media, an extension's)
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from mockcloud.faults.points import On, Point
from mockcloud.faults.settings import Kind
from mockcloud.settings import Breakage
from mockcloud.vocabulary import Command, Exchange, Headers
from mockcloud.vocabulary.value import Value
from mockcloud.wire.multipart import Part


class Hold(Value, frozen=True):
    """Nothing more of this exchange's response for so many nanoseconds; ``None``: ever."""

    span: int | None = None


class ExpireToken(Value, frozen=True):
    """The access token that this exchange was begun with ends now."""


class BreakSignature(Value, frozen=True):
    """The request to an extension is signed wrongly."""

    how: Breakage


class RefuseConnection(Value, frozen=True):
    """The request to an extension meets nobody who listens."""


Act = Command | Hold | ExpireToken | BreakSignature | RefuseConnection
"""What an effect does when it strikes."""


@dataclass(slots=True)
class Progress:
    """How far an exchange has come, and what an effect has to know to act on it."""

    ex: Exchange
    on: On
    error: Callable[[int, str], tuple[Headers, bytes]]
    """Header fields and body of an error message with this code and description."""
    draw: Callable[[], float]
    """The next seeded number, at least 0 and below 1."""
    uuid: Callable[[], str]
    other_dialog: Callable[[], str]
    """The dialogRequestId that the device used before its latest one, if it did."""
    is_started: bool = False
    """The response has begun."""
    is_over: bool = False
    """Nothing more of this exchange goes out."""
    pace: tuple[int, int] | None = None
    """Bytes of the body that go out at once, and nanoseconds between."""


@dataclass(frozen=True, slots=True)
class Effect:
    """Base of all effects."""

    name: ClassVar[str]
    legal: ClassVar[dict[On, tuple[Point, ...]]]
    """Where it may strike; the first point of an exchange is the default."""
    hint: ClassVar[str]
    """What to do instead of striking elsewhere."""
    needs_socket: ClassVar[bool] = False
    """It lives in HTTP/2 framing or below: in memory there is nothing of the kind."""
    grant: ClassVar[str] = ""
    """Of ``/token``: only requests with this grant_type."""

    def strike(self, progress: Progress) -> list[Act]:  # noqa: ARG002
        """What is to be done when the exchange has come to the point where the fault strikes."""
        return []

    def headers(self, headers: Headers) -> Headers:
        """The header fields of the response instead of these."""
        return headers

    def parts(self, parts: list[Part], at: int, progress: Progress) -> list[Part]:  # noqa: ARG002
        """The parts of one write instead of these; the fault was set for the one at index ``at``."""
        return parts

    def whole(self, body: bytes) -> bytes:
        """The body of a response that goes out in one piece, instead of this."""
        return body

    @classmethod
    def needs_socket_on(cls, on: On) -> bool:
        """Whether it can only be seen over a socket there: in memory a connection has no beginning."""
        return cls.needs_socket or on == "connect"

    @classmethod
    def title(cls) -> str:
        """The first sentence of what it does."""
        return " ".join((cls.__doc__ or "").split("\n\n")[0].split())

    @classmethod
    def settings(cls) -> dict[str, Kind]:
        return {one.name: one.metadata["kind"] for one in fields(cls)}

    @classmethod
    def strikes(cls) -> bool:
        return cls.strike is not Effect.strike

    @classmethod
    def changes_parts(cls) -> bool:
        return cls.parts is not Effect.parts

    @classmethod
    def changes_headers(cls) -> bool:
        return cls.headers is not Effect.headers

    @classmethod
    def changes_whole(cls) -> bool:
        return cls.whole is not Effect.whole


def setting(default: Any, kind: Kind) -> Any:
    """A field of an effect: every setting has a default, so that an effect's name alone is enough."""
    return field(default=default, metadata={"kind": kind})


CONNECT: dict[On, tuple[Point, ...]] = {"connect": ("accept", "tls", "settings")}
AT_TLS: dict[On, tuple[Point, ...]] = {"connect": ("tls",)}
AT_SETTINGS: dict[On, tuple[Point, ...]] = {"connect": ("settings",)}
EVERYWHERE: dict[On, tuple[Point, ...]] = {
    "token": ("headers",),
    "downchannel": ("headers", "hello", "part", "attachment", "end"),
    "event": ("headers", "metadata", "audio", "part", "attachment", "end"),
    "ping": ("headers",),
    "media": ("headers",),
}
PARTS: dict[On, tuple[Point, ...]] = {"event": ("part",), "downchannel": ("part", "hello")}
