"""What all exchanges of a cloud share: accounts, downchannels, timers, the journal, and the commands being gathered."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mockcloud.catalogue import Catalogue
from mockcloud.cic.operations import Outcome
from mockcloud.clock import Instant, Timer, Timers
from mockcloud.cloud.accounts import DEFAULT_ACCOUNT, SHARED_LISTENER, Account, Accounts, Device, Token
from mockcloud.faults.fault import Fault
from mockcloud.journal import Channel, Entry, describe_misses, matches
from mockcloud.settings import Settings
from mockcloud.speech.transcript import Asr, Recordings
from mockcloud.vocabulary import CallId, Command, ConnectionId, Exchange, Finding, Ids, RequestId
from mockcloud.vocabulary.commands import Answer
from mockcloud.wire.multipart import MultipartWriter

log = logging.getLogger("mockcloud.cic")

DownchannelKey = tuple[str, str]
"""(account id, device id)"""


@dataclass(slots=True, eq=False)
class Connection:
    """A connection of the device listener."""

    id: ConnectionId
    http_version: str
    peer: str
    opened: Instant
    listener: str = SHARED_LISTENER
    exchanges: set[Exchange] = field(default_factory=set)
    carried: set[DownchannelKey] = field(default_factory=set)
    """Downchannels that it has carried, open or not."""
    last_ping: Instant | None = None
    """When the device last sent a PING, or asked for /ping."""
    disturbed: bool = False
    """A fault has struck it: what comes no more may be because of that."""
    ping: Timer | None = None
    """Our own next PING, or the end of our patience with its answer."""


@dataclass(slots=True, eq=False)
class Downchannel:
    """An open ``GET /v1/directives``."""

    ex: Exchange
    account: Account
    device: Device
    token: Token
    opened: Instant
    origin: str
    writer: MultipartWriter
    unwritten: dict[int, int] = field(default_factory=dict)
    """Marks of parts that have not left yet, and their sizes."""

    @property
    def id(self) -> str:
        return f"{self.ex.conn}-{self.ex.stream}"

    @property
    def key(self) -> DownchannelKey:
        return self.account.id, self.device.device_id


@dataclass(slots=True, eq=False)
class Wait:
    """Somebody waits for entries of an account's journal."""

    request: RequestId
    account: Account
    pattern: Mapping[str, Any]
    count: int
    found: list[Entry] = field(default_factory=list)
    timer: Timer | None = None
    leave_out: frozenset[int] = frozenset()
    """Numbers of entries that do not count."""

    def is_met_by(self, entry: Entry) -> bool:
        return entry.seq not in self.leave_out and matches(self.pattern, entry.facts())


class Core:
    """What all parts of the machine share: accounts, connections, requests under way, timers, and the commands that the
    input at hand leads to (`out`)."""

    def __init__(
        self,
        settings: Settings,
        catalogue: Catalogue,
        *,
        wall: int,
        now: Instant,
        recordings: Recordings | None = None,
        recogniser: Asr | None = None,
    ) -> None:
        """``wall``: nanoseconds since the epoch at the driver's ``now``.

        Raises `MockcloudError` if the setting ``nlu_engine`` names what cannot be loaded.
        """
        if settings.nlu_engine:
            from mockcloud.nlu.engine import factory

            factory(settings.nlu_engine)  # what cannot be loaded is told at the start, not to a user
        self.settings = settings
        self.catalogue = catalogue
        self.accounts = Accounts(settings.account, settings.limits, wall - now, recordings or Recordings())
        self.recogniser = recogniser
        self.timers = Timers()
        self.connections: dict[ConnectionId, Connection] = {}
        self.downchannels: dict[DownchannelKey, Downchannel] = {}
        self.waits: list[Wait] = []
        self.out: list[Command] = []
        self.exchanges: dict[Exchange, Any] = {}
        """Requests under way: an event, a `Downchannel`, or ``None`` for one that is answered and whose body is
        taken and thrown away."""
        self.calls: dict[CallId, Any] = {}
        """Every `StartCall` under way: the exchange of the event whose words it finds, or who else waits for its end
        (`extensions.UnderWay`, `rule_calls.RuleAsked`, `calls.Asking`, `calls.GoingOn`)."""
        self.refreshing: dict[tuple[str, str, str], list[Callable[[], None]]] = {}
        """What goes on when an access token has been refreshed, in this order; by account, extension, refresh token."""
        self.refused_tokens: dict[str, tuple[Instant, int]] = {}
        """When requests were first answered 401 because of this access token, and how many; the latest of them."""
        self.session_timers: dict[DownchannelKey, Timer] = {}
        """Devices whose user an extension's session waits for."""
        self.never_written: list[int] = []
        """Marks of parts that were waiting on a downchannel when it ended."""
        self.faults_to_set: list[tuple[Exchange, Account, Device, Token, Fault]] = []
        """Faults of rules that took an event, with whose exchange it was."""
        self.now = now
        self.device_url = ""
        """Where devices reach the shared listener, without a trailing slash; empty in memory."""
        self.ids = Ids(f"{settings.account.seed}/server")
        """For messages that belong to no account, such as the answer to a wrong token."""
        self.touched: set[str] | None = None
        """Accounts that the input under way has to do with: they may have changed. ``None``: nothing is kept."""
        self._mark = 0
        self._call = 0

    def touch(self, account: Account) -> None:
        """What comes now may change this account."""
        if self.touched is not None:
            self.touched.add(account.id)

    def next_mark(self) -> int:
        self._mark += 1
        return self._mark

    def next_call(self) -> CallId:
        self._call += 1
        return CallId(self._call)

    def channels_on(self, connection: Connection) -> list[Downchannel]:
        """The open downchannels of a connection, the oldest first."""
        exchanges = sorted(connection.exchanges, key=lambda ex: ex.stream)
        open_ones = (self.exchanges.get(ex) for ex in exchanges)
        return [exchange for exchange in open_ones if isinstance(exchange, Downchannel)]

    def forget(self, ex: Exchange) -> None:
        """The exchange is over: nothing more will be read or written."""
        ended = self.exchanges.pop(ex, None)
        if isinstance(ended, Downchannel):
            self.never_written += ended.unwritten
        connection = self.connections.get(ex.conn)
        if connection is not None:
            connection.exchanges.discard(ex)

    def origin(self, scheme: str, authority: str) -> str:
        """The base of URLs that this request's answer hands out."""
        return self.settings.public_url.rstrip("/") or f"{scheme}://{authority or 'localhost'}"

    def device_origin(self, account: Account) -> str:
        """The base of URLs that lead to the account's device listener when no request has named it."""
        return self.settings.public_url.rstrip("/") or account.own_url or self.device_url or "https://localhost"

    def listener_of(self, ex: Exchange | None) -> str:
        """The listener that a request came in on."""
        connection = self.connections.get(ex.conn) if ex is not None else None
        return connection.listener if connection is not None else SHARED_LISTENER

    def owner_of(self, listener: str) -> Account | None:
        """The account that has this listener for itself; the shared one is nobody's."""
        return None if listener == SHARED_LISTENER else self.accounts.by_id.get(listener)

    def misdirected(self, account: Account, ex: Exchange | None) -> str:
        """Why an account's request is answered 421: it came in on a listener that its devices do not connect to.
        Empty if it is in the right place."""
        listener = self.listener_of(ex)
        if listener == account.listener:
            return ""
        here = "the shared listener" if listener == SHARED_LISTENER else f"the own listener of account {listener!r}"
        there = account.own_url or f"the device_url of GET /v1/accounts/{account.id}"
        return f"this is {here}: devices of account {account.id!r} connect to {there}"

    def time_of(self, account: Account | None) -> int:
        """When an entry happens that is made now: nanoseconds since the epoch by the account's clock, or by the default
        account's if it is nobody's. If that one was deleted, nobody keeps such an entry, and its time means nothing.
        """
        account = account or self.accounts.by_id.get(DEFAULT_ACCOUNT)
        return account.clock.at(self.now) if account is not None else self.now

    def record(self, entry: Entry) -> Entry:
        """Put it into its account's journal and tell those who wait. An account that was deleted has none."""
        account = self._journal_of(entry)
        if account is not None:
            self.touch(account)
            account.journal.add(entry)
            if self.waits:
                self.offer_to_waits(entry)
        return entry

    def occurred(
        self,
        account: Account | None,
        channel: Channel,
        name: str,
        *,
        kind: Literal["connection", "timer", "finding"] = "connection",
        device: str = "",
        connection: ConnectionId | None = None,
        because: tuple[str, ...] = (),
        note: str = "",
        **more: Any,
    ) -> Entry:
        """Put on record what is no message and happens now; ``more`` are fields of `Entry`."""
        return self.record(
            Entry(
                at=self.time_of(account),
                account=account.id if account is not None else "",
                channel=channel,
                direction="-",
                kind=kind,
                name=name,
                device=device,
                because=because,
                note=note,
                connection=connection,
                **more,
            )
        )

    def found(self, account: Account | None, channel: Channel, name: str, finding: Finding, **more: Any) -> None:
        """Put on record what is wrong with no one message; ``more`` as in `occurred`."""
        grounds, said = finding.because, finding.said
        self.occurred(account, channel, name, kind="finding", because=grounds, note=said, findings=(finding,), **more)

    def _journal_of(self, entry: Entry) -> Account | None:
        """Whose journal keeps it. What belongs to no account is shown in the default one's, so that whoever tries a
        wrong token finds it."""
        return self.accounts.by_id.get(entry.account or DEFAULT_ACCOUNT)

    def offer_to_waits(self, entry: Entry) -> None:
        """An entry has come, or has got its status or its words."""
        keeper = self._journal_of(entry)
        for wait in self.waits.copy():
            if wait.account is keeper and entry not in wait.found and wait.is_met_by(entry):
                wait.found.append(entry)
                if len(wait.found) >= wait.count:
                    self.end_wait(wait)

    def end_wait(self, wait: Wait) -> None:
        """Answer whoever waits: with what was found, and if that is not enough, with what came nearest."""
        if wait not in self.waits:
            return
        self.waits.remove(wait)
        self.timers.cancel(wait.timer)
        enough = len(wait.found) >= wait.count
        answer = {
            "matched": enough,
            "entries": [entry.as_json() for entry in wait.found],
            "nearest": [] if enough else describe_misses(dict(wait.pattern), list(wait.account.journal)),
        }
        self.out.append(Answer(wait.request, Outcome(200, answer)))
