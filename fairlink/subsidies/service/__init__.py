"""What staff do to schemes and calls, and the only hands that move an envelope's money."""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.audit.service import record
from fairlink.fairs.models import Fair
from fairlink.fairs.service import publish as publish_fair
from fairlink.fairs.states import FairState
from fairlink.kernel.errors import Conflict, Invalid
from fairlink.kernel.money import WHOLE_BP
from fairlink.kernel.states import next_state
from fairlink.subsidies import queries
from fairlink.subsidies.models import (
    AnalysisPlan,
    Call,
    CallCriterion,
    EnvelopeEntry,
    LotterySeed,
    Scheme,
    SchemeRenewal,
    SchemeVersion,
)
from fairlink.subsidies.rules import Rules, fingerprint, rules_to_dict
from fairlink.subsidies.rules.calls import CallTerms, CriterionTerms, WindowFault, criteria_of, window_fault
from fairlink.subsidies.rules.lottery import SEED_DIGITS, commitment
from fairlink.subsidies.rules.terms import Method
from fairlink.subsidies.states import TRANSITIONS, CallAction, CallState, EntryKind


def create_scheme(session: Session, rules: Rules, description: str, *, by: User, now: datetime) -> Scheme:
    """A new scheme of the agency of `by`, with `rules` as its first version and its name and sunset from them.

    Raises Invalid for a name that the agency has already.
    """
    _check_name(session, by.organisation_id, rules.name, None)
    scheme = Scheme(agency_id=by.organisation_id, created_at=now, sunset_on=rules.sunset_on)
    scheme.name, scheme.description = rules.name, description
    session.add(scheme)
    session.flush()
    _add_version(session, scheme, rules, by=by, now=now)
    record(session, "scheme:create", scheme, by=by, now=now)
    return scheme


def edit_scheme(
    session: Session, scheme: Scheme, rules: Rules, description: str, *, seen: str, by: User, now: datetime
) -> None:
    """Give a scheme new rules: in its current version, or in a new one if a call has frozen that.

    `seen` is the fingerprint of the rules that the change was made on. Raises Conflict where they have changed
    meanwhile, and Invalid for a name that the agency has already, or a later last day of a scheme that was offered:
    that needs a renewal.
    """
    session.refresh(scheme, with_for_update={"of": Scheme})
    version = scheme.current
    if seen != fingerprint(version.document):
        raise Conflict("stale")
    _check_name(session, scheme.agency_id, rules.name, scheme)
    if any(each.frozen_at for each in scheme.versions):
        if rules.sunset_on > max(version.document.sunset_on, scheme.sunset_on):
            raise Invalid("scheme_needs_renewal", field="sunset_on")
    else:
        scheme.sunset_on = rules.sunset_on
    scheme.name, scheme.description = rules.name, description
    document = rules_to_dict(rules)
    if version.frozen_at is None:
        version.rules = document
    elif version.rules != document:
        version = _add_version(session, scheme, rules, by=by, now=now)
    record(session, "scheme:edit", scheme, by=by, now=now, version=version.number)


def renew_scheme(
    session: Session, scheme: Scheme, until_on: date, reason: str, *, by: User, now: datetime
) -> SchemeRenewal:
    """Let calls open under a scheme until a later day, with the reason on record. Raises Invalid if it is not later."""
    session.refresh(scheme, with_for_update={"of": Scheme})
    if until_on <= scheme.sunset_on:
        raise Invalid("renewal_not_later", field="until_on", day=scheme.sunset_on.isoformat())
    renewal = SchemeRenewal(
        scheme_id=scheme.id, from_on=scheme.sunset_on, until_on=until_on, reason=reason, at=now, by_id=by.id
    )
    session.add(renewal)
    scheme.sunset_on = until_on
    record(session, "scheme:renew", scheme, by=by, now=now, until_on=until_on.isoformat())
    return renewal


def _check_name(session: Session, agency_id: int | None, name: str, scheme: Scheme | None) -> None:
    if queries.scheme_name_exists(session, agency_id, name, besides=scheme):
        raise Invalid("scheme_name_taken", field="name")


def _add_version(session: Session, scheme: Scheme, rules: Rules, *, by: User, now: datetime) -> SchemeVersion:
    number = len(scheme.versions) + 1
    version = SchemeVersion(number=number, rules=rules_to_dict(rules), created_at=now, created_by_id=by.id)
    scheme.versions.append(version)
    session.flush()
    return version


def create_call(session: Session, fair: Fair, scheme: Scheme, terms: CallTerms, *, by: User, now: datetime) -> Call:
    """A draft call that offers the current version of `scheme` at `fair`, with the criteria that its rules name.

    Raises Invalid for an impossible window.
    """
    call = Call(fair=fair, state=CallState.DRAFT, committed_minor=0, disbursed_minor=0, created_at=now)
    _write_terms(call, scheme, terms, now)
    call.criteria = _criteria(criteria_of(call.scheme_version.document))
    call.assessors_wanted = 2 if call.criteria else 1
    session.add(call)
    record(session, "call:create", call, by=by, now=now)
    return call


def edit_call(session: Session, call: Call, terms: CallTerms, *, by: User, now: datetime) -> None:
    """Change a draft call, which takes up what its scheme is now.

    Raises Conflict once it was published, and Invalid for an impossible window.
    """
    session.refresh(call, with_for_update={"of": Call})
    if call.state != CallState.DRAFT:
        raise Conflict("call_not_draft")
    _write_terms(call, call.scheme_version.scheme, terms, now)
    record(session, "call:edit", call, by=by, now=now)


def _write_terms(call: Call, scheme: Scheme, terms: CallTerms, now: datetime) -> None:
    call.scheme_version = scheme.current
    call.currency = scheme.current.document.currency
    call.opens_at, call.closes_at = terms.opens_at(call.fair.zone), terms.closes_at(call.fair.zone)
    call.envelope_minor, call.accept_days = terms.envelope_minor, terms.accept_days
    if fault := _window_fault(call, now):
        raise Invalid(fault, field=fault.field)


def _window_fault(call: Call, now: datetime) -> WindowFault | None:
    sunset_on = call.scheme_version.scheme.sunset_on
    return window_fault(call.opens_at, call.closes_at, fair=call.fair.schedule, sunset_on=sunset_on, now=now)


def set_assessment(
    session: Session, call: Call, criteria: Sequence[CriterionTerms], assessors: int, *, by: User, now: datetime
) -> None:
    """What the assessors of a draft call judge, and how many of them score each application.

    Raises Conflict once the call was published, and Invalid where the weights do not add up to the whole.
    """
    session.refresh(call, with_for_update={"of": Call})
    if call.state != CallState.DRAFT:
        raise Conflict("call_not_draft")
    if criteria and sum(each.weight_bp for each in criteria) != WHOLE_BP:
        raise Invalid("weights_not_whole", field="criteria")
    call.criteria = []
    session.flush()
    call.criteria = _criteria(criteria)
    call.assessors_wanted = assessors
    record(session, "call:set_assessment", call, by=by, now=now)


def _criteria(terms: Iterable[CriterionTerms]) -> list[CallCriterion]:
    return [CallCriterion(position=position, **asdict(each)) for position, each in enumerate(terms)]


def write_plan(session: Session, call: Call, text: str, *, by: User, now: datetime) -> AnalysisPlan:
    """Store how the effect of a call will be worked out; what was written before stays on record.

    Raises Conflict once the call has opened.
    """
    session.refresh(call, with_for_update={"of": Call})
    if call.has_opened(now):
        raise Conflict("call_has_opened")
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    plan = AnalysisPlan(call_id=call.id, text=text, sha256=sha256, written_at=now, written_by_id=by.id)
    session.add(plan)
    record(session, "call:write_plan", call, by=by, now=now, sha256=sha256)
    return plan


def reveal_seed(session: Session, call: Call, *, by: User | None, now: datetime) -> str:
    """The seed of a call's lottery, public from now on: the draw asks for it once the frame is fixed.

    Asked again, it is the same. Raises Conflict while one can still apply, or where the call has no lottery.
    """
    session.refresh(call, with_for_update={"of": Call})
    if call.closes_at > now:
        raise Conflict("call_still_open")
    if call.lottery_seed is None:
        raise Conflict("call_without_lottery")
    if call.seed_revealed_at is None:
        call.seed_revealed_at = now
        record(session, "call:reveal_seed", call, by=by, now=now)
    return call.lottery_seed.seed


def publish_call(session: Session, call: Call, *, by: User, now: datetime) -> None:
    """Open a draft call to applicants and freeze the version of the scheme that it offers.

    A draft follows its scheme: what is published is the version current at `now`. The seed of a lottery is made here,
    so that its commitment is as old as the call itself. Raises Conflict if the fair is not public, if the window has
    become impossible or is over, if the scheme has changed its currency, or if a scored call has no criteria.
    """
    session.refresh(call, with_for_update={"of": Call})
    if call.fair.state != FairState.PUBLISHED:
        raise Conflict("fair_not_published")
    call.scheme_version = call.scheme_version.scheme.current
    if call.scheme_version.document.currency != call.currency:
        raise Conflict("call_currency_changed")
    if fault := _window_fault(call, now):
        raise Conflict(fault)
    method = call.scheme_version.document.selection.method
    if method is Method.SCORED and not call.criteria:
        raise Conflict("call_without_criteria")
    if method is Method.LOTTERY:
        seed = secrets.token_hex(SEED_DIGITS // 2)
        call.lottery_seed = LotterySeed(seed=seed, commitment=commitment(seed), made_at=now)
        session.flush()
    _move(session, call, CallAction.PUBLISH, by=by, now=now)
    call.scheme_version.frozen_at = call.scheme_version.frozen_at or now


def publish_fair_with_calls(session: Session, fair: Fair, *, by: User, now: datetime) -> None:
    """Publish a draft fair and all its draft calls, together or not at all. Raises as each of them does."""
    publish_fair(session, fair, by=by, now=now)
    for call in queries.calls_of_fair(session, fair.id):
        if call.state == CallState.DRAFT:
            publish_call(session, call, by=by, now=now)


def withdraw_call(session: Session, call: Call, *, by: User, now: datetime) -> None:
    """Take a call back: nobody can apply any more; what was awarded stands."""
    session.refresh(call, with_for_update={"of": Call})
    _move(session, call, CallAction.WITHDRAW, by=by, now=now)


def _move(session: Session, call: Call, action: CallAction, *, by: User, now: datetime) -> None:
    call.state = next_state(TRANSITIONS, call.state, action)
    record(session, f"call:{action}", call, by=by, now=now)


def commit_money(session: Session, call: Call, amount_minor: int, *, by: User | None, now: datetime) -> EnvelopeEntry:
    """Promise `amount_minor` of the call's envelope, in its currency; `by` is None when the clock acts.

    One conditional UPDATE decides, so that promises made at the same time can never pass the envelope: of 200 times 333
    on 10,000 exactly 30 get through. The call's row stays locked until the transaction ends. Raises Conflict
    ``envelope_exhausted`` with what is `left`.
    """
    _check_positive(amount_minor)
    fits = Call.committed_minor + amount_minor <= Call.envelope_minor
    if not _draw(session, call, fits, committed_minor=Call.committed_minor + amount_minor):
        raise Conflict("envelope_exhausted", left=call.available)
    return _enter(session, call, EntryKind.COMMITTED, amount_minor, by=by, now=now)


def release_money(session: Session, call: Call, amount_minor: int, *, by: User | None, now: datetime) -> EnvelopeEntry:
    """Let go of `amount_minor` that was promised and not paid. Raises Conflict ``envelope_not_committed`` for more."""
    _check_positive(amount_minor)
    fits = Call.committed_minor - amount_minor >= Call.disbursed_minor
    if not _draw(session, call, fits, committed_minor=Call.committed_minor - amount_minor):
        raise Conflict("envelope_not_committed")
    return _enter(session, call, EntryKind.RELEASED, amount_minor, by=by, now=now)


def disburse_money(session: Session, call: Call, amount_minor: int, *, by: User | None, now: datetime) -> EnvelopeEntry:
    """Pay `amount_minor` of what was promised and not paid. Raises Conflict ``envelope_not_committed`` for more."""
    _check_positive(amount_minor)
    fits = Call.disbursed_minor + amount_minor <= Call.committed_minor
    if not _draw(session, call, fits, disbursed_minor=Call.disbursed_minor + amount_minor):
        raise Conflict("envelope_not_committed")
    return _enter(session, call, EntryKind.DISBURSED, amount_minor, by=by, now=now)


def recover_money(session: Session, call: Call, amount_minor: int, *, by: User | None, now: datetime) -> EnvelopeEntry:
    """Take back `amount_minor` that was paid; it stays promised until it is released.

    Raises Conflict ``envelope_not_disbursed`` for more than was paid.
    """
    _check_positive(amount_minor)
    fits = Call.disbursed_minor - amount_minor >= 0
    if not _draw(session, call, fits, disbursed_minor=Call.disbursed_minor - amount_minor):
        raise Conflict("envelope_not_disbursed")
    return _enter(session, call, EntryKind.RECOVERED, amount_minor, by=by, now=now)


def _check_positive(amount_minor: int) -> None:
    if amount_minor <= 0:
        raise ValueError(f"an envelope moves by positive amounts, not {amount_minor}")


def _draw(session: Session, call: Call, fits: sa.ColumnElement[bool], **totals: sa.ColumnElement[int]) -> bool:
    """Set the totals of the envelope if it `fits` in the database at this moment; `call` shows them afterwards."""
    session.flush()
    update = sa.update(Call).where(Call.id == call.id, fits).values(**totals).returning(Call.id)
    moved = session.execute(update, execution_options={"synchronize_session": False}).scalar_one_or_none()
    session.refresh(call, ["envelope_minor", "committed_minor", "disbursed_minor"])
    return moved is not None


def _enter(
    session: Session, call: Call, kind: EntryKind, amount_minor: int, *, by: User | None, now: datetime
) -> EnvelopeEntry:
    entry = EnvelopeEntry(
        call_id=call.id, kind=kind, amount_minor=amount_minor, at=now, actor_id=None if by is None else by.id
    )
    session.add(entry)
    session.flush()
    return entry
