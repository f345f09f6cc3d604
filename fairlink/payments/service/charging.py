"""What firms owe comes and goes with their awards."""

from datetime import datetime

from sqlalchemy.orm import Session

from fairlink.accounts import queries as accounts
from fairlink.applications.models import Award, AwardMember
from fairlink.audit.service import record
from fairlink.kernel.clock import local_date
from fairlink.payments import emails, queries, rules
from fairlink.payments.models import Charge
from fairlink.payments.service.ledger import enter
from fairlink.payments.service.refunds import request_all
from fairlink.payments.states import ChargeKind, EntryKind

#: Rows that one run of the clock looks at; the next takes the next.
BATCH = 200


def charge_accepted(session: Session, *, now: datetime, limit: int = BATCH) -> int:
    """Charge the own contribution of the firms of accepted awards, and tell them; returns how many."""
    found = queries.members_to_charge(session, limit)
    readers = accounts.contacts(session, {member.firm_id for _, member in found})
    for award, member in found:
        charge = _charge(session, award, member, now)
        if reader := readers.get(member.firm_id):
            emails.payment_due(session, charge, reader, now=now)
    return len(found)


def _charge(session: Session, award: Award, member: AwardMember, now: datetime) -> Charge:
    fair = award.application.call.fair
    assert award.accepted_at is not None
    kind = ChargeKind.OWN_CONTRIBUTION
    charge = Charge(
        award=award,
        firm=member.firm,
        agency=fair.agency,
        kind=kind,
        amount_minor=member.own_minor,
        currency=award.currency,
        due_on=rules.due_on(local_date(award.accepted_at, fair.zone), fair.starts_on),
        reference=rules.creditor_reference(award.id, kind, member.firm_id),
        received_minor=0,
        refunded_minor=0,
        created_at=now,
    )
    session.add(charge)
    record(session, "charge:create", charge, by=None, now=now, amount_minor=charge.amount_minor)
    enter(session, charge, EntryKind.CHARGED, charge.amount_minor, by=None, now=now)
    return charge


def cancel_groundless(session: Session, *, now: datetime, limit: int = BATCH) -> int:
    """Cancel what is owed for awards that were given up or fairs that were cancelled; returns how many charges."""
    found = queries.groundless_charges(session, limit)
    for charge in queries.lock_charges(session, found):
        if charge.cancelled_at is None:
            charge.cancelled_at = now
            enter(session, charge, EntryKind.CANCELLED, charge.amount_minor, by=None, now=now)
            record(session, "charge:cancel", charge, by=None, now=now)
    return len(found)


def refund_cancelled(session: Session, *, now: datetime, limit: int = BATCH) -> int:
    """Ask for everything back that was paid for cancelled charges, once for each payment; returns how many charges.

    Money that comes in after the cancellation is found by the next run.
    """
    found = queries.cancelled_with_money(session, limit)
    for charge in queries.lock_charges(session, found):
        request_all(session, charge, now=now)
    return len(found)
