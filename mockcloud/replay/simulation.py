"""The cloud and devices on one virtual clock: no sockets, no waiting, the same bytes.

What one side commands becomes an input of the other a little later (`LATENCY`); the next thing to happen is always
the earliest of what is under way and what the machines want to be woken for. A `StartCall` is run on the spot:
virtual time stands still meanwhile.
"""

import heapq
from collections.abc import Callable
from itertools import count
from typing import Any, assert_never
from urllib.parse import urlsplit

from msgspec.structs import replace

from mockcloud.cek.exchange import DriverJob, PostToExtension, ReadPublicKey
from mockcloud.cic.machine import CIC_PATHS, CloudMachine
from mockcloud.client import vocabulary as dev
from mockcloud.client.machine import Device
from mockcloud.clock import MILLISECOND, SECOND, Instant
from mockcloud.server.calls import BlockingCalls
from mockcloud.vocabulary import ConnectionId, Exchange, RequestId, commands, inputs
from mockcloud.wire.http import WebRequest, WebResponse

LATENCY = 1 * MILLISECOND
FETCH_PATIENCE = 60 * SECOND
"""A fetch that is not answered is given up after this time, as the device's transport does."""


class _Link:
    """A device's end: its connection to the cloud, and which of its requests is which stream."""

    def __init__(self, name: str, device: Device) -> None:
        self.name = name
        self.device = device
        self.conn: ConnectionId | None = None
        self.streams = count(1, 2)
        self.exchanges: dict[RequestId, Exchange] = {}
        self.requests: dict[Exchange, RequestId] = {}
        self.pings_unanswered = False
        """The cloud leaves its PINGs without an answer (`MutePing`)."""
        self.hears_nothing = False
        """The connection is a black hole."""


class Simulation:
    """Runs one cloud and any number of devices. Time starts at 0 and moves only in `step` and `run_until`."""

    def __init__(self, cloud: CloudMachine) -> None:
        self.cloud = cloud
        self.extension_calls = BlockingCalls()
        """Close it when nothing is to happen any more."""
        self.now = Instant(0)
        self.noted: list[tuple[str, dev.Noted]] = []
        """What the devices noted, with their names."""
        self._links: dict[str, _Link] = {}
        self._by_conn: dict[ConnectionId, _Link] = {}
        self._queue: list[tuple[int, int, Callable[[], None]]] = []
        self._order = count()
        self._connections = count(1)
        self._asked = count(1)
        self._answers: dict[RequestId, Callable[[Any], None]] = {}
        self._fetches: dict[ConnectionId, tuple[_Link, RequestId, RequestId]] = {}
        """Connections beside the one to CIC: whose they are, its number of the request, and ours."""

    def add(self, name: str, device: Device) -> None:
        self._links[name] = _Link(name, device)

    def note(self, name: str, noted: dev.Noted) -> None:
        """A device has noted something."""
        self.noted.append((name, noted))

    def tell(self, name: str, instruction: dev.Instruction) -> None:
        """A person does something at a device, now."""
        self._to_device(self._links[name], dev.Did(instruction))

    def ask(self, operation: Any) -> Any:
        """Ask the cloud an operation and return its outcome; time moves on if the answer takes some."""
        answers: list[Any] = []
        request = RequestId(next(self._asked))
        self._answers[request] = answers.append
        self.to_cloud(inputs.Asked(request, operation))
        while not answers and self.step():
            pass
        if not answers:
            raise RuntimeError(f"{type(operation).__name__} was never answered")
        return answers[0]

    def step(self, until: int | None = None) -> bool:
        """Let the next thing happen; ``False`` if there is none (by ``until``, and then it is that time)."""
        upcoming = self._next()
        if upcoming is None or (until is not None and upcoming > until):
            if until is not None:
                self.now = Instant(max(self.now, until))
            return False
        self.now = Instant(max(self.now, upcoming))
        if self._queue and self._queue[0][0] <= self.now:
            heapq.heappop(self._queue)[2]()
            return True
        self._wake()
        return True

    def run_until(self, when: int, done: Callable[[], bool] = lambda: False) -> bool:
        """Let everything happen up to that time, or until it is done. Returns whether it is."""
        while not done():
            if not self.step(when):
                return done()
        return True

    def next_arrival(self) -> int | None:
        """When the next message that is under way arrives."""
        return self._queue[0][0] if self._queue else None

    def _next(self) -> int | None:
        times = [self._queue[0][0]] if self._queue else []
        machines: list[Any] = [self.cloud, *(link.device for link in self._links.values())]
        times += [due for machine in machines if (due := machine.next_deadline()) is not None]
        return min(times, default=None)

    def _wake(self) -> None:
        if self._is_due(self.cloud):
            self.to_cloud(inputs.Woke())
        for link in self._links.values():
            if self._is_due(link.device):
                self._to_device(link, dev.Woke())

    def _is_due(self, machine: CloudMachine | Device) -> bool:
        due = machine.next_deadline()
        return due is not None and due <= self.now

    def _later(self, what: Callable[[], None], by: int = LATENCY) -> None:
        heapq.heappush(self._queue, (self.now + by, next(self._order), what))

    # From the devices to the cloud

    def _to_device(self, link: _Link, what: dev.Input) -> None:
        for command in link.device.receive(what, self.now):
            self._of_device(link, command)

    def _of_device(self, link: _Link, command: dev.Command) -> None:
        match command:
            case dev.Noted():
                self.note(link.name, command)
            case dev.Connect():
                self._connect(link)
            case dev.Disconnect():
                if link.conn is not None:
                    self._later_to_cloud(inputs.ConnectionLost(link.conn, "closed by the peer"))
                    self._unlink(link)
            case dev.SendRequest():
                self._request(link, command)
            case dev.SendData(request, data, end):
                if exchange := link.exchanges.get(request):
                    self._body(exchange, data, end)
            case dev.ResetRequest(request):
                if exchange := link.exchanges.pop(request, None):
                    link.requests.pop(exchange, None)
                    self._later_to_cloud(inputs.RequestAborted(exchange, "the device reset the stream"))
            case dev.Fetch():
                self._fetch(link, command)
            case dev.SendPing():
                if link.conn is not None and not link.hears_nothing:
                    self._later_to_cloud(inputs.PingReceived(link.conn))
                    if not link.pings_unanswered:
                        self._later(lambda: self._later_to_device(link, dev.PingAnswered()))

    def _connect(self, link: _Link) -> None:
        self._unlink(link)
        conn = link.conn = ConnectionId(next(self._connections))
        self._by_conn[conn] = link
        self._later_to_cloud(inputs.ConnectionOpened(conn, peer=link.name))
        self._later(lambda: self._to_device(link, dev.Connected(conn)))

    def _unlink(self, link: _Link) -> None:
        if link.conn is not None:
            self._by_conn.pop(link.conn, None)
        link.conn = None
        link.pings_unanswered = link.hears_nothing = False
        link.exchanges.clear()
        link.requests.clear()

    def _request(self, link: _Link, it: dev.SendRequest) -> None:
        path, _, query = it.path.partition("?")
        if link.conn is None:
            return
        if path not in CIC_PATHS:
            self._web(link, it.request, it.method, "https://localhost" + it.path, it.headers, it.body)
            return
        exchange = Exchange(link.conn, next(link.streams))
        link.exchanges[it.request] = exchange
        link.requests[exchange] = it.request
        if link.hears_nothing:
            return
        self._later_to_cloud(inputs.RequestStarted(exchange, it.method, path, it.headers, query, "https", "localhost"))
        self._body(exchange, it.body, it.end)

    def _body(self, exchange: Exchange, data: bytes, end: bool) -> None:
        if (link := self._by_conn.get(exchange.conn)) and link.hears_nothing:
            return
        if data:
            self._later_to_cloud(inputs.BodyReceived(exchange, data))
        if end:
            self._later_to_cloud(inputs.BodyEnded(exchange))

    def _fetch(self, link: _Link, it: dev.Fetch) -> None:
        self._web(link, it.request, it.method, it.url, it.headers, it.body)

    def _web(
        self, link: _Link, request: RequestId, method: str, url: str, headers: inputs.Headers, body: bytes
    ) -> None:
        parts = urlsplit(url)
        web = WebRequest(method, parts.path, parts.query, headers, body, parts.scheme, parts.netloc)
        asked = RequestId(next(self._asked))
        conn = ConnectionId(next(self._connections))
        web = replace(web, ex=Exchange(conn, 1))
        self._fetches[conn] = link, request, asked
        self._later(lambda: self._fetch_over(conn, "nothing came"), FETCH_PATIENCE)

        def answered(response: WebResponse) -> None:
            del self._fetches[conn]
            self._later_to_device(link, dev.ResponseStarted(request, response.status, response.headers))
            if response.body:
                self._later_to_device(link, dev.ResponseData(request, response.body))
            self._later_to_device(link, dev.ResponseEnded(request))

        self._answers[asked] = answered
        self._later_to_cloud(inputs.Asked(asked, web))

    def _fetch_over(self, conn: ConnectionId, reason: str, code: int = 0) -> None:
        """A request that has no answer yet will have none."""
        if conn in self._fetches:
            link, request, asked = self._fetches.pop(conn)
            self._answers.pop(asked, None)
            self._later_to_device(link, dev.ResponseReset(request, code, reason))
            self._later_to_cloud(inputs.Withdrawn(asked))

    # From the cloud to the devices

    def _later_to_cloud(self, what: inputs.Input) -> None:
        self._later(lambda: self.to_cloud(what))

    def _later_to_device(self, link: _Link, what: dev.Input) -> None:
        self._later(lambda: self._to_device(link, what))

    def to_cloud(self, what: inputs.Input) -> None:
        """Let the cloud take an input now, whoever it is from, and perform what it commands."""
        for command in self.cloud.receive(what, self.now):
            self._of_cloud(command)

    def _of_cloud(self, command: commands.Command) -> None:
        match command:
            case commands.Answer(request, value):
                if answer := self._answers.pop(request, None):
                    answer(value)
            case commands.StartCall():
                self._call(command)
            case commands.SendPing(conn):
                if conn in self._by_conn:
                    self._later_to_cloud(inputs.PingAnswered(conn))
            case commands.GoAway(conn, code):
                if link := self._by_conn.get(conn):
                    self._later_to_device(link, dev.WentAway(code))
            case commands.CloseConnection(conn):
                self._close(conn)
            case commands.AbortConnection(conn):
                self._close(conn, "reset by the peer")
            case commands.HalfClose(conn):
                # A device that reads the end of a connection closes its own side.
                self._close(conn, "the peer closed the connection")
            case commands.BlackHole(conn):
                if link := self._by_conn.get(conn):
                    link.hears_nothing = True
            case commands.MutePing(conn, on):
                if link := self._by_conn.get(conn):
                    link.pings_unanswered = on
            case commands.OpenListener(listener):
                self._later_to_cloud(inputs.ListenerRefused(listener, "in memory there are no listeners"))
            case commands.Starve() | commands.SendRaw():
                raise NotImplementedError(f"{type(command).__name__} needs a socket")
            case commands.ResetStream(ex, code) if ex.conn in self._fetches:
                self._fetch_over(ex.conn, f"the stream was reset with code {code}", code)
            case commands.StartResponse() | commands.SendBody() | commands.EndBody() | commands.ResetStream():
                self._response(command)
            case commands.CancelCall():
                pass  # a call is over before anything else happens
            case commands.Persist():
                pass  # nothing outlives the simulation
            case (
                commands.HoldConnection()
                | commands.AnnounceHandshake()
                | commands.PresentCertificate()
                | commands.EndHandshake()
                | commands.CloseListener()
            ):
                pass  # connections are open at once, and there are no listeners
            case unknown:
                assert_never(unknown)

    def _call(self, it: commands.StartCall) -> None:
        try:
            answer = inputs.CallAnswered(it.call, self._outcome(it))
        except Exception as error:
            answer = inputs.CallAnswered(it.call, error=f"{type(error).__name__}: {error}")
        self._later(lambda: self.to_cloud(answer), 0 if isinstance(it.job, commands.Known) else LATENCY)

    def _outcome(self, it: commands.StartCall) -> Any:
        job: DriverJob | commands.Job = it.job
        match job:
            case PostToExtension():
                return self.extension_calls.post(job, it.patience)
            case ReadPublicKey():
                return self.extension_calls.calls.keys.key().public_pem
            case _:
                return job.run()

    def _close(self, conn: ConnectionId, reason: str = "closed by the cloud") -> None:
        self._fetch_over(conn, reason)
        if link := self._by_conn.get(conn):
            self._later_to_cloud(inputs.ConnectionLost(conn, "closed"))
            self._unlink(link)
            self._later_to_device(link, dev.Disconnected(reason))

    def _response(
        self, command: commands.StartResponse | commands.SendBody | commands.EndBody | commands.ResetStream
    ) -> None:
        link = self._by_conn.get(command.ex.conn)
        request = link.requests.get(command.ex) if link else None
        if link is None or request is None or link.hears_nothing:
            return
        match command:
            case commands.StartResponse(_, status, headers):
                self._later_to_device(link, dev.ResponseStarted(request, status, headers))
            case commands.SendBody(exchange, data, mark):
                self._later_to_device(link, dev.ResponseData(request, data))
                if mark is not None:
                    self._later_to_cloud(inputs.Written(exchange, mark))
            case commands.EndBody():
                self._later_to_device(link, dev.ResponseEnded(request))
            case commands.ResetStream(exchange, code):
                self._later_to_device(link, dev.ResponseReset(request, code))
                self._later_to_cloud(inputs.RequestAborted(exchange, "reset"))
