"""Deposits of hosted buyers: charged once the support is promised, then kept or given back by the fate of the stay."""

from datetime import datetime

from sqlalchemy.orm import Session

from fairlink.accounts import queries as accounts
from fairlink.audit.service import record
from fairlink.fairs.states import FairState
from fairlink.kernel.clock import local_date
from fairlink.kernel.queue import defer
from fairlink.payments import emails, queries, rules
from fairlink.payments.models import Charge
from fairlink.payments.service.charging import BATCH, cancel
from fairlink.payments.service.invoicing import issue
from fairlink.payments.service.ledger import enter
from fairlink.payments.service.runs import run_of
from fairlink.payments.states import ChargeKind, EntryKind
from fairlink.visits.models import HostedStay

CAPTURE = "payments.capture_deposit"


def charge_stays(session: Session, *, now: datetime, limit: int = BATCH) -> int:
    """Charge hosted buyers the deposit that their offer asks for, and tell them; returns how many."""
    found = queries.stays_to_charge(session, now.date(), limit)
    readers = accounts.contacts(session, {stay.buyer_id for stay in found})
    for stay in found:
        charge = _charge(session, stay, now)
        if reader := readers.get(stay.buyer_id):
            emails.payment_due(session, [charge], reader, now=now)
    return len(found)


def _charge(session: Session, stay: HostedStay, now: datetime) -> Charge:
    offer, fair, today = stay.offer, stay.offer.fair, local_date(now, stay.offer.fair.zone)
    charge = Charge(
        stay=stay,
        firm=stay.visit.buyer,
        agency=fair.agency,
        fair=fair,
        kind=ChargeKind.DEPOSIT,
        label="",
        amount_minor=offer.deposit_minor,
        currency=offer.call.currency,
        due_on=rules.due_on(today, fair.starts_on),
        reference=rules.deposit_reference(stay.id, stay.buyer_id),
        credited_minor=0,
        received_minor=0,
        refunded_minor=0,
        created_at=now,
    )
    session.add(charge)
    record(session, "charge:create", charge, by=None, now=now, amount_minor=charge.amount_minor)
    enter(session, charge, EntryKind.CHARGED, charge.amount_minor, by=None, now=now)
    issue(session, charge, now=now)
    return charge


def settle_deposits(session: Session, *, now: datetime, limit: int = BATCH) -> None:
    """Do with deposits what became of their stays.

    One that is returned is cancelled: what was paid goes back, and what is put by on a card is let go, as for every
    cancelled charge. One that is forfeited stays with the agency; if it is only put by, it is taken. So is one of which
    nothing is decided when the card's bank would let go of it: it can still be given back.
    """
    for charge in queries.lock_charges(session, queries.deposits_to_return(session, limit)):
        if charge.cancelled_at is None:
            cancel(session, charge, "", by=None, now=now)
            if charge.fair.state == FairState.CANCELLED:
                charge.run_id = run_of(session, charge, now=now)
    for payment_id in queries.holds_to_capture(session, now - rules.HOLD_LASTS, limit):
        name = f"payment:{payment_id}"
        defer(session, CAPTURE, lock=name, queueing_lock=f"capture:{payment_id}", payment_id=payment_id)
