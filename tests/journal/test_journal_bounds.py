"""The journal: what it keeps, what an entry shows of itself, what misses look like."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockcloud.journal import FACTS, Entry, Journal, describe_misses
from mockcloud.vocabulary import Finding
from mockcloud.wire.messages import dumps


def entry(name: str = "A.B", raw: bytes = b"", **more: Any) -> Entry:
    given: dict[str, Any] = {"at": 0, "account": "default", "channel": "event", "direction": "in", "kind": "event"}
    return Entry(**(given | {"name": name, "raw": raw} | more))


def filled(journal: Journal, *names: str) -> Journal:
    for name in names:
        journal.add(entry(name))
    return journal


# Bounds


def test_the_oldest_go_when_there_are_too_many() -> None:
    journal = filled(Journal(3, 10**6), "a", "b", "c", "d", "e")
    assert [each.name for each in journal] == ["c", "d", "e"]
    assert [each.seq for each in journal] == [3, 4, 5]
    assert journal.last_seq == 5


def test_the_oldest_go_when_they_weigh_too_much() -> None:
    journal = Journal(1000, 10_000)
    for number in range(10):
        journal.add(entry(str(number), raw=bytes(2000)))
    assert [each.name for each in journal] == ["6", "7", "8", "9"]


def test_the_newest_stays_however_much_it_weighs() -> None:
    journal = Journal(1000, 10)
    journal.add(entry("small"))
    journal.add(entry("large", raw=bytes(1000)))
    assert [each.name for each in journal] == ["large"]


def test_entries_without_a_message_weigh_something_too() -> None:
    journal = Journal(10**6, 100_000)
    filled(journal, *map(str, range(1000)))
    assert 100 < len(journal) < 1000


def test_numbers_go_on_after_clearing_and_so_does_the_bound() -> None:
    journal = Journal(1000, 3000)
    for _ in range(3):
        journal.add(entry(raw=bytes(1000)))
    journal.clear()
    assert len(journal) == 0
    journal.add(entry("after", raw=bytes(1000)))
    assert [(each.name, each.seq) for each in journal] == [("after", 4)]
    journal.add(entry("another", raw=bytes(1000)))
    assert len(journal) == 2


@given(st.lists(st.integers(0, 5000), max_size=60), st.integers(1, 20), st.integers(0, 20_000))
def test_what_is_kept_is_the_longest_end_that_fits(sizes: list[int], most: int, weight: int) -> None:
    journal = Journal(most, weight)
    for number, size in enumerate(sizes):
        journal.add(entry(str(number), raw=bytes(size)))
    kept = [int(each.name) for each in journal]
    assert kept == list(range(len(sizes)))[len(sizes) - len(kept) :]
    assert len(kept) <= most
    messages = sum(sizes[number] for number in kept)
    assert len(kept) <= 1 or messages <= weight
    if 0 < len(kept) < min(len(sizes), most):
        assert messages + sizes[kept[0] - 1] + 1000 * (len(kept) + 1) > weight


def test_entries_are_found_oldest_first_and_limited_to_the_newest() -> None:
    journal = filled(Journal(100, 10**6), "a", "b", "a", "c", "a")

    def found(**how: Any) -> list[int]:
        return [each.seq for each in journal.find(lambda each: each.name == "a", **how)]

    assert found() == [1, 3, 5]
    assert found(limit=2) == [3, 5]
    assert found(limit=0) == []
    assert found(limit=9) == [1, 3, 5]
    assert found(after_seq=1) == [3, 5]
    assert found(after_seq=5) == []


def test_an_entry_is_found_by_its_number_while_it_is_kept() -> None:
    journal = filled(Journal(2, 10**6), "a", "b", "c")
    assert [(each.name, each.seq) for number in range(-3, 6) if (each := journal.entry(number))] == [("b", 2), ("c", 3)]
    journal.clear()
    assert journal.entry(3) is None
    journal.add(entry("d"))
    assert (found := journal.entry(4)) is not None
    assert found.name == "d"


# What an entry says

HEADER = {"namespace": "A", "name": "B", "messageId": "m"}
CONTEXT = [{"header": {"namespace": "Device", "name": "Display"}, "payload": {"size": "none"}}]


def test_the_facts_of_an_event() -> None:
    raw = dumps({"context": CONTEXT, "event": {"header": HEADER, "payload": {"x": 1}}})
    finding = Finding("event.payload.enum", "wrong")
    facts = entry(raw=raw, device="d", findings=(finding,), words="안녕!", says="안녕", status=204).facts()
    assert facts["event"] == facts["name"] == "A.B"
    assert facts["payload"] == {"x": 1}
    assert facts["header"] == HEADER
    assert facts["context"] == {"Device.Display": {"size": "none"}}
    assert (facts["device"], facts["says"], facts["status"]) == ("d", "안녕", 204)
    assert facts["violations"] == ["event.payload.enum"]
    assert "directive" not in facts
    assert "dialog_request_id" not in facts


def test_the_facts_of_a_directive() -> None:
    raw = dumps({"directive": {"header": HEADER, "payload": {}}})
    facts = entry(raw=raw, kind="directive", channel="downchannel", direction="out", rule="r").facts()
    assert facts["directive"] == "A.B"
    assert (facts["payload"], facts["channel"], facts["direction"], facts["rule"]) == ({}, "downchannel", "out", "r")
    assert "event" not in facts


@pytest.mark.spec("C-059", "C-060")
@pytest.mark.parametrize("wrapped", [True, False])
def test_the_facts_of_an_error_in_either_envelope(wrapped: bool) -> None:
    message: dict[str, Any] = {"header": HEADER, "payload": {"code": 400}}
    raw = dumps({"directive": message} if wrapped else message)
    facts = entry("System.Exception", raw, kind="error", status=400).facts()
    assert (facts["directive"], facts["payload"], facts["header"]) == ("System.Exception", {"code": 400}, HEADER)


@pytest.mark.parametrize("kind", ["request", "connection", "timer", "finding"])
def test_the_facts_of_what_is_no_message(kind: Any) -> None:
    facts = entry("GET /ping", kind=kind, direction="-").facts()
    assert facts["kind"] == kind
    assert not {"event", "directive", "payload", "header", "context"} & set(facts)


def test_the_names_of_facts_are_those_that_entries_have() -> None:
    event = dumps({"context": CONTEXT, "event": {"header": HEADER, "payload": {}}})
    asked = dumps({"request": {"type": "IntentRequest", "intent": {"name": "Order", "slots": {}}}})
    more: dict[str, Any] = {"dialog_request_id": "d", "message_id": "m", "status": 200, "says": "s"}
    entries = [
        entry(raw=event, **more),
        entry(raw=event, kind="directive"),
        entry("IntentRequest Order", asked, kind="cek-request", rule="extension x"),
        entry("led", dumps({"value": "on"}), kind="observed"),
    ]
    assert set().union(*(each.facts() for each in entries)) == set(FACTS)


def test_an_entry_as_the_control_api_shows_it() -> None:
    raw = dumps({"directive": {"header": HEADER, "payload": {}}})
    shown = entry(raw=raw, at=1_767_225_600_123_456_789, because=("C-001",), note="why").as_json()
    assert shown["at"] == "2026-01-01T00:00:00.123+00:00"
    assert shown["message"] == {"directive": {"header": HEADER, "payload": {}}}
    assert (shown["because"], shown["note"], shown["violations"], shown["status"]) == (["C-001"], "why", [], None)
    assert {
        "seq", "at", "account", "device", "channel", "direction", "kind", "name", "dialog_request_id", "message_id",
        "status", "message", "violations", "rule", "because",
    } <= set(shown)  # fmt: skip
    assert entry().as_json()["message"] is None


def test_the_nearest_misses_say_what_did_not_hold() -> None:
    raw = dumps({"context": [], "event": {"header": HEADER, "payload": {"lang": "en"}}})
    entries = [entry("C.D", raw), entry("A.B", raw), entry("E.F", raw, device="other")]
    for number, each in enumerate(entries, 1):
        each.seq = number
    misses = describe_misses({"event": "A.B", "payload": {"lang": "ko"}, "device": ""}, entries, most=2)
    assert misses == [
        {"seq": 2, "name": "A.B", "kind": "event", "why": ["payload.lang: expected 'ko', found 'en'"]},
        {
            "seq": 1,
            "name": "C.D",
            "kind": "event",
            "why": ["event: expected 'A.B', found 'C.D'", "payload.lang: expected 'ko', found 'en'"],
        },
    ]
