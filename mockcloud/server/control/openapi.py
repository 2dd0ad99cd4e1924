"""``/openapi.json``: OpenAPI 3.1, made of the table of routes and the shapes that requests are read by."""

import re
from typing import Any

import msgspec

from mockcloud import __version__
from mockcloud.cloud.accounts import DEFAULT_ACCOUNT
from mockcloud.server.control import answers, bodies
from mockcloud.server.control.problems import MEDIA_TYPE
from mockcloud.server.control.reading import REFERENCE, components
from mockcloud.server.control.routes import ROUTES, Route

_SAID = {
    200: "Done.",
    201: "Made.",
    202: "Taken.",
    204: "Done; there is nothing to say.",
    400: "The query cannot be read, or the body is not JSON.",
    401: "The control token is missing or wrong.",
    403: "A header Host, Origin or Sec-Fetch-Site is foreign.",
    404: "There is no such account or channel.",
    409: "The name is taken, or no downchannel is open.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "The body, a setting, a pattern, a directive or a scenario is wrong.",
    503: "The device listener does not accept yet.",
}


_EXAMPLES = {"account": DEFAULT_ACCOUNT, "device": "speaker", "extension": "com.example.dice", "fault": "cut-once"}
"""Of variables of paths."""


def openapi() -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "mockcloud control API",
            "version": __version__,
            "description": "CLOVA's device cloud on this machine, under control. Not affiliated with NAVER or LINE.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths | _pages(),
        "components": {
            "schemas": components(*_shapes()) | documents(),
            "securitySchemes": {
                "control_token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Needed if the server was started with --control-token.",
                }
            },
        },
    }


def documents() -> dict[str, Any]:
    """What people write, as far as a client has to know it: scenarios have a page of their own, and which members go
    with which effect of a fault, `mockcloud faults` tells."""
    from mockcloud.faults.reading import SCHEMA as FAULT
    from mockcloud.scenario.language import SCHEMA as SCENARIO

    head = {name: SCENARIO["properties"][name] for name in SCENARIO["required"]}
    return {
        "Scenario": {
            "type": "object",
            "description": "A scenario, as in the files that `mockcloud replay` plays.",
            "required": SCENARIO["required"],
            "properties": head,
        },
        "Fault": {name: said for name, said in FAULT.items() if name != "allOf"},
        "FaultList": {"type": "array", "items": {"$ref": REFERENCE.format(name="Fault")}},
    }


def _shapes() -> list[type[msgspec.Struct]]:
    found: dict[type[msgspec.Struct], None] = {answers.Problem: None, answers.Health: None}
    for route in ROUTES:
        if route.body is not bodies.Nothing:
            found[route.body] = None
        if route.answer is not None:
            found[route.answer] = None
    return list(found)


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "tags": [route.path.split("/")[2] if "/{account}/" not in route.path else route.path.split("/")[4]],
        "summary": route.summary,
        "security": [{}, {"control_token": []}],
    }
    if parameters := _path_parameters(route) + _query_parameters(route):
        operation["parameters"] = parameters
    if body := _body(route):
        operation["requestBody"] = body
    done: dict[str, Any] = {"description": _SAID[route.status]}
    if route.answer is not None:
        done["content"] = _content("application/json", route.answer)
    elif route.media:
        done["content"] = {route.media: {"schema": {"type": "string", "format": "binary"}}}
    made = {"201": {**done, "description": _SAID[201]}} if route.makes else {}
    refused = {str(status): _problem(status) for status in _refuses(route)}
    operation["responses"] = {str(route.status): done} | made | refused
    return operation


def _body(route: Route) -> dict[str, Any]:
    if route.body is bodies.Nothing and not route.text:
        return {}
    kinds = ("application/yaml", "application/json") if route.text else ("application/json",)
    content = {"schema": {"$ref": REFERENCE.format(name=route.text or route.body.__name__)}}
    if route.example is not None:
        content["example"] = route.example
    needed = bool(route.text) or any(field.required for field in msgspec.structs.fields(route.body))
    return {"required": needed, "content": dict.fromkeys(kinds, content)}


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}, **_such_as(name)}
        for name in re.findall(r"{(\w+)}", route.path)
    ]


def _such_as(parameter: str) -> dict[str, Any]:
    return {"example": _EXAMPLES[parameter]} if parameter in _EXAMPLES else {}


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    shape = components(route.query)[route.query.__name__]
    return [
        {"name": name, "in": "query", "required": name in shape.get("required", ()), "schema": schema}
        for name, schema in shape["properties"].items()
    ]


def _refuses(route: Route) -> list[int]:
    """Statuses of problems that the call may have; any call may also be met by a fault of ours (500)."""
    common = {400, 401, 403}
    if route.text:
        common |= {413, 422}
    elif route.method != "GET" and route.method != "DELETE":
        common |= {413, 415, 422}
    return sorted(common | set(route.refuses))


def _content(kind: str, shape: type[msgspec.Struct]) -> dict[str, Any]:
    return {kind: {"schema": {"$ref": REFERENCE.format(name=shape.__name__)}}}


def _problem(status: int) -> dict[str, Any]:
    return {"description": _SAID[status], "content": _content(MEDIA_TYPE, answers.Problem)}


def _pages() -> dict[str, Any]:
    """What stands beside ``/v1``: wanted by tools, and open to those without the control token."""
    healthy = {"200": {"description": _SAID[200], "content": _content("application/json", answers.Health)}}
    return {
        "/ca.pem": _page(
            "readCaCertificate", "Trust this certificate", _text("application/x-pem-file") | {"404": _problem(404)}
        ),
        "/health": _page("readHealth", "Tell whether devices can come", healthy | {"503": _problem(503)}),
        "/metrics": _page("readMetrics", "Measure, for Prometheus", _text("text/plain")),
        "/openapi.json": _page("readDescription", "Describe this API", _text("application/json")),
    }


def _page(name: str, summary: str, responses: dict[str, Any]) -> dict[str, Any]:
    responses = responses | {"403": _problem(403)}
    return {"get": {"operationId": name, "tags": ["server"], "summary": summary, "responses": responses}}


def _text(kind: str) -> dict[str, Any]:
    schema = {"type": "object" if kind == "application/json" else "string"}
    return {"200": {"description": _SAID[200], "content": {kind: {"schema": schema}}}}
