"""DeviceControl: states of devices, shared among the clients of an account (``newer/DeviceControl.md``)."""

from mockcloud.cloud import bluetooth
from mockcloud.cloud.behaviours.reports import nobody, other_device
from mockcloud.cloud.device_control import expect_report
from mockcloud.cloud.registry import device_list
from mockcloud.cloud.turn import Turn
from mockcloud.vocabulary.replies import Outgoing, Reply, push
from mockcloud.wire.messages import Json

NAMESPACE = "DeviceControl"


def share(turn: Turn) -> Reply:
    """The reporter's Device.DeviceState for all clients of the account (C-142, C-143)."""
    because = ("C-143",) if turn.event.name == "ReportState" else ("C-142",)
    state = _reported(turn)
    if state is None:
        return Reply(by=NAMESPACE, because=because)
    if turn.account.settings.behaviour.synchronized_state == "payload":
        state = state.get("payload", {})
    payload = {"deviceId": turn.device.device_id, "deviceState": state}
    return Reply((push("DeviceControl.SynchronizeState", payload, to="*"),), NAMESPACE, because)


def _reported(turn: Turn) -> Json | None:
    """The whole context object Device.DeviceState of the event."""
    for item in turn.event.message["context"]:
        header = item.get("header")
        if isinstance(header, dict) and (header.get("namespace"), header.get("name")) == ("Device", "DeviceState"):
            return dict(item)
    return None


def request_states(turn: Turn) -> Reply:
    """Every other client, or (newer) the one named, is asked for its state; those without a downchannel are offline
    (newer) (C-144, C-145, C-147).
    """
    newer, account = turn.account.edition == "newer", turn.account
    named, findings = other_device(turn) if newer else ("", ())
    if findings:
        return Reply((), NAMESPACE, ("C-144",), findings=findings)
    others = [device for device in account.devices.values() if device is not turn.device]
    if named:
        others = [device for device in others if device.device_id == named]
    if account.settings.behaviour.ask_requester and not named:
        others.append(turn.device)
    asked = tuple(expect_report(account, device.device_id) for device in others if device.connected)
    offline = tuple(
        push("DeviceControl.SynchronizeState", {"deviceId": device.device_id})
        for device in others
        if newer and not device.connected
    )
    because = ("C-144", "C-145", *(("C-147",) if offline else ()))
    return Reply((*asked, *offline), NAMESPACE, because)


def list_devices(turn: Turn) -> Reply:
    """The devices of the account (C-148); nothing is rendered without a display (C-186)."""
    if turn.account.edition != "newer":
        return nobody("C-148")
    if not turn.has_display:
        return Reply((), NAMESPACE, ("C-148", "C-186"))
    payload = {"deviceList": device_list(turn.account)}
    return Reply((Outgoing("DeviceControl.RenderDeviceList", payload),), NAMESPACE, ("C-148",))


def request_pin(turn: Turn) -> Reply:
    """The PIN comes later, on the downchannel, when the user has typed it (C-155)."""
    peer = turn.text("deviceName") or "?"
    return Reply(bluetooth.request_pin(turn.account, turn.device, peer), NAMESPACE, ("C-155",))


def cancel_pin(turn: Turn) -> Reply:
    """No PIN is wanted any more (C-157)."""
    bluetooth.cancel_pin(turn.device)
    return Reply((), NAMESPACE, ("C-157",))


TABLE = {
    "ActionExecuted": share,
    "ActionFailed": share,
    "BtRequestForPINCode": request_pin,
    "BtRequestToCancelPINCodeInput": cancel_pin,
    "BtRequestToCancelPinCodeInput": cancel_pin,
    "ReportState": share,
    "RequestDeviceList": list_devices,
    "RequestStateSynchronization": request_states,
}
