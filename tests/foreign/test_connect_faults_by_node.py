"""Faults before the first request as Node reports them: its error codes, its GOAWAY, its silence."""

import asyncio
import json
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from mockcloud.cic import operations as op
from mockcloud.cloud.accounts import DEFAULT_ACCOUNT
from mockcloud.faults.reading import parse
from mockcloud.server.certificates import CertificateAuthority
from tests.foreign.test_foreign_clients import HERE, needs_node
from tests.patience import PATIENCE
from tests.server.cloud_client import port, running

Connect = Callable[..., Awaitable[dict[str, Any]]]

SEEN: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"effect": "tcp_reset"}, {"error": "ECONNRESET", "connected": False}),
    ({"effect": "tcp_reset", "at": "tls"}, {"error": "ECONNRESET", "connected": False}),
    ({"effect": "tcp_reset", "at": "settings"}, {"settings": False, "pong": False, "ended": True}),
    ({"effect": "half_close"}, {"error": "ECONNRESET", "connected": False}),
    ({"effect": "half_close", "at": "tls"}, {"error": "ECONNRESET", "connected": False}),
    ({"effect": "half_close", "at": "settings"}, {"settings": False, "pong": False, "ended": True}),
    ({"effect": "black_hole"}, {"error": None, "connected": False, "ended": False}),
    ({"effect": "black_hole", "at": "tls"}, {"error": None, "connected": False, "ended": False}),
    ({"effect": "black_hole", "at": "settings"}, {"error": None, "connected": True, "settings": False}),
    ({"effect": "delay", "by": "30ms"}, {"error": None, "pong": True}),
    ({"effect": "delay", "at": "tls", "by": "30ms"}, {"error": None, "pong": True}),
    ({"effect": "delay", "at": "settings", "by": "30ms"}, {"error": None, "pong": True}),
    ({"effect": "certificate_expired"}, {"error": "CERT_HAS_EXPIRED"}),
    ({"effect": "certificate_not_yet_valid"}, {"error": "CERT_NOT_YET_VALID"}),
    ({"effect": "certificate_wrong_name"}, {"error": "ERR_TLS_CERT_ALTNAME_INVALID"}),
    ({"effect": "certificate_untrusted"}, {"error": "UNABLE_TO_VERIFY_LEAF_SIGNATURE"}),
    ({"effect": "certificate_untrusted", "by": "itself"}, {"error": "DEPTH_ZERO_SELF_SIGNED_CERT"}),
    ({"effect": "tls_alert"}, {"error": "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE"}),
    ({"effect": "tls_alert", "alert": "protocol_version"}, {"error": "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION"}),
    ({"effect": "cut"}, {"error": "ECONNRESET", "connected": False}),
    ({"effect": "goaway", "code": "ENHANCE_YOUR_CALM", "debug": "full"}, {"goaway": [11, "full"], "settings": True}),
    ({"effect": "silence"}, {"error": None, "settings": True, "pong": False}),
    ({"effect": "invalid_frame"}, {"settings": True, "pong": False}),
]
SILENT = 300
"""Milliseconds after which Node says that nothing has come."""


@needs_node
@pytest.mark.spec("C-031")
def test_node_sees_each_of_them_and_is_served_afterwards() -> None:
    """One cloud and one Node for all: each fault, then a connection that no fault strikes."""

    async def test() -> None:
        authority = CertificateAuthority.fresh()
        async with running(authority) as cloud:
            plan = json.dumps({"port": port(cloud), "ca": str(authority.ca_file)})
            node = await asyncio.create_subprocess_exec(
                "node", HERE / "connect.mjs", plan, stdin=PIPE, stdout=PIPE, stderr=PIPE
            )
            assert node.stdin is not None
            assert node.stdout is not None

            async def connect(patience: int = 5000) -> dict[str, Any]:
                assert node.stdin is not None
                assert node.stdout is not None
                node.stdin.write(b"%d\n" % patience)
                seen: dict[str, Any] = json.loads(await asyncio.wait_for(node.stdout.readline(), PATIENCE))
                return seen

            for fault, expected in SEEN:
                await cloud.ask(op.AddFault(DEFAULT_ACCOUNT, parse({"on": "connect", "id": "f", **fault})))
                is_silent = fault["effect"] in ("black_hole", "silence", "invalid_frame")
                seen = await connect(SILENT if is_silent else 5000)
                assert seen | expected == seen, (fault, seen)
                assert (await cloud.ask(op.ReadFault(DEFAULT_ACCOUNT, "f"))).body["struck"] == 1, fault
                assert (await connect())["pong"], f"after {fault}"
            node.stdin.close()
            assert await node.wait() == 0

    asyncio.run(test())
