"""What came in on the agency's account by its bank's statements, and files that tell the bank to send money back."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from stdnum import iban

from fairlink.accounts.models import User
from fairlink.audit.service import record
from fairlink.kernel.errors import Conflict, Invalid
from fairlink.kernel.states import next_state
from fairlink.payments import queries, rules
from fairlink.payments.models import BankAccount, BankEntry, BankFile, Charge, Payment, Refund, RefundFile
from fairlink.payments.rules import BankLine, Owing
from fairlink.payments.service.refunds import mark_sent
from fairlink.payments.service.transfers import Sender, take_transfer
from fairlink.payments.states import ENTRY_TRANSITIONS, EntryAction, EntryState, FileFormat, RefundState


def import_statement(
    session: Session, agency_id: int, name: str, content: bytes, *, by: User, now: datetime
) -> tuple[BankFile, int]:
    """Take a bank statement in: what is certain is booked at once, the rest waits; returns the file and how many were
    booked.

    Entries that another file told of already are left out. Raises Invalid, and takes nothing, for a file that is not
    wholly a statement of the agency's account or that was imported before.
    """
    account = queries.bank_account(session, agency_id)
    if account is None:
        raise Invalid("account_missing", field="file")
    lines = rules.read_statement(content, account.number)
    digest = hashlib.sha256(content).hexdigest()
    file = BankFile(agency_id=agency_id, digest=digest, name=name[:200], entries=0, imported_at=now, imported_by=by)
    session.add(file)
    record(session, "bank_file:import", file, by=by, now=now, lines=len(lines))
    new = [entry for line in lines if (entry := _enter(session, file, line))]
    file.entries = len(new)
    return file, _book_certain(session, new, by=by, now=now)


def _enter(session: Session, file: BankFile, line: BankLine) -> BankEntry | None:
    """The row of a line; None if it is there already, also by somebody who imports at the same moment."""
    values = {
        "agency_id": file.agency_id,
        "file_id": file.id,
        "identity": line.identity,
        "state": EntryState.OPEN,
        "booked_on": line.booked_on,
        "amount_minor": line.amount_minor,
        "currency": line.currency,
        "payer": line.payer,
        "account": line.account,
        "reference": line.reference,
        "text": line.text,
        "note": "",
    }
    row = insert(BankEntry).values(values).on_conflict_do_nothing().returning(BankEntry)
    return session.scalars(row).one_or_none()


def _book_certain(session: Session, entries: Sequence[BankEntry], *, by: User, now: datetime) -> int:
    if not entries:
        return 0
    owing = {each.charge_id: each for each in queries.owing(session, entries[0].agency_id)}
    booked = 0
    for entry in entries:
        certain = rules.match(
            amount_minor=entry.amount_minor,
            currency=entry.currency,
            payer=entry.payer,
            told=entry.told,
            owing=owing.values(),
        ).certain
        if certain is not None:
            _book(session, entry, {certain: entry.amount_minor}, by=by, now=now)
            owing[certain] = _less(owing[certain], entry.amount_minor)
            booked += 1
    return booked


def _less(owing: Owing, amount_minor: int) -> Owing:
    return replace(owing, left_minor=owing.left_minor - amount_minor)


def book(session: Session, entry: BankEntry, charges: Sequence[Charge], *, by: User, now: datetime) -> None:
    """Say for which charges the money was: each gets what is left of it, and the first what is over.

    Raises Invalid for charges of another agency, fair or currency, Conflict for what was booked meanwhile.
    """
    locked = queries.lock_entry(session, entry.id)
    charges = queries.lock_charges(session, [charge.id for charge in charges])
    same = {(each.agency_id, each.currency) for each in charges} == {(locked.agency_id, locked.currency)}
    if not same or len({each.fair_id for each in charges}) > 1:
        raise Invalid("charge_not_fitting", field="reference")
    rest, parts = locked.amount_minor, {}
    for charge in charges:
        parts[charge.id] = min(rest, charge.left.minor)
        rest -= parts[charge.id]
    parts[charges[0].id] += rest
    _book(session, locked, {key: minor for key, minor in parts.items() if minor}, by=by, now=now)


def _book(session: Session, entry: BankEntry, parts: dict[int, int], *, by: User, now: datetime) -> None:
    sender = Sender(entry.payer, entry.account)
    payment = take_transfer(session, parts, entry.booked_on, sender, by=by, now=now)
    _move_entry(session, entry, EntryAction.BOOK, by=by, now=now, payment=payment)


def set_aside(session: Session, entry: BankEntry, note: str, *, by: User, now: datetime) -> None:
    """This money is not for a charge."""
    locked = queries.lock_entry(session, entry.id)
    locked.note = note
    _move_entry(session, locked, EntryAction.SET_ASIDE, by=by, now=now)


def _move_entry(
    session: Session,
    entry: BankEntry,
    action: EntryAction,
    *,
    by: User,
    now: datetime,
    payment: Payment | None = None,
) -> None:
    entry.state, entry.payment = next_state(ENTRY_TRANSITIONS, entry.state, action), payment
    record(session, f"bank_entry:{action}", entry, by=by, now=now)


def make_refund_files(session: Session, agency_id: int, *, by: User, now: datetime) -> list[RefundFile]:
    """Put all transfers back that are in no file into files: one for SEPA, one table for the rest.

    Raises Conflict if there are none.
    """
    account = queries.bank_account(session, agency_id)
    waiting = [each for each in queries.transfers_back(session, agency_id) if each.file_id is None]
    by_format: dict[FileFormat, list[Refund]] = {}
    for refund in waiting:
        by_format.setdefault(_format(account, refund), []).append(refund)
    if not by_format:
        raise Conflict("no_transfers_back")
    made = []
    for form, refunds in sorted(by_format.items()):
        file = RefundFile(agency_id=agency_id, format=form, made_at=now, made_by_id=by.id)
        session.add(file)
        record(session, "refund_file:make", file, by=by, now=now, refunds=[each.id for each in refunds])
        for refund in refunds:
            refund.file_id = file.id
        made.append(file)
    return made


def _format(account: BankAccount | None, refund: Refund) -> FileFormat:
    numbers = (account.number if account else "", refund.payment.account_number)
    is_sepa = refund.currency == "EUR" and all(iban.is_valid(each) for each in numbers)
    return FileFormat.PAIN if is_sepa else FileFormat.CSV


def mark_file_sent(session: Session, file: RefundFile, *, by: User, now: datetime) -> None:
    """The agency's bank has carried a file out: what of it was still to be sent is."""
    for refund in queries.refunds_in_file(session, file.id):
        if refund.state == RefundState.REQUESTED:
            mark_sent(session, refund, by=by, now=now)
