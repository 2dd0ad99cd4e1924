"""How a fault is written: positions, settings, the table and the schema that is made of it."""

from itertools import product
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from mockcloud.clock import MILLISECOND, SECOND
from mockcloud.errors import UnreadableInput
from mockcloud.faults.document import read_fault, read_faults
from mockcloud.faults.effects import EFFECTS
from mockcloud.faults.effects.reset_stream import ResetStream
from mockcloud.faults.points import EXCHANGES, POINTS, POINTS_OF, At, On, Point, parse_at
from mockcloud.faults.reading import SCHEMA, FaultError, parse
from mockcloud.faults.table import TABLE, Verdict, exchanges, points

VALID = Draft202012Validator(SCHEMA)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("headers", At("headers")),
        ("after headers + 250ms", At("headers", "after", wait=250 * MILLISECOND)),
        ("part 2", At("part", nth=2)),
        ("before part 2", At("part", "before", 2)),
        ("after attachment 1 + 2s", At("attachment", "after", 1, wait=2 * SECOND)),
        ("part + 100 bytes", At("part", bytes=100)),
        ("part 3+50%", At("part", nth=3, percent=50)),
        ("hello + 1 byte", At("hello", bytes=1)),
        ("audio + 500ms", At("audio", bytes=16_000)),
        ("audio + 320 bytes", At("audio", bytes=320)),
        ("  after   end ", At("end", "after")),
    ],
)
def test_positions(text: str, at: At) -> None:
    assert parse_at(text) == at


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not a position"),
        ("part2", "is not a position"),
        ("part 0", "is not a position"),
        ("between part 1", "is not a position"),
        ("middle", "one of the points accept, tls, settings, headers"),
        ("hello 2", "there is one hello"),
        ("headers + 5 bytes", "headers takes a duration"),
        ("end + 50%", "a percentage"),
        ("part + 101%", "a percentage"),
        ("part + 5", "is not a duration"),
        ("part +", "is not a position"),
    ],
)
def test_what_is_no_position_says_how_to_write_it(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_at(text)


@pytest.mark.parametrize("at", ["headers", "part 2", "after attachment 1 + 2000ms", "part + 10 bytes", "hello + 5%"])
def test_a_position_is_written_as_it_is_read(at: str) -> None:
    assert str(parse_at(at)) == at


def test_the_table_has_every_combination() -> None:
    assert set(TABLE) == set(product(EXCHANGES, POINTS, EFFECTS))
    assert {verdict.kind for verdict in TABLE.values()} == {"legal", "socket", "illegal"}


@pytest.mark.parametrize("effect", EFFECTS)
def test_every_combination_is_taken_or_refused_with_a_hint(effect: str) -> None:
    for (on, point, name), verdict in TABLE.items():
        if name == effect:
            held_against_the_table(on, point, effect, verdict)


def held_against_the_table(on: On, point: Point, effect: str, verdict: Verdict) -> None:
    written = {"on": on, "at": point, "effect": effect}
    if verdict.kind == "illegal":
        assert verdict.hint, written
        with pytest.raises(FaultError) as refused:
            parse(written)
        (flaw,) = refused.value.flaws
        assert flaw.hint == (EFFECTS[effect].hint if not points(on, effect) else verdict.hint), written
        assert flaw.path == (("at",) if points(on, effect) else ("on",)), written
        assert VALID.is_valid(written) == bool(points(on, effect)), written
    else:
        assert VALID.is_valid(written), written
        fault = parse(written)
        assert fault.needs_socket == (verdict.kind == "socket"), written
        assert parse(fault.as_json()) == fault, written
        assert VALID.is_valid(fault.as_json()), written


@pytest.mark.parametrize("effect", EFFECTS)
def test_an_effect_has_its_place_its_words_and_defaults(effect: str) -> None:
    kind = EFFECTS[effect]
    assert kind.title().endswith(".")
    assert exchanges(effect)
    assert kind.strikes() or kind.changes_parts() or kind.changes_headers() or kind.changes_whole()
    assert set(kind.legal) == set(exchanges(effect))
    for on in exchanges(effect):
        assert set(kind.legal[on]) <= set(POINTS_OF[on])
        assert VALID.is_valid({"on": on, "effect": effect})
        fault = parse({"on": on, "effect": effect})
        assert parse(fault.as_json()) == fault


def test_everything_beside_the_effect() -> None:
    fault = parse(
        {
            "id": "drop",
            "on": "downchannel",
            "at": "after part 2",
            "effect": "reset_stream",
            "code": "CANCEL",
            "chance": 0.5,
            "times": "always",
            "device": "kitchen",
            "after": "3s",
        }
    )
    assert (fault.id, fault.on, fault.effect, fault.times) == ("drop", "downchannel", ResetStream(8), None)
    assert (fault.chance, fault.device, fault.after) == (0.5, "kitchen", 3 * SECOND)
    assert fault.as_json()["code"] == "CANCEL"


@pytest.mark.parametrize(
    ("written", "path", "hint"),
    [
        ({"on": "evnt", "effect": "delay"}, "on", "did you mean event?"),
        ({"on": "event", "effect": "dely"}, "effect", "did you mean delay?"),
        ({"on": "event", "effect": "delay", "bye": "2s"}, "bye", "did you mean by?"),
        ({"on": "event", "effect": "delay", "by": "2"}, "by", ""),
        ({"on": "ping", "effect": "cut"}, "on", "there has to be a body to cut"),
        ({"on": "connect", "effect": "tcp_reset", "at": "tls + 2s"}, "at", "write tls"),
        ({"on": "connect", "effect": "tcp_reset", "at": "after accept"}, "at", "use the effect delay"),
        ({"on": "connect", "effect": "tcp_reset", "device": "d"}, "device", "a listener of its own"),
        ({"on": "connect", "effect": "certificate_expired", "at": "accept"}, "at", "strike connect at tls"),
        ({"on": "event", "effect": "certificate_expired"}, "on", "strike connect at tls"),
        ({"on": "event", "effect": "cut", "at": "after end"}, "at", "nothing is left to cut"),
        ({"on": "event", "effect": "malformed_json", "at": "after part"}, "at", "write the point without"),
        ({"on": "event", "effect": "status", "at": "before headers"}, "at", "write headers"),
        ({"on": "event", "effect": "stall", "at": "after audio + 10 bytes"}, "at", "write audio + 3200 bytes"),
    ],
)
def test_mistakes_name_the_member_and_the_cure(written: dict[str, Any], path: str, hint: str) -> None:
    with pytest.raises(FaultError) as refused:
        parse(written)
    (flaw,) = refused.value.flaws
    assert flaw.path == (path,)
    assert hint in flaw.hint


@pytest.mark.parametrize(
    "written",
    [
        {"effect": "delay"},
        {"on": "event", "effect": "delay", "code": 5},
        {"on": "event", "effect": "status", "code": "CANCEL"},
        {"on": "event", "effect": "delay", "times": 0},
        {"on": "event", "effect": "delay", "chance": 2},
        {"on": "token", "effect": "trickle"},
    ],
)
def test_what_the_schema_refuses(written: dict[str, Any]) -> None:
    assert not VALID.is_valid(written)


def test_a_document_has_all_its_mistakes_with_their_lines() -> None:
    text = (
        "- {on: event, effect: delay}\n- {on: event, effect: delay, at: hello}\n- {on: ping, effect: stall, at: part}\n"
    )
    with pytest.raises(UnreadableInput) as refused:
        read_faults(text)
    assert [(problem.line, problem.path) for problem in refused.value.problems] == [(2, "[1].at"), (3, "[2].at")]


def test_two_faults_of_one_id_are_a_mistake() -> None:
    with pytest.raises(UnreadableInput, match="two faults 'a'"):
        read_faults("- {id: a, on: ping, effect: stall}\n- {id: a, on: event, effect: stall}\n")


def test_a_misspelt_setting_in_a_document_is_found_once() -> None:
    with pytest.raises(UnreadableInput) as refused:
        read_fault("on: event\neffect: delay\nbye: 2s\n")
    assert [problem.line for problem in refused.value.problems] == [3]
