"""What firms owe comes and goes with their awards, by the price list of the fair, and by what they order."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy.orm import Session

from fairlink.accounts import queries as accounts
from fairlink.accounts.models import Organisation, User
from fairlink.applications.models import Application, Award, AwardMember
from fairlink.audit.service import record
from fairlink.fairs.models import Fair
from fairlink.kernel.clock import local_date
from fairlink.kernel.errors import Conflict, Invalid
from fairlink.kernel.money import Money
from fairlink.payments import emails, queries, rules
from fairlink.payments.models import Charge, Price
from fairlink.payments.service.invoicing import credit, issue
from fairlink.payments.service.ledger import enter
from fairlink.payments.service.refunds import request_all
from fairlink.payments.service.runs import run_of
from fairlink.payments.states import ChargeKind, EntryKind, PriceUnit

#: Rows that one run of the clock looks at; the next takes the next.
BATCH = 200


def charge_accepted(session: Session, *, now: datetime, limit: int = BATCH) -> int:
    """Charge the firms of accepted awards what they owe, with an invoice each, and tell them; returns how many charges.

    That is their own contribution where the agency pays the organiser, and what the price list asks of everybody.
    """
    made = [
        _own_contribution(session, award, member, now) for award, member in queries.members_to_charge(session, limit)
    ]
    for award, member, price, area in queries.prices_to_charge(session, limit):
        amount_minor = _part(award, member, price, area)
        if amount_minor:
            made.append(_charge(session, award, member.firm, price.kind, amount_minor, now=now, price=price, area=area))
    _tell(session, made, now)
    return len(made)


def follow_stands(session: Session, *, now: datetime, limit: int = BATCH) -> int:
    """Charge anew what is owed by the square metre where the stand is of another area now; returns how many charges.

    The charge before is cancelled with a credit note. One of which something was paid, or that staff have reduced, is
    left to them.
    """
    made = []
    for charge, member, price, area in queries.charges_of_other_area(session, limit):
        (locked,) = queries.lock_charges(session, [charge.id])
        if locked.cancelled_at is not None or locked.held or locked.credited_minor:
            continue
        cancel(session, locked, "", by=None, now=now)
        # The new one takes its place in the index of what stands.
        session.flush()
        award = locked.award
        assert award is not None
        amount_minor = _part(award, member, price, area)
        if amount_minor:
            made.append(_charge(session, award, member.firm, price.kind, amount_minor, now=now, price=price, area=area))
    _tell(session, made, now)
    return len(made)


def _own_contribution(session: Session, award: Award, member: AwardMember, now: datetime) -> Charge:
    assert award.application.quote is not None
    amount_minor = rules.own_due(award.application.quote, member.firm_id)
    return _charge(session, award, member.firm, ChargeKind.OWN_CONTRIBUTION, amount_minor, now=now)


def _part(award: Award, member: AwardMember, price: Price, area_m2: int | None) -> int:
    if price.unit == PriceUnit.FIRM:
        return price.amount_minor
    assert area_m2 is not None
    granted = {each.firm_id for each in award.members}
    shares = {each.firm_id: each.share_bp for each in award.application.members if each.firm_id in granted}
    return rules.price_part(price.amount_minor, area_m2, shares, member.firm_id)


def _charge(
    session: Session,
    award: Award,
    firm: Organisation,
    kind: ChargeKind,
    amount_minor: int,
    *,
    now: datetime,
    by: User | None = None,
    price: Price | None = None,
    label: str = "",
    area: int | None = None,
) -> Charge:
    fair = award.application.call.fair
    assert award.accepted_at is not None
    due_on = rules.due_on(local_date(award.accepted_at, fair.zone), fair.starts_on)
    if price is not None:
        due_on = max(price.due_on, local_date(now, fair.zone))
    price_id = price.id if price else None
    earlier = queries.charges_before(session, award.id, firm.id, kind, price_id)
    charge = Charge(
        award=award,
        firm=firm,
        agency=fair.agency,
        fair=fair,
        kind=kind,
        price_id=price_id,
        area_m2=area if price and price.unit == PriceUnit.SQUARE_METRE else None,
        label=label or (price.name if price else ""),
        amount_minor=amount_minor,
        currency=price.currency if price else award.currency,
        due_on=due_on,
        reference=rules.creditor_reference(award.id, kind, firm.id, price_id, earlier=earlier),
        credited_minor=0,
        received_minor=0,
        refunded_minor=0,
        created_at=now,
    )
    session.add(charge)
    record(session, "charge:create", charge, by=by, now=now, amount_minor=amount_minor)
    enter(session, charge, EntryKind.CHARGED, amount_minor, by=by, now=now)
    issue(session, charge, now=now)
    return charge


def _tell(session: Session, charges: Iterable[Charge], now: datetime) -> None:
    """One mail to each firm about all that it has just been charged for one award."""
    by_firm = defaultdict(list)
    for charge in charges:
        by_firm[charge.award_id, charge.firm_id].append(charge)
    readers = accounts.contacts(session, {firm_id for _, firm_id in by_firm})
    for (_, firm_id), own in by_firm.items():
        if reader := readers.get(firm_id):
            emails.payment_due(session, own, reader, now=now)


def order_extra(
    session: Session, application: Application, price: Price, count: int, *, by: User, now: datetime
) -> Charge:
    """The firm of `by` orders an extra of the price list, for which it is charged at once.

    Raises Invalid for what it cannot order (any more) or has ordered already.
    """
    assert by.organisation is not None
    if price.id not in {each.id for each in queries.extras_to_order(session, application, by.organisation.id)}:
        raise Invalid("extra_not_offered", field="price")
    award = application.award
    if award is None or by.organisation.id not in {member.firm_id for member in award.members}:
        raise Conflict("no_award")
    label = f"{count} × {price.name}" if count > 1 else price.name
    amount_minor = price.amount_minor * count
    return _charge(
        session, award, by.organisation, ChargeKind.EXTRA, amount_minor, now=now, by=by, price=price, label=label
    )


def add_price(
    session: Session,
    fair: Fair,
    *,
    kind: ChargeKind,
    name: str,
    amount: Money,
    unit: PriceUnit,
    due_on: date,
    by: User,
    now: datetime,
) -> Price:
    """Put a new line on the price list of a fair; who owes it is charged within a minute."""
    price = Price(
        fair=fair,
        kind=kind,
        name=name,
        amount_minor=amount.minor,
        currency=amount.currency,
        unit=unit,
        due_on=due_on,
        created_at=now,
    )
    session.add(price)
    record(session, "price:add", price, by=by, now=now, amount_minor=price.amount_minor)
    return price


def end_price(session: Session, price: Price, *, by: User, now: datetime) -> None:
    """Take a line off the price list; what was charged by it stays owed."""
    if price.ended_at is None:
        price.ended_at = now
        record(session, "price:end", price, by=by, now=now)


def reduce(session: Session, charge: Charge, amount: Money, reason: str, *, by: User, now: datetime) -> None:
    """Let less be owed than was charged, with a credit note; all of it cancels the charge.

    What was paid beyond that shows as too much, and goes back when staff say so; of a cancelled charge by itself.
    Raises Invalid for more than is owed.
    """
    (locked,) = queries.lock_charges(session, [charge.id])
    if amount.currency != locked.currency or not 0 < amount.minor <= locked.owed_minor:
        raise Invalid("reduction_above_owed", field="amount", most=locked.owed)
    if amount.minor == locked.owed_minor:
        cancel(session, locked, reason, by=by, now=now)
        return
    locked.credited_minor += amount.minor
    enter(session, locked, EntryKind.REDUCED, amount.minor, by=by, now=now)
    credit(session, locked, amount.minor, reason, now=now)
    record(session, "charge:reduce", locked, by=by, now=now, amount_minor=amount.minor)


def cancel_groundless(session: Session, *, now: datetime, limit: int = BATCH) -> int:
    """Cancel what is owed for awards that were given up or fairs that were cancelled; returns how many charges."""
    found = queries.groundless_charges(session, limit)
    for charge in queries.lock_charges(session, found):
        if charge.cancelled_at is None:
            cancel(session, charge, "", by=None, now=now)
            charge.run_id = run_of(session, charge, now=now)
    return len(found)


def cancel(session: Session, charge: Charge, reason: str, *, by: User | None, now: datetime) -> None:
    """Let nothing be owed of a locked charge any more, with a credit note; the clock gives back what was paid."""
    rest = charge.owed_minor
    charge.cancelled_at, charge.credited_minor = now, charge.amount_minor
    enter(session, charge, EntryKind.CANCELLED, rest, by=by, now=now)
    credit(session, charge, rest, reason, now=now)
    record(session, "charge:cancel", charge, by=by, now=now)


def refund_cancelled(session: Session, *, now: datetime, limit: int = BATCH) -> int:
    """Ask for everything back that was paid for cancelled charges, once for each payment; returns how many charges.

    Money that comes in after the cancellation is found by the next run.
    """
    found = queries.cancelled_with_money(session, limit)
    for charge in queries.lock_charges(session, found):
        request_all(session, charge, now=now)
    return len(found)
