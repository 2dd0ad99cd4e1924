"""The compiled verdict and the explanation are two engines: what one passes the other may not fault."""

import copy
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockcloud.catalogue import EDITIONS, Catalogue
from mockcloud.catalogue.explanation import explain
from mockcloud.catalogue.schemas import BASE, FOLDERS, Schema
from mockcloud.catalogue.verdict import compiled

CATALOGUE = Catalogue.load()
PLACES = sorted(
    {
        place
        for kind in FOLDERS
        for edition in EDITIONS
        for name in CATALOGUE.names(kind, edition)
        if (place := CATALOGUE.files.place_of(kind, name, edition))
    }
)
VERDICTS = {place: compiled(CATALOGUE.files.read(place), CATALOGUE.files) for place in PLACES}
PLAIN = {
    place: jsonschema_rs.Draft202012Validator(CATALOGUE.files.read(place), retriever=CATALOGUE.files.by_id)
    for place in PLACES
}
WORDS = ["", "ko", "KO", "custom", "none", "x1100", "PLAYING", "off", "2026-03-02T07:00:00Z", "2026-03-02T07:00:00Z\n"]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 200) | st.floats(-1, 101) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["token", "x"]), inner, max_size=2),
    max_leaves=4,
)


def example(schema: Schema, seed: int) -> dict[str, Any]:
    place = schema["$id"].removeprefix(BASE).partition("@")[0].removesuffix(".json")
    kind = next(kind for kind, folder in FOLDERS.items() if place.startswith(f"{folder}/"))
    edition = schema["x-editions"][0]
    return CATALOGUE.example(
        kind,
        place[len(FOLDERS[kind]) + 1 :].replace("/", "."),
        seed=seed,
        edition=edition,
        full=bool(seed % 2),
    )


def places_in(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at]
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        found += places_in(inner, (*at, key))
    return found


def changed(data: st.DataObject, value: Any) -> Any:
    """The value with something in it replaced or taken out."""
    made = copy.deepcopy(value)
    at = data.draw(st.sampled_from(places_in(made)))
    if not at:
        return data.draw(VALUES)
    inner = made
    for step in at[:-1]:
        inner = inner[step]
    if data.draw(st.booleans()):
        del inner[at[-1]]
    else:
        inner[at[-1]] = data.draw(VALUES)
    return made


def agree(place: str, value: Any) -> None:
    flaws = explain(value, CATALOGUE.files.read(place), CATALOGUE.files.by_id)
    assert VERDICTS[place](value) == (not flaws), (value, flaws)
    assert PLAIN[place].is_valid(value) == all(flaw.severity == "warning" for flaw in flaws), (value, flaws)


@pytest.mark.parametrize("place", PLACES)
def test_on_examples(place: str) -> None:
    for seed in range(4):
        agree(place, example(CATALOGUE.files.read(place), seed))


@given(st.data())
def test_on_anything(data: st.DataObject) -> None:
    for place in data.draw(st.lists(st.sampled_from(PLACES), min_size=10, max_size=20, unique=True)):
        value = example(CATALOGUE.files.read(place), data.draw(st.integers(0, 3)))
        for _ in range(data.draw(st.integers(1, 3))):
            value = changed(data, value)
            agree(place, value)


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), 10**400, -(10**400), "\ud800", 1e308])
def test_on_values_that_json_hardly_has(odd: Any) -> None:
    payload = {"token": "a", "offsetInMilliseconds": odd}
    findings = CATALOGUE.check_payload("event", "AudioPlayer.PlayStarted", payload)
    assert [finding.code for finding in findings] in ([], ["event.payload.type"], ["event.payload.range"])
