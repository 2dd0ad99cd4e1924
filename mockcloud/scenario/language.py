"""The JSON Schema of a scenario file: every key, its shape, and what it means."""

from typing import Any

_DURATION = {
    "type": "string",
    "pattern": r"^((\d+(\.\d+)?(h|ms?|s))+|P(?=.)(\d+(\.\d+)?D)?(T(\d+(\.\d+)?[HMS])+)?)$",
    "description": "250ms, 5s, 3m, 2h, or an ISO 8601 duration such as PT55M",
}
_TEXT = {"type": "string", "minLength": 1}
_NAME = {"type": "string", "pattern": r"^\S+\.\S+$", "description": "Namespace.Name, such as Clova.Hello"}
_NAMES = {"oneOf": [_NAME, {"type": "array", "items": _NAME, "minItems": 1}]}


def _object(properties: dict[str, Any], required: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
        **more,
    }


_DIRECTIVE = {
    "example": {"description": "true: a valid example; or the name of a content template"},
    "payload": {"type": "object", "description": "exactly this, checked when the file is loaded"},
    "with": {"type": "object", "description": "the example with these members changed"},
    "unchecked": {"type": "boolean", "description": "let a wrong message out on purpose"},
}
_SPEAK = _object(
    {"speak": _TEXT, "lang": {"enum": ["ko", "ja", "en", "zh"]}}, ("speak",), description="say this, as audio"
)
_ANSWER = _object({"directive": _NAME, **_DIRECTIVE}, ("directive",), description="a directive in the response")
_PUSH = _object(
    {"push": _NAME, **_DIRECTIVE, "after": _DURATION, "offline": {"enum": ["hold", "drop", "fail"]}},
    ("push",),
    description="a directive on the downchannel",
)
_SEND: dict[str, Any] = {
    "type": "object",
    "properties": {**_SPEAK["properties"], **_ANSWER["properties"], **_PUSH["properties"]},
    "additionalProperties": False,
    "if": {"required": ["speak"]},
    "then": _SPEAK,
    "else": {
        "if": {"required": ["push"]},
        "then": _PUSH,
        "else": {"if": {"required": ["directive"]}, "then": _ANSWER},
    },
}
_WHEN = _object(
    {
        "event": _NAMES,
        "says": {"description": "what the user says or types, compared without blanks and punctuation"},
        "payload": {"type": "object"},
        "context": {"type": "object", "description": "context objects by full name"},
        "header": {"type": "object"},
        "device": _TEXT,
        "state": {"type": "string"},
        "nth": {"type": "integer", "minimum": 1},
    }
)
_RULE = _object(
    {
        "name": _TEXT,
        "when": _WHEN,
        "then": {"type": "array", "items": _SEND},
        "state": {"type": "string", "description": "the scenario's state from then on"},
    },
    ("when",),
)
_SEEN = {
    "event": _NAME,
    "directive": _NAME,
    "payload": {"type": "object"},
    "header": {"type": "object"},
    "context": {"type": "object"},
    "status": {},
    "via": {"enum": ["response", "downchannel"]},
}
_EXPECT = _object({**_SEEN, "within": _DURATION, "never": _object(_SEEN)}, minProperties=1)
_STEP = _object(
    {
        "say": _TEXT,
        "type": _TEXT,
        "press": _TEXT,
        "event": _NAME,
        "payload": {"type": "object"},
        "push": _NAME,
        "with": {"type": "object"},
        "example": {},
        "unchecked": {"type": "boolean"},
        "wait": _DURATION,
        "advance": _DURATION,
        "expect": {"oneOf": [_EXPECT, {"type": "array", "items": _EXPECT}]},
    },
    minProperties=1,
)

SCHEMA: dict[str, Any] = _object(
    {
        "mockcloud": {"const": 1, "description": "version of the language"},
        "title": _TEXT,
        "covers": {"type": "array", "items": {"type": "string"}},
        "given": _object(
            {
                "edition": {"enum": ["newer", "4.4"]},
                "seed": {"type": "integer"},
                "clock": _TEXT,
                "settings": {"type": "object"},
                "state": {"type": "string"},
            }
        ),
        "rules": {"type": "array", "items": _RULE},
        "steps": {"type": "array", "items": _STEP},
    },
    ("mockcloud", "title"),
)
