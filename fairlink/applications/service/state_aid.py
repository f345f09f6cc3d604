"""What awards mean for the aid ledger: entered on the day of the grant, less when less is paid in the end."""

from datetime import datetime

from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.applications.models import Award
from fairlink.applications.queries.aid import declared_elsewhere
from fairlink.kernel.clock import local_date
from fairlink.kernel.money import Money
from fairlink.subsidies.service.aid import correct_aid, enter_aid
from fairlink.subsidies.states.aid import AidKind


def aid_reference(award: Award) -> str:
    """What the ledger calls the aid of an award."""
    return f"award:{award.id}"


def enter_award(session: Session, award: Award, *, by: User, now: datetime) -> None:
    """Enter what each firm was granted under each ceiling of the scheme, and what it declared of other aid."""
    application = award.application
    call = application.call
    ceilings = call.scheme_version.document.aid_ceilings
    if not ceilings:
        return
    granted_on = local_date(award.granted_at, call.fair.zone)
    session.flush()
    for ceiling in ceilings:
        for part in award.members:
            if part.support_minor:
                enter_aid(
                    session,
                    AidKind.GRANTED,
                    part.firm_id,
                    ceiling,
                    Money(part.support_minor, award.currency),
                    agency_id=application.agency_id,
                    granted_on=granted_on,
                    reference=aid_reference(award),
                    by=by,
                    now=now,
                )
        for member, aid in declared_elsewhere(session, application):
            if aid.regime == ceiling.code:
                enter_aid(
                    session,
                    AidKind.DECLARED,
                    member.firm_id,
                    ceiling,
                    Money(aid.amount_minor, aid.currency),
                    agency_id=application.agency_id,
                    granted_on=aid.granted_on,
                    reference=f"application:{application.id}",
                    by=by,
                    now=now,
                )


def correct_award(
    session: Session, award: Award, firm_id: int, amount_minor: int, *, by: User | None, now: datetime
) -> None:
    """A firm gets, or keeps, so much less of an award."""
    correct_aid(session, aid_reference(award), firm_id, amount_minor, by=by, now=now)


def correct_to(session: Session, award: Award, kept: dict[int, int], *, by: User | None, now: datetime) -> None:
    """Each firm of an award keeps so much of it, in minor units; a firm that is not named keeps nothing."""
    for part in award.members:
        less = part.support_minor - kept.get(part.firm_id, 0)
        if less > 0:
            correct_award(session, award, part.firm_id, less, by=by, now=now)
