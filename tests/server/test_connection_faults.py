"""What an observer can do to a connection, as a client sees it, on both event loops."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from h2.events import DataReceived, ResponseReceived

from mockcloud.server.certificates import CertificateAuthority
from mockcloud.server.connection import Connection
from tests.server.conftest import Run, Server, serving
from tests.server.h2client import PING, H2Client

Scene = Callable[[Server, H2Client, Connection], Coroutine[Any, Any, None]]


def play(run: Run, authority: CertificateAuthority | None, scene: Scene) -> None:
    async def all_of_it() -> None:
        async with serving(authority) as server:
            client = await server.client()
            try:
                await scene(server, client, server.observer.connections[0])
            finally:
                await client.close()

    run(all_of_it())


@pytest.mark.spec("C-031")
@pytest.mark.parametrize("code", [0, 1, 2, 5, 7, 8, 11, 13, 99])
def test_reset_stream_has_the_exact_code_and_touches_no_sibling(
    run: Run, authority: CertificateAuthority, code: int
) -> None:
    async def scene(server: Server, client: H2Client, conn: Connection) -> None:
        downchannel, sibling = client.request(path="/downchannel"), client.request(path="/downchannel")
        await client.event(DataReceived, sibling)
        conn.reset_stream(downchannel, code)
        assert await client.reset_code(downchannel) == code
        assert (await client.response(client.request(path="/no-content"))).status == 204
        await server.until(lambda: server.app.done == ["startup", "downchannel"])

    play(run, authority, scene)


@pytest.mark.spec("C-031")
def test_reset_stream_of_a_stream_that_is_over_does_nothing(run: Run, authority: CertificateAuthority) -> None:
    async def scene(server: Server, client: H2Client, conn: Connection) -> None:
        await client.response(over := client.request(path="/no-content"))
        conn.reset_stream(over, 2)
        conn.reset_stream(9999, 2)
        await client.ping()
        assert not [frame for frame in client.frames if frame.type == 3]

    play(run, authority, scene)


@pytest.mark.spec("C-031")
def test_reset_within_request_started_runs_no_callable(run: Run, authority: CertificateAuthority) -> None:
    async def scene(server: Server, client: H2Client, conn: Connection) -> None:
        server.observer.on_request = lambda conn, stream_id: conn.reset_stream(stream_id, 7)
        assert await client.reset_code(client.request(path="/no-content")) == 7
        assert server.app.scopes == []

    play(run, authority, scene)


@pytest.mark.spec("C-031")
def test_goaway_leaves_the_connection_in_use(run_on_each_loop: Run, authority: CertificateAuthority) -> None:
    async def scene(server: Server, client: H2Client, conn: Connection) -> None:
        stream_id = client.request(path="/downchannel")
        await client.event(DataReceived, stream_id)
        conn.goaway(2, last_stream_id=17, debug=b"maintenance")
        goaway = await client.goaway()
        assert (goaway.code, goaway.last_stream_id, goaway.debug) == (2, 17, b"maintenance")
        conn.send_ping()
        await client.until(lambda: client.frames[-1].type == PING)
        assert not server.observer.of("lost")

    play(run_on_each_loop, authority, scene)


@pytest.mark.spec("C-031")
@pytest.mark.parametrize("tls", [True, False])
def test_close_says_goaway_and_ends(run_on_each_loop: Run, authority: CertificateAuthority, tls: bool) -> None:
    async def scene(server: Server, client: H2Client, conn: Connection) -> None:
        stream_id = client.request(path="/downchannel")
        await client.event(DataReceived, stream_id)
        conn.close()
        await client.ended()
        assert [(g.code, g.last_stream_id) for g in client.goaways()] == [(0, stream_id)]
        assert not client.was_reset
        await server.until(lambda: "downchannel" in server.app.done)
        assert server.observer.of("lost") == [("lost", conn.id, "closed")]

    play(run_on_each_loop, authority if tls else None, scene)


@pytest.mark.spec("C-031")
@pytest.mark.parametrize("tls", [True, False])
def test_abort_is_a_tcp_reset(run_on_each_loop: Run, authority: CertificateAuthority, tls: bool) -> None:
    async def scene(server: Server, client: H2Client, conn: Connection) -> None:
        stream_id = client.request(path="/downchannel")
        await client.event(DataReceived, stream_id)
        conn.abort()
        await client.ended()
        assert client.was_reset
        await server.until(lambda: "downchannel" in server.app.done)
        assert server.observer.of("lost") == [("lost", conn.id, "aborted")]

    play(run_on_each_loop, authority if tls else None, scene)


@pytest.mark.spec("C-031")
@pytest.mark.parametrize("tls", [True, False])
def test_half_close_sends_fin_alone_and_still_reads(
    run_on_each_loop: Run, authority: CertificateAuthority, tls: bool
) -> None:
    async def scene(server: Server, client: H2Client, conn: Connection) -> None:
        conn.half_close()
        await client.ended()
        assert client.goaways() == []
        if not tls:  # asyncio's TLS client hears EOF and closes its own side
            client.request("POST", "/echo-size", body=b"x" * 10)
            await server.until(lambda: server.app.received == {1: 10})
            assert not server.observer.of("lost")

    play(run_on_each_loop, authority if tls else None, scene)


@pytest.mark.spec("C-031", "C-068")
def test_a_black_hole_is_silent_and_up_until_the_peer_leaves(
    run_on_each_loop: Run, authority: CertificateAuthority
) -> None:
    async def scene(server: Server, client: H2Client, conn: Connection) -> None:
        conn.blackhole()
        seen = len(client.frames)
        client.request(path="/no-content")
        client.h2.ping(b"anybody?")
        client.flush()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(client.reader.read(1), 0.05)
        assert (len(client.frames), server.app.scopes, server.observer.of("lost")) == (seen, [], [])
        await client.abort()
        await server.until(lambda: bool(server.observer.of("lost")))

    play(run_on_each_loop, authority, scene)


@pytest.mark.spec("C-066", "C-068")
def test_ping_is_answered_unless_muted(run_on_each_loop: Run, authority: CertificateAuthority) -> None:
    async def scene(server: Server, client: H2Client, conn: Connection) -> None:
        conn.mute_ping()
        client.h2.ping(b"12345678")
        client.flush()
        assert (await client.response(client.request(path="/no-content"))).status == 204
        pongs = [frame.payload for frame in client.frames if frame.type == PING and frame.flags & 1]
        assert pongs == [b"roundtrp"], "only the one of before it was muted"
        conn.mute_ping(False)
        await client.ping()
        assert len(server.observer.of("ping")) == 3

    play(run_on_each_loop, authority, scene)


def test_our_own_ping_is_answered_even_when_theirs_are_not(run: Run, authority: CertificateAuthority) -> None:
    async def scene(server: Server, client: H2Client, conn: Connection) -> None:
        conn.mute_ping()
        conn.send_ping()
        await client.until(lambda: client.frames[-1].type == PING and not client.frames[-1].flags & 1)
        await server.until(lambda: bool(server.observer.of("pong")))

    play(run, authority, scene)


@pytest.mark.spec("C-031")
def test_starve_stops_one_upload_after_exactly_its_window(
    run_on_each_loop: Run, authority: CertificateAuthority
) -> None:
    async def scene(server: Server, client: H2Client, conn: Connection) -> None:
        server.observer.on_request = lambda conn, stream_id: conn.starve(stream_id) if stream_id == 1 else None
        starved = client.request("POST", "/echo-size", end=False)
        assert client.send(starved, bytes(200_000)) == 65_535
        for _ in range(5):
            sibling = client.request("POST", "/echo-size", end=False)
            await client.upload(sibling, bytes(50_000), end=True)
            assert (await client.response(sibling)).body == b"50000"
        assert server.app.received[starved] == 65_535
        assert client.h2.local_flow_control_window(starved) == 0

        conn.starve(starved, on=False)
        await client.upload(starved, bytes(200_000 - 65_535), end=True)
        assert (await client.response(starved)).body == b"200000"

    play(run_on_each_loop, authority, scene)


def test_raw_bytes_go_out_between_frames(run: Run, authority: CertificateAuthority) -> None:
    async def scene(server: Server, client: H2Client, conn: Connection) -> None:
        await client.event(ResponseReceived, client.request(path="/downchannel"))
        conn.send_raw(b"\x00\x00\x03\x7f\x00\x00\x00\x00\x00abc")
        await client.until(lambda: client.frames[-1].type == 0x7F)
        assert client.frames[-1].payload == b"abc"
        await client.ping()

    play(run, authority, scene)


def test_every_means_is_harmless_when_the_connection_is_lost(run: Run, authority: CertificateAuthority) -> None:
    async def scene(server: Server, client: H2Client, conn: Connection) -> None:
        stream_id = client.request(path="/downchannel")
        await client.event(DataReceived, stream_id)
        await client.close()
        await server.until(lambda: bool(server.observer.of("lost")))
        called: list[int] = []
        conn.when_written(stream_id, lambda: called.append(1))
        conn.reset_stream(stream_id, 2)
        conn.goaway()
        conn.starve(stream_id)
        conn.mute_ping()
        conn.send_ping()
        conn.send_raw(b"x")
        conn.blackhole()
        conn.half_close()
        conn.abort()
        conn.close()
        assert conn.pending(stream_id) == 0
        await server.until(lambda: "downchannel" in server.app.done)
        assert (called, server.observer.of("lost")) == ([], [("lost", conn.id, "closed by the peer")])

    play(run, authority, scene)
