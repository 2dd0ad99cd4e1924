"""Runs a machine behind real sockets: what happens becomes inputs, commands become calls on connections.

Inputs go through one first-in-first-out queue and are run to completion, one after the other, never recursively.
One `call_at` stands for all timers of the machine. Everything here happens on the event loop of the listener.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol

from mockcloud.cek.exchange import PostToExtension, ReadPublicKey
from mockcloud.clock import SECOND, Instant
from mockcloud.errors import CannotStart
from mockcloud.server.arrival import Arrival
from mockcloud.server.calls import Calls
from mockcloud.server.connection import Connection, Handle
from mockcloud.server.signing_keys import SigningKeys
from mockcloud.vocabulary import Command, ConnectionId, Exchange, Headers, Input, Machine, RequestId
from mockcloud.vocabulary import commands as todo
from mockcloud.vocabulary import inputs as into

if TYPE_CHECKING:
    from mockcloud.server.saving import Saving
    from mockcloud.server.store import Store

log = logging.getLogger("mockcloud.server")

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]

BLOCKED_AFTER = 0.2
"""Seconds after which a part that has not left counts as blocked."""


def now() -> Instant:
    """The driver's clock."""
    return Instant(time.monotonic_ns())


def _nothing() -> None:
    pass


class Listeners(Protocol):
    """Opens device listeners beside the one that all accounts share."""

    def open(self, name: str) -> str:
        """Serve on a free port; returns the URL. Raises `CannotStart`."""

    async def close(self, name: str) -> None:
        """Returns when its port is closed and its connections are over."""


class Driver:
    """Drives one machine for any number of listeners; it is their `ConnectionObserver`.

    ``paths`` are those whose requests are exchanges of the machine; the callable for them is `exchange`. ``clock``
    must pass as fast as the time of the event loop.
    ``calls`` posts to extensions; it is closed with this.
    """

    def __init__(
        self,
        machine: Machine,
        paths: frozenset[str],
        clock: Callable[[], Instant] = now,
        calls: Calls | None = None,
    ) -> None:
        self._machine = machine
        self.extension_calls = calls or Calls(SigningKeys())
        self._paths = paths
        self._clock = clock
        self.listeners: Listeners | None = None
        """Who opens and closes what `OpenListener` asks for; without it there are no own listeners."""
        self._arrivals: dict[ConnectionId, Arrival] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self.settled: Callable[[], None] = _nothing
        """Called when inputs have been taken and what they led to has been done."""
        self._saving: Saving | None = None
        self._queue: deque[Input] = deque()
        self._running = False
        self._wake: asyncio.TimerHandle | None = None
        self._wake_at = 0
        self._connections: dict[ConnectionId, Connection] = {}
        self._streams: dict[Exchange, _Stream] = {}
        self._asked: dict[RequestId, asyncio.Future[Any]] = {}
        self._requests = count(1)
        self._calls: dict[int, asyncio.Task[None]] = {}

    def keep_in(self, store: "Store") -> None:
        """From now on what the machine wants to persist is there before anything that rests on it is answered."""
        from mockcloud.server.saving import Saving  # most servers keep nothing

        self._saving = Saving(store)

    def feed(self, what: Input) -> None:
        """Give the machine an input and perform what it commands."""
        self._queue.append(what)
        if self._running:
            return
        self._running = True
        try:
            while self._queue:
                self._run(self._queue.popleft())
        finally:
            self._running = False
        self._arm()
        self.settled()

    async def ask(self, operation: Any) -> Any:
        """Ask the machine something and wait for its `Answer`; giving up withdraws the question."""
        request = RequestId(next(self._requests))
        answer = self._asked[request] = asyncio.get_running_loop().create_future()
        self.feed(into.Asked(request, operation))
        try:
            return await answer
        except asyncio.CancelledError:
            self.feed(into.Withdrawn(request))
            raise
        finally:
            self._asked.pop(request, None)

    @property
    def is_calling(self) -> bool:
        """Something is under way that no socket of ours shows: an extension is asked, speech is recognised."""
        return bool(self._calls)

    async def stop(self) -> None:
        """No more timers, no more calls."""
        if self._wake is not None:
            self._wake.cancel()
        calls = [*self._calls.values(), *self._closing]
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        await self.extension_calls.close()
        for answer in self._asked.values():
            answer.cancel()

    def _run(self, what: Input) -> None:
        try:
            commands = self._machine.receive(what, self._clock())
        except Exception:
            log.exception("a fault of mockcloud, please report it; while it took %r", type(what).__name__)
            self._apologise(what)
            return
        if self._saving is not None:
            commands, refused = self._saving.performable(commands)
            self._queue += (into.RequestAborted(ex, "the state could not be saved") for ex in refused)
        for command in commands:
            _PERFORM[type(command)](self, command)

    def _apologise(self, what: Input) -> None:
        """The machine has failed at this input: whoever waits for its answer gets an error instead of nothing."""
        if isinstance(what, into.Asked) and (answer := self._asked.get(what.request)) and not answer.done():
            answer.set_exception(RuntimeError("a fault of mockcloud; its log says more"))
        exchange = getattr(what, "ex", None)
        stream = self._streams.get(exchange) if exchange is not None else None
        if stream is not None and not stream.started:
            stream.put({"type": "http.response.start", "status": 500, "headers": []})
            stream.end()

    def _arm(self) -> None:
        """Have the loop wake us at the machine's next deadline. A wake that comes too early does no harm."""
        deadline = self._machine.next_deadline()
        if deadline is None or (self._wake is not None and self._wake_at <= deadline):
            return
        if self._wake is not None:
            self._wake.cancel()
        loop = asyncio.get_running_loop()
        self._wake_at = deadline
        self._wake = loop.call_at(loop.time() + max(0, deadline - self._clock()) / SECOND, self._woke)

    def _woke(self) -> None:
        self._wake = None
        self.feed(into.Woke())

    # What the listeners tell (`ArrivalObserver`, `ConnectionObserver`)

    def accepted(self, arrival: Arrival) -> None:
        self._arrivals[arrival.id] = arrival
        self.feed(into.ConnectionAccepted(arrival.id, arrival.peer, arrival.listener))

    def handshake_begun(self, arrival: Arrival) -> None:
        self.feed(into.HandshakeBegun(arrival.id))

    def never_opened(self, arrival: Arrival, reason: str) -> None:
        self._arrivals.pop(arrival.id, None)
        self.feed(into.ConnectionLost(arrival.id, reason))

    def opened(self, conn: Connection) -> None:
        self._arrivals.pop(conn.id, None)
        self._connections[conn.id] = conn
        self.feed(into.ConnectionOpened(conn.id, conn.http_version, conn.peer, conn.listener))

    def lost(self, conn: Connection, reason: str) -> None:
        self._connections.pop(conn.id, None)
        self.feed(into.ConnectionLost(conn.id, reason))

    def request_started(
        self,
        conn: Connection,
        stream_id: int,
        method: str,
        path: str,
        query: str,
        scheme: str,
        authority: str,
        headers: Headers,
    ) -> None:
        if path in self._paths:
            exchange = Exchange(conn.id, stream_id)
            self._streams[exchange] = _Stream(self, exchange, conn)
            self.feed(into.RequestStarted(exchange, method, path, headers, query, scheme, authority))

    def ping_received(self, conn: Connection) -> None:
        self.feed(into.PingReceived(conn.id))

    def ping_answered(self, conn: Connection) -> None:
        self.feed(into.PingAnswered(conn.id))

    # The ASGI side of an exchange

    async def exchange(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """The ASGI callable of the machine's paths: body bytes in, response bytes out, at the same time."""
        handle: Handle = scope["state"]["h2"]
        stream = self._streams.get(handle.exchange)
        if stream is None:
            return
        try:
            await stream.pump(receive, send)
        finally:
            del self._streams[stream.exchange]

    # Commands

    def _start_response(self, it: todo.StartResponse) -> None:
        if stream := self._streams.get(it.ex):
            headers = [(name.encode(), value.encode("latin-1", "replace")) for name, value in it.headers]
            stream.started = True
            stream.put({"type": "http.response.start", "status": it.status, "headers": headers})

    def _send_body(self, it: todo.SendBody) -> None:
        if stream := self._streams.get(it.ex):
            if it.mark is not None:
                stream.watch(it.mark)
            stream.put({"type": "http.response.body", "body": it.data, "more_body": True, "mark": it.mark})

    def _end_body(self, it: todo.EndBody) -> None:
        if stream := self._streams.get(it.ex):
            stream.end()

    def _reset_stream(self, it: todo.ResetStream) -> None:
        if stream := self._streams.get(it.ex):
            stream.put({"type": "reset", "code": it.code})
        elif conn := self._connections.get(it.ex.conn):
            conn.reset_stream(it.ex.stream, it.code)

    def _go_away(self, it: todo.GoAway) -> None:
        if conn := self._connections.get(it.conn):
            conn.goaway(it.code, debug=it.debug)

    def _close_connection(self, it: todo.CloseConnection) -> None:
        if conn := self._connections.get(it.conn):
            conn.close()

    def _abort_connection(self, it: todo.AbortConnection) -> None:
        if arrival := self._arrivals.get(it.conn):
            arrival.abort()
        elif conn := self._connections.get(it.conn):
            conn.abort()
            # A request that started just now has no callable that would clear up behind it.
            for exchange in [ex for ex, stream in self._streams.items() if ex.conn == it.conn and stream.is_new]:
                del self._streams[exchange]

    def _half_close(self, it: todo.HalfClose) -> None:
        if conn := self._arrivals.get(it.conn) or self._connections.get(it.conn):
            conn.half_close()

    def _black_hole(self, it: todo.BlackHole) -> None:
        if conn := self._arrivals.get(it.conn) or self._connections.get(it.conn):
            conn.blackhole()

    def _send_raw(self, it: todo.SendRaw) -> None:
        if conn := self._connections.get(it.conn):
            conn.send_raw(it.data)

    def _starve(self, it: todo.Starve) -> None:
        if conn := self._connections.get(it.ex.conn):
            conn.starve(it.ex.stream, it.on)

    def _mute_ping(self, it: todo.MutePing) -> None:
        if conn := self._connections.get(it.conn):
            conn.mute_ping(it.on)

    def _send_ping(self, it: todo.SendPing) -> None:
        if conn := self._connections.get(it.conn):
            conn.send_ping()

    def _hold_connection(self, it: todo.HoldConnection) -> None:
        if conn := self._arrivals.get(it.conn) or self._connections.get(it.conn):
            conn.hold(it.span / SECOND)

    def _announce_handshake(self, it: todo.AnnounceHandshake) -> None:
        if arrival := self._arrivals.get(it.conn):
            arrival.announce_handshake()

    def _present_certificate(self, it: todo.PresentCertificate) -> None:
        if arrival := self._arrivals.get(it.conn):
            arrival.present(it.certificate)

    def _end_handshake(self, it: todo.EndHandshake) -> None:
        if arrival := self._arrivals.get(it.conn):
            arrival.end_handshake(it.alert)

    def _open_listener(self, it: todo.OpenListener) -> None:
        if self.listeners is None:
            self.feed(into.ListenerRefused(it.listener, "this cloud has no sockets"))
            return
        try:
            self.feed(into.ListenerOpened(it.listener, self.listeners.open(it.listener)))
        except CannotStart as error:
            self.feed(into.ListenerRefused(it.listener, str(error)))

    def _close_listener(self, it: todo.CloseListener) -> None:
        task = asyncio.get_running_loop().create_task(self._closed(it.listener))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _closed(self, listener: str) -> None:
        if self.listeners is not None:
            await self.listeners.close(listener)
        self.feed(into.ListenerClosed(listener))

    def _start_call(self, it: todo.StartCall) -> None:
        if isinstance(it.job, todo.Known):
            self.feed(into.CallAnswered(it.call, it.job.value))
            return
        self._calls[it.call] = asyncio.get_running_loop().create_task(self._call(it))

    async def _call(self, it: todo.StartCall) -> None:
        try:
            answer = into.CallAnswered(it.call, await self._outcome(it))
        except TimeoutError:
            answer = into.CallAnswered(it.call, error=f"no answer within {it.patience / SECOND:g} s")
        except Exception as error:
            log.exception("%s failed", type(it.job).__name__)
            answer = into.CallAnswered(it.call, error=f"{type(error).__name__}: {error}")
        finally:
            self._calls.pop(it.call, None)
        self.feed(answer)

    async def _outcome(self, it: todo.StartCall) -> Any:
        if isinstance(it.job, PostToExtension):
            return await self.extension_calls.post(it.job, it.patience)
        if isinstance(it.job, ReadPublicKey):
            return (await self.extension_calls.keys.ready()).public_pem
        async with asyncio.timeout(it.patience / SECOND if it.patience else None):
            return await asyncio.to_thread(it.job.run)

    def _cancel_call(self, it: todo.CancelCall) -> None:
        if call := self._calls.pop(it.call, None):
            call.cancel()

    def _answer(self, it: todo.Answer) -> None:
        answer = self._asked.get(it.request)
        if answer is not None and not answer.done():
            answer.set_result(it.value)


_PERFORM: dict[type[Command], Callable[[Driver, Any], None]] = {
    todo.StartResponse: Driver._start_response,
    todo.SendBody: Driver._send_body,
    todo.EndBody: Driver._end_body,
    todo.ResetStream: Driver._reset_stream,
    todo.GoAway: Driver._go_away,
    todo.CloseConnection: Driver._close_connection,
    todo.AbortConnection: Driver._abort_connection,
    todo.HalfClose: Driver._half_close,
    todo.BlackHole: Driver._black_hole,
    todo.SendRaw: Driver._send_raw,
    todo.Starve: Driver._starve,
    todo.MutePing: Driver._mute_ping,
    todo.SendPing: Driver._send_ping,
    todo.HoldConnection: Driver._hold_connection,
    todo.AnnounceHandshake: Driver._announce_handshake,
    todo.PresentCertificate: Driver._present_certificate,
    todo.EndHandshake: Driver._end_handshake,
    todo.OpenListener: Driver._open_listener,
    todo.CloseListener: Driver._close_listener,
    todo.StartCall: Driver._start_call,
    todo.CancelCall: Driver._cancel_call,
    todo.Answer: Driver._answer,
}


class _Stream:
    """The response of one exchange on its way out, and the loop that takes its request in.

    Messages wait here until the callable runs, and while a device does not read. The callable writes them itself
    whenever it has taken something in; of what is commanded while it waits for the device, pieces of a body that has
    begun go out at once, the rest by a task.
    """

    __slots__ = (
        "_conn",
        "_driver",
        "_flushing",
        "_has_begun",
        "_messages",
        "_over",
        "_send",
        "_waiting",
        "_watched",
        "exchange",
        "started",
    )

    def __init__(self, driver: Driver, exchange: Exchange, conn: Connection) -> None:
        self.exchange = exchange
        self.started = False
        self._driver = driver
        self._conn = conn
        self._messages: deque[dict[str, Any]] = deque()
        self._send: Send | None = None
        self._flushing: asyncio.Task[None] | bool = False
        self._waiting = False
        self._has_begun = False
        self._over = False
        self._watched: dict[int, asyncio.TimerHandle] = {}

    @property
    def is_new(self) -> bool:
        """Its callable has not run yet."""
        return self._send is None

    def put(self, message: dict[str, Any]) -> None:
        if self._waiting and not self._flushing and not self._messages and self._sent_at_once(message):
            return
        self._messages.append(message)
        if self._waiting and not self._flushing:
            self._flushing = asyncio.get_running_loop().create_task(self._flush_messages())

    def _sent_at_once(self, message: dict[str, Any]) -> bool:
        if not self._has_begun or message["type"] != "http.response.body" or not message["more_body"]:
            return False
        if not self._conn.send_body(self.exchange.stream, message["body"]):
            return False
        self._sent(message["mark"])
        return True

    def _sent(self, mark: int | None) -> None:
        if mark is not None:
            self._conn.when_written(self.exchange.stream, partial(self._written, mark))

    def end(self) -> None:
        """The end of the body; joined to the last piece of it if that is still here."""
        if self._messages and self._messages[-1]["type"] == "http.response.body" and self._messages[-1]["mark"] is None:
            self._messages[-1]["more_body"] = False
        else:
            self.put({"type": "http.response.body", "body": b"", "more_body": False, "mark": None})

    def watch(self, mark: int) -> None:
        """Report the mark as blocked if it is not written before long."""
        loop = asyncio.get_running_loop()
        self._watched[mark] = loop.call_later(BLOCKED_AFTER, self._blocked, mark)

    async def pump(self, receive: Receive, send: Send) -> None:
        self._send = send
        feed, exchange = self._driver.feed, self.exchange
        try:
            await self._flush()
            while True:
                self._waiting = True
                message = await receive()
                self._waiting = False
                if message["type"] != "http.request":
                    feed(into.RequestAborted(exchange))
                    return
                if message["body"]:
                    feed(into.BodyReceived(exchange, message["body"]))
                ended = not message.get("more_body")
                if ended:
                    feed(into.BodyEnded(exchange))
                await self._flush()
                if ended and self._over:
                    return
        finally:
            if isinstance(self._flushing, asyncio.Task):
                self._flushing.cancel()
            for handle in self._watched.values():
                handle.cancel()

    async def _flush(self) -> None:
        if not self._flushing:
            self._flushing = True
            await self._flush_messages()

    async def _flush_messages(self) -> None:
        assert self._send is not None
        messages = self._messages
        try:
            while messages:
                message = messages.popleft()
                if message["type"] == "reset":
                    self._conn.reset_stream(self.exchange.stream, message["code"])
                    self._over = True
                    messages.clear()
                    return
                mark = message.pop("mark", None)
                is_body = message["type"] == "http.response.body"
                if is_body and not message["more_body"]:
                    self._over = True
                await self._send(message)
                self._has_begun = is_body
                self._sent(mark)
        finally:
            self._flushing = False

    def _written(self, mark: int) -> None:
        if handle := self._watched.pop(mark, None):
            handle.cancel()
        self._driver.feed(into.Written(self.exchange, mark))

    def _blocked(self, mark: int) -> None:
        self._driver.feed(into.Blocked(self.exchange, mark))
