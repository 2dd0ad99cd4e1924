"""Bluetooth by voice, and the PIN that a device asks for (C-149..C-157, ``newer/DeviceControl.md``)."""

from typing import Literal

from mockcloud.cloud.accounts import Account, Device
from mockcloud.cloud.device_control import accompanied, actions, member, unsupported
from mockcloud.cloud.turn import Turn
from mockcloud.nlu.text import normalise
from mockcloud.vocabulary.replies import Outgoing, push
from mockcloud.wire.messages import Json

Command = Literal["BtConnect", "BtDelete", "BtDisconnect", "BtPlay", "BtRescan", "BtStartPairing", "BtStopPairing"]
NEWER_ONLY = ("BtDelete", "BtPlay", "BtRescan")
"""What the edition 4.4 does not have, and the guide's list of actions does not name."""

_OPPOSITE = {"sink": "source", "source": "sink"}


def control(
    turn: Turn, command: Command, *, name: str = "", role: Literal["", "sink", "source"] = ""
) -> tuple[Outgoing, ...]:
    """Carry out a spoken Bluetooth request, if the device's state allows it (C-134, C-135).

    ``name`` picks one of the paired devices (BtConnect, BtDisconnect, BtDelete), ``role`` lets the device choose one
    for that role (BtConnect, newer). What the edition cannot say is unsupported.
    """
    payload = _payload(turn, command, name, role)
    if payload is None or not _allowed(turn, command):
        return unsupported(turn)
    return accompanied(turn, Outgoing(f"DeviceControl.{command}", payload))


def _allowed(turn: Turn, command: str) -> bool:
    listed = actions(member(turn, "bluetooth"))
    if command not in NEWER_ONLY:
        return command in listed
    if turn.account.edition != "newer":
        return False
    unlisted = turn.account.settings.behaviour.new_bluetooth_actions == "allowed"
    return command in listed or (unlisted and bool(listed))


def _payload(turn: Turn, command: str, name: str, role: str) -> Json | None:
    """The payload, or ``None`` if it cannot be said."""
    newer = turn.account.edition == "newer"
    takes_one = command in ("BtConnect", "BtDelete") or (command == "BtDisconnect" and newer)
    if name and takes_one:
        return _paired(turn, name)
    if command == "BtDelete" or (name and command == "BtDisconnect"):
        return None
    return {"role": role} if role and newer and command == "BtConnect" else {}


def _paired(turn: Turn, name: str) -> Json | None:
    """One paired device, as directives describe it (C-149); ``None`` if none is called so."""
    listed, wanted = member(turn, "bluetooth").get("btlist"), normalise(name)
    for peer in listed if isinstance(listed, list) else ():
        if not isinstance(peer, dict) or not all(isinstance(peer.get(key), str) for key in ("name", "address")):
            continue
        if normalise(peer["name"]) == wanted:
            opposite = turn.account.settings.behaviour.bluetooth_role == "opposite"
            role = "source" if peer.get("role") == "source" else "sink"
            return {
                "address": peer["address"],
                "connected": peer.get("connected") is True,
                "name": peer["name"],
                "role": _OPPOSITE[role] if opposite else role,
            }
    return None


def request_pin(account: Account, device: Device, peer: str) -> tuple[Outgoing, ...]:
    """A device needs the PIN of that Bluetooth device: it is given at once, or when the user has typed it (C-155)."""
    device.pin_wanted_for = peer
    given = account.settings.behaviour.bluetooth_pin
    return give_pin(device, given) if given else ()


def cancel_pin(device: Device) -> None:
    """It needs no PIN any more (C-157)."""
    device.pin_wanted_for = ""


def give_pin(device: Device, pin: str) -> tuple[Outgoing, ...]:
    """The PIN for the device that asked for one, empty to abort the pairing; nothing if none did (C-155, C-156)."""
    if not device.pin_wanted_for:
        return ()
    device.pin_wanted_for = ""
    return (push("DeviceControl.BtConnectByPINCode", {"pinCode": pin}, to=device.device_id, offline="drop"),)
