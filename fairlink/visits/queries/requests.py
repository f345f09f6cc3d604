"""Reads of a fair's rules for meetings, of wishes and vetoes, and of requests."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from fairlink.applications.models import Exhibitor
from fairlink.fairs.models import Fair
from fairlink.fairs.states import FairState
from fairlink.visits.models import Meeting, MeetingRequest, MeetingRules, Preference, Visit, default_rules
from fairlink.visits.queries.meetings import EXHIBITOR_PARTS
from fairlink.visits.queries.visits import VISIT_PARTS
from fairlink.visits.states import LIVE, OCCUPYING, Level, RequestState, Side, VisitState

_PARTS = (
    joinedload(MeetingRequest.visit).options(*VISIT_PARTS),
    joinedload(MeetingRequest.exhibitor).options(*EXHIBITOR_PARTS),
)


def rules_of(session: Session, fair_id: int) -> MeetingRules:
    """The rules of a fair; those of `default_rules`, in no session, while nobody has set any."""
    return session.get(MeetingRules, fair_id) or default_rules(fair_id)


def request(session: Session, request_id: int) -> MeetingRequest | None:
    """One request with its visit and exhibitor."""
    query = sa.select(MeetingRequest).where(MeetingRequest.id == request_id).options(*_PARTS)
    return session.scalars(query).one_or_none()


def locked_request(session: Session, request_id: int) -> MeetingRequest:
    """The request as it is now, locked until the transaction ends; `lock_pair` goes first."""
    query = sa.select(MeetingRequest).where(MeetingRequest.id == request_id).options(*_PARTS)
    query = query.with_for_update(of=MeetingRequest).execution_options(populate_existing=True)
    return session.scalars(query).one()


def lock_pair(session: Session, visit_id: int, exhibitor_id: int) -> None:
    """Let nobody else commit one of the two to a meeting until the transaction ends.

    Always the visit first, then the exhibitor, then requests and meetings, so that nobody waits in a ring.
    """
    session.execute(sa.select(Visit.id).where(Visit.id == visit_id).with_for_update(key_share=True))
    session.execute(sa.select(Exhibitor.id).where(Exhibitor.id == exhibitor_id).with_for_update(key_share=True))


def live_request(session: Session, visit_id: int, exhibitor_id: int) -> MeetingRequest | None:
    """The request between the two that waits for its answer or was accepted."""
    query = (
        sa.select(MeetingRequest)
        .where(
            MeetingRequest.visit_id == visit_id,
            MeetingRequest.exhibitor_id == exhibitor_id,
            MeetingRequest.state.in_(LIVE),
        )
        .options(*_PARTS)
    )
    return session.scalars(query).one_or_none()


def request_of_meeting(session: Session, meeting_id: int) -> MeetingRequest | None:
    """The accepted request that a meeting came of, locked."""
    query = sa.select(MeetingRequest).where(
        MeetingRequest.meeting_id == meeting_id, MeetingRequest.state == RequestState.ACCEPTED
    )
    return session.scalars(query.with_for_update()).one_or_none()


def requests_of_visit(visit_id: int) -> sa.Select[MeetingRequest]:
    """The requests of a buyer's visit, both ways, to be paged newest first."""
    return _requests(MeetingRequest.visit_id == visit_id, Side.BUYER)


def requests_of_exhibitor(exhibitor_id: int) -> sa.Select[MeetingRequest]:
    """The requests of an exhibitor, both ways, to be paged newest first."""
    return _requests(MeetingRequest.exhibitor_id == exhibitor_id, Side.FIRM)


def _requests(whose: sa.ColumnElement[bool], side: Side) -> sa.Select[MeetingRequest]:
    """What one side sees: all it sent, and of what the others sent all but those it does not want to meet."""
    return (
        sa.select(MeetingRequest)
        .where(whose, sa.or_(MeetingRequest.from_side == side, sa.not_(_vetoed_by(side))))
        .options(*_PARTS)
    )


def waiting_count(session: Session, side: Side, owner_id: int, *, now: datetime) -> int:
    """How many requests wait for the answer of a participant."""
    mine = MeetingRequest.visit_id if side is Side.BUYER else MeetingRequest.exhibitor_id
    query = sa.select(sa.func.count()).where(
        mine == owner_id,
        MeetingRequest.state == RequestState.SENT,
        MeetingRequest.from_side == side.other,
        MeetingRequest.expires_at > now,
        sa.not_(_vetoed_by(side)),
    )
    return session.scalar(query) or 0


def _vetoed_by(side: Side) -> sa.ColumnElement[bool]:
    return (
        sa.select(Preference.id)
        .where(
            Preference.visit_id == MeetingRequest.visit_id,
            Preference.exhibitor_id == MeetingRequest.exhibitor_id,
            Preference.side == side,
            Preference.level == Level.NO_THANKS,
        )
        .exists()
    )


def vetoes(session: Session, visit_id: int, exhibitor_id: int) -> frozenset[Side]:
    """The sides that do not want to meet the other. What one of them decided is never told to the other."""
    query = sa.select(Preference.side).where(
        Preference.visit_id == visit_id, Preference.exhibitor_id == exhibitor_id, Preference.level == Level.NO_THANKS
    )
    return frozenset(session.scalars(query))


def preference(session: Session, visit_id: int, exhibitor_id: int, side: Side) -> Preference | None:
    """What one side said of the other."""
    query = sa.select(Preference).where(
        Preference.visit_id == visit_id, Preference.exhibitor_id == exhibitor_id, Preference.side == side
    )
    return session.scalars(query).one_or_none()


@dataclass(frozen=True, slots=True)
class Standing:
    """How one side stands with one participant of the other, as far as that side may know."""

    level: Level | None = None
    #: The state of the live request and who sent it; None without one.
    state: RequestState | None = None
    from_side: Side | None = None


def standings(
    session: Session, visit_ids: Collection[int], exhibitor_ids: Collection[int], side: Side
) -> dict[tuple[int, int], Standing]:
    """By (visit id, exhibitor id) what `side` has said and what there is between them; others are left out."""
    pairs = (Preference.visit_id.in_(visit_ids), Preference.exhibitor_id.in_(exhibitor_ids))
    said = sa.select(Preference.visit_id, Preference.exhibitor_id, Preference.level).where(
        *pairs, Preference.side == side
    )
    levels = {(visit, exhibitor): level for visit, exhibitor, level in session.execute(said)}
    asked = sa.select(
        MeetingRequest.visit_id, MeetingRequest.exhibitor_id, MeetingRequest.state, MeetingRequest.from_side
    ).where(
        MeetingRequest.visit_id.in_(visit_ids),
        MeetingRequest.exhibitor_id.in_(exhibitor_ids),
        MeetingRequest.state.in_(LIVE),
    )
    live = {(visit, exhibitor): (state, sender) for visit, exhibitor, state, sender in session.execute(asked)}
    return {pair: Standing(levels.get(pair), *live.get(pair, (None, None))) for pair in levels.keys() | live.keys()}


def taken_by(session: Session, side: Side, owner_id: int) -> int:
    """How many meetings a participant has, has agreed to, or has asked for: what its maximum counts.

    What it asked for counts while it waits, what others asked of it does not; and what it vetoed never does.
    """
    mine = MeetingRequest.visit_id if side is Side.BUYER else MeetingRequest.exhibitor_id
    met = Meeting.visit_id if side is Side.BUYER else Meeting.exhibitor_id
    requests = sa.select(sa.func.count()).where(
        mine == owner_id,
        sa.or_(
            MeetingRequest.state == RequestState.ACCEPTED,
            sa.and_(MeetingRequest.state == RequestState.SENT, MeetingRequest.from_side == side),
        ),
        sa.not_(_vetoed_by(side)),
    )
    counted = sa.select(MeetingRequest.meeting_id).where(
        MeetingRequest.state == RequestState.ACCEPTED, MeetingRequest.meeting_id.is_not(None), mine == owner_id
    )
    meetings = sa.select(sa.func.count()).where(
        met == owner_id, Meeting.state.in_(OCCUPYING), Meeting.id.not_in(counted)
    )
    return (session.scalar(requests) or 0) + (session.scalar(meetings) or 0)


def requests_to_end(session: Session, *, now: datetime, limit: int) -> Sequence[MeetingRequest]:
    """Requests whose time for an answer is over, or that have lost their ground, locked."""
    groundless = sa.or_(
        Fair.state == FairState.CANCELLED, Exhibitor.withdrawn_at.is_not(None), Visit.state == VisitState.CANCELLED
    )
    query = (
        sa.select(MeetingRequest)
        .join(Visit, Visit.id == MeetingRequest.visit_id)
        .join(Exhibitor, Exhibitor.id == MeetingRequest.exhibitor_id)
        .join(Fair, Fair.id == Visit.fair_id)
        .where(
            sa.or_(
                sa.and_(MeetingRequest.state == RequestState.SENT, MeetingRequest.expires_at <= now),
                # What came to a meeting ends with it.
                sa.and_(MeetingRequest.state.in_(LIVE), MeetingRequest.meeting_id.is_(None), groundless),
            )
        )
        .options(*_PARTS)
        .order_by(MeetingRequest.id)
        .limit(limit)
        .with_for_update(of=MeetingRequest, skip_locked=True)
    )
    return session.scalars(query).all()
