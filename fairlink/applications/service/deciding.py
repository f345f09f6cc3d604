"""What the agency's staff do to an application: assess it, send it back, approve or refuse it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sqlalchemy.orm import Session

from fairlink.accounts import queries as accounts
from fairlink.accounts.models import User
from fairlink.applications import emails, queries, rules
from fairlink.applications.models import (
    Appeal,
    Application,
    Assessment,
    AssessmentScore,
    Award,
    AwardMember,
    ConflictOfInterest,
)
from fairlink.applications.queries.aid import lock_undertakings
from fairlink.applications.rules.assessing import HUNDREDTHS, Points, may_appeal, mean_score, score_of
from fairlink.applications.service.lifecycle import keep_quote, lock, move
from fairlink.applications.service.state_aid import enter_award
from fairlink.applications.states import TRANSITIONS, ApplicationAction, ApplicationState, Recommendation
from fairlink.audit.service import record
from fairlink.kernel.errors import Conflict, Forbidden, Invalid
from fairlink.kernel.money import divide_half_up, split
from fairlink.kernel.states import next_state
from fairlink.subsidies.rules import Quote
from fairlink.subsidies.service import commit_money


@dataclass(frozen=True, slots=True)
class GivenPoints:
    """What an assessor gives for one criterion, and why."""

    points: int
    comment: str = ""


def assess(
    session: Session,
    application: Application,
    *,
    recommendation: Recommendation,
    note: str,
    score: int | None = None,
    points: Mapping[int, GivenPoints] = MappingProxyType({}),
    by: User,
    now: datetime,
) -> Assessment:
    """What one assessor found, alone: a `score` from 0 to 100, or `points` for every criterion of the call by its id.

    The application counts as assessed once as many people have scored it as the call wants; nobody adds to that, since
    then the scores can be seen. Raises Conflict for that and for a second score of one's own, Forbidden for somebody
    with an interest in it, and Invalid for points that the criteria do not allow.
    """
    lock(session, application)
    check_no_interest(application, by)
    if by.id in application.assessor_ids:
        raise Conflict("already_assessed")
    if application.state == ApplicationState.ASSESSED:
        raise Conflict("assessments_complete")
    next_state(TRANSITIONS, application.state, ApplicationAction.ASSESS)
    scores = _scores(application, points)
    assessment = Assessment(
        application=application,
        assessor=by,
        score=divide_half_up(_whole_score(scores), HUNDREDTHS) if scores else score or 0,
        recommendation=recommendation,
        note=note,
        at=now,
        scores=scores,
    )
    session.add(assessment)
    session.flush()
    if application.is_assessed:
        move(session, application, ApplicationAction.ASSESS, by=by, now=now)
    else:
        record(session, "application:score", application, by=by, now=now)
    return assessment


def _scores(application: Application, points: Mapping[int, GivenPoints]) -> list[AssessmentScore]:
    criteria = application.call.criteria
    if set(points) != {each.id for each in criteria}:
        raise Invalid("criteria_incomplete")
    if any(not 0 <= points[each.id].points <= each.max_score for each in criteria):
        raise Invalid("criteria_incomplete")
    return [
        AssessmentScore(criterion=each, points=points[each.id].points, comment=points[each.id].comment)
        for each in criteria
    ]


def _whole_score(scores: Iterable[AssessmentScore]) -> int:
    return score_of(Points(each.points, each.criterion.max_score, each.criterion.weight_bp) for each in scores)


def mean_of(application: Application) -> int | None:
    """The mean of the scores that count, in hundredths of a point; None without any."""
    counted = application.counted_assessments
    return mean_score([_whole_score(each.scores) if each.scores else each.score * HUNDREDTHS for each in counted])


def declare_interest(session: Session, application: Application, reason: str, *, by: User, now: datetime) -> None:
    """Say that one is too close to an application to judge it: from now on one neither scores nor decides, and a score
    that was given does not count. Raises Conflict for a second time."""
    lock(session, application)
    if by.id in application.conflicted_ids:
        raise Conflict("conflict_declared_already")
    application.conflicts.append(ConflictOfInterest(user=by, reason=reason, declared_at=now))
    record(session, "application:declare_interest", application, by=by, now=now)


def check_no_interest(application: Application, by: User) -> None:
    """Raise Forbidden for somebody who has declared an interest."""
    if by.id in application.conflicted_ids:
        raise Forbidden("interest_declared")


def send_back(session: Session, application: Application, reason: str, *, by: User, now: datetime) -> None:
    """Return an application to be changed; it may be sent again for some time even after the call has closed."""
    lock(session, application)
    check_no_interest(application, by)
    move(session, application, ApplicationAction.RETURN, by=by, now=now)
    application.decision_reason = reason
    change_by = rules.change_by(application.call.closes_at, now, application.call.fair.zone)
    application.change_by = change_by
    application.version += 1
    for member in members_of(session, application):
        emails.application_returned(session, application, member, change_by=change_by, now=now)


def approve(session: Session, application: Application, *, by: User, now: datetime) -> Award:
    """Grant what the rules give today, reserve it on the envelope, and tell the group.

    One transaction, the application locked before the envelope. Raises Forbidden for one of its assessors, and Conflict
    where nothing can be supported any more or the envelope cannot bear it.
    """
    lock(session, application)
    check_not_assessor(application, by)
    lock_undertakings(session, [application])
    quote = queries.current_quote(session, application, now=now, granting=True)
    if quote is None or not quote.eligible or quote.support_minor == 0:
        raise Conflict("nothing_to_award")
    return grant(session, application, quote, amount_minor=quote.support_minor, by=by, now=now)


def grant(
    session: Session, application: Application, quote: Quote, *, amount_minor: int, by: User, now: datetime
) -> Award:
    """Award `amount_minor` of what `quote` gives, its members in proportion, on the envelope of the call.

    The caller holds the lock and has asked who may. Raises Conflict where the envelope cannot bear it.
    """
    move(session, application, ApplicationAction.APPROVE, by=by, now=now, support_minor=amount_minor)
    commitment = commit_money(session, application.call, amount_minor, by=by, now=now)
    award = Award(
        application=application,
        amount_minor=amount_minor,
        currency=quote.currency,
        commitment_id=commitment.id,
        granted_by_id=by.id,
        granted_at=now,
        accept_by=rules.accept_by(now, application.call.accept_days, application.call.fair.zone),
        members=_parts(quote, amount_minor),
    )
    session.add(award)
    application.decided_at, application.decided_by_id = now, by.id
    keep_quote(session, application, quote, now=now, granting=True)
    record(session, "award:grant", award, by=by, now=now, amount_minor=amount_minor)
    enter_award(session, award, by=by, now=now)
    for member in members_of(session, application):
        emails.award_granted(session, award, member, now=now)
    return award


def _parts(quote: Quote, amount_minor: int) -> list[AwardMember]:
    eligible = [part for part in quote.members if part.eligible]
    supports = [part.support_minor for part in eligible]
    fee = quote.support_minor - sum(supports)
    if amount_minor != quote.support_minor:
        supports = split(amount_minor - fee * amount_minor // quote.support_minor, supports)
    return [
        AwardMember(firm_id=int(part.member), support_minor=support, own_minor=part.eligible_minor - support)
        for part, support in zip(eligible, supports, strict=True)
    ]


def refuse(session: Session, application: Application, reason: str, *, by: User, now: datetime) -> None:
    """Say no, with the reason that the group reads. Raises Forbidden for one of its assessors."""
    lock(session, application)
    check_not_assessor(application, by)
    turn_down(session, application, reason, by=by, now=now)


def turn_down(session: Session, application: Application, reason: str, *, by: User, now: datetime) -> None:
    """Refuse an application that the caller has locked, and tell the group why."""
    move(session, application, ApplicationAction.REFUSE, by=by, now=now)
    application.decision_reason = reason
    application.decided_at, application.decided_by_id = now, by.id
    for member in members_of(session, application):
        emails.application_refused(session, application, member, now=now)


def check_not_assessor(application: Application, by: User) -> None:
    """Four eyes: whoever gave a score does not decide, nor does whoever has an interest."""
    if by.id in application.assessor_ids:
        raise Forbidden("assessor_may_not_approve")
    check_no_interest(application, by)


def appeal(session: Session, application: Application, text: str, *, by: User, now: datetime) -> None:
    """The group's one appeal against a refusal. Raises Conflict for a second, and when the time for it is over."""
    lock(session, application)
    if application.appeal is not None:
        raise Conflict("already_appealed")
    if application.state != ApplicationState.REFUSED or not may_appeal(application.decided_at, now):
        raise Conflict("appeal_too_late")
    application.appeal = Appeal(text=text, filed_at=now, filed_by_id=by.id)
    record(session, "application:appeal", application, by=by, now=now)
    if officer := accounts.contact(session, application.agency_id):
        emails.appeal_filed(session, application, officer, now=now)


def answer_appeal(
    session: Session, application: Application, *, upheld: bool, answer: str, by: User, now: datetime
) -> None:
    """Decide on an appeal: an upheld one opens the application for a new decision.

    Raises Forbidden for whoever scored or refused it or has an interest, and Conflict where nothing waits.
    """
    lock(session, application)
    check_not_assessor(application, by)
    if by.id == application.decided_by_id:
        raise Forbidden("decider_may_not_judge_appeal")
    waiting = application.appeal
    if waiting is None or waiting.decided_at is not None:
        raise Conflict("no_appeal_waiting")
    waiting.upheld, waiting.answer, waiting.decided_at, waiting.decided_by_id = upheld, answer, now, by.id
    record(session, "application:answer_appeal", application, by=by, now=now, upheld=upheld)
    if upheld:
        move(session, application, ApplicationAction.REOPEN, by=by, now=now)
        application.decided_at = application.decided_by_id = None
        application.decision_reason = ""
    for member in members_of(session, application):
        emails.appeal_answered(session, application, member, upheld=upheld, answer=answer, now=now)


def members_of(session: Session, application: Application) -> Iterable[User]:
    """Whom to write to about an application: one person of each firm."""
    return accounts.contacts(session, application.firm_ids).values()
