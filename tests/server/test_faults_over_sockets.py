"""Every effect of transport as a client of HTTP/2 sees it that h2 reads by hand: the exact code, the exact bytes."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import pytest
from h2.events import DataReceived, PingAckReceived, ResponseReceived, StreamEnded, StreamReset

from mockcloud.cic import operations as op
from mockcloud.cloud.accounts import DEFAULT_ACCOUNT
from mockcloud.faults.effects import EFFECTS
from mockcloud.faults.effects.invalid_frame import DATA_ON_STREAM_0
from mockcloud.faults.reading import parse
from mockcloud.server.certificates import CertificateAuthority
from mockcloud.server.cloud import RunningCloud
from tests.server.cloud_client import AUDIO, END, ForeignDevice, full_name, messages, metadata, port, running
from tests.server.h2client import DATA, H2Client, Response

TYPED = "TextRecognizer.Recognize"
Scene = Callable[[ForeignDevice], Awaitable[None]]


@asynccontextmanager
async def device(authority: CertificateAuthority | None = None) -> AsyncIterator[ForeignDevice]:
    async with running(authority) as cloud:
        foreign = await ForeignDevice.connect(cloud, authority)
        try:
            yield foreign
        finally:
            await foreign.client.abort()


def play(scene: Scene, authority: CertificateAuthority | None = None) -> None:
    async def test() -> None:
        async with device(authority) as foreign:
            await scene(foreign)

    asyncio.run(test())


async def fault(foreign: ForeignDevice | RunningCloud, **written: Any) -> None:
    cloud = foreign if isinstance(foreign, RunningCloud) else foreign.cloud
    await cloud.ask(op.AddFault(DEFAULT_ACCOUNT, parse(written)))


def ask(foreign: ForeignDevice) -> int:
    """An event that is answered with a Speak and its audio."""
    return foreign.post(metadata(TYPED, {"text": "안녕"}, dialog="d1") + END)


async def recovers(cloud: RunningCloud) -> None:
    """Another device of the account is served as ever."""
    other = await ForeignDevice.connect(cloud, None, "other")
    assert (await other.client.response(ask(other))).status == 200
    await other.client.close()


@pytest.mark.spec("C-031")
@pytest.mark.parametrize(("code", "seen"), [("CANCEL", 8), ("REFUSED_STREAM", 7), (99, 99)])
@pytest.mark.parametrize("tls", [True, False])
def test_reset_stream_of_the_open_downchannel(code: str | int, seen: int, tls: bool) -> None:
    async def scene(foreign: ForeignDevice) -> None:
        await fault(foreign, on="downchannel", effect="reset_stream", code=code)
        assert await foreign.client.reset_code(foreign.downchannel) == seen
        await foreign.client.ping()  # the connection goes on
        assert (await foreign.client.response(ask(foreign))).status == 412

    play(scene, CertificateAuthority.fresh() if tls else None)


@pytest.mark.parametrize("at", ["headers", "metadata"])
def test_reset_stream_of_an_event_before_its_answer(at: str) -> None:
    async def scene(foreign: ForeignDevice) -> None:
        await fault(foreign, on="event", at=at, effect="reset_stream", code="INTERNAL_ERROR")
        stream = ask(foreign)
        assert await foreign.client.reset_code(stream) == 2
        assert not foreign.client.seen(ResponseReceived, stream)
        await foreign.is_well()

    play(scene)


def parts_of(response: Response) -> tuple[bytes, bytes]:
    """The JSON part and the attachment of an answer."""
    term = dict(response.headers)["content-type"].partition("boundary=")[2].encode()
    _, speak, audio, _ = response.body.split(b"--" + term)
    return speak[2:-2], audio[2:-2]


@pytest.mark.spec("C-026", "C-057")
@pytest.mark.parametrize(
    ("at", "rest"),
    [
        ("part", lambda d, s, a: d),
        ("part + 10 bytes", lambda d, s, a: d + s[:10]),
        ("part + 50%", lambda d, s, a: d + s[: len(s) // 2]),
        ("after part", lambda d, s, a: d + s + b"\r\n" + d),
        ("attachment + 100 bytes", lambda d, s, a: d + s + b"\r\n" + d + a[:100]),
        ("after attachment", lambda d, s, a: d + s + b"\r\n" + d + a),
        ("end", lambda d, s, a: d + s + b"\r\n" + d + a),
        ("after end", lambda d, s, a: d + s + b"\r\n" + d + a + b"\r\n" + d[:-2] + b"--\r\n"),
    ],
)
def test_reset_stream_after_exactly_these_bytes(at: str, rest: Callable[[bytes, bytes, bytes], bytes]) -> None:
    async def scene(foreign: ForeignDevice) -> None:
        await fault(foreign, on="event", at=at, effect="reset_stream", code="STREAM_CLOSED")
        stream = ask(foreign)
        assert await foreign.client.reset_code(stream) == 5
        broken = foreign.client.response_so_far(stream)
        assert not foreign.client.seen(StreamEnded, stream)
        delimiter = f"--{dict(broken.headers)['content-type'].partition('boundary=')[2]}\r\n".encode()
        whole = await foreign.client.response(ask(foreign))
        speak, audio = parts_of(whole)
        expected = rest(delimiter, speak, audio)
        # Identifiers differ from answer to answer, lengths and structure do not.
        assert len(broken.body) == len(expected)
        assert broken.body.count(delimiter[:-2]) == expected.count(delimiter[:-2])
        assert broken.body.endswith(b"--\r\n") == expected.endswith(b"--\r\n")

    play(scene)


@pytest.mark.spec("C-057")
def test_cut_ends_the_stream_without_the_closing_delimiter() -> None:
    async def scene(foreign: ForeignDevice) -> None:
        await fault(foreign, on="event", effect="cut")
        response = await foreign.client.response(ask(foreign))
        assert response.status == 200
        assert not response.body.rstrip().endswith(b"--")
        assert b"Content-ID" in response.body
        await foreign.is_well()

    play(scene)


@pytest.mark.spec("C-031")
def test_cut_of_the_downchannel() -> None:
    async def scene(foreign: ForeignDevice) -> None:
        await fault(foreign, on="downchannel", effect="cut")
        response = await foreign.client.response(foreign.downchannel)
        assert response.body.endswith(b"\r\n")
        assert not response.body.endswith(b"--\r\n")

    play(scene)


@pytest.mark.spec("C-031")
@pytest.mark.parametrize(("code", "seen"), [("NO_ERROR", 0), ("ENHANCE_YOUR_CALM", 11)])
def test_goaway_has_the_exact_code_and_lets_the_answer_go_on(code: str, seen: int) -> None:
    async def scene(foreign: ForeignDevice) -> None:
        await fault(foreign, on="event", at="after part", effect="goaway", code=code, debug="maintenance")
        stream = ask(foreign)
        goaway = await foreign.client.goaway()
        assert (goaway.code, goaway.debug) == (seen, b"maintenance")
        frames = foreign.client.frames
        place = next(index for index, frame in enumerate(frames) if frame.type == 7)
        await foreign.client.until(
            lambda: any(f.type == DATA and f.stream_id == stream and f.flags & 1 for f in frames)
        )
        assert any(frame.type == DATA and frame.stream_id == stream for frame in frames[:place])
        assert any(frame.type == DATA and frame.stream_id == stream for frame in frames[place:])

    play(scene)


@pytest.mark.spec("C-031")
@pytest.mark.parametrize("at", ["headers", "after part"])
@pytest.mark.parametrize("tls", [True, False])
def test_tcp_reset(at: str, tls: bool) -> None:
    async def scene(foreign: ForeignDevice) -> None:
        await fault(foreign, on="event", at=at, effect="tcp_reset")
        stream = ask(foreign)
        await foreign.client.ended()
        assert foreign.client.was_reset
        assert bool(foreign.client.response_so_far(stream).body) == (at != "headers")
        if not tls:
            await recovers(foreign.cloud)

    play(scene, CertificateAuthority.fresh() if tls else None)


@pytest.mark.spec("C-031")
def test_half_close_is_a_fin_without_a_word() -> None:
    async def scene(foreign: ForeignDevice) -> None:
        await fault(foreign, on="downchannel", effect="half_close")
        await foreign.client.ended()
        assert not foreign.client.was_reset
        assert foreign.client.goaways() == []
        await recovers(foreign.cloud)

    play(scene)


@pytest.mark.spec("C-066", "C-067", "C-068")
def test_silence_answers_no_ping_of_either_kind_and_all_else() -> None:
    async def scene(foreign: ForeignDevice) -> None:
        await fault(foreign, on="downchannel", effect="silence")
        ping = foreign.client.request("GET", "/ping", foreign.headers())
        foreign.client.h2.ping(b"anybody?")
        assert (await foreign.client.response(ask(foreign))).status == 200
        assert not foreign.client.seen(PingAckReceived)
        assert not foreign.client.seen(ResponseReceived, ping)
        await recovers(foreign.cloud)

    play(scene)


@pytest.mark.spec("C-067")
def test_silence_on_ping_takes_the_ping_that_asked() -> None:
    async def scene(foreign: ForeignDevice) -> None:
        await fault(foreign, on="ping", effect="silence")
        ping = foreign.client.request("GET", "/ping", foreign.headers())
        assert (await foreign.client.response(ask(foreign))).status == 200
        assert not foreign.client.seen(ResponseReceived, ping)

    play(scene)


def test_a_black_hole_takes_in_everything() -> None:
    async def scene(foreign: ForeignDevice) -> None:
        await fault(foreign, on="downchannel", effect="black_hole")
        seen = len(foreign.client.frames)
        ask(foreign)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(foreign.client.reader.read(1), 0.05)
        assert len(foreign.client.frames) == seen
        await recovers(foreign.cloud)

    play(scene)


def test_a_starved_upload_stops_after_exactly_its_window() -> None:
    async def scene(foreign: ForeignDevice) -> None:
        await fault(foreign, on="event", effect="starve")
        head = metadata("SpeechRecognizer.Recognize", {"lang": "ko"}, dialog="d1") + AUDIO
        stream = foreign.post(head, end=False)
        sent = foreign.client.send(stream, bytes(200_000))
        await foreign.client.ping()
        sent += foreign.client.send(stream, bytes(200_000))
        assert len(head) + sent == 65_535
        other = foreign.post(metadata(TYPED, {"text": "안녕"}) + END)
        assert (await foreign.client.response(other)).status == 200

    play(scene)


def test_starving_begins_in_the_middle_of_the_audio() -> None:
    async def scene(foreign: ForeignDevice) -> None:
        await fault(foreign, on="event", at="audio + 1s", effect="starve")
        stream = foreign.post(metadata("SpeechRecognizer.Recognize", {"lang": "ko"}, dialog="d1") + AUDIO, end=False)
        sent = foreign.client.send(stream, bytes(16_000))
        for _ in range(10):
            await foreign.client.ping()
            sent += foreign.client.send(stream, bytes(16_000))
        assert 32_000 < sent <= 32_000 + 65_535 + 16_000

    play(scene)


@pytest.mark.parametrize(("written", "sent"), [({}, DATA_ON_STREAM_0), ({"hex": "000003 7f 00 00000000 616263"}, None)])
def test_an_invalid_frame_is_sent_as_it_is(written: dict[str, str], sent: bytes | None) -> None:
    async def scene(foreign: ForeignDevice) -> None:
        await fault(foreign, on="event", at="after part", effect="invalid_frame", **written)
        ask(foreign)
        kind = 0 if sent else 0x7F
        await foreign.client.until(lambda: any(f.type == kind and f.stream_id == 0 for f in foreign.client.frames))
        (frame,) = [f for f in foreign.client.frames if f.type == kind and f.stream_id == 0]
        assert frame.payload == (sent[9:] if sent else b"abc")

    play(scene)


def test_a_trickle_comes_in_small_frames_and_is_whole() -> None:
    async def scene(foreign: ForeignDevice) -> None:
        await fault(foreign, on="event", effect="trickle", bytes=700, every="1ms")
        stream = ask(foreign)
        response = await foreign.client.response(stream)
        sizes = [len(event.data or b"") for event in foreign.client.seen(DataReceived, stream)]
        assert max(sizes) <= 700
        assert len(sizes) > 5
        assert [full_name(message) for message in messages(response)] == ["SpeechSynthesizer.Speak"]
        assert response.body.endswith(b"--\r\n")

    play(scene)


def test_a_delay_holds_the_answer_up_and_nothing_else() -> None:
    async def scene(foreign: ForeignDevice) -> None:
        await fault(foreign, on="event", effect="delay", by="150ms")
        began = time.monotonic()
        late = ask(foreign)
        assert (await foreign.client.response(ask(foreign))).status == 200
        assert not foreign.client.seen(ResponseReceived, late)
        assert (await foreign.client.response(late)).status == 200
        assert time.monotonic() - began >= 0.14

    play(scene)


def test_a_stall_after_a_part_leaves_it_complete_and_the_stream_open() -> None:
    async def scene(foreign: ForeignDevice) -> None:
        await fault(foreign, on="event", at="after part", effect="stall")
        stream = ask(foreign)
        await foreign.client.event(DataReceived, stream)
        await foreign.is_well()
        (speak,) = messages(foreign.client.response_so_far(stream))
        assert full_name(speak) == "SpeechSynthesizer.Speak"
        assert not foreign.client.seen(StreamEnded, stream)
        assert not foreign.client.seen(StreamReset, stream)
        foreign.client.reset(stream, 8)
        await foreign.is_well()

    play(scene)


@pytest.mark.spec("C-037")
@pytest.mark.parametrize("code", [429, 451, 500, 503, 204])
@pytest.mark.parametrize("on", ["event", "ping", "downchannel"])
def test_a_status_is_the_whole_answer(on: str, code: int) -> None:
    async def scene(foreign: ForeignDevice) -> None:
        await fault(foreign, on=on, effect="status", at="headers", code=code)
        ways = {"event": ("POST", "/v1/events"), "ping": ("GET", "/ping"), "downchannel": ("GET", "/v1/directives")}
        response = await foreign.client.response(foreign.client.request(*ways[on], foreign.headers()))
        assert (response.status, response.body) == (code, b"")
        await foreign.is_well()

    play(scene)


def test_a_status_in_the_middle_of_an_upload() -> None:
    async def scene(foreign: ForeignDevice) -> None:
        await fault(foreign, on="event", at="audio + 500ms", effect="status", code=429)
        stream = foreign.post(metadata("SpeechRecognizer.Recognize", {"lang": "ko"}, dialog="d1") + AUDIO, end=False)
        foreign.client.send(stream, bytes(15_000))
        await foreign.client.ping()
        assert not foreign.client.seen(ResponseReceived, stream)
        foreign.client.send(stream, bytes(2_000))
        response = await foreign.client.response(stream)
        assert (response.status, response.body) == (429, b"")

    play(scene)


@asynccontextmanager
async def web(**written: Any) -> AsyncIterator[tuple[RunningCloud, H2Client, dict[str, Any]]]:
    async with running(None) as cloud:
        account = (await cloud.ask(op.ReadAccount(DEFAULT_ACCOUNT))).body
        await fault(cloud, **written)
        client = await H2Client.connect(port(cloud), None)
        try:
            yield cloud, client, account
        finally:
            await client.abort()


SOUND = "/media/speech/ko/7JWI64WV.mp3"


def token(account: dict[str, Any], **more: str) -> str:
    secret = {"client_id": account["client_id"], "client_secret": account["client_secret"]}
    return "/token?" + urlencode({**secret, "grant_type": "authorization_code", "device_id": "d", "code": "c", **more})


@pytest.mark.parametrize("on", ["token", "media"])
def test_whole_answers_are_reset_and_replaced(on: str) -> None:
    async def test() -> None:
        async with web(on=on, effect="reset_stream", code="INTERNAL_ERROR") as (cloud, client, account):
            path = token(account) if on == "token" else SOUND
            assert await client.reset_code(client.request("GET", path)) == 2
            await fault(cloud, on=on, effect="status", code=451)
            response = await client.response(client.request("GET", path))
            assert (response.status, response.body) == (451, b"")
            await fault(cloud, on=on, effect="goaway", code=11)
            stream = client.request("GET", path)
            assert (await client.goaway()).code == 11
            await client.until(lambda: any(f.stream_id == stream and f.flags & 1 for f in client.frames if f.type == 0))

    asyncio.run(test())


@pytest.mark.parametrize("on", ["token", "media"])
@pytest.mark.parametrize("effect", ["stall", "tcp_reset", "half_close", "black_hole"])
def test_whole_answers_do_not_come(on: str, effect: str) -> None:
    async def test() -> None:
        async with web(on=on, effect=effect) as (cloud, client, account):
            client.request("GET", token(account) if on == "token" else SOUND)
            if effect in ("tcp_reset", "half_close"):
                await client.ended()
                assert client.was_reset == (effect == "tcp_reset")
            else:
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(client.event(ResponseReceived), 0.1)
            await recovers(cloud)

    asyncio.run(test())


def test_media_is_cut_in_half_and_says_its_whole_length() -> None:
    async def test() -> None:
        async with web(on="media", effect="cut") as (cloud, client, _):
            stream = client.request("GET", SOUND)
            frames = client.frames
            await client.until(lambda: any(f.type == DATA and f.flags & 1 for f in frames))
            sent = sum(len(f.payload) for f in frames if f.type == DATA and f.stream_id == stream)
            assert not client.seen(StreamEnded, stream), "h2 refuses what is shorter than its Content-Length"
            other = await H2Client.connect(port(cloud), None)
            assert sent == len((await other.response(other.request("GET", SOUND))).body) // 2 > 0
            await other.close()

    asyncio.run(test())


def test_broken_mpeg_has_the_right_length() -> None:
    async def test() -> None:
        async with web(on="media", effect="broken_mpeg") as (_, client, _account):
            broken = await client.response(client.request("GET", SOUND))
            whole = await client.response(client.request("GET", SOUND))
            assert broken.body == bytes(len(whole.body))
            assert whole.body[:3] == b"ID3"

    asyncio.run(test())


@pytest.mark.spec("C-012")
def test_a_refresh_is_refused_once() -> None:
    async def test() -> None:
        async with web(on="token", effect="refuse_refresh") as (cloud, client, account):
            issued = (await cloud.ask(op.IssueToken(DEFAULT_ACCOUNT, "d"))).body
            other = await client.response(client.request("GET", token(account)))
            assert b"no such authorization code" in other.body
            path = token(account, grant_type="refresh_token", refresh_token=issued["refresh_token"])
            assert (await client.response(client.request("GET", path))).status == 400
            assert (await client.response(client.request("GET", path))).status == 200

    asyncio.run(test())


TESTED = {
    *("status", "delay", "stall", "trickle", "cut", "reset_stream", "goaway", "tcp_reset", "half_close"),
    *("silence", "black_hole", "starve", "invalid_frame"),
}


def test_every_effect_of_transport_is_tested_here() -> None:
    of_messages = {
        *("system_exception", "content_type", "boundary", "malformed_json", "invalid_directive", "unknown_directive"),
        *("wrong_dialog", "stale_dialog", "duplicate_directive", "attachment_order", "attachment_missing"),
        *("broken_mpeg", "expire_token", "refuse_refresh"),
    }
    elsewhere = {name for name, effect in EFFECTS.items() if set(effect.legal) <= {"connect", "extension"}}
    """Before the first request, and towards extensions."""
    assert {*TESTED, *of_messages, *elsewhere} == set(EFFECTS)
