"""The bundled device over sockets, after effects that memory has nothing of."""

import asyncio
from typing import Any

import pytest

from mockcloud.cic import operations as op
from mockcloud.client import ReferenceDevice, is_event
from mockcloud.cloud.accounts import DEFAULT_ACCOUNT
from mockcloud.faults import TABLE, parse
from mockcloud.speech.pcm import spoken
from tests.server.cloud_client import running

SOCKET = [key for key, verdict in TABLE.items() if verdict.kind == "socket"]


def test_there_are_such_effects() -> None:
    assert {effect for *_, effect in SOCKET} == {"starve", "invalid_frame"}


@pytest.mark.spec("D-027", "D-034")
@pytest.mark.parametrize(
    ("on", "at", "effect"),
    [
        ("event", "audio", "starve"),
        ("event", "metadata", "invalid_frame"),
        ("downchannel", "hello", "invalid_frame"),
        ("token", "headers", "invalid_frame"),
    ],
    ids=lambda part: part,
)
def test_the_device_completes_a_dialog(on: str, at: str, effect: str) -> None:
    async def test() -> None:
        async with running(None) as cloud:
            account: dict[str, Any] = (await cloud.ask(op.ReadAccount(DEFAULT_ACCOUNT))).body
            client = {name: account[name] for name in ("client_id", "client_secret", "naver_access_token")}
            fault = parse({"on": on, "at": at, "effect": effect, "id": "f"})
            if on != "event":
                await cloud.ask(op.AddFault(DEFAULT_ACCOUNT, fault))
            async with ReferenceDevice(cloud.device_url, **client, speed="max") as device:
                await device.ready()
                if on == "event":
                    await cloud.ask(op.AddFault(DEFAULT_ACCOUNT, fault))
                    await device.say("안녕", pcm=spoken("안녕", "ko"))
                await device.ready()
                turn = await device.type("안녕")
                while turn.status != 200:
                    turn = await device.type("안녕")
                await device.wait_for(lambda noted: is_event(noted, "SpeechSynthesizer.SpeechFinished"))
            assert (await cloud.ask(op.ReadFault(DEFAULT_ACCOUNT, "f"))).body["struck"] == 1

    asyncio.run(test())
