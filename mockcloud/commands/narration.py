"""A conversation as it happens, from the notes of the bundled device: lines of 80 columns.

      352 → event   SpeechRecognizer.Recognize                          d1
     1614 ← down    SpeechRecognizer.StopCapture                        d1

Milliseconds since the beginning, direction as the device sees it, channel, message, dialog.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from mockcloud.clock import MILLISECOND
from mockcloud.commands.output import WIDTH
from mockcloud.commands.timeline import fit

if TYPE_CHECKING:
    from mockcloud.client import ReferenceDevice
    from mockcloud.client.vocabulary import Note, Noted

_FOREVER = 3600.0
_CHANNELS = {"downchannel": "down", "response": "resp"}
_SPACE = WIDTH - len("   352 > event  ") - len(" d1")


class Narrator:
    """Tells what a device notes, each thing once. ``say`` gets the lines."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._device: ReferenceDevice | None = None
        self._told = 0
        self._began: int | None = None
        self._dialogs: dict[str, str] = {}

    def step(self, said: str) -> None:
        """A headline, after all that was noted before it."""
        self._catch_up()
        self._say("\n" + click.style(said, bold=True))

    @contextmanager
    def following(self, device: "ReferenceDevice") -> Iterator[None]:
        """Tell what the device notes as soon as it does."""
        self._device = device
        task = asyncio.create_task(self._follow(device))
        try:
            yield
        finally:
            task.cancel()
            self._catch_up()

    async def _follow(self, device: "ReferenceDevice") -> None:
        while True:
            await device.wait_for(lambda _: True, timeout=_FOREVER, since=self._told)
            self._catch_up()

    def _catch_up(self) -> None:
        for noted in self._device.timeline[self._told :] if self._device is not None else ():
            self._told += 1
            self._tell(noted)

    def _tell(self, noted: "Noted") -> None:
        if self._began is None:
            self._began = noted.at
        if (told := _told(noted.what)) is None:
            return
        arrow, channel, text, dialog = told
        ms = (noted.at - self._began) // MILLISECOND
        colour = {"→": "cyan", "←": "green"}.get(arrow)
        named = self._dialogs.setdefault(dialog, f"d{len(self._dialogs) + 1}") if dialog else ""
        self._say(f"{ms:>6} {click.style(arrow, fg=colour)} {fit(channel, 6)} {fit(text, _SPACE)} {named}".rstrip())


def _told(what: "Note") -> tuple[str, str, str, str | None] | None:
    """Arrow, channel, words and dialog ID of a note; ``None`` for what is not worth a line."""
    from mockcloud.client import vocabulary as v

    match what:
        case v.EventSent():
            return "→", "event", what.name + _words(what), what.dialog_request_id
        case v.DirectiveReceived():
            return "←", _CHANNELS[what.via], what.directive.full_name, what.directive.dialog_request_id
        case v.EventAnswered() if what.status not in (200, 204):
            return "←", "resp", f"{what.status} for {what.name} {what.said}", None
        case v.DirectiveDropped():
            return "·", "", f"not carried out: {what.directive.full_name}: {what.why}", None
        case v.UploadEnded():
            return (
                "·",
                "",
                f"{what.audio_bytes // 32} ms of audio sent{' until StopCapture' if what.stopped else ''}",
                None,
            )
        case v.Played():
            return "·", "", _played(what), None
        case v.Rang():
            return "·", "", f"the {what.type.lower()} rings" if what.on else f"the {what.type.lower()} is silent", None
        case v.StateChanged("connection"):
            return "·", "", f"{what.part}: {what.state.lower()}", None
        case v.Trouble():
            return "!", "", str(what), None
    return None


def _words(sent: "Note") -> str:
    from mockcloud.client.vocabulary import EventSent

    text = sent.payload.get("text") if isinstance(sent, EventSent) and sent.name == "TextRecognizer.Recognize" else None
    return f" “{text}”" if text else ""


def _played(played: "Note") -> str:
    from mockcloud.client.vocabulary import Played
    from mockcloud.speech.tone import duration_ms, read_text

    assert isinstance(played, Played)
    if played.kind == "speech" and (text := read_text(played.audio)):
        return f"says “{text}” ({duration_ms(played.audio) / 1000:.1f} s)"
    return f"plays {played.kind}"
