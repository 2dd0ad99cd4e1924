"""Calls to extensions: the job for the driver, both messages in the journal, and the answer back to who waits for it.

A call belongs to an event that waits for its answer, or to nobody: then its answer only goes on record. If the event is
given up while the extension answers, the session still takes the answer, since the extension believes in it, but the
device is told nothing.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mockcloud.cek.exchange import HttpAnswer, PostToExtension
from mockcloud.cek.failures import Failure
from mockcloud.cek.requests import HTTP_HEADERS
from mockcloud.cek.signing import Signing
from mockcloud.cic import downchannel
from mockcloud.cic.core import Core
from mockcloud.clock import MILLISECOND, Instant
from mockcloud.cloud import scripted
from mockcloud.cloud.accounts import Account, Device
from mockcloud.cloud.extensions.extension import Extension
from mockcloud.cloud.extensions.given import given_answer
from mockcloud.cloud.turn import Turn
from mockcloud.journal import Entry
from mockcloud.vocabulary import Exchange, Finding
from mockcloud.vocabulary.commands import Known, StartCall
from mockcloud.vocabulary.inputs import CallAnswered
from mockcloud.vocabulary.replies import ExtensionCall, Reply
from mockcloud.vocabulary.value import Value
from mockcloud.wire.messages import dumps

if TYPE_CHECKING:
    from mockcloud.cek.answers import CekAnswer

CHAIN_ORIGIN = "https://cek-requests.clova.ai"
"""Where edition 4.4 says that the certificate chain of signatures is (K-095)."""

LONGEST_HELD = 500 * MILLISECOND
"""How long an EventRequest is held back at the most, if they are to come in another order (K-122)."""


class UnderWay(Value, frozen=True):
    """A call whose answer has not come yet."""

    account: Account
    device: Device
    call: ExtensionCall
    asked: Instant
    ex: Exchange | None = None
    """The event that waits for it."""
    turn: Turn | None = None


class AskDue(Value, frozen=True):
    """A timer: a request that was held back, so that others may overtake it, is sent."""

    account: Account
    device: Device
    call: ExtensionCall
    ex: Exchange | None
    turn: Turn | None


class WaitingOver(Value, frozen=True):
    """A timer: the user of this device has said nothing for as long as the session waits."""

    account: Account
    device: Device
    session: str
    until: int


def ask(
    core: Core,
    account: Account,
    device: Device,
    call: ExtensionCall,
    *,
    ex: Exchange | None = None,
    turn: Turn | None = None,
) -> None:
    """Send the request; its end comes as `CallAnswered`."""
    if call.request == "EventRequest" and account.settings.behaviour.event_requests == "shuffled":
        held = int(account.ids.uuid()[:8], 16) * LONGEST_HELD // 2**32
        core.timers.at(Instant(core.now + held), AskDue(account, device, call, ex, turn))
        return
    when_linked(core, account, call, lambda ready: _send(core, account, device, ready, ex, turn))


def ask_due(core: Core, due: AskDue) -> None:
    if core.accounts.by_id.get(due.account.id) is due.account:
        when_linked(
            core, due.account, due.call, lambda ready: _send(core, due.account, due.device, ready, due.ex, due.turn)
        )


def when_linked(core: Core, account: Account, call: ExtensionCall, send: Callable[[ExtensionCall], None]) -> None:
    """Send it with an access token that has not ended: if there is such a token to be had, it is got first (K-146)."""
    extension = account.extensions.get(call.extension)
    if extension is None or extension.link.expires_at is None:
        send(call)
        return
    from mockcloud.cic import linking  # with the first token that may end, not at every start

    linking.when_fresh(core, account, extension, call, send)


def _send(
    core: Core, account: Account, device: Device, call: ExtensionCall, ex: Exchange | None, turn: Turn | None
) -> None:
    extension = account.extensions.get(call.extension)
    number = core.next_call()
    core.calls[number] = UnderWay(account, device, call, core.now, ex, turn)
    core.record(
        entry_of(
            core,
            account,
            device,
            call,
            turn,
            direction="out",
            kind="cek-request",
            raw=call.body,
            words=call.words,
            because=call.because,
        )
    )
    patience = account.settings.behaviour.extension_patience
    core.out.append(StartCall(number, job_of(core, account, extension, call), patience))


def job_of(core: Core, account: Account, extension: Extension | None, call: ExtensionCall) -> PostToExtension | Known:
    """What the driver is to send, or what the scenario answers instead of a server."""
    if account.scenario.extensions:
        answer = given_answer(account, call, scripted.names(account, core.now))
        if answer is not None:
            return Known(answer)
    return PostToExtension(
        call.url,
        HTTP_HEADERS,
        call.body,
        core.settings.limits.extension_answer,
        Signing(
            edition=edition_of(account, extension),
            breakage=(extension.signature if extension else None) or account.settings.behaviour.extension_signature,
            origin=core.settings.public_url.rstrip("/") or CHAIN_ORIGIN,
        ),
        trust=extension.trust if extension else "",
        verify=extension.verify if extension else True,
    )


def edition_of(account: Account, extension: Extension | None) -> Any:
    return (extension.edition if extension else None) or account.edition


def answered(core: Core, under_way: UnderWay, it: CallAnswered) -> Reply | None:
    """Read the answer, record it, and give it to the session; ``None`` if nobody waits for it."""
    from mockcloud.cloud.extensions import carrying_out, sessions  # with the first call, not at every start

    account, call = under_way.account, under_way.call
    core.touch(account)
    extension = account.extensions.get(call.extension)
    http, answer = read(core, account, extension, it.value, it.error)
    ignored = under_way.turn is None
    refused = carrying_out.refused(extension, answer) if extension is not None and not ignored else ()
    core.record(
        entry_of(
            core,
            account,
            under_way.device,
            call,
            under_way.turn,
            direction="in",
            kind="cek-response",
            raw=b"" if answer.message is None else dumps(answer.message),
            status=http.status if http is not None else None,
            findings=() if ignored or it.spoilt else (*answer.findings, *refused),
            because=("K-089",) if ignored else ("K-101",),
            note=_note(core, under_way, answer, ignored),
        )
    )
    if under_way.turn is None:
        return None
    if core.accounts.by_id.get(account.id) is not account:
        return Reply()
    under_way.turn.now = core.now
    return sessions.answered(under_way.turn, call, answer)


def read(
    core: Core, account: Account, extension: Extension | None, came: Any, error: str = ""
) -> tuple[HttpAnswer | None, "CekAnswer"]:
    """What has come of a call: the answer as it came, if any did, and what could be made of it."""
    from mockcloud.cek.answers import CekAnswer, read_answer

    if isinstance(came, HttpAnswer):
        return came, read_answer(
            came,
            edition=edition_of(account, extension),
            check=core.catalogue.check_cek_response,
            size_limit=core.settings.limits.extension_answer,
            strict=account.settings.strict,
        )
    failure = came if isinstance(came, Failure) else Failure("timeout", error or "there is no answer")
    return None, CekAnswer(failure=failure, findings=(failure.finding,))


def _note(core: Core, under_way: UnderWay, answer: "CekAnswer", ignored: bool) -> str:
    took = f"after {(core.now - under_way.asked) // MILLISECOND} ms"
    said = f"{answer.failure.kind}: {answer.failure.said}" if answer.failure is not None else ""
    return "; ".join(part for part in (took, said, "ignored" if ignored else "") if part)


def carry_on(core: Core, account: Account, device: Device, reply: Reply, turn: Turn | None = None) -> None:
    """What follows from a reply beside the response: directives on the downchannel, calls that nobody waits for."""
    for outgoing in reply.outgoing:
        if outgoing.via == "downchannel":
            downchannel.deliver(
                core,
                account,
                outgoing,
                sender=device,
                event=turn.event if turn is not None else None,
                by=reply.by,
                because=reply.because,
            )
    for call in reply.calls:
        ask(core, account, device, call)
    watch(core, account, device)


def heard(turn: Turn, *, is_utterance: bool) -> None:
    """An event has come from a device with an open session: nobody waits for its user while they speak, and when the
    last speech has been played the waiting begins."""
    from mockcloud.cloud.extensions import sessions

    if is_utterance:
        sessions.heard(turn)
    elif turn.event.full_name == "SpeechSynthesizer.SpeechFinished":
        sessions.speech_finished(turn)


def wait_again(core: Core, account: Account, device: Device) -> None:
    """What was said was not for the open session: it waits for the user as before."""
    if device.session is not None:
        from mockcloud.cloud.extensions import sessions

        sessions.wait_again(account, device, core.now)
        watch(core, account, device)


def watch(core: Core, account: Account, device: Device) -> None:
    """Wake when the open session of the device has waited long enough, and not for any other."""
    key = account.id, device.device_id
    session, timer = device.session, core.session_timers.get(key)
    until = session.waits_until if session is not None else None
    if timer is not None and not timer.cancelled and timer.what.until == until:
        return
    core.timers.cancel(core.session_timers.pop(key, None))
    if session is not None and until is not None:
        due = WaitingOver(account, device, session.id, until)
        core.session_timers[key] = core.timers.at_account_time(until, account.clock, due)


def forget(core: Core, account: Account) -> None:
    """The account was deleted or reset: no session of it waits for anybody."""
    for key in [key for key in core.session_timers if key[0] == account.id]:
        core.timers.cancel(core.session_timers.pop(key))


def resume(core: Core, account: Account) -> None:
    """The account was kept over a restart: its sessions wait for their users; what was under way is not answered."""
    for device in account.devices.values():
        if device.session is not None:
            device.session.awaited = 0
            wait_again(core, account, device)


def waiting_over(core: Core, due: WaitingOver) -> None:
    core.touch(due.account)
    session = due.device.session
    core.session_timers.pop((due.account.id, due.device.device_id), None)
    if session is None or session.id != due.session or session.waits_until != due.until:
        return
    from mockcloud.cloud.extensions import sessions

    session.waits_until = None
    carry_on(core, due.account, due.device, sessions.waited(due.account, due.device, core.now))


def entry_of(
    core: Core,
    account: Account,
    device: Device,
    call: ExtensionCall,
    turn: Turn | None,
    *,
    direction: Any,
    kind: Any,
    raw: bytes,
    because: tuple[str, ...],
    words: str = "",
    status: int | None = None,
    findings: tuple[Finding, ...] = (),
    note: str = "",
) -> Entry:
    """A request (``out``) or an answer (``in``) as the journal has it."""
    return Entry(
        at=account.clock.at(core.now),
        account=account.id,
        channel="extension",
        direction=direction,
        kind=kind,
        name=f"{call.request} {call.about}".strip(),
        device=device.device_id,
        dialog_request_id=turn.event.dialog_request_id if turn is not None else None,
        status=status,
        raw=raw,
        findings=findings,
        rule=f"extension {call.extension}",
        because=because,
        words=words,
        note=note,
    )
