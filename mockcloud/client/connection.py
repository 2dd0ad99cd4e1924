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

from mockcloud.client.core import Core, step
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


class Action(Enum):
    WANT_TOKEN = auto()
    CONNECT = auto()
    BEGIN = auto()
    BACK_OFF = auto()
    ANNOUNCE = auto()
    DROP_CHANNEL = auto()
    RENEW = auto()
    WAIT = auto()
    OPEN_CHANNEL = auto()
    FORGET = auto()
    LEAVE = auto()
    DISCONNECT = auto()
    REST = auto()


_CONNECTED = (State.OPENING, State.READY, State.REOPENING, State.RENEWING)

TABLE: dict[tuple[State, On], tuple[State, Action]] = {
    (State.OFF, On.START): (State.AUTHORIZING, Action.WANT_TOKEN),
    (State.AUTHORIZING, On.TOKEN): (State.CONNECTING, Action.CONNECT),
    (State.CONNECTING, On.CONNECTED): (State.OPENING, Action.BEGIN),
    (State.CONNECTING, On.LOST): (State.WAITING, Action.BACK_OFF),
    (State.OPENING, On.HELLO): (State.READY, Action.ANNOUNCE),
    (State.OPENING, On.NO_HELLO): (State.REOPENING, Action.DROP_CHANNEL),
    (State.OPENING, On.CHANNEL_LOST): (State.REOPENING, Action.BACK_OFF),
    (State.OPENING, On.DENIED): (State.RENEWING, Action.RENEW),
    (State.OPENING, On.BUSY): (State.REOPENING, Action.WAIT),
    (State.READY, On.CHANNEL_LOST): (State.REOPENING, Action.BACK_OFF),
    (State.READY, On.UNRELATED): (State.REOPENING, Action.DROP_CHANNEL),
    (State.REOPENING, On.DUE): (State.OPENING, Action.OPEN_CHANNEL),
    (State.RENEWING, On.TOKEN): (State.OPENING, Action.OPEN_CHANNEL),
    (State.WAITING, On.DUE): (State.AUTHORIZING, Action.WANT_TOKEN),
    **{(state, On.LOST): (State.WAITING, Action.FORGET) for state in _CONNECTED},
    **{(state, On.LEAVE): (State.WAITING, Action.LEAVE) for state in _CONNECTED},
    **{(state, On.STOP): (State.OFF, Action.DISCONNECT) for state in (*_CONNECTED, State.CONNECTING)},
    (State.AUTHORIZING, On.STOP): (State.OFF, Action.REST),
    (State.WAITING, On.STOP): (State.OFF, Action.REST),
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
        action = step(TABLE, self, on)
        if action is not None:
            self.core.changed("connection", self.state.name)
            ACTIONS[action](self)

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


ACTIONS: dict[Action, Callable[[Connection], None]] = {
    Action.WANT_TOKEN: Connection._want_token,
    Action.CONNECT: Connection._connect,
    Action.BEGIN: Connection._begin,
    Action.BACK_OFF: Connection._back_off,
    Action.ANNOUNCE: Connection._announce,
    Action.DROP_CHANNEL: Connection._drop_channel,
    Action.RENEW: Connection._renew,
    Action.WAIT: Connection._wait,
    Action.OPEN_CHANNEL: Connection._open_channel,
    Action.FORGET: Connection._forget,
    Action.LEAVE: Connection._leave,
    Action.DISCONNECT: Connection._disconnect,
    Action.REST: Connection._rest,
}
