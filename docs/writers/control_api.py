"""``control-api.md``: the calls of the control listener, from its OpenAPI description."""

from collections.abc import Iterator, Mapping
from typing import Any

from docs.writers.markdown import Page, anchor, code, link, page, section, sentence, table
from mockcloud.server.control.openapi import openapi

_INTRODUCTION = """\
The control listener (default `http://127.0.0.1:8444`) speaks HTTP/1.1 and JSON. A running server describes the same API
at `/openapi.json`. Errors are problem details (RFC 9457) of the media type `application/problem+json`. Unknown members
of a body and unknown parameters are refused. Where an account may be named and is not, `default` is meant.

When the server was started with `--control-token`, send `Authorization: Bearer <token>` with each call below `/v1`."""

Schema = Mapping[str, Any]


def pages() -> Iterator[Page]:
    described = openapi()
    calls = [
        _call(method.upper(), path, operation)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]
    shapes = [_shape(name, schema) for name, schema in sorted(described["components"]["schemas"].items())]
    yield page("control-api.md", "Control API", _INTRODUCTION, *calls, section("Shapes", "\n\n".join(shapes)))


def _call(method: str, path: str, operation: Mapping[str, Any]) -> str:
    parameters = [
        (code(one["name"]), one["in"], _form(one["schema"]), "yes" if one["required"] else "", _said(one["schema"]))
        for one in operation.get("parameters", ())
    ]
    answers = [
        (status, sentence(one["description"]), ", ".join(_form(each["schema"]) for each in _contents(one)))
        for status, one in operation["responses"].items()
    ]
    return section(
        f"{method} {path}",
        f"{sentence(operation['summary'])} A generated client calls it {code(operation['operationId'])}.",
        table(("Parameter", "In", "Type", "Needed", "Meaning"), parameters),
        _body(operation.get("requestBody")),
        table(("Status", "When", "Body"), answers),
    )


def _body(body: Mapping[str, Any] | None) -> str:
    if body is None:
        return ""
    forms = [f"{media_type}, {_form(content['schema'])}" for media_type, content in body["content"].items()]
    return f"Body{'' if body.get('required') else ', which may be left out'}: {' or '.join(forms)}."


def _contents(response: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(response.get("content", {}).values())


def _shape(name: str, schema: Schema) -> str:
    needed = schema.get("required", ())
    rows = [
        (code(member), _form(inner), "yes" if member in needed else "", _said(inner))
        for member, inner in schema.get("properties", {}).items()
    ]
    said = sentence(schema.get("description", ""))
    return section(name, said, table(("Member", "Type", "Always there", "Meaning"), rows) or _form(schema), level=3)


def _form(schema: Schema) -> str:
    """What may stand there: ``string``, a link to a shape, ``list of ...``."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return link(name, f"#{anchor(name)}")
    if "enum" in schema:
        return ", ".join(code(str(value)) for value in schema["enum"])
    branches = [one for one in (*schema.get("anyOf", ()), *schema.get("oneOf", ())) if one.get("type") != "null"]
    if branches:
        return " or ".join(dict.fromkeys(map(_form, branches)))
    kinds = schema.get("type", "any value")
    if kinds == "array":
        return f"list of {_form(schema.get('items') or {})}"
    form = " or ".join(kinds) if isinstance(kinds, list) else str(kinds)
    limits = [f"{word} {schema[name]}" for name, word in (("minimum", "from"), ("maximum", "to")) if name in schema]
    return " ".join([form, *limits])


def _said(schema: Schema) -> str:
    """Its description, or that of one of its forms."""
    inner = (one.get("description", "") for one in schema.get("anyOf", ()))
    said = sentence(schema.get("description") or next(filter(None, inner), ""))
    default = schema.get("default")
    return said if default in (None, "") else f"{said} Default {code(str(default))}.".strip()
