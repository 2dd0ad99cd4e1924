"""One judgement for messages of every kind: the kind found by form, editions, errors apart from warnings."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockcloud.catalogue import EDITIONS, Catalogue, Edition, Kind
from mockcloud.catalogue.judgement import judge, kind_of, name_of, whole_message
from mockcloud.vocabulary.kinds import KINDS

CATALOGUE = Catalogue.load()


def message(kind: Kind, name: str, edition: Edition = "newer", *, full: bool = True, seed: int = 0) -> dict[str, Any]:
    payload = CATALOGUE.example(kind, name, edition=edition, full=full, seed=seed)
    return whole_message(CATALOGUE, kind, name, payload, edition, seed)


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_example_of_every_message_is_valid_and_its_kind_is_found(kind: Kind, edition: Edition) -> None:
    for name in CATALOGUE.names(kind, edition):
        for full in (False, True):
            made = message(kind, name, edition, full=full)
            found = judge(CATALOGUE, made, edition=edition)
            assert (found.kind, found.name, found.edition) == (kind, name, edition), made
            assert found.errors == (), name
            assert all(warning.code == f"{kind}.spelling" for warning in found.warnings), name


@pytest.mark.parametrize("value", [None, 5, "x", [], {}, {"x": 1}, [{"event": {}}]])
def test_what_is_no_message_is_one_error(value: Any) -> None:
    found = judge(CATALOGUE, value)
    assert (found.kind, [error.code for error in found.errors]) == (None, ["message.kind"])
    assert not found.valid


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [None, 5, "x", [], {}, {"x": 1}])
def test_what_is_no_message_of_a_kind_is_not_valid(kind: Kind, value: Any) -> None:
    found = judge(CATALOGUE, value, kind)
    assert found.kind == kind
    assert not found.valid


@pytest.mark.parametrize("kind", KINDS)
def test_a_broken_message_is_still_of_its_kind(kind: Kind) -> None:
    name = CATALOGUE.names(kind)[0]
    made = message(kind, name)
    made[next(key for key in made if key not in ("context", "version"))] = {"x": 5}
    if kind in ("event", "directive", "cek-request", "cek-response"):
        assert kind_of(made) == kind


def test_any_edition_is_the_default_one_at_least() -> None:
    rescan = message("directive", "DeviceControl.BtRescan")
    assert judge(CATALOGUE, rescan, edition="any").valid
    assert judge(CATALOGUE, rescan, edition="newer").valid
    assert not judge(CATALOGUE, rescan, edition="4.4").valid


@pytest.mark.spec("C-059", "C-060")
def test_an_error_message_has_the_form_of_its_edition() -> None:
    outer = message("error", "System.Exception", "newer")
    inner = message("error", "System.Exception", "4.4")
    assert kind_of(outer) == kind_of(inner) == "error"
    assert judge(CATALOGUE, outer, edition="any").valid
    assert judge(CATALOGUE, inner, edition="4.4").valid
    assert not judge(CATALOGUE, inner, edition="newer").valid


def test_a_tolerated_form_is_a_warning_and_the_message_valid() -> None:
    answer = message("cek-response", "ExtensionAnswer")
    answer["response"]["outputSpeech"] = {}
    found = judge(CATALOGUE, answer)
    assert found.valid
    assert [warning.path for warning in found.warnings] == ["response.outputSpeech"]


def test_a_broken_context_object_is_an_error_of_its_event() -> None:
    event = message("event", "SpeechSynthesizer.SpeechStarted")
    event["context"][6]["payload"]["volume"] = "5"
    (error,) = judge(CATALOGUE, event, "event").errors
    assert error.path == "context[6].payload.volume"


@pytest.mark.spec("D-041")
def test_what_the_context_lacks_is_only_a_warning() -> None:
    event = message("event", "SpeechSynthesizer.SpeechStarted")
    event["context"] = []
    found = judge(CATALOGUE, event)
    assert found.valid
    assert {warning.code for warning in found.warnings} == {"event.context.missing"}


def test_a_name_may_be_demanded() -> None:
    hello = message("directive", "Clova.Hello")
    assert judge(CATALOGUE, hello, "directive", "Clova.Hello").valid
    (error,) = judge(CATALOGUE, hello, "directive", "Clova.Help").errors
    assert error.said == "this is `Clova.Hello`, not `Clova.Help`"


def test_an_example_with_its_envelope_is_the_same_for_the_same_seed() -> None:
    assert message("event", "TextRecognizer.Recognize", seed=1) == message("event", "TextRecognizer.Recognize", seed=1)
    one, other = (message("directive", "Clova.Hello", seed=seed)["directive"]["header"] for seed in (1, 2))
    assert one["messageId"] != other["messageId"]


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["header", "payload", "type", "name", "values", "event"]), inner, max_size=3)
    ),
    max_leaves=5,
)
SOME = [(kind, name) for kind in KINDS for name in CATALOGUE.names(kind)[:3]]


def steps_to_everything(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for key, inner in entries for path in steps_to_everything(inner, (*at, key)))]


@given(st.data())
def test_nothing_is_raised_whatever_a_message_is(data: st.DataObject) -> None:
    kind, name = data.draw(st.sampled_from(SOME))
    broken: Any = copy.deepcopy(message(kind, name))
    path = data.draw(st.sampled_from(steps_to_everything(broken)))
    junk = data.draw(JUNK)
    if not path:
        broken = junk
    else:
        inner = broken
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = junk
    for asked in (None, kind, data.draw(st.sampled_from(KINDS))):
        found = judge(CATALOGUE, broken, asked, edition=data.draw(st.sampled_from(["any", "newer", "4.4"])))
        assert name_of(kind, broken) is not None
        for finding in (*found.errors, *found.warnings):
            assert finding.code
            assert "\n" not in finding.said
