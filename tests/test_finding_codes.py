"""The register of finding codes: everything that the sources can say stands in it, and nothing else does."""

import ast
import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest

import mockcloud
from mockcloud.catalogue import EDITIONS, Catalogue, Kind
from mockcloud.catalogue.judgement import judge
from mockcloud.data import data_dir
from mockcloud.vocabulary.codes import CODES, FindingCode, registered
from mockcloud.vocabulary.kinds import KINDS

PACKAGE = Path(mockcloud.__file__).parent
REQUIREMENTS = PACKAGE.parent / "docs" / "requirements.json"
MAKERS = ("Finding", "_AtFault", "_find", "_placed", "placed")
"""What findings are made with; the code is the first argument."""
RULES = ("required", "type", "enum", "range", "format", "pattern", "condition", "unknown")
"""The rules of `Flaw.rule`."""
REFUSERS = ("Unusable", "_malformed", "_refuse", "_report")
"""What requests are refused or blamed with; a code may be among the arguments."""
ORDER = re.compile(r"order\.[a-z]+\.[a-z-]+")
CODE = re.compile(r"[a-z*][a-z*-]*(\.[a-zA-Z*-]+)+")


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for file in sorted(PACKAGE.rglob("*.py")):
        if file.parent.name != "codes":
            yield file, ast.parse(file.read_text(encoding="utf-8"))


def constants(module: ast.Module) -> dict[str, str]:
    """Texts that a module gives a name in capitals."""
    return {
        target.id: node.value.value
        for node in module.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id.isupper()
    }


def sketches(code: ast.expr, named: dict[str, str]) -> Iterator[str]:
    """The codes that an expression can give, with `*` for what is put in."""
    if isinstance(code, ast.IfExp):
        yield from sketches(code.body, named)
        yield from sketches(code.orelse, named)
    elif isinstance(code, ast.Constant) and isinstance(code.value, str):
        yield code.value
    elif isinstance(code, ast.Name) and code.id in named:
        yield named[code.id]
    elif isinstance(code, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in code.values)


def in_tables(module: ast.Module) -> Iterator[str]:
    """Codes that state machines have in their tables, and texts of that form wherever they stand beside them."""
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and ORDER.fullmatch(node.value):
            yield node.value


def sketched() -> Iterator[tuple[str, Path]]:
    """Every code of the Python sources, with its file."""
    for file, module in sources():
        named = constants(module)
        if file.parent.name == "order":
            yield from ((code, file) for code in in_tables(module))
        if file.parent.name == "wire":
            yield from ((value, file) for value in named.values() if CODE.fullmatch(value))
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and node.args and ast.unparse(node.func).split(".")[-1] in MAKERS:
                yield from ((code, file) for code in sketches(node.args[0], named))
            elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in REFUSERS:
                given = [code for argument in node.args for code in sketches(argument, named)]
                yield from ((code, file) for code in given if CODE.fullmatch(code))


def wishes(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from (wish["code"] for wish in schema.get("x-should", ()))
        for inner in schema.values():
            yield from wishes(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from wishes(inner)


@cache
def rules() -> frozenset[str]:
    """What the last word of a code can be where a schema decides it."""
    folder = data_dir("schemas")
    preferred = {
        code
        for file in sorted(folder.rglob("*.json"))
        if file != folder / "index.json"
        for code in wishes(json.loads(file.read_text(encoding="utf-8")))
    }
    return frozenset(preferred | set(RULES))


@cache
def from_sources() -> frozenset[str]:
    """Every code that the product can emit, with `*` for the kind or the part of a message."""
    found = set()
    for sketch, _ in sketched():
        if sketch.endswith(".*"):
            found |= {f"{sketch[:-1]}{rule}" for rule in rules()}
        else:
            found.add(sketch)
    return frozenset(found)


def is_registered(sketch: str) -> bool:
    if "*" not in sketch:
        return registered(sketch) is not None
    filled = (sketch.replace("*", kind) for kind in KINDS)
    of_messages = (one.code for one in CODES if one.code.startswith(("{", *KINDS)))
    return any(map(registered, filled)) or any(fnmatchcase(code, sketch) for code in of_messages)


def is_used(one: FindingCode) -> bool:
    place, _, rule = one.code.rpartition(".")
    if place == "{place}" and rule in rules():
        return True
    return any(fnmatchcase(one.code, sketch) for sketch in from_sources())


def test_the_sources_were_read() -> None:
    assert {
        "request.part.order",
        "multipart.bare-lf",
        "audio.odd",
        "event.context.missing",
        "*.unknown",
    } <= from_sources()
    assert {"missing", "spelling", "not-idle"} <= rules()


def test_every_code_of_the_sources_is_registered() -> None:
    missing = [code for code in sorted(from_sources()) if not is_registered(code)]
    assert not missing, "missing in mockcloud/vocabulary/codes/"


def test_nothing_registered_is_unused() -> None:
    unused = [one.code for one in CODES if not is_used(one)]
    assert not unused, "in mockcloud/vocabulary/codes/, but nothing says it"


def test_an_entry_tells_what_it_means_and_what_to_do() -> None:
    wrong = [f"{one.code}: {what}" for one in CODES for what, right in told_by(one).items() if not right]
    assert not wrong


def told_by(one: FindingCode) -> dict[str, object]:
    """What an entry has to tell, and whether it does."""
    return {
        "a title": one.title,
        "a cure, a sentence": one.cure.endswith("."),
        "a meaning, two sentences": len(re.findall(r"[.:;!?](?=\s|$)", one.meaning)) >= 2,
        "severities": one.severities,
        "codes of its form, if it is one": bool(one.such_as) == ("{" in one.code),
        "codes that are registered as it": all(registered(code) is one for code in one.such_as),
    }


def test_a_code_stands_once_and_in_order() -> None:
    codes = [one.code for one in CODES]
    assert len(set(codes)) == len(codes)
    assert len({one.slug for one in CODES}) == len(codes)
    assert codes == sorted(codes, key=lambda code: ("{" in code, code))


def test_requirements_are_those_of_the_lists() -> None:
    known = {one for ids in json.loads(REQUIREMENTS.read_text(encoding="utf-8")).values() for one in ids}
    cited = {one for code in CODES for one in code.because if not re.fullmatch(r"(cek|home):D-\d+", one)}
    assert cited <= known


def test_kinds_are_those_of_the_catalogue() -> None:
    assert get_args(Kind) == KINDS


def test_an_exact_code_goes_before_a_pattern() -> None:
    found = registered("cek-response.response.card.required")
    assert found is not None
    assert found.code == "cek-response.response.card.required"
    assert registered("event.payload.nonsense") is None
    assert registered("sandwich.payload.required") is None


def broken(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A message in many wrong ways: each field away, null, or a list; two levels deep."""
    for key, inner in value.items():
        yield {name: other for name, other in value.items() if name != key}
        yield value | {key: None}
        yield value | {key: ["?"]}
        if isinstance(inner, dict):
            for wrong in broken(inner):
                yield value | {key: wrong}
                break


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_catalogue_says_of_broken_messages_is_registered(kind: Kind) -> None:
    catalogue = Catalogue.load()
    unknown = set()
    for edition in EDITIONS:
        for name in catalogue.names(kind, edition)[::6] or catalogue.names(kind, edition):
            message = catalogue.example(kind, name, edition=edition, full=True)
            for wrong in broken(message):
                judged = judge(catalogue, _whole(kind, name, wrong), kind, name, edition)
                unknown |= {one.code for one in (*judged.errors, *judged.warnings) if registered(one.code) is None}
    assert not unknown


def _whole(kind: Kind, name: str, payload: dict[str, Any]) -> Any:
    if kind in ("template", "cek-request", "cek-response"):
        return payload
    namespace, _, short = name.rpartition(".")
    header = {"namespace": namespace or "ClovaHome", "name": short, "messageId": "1", "payloadVersion": "2.0"}
    inner = {"header": header, "payload": payload}
    return {"event": {"context": [], "event": inner}, "directive": {"directive": inner}}.get(kind, inner)
