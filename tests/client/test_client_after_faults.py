"""The bundled device over sockets, after everything that memory has nothing of."""

import asyncio
from typing import Any

import pytest

from mockcloud.cic import operations as op
from mockcloud.client import ReferenceDevice, is_event, transport
from mockcloud.faults.reading import parse
from mockcloud.faults.table import TABLE
from mockcloud.server.certificates import CertificateAuthority
from mockcloud.server.cloud import RunningCloud
from mockcloud.speech.pcm import spoken
from tests.patience import PATIENCE
from tests.server.cloud_client import AGENT, create_account, running
from tests.server.h2client import H2Client, client_tls

SOCKET = [key for key, verdict in TABLE.items() if verdict.kind == "socket"]
AT_START = {("connect", None), ("token", None), ("downchannel", "headers"), ("downchannel", "hello")}
"""Points that a device comes by before it is ready."""
SOUND = "/media/speech/ko/7JWI64WV.mp3"


def test_there_are_such_effects() -> None:
    of_framing = {effect for on, _, effect in SOCKET if on != "connect"}
    assert of_framing == {"starve", "invalid_frame"}
    assert len({at for on, at, _ in SOCKET if on == "connect"}) == 3


async def comes_by(cloud: RunningCloud, made: dict[str, Any], device: ReferenceDevice, on: str, at: str) -> None:
    """Whatever comes by the point."""
    speak = {"header": {"namespace": "SpeechSynthesizer", "name": "Speak"}}
    payload = {"token": "t", "format": "AUDIO_MPEG"}
    account = made["account"]
    match on, at:
        case "event", "audio":
            await device.say("안녕", pcm=spoken("안녕", "ko"))
        case "event", _:
            await device.type("안녕")
        case "downchannel", "part":
            indicator = {"header": {"namespace": "Notifier", "name": "ClearIndicator"}, "payload": {}}
            await cloud.ask(op.Push(account=account, directive=indicator))
        case "downchannel", "attachment":
            attached = ("a", "application/octet-stream", bytes(100))
            directive = {**speak, "payload": {**payload, "url": "cid:a"}}
            await cloud.ask(op.Push(account=account, directive=directive, attachments=(attached,)))
        case "downchannel", "end":
            (channel,) = (await cloud.ask(op.ListChannels(account))).body["channels"]
            await cloud.ask(op.CloseChannel(channel["id"]))
        case "media", _:
            url = f"{made['device_url']}{SOUND}?account={account}"
            await cloud.ask(op.Push(account=account, directive={**speak, "payload": {**payload, "url": url}}))
        case "ping", _:  # the device sends PING frames
            token = (await cloud.ask(op.IssueToken(account, "other"))).body["access_token"]
            assert cloud.ca_file is not None
            port = int(made["device_url"].rpartition(":")[2])
            client = await H2Client.connect(port, client_tls(cloud.ca_file))
            client.request("GET", "/ping", [("authorization", f"Bearer {token}"), AGENT])
            await client.until(lambda: any(f.type == 0 and f.stream_id == 0 for f in client.frames))
            await client.abort()


async def gets_over(cloud: RunningCloud, on: str, at: str, effect: str) -> None:
    """A device meets the fault once, and completes a dialog after it."""
    made = await create_account(cloud)
    account = made["account"]
    client = {name: made[name] for name in ("client_id", "client_secret", "naver_access_token")}
    settings = {"by": "20ms"} if effect == "delay" else {}
    fault = op.AddFault(account, parse({"on": on, "at": at, "effect": effect, "id": "f", **settings}))
    at_start = (on, None) in AT_START or (on, at) in AT_START
    if at_start:
        await cloud.ask(fault)
    async with ReferenceDevice(made["device_url"], **client, ca_file=cloud.ca_file, speed="max") as device:
        await device.ready(PATIENCE)
        if not at_start:
            await cloud.ask(fault)
            await comes_by(cloud, made, device, on, at)
        async with asyncio.timeout(PATIENCE):
            await cloud.ask(op.WaitForJournal(account=account, match={"rule": "fault f"}, timeout_ms=60_000))
            while True:
                await device.ready(PATIENCE)
                if (await device.type("안녕")).status == 200:
                    break
        await device.wait_for(lambda noted: is_event(noted, "SpeechSynthesizer.SpeechFinished"))
    assert (await cloud.ask(op.ReadFault(account, "f"))).body["struck"] == 1


@pytest.mark.spec("D-027", "D-034")
def test_the_device_completes_a_dialog_after_each_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """All at once: each has an account, and so a listener, of its own."""
    monkeypatch.setattr(transport, "CONNECT_PATIENCE", 5.0)
    monkeypatch.setattr(transport, "FETCH_PATIENCE", 5.0)

    async def named(cloud: RunningCloud, key: tuple[str, str, str]) -> str:
        try:
            await gets_over(cloud, *key)
        except Exception as error:
            return f"{key}: {error!r}"
        return ""

    async def test() -> None:
        async with running(CertificateAuthority.fresh()) as cloud:
            failures = await asyncio.gather(*(named(cloud, key) for key in SOCKET))
        assert list(filter(None, failures)) == []

    asyncio.run(test())
