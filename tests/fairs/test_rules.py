"""Time slots and stand labels."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlink.fairs.rules import Schedule, UnreadableLabels, stand_labels

# Zones with changes in both directions, at midnight, by half an hour, and none at all.
ZONES = ("Europe/Madrid", "America/Santiago", "America/Asuncion", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Kolkata")


def schedule(**values: object) -> Schedule:
    defaults: dict[str, object] = {
        "zone": "Europe/Madrid",
        "starts_on": date(2027, 3, 27),
        "ends_on": date(2027, 3, 29),
        "opens": time(10),
        "closes": time(18),
        "last_day_closes": None,
        "slot_minutes": 20,
    }
    return Schedule(**defaults | values)  # type: ignore[arg-type]  # values are given by field name


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    opens, closes = sorted(draw(st.lists(st.times(), min_size=2, max_size=2, unique=True)))
    starts_on = draw(st.dates(date(2024, 1, 1), date(2030, 12, 31)))
    return schedule(
        zone=draw(st.sampled_from(ZONES)),
        starts_on=starts_on,
        ends_on=starts_on + timedelta(days=draw(st.integers(0, 8))),
        opens=opens.replace(microsecond=0, fold=0),
        closes=closes.replace(microsecond=0, fold=0),
        slot_minutes=draw(st.integers(5, 240)),
    )


@given(schedules())
def test_slots_are_distinct_and_within_the_opening_hours(given_schedule: Schedule) -> None:
    slots = given_schedule.slots()
    length = timedelta(minutes=given_schedule.slot_minutes)
    assert all(slot.ends_at - slot.starts_at == length for slot in slots)
    assert all(earlier.ends_at <= later.starts_at for earlier, later in pairwise(slots))
    days = given_schedule.days()
    assert all(any(day.starts_at <= slot.starts_at and slot.ends_at <= day.ends_at for day in days) for slot in slots)


@given(schedules())
def test_slots_fill_each_day(given_schedule: Schedule) -> None:
    length = timedelta(minutes=given_schedule.slot_minutes)
    expected = sum(max(0, (day.ends_at - day.starts_at) // length) for day in given_schedule.days())
    assert len(given_schedule.slots()) == expected


@pytest.mark.parametrize(
    ("zone", "starts_on"),
    [
        ("Europe/Madrid", date(2027, 3, 27)),
        ("Europe/Madrid", date(2027, 10, 30)),
        ("America/Santiago", date(2027, 4, 3)),
    ],
)
def test_a_fair_of_three_days_has_72_slots_whatever_clocks_do(zone: str, starts_on: date) -> None:
    slots = schedule(zone=zone, starts_on=starts_on, ends_on=starts_on + timedelta(days=2)).slots()
    assert len({slot.starts_at for slot in slots}) == 72
    openings = {slot.starts_at.astimezone(ZoneInfo(zone)).time() for slot in slots[::24]}
    assert openings == {time(10)}


def test_the_night_in_which_clocks_go_forward_is_an_hour_shorter() -> None:
    night = schedule(starts_on=date(2027, 3, 28), ends_on=date(2027, 3, 28), opens=time(0), closes=time(6))
    assert len(night.slots()) == 15
    assert night.slots()[0].starts_at == datetime(2027, 3, 27, 23, tzinfo=UTC)


def test_the_night_in_which_clocks_go_back_is_an_hour_longer() -> None:
    night = schedule(starts_on=date(2027, 10, 31), ends_on=date(2027, 10, 31), opens=time(0), closes=time(6))
    assert len({slot.starts_at for slot in night.slots()}) == 21


def test_the_last_day_may_close_earlier() -> None:
    assert len(schedule(last_day_closes=time(14)).slots()) == 24 + 24 + 12


def test_a_slot_that_would_pass_closing_time_is_left_out() -> None:
    assert len(schedule(ends_on=date(2027, 3, 27), closes=time(11, 50), slot_minutes=60).slots()) == 1


def test_a_fair_is_over_when_its_last_day_has_ended_in_its_zone() -> None:
    assert not schedule().is_over(datetime(2027, 3, 29, 21, 59, tzinfo=UTC))
    assert schedule().is_over(datetime(2027, 3, 29, 22, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("4-C08..4-C11", ["4-C08", "4-C09", "4-C10", "4-C11"]),
        ("4-C08..11", ["4-C08", "4-C09", "4-C10", "4-C11"]),
        ("A 1 .. A 2", ["A 1", "A 2"]),
        ("9..11", ["9", "10", "11"]),
        (" B1 \n\nB2, B1;B3", ["B1", "B2", "B3"]),
        ("", []),
    ],
)
def test_labels_are_read_by_line_and_by_run(text: str, labels: list[str]) -> None:
    assert stand_labels(text) == labels


@pytest.mark.parametrize("text", ["4-C10..4-C08", "4-C01..5-C03", "1..501", "A..B", "..", "x" * 21])
def test_labels_that_make_no_sense_are_refused_as_typed(text: str) -> None:
    with pytest.raises(UnreadableLabels) as refusal:
        stand_labels(f"C1\n{text}")
    assert refusal.value.line == text
