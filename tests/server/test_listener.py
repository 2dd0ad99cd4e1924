"""Ports, protocols and stopping."""

import asyncio
import logging
import socket
import ssl
from typing import Any

import pytest
from h2.events import ResponseReceived

from mockcloud.errors import CannotStart
from mockcloud.server.certificates import CertificateAuthority
from mockcloud.server.listener import Listener
from tests.patience import PATIENCE
from tests.server.conftest import Application, Recorder, Run, Server, serving
from tests.server.h2client import H2Client, client_tls


async def http1(server: Server, request: bytes, alpn: tuple[str, ...] = ()) -> bytes:
    """Send bytes and read until the server closes."""
    tls = client_tls(server.authority.ca_file, alpn) if server.authority is not None else None
    name = "localhost" if tls is not None else None
    reader, writer = await asyncio.open_connection("127.0.0.1", server.listener.port, ssl=tls, server_hostname=name)
    writer.write(request)
    answer = await asyncio.wait_for(reader.read(-1), PATIENCE)
    writer.close()
    return answer


GET = b"GET /no-content?x=1 HTTP/1.1\r\nHost: speaker.test\r\nX-Device: 1\r\nConnection: close\r\n\r\n"


@pytest.mark.spec("C-019")
@pytest.mark.parametrize("alpn", [(), ("http/1.1",), ("spdy/3",)], ids=["none", "http/1.1", "unknown"])
def test_a_tls_client_without_h2_is_served_http1(
    run_on_each_loop: Run, authority: CertificateAuthority, alpn: tuple[str, ...]
) -> None:
    async def test() -> None:
        async with serving(authority) as server:
            assert (await http1(server, GET, alpn)).startswith(b"HTTP/1.1 204")
            (conn,) = server.observer.connections
            assert server.app.scopes[0]["state"]["h2"].exchange.stream == 1
            fields = (("host", "speaker.test"), ("x-device", "1"), ("connection", "close"))
            expected = ("GET", "/no-content", "x=1", "https", "speaker.test", fields)
            assert server.observer.of("request") == [("request", 1, *expected)]
            await server.until(lambda: len(server.observer.told) == 3)
            assert server.observer.told[0] == ("opened", conn.id, "1.1")
            assert server.observer.told[2][:2] == ("lost", conn.id)

    run_on_each_loop(test())


@pytest.mark.spec("C-019")
def test_h2_is_preferred_when_the_client_offers_both(run: Run, authority: CertificateAuthority) -> None:
    async def test() -> None:
        async with serving(authority) as server:
            client = await H2Client.connect(server.listener.port, client_tls(authority.ca_file, ["http/1.1", "h2"]))
            assert (await client.response(client.request(path="/no-content"))).status == 204
            await client.close()

    run(test())


def test_http2_by_prior_knowledge_needs_no_alpn(run_on_each_loop: Run, authority: CertificateAuthority) -> None:
    async def test() -> None:
        async with serving(authority) as server:
            client = await H2Client.connect(server.listener.port, client_tls(authority.ca_file, []))
            assert (await client.response(client.request(path="/no-content"))).status == 204
            await client.close()

    run_on_each_loop(test())


@pytest.mark.parametrize("split", [1, 2, 3, 10])
def test_h2c_is_told_from_http1_by_its_first_bytes_however_they_come(run: Run, split: int) -> None:
    async def test() -> None:
        async with serving(None) as server:
            client = await server.client()
            assert (await client.response(client.request(path="/no-content"))).status == 204
            assert server.observer.connections[0].http_version == "2"
            await client.close()

            reader, writer = await asyncio.open_connection("127.0.0.1", server.listener.port)
            request = GET.replace(b"GET", b"PRIME", 1) if split == 3 else GET.replace(b"GET", b"POST", 1)
            for part in (request[:split], request[split:]):
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(0)
            answer = await reader.read(-1)
            assert answer.startswith(b"HTTP/1.1 204") or split == 3
            writer.close()

    run(test())


def test_an_upgrade_to_h2c_is_ignored(run: Run) -> None:
    async def test() -> None:
        async with serving(None) as server:
            upgrade = b"Connection: close, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAA"
            answer = await http1(server, GET.replace(b"Connection: close", upgrade))
            assert answer.startswith(b"HTTP/1.1 204")

    run(test())


def test_http1_requests_of_one_connection_are_numbered(run: Run) -> None:
    async def test() -> None:
        async with serving(None) as server:
            keep = GET.replace(b"Connection: close\r\n", b"")
            answer = await http1(server, keep + keep + GET)
            assert answer.count(b"HTTP/1.1 204") == 3
            assert [entry[1] for entry in server.observer.of("request")] == [1, 2, 3]
            assert len(server.observer.of("opened")) == 1

    run(test())


def test_http1_header_block_above_the_limit_is_431(run: Run) -> None:
    async def test() -> None:
        async with serving(None) as server:
            answer = await http1(server, GET.replace(b"X-Device: 1", b"X-Device: " + b"1" * 100_000))
            assert answer.startswith(b"HTTP/1.1 431")

    run(test())


@pytest.mark.parametrize("means", ["reset_stream", "abort", "close"])
def test_http1_connections_can_be_ended(run: Run, means: str) -> None:
    async def test() -> None:
        async with serving(None) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.listener.port)
            writer.write(GET.replace(b"/no-content", b"/downchannel"))
            assert (await reader.readuntil(b"hello")).startswith(b"HTTP/1.1 200")
            (conn,) = server.observer.connections
            if means == "reset_stream":
                conn.reset_stream(1, 8)
            else:
                getattr(conn, means)()
            try:
                await reader.read(-1)
                was_reset = False
            except ConnectionResetError:
                was_reset = True
            assert was_reset == (means != "close")
            await server.until(lambda: "downchannel" in server.app.done)
            writer.close()

    run(test())


def distrust(port: int, tls: ssl.SSLContext) -> None:
    """In a thread, since asyncio's own client sends no alert when it does not trust a certificate."""
    with socket.create_connection(("127.0.0.1", port)) as sock, pytest.raises(ssl.SSLCertVerificationError):
        tls.wrap_socket(sock, server_hostname="localhost")


def test_a_failed_tls_handshake_says_what_the_peer_objected_to(
    run: Run, authority: CertificateAuthority, caplog: pytest.LogCaptureFixture
) -> None:
    stranger = CertificateAuthority.fresh()

    async def test() -> None:
        async with serving(authority) as server:
            await asyncio.to_thread(distrust, server.listener.port, client_tls(stranger.ca_file))
            await server.until(lambda: "TLS handshake failed" in caplog.text)
            assert not server.observer.told

    with caplog.at_level(logging.WARNING, logger="mockcloud.server"):
        run(test())
    assert "UNKNOWN_CA" in caplog.text


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "0.0.0.0"])
def test_the_port_is_known_and_takes_connections_before_the_start(run: Run, host: str) -> None:
    async def test() -> None:
        listener = Listener(Application(), Recorder(), host=host, port=0, ssl_context=None)
        reach = "127.0.0.1" if host == "0.0.0.0" else host
        early = asyncio.create_task(H2Client.connect(listener.port, None, host=reach))
        client = await early
        await listener.start()
        await client.ping()
        await client.close()
        await listener.stop()

    run(test())


def test_a_listener_that_never_started_can_be_stopped(run: Run) -> None:
    async def test() -> None:
        listener = Listener(Application(), Recorder(), host="127.0.0.1", port=0, ssl_context=None)
        await listener.stop()
        await listener.stop()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", listener.port)

    run(test())


def test_a_port_that_is_taken_is_named_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotStart, match=f"port {port} of 127.0.0.1 is taken: .*0: a free one"):
            Listener(Application(), Recorder(), host="127.0.0.1", port=port, ssl_context=None)


@pytest.mark.parametrize(
    ("host", "port", "said"),
    [
        ("192.0.2.1", 0, "192.0.2.1 is not an address of this machine"),
        ("no-such-host.invalid", 0, "host 'no-such-host.invalid' is not known"),
    ],
)
def test_a_place_that_is_not_to_be_had_is_named(host: str, port: int, said: str) -> None:
    with pytest.raises(CannotStart, match=said):
        Listener(Application(), Recorder(), host=host, port=port, ssl_context=None)


def test_a_port_that_is_not_allowed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket, "create_server", refuse)
    with pytest.raises(CannotStart, match=r"port 443 of 127.0.0.1 is not allowed: choose one above 1023"):
        Listener(Application(), Recorder(), host="127.0.0.1", port=443, ssl_context=None)


def test_an_application_that_cannot_start_says_why(run: Run) -> None:
    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no store"})

    async def test() -> None:
        listener = Listener(app, Recorder(), host="127.0.0.1", port=0, ssl_context=None)
        with pytest.raises(CannotStart, match="no store"):
            await listener.start()
        await listener.stop()

    run(test())


@pytest.mark.parametrize("lifespan", [True, False])
def test_the_lifespan_runs_unless_another_listener_runs_it(run: Run, lifespan: bool) -> None:
    async def test() -> None:
        async with serving(None, lifespan=lifespan) as server:
            pass
        assert server.app.done == (["startup", "shutdown"] if lifespan else [])

    run(test())


@pytest.mark.spec("C-031")
@pytest.mark.parametrize("tls", [True, False])
def test_stop_with_100_downchannels_is_quick_and_clean(
    run_on_each_loop: Run, authority: CertificateAuthority, tls: bool
) -> None:
    async def test() -> None:
        async with serving(authority if tls else None) as server:
            clients = [await server.client() for _ in range(100)]
            for client in clients:
                await client.event(ResponseReceived, client.request(path="/downchannel"))
            watchers = [asyncio.create_task(leave(client)) for client in clients]
            await asyncio.sleep(0)
            async with asyncio.timeout(PATIENCE):  # without a client that hangs, nothing waits for the grace
                await server.listener.stop(grace=2 * PATIENCE)
            await asyncio.gather(*watchers)
            assert {client.goaways()[0].code for client in clients} == {0}
            assert server.app.done.count("downchannel") == 100
            assert [entry[2] for entry in server.observer.of("lost")] == ["stopped"] * 100

    run_on_each_loop(test())


async def leave(client: H2Client) -> None:
    await client.ended()
    await client.close()


@pytest.mark.parametrize("tls", [True, False])
def test_stop_aborts_peers_that_do_not_read(run_on_each_loop: Run, authority: CertificateAuthority, tls: bool) -> None:
    async def test() -> None:
        async with serving(authority if tls else None) as server:
            clients = [await server.unread() for _ in range(5)]
            for client in clients:
                stream_id = client.request(path="/flood")
                await client.event(ResponseReceived, stream_id)
                client.writer.transport.pause_reading()  # type: ignore[attr-defined]
            pending = [(conn, 1) for conn in server.observer.connections]
            await server.until(lambda: all(conn.pending(stream_id) for conn, stream_id in pending))
            await server.listener.stop(grace=0.02)
            assert len(server.observer.of("lost")) == 5
            for client in clients:
                await client.abort()

    run_on_each_loop(test())


def test_stop_ends_a_peer_in_its_handshake_and_one_that_said_nothing(
    run_on_each_loop: Run, authority: CertificateAuthority
) -> None:
    async def test() -> None:
        async with serving(authority) as server:
            _, mute = await asyncio.open_connection("127.0.0.1", server.listener.port)
            tls = client_tls(authority.ca_file, [])
            _, silent = await asyncio.open_connection(
                "127.0.0.1", server.listener.port, ssl=tls, server_hostname="localhost"
            )
            await server.until(lambda: len(server.listener._live) == 2)
            async with asyncio.timeout(PATIENCE):
                await server.listener.stop(grace=2 * PATIENCE)
            assert not server.observer.told
            mute.transport.abort()
            silent.transport.abort()

    run_on_each_loop(test())


def test_stop_cancels_a_callable_that_does_not_end(run_on_each_loop: Run, authority: CertificateAuthority) -> None:
    async def test() -> None:
        async with serving(authority) as server:
            client = await server.client()
            client.request("POST", "/deaf", end=False)
            await server.until(lambda: len(server.app.scopes) == 1)
            await server.listener.stop(grace=0.02)
            assert "cancelled" in server.app.done
            await client.ended()
            await client.close()

    run_on_each_loop(test())
