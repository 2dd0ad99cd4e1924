"""The schema files themselves: each says what it is, where it comes from, and gives an example of everything."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin

import jsonschema
import pytest

from mockcloud.catalogue import EDITIONS, Catalogue
from mockcloud.catalogue.explanation import explain
from mockcloud.catalogue.listing import as_text
from mockcloud.catalogue.schemas import BASE
from mockcloud.data import data_dir

CATALOGUE = Catalogue.load()
# index.json is a list of the messages, and no schema.
PLACES = [place for place in CATALOGUE.files.places() if place != "index.json"]
DIRECTIVES = [place for place in PLACES if place.startswith("directive/")]
CHANNELS = {"response", "downchannel", "either"}
FOLDERS = sorted({place.rpartition("/")[0] for place in PLACES})
EACH = pytest.mark.parametrize("folder", FOLDERS)
"""A test goes through all files of a folder, and lists everything that is wrong in them."""


def schemas_of(folder: str) -> Iterator[tuple[str, Any]]:
    return ((place, CATALOGUE.files.read(place)) for place in PLACES if place.rpartition("/")[0] == folder)


def properties(schema: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Every described field, at any depth; what stands under a condition describes nothing new."""
    if isinstance(schema, list):
        for item in schema:
            yield from properties(item, at)
    elif isinstance(schema, dict):
        for name, field in schema.get("properties", {}).items():
            yield f"{at}.{name}", field
            yield from properties(field, f"{at}.{name}")
        for key in ("items", "anyOf", "oneOf", "$defs"):
            yield from properties(schema.get(key), at)


def references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"]
        for value in schema.values():
            yield from references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from references(value)


@EACH
def test_a_file_says_what_it_is(folder: str) -> None:
    wrong = [f"{place}: {key}" for place, schema in schemas_of(folder) for key in unsaid(place, schema)]
    assert not wrong


def unsaid(place: str, schema: Any) -> Iterator[str]:
    """What a file does not say of itself, or not rightly."""
    jsonschema.Draft202012Validator.check_schema(schema)
    file, _, heading = schema["x-source"].partition(" § ")
    said = {
        "$schema": schema["$schema"] == "https://json-schema.org/draft/2020-12/schema",
        "$id": schema["$id"] == BASE + place,
        "title": schema["title"],
        "description": schema["description"],
        "x-editions": set(schema["x-editions"]) <= set(EDITIONS),
        "x-source": file.endswith(".md") and heading,
    }
    yield from (key for key, right in said.items() if not right)


@EACH
def test_every_field_has_a_description_and_examples_that_fit(folder: str) -> None:
    wrong = [f"{place}{line}" for place, schema in schemas_of(folder) for line in undescribed(schema)]
    assert not wrong


def undescribed(schema: Any) -> Iterator[str]:
    for name, field in properties(schema):
        if not field.get("description"):
            yield f"{name} has no description"
        if not field.get("examples") and (field.get("not") != {} or "examples" not in field):
            yield f"{name} has no examples"
        for example in field.get("examples", ()):
            placed = {**field, "$id": schema["$id"]}
            if flaws := explain(example, placed, CATALOGUE.files.by_id):
                yield f"{name}: {flaws} of the example {example}"


@EACH
def test_references_lead_to_a_file(folder: str) -> None:
    wrong = [
        f"{place}: {reference}"
        for place, schema in schemas_of(folder)
        for reference in references(schema)
        if not leads_somewhere(place, reference)
    ]
    assert not wrong


def leads_somewhere(place: str, reference: str) -> bool:
    uri, fragment = urldefrag(urljoin(BASE + place, reference))
    part: Any = CATALOGUE.files.by_id(uri)
    for step in fragment.split("/")[1:]:
        if step not in part:
            return False
        part = part[step]
    return True


@pytest.mark.parametrize("place", [place for place in PLACES if "@" in place])
def test_a_file_of_one_edition_leaves_the_others_to_its_sibling(place: str) -> None:
    edition = place.partition("@")[2].removesuffix(".json")
    assert CATALOGUE.files.read(place)["x-editions"] == [edition]
    assert edition not in CATALOGUE.files.read(f"{place.partition('@')[0]}.json")["x-editions"]


def test_a_directive_says_its_channel() -> None:
    channels = {place: CATALOGUE.files.read(place)["x-channel"] for place in DIRECTIVES}
    assert {place: channel for place, channel in channels.items() if channel not in CHANNELS} == {}


def test_what_answers_an_event_is_a_known_directive() -> None:
    for name in CATALOGUE.names("event"):
        schema = CATALOGUE.schema("event", name)
        assert schema is not None
        for answer in schema.get("x-answers", ()):
            assert CATALOGUE.knows("directive", answer), (name, answer)


def test_the_index_is_up_to_date() -> None:
    assert (data_dir("schemas") / "index.json").read_text(encoding="utf-8") == as_text(CATALOGUE)


def test_a_further_folder_adds_messages_and_replaces_files(tmp_path: Path) -> None:
    own = {"$id": BASE + "directive/Acme/Blink.json", "x-editions": ["newer"], "x-source": "acme.md § Blink"}
    own |= {"description": "Blink.", "required": ["times"]}
    (tmp_path / "directive" / "Acme").mkdir(parents=True)
    (tmp_path / "directive" / "Acme" / "Blink.json").write_text(json.dumps(own))
    catalogue = Catalogue.load(extra=[tmp_path])
    assert catalogue.knows("directive", "Acme.Blink")
    (finding,) = catalogue.check_payload("directive", "Acme.Blink", {})
    assert (finding.code, finding.path) == ("directive.payload.required", "payload.times")
    assert catalogue.knows("directive", "Clova.Hello")


def test_importing_and_loading_is_light() -> None:
    program = (
        "import sys; from mockcloud.catalogue import Catalogue; import mockcloud.catalogue.documents; Catalogue.load();"
        "print([m for m in sys.modules if m.split('.')[0] in ('jsonschema', 'jsonschema_rs', 'ruamel', 'faker')])"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
