"""The key that requests to extensions are signed with, and the certificate chains of edition 4.4.

All of it is made when first wanted: most servers never call an extension, and a key takes a tenth of a second.
"""

import asyncio
from datetime import UTC, datetime
from threading import Lock

from mockcloud.cek.signing import CHAIN_NAME, ChainKind, SigningKey
from mockcloud.errors import CannotStart
from mockcloud.server.certificates import CertificateAuthority, keep_first

KEY_FILE = "cek-key.pem"
"""Name of the file, beside the authority's own."""
_LONG_AGO = datetime(2018, 5, 30, tzinfo=UTC)
"""When the certificate of the chain ``expired`` came to its end."""


class SigningKeys:
    """Of one server. Safe to be used by several threads."""

    def __init__(self, authority: CertificateAuthority | None = None) -> None:
        """With an authority the key is kept in its folder, and lasts as long as that does. Without, both live in
        memory, and end with this object.
        """
        self._authority = authority
        self._key: SigningKey | None = None
        self._other: SigningKey | None = None
        self._chains: dict[ChainKind, bytes] = {}
        self._lock = Lock()

    def key(self) -> SigningKey:
        """The key whose public half is published. Raises `CannotStart` if its file is damaged or cannot be written."""
        with self._lock:
            if self._key is None:
                self._key = _first(self._authority)
            return self._key

    def other_key(self) -> SigningKey:
        """A key that is published nowhere, for the breakage ``other-key``."""
        with self._lock:
            if self._other is None:
                self._other = SigningKey.fresh()
            return self._other

    async def ready(self, *, other: bool = False) -> SigningKey:
        """`key` or `other_key`, without holding up the event loop while it is made."""
        made = self._other if other else self._key
        return made if made is not None else await asyncio.to_thread(self.other_key if other else self.key)

    def chain(self, kind: ChainKind) -> bytes:
        """A certificate of `key`, followed by that of the authority that signed it: PEM (K-095)."""
        key = self.key()
        with self._lock:
            if self._authority is None:
                self._authority = CertificateAuthority.fresh()
            if kind not in self._chains:
                self._chains[kind] = _chain(self._authority, key, kind)
            return self._chains[kind]


def _chain(authority: CertificateAuthority, key: SigningKey, kind: ChainKind) -> bytes:
    match kind:
        case "untrusted":
            return CertificateAuthority.fresh().chain(key.private, CHAIN_NAME)
        case "wrong-name":
            return authority.chain(key.private, "other.mockcloud.invalid")
        case "expired":
            return authority.chain(key.private, CHAIN_NAME, until=_LONG_AGO)
        case "good":
            return authority.chain(key.private, CHAIN_NAME)


def _first(authority: CertificateAuthority | None) -> SigningKey:
    """The key kept with an authority, made if there is none yet."""
    if authority is None:
        return SigningKey.fresh()
    file = authority.ca_file.parent / KEY_FILE
    if not file.exists():
        keep_first(file, SigningKey.fresh().to_pem())
    try:
        return SigningKey.from_pem(file.read_bytes())
    except (OSError, ValueError) as error:
        raise CannotStart(f"{file} is of no use: {error}; delete it to have a new one made") from error
