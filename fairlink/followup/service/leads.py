"""Recording leads, what is expected of them, and their end."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from fairlink.accounts.models import HsCode, User
from fairlink.audit.service import record
from fairlink.followup import queries
from fairlink.followup.models import Answer, ExpectedOrder, Lead
from fairlink.followup.service import rates
from fairlink.followup.service.lifecycle import move_prompt
from fairlink.followup.states import EndReason, Interest, PromptAction, Side
from fairlink.kernel.clock import local_date
from fairlink.kernel.errors import Conflict
from fairlink.kernel.money import Money
from fairlink.visits.models import Meeting
from fairlink.visits.states import MeetingState


def record_lead(
    session: Session,
    meeting: Meeting,
    *,
    side: Side,
    interest: Interest,
    products: Sequence[HsCode] = (),
    expected: Money | None = None,
    note: str = "",
    by: User,
    now: datetime,
) -> Lead:
    """Make a lead of a meeting that was held.

    Raises Conflict for a meeting that was not (yet) held or has its lead already.
    """
    if meeting.state != MeetingState.HELD:
        raise Conflict("meeting_not_held")
    if queries.lead_of_meeting(session, meeting.id) is not None:
        raise Conflict("lead_exists")
    lead = _new_lead(meeting, side=side, interest=interest, by_id=by.id, now=now)
    lead.note = note
    lead.products = list(products)
    session.add(lead)
    session.flush()
    expect(session, lead, side, expected, now=now)
    record(session, "lead:record", lead, by=by, now=now)
    return lead


def edit_lead(
    session: Session,
    lead: Lead,
    *,
    side: Side,
    interest: Interest,
    products: Sequence[HsCode],
    expected: Money | None,
    note: str,
    by: User,
    now: datetime,
) -> None:
    """Correct what was recorded at the fair; `expected` is the forecast of `side`."""
    lead.interest = interest
    lead.products = list(products)
    lead.note = note
    expect(session, lead, side, expected, now=now)
    record(session, "lead:edit", lead, by=by, now=now)


def record_missing_leads(session: Session, *, marked_before: datetime, now: datetime, limit: int = 500) -> int:
    """Make leads of held meetings that nobody made one of, so that no link of the chain is lost; their number."""
    meetings = queries.held_without_lead(session, marked_before, limit)
    for meeting in meetings:
        by_id = meeting.marked_by_id or meeting.visit.visitor_id
        lead = _new_lead(meeting, side=Side.BUYER, interest=Interest.MEDIUM, by_id=by_id, now=now)
        session.add(lead)
        record(session, "lead:complete", lead, by=None, now=now)
    return len(meetings)


def record_leads_of_contacts(session: Session, *, now: datetime, limit: int = 500) -> int:
    """Make leads of what exhibitors noted at their fairs, with and without a meeting; their number."""
    contacts = queries.contacts_without_lead(session, limit)
    for contact in contacts:
        lead = Lead(
            fair_id=contact.exhibitor.fair_id,
            exhibitor_id=contact.exhibitor_id,
            buyer_id=contact.buyer_id,
            meeting_id=contact.meeting_id,
            contact_id=contact.id,
            recorded_side=Side.FIRM,
            recorded_by_id=contact.captured_by_id,
            interest=contact.interest,
            note=contact.note,
            products=list(contact.products),
            created_at=contact.received_at,
        )
        session.add(lead)
        session.flush()
        # A forecast is for twelve months; one for fewer is the least of it.
        expect(session, lead, Side.FIRM, max(contact.expected.values(), default=None), now=now)
        record(session, "lead:of_contact", lead, by=None, now=now)
    return len(contacts)


def _new_lead(meeting: Meeting, *, side: Side, interest: Interest, by_id: int, now: datetime) -> Lead:
    return Lead(
        fair_id=meeting.visit.fair_id,
        exhibitor_id=meeting.exhibitor_id,
        buyer_id=meeting.visit.buyer_id,
        meeting_id=meeting.id,
        recorded_side=side,
        recorded_by_id=by_id,
        interest=interest,
        created_at=now,
    )


def expect(
    session: Session, lead: Lead, side: Side, value: Money | None, *, now: datetime, answer: Answer | None = None
) -> None:
    """Note what one side expects of the next twelve months, if it says something new; earlier forecasts stay."""
    if value is None or value == lead.expected_by(side):
        return
    forecast = ExpectedOrder(
        lead=lead,
        side=side,
        stated_at=now,
        value_minor=value.minor,
        currency=value.currency,
        answer_id=answer.id if answer else None,
    )
    session.add(forecast)
    with session.no_autoflush:
        rates.put_in_agency_currency(session, forecast, value, lead, on=local_date(now, lead.fair.zone))


def end(session: Session, lead: Lead, reason: EndReason, *, by: User | None, now: datetime) -> None:
    """Follow a lead no further; what was planned for it and not sent yet is not sent any more."""
    if lead.ended_at is not None:
        return
    lead.ended_at, lead.end_reason = now, reason
    record(session, f"lead:end_{reason}", lead, by=by, now=now)
    for prompt in queries.planned_wave_prompts(session, lead.id):
        # Not in the account either.
        prompt.expires_at = now
        move_prompt(session, prompt, PromptAction.SUPPRESS, by=by, now=now)


def restart(session: Session, lead: Lead, *, by: User | None, now: datetime) -> None:
    """A new order opens an ended lead again: the waves to come ask about it."""
    if lead.ended_at is None:
        return
    lead.ended_at = lead.end_reason = None
    record(session, "lead:restart", lead, by=by, now=now)
