"""Who is written to."""

from sqlalchemy.orm import Session

from fairlink.accounts import queries as accounts
from fairlink.accounts.models import User
from fairlink.applications.models import Exhibitor
from fairlink.visits.models import Meeting
from fairlink.visits.states import Side


def receiver(session: Session, meeting: Meeting, side: Side) -> User | None:
    """Who is written to on one side of a meeting; None when the organisation has nobody left."""
    if side is Side.BUYER:
        return person_of(session, meeting.visit.buyer_id, meeting.visit.visitor)
    return person_of_exhibitor(session, meeting.exhibitor)


def person_of_exhibitor(session: Session, exhibitor: Exhibitor) -> User | None:
    """Who is written to for an exhibitor: the contact of its application, else of the firm that leads it."""
    return person_of(session, exhibitor.application.lead_firm_id, exhibitor.application.contact)


def person_of(session: Session, organisation_id: int, person: User | None) -> User | None:
    """`person` while still with the organisation, else whoever it names as its contact; None when nobody is left."""
    if person is not None and person.is_active and person.organisation_id == organisation_id:
        return person
    return accounts.contact(session, organisation_id)
