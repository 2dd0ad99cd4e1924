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


@pytest.mark.parametrize("place", PLACES)
def test_a_file_says_what_it_is(place: str) -> None:
    schema = CATALOGUE.files.read(place)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == BASE + place
    assert schema["title"]
    assert schema["description"]
    assert set(schema["x-editions"]) <= set(EDITIONS)
    file, _, heading = schema["x-source"].partition(" § ")
    assert file.endswith(".md")
    assert heading


@pytest.mark.parametrize("place", PLACES)
def test_every_field_has_a_description_and_examples_that_fit(place: str) -> None:
    schema = CATALOGUE.files.read(place)
    for name, field in properties(schema):
        assert field.get("description"), name
        assert "examples" in field, name
        assert field["examples"] or field.get("not") == {}, name
        for example in field["examples"]:
            placed = {**field, "$id": schema["$id"]}
            assert explain(example, placed, CATALOGUE.files.by_id) == [], (name, example)


@pytest.mark.parametrize("place", PLACES)
def test_references_lead_to_a_file(place: str) -> None:
    for reference in references(CATALOGUE.files.read(place)):
        uri, fragment = urldefrag(urljoin(BASE + place, reference))
        part: Any = CATALOGUE.files.by_id(uri)
        for step in fragment.split("/")[1:]:
            part = part[step]


@pytest.mark.parametrize("place", [place for place in PLACES if "@" in place])
def test_a_file_of_one_edition_leaves_the_others_to_its_sibling(place: str) -> None:
    edition = place.partition("@")[2].removesuffix(".json")
    assert CATALOGUE.files.read(place)["x-editions"] == [edition]
    assert edition not in CATALOGUE.files.read(f"{place.partition('@')[0]}.json")["x-editions"]


@pytest.mark.parametrize("place", DIRECTIVES)
def test_a_directive_says_its_channel(place: str) -> None:
    assert CATALOGUE.files.read(place)["x-channel"] in {"response", "downchannel", "either"}


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
