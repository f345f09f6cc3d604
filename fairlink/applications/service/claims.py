"""Claims, from both sides: fill in, prove, send; check line by line, return, approve by another person, refuse."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from fairlink.accounts import queries as accounts
from fairlink.accounts.models import Organisation, User
from fairlink.applications import queries
from fairlink.applications.emails import money as emails
from fairlink.applications.models import Application, Award, Claim, ClaimEvidence, ClaimLine, ClaimPart
from fairlink.applications.rules import claims as rules
from fairlink.applications.rules import last_day
from fairlink.applications.rules.payouts import PayeePart, advance_parts, final_parts
from fairlink.applications.service.lifecycle import lock
from fairlink.applications.service.payouts import order_payment, release_left
from fairlink.applications.service.state_aid import correct_to
from fairlink.applications.states import ApplicationState
from fairlink.applications.states.money import (
    CLAIM_TRANSITIONS,
    WITH_AGENCY,
    ClaimAction,
    ClaimKind,
    ClaimState,
    Purpose,
)
from fairlink.audit.service import record
from fairlink.files.service import remove, store
from fairlink.kernel.errors import Conflict, Forbidden, Invalid
from fairlink.kernel.states import next_state
from fairlink.kernel.uploads import Upload
from fairlink.subsidies.rules import Quote
from fairlink.subsidies.rules.terms import Evidence, Payee

#: Files that prove one cost.
MOST_FILES = 10


def claim_window(application: Application) -> rules.Window:
    """When the final claim of an application can be sent."""
    fair, timing = application.call.fair, application.call.scheme_version.document.timing
    return rules.window(fair.ends_on, timing.claim_within_days, fair.zone)


def may_claim(application: Application, kind: ClaimKind, now: datetime) -> bool:
    """Whether a claim of this kind can be made at `now`: ahead before the fair begins, the rest after it has ended."""
    award = application.award
    if application.state != ApplicationState.ACCEPTED or award is None or award.closed_at is not None:
        return False
    if kind == ClaimKind.ADVANCE:
        payment = application.call.scheme_version.document.payment
        return payment.advance_bp > 0 and now < application.call.fair.starts_at
    return claim_window(application).is_open(now)


def start_claim(session: Session, application: Application, kind: ClaimKind, *, by: User, now: datetime) -> Claim:
    """A draft claim on an accepted award: the live one if there is one, else a new one.

    Raises Conflict ``claim_not_now`` outside its time.
    """
    lock(session, application)
    award = application.award
    if award is not None and (found := queries.live_claim(session, award, kind)):
        return found
    if award is None or not may_claim(application, kind, now):
        raise Conflict("claim_not_now")
    asked = rules.evidence_asked(application.call.scheme_version.document) if kind == ClaimKind.FINAL else {}
    claim = Claim(
        award=award,
        agency_id=application.agency_id,
        kind=kind,
        state=ClaimState.DRAFT,
        reason="",
        created_at=now,
        lines=[ClaimLine(cost_line=line) for line in application.lines if line.cost_class in asked],
    )
    session.add(claim)
    record(session, "claim:start", claim, by=by, now=now)
    return claim


def save_actual_costs(
    session: Session, claim: Claim, amounts: Mapping[int, int | None], *, by: User, now: datetime
) -> None:
    """What each line (by its id) came to, in minor units; a firm may fill in its own lines, the lead all of them."""
    _lock_draft(session, claim)
    for line in claim.lines:
        if line.id in amounts and by.organisation_id in line.firm_ids:
            line.actual_minor = amounts[line.id]
    record(session, "claim:edit", claim, by=by, now=now)


def add_evidence(
    session: Session, line: ClaimLine, kind: Evidence, uploads: Sequence[Upload], *, by: User, now: datetime
) -> None:
    """Keep files that prove a cost. Raises Invalid for too many of them or one with a virus."""
    _lock_draft(session, line.claim)
    if len(line.evidence) + len(uploads) > MOST_FILES:
        raise Invalid("too_many_files", field="files", most=MOST_FILES)
    assert by.organisation_id is not None
    for upload in uploads:
        stored = store(session, upload, owner_id=by.organisation_id, by_id=by.id, now=now)
        line.evidence.append(ClaimEvidence(kind=kind, file=stored))
    record(session, "claim:evidence", line.claim, by=by, now=now, line_id=line.id, files=len(uploads))


def remove_evidence(session: Session, evidence: ClaimEvidence, *, by: User, now: datetime) -> None:
    """Take a file away while the claim is a draft."""
    claim, stored = evidence.line.claim, evidence.file
    _lock_draft(session, claim)
    session.delete(evidence)
    session.flush()
    remove(session, stored)
    record(session, "claim:evidence_removed", claim, by=by, now=now, line_id=evidence.claim_line_id)


def _lock_draft(session: Session, claim: Claim) -> None:
    session.refresh(claim, with_for_update={"of": Claim})
    if claim.state != ClaimState.DRAFT:
        raise Conflict("claim_not_draft")


def _move(session: Session, claim: Claim, action: ClaimAction, *, by: User | None, now: datetime, **data: Any) -> None:
    claim.state = next_state(CLAIM_TRANSITIONS, claim.state, action)
    record(session, f"claim:{action}", claim, by=by, now=now, **data)


def missing_evidence(claim: Claim) -> dict[int, list[Evidence]]:
    """What is still to be proved, by line; lines on which nothing was spent need no proof."""
    asked = rules.evidence_asked(claim.application.call.scheme_version.document)
    missing = {
        line.id: rules.evidence_missing(asked[line.cost_line.cost_class], [each.kind for each in line.evidence])
        for line in claim.lines
        if line.actual_minor != 0
    }
    return {line_id: kinds for line_id, kinds in missing.items() if kinds}


def is_complete(claim: Claim) -> bool:
    """Whether a claim can be sent: every cost is filled in and proved. There is nothing to prove ahead of the fair."""
    return all(line.actual_minor is not None for line in claim.lines) and not missing_evidence(claim)


def may_send_claim(claim: Claim, now: datetime) -> bool:
    """Whether a draft can be sent at `now`: in its time, or within the time given for a change."""
    if may_claim(claim.application, claim.kind, now):
        return True
    open_again = claim.change_by is not None and now < claim.change_by
    return open_again and claim.award.closed_at is None and claim.application.state == ApplicationState.ACCEPTED


def submit_claim(session: Session, claim: Claim, *, by: User, now: datetime) -> None:
    """Send a claim. Raises Conflict outside its time and Invalid while a cost or a proof is missing."""
    lock(session, claim.application)
    _lock_draft(session, claim)
    if not may_send_claim(claim, now):
        raise Conflict("claim_not_now")
    if not is_complete(claim):
        raise Invalid("claim_incomplete")
    claim.submitted_at, claim.submitted_by_id, claim.reason, claim.change_by = now, by.id, "", None
    _move(session, claim, ClaimAction.SUBMIT, by=by, now=now)


def send_claim_back(session: Session, claim: Claim, reason: str, *, by: User, now: datetime) -> None:
    """Return a claim to be changed; it may be sent again for some time even after its window has closed."""
    session.refresh(claim, with_for_update={"of": Claim})
    _move(session, claim, ClaimAction.RETURN, by=by, now=now)
    claim.reason, claim.parts, claim.quote = reason, [], None
    zone = claim.application.call.fair.zone
    claim.change_by = max(claim_window(claim.application).closes_at, now + rules.CHANGE_TIME)
    for line in claim.lines:
        line.accepted_minor, line.reason = None, ""
    for member in _members(session, claim):
        emails.claim_returned(session, claim, member, last_day=last_day(claim.change_by, zone), now=now)


def check_claim(
    session: Session, claim: Claim, decided: Mapping[int, tuple[int, str]], *, by: User, now: datetime
) -> None:
    """What staff accept of each line (amount and, for a cut, its reason, by the line's id), and what follows from it.

    The whole award is worked out again with the accepted costs; each firm gets the lower of that and of its award.
    Raises Invalid for a cut without a reason or more than was claimed.
    """
    session.refresh(claim, with_for_update={"of": Claim})
    claim.checked_at, claim.checked_by_id = now, by.id
    _move(session, claim, ClaimAction.CHECK, by=by, now=now)
    for line in claim.lines:
        accepted, reason = decided.get(line.id, (line.actual_minor or 0, ""))
        if accepted > (line.actual_minor or 0):
            raise Invalid("accepted_above_claimed")
        if accepted != line.actual_minor and not reason:
            raise Invalid("cut_without_reason")
        line.accepted_minor, line.reason = accepted, reason
    claim.parts = [_as_row(part) for part in _work_out(session, claim)]
    session.flush()


def _work_out(session: Session, claim: Claim) -> list[PayeePart]:
    application = claim.application
    known, promised = application.call.scheme_version.document, claim.award.promised
    if claim.kind == ClaimKind.ADVANCE:
        assert application.quote is not None
        claim.quote = application.quote
        return advance_parts(Quote.from_dict(application.quote), promised, known.payment.advance_bp)
    accepted = {line.cost_line_id: line.accepted_minor or 0 for line in claim.lines}
    actual = queries.actual_quote(session, claim, accepted)
    claim.quote = actual.to_dict()
    ahead = queries.paid_ahead(session, claim.award)
    return final_parts(actual, promised, ahead, retention_bp=rules.retention_bp(known))


def _as_row(part: PayeePart) -> ClaimPart:
    return ClaimPart(
        firm_id=part.firm_id,
        payee=part.payee,
        support_minor=part.support_minor,
        advance_minor=part.advance_minor,
        retained_minor=part.retained_minor,
        payable_minor=part.payable_minor,
        due_back_minor=part.due_back_minor,
    )


def approve_claim(session: Session, claim: Claim, *, by: User, now: datetime) -> None:
    """Finance approves what another person has checked: payments are ordered, and what is not needed is released.

    Raises Forbidden ``claim_needs_two_people`` for the person who checked; the database refuses it too.
    """
    lock(session, claim.application)
    session.refresh(claim, with_for_update={"of": Claim})
    if claim.checked_by_id == by.id:
        raise Forbidden("claim_needs_two_people")
    payable = claim.payable
    claim.approved_at, claim.approved_by_id = now, by.id
    _move(session, claim, ClaimAction.APPROVE, by=by, now=now, payable_minor=payable.minor)
    purpose = Purpose.ADVANCE if claim.kind == ClaimKind.ADVANCE else Purpose.CLAIM
    _order(session, claim, purpose, {part.id: part.payable_minor for part in claim.parts}, by=by, now=now)
    if claim.kind == ClaimKind.FINAL:
        claim.award.closed_at = now
        kept = sum(part.retained_minor for part in claim.parts)
        release_left(session, claim.award, keep_minor=kept, by=by, now=now)
        correct_to(session, claim.award, _supports(claim), by=by, now=now)
    for member in _members(session, claim):
        emails.claim_approved(session, claim, member, now=now)


def _supports(claim: Claim) -> dict[int, int]:
    """What each firm is supported with on a claim, whoever is paid it."""
    sums: dict[int, int] = {}
    for part in claim.parts:
        if part.firm_id is not None:
            sums[part.firm_id] = sums.get(part.firm_id, 0) + part.support_minor
    return sums


def _order(
    session: Session, claim: Claim, purpose: Purpose, amounts: Mapping[int, int], *, by: User | None, now: datetime
) -> None:
    for part in claim.parts:
        if amounts[part.id]:
            payee, name = _payee(session, claim.application, part)
            order_payment(
                session,
                claim.application.call,
                amounts[part.id],
                purpose,
                reference=f"claim:{claim.id}:{purpose}:{part.id}",
                payee=payee,
                payee_name=name,
                award=claim.award,
                firm_id=part.firm_id,
                by=by,
                now=now,
            )


def _payee(session: Session, application: Application, part: ClaimPart) -> tuple[Organisation | None, str]:
    """Who is paid; an organiser or carrier is outside the platform and goes by the fair's name."""
    if part.payee == Payee.ASSOCIATION:
        association_id = application.group.association_id if application.group else None
        return accounts.organisation(session, association_id) or application.lead_firm, ""
    if part.payee == Payee.FIRM:
        return part.firm or application.lead_firm, ""
    return None, application.call.fair.title


def refuse_claim(session: Session, claim: Claim, reason: str, *, by: User, now: datetime) -> None:
    """Pay nothing of a claim, with the reason that the group reads."""
    session.refresh(claim, with_for_update={"of": Claim})
    _move(session, claim, ClaimAction.REFUSE, by=by, now=now)
    claim.reason, claim.parts = reason, []
    for member in _members(session, claim):
        emails.claim_refused(session, claim, member, now=now)


def release_retention(session: Session, claim: Claim, *, by: User | None, now: datetime) -> None:
    """Order what was kept back on an approved claim; a second time changes nothing.

    Whoever knows that the reports are in calls this: see `fairlink.followup.jobs`.
    """
    lock(session, claim.application)
    session.refresh(claim, with_for_update={"of": Claim})
    if claim.state != ClaimState.APPROVED or claim.retention_paid_at is not None:
        return
    claim.retention_paid_at = now
    _order(session, claim, Purpose.RETENTION, {part.id: part.retained_minor for part in claim.parts}, by=by, now=now)
    record(session, "claim:retention", claim, by=by, now=now)


def close_unclaimed(session: Session, now: datetime) -> int:
    """Remind of awards whose time to claim runs out, and release those for which it is over; returns how many of both.

    A claim that is with the agency, or was returned and may still be sent, keeps its award.
    """
    count = 0
    for award in queries.awards_to_close(session, now.date()):
        window = claim_window(award.application)
        if now < window.reminds_at:
            continue
        final = queries.live_claim(session, award, ClaimKind.FINAL)
        if final is not None and final.state in WITH_AGENCY:
            continue
        if now < window.closes_at:
            count += _remind(session, award, window, now)
        elif final is None or final.change_by is None or final.change_by <= now:
            count += _close(session, award, final, now)
    return count


def _remind(session: Session, award: Award, window: rules.Window, now: datetime) -> int:
    if award.claim_reminded_at is not None:
        return 0
    award.claim_reminded_at = now
    zone = award.application.call.fair.zone
    for member in _people(session, award.application.firm_ids):
        emails.claim_due(session, award, member, last_day=last_day(window.closes_at, zone), now=now)
    return 1


def _close(session: Session, award: Award, final: Claim | None, now: datetime) -> int:
    lock(session, award.application)
    if final is not None:
        session.refresh(final, with_for_update={"of": Claim})
        if final.state != ClaimState.DRAFT:
            return 0
        _move(session, final, ClaimAction.LAPSE, by=None, now=now)
    left = award.left
    award.closed_at = now
    release_left(session, award, by=None, now=now)
    correct_to(session, award, queries.paid_by_firm(session, award), by=None, now=now)
    for member in _people(session, award.application.firm_ids):
        emails.claim_missed(session, award, member, left=left, now=now)
    return 1


def _members(session: Session, claim: Claim) -> Iterable[User]:
    return _people(session, claim.firm_ids)


def _people(session: Session, firm_ids: frozenset[int]) -> Iterable[User]:
    return accounts.contacts(session, firm_ids).values()
