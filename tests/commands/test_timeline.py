"""Journal entries as lines, and which of them are shown when."""

from typing import Any

import pytest
from click import unstyle
from rich.cells import cell_len

from mockcloud.commands.timeline import PATIENCE, Tail, details, fit, line


def entry(seq: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "seq": seq,
        "at": "2026-01-01T00:00:00.123+00:00",
        "account": "default",
        "device": "00:00:5E:00:53:01",
        "channel": "event",
        "direction": "in",
        "kind": "event",
        "name": "SpeechRecognizer.Recognize",
        "dialog_request_id": "0123456789",
        "status": 200,
        "violations": [],
        "rule": "",
        "because": [],
        "unmatched": False,
        "words": "",
        "note": "",
        **more,
    }


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"words": "오늘 날씨 어때 그리고 내일은 또 어때"},
        {"name": "DeviceControl.RequestStateSynchronization" * 2},
        {"device": "", "dialog_request_id": None, "status": None},
        {"account": "account-17", "channel": "downchannel", "direction": "-"},
    ],
)
def test_a_line_fits_80_columns(more: dict[str, Any]) -> None:
    assert cell_len(unstyle(line(entry(**more)))) <= 80


def test_a_line_shows_who_what_and_how_it_ended() -> None:
    words = unstyle(line(entry(words="날씨"))).split()
    assert words[1:] == ["→", "event", "…0:53:01", "SpeechRecognizer.Recognize", "날씨", "200", "012345"]


def test_text_of_two_columns_a_letter_is_cut_at_columns() -> None:
    assert cell_len(fit("가나다라", 6)) == 6
    assert fit("가나다라", 6).startswith("가나…")
    assert fit("a\x1b[31m\nb", 8) == "a [31m b"


def test_violations_are_shown_warnings_only_when_asked_for() -> None:
    violation = {
        "severity": "violation",
        "code": "event.payload.enum",
        "path": "payload.lang",
        "said": "wrong",
        "because": ["D-039"],
    }
    warning = {**violation, "severity": "warning", "said": "odd"}
    one = entry(violations=[violation, warning], note="by hand", unmatched=True)
    shown = [unstyle(text).strip() for text in details(one)]
    assert shown == ["! payload.lang: wrong  [event.payload.enum, D-039]", "? nothing took this event"]
    assert len(details(one, verbose=True)) == 4


def test_each_entry_is_shown_once_in_order() -> None:
    tail = Tail()
    assert [e["seq"] for e in tail.take([entry(1), entry(2)], 0)] == [1, 2]
    assert tail.after_seq == 2
    assert tail.take([], 1) == []


def test_an_event_without_status_is_waited_for_but_not_for_ever() -> None:
    tail = Tail()
    waiting = [entry(1, status=None), entry(2)]
    assert tail.take(waiting, 10) == []
    assert tail.take(waiting, 10 + PATIENCE / 2) == []
    assert [e["seq"] for e in tail.take(waiting, 10 + PATIENCE)] == [1, 2]


def test_an_answered_event_is_shown_at_once() -> None:
    tail = Tail()
    assert tail.take([entry(1, status=None)], 10) == []
    assert [e["status"] for e in tail.take([entry(1)], 10)] == [200]
