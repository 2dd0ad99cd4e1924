"""A running cloud, and a foreign device that talks to it by hand."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

from h2.events import StreamEnded, StreamReset

from mockcloud.cic import operations as op
from mockcloud.server.certificates import CertificateAuthority
from mockcloud.server.cloud import RunningCloud, Tls
from mockcloud.settings import AccountSettings, Behaviour, Limits, Settings
from mockcloud.wire.http import boundary
from mockcloud.wire.multipart import MultipartDecoder, PartData, PartEnded
from tests.server.h2client import H2Client, Response, client_tls

AGENT = ("user-agent", "Foreign/Device/1.0.0 (Linux;Board)")
FORM = ("content-type", "multipart/form-data; boundary=term")


@asynccontextmanager
async def running(
    authority: CertificateAuthority | None, *, behaviour: Behaviour | None = None, limits: Limits | None = None
) -> AsyncIterator[RunningCloud]:
    settings = Settings(
        port=0, control_port=0, account=AccountSettings(behaviour=behaviour or Behaviour()), limits=limits or Limits()
    )
    tls = Tls.of(authority, ["localhost", "127.0.0.1"]) if authority else None
    async with RunningCloud(settings, tls=tls) as cloud:
        yield cloud


async def create_account(
    cloud: RunningCloud,
    name: str | None = None,
    *,
    listener: Literal["shared", "own"] = "own",
    devices: Sequence[str] = (),
) -> dict[str, Any]:
    """A sandbox, by default with a port of its own: what ``POST /v1/accounts`` answers."""
    made = await cloud.ask(op.CreateAccount(name=name, listener=listener, devices=tuple(devices)))
    assert made.status == 201, made.body
    body: dict[str, Any] = made.body
    return body


def port(cloud: RunningCloud) -> int:
    return int(cloud.device_url.rpartition(":")[2])


def metadata(name: str, payload: dict[str, Any] | None = None, *, dialog: str | None = None) -> bytes:
    """The metadata part of an event, with the delimiter before it but none after it."""
    namespace, _, event = name.rpartition(".")
    header = {"namespace": namespace, "name": event, "messageId": str(uuid4())}
    if dialog:
        header["dialogRequestId"] = dialog
    message = {"context": [], "event": {"header": header, "payload": payload or {}}}
    return (
        b'--term\r\nContent-Disposition: form-data; name="metadata"\r\n'
        b"Content-Type: application/json; charset=UTF-8\r\n\r\n" + json.dumps(message).encode()
    )


AUDIO = b'\r\n--term\r\nContent-Disposition: form-data; name="audio"\r\nContent-Type: application/octet-stream\r\n\r\n'
END = b"\r\n--term--\r\n"


@dataclass
class ForeignDevice:
    """One device on a connection of its own, with an open downchannel."""

    cloud: RunningCloud
    client: H2Client
    device_id: str
    token: str
    downchannel: int = 0

    @classmethod
    async def connect(
        cls, cloud: RunningCloud, authority: CertificateAuthority | None, device_id: str = "foreign", **options: Any
    ) -> "ForeignDevice":
        issued = (await cloud.ask(op.IssueToken("default", device_id))).body
        tls = client_tls(authority.ca_file) if authority else None
        client = await H2Client.connect(port(cloud), tls, **options)
        device = cls(cloud, client, device_id, issued["access_token"])
        device.downchannel = client.request("GET", "/v1/directives", device.headers())
        await client.until(lambda: b'"Hello"' in client.response_so_far(device.downchannel).body)
        return device

    def headers(self, *more: tuple[str, str]) -> Sequence[tuple[str, str]]:
        return [("authorization", f"Bearer {self.token}"), AGENT, *more]

    def post(self, body: bytes, *, end: bool = True) -> int:
        return self.client.request("POST", "/v1/events", self.headers(FORM), body, end=end)

    async def event(self, name: str, payload: dict[str, Any] | None = None, *, dialog: str | None = None) -> Response:
        return await self.client.response(self.post(metadata(name, payload, dialog=dialog) + END))

    def pushed(self) -> list[str]:
        """Full names of the directives that have come on the downchannel."""
        return [full_name(message) for message in messages(self.client.response_so_far(self.downchannel))]

    async def is_well(self) -> None:
        """The downchannel is open, and an event is answered."""
        response = await self.event("SpeechSynthesizer.SpeechFinished", {"token": "t"})
        assert response.status == 204
        assert not self.client.seen(StreamEnded, self.downchannel)
        assert not self.client.seen(StreamReset, self.downchannel)


def messages(response: Response) -> list[dict[str, Any]]:
    """The JSON parts of a multipart response that are complete."""
    decoder = MultipartDecoder(boundary(dict(response.headers)["content-type"]))
    found, data = [], b""
    for event in decoder.feed(response.body):
        if isinstance(event, PartData):
            data += event.data
        elif isinstance(event, PartEnded):
            if data.startswith(b"{"):
                found.append(json.loads(data))
            data = b""
    return found


def full_name(message: dict[str, Any]) -> str:
    header = message["directive"]["header"]
    return f"{header['namespace']}.{header['name']}"


def exception(response: Response) -> tuple[int, str]:
    """Code and description of the error message that a response carries."""
    payload = messages(response)[0]["directive"]["payload"]
    return payload["code"], payload["description"]
