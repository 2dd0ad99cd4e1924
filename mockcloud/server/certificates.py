"""The certificate authority that devices trust, and the certificates of our listeners.

Made with cryptography alone: trustme has no say over ``notBefore``, and devices boot in 1970. It is imported when
the first authority is made.
"""

import contextlib
import ipaddress
import os
import socket
import ssl
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, assert_never

from mockcloud.errors import CannotStart, MockcloudError
from mockcloud.server.folders import TemporaryFolder
from mockcloud.vocabulary.commands import Certificate

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.hashes import SHA256

KeyType = Literal["ec", "rsa"]
ExportFormat = Literal["pem", "der", "c-header"]

NOT_BEFORE = datetime(1970, 1, 1, tzinfo=UTC)
"""Where the clock of a device without battery stands."""
NOT_AFTER = datetime(2037, 12, 31, 23, 59, 59, tzinfo=UTC)
"""The end of the last whole year that a 32-bit ``time_t`` holds."""

CLOUD_NAMES = ("localhost", "127.0.0.1", "::1", "prod-ni-cic.clova.ai", "auth.clova.ai", "cek-requests.clova.ai")
"""What a listener's certificate is for, whatever the machine."""


def default_names(*extra: str) -> list[str]:
    """`CLOUD_NAMES`, this host's own names and address, and ``extra`` ones (``--san``), each once."""
    return list(dict.fromkeys([*CLOUD_NAMES, *_host_names(), *extra]))


_AUTHORITY = "mockcloud test authority"
_SERVER = "mockcloud server"
_STRANGER = "an authority that nobody trusts"


class CertificateAuthority:
    """Signs the certificates of listeners; its own certificate is what devices have to trust."""

    def __init__(
        self, key: "EllipticCurvePrivateKey | RSAPrivateKey", certificate: "x509.Certificate", ca_file: Path
    ) -> None:
        """Use `fresh` or `kept`. ``ca_file`` holds the certificate, as PEM."""
        self.ca_file = ca_file
        self._key = key
        self._certificate = certificate

    @classmethod
    def fresh(cls, key_type: KeyType = "ec") -> "CertificateAuthority":
        """An authority for one run. Its file goes with the object, or, if the process is killed, with the next run."""
        folder = TemporaryFolder()
        authority = cls(*_made(key_type), folder.path / "ca.pem")
        authority.ca_file.write_bytes(authority.ca_pem)
        weakref.finalize(authority, folder.remove)
        return authority

    @classmethod
    def kept(cls, folder: Path, key_type: KeyType = "ec") -> "CertificateAuthority":
        """The authority of a folder, made when there is none yet.

        ``ca.pem`` is its certificate. ``ca-key.pem`` (mode 0600) is its private key followed by the certificate: in
        one file, so that two programs that start at once end with one pair. An RSA authority, for devices without
        elliptic curves, is kept beside it in ``ca-rsa.pem`` and ``ca-rsa-key.pem``.

        Raises `CannotStart` if the folder is not writable, or what is in it is damaged, incomplete or expired.
        """
        stem = "ca" if key_type == "ec" else "ca-rsa"
        key_file, ca_file = folder / f"{stem}-key.pem", folder / f"{stem}.pem"
        with _folder_errors(folder):
            if not key_file.exists():
                _refuse_to_orphan(ca_file, key_file)
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                _write_first(key_file, _bundle(*_made(key_type)))
            authority = cls(*_loaded(key_file), ca_file)
            if not ca_file.exists() or ca_file.read_bytes() != authority.ca_pem:
                _replace(ca_file, authority.ca_pem)
        return authority

    @property
    def ca_pem(self) -> bytes:
        return self.export("pem")

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate as ``AB:CD:...``, as openssl and browsers show it."""
        from cryptography.hazmat.primitives.hashes import SHA256

        return self._certificate.fingerprint(SHA256()).hex(":").upper()

    def export(self, format: ExportFormat) -> bytes:  # noqa: A002 (the name of the flag)
        """The CA certificate: PEM, DER, or a C header with both as constants."""
        from cryptography.hazmat.primitives.serialization import Encoding

        pem = self._certificate.public_bytes(Encoding.PEM)
        der = self._certificate.public_bytes(Encoding.DER)
        match format:
            case "pem":
                return pem
            case "der":
                return der
            case "c-header":
                return _c_header(pem.decode(), der, self.fingerprint).encode()
        assert_never(format)

    def server_context(
        self,
        names: Sequence[str],
        key_type: KeyType | None = None,
        keylog: Path | None = None,
        other: Certificate | None = None,
    ) -> ssl.SSLContext:
        """TLS 1.2 and 1.3 with a new certificate for these DNS names and IP addresses; ALPN h2, then http/1.1.

        ``key_type`` is by default the authority's own. ``keylog`` is a file that gets the secrets of every connection
        (NSS key log format), for Wireshark. ``other`` says in what the certificate is to differ.

        Raises `MockcloudError` for a name that no certificate can bear, `CannotStart` if ``keylog`` is not writable.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION  # RFC 9113, 9.2.1
        context.set_alpn_protocols(["h2", "http/1.1"])
        _load(context, self._signed(names, key_type or self.key_type, other or Certificate()))
        if keylog is not None:
            try:
                context.keylog_filename = str(keylog)
            except OSError as error:
                raise CannotStart(f"cannot write TLS secrets to {keylog}: {error.strerror}") from error
        return context

    @property
    def key_type(self) -> KeyType:
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

        return "rsa" if isinstance(self._key, RSAPrivateKey) else "ec"

    def chain(self, key: "RSAPrivateKey", name: str, until: datetime = NOT_AFTER) -> bytes:
        """A certificate for this key and DNS name, followed by the authority's own: PEM."""
        from cryptography.hazmat.primitives.serialization import Encoding

        return self._certificate_of(key, [name], until=until).public_bytes(Encoding.PEM) + self.ca_pem

    def _signed(self, names: Sequence[str], key_type: KeyType, other: Certificate) -> bytes:
        """Private key and certificate of a server, PEM."""
        key = _new_key(key_type)
        signer = self._key
        if other.signed_by != "authority":
            signer = key if other.signed_by == "itself" else _new_key(key_type)
        certificate = self._certificate_of(
            key,
            other.names or names,
            since=_midnight(other.since),
            until=_midnight(other.until),
            signer=signer,
        )
        return _bundle(key, certificate)

    def _certificate_of(
        self,
        key: "EllipticCurvePrivateKey | RSAPrivateKey",
        names: Sequence[str],
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        signer: "EllipticCurvePrivateKey | RSAPrivateKey | None" = None,
    ) -> "x509.Certificate":
        """``signer`` is the authority unless given: the server itself, or a stranger."""
        from cryptography import x509
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.x509.oid import ExtendedKeyUsageOID

        signer = signer or self._key
        issuer = _AUTHORITY if signer is self._key else _SERVER if signer is key else _STRANGER
        usage = _key_usage(digital_signature=True, key_encipherment=isinstance(key, RSAPrivateKey))
        return (
            _builder(_SERVER, key, since, until)
            .issuer_name(_name(issuer))
            .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
            .sign(signer, _sha256())
        )


def _made(key_type: KeyType) -> "tuple[EllipticCurvePrivateKey | RSAPrivateKey, x509.Certificate]":
    """A key, and the certificate of an authority with it."""
    from cryptography import x509

    key = _new_key(key_type)
    certificate = (
        _builder(_AUTHORITY, key)
        .issuer_name(_name(_AUTHORITY))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .sign(key, _sha256())
    )
    return key, certificate


def _builder(
    common_name: str,
    key: "EllipticCurvePrivateKey | RSAPrivateKey",
    since: datetime | None = None,
    until: datetime | None = None,
) -> "x509.CertificateBuilder":
    from cryptography import x509

    return (
        x509.CertificateBuilder()
        .subject_name(_name(common_name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since or NOT_BEFORE)
        .not_valid_after(until or NOT_AFTER)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _midnight(day: date | None) -> datetime | None:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) if day is not None else None


def _name(common_name: str) -> "x509.Name":
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "mockcloud"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _key_usage(**granted: bool) -> "x509.KeyUsage":
    from cryptography import x509

    uses = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement "
        "key_cert_sign crl_sign encipher_only decipher_only"
    )
    return x509.KeyUsage(**{use: granted.get(use, False) for use in uses.split()})


def _general_name(name: str) -> "x509.GeneralName":
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        pass
    try:
        return x509.DNSName(name.encode("idna").decode("ascii"))
    except UnicodeError as error:
        raise MockcloudError(f"{name!r} is neither a DNS name nor an IP address: {error}") from error


def _new_key(key_type: KeyType) -> "EllipticCurvePrivateKey | RSAPrivateKey":
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    if key_type == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


def _sha256() -> "SHA256":
    from cryptography.hazmat.primitives.hashes import SHA256

    return SHA256()


def _bundle(key: "EllipticCurvePrivateKey | RSAPrivateKey", certificate: "x509.Certificate") -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + certificate.public_bytes(Encoding.PEM)


def _load(context: ssl.SSLContext, bundle: bytes) -> None:
    """By way of a file, since `ssl` reads keys from nowhere else."""
    descriptor, name = tempfile.mkstemp(prefix="mockcloud-", suffix=".pem")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(bundle)
        context.load_cert_chain(name)
    finally:
        os.unlink(name)


def _host_names() -> Iterator[str]:
    name = socket.gethostname().lower().rstrip(".")
    if name and name.isascii():
        yield name
        if "." not in name:
            yield f"{name}.local"
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # sends nothing; tells which address leads to other machines
        yield str(probe.getsockname()[0])


# -- files ---------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _folder_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CannotStart(
            f"certificates cannot be kept in {folder}: {error.strerror}; choose another folder with --certs DIR"
        ) from error


def _refuse_to_orphan(ca_file: Path, key_file: Path) -> None:
    if ca_file.exists():
        raise CannotStart(
            f"{ca_file} is there, but its private key {key_file} is not: put the key back, or delete {ca_file.name} "
            "to have a new authority made, which devices have to trust anew"
        )


def keep_first(file: Path, data: bytes) -> None:
    """Write a private file beside the authority's, unless another program was faster. Raises `CannotStart`."""
    with _folder_errors(file.parent):
        _write_first(file, data)


def _write_first(file: Path, data: bytes) -> None:
    """Write a private file unless another program was faster; nobody ever sees half of it."""
    descriptor, draft = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as new:
            new.write(data)
        with contextlib.suppress(FileExistsError):
            os.link(draft, file)
    finally:
        os.unlink(draft)


def _replace(file: Path, data: bytes) -> None:
    descriptor, draft = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
    with os.fdopen(descriptor, "wb") as new:
        new.write(data)
    os.chmod(draft, 0o644)
    os.replace(draft, file)


def _loaded(file: Path) -> "tuple[EllipticCurvePrivateKey | RSAPrivateKey, x509.Certificate]":
    """Key and certificate of an authority. Raises `CannotStart` if they are of no use."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    data = file.read_bytes()
    cure = "delete it and its certificate to have a new authority made, or name another folder with --certs DIR"
    try:
        key = load_pem_private_key(data, password=None)
        certificate = x509.load_pem_x509_certificate(data)
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (ValueError, TypeError, x509.ExtensionNotFound) as error:
        raise CannotStart(f"{file} is damaged, it holds no key and certificate of an authority: {cure}") from error
    if not isinstance(key, EllipticCurvePrivateKey | RSAPrivateKey) or not constraints.ca:
        raise CannotStart(f"{file} is not an authority with an EC or RSA key: {cure}")
    if key.public_key() != certificate.public_key():
        raise CannotStart(f"{file} is damaged, its key is not that of its certificate: {cure}")
    now, first, last = datetime.now(UTC), certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now > last:
        raise CannotStart(f"the certificate in {file} expired on {last:%Y-%m-%d}: {cure}")
    if now < first:
        raise CannotStart(f"the certificate in {file} is valid only from {first:%Y-%m-%d}: {cure}")
    return key, certificate


def _c_header(pem: str, der: bytes, fingerprint: str) -> str:
    text = "\n".join(f'    "{line}\\n"' for line in pem.splitlines())
    numbers = "\n".join(
        "    " + " ".join(f"0x{byte:02x}," for byte in der[at : at + 12]) for at in range(0, len(der), 12)
    )
    return f"""\
/* The CA certificate of a mockcloud server: for tests only.
 * SHA-256 {fingerprint}
 */
#ifndef MOCKCLOUD_CA_H
#define MOCKCLOUD_CA_H

static const char mockcloud_ca_pem[] =
{text};

static const unsigned char mockcloud_ca_der[{len(der)}] = {{
{numbers}
}};

#endif
"""
