"""Names of things that inputs and commands speak about, and where new identifiers come from."""

from dataclasses import dataclass
from hashlib import blake2b
from typing import NewType

from mockcloud.vocabulary.value import Value

ConnectionId = NewType("ConnectionId", int)
"""One HTTP/2 (or HTTP/1.1) connection, numbered by its driver."""

CallId = NewType("CallId", int)
"""One `StartCall`, numbered by the machine."""

RequestId = NewType("RequestId", int)
"""One `Asked`, numbered by whoever asks."""


class Exchange(Value, frozen=True):
    """One request and its response: a stream of a connection."""

    conn: ConnectionId
    stream: int


@dataclass(slots=True)
class Ids:
    """Identifiers that depend on nothing but a seed and how many were taken before.

    Plain data, so that an account with its ids can be saved and reset.
    """

    seed: str
    taken: int = 0

    def _next(self, purpose: str, size: int) -> bytes:
        self.taken += 1
        return blake2b(f"{self.seed}\0{self.taken}\0{purpose}".encode(), digest_size=size).digest()

    def uuid(self) -> str:
        """A UUID (version 4 by its form)."""
        raw = bytearray(self._next("uuid", 16))
        raw[6] = raw[6] & 0x0F | 0x40
        raw[8] = raw[8] & 0x3F | 0x80
        text = raw.hex()
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def token(self, purpose: str, size: int = 16) -> str:
        """An opaque secret of ``size`` bytes, in hexadecimal."""
        return self._next(purpose, size).hex()
