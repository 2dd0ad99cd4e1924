"""What the device listener serves to those who check signatures."""

import asyncio
import ssl

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from mockcloud.cek.signing import CHAINS, PUBLIC_KEY_PATH
from mockcloud.server.certificates import CertificateAuthority
from tests.patience import PATIENCE
from tests.server.cloud_client import running


def fetch(cloud_url: str, path: str, ca_file: str | None = None) -> httpx.Response:
    return httpx.get(
        cloud_url + path, verify=ssl.create_default_context(cafile=ca_file), trust_env=False, timeout=PATIENCE
    )


@pytest.mark.spec("K-094", "K-095")
def test_key_and_chain_belong_together_and_last() -> None:
    authority = CertificateAuthority.fresh()

    async def scenario() -> list[bytes]:
        async with running(authority) as cloud:
            ca = str(authority.ca_file)
            key = await asyncio.to_thread(fetch, cloud.device_url, PUBLIC_KEY_PATH, ca)
            assert key.headers["content-type"] == "application/x-pem-file"
            public = load_pem_public_key(key.content)
            for path in CHAINS:
                chain = await asyncio.to_thread(fetch, cloud.device_url, path, ca)
                leaf, issuer = x509.load_pem_x509_certificates(chain.content)
                form = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
                assert leaf.public_key().public_bytes(*form) == public.public_bytes(*form)
                assert (issuer.public_bytes(Encoding.PEM) == authority.ca_pem) == (path != "/cek/untrusted.pem")
            assert key.content == cloud.calls.keys.key().public_pem
            return [key.content]

    assert asyncio.run(scenario()) == asyncio.run(scenario())


@pytest.mark.spec("K-094")
def test_they_are_there_without_tls_too() -> None:
    async def scenario() -> None:
        async with running(None) as cloud:
            key = await asyncio.to_thread(fetch, cloud.device_url, PUBLIC_KEY_PATH)
            assert key.content == cloud.calls.keys.key().public_pem
            chain = await asyncio.to_thread(fetch, cloud.device_url, "/cek/signature-chain.pem")
            assert chain.content.count(b"BEGIN CERTIFICATE") == 2
            posted = await asyncio.to_thread(
                httpx.post, cloud.device_url + PUBLIC_KEY_PATH, trust_env=False, timeout=PATIENCE
            )
            assert posted.status_code == 405

    asyncio.run(scenario())
