"""``mockcloud validate --ndjson``: a record in, an answer out, a line each.

{"id", "kind", "edition", "message"}  ->  {"id", "valid", "errors": [{"path", "rule", "said"}], "warnings": [...]}
"""

import re
from collections.abc import Iterator
from typing import IO, Any

from mockcloud.catalogue import Catalogue, Kind
from mockcloud.catalogue.judgement import ANY_EDITIONS, AnyEdition, judge
from mockcloud.commands.recordings import LONGEST_LINE, limited_lines
from mockcloud.vocabulary import Finding
from mockcloud.vocabulary.kinds import KINDS
from mockcloud.wire.jsontext import JsonError, loads

Answer = dict[str, Any]

_BEGINS_WITH_ID = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"id"\s*:\s*("(?:[^"\\]|\\.)*+"|-?[0-9]+)\s*[,}]')


def answers(
    catalogue: Catalogue, stream: IO[bytes], kind: Kind | None = None, edition: AnyEdition = "any"
) -> Iterator[Answer]:
    """An answer for each line that is not blank, as soon as it is read.

    ``kind`` and ``edition`` stand in for what a record does not say. A line that is not a record is not valid, and its
    answer says which line it is.
    """
    for number, line in enumerate(limited_lines(stream), 1):
        if line.strip():
            yield _answer(catalogue, line, number, kind, edition)


def _answer(catalogue: Catalogue, line: bytes, number: int, kind: Kind | None, edition: AnyEdition) -> Answer:
    if len(line) > LONGEST_LINE:
        return _refused(_id_of_broken(line), "json", f"line {number} is longer than {LONGEST_LINE} bytes")
    try:
        record = loads(line.rstrip(b"\r\n"))
    except JsonError as error:
        return _refused(_id_of_broken(line), "json", f"line {number}, column {error.column}: {error.reason}")
    if not isinstance(record, dict) or "message" not in record:
        found = record.get("id") if isinstance(record, dict) else None
        return _refused(found, "record", f"line {number}: expected {{id, kind, edition, message}}")
    kind = kind if record.get("kind") is None else record["kind"]
    edition = edition if record.get("edition") is None else record["edition"]
    if kind is not None and kind not in KINDS:
        return _refused(record.get("id"), "record", _unknown(number, kind, KINDS), "kind")
    if edition not in ANY_EDITIONS:
        return _refused(record.get("id"), "record", _unknown(number, edition, ANY_EDITIONS), "edition")
    made = judge(catalogue, record["message"], kind, edition=edition)
    return {
        "id": record.get("id"),
        "valid": made.valid,
        "errors": [_brief(finding) for finding in made.errors],
        "warnings": [_brief(finding) for finding in made.warnings],
    }


def _id_of_broken(line: bytes) -> Any:
    """The id of a record that cannot be read, if it stands first, so that the answer finds its question."""
    begins = _BEGINS_WITH_ID.match(line)
    try:
        return loads(begins.group(1)) if begins else None
    except JsonError:
        return None


def _brief(finding: Finding) -> dict[str, str]:
    return {"path": finding.path, "rule": finding.code, "said": finding.said}


def _refused(record_id: Any, rule: str, said: str, path: str = "") -> Answer:
    return {"id": record_id, "valid": False, "errors": [{"path": path, "rule": rule, "said": said}], "warnings": []}


def _unknown(number: int, value: Any, known: tuple[str, ...]) -> str:
    return f"line {number}: `{value}` is not one of {', '.join(known)}"
