"""Bodies of responses: directives with their attachments, and the error message."""

from collections.abc import Iterable
from typing import Literal

from mockcloud.settings import Edition
from mockcloud.vocabulary import Headers, Ids
from mockcloud.wire.messages import Directive, Json, dumps
from mockcloud.wire.multipart import MultipartWriter, Part, attachment_part, directive_part, exception_part

Placement = Literal["after", "before", "last"]


def new_writer(ids: Ids) -> MultipartWriter:
    """A writer with a boundary that no part contains."""
    return MultipartWriter(f"mockcloud-{ids.token('boundary', 12)}")


def multipart_headers(writer: MultipartWriter) -> Headers:
    """The Content-Type of a response (C-051)."""
    return (("content-type", writer.content_type("related")),)


def parts_of(directive: Directive, message: bytes, ids: Ids, placement: Placement) -> tuple[list[Part], list[Part]]:
    """The parts of one directive in their order, and those that come after all directives (C-052, C-055)."""
    json_part = directive_part(directive.name, ids.uuid(), message)
    attached = [attachment_part(ids.uuid(), a.content_id, a.data, a.content_type) for a in directive.attachments]
    if placement == "before":
        return [*attached, json_part], []
    if placement == "last":
        return [json_part], attached
    return [json_part, *attached], []


def event_response(
    writer: MultipartWriter, directives: Iterable[tuple[Directive, bytes]], ids: Ids, placement: Placement
) -> bytes:
    """The whole body that answers an event (C-034, C-056, C-057); each directive with its JSON."""
    parts: list[Part] = []
    last: list[Part] = []
    for directive, message in directives:
        here, later = parts_of(directive, message, ids, placement)
        parts += here
        last += later
    return writer.whole([*parts, *last])


def error_message(code: int, description: str, edition: Edition, message_id: str) -> Json:
    """`System.Exception` (C-059, C-062, C-063), without the outer ``directive`` in 4.4 (C-060)."""
    message = {
        "header": {"namespace": "System", "name": "Exception", "messageId": message_id},
        "payload": {"code": code, "description": description},
    }
    return {"directive": message} if edition == "newer" else message


def error_body(writer: MultipartWriter, message: Json, ids: Ids) -> bytes:
    """The error message as the one part of a multipart body (C-061)."""
    return writer.whole([exception_part(ids.uuid(), dumps(message))])
