"""The program under test: a speaker that says what it is told on its downchannel, and comes back when it loses it."""

import asyncio
import json
import os
import re
import ssl
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx

DEVICE_ID = "7f3c4c1e-0b5e-4c61-9d2f-6a5f3e0c9b11"
CONTEXT = [
    {"header": {"namespace": namespace, "name": name}, "payload": payload}
    for namespace, name, payload in [
        ("Alerts", "AlertsState", {"allAlerts": [], "activeAlerts": []}),
        ("AudioPlayer", "PlaybackState", {"playerActivity": "IDLE", "repeatMode": "NONE"}),
        ("Device", "DeviceState", {}),
        ("Device", "Display", {"size": "none"}),
        ("Speaker", "VolumeState", {"volume": 5, "muted": False}),
    ]
]


async def main() -> None:
    trust = ssl.create_default_context(cafile=os.environ["MOCKCLOUD_CA_FILE"])
    while True:
        # A new connection each time: events go over the one that has the downchannel.
        async with httpx.AsyncClient(
            base_url=os.environ["MOCKCLOUD_DEVICE_URL"],
            http2=True,
            verify=trust,
            timeout=httpx.Timeout(10, read=None),
            headers={"User-Agent": "Example/Pytest/1.0.0 (Linux;PC)"},
        ) as client:
            try:
                await listen(client, await log_in(client))
            except httpx.HTTPError:
                await asyncio.sleep(0.1)


async def log_in(client: httpx.AsyncClient) -> str:
    """An access token."""
    asked = {
        "client_id": os.environ["MOCKCLOUD_CLIENT_ID"],
        "device_id": DEVICE_ID,
        "response_type": "code",
        "state": "s",
    }
    person = {"Authorization": f"Bearer {os.environ['MOCKCLOUD_NAVER_ACCESS_TOKEN']}", "Accept": "application/json"}
    code = (await client.get("/authorize", params=asked, headers=person)).raise_for_status().json()["code"]
    form = {
        "grant_type": "authorization_code",
        "client_id": os.environ["MOCKCLOUD_CLIENT_ID"],
        "client_secret": os.environ["MOCKCLOUD_CLIENT_SECRET"],
        "code": code,
        "device_id": DEVICE_ID,
    }
    return str((await client.post("/token", data=form)).raise_for_status().json()["access_token"])


async def listen(client: httpx.AsyncClient, token: str) -> None:
    """Carry out what comes on the downchannel, until it ends."""
    client.headers["Authorization"] = f"Bearer {token}"
    async with client.stream("GET", "/v1/directives") as downchannel:
        downchannel.raise_for_status()
        async for directive in directives(downchannel):
            if directive["header"]["name"] == "Speak":
                await say(client, directive["payload"]["token"])


async def directives(downchannel: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    found = re.search(r'boundary="?([^";]+)', downchannel.headers["content-type"])
    assert found is not None
    delimiter = f"--{found[1]}".encode()
    left = b""
    async for chunk in downchannel.aiter_bytes():
        *parts, left = (left + chunk).split(delimiter)
        for part in parts:
            headers, _, content = part.partition(b"\r\n\r\n")
            if b"application/json" in headers:
                yield json.loads(content)["directive"]


async def say(client: httpx.AsyncClient, token: str) -> None:
    for name in ("SpeechStarted", "SpeechFinished"):
        header = {"namespace": "SpeechSynthesizer", "name": name, "messageId": str(uuid.uuid4())}
        metadata = json.dumps({"context": CONTEXT, "event": {"header": header, "payload": {"token": token}}})
        part = {"metadata": (None, metadata, "application/json; charset=UTF-8")}
        (await client.post("/v1/events", files=part)).raise_for_status()


if __name__ == "__main__":
    asyncio.run(main())
