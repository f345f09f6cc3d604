"""The mails about claims, payments and recoveries; those to a group are in the group's language."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.applications.models import Award, Claim, Disbursement, RecoveryCase
from fairlink.kernel.money import Money
from fairlink.mail import service as mail


def payout_failed(session: Session, disbursement: Disbursement, to: User, *, now: datetime) -> None:
    """Asks a payee to look at its account: the bank sent the money back."""
    _tell(
        session,
        "payout_failed",
        to,
        to.locale,
        key=f"disbursement:{disbursement.id}:failed",
        now=now,
        amount=disbursement.amount,
        fair=disbursement.call.fair.title,
        agency=disbursement.call.fair.agency.name,
        problem=disbursement.problem,
        path="/payout-account",
    )


def claim_due(session: Session, award: Award, to: User, *, last_day: date, now: datetime) -> None:
    """Reminds one member that the time to claim runs out."""
    _about_award(session, "claim_due", award, to, now=now, last_day=last_day)


def claim_missed(session: Session, award: Award, to: User, *, left: Money, now: datetime) -> None:
    """Tells one member that nothing was claimed in time and what went back to the envelope."""
    _about_award(session, "claim_missed", award, to, now=now, left=left)


def claim_returned(session: Session, claim: Claim, to: User, *, last_day: date, now: datetime) -> None:
    """Asks the group to change its claim, with the agency's reason."""
    _about_award(session, "claim_returned", claim.award, to, now=now, reason=claim.reason, last_day=last_day)


def claim_refused(session: Session, claim: Claim, to: User, *, now: datetime) -> None:
    """Tells one member that a claim is refused, with the reason."""
    _about_award(session, "claim_refused", claim.award, to, now=now, reason=claim.reason)


def claim_approved(session: Session, claim: Claim, to: User, *, now: datetime) -> None:
    """Tells one member that a claim is approved and how much is on its way."""
    _about_award(session, "claim_approved", claim.award, to, now=now, payable=claim.payable)


def _about_award(session: Session, template: str, award: Award, to: User, *, now: datetime, **context: object) -> None:
    application = award.application
    _tell(
        session,
        template,
        to,
        application.locale,
        key=f"award:{award.id}:{template}:{now.isoformat()}:{to.id}",
        now=now,
        applicant=application.applicant_name,
        fair=application.call.fair.title,
        amount=award.amount,
        path=f"/applications/{application.id}/claims",
        **context,
    )


def recovery_opened(session: Session, case: RecoveryCase, to: User, *, now: datetime) -> None:
    """Tells a firm that support may have to be paid back, and until when it can answer."""
    _recovery(session, "recovery_opened", case, to, now=now, last_day=case.answer_on)


def recovery_decided(session: Session, case: RecoveryCase, to: User, *, now: datetime) -> None:
    """Tells a firm what was decided: what it pays back by when, or that it pays nothing."""
    _recovery(session, "recovery_decided", case, to, now=now, due_on=case.due_on, decision=case.decision)


def _recovery(
    session: Session, template: str, case: RecoveryCase, to: User, *, now: datetime, **context: object
) -> None:
    fair = case.application.call.fair
    _tell(
        session,
        template,
        to,
        to.locale,
        key=f"recovery:{case.id}:{template}:{to.id}",
        now=now,
        fair=fair.title,
        agency=fair.agency.name,
        amount=case.amount,
        state=case.state.value,
        path=f"/recoveries/{case.id}",
        **context,
    )


def _tell(
    session: Session, template: str, to: User, locale: str, *, key: str, now: datetime, **context: object
) -> None:
    mail.post(
        session,
        template,
        to=to.email,
        name=to.name,
        locale=locale,
        now=now,
        key=key,
        context={"person": to.name, **context},
    )
