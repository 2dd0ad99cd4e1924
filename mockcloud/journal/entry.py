"""One thing that happened, as the journal keeps it and the control API shows it."""

import json
from dataclasses import dataclass, field
from typing import Any, Literal

from mockcloud.clock import iso
from mockcloud.vocabulary import Finding
from mockcloud.wire.messages import carries_access_token, contexts_by_name

Channel = Literal[
    "event",
    "response",
    "downchannel",
    "auth",
    "connection",
    "ping",
    "media",
    "control",
    "extension",
    "scenario",
    "device",
]
Direction = Literal["in", "out", "-"]
Kind = Literal[
    "event",
    "directive",
    "error",
    "request",
    "connection",
    "timer",
    "finding",
    "cek-request",
    "cek-response",
    "rule-request",
    "rule-response",
    "observed",
]

FACTS = (
    *("event", "directive", "payload", "header", "context", "says", "device", "channel", "direction", "kind", "name"),
    *("dialog_request_id", "message_id", "status", "rule", "unmatched", "violations"),
    *("extension", "request", "intent", "slots", "linked"),
    *("observed", "value"),
)
"""What a `match` may speak of: the names in `Entry.facts`, each of which only some entries have."""


@dataclass(slots=True, eq=False)
class Entry:
    """A message or occurrence.

    The message itself is kept as the bytes that travelled and read only when somebody looks: a journal of ten
    thousand entries stays small, and an event costs no second tree of objects.
    """

    at: int
    """The account's time, nanoseconds since 1970."""
    account: str
    channel: Channel
    direction: Direction
    kind: Kind
    name: str
    device: str = ""
    dialog_request_id: str | None = None
    message_id: str | None = None
    status: int | None = None
    raw: bytes = b""
    """JSON of the message, or empty."""
    findings: tuple[Finding, ...] = ()
    rule: str = ""
    """The scenario rule or the behaviour that decided, as people know it."""
    because: tuple[str, ...] = ()
    unmatched: bool = False
    """Nothing took this event: no rule, no behaviour, no understanding."""
    note: str = ""
    """What else is worth knowing, in words: how the audio was understood, why a connection ended."""
    words: str = ""
    """What the user said or typed, as it was understood."""
    says: str = ""
    """The same without blanks, punctuation and case: what ``says`` conditions look at."""
    audio: bytes = b""
    """What was heard (16-bit PCM, 16 kHz), if the account keeps audio."""
    connection: int | None = None
    state: str = ""
    """Of an event: the scenario's state that it met."""
    seq: int = field(default=0, init=False)

    @property
    def message(self) -> Any:
        """The message as it travelled, or ``None``."""
        return json.loads(self.raw) if self.raw else None

    @property
    def audio_bytes(self) -> int:
        return len(self.audio)

    def as_json(self) -> dict[str, Any]:
        """The entry as the control API gives it."""
        return {
            "seq": self.seq,
            "at": iso(self.at),
            "account": self.account,
            "device": self.device,
            "connection": self.connection,
            "channel": self.channel,
            "direction": self.direction,
            "kind": self.kind,
            "name": self.name,
            "dialog_request_id": self.dialog_request_id,
            "message_id": self.message_id,
            "status": self.status,
            "message": self.message,
            "violations": [finding.as_json() for finding in self.findings],
            "rule": self.rule,
            "because": list(self.because),
            "unmatched": self.unmatched,
            "words": self.words,
            "audio_bytes": self.audio_bytes,
            "note": self.note,
        }

    def facts(self) -> dict[str, Any]:
        """What a `match` speaks of: ``event`` or ``directive`` (full names), ``payload``, ``header``, ``context``.

        Of a message to or from an extension: ``extension`` (its id), ``request`` (``IntentRequest``), ``intent``, and
        of a request ``slots`` (value by slot name) and ``linked`` (whether it carries an access token) too.
        """
        message = self.message
        facts: dict[str, Any] = {
            "device": self.device,
            "channel": self.channel,
            "direction": self.direction,
            "kind": self.kind,
            "name": self.name,
            "dialog_request_id": self.dialog_request_id,
            "message_id": self.message_id,
            "status": self.status,
            "rule": self.rule,
            "unmatched": self.unmatched,
            "says": self.says or None,
            "violations": [finding.code for finding in self.findings],
        }
        if self.kind in ("event", "directive", "error"):
            facts[self.kind if self.kind != "error" else "directive"] = self.name
        if self.kind in ("cek-request", "cek-response"):
            facts |= self._of_extension(message)
        elif self.kind == "observed":
            facts |= {"observed": self.name, "value": message["value"]}
        elif isinstance(message, dict):
            body = message.get("event") or message.get("directive") or message
            if isinstance(body, dict):
                facts["header"] = body.get("header")
                facts["payload"] = body.get("payload")
            facts["context"] = contexts_by_name(message.get("context"))
        return {name: value for name, value in facts.items() if value is not None}

    def _of_extension(self, message: Any) -> dict[str, Any]:
        """The name says what was asked, so that answers have it too: ``IntentRequest OrderPizza``."""
        request, _, about = self.name.partition(" ")
        facts: dict[str, Any] = {"extension": self.rule.removeprefix("extension "), "request": request}
        if request == "IntentRequest":
            facts["intent"] = about
        if self.kind == "cek-request" and isinstance(message, dict):
            facts |= {"slots": _slot_values(message), "linked": carries_access_token(message)}
        return facts


def _slot_values(message: dict[str, Any]) -> dict[str, Any] | None:
    """Value by slot name; ``None`` if it is not a request with an intent."""
    asked = message.get("request")
    intent = asked.get("intent") if isinstance(asked, dict) else None
    if not isinstance(intent, dict) or not intent.get("name"):
        return None
    slots = intent.get("slots")
    named = slots.items() if isinstance(slots, dict) else ()
    return {name: slot.get("value") if isinstance(slot, dict) else slot for name, slot in named}
