"""Requests, responses, limits and long lives over HTTP/2."""

import asyncio
import logging
from typing import Any

import pytest
from h2.events import DataReceived, ResponseReceived
from hypercorn.protocol.h2 import BUFFER_HIGH_WATER, BUFFER_LOW_WATER

from mockcloud.server.certificates import CertificateAuthority
from mockcloud.server.connection import Connection, Handle
from mockcloud.server.http2 import Http2Protocol
from tests.server.conftest import Run, Server, serving
from tests.server.h2client import GOAWAY, RST_STREAM, H2Client


def protocol_of(server: Server) -> Http2Protocol:
    protocol = server.observer.connections[0]._protocol  # type: ignore[attr-defined]
    assert isinstance(protocol, Http2Protocol)
    return protocol


def kept_by(protocol: Http2Protocol) -> tuple[int, ...]:
    """How much a connection remembers of its streams."""
    in_tree = len(protocol.priority._streams) - 1  # without the root
    return len(protocol.streams), len(protocol.stream_buffers), in_tree, len(protocol._withheld)


@pytest.mark.spec("C-019")
def test_the_observer_hears_of_a_request_before_the_application_does(run: Run, authority: CertificateAuthority) -> None:
    async def test() -> None:
        async with serving(authority, name="kitchen") as server:
            client = await server.client()
            server.observer.on_request = lambda conn, stream_id: server.app.done.append("observer")
            stream_id = client.request("GET", "/no-content?a=%20b", [("x-device", "1"), ("x-device", "2")])
            response = await client.response(stream_id)
            assert (response.status, dict(response.headers)["x-case"]) == (204, "kept")
            (conn,) = server.observer.connections
            expected = ("GET", "/no-content", "a=%20b", "https", "localhost", (("x-device", "1"), ("x-device", "2")))
            assert server.observer.of("request") == [("request", stream_id, *expected)]
            assert (conn.http_version, conn.listener) == ("2", "kitchen")
            assert conn.peer == "{}:{}".format(*client.writer.get_extra_info("sockname"))
            assert server.app.scopes[0]["state"]["h2"] == Handle(conn, stream_id)
            assert Handle(conn, stream_id).exchange.conn == conn.id
            await client.close()
        assert [entry[0] for entry in server.observer.told] == ["opened", "ping", "request", "lost"]

    run(test())


@pytest.mark.spec("C-046")
def test_an_early_answer_to_an_upload_leaves_the_downchannel_alone(
    run_on_each_loop: Run, authority: CertificateAuthority
) -> None:
    async def test() -> None:
        async with serving(authority) as server:
            client = await server.client()
            downchannel = client.request(path="/downchannel")
            upload = client.request("POST", "/early", body=bytes(1000), end=False)
            response = await client.response(upload)
            assert (response.status, response.body) == (400, b"early")
            await client.upload(upload, bytes(300_000), end=True)
            assert (await client.response(client.request(path="/no-content"))).status == 204
            assert client.response_so_far(downchannel).body == b"hello"
            assert not {frame.type for frame in client.frames} & {GOAWAY, RST_STREAM}
            await client.close()

    run_on_each_loop(test())


@pytest.mark.spec("C-046")
def test_2000_requests_beside_a_downchannel_leave_nothing_behind(run: Run, authority: CertificateAuthority) -> None:
    async def test() -> None:
        async with serving(authority) as server:
            client = await server.client()
            downchannel = client.request(path="/downchannel")
            await client.event(DataReceived, downchannel)
            protocol = protocol_of(server)
            baseline = kept_by(protocol)
            for _ in range(2000):
                client.events.clear()
                client.frames.clear()
                assert (await client.response(client.request(path="/no-content"))).status == 204
            assert not client.goaways()
            assert kept_by(protocol) == baseline == (1, 1, 1, 0)
            assert len(protocol.connection.streams) <= 3
            await client.close()

    run(test())


@pytest.mark.parametrize("who", ["client", "server"])
def test_resets_leave_nothing_behind(run: Run, authority: CertificateAuthority, who: str) -> None:
    async def test() -> None:
        async with serving(authority) as server:
            client = await server.client()
            conn = server.observer.connections[0]
            for _ in range(100):
                stream_id = client.request("POST", "/large", end=False)
                await client.event(ResponseReceived, stream_id)
                conn.starve(stream_id)
                if who == "client":
                    client.reset(stream_id, 8)
                else:
                    conn.reset_stream(stream_id, 8)
                await client.ping()
            assert kept_by(protocol_of(server)) == (0, 0, 0, 0)
            await server.until(lambda: server.app.done.count("large") == 100)
            await client.close()

    run(test())


@pytest.mark.spec("C-046")
def test_a_stream_that_is_not_read_is_blocked_and_its_siblings_are_not(
    run_on_each_loop: Run, authority: CertificateAuthority
) -> None:
    async def test() -> None:
        async with serving(authority) as server:
            client = await server.client(gives_back=False)
            flood = client.request(path="/flood")
            await client.until(lambda: client.h2.remote_flow_control_window(flood) == 0)
            conn = server.observer.connections[0]
            written: list[int] = []
            conn.when_written(flood, lambda: written.append(1))
            assert (await client.response(client.request(path="/no-content"))).status == 204
            assert BUFFER_HIGH_WATER <= conn.pending(flood) < BUFFER_HIGH_WATER + 10_000
            assert server.app.sent + 10_000 == 65_535 + conn.pending(flood)
            assert written == []
            given = len(client.response_so_far(flood).body) + conn.pending(flood)
            client.gives_back = True
            client.h2.acknowledge_received_data(65_535, flood)
            client.flush()
            await client.until(lambda: bool(written))
            assert len(client.response_so_far(flood).body) >= given - 32_768
            await client.close()

    run_on_each_loop(test())


def test_a_client_that_stops_reading_its_socket_is_not_buffered_for(
    run_on_each_loop: Run, authority: CertificateAuthority
) -> None:
    async def test() -> None:
        async with serving(authority) as server:
            client = await server.unread()
            flood = client.request(path="/flood")
            await client.event(ResponseReceived, flood)
            client.writer.transport.pause_reading()  # type: ignore[attr-defined]
            assert await server.settled(lambda: server.app.sent) < 5_000_000
            assert BUFFER_LOW_WATER <= server.observer.connections[0].pending(flood) < BUFFER_HIGH_WATER + 10_000
            await client.abort()

    run_on_each_loop(test())


def test_when_written_calls_back_after_the_bytes_and_never_at_once(run: Run, authority: CertificateAuthority) -> None:
    async def test() -> None:
        async with serving(authority) as server:
            client = await server.client()
            stream_id = client.request(path="/downchannel")
            await client.event(DataReceived, stream_id)
            over = client.request(path="/no-content")
            await client.response(over)
            reset = client.request(path="/downchannel")
            await client.event(DataReceived, reset)
            conn = server.observer.connections[0]
            conn.reset_stream(reset, 2)
            called: list[str] = []
            conn.when_written(reset, lambda: called.append("reset"))
            conn.when_written(stream_id, lambda: called.append("open"))
            conn.when_written(over, lambda: called.append("over"))
            assert called == []
            await server.until(lambda: len(called) == 2)
            assert called == ["open", "over"]
            await client.close()

    run(test())


def test_a_piece_of_a_body_is_sent_at_once_or_not_at_all(
    run_on_each_loop: Run, authority: CertificateAuthority
) -> None:
    async def test() -> None:
        async with serving(authority) as server:
            client = await server.client(gives_back=False)
            stream_id = client.request(path="/downchannel")
            await client.event(DataReceived, stream_id)
            conn = server.observer.connections[0]
            before = client.response_so_far(stream_id).body
            written: list[str] = []
            assert conn.send_body(stream_id, b"one ")
            conn.when_written(stream_id, lambda: written.append("one"))
            assert conn.send_body(stream_id, b"two")
            assert written == []
            await server.until(lambda: written == ["one"])
            await client.until(lambda: client.response_so_far(stream_id).body == before + b"one two")
            assert not conn.send_body(stream_id, bytes(65_535)), "more than the device's window"
            reset = client.request(path="/downchannel")
            await client.event(DataReceived, reset)
            conn.reset_stream(reset, 2)
            flood = client.request(path="/flood")
            await client.until(lambda: client.h2.remote_flow_control_window(flood) == 0)
            for blocked in (stream_id, reset, flood, 99):
                assert not conn.send_body(blocked, b"three"), "no window is left, or no stream"
            assert client.response_so_far(stream_id).body == before + b"one two"
            await client.close()

    run_on_each_loop(test())


@pytest.mark.parametrize(
    ("path", "outcome"), [("/fails", 500), ("/fails-midway", "INTERNAL_ERROR")], ids=["before", "midway"]
)
def test_a_callable_that_fails_ends_its_own_stream_only(
    run: Run, authority: CertificateAuthority, path: str, outcome: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def test() -> None:
        async with serving(authority) as server:
            client = await server.client()
            downchannel = client.request(path="/downchannel")
            stream_id = client.request(path=path)
            if outcome == 500:
                assert (await client.response(stream_id)).status == 500
            else:
                assert await client.reset_code(stream_id) == 2
            assert (await client.response(client.request(path="/no-content"))).status == 204
            assert client.response_so_far(downchannel).body == b"hello"
            await client.close()

    with caplog.at_level(logging.ERROR, logger="mockcloud.server"):
        run(test())
    assert f"the application failed at GET {path}" in caplog.text
    assert "on purpose" in caplog.text


def test_an_observer_that_fails_is_logged_and_ends_nothing(
    run: Run, authority: CertificateAuthority, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(conn: Connection, stream_id: int) -> None:
        raise RuntimeError("on purpose")

    async def test() -> None:
        async with serving(authority) as server:
            server.observer.on_request = fail
            client = await server.client()
            assert (await client.response(client.request(path="/no-content"))).status == 204
            await client.close()

    with caplog.at_level(logging.ERROR, logger="mockcloud.server"):
        run(test())
    assert "the observer failed at request_started" in caplog.text


def test_an_event_that_cannot_be_served_ends_its_own_stream_only(
    run: Run, authority: CertificateAuthority, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(self: Http2Protocol, event: DataReceived) -> None:
        raise RuntimeError("on purpose")

    monkeypatch.setattr(Http2Protocol, "_body_received", broken)

    async def test() -> None:
        async with serving(authority) as server:
            client = await server.client()
            upload = client.request("POST", "/echo-size", body=b"abc", end=False)
            assert await client.reset_code(upload) == 2
            assert (await client.response(client.request(path="/no-content"))).status == 204
            await client.close()

    with caplog.at_level(logging.ERROR, logger="mockcloud.server"):
        run(test())
    assert f"DataReceived of stream {1} could not be served" in caplog.text


@pytest.mark.spec("C-046")
def test_a_callable_that_reads_nothing_does_not_hold_up_its_siblings(run: Run, authority: CertificateAuthority) -> None:
    async def test() -> None:
        async with serving(authority) as server:
            client = await server.client()
            deaf = client.request("POST", "/deaf", end=False)
            for _ in range(40):
                await client.upload(deaf, bytes(6400))
            assert (await client.response(client.request(path="/no-content"))).status == 204
            server.app.part.set()
            assert (await client.response(deaf)).status == 200
            await client.close()

    run(test())


@pytest.mark.parametrize("pieces", [1, 10])
def test_a_header_block_above_the_limit_is_431_on_its_stream(
    run: Run, authority: CertificateAuthority, pieces: int
) -> None:
    async def test() -> None:
        async with serving(authority) as server:
            client, other = await server.client(), await server.client()
            downchannel = client.request(path="/downchannel")
            headers = [(f"x-long-{n}", "a" * (100_000 // pieces)) for n in range(pieces)]
            response = await client.response(send_with_continuations(client, headers))
            assert response.status == 431
            assert b"the limit is 65536" in response.body
            assert (await client.response(client.request(path="/no-content"))).status == 204
            assert client.response_so_far(downchannel).body == b"hello"
            assert (await other.response(other.request(path="/no-content"))).status == 204
            await client.close()
            await other.close()

    run(test())


def test_a_header_block_far_above_the_limit_is_a_goaway_that_names_it(
    run: Run, authority: CertificateAuthority
) -> None:
    async def test() -> None:
        async with serving(authority, header_limit=8192) as server:
            client, other = await server.client(), await server.client()
            send_with_continuations(client, [("x-long", "a" * 200_000)])
            goaway = await client.goaway()
            assert (goaway.code, goaway.debug) == (11, b"header block far above the limit of 8192 bytes")
            await client.ended()
            assert not client.was_reset
            assert (await other.response(other.request(path="/no-content"))).status == 204
            assert server.observer.of("lost")[0][2] == "header block far above the limit of 8192 bytes"
            await client.close()
            await other.close()

    run(test())


def send_with_continuations(client: H2Client, headers: list[tuple[str, str]]) -> int:
    """Without Huffman coding, which takes hpack's encoder seconds."""
    encode = client.h2.encoder.encode
    client.h2.encoder.encode = lambda fields, huffman=False: encode(fields, huffman=False)  # type: ignore[method-assign]
    return client.request(path="/no-content", headers=headers)


@pytest.mark.parametrize("tls", [True, False])
def test_a_frame_that_breaks_the_protocol_is_a_goaway_that_says_why(
    run_on_each_loop: Run, authority: CertificateAuthority, tls: bool
) -> None:
    async def test() -> None:
        async with serving(authority if tls else None) as server:
            client = await server.client()
            client.writer.write(b"\x00\x00\x01\x00\x00\x00\x00\x00\x00x")  # DATA on stream 0
            client.writer.write(bytes(1_000_000))  # and it talks on
            goaway = await client.goaway()
            assert goaway.code == 1
            assert goaway.debug
            await client.ended()
            if not tls:  # asyncio's TLS aborts a peer that talks on after close_notify
                assert not client.was_reset
            await client.close()

    run_on_each_loop(test())


@pytest.mark.parametrize(
    ("pseudo_headers", "status"),
    [
        ([(":method", "CONNECT"), (":authority", "other.test:443")], 501),
        ([(":method", "GET"), (":scheme", "https"), (":authority", "localhost"), (":path", "/\xff")], 400),
    ],
    ids=["connect", "raw-path"],
)
def test_requests_that_no_callable_can_take_are_refused(
    run: Run, authority: CertificateAuthority, pseudo_headers: list[tuple[str, str]], status: int
) -> None:
    async def test() -> None:
        async with serving(authority) as server:
            client = await server.client()
            stream_id = client.h2.get_next_available_stream_id()
            client.h2.send_headers(stream_id, pseudo_headers, end_stream=True)
            client.flush()
            assert (await client.response(stream_id)).status == status
            assert server.app.scopes == []
            assert (await client.response(client.request(path="/no-content"))).status == 204
            await client.close()

    run(test())


def test_a_goaway_of_the_client_is_the_end_with_its_code(run: Run, authority: CertificateAuthority) -> None:
    async def test() -> None:
        async with serving(authority) as server:
            client = await server.client()
            client.h2.close_connection(error_code=2)
            client.flush()
            await client.ended()
            await server.until(lambda: bool(server.observer.of("lost")))
            assert server.observer.of("lost")[0][2] == "GOAWAY(2) from the peer"
            await client.close()

    run(test())


def test_frames_after_a_goaway_of_the_client_break_nothing(run: Run, authority: CertificateAuthority) -> None:
    """RFC 9113, 6.8; those that come at once with it, too, which h2 does not take."""

    async def test() -> None:
        async with serving(authority) as server:
            client = await server.client()
            client.h2.close_connection(error_code=0)
            ping = bytes.fromhex("000008 06 00 00000000") + bytes(8)
            client.writer.write(client.h2.data_to_send() + ping)
            await client.ended()
            await server.until(lambda: bool(server.observer.of("lost")))
            assert server.observer.of("broken") == []
            await client.close()

    run(test())


@pytest.mark.parametrize("tls", [True, False])
@pytest.mark.parametrize("leaves_by", ["close", "abort"])
def test_a_client_that_leaves_in_the_midst_of_things_is_no_error(
    run_on_each_loop: Run,
    authority: CertificateAuthority,
    tls: bool,
    leaves_by: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def test() -> None:
        async with serving(authority if tls else None) as server:
            for path in ("/downchannel", "/flood", "/no-content", "/echo-size"):
                client = await server.client()
                client.request("POST", path, body=bytes(40_000), end=False)
                client.h2.close_connection()
                client.flush()
                await getattr(client, leaves_by)()
            await server.until(lambda: len(server.observer.of("lost")) == 4)

    with caplog.at_level(logging.INFO):
        run_on_each_loop(test())
    assert [record.getMessage() for record in caplog.records if record.name != "asyncio"] == []


def test_a_client_that_floods_and_reads_nothing_is_no_longer_read(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockcloud.server.http2.CONTROL_HIGH_WATER", 10_000)

    async def test() -> None:
        async with serving(None) as server:
            client = await server.unread()
            client.writer.transport.pause_reading()  # type: ignore[attr-defined]
            ours: asyncio.WriteTransport = server.observer.connections[0]._writer.transport  # type: ignore[attr-defined]
            ours.set_write_buffer_limits(10_000)
            ping = b"\x00\x00\x08\x06\x00\x00\x00\x00\x00flooding"
            served, before = 0, -1
            while served != before:
                assert served < 100_000
                client.writer.write(ping * 4000)
                before, served = served, await server.settled(lambda: len(server.observer.told))
            await client.abort()

    run(test())
