"""Lets the faults of an account strike its exchanges; nothing else knows faults.

The machine tells it when a request begins and how far it has come, and passes all commands through `pass_on`. Exchanges
that no fault is set for cost nothing. ``/token`` and media are whole requests with whole answers: `web`.
"""

from collections.abc import Callable

from mockcloud.cic.core import Core, Downchannel
from mockcloud.cic.events import EventExchange
from mockcloud.cic.extension_faults import ExtensionFaults
from mockcloud.cic.identity import Identity
from mockcloud.cic.passage import Due, HoldOver, Passage, StrikeDue
from mockcloud.cic.responses import error_body, error_message, multipart_headers, new_writer
from mockcloud.clock import Instant
from mockcloud.cloud.accounts import DEFAULT_ACCOUNT, SHARED_LISTENER, Account, Device, Token
from mockcloud.faults.armed import ArmedFault
from mockcloud.faults.effect import Act, BreakSignature, ExpireToken, Hold, Progress, RefuseConnection
from mockcloud.faults.fault import Fault
from mockcloud.faults.points import At, On, Point
from mockcloud.journal import Channel
from mockcloud.vocabulary import Command, ConnectionId, Exchange, Headers, RequestId
from mockcloud.vocabulary.commands import (
    AnnounceHandshake,
    Answer,
    EndBody,
    HoldConnection,
    MutePing,
    SendBody,
    StartCall,
    StartResponse,
)
from mockcloud.vocabulary.value import Value
from mockcloud.wire.http import WebRequest, WebResponse, parameters
from mockcloud.wire.messages import dumps

_CHANNELS: dict[On, Channel] = {
    "connect": "connection",
    "token": "auth",
    "downchannel": "downchannel",
    "event": "event",
    "ping": "ping",
    "media": "media",
    "extension": "extension",
}


class FaultDue(Value, frozen=True):
    """A timer: this fault is to be set now."""

    account: Account
    armed: ArmedFault


class AnswerDue(Value, frozen=True):
    """A timer: a whole answer has been held up for long enough."""

    answer: Answer


class Faults:
    """``end`` is called with an exchange that a fault has ended, and why: the cloud has nothing more to do with it."""

    def __init__(self, core: Core, end: Callable[[Exchange, str], None]) -> None:
        self._core = core
        self._end = end
        self._passages: dict[Exchange, Passage] = {}
        self._silent: set[ConnectionId] = set()
        self._opening: dict[ConnectionId, str] = {}
        """Connections that are not open yet, and the listeners they came in on."""
        self.extensions = ExtensionFaults(core, self._progress, self._record)
        self._ready: list[Command] = []
        """What is to be commanded as it is."""

    # Setting them

    def set(
        self, account: Account, fault: Fault, fault_id: str = "", cause: tuple[Exchange, Device, Token] | None = None
    ) -> ArmedFault:
        """Set a fault in an account; it strikes what is under way, too. One of the same id is replaced.

        With ``after`` it is on the list at once and strikes nothing before its time. ``cause`` is the exchange of the
        event whose rule sets it: its answer may be under way although the exchange is over.
        """
        fault_id = fault_id or fault.id or _free_id(account)
        self.remove(account, fault_id)
        armed = account.faults[fault_id] = ArmedFault(fault_id, fault, is_waiting=bool(fault.after))
        if fault.after:
            due = account.clock.at(self._core.now) + fault.after
            self._core.timers.at_account_time(due, account.clock, FaultDue(account, armed))
        else:
            if cause is not None and armed.is_for("event", cause[1].device_id):
                self._meet(armed, "event", cause[0], account, *cause[1:])
            self._meet_those_under_way(account, armed)
        return armed

    def remove(self, account: Account, fault_id: str | None = None) -> bool:
        """Take back a fault, or all. What it has done already stays done."""
        if fault_id is None:
            account.faults.clear()
        elif account.faults.pop(fault_id, None) is None:
            return False
        for passage in self._passages.values():
            if passage.account is account:
                passage.due = [due for due in passage.due if account.faults.get(due.armed.id) is due.armed]
        return True

    def fault_due(self, what: FaultDue) -> None:
        if what.account.faults.get(what.armed.id) is what.armed:
            what.armed.is_waiting = False
            self._meet_those_under_way(what.account, what.armed)

    def _meet_those_under_way(self, account: Account, armed: ArmedFault) -> None:
        for ex, found in list(self._core.exchanges.items()):
            if isinstance(found, Downchannel):
                on: On = "downchannel"
                whose: Downchannel | Identity = found
            elif isinstance(found, EventExchange):
                on, whose = "event", found.identity
            else:
                continue
            met = ex in self._passages and any(due.armed is armed for due in self._passages[ex].due)
            if not met and whose.account is account and armed.is_for(on, whose.device.device_id):
                self._meet(armed, on, ex, account, whose.device, whose.token)

    def _meet(self, armed: ArmedFault, on: On, ex: Exchange, account: Account, device: Device, token: Token) -> None:
        if not armed.happens(account.settings.seed):
            return
        passage = self._passage_of(on, ex, account, device, token)
        due = Due(armed, armed.fault.point)
        at_once = armed.fault.at is None and armed.fault.effect.strikes()
        if at_once and (on == "downchannel" or due.at.point == "headers"):
            self._ready += passage.strike(due)
        else:
            passage.due.append(due)

    # Connections before their first request

    def connection_accepted(self, conn: ConnectionId, listener: str) -> None:
        """TCP is there; nothing was read, nothing sent."""
        self._opening[conn] = listener
        self.connection_reached(conn, "accept")
        account = self._core.accounts.alone_on(listener)
        if account is not None and self._of_connect(account, "tls"):
            self._ready.append(AnnounceHandshake(conn))

    def connection_reached(self, conn: ConnectionId, point: Point) -> None:
        """Let faults strike a connection that is not open yet, unless several accounts share its listener."""
        account = self._core.accounts.alone_on(self._opening.get(conn, SHARED_LISTENER))
        if account is None or not account.faults:
            return
        progress = self._progress("connect", Exchange(conn, 0), account, Device(""))
        for armed in self._of_connect(account, point):
            if progress.is_over or not armed.happens(account.settings.seed):
                continue
            progress.draw = armed.drawing(account.settings.seed)
            acts = armed.fault.effect.strike(progress)
            self._record(armed, progress.ex, account, "", acts)
            for act in acts:
                if isinstance(act, Hold):
                    self._ready.append(HoldConnection(conn, act.span or 0))
                elif not isinstance(act, ExpireToken | BreakSignature | RefuseConnection):
                    self._ready.append(act)

    def _of_connect(self, account: Account, point: Point) -> list[ArmedFault]:
        faults = account.faults.values()
        return [armed for armed in faults if armed.is_for("connect", "") and armed.fault.point.point == point]

    def connection_opened(self, conn: ConnectionId) -> str:
        """It is open, or never will be; returns its listener."""
        return self._opening.pop(conn, SHARED_LISTENER)

    # Requests to CIC

    def begin(self, on: On, ex: Exchange, account: Account, device: Device, token: Token) -> bool:
        """A request has come. ``False`` if a fault has ended it already."""
        if account.faults:
            for armed in [one for one in account.faults.values() if one.is_for(on, device.device_id)]:
                if armed.happens(account.settings.seed):
                    self._passage_of(on, ex, account, device, token).due.append(Due(armed, armed.fault.point))
        passage = self._passages.get(ex)
        if passage is not None:
            self._ready += passage.reached("headers")
            return not passage.progress.is_over
        return True

    def is_silent(self, conn: ConnectionId) -> bool:
        """Whether requests of ``/ping`` on this connection are not to be answered."""
        return conn in self._silent

    def reached(self, ex: Exchange, point: Point, received: int = 0, *, after: bool = False) -> None:
        """A request under way has come to a point."""
        passage = self._passages.get(ex)
        if passage is not None:
            self._ready += passage.reached(point, received, after=after)
            if passage.progress.is_over:
                self._end(ex, "a fault has ended it")

    def written(self, ex: Exchange, mark: int) -> None:
        passage = self._passages.get(ex)
        if passage is not None:
            self._ready += passage.written(mark)

    def hold_over(self, what: HoldOver) -> None:
        self._ready += what.passage.hold_over()

    def strike_due(self, what: StrikeDue) -> None:
        self._ready += what.passage.strike(what.due)

    def ended(self, ex: Exchange) -> None:
        """The peer has ended the exchange."""
        passage = self._passages.pop(ex, None)
        if passage is not None:
            passage.progress.is_over = True

    def connection_lost(self, conn: ConnectionId) -> None:
        self._silent.discard(conn)
        for ex in [ex for ex in self._passages if ex.conn == conn]:
            self.ended(ex)

    # Everything that goes out

    @property
    def is_idle(self) -> bool:
        return not self._passages and not self._ready and not self._core.calls

    def pass_on(self, commands: list[Command]) -> list[Command]:
        """What is to be commanded instead of these."""
        out, self._ready = self._ready, []
        for command in commands:
            if isinstance(command, StartCall):
                out += self.extensions.begin(command)
                continue
            passage = self._passages.get(getattr(command, "ex", None))  # type: ignore[arg-type]
            out += [command] if passage is None else passage.take(command)
        self._silent |= {command.conn for command in out if isinstance(command, MutePing) and command.on}
        over = [passage for passage in self._passages.values() if passage.is_done or passage.progress.is_over]
        for passage in over:
            del self._passages[passage.ex]
            if passage.progress.is_over:
                self._end(passage.ex, "a fault has ended it")
        return out

    # Whole requests with whole answers

    def web(self, request: RequestId, asked: WebRequest, answer: Callable[[WebRequest], WebResponse]) -> None:
        """Have a request to ``/token`` or for media answered, if a fault has nothing against it."""
        on, account, given = self._whose(asked)
        device = given.get("device_id", "")
        grant = given.get("grant_type", "")
        faults = list(account.faults.values()) if account is not None and account.faults else []
        met = [
            armed
            for armed in faults
            if on is not None
            and account is not None
            and armed.is_for(on, device, grant)
            and armed.happens(account.settings.seed)
        ]
        if on is None or account is None or not met:
            self._core.out.append(Answer(request, answer(asked)))
            return
        ex = asked.ex or Exchange(ConnectionId(0), request)
        progress = self._progress(on, ex, account, Device(device))
        hold, replaced = self._strikes(met, progress, account, device)
        if progress.is_over:
            self._core.out += [Answer(request, replaced)] if replaced is not None else []
            return
        response = self._changed(answer(asked), met, progress, account, device)
        if hold is None:
            self._core.out.append(Answer(request, response))
        elif hold.span is not None:
            self._core.timers.at(Instant(self._core.now + hold.span), AnswerDue(Answer(request, response)))

    def answer_due(self, what: AnswerDue) -> None:
        self._core.out.append(what.answer)

    def _whose(self, asked: WebRequest) -> tuple[On | None, Account | None, dict[str, str]]:
        """Media names its account in its URL, a request for a token its client; one of a client that nobody knows is
        the account's that is alone on the listener."""
        accounts = self._core.accounts
        if not any(account.faults for account in accounts):
            return None, None, {}
        try:
            given = parameters(asked)
        except ValueError:
            return None, None, {}
        if asked.path == "/token":
            own = accounts.by_client.get(given.get("client_id", ""))
            return "token", own or accounts.alone_on(self._core.listener_of(asked.ex)), given
        if asked.path.startswith("/media/"):
            return "media", accounts.by_id.get(given.get("account", DEFAULT_ACCOUNT)), given
        return None, None, given

    def _strikes(
        self, met: list[ArmedFault], progress: Progress, account: Account, device: str
    ) -> tuple[Hold | None, WebResponse | None]:
        """Let faults strike; what holds the answer up, and what takes its place."""
        hold: Hold | None = None
        status, body = 0, b""
        headers: Headers = ()
        for armed in [one for one in met if one.fault.effect.strikes() and not one.fault.effect.changes_whole()]:
            if progress.is_over:
                break
            progress.draw = armed.drawing(account.settings.seed)
            acts = armed.fault.effect.strike(progress)
            self._record(armed, progress.ex, account, device, acts)
            for act in acts:
                match act:
                    case Hold():
                        hold = act
                    case StartResponse():
                        status, headers = act.status, act.headers
                    case SendBody():
                        body += act.data
                    case EndBody():
                        pass
                    case _:
                        self._core.out.append(act)  # type: ignore[arg-type]
        return hold, WebResponse(status, headers, body) if status else None

    def _changed(
        self, response: WebResponse, met: list[ArmedFault], progress: Progress, account: Account, device: str
    ) -> WebResponse:
        for armed in met:
            effect = armed.fault.effect
            changed = WebResponse(response.status, effect.headers(response.headers), effect.whole(response.body))
            if changed != response:
                self._record(armed, progress.ex, account, device, [])
                response = changed
        return response

    # What effects and the journal are told

    def _passage_of(self, on: On, ex: Exchange, account: Account, device: Device, token: Token) -> Passage:
        """The passage of an exchange, begun if there is none yet."""
        if ex not in self._passages:
            self._passages[ex] = self._new_passage(on, ex, account, device, token)
        return self._passages[ex]

    def _new_passage(self, on: On, ex: Exchange, account: Account, device: Device, token: Token) -> Passage:
        progress = self._progress(on, ex, account, device)
        passage = Passage(self._core, progress, account, device, token, self._struck)
        channel = self._core.exchanges.get(ex)
        if isinstance(channel, Downchannel):
            passage.boundary = channel.writer.boundary
            progress.is_started = True
        return passage

    def _progress(self, on: On, ex: Exchange, account: Account, device: Device) -> Progress:
        def error(code: int, description: str) -> tuple[Headers, bytes]:
            writer = new_writer(account.ids)
            message = error_message(code, description, account.edition, account.ids.uuid())
            return multipart_headers(writer), error_body(writer, message, account.ids)

        return Progress(ex, on, error, lambda: 0.0, account.ids.uuid, lambda: device.dialogs[0])

    def _struck(self, passage: Passage, due: Due, acts: list[Act]) -> None:
        self._record(due.armed, passage.ex, passage.account, passage.device.device_id, acts, due.at)

    def _record(
        self,
        armed: ArmedFault,
        ex: Exchange,
        account: Account,
        device: str,
        acts: list[Act],
        at: At | None = None,
    ) -> None:
        armed.struck += 1
        fault = armed.fault
        if (struck := account.devices.get(device)) is not None:
            struck.course.forget()
        if (connection := self._core.connections.get(ex.conn)) is not None:
            connection.disturbed = True
        self._core.occurred(
            account,
            _CHANNELS[fault.on],
            f"fault {fault.effect.name}",
            device=device,
            connection=ex.conn or None,
            status=next((act.status for act in acts if isinstance(act, StartResponse)), None),
            raw=dumps({"fault": fault.as_json()}),
            rule=f"fault {armed.id}",
            note=f"at {at or fault.point}",
        )


def _free_id(account: Account) -> str:
    number = len(account.faults) + 1
    while str(number) in account.faults:
        number += 1
    return str(number)
