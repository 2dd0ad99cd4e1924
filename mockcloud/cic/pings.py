"""PING, both ways: the device's, by which it notices a dead connection, and our own (C-066..C-069, D-032..D-034)."""

from mockcloud.cic.core import Connection, Core, Downchannel
from mockcloud.clock import SECOND, Instant
from mockcloud.cloud.accounts import Account, Device
from mockcloud.vocabulary import ConnectionId, Exchange, Finding
from mockcloud.vocabulary.commands import CloseConnection, SendPing
from mockcloud.vocabulary.value import Value

_REPORT_SILENCE_AFTER = 30 * SECOND


class OwnPingDue(Value, frozen=True):
    """A timer: our own PING on a connection, or the end of waiting for its answer."""

    conn: ConnectionId
    account: Account
    sent: Instant | None = None


class PingMissing(Value, frozen=True):
    """A timer: the device should have sent a PING by now, if this is still its downchannel."""

    ex: Exchange
    account: Account
    device: Device


def watch(core: Core, channel: Downchannel) -> None:
    """A downchannel was opened: from now on its device pings, and so do we if the account's settings say so."""
    connection = core.connections[channel.ex.conn]
    if connection.ping is None:
        _ping_later(core, connection, channel.account)
    patience = channel.account.settings.behaviour.expected_ping
    if patience:
        core.timers.at(Instant(core.now + patience), PingMissing(channel.ex, channel.account, channel.device))


def received(core: Core, conn: ConnectionId) -> None:
    """A PING frame of a device; its ACK is not our business."""
    connection = core.connections.get(conn)
    if connection is None:
        return
    before, connection.last_ping = connection.last_ping, core.now
    note = f"{(core.now - before) / SECOND:.1f} s after the one before" if before is not None else "the first"
    _note(core, connection, "PING", note, ("C-066", "C-069"))


def requested(core: Core, account: Account, device: Device) -> None:
    """``GET /ping``, which is as good as a PING frame (D-033), on whichever connection it came and whatever it is
    answered."""
    channel = core.downchannels.get((account.id, device.device_id))
    if channel is not None:
        core.connections[channel.ex.conn].last_ping = core.now


def missing(core: Core, due: PingMissing) -> None:
    """On record, once for a downchannel, if nothing has come for as long as the account's settings allow."""
    channel = core.exchanges.get(due.ex)
    connection = core.connections.get(due.ex.conn)
    patience = due.account.settings.behaviour.expected_ping
    if not isinstance(channel, Downchannel) or connection is None or connection.disturbed or not patience:
        return
    last = max(channel.opened, connection.last_ping or channel.opened)
    if core.now - last < patience:
        core.timers.at(Instant(last + patience), due)
        return
    said = f"no PING has come for {(core.now - last) / SECOND:g} s: a device sends one every minute, or GET /ping"
    finding = Finding("ping.missing", said, because=("D-032", "D-033"), source="cic/guide-interact-with-cic.md")
    device, conn = due.device.device_id, connection.id
    core.found(due.account, "ping", "PING", finding, device=device, connection=conn)


# Our own


def own_due(core: Core, due: OwnPingDue) -> None:
    """Send it, or, if it was sent, see what the silence means."""
    connection = core.connections.get(due.conn)
    if connection is None:
        return
    if not core.channels_on(connection):
        connection.ping = None
        return
    patience = due.account.settings.behaviour.ping_patience
    if due.sent is None:
        core.out.append(SendPing(due.conn))
        wait = Instant(core.now + (patience or _REPORT_SILENCE_AFTER))
        connection.ping = core.timers.at(wait, OwnPingDue(due.conn, due.account, core.now))
        return
    _note(core, connection, "no PING ACK", "the device leaves our PING unanswered", ("C-069",))
    if patience:
        core.out.append(CloseConnection(due.conn))
    else:
        _ping_later(core, connection, due.account)


def answered(core: Core, conn: ConnectionId) -> None:
    """The ACK to our own."""
    connection = core.connections.get(conn)
    if connection is None or connection.ping is None or connection.ping.what.sent is None:
        return
    core.timers.cancel(connection.ping)
    _ping_later(core, connection, connection.ping.what.account)


def _ping_later(core: Core, connection: Connection, account: Account) -> None:
    """Send our own PING after the account's interval: the only way to notice a peer that has gone silently."""
    interval = account.settings.behaviour.ping_interval
    connection.ping = None
    if interval:
        connection.ping = core.timers.at(Instant(core.now + interval), OwnPingDue(connection.id, account))


def _note(core: Core, connection: Connection, name: str, note: str, because: tuple[str, ...]) -> None:
    """On record for every device that has its downchannel on this connection."""
    for channel in core.channels_on(connection):
        device = channel.device.device_id
        core.occurred(
            channel.account, "ping", name, device=device, connection=connection.id, because=because, note=note
        )
