"""Durations, an account's clock, and timers in their order."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockcloud.clock import MILLISECOND, SECOND, AccountClock, Instant, Timers, date_of, duration, instant_of, iso

MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86400 * SECOND


# Dates


@given(st.datetimes(timezones=st.just(UTC)), st.integers(0, 999))
def test_a_date_of_nanoseconds_has_its_whole_microseconds(date: datetime, beyond: int) -> None:
    assert date_of(instant_of(date) + beyond) == date


def test_a_date_as_text_has_milliseconds_and_utc() -> None:
    assert iso(instant_of(datetime(2026, 1, 1, 7, 30, tzinfo=UTC)) + 1_999_999) == "2026-01-01T07:30:00.001+00:00"


# Durations


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("250ms", 250 * MILLISECOND),
        ("5s", 5 * SECOND),
        ("3m", 3 * MINUTE),
        ("2h", 2 * HOUR),
        ("1m30s", 90 * SECOND),
        ("1h2m3s4ms", HOUR + 2 * MINUTE + 3 * SECOND + 4 * MILLISECOND),
        ("1.5s", 1500 * MILLISECOND),
        ("0.1s", 100 * MILLISECOND),
        ("0s", 0),
        (" 5s ", 5 * SECOND),
        ("PT55M", 55 * MINUTE),
        ("P1D", DAY),
        ("P1DT2H3M4.5S", DAY + 2 * HOUR + 3 * MINUTE + 4500 * MILLISECOND),
        ("PT0S", 0),
        ("123456789.123456789s", 123456789_123456789),
    ],
)
def test_a_duration(text: str, value: int) -> None:
    assert duration(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "1.5",
        "s",
        "5 s",
        "-5s",
        "5s3m",
        "5s5s",
        "5S",
        "P",
        "PT",
        "P1DT",
        "P1W",
        "P1M",
        "1e3s",
        "٣s",
        "5ms1s",
        "one",
    ],
)
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        duration(text)


@given(st.integers(0, 10**15), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999))
def test_durations_are_exact_and_both_ways_of_writing_agree(hours: int, minutes: int, seconds: int, ms: int) -> None:
    value = duration(f"{hours}h{minutes}m{seconds}s{ms}ms")
    assert value == hours * HOUR + minutes * MINUTE + seconds * SECOND + ms * MILLISECOND
    assert value == duration(f"PT{hours}H{minutes}M{seconds}.{ms:03}S")


def test_a_duration_may_be_longer_than_any_time() -> None:
    assert duration("9" * 400 + "s") > 10**400


# An account's clock


def test_the_clock_shows_date_and_zone() -> None:
    clock = AccountClock(offset=instant_of(datetime(2026, 1, 1, tzinfo=UTC)))
    assert clock.date(Instant(0)).isoformat() == "2026-01-01T09:00:00+09:00"
    assert clock.date(Instant(90 * SECOND)).isoformat() == "2026-01-01T09:01:30+09:00"
    clock.zone = "UTC"
    assert clock.date(Instant(0)).isoformat() == "2026-01-01T00:00:00+00:00"


def test_freezing_advancing_and_resetting() -> None:
    clock = AccountClock(offset=1000)
    clock.advance(50, Instant(10))
    assert clock.at(Instant(10)) == 1060
    clock.freeze(Instant(20))
    assert clock.at(Instant(500)) == 1070
    clock.advance(5, Instant(500))
    assert clock.at(Instant(900)) == 1075
    clock.set(2000, Instant(900))
    assert clock.at(Instant(901)) == 2000
    clock.reset()
    assert clock.at(Instant(901)) == 1901


@given(st.integers(-(10**18), 10**18), st.integers(0, 10**18), st.integers(0, 10**18))
def test_a_time_comes_at_its_instant(offset: int, now: int, ahead: int) -> None:
    clock = AccountClock(offset)
    due = clock.at(Instant(now)) + ahead
    assert clock.instant(due) == now + ahead
    clock.freeze(Instant(now))
    assert clock.instant(due) == (None if ahead else 0)


def test_dates_become_nanoseconds_exactly() -> None:
    assert instant_of(datetime(1970, 1, 1, tzinfo=UTC)) == 0
    assert instant_of(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1000
    assert instant_of(datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) % SECOND == 999_999_000


# Timers


def fired(timers: Timers, now: int) -> list[Any]:
    found = []
    while (timer := timers.pop_due(Instant(now))) is not None:
        found.append(timer.what)
    return found


def test_timers_fire_by_time_and_then_by_age() -> None:
    timers = Timers()
    for due, what in ((5, "b"), (3, "a"), (5, "c"), (9, "d")):
        timers.at(Instant(due), what)
    assert timers.next_due() == 3
    assert fired(timers, 2) == []
    assert fired(timers, 5) == ["a", "b", "c"]
    assert timers.next_due() == 9
    assert fired(timers, 100) == ["d"]
    assert timers.next_due() is None


def test_a_cancelled_timer_never_fires() -> None:
    timers = Timers()
    timer = timers.at(Instant(1), "x")
    timers.cancel(timer)
    timers.cancel(None)
    assert timers.next_due() is None
    assert fired(timers, 10) == []


def test_timers_of_an_account_follow_its_clock() -> None:
    timers, mine, other = Timers(), AccountClock(0), AccountClock(0)
    timers.at_account_time(100, mine, "mine")
    timers.at_account_time(100, other, "other")
    mine.advance(60, Instant(0))
    timers.clock_changed(mine)
    assert fired(timers, 40) == ["mine"]
    other.freeze(Instant(40))
    timers.clock_changed(other)
    assert timers.next_due() is None
    other.reset()
    timers.clock_changed(other)
    assert fired(timers, 99) == []
    assert fired(timers, 100) == ["other"]


@pytest.mark.parametrize("frozen", [False, True])
def test_what_is_past_after_a_jump_fires_in_the_order_of_its_time(frozen: bool) -> None:
    timers, clock = Timers(), AccountClock(0)
    if frozen:
        clock.freeze(Instant(0))
    for due, what in ((30, "c"), (10, "a"), (20, "b"), (10, "also a"), (99, "later")):
        timers.at_account_time(due, clock, what)
    clock.set(50, Instant(0))
    timers.clock_changed(clock)
    assert fired(timers, 0) == ["a", "also a", "b", "c"]


@pytest.mark.parametrize("frozen", [False, True])
def test_the_next_date_is_that_of_the_accounts_earliest_timer(frozen: bool) -> None:
    timers, clock = Timers(), AccountClock(0, frozen_at=5 if frozen else None)
    assert timers.next_date(clock) is None
    timers.at(Instant(1), "of the driver")
    timers.at_account_time(2, AccountClock(0), "of another account")
    timers.at_account_time(30, clock, "later")
    cancelled = timers.at_account_time(10, clock, "cancelled")
    timers.at_account_time(20, clock, "next")
    timers.cancel(cancelled)
    assert timers.next_date(clock) == 20


def test_the_timers_of_an_account_are_taken_one_by_one() -> None:
    timers, clock, other = Timers(), AccountClock(0), AccountClock(0)
    for due in (30, 10, 20):
        timers.at_account_time(due, clock, due)
    timers.at_account_time(1, other, "other")
    found = []
    while (timer := timers.next_of(clock, 25)) is not None:
        found.append(timer.what)
    assert found == [10, 20]
    assert fired(timers, 100) == ["other", 30]


@pytest.mark.parametrize("frozen", [False, True])
def test_the_timers_of_an_account_are_forgotten_together(frozen: bool) -> None:
    timers, clock, other = Timers(), AccountClock(0), AccountClock(0)
    if frozen:
        clock.freeze(Instant(0))
    timers.at_account_time(5, clock, "mine")
    timers.at_account_time(5, other, "other")
    timers.drop(clock)
    clock.reset()
    timers.clock_changed(clock)
    assert fired(timers, 10) == ["other"]


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("set"), st.integers(0, 1), st.integers(0, 100)),
            st.tuples(st.just("advance"), st.integers(0, 1), st.integers(0, 60)),
            st.tuples(st.just("freeze"), st.integers(0, 1), st.just(0)),
            st.tuples(st.just("reset"), st.integers(0, 1), st.just(0)),
            st.tuples(st.just("wait"), st.just(0), st.integers(0, 60)),
        )
    )
)
def test_every_timer_fires_once_when_its_clock_shows_its_time(deeds: list[tuple[str, int, int]]) -> None:
    """Against a list that is searched whenever anything changes."""
    timers, clocks, now = Timers(), [AccountClock(0), AccountClock(0)], 0
    open_ones: list[tuple[int, int, int]] = []
    for number, (deed, which, value) in enumerate(deeds):
        clock = clocks[which]
        if deed == "set":
            due = clock.at(Instant(now)) + value
            timers.at_account_time(due, clock, (which, due, number))
            open_ones.append((which, due, number))
        elif deed == "advance":
            clock.advance(value, Instant(now))
        elif deed == "freeze":
            clock.freeze(Instant(now))
        elif deed == "reset":
            clock.reset()
        else:
            now += value
        timers.clock_changed(clock)
        due_ones = [each for each in open_ones if each[1] <= clocks[each[0]].at(Instant(now))]
        seen = fired(timers, now)
        assert sorted(seen) == sorted(due_ones)
        for account in (0, 1):
            mine = [each[1:] for each in seen if each[0] == account]
            assert mine == sorted(mine)
        open_ones = [each for each in open_ones if each not in due_ones]


def test_the_zone_is_read_when_it_is_needed() -> None:
    clock = AccountClock(0, zone="America/New_York")
    assert clock.date(Instant(0)).utcoffset() == timedelta(hours=-5)
