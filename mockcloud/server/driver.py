"""Runs a machine behind real sockets: what happens becomes inputs, commands become calls on connections.

Inputs go through one first-in-first-out queue and are run to completion, one after the other, never recursively.
One `call_at` stands for all timers of the machine. Everything here happens on the event loop of the listener.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol

from mockcloud.cek.exchange import DriverJob, PostToExtension, ReadPublicKey
from mockcloud.clock import SECOND, Instant
from mockcloud.errors import CannotStart
from mockcloud.server.arrival import Arrival
from mockcloud.server.calls import Calls
from mockcloud.server.connection import Connection, Handle
from mockcloud.server.signing_keys import SigningKeys
from mockcloud.server.stream import Receive, Response, Send, Stream
from mockcloud.vocabulary import Command, ConnectionId, Exchange, Headers, Input, Machine, RequestId, commands, inputs

if TYPE_CHECKING:
    from mockcloud.server.saving import Saving
    from mockcloud.server.store import Store

log = logging.getLogger("mockcloud.server")


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
    ``extension_calls`` posts to extensions; it is closed with this.
    """

    def __init__(
        self,
        machine: Machine,
        paths: frozenset[str],
        clock: Callable[[], Instant] = now,
        extension_calls: Calls | None = None,
    ) -> None:
        self._machine = machine
        self.extension_calls = extension_calls or Calls(SigningKeys())
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
        self._streams: dict[Exchange, Stream] = {}
        self._asked: dict[RequestId, asyncio.Future[Any]] = {}
        self._requests = count(1)
        self._tasks: dict[int, asyncio.Task[None]] = {}
        """What carries out each `StartCall` that is under way."""

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
        self.feed(inputs.Asked(request, operation))
        try:
            return await answer
        except asyncio.CancelledError:
            self.feed(inputs.Withdrawn(request))
            raise
        finally:
            self._asked.pop(request, None)

    @property
    def is_calling(self) -> bool:
        """Something is under way that no socket of ours shows: an extension is asked, speech is recognised."""
        return bool(self._tasks)

    async def stop(self) -> None:
        """No more timers, no more calls."""
        if self._wake is not None:
            self._wake.cancel()
        calls = [*self._tasks.values(), *self._closing]
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        await self.extension_calls.close()
        for answer in self._asked.values():
            answer.cancel()

    def _run(self, what: Input) -> None:
        try:
            commanded = self._machine.receive(what, self._clock())
        except Exception:
            log.exception("a bug in mockcloud, please report it; while it took %r", type(what).__name__)
            self._apologise(what)
            return
        if self._saving is not None:
            commanded, refused = self._saving.performable(commanded)
            self._queue += (inputs.RequestAborted(ex, "the state could not be saved") for ex in refused)
        for command in commanded:
            _PERFORM[type(command)](self, command)

    def _apologise(self, what: Input) -> None:
        """The machine has failed at this input: whoever waits for its answer gets an error instead of nothing."""
        if isinstance(what, inputs.Asked) and (answer := self._asked.get(what.request)) and not answer.done():
            answer.set_exception(RuntimeError("a bug in mockcloud; its log says more"))
        exchange = getattr(what, "ex", None)
        stream = self._streams.get(exchange) if exchange is not None else None
        if stream is not None and not stream.started:
            stream.put(commands.StartResponse(stream.exchange, 500))
            stream.put(commands.EndBody(stream.exchange))

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
        self.feed(inputs.Woke())

    # What the listeners tell (`ArrivalObserver`, `ConnectionObserver`)

    def accepted(self, arrival: Arrival) -> None:
        self._arrivals[arrival.id] = arrival
        self.feed(inputs.ConnectionAccepted(arrival.id, arrival.peer, arrival.listener))

    def handshake_begun(self, arrival: Arrival) -> None:
        self.feed(inputs.HandshakeBegun(arrival.id))

    def never_opened(self, arrival: Arrival, reason: str) -> None:
        self._arrivals.pop(arrival.id, None)
        self.feed(inputs.ConnectionLost(arrival.id, reason))

    def opened(self, conn: Connection) -> None:
        self._arrivals.pop(conn.id, None)
        self._connections[conn.id] = conn
        self.feed(inputs.ConnectionOpened(conn.id, conn.http_version, conn.peer, conn.listener))

    def lost(self, conn: Connection, reason: str) -> None:
        self._connections.pop(conn.id, None)
        self.feed(inputs.ConnectionLost(conn.id, reason))

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
            self._streams[exchange] = Stream(exchange, conn, self.feed)
            self.feed(inputs.RequestStarted(exchange, method, path, headers, query, scheme, authority))

    def protocol_broken(self, conn: Connection, said: str) -> None:
        self.feed(inputs.ProtocolBroken(conn.id, said))

    def ping_received(self, conn: Connection) -> None:
        self.feed(inputs.PingReceived(conn.id))

    def ping_answered(self, conn: Connection) -> None:
        self.feed(inputs.PingAnswered(conn.id))

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

    def _respond(self, it: Response) -> None:
        if stream := self._streams.get(it.ex):
            stream.put(it)

    def _reset_stream(self, it: commands.ResetStream) -> None:
        if stream := self._streams.get(it.ex):
            stream.put(it)
        elif conn := self._connections.get(it.ex.conn):
            conn.reset_stream(it.ex.stream, it.code)

    def _go_away(self, it: commands.GoAway) -> None:
        if conn := self._connections.get(it.conn):
            conn.goaway(it.code, debug=it.debug)

    def _close_connection(self, it: commands.CloseConnection) -> None:
        if conn := self._connections.get(it.conn):
            conn.close()

    def _abort_connection(self, it: commands.AbortConnection) -> None:
        if arrival := self._arrivals.get(it.conn):
            arrival.abort()
        elif conn := self._connections.get(it.conn):
            conn.abort()
            # A request that started just now has no callable that would clear up behind it.
            for exchange in [ex for ex, stream in self._streams.items() if ex.conn == it.conn and stream.is_new]:
                del self._streams[exchange]

    def _half_close(self, it: commands.HalfClose) -> None:
        if conn := self._arrivals.get(it.conn) or self._connections.get(it.conn):
            conn.half_close()

    def _black_hole(self, it: commands.BlackHole) -> None:
        if conn := self._arrivals.get(it.conn) or self._connections.get(it.conn):
            conn.blackhole()

    def _send_raw(self, it: commands.SendRaw) -> None:
        if conn := self._connections.get(it.conn):
            conn.send_raw(it.data)

    def _starve(self, it: commands.Starve) -> None:
        if conn := self._connections.get(it.ex.conn):
            conn.starve(it.ex.stream, it.on)

    def _mute_ping(self, it: commands.MutePing) -> None:
        if conn := self._connections.get(it.conn):
            conn.mute_ping(it.on)

    def _send_ping(self, it: commands.SendPing) -> None:
        if conn := self._connections.get(it.conn):
            conn.send_ping()

    def _hold_connection(self, it: commands.HoldConnection) -> None:
        if conn := self._arrivals.get(it.conn) or self._connections.get(it.conn):
            conn.hold(it.span / SECOND)

    def _announce_handshake(self, it: commands.AnnounceHandshake) -> None:
        if arrival := self._arrivals.get(it.conn):
            arrival.announce_handshake()

    def _present_certificate(self, it: commands.PresentCertificate) -> None:
        if arrival := self._arrivals.get(it.conn):
            arrival.present(it.certificate)

    def _end_handshake(self, it: commands.EndHandshake) -> None:
        if arrival := self._arrivals.get(it.conn):
            arrival.end_handshake(it.alert)

    def _open_listener(self, it: commands.OpenListener) -> None:
        if self.listeners is None:
            self.feed(inputs.ListenerRefused(it.listener, "this cloud has no sockets"))
            return
        try:
            self.feed(inputs.ListenerOpened(it.listener, self.listeners.open(it.listener)))
        except CannotStart as error:
            self.feed(inputs.ListenerRefused(it.listener, str(error)))

    def _close_listener(self, it: commands.CloseListener) -> None:
        task = asyncio.get_running_loop().create_task(self._closed(it.listener))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _closed(self, listener: str) -> None:
        if self.listeners is not None:
            await self.listeners.close(listener)
        self.feed(inputs.ListenerClosed(listener))

    def _start_call(self, it: commands.StartCall) -> None:
        if isinstance(it.job, commands.Known):
            self.feed(inputs.CallAnswered(it.call, it.job.value))
            return
        self._tasks[it.call] = asyncio.get_running_loop().create_task(self._call(it))

    async def _call(self, it: commands.StartCall) -> None:
        try:
            answer = inputs.CallAnswered(it.call, await self._outcome(it))
        except TimeoutError:
            answer = inputs.CallAnswered(it.call, error=f"no answer within {it.patience / SECOND:g} s")
        except Exception as error:
            log.exception("%s failed", type(it.job).__name__)
            answer = inputs.CallAnswered(it.call, error=f"{type(error).__name__}: {error}")
        finally:
            self._tasks.pop(it.call, None)
        self.feed(answer)

    async def _outcome(self, it: commands.StartCall) -> Any:
        job: DriverJob | commands.Job = it.job
        match job:
            case PostToExtension():
                return await self.extension_calls.post(job, it.patience)
            case ReadPublicKey():
                return (await self.extension_calls.keys.ready()).public_pem
            case _:
                async with asyncio.timeout(it.patience / SECOND if it.patience else None):
                    return await asyncio.to_thread(job.run)

    def _cancel_call(self, it: commands.CancelCall) -> None:
        if call := self._tasks.pop(it.call, None):
            call.cancel()

    def _answer(self, it: commands.Answer) -> None:
        answer = self._asked.get(it.request)
        if answer is not None and not answer.done():
            answer.set_result(it.value)


_PERFORM: dict[type[Command], Callable[[Driver, Any], None]] = {
    commands.StartResponse: Driver._respond,
    commands.SendBody: Driver._respond,
    commands.EndBody: Driver._respond,
    commands.ResetStream: Driver._reset_stream,
    commands.GoAway: Driver._go_away,
    commands.CloseConnection: Driver._close_connection,
    commands.AbortConnection: Driver._abort_connection,
    commands.HalfClose: Driver._half_close,
    commands.BlackHole: Driver._black_hole,
    commands.SendRaw: Driver._send_raw,
    commands.Starve: Driver._starve,
    commands.MutePing: Driver._mute_ping,
    commands.SendPing: Driver._send_ping,
    commands.HoldConnection: Driver._hold_connection,
    commands.AnnounceHandshake: Driver._announce_handshake,
    commands.PresentCertificate: Driver._present_certificate,
    commands.EndHandshake: Driver._end_handshake,
    commands.OpenListener: Driver._open_listener,
    commands.CloseListener: Driver._close_listener,
    commands.StartCall: Driver._start_call,
    commands.CancelCall: Driver._cancel_call,
    commands.Answer: Driver._answer,
}
