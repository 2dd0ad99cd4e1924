"""The transcript: what was said on the wire, a line a message, without what depends on how it travelled."""

import json
from collections.abc import Iterable

from mockcloud.journal import Entry


class Transcript:
    """Lines of entries. Identifiers are named in the order in which they appear, so that two ways of running the
    same scenario give the same lines."""

    def __init__(self, devices: int = 1) -> None:
        self._several = devices > 1
        self._names: dict[str, str] = {}

    def learn(self, entries: Iterable[Entry]) -> None:
        """Name the identifiers of these entries, in their order."""
        for entry in entries:
            self._name(entry.dialog_request_id)

    def line(self, entry: Entry) -> str:
        arrow = {"in": "->", "out": "<-"}.get(entry.direction, "--")
        words = [f"{arrow} {entry.channel:<11} {entry.name}"]
        if self._several and entry.device:
            words.append(f"device={entry.device}")
        if entry.dialog_request_id:
            words.append(f"dialog={self._name(entry.dialog_request_id)}")
        if entry.status is not None:
            words.append(str(entry.status))
        if entry.words:
            words.append(json.dumps(entry.words, ensure_ascii=False))
        if entry.rule:
            words.append(f"[{entry.rule}]")
        return " ".join(words)

    def _name(self, identifier: str | None) -> str:
        return self._names.setdefault(identifier, f"d{len(self._names) + 1}") if identifier else ""
