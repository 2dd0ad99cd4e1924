"""From an extension's answer to what its device is told (K-104..K-112).

In this order: StartExtension, what is shown, what is spoken, the answer's own directives, then ExpectSpeech or
FinishExtension, since the microphone opens last (K-111).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mockcloud.catalogue.cek import DIRECTIVES_OF_EXTENSIONS
from mockcloud.cek.answers import AnsweredDirective, CekAnswer, OutputSpeech, Speech
from mockcloud.cloud.accounts import Account, Device
from mockcloud.cloud.extensions.extension import Extension
from mockcloud.vocabulary import Finding
from mockcloud.vocabulary.replies import Outgoing

_MOST_TOKENS = 256
"""Tokens of an extension's speech and streams that a device's later events are known by."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What is sent for an answer, without what the session adds."""

    shown: tuple[Outgoing, ...]
    spoken: tuple[Outgoing, ...]
    directives: tuple[Outgoing, ...]

    @property
    def outgoing(self) -> tuple[Outgoing, ...]:
        return (*self.shown, *self.spoken, *self.directives)


def carry_out(account: Account, device: Device, extension: Extension, answer: CekAnswer, display: str) -> Carried:
    """Make directives of an answer; ``display`` is the size of the device's display (``none``, ``l100``)."""
    items = answer.speech.for_display(display, account.settings.behaviour.speech_set)
    allowed = [one for one in answer.directives if _refusal(extension, one) is None]
    for token in (*(item.token for item in items), *(token for one in allowed for token in _stream_tokens(one))):
        _remember(device, token, extension)
    directives = tuple(Outgoing(one.full_name, one.payload, message_id=one.message_id) for one in allowed)
    return Carried(_shown(answer), speaks(account, extension, items), directives)


def refused(extension: Extension, answer: CekAnswer) -> tuple[Finding, ...]:
    """The directives of an answer that are left out, and why (K-109)."""
    return tuple(finding for one in answer.directives if (finding := _refusal(extension, one)))


def speaks(account: Account, extension: Extension, items: Sequence[Speech]) -> tuple[Outgoing, ...]:
    """A Speak for each item, in their order (K-104), each with its token."""
    return tuple(_speak(account, extension, item) for item in items)


def reprompt(account: Account, extension: Extension, speech: OutputSpeech | None, display: str) -> tuple[Outgoing, ...]:
    """What is said if the user says nothing; nothing if the extension wants nothing said (K-113)."""
    if speech is None:
        return ()
    return speaks(account, extension, speech.for_display(display, account.settings.behaviour.speech_set))


def _speak(account: Account, extension: Extension, item: Speech) -> Outgoing:
    token = item.token or account.ids.uuid()
    if item.kind == "url":
        payload = {"format": "AUDIO_MPEG", "token": token, "url": item.value}
        return Outgoing("SpeechSynthesizer.Speak", payload)
    lang = item.lang or extension.lang
    return Outgoing(
        "SpeechSynthesizer.Speak",
        {"format": "AUDIO_MPEG", "token": token, "ttsLang": lang},
        say=item.value,
        lang=lang,
    )


def _shown(answer: CekAnswer) -> tuple[Outgoing, ...]:
    """The card as it is, or the text that is spoken (K-106, K-107), on devices without a display too."""
    if answer.card:
        return (Outgoing("Clova.RenderTemplate", answer.card),)
    if text := answer.speech.text:
        return (Outgoing("Clova.RenderText", {"text": text}),)
    return ()


def _refusal(extension: Extension, directive: AnsweredDirective) -> Finding | None:
    """Why a directive of an answer is not passed on; ``None`` if it is."""
    name = directive.full_name
    if name in extension.extra_directives:
        return None
    if name not in DIRECTIVES_OF_EXTENSIONS:
        said = f"{name} is none that an extension may send; it is left out. `extra_directives` of its registration"
        return Finding("extension.directive.not-allowed", f"{said} allows it", directive.path, ("K-108", "K-109"))
    if not extension.audio_player:
        said = f"{name} needs `audio_player: true` in the extension's registration; it is left out"
        return Finding("extension.directive.audio-player", said, directive.path, ("K-109",))
    return None


def _stream_tokens(directive: AnsweredDirective) -> Iterator[str]:
    """By which a device's events about what it plays are recognised (K-122)."""
    item = directive.payload.get("audioItem")
    for owner in (directive.payload, item):
        if isinstance(owner, dict):
            yield _text(owner.get("audioItemId"))
            for name in ("stream", "audioStream"):
                stream = owner.get(name)
                if isinstance(stream, dict):
                    yield _text(stream.get("token"))
    items = directive.payload.get("playableItems")
    for one in items if isinstance(items, list) else ():
        if isinstance(one, dict):
            yield _text(one.get("token"))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _remember(device: Device, token: str, extension: Extension) -> None:
    if not token:
        return
    known = device.from_extensions
    known.pop(token, None)
    known[token] = extension.id
    while len(known) > _MOST_TOKENS:
        del known[next(iter(known))]
