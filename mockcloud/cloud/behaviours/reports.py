"""Events that only report something: 204, nothing follows."""

from collections.abc import Callable

from mockcloud.cloud.turn import Turn
from mockcloud.vocabulary import Finding
from mockcloud.vocabulary.replies import Reply


def reported(item: str) -> Callable[[Turn], Reply]:
    """A behaviour that notes the event and answers nothing, because of that requirement."""
    reply = Reply(by="report", because=(item,))
    return lambda turn: reply  # noqa: ARG005 - every report is answered alike


def nobody(*because: str) -> Reply:
    """No behaviour takes the event: 204, and it is on record as unmatched (C-035, C-047)."""
    return Reply(by="nothing", because=("C-035", "C-047", *because), unmatched=True)


def other_device(turn: Turn) -> tuple[str, tuple[Finding, ...]]:
    """The device that the event's ``deviceId`` names beside its sender, or empty; and what is wrong with that id.

    An empty ``deviceId`` counts as absent (C-144).
    """
    named = turn.text("deviceId")
    if named in ("", turn.device.device_id):
        return "", ()
    if named in turn.account.devices:
        return named, ()
    said = f"the account has no device {named!r}"
    return named, (Finding("order.device.unknown", said, "event.payload.deviceId", ("C-130",), severity="warning"),)
