"""The only hands that write the aid ledger, its register exports, links between firms and exchange rates."""

import io
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from defusedcsv import csv
from sqlalchemy.orm import Session

from fairlink.accounts import queries as accounts
from fairlink.accounts.models import Organisation, SingleUndertaking, User
from fairlink.audit.service import record
from fairlink.kernel.errors import Conflict, Invalid
from fairlink.kernel.money import Money
from fairlink.kernel.states import next_state
from fairlink.subsidies.models import AidEntry, AidExport, AidExportRow, ExchangeRate, FirmLink
from fairlink.subsidies.queries import aid as queries
from fairlink.subsidies.rules.document import AidCeiling
from fairlink.subsidies.rules.register import register_by
from fairlink.subsidies.rules.undertakings import held_together
from fairlink.subsidies.states.aid import LINK_TRANSITIONS, AidKind, LinkAction, LinkState

COLUMNS = (
    "entry",
    "kind",
    "beneficiary",
    "country",
    "company_number",
    "regime",
    "granted_on",
    "amount",
    "currency",
    "rate",
    "ceiling_currency",
    "reference",
    "register_by",
)


def enter_aid(
    session: Session,
    kind: AidKind,
    firm_id: int,
    ceiling: AidCeiling,
    amount: Money,
    *,
    agency_id: int,
    granted_on: date,
    reference: str,
    by: User | None,
    now: datetime,
) -> AidEntry:
    """Enter aid granted here, or declared by the firm, on the day its right was granted.

    Raises Conflict ``exchange_rate_missing`` if the ceiling is in a currency for which the agency has no rate.
    """
    rate = queries.exchange_rate(session, agency_id, amount.currency, ceiling.currency, granted_on)
    if rate is None:
        raise Conflict("exchange_rate_missing", currency=amount.currency, into=ceiling.currency)
    entry = AidEntry(
        agency_id=agency_id,
        firm_id=firm_id,
        kind=kind,
        regime=ceiling.code,
        granted_on=granted_on,
        amount_minor=amount.minor,
        currency=amount.currency,
        rate=rate,
        ceiling_currency=ceiling.currency,
        reference=reference,
        at=now,
        actor_id=by.id if by else None,
    )
    session.add(entry)
    record(session, f"aid:{kind}", entry, by=by, now=now, amount_minor=amount.minor)
    return entry


def correct_aid(
    session: Session, reference: str, firm_id: int, amount_minor: int, *, by: User | None, now: datetime
) -> None:
    """Take `amount_minor` off what was granted to a firm under a reference, under each regime, to nothing at most."""
    for aid in queries.aid_of_reference(session, reference, firm_id):
        taken = min(amount_minor, aid.left.minor)
        if taken <= 0:
            continue
        entry = AidEntry(
            agency_id=aid.entry.agency_id,
            firm_id=firm_id,
            kind=AidKind.CORRECTED,
            regime=aid.entry.regime,
            granted_on=aid.entry.granted_on,
            amount_minor=taken,
            currency=aid.entry.currency,
            rate=aid.entry.rate,
            ceiling_currency=aid.entry.ceiling_currency,
            reference=reference,
            corrects_id=aid.entry.id,
            at=now,
            actor_id=by.id if by else None,
        )
        session.add(entry)
        record(session, "aid:corrected", entry, by=by, now=now, amount_minor=taken)


def export_register(session: Session, agency: Organisation, *, by: User, now: datetime) -> AidExport:
    """Hand over everything that the register lacks, as one CSV file. Raises Invalid if it lacks nothing."""
    session.refresh(agency, with_for_update={"of": Organisation})
    entries = queries.to_register(session, agency.id)
    if not entries:
        raise Invalid("nothing_to_register")
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for entry in entries:
        writer.writerow(
            [
                entry.id,
                entry.kind.value,
                entry.firm.name,
                entry.firm.country,
                entry.firm.company_number or "",
                entry.regime,
                entry.granted_on.isoformat(),
                # Without a sign, which would be defused as a formula: a correction says by its kind that it takes away.
                entry.amount.to_major(),
                entry.currency,
                entry.rate.normalize(),
                entry.ceiling_currency,
                entry.reference,
                register_by(entry.granted_on).isoformat(),
            ]
        )
    export = AidExport(agency_id=agency.id, made_at=now, made_by_id=by.id, content=text.getvalue().encode())
    export.rows = [AidExportRow(entry_id=entry.id) for entry in entries]
    session.add(export)
    record(session, "aid:export", export, by=by, now=now, entries=len(entries))
    return export


def save_exchange_rate(
    session: Session,
    agency_id: int,
    currency: str,
    into: str,
    since_on: date,
    rate: Decimal,
    *,
    by: User,
    now: datetime,
) -> ExchangeRate:
    """What one `currency` is worth in `into` from a day on. Raises Invalid for one and the same currency."""
    if currency == into:
        raise Invalid("same_currency", field="into")
    made = ExchangeRate(
        agency_id=agency_id, currency=currency, into_currency=into, since_on=since_on, rate=rate, entered_by_id=by.id
    )
    session.add(made)
    record(session, "exchange_rate:enter", made, by=by, now=now)
    return made


def declare_link(
    session: Session, firm: Organisation, *, name: str, country: str, company_number: str, by: User, now: datetime
) -> FirmLink:
    """A firm says that another is under common control with it. Whether that one is known here is not told."""
    link = FirmLink(
        firm=firm,
        name=name,
        country=country,
        company_number=company_number,
        state=LinkState.DECLARED,
        declared_at=now,
        declared_by_id=by.id,
    )
    session.add(link)
    record(session, "firm_link:declare", link, by=by, now=now)
    return link


def confirm_link(session: Session, link: FirmLink, *, by: User, now: datetime) -> None:
    """Staff have found it to be so: both firms belong to one single undertaking from now on, with all linked to them.

    Raises Conflict ``linked_firm_unknown`` while the other firm is not on the platform.
    """
    session.refresh(link, with_for_update={"of": FirmLink})
    other = accounts.organisation_by_number(session, link.country, link.company_number)
    if other is None or other.id == link.firm_id:
        raise Conflict("linked_firm_unknown")
    link.other, link.decided_at, link.decided_by_id = other, now, by.id
    _move(session, link, LinkAction.CONFIRM, by=by, now=now, other_id=other.id)
    _join(session, link.firm, other)


def _join(session: Session, firm: Organisation, other: Organisation) -> None:
    if firm.undertaking_id is None and other.undertaking_id is None:
        undertaking = SingleUndertaking(name=firm.name)
        session.add(undertaking)
        session.flush()
        firm.undertaking_id = other.undertaking_id = undertaking.id
    elif firm.undertaking_id is None:
        firm.undertaking_id = other.undertaking_id
    elif other.undertaking_id is None:
        other.undertaking_id = firm.undertaking_id
    else:
        for each in accounts.firms_of_undertaking(session, other.undertaking_id):
            each.undertaking_id = firm.undertaking_id
    session.flush()


def refuse_link(session: Session, link: FirmLink, *, by: User, now: datetime) -> None:
    """Staff have found that it is not so."""
    session.refresh(link, with_for_update={"of": FirmLink})
    link.decided_at, link.decided_by_id = now, by.id
    _move(session, link, LinkAction.REFUSE, by=by, now=now)


def end_link(session: Session, link: FirmLink, reason: str, *, by: User, now: datetime) -> None:
    """Staff take back a link: firms that no other confirmed link holds together count apart from now on.

    What was granted stays. Raises TransitionNotAllowed for one that was refused or has ended.
    """
    session.refresh(link, with_for_update={"of": FirmLink})
    was_confirmed = link.state == LinkState.CONFIRMED
    link.decided_at, link.decided_by_id = now, by.id
    _move(session, link, LinkAction.END, by=by, now=now, reason=reason)
    if was_confirmed and link.firm.undertaking_id is not None:
        session.flush()
        _part(session, link.firm.undertaking_id)


def _part(session: Session, undertaking_id: int) -> None:
    """The largest part keeps the undertaking, each other gets its own, and a firm alone needs none."""
    firms = {firm.id: firm for firm in accounts.firms_of_undertaking(session, undertaking_id)}
    kept, *others = held_together(firms, queries.linked_pairs(session, firms))
    for part in others:
        own = None
        if len(part) > 1:
            own = SingleUndertaking(name=firms[min(part)].name)
            session.add(own)
            session.flush()
        for firm_id in part:
            firms[firm_id].undertaking_id = own.id if own else None
    if len(kept) == 1:
        firms[min(kept)].undertaking_id = None
    session.flush()


def _move(session: Session, link: FirmLink, action: LinkAction, *, by: User, now: datetime, **data: Any) -> None:
    link.state = next_state(LINK_TRANSITIONS, link.state, action)
    record(session, f"firm_link:{action}", link, by=by, now=now, **data)
