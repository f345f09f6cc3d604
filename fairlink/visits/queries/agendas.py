"""Reads of one person's agenda: their meetings over all fairs, for calendars and for the day at the fair."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.applications import queries as applications
from fairlink.applications.models import ApplicationMember, Exhibitor
from fairlink.fairs.models import Fair, TimeSlot
from fairlink.kernel.clock import local_date
from fairlink.kernel.tokens import token_hash
from fairlink.visits.models import CalendarFeed, Meeting, MeetingReminder, Visit
from fairlink.visits.queries.meetings import MEETING_PARTS
from fairlink.visits.queries.visits import VISIT_PARTS
from fairlink.visits.rules.diary import side_of
from fairlink.visits.rules.reminders import LEAD_TIMES, window
from fairlink.visits.states import OCCUPYING, MeetingState, ReminderKind, Side, VisitState


def active_feed(session: Session, user_id: int) -> CalendarFeed | None:
    """The feed by which a person's calendar reads their meetings, if they have one."""
    query = sa.select(CalendarFeed).where(CalendarFeed.user_id == user_id, CalendarFeed.revoked_at.is_(None))
    return session.scalars(query).one_or_none()


def feed_owner(session: Session, token: str) -> User | None:
    """Whose meetings the address with `token` gives out; None once it is revoked or the person may not sign in."""
    query = (
        sa.select(User)
        .join(CalendarFeed, CalendarFeed.user_id == User.id)
        .where(
            CalendarFeed.token_hash == token_hash(token),
            CalendarFeed.revoked_at.is_(None),
            User.disabled_at.is_(None),
        )
    )
    return session.scalars(query).unique().one_or_none()


def meetings_of_person(
    session: Session, person: User, *, since: datetime, until: datetime | None = None
) -> Sequence[Meeting]:
    """The meetings in which a person stands, that begin within a time, in order; what is off is left out.

    A buyer has those of their own visits, not of their colleagues'; people of a firm have those of its exhibitors.
    """
    query = (
        sa.select(Meeting)
        .join(Meeting.slot)
        .join(Meeting.visit)
        .where(_of_person(person), Meeting.state.in_(OCCUPYING), TimeSlot.starts_at >= since)
        .options(*MEETING_PARTS)
        .order_by(TimeSlot.starts_at, Meeting.id)
    )
    if until is not None:
        query = query.where(TimeSlot.starts_at < until)
    return session.scalars(query).all()


def _of_person(person: User) -> sa.ColumnElement[bool]:
    if side_of(person.organisation_kind) is Side.BUYER:
        return sa.and_(Visit.visitor_id == person.id, Visit.buyer_id == person.organisation_id)
    exhibitors = (
        sa.select(Exhibitor.id)
        .join(ApplicationMember, ApplicationMember.application_id == Exhibitor.application_id)
        .where(ApplicationMember.firm_id == person.organisation_id)
    )
    return Meeting.exhibitor_id.in_(exhibitors)


def meetings_to_remind_of(session: Session, kind: ReminderKind, *, now: datetime, limit: int) -> Sequence[Meeting]:
    """Confirmed meetings of which a reminder is due and was not posted, locked, the next ones first.

    Who agreed on a time within the lead time knows of it and is not reminded.
    """
    due = window(kind, now)
    agreed_at = sa.func.coalesce(Meeting.answered_at, Meeting.requested_at)
    posted = sa.exists().where(
        MeetingReminder.meeting_id == Meeting.id,
        MeetingReminder.sequence == Meeting.sequence,
        MeetingReminder.kind == kind,
    )
    query = (
        sa.select(Meeting)
        .join(Meeting.slot)
        .where(
            Meeting.state == MeetingState.CONFIRMED,
            TimeSlot.starts_at > due.after,
            TimeSlot.starts_at <= due.until,
            agreed_at <= TimeSlot.starts_at - sa.literal(LEAD_TIMES[kind], sa.Interval()),
            ~posted,
        )
        .options(*MEETING_PARTS)
        .order_by(TimeSlot.starts_at, Meeting.id)
        .limit(limit)
        .with_for_update(of=Meeting, skip_locked=True)
    )
    return session.scalars(query).all()


@dataclass(frozen=True, slots=True)
class Stay:
    """A fair at which a person is: as one of an exhibitor, or as a visitor."""

    fair: Fair
    exhibitor: Exhibitor | None = None
    visit: Visit | None = None


def stays(session: Session, person: User, *, now: datetime) -> list[Stay]:
    """Where a person is today by the fair's calendar, else the fair that comes next; nothing if none does."""
    if side_of(person.organisation_kind) is Side.BUYER:
        query = (
            sa.select(Visit)
            .join(Visit.fair)
            .where(
                Visit.visitor_id == person.id,
                Visit.buyer_id == person.organisation_id,
                Visit.state == VisitState.BOOKED,
                Fair.ends_on >= (now - timedelta(days=1)).date(),
            )
            .options(*VISIT_PARTS)
        )
        found = [Stay(visit.fair, visit=visit) for visit in session.scalars(query)]
    else:
        assert person.organisation_id is not None, "only people of an organisation have a diary"
        exhibitors = applications.exhibitors_of_firm(session, person.organisation_id)
        found = [Stay(exhibitor.fair, exhibitor) for exhibitor in exhibitors]
    open_still = [stay for stay in found if stay.fair.is_public and not stay.fair.schedule.is_over(now)]
    here = [stay for stay in open_still if stay.fair.starts_on <= local_date(now, stay.fair.zone)]
    return here or sorted(open_still, key=lambda stay: stay.fair.starts_on)[:1]
