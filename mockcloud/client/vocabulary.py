"""The words of the reference device: what happens to it, what it is told to do, what it does, what can be seen.

Inputs and instructions go into the machine, commands come out; `Noted` is the command that asks nothing of the
driver but to show an observer what went on. All are frozen values.

Contract with a driver: at most one connection to CIC at a time. After `Disconnect` (or the next `Connect`) the
old connection reports nothing more. Every request that was sent gets, in this order, at most one
`ResponseStarted`, any number of `ResponseData`, and one of `ResponseEnded` or `ResponseReset`; requests on a
connection that ends are covered by `Disconnected`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mockcloud.vocabulary import ConnectionId, Headers, RequestId
from mockcloud.wire.messages import Directive, Json

Via = Literal["response", "downchannel"]

NO_ERROR, CANCEL = 0x0, 0x8
"""HTTP/2 error codes that the device sends (RFC 9113 § 7)."""


# --- what happens to the device ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Connected:
    conn: ConnectionId


@dataclass(frozen=True, slots=True)
class ConnectFailed:
    reason: str
    """For people: what failed and what to check."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ResponseStarted:
    request: RequestId
    status: int
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class ResponseData:
    request: RequestId
    data: bytes


@dataclass(frozen=True, slots=True)
class ResponseEnded:
    request: RequestId


@dataclass(frozen=True, slots=True)
class ResponseReset:
    """The peer reset the stream; for a `Fetch` also: its connection failed (``reason`` says how)."""

    request: RequestId
    code: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class WentAway:
    """GOAWAY: no further request may be sent on this connection."""

    code: int = 0


@dataclass(frozen=True, slots=True)
class PingAnswered:
    pass


@dataclass(frozen=True, slots=True)
class Woke:
    """The machine's `next_deadline` has come."""


# --- what a person does --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WakeWord:
    """Where the wake word stands in the audio, in samples of 1/16,000 s (D-072, D-073)."""

    start: int
    end: int
    name: str = "clova"
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Initiator:
    """How the user called the device (``cic/interfaces/speech-recognizer.md § Recognize event``)."""

    type: Literal["PRESS_AND_HOLD", "TAP", "WAKEWORD"] = "TAP"
    input_source: str = "SELF"
    wake_word: WakeWord | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """Switch on: get a token, connect, stay connected."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Switch off."""


@dataclass(frozen=True, slots=True, eq=False)
class Say:
    """A person speaks: ``pcm`` is 16-bit little-endian mono at 16 kHz, ``text`` what a listener would write.

    Without ``initiator`` the words answer the pending question if there is one (they wait until it has been
    asked), else they start a dialog by tap. With one, they always start a dialog.
    """

    text: str | None = None
    pcm: bytes = b""
    initiator: Initiator | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Type:
    """A person types a request, or the answer to the pending question."""

    text: str


@dataclass(frozen=True, slots=True)
class Press:
    """A button is pressed: one of `mockcloud.client.buttons.BUTTONS`, or ``custom:NAME``, ``play:TOKEN``."""

    button: str


@dataclass(frozen=True, slots=True)
class Power:
    on: bool


@dataclass(frozen=True, slots=True)
class SetClock:
    """The device's clock is set to this time (nanoseconds since 1970) and runs on, or stands still if ``frozen``.

    Alerts and the life of tokens go by it; what is heard, PING and patience do not."""

    now: int
    frozen: bool = False


@dataclass(frozen=True, slots=True)
class Login:
    """The user logs in with another NAVER account; ``None`` makes the device a guest's."""

    naver_access_token: str | None


@dataclass(frozen=True, slots=True)
class AnswerTerms:
    """The user answers the terms page that a 451 demanded (D-011, D-012)."""

    accepted: bool


@dataclass(frozen=True, slots=True, eq=False)
class SendEvent:
    """Send an event as it is, with the device's context; ``namespace`` and ``name`` need not be known ones."""

    namespace: str
    name: str
    payload: Mapping[str, Any] = field(default_factory=dict)


Instruction = Start | Stop | Say | Type | Press | Power | SetClock | Login | AnswerTerms | SendEvent


@dataclass(frozen=True, slots=True)
class Did:
    instruction: Instruction


Input = (
    Connected
    | ConnectFailed
    | Disconnected
    | ResponseStarted
    | ResponseData
    | ResponseEnded
    | ResponseReset
    | WentAway
    | PingAnswered
    | Woke
    | Did
)


# --- what an observer sees -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StateChanged:
    """A part of the device (``connection``, ``tokens``, ``speech``, ``player``, ``microphone``) is in a new state."""

    part: str
    state: str


@dataclass(frozen=True, slots=True)
class EventSent:
    """An event left the device; ``message`` is its metadata part as sent."""

    request: RequestId
    message: Json
    cause: Instruction | None = None
    """The instruction that it carries out, if one does."""

    @property
    def name(self) -> str:
        header = self.message["event"]["header"]
        return f"{header['namespace']}.{header['name']}"

    @property
    def payload(self) -> Json:
        payload: Json = self.message["event"]["payload"]
        return payload

    @property
    def dialog_request_id(self) -> str | None:
        value: str | None = self.message["event"]["header"].get("dialogRequestId")
        return value

    def context_of(self, full_name: str) -> Json | None:
        """The payload of a context object (``Alerts.AlertsState``), if the event carries it."""
        for item in self.message["context"]:
            if f"{item['header']['namespace']}.{item['header']['name']}" == full_name:
                payload: Json = item["payload"]
                return payload
        return None


@dataclass(frozen=True, slots=True)
class EventAnswered:
    """The response of an event has ended. ``status`` 0: there was none (``said`` tells why)."""

    request: RequestId
    name: str
    status: int
    said: str = ""
    cause: Instruction | None = None


@dataclass(frozen=True, slots=True)
class UploadEnded:
    """The audio of a Recognize is complete; ``stopped``: the cloud said StopCapture."""

    request: RequestId
    audio_bytes: int
    stopped: bool


@dataclass(frozen=True, slots=True)
class DirectiveReceived:
    directive: Directive
    via: Via
    request: RequestId


@dataclass(frozen=True, slots=True)
class DirectiveDropped:
    """Not carried out: another dialog's (D-049, D-050), unknown (D-055), or unusable."""

    directive: Directive
    via: Via
    why: str


@dataclass(frozen=True, slots=True)
class Played:
    """A sound begins: ``kind`` is ``speech``, ``music``, ``alert`` or ``notification``."""

    kind: str
    token: str
    url: str
    audio: bytes = field(default=b"", repr=False)
    offset_ms: int = 0


@dataclass(frozen=True, slots=True)
class Silenced:
    """A sound is over."""

    kind: str
    token: str


@dataclass(frozen=True, slots=True)
class Rang:
    """An alert begins to ring (``on``) or is no longer heard."""

    token: str
    type: str
    on: bool


@dataclass(frozen=True, slots=True)
class Lit:
    """The lamp: ``idle``, ``listening``, ``processing``, ``error``, ``mute``, ``notification``."""

    light: str


@dataclass(frozen=True, slots=True)
class Shown:
    """Something for the user's eyes: a text, a template, a page."""

    what: str
    content: Any


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something went wrong that a person should know: what, and what to check."""

    said: str
    cure: str = ""
    status: int = 0

    def __str__(self) -> str:
        return f"{self.said}; {self.cure}" if self.cure else self.said


Note = (
    StateChanged
    | EventSent
    | EventAnswered
    | UploadEnded
    | DirectiveReceived
    | DirectiveDropped
    | Played
    | Silenced
    | Rang
    | Lit
    | Shown
    | Trouble
)


# --- what the driver is to do --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Connect:
    """Open the connection to CIC; `Connected` or `ConnectFailed` follows."""

    origin: str


@dataclass(frozen=True, slots=True)
class Disconnect:
    """Write out what is under way and close the connection to CIC."""


@dataclass(frozen=True, slots=True)
class SendRequest:
    """A request on the connection to CIC."""

    request: RequestId
    method: str
    path: str
    """With the query."""
    headers: Headers
    body: bytes = b""
    end: bool = True


@dataclass(frozen=True, slots=True)
class SendData:
    request: RequestId
    data: bytes
    end: bool = False


@dataclass(frozen=True, slots=True)
class ResetRequest:
    """Give up a request, on whatever connection it is. It reports nothing more."""

    request: RequestId
    code: int = CANCEL


@dataclass(frozen=True, slots=True)
class Fetch:
    """A request to any origin, on a connection other than the one to CIC (authorisation, media)."""

    request: RequestId
    method: str
    url: str
    headers: Headers = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class SendPing:
    pass


@dataclass(frozen=True, slots=True)
class Noted:
    """Something an observer would like to see; ``at`` is the device's clock, nanoseconds since 1970."""

    at: int
    what: Note


Command = Connect | Disconnect | SendRequest | SendData | ResetRequest | Fetch | SendPing | Noted
