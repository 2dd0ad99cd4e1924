"""How a recording is written: durations, payloads, secrets, and YAML as a person writes it."""

import re
from collections.abc import Mapping
from io import StringIO
from typing import Any, Self

from mockcloud.catalogue import Catalogue
from mockcloud.clock import MILLISECOND, SECOND
from mockcloud.settings import Edition

REDACTED = "REDACTED"
_SECRET = re.compile(r"(?i)^(authorization|(set-)?cookie|password|.*(access|refresh|auth|id)_?token|.*secret)$")
"""Names of members whose texts are secrets."""
_SECRETS_IN_TEXT = (
    re.compile(r"(?i)(\b(?:Bearer|Basic) +)[\w.~+/=-]{6,}"),
    re.compile(r"(?i)([?&](?:\w*token|client_secret|code|signature)=)[^&#\s]+"),
)
_WIDTH = 110


def span(nanoseconds: int) -> str:
    """A duration in the words of scenarios: to 10 ms below a second, to 0.1 s below a minute, else to a second."""
    step = 10 * MILLISECOND if nanoseconds < SECOND else 100 * MILLISECOND if nanoseconds < 60 * SECOND else SECOND
    rounded = max(step, (nanoseconds + step // 2) // step * step)
    if rounded < SECOND:
        return f"{rounded // MILLISECOND}ms"
    seconds, rest = divmod(rounded, SECOND)
    if rest:
        return f"{seconds}.{rest // (100 * MILLISECOND)}s"
    hours, minutes = divmod(seconds // 60, 60)
    parts = ((hours, "h"), (minutes, "m"), (seconds % 60, "s"))
    return "".join(f"{count}{unit}" for count, unit in parts if count)


def redacted(value: Any) -> Any:
    """JSON without access tokens, refresh tokens, client secrets and authorization headers."""
    if isinstance(value, Mapping):
        return {
            name: REDACTED if _SECRET.match(str(name)) and isinstance(item, str) and item else redacted(item)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [redacted(item) for item in value]
    if isinstance(value, str):
        for pattern in _SECRETS_IN_TEXT:
            value = pattern.sub(rf"\1{REDACTED}", value)
    return value


def literal(value: Any) -> Any:
    """JSON in which nothing is an expression."""
    if isinstance(value, Mapping):
        return {name: literal(item) for name, item in value.items()}
    if isinstance(value, list):
        return [literal(item) for item in value]
    return value.replace("${", "$${") if isinstance(value, str) else value


def payload_keys(catalogue: Catalogue, name: str, payload: Mapping[str, Any], edition: Edition) -> dict[str, Any]:
    """The payload of a directive as a scenario gives it: by the catalogue's example if it is one or nearly one."""
    if not catalogue.knows("directive", name, edition):
        return {"payload": dict(payload)} if payload else {}
    examples: list[tuple[dict[str, Any], Any]] = [({}, _example(catalogue, "directive", name, edition))]
    template = payload.get("type")
    if isinstance(template, str) and catalogue.knows("template", template, edition):
        examples.append(({"example": template}, _example(catalogue, "template", template, edition)))
    for keys, made in examples:
        changes = _changes(made, payload)
        if changes is not None and len(repr(changes)) < len(repr(payload)) // 2:
            return {**keys, **({"with": changes} if changes else {})}
        if changes == {}:
            return keys
    return {"payload": dict(payload)}


def _example(catalogue: Catalogue, kind: Any, name: str, edition: Edition) -> Any:
    return catalogue.example(kind, name, edition=edition, seed=0)


def _changes(made: Any, wanted: Any) -> dict[str, Any] | None:
    """What ``with`` has to change in an example to make it this; ``None`` if it cannot."""
    if not isinstance(made, dict) or not isinstance(wanted, Mapping) or made.keys() - wanted.keys():
        return None
    changes: dict[str, Any] = {}
    for name, value in wanted.items():
        if name in made and made[name] == value:
            continue
        inside = _changes(made[name], value) if isinstance(made.get(name), dict) and isinstance(value, dict) else None
        changes[name] = value if inside is None else inside
        if inside is None and isinstance(made.get(name), dict) and isinstance(value, dict):
            return None
    return changes


# YAML


class Lines(str):
    """A text of several lines, to be written line under line."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        return super().__new__(cls, text.replace("\r\n", "\n").removesuffix("\n") + "\n")


def yaml(document: Mapping[str, Any], *, schema: str = "", source: str = "") -> str:
    """The file: deep mappings in one line where they fit, everything else a line for each member."""
    from ruamel.yaml import YAML

    writer = YAML()
    writer.width = 4096
    writer.indent(mapping=2, sequence=4, offset=2)
    writer.allow_unicode = True
    into = StringIO()
    writer.dump({name: _laid_out(value, len(name) + 2, 1) for name, value in document.items()}, into)
    comments = [f"# yaml-language-server: $schema={schema}"] if schema else []
    comments += [f"# Recorded from {source}"] if source else []
    return "\n".join([*comments, into.getvalue()])


def _laid_out(value: Any, before: int, depth: int) -> Any:
    """``before``: the width of what stands before it in its line, without the indentation of its depth."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq
    from ruamel.yaml.scalarstring import LiteralScalarString

    if isinstance(value, Lines):
        return LiteralScalarString(value)
    laid: CommentedMap | CommentedSeq
    flat = depth >= _FLOWING_DEPTH and before + 2 * depth + len(repr(value)) <= _WIDTH and not _has_lines(value)
    if isinstance(value, Mapping):
        laid = CommentedMap(
            (key, _laid_out(item, len(str(key)) + 2, _FLOWING_DEPTH - 2 if key == "then" else depth + 1))
            for key, item in value.items()
        )
    elif isinstance(value, list):
        flat = flat and not any(isinstance(item, Mapping | list) for item in value)
        laid = CommentedSeq(_laid_out(item, 2, depth + 1) for item in value)
    else:
        return value
    if flat:
        laid.fa.set_flow_style()
    return laid


def _has_lines(value: Any) -> bool:
    """Whether something in it has to stand line under line."""
    if isinstance(value, Mapping):
        return any(_has_lines(item) for item in value.values())
    return isinstance(value, Lines)


_FLOWING_DEPTH = 3
"""From here on a mapping stands in one line if it fits; what is sent has a line for each key."""
