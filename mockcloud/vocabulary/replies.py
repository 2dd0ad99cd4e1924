"""What the cloud wants a device to be told: directives before they become bytes.

A behaviour or a rule returns a `Reply`. Identifiers, the URL of an audio, the part of a multipart body: all that
depends on which channel and connection carries a directive is settled when it is delivered, not here.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from mockcloud.vocabulary.findings import Finding
from mockcloud.vocabulary.value import Value

Via = Literal["response", "downchannel"]
Offline = Literal["hold", "drop", "fail"]

LOCAL = "mockcloud:"
"""URLs in payloads that begin so are ours: delivery puts scheme and authority in its place."""


class Outgoing(Value, frozen=True):
    """A directive that is to be sent."""

    name: str
    """``Namespace.Name``."""
    payload: Mapping[str, Any] = msgspec.field(default_factory=dict)
    via: Via = "response"
    to: str = ""
    """Device id; empty: the device whose event it answers; ``*``: every device of the account with a downchannel;
    ``others``: every one but the sender."""
    dialog: bool = True
    """Carry the dialogRequestId of the event it answers, if that has one (C-071, C-074)."""
    say: str = ""
    """Text that is spoken: audio is attached or linked, and ``payload.url`` set."""
    lang: str = "ko"
    after: int = 0
    """Nanoseconds of the account's time to wait."""
    offline: Offline = "hold"
    """What becomes of a push that falls due without a downchannel."""
    unchecked: bool = False
    """Sent even if the catalogue refuses it."""
    dialog_request_id: str = ""
    """Exactly this one, whatever ``dialog`` says."""
    message_id: str = ""
    """Exactly this one instead of a new one."""
    attachments: tuple[tuple[str, str, bytes], ...] = ()
    """Content-ID, Content-Type and data of binary parts beside the audio of ``say``."""


class ExtensionCall(Value, frozen=True):
    """A request to an extension, ready to be signed and sent."""

    extension: str
    """Its id."""
    url: str
    request: str
    """``LaunchRequest``, ``IntentRequest``, ``SessionEndedRequest``, ``EventRequest``."""
    body: bytes
    about: str = ""
    """The intent, or the full name of the event."""
    session: str = ""
    """Id of the session that it belongs to; empty: of none that stays."""
    number: int = 0
    """Which request of that session it is, counted from 1."""
    words: str = ""
    """What the user said."""
    because: tuple[str, ...] = ()


class RuleCall(Value, frozen=True):
    """An event that the code behind a scenario's rule is to answer."""

    rule: Any
    """`mockcloud.scenario.Rule`, whose ``call`` is the URL."""


class Reply(Value, frozen=True):
    """What answers an event. Without directives in the response its status is 204 (C-035)."""

    outgoing: tuple[Outgoing, ...] = ()
    by: str = ""
    """Who decided: a rule's name, or the behaviour."""
    because: tuple[str, ...] = ()
    unmatched: bool = False
    findings: tuple[Finding, ...] = ()
    """What is wrong with the event, seen from what went before; a violation is refused if strict."""
    mistakes: tuple[Finding, ...] = ()
    """What is wrong with the scenario that decided: no fault of the event, which is never refused for it."""
    faults: tuple[Any, ...] = ()
    """What goes wrong from now on (`mockcloud.faults.Fault`)."""
    calls: tuple[ExtensionCall, ...] = ()
    """Extensions that are told something; nobody waits for what they answer."""
    awaits: ExtensionCall | RuleCall | None = None
    """The extension, or the code of a rule, whose answer is the rest of this reply."""

    def with_because(self, *ids: str) -> "Reply":
        return replace(self, because=(*self.because, *ids))


def speak(text: str, lang: str) -> Outgoing:
    """A `SpeechSynthesizer.Speak` of this text (C-096)."""
    return Outgoing("SpeechSynthesizer.Speak", {"format": "AUDIO_MPEG", "ttsLang": lang}, say=text, lang=lang)


def push(
    name: str,
    payload: Mapping[str, Any] | None = None,
    *,
    to: str = "",
    dialog: bool = False,
    offline: Offline = "hold",
) -> Outgoing:
    """A directive on the downchannel; unasked ones carry no dialogRequestId (C-073)."""
    return Outgoing(name, payload or {}, via="downchannel", to=to, dialog=dialog, offline=offline)
