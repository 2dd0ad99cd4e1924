"""Is a message flawless? Yes or no, and fast: compiled validators for the hot path.

Yes means that there is nothing to say at all, not even a warning; after a no, `explanation` finds out what is wrong.
"""

from collections.abc import Callable
from typing import Any

from mockcloud.catalogue.schemas import BASE, Schema, SchemaFiles
from mockcloud.settings import Edition
from mockcloud.vocabulary.kinds import Kind

Verdict = Callable[[Any], bool]

_CONDITIONS = ("if", "not", "enum", "const", "examples")


def compiled(schema: Schema, files: SchemaFiles) -> Verdict:
    """A function that tells whether a value fits the schema and every form the schema prefers."""
    import jsonschema_rs

    validator = jsonschema_rs.Draft202012Validator(flawless(schema), retriever=lambda uri: flawless(files.by_id(uri)))
    is_valid: Verdict = validator.is_valid

    def verdict(value: Any) -> bool:
        try:
            return is_valid(value)
        except (ValueError, TypeError):
            # A number beyond what the compiled engine holds, text that is not Unicode: the explanation decides.
            return False

    return verdict


def flawless(schema: Any) -> Any:
    """The schema with what it only prefers (``x-should``) as a demand.

    Conditions are left as they are: a stricter condition would make what hangs on it apply less often.
    """
    if isinstance(schema, list):
        return [flawless(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: value if key in _CONDITIONS else flawless(value) for key, value in schema.items() if key != "x-should"}
    if wishes := schema.get("x-should"):
        out["allOf"] = [*out.get("allOf", ()), *(wish["schema"] for wish in wishes)]
    return out


def event_schema(place: str, contexts: dict[str, str], files: SchemaFiles, edition: Edition) -> Schema:
    """One schema for a whole event: its envelope, its payload, and each context object by its name."""
    known = sorted(contexts)
    pairs = [tuple(name.rsplit(".", 1)) for name in known]
    dispatch: Schema = {"not": {}}
    for (namespace, name), full_name in zip(reversed(pairs), reversed(known), strict=True):
        dispatch = {
            "if": {
                "properties": {"header": {"properties": {"name": {"const": name}, "namespace": {"const": namespace}}}}
            },
            "then": {"properties": {"payload": {"$ref": BASE + contexts[full_name]}}},
            "else": dispatch,
        }
    return {
        "$ref": BASE + files.envelope("event", edition),
        "properties": {
            "event": {"properties": {"payload": {"$ref": BASE + place}}},
            "context": {"items": {"$ref": BASE + files.envelope("context", edition), **dispatch}},
        },
    }


def home_schema(kind: Kind, place: str, files: SchemaFiles, edition: Edition) -> Schema:
    """One schema for the body of a Clova Home request or answer: its envelope and its payload."""
    return {
        "$ref": BASE + files.envelope(kind, edition),
        "properties": {"payload": {"$ref": BASE + place}},
    }


def directive_schema(place: str, files: SchemaFiles, edition: Edition) -> Schema:
    """One schema for a whole directive: its envelope and its payload."""
    return {
        "$ref": BASE + files.envelope("directive", edition),
        "properties": {"directive": {"properties": {"payload": {"$ref": BASE + place}}}},
    }
