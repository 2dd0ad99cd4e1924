"""The values that travel: events with their context, directives with their attachments.

JSON on the wire is UTF-8, unescaped, without blanks; key order is the order given.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mockcloud.vocabulary.value import Value

Json = dict[str, Any]

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def dumps(value: Any) -> bytes:
    """JSON as we send it: UTF-8, unescaped, no blanks. Half a character, which UTF-8 cannot hold, becomes ``?``."""
    return _ENCODER.encode(value).encode("utf-8", "replace")


def split_name(full: str) -> tuple[str, str]:
    """``Clova.Hello`` -> ``("Clova", "Hello")``. Raises `ValueError` without a dot."""
    namespace, dot, name = full.rpartition(".")
    if not dot or not namespace or not name:
        raise ValueError(f"{full!r} is not a message name: write Namespace.Name, such as Clova.Hello")
    return namespace, name


class Attachment(Value, frozen=True):
    """A binary part of a response; a directive refers to it as ``cid:<content_id>`` (C-053)."""

    content_id: str
    data: bytes
    content_type: str = "application/octet-stream"


class Directive(Value, frozen=True):
    """A message from the cloud to a device (``newer/CIC_API.md § 지시 메시지(Directive)``)."""

    namespace: str
    name: str
    message_id: str
    payload: Mapping[str, Any]
    dialog_request_id: str | None = None
    attachments: tuple[Attachment, ...] = ()

    @property
    def full_name(self) -> str:
        return f"{self.namespace}.{self.name}"

    def as_json(self) -> Json:
        header = {"namespace": self.namespace, "name": self.name, "messageId": self.message_id}
        if self.dialog_request_id is not None:
            header["dialogRequestId"] = self.dialog_request_id
        return {"directive": {"header": header, "payload": self.payload}}


@dataclass(frozen=True, slots=True)
class Event:
    """A message from a device to the cloud (``newer/CIC_API.md § 이벤트 메시지(Event)``).

    Built from JSON whose envelope has been found usable: strings where strings must be, objects where objects
    must be. What is missing is an empty string or an empty object here; ``message`` is what was received.
    """

    namespace: str
    name: str
    message_id: str
    payload: Json
    dialog_request_id: str | None
    contexts: dict[str, Json]
    """Payloads of the context objects by full name; of equal names the last."""
    message: Json = field(repr=False)

    @property
    def full_name(self) -> str:
        return f"{self.namespace}.{self.name}"

    def context_of(self, full_name: str) -> Json | None:
        """The payload of a context object (``Alerts.AlertsState``), if the event carries it."""
        return self.contexts.get(full_name)


def contexts_by_name(context: Any) -> dict[str, Json]:
    """``[{header, payload}, ...]`` as ``{"Device.Display": payload}``; what has no readable name is left out."""
    found: dict[str, Json] = {}
    for item in context if isinstance(context, list) else ():
        if isinstance(item, dict) and isinstance(header := item.get("header"), dict):
            payload = item.get("payload")
            found[f"{header.get('namespace')}.{header.get('name')}"] = payload if isinstance(payload, dict) else {}
    return found


def read_event(message: Any, *, strict: bool) -> tuple[Event | None, str]:
    """The event of a metadata part, or what of its envelope is missing (C-041).

    Lenient: blanks around the names of header members are taken off (one printed example has them).
    """
    if not isinstance(message, dict):
        return None, "the metadata is not a JSON object"
    event, context = message.get("event"), message.get("context")
    if not isinstance(event, dict):
        hint = "; it is called event, not events" if "events" in message else ""
        return None, f"event: an object is required{hint}"
    if not isinstance(context, list) or not all(isinstance(item, dict) for item in context):
        return None, "context: an array of objects is required, even if it is empty"
    header, payload = event.get("header"), event.get("payload")
    if not isinstance(header, dict):
        return None, "event.header: an object is required"
    if not strict and "messageId" not in header:
        header = event["header"] = {name.strip(): value for name, value in header.items()}
    for name in ("namespace", "name", "messageId"):
        if not isinstance(header.get(name), str) or not header[name]:
            return None, f"event.header.{name}: text is required"
    if not isinstance(payload, dict):
        return None, "event.payload: an object is required, even if it is empty"
    dialog = header.get("dialogRequestId")
    return (
        Event(
            namespace=header["namespace"],
            name=header["name"],
            message_id=header["messageId"],
            payload=payload,
            dialog_request_id=dialog if isinstance(dialog, str) and dialog else None,
            contexts=contexts_by_name(context),
            message=message,
        ),
        "",
    )


def carries_access_token(request: Mapping[str, Any]) -> bool:
    """Whether a request to an extension has the access token of the account that the user has linked (K-147)."""
    held: Any = request
    for member in ("context", "System", "user"):
        held = held.get(member) if isinstance(held, dict) else None
    return isinstance(held, dict) and bool(held.get("accessToken"))
