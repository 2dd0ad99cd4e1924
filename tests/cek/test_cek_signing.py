"""Signatures, judged by the openssl command line alone: it knows nothing of ours."""

import base64
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from mockcloud.cek.signing import BREAKAGES, CHAIN_BREAKAGES, CHAINS, SigningKey, signature_headers
from mockcloud.cek.signing import Signing as How
from mockcloud.errors import CannotStart
from mockcloud.server.certificates import CertificateAuthority
from mockcloud.server.signing_keys import KEY_FILE, SigningKeys
from mockcloud.settings import Breakage, Edition

BODY = '{"version":"0.1.0","request":{"type":"IntentRequest","intent":{"name":"주문"}}}'.encode()
ORIGIN = "https://cek-requests.clova.ai"

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


@pytest.fixture(scope="module")
def authority() -> CertificateAuthority:
    return CertificateAuthority.fresh()


@pytest.fixture(scope="module")
def keys(authority: CertificateAuthority) -> SigningKeys:
    return SigningKeys(authority)


def openssl(*arguments: str | Path) -> tuple[bool, str]:
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stdout + done.stderr


def headers_of(keys: SigningKeys, signing: How) -> dict[str, str]:
    key = keys.other_key() if signing.breakage == "other-key" else keys.key()
    return dict(signature_headers(key, BODY, signing))


def signature_of(keys: SigningKeys, signing: How) -> str:
    return headers_of(keys, signing)["SignatureCEK"]


def verifies(folder: Path, public_pem: bytes, signature: str, digest: str) -> bool:
    (folder / "key.pem").write_bytes(public_pem)
    (folder / "signature").write_bytes(base64.b64decode(signature, validate=True))
    (folder / "body").write_bytes(BODY)
    return openssl(
        "dgst",
        f"-{digest}",
        "-verify",
        folder / "key.pem",
        "-signature",
        folder / "signature",
        folder / "body",
    )[0]


@needs_openssl
@pytest.mark.spec("K-094", "K-095", "K-097", "K-100")
@pytest.mark.parametrize(("edition", "digest", "other"), [("newer", "sha256", "sha1"), ("4.4", "sha1", "sha256")])
def test_openssl_verifies_our_signature(
    tmp_path: Path, keys: SigningKeys, edition: Edition, digest: str, other: str
) -> None:
    signature = signature_of(keys, How(edition, origin=ORIGIN))
    assert verifies(tmp_path, keys.key().public_pem, signature, digest)
    assert not verifies(tmp_path, keys.key().public_pem, signature, other)
    assert signature == signature_of(keys, How(edition, origin=ORIGIN))


@needs_openssl
@pytest.mark.spec("K-096")
@pytest.mark.parametrize("edition", ["newer", "4.4"])
@pytest.mark.parametrize("breakage", ["garbled", "other-body", "other-key", "other-hash"])
def test_a_broken_signature_does_not_verify(
    tmp_path: Path, keys: SigningKeys, edition: Edition, breakage: Breakage
) -> None:
    signature = signature_of(keys, How(edition, breakage, ORIGIN))
    digests = ("sha256", "sha1") if edition == "newer" else ("sha1", "sha256")
    assert not verifies(tmp_path, keys.key().public_pem, signature, digests[0])
    assert verifies(tmp_path, keys.key().public_pem, signature, digests[1]) == (breakage == "other-hash")


@pytest.mark.spec("K-096")
def test_a_signature_may_be_missing_or_no_base64(keys: SigningKeys) -> None:
    assert signature_headers(keys.key(), BODY, How("newer", "missing")) == ()
    assert [name for name, _ in signature_headers(keys.key(), BODY, How("4.4", "missing"))] == [
        "SignatureCEKCertChainUrl"
    ]
    with pytest.raises(ValueError):
        base64.b64decode(signature_of(keys, How("newer", "not-base64")), validate=True)


@pytest.mark.spec("K-095", "K-096")
@pytest.mark.parametrize(
    ("breakage", "url"),
    [
        ("none", "https://cek-requests.clova.ai/cek/signature-chain.pem"),
        ("http-chain", "http://cek-requests.clova.ai/cek/signature-chain.pem"),
        ("wrong-prefix", "https://cek-requests.clova.ai/elsewhere/signature-chain.pem"),
        ("wrong-name", "https://cek-requests.clova.ai/cek/wrong-name.pem"),
        ("expired", "https://cek-requests.clova.ai/cek/expired.pem"),
        ("untrusted", "https://cek-requests.clova.ai/cek/untrusted.pem"),
    ],
)
def test_the_chain_is_named_in_edition_44_alone(breakage: Breakage, url: str) -> None:
    assert How("4.4", breakage, ORIGIN).chain_url == url
    assert How("newer", breakage, ORIGIN).chain_url == ""
    assert url.startswith("http://") or url.removeprefix(ORIGIN) in CHAINS


@needs_openssl
@pytest.mark.spec("K-095")
def test_openssl_verifies_the_chain_and_the_signature_by_its_key(
    tmp_path: Path, keys: SigningKeys, authority: CertificateAuthority
) -> None:
    (tmp_path / "chain.pem").write_bytes(keys.chain("good"))
    good, said = openssl(
        "verify",
        "-CAfile",
        authority.ca_file,
        "-verify_hostname",
        "cek-requests.clova.ai",
        tmp_path / "chain.pem",
    )
    assert good, said
    leaf = x509.load_pem_x509_certificates(keys.chain("good"))[0]
    assert b"".join(leaf.public_bytes(Encoding.PEM).split()) in b"".join(keys.chain("good").split())
    extracted, public = openssl("x509", "-in", tmp_path / "chain.pem", "-pubkey", "-noout")
    assert extracted
    assert verifies(tmp_path, public.encode(), signature_of(keys, How("4.4", origin=ORIGIN)), "sha1")


@needs_openssl
@pytest.mark.spec("K-096")
@pytest.mark.parametrize(
    ("kind", "reason"), [("wrong-name", "ostname"), ("expired", "expired"), ("untrusted", "certificate")]
)
def test_openssl_says_what_is_wrong_with_the_other_chains(
    tmp_path: Path, keys: SigningKeys, authority: CertificateAuthority, kind: str, reason: str
) -> None:
    chain = next(named for path, named in CHAINS.items() if path == f"/cek/{kind}.pem")
    (tmp_path / "chain.pem").write_bytes(keys.chain(chain))
    good, said = openssl(
        "verify",
        "-CAfile",
        authority.ca_file,
        "-verify_hostname",
        "cek-requests.clova.ai",
        tmp_path / "chain.pem",
    )
    assert not good
    assert reason in said
    ended = x509.load_pem_x509_certificates(keys.chain(chain))[0].not_valid_after_utc < datetime.now(UTC)
    assert ended == (kind == "expired")


@pytest.mark.parametrize("edition", ["newer", "4.4"])
@pytest.mark.parametrize("breakage", BREAKAGES)
def test_every_breakage_changes_the_headers_where_it_can(
    keys: SigningKeys, breakage: Breakage, edition: Edition
) -> None:
    good, bad = (headers_of(keys, How(edition, one, ORIGIN)) for one in ("none", breakage))
    assert (bad == good) == (breakage == "none" or (breakage in CHAIN_BREAKAGES and edition == "newer"))


@pytest.mark.spec("K-094")
def test_a_key_is_kept_with_the_authority(tmp_path: Path) -> None:
    authority = CertificateAuthority.kept(tmp_path)
    assert not (tmp_path / KEY_FILE).exists()
    first = SigningKeys(authority).key()
    assert SigningKeys(CertificateAuthority.kept(tmp_path)).key().sign(BODY) == first.sign(BODY)
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert first.public_pem.startswith(b"-----BEGIN PUBLIC KEY-----\n")
    assert SigningKey.from_pem(first.to_pem()).public_pem == first.public_pem


def test_a_damaged_key_is_refused_with_its_cure(tmp_path: Path) -> None:
    authority = CertificateAuthority.kept(tmp_path)
    (tmp_path / KEY_FILE).write_text("nothing")
    with pytest.raises(CannotStart, match=r"cek-key\.pem is of no use.*delete it"):
        SigningKeys(authority).key()
    (tmp_path / KEY_FILE).write_bytes((tmp_path / "ca-key.pem").read_bytes())
    with pytest.raises(CannotStart, match="not an RSA key"):
        SigningKeys(authority).key()
