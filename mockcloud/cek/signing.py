"""Signatures of requests: RSASSA-PKCS1-v1_5 over the very bytes of the body (K-094, K-095).

    newer   ``SignatureCEK`` = Base64 of the signature with SHA-256
    4.4     ``SignatureCEK`` = Base64 of the signature with SHA-1, ``SignatureCEKCertChainUrl`` = where the chain is

A signature depends on nothing but key and body: the same body has the same signature every time.
"""

import base64
from functools import cached_property
from typing import TYPE_CHECKING, Literal, get_args

from mockcloud.settings import Breakage, Edition
from mockcloud.vocabulary.inputs import Headers
from mockcloud.vocabulary.value import Value

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

BREAKAGES: tuple[Breakage, ...] = get_args(Breakage)
"""How a signature can be made wrong on purpose, for tests of an extension's check (K-096):

    missing        no header at all
    garbled        Base64 of which one byte is another
    not-base64     text that is not Base64
    other-body     the right signature of other bytes
    other-key      signed with a key that nobody publishes
    other-hash     SHA-1 instead of SHA-256, and the other way round in edition 4.4
    http-chain     4.4: the chain's URL begins with http://
    wrong-prefix   4.4: the chain's URL has another path than /cek/
    wrong-name     4.4: the chain's first certificate is for another name
    expired        4.4: it is past its end
    untrusted      4.4: an authority signed it that nobody trusts
"""

CHAIN_BREAKAGES: tuple[Breakage, ...] = ("http-chain", "wrong-prefix", "wrong-name", "expired", "untrusted")
"""Those of them that change nothing in the newer edition, which sends no chain."""

PUBLIC_KEY_PATH = "/.well-known/signature-public-key.pem"
"""Where the device listener serves the public key (K-094)."""
CHAIN_NAME = "cek-requests.clova.ai"
"""The name that the chain's first certificate is for (K-095)."""

ChainKind = Literal["good", "wrong-name", "expired", "untrusted"]
CHAINS: dict[str, ChainKind] = {
    "/cek/signature-chain.pem": "good",
    "/cek/wrong-name.pem": "wrong-name",
    "/cek/expired.pem": "expired",
    "/cek/untrusted.pem": "untrusted",
    "/elsewhere/signature-chain.pem": "good",
}
"""The certificate chains that the device listener serves, by path (K-095, K-096)."""
_PATHS: dict[Breakage, str] = {
    "wrong-prefix": "/elsewhere/signature-chain.pem",
    "wrong-name": "/cek/wrong-name.pem",
    "expired": "/cek/expired.pem",
    "untrusted": "/cek/untrusted.pem",
}


class Signing(Value, frozen=True):
    """How one request is to be signed."""

    edition: Edition = "newer"
    breakage: Breakage = "none"
    origin: str = ""
    """Scheme and authority of the chain's URL, without trailing slash (``https://cek-requests.clova.ai``)."""

    @property
    def chain_url(self) -> str:
        """Value of ``SignatureCEKCertChainUrl``; empty in the newer edition, which has no such header."""
        if self.edition != "4.4":
            return ""
        path = _PATHS.get(self.breakage, "/cek/signature-chain.pem")
        origin = self.origin
        if self.breakage == "http-chain":
            origin = "http://" + origin.partition("://")[2]
        return origin + path


class SigningKey:
    """An RSA key that signs requests. Equal PEM, equal signatures.

    `fresh` costs a tenth of a second; signing half a millisecond.
    """

    def __init__(self, private: "RSAPrivateKey") -> None:
        self.private = private

    @classmethod
    def fresh(cls) -> "SigningKey":
        """A new key of 2048 bits."""
        from cryptography.hazmat.primitives.asymmetric import rsa

        return cls(rsa.generate_private_key(public_exponent=65537, key_size=2048))

    @classmethod
    def from_pem(cls, pem: bytes) -> "SigningKey":
        """Raises `ValueError` if that is not a private RSA key of 2048 bits or more."""
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError) as error:
            raise ValueError(f"this is not a private key in PEM without a password: {error}") from error
        if not isinstance(key, RSAPrivateKey):
            raise ValueError("the key is not an RSA key, but extensions check RSA signatures")
        if key.key_size < 2048:
            raise ValueError(f"the key has {key.key_size} bits, 2048 are needed")
        return cls(key)

    def to_pem(self) -> bytes:
        """The private key, PKCS#8 in PEM, not encrypted."""
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @cached_property
    def public_pem(self) -> bytes:
        """What extensions check with: SubjectPublicKeyInfo in PEM (K-094)."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        return self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, body: bytes, algorithm: Literal["sha256", "sha1"] = "sha256") -> bytes:
        """The signature of these bytes, 256 bytes long with a key of 2048 bits."""
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

        # SHA-1 is what edition 4.4 says; nothing is protected by it here.
        chosen = hashes.SHA256() if algorithm == "sha256" else hashes.SHA1()
        return self.private.sign(body, PKCS1v15(), chosen)


def signature_headers(key: SigningKey, body: bytes, signing: Signing) -> Headers:
    """The headers that a request with this body carries on top of its others.

    With the breakage ``other-key`` the caller passes the other key.
    """
    chain = (("SignatureCEKCertChainUrl", signing.chain_url),) if signing.edition == "4.4" else ()
    if signing.breakage == "missing":
        return chain
    return (("SignatureCEK", _signature(key, body, signing)), *chain)


def _signature(key: SigningKey, body: bytes, signing: Signing) -> str:
    sha256 = (signing.edition != "4.4") != (signing.breakage == "other-hash")
    signed = body + b" " if signing.breakage == "other-body" else body
    signature = key.sign(signed, "sha256" if sha256 else "sha1")
    if signing.breakage == "not-base64":
        return "this is not Base64!"
    if signing.breakage == "garbled":
        signature = bytes([signature[0] ^ 0xFF]) + signature[1:]
    return base64.b64encode(signature).decode()
