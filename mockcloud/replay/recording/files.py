"""A recording from a file: a saved journal or a HAR file; which of them it is, is found by how it begins."""

from typing import Any

from mockcloud.errors import Problem, UnreadableInput
from mockcloud.replay.recording.entries import Seen, read_journal, seen
from mockcloud.replay.recording.har import is_har, read_har
from mockcloud.wire.jsontext import JsonError, loads

EXPECTED = "expected a saved journal (`mockcloud journal --json`, one entry a line) or a HAR file of a device's session"


def read_recording(data: bytes, file: str) -> list[Seen]:
    """The entries of a recording, in their order; none for an empty file.

    A journal is NDJSON, or what ``GET /v1/journal`` answers. Raises `UnreadableInput` for anything else.
    """
    if not data.strip():
        return []
    try:
        value = loads(data)
    except JsonError as error:
        if not _begins_with_an_object(data):
            raise UnreadableInput([Problem(f"{error.reason}; {EXPECTED}", file, error.line, error.column)]) from None
        return read_journal(data.splitlines(), file)
    if is_har(value):
        return read_har(value, file)
    return _document(value, file)


def _document(value: Any, file: str) -> list[Seen]:
    entries = value.get("entries", [value]) if isinstance(value, dict) else None
    if not isinstance(entries, list):
        raise UnreadableInput([Problem(EXPECTED, file)])
    found = []
    for number, entry in enumerate(entries):
        try:
            if not isinstance(entry, dict):
                raise ValueError(EXPECTED)
            found.append(seen(entry))
        except ValueError as error:
            path = f"entries[{number}]" if "entries" in value else ""
            raise UnreadableInput([Problem(str(error), file, path=path)]) from None
    return found


def _begins_with_an_object(data: bytes) -> bool:
    """Whether the first line is an object of its own: then the file is to be read by lines."""
    try:
        return isinstance(loads(data.lstrip().splitlines()[0]), dict)
    except JsonError:
        return False
