"""Recovery cases: opened by an officer, answered by the firm, decided by another, paid back, closed."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.accounts import queries as accounts
from fairlink.accounts.models import User
from fairlink.applications import queries
from fairlink.applications.emails import money as emails
from fairlink.applications.models import Application, RecoveryCase, RecoveryEntry
from fairlink.applications.service.lifecycle import lock
from fairlink.applications.service.payouts import draw_award
from fairlink.applications.service.state_aid import correct_award
from fairlink.applications.states.money import (
    RECOVERY_TRANSITIONS,
    RecoveryAction,
    RecoveryEntryKind,
    RecoveryState,
)
from fairlink.audit.service import record
from fairlink.kernel.clock import local_date
from fairlink.kernel.errors import Conflict, Forbidden, Invalid
from fairlink.kernel.money import Money, portion
from fairlink.kernel.states import next_state
from fairlink.subsidies.rules.document import Recovery
from fairlink.subsidies.rules.terms import RecoveryCause
from fairlink.subsidies.service import recover_money, release_money

#: Where the scheme says nothing about a cause, all that was paid comes back within these days.
DEFAULT_DAYS = 30


def recovery_rule(application: Application, cause: RecoveryCause) -> Recovery:
    """What the scheme asks for a cause."""
    known = application.call.scheme_version.document.recovery
    default = Recovery(cause=cause, within_days=DEFAULT_DAYS)
    return next((each for each in known if each.cause is cause), default)


def open_recovery(
    session: Session,
    application: Application,
    firm_id: int,
    cause: RecoveryCause,
    amount_minor: int | None,
    reason: str,
    *,
    answer_days: int,
    by: User,
    now: datetime,
) -> RecoveryCase:
    """Ask a firm how it sees that support may have to come back; without an amount, what the scheme says.

    Raises Invalid for more than was paid to the firm and not asked back yet.
    """
    lock(session, application)
    award = application.award
    if award is None:
        raise Conflict("no_award")
    most = queries.recoverable(session, award, firm_id)
    wanted = portion(most, recovery_rule(application, cause).share_bp) if amount_minor is None else amount_minor
    if not 0 < wanted <= most:
        raise Invalid("recovery_above_paid", field="amount", most=Money(max(0, most), award.currency))
    case = RecoveryCase(
        award=award,
        agency_id=application.agency_id,
        firm_id=firm_id,
        cause=cause,
        state=RecoveryState.OPENED,
        amount_minor=wanted,
        currency=award.currency,
        paid_back_minor=0,
        reason=reason,
        opened_at=now,
        opened_by_id=by.id,
        answer_on=local_date(now, application.call.fair.zone) + timedelta(days=answer_days),
    )
    session.add(case)
    record(session, "recovery:open", case, by=by, now=now, cause=cause.value, amount_minor=wanted)
    if person := accounts.contact(session, firm_id):
        emails.recovery_opened(session, case, person, now=now)
    return case


def answer_recovery(session: Session, case: RecoveryCase, answer: str, *, by: User, now: datetime) -> None:
    """What the firm says; a later answer takes the place of an earlier one until it is decided."""
    _lock(session, case)
    if case.state != RecoveryState.OPENED:
        raise Conflict("recovery_not_open")
    case.answer, case.answered_at = answer, now
    record(session, "recovery:answer", case, by=by, now=now)


def decide_recovery(session: Session, case: RecoveryCase, reason: str, *, by: User, now: datetime) -> None:
    """The money is demanded. Raises Forbidden for the person who opened the case; the database refuses it too."""
    _decide(session, case, RecoveryAction.DECIDE, reason, by=by, now=now)
    days = recovery_rule(case.application, case.cause).within_days
    case.due_on = local_date(now, case.application.call.fair.zone) + timedelta(days=days)
    _enter(session, case, RecoveryEntryKind.DEMANDED, case.amount_minor, by=by, now=now)
    _tell(session, case, now)


def drop_recovery(session: Session, case: RecoveryCase, reason: str, *, by: User, now: datetime) -> None:
    """Nothing more is asked. Raises Forbidden for the person who opened the case."""
    was_due = case.state == RecoveryState.DUE
    _decide(session, case, RecoveryAction.DROP, reason, by=by, now=now)
    if was_due and case.left:
        _enter(session, case, RecoveryEntryKind.WAIVED, case.left.minor, by=by, now=now)
    _tell(session, case, now)


def _decide(
    session: Session, case: RecoveryCase, action: RecoveryAction, reason: str, *, by: User, now: datetime
) -> None:
    _lock(session, case)
    if by.id == case.opened_by_id:
        raise Forbidden("recovery_needs_two_people")
    case.decided_at, case.decided_by_id, case.decision = now, by.id, reason
    _move(session, case, action, by=by, now=now)


def _tell(session: Session, case: RecoveryCase, now: datetime) -> None:
    if person := accounts.contact(session, case.firm_id):
        emails.recovery_decided(session, case, person, now=now)


def record_paid_back(session: Session, case: RecoveryCase, amount_minor: int, *, by: User, now: datetime) -> None:
    """Money that came back: it leaves the award, and the envelope has it to give again. The last of it closes the case.

    Raises Conflict in another state than due, and Invalid for more than is still to come.
    """
    lock(session, case.application)
    _lock(session, case)
    if case.state != RecoveryState.DUE:
        raise Conflict("transition_not_allowed")
    if amount_minor > case.left.minor:
        raise Invalid("recovery_above_left", field="amount", most=case.left)
    _enter(session, case, RecoveryEntryKind.PAID_BACK, amount_minor, by=by, now=now)
    session.execute(
        sa.update(RecoveryCase)
        .where(RecoveryCase.id == case.id)
        .values(paid_back_minor=RecoveryCase.paid_back_minor + amount_minor)
    )
    session.refresh(case, ["paid_back_minor"])
    draw_award(session, case.award, disbursed=-amount_minor, released=amount_minor)
    call = case.application.call
    recover_money(session, call, amount_minor, by=by, now=now)
    release_money(session, call, amount_minor, by=by, now=now)
    correct_award(session, case.award, case.firm_id, amount_minor, by=by, now=now)
    record(session, "recovery:paid_back", case, by=by, now=now, amount_minor=amount_minor)
    if not case.left:
        _move(session, case, RecoveryAction.CLOSE, by=by, now=now)


def _lock(session: Session, case: RecoveryCase) -> None:
    session.refresh(case, with_for_update={"of": RecoveryCase})


def _move(
    session: Session, case: RecoveryCase, action: RecoveryAction, *, by: User, now: datetime, **data: Any
) -> None:
    case.state = next_state(RECOVERY_TRANSITIONS, case.state, action)
    record(session, f"recovery:{action}", case, by=by, now=now, **data)


def _enter(
    session: Session, case: RecoveryCase, kind: RecoveryEntryKind, amount_minor: int, *, by: User, now: datetime
) -> None:
    session.add(RecoveryEntry(case=case, kind=kind, amount_minor=amount_minor, at=now, actor_id=by.id))
    session.flush()
