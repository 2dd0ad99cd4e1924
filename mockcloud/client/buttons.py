"""What the buttons do (``doc/design-client-device.md § 버튼 종류``, ``cic/interfaces/playback-controller.md``).

A button that stops or pauses ends what is in the foreground first: an alert, then speech, then music (D-106,
D-213, D-223). Music obeys the cloud, not the button: the press is reported and the directive that follows acts.
"""

from typing import Protocol

from mockcloud.client.vocabulary import Lit, Trouble

BUTTONS = (
    *("stop", "play-pause", "play", "pause", "resume", "next", "previous", "repeat"),
    *("volume-up", "volume-down", "mic-mute", "like", "unlike"),
)


class Pressable(Protocol):
    """What a button may reach."""

    def stop_foreground(self) -> bool:
        """End the alert or the speech that is heard; ``False`` if there is none."""

    def is_playing(self) -> bool: ...

    def is_paused(self) -> bool: ...

    def repeat_mode(self) -> str: ...

    def item_token(self) -> str: ...

    def turn_volume(self, by: int) -> None: ...

    def mute_microphone(self) -> bool:
        """Switch between muted and not; whether it is muted now."""

    def command(self, name: str, payload: dict[str, str]) -> None:
        """Send an event."""

    def note(self, what: Lit | Trouble) -> None: ...


_COMMANDS = {
    "play": "PlayCommandIssued",
    "resume": "ResumeCommandIssued",
    "next": "NextCommandIssued",
    "previous": "PreviousCommandIssued",
}
_LIKES = {"like": "LikeCommandIssued", "unlike": "UnlikeCommandIssued"}
_STOPPING = {"stop": "StopCommandIssued", "pause": "PauseCommandIssued"}


def press(button: str, device: Pressable) -> None:
    """Carry out one press."""
    name, _, value = button.partition(":")
    if name in _STOPPING:
        if not device.stop_foreground():
            device.command(f"PlaybackController.{_STOPPING[name]}", {})
    elif name == "play-pause":
        _play_pause(device)
    elif name == "play" and value:
        device.command("PlaybackController.PlayCommandIssued", {"token": value})
    elif name in _COMMANDS:
        device.command(f"PlaybackController.{_COMMANDS[name]}", {})
    elif name == "repeat":
        mode = "NONE" if device.repeat_mode() == "REPEAT_ONE" else "REPEAT_ONE"
        device.command("PlaybackController.SetRepeatModeCommandIssued", {"repeatMode": mode})
    elif name in _LIKES:
        device.command(f"TemplateRuntime.{_LIKES[name]}", {"token": value or device.item_token()})
    elif name in ("volume-up", "volume-down"):
        device.turn_volume(1 if name == "volume-up" else -1)
    elif name == "mic-mute":
        device.note(Lit("mute" if device.mute_microphone() else "idle"))
    elif name == "custom" and value:
        device.command("PlaybackController.CustomCommandIssued", {"button": value})
    else:
        device.note(
            Trouble(f"there is no button {button!r}", f"buttons: {', '.join(BUTTONS)}, custom:NAME, play:TOKEN")
        )


def _play_pause(device: Pressable) -> None:
    if device.stop_foreground():
        return
    if device.is_playing():
        device.command("PlaybackController.PauseCommandIssued", {})
    elif device.is_paused():
        device.command("PlaybackController.ResumeCommandIssued", {})
    else:
        device.command("PlaybackController.PlayCommandIssued", {})
