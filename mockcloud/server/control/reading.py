"""Reads queries and bodies by their declared shape, and explains what is wrong with one.

The verdict is msgspec's, which is quick and strict (the text ``"3"`` is not a number); the explanation is made by the
catalogue from the JSON Schema of the same declaration, which finds every mistake and what was probably meant.
"""

import contextlib
import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NoReturn, TypeVar
from urllib.parse import parse_qsl

import msgspec

from mockcloud.catalogue.explanation import Flaw, dotted, explain, nearest
from mockcloud.server.control.problems import Refusal, refusal
from mockcloud.wire.http import MAX_PARAMETERS, media_type
from mockcloud.wire.jsontext import JsonError, loads

S = TypeVar("S", bound=msgspec.Struct)

_WHOLE_NUMBER = re.compile("-?[0-9]{1,99}")
REFERENCE = "#/components/schemas/{name}"


def is_json(content_type: str) -> bool:
    kind = media_type(content_type)[0]
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def read_body(data: bytes, content_type: str, shape: type[S], max_depth: int) -> S:
    """A JSON body; an empty one is ``{}``. Raises `Refusal` with 400, 415 or 422."""
    if not data.strip():
        data = b"{}"
    elif content_type and not is_json(content_type):
        raise refusal(
            415,
            "Not JSON",
            f"the body is {content_type}, expected application/json (curl: -H 'Content-Type: application/json')",
            headers={"Accept": "application/json"},
        )
    value = _parsed(data, max_depth)
    try:
        return msgspec.convert(value, shape)
    except ValueError as error:  # besides wrong shapes: lone surrogates, which msgspec cannot read
        flaws = list(explain(value, _schema(shape), _no_other_schema))
        if not flaws:
            with contextlib.suppress(ValueError):
                return msgspec.convert(_with_whole_numbers(value), shape)
        raise _mistakes(422, "The body is wrong", flaws, error) from None


def read_text(data: bytes, content_type: str, max_depth: int) -> str:
    """A document that people write, YAML or JSON: of unknown type it is YAML. Raises `Refusal` with 400."""
    if content_type and is_json(content_type) and data.strip():
        _parsed(data, max_depth)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        said = f"line {line}: byte 0x{data[error.start]:02x} is not UTF-8 ({error.reason})"
        raise refusal(400, "Not UTF-8", said, line=line) from None


def read_query(query: str, shape: type[S]) -> S:
    """Parameters of a query. Raises `Refusal` with 400."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_PARAMETERS)
    except ValueError as error:
        raise refusal(400, "The query is wrong", str(error)) from None
    flaws: list[Flaw] = []
    values: dict[str, Any] = {}
    properties = components(shape)[shape.__name__]["properties"]
    for name, text in pairs:
        if name not in properties:
            flaws.append(Flaw((name,), "unknown", f"`{name}` is not known here", meant=nearest(name, properties) or ""))
        elif name in values:
            flaws.append(Flaw((name,), "condition", f"`{name}` is given twice"))
        else:
            values[name] = text
    try:
        found = msgspec.convert(values, shape, strict=False)
    except msgspec.ValidationError as error:
        raise _mistakes(400, "The query is wrong", [*flaws, *_wrong_values(values, shape)], error) from None
    if flaws:
        raise _mistakes(400, "The query is wrong", flaws, None)
    return found


def _wrong_values(values: dict[str, Any], shape: type[msgspec.Struct]) -> Iterable[Flaw]:
    """Each parameter is judged by itself: a number is text here, and only wrong if it cannot be read as one."""
    for name, text in values.items():
        try:
            msgspec.convert({name: text}, shape, strict=False)
        except msgspec.ValidationError:
            value = int(text) if _WHOLE_NUMBER.fullmatch(text) else text
            yield from explain({name: value}, _schema(shape), _no_other_schema)


def _with_whole_numbers(value: Any) -> Any:
    """``3.0`` is an integer to JSON Schema, and so to clients made of the description, but not to msgspec."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case list():
            return [_with_whole_numbers(one) for one in value]
        case dict():
            return {name: _with_whole_numbers(one) for name, one in value.items()}
    return value


def _parsed(data: bytes, max_depth: int) -> Any:
    try:
        return loads(data, max_depth=max_depth)
    except JsonError as error:
        raise refusal(400, "No JSON", str(error), line=error.line, column=error.column) from None


def _mistakes(status: int, title: str, flaws: Iterable[Flaw], error: Exception | None) -> Refusal:
    found: Sequence[Flaw] = list(flaws) or [Flaw((), "", str(error))]
    first = found[0]
    place = dotted(first.path)
    detail = first.sentence if place in ("", _named_by(first)) else f"{place}: {first.sentence}"
    if len(found) > 1:
        detail += f" (and {len(found) - 1} more)"
    problems = [
        {"said": flaw.said, "path": dotted(flaw.path), "hint": f"did you mean `{flaw.meant}`?" if flaw.meant else ""}
        for flaw in found
    ]
    return refusal(status, title, detail, problems=problems)


def _named_by(flaw: Flaw) -> str:
    """What a sentence such as "`limt` is not known here" names by itself."""
    return str(flaw.path[-1]) if flaw.path and flaw.said.startswith(f"`{flaw.path[-1]}` ") else ""


@cache
def components(*shapes: type[msgspec.Struct]) -> dict[str, Any]:
    """The JSON Schemas of these shapes and of all that they are made of, by name."""
    return msgspec.json.schema_components(shapes, ref_template=REFERENCE)[1]


def _schema(shape: type[msgspec.Struct]) -> dict[str, Any]:
    """The schema of a shape, complete in itself."""
    return {"$ref": REFERENCE.format(name=shape.__name__), "components": {"schemas": components(shape)}}


def _no_other_schema(uri: str) -> NoReturn:
    raise KeyError(uri)
