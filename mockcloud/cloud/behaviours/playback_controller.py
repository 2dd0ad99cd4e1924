"""PlaybackController: buttons on a device, and buttons on one device for another (C-127..C-132)."""

from collections.abc import Callable
from typing import Literal

from mockcloud.cloud import playback
from mockcloud.cloud.behaviours.reports import other_device
from mockcloud.cloud.turn import Turn, Words
from mockcloud.vocabulary.replies import Outgoing, Reply, push

NAMESPACE = "PlaybackController"
Button = Literal["Next", "Pause", "Previous", "Resume", "Stop"]

_MODES: dict[str, playback.RepeatMode] = {"NONE": "NONE", "REPEAT_ONE": "REPEAT_ONE"}
_STEPS = {"Next": 1, "Previous": -1}


def command(name: Button) -> Callable[[Turn], Reply]:
    """The directive of that name for the sender (C-127), or an Expect...Command for the device it names (C-130)."""

    def issued(turn: Turn) -> Reply:
        other, findings = other_device(turn)
        if other:
            asked = () if findings else playback.remote(name, other)
            return Reply(asked, NAMESPACE, ("C-130", "C-131"), findings=findings)
        return Reply(_pressed(turn, name), NAMESPACE, ("C-127",))

    return issued


def _pressed(turn: Turn, name: Button) -> tuple[Outgoing, ...]:
    answer = turn.account.settings.behaviour.playback_buttons
    if answer == "none":
        return ()
    if answer == "play" and name in _STEPS and (item := playback.beside(turn.device.player, _STEPS[name])):
        return (playback.replay(item),)
    return (Outgoing(f"{NAMESPACE}.{name}"),)


def play(turn: Turn) -> Reply:
    """Play on another device, take over from one, or play here (C-127, C-132)."""
    other, findings = other_device(turn)
    if other:
        asked = () if findings else _hand_over(turn, other)
        return Reply(asked, NAMESPACE, ("C-131", "C-132"), findings=findings)
    if turn.account.settings.behaviour.playback_buttons == "none":
        return Reply((), NAMESPACE, ("C-127",))
    giver = turn.account.devices.get(_handover(turn)[0])
    if giver is not None and giver is not turn.device:
        return Reply(_take_over(turn, giver.device_id), NAMESPACE, ("C-132",))
    return Reply(_play_here(turn), NAMESPACE, ("C-127",))


def _handover(turn: Turn) -> tuple[str, str | None]:
    """``deviceId`` and ``customData`` of the event's handover."""
    handover = turn.payload.get("handover")
    if not isinstance(handover, dict):
        return "", None
    giver, data = handover.get("deviceId"), handover.get("customData")
    return giver if isinstance(giver, str) else "", data if isinstance(data, str) else None


def _hand_over(turn: Turn, receiver: str) -> tuple[Outgoing, ...]:
    giver, data = _handover(turn)
    device = turn.account.devices.get(giver, turn.device)
    return playback.hand_over(device, receiver, turn.text("token"), data)


def _take_over(turn: Turn, giver_id: str) -> tuple[Outgoing, ...]:
    """The receiver gets the content from where the giver stands; the giver stops."""
    giver = turn.account.devices[giver_id]
    found = playback.find(turn.account, turn.text("token") or giver.player.token, giver)
    content = (playback.replay(found.item, begin=playback.position_of(giver)),) if found else playback.play(turn)
    if not turn.account.settings.behaviour.handover_stops_giver:
        return content
    return (*content, push(f"{NAMESPACE}.Stop", to=giver_id, offline="drop"))


def _play_here(turn: Turn) -> tuple[Outgoing, ...]:
    """The item of the token, else go on if it pauses, else the music of the catalogue."""
    found = playback.find(turn.account, turn.text("token"), turn.device)
    if found:
        return (playback.replay(found.item),)
    if turn.context("AudioPlayer.PlaybackState").get("playerActivity") == "PAUSED":
        return (Outgoing(f"{NAMESPACE}.Resume"),)
    return playback.play(turn)


def repeat_mode(turn: Turn) -> Reply:
    """The mode goes to the sender, or to the device it names (C-129)."""
    other, findings = other_device(turn)
    mode = _MODES.get(turn.text("repeatMode"))
    asked = () if findings or mode is None else playback.set_repeat(turn.account, mode, to=other)
    return Reply(asked, NAMESPACE, ("C-129",), findings=findings)


def custom(turn: Turn) -> Reply | Words:
    """What the account has assigned to that button; 204 if nothing (C-128)."""
    words = turn.account.buttons.get(turn.text("button"))
    return Words(words, ("C-128",)) if words else Reply((), NAMESPACE, ("C-128",))


TABLE: dict[str, Callable[[Turn], Reply | Words]] = {
    "CustomCommandIssued": custom,
    "NextCommandIssued": command("Next"),
    "PauseCommandIssued": command("Pause"),
    "PlayCommandIssued": play,
    "PreviousCommandIssued": command("Previous"),
    "ResumeCommandIssued": command("Resume"),
    "SetRepeatModeCommandIssued": repeat_mode,
    "StopCommandIssued": command("Stop"),
}
