"""The authority, its files, and certificates as clients of all kinds check them."""

import asyncio
import shutil
import ssl
import stat
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from mockcloud.errors import CannotStart, MockcloudError
from mockcloud.server import certificates
from mockcloud.server.certificates import CLOUD_NAMES, CertificateAuthority, KeyType, default_names
from tests.patience import PATIENCE
from tests.server.conftest import Run, serving
from tests.server.h2client import client_tls


def handshake(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> ssl.SSLObject:
    """A TLS handshake in memory; the client's end of it."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_hostname=name),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    waiting = set(ends)
    for _ in range(10):
        for end in list(waiting):
            try:
                end.do_handshake()
                waiting.discard(end)
            except ssl.SSLWantReadError:
                pass
    assert not waiting
    return ends[0]


def strict(ca_file: Path) -> ssl.SSLContext:
    context = client_tls(ca_file, ["h2", "http/1.1"])
    context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN  # the default of Python 3.13
    return context


@pytest.mark.spec("C-019")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("key_type", ["ec", "rsa"])
def test_every_default_name_verifies_strictly(key_type: KeyType, version: ssl.TLSVersion) -> None:
    authority = CertificateAuthority.fresh(key_type)
    server = authority.server_context(default_names("speaker.test"))
    client = strict(authority.ca_file)
    client.minimum_version = client.maximum_version = version
    for name in (*CLOUD_NAMES, "speaker.test"):
        end = handshake(server, client, name)
        assert (end.selected_alpn_protocol(), end.version()) == (
            "h2",
            version.name.replace("_", ".").replace("v1.", "v1."),
        )
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(server, client, "elsewhere.test")


def test_certificates_are_valid_for_a_device_that_boots_in_1970(tmp_path: Path) -> None:
    authority = CertificateAuthority.fresh()
    leaf = leaf_of(authority)
    for certificate in (x509.load_pem_x509_certificate(authority.ca_pem), leaf):
        assert certificate.not_valid_before_utc == datetime(1970, 1, 1, tzinfo=UTC)
        assert int(certificate.not_valid_after_utc.timestamp()) < 2**31
    assert b"700101000000Z" in authority.export("der")


def leaf_of(authority: CertificateAuthority) -> x509.Certificate:
    end = handshake(authority.server_context(["localhost"]), strict(authority.ca_file), "localhost")
    der = end.getpeercert(binary_form=True)
    assert der is not None
    return x509.load_der_x509_certificate(der)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_openssl_verifies_strictly(tmp_path: Path) -> None:
    authority = CertificateAuthority.fresh()
    (tmp_path / "leaf.pem").write_bytes(leaf_of(authority).public_bytes(Encoding.PEM))
    command = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", str(authority.ca_file)]
    done = subprocess.run([*command, str(tmp_path / "leaf.pem")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


NODE = """
const s = require("http2").connect(process.argv[1], {ca: require("fs").readFileSync(process.argv[2])});
s.on("error", e => { console.error(e); process.exit(1); });
s.request({":path": "/no-content"}).on("response", h => { console.log(h[":status"]); s.close(); }).end();
"""


@pytest.mark.parametrize("program", ["curl", "node"])
def test_other_clients_verify(run: Run, authority: CertificateAuthority, program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"needs {program}")

    async def test() -> None:
        async with serving(authority) as server:
            url = f"https://localhost:{server.listener.port}"
            if program == "curl":
                command = ["curl", "-sS", "--http2", "-o", "/dev/null", "-w", "%{http_code}", "-m", "60", "--cacert"]
                command += [str(authority.ca_file), f"{url}/no-content"]
            else:
                command = ["node", "-e", NODE, url, str(authority.ca_file)]
            process = await asyncio.create_subprocess_exec(
                *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
            )
            out, problem = await asyncio.wait_for(process.communicate(), PATIENCE)
            assert out.strip() == b"204", problem
            assert server.observer.connections[0].http_version == "2"

    run(test())


def test_exports_are_the_same_certificate(tmp_path: Path) -> None:
    authority = CertificateAuthority.fresh()
    pem, der, header = (authority.export(form) for form in ("pem", "der", "c-header"))  # type: ignore[arg-type]
    assert pem == authority.ca_pem == authority.ca_file.read_bytes()
    assert ssl.PEM_cert_to_DER_cert(pem.decode()) == der
    assert b'    "-----BEGIN CERTIFICATE-----\\n"\n' in header
    numbers = header.decode().split("] = {")[1].split("}")[0].replace(",", " ").split()
    assert bytes(int(number, 16) for number in numbers) == der
    assert f"mockcloud_ca_der[{len(der)}]" in header.decode()
    assert authority.fingerprint in header.decode()
    if shutil.which("cc"):
        (tmp_path / "ca.h").write_bytes(header)
        (tmp_path / "ca.c").write_text('#include "ca.h"\nint main(void) { return !mockcloud_ca_pem[0]; }\n')
        subprocess.run(["cc", "-o", str(tmp_path / "ca"), str(tmp_path / "ca.c")], check=True)


def test_a_kept_authority_stays_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "certs"
    first = CertificateAuthority.kept(folder)
    assert CertificateAuthority.kept(folder).fingerprint == first.fingerprint
    assert first.ca_file == folder / "ca.pem"
    assert stat.S_IMODE((folder / "ca-key.pem").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert sorted(file.name for file in folder.iterdir()) == ["ca-key.pem", "ca.pem"]
    handshake(CertificateAuthority.kept(folder).server_context(["localhost"]), strict(first.ca_file), "localhost")


def test_an_rsa_authority_is_kept_beside_the_other(tmp_path: Path) -> None:
    rsa, ec = CertificateAuthority.kept(tmp_path, "rsa"), CertificateAuthority.kept(tmp_path)
    assert (rsa.ca_file.name, ec.ca_file.name) == ("ca-rsa.pem", "ca.pem")
    assert (rsa.key_type, ec.key_type) == ("rsa", "ec")
    assert CertificateAuthority.kept(tmp_path, "rsa").fingerprint == rsa.fingerprint


def test_a_lost_certificate_is_written_again_a_lost_key_is_not(tmp_path: Path) -> None:
    authority = CertificateAuthority.kept(tmp_path)
    authority.ca_file.unlink()
    assert CertificateAuthority.kept(tmp_path).ca_file.read_bytes() == authority.ca_pem
    (tmp_path / "ca-key.pem").unlink()
    with pytest.raises(CannotStart, match=r"ca\.pem is there, but its private key .*ca-key\.pem is not"):
        CertificateAuthority.kept(tmp_path)


def test_who_comes_second_gets_the_authority_of_who_came_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = certificates._made
    rivals: list[CertificateAuthority] = []

    def make_after_the_rival(key_type: KeyType) -> Any:
        monkeypatch.setattr(certificates, "_made", made)
        rivals.append(CertificateAuthority.kept(tmp_path))
        return made(key_type)

    monkeypatch.setattr(certificates, "_made", make_after_the_rival)
    assert CertificateAuthority.kept(tmp_path).fingerprint == rivals[0].fingerprint


@pytest.mark.parametrize("damage", [b"", b"nonsense", b"half"])
def test_a_damaged_authority_is_named(tmp_path: Path, damage: bytes) -> None:
    CertificateAuthority.kept(tmp_path)
    file = tmp_path / "ca-key.pem"
    file.write_bytes(file.read_bytes()[:100] if damage == b"half" else damage)
    with pytest.raises(CannotStart, match=r"ca-key\.pem is damaged.*--certs DIR"):
        CertificateAuthority.kept(tmp_path)


def test_a_key_that_is_not_the_certificates_is_named(tmp_path: Path) -> None:
    one, other = CertificateAuthority.kept(tmp_path / "1"), CertificateAuthority.kept(tmp_path / "2")
    mixed = (tmp_path / "1" / "ca-key.pem").read_bytes().replace(one.ca_pem, other.ca_pem)
    (tmp_path / "1" / "ca-key.pem").write_bytes(mixed)
    with pytest.raises(CannotStart, match="its key is not that of its certificate"):
        CertificateAuthority.kept(tmp_path / "1")


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [(1990, 2001, "expired on 2001-01-01"), (2036, 2037, "valid only from 2036-01-01")],
)
def test_an_authority_out_of_its_time_is_named_with_the_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: int, last: int, said: str
) -> None:
    monkeypatch.setattr(certificates, "NOT_BEFORE", datetime(first, 1, 1, tzinfo=UTC))
    monkeypatch.setattr(certificates, "NOT_AFTER", datetime(last, 1, 1, tzinfo=UTC))
    with pytest.raises(CannotStart, match=f"ca-key.pem .*{said}"):
        CertificateAuthority.kept(tmp_path)


def test_a_folder_that_cannot_be_made_says_how_to_name_another(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotStart, match="--certs DIR"):
        CertificateAuthority.kept(tmp_path / "file" / "certs")


def test_a_temporary_authority_leaves_no_file(tmp_path: Path) -> None:
    authority = CertificateAuthority.fresh()
    folder = authority.ca_file.parent
    del authority
    assert not folder.exists()


def test_default_names_are_the_clouds_the_hosts_and_the_extra_ones_once() -> None:
    names = default_names("localhost", "speaker.test")
    assert names[:6] == list(CLOUD_NAMES)
    assert names[-1] == "speaker.test"
    assert len(names) == len(set(names))


def test_a_name_that_no_certificate_can_bear_is_named() -> None:
    with pytest.raises(MockcloudError, match=r"'a\.\.b' is neither"):
        CertificateAuthority.fresh().server_context(["a..b"])


def test_tls_secrets_go_to_the_key_log(tmp_path: Path) -> None:
    authority = CertificateAuthority.fresh()
    server = authority.server_context(["localhost"], keylog=tmp_path / "keys.log")
    handshake(server, strict(authority.ca_file), "localhost")
    assert "CLIENT_HANDSHAKE_TRAFFIC_SECRET" in (tmp_path / "keys.log").read_text()
    with pytest.raises(CannotStart, match="cannot write TLS secrets"):
        authority.server_context(["localhost"], keylog=tmp_path / "no" / "keys.log")
