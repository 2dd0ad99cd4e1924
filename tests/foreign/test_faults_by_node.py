"""Faults as Node's HTTP/2 reports them: its codes, its errors."""

import asyncio
import base64
import json
from typing import Any

import pytest

from mockcloud.cic import operations as op
from mockcloud.cloud.accounts import DEFAULT_ACCOUNT
from mockcloud.faults.reading import parse
from mockcloud.server.certificates import CertificateAuthority
from tests.foreign.test_foreign_clients import HERE, needs_node, output
from tests.server.cloud_client import AUDIO, END, metadata, running

SILENT = 300
"""Milliseconds after which Node says that nothing more has come."""
EVENT = metadata("TextRecognizer.Recognize", {"text": "안녕"}, dialog="d1") + END


UPLOAD = metadata("SpeechRecognizer.Recognize", {"lang": "ko"}, dialog="d1") + AUDIO


async def seen_by_node(
    authority: CertificateAuthority, body: bytes = EVENT, audio: int = 0, patience: int = 5000, **written: Any
) -> dict[str, Any]:
    """``audio`` is how many bytes of silence follow the body; if the answer has not come after ``patience``
    milliseconds, Node tells what it has seen, and whether a PING is answered."""
    async with running(authority) as cloud:
        await cloud.ask(op.AddFault(DEFAULT_ACCOUNT, parse(written)))
        token = (await cloud.ask(op.IssueToken(DEFAULT_ACCOUNT, "node"))).body["access_token"]
        plan = {"url": cloud.device_url, "ca": str(cloud.ca_file), "token": token, "audio": audio}
        plan |= {"patience": patience, "ping": patience == SILENT}
        plan["body"] = base64.b64encode(body).decode()
        code, out, err = await output(["node", HERE / "faults.mjs", json.dumps(plan)])
        assert code == 0, err
        seen: dict[str, Any] = json.loads(out)
        return seen


@needs_node
@pytest.mark.spec("C-031")
@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"effect": "reset_stream", "code": "INTERNAL_ERROR"}, {"reset": 2, "error": "ERR_HTTP2_STREAM_ERROR"}),
        ({"at": "after part", "effect": "reset_stream", "code": "REFUSED_STREAM"}, {"reset": 7, "status": 200}),
        ({"at": "part", "effect": "goaway", "code": "NO_ERROR", "debug": "later"}, {"goaway": [0, "later"]}),
        ({"at": "after part", "effect": "tcp_reset"}, {"status": 200}),
        ({"effect": "status", "code": 429}, {"status": 429, "bytes": 0, "ended": True}),
        ({"effect": "cut"}, {"status": 200, "ended": True, "reset": None}),
    ],
    ids=lambda value: value.get("effect") if isinstance(value, dict) else None,
)
def test_node_sees_it(fault: dict[str, Any], expected: dict[str, Any]) -> None:
    async def test() -> None:
        seen = await seen_by_node(CertificateAuthority.fresh(), on="event", **fault)
        assert seen | expected == seen
        if fault["effect"] == "tcp_reset":  # Node says so, or, depending on what it was doing, just ends the stream
            assert (seen["error"], seen["reset"]) in (("ECONNRESET", 2), (None, 8))
        if fault["effect"] == "cut":
            assert not seen["tail"].endswith("--\r\n")

    asyncio.run(test())


@needs_node
@pytest.mark.spec("C-031", "C-066", "C-068")
@pytest.mark.parametrize(
    ("fault", "how", "expected"),
    [
        ({"at": "after part", "effect": "stall"}, {}, {"status": 200, "ended": False, "pong": True}),
        ({"effect": "black_hole"}, {}, {"status": None, "closed": False, "pong": False}),
        ({"effect": "silence"}, {}, {"status": 200, "ended": True, "pong": False}),
        ({"effect": "half_close"}, {}, {"status": None, "closed": True}),
        ({"effect": "starve"}, {"body": UPLOAD, "audio": 300_000}, {"status": None, "uploaded": False, "pong": True}),
        ({"effect": "invalid_frame"}, {}, {"status": None, "pong": False}),
    ],
    ids=lambda value: value.get("effect") if isinstance(value, dict) else None,
)
def test_node_sees_what_does_not_come(fault: dict[str, Any], how: dict[str, Any], expected: dict[str, Any]) -> None:
    async def test() -> None:
        authority = CertificateAuthority.fresh()
        seen = await seen_by_node(authority, patience=SILENT, on="event", **how, **fault)
        assert seen | expected == seen

    asyncio.run(test())


@needs_node
def test_node_sees_that_it_takes_its_time() -> None:
    async def test() -> None:
        authority = CertificateAuthority.fresh()
        seen = await seen_by_node(authority, on="event", effect="delay", by="200ms")
        assert (seen["status"], seen["ended"]) == (200, True)
        assert 195 <= seen["ms"] < 3000
        seen = await seen_by_node(authority, on="event", effect="trickle", bytes=700, every="1ms")
        assert (seen["status"], seen["ended"], seen["tail"]) == (200, True, "--\r\n")
        assert 0 < seen["largest"] <= 700 < seen["bytes"]

    asyncio.run(test())
