"""Selections: a call chooses among its assessed applications as its rules say, and reserves get their turn in order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.applications import emails, queries
from fairlink.applications.models import (
    Application,
    SelectionOverride,
    SelectionPlace,
    SelectionRun,
)
from fairlink.applications.queries.aid import lock_undertakings
from fairlink.applications.rules.selecting import is_in_quota, stratum_of
from fairlink.applications.service.deciding import check_not_assessor, grant, mean_of, members_of, turn_down
from fairlink.applications.service.lifecycle import lock
from fairlink.applications.states import ApplicationState
from fairlink.audit.service import record
from fairlink.kernel.errors import Conflict, Invalid
from fairlink.kernel.words import words
from fairlink.subsidies.models import Call
from fairlink.subsidies.rules.document import SelectionRules
from fairlink.subsidies.rules.lottery import lottery
from fairlink.subsidies.rules.selection import (
    HUNDREDTHS,
    Candidate,
    Outcome,
    Override,
    Place,
    Selection,
    first_come,
    next_reserves,
    pro_rata,
    scored,
)
from fairlink.subsidies.rules.terms import Method
from fairlink.subsidies.rules.wording import N_
from fairlink.subsidies.service import reveal_seed

#: What a refusal by selection says to the applicants, by the reason of its place.
REFUSALS = {
    "not_eligible": N_("By the rules of the scheme nothing of this application can be supported."),
    "envelope_exhausted": N_("The money of the call did not reach this application in the order of its selection."),
    "below_least_score": N_("The score of this application lies below the least that the call asks for."),
    "override": N_("The agency decided against the order of the selection; its reason is on record."),
    "fair_begun": N_("No money of the call became free before the fair began."),
}

#: Calls that one run of the clock looks at.
BATCH = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """An application that takes part in a selection, and how."""

    application: Application
    candidate: Candidate


def record_override(
    session: Session, call: Call, application_id: int, outcome: Outcome, reason: str, *, by: User, now: datetime
) -> None:
    """Decide against the score before the selection is made, with a reason. Raises Invalid for what does not wait for
    this selection, Conflict for a call that is not scored or has chosen, Forbidden for an assessor."""
    if _rules(call).method is not Method.SCORED or queries.selection_run(session, call.id):
        raise Conflict("selection_made")
    waiting = {each.id: each for each in queries.assessed_applications(session, call.id)}
    if application_id not in waiting:
        raise Invalid("not_in_selection", field="application")
    check_not_assessor(waiting[application_id], by)
    made = SelectionOverride(
        application_id=application_id, outcome=outcome, reason=reason, made_at=now, made_by_id=by.id
    )
    session.add(made)
    record(session, "application:override", waiting[application_id], by=by, now=now, outcome=outcome)


def select(session: Session, call: Call, *, by: User, now: datetime) -> SelectionRun:
    """Choose among the assessed applications of a call, once: awards are drawn on the envelope, the others wait as
    reserves or are refused, and everybody is told.

    One transaction; applications are locked before firms, and firms before the envelope. Raises Conflict while one can
    still apply or somebody waits for assessors, for a second time, and for overrides that the envelope cannot bear;
    Forbidden for somebody who scored one of them or has an interest.
    """
    if now < call.closes_at:
        raise Conflict("call_still_open")
    if queries.selection_run(session, call.id):
        raise Conflict("selection_made")
    if queries.unready_count(session, call.id, now):
        raise Conflict("not_all_assessed")
    applications = queries.assessed_applications(session, call.id)
    for application in applications:
        lock(session, application)
        check_not_assessor(application, by)
    lock_undertakings(session, applications)
    entries, hopeless = _entries(session, call, applications, now)
    seed = reveal_seed(session, call, by=by, now=now) if _rules(call).method is Method.LOTTERY else None
    selection = _choose(session, call, [each.candidate for each in entries.values()], seed)
    run = SelectionRun(
        call=call,
        method=selection.method,
        made_at=now,
        made_by=by,
        envelope_minor=call.available.minor,
        cut_off=selection.cut_off,
        paid_minor=selection.paid,
        asked_minor=selection.asked,
        seed=seed,
    )
    session.add(run)
    session.flush()
    record(session, "selection:make", run, by=by, now=now, method=selection.method, applications=len(entries))
    for place in selection.places:
        placed = _placed(place, entries[place.application])
        run.places.append(placed)
        _carry_out(session, placed, by=by, now=now)
    for application in hopeless:
        turn_down(session, application, _refusal(application, "not_eligible"), by=by, now=now)
    return run


def _rules(call: Call) -> SelectionRules:
    return call.scheme_version.document.selection


def _entries(
    session: Session, call: Call, applications: Sequence[Application], now: datetime
) -> tuple[dict[str, Entry], list[Application]]:
    """Those that something can be granted to, by their names in the selection, and the others."""
    known, chosen = call.scheme_version.document, _rules(call)
    entries: dict[str, Entry] = {}
    hopeless: list[Application] = []
    for application in applications:
        quote = queries.current_quote(session, application, now=now, granting=True)
        if quote is None or not quote.eligible or quote.support_minor == 0:
            hopeless.append(application)
            continue
        facts = queries.facts(session, application, known, now=now, granting=True)
        assert application.submitted_at is not None
        candidate = Candidate(
            application=str(application.id),
            amount_minor=quote.support_minor,
            received_at=application.submitted_at,
            in_quota=is_in_quota(facts, quote.eligible_members, chosen.quota.when if chosen.quota else None),
            score=mean_of(application),
            stratum=stratum_of(facts, str(application.lead_firm_id), chosen.strata),
        )
        entries[candidate.application] = Entry(application, candidate)
    return entries, hopeless


def _choose(session: Session, call: Call, candidates: list[Candidate], seed: str | None) -> Selection:
    rules, envelope = _rules(call), call.available.minor
    quota_bp = rules.quota.share_bp if rules.quota else 0
    if rules.method is Method.PRO_RATA:
        return pro_rata(candidates, envelope)
    if rules.method is Method.LOTTERY:
        assert seed is not None
        return lottery(candidates, envelope, seed, reserves=rules.reserves, quota_bp=quota_bp)
    if rules.method is Method.FIRST_COME:
        return first_come(candidates, envelope, reserves=rules.reserves, quota_bp=quota_bp)
    names = {each.application for each in candidates}
    decided = [
        Override(application=str(each.application_id), outcome=each.outcome, reason=each.reason)
        for each in queries.overrides(session, call.id)
        if str(each.application_id) in names
    ]
    try:
        return scored(
            candidates,
            envelope,
            least_score=(rules.cut_off or 0) * HUNDREDTHS,
            reserves=rules.reserves,
            quota_bp=quota_bp,
            overrides=decided,
        )
    except ValueError:
        raise Conflict("overrides_beyond_envelope") from None


def _placed(place: Place, entry: Entry) -> SelectionPlace:
    return SelectionPlace(
        application=entry.application,
        rank=place.rank,
        outcome=place.outcome,
        reason=place.reason,
        asked_minor=entry.candidate.amount_minor,
        awarded_minor=place.amount_minor,
        received_at=entry.candidate.received_at,
        score=entry.candidate.score,
        stratum=entry.candidate.stratum,
        in_quota=entry.candidate.in_quota,
    )


def _carry_out(session: Session, place: SelectionPlace, *, by: User, now: datetime) -> None:
    application = place.application
    if place.outcome is Outcome.AWARDED and place.awarded_minor > 0:
        _grant(session, place, by=by, now=now)
    elif place.outcome is Outcome.RESERVE:
        for member in members_of(session, application):
            emails.reserve_waits(session, application, member, rank=place.rank, now=now)
    else:
        turn_down(session, application, _refusal(application, place.reason), by=by, now=now)


def _grant(session: Session, place: SelectionPlace, *, by: User, now: datetime) -> None:
    """Award what the place gives, or what is left of it: earlier awards of the same selection count against ceilings
    and limits of the same firms and of those linked with them. What is not needed stays in the envelope."""
    application = place.application
    quote = queries.current_quote(session, application, now=now, granting=True)
    if quote is None or not quote.eligible or quote.support_minor == 0:
        place.outcome, place.reason, place.awarded_minor = Outcome.REFUSED, "not_eligible", 0
        turn_down(session, application, _refusal(application, place.reason), by=by, now=now)
        return
    place.awarded_minor = min(place.awarded_minor, quote.support_minor)
    grant(session, application, quote, amount_minor=place.awarded_minor, by=by, now=now)


def _refusal(application: Application, code: str) -> str:
    texts: Mapping[str, str] = REFUSALS
    return words(application.locale).gettext(texts.get(code, texts["envelope_exhausted"]))


def offer_reserves(session: Session, now: datetime) -> int:
    """Give the reserves of all calls their turn, in order, as far as money was given back; returns how many got it.

    The first that the money does not reach ends the offer of its call: nobody is passed by a smaller one. With the
    first day of the fair the waiting ends, with a refusal.
    """
    calls = queries.calls_with_reserves(session, BATCH)
    waiting = {call: queries.reserves(session, call.id) for call in calls}
    lock_undertakings(session, [place.application for places in waiting.values() for place in places])
    return sum(_offer(session, call, places, now) for call, places in waiting.items())


def _offer(session: Session, call: Call, waiting: Sequence[SelectionPlace], now: datetime) -> int:
    session.refresh(call, ["envelope_minor", "committed_minor", "disbursed_minor"])
    if now >= call.fair.starts_at:
        for place in waiting:
            place.outcome, place.reason = Outcome.REFUSED, "fair_begun"
            reason = _refusal(place.application, place.reason)
            turn_down(session, place.application, reason, by=place.run.made_by, now=now)
        return 0
    places = {str(place.application_id): place for place in waiting}
    entries, _hopeless = _entries(session, call, [place.application for place in waiting], now)
    order = [entries[name].candidate for name in places if name in entries]
    reached = next_reserves(order, call.available.minor)
    for name in reached:
        place = places[name]
        place.outcome, place.offered_at, place.awarded_minor = Outcome.AWARDED, now, place.asked_minor
        _grant(session, place, by=place.run.made_by, now=now)
    return sum(places[name].outcome is Outcome.AWARDED for name in reached)


def check_alone(session: Session, application: Application) -> None:
    """Refuse to decide on one application alone where the call chooses among all: Conflict until it has chosen, and
    for a reserve, who waits its turn."""
    if application.state != ApplicationState.ASSESSED:
        return
    place = queries.selection_place(session, application.id)
    if place is not None and place.outcome is Outcome.RESERVE:
        raise Conflict("reserve_waits")
    method = _rules(application.call).method
    if method is not Method.FIRST_COME and queries.selection_run(session, application.call_id) is None:
        raise Conflict("call_selects")
