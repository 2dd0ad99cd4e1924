"""``messages/``: one page for each message of the specification, from its schema."""

import json
from collections.abc import Iterator
from typing import Any

from docs.writers.markdown import Page, as_json, block, code, link, listed, page, section, sentence, table
from mockcloud.catalogue import Catalogue, Edition, Kind
from mockcloud.catalogue.fields import Field, changes, conditions, fields
from mockcloud.catalogue.judgement import whole_message
from mockcloud.catalogue.listing import listing

_KINDS: dict[Kind, tuple[str, str]] = {
    "event": ("Events", "What a device tells the cloud."),
    "directive": ("Directives", "What the cloud tells a device."),
    "context": ("Context objects", "The state of a device, which travels with every event."),
    "template": ("Content templates", "What a device shows, in the payload of `Clova.RenderTemplate`."),
    "error": ("Errors", "The body of a refused request."),
    "cek-request": ("Requests to extensions", "What the cloud asks a custom extension."),
    "cek-response": ("Answers of extensions", "What a custom extension answers."),
    "home-request": ("Requests to home extensions", "What the cloud asks a Clova Home extension."),
    "home-response": ("Answers of home extensions", "What a Clova Home extension answers."),
}
_CHANNELS = {
    "downchannel": "the downchannel, unasked",
    "response": "the response to an event",
    "either": "the response to an event, or the downchannel",
}
_LIMITS = (
    ("minimum", "at least {}"),
    ("maximum", "at most {}"),
    ("exclusiveMinimum", "above {}"),
    ("exclusiveMaximum", "below {}"),
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("minItems", "at least {} entries"),
    ("maxItems", "at most {} entries"),
)
_LONGEST_EXAMPLE = 60

Line = dict[str, Any]
"""One line of `mockcloud.catalogue.listing`."""


def pages() -> Iterator[Page]:
    catalogue = Catalogue.load()
    lines: list[Line] = listing(catalogue)["messages"]
    sections = []
    for kind, (title, said) in _KINDS.items():
        rows = [_listed(line) for line in lines if line["kind"] == kind]
        sections.append(section(title, said, table(("Message", "Editions", "What it is for"), rows)))
    yield page("messages/index.md", "Messages", _INTRODUCTION, *sections)
    known = {(line["kind"], line["name"]) for line in lines}
    for line in lines:
        yield _page(catalogue, line, known)


_INTRODUCTION = """\
Every message of the specification, as the catalogue knows it. The same on the command line: `mockcloud schema list`,
`mockcloud schema show Clova.Hello`. A field that is always there is so whenever the object around it is. Fields that a
table does not name pass."""


def _listed(line: Line) -> tuple[str, ...]:
    said = sentence(line["title"]) + (" Deprecated." if line.get("deprecated") else "")
    return link(code(line["name"]), f"{line['kind']}/{line['name']}.md"), ", ".join(line["editions"]), said


def _page(catalogue: Catalogue, line: Line, known: set[tuple[str, str]]) -> Page:
    kind, name, edition = line["kind"], line["name"], line["editions"][0]
    schema = catalogue.schema(kind, name, edition)
    assert schema is not None
    rows = list(fields(catalogue.files, schema))
    made = {full: catalogue.example(kind, name, edition=edition, full=full) for full in (False, True)}
    return page(
        f"messages/{kind}/{name}.md",
        f"{kind} {name}",
        sentence(line["title"]),
        listed(_facts(line, known)),
        section("Fields", _fields(rows, made) or "None: the payload is `{}`."),
        section("Between fields", listed(map(sentence, dict.fromkeys(conditions(schema))))),
        *_examples(catalogue, line, edition, made),
        section("From 4.4 to newer", _differences(catalogue, kind, name)),
        link("All messages", "../index.md"),
    )


def _facts(line: Line, known: set[tuple[str, str]]) -> Iterator[str]:
    yield f"Editions: {', '.join(line['editions'])}"
    if line.get("deprecated"):
        yield "Deprecated"
    for edition, other in line.get("spelling_of", {}).items():
        yield f"Another spelling of {_link(line['kind'], other, line, known)} in {edition}"
    if channel := line.get("channel"):
        yield f"Travels in {_CHANNELS[channel]}"
    if answers := line.get("answered_by"):
        yield f"Answered by {', '.join(_link(_answer(line['kind']), one, line, known) for one in answers)}"
    if asked := line.get("answers"):
        yield f"Answers {', '.join(_link(_question(line['kind']), one, line, known) for one in asked)}"
    yield f"Source: {line['source']}"
    if line["because"]:
        yield f"Requirements: {', '.join(line['because'])}"


def _answer(kind: str) -> str:
    return {"event": "directive", "home-request": "home-response"}.get(kind, kind)


def _question(kind: str) -> str:
    return {"directive": "event", "home-response": "home-request"}.get(kind, kind)


def _link(kind: str, name: str, line: Line, known: set[tuple[str, str]]) -> str:
    if (kind, name) not in known:
        return code(name)
    return link(code(name), f"../{kind}/{name}.md" if kind != line["kind"] else f"{name}.md")


def _fields(rows: list[Field], made: dict[bool, Any]) -> str:
    head = ("Field", "Type", "Always there", "Allowed", "Range", "Meaning", "Example")
    return table(head, (_row(row, made[True]) for row in rows))


def _row(row: Field, example: Any) -> tuple[str, ...]:
    allowed = [*row.schema.get("enum", ()), *([row.schema["const"]] if "const" in row.schema else ())]
    said, unit = sentence(row.description), row.schema.get("x-unit", "")
    if unit and unit not in said.lower():
        said += f" In {unit}."
    if row.schema.get("deprecated"):
        said += " Deprecated."
    return (
        code(row.path),
        _type(row, allowed),
        "yes" if row.always else "",
        ", ".join(code(_shown(value)) for value in allowed),
        _range(row),
        said,
        _example(row, example),
    )


def _type(row: Field, allowed: list[Any]) -> str:
    if not allowed:
        return _plain(row) if "minimum" in row.schema or "maximum" in row.schema else row.form
    names = {str: "string", bool: "boolean", int: "integer", float: "number"}
    return " or ".join(dict.fromkeys(names.get(type(value), "null") for value in allowed))


def _plain(row: Field) -> str:
    kinds = row.schema.get("type", "any")
    return " or ".join(kinds) if isinstance(kinds, list) else str(kinds)


def _range(row: Field) -> str:
    said = [text.format(row.schema[name]) for name, text in _LIMITS if name in row.schema]
    if form := row.schema.get("x-format"):
        said.append(form)
    elif "pattern" in row.schema:
        said.append(f"matches {code(row.schema['pattern'])}")
    return ", ".join(said).replace("at least 1 characters", "not empty").replace(" 1 entries", " 1 entry")


def _example(row: Field, example: Any) -> str:
    """What stands there in the full example, else what the schema shows."""
    for step in row.path.split("."):
        name, brackets, _ = step.partition("[]")
        example = _inside(example, name)
        if brackets:
            example = example[0] if isinstance(example, list) and example else None
    if example is None:
        example = next(iter(row.schema.get("examples", ())), None)
    text = "" if example is None or isinstance(example, dict | list) else _shown(example)
    return code(text) if 0 < len(text) <= _LONGEST_EXAMPLE and "`" not in text else ""


def _inside(value: Any, name: str) -> Any:
    if not isinstance(value, dict):
        return None
    return next(iter(value.values()), None) if name == "*" else value.get(name)


def _shown(value: Any) -> str:
    return value if isinstance(value, str) and value.strip() else json.dumps(value, ensure_ascii=False)


def _examples(catalogue: Catalogue, line: Line, edition: Edition, made: dict[bool, Any]) -> Iterator[str]:
    kind, name = line["kind"], line["name"]
    beside = "Beside it every event has its context." if kind == "event" else ""
    command = f"mockcloud schema example {name} --kind {kind}" + (" --edition 4.4" if edition == "4.4" else "")
    if made[False] == made[True]:
        yield section("Example", beside, _whole(catalogue, line, edition, made[True]), block(command, "sh"))
        return
    yield section("Minimal example", beside, _whole(catalogue, line, edition, made[False]), block(command, "sh"))
    full = _whole(catalogue, line, edition, made[True])
    yield section("Full example", full, block(f"{command} --full", "sh"))


def _whole(catalogue: Catalogue, line: Line, edition: Edition, made: Any) -> str:
    """In its envelope; an event without its context, which is the same for all."""
    message = whole_message(catalogue, line["kind"], line["name"], made, edition)
    return as_json({"event": message["event"]} if line["kind"] == "event" else message)


def _differences(catalogue: Catalogue, kind: Kind, name: str) -> str:
    found = changes(catalogue.files, kind, name, "4.4", "newer")
    return table(("Field", "Change", "What"), ((code(one.path), one.change, one.said) for one in found))
