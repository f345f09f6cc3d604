"""The verbs of travel support for buyers: offer, apply, promise, substitute, claim, check, approve."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.applications.service import order_payment
from fairlink.applications.states.money import Purpose
from fairlink.audit.service import record
from fairlink.fairs.models import Fair
from fairlink.fairs.states import FairState
from fairlink.files import service as files
from fairlink.kernel.errors import Conflict, Forbidden, Invalid
from fairlink.kernel.states import next_state
from fairlink.kernel.uploads import Upload
from fairlink.subsidies.models import Call
from fairlink.subsidies.service import commit_money, release_money
from fairlink.visits import emails, queries
from fairlink.visits.models import HostedEvidence, HostedStay, HostingCeiling, HostingOffer, Visit
from fairlink.visits.rules import hosting as rules
from fairlink.visits.rules.hosting import Verdict
from fairlink.visits.service.lifecycle import check_fair
from fairlink.visits.states import AHEAD, HOSTED_TRANSITIONS, PROMISED, Forfeit, HostedAction, HostedState, VisitState


def offer_hosting(
    session: Session,
    fair: Fair,
    call: Call,
    *,
    meetings_required: int,
    counts_workshops: bool,
    rate_bp: int,
    deposit_minor: int,
    claim_within_days: int,
    ceilings: Mapping[str, int],
    conditions: str,
    by: User,
    now: datetime,
) -> HostingOffer:
    """Offer travel support at a fair, or change the offer; amounts in minor units of the call's currency.

    `ceilings` is by country, "" for all others. What was applied for keeps the ceiling it had, and so do all terms once
    somebody has accepted them: then Invalid is raised for any other change.
    """
    if call.fair_id != fair.id:
        raise Invalid("hosting_call_of_other_fair", field="call_id")
    terms = {
        "call_id": call.id,
        "meetings_required": meetings_required,
        "counts_workshops": counts_workshops,
        "rate_bp": rate_bp,
        "deposit_minor": deposit_minor,
        "claim_within_days": claim_within_days,
        "conditions": conditions,
    }
    offer = queries.hosting_offer(session, fair.id)
    if offer is None:
        offer = HostingOffer(fair=fair, created_at=now)
        session.add(offer)
    elif any(getattr(offer, name) != value for name, value in terms.items()) and queries.has_stays(session, offer):
        raise Invalid("hosting_terms_stand")
    for name, value in terms.items():
        setattr(offer, name, value)
    offer.call = call
    offer.ceilings = []
    session.flush()
    offer.ceilings = [HostingCeiling(origin=origin, amount_minor=amount) for origin, amount in ceilings.items()]
    record(session, "hosting:offer", offer, by=by, now=now, meetings=meetings_required)
    return offer


def apply_for_hosting(session: Session, visit: Visit, *, by: User, now: datetime) -> HostedStay:
    """Apply for the travel support of a booked visit; with it `by` accepts the conditions.

    Raises Conflict where nothing is offered for the buyer's country, or support was applied for already.
    """
    visit = queries.kept_visit(session, visit.id)
    offer = queries.hosting_offer(session, visit.fair_id)
    if visit.state != VisitState.BOOKED or offer is None:
        raise Conflict("hosting_not_offered")
    check_fair(visit.fair, now)
    if queries.hosted_stay_of(session, visit.id) is not None:
        raise Conflict("hosting_applied")
    ceiling = rules.ceiling_of(visit.buyer.country, offer.ceiling_by_origin)
    if ceiling == 0:
        raise Conflict("hosting_not_offered")
    stay = HostedStay(
        offer=offer,
        visit=visit,
        state=HostedState.APPLIED,
        ceiling_minor=ceiling,
        conditions_accepted_at=now,
        applied_at=now,
    )
    session.add(stay)
    record(session, "hosting:apply", stay, by=by, now=now)
    return stay


def choose(session: Session, stay: HostedStay, *, by: User, now: datetime) -> None:
    """An officer wants this buyer at the fair."""
    stay = queries.locked_stay(session, stay.id)
    _move(session, stay, HostedAction.CHOOSE, by=by, now=now)
    stay.chosen_by_id = by.id


def grant(session: Session, stay: HostedStay, *, by: User, now: datetime) -> None:
    """Another person promises the money: the ceiling is committed on the call's envelope.

    Raises Forbidden for who chose the buyer, Conflict ``envelope_exhausted``.
    """
    stay = queries.locked_stay(session, stay.id)
    if stay.chosen_by_id == by.id:
        raise Forbidden("hosting_needs_two_people")
    _move(session, stay, HostedAction.GRANT, by=by, now=now)
    commit_money(session, stay.offer.call, stay.ceiling_minor, by=by, now=now)
    stay.granted_by_id, stay.granted_at = by.id, now
    emails.hosting_granted(session, stay, now=now)


def refuse_hosting(session: Session, stay: HostedStay, *, reason: str, by: User, now: datetime) -> None:
    """Promise nothing, with the reason that the buyer reads."""
    stay = queries.locked_stay(session, stay.id)
    _move(session, stay, HostedAction.REFUSE, by=by, now=now)
    stay.reason = reason
    emails.hosting_ended(session, stay, now=now)


def withdraw_hosting(session: Session, stay: HostedStay, *, by: User, now: datetime) -> None:
    """The buyer does without; before the fair only. What was promised goes back to the envelope."""
    stay = queries.locked_stay(session, stay.id)
    if stay.offer.fair.starts_at <= now:
        raise Conflict("hosting_fair_begun")
    _withdraw(session, stay, by=by, now=now)


def end_hosting_of(session: Session, visit: Visit, *, by: User, now: datetime) -> None:
    """End the support of a visit that is cancelled, and free what was promised.

    Before the fair that is a withdrawal. Once it has begun a promise is forfeited, unless the meetings have earned it
    already: then it can still be claimed.
    """
    stay = queries.hosted_stay_of(session, visit.id)
    if stay is None:
        return
    stay = queries.locked_stay(session, stay.id)
    if stay.state not in AHEAD:
        return
    if stay.state is not HostedState.GRANTED or now < stay.offer.fair.starts_at:
        _withdraw(session, stay, by=by, now=now)
    elif queries.attendance_of(session, stay).verdict(stay.offer.meetings_required) is not Verdict.EARNED:
        _forfeit(session, stay, Forfeit.CANCELLED, by=by, now=now)


def substitute(session: Session, stay: HostedStay, colleague_id: int, *, by: User, now: datetime) -> None:
    """A colleague travels instead, before the fair, with all that is booked. The badge of the first one dies.

    Raises Invalid for somebody who is not of the buyer's organisation, Conflict if they visit the fair already.
    """
    stay = queries.locked_stay(session, stay.id)
    if stay.offer.fair.starts_at <= now:
        raise Conflict("hosting_fair_begun")
    colleagues = {each.id for each in queries.colleagues_of(session, by)} | {by.id}
    if colleague_id not in colleagues:
        raise Invalid("no_such_colleague", field="colleague_id")
    visit = stay.visit
    badge = queries.badge_of_visit(session, visit.id)
    if badge is not None:
        session.delete(badge)
    _move(session, stay, HostedAction.SUBSTITUTE, by=by, now=now, before=visit.visitor_id, after=colleague_id)
    visit.visitor_id = colleague_id


def add_hosted_evidence(
    session: Session, stay: HostedStay, uploads: Sequence[Upload], *, by: User, now: datetime
) -> None:
    """Keep files that prove the trip, until the claim is sent."""
    stay = queries.locked_stay(session, stay.id)
    if stay.state is not HostedState.GRANTED:
        raise Conflict("hosting_not_open")
    for upload in uploads:
        stored = files.store(session, upload, owner_id=stay.buyer_id, by_id=by.id, now=now)
        session.add(HostedEvidence(stay=stay, file=stored))
    record(session, "hosting:add_evidence", stay, by=by, now=now, files=len(uploads))


def claim_hosting(
    session: Session, stay: HostedStay, *, travel_minor: int, lodging_minor: int, by: User, now: datetime
) -> None:
    """Ask for the money in the time to claim, with what the trip cost and at least one file that proves it."""
    stay = queries.locked_stay(session, stay.id)
    if not stay.offer.fair.schedule.is_over(now):
        raise Conflict("hosting_fair_not_over")
    if now >= stay.offer.claim_window.closes_at:
        raise Conflict("hosting_claim_over")
    if not stay.evidence:
        raise Invalid("hosting_without_evidence")
    _move(session, stay, HostedAction.CLAIM, by=by, now=now)
    stay.travel_minor, stay.lodging_minor, stay.claimed_at = travel_minor, lodging_minor, now


def check_hosting(session: Session, stay: HostedStay, *, by: User, now: datetime) -> Verdict:
    """An officer checks a claim: the meetings judge whether it is earned, the engine how much it is.

    Two missed meetings or too few held ones forfeit it, with the reason, and free what was promised.
    """
    stay = queries.locked_stay(session, stay.id)
    verdict = queries.attendance_of(session, stay).verdict(stay.offer.meetings_required)
    if verdict is not Verdict.EARNED:
        _forfeit(session, stay, Forfeit(verdict), by=by, now=now)
        return verdict
    _move(session, stay, HostedAction.CHECK, by=by, now=now)
    fair = stay.offer.fair
    stay.checked_by_id = by.id
    stay.payable_minor = rules.payable(
        {rules.TRAVEL: stay.travel_minor or 0, rules.LODGING: stay.lodging_minor or 0},
        ceiling_minor=stay.ceiling_minor,
        rate_bp=stay.offer.rate_bp,
        currency=stay.offer.call.currency,
        fair=fair.title,
        country=fair.country,
        starts_on=fair.starts_on,
        ends_on=fair.ends_on,
    )
    emails.hosting_claim(session, stay, now=now)
    return verdict


def approve_hosting(session: Session, stay: HostedStay, *, by: User, now: datetime) -> None:
    """Another person approves a checked claim: the payment is ordered, and what is not needed is released."""
    stay = queries.locked_stay(session, stay.id)
    if stay.checked_by_id == by.id:
        raise Forbidden("hosting_needs_two_people")
    _move(session, stay, HostedAction.APPROVE, by=by, now=now)
    stay.approved_by_id, stay.approved_at = by.id, now
    amount = stay.payable_minor or 0
    call = stay.offer.call
    if amount:
        order_payment(
            session,
            call,
            amount,
            Purpose.HOSTED_BUYER,
            reference=stay.payment_reference,
            payee=stay.visit.buyer,
            by=by,
            now=now,
        )
    if stay.ceiling_minor > amount:
        release_money(session, call, stay.ceiling_minor - amount, by=by, now=now)
    emails.hosting_claim(session, stay, now=now)


def close_hosting(session: Session, *, now: datetime, limit: int = 100) -> int:
    """Remind of claims whose time runs out, forfeit what nobody claimed, and end the support at cancelled fairs.

    Returns how many stays of all three.
    """
    count = 0
    for stay in queries.stays_to_close(session, now=now, limit=limit):
        offer = stay.offer
        if offer.fair.state is FairState.CANCELLED:
            _withdraw(session, stay, by=None, now=now)
            emails.hosting_ended(session, stay, now=now)
        elif now >= offer.claim_window.closes_at:
            verdict = queries.attendance_of(session, stay).verdict(offer.meetings_required)
            reason = Forfeit.NOT_CLAIMED if verdict is Verdict.EARNED else Forfeit(verdict)
            _forfeit(session, stay, reason, by=None, now=now)
        elif stay.claim_reminded_at is None and now >= offer.claim_window.reminds_at:
            stay.claim_reminded_at = now
            emails.hosting_due(session, stay, now=now)
        else:
            continue
        count += 1
    return count


def _withdraw(session: Session, stay: HostedStay, *, by: User | None, now: datetime) -> None:
    promised = stay.state in PROMISED
    _move(session, stay, HostedAction.WITHDRAW, by=by, now=now)
    if promised:
        release_money(session, stay.offer.call, stay.ceiling_minor, by=by, now=now)


def _forfeit(session: Session, stay: HostedStay, reason: Forfeit, *, by: User | None, now: datetime) -> None:
    _move(session, stay, HostedAction.FORFEIT, by=by, now=now)
    stay.reason = reason.value
    release_money(session, stay.offer.call, stay.ceiling_minor, by=by, now=now)
    emails.hosting_ended(session, stay, now=now)


def _move(
    session: Session, stay: HostedStay, action: HostedAction, *, by: User | None, now: datetime, **facts: object
) -> None:
    stay.state = next_state(HOSTED_TRANSITIONS, stay.state, action)
    record(session, f"hosting:{action}", stay, by=by, now=now, **facts)
