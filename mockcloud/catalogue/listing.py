"""The list of all messages, for people and for tools that do not read schemas: ``schemas/index.json``.

python -m mockcloud.catalogue.listing > schemas/index.json
"""

import sys
from typing import Any

from mockcloud.catalogue import Catalogue
from mockcloud.catalogue.schemas import FOLDERS, Schema
from mockcloud.settings import EDITIONS


def listing(catalogue: Catalogue) -> dict[str, Any]:
    """All messages: kind, name, editions, where a directive goes, what answers what, requirement ids."""
    answered: dict[str, list[str]] = {}
    messages = []
    for kind in FOLDERS:
        for name in catalogue.files.messages(kind):
            editions = [edition for edition in EDITIONS if catalogue.knows(kind, name, edition)]
            schema = catalogue.schema(kind, name, editions[0]) or {}
            messages.append(_line(kind, name, editions, schema))
            for answer in schema.get("x-answers", ()):
                answered.setdefault(answer, []).append(name)
    for line in messages:
        if line["kind"] in ("directive", "home-response") and (events := answered.get(line["name"])):
            line["answers"] = sorted(events)
    return {"messages": messages}


def _line(kind: str, name: str, editions: list[Any], schema: Schema) -> dict[str, Any]:
    line: dict[str, Any] = {"kind": kind, "name": name, "title": schema["description"], "editions": editions}
    if schema.get("x-deprecated"):
        line["deprecated"] = True
    if spelling := schema.get("x-spelling-of"):
        line["spelling_of"] = spelling
    if channel := schema.get("x-channel"):
        line["channel"] = channel
    if answers := schema.get("x-answers"):
        line["answered_by"] = answers
    line["source"] = schema["x-source"]
    line["because"] = schema.get("x-because", [])
    return line


def as_text(catalogue: Catalogue) -> str:
    """The list as it stands in ``schemas/index.json``."""
    import json

    return json.dumps(listing(catalogue), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(as_text(Catalogue.load()))
