"""DeviceControl: states of devices, shared among the clients of an account (``newer/DeviceControl.md``)."""

from mockcloud.cloud.behaviours.reports import reported
from mockcloud.cloud.turn import Turn
from mockcloud.vocabulary.replies import Reply, push

NAMESPACE = "DeviceControl"


def share(turn: Turn) -> Reply:
    """The reporter's Device.DeviceState for all clients of the account (C-142, C-143)."""
    state = next(
        (
            item
            for item in turn.event.message["context"]
            if isinstance(header := item.get("header"), dict)
            and (header.get("namespace"), header.get("name")) == ("Device", "DeviceState")
        ),
        None,
    )
    because = ("C-143",) if turn.event.name == "ReportState" else ("C-142",)
    if state is None:
        return Reply(by="DeviceControl", because=because)
    payload = {"deviceId": turn.device.device_id, "deviceState": state}
    return Reply((push("DeviceControl.SynchronizeState", payload, to="*"),), "DeviceControl", because)


def ask_others(turn: Turn) -> Reply:
    """Every other client, or (newer) the one named, is asked for its state (C-144, C-145)."""
    wanted = turn.text("deviceId") if turn.account.edition == "newer" else ""
    asked = push("DeviceControl.ExpectReportState", to=wanted or "others")
    return Reply((asked,), "DeviceControl", ("C-144", "C-145"))


TABLE = {
    "ActionExecuted": share,
    "ActionFailed": share,
    "BtRequestToCancelPINCodeInput": reported("C-157"),
    "BtRequestToCancelPinCodeInput": reported("C-157"),
    "ReportState": share,
    "RequestStateSynchronization": ask_others,
}
