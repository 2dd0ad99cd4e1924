"""The cloud as a machine: inputs of the device listener and of the control API in, commands out.

The only place that knows every kind of input. What happens with an event stands in `events`, the downchannel in
`downchannel`, PING in `pings`, authorisation in `auth`, the control API in `control`.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from mockcloud.catalogue import Catalogue
from mockcloud.cek.paths import BUILT_IN_PATH, REDIRECT_PATH
from mockcloud.cic import auth, calls, downchannel, extensions, pings, rule_calls
from mockcloud.cic.control import Control, WaitOver
from mockcloud.cic.core import Connection, Core, Downchannel
from mockcloud.cic.downchannel import PushDue
from mockcloud.cic.events import EventExchange, PatienceOver
from mockcloud.cic.extension_faults import CallDue
from mockcloud.cic.faults import AnswerDue, FaultDue, Faults
from mockcloud.cic.identity import Identity, Unknown, identify, insisted_on
from mockcloud.cic.media import media
from mockcloud.cic.owed import ReportDue, report_due
from mockcloud.cic.passage import HoldOver, StrikeDue
from mockcloud.cic.pushes import PushPatienceOver
from mockcloud.cic.refusal import refuse
from mockcloud.clock import Instant
from mockcloud.cloud import tokens
from mockcloud.cloud.accounts import DEFAULT_ACCOUNT, Account
from mockcloud.faults.points import On
from mockcloud.journal import Entry
from mockcloud.settings import Settings
from mockcloud.speech.transcript import Asr, Recordings
from mockcloud.vocabulary import Command, Exchange, Finding, Input, RequestId, inputs
from mockcloud.vocabulary.commands import Answer, EndBody, Persist, Record, StartResponse
from mockcloud.vocabulary.findings import Severity
from mockcloud.wire.http import WebRequest, WebResponse, boundary

if TYPE_CHECKING:
    from mockcloud.cic.keeping import Keeping

DIRECTIVES, EVENTS, PING = "/v1/directives", "/v1/events", "/ping"
CIC_PATHS = (DIRECTIVES, EVENTS, PING)
_METHODS = {DIRECTIVES: "GET", EVENTS: "POST", PING: "GET"}


def _keeping(core: Core, kept: Sequence[Record]) -> "Keeping":
    """Imported if something is kept: most clouds live in memory."""
    from mockcloud.cic.keeping import Keeping

    return Keeping(core, kept)


class CloudMachine:
    """CLOVA's device cloud. ``wall`` is the date (nanoseconds since 1970) at the instant ``now``.

    ``kept`` is what an earlier cloud had kept by its `Persist`; without it nothing is kept. Raises `Unreadable` if it
    cannot be understood.
    """

    def __init__(
        self,
        settings: Settings,
        catalogue: Catalogue,
        *,
        wall: int,
        now: Instant,
        recordings: Recordings | None = None,
        recogniser: Asr | None = None,
        kept: Sequence[Record] | None = None,
    ) -> None:
        self.core = Core(settings, catalogue, wall=wall, now=now, recordings=recordings, recogniser=recogniser)
        self._keeping = _keeping(self.core, kept) if kept is not None else None
        if DEFAULT_ACCOUNT not in self.core.accounts.by_id:
            self.core.accounts.create(DEFAULT_ACCOUNT)
        self.faults = Faults(self.core, lambda ex, why: self._abort(ex, why))
        self.control = Control(self.core, self._fire, self.faults)

    def receive(self, what: Input, now: Instant) -> list[Command]:
        core = self.core
        core.now = now
        core.out = []
        # What fell due before the input came happens before it, however late the driver is.
        while (timer := core.timers.pop_due(now)) is not None:
            self._fire(timer.what)
        handler = _HANDLERS.get(type(what))
        if handler is not None:
            handler(self, what)
        if core.faults_to_set or not self.faults.is_idle:
            self._let_faults_strike()
        while core.never_written:
            self.control.pushes.settled(core.never_written.pop(), "blocked")
        if self._keeping is not None and (records := self._keeping.changes(what)):
            core.out.insert(0, Persist(tuple(records)))
        return core.out

    def _let_faults_strike(self) -> None:
        """Pass on what is commanded, and what is commanded because of that."""
        core = self.core
        while core.faults_to_set:
            ex, account, device, token, fault = core.faults_to_set.pop(0)
            self.faults.set(account, fault, cause=(ex, device, token))
        passed: list[Command] = []
        while True:  # once even if nothing is commanded: what a fault has held back may be free to go
            commands, core.out = core.out, []
            passed += self.faults.pass_on(commands)
            if not core.out:
                break
        core.out = passed

    def next_deadline(self) -> Instant | None:
        return self.core.timers.next_due()

    # Connections

    def _accepted(self, it: inputs.ConnectionAccepted) -> None:
        self.faults.connection_accepted(it.conn, it.listener)

    def _handshake_begun(self, it: inputs.HandshakeBegun) -> None:
        self.faults.connection_reached(it.conn, "tls")

    def _opened(self, it: inputs.ConnectionOpened) -> None:
        self.core.connections[it.conn] = Connection(it.conn, it.http_version, it.peer, self.core.now, it.listener)
        if it.http_version == "2":
            self.faults.connection_reached(it.conn, "settings")
        self.faults.connection_opened(it.conn)

    def _lost(self, it: inputs.ConnectionLost) -> None:
        connection = self.core.connections.pop(it.conn, None)
        if connection is None:
            self._never_opened(it)
            return
        self.core.timers.cancel(connection.ping)
        self.faults.connection_lost(it.conn)
        for ex in sorted(connection.exchanges, key=lambda ex: ex.stream):
            self._abort(ex, it.reason or "the connection was lost")

    def _never_opened(self, it: inputs.ConnectionLost) -> None:
        """A device does not trust our certificate, or a fault has struck: on record where its owner will look."""
        owner = self.core.accounts.alone_on(self.faults.connection_opened(it.conn))
        if it.reason:
            self.core.occurred(owner, "connection", "not connected", connection=it.conn, note=it.reason)

    def _protocol_broken(self, it: inputs.ProtocolBroken) -> None:
        """On record for every device that was connected, or where the listener's owner will look."""
        connection = self.core.connections.get(it.conn)
        if connection is None or connection.disturbed:
            return
        devices: list[tuple[Account | None, str]] = [
            (channel.account, channel.device.device_id) for channel in self.core.channels_on(connection)
        ]
        severity: Severity = "violation" if devices else "warning"  # whoever it was may be no device
        finding = Finding("connection.http2", it.said, because=("C-019", "D-005"), severity=severity)
        for account, device in devices or [(self.core.owner_of(connection.listener), "")]:
            self.core.found(account, "connection", "HTTP/2", finding, device=device, connection=it.conn)

    def _pinged(self, it: inputs.PingReceived) -> None:
        pings.received(self.core, it.conn)

    def _ping_answered(self, it: inputs.PingAnswered) -> None:
        pings.answered(self.core, it.conn)

    # Requests of devices

    def _request(self, it: inputs.RequestStarted) -> None:
        connection = self.core.connections.get(it.ex.conn)
        if connection is None:
            return
        connection.exchanges.add(it.ex)
        self.core.exchanges[it.ex] = None
        request = f"{it.method} {it.path}"
        if connection.http_version != "2":
            self._not_http2(it, request)
            return
        headers = dict(reversed(it.headers))
        who = identify(self.core, headers)
        if it.path == PING and who.account is not None and who.device is not None:
            pings.requested(self.core, who.account, who.device)
        if isinstance(who, Unknown):
            account = who.account or self.core.owner_of(connection.listener)
            found = who.findings + insisted_on(self.core, who)
            refuse(
                self.core, it.ex, 401, who.said, request=request, account=account, because=_UNAUTHORIZED, findings=found
            )
            return
        if connection.listener != who.account.listener:
            self._misdirected(it, who)
            return
        if who.account.faults:
            if not self.faults.begin(_ON[it.path], it.ex, who.account, who.device, who.token):
                return
            if tokens.is_expired(who.account, who.token, self.core.now):
                said = "the access token has expired: a fault has ended it"
                refuse(self.core, it.ex, 401, said, request=request, account=who.account, because=_UNAUTHORIZED)
                return
        if it.method != _METHODS[it.path]:
            self._malformed(it, who, f"{it.path} takes {_METHODS[it.path]}, not {it.method}", "request.method", "C-020")
        elif who.account.settings.strict and it.path != EVENTS and _violations(who):
            self._malformed(it, who, _violations(who)[0].said)
        else:
            _ROUTES[it.path](self, it, who, headers)

    def _not_http2(self, it: inputs.RequestStarted, request: str) -> None:
        who = identify(self.core, dict(reversed(it.headers)))
        said = "CIC is spoken over HTTP/2 only; with curl: --http2, or --http2-prior-knowledge without TLS"
        because = ("C-019", "D-005")
        found = (Finding("request.http-version", said, because=because),)
        refuse(self.core, it.ex, 505, said, request=request, account=who.account, because=because, findings=found)

    def _misdirected(self, it: inputs.RequestStarted, who: Identity) -> None:
        said = self.core.misdirected(who.account, it.ex)
        refuse(
            self.core,
            it.ex,
            421,
            said,
            request=f"{it.method} {it.path}",
            account=who.account,
            device=who.device.device_id,
            findings=(Finding("request.listener", said, severity="warning"),),
        )

    def _malformed(self, it: inputs.RequestStarted, who: Identity, said: str, code: str = "", *because: str) -> None:
        """``code``: of what is wrong, if it is not among the findings yet; it rests on ``because``."""
        refuse(
            self.core,
            it.ex,
            400,
            said,
            request=f"{it.method} {it.path}",
            account=who.account,
            device=who.device.device_id,
            because=("C-030", "C-036"),
            findings=(*who.findings, Finding(code, said, because=because)) if code else who.findings,
        )

    def _directives(self, it: inputs.RequestStarted, who: Identity, _: dict[str, str]) -> None:
        core = self.core
        findings = who.findings + downchannel.judge_another(core, it.ex, who.account, who.device)
        if downchannel.too_soon(core, who.account, who.device):
            refuse(
                core,
                it.ex,
                429,
                "a downchannel of this device was opened a moment ago and is open: request it once",
                request=f"GET {DIRECTIVES}",
                account=who.account,
                device=who.device.device_id,
                because=("C-029",),
                findings=findings,
            )
            return
        core.record(
            Entry(
                at=who.account.clock.at(core.now),
                account=who.account.id,
                channel="downchannel",
                direction="in",
                kind="request",
                name=f"GET {DIRECTIVES}",
                device=who.device.device_id,
                status=200,
                findings=findings,
                because=("C-024",),
                connection=it.ex.conn,
            )
        )
        origin = core.origin(it.scheme, it.authority)
        pings.watch(core, downchannel.open_channel(core, it.ex, who.account, who.device, who.token, origin))
        self.control.pushes.channel_opened()

    def _events(self, it: inputs.RequestStarted, who: Identity, headers: dict[str, str]) -> None:
        channel = self.core.downchannels.get((who.account.id, who.device.device_id))
        if channel is None or channel.ex.conn != it.ex.conn:
            said = (
                "this device has no downchannel: request GET /v1/directives first"
                if channel is None
                else "the downchannel of this device is on another connection: send events on that one"
            )
            refuse(
                self.core,
                it.ex,
                412,
                said,
                request=f"POST {EVENTS}",
                account=who.account,
                device=who.device.device_id,
                because=("C-038",),
                findings=who.findings + self._misplaced(it.ex, channel, who, said),
            )
            return
        length, limit = headers.get("content-length", ""), self.core.settings.limits.body
        if length.isdecimal() and int(length) > limit:
            self._malformed(it, who, f"Content-Length is {length}, the limit is {limit} bytes")
            return
        origin = self.core.origin(it.scheme, it.authority)
        try:
            term = boundary(headers.get("content-type", ""))
            self.core.exchanges[it.ex] = EventExchange(self.core, it.ex, who, term, origin)
        except ValueError as error:
            said = f"Could not decode multipart: {error}"
            self._malformed(it, who, said, "request.content-type", "D-035", "C-033")

    def _misplaced(self, ex: Exchange, channel: Downchannel | None, who: Identity, said: str) -> tuple[Finding, ...]:
        """What is wrong with an event that has no downchannel here; nothing if one was here and has just ended."""
        if (who.account.id, who.device.device_id) in self.core.connections[ex.conn].carried:
            return ()
        if channel is None:
            return (Finding("request.channel.none", said, because=("D-022", "C-038")),)
        return (Finding("request.channel.elsewhere", said, because=("D-025", "C-038")),)

    def _ping(self, it: inputs.RequestStarted, who: Identity, _: dict[str, str]) -> None:
        silent = self.faults.is_silent(it.ex.conn)
        if not silent:
            self.core.out += (StartResponse(it.ex, 204), EndBody(it.ex))
        self.core.record(
            Entry(
                at=who.account.clock.at(self.core.now),
                account=who.account.id,
                channel="ping",
                direction="in",
                kind="request",
                name=f"GET {PING}",
                device=who.device.device_id,
                status=None if silent else 204,
                findings=who.findings,
                because=("C-067",),
                connection=it.ex.conn,
            )
        )

    def _body(self, it: inputs.BodyReceived) -> None:
        exchange = self.core.exchanges.get(it.ex)
        if isinstance(exchange, EventExchange):
            exchange.body(it.data)
            self._progress(it.ex, exchange)
            self._tidy(it.ex, exchange)

    def _body_ended(self, it: inputs.BodyEnded) -> None:
        exchange = self.core.exchanges.get(it.ex)
        if isinstance(exchange, EventExchange):
            self._progress(it.ex, exchange, ended=True)
            if it.ex in self.core.exchanges:
                exchange.end()
                self._tidy(it.ex, exchange)
        elif exchange is None:
            self.core.forget(it.ex)

    def _progress(self, ex: Exchange, exchange: EventExchange, *, ended: bool = False) -> None:
        """How far an upload has come, for the faults that wait for it."""
        if not self.faults.is_idle and exchange.is_known:
            self.faults.reached(ex, "metadata")
            self.faults.reached(ex, "audio", exchange.audio_received, after=ended)

    def _aborted(self, it: inputs.RequestAborted) -> None:
        self.faults.ended(it.ex)
        self._abort(it.ex, it.reason or "the device reset the stream")

    def _abort(self, ex: Exchange, reason: str) -> None:
        exchange = self.core.exchanges.get(ex)
        if isinstance(exchange, EventExchange):
            exchange.aborted(reason)
        elif isinstance(exchange, Downchannel):
            downchannel.lost(self.core, exchange, reason)
        self.core.forget(ex)

    def _tidy(self, ex: Exchange, exchange: EventExchange) -> None:
        if exchange.done:
            self.core.forget(ex)

    # What comes back from the driver

    def _written(self, it: inputs.Written) -> None:
        self.faults.written(it.ex, it.mark)
        exchange = self.core.exchanges.get(it.ex)
        if isinstance(exchange, Downchannel):
            exchange.unwritten.pop(it.mark, None)
        self.control.pushes.settled(it.mark, "written")

    def _blocked(self, it: inputs.Blocked) -> None:
        self.control.pushes.settled(it.mark, "blocked")

    def _call_answered(self, it: inputs.CallAnswered) -> None:
        answer = self.faults.extensions.answered(it)
        if answer is not None:
            self._call_ended(answer)

    def _call_ended(self, it: inputs.CallAnswered) -> None:
        match self.core.calls.pop(it.call, None):
            case Exchange() as ex:
                self._recognised(ex, it)
            case extensions.UnderWay() as under_way:
                self._extension_answered(under_way, it)
            case rule_calls.RuleAsked() as asked:
                self._rule_answered(asked, it)
            case calls.Asking() as asking:
                self.core.out.append(asking.answer(it))
            case calls.GoingOn() as going_on:
                going_on.then(it)

    def _recognised(self, ex: Exchange, it: inputs.CallAnswered) -> None:
        exchange = self.core.exchanges.get(ex)
        if isinstance(exchange, EventExchange):
            exchange.answered(it.value, it.error)
            self._tidy(ex, exchange)

    def _extension_answered(self, under_way: extensions.UnderWay, it: inputs.CallAnswered) -> None:
        reply = extensions.answered(self.core, under_way, it)
        if reply is None:
            return
        ex = under_way.ex
        exchange = self.core.exchanges.get(ex) if ex is not None else None
        if ex is not None and isinstance(exchange, EventExchange) and exchange.awaits_answer:
            exchange.rest_found(reply)
            self._tidy(ex, exchange)
        else:
            extensions.carry_on(self.core, under_way.account, under_way.device, reply, under_way.turn)

    def _rule_answered(self, asked: rule_calls.RuleAsked, it: inputs.CallAnswered) -> None:
        self.core.touch(asked.turn.account)
        exchange = self.core.exchanges.get(asked.ex)
        waiting = exchange if isinstance(exchange, EventExchange) and exchange.awaits_answer else None
        reply = rule_calls.answered(self.core, asked, it, in_time=waiting is not None)
        if waiting is None:
            return
        if reply is None:
            waiting.declined(asked.rule)
        else:
            waiting.rest_found(reply)
        self._tidy(asked.ex, waiting)

    def _asked(self, it: inputs.Asked) -> None:
        if isinstance(it.operation, WebRequest):
            if it.operation.path.rstrip("/") == REDIRECT_PATH:
                self._came_back(it.request, it.operation)
                return
            self.faults.web(it.request, it.operation, self._web)
            return
        answer = self.control.answer(it.request, it.operation)
        if answer is not None:
            self.core.out.append(Answer(it.request, answer))

    def _came_back(self, request: RequestId, web: WebRequest) -> None:
        """A user comes back from the login page of an extension's service: the answer may take a while."""
        from mockcloud.cic import linking  # with the first of them, not at every start

        linking.come_back(self.core, request, web)

    def _web(self, request: WebRequest) -> WebResponse:
        """Auth, terms, media, the built-in login: whole requests with whole answers."""
        if len(request.body) > self.core.settings.limits.body:
            return WebResponse(413)
        if request.path.startswith(BUILT_IN_PATH):
            from mockcloud.cic import authorization_server

            return authorization_server.answer(self.core, request)
        if request.path.startswith("/media/"):
            return media(request)
        page = _PAGES.get(request.path)
        return page(self.core, request) if page else WebResponse(404)

    def _withdrawn(self, it: inputs.Withdrawn) -> None:
        self.control.withdraw(it.request)

    # Timers

    def _fire(self, what: Any) -> None:
        account = getattr(what, "account", None)
        if account is not None:
            self.core.touch(account)
        _TIMERS[type(what)](self, what)

    def _patience_over(self, what: PatienceOver) -> None:
        exchange = self.core.exchanges.get(what.ex)
        if isinstance(exchange, EventExchange):
            exchange.patience_over()
            self._tidy(what.ex, exchange)


_UNAUTHORIZED = ("C-021", "C-037")
_ROUTES: dict[str, Callable[[CloudMachine, inputs.RequestStarted, Identity, dict[str, str]], None]] = {
    DIRECTIVES: CloudMachine._directives,
    EVENTS: CloudMachine._events,
    PING: CloudMachine._ping,
}
_ON: dict[str, On] = {DIRECTIVES: "downchannel", EVENTS: "event", PING: "ping"}
_PAGES: dict[str, Callable[[Core, WebRequest], WebResponse]] = {
    auth.AUTHORIZE_PATH: auth.authorize,
    "/token": auth.token,
    auth.TERMS_PATH: auth.terms,
}
_HANDLERS: dict[type, Callable[[CloudMachine, Any], None]] = {
    inputs.ConnectionAccepted: CloudMachine._accepted,
    inputs.HandshakeBegun: CloudMachine._handshake_begun,
    inputs.ConnectionOpened: CloudMachine._opened,
    inputs.ConnectionLost: CloudMachine._lost,
    inputs.RequestStarted: CloudMachine._request,
    inputs.BodyReceived: CloudMachine._body,
    inputs.BodyEnded: CloudMachine._body_ended,
    inputs.RequestAborted: CloudMachine._aborted,
    inputs.ProtocolBroken: CloudMachine._protocol_broken,
    inputs.PingReceived: CloudMachine._pinged,
    inputs.PingAnswered: CloudMachine._ping_answered,
    inputs.Written: CloudMachine._written,
    inputs.Blocked: CloudMachine._blocked,
    inputs.CallAnswered: CloudMachine._call_answered,
    inputs.Asked: CloudMachine._asked,
    inputs.Withdrawn: CloudMachine._withdrawn,
    inputs.ListenerOpened: lambda machine, it: machine.control.listeners.opened(it),
    inputs.ListenerRefused: lambda machine, it: machine.control.listeners.refused(it),
    inputs.ListenerClosed: lambda machine, it: machine.control.listeners.closed(it),
}
_TIMERS: dict[type, Callable[[CloudMachine, Any], None]] = {
    pings.OwnPingDue: lambda machine, what: pings.own_due(machine.core, what),
    pings.PingMissing: lambda machine, what: pings.missing(machine.core, what),
    PatienceOver: CloudMachine._patience_over,
    ReportDue: lambda machine, what: report_due(machine.core, what),
    PushDue: lambda machine, what: downchannel.push_due(machine.core, what),
    WaitOver: lambda machine, what: machine.core.end_wait(what.wait),
    FaultDue: lambda machine, what: machine.faults.fault_due(what),
    CallDue: lambda machine, what: machine._call_ended(what.answer),
    AnswerDue: lambda machine, what: machine.faults.answer_due(what),
    HoldOver: lambda machine, what: machine.faults.hold_over(what),
    StrikeDue: lambda machine, what: machine.faults.strike_due(what),
    extensions.AskDue: lambda machine, what: extensions.ask_due(machine.core, what),
    extensions.WaitingOver: lambda machine, what: extensions.waiting_over(machine.core, what),
    PushPatienceOver: lambda machine, what: machine.control.pushes.patience_over(what.push),
}


def _violations(who: Identity) -> list[Finding]:
    return [finding for finding in who.findings if finding.severity == "violation"]
