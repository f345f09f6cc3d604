"""The mails about travel support, to the buyer who travels."""

from datetime import datetime

from sqlalchemy.orm import Session

from fairlink.applications.rules import last_day
from fairlink.mail import service as mail
from fairlink.visits import queries
from fairlink.visits.models import HostedStay
from fairlink.visits.states import Deposit


def hosting_granted(session: Session, stay: HostedStay, *, now: datetime) -> None:
    """Tells the buyer what is promised, and what has to be done for it."""
    offer = stay.offer
    _post(
        session,
        "hosting_granted",
        stay,
        now=now,
        rate_bp=offer.rate_bp,
        **_promised(stay),
        meetings=offer.meetings_required,
        counts_workshops=offer.counts_workshops,
        deposit=offer.deposit if offer.deposit_minor else None,
    )


def hosting_due(session: Session, stay: HostedStay, *, now: datetime) -> None:
    """Reminds the buyer that the time to claim runs out, and of what the meetings still lack."""
    _post(session, "hosting_due", stay, now=now, **_promised(stay), **_counted(session, stay))


def hosting_ended(session: Session, stay: HostedStay, *, now: datetime) -> None:
    """Tells the buyer that the support was refused or is forfeited, and why, or that the fair was cancelled."""
    _post(
        session,
        "hosting_ended",
        stay,
        now=now,
        reason=stay.reason,
        **_counted(session, stay),
        deposit=stay.offer.deposit if stay.offer.deposit_minor else None,
        returned=stay.deposit_fate is Deposit.RETURN,
    )


def hosting_claim(session: Session, stay: HostedStay, *, now: datetime) -> None:
    """Tells the buyer that the claim was checked, or that it is approved and the money on its way."""
    payable = stay.money(stay.payable_minor or 0)
    _post(session, "hosting_claim", stay, now=now, payable=payable, **_counted(session, stay))


def _promised(stay: HostedStay) -> dict[str, object]:
    """How much at most, and until when it is to be claimed."""
    offer = stay.offer
    return {
        "ceiling": stay.money(stay.ceiling_minor),
        "last_day": last_day(offer.claim_window.closes_at, offer.fair.zone),
    }


def _counted(session: Session, stay: HostedStay) -> dict[str, object]:
    """By what the support is judged."""
    required, went = stay.offer.meetings_required, queries.attendance_of(session, stay)
    return {
        "verdict": went.verdict(required).value,
        "held": went.held,
        "workshops": went.workshops,
        "required": required,
    }


def _post(session: Session, template: str, stay: HostedStay, *, now: datetime, **context: object) -> None:
    person = queries.person_of(session, stay.buyer_id, stay.visit.visitor)
    if person is None:
        return
    mail.post(
        session,
        template,
        to=person.email,
        name=person.name,
        locale=person.locale,
        now=now,
        # A stay is in each of its states once.
        key=f"{template}:{stay.id}:{stay.state}",
        context={
            "person": person.name,
            "fair": stay.offer.fair.title,
            "state": stay.state.value,
            "path": f"/visits/{stay.visit_id}/hosting",
            **context,
        },
    )
