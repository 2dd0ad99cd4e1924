"""Delegation: what the user asks for in the app, another device carries out (``newer/HandleDelegation.md``)."""

from mockcloud.cloud.accounts import Account, Delegation
from mockcloud.cloud.turn import Turn
from mockcloud.vocabulary.replies import Outgoing, push


def delegate(account: Account, device_id: str, words: str) -> Outgoing:
    """Let a device carry this request out: HandleDelegatedEvent on its downchannel (C-158)."""
    delegation_id = account.ids.uuid()
    account.delegations[delegation_id] = Delegation(device_id, words)
    return push("Clova.HandleDelegatedEvent", {"delegationId": delegation_id}, to=device_id)


def redeem(turn: Turn) -> str | None:
    """The words of the request that was delegated to this device (C-159); ``None`` if there is none (any more)."""
    delegation_id = turn.text("delegationId")
    found = turn.account.delegations.get(delegation_id)
    if found is None or found.device_id != turn.device.device_id:
        return None
    del turn.account.delegations[delegation_id]
    return found.words
