"""The schema files: which there are, and what stands in them. Names are read at once, contents when first needed.

    schemas/<kind>/<Namespace>/<Name>.json        what the message says (its payload) in every edition
    schemas/<kind>/<Namespace>/<Name>@4.4.json    what it says in that edition, where it differs
    schemas/envelope/<kind>.json                  what surrounds it
    schemas/shared/<Name>.json                    objects that several messages use

A file refers to another by its relative place (``../../shared/AlertType.json``); nothing is merged.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mockcloud.settings import Edition
from mockcloud.vocabulary.kinds import Kind

FOLDERS: dict[Kind, str] = {
    "event": "event",
    "directive": "directive",
    "context": "context",
    "error": "error",
    "template": "template",
    "cek-request": "cek/request",
    "cek-response": "cek/response",
    "home-request": "home/request",
    "home-response": "home/response",
}
BASE = "https://mockcloud.invalid/schemas/"
"""What every ``$id`` begins with. Nothing is ever fetched from there."""

Schema = dict[str, Any]


@dataclass(slots=True, eq=False)
class SchemaFiles:
    """All schema files of some folders; a later folder's file takes the place of an earlier one's."""

    folders: Sequence[Path]
    _paths: dict[str, Path] = field(default_factory=dict)
    _messages: dict[tuple[Kind, str], dict[str, str]] = field(default_factory=dict)
    _contents: dict[str, Schema] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for folder in self.folders:
            for path in sorted(folder.rglob("*.json")):
                self._paths[path.relative_to(folder).as_posix()] = path
        for place in self._paths:
            for kind, folder_name in FOLDERS.items():
                if place.startswith(f"{folder_name}/"):
                    stem, _, edition = place[len(folder_name) + 1 : -len(".json")].partition("@")
                    self._messages.setdefault((kind, stem.replace("/", ".")), {})[edition] = place

    def messages(self, kind: Kind) -> Iterator[str]:
        """The full names of that kind, in any edition, sorted."""
        yield from sorted(name for of_kind, name in self._messages if of_kind == kind)

    def place_of(self, kind: Kind, full_name: str, edition: Edition) -> str | None:
        """The file that describes the message in that edition (``event/Clova/ProcessDelegatedEvent.json``)."""
        places = self._messages.get((kind, full_name))
        if places is None:
            return None
        place = places.get(edition) or places.get("")
        return place if place is not None and edition in self.read(place)["x-editions"] else None

    def envelope(self, kind: Kind, edition: Edition) -> str:
        """The file that describes what surrounds messages of that kind."""
        own = f"envelope/{kind}@{edition}.json"
        return own if own in self._paths else f"envelope/{kind}.json"

    def read(self, place: str) -> Schema:
        """The schema at that place. Raises `KeyError` when there is none."""
        schema = self._contents.get(place)
        if schema is None:
            schema = self._contents[place] = json.loads(self._paths[place].read_text(encoding="utf-8"))
        return schema

    def places(self) -> Iterator[str]:
        """Every file, sorted, as its place below the folder."""
        yield from sorted(self._paths)

    def by_id(self, uri: str) -> Schema:
        """The schema with that ``$id``. Raises `KeyError` when there is none."""
        return self.read(uri.removeprefix(BASE))
