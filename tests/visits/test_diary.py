"""What can be done with a meeting, over the whole grid of states, actions, times and sides."""

from datetime import UTC, date, datetime, timedelta

import pytest

from fairlink.kernel.errors import TransitionNotAllowed
from fairlink.kernel.states import next_state
from fairlink.visits.rules.diary import by_day, possible_actions, possible_on_workshop_visit, refusal, side_of
from fairlink.visits.states import OCCUPYING, TRANSITIONS, MeetingAction, MeetingState, Side

A, S = MeetingAction, MeetingState
STARTS_AT = datetime(2027, 3, 9, 13, tzinfo=UTC)
BEFORE = STARTS_AT - timedelta(seconds=1)

#: Every step there is; any other pair is refused.
STEPS = {
    (S.REQUESTED, A.CONFIRM): S.CONFIRMED,
    (S.REQUESTED, A.DECLINE): S.DECLINED,
    (S.REQUESTED, A.MOVE): S.REQUESTED,
    (S.REQUESTED, A.CANCEL): S.CANCELLED,
    (S.REQUESTED, A.HOLD): S.HELD,
    (S.CONFIRMED, A.MOVE): S.REQUESTED,
    (S.CONFIRMED, A.CANCEL): S.CANCELLED,
    (S.CONFIRMED, A.HOLD): S.HELD,
    (S.CONFIRMED, A.MISS_BUYER): S.BUYER_NO_SHOW,
    (S.CONFIRMED, A.MISS_EXHIBITOR): S.EXHIBITOR_NO_SHOW,
    (S.CONFIRMED, A.CALL_OFF): S.CANCELLED,
    (S.REQUESTED, A.LIFT): S.LIFTED,
    (S.CONFIRMED, A.LIFT): S.LIFTED,
    (S.LIFTED, A.SEAT): S.CONFIRMED,
    (S.BUYER_NO_SHOW, A.HOLD): S.HELD,
    (S.EXHIBITOR_NO_SHOW, A.HOLD): S.HELD,
}


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("action", A)
def test_meeting_takes_only_the_steps_there_are(state: MeetingState, action: MeetingAction) -> None:
    if (state, action) in STEPS:
        assert next_state(TRANSITIONS, state, action) == STEPS[state, action]
    else:
        with pytest.raises(TransitionNotAllowed):
            next_state(TRANSITIONS, state, action)


#: What each side can do with a visit to a workshop, by state: before its time, and once it has begun.
ON_WORKSHOPS: dict[tuple[MeetingState, Side], tuple[set[MeetingAction], set[MeetingAction]]] = {
    (S.REQUESTED, Side.BUYER): ({A.MOVE, A.CANCEL}, set()),
    (S.REQUESTED, Side.FIRM): ({A.CONFIRM, A.DECLINE, A.CANCEL}, {A.HOLD}),
    (S.CONFIRMED, Side.BUYER): ({A.MOVE, A.CANCEL}, set()),
    (S.CONFIRMED, Side.FIRM): ({A.CANCEL}, {A.HOLD, A.MISS_BUYER}),
    (S.BUYER_NO_SHOW, Side.FIRM): (set(), {A.HOLD}),
}


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("side", Side)
def test_buyer_moves_a_visit_to_a_workshop_and_the_hosts_mark_it(state: MeetingState, side: Side) -> None:
    before, begun = (
        set(possible_on_workshop_visit(state, starts_at=STARTS_AT, now=at, by=side)) for at in (BEFORE, STARTS_AT)
    )
    assert (before, begun) == ON_WORKSHOPS.get((state, side), (set(), set()))


def test_meeting_keeps_its_slot_unless_it_is_off() -> None:
    assert set(S) - OCCUPYING == {S.DECLINED, S.CANCELLED, S.LIFTED}


@pytest.mark.parametrize(
    ("state", "now", "by", "expected"),
    [
        (S.REQUESTED, BEFORE, Side.FIRM, {A.CONFIRM, A.DECLINE, A.MOVE, A.CANCEL}),
        (S.REQUESTED, BEFORE, Side.BUYER, {A.MOVE, A.CANCEL}),
        (S.REQUESTED, STARTS_AT, Side.FIRM, {A.HOLD}),
        (S.CONFIRMED, BEFORE, Side.BUYER, {A.MOVE, A.CANCEL}),
        (S.CONFIRMED, STARTS_AT, Side.BUYER, {A.HOLD, A.MISS_BUYER, A.MISS_EXHIBITOR, A.CALL_OFF}),
        (S.BUYER_NO_SHOW, STARTS_AT, Side.FIRM, {A.HOLD}),
        (S.BUYER_NO_SHOW, STARTS_AT, Side.BUYER, set()),
        (S.EXHIBITOR_NO_SHOW, STARTS_AT, Side.BUYER, {A.HOLD}),
        (S.EXHIBITOR_NO_SHOW, STARTS_AT, Side.FIRM, set()),
        (S.HELD, STARTS_AT, Side.FIRM, set()),
        (S.DECLINED, BEFORE, Side.FIRM, set()),
        (S.CANCELLED, BEFORE, Side.FIRM, set()),
    ],
)
def test_side_can_do_what_state_and_clock_allow(
    state: MeetingState, now: datetime, by: Side, expected: set[MeetingAction]
) -> None:
    assert possible_actions(state, starts_at=STARTS_AT, now=now, by=by, asked=Side.FIRM) == expected


def test_clock_says_why_it_refuses() -> None:
    assert refusal(A.HOLD, STARTS_AT, BEFORE) == "meeting_not_begun"
    assert refusal(A.MOVE, STARTS_AT, STARTS_AT) == "meeting_begun"
    assert refusal(A.MOVE, STARTS_AT, BEFORE) is None


def test_diary_falls_into_days_of_the_fairs_zone() -> None:
    late, early = datetime(2027, 3, 10, 2, tzinfo=UTC), datetime(2027, 3, 9, 12, tzinfo=UTC)
    next_day = datetime(2027, 3, 10, 12, tzinfo=UTC)
    # 02:00 UTC is still the evening before in São Paulo.
    assert by_day([next_day, late, early], lambda at: at, "America/Sao_Paulo") == {
        date(2027, 3, 9): [early, late],
        date(2027, 3, 10): [next_day],
    }


def test_everybody_but_buyers_stands_on_the_firms_side() -> None:
    assert [side_of(kind) for kind in ("buyer", "firm")] == [Side.BUYER, Side.FIRM]
