"""HTTP/2 stacks that are none of ours: Node's and curl's (nghttp2)."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from mockcloud.cic import operations as op
from mockcloud.server.certificates import CertificateAuthority
from mockcloud.server.cloud import RunningCloud
from mockcloud.speech.pcm import silence, spoken
from tests.patience import PATIENCE
from tests.server.cloud_client import running

HERE = Path(__file__).parent
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


@pytest.fixture(scope="module", params=["tls", "h2c"])
def authority(request: pytest.FixtureRequest) -> CertificateAuthority | None:
    return CertificateAuthority.fresh() if request.param == "tls" else None


async def output(command: Sequence[str | Path], patience: float = PATIENCE) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), patience)
    except TimeoutError:
        process.kill()
        out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


@needs_node
@pytest.mark.spec("C-003", "C-009", "C-024", "C-044", "C-066", "C-071", "C-079", "C-080")
def test_a_whole_conversation_by_node(tmp_path: Path, authority: CertificateAuthority | None) -> None:
    pcm = tmp_path / "speech.pcm"
    pcm.write_bytes(spoken("날씨") + silence(3000))

    async def test() -> None:
        async with running(authority) as cloud:
            await cloud.ask(op.QueueUtterance(account="default", text="오늘 날씨 어때"))
            account: dict[str, Any] = (await cloud.ask(op.ReadAccount())).body
            plan = {name: account[name] for name in ("client_id", "client_secret", "naver_access_token")}
            plan |= {"url": cloud.device_url, "pcm": str(pcm)} | ({"ca": str(cloud.ca_file)} if authority else {})
            code, out, err = await output(["node", HERE / "device.mjs", json.dumps(plan)])
            assert code == 0, err
            seen = json.loads(out)
            assert seen.pop("type").startswith("multipart/related; boundary=")
            assert seen == {
                "hello": True,
                "status": 200,
                "statusBeforeEnd": None,
                "speak": True,
                "audio": True,
                "sameDialogOnDownchannel": True,
                "ping": True,
            }

    asyncio.run(test())


def curl(cloud: RunningCloud, path: str, *arguments: str) -> list[str]:
    trust = ["--http2", "--cacert", str(cloud.ca_file)] if cloud.ca_file else ["--http2-prior-knowledge"]
    return ["curl", "-sS", "-i", *trust, *arguments, cloud.device_url + path]


@needs_curl
@pytest.mark.spec("C-067", "C-004")
def test_curl_pings_and_asks_for_a_code(authority: CertificateAuthority | None) -> None:
    async def test() -> None:
        async with running(authority) as cloud:
            token = (await cloud.ask(op.IssueToken("default", "curl"))).body["access_token"]
            _, out, err = await output(
                curl(cloud, "/ping", "-H", f"Authorization: Bearer {token}", "-A", "A/B/1.0.0 (C;D)")
            )
            assert out.startswith("HTTP/2 204"), err
            _, out, err = await output(curl(cloud, "/authorize?client_id=nobody"))
            assert out.startswith("HTTP/2 400"), err
            assert '"error_description":"missing: device_id, response_type, state"' in out

    asyncio.run(test())


@needs_curl
@pytest.mark.spec("C-019")
def test_http_1_on_a_cic_endpoint_is_told_to_use_http_2(authority: CertificateAuthority | None) -> None:
    async def test() -> None:
        async with running(authority) as cloud:
            trust = ["--cacert", str(cloud.ca_file)] if authority else []
            _, out, err = await output(["curl", "-sS", "-i", "--http1.1", *trust, cloud.device_url + "/v1/directives"])
            assert out.startswith("HTTP/1.1 505"), err
            assert "CIC is spoken over HTTP/2 only" in out

    asyncio.run(test())


@needs_curl
@pytest.mark.spec("C-024", "C-025", "C-026")
def test_curl_keeps_a_downchannel(authority: CertificateAuthority | None) -> None:
    async def test() -> None:
        async with running(authority) as cloud:
            token = (await cloud.ask(op.IssueToken("default", "curl"))).body["access_token"]
            header = f"Authorization: Bearer {token}"
            _, out, _ = await output(curl(cloud, "/v1/directives", "-N", "--max-time", "1", "-H", header))
            term = out.split("boundary=")[1].split("\r\n")[0]
            assert out.count(f"--{term}\r\n") == 2
            assert '"name":"Hello"' in out

    asyncio.run(test())
