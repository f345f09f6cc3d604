"""What awards mean for the aid ledger: entered on the day of the grant, less when less is paid in the end."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from fairlink.accounts import queries as accounts
from fairlink.accounts.models import User
from fairlink.applications.models import Award
from fairlink.applications.queries.aid import ceilings_of_agency, declared_elsewhere, has_applied
from fairlink.kernel.clock import local_date
from fairlink.kernel.errors import Invalid
from fairlink.kernel.money import Money
from fairlink.subsidies.models import AidEntry
from fairlink.subsidies.queries.aid import aid_of_undertakings
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


@dataclass(frozen=True, slots=True)
class ForeignAid:
    """Aid that another body granted to a firm, and how staff know of it."""

    country: str
    company_number: str
    regime: str
    amount: Money
    granted_on: date
    source: str


def enter_foreign_aid(session: Session, agency_id: int, aid: ForeignAid, *, by: User, now: datetime) -> AidEntry:
    """Enter by hand what a firm that has applied to the agency was granted elsewhere: ceilings count it from now on.

    Raises Invalid for a firm that has not applied and for aid that the ledger has, and Conflict without a rate.
    """
    firm = accounts.organisation_by_number(session, aid.country, aid.company_number)
    if firm is None or not has_applied(session, firm.id, agency_id):
        raise Invalid("firm_not_applied", field="company_number")
    ceiling = next(each for each in ceilings_of_agency(session, agency_id) if each.code == aid.regime)
    told = (firm.id, aid.regime, aid.granted_on, aid.amount)
    for known in aid_of_undertakings(session, [firm], besides=""):
        if (known.entry.firm_id, known.entry.regime, known.entry.granted_on, known.entry.amount) == told:
            raise Invalid("aid_entered_already", field="amount")
    return enter_aid(
        session,
        AidKind.DECLARED,
        firm.id,
        ceiling,
        aid.amount,
        agency_id=agency_id,
        granted_on=aid.granted_on,
        reference=aid.source,
        by=by,
        now=now,
    )
