"""The downchannel: ``GET /v1/directives`` stays open, directives are pushed onto it (C-024..C-032).

Rule 1. One per device; a later one replaces it, unless both come within a very short time: then the later is 429.
Rule 2. Hello is the first part; each part is written together with the delimiter line after it (C-026).
Rule 3. A device that does not read is not waited for: parts queue up to a limit, then the downchannel is closed.
"""

from typing import Literal

from mockcloud.cic.core import Core, Downchannel
from mockcloud.cic.delivery import Prepared, channel_of, prepare, targets
from mockcloud.cic.responses import multipart_headers, new_writer, parts_of
from mockcloud.cloud.accounts import Account, Device, Held, Token
from mockcloud.cloud.device_control import expect_report
from mockcloud.cloud.notifications import remind
from mockcloud.vocabulary import Exchange, Finding
from mockcloud.vocabulary.commands import EndBody, ResetStream, SendBody, StartResponse
from mockcloud.vocabulary.replies import Outgoing, push
from mockcloud.vocabulary.value import Value
from mockcloud.wire.messages import Event

CANCEL = 8
"""RST_STREAM code CANCEL."""

_GREETING = 3
"""Parts that go onto a new downchannel beside those that have been waiting for it."""


class PushDue(Value, frozen=True):
    """A timer: this directive is to be pushed now."""

    account: Account
    device: Device
    outgoing: Outgoing
    event: Event | None
    by: str
    """The scenario rule or the behaviour that decided, as `Entry.rule` shows it."""
    because: tuple[str, ...] = ()


def too_soon(core: Core, account: Account, device: Device) -> bool:
    """Whether another downchannel of the device was built a very short time ago and is open (C-029)."""
    current = channel_of(core, account, device)
    return current is not None and core.now - current.opened < account.settings.behaviour.downchannel_interval


def judge_another(core: Core, ex: Exchange, account: Account, device: Device) -> tuple[Finding, ...]:
    """What is wrong with this request for a downchannel: the device has one on the same connection (D-024). One on
    another connection may be lost without the cloud knowing."""
    current = channel_of(core, account, device)
    if current is None or current.ex.conn != ex.conn:
        return ()
    said = "the downchannel of this device is open on this connection: it is requested once"
    return (Finding("request.channel.another", said, because=("D-024", "C-029")),)


def open_channel(core: Core, ex: Exchange, account: Account, device: Device, token: Token, origin: str) -> Downchannel:
    """Replace what was there, answer 200, say Hello, then whatever has been waiting."""
    current = channel_of(core, account, device)
    if current is not None:
        close(core, current, "replaced by a new downchannel", ("C-028",))
    writer = new_writer(account.ids)
    channel = Downchannel(ex, account, device, token, core.now, origin, writer)
    core.downchannels[channel.key] = core.exchanges[ex] = channel
    core.connections[ex.conn].carried.add(channel.key)
    device.connected = True
    _occurred(core, channel, "downchannel open", ("C-024",))
    core.out.append(StartResponse(ex, 200, multipart_headers(writer)))
    core.out.append(SendBody(ex, writer.opening()))
    send(core, channel, push("Clova.Hello"), because=("C-024", "C-025"))
    setting = account.settings.behaviour.expect_report_state
    if setting == "on" or (setting == "edition" and account.edition == "4.4"):
        send(core, channel, expect_report(account, device.device_id), because=("C-032",))
    is_told = any(held.outgoing.name in ("Notifier.Notify", "Notifier.SetIndicator") for held in device.held)
    while device.held and _is_current(core, channel):
        held = device.held.pop(0)
        send(core, channel, held.outgoing, event=held.event, by=held.by, because=held.because)
    for reminder in () if is_told else remind(account, device.device_id):
        send(core, channel, reminder, because=("C-162",))
    return channel


def _is_current(core: Core, channel: Downchannel) -> bool:
    """Whether it is open: it may have ended by what was written onto it."""
    return core.downchannels.get(channel.key) is channel


def _forget(core: Core, channel: Downchannel) -> None:
    del core.downchannels[channel.key]
    channel.device.connected = False
    channel.device.course.forget()


def send(
    core: Core,
    channel: Downchannel,
    outgoing: Outgoing,
    *,
    event: Event | None = None,
    by: str = "",
    because: tuple[str, ...] = (),
) -> tuple[Prepared, int] | None:
    """Write one directive onto a downchannel. Returns it with the mark that tells when it has left."""
    if not _is_current(core, channel):
        return None
    prepared = prepare(
        core,
        outgoing,
        account=channel.account,
        device=channel.device,
        event=event,
        origin=channel.origin,
        via="downchannel",
        by=by,
        because=because,
    )
    if prepared is None:
        return None
    mark = core.next_mark()
    here, later = parts_of(prepared.directive, prepared.message, channel.account.ids, "after")
    data = b"".join(channel.writer.part(*part) for part in (*here, *later))
    channel.unwritten[mark] = len(data)
    core.out.append(SendBody(channel.ex, data, mark))
    prepared.entry.connection = channel.ex.conn
    core.record(prepared.entry)
    if len(channel.unwritten) > core.settings.limits.downchannel_parts:
        reset(core, channel, f"the device does not read: {len(channel.unwritten)} parts wait")
    return prepared, mark


def deliver(
    core: Core,
    account: Account,
    outgoing: Outgoing,
    *,
    sender: Device | None,
    event: Event | None,
    by: str,
    because: tuple[str, ...] = (),
) -> None:
    """Push to everybody it is meant for, now or when it falls due; hold it for a device without downchannel."""
    for device in targets(core, account, outgoing, sender):
        due = PushDue(account, device, outgoing, event, by, because)
        if outgoing.after:
            at = account.clock.at(core.now) + outgoing.after
            core.timers.at_account_time(at, account.clock, due)
        else:
            push_due(core, due)


def push_due(core: Core, due: PushDue) -> None:
    """The time has come: onto the downchannel, or what its ``offline`` says."""
    channel = channel_of(core, due.account, due.device)
    if channel is not None:
        send(core, channel, due.outgoing, event=due.event, by=due.by, because=due.because)
    elif due.outgoing.offline == "hold" and len(due.device.held) + _GREETING >= core.settings.limits.downchannel_parts:
        _undelivered(core, due, f"dropped: {len(due.device.held)} directives wait for the device already")
    elif due.outgoing.offline == "hold":
        due.device.held.append(Held(due.outgoing, due.event, due.by, due.because))
        _undelivered(core, due, "held until the device builds a downchannel")
    elif due.outgoing.offline == "drop":
        _undelivered(core, due, "dropped: the device has no downchannel")
    else:
        _undelivered(core, due, "failed: the device has no downchannel", kind="finding")


def _undelivered(core: Core, due: PushDue, note: str, kind: Literal["timer", "finding"] = "timer") -> None:
    core.occurred(
        due.account,
        "downchannel",
        due.outgoing.name,
        kind=kind,
        device=due.device.device_id,
        rule=due.by,
        because=due.because,
        note=note,
    )


def close(core: Core, channel: Downchannel, note: str, because: tuple[str, ...] = ("C-031",)) -> None:
    """End it as HTTP ends a response: closing delimiter, END_STREAM."""
    if _is_current(core, channel):
        _forget(core, channel)
    core.out.append(SendBody(channel.ex, channel.writer.closing()))
    core.out.append(EndBody(channel.ex))
    core.forget(channel.ex)
    _occurred(core, channel, "downchannel closed", because, note)


def reset(core: Core, channel: Downchannel, note: str) -> None:
    """End it the hard way: RST_STREAM(CANCEL)."""
    if _is_current(core, channel):
        _forget(core, channel)
    core.out.append(ResetStream(channel.ex, CANCEL))
    core.forget(channel.ex)
    _occurred(core, channel, "downchannel reset", ("C-031",), note)


def lost(core: Core, channel: Downchannel, note: str) -> None:
    """The device has ended it, or its connection is gone."""
    if _is_current(core, channel):
        _forget(core, channel)
        _occurred(core, channel, "downchannel lost", ("C-031",), note)


def _occurred(core: Core, channel: Downchannel, name: str, because: tuple[str, ...], note: str = "") -> None:
    device = channel.device.device_id
    core.occurred(
        channel.account, "downchannel", name, device=device, connection=channel.ex.conn, because=because, note=note
    )
