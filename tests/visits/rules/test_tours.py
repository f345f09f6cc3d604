"""Workshop visits in a buyer's day: ways, room, and tours of several."""

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from fairlink.visits.rules.tours import Stop, Ways, fits, room, tour

DAY = datetime(2027, 3, 9, tzinfo=UTC)


def stop(place: int | None, hour: float, hours: float = 1, people: int = 1) -> Stop:
    starts_at = DAY + timedelta(hours=hour)
    return Stop(place, starts_at, starts_at + timedelta(hours=hours), people)


def sessions(place: int, first: int = 9, last: int = 17) -> list[Stop]:
    return [stop(place, hour) for hour in range(first, last)]


def test_way_is_needed_before_and_after() -> None:
    ways = Ways({1: 30})
    meeting = stop(None, 11)
    fit = [hour for hour in (9, 9.5, 9.75, 11, 12.25, 12.5, 13) if fits(stop(1, hour), [meeting], ways)]
    assert fit == [9, 9.5, 12.5, 13]


def test_way_between_workshops_leads_by_the_fair_unless_it_is_known() -> None:
    assert Ways({1: 30, 2: 40}).minutes(2, 1) == 70
    assert Ways({1: 30, 2: 40}, {(1, 2): 5}).minutes(2, 1) == 5
    assert Ways({1: 30}).minutes(1, 1) == Ways({1: 30}).minutes(None, None) == 0


def test_room_counts_everybody_who_is_there_meanwhile() -> None:
    booked = [stop(1, 9, people=3), stop(1, 9.5, people=2), stop(1, 10, people=4)]
    assert [room(stop(1, hour), booked, 8) for hour in (8, 9, 10, 11)] == [8, 3, 2, 8]
    assert room(stop(1, 9), booked, 4) == 0


def test_tour_takes_the_order_that_ends_first() -> None:
    ways = Ways({1: 30, 2: 30, 3: 30}, {(1, 2): 10, (2, 3): 10, (1, 3): 10})
    found = tour({1: sessions(1, 14), 2: sessions(2), 3: sessions(3)}, [stop(None, 11)], ways)
    assert found is not None
    assert [(each.place, (each.starts_at - DAY).seconds // 3600) for each in found] == [(2, 9), (3, 13), (1, 15)]


def test_tour_that_does_not_fit_is_none() -> None:
    ways = Ways({1: 120, 2: 120})
    assert tour({1: [stop(1, 9)], 2: [stop(2, 10)]}, [], ways) is None
    assert tour({1: []}, [], ways) is None


STOPS = st.lists(st.integers(8, 18).map(lambda hour: stop(None, hour)), max_size=3)
CHOICES = st.dictionaries(
    st.integers(1, 3), st.lists(st.integers(9, 16), max_size=4, unique=True).map(sorted), min_size=1, max_size=3
)


@settings(max_examples=60, deadline=None)
@given(diary=STOPS, hours=CHOICES, between=st.integers(0, 90), away=st.integers(0, 90))
def test_tour_is_right_and_the_earliest_there_is(
    diary: list[Stop], hours: dict[int, list[int]], between: int, away: int
) -> None:
    ways = Ways(dict.fromkeys((1, 2, 3), away), {(1, 2): between, (1, 3): between, (2, 3): between})
    choices = {place: [stop(place, hour) for hour in each] for place, each in hours.items()}
    found = tour(choices, diary, ways)
    possible = [
        combination
        for combination in itertools.product(*choices.values())
        if all(
            fits(each, [*diary, *(other for other in combination if other is not each)], ways) for each in combination
        )
    ]
    if found is None:
        assert possible == []
    else:
        assert {each.place for each in found} == choices.keys()
        assert found[-1].ends_at == min(max(each.ends_at for each in some) for some in possible)
