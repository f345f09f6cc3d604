"""Paying out: orders, the bank files that carry them, and what the bank said.

Any package above may order a payment, for an award or not. For the travel of a hosted buyer, say:

    subsidies.commit_money(session, call, 40_000, by=officer, now=now)         # when it is promised
    applications.order_payment(session, call, 40_000, Purpose.HOSTED_BUYER, reference=f"visit:{visit.id}",
                               payee=buyer, by=finance, now=now)                        # when it is to be paid

A second order of the same reference is refused by the database (Conflict ``disbursement_ordered``). From there on
finance staff do the rest on their pages: the account, the file, paid or failed; `queries.disbursement_by_reference`
tells how far it is. The money leaves the envelope when the file is made, and is in it again when the bank returns it.
"""

import secrets
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.accounts import queries as accounts
from fairlink.accounts.models import Organisation, User
from fairlink.applications import queries
from fairlink.applications.emails import money as emails
from fairlink.applications.exports import banks
from fairlink.applications.models import Award, Disbursement, DisbursementBatch, PayoutAccount
from fairlink.applications.rules import payouts as rules
from fairlink.applications.states.money import (
    DISBURSEMENT_TRANSITIONS,
    DisbursementAction,
    DisbursementState,
    FileKind,
    Purpose,
)
from fairlink.audit.service import record
from fairlink.kernel.errors import Conflict, Invalid
from fairlink.kernel.states import next_state
from fairlink.subsidies.models import Call
from fairlink.subsidies.service import disburse_money, recover_money, release_money


def order_payment(
    session: Session,
    call: Call,
    amount_minor: int,
    purpose: Purpose,
    *,
    reference: str,
    payee: Organisation | None,
    payee_name: str = "",
    award: Award | None = None,
    firm_id: int | None = None,
    by: User | None,
    now: datetime,
) -> Disbursement:
    """Let finance pay `amount_minor` of the call's currency from its envelope, which must have been committed.

    `payee` is None for somebody outside the platform, named by `payee_name`. With `award` the amount also counts
    against it: raises Conflict ``award_overdrawn`` above what is left of it. `firm_id` is the firm that it supports,
    whoever is paid: what is taken back is asked from that firm.
    """
    if award is not None:
        draw_award(session, award, disbursed=amount_minor)
    disbursement = Disbursement(
        agency_id=call.agency_id,
        call=call,
        award=award,
        purpose=purpose,
        reference=reference,
        payee=payee,
        payee_name=payee.name if payee else payee_name,
        firm_id=firm_id,
        amount_minor=amount_minor,
        currency=call.currency,
        state=DisbursementState.WAITING,
        ordered_at=now,
        ordered_by_id=by.id if by else None,
    )
    session.add(disbursement)
    record(session, "disbursement:order", disbursement, by=by, now=now, amount_minor=amount_minor)
    return disbursement


def draw_award(session: Session, award: Award, *, disbursed: int = 0, released: int = 0) -> None:
    """Move an award's sums in one conditional UPDATE, back if negative. Raises Conflict ``award_overdrawn``."""
    session.flush()
    paid, gone = Award.disbursed_minor + disbursed, Award.released_minor + released
    update = sa.update(Award).where(Award.id == award.id, paid + gone <= Award.amount_minor, paid >= 0, gone >= 0)
    moved = session.execute(
        update.values(disbursed_minor=paid, released_minor=gone).returning(Award.id),
        execution_options={"synchronize_session": False},
    ).scalar_one_or_none()
    session.refresh(award, ["disbursed_minor", "released_minor"])
    if moved is None:
        raise Conflict("award_overdrawn")


def release_left(session: Session, award: Award, *, keep_minor: int = 0, by: User | None, now: datetime) -> int:
    """Return to the envelope what of an award is neither paid nor to be kept; gives back how much that was."""
    amount_minor = award.left.minor - keep_minor
    if amount_minor <= 0:
        return 0
    draw_award(session, award, released=amount_minor)
    release_money(session, award.application.call, amount_minor, by=by, now=now)
    record(session, "award:release", award, by=by, now=now, amount_minor=amount_minor)
    return amount_minor


def cancel_waiting(session: Session, award: Award, *, by: User | None, now: datetime) -> None:
    """Take back every order of an award that is in no bank file yet."""
    for disbursement in queries.waiting_of_award(session, award.id):
        _move(session, disbursement, DisbursementAction.CANCEL, by=by, now=now)
        draw_award(session, award, disbursed=-disbursement.amount_minor)


def _move(
    session: Session,
    disbursement: Disbursement,
    action: DisbursementAction,
    *,
    by: User | None,
    now: datetime,
    **data: Any,
) -> None:
    disbursement.state = next_state(DISBURSEMENT_TRANSITIONS, disbursement.state, action)
    record(session, f"disbursement:{action}", disbursement, by=by, now=now, **data)


def save_account(
    session: Session,
    organisation: Organisation,
    *,
    holder: str,
    number: str,
    bic: str,
    bank: str,
    by: User,
    now: datetime,
) -> PayoutAccount:
    """Where an organisation is paid from now on; what is in a bank file already keeps its account."""
    account = session.get(PayoutAccount, organisation.id, with_for_update=True)
    if account is None:
        account = PayoutAccount(organisation_id=organisation.id)
        session.add(account)
    account.holder, account.number, account.bic, account.bank = holder, number, bic, bank
    account.changed_at, account.changed_by_id = now, by.id
    record(session, "payout_account:save", organisation, by=by, now=now, number=account.masked)
    return account


def enter_account(
    session: Session, disbursement: Disbursement, *, holder: str, number: str, bic: str, by: User, now: datetime
) -> None:
    """Where a payee outside the platform is paid. Raises Conflict for one in a file, or one with its own account."""
    session.refresh(disbursement, with_for_update={"of": Disbursement})
    if disbursement.state != DisbursementState.WAITING or disbursement.payee_id is not None:
        raise Conflict("account_not_yours_to_enter")
    disbursement.holder, disbursement.number, disbursement.bic = holder, number, bic
    record(session, "disbursement:account", disbursement, by=by, now=now, number=disbursement.masked)


def make_batch(
    session: Session, agency: Organisation, kind: FileKind, currency: str, *, by: User, now: datetime
) -> DisbursementBatch:
    """Everything that waits in `currency` and fits this kind of file, as one file for the agency's bank.

    Each payment is entered in its envelope as disbursed. Raises Invalid if the agency has no account or nothing waits.
    """
    account = queries.payout_account(session, agency.id)
    if account is None:
        raise Invalid("agency_without_account")
    waiting = queries.lock_waiting(session, agency.id, currency)
    _take_accounts(session, waiting)
    chosen = [
        each for each in waiting if each.number and rules.file_kind(currency, account.number, each.number) == kind
    ]
    if not chosen:
        raise Invalid("nothing_to_send")
    if kind == FileKind.PAIN_001:
        message_id, content = banks.pain_001(account, chosen, rules.execution_day(now.date()))
    else:
        message_id, content = f"FL{now:%Y%m%d}{secrets.token_hex(6)}", banks.bank_table(chosen)
    batch = DisbursementBatch(
        agency_id=agency.id,
        kind=kind,
        message_id=message_id,
        amount_minor=sum(each.amount_minor for each in chosen),
        currency=currency,
        content=content,
        made_at=now,
        made_by_id=by.id,
    )
    session.add(batch)
    session.flush()
    for each in chosen:
        each.batch = batch
        _move(session, each, DisbursementAction.SEND, by=by, now=now, batch_id=batch.id)
        disburse_money(session, each.call, each.amount_minor, by=by, now=now)
    record(session, "batch:make", batch, by=by, now=now, payments=len(chosen))
    return batch


def _take_accounts(session: Session, disbursements: Sequence[Disbursement]) -> None:
    found = queries.payout_accounts(session, {each.payee_id for each in disbursements if each.payee_id})
    for each in disbursements:
        if each.payee_id is not None and (account := found.get(each.payee_id)):
            each.holder, each.number, each.bic = account.holder, account.number, account.bic


def mark_paid(session: Session, batch: DisbursementBatch, on: date, *, by: User, now: datetime) -> int:
    """The bank has made the payments of a file, besides those that were marked as failed; returns how many."""
    sent = [each for each in queries.lock_batch(session, batch.id) if each.state == DisbursementState.SENT]
    for each in sent:
        each.settled_on = on
        _move(session, each, DisbursementAction.PAY, by=by, now=now)
    return len(sent)


def mark_failed(
    session: Session, disbursement: Disbursement, on: date, problem: str, *, by: User, now: datetime
) -> None:
    """The bank has sent a payment back: the envelope has the money again, the payee is asked about its account."""
    session.refresh(disbursement, with_for_update={"of": Disbursement})
    disbursement.settled_on, disbursement.problem = on, problem
    _move(session, disbursement, DisbursementAction.FAIL, by=by, now=now)
    if disbursement.award is not None:
        draw_award(session, disbursement.award, disbursed=-disbursement.amount_minor)
    recover_money(session, disbursement.call, disbursement.amount_minor, by=by, now=now)
    if disbursement.payee_id and (person := accounts.contact(session, disbursement.payee_id)):
        emails.payout_failed(session, disbursement, person, now=now)


def order_again(session: Session, disbursement: Disbursement, *, by: User, now: datetime) -> Disbursement:
    """Pay what failed once more, as an order of its own. Raises Conflict if it did not fail."""
    session.refresh(disbursement, with_for_update={"of": Disbursement})
    if disbursement.state != DisbursementState.FAILED:
        raise Conflict("disbursement_not_failed")
    return order_payment(
        session,
        disbursement.call,
        disbursement.amount_minor,
        disbursement.purpose,
        reference=f"{disbursement.reference}:again",
        payee=disbursement.payee,
        payee_name=disbursement.payee_name,
        award=disbursement.award,
        firm_id=disbursement.firm_id,
        by=by,
        now=now,
    )
