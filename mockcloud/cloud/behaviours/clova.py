"""Clova: requests that were delegated to the device (``newer/HandleDelegation.md``)."""

from mockcloud.cloud import delegation
from mockcloud.cloud.turn import Turn, Words
from mockcloud.vocabulary import Finding
from mockcloud.vocabulary.replies import Reply

NAMESPACE = "Clova"


def process(turn: Turn) -> Reply | Words:
    """The delegated request is answered here, without dialogRequestId; an unknown or used id is 204 (C-159, C-160)."""
    words = delegation.redeem(turn)
    if words is not None:
        return Words(words, ("C-159", "C-160"), dialog=False)
    said = "no request with this delegationId waits for this device"
    unknown = Finding("order.delegation.unknown", said, "event.payload.delegationId", ("D-185", "C-160"))
    return Reply((), NAMESPACE, ("C-160",), findings=(unknown,))


TABLE = {"ProcessDelegatedEvent": process}
