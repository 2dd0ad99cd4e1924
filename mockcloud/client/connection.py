"""The connection to CIC and its downchannel (``newer/CIC_API.md § Downchannel 구성``).

- The first request on a connection is ``GET /v1/directives``; the device is ready when Clova.Hello has come,
  and sends no event before (D-022, D-023). There is one downchannel at a time (D-024).
- A downchannel that ends or breaks is opened anew on the same connection (D-026); a lost connection, a GOAWAY
  or an unanswered PING lead to a new connection (D-027, D-034). The first attempt is made at once; if it fails
  too, the next ones wait 1, 2, 4 … 60 s, each shortened by chance to at least half. A downchannel that held
  for five seconds starts the count anew.
- 401 waits for the one refresh (`tokens`), then repeats the request once; 412 opens a new downchannel first
  (D-028); 429 waits at least two seconds (D-029).
- A downchannel on which no readable Hello comes for 30 s is reset, and another one opened.
- A PING goes out every minute while connected; without an answer in 30 s the connection counts as lost.
"""

from collections.abc import Callable
from enum import Enum, auto

from mockcloud.client.core import Core
from mockcloud.client.reader import DirectiveReader, Received
from mockcloud.client.tokens import Tokens
from mockcloud.client.vocabulary import NO_ERROR, Connect, Disconnect, SendPing, Trouble
from mockcloud.clock import SECOND, Timer
from mockcloud.vocabulary import Headers, RequestId

STEADY = 5 * SECOND
BUSY_WAIT = 2 * SECOND
LONGEST_WAIT = 60 * SECOND
HELLO_PATIENCE = 30 * SECOND


class State(Enum):
    OFF = auto()
    AUTHORIZING = auto()
    """No connection; waiting for a token."""
    CONNECTING = auto()
    OPENING = auto()
    """Connected, ``GET /v1/directives`` under way, Hello awaited."""
    READY = auto()
    REOPENING = auto()
    """Connected, waiting to ask for a downchannel again."""
    RENEWING = auto()
    """Connected, waiting for another token to ask for a downchannel with."""
    WAITING = auto()
    """No connection; waiting to connect again."""


class On(Enum):
    START = auto()
    STOP = auto()
    TOKEN = auto()
    CONNECTED = auto()
    LOST = auto()
    """The connection could not be made or is gone."""
    LEAVE = auto()
    """The connection must not be used any more: GOAWAY, or no answer to PING."""
    HELLO = auto()
    NO_HELLO = auto()
    CHANNEL_LOST = auto()
    DENIED = auto()
    BUSY = auto()
    UNRELATED = auto()
    """412: CIC sees no downchannel on this connection."""
    DUE = auto()


_CONNECTED = (State.OPENING, State.READY, State.REOPENING, State.RENEWING)

TABLE: dict[tuple[State, On], tuple[State, str]] = {
    (State.OFF, On.START): (State.AUTHORIZING, "want_token"),
    (State.AUTHORIZING, On.TOKEN): (State.CONNECTING, "connect"),
    (State.CONNECTING, On.CONNECTED): (State.OPENING, "begin"),
    (State.CONNECTING, On.LOST): (State.WAITING, "back_off"),
    (State.OPENING, On.HELLO): (State.READY, "announce"),
    (State.OPENING, On.NO_HELLO): (State.REOPENING, "drop_channel"),
    (State.OPENING, On.CHANNEL_LOST): (State.REOPENING, "back_off"),
    (State.OPENING, On.DENIED): (State.RENEWING, "renew"),
    (State.OPENING, On.BUSY): (State.REOPENING, "wait"),
    (State.READY, On.CHANNEL_LOST): (State.REOPENING, "back_off"),
    (State.READY, On.UNRELATED): (State.REOPENING, "drop_channel"),
    (State.REOPENING, On.DUE): (State.OPENING, "open_channel"),
    (State.RENEWING, On.TOKEN): (State.OPENING, "open_channel"),
    (State.WAITING, On.DUE): (State.AUTHORIZING, "want_token"),
    **{(state, On.LOST): (State.WAITING, "forget") for state in _CONNECTED},
    **{(state, On.LEAVE): (State.WAITING, "leave") for state in _CONNECTED},
    **{(state, On.STOP): (State.OFF, "disconnect") for state in (*_CONNECTED, State.CONNECTING)},
    (State.AUTHORIZING, On.STOP): (State.OFF, "rest"),
    (State.WAITING, On.STOP): (State.OFF, "rest"),
}
"""Pairs that are not in the table change nothing."""


class _Downchannel:
    """The response of ``GET /v1/directives``."""

    def __init__(self, connection: "Connection", token: str) -> None:
        self.connection = connection
        self.token = token
        self.request = RequestId(0)
        self.status = 0
        self.reader: DirectiveReader | None = None

    def started(self, status: int, headers: Headers) -> None:
        self.status = status
        if status != 401:
            self.connection.tokens.proven()
        self.reader = DirectiveReader(
            self.connection.core, headers, "downchannel", self.request, self.connection.deliver
        )

    def data(self, data: bytes) -> None:
        if self.reader is not None:
            self.reader.feed(data)

    def ended(self) -> None:
        if self.reader is not None:
            self.reader.finish()
        self.connection.channel_over(self.status, self.token)

    def lost(self, _reason: str) -> None:
        if self.reader is not None:
            self.reader.finish()
        self.connection.channel_over(0, self.token)


class Connection:
    """``ready`` is called whenever Hello has come, ``lost`` whenever the connection is gone, ``token`` whenever a
    token has become usable."""

    def __init__(
        self,
        core: Core,
        deliver: Callable[[Received], None],
        ready: Callable[[], None],
        lost: Callable[[], None],
        token: Callable[[], None],
    ) -> None:
        self.core = core
        self._deliver = deliver
        self._ready = ready
        self._lost = lost
        self._token = token
        self.tokens = Tokens(core, self._token_usable)
        self.state = State.OFF
        self._channel: RequestId | None = None
        self._account_changes = False
        self._failures = 0
        self._retry: Timer | None = None
        self._steady: Timer | None = None
        self._hello: Timer | None = None
        self._ping: Timer | None = None

    @property
    def is_ready(self) -> bool:
        return self.state is State.READY

    @property
    def takes_events(self) -> bool:
        """Whether an event may be sent now: the downchannel is up, and the token is not known to be refused."""
        return self.is_ready and not self.tokens.is_denied

    def feed(self, on: On) -> None:
        step = TABLE.get((self.state, on))
        if step is None:
            return
        state, action = step
        self.state = state
        self.core.changed("connection", state.name)
        getattr(self, f"_{action}")()

    def headers(self, accept: str = "*/*") -> Headers:
        """Header fields of every request to CIC (D-001, D-006, D-007)."""
        tags = self.core.profile.tags if self.core.profile.edition != "4.4" else ()
        return (
            ("accept", accept),
            ("user-agent", self.core.profile.user_agent),
            ("authorization", f"Bearer {self.tokens.access}"),
            *((("x-clova-device-tags", ",".join(tags)),) if tags else ()),
        )

    def deliver(self, received: Received) -> None:
        self._deliver(received)
        if received.directive.full_name == "Clova.Hello":
            self.feed(On.HELLO)

    def ping_answered(self) -> None:
        if self.state in _CONNECTED:
            self.core.timers.cancel(self._ping)
            self._ping = self.core.after(self.core.profile.ping_every, self._send_ping)

    def channel_over(self, status: int, token: str) -> None:
        """The response of the downchannel request has ended; ``status`` 0: it broke."""
        self._channel = None
        if status == 401:
            self.tokens.denied(token)
            self.feed(On.DENIED)
        elif status == 429:
            self.feed(On.BUSY)
        else:
            if status not in (0, 200):
                self.core.note(Trouble(f"GET /v1/directives was answered {status}", "see the cloud's message", status))
            self.feed(On.CHANNEL_LOST)

    def login(self, naver_access_token: str | None) -> None:
        """Become another account's device: with its token comes a new connection (D-021, D-115)."""
        self._account_changes = True
        self.tokens.login(naver_access_token)

    # --- actions ---

    def _token_usable(self) -> None:
        if self._account_changes:
            self._account_changes = False
            self.feed(On.LEAVE)
        self.feed(On.TOKEN)
        self._token()

    def _want_token(self) -> None:
        self.tokens.want()

    def _renew(self) -> None:
        self.tokens.want()

    def _connect(self) -> None:
        self.core.commands.append(Connect(self.core.profile.url))

    def _begin(self) -> None:
        self._ping = self.core.after(self.core.profile.ping_every, self._send_ping)
        self._open_channel()

    def _open_channel(self) -> None:
        channel = _Downchannel(self, self.tokens.access)
        channel.request = self.core.request("GET", "/v1/directives", self.headers(), channel)
        self._channel = channel.request
        self.core.timers.cancel(self._hello)
        self._hello = self.core.after(HELLO_PATIENCE, self._no_hello)

    def _no_hello(self) -> None:
        if self.state is State.OPENING:
            self.core.note(Trouble("no Hello came on the downchannel", "another one is opened"))
            self.feed(On.NO_HELLO)

    def _announce(self) -> None:
        self.core.timers.cancel(self._hello)
        self._steady = self.core.after(STEADY, self._is_steady)
        self._ready()

    def _is_steady(self) -> None:
        self._failures = 0

    def _back_off(self) -> None:
        self._retry_after(0)

    def _wait(self) -> None:
        self._retry_after(BUSY_WAIT)

    def _drop_channel(self) -> None:
        self.core.give_up(self._channel)
        self._channel = None
        self._retry_after(0)

    def _retry_after(self, least: int) -> None:
        self.core.timers.cancel(self._steady)
        self.core.timers.cancel(self._hello)
        self._failures += 1
        wait = max(least, self._pause())
        if wait:
            self._retry = self.core.after(wait, lambda: self.feed(On.DUE))
        else:
            self.feed(On.DUE)

    def _pause(self) -> int:
        if self._failures == 1:
            return 0
        longest = min(LONGEST_WAIT, 2 ** min(self._failures - 2, 10) * SECOND)
        chance = int(self.core.ids.token("jitter", 2), 16) / 0xFFFF
        return int(longest * (0.5 + chance / 2))

    def _forget(self) -> None:
        self._end("the connection was lost")
        self._back_off()

    def _leave(self) -> None:
        self.core.commands.append(Disconnect())
        self._forget()

    def _disconnect(self) -> None:
        self.core.give_up(self._channel, NO_ERROR)
        self.core.commands.append(Disconnect())
        self._end("switched off")
        self._rest()

    def _rest(self) -> None:
        self.core.timers.cancel(self._retry)
        self.tokens.rest()
        self._failures = 0

    def _end(self, reason: str) -> None:
        self._channel = None
        for timer in (self._ping, self._steady, self._hello, self._retry):
            self.core.timers.cancel(timer)
        self.core.connection_lost(reason)
        self._lost()

    def _send_ping(self) -> None:
        self.core.commands.append(SendPing())
        self._ping = self.core.after(self.core.profile.ping_patience, self._ping_unanswered)

    def _ping_unanswered(self) -> None:
        self.core.note(Trouble("no answer to PING", "a new connection is made"))
        self.feed(On.LEAVE)
