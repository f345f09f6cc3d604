"""Putting right or erasing what was noted at a fair, with the lead that was made of it, until somebody has answered."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.audit.service import record
from fairlink.followup import queries
from fairlink.followup.models import Lead, PromptLink
from fairlink.followup.service.leads import expect
from fairlink.followup.states import Side
from fairlink.kernel.errors import Conflict
from fairlink.visits import queries as visits
from fairlink.visits import service as visits_service
from fairlink.visits.models import Contact
from fairlink.visits.rules.contacts import Noted


def correct_contact(session: Session, contact: Contact, noted: Noted, *, by: User, now: datetime) -> None:
    """Put a contact right, and its lead; a note that was rewritten in the lead meanwhile stays.

    Raises Conflict once somebody has answered about the lead or reported an order.
    """
    contact = visits.locked_contact(session, contact.id)
    lead = _unanswered_lead(session, contact)
    before = contact.note
    visits_service.correct_contact(session, contact, noted, by=by, now=now)
    if lead is None:
        return
    lead.buyer_id, lead.interest, lead.products = contact.buyer_id, contact.interest, list(contact.products)
    if lead.note == before:
        lead.note = contact.note
    expect(session, lead, Side.FIRM, max(contact.expected.values(), default=None), now=now)
    record(session, "lead:correct", lead, by=by, now=now)


def erase_contact(session: Session, contact: Contact, *, by: User, now: datetime) -> None:
    """Erase a contact and the lead made of it, with its questions and their links; raises as `correct_contact`."""
    contact = visits.locked_contact(session, contact.id)
    lead = _unanswered_lead(session, contact)
    if lead is not None:
        record(session, "lead:erase", lead, by=by, now=now)
        ids = [prompt.id for prompt in lead.prompts]
        session.execute(sa.delete(PromptLink).where(PromptLink.prompt_id.in_(ids)))
        for part in (*lead.prompts, *lead.expected):
            session.delete(part)
        session.flush()
        session.delete(lead)
        session.flush()
    visits_service.erase_contact(session, contact, by=by, now=now)


def check_unanswered(session: Session, contact: Contact) -> None:
    """Raise Conflict when the contact can no longer be corrected or erased."""
    _unanswered_lead(session, contact, lock=False)


def _unanswered_lead(session: Session, contact: Contact, *, lock: bool = True) -> Lead | None:
    lead = queries.lead_of_contact(session, contact.id, lock=lock)
    if lead is not None and (lead.orders or any(prompt.answers for prompt in lead.prompts)):
        raise Conflict("contact_answered")
    return lead
