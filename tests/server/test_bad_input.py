"""Bad input over real sockets: a clear answer or an end, while the server lives and other devices notice nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from h2.events import ResponseReceived

from mockcloud.cic import operations as op
from mockcloud.server.certificates import CertificateAuthority
from mockcloud.settings import Behaviour, Limits
from tests.patience import PATIENCE
from tests.server.cloud_client import AGENT, AUDIO, END, FORM, ForeignDevice, exception, metadata, port, running
from tests.server.h2client import H2Client, client_tls

Run = Callable[[Coroutine[Any, Any, None]], None]


async def until(met: Callable[[], bool]) -> None:
    """Let the server, whose loop is this one, go on until that is so."""
    async with asyncio.timeout(PATIENCE):
        while not met():  # noqa: ASYNC110 - it is the server's state
            await asyncio.sleep(0)


@asynccontextmanager
async def two_devices(
    authority: CertificateAuthority, *, client: Mapping[str, Any] | None = None, **options: Any
) -> AsyncIterator[tuple[ForeignDevice, ForeignDevice]]:
    """One that misbehaves and one that must not notice; afterwards nothing of either may be left in the machine.

    ``client`` is what the `H2Client` of the bad one is made with.
    """
    async with running(authority, **options) as cloud:
        bystander = await ForeignDevice.connect(cloud, authority, "bystander")
        bad = await ForeignDevice.connect(cloud, authority, "bad", **(client or {}))
        yield bad, bystander
        await bystander.is_well()
        for device in (bad, bystander):
            await device.client.abort()
        await until(lambda: not cloud.machine.core.connections)
        assert not cloud.machine.core.exchanges
        assert not cloud.machine.core.downchannels


@pytest.mark.spec("C-021", "C-037")
def test_a_wrong_token(run: Run, authority: CertificateAuthority) -> None:
    async def test() -> None:
        async with two_devices(authority) as (bad, _):
            bad.token = "wrong"
            response = await bad.event("SpeechSynthesizer.SpeechFinished", {"token": "t"})
            assert response.status == 401
            assert exception(response) == (
                401,
                "no such access token: get one from /token, or refresh the one you have",
            )

    run(test())


@pytest.mark.spec("C-036")
@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"--term\r\nContent-Disp", "Could not decode multipart"),
        (b"no delimiter at all", "Could not decode multipart"),
        (b"", "Could not decode multipart"),
        (metadata("A.B")[:-20] + END, "the metadata is not JSON"),
        (metadata("A.B").replace(b"A", b"\xff", 1) + END, "the metadata is not JSON"),
        (
            metadata("A.B").replace(b'"payload": {}', b'"payload": ' + b"[" * 100_000) + END,
            "more than 64 objects and arrays stand inside each other",
        ),
        (metadata("A.B").replace(b'"context"', b'"contexts"') + END, "context"),
    ],
    ids=["cut", "no-delimiter", "empty", "broken-json", "invalid-utf-8", "deep-json", "no-context"],
)
def test_a_body_that_is_no_event(run: Run, authority: CertificateAuthority, body: bytes, said: str) -> None:
    async def test() -> None:
        async with two_devices(authority) as (bad, _):
            stream = bad.client.request("POST", "/v1/events", bad.headers(FORM), end=False)
            await bad.client.upload(stream, body, end=True)
            response = await bad.client.response(stream)
            assert response.status == 400
            assert said in exception(response)[1]
            await bad.is_well()

    run(test())


@pytest.mark.spec("C-036")
def test_a_content_length_of_one_gibibyte(run: Run, authority: CertificateAuthority) -> None:
    async def test() -> None:
        async with two_devices(authority) as (bad, _):
            headers = bad.headers(FORM, ("content-length", str(2**30)))
            stream = bad.client.request("POST", "/v1/events", headers, end=False)
            response = await bad.client.response(stream)
            assert (response.status, exception(response)[1]) == (
                400,
                "Content-Length is 1073741824, the limit is 8388608 bytes",
            )
            bad.client.reset(stream, 8)
            await bad.is_well()

    run(test())


@pytest.mark.spec("C-019", "D-005")
@pytest.mark.parametrize("announced", [1000, 10], ids=["less than announced", "more than announced"])
def test_a_body_of_another_size_than_its_content_length(
    run: Run, authority: CertificateAuthority, announced: int
) -> None:
    """No HTTP/2 any more: the connection ends, and the device's owner is told why."""

    async def test() -> None:
        async with two_devices(authority) as (bad, _):
            headers = bad.headers(FORM, ("content-length", str(announced)))
            bad.client.request("POST", "/v1/events", headers, b"x" * 100, end=True)
            await bad.client.goaway()
            found = (await bad.cloud.ask(op.ReadJournal())).body
            broken = [entry for entry in found["entries"] if entry["name"] == "HTTP/2"]
            assert [(entry["device"], entry["violations"][0]["code"]) for entry in broken] == [
                ("bad", "connection.http2")
            ]
            assert str(announced) in broken[0]["note"]

    run(test())


@pytest.mark.spec("C-036")
def test_an_endless_body_is_answered_at_its_limit_and_thrown_away(run: Run, authority: CertificateAuthority) -> None:
    async def test() -> None:
        async with two_devices(authority, limits=Limits(body=200_000)) as (bad, _):
            stream = bad.post(metadata("SpeechRecognizer.Recognize", {"lang": "ko"}, dialog="d") + AUDIO, end=False)
            await bad.client.upload(stream, bytes(300_000))
            response = await bad.client.response(stream)
            assert response.status == 400
            assert "larger than 200000 bytes" in exception(response)[1]
            bad.client.reset(stream, 8)
            await bad.is_well()

    run(test())


def test_the_client_goes_in_the_middle_of_an_upload(run: Run, authority: CertificateAuthority) -> None:
    async def test() -> None:
        async with two_devices(authority) as (bad, bystander):
            stream = bad.post(metadata("SpeechRecognizer.Recognize", {"lang": "ko"}, dialog="d") + AUDIO, end=False)
            await bad.client.upload(stream, bytes(20_000))
            await bad.client.ping()
            await bad.client.abort()
            await bystander.client.ping()

    run(test())


def test_the_client_goes_in_the_middle_of_an_answer(run: Run, authority: CertificateAuthority) -> None:
    async def test() -> None:
        async with two_devices(authority, client={"window": 1000, "gives_back": False}) as (bad, bystander):
            machine, streams = bad.cloud.machine, bad.cloud.driver._streams
            text = {"text": "가" * 100, "lang": "ko"}
            stream = bad.post(metadata("SpeechSynthesizer.Request", text) + END)
            await bad.client.until(lambda: len(bad.client.response_so_far(stream).body) >= 900)
            assert len(streams) == 3  # the two downchannels, and what is being answered
            await bad.client.abort()
            await until(lambda: len(streams) == 1)
            left = machine.core.downchannels["default", bystander.device_id].ex
            assert list(streams) == list(machine.core.exchanges) == [left]

    run(test())


@pytest.mark.spec("C-030")
def test_a_header_of_a_hundred_thousand_characters(run: Run, authority: CertificateAuthority) -> None:
    async def test() -> None:
        async with two_devices(authority) as (_, bystander):
            client = await H2Client.connect(port(bystander.cloud), client_tls(authority.ca_file))
            stream = client.request("GET", "/ping", [AGENT, ("x-long", "a" * 100_000)])
            await client.until(lambda: client.response_so_far(stream).status != 0 or bool(client.goaways()))
            if client.goaways():
                assert b"65536" in client.goaways()[0].debug
            else:
                assert client.response_so_far(stream).status == 431
            await client.abort()

    run(test())


def test_an_invalid_frame_ends_only_its_own_connection(run: Run, authority: CertificateAuthority) -> None:
    async def test() -> None:
        async with two_devices(authority) as (_, bystander):
            client = await H2Client.connect(port(bystander.cloud), client_tls(authority.ca_file))
            client.writer.write(bytes([0, 0, 5, 6, 0, 0, 0, 0, 0]) + b"short")  # a PING of five bytes
            await client.goaway()
            await client.ended()
            await client.close()

    run(test())


@pytest.mark.spec("C-027")
def test_a_device_that_never_reads_loses_its_downchannel_and_nothing_else(
    run: Run, authority: CertificateAuthority
) -> None:
    async def test() -> None:
        async with running(authority, limits=Limits(downchannel_parts=8)) as cloud:
            bystander = await ForeignDevice.connect(cloud, authority, "bystander")
            bad = await ForeignDevice.connect(cloud, authority, "bad", window=1000, gives_back=False)
            directive = {"header": {"namespace": "Clova", "name": "RenderText"}, "payload": {"text": "x" * 2000}}
            states = []
            for _ in range(10):
                outcome = await cloud.ask(op.Push(device="bad", directive=directive))
                states.append(outcome.body["sent"][0]["state"] if outcome.status == 200 else outcome.status)
            assert states[:8] == ["blocked"] * 8
            assert states[-1] == 409
            notes = [entry.note for entry in cloud.machine.core.accounts.by_id["default"].journal]
            assert any("does not read" in note for note in notes)
            await bystander.is_well()
            for device in (bad, bystander):
                await device.client.abort()

    run(test())


@pytest.mark.spec("C-045")
def test_a_request_that_is_never_ended_is_answered(run: Run, authority: CertificateAuthority) -> None:
    async def test() -> None:
        async with two_devices(authority, behaviour=Behaviour(answer_without_end=200_000_000)) as (bad, _):
            stream = bad.post(metadata("TextRecognizer.Recognize", {"text": "안녕"}, dialog="d") + END, end=False)
            assert (await bad.client.response(stream)).status == 200
            bad.client.reset(stream, 8)

    run(test())


@pytest.mark.spec("C-034", "C-036", "C-046")
def test_thousands_of_events_on_one_connection_leave_no_trace(run: Run, authority: CertificateAuthority) -> None:
    async def test() -> None:
        async with two_devices(authority, limits=Limits(journal_entries=100)) as (device, _):
            client = device.client
            body = metadata("SpeechSynthesizer.SpeechFinished", {"token": "t"}) + END
            for _ in range(125):
                streams = [device.post(body) for _ in range(20)]
                answers = [await client.response(stream) for stream in streams]
                assert [answer.status for answer in answers] == [204] * 20
                client.events = [event for event in client.events if isinstance(event, ResponseReceived)][:1]
                client.frames.clear()
            assert client.goaways() == []
            machine = device.cloud.machine
            assert len(machine.core.exchanges) == 2
            assert len(machine.core.connections) == 2

    run(test())
