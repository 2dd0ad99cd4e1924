"""PlaybackController: buttons on a device, and buttons on one device for another."""

from collections.abc import Callable

from mockcloud.cloud.turn import Turn
from mockcloud.vocabulary.replies import Outgoing, Reply, push

NAMESPACE = "PlaybackController"


def command(name: str) -> Callable[[Turn], Reply]:
    """The directive of that name for the sender (C-127), or an Expect...Command for the device it names (C-130)."""

    def issued(turn: Turn) -> Reply:
        other = turn.text("deviceId")
        if other:
            return Reply((push(f"{NAMESPACE}.Expect{name}Command", to=other),), NAMESPACE, ("C-130", "C-131"))
        return Reply((Outgoing(f"{NAMESPACE}.{name}"),), NAMESPACE, ("C-127",))

    return issued


def repeat_mode(turn: Turn) -> Reply:
    """The mode goes to the sender, or to the device it names (C-129)."""
    payload = {"repeatMode": turn.payload.get("repeatMode")}
    name, other = f"{NAMESPACE}.SetRepeatMode", turn.text("deviceId")
    answer = push(name, payload, to=other) if other else Outgoing(name, payload)
    return Reply((answer,), NAMESPACE, ("C-129",))


TABLE = {
    **{f"{name}CommandIssued": command(name) for name in ("Next", "Pause", "Previous", "Resume", "Stop")},
    "SetRepeatModeCommandIssued": repeat_mode,
}
