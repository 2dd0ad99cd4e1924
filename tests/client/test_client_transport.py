"""The device over real sockets, against a cloud of a few lines."""

import asyncio
import json
import socket
import ssl
from contextlib import asynccontextmanager

import pytest
import trustme
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded
from h2.settings import SettingCodes

from mockcloud.client import DeviceOff, ReferenceDevice, is_directive, is_event
from mockcloud.client.reference import DeviceTimeout, from_environment
from mockcloud.client.transport import Http2Connection, _close, _open, explain, tls_context
from mockcloud.client.vocabulary import Lit, Trouble, UploadEnded
from mockcloud.errors import CannotStart, MockcloudError
from mockcloud.speech import tone

RESPONSE = [(":status", "200"), ("content-type", "multipart/related; boundary=b")]


class Cloud:
    """Answers the downchannel with Hello, a request with a Speak, a report with 204, media with a tone."""

    def __init__(self, window=None):
        self.window = window
        self.paths = []
        self.bodies = {}
        self.writers = set()

    async def serve(self, reader, writer):
        self.writers.add(writer)
        h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        if self.window is not None:
            h2.local_settings[SettingCodes.INITIAL_WINDOW_SIZE] = self.window
            h2.local_settings.acknowledge()
        h2.initiate_connection()
        writer.write(h2.data_to_send())
        streams = {}
        while data := await reader.read(65536):
            for event in h2.receive_data(data):
                if isinstance(event, RequestReceived):
                    headers = dict(event.headers)
                    self.paths.append((headers[":path"], len(self.writers)))
                    streams[event.stream_id] = (headers[":path"], bytearray())
                elif isinstance(event, DataReceived):
                    streams[event.stream_id][1].extend(event.data)
                    h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, StreamEnded):
                    self.answer(h2, event.stream_id, *streams[event.stream_id])
            writer.write(h2.data_to_send())
        writer.close()

    def answer(self, h2, stream, path, body):
        if path == "/v1/directives":
            h2.send_headers(stream, RESPONSE)
            h2.send_data(stream, b"--b\r\n" + part("Clova.Hello", {}) + b"\r\n--b\r\n")
        elif path == "/v1/events":
            event = json.loads(bytes(body).split(b"\r\n\r\n")[1].split(b"\r\n--")[0])["event"]
            self.bodies[event["header"]["name"]] = bytes(body)
            if event["header"]["name"] != "Recognize":
                h2.send_headers(stream, [(":status", "204")], end_stream=True)
                return
            speak = {"format": "AUDIO_MPEG", "token": "t", "url": f"{self.url}/media/a.mp3"}
            h2.send_headers(stream, RESPONSE)
            dialog = event["header"]["dialogRequestId"]
            speech = b"--b\r\n" + part("SpeechSynthesizer.Speak", speak, dialog) + b"\r\n--b--\r\n"
            h2.send_data(stream, speech, end_stream=True)
        else:
            h2.send_headers(stream, [(":status", "200")])
            h2.send_data(stream, tone.silence(24).mp3, end_stream=True)


def part(name, payload, dialog=None):
    namespace, _, last = name.rpartition(".")
    header = {"namespace": namespace, "name": last, "messageId": "m"}
    if dialog:
        header["dialogRequestId"] = dialog
    body = json.dumps({"directive": {"header": header, "payload": payload}})
    return b"Content-Type: application/json; charset=utf-8\r\n\r\n" + body.encode()


@asynccontextmanager
async def listening(cloud, tls=None):
    server = await asyncio.start_server(cloud.serve, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    cloud.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    try:
        yield cloud
    finally:
        server.close()
        for writer in cloud.writers:
            writer.close()
        await server.wait_closed()


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def ca_file(authority, tmp_path):
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(file)
    return file


def server_tls(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    context.set_alpn_protocols(["h2", "http/1.1"])
    return context


@pytest.mark.spec("D-005", "D-022", "D-025")
@pytest.mark.parametrize("secure", [True, False])
def test_a_turn_over_real_sockets(authority, ca_file, secure):
    async def run():
        async with listening(Cloud(), server_tls(authority) if secure else None) as cloud:
            device = ReferenceDevice(cloud.url, ca_file=ca_file, access_token="a", speed="max")
            async with device:
                await device.ready()
                turn = await device.say("오늘 날씨 어때")
                assert (turn.status, turn.names) == (200, ["SpeechSynthesizer.Speak"])
                await device.wait_for(lambda noted: is_event(noted, "SpeechSynthesizer.SpeechFinished"))
                await device.wait_for(lambda noted: is_directive(noted, "SpeechSynthesizer.Speak"))
            assert cloud.paths[0] == ("/v1/directives", 1)
            assert {connections for _, connections in cloud.paths} == {1}

    asyncio.run(asyncio.wait_for(run(), 60))


def test_an_upload_waits_for_the_peers_window(authority, ca_file):
    pcm = bytes(range(256)) * 1000

    async def run():
        async with listening(Cloud(window=1000), server_tls(authority)) as cloud:
            async with ReferenceDevice(cloud.url, ca_file=ca_file, access_token="a", speed="max") as device:
                await device.ready()
                await device.say(pcm=pcm)
                ended = await device.wait_for(lambda noted: isinstance(noted.what, UploadEnded))
                assert ended.what.audio_bytes == len(pcm)
            assert len(cloud.bodies["Recognize"]) > len(pcm)

    asyncio.run(asyncio.wait_for(run(), 60))


@pytest.mark.spec("D-027")
def test_a_connection_that_breaks_is_made_anew(authority, ca_file):
    async def run():
        async with listening(Cloud(), server_tls(authority)) as cloud:
            async with ReferenceDevice(cloud.url, ca_file=ca_file, access_token="a") as device:
                await device.ready()
                since = len(device.timeline)
                next(iter(cloud.writers)).close()
                await device.wait_for(lambda noted: is_directive(noted, "Clova.Hello"), since=since)
                assert (await device.type("날씨")).status == 200
            assert len(cloud.writers) == 2

    asyncio.run(asyncio.wait_for(run(), 60))


def test_a_peer_that_does_not_say_goodbye_is_cut(authority, ca_file):
    """It would outlive the event loop otherwise, which Python warns of."""

    async def run():
        context = server_tls(authority)
        with socket.create_server(("127.0.0.1", 0)) as listening:

            def greet():
                accepted, _ = listening.accept()
                return context.wrap_socket(accepted, server_side=True)

            greeted = asyncio.create_task(asyncio.to_thread(greet))
            origin = f"https://127.0.0.1:{listening.getsockname()[1]}"
            reader, writer = await _open(origin, tls_context(ca_file, ["h2"]))
            with await greeted:
                kept = writer.get_extra_info("socket")
                Http2Connection(origin, reader, writer, lambda _: None).close()
                await _close(writer)
                await asyncio.sleep(0)  # the event loop's next turn closes what was aborted
                assert kept.fileno() == -1

    asyncio.run(run())


def failure(**settings):
    async def run():
        async with ReferenceDevice(**settings) as device:
            await device.wait_for(lambda noted: isinstance(noted.what, Trouble), timeout=60)
            await device.ready(timeout=0)

    with pytest.raises(CannotStart) as caught:
        asyncio.run(asyncio.wait_for(run(), 60))
    return str(caught.value)


def test_nothing_that_listens_is_said_so():
    assert "nothing listens at https://127.0.0.1:1; check url" in failure(url="https://127.0.0.1:1/", access_token="a")


def test_an_unknown_authority_is_said_so(authority):
    async def run():
        async with (
            listening(Cloud(), server_tls(authority)) as cloud,
            ReferenceDevice(cloud.url, access_token="a") as device,
        ):
            await device.wait_for(lambda noted: isinstance(noted.what, Trouble), timeout=60)
            with pytest.raises(CannotStart, match=r"is not trusted .* as ca_file"):
                await device.ready(timeout=0)

    asyncio.run(asyncio.wait_for(run(), 60))


def test_a_ca_file_that_is_none_is_said_so(tmp_path):
    assert "ca_file" in failure(url="https://127.0.0.1:1", access_token="a", ca_file=tmp_path / "none.pem")


def test_what_did_not_happen_is_told_with_what_did(authority, ca_file):
    async def run():
        async with (
            listening(Cloud(), server_tls(authority)) as cloud,
            ReferenceDevice(cloud.url, ca_file=ca_file, access_token="a") as device,
        ):
            await device.ready()
            with pytest.raises(DeviceTimeout, match=r"not seen within 0\.05 s; last: .*READY"):
                await device.wait_for(lambda noted: noted.what == Lit("mute"), timeout=0.05)

    asyncio.run(asyncio.wait_for(run(), 60))


def test_what_is_not_given_comes_from_the_environment():
    environ = {"MOCKCLOUD_DEVICE_URL": "https://e", "MOCKCLOUD_CLIENT_ID": "c", "MOCKCLOUD_CA_FILE": ""}
    assert from_environment({"url": None, "client_id": "given"}, environ) == {
        "url": "https://e",
        "client_id": "given",
    }


def test_without_a_url_the_device_says_where_to_put_one(monkeypatch):
    monkeypatch.delenv("MOCKCLOUD_DEVICE_URL", raising=False)
    with pytest.raises(CannotStart, match="MOCKCLOUD_DEVICE_URL"):
        ReferenceDevice()


def test_who_waits_for_a_device_that_is_switched_off_is_told_so():
    async def run():
        async with ReferenceDevice("https://127.0.0.1:1", access_token="a") as device:
            turn, ready = asyncio.create_task(device.type("안녕")), asyncio.create_task(device.ready())
            await device.wait_for(lambda noted: isinstance(noted.what, Trouble), timeout=60)
            await device.power(on=False)
            for task in (turn, ready):
                with pytest.raises(DeviceOff, match="it was switched off"):
                    await task
            await device.power(on=True)
            assert not device._device.dialog._held  # what was said to it before is not said to it again

    asyncio.run(asyncio.wait_for(run(), 60))


def test_outside_of_async_with_the_device_is_off():
    async def run():
        await ReferenceDevice("https://127.0.0.1:1").press("stop")

    with pytest.raises(MockcloudError, match="async with"):
        asyncio.run(run())


@pytest.mark.parametrize(
    ("error", "said"),
    [(TimeoutError(), "did not answer"), (OSError("network is unreachable"), "network is unreachable")],
)
def test_other_failures_are_explained_too(error, said):
    assert said in explain("https://h", error)
