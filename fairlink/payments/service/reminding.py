"""Reminders before and after the last day to pay, and stands that are released if nobody pays."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from fairlink.accounts import queries as accounts
from fairlink.accounts.models import User
from fairlink.applications import service as applications
from fairlink.audit.service import record
from fairlink.fairs.models import Fair
from fairlink.payments import emails, queries
from fairlink.payments.models import Charge, PaymentTerms

#: Rows that one run of the clock looks at; the next takes the next.
BATCH = 200
#: Firms are reminded so long before the last day, unless they were charged only just now.
BEFORE = timedelta(days=7)
FRESH = timedelta(days=3)


def remind(session: Session, *, now: datetime) -> int:
    """Write to firms that have not paid: once before the last day, once after it; returns about how many charges."""
    soon = queries.due_soon(session, (now + BEFORE).date(), now - FRESH, BATCH)
    today = _over_everywhere(now)
    late = queries.late(session, today, BATCH)
    # What is late is told as such; a reminder that was missed is not sent after it.
    _tell(session, [each for each in soon if each.due_on >= today], now, is_late=False)
    _tell(session, late, now, is_late=True)
    return len(soon) + len(late)


def _over_everywhere(now: datetime) -> date:
    """The day before which every day is over in every zone: nobody is late before their own midnight."""
    return (now - timedelta(hours=12)).date()


def _tell(session: Session, charges: Sequence[Charge], now: datetime, *, is_late: bool) -> None:
    """One mail to each firm about all of this at one fair; of what is late to the lead of its group too."""
    release = queries.terms_of_fairs(session, [each.fair_id for each in charges]) if is_late else {}
    by_reader: dict[tuple[int, int], list[Charge]] = defaultdict(list)
    for charge in charges:
        for firm_id in charge.firm_ids if is_late else (charge.firm_id,):
            by_reader[charge.fair_id, firm_id].append(charge)
        if is_late:
            charge.warned_at = now
        else:
            charge.reminded_at = now
    readers = accounts.contacts(session, {firm_id for _, firm_id in by_reader})
    for (_, firm_id), own in by_reader.items():
        if reader := readers.get(firm_id):
            # A hosted buyer has no stand to lose.
            days = release.get(own[0].fair_id) if own[0].award_id else None
            released_on = (now + timedelta(days=days)).date() if days else None
            emails.payment_reminder(session, own, reader, is_late=is_late, released_on=released_on, now=now)


def release_stands(session: Session, *, now: datetime) -> int:
    """Take back the stands of groups that were told long enough ago that they are late; returns how many."""
    found = queries.stands_to_release(session, now, BATCH)
    for exhibitor in found:
        assert exhibitor.stand is not None
        label = exhibitor.stand.label
        applications.change_stand(session, exhibitor, None, by=None, now=now)
        for reader in accounts.contacts(session, exhibitor.application.firm_ids).values():
            emails.stand_released(session, exhibitor, label, reader, now=now)
    return len(found)


def set_terms(session: Session, fair: Fair, release_days: int | None, *, by: User, now: datetime) -> None:
    """Say after how many days a stand is released; None for never."""
    row = insert(PaymentTerms).values(fair_id=fair.id, release_days=release_days)
    session.execute(row.on_conflict_do_update(index_elements=["fair_id"], set_={"release_days": release_days}))
    record(session, "fair:set_payment_terms", fair, by=by, now=now, release_days=release_days)
