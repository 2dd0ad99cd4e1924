"""The private parts of Hypercorn, h2 and asyncio that the server leans on.

If one of these fails, a new version has moved it: see the module named in the test, and the other tests here for
what it is needed for.
"""

import asyncio
import inspect
import ssl

import h2.connection
import h2.settings
import hypercorn.protocol.h2 as stock
import pytest
from hypercorn.config import Config
from hypercorn.protocol.h2 import H2Protocol, StreamBuffer
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.protocol.http_stream import HTTPStream
from hyperframe.frame import PingFrame
from priority import PriorityTree

from mockcloud.server.certificates import CertificateAuthority
from mockcloud.server.http1 import Http1Protocol
from mockcloud.server.http2 import Http2Protocol, ResponseBody
from mockcloud.server.served import ServedConnection
from tests.server.conftest import Run, serving


def parameters(function: object) -> list[str]:
    return list(inspect.signature(function).parameters)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "takes"),
    [
        ("_create_stream", ["request"]),
        ("_handle_events", ["events"]),
        ("_send_data", ["stream_id"]),
        ("_flush", []),
        ("_close_stream", ["stream_id"]),
        ("_window_updated", ["stream_id"]),
        ("_priority_updated", ["event"]),
        ("stream_send", ["event"]),
        ("send_task", []),
        ("handle", ["event"]),
        ("initiate", ["headers", "settings"]),
    ],
)
def test_h2protocol_has_the_coroutine_we_replace_or_call(name: str, takes: list[str]) -> None:
    method = getattr(H2Protocol, name)
    assert inspect.iscoroutinefunction(method)
    assert parameters(method) == ["self", *takes]


@pytest.mark.parametrize(
    "name", ["app", "config", "connection", "connection_state", "has_data", "priority", "stream_buffers", "streams"]
)
def test_h2protocol_keeps_its_state_where_we_look_for_it(name: str) -> None:
    assert f"self.{name}" in inspect.getsource(H2Protocol.__init__)


@pytest.mark.parametrize("protocol", [H2Protocol, H11Protocol])
def test_protocols_are_made_as_we_make_them(protocol: type) -> None:
    made_with = ["app", "config", "context", "task_group", "connection_state", "ssl", "client", "server", "send"]
    assert parameters(protocol) == made_with


def test_http_streams_are_made_as_we_make_them() -> None:
    made_with = ["app", "config", "context", "task_group", "ssl", "client", "server", "send", "stream_id"]
    assert parameters(HTTPStream) == made_with


@pytest.mark.parametrize("name", ["_create_stream", "_check_protocol"])
def test_h11protocol_has_the_coroutine_we_replace(name: str) -> None:
    assert inspect.iscoroutinefunction(getattr(H11Protocol, name))
    assert f"self.{name}(" in inspect.getsource(H11Protocol._handle_events)


def test_response_bodies_replace_all_of_the_stock_buffer() -> None:
    inherited = {"drain", "set_complete", "close", "complete"}
    own = {name for name in vars(StreamBuffer) if not name.startswith("_")}
    assert own <= inherited | set(vars(ResponseBody))
    assert {"_complete", "_is_empty", "_paused", "buffer"} <= set(vars(ResponseBody()))


def test_hypercorn_asks_its_configuration_for_these() -> None:
    for name in ("h2_max_concurrent_streams", "h2_max_header_list_size", "h11_max_incomplete_size"):
        assert hasattr(Config, name)
    for name in ("keep_alive_max_requests", "max_app_queue_size", "include_server_header", "logger_class"):
        assert hasattr(Config, name)


def test_priority_tree_has_what_we_call() -> None:
    for name in ("insert_stream", "remove_stream", "block", "unblock"):
        assert callable(getattr(PriorityTree, name))


def test_h2_looks_up_how_to_receive_a_ping_in_its_table() -> None:
    connection = h2.connection.H2Connection()
    assert connection._frame_dispatch_table[PingFrame] == connection._receive_ping_frame
    assert "_frame_dispatch_table[frame.__class__]" in inspect.getsource(connection._receive_frame)


def test_h2_keeps_the_values_of_a_setting_in_a_queue_that_may_be_a_list() -> None:
    settings = h2.settings.Settings(client=False)
    assert all(hasattr(values, "popleft") for values in settings._settings.values())


def test_asyncio_tls_has_a_buffer_that_can_be_shared(run: Run, authority: CertificateAuthority) -> None:
    async def test() -> None:
        async with serving(authority) as server:
            one, other = await server.client(), await server.client()
            buffers = [tls_of(conn)._ssl_buffer for conn in server.observer.connections]  # type: ignore[attr-defined]
            assert buffers[0] is buffers[1]
            assert len(buffers[0]) == 65536
            await other.response(other.request(path="/no-content"))  # so that the streams have different numbers
            uploads = [client.request("POST", "/echo-size", end=False) for client in (one, other)]
            for _ in range(20):
                await asyncio.gather(*(c.upload(u, bytes(9000)) for c, u in zip((one, other), uploads, strict=True)))
            for client, upload in zip((one, other), uploads, strict=True):
                client.send(upload, b"", end=True)
                assert (await client.response(upload)).body == b"180000"
            await one.close()
            await other.close()

    run(test())


def tls_of(conn: object) -> object:
    assert isinstance(conn, ServedConnection)
    return conn._writer.transport._ssl_protocol  # type: ignore[attr-defined]


def test_a_stock_hypercorn_in_the_same_process_stays_stock(run: Run, authority: CertificateAuthority) -> None:
    before = (dict(vars(H2Protocol)), dict(vars(H11Protocol)), dict(vars(StreamBuffer)), dict(vars(Config)))

    async def test() -> None:
        async with serving(authority) as server:
            client = await server.client()
            await client.response(client.request(path="/no-content"))
            server.observer.connections[0].mute_ping()
            assert asyncio.sslproto.SSLProtocol.max_size == 256 * 1024  # type: ignore[attr-defined]
            await client.close()

    run(test())
    assert (dict(vars(H2Protocol)), dict(vars(H11Protocol)), dict(vars(StreamBuffer)), dict(vars(Config))) == before
    assert stock.H2Protocol is H2Protocol
    assert H2Protocol not in (Http2Protocol, Http1Protocol)
    assert h2.connection.H2Connection()._frame_dispatch_table[PingFrame].__name__ == "_receive_ping_frame"
    assert ssl.SSLContext.__module__ == "ssl"
