"""A message or occurrence of the journal, as tests look at it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Message:
    """An entry of the journal: a directive, an event, a request, something about a connection."""

    name: str
    """``Namespace.Name`` of an event or a directive; ``GET /v1/directives``; ``disconnected``."""
    kind: str
    """``event``, ``directive``, ``error``, ``request``, ``connection``..."""
    direction: str
    """``in`` from a device, ``out`` to it, ``-`` neither."""
    channel: str
    """``event``, ``response``, ``downchannel``, ``auth``, ``ping``, ``media``..."""
    device: str
    seq: int
    """Its number in the journal of its account, from 1."""
    at: datetime
    """By the account's clock."""
    status: int | None
    words: str
    """What the user said or typed, as it was understood; of a Speak what the user hears."""
    header: Mapping[str, Any]
    payload: Mapping[str, Any]
    context: Mapping[str, Mapping[str, Any]]
    """Payloads of the context objects, by ``Namespace.Name``."""
    violations: tuple[str, ...]
    """Codes of what is wrong with it."""
    entry: Mapping[str, Any]
    """The whole entry, as ``GET /v1/journal`` gives it."""
    intent: str | None = None
    """Of an event that a function of `Cloud.on` answers: what is understood by the words."""
    slots: Mapping[str, Any] = field(default_factory=dict)
    """Values of the intent's slots, likewise."""

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Self:
        """The message of an entry of ``GET /v1/journal``."""
        message = entry["message"] if isinstance(entry["message"], Mapping) else {}
        body = message.get("event") or message.get("directive") or message
        body = body if isinstance(body, Mapping) else {}
        return cls(
            name=entry["name"],
            kind=entry["kind"],
            direction=entry["direction"],
            channel=entry["channel"],
            device=entry["device"],
            seq=entry["seq"],
            at=datetime.fromisoformat(entry["at"]),
            status=entry["status"],
            words=entry["words"],
            header=_object(body.get("header")),
            payload=_object(body.get("payload")),
            context={
                f"{item['header'].get('namespace')}.{item['header'].get('name')}": _object(item.get("payload"))
                for item in message.get("context") or ()
                if isinstance(item, Mapping) and isinstance(item.get("header"), Mapping)
            },
            violations=tuple(one["code"] for one in entry["violations"] if one["severity"] == "violation"),
            entry=entry,
        )

    def __str__(self) -> str:
        words = f" {self.words!r}" if self.words else ""
        status = f" {self.status}" if self.status is not None else ""
        return f"{self.seq} {self.direction} {self.channel} {self.name}{words}{status}"


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
