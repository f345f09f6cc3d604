"""Pure decisions on groups and applications: shares, pages, time limits, and past awards as facts."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlink.applications import rules
from fairlink.applications.rules import PastAward, Task
from fairlink.applications.states import (
    COMMITTED,
    LIVE,
    TRANSITIONS,
    UNDECIDED,
    ApplicationAction,
    ApplicationState,
)
from fairlink.kernel.errors import TransitionNotAllowed
from fairlink.kernel.states import next_state
from fairlink.subsidies.rules import Balances, Participation
from fairlink.subsidies.rules.terms import Size

S, A = ApplicationState, ApplicationAction
NOON = datetime(2027, 1, 15, 12, tzinfo=UTC)

#: For every action the states in which it is possible, and where it leads.
GRID = {
    A.SUBMIT: {S.DRAFT: S.SUBMITTED},
    A.RETURN: {S.SUBMITTED: S.DRAFT},
    A.ASSESS: {S.SUBMITTED: S.ASSESSED},
    A.APPROVE: {S.ASSESSED: S.AWARDED},
    A.REFUSE: {S.ASSESSED: S.REFUSED},
    A.REOPEN: {S.REFUSED: S.ASSESSED},
    A.ACCEPT: {S.AWARDED: S.ACCEPTED},
    A.DECLINE: {S.AWARDED: S.DECLINED},
    A.LAPSE: {S.AWARDED: S.LAPSED},
    A.LOSE: {S.AWARDED: S.LAPSED, S.ACCEPTED: S.LAPSED},
    A.WITHDRAW: dict.fromkeys((S.DRAFT, S.SUBMITTED, S.ASSESSED, S.AWARDED, S.ACCEPTED), S.WITHDRAWN),
}


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("action", A)
def test_every_action_in_every_state_leads_where_it_should_or_nowhere(
    state: ApplicationState, action: ApplicationAction
) -> None:
    if state in GRID[action]:
        assert next_state(TRANSITIONS, state, action) == GRID[action][state]
    else:
        with pytest.raises(TransitionNotAllowed):
            next_state(TRANSITIONS, state, action)


def test_states_without_a_way_out_are_the_ended_ones() -> None:
    ended = {state for state in S if not any(source == state for source, _ in TRANSITIONS)}
    assert ended == {S.DECLINED, S.LAPSED, S.WITHDRAWN}
    # A refusal can be appealed against, but keeps nobody from applying anew.
    assert set(S) - ended - {S.REFUSED} == LIVE
    assert LIVE == UNDECIDED | COMMITTED


@pytest.mark.parametrize(("members", "expected"), [(1, [10_000]), (2, [5000, 5000]), (3, [3334, 3333, 3333])])
def test_equal_shares_add_up_to_the_whole(members: int, expected: list[int]) -> None:
    assert rules.equal_shares(members) == expected


def test_shares_of_those_who_stay_keep_their_proportion() -> None:
    assert rules.shares_without({1: 5000, 2: 2500, 3: 2500}, 1) == {2: 5000, 3: 5000}
    assert rules.shares_without({1: 6000, 2: 3000, 3: 1000}, 3) == {1: 6667, 2: 3333}
    assert rules.shares_without({1: 3334, 2: 3333, 3: 3333}, 3) == {1: 5000, 2: 5000}
    assert rules.shares_without({7: 10_000}, 7) == {}


@given(st.lists(st.integers(0, 10_000), min_size=2, max_size=20))
def test_shares_of_those_who_stay_are_always_whole(shares: list[int]) -> None:
    left = rules.shares_without(dict(enumerate(shares)), 0)
    assert sum(left.values()) == 10_000
    assert left.keys() == set(range(1, len(shares)))


@pytest.mark.parametrize(
    ("shares", "quoted", "about", "confirmed", "expected"),
    [
        ([], [], False, [], "to_do to_do blocked to_do blocked blocked"),
        ([9_999], [True], True, [True], "to_do done done done blocked blocked"),
        ([5_000, 5_000], [True, False], True, [True, False], "done done optional done to_do blocked"),
        ([5_000, 5_000], [False], True, [True, True], "done done optional done done to_do"),
    ],
)
def test_task_statuses_open_the_last_page_when_the_others_are_done(
    shares: list[int], quoted: list[bool], about: bool, confirmed: list[bool], expected: str
) -> None:
    found = rules.task_statuses(shares=shares, quoted=quoted, about=about, confirmed=confirmed)
    assert list(found) == list(Task)
    assert " ".join(found.values()) == expected


def test_a_part_is_the_share_and_the_costs_that_it_bears() -> None:
    shared, own = (None, "stand_space", "", 900), (2, "travel", "", 100)
    parts = rules.parts_by_firm({1: 10_000, 2: 0}, [shared, own])
    assert parts == {1: (10_000, [shared]), 2: (0, [own])}


@pytest.mark.parametrize(
    ("call_is_open", "change_by", "expected"),
    [
        (True, None, True),
        (False, None, False),
        (False, NOON + timedelta(seconds=1), True),
        (False, NOON, False),
    ],
)
def test_an_application_is_sent_in_the_window_or_in_the_time_for_a_change(
    call_is_open: bool, change_by: datetime | None, expected: bool
) -> None:
    assert rules.may_be_sent(NOON, call_is_open=call_is_open, change_by=change_by) is expected


def test_accept_by_is_the_end_of_a_day_at_the_fair() -> None:
    # 23:30 in Lima on the 14th is the 15th in UTC: 21 days on, the 4th of February ends in Lima at 05:00 UTC.
    granted_at = datetime(2027, 1, 15, 4, 30, tzinfo=UTC)
    assert rules.accept_by(granted_at, 21, "America/Lima") == datetime(2027, 2, 5, 5, tzinfo=UTC)


def test_a_returned_application_has_a_fortnight_or_as_long_as_the_call_is_open() -> None:
    # The 29th ends in São Paulo at 03:00 UTC.
    fortnight = datetime(2027, 1, 30, 3, tzinfo=UTC)
    assert rules.change_by(NOON, NOON, "America/Sao_Paulo") == fortnight
    assert rules.change_by(fortnight + timedelta(days=1), NOON, "America/Sao_Paulo") == fortnight + timedelta(days=1)


def test_midnight_ends_the_day_before_it() -> None:
    midnight = datetime(2027, 1, 30, 3, tzinfo=UTC)
    assert rules.last_day(midnight, "America/Sao_Paulo") == date(2027, 1, 29)
    assert rules.last_day(midnight + timedelta(seconds=1), "America/Sao_Paulo") == date(2027, 1, 30)


@pytest.mark.parametrize(
    ("staff", "size"),
    [
        (0, Size.MICRO),
        (9, Size.MICRO),
        (10, Size.SMALL),
        (49, Size.SMALL),
        (50, Size.MEDIUM),
        (249, Size.MEDIUM),
        (250, Size.LARGE),
    ],
)
def test_size_follows_head_count(staff: int, size: Size) -> None:
    assert rules.size_of(staff) == size


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Emilia-Romagna", "emilia_romagna"),
        ("São Paulo", "sao_paulo"),
        ("48ª Feria", "x48a_feria"),
        ("", ""),
        ("日本", ""),
    ],
)
def test_codes_are_small_letters_digits_and_underscores(text: str, code: str) -> None:
    assert rules.as_code(text) == code


def past(**values: object) -> PastAward:
    defaults: dict[str, object] = {
        "firm_id": 1,
        "undertaking": "1",
        "scheme_id": 5,
        "fair_id": 9,
        "fair_code": "fimec",
        "fair_country": "BR",
        "fair_starts_on": date(2026, 3, 10),
        "granted_on": date(2025, 12, 1),
        "support_minor": 100_000,
        "currency": "EUR",
        "taken_up": True,
    }
    return PastAward(**defaults | values)  # type: ignore[arg-type]  # the defaults have the right types


def test_participations_are_the_awards_that_were_accepted() -> None:
    found = rules.participations([past(), past(fair_starts_on=date(2025, 3, 11)), past(taken_up=False)])
    assert found == (
        Participation(fair="fimec", country="BR", starts_on=date(2025, 3, 11)),
        Participation(fair="fimec", country="BR", starts_on=date(2026, 3, 10)),
    )


def test_balances_count_one_scheme_by_fair_year_and_ever() -> None:
    awards = [
        past(support_minor=1),
        past(support_minor=10, fair_id=8, fair_starts_on=date(2026, 11, 2)),
        past(support_minor=100, fair_id=7, fair_starts_on=date(2025, 11, 2)),
        past(support_minor=1000, scheme_id=6),
    ]
    calendar = rules.balances(awards, scheme_id=5, fair_id=9, year=2026, first_month=1)
    assert calendar == Balances(fair_minor=1, year_minor=11, lifetime_minor=111)
    # A scheme year from April: March 2026 still lies in 2025.
    april = rules.balances(awards, scheme_id=5, fair_id=9, year=2025, first_month=4)
    assert april == Balances(fair_minor=1, year_minor=101, lifetime_minor=111)
