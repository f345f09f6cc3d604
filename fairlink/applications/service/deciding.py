"""What the agency's staff do to an application: assess it, send it back, approve or refuse it."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from fairlink.accounts import queries as accounts
from fairlink.accounts.models import User
from fairlink.applications import emails, queries, rules
from fairlink.applications.models import Application, Assessment, Award, AwardMember
from fairlink.applications.service.lifecycle import keep_quote, lock, move
from fairlink.applications.states import ApplicationAction, Recommendation
from fairlink.audit.service import record
from fairlink.kernel.errors import Conflict, Forbidden
from fairlink.subsidies.rules import Quote
from fairlink.subsidies.service import commit_money


def assess(
    session: Session,
    application: Application,
    *,
    score: int,
    recommendation: Recommendation,
    note: str,
    by: User,
    now: datetime,
) -> Assessment:
    """What one assessor found; others may add theirs until it is decided. Raises Conflict for a second of one's own."""
    lock(session, application)
    if by.id in application.assessor_ids:
        raise Conflict("already_assessed")
    move(session, application, ApplicationAction.ASSESS, by=by, now=now)
    assessment = Assessment(
        application=application, assessor=by, score=score, recommendation=recommendation, note=note, at=now
    )
    session.add(assessment)
    session.flush()
    return assessment


def send_back(session: Session, application: Application, reason: str, *, by: User, now: datetime) -> None:
    """Return an application to be changed; it may be sent again for some time even after the call has closed."""
    lock(session, application)
    move(session, application, ApplicationAction.RETURN, by=by, now=now)
    application.decision_reason = reason
    change_by = rules.change_by(application.call.closes_at, now, application.call.fair.zone)
    application.change_by = change_by
    application.version += 1
    for member in _members(session, application):
        emails.application_returned(session, application, member, change_by=change_by, now=now)


def approve(session: Session, application: Application, *, by: User, now: datetime) -> Award:
    """Grant what the rules give today, reserve it on the envelope, and tell the group.

    One transaction, the application locked before the envelope. Raises Forbidden for one of its assessors, and Conflict
    where nothing can be supported any more or the envelope cannot bear it.
    """
    lock(session, application)
    _check_not_assessor(application, by)
    quote = queries.current_quote(session, application, now=now, granting=True)
    if quote is None or not quote.eligible or quote.support_minor == 0:
        raise Conflict("nothing_to_award")
    move(session, application, ApplicationAction.APPROVE, by=by, now=now, support_minor=quote.support_minor)
    commitment = commit_money(session, application.call, quote.support_minor, by=by, now=now)
    award = Award(
        application=application,
        amount_minor=quote.support_minor,
        currency=quote.currency,
        commitment_id=commitment.id,
        granted_by_id=by.id,
        granted_at=now,
        accept_by=rules.accept_by(now, application.call.accept_days, application.call.fair.zone),
        members=_parts(quote),
    )
    session.add(award)
    application.decided_at = now
    keep_quote(session, application, quote, now=now, granting=True)
    record(session, "award:grant", award, by=by, now=now, amount_minor=quote.support_minor)
    for member in _members(session, application):
        emails.award_granted(session, award, member, now=now)
    return award


def _parts(quote: Quote) -> list[AwardMember]:
    return [
        AwardMember(firm_id=int(part.member), support_minor=part.support_minor, own_minor=part.own_minor)
        for part in quote.members
        if part.eligible
    ]


def refuse(session: Session, application: Application, reason: str, *, by: User, now: datetime) -> None:
    """Say no, with the reason that the group reads. Raises Forbidden for one of its assessors."""
    lock(session, application)
    _check_not_assessor(application, by)
    move(session, application, ApplicationAction.REFUSE, by=by, now=now)
    application.decision_reason = reason
    application.decided_at = now
    for member in _members(session, application):
        emails.application_refused(session, application, member, now=now)


def _check_not_assessor(application: Application, by: User) -> None:
    """Four eyes: whoever gave a score does not decide."""
    if by.id in application.assessor_ids:
        raise Forbidden("assessor_may_not_approve")


def _members(session: Session, application: Application) -> Iterable[User]:
    return accounts.contacts(session, application.firm_ids).values()
