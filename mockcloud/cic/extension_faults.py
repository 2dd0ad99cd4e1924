"""Lets faults strike the requests to extensions: what the driver is to do, or what is taken for its outcome.

    at headers    the request is on its way: it is made wrong, held up, or answered in the extension's place
    at end        the answer has come, all but its end: the connection breaks there, or nothing more comes

Rule 1. What takes the place of an answer is known at once: the extension is not asked.
Rule 2. An answer that is held up is the answer if it comes within the patience, a time-out if not.
Rule 3. A failure that no fault has caused stays what it is. What a fault has caused is not a finding.
"""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from mockcloud.cek.exchange import HttpAnswer, PostToExtension
from mockcloud.cek.failures import Failure
from mockcloud.cic.core import Core
from mockcloud.cic.extensions import UnderWay
from mockcloud.clock import SECOND, Instant
from mockcloud.cloud.accounts import Account
from mockcloud.faults.armed import ArmedFault
from mockcloud.faults.effect import Act, BreakSignature, Hold, Progress, RefuseConnection
from mockcloud.vocabulary import CallId, ConnectionId, Exchange, Headers
from mockcloud.vocabulary.commands import Known, SendBody, StartCall, StartResponse
from mockcloud.vocabulary.inputs import CallAnswered
from mockcloud.vocabulary.value import Value

_REFUSED = HttpAnswer(401, (("content-type", "text/plain"),), b"the signature is wrong")
"""What an extension answers that has no server of its own to look at signatures."""

Record = Callable[[ArmedFault, Exchange, Account, str, list[Act]], None]


class CallDue(Value, frozen=True):
    """A timer: this is the outcome of the call now."""

    account: Account
    answer: CallAnswered


class _Struck:
    """A call that faults have struck, or are to strike when its answer comes."""

    def __init__(self, under_way: UnderWay, call: StartCall, progress: Progress) -> None:
        self.account: Account = under_way.account
        self.device: str = under_way.device.device_id
        self.progress = progress
        self.patience = call.patience
        self.ends = Instant(under_way.asked + call.patience)
        self.hold = 0
        self.is_lost = False
        """Its answer does not come, whatever the extension does."""
        self.breaks_off = False
        """Its answer came, but for the end."""
        self.later: list[ArmedFault] = []
        self.signed_wrongly = False


class ExtensionFaults:
    """``progress`` makes what an effect is told of an exchange, ``record`` puts a strike into the journal."""

    def __init__(self, core: Core, progress: Callable[..., Progress], record: Record) -> None:
        self._core = core
        self._progress = progress
        self._record = record
        self._calls: dict[CallId, _Struck] = {}

    def begin(self, call: StartCall) -> list[StartCall]:
        """What is to be commanded instead of this call."""
        under_way = self._core.calls.get(call.call)
        if not isinstance(under_way, UnderWay) or not under_way.account.faults:
            return [call]
        account, device = under_way.account, under_way.device
        met = [
            armed
            for armed in list(account.faults.values())
            if armed.is_for("extension", device.device_id) and armed.happens(account.settings.seed)
        ]
        if not met:
            return [call]
        progress = self._progress("extension", Exchange(ConnectionId(0), call.call), account, device)
        struck = _Struck(under_way, call, progress)
        outcome: HttpAnswer | Failure | None = None
        for armed in met:
            if armed.fault.point.point == "end" or not armed.fault.effect.strikes():
                struck.later.append(armed)
            elif not progress.is_over:
                call, outcome = self._strike(armed, struck, call)
        if outcome is not None:
            self._ends(struck, CallAnswered(call.call, outcome, spoilt=True), self._core.now)
            return []
        if struck.is_lost:
            said = "the server took the request but did not answer"
            self._ends(struck, _timeout(struck, call.call, said), struck.ends)
        self._calls[call.call] = struck
        return [call]

    def answered(self, it: CallAnswered) -> CallAnswered | None:
        """What is taken for the outcome of a call; ``None``: not yet, or it was known before."""
        struck = self._calls.pop(it.call, None)
        if struck is None:
            return it
        if struck.is_lost:
            return None
        struck.progress.is_started = True
        if struck.signed_wrongly and isinstance(it.value, HttpAnswer) and it.value.status != 200:
            it = replace(it, spoilt=True)
        for armed in struck.later:
            if isinstance(it.value, HttpAnswer):
                it = self._changed(armed, struck, it)
        if struck.breaks_off:
            self._ends(struck, it, struck.ends)
            return None
        if not struck.hold:
            return it
        if self._core.now + struck.hold < struck.ends:
            self._ends(struck, it, Instant(self._core.now + struck.hold))
        else:
            late = _timeout(struck, it.call, "the server took the request but did not answer")
            self._ends(struck, late, struck.ends)
        return None

    def _strike(
        self, armed: ArmedFault, struck: _Struck, call: StartCall
    ) -> tuple[StartCall, HttpAnswer | Failure | None]:
        """The request on its way: the call as it is from now on, or what takes the place of its answer."""
        outcome: Failure | None = None
        status, headers, body = 0, Headers(), b""
        for act in self._let_strike(armed, struck):
            match act:
                case Hold(None):
                    struck.is_lost = True
                case Hold(span):
                    struck.hold += span or 0
                case BreakSignature(how):
                    call, struck.signed_wrongly = _with_signature(call, how), True
                case RefuseConnection():
                    outcome = Failure("connect", "the connection was refused, by a fault")
                case StartResponse():
                    status, headers = act.status, act.headers
                case SendBody():
                    body += act.data
                case _:
                    pass
        return call, HttpAnswer(status, headers, body) if status else outcome

    def _changed(self, armed: ArmedFault, struck: _Struck, it: CallAnswered) -> CallAnswered:
        """The answer has come, all but its end."""
        effect, answer = armed.fault.effect, it.value
        if not effect.strikes():
            changed = replace(answer, headers=effect.headers(answer.headers), body=effect.whole(answer.body))
            if changed == answer:
                return it
            self._record(armed, struck.progress.ex, struck.account, struck.device, [])
            return CallAnswered(it.call, changed, spoilt=True)
        half, whole = len(answer.body) // 2, len(answer.body)
        if any(isinstance(act, Hold) for act in self._let_strike(armed, struck)):
            struck.breaks_off = True
            said = f"the answer (status {answer.status}) broke off after {half} bytes of its body and was not whole"
            return _timeout(struck, it.call, said)
        broken = Failure("connect", f"the connection broke after {half} of {whole} bytes of the answer's body")
        return CallAnswered(it.call, broken, spoilt=True)

    def _let_strike(self, armed: ArmedFault, struck: _Struck) -> list[Act]:
        struck.progress.draw = armed.drawing(struck.account.settings.seed)
        acts = armed.fault.effect.strike(struck.progress)
        self._record(armed, struck.progress.ex, struck.account, struck.device, acts)
        return acts

    def _ends(self, struck: _Struck, answer: CallAnswered, when: Instant) -> None:
        if struck.patience or when <= self._core.now:
            self._core.timers.at(when, CallDue(struck.account, answer))


def _timeout(struck: _Struck, call: CallId, said: str) -> CallAnswered:
    failure = Failure("timeout", f"{said} within {struck.patience / SECOND:g} s: see that the server ends it")
    return CallAnswered(call, failure, spoilt=True)


def _with_signature(call: StartCall, how: Any) -> StartCall:
    """The request signed wrongly."""
    if not isinstance(call.job, PostToExtension):
        return replace(call, job=Known(_REFUSED))
    if call.job.signing is None:
        return call
    return replace(call, job=replace(call.job, signing=replace(call.job.signing, breakage=how)))
