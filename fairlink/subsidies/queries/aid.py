"""Reads of the aid ledger: what is left of its entries, what the register lacks, links and rates."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload

from fairlink.accounts.models import Organisation
from fairlink.kernel.money import Money, minor_digits, round_half_up
from fairlink.subsidies.models import AidEntry, AidExport, AidExportRow, ExchangeRate, FirmLink
from fairlink.subsidies.states.aid import AidKind, LinkState


@dataclass(frozen=True, slots=True)
class Aid:
    """An entry that gives aid, with what its corrections have left of it and that firm's single undertaking."""

    entry: AidEntry
    left: Money
    undertaking_id: int | None

    @property
    def counted(self) -> Money:
        """What is left, in the currency of the ceiling at the rate of its day."""
        entry, left = self.entry, self.left
        digits = minor_digits(entry.ceiling_currency) - minor_digits(entry.currency)
        return Money(round_half_up((left.minor * entry.rate).scaleb(digits)), entry.ceiling_currency)


def _with_left() -> sa.Select[AidEntry, int, int | None]:
    correction = aliased(AidEntry)
    taken = (
        sa.select(sa.func.coalesce(sa.func.sum(correction.amount_minor), 0))
        .where(correction.corrects_id == AidEntry.id)
        .scalar_subquery()
    )
    left = sa.cast(AidEntry.amount_minor - taken, sa.BigInteger)
    return (
        sa.select(AidEntry, left, Organisation.undertaking_id)
        .join(Organisation, Organisation.id == AidEntry.firm_id)
        .where(AidEntry.kind != AidKind.CORRECTED)
        .order_by(AidEntry.granted_on, AidEntry.id)
    )


def _read(session: Session, query: sa.Select[AidEntry, int, int | None]) -> list[Aid]:
    return [Aid(entry, Money(left, entry.currency), where) for entry, left, where in session.execute(query)]


def aid_of_undertakings(session: Session, firms: Collection[Organisation], *, besides: str) -> list[Aid]:
    """The aid of `firms` and of all under common control with them, but that of the reference `besides`."""
    undertakings = {firm.undertaking_id for firm in firms if firm.undertaking_id}
    query = _with_left().where(
        sa.or_(AidEntry.firm_id.in_([firm.id for firm in firms]), Organisation.undertaking_id.in_(undertakings)),
        AidEntry.reference != besides,
    )
    return [aid for aid in _read(session, query) if aid.left]


def aid_of_reference(session: Session, reference: str, firm_id: int) -> list[Aid]:
    """The grants to a firm under one reference, locked by themselves: one for each regime."""
    entries = sa.select(AidEntry.id).where(AidEntry.reference == reference, AidEntry.firm_id == firm_id)
    session.execute(entries.order_by(AidEntry.id).with_for_update())
    query = _with_left().where(AidEntry.reference == reference, AidEntry.firm_id == firm_id)
    return _read(session, query.where(AidEntry.kind == AidKind.GRANTED))


def to_register(session: Session, agency_id: int) -> Sequence[AidEntry]:
    """Grants and corrections of an agency that no export has handed over, by the day of the right."""
    handed_over = sa.select(AidExportRow.entry_id)
    query = sa.select(AidEntry).where(
        AidEntry.agency_id == agency_id, AidEntry.kind != AidKind.DECLARED, AidEntry.id.not_in(handed_over)
    )
    query = query.options(joinedload(AidEntry.firm)).order_by(AidEntry.granted_on, AidEntry.id)
    return session.scalars(query).all()


def declared_aid(session: Session, agency_id: int) -> Sequence[AidEntry]:
    """The latest entries of an agency for aid that others granted, the newest first."""
    query = sa.select(AidEntry).where(AidEntry.agency_id == agency_id, AidEntry.kind == AidKind.DECLARED)
    return session.scalars(query.options(joinedload(AidEntry.firm)).order_by(AidEntry.id.desc()).limit(50)).all()


def exports_of_agency(session: Session, agency_id: int) -> Sequence[tuple[AidExport, int]]:
    """The latest exports with the number of their entries, the newest first."""
    rows = sa.select(sa.func.count()).where(AidExportRow.export_id == AidExport.id).scalar_subquery()
    query = sa.select(AidExport, rows).where(AidExport.agency_id == agency_id).options(joinedload(AidExport.made_by))
    found = session.execute(query.order_by(AidExport.id.desc()).limit(50))
    return [(export, count) for export, count in found]


def aid_export(session: Session, export_id: int) -> AidExport | None:
    """One export, without its bytes."""
    return session.get(AidExport, export_id)


def exchange_rate(session: Session, agency_id: int, currency: str, into: str, on: date) -> Decimal | None:
    """Major units of `into` for one of `currency` on a day, as the agency entered it for that day or last before.

    A rate the other way round will do; None without either.
    """
    if currency == into:
        return Decimal(1)
    pairs = {(currency, into): False, (into, currency): True}
    query = sa.select(ExchangeRate).where(
        ExchangeRate.agency_id == agency_id,
        sa.tuple_(ExchangeRate.currency, ExchangeRate.into_currency).in_(list(pairs)),
        ExchangeRate.since_on <= on,
    )
    found = session.scalars(query.order_by(ExchangeRate.since_on.desc(), ExchangeRate.id).limit(1)).one_or_none()
    if found is None:
        return None
    return 1 / found.rate if pairs[found.currency, found.into_currency] else found.rate


def exchange_rates(session: Session, agency_id: int) -> Sequence[ExchangeRate]:
    """The latest rates of an agency, the newest first."""
    query = sa.select(ExchangeRate).where(ExchangeRate.agency_id == agency_id)
    return session.scalars(query.order_by(ExchangeRate.since_on.desc(), ExchangeRate.id.desc()).limit(100)).all()


def firm_link(session: Session, link_id: int) -> FirmLink | None:
    """One link between firms."""
    return session.get(FirmLink, link_id, options=[joinedload(FirmLink.firm), joinedload(FirmLink.other)])


def links_of_firm(session: Session, firm_id: int) -> Sequence[FirmLink]:
    """What a firm declared, oldest first, but what it took back."""
    query = sa.select(FirmLink).where(FirmLink.firm_id == firm_id, FirmLink.state != LinkState.ENDED)
    return session.scalars(query.options(joinedload(FirmLink.other)).order_by(FirmLink.id)).all()


def links_in_state(session: Session, firm_ids: sa.Select[int], state: LinkState) -> Sequence[FirmLink]:
    """The links in one state that the firms which a query selects have declared, oldest first."""
    query = sa.select(FirmLink).where(FirmLink.state == state, FirmLink.firm_id.in_(firm_ids))
    query = query.options(joinedload(FirmLink.firm), joinedload(FirmLink.other))
    return session.scalars(query.order_by(FirmLink.id).limit(100)).all()


def linked_pairs(session: Session, firm_ids: Collection[int]) -> list[tuple[int, int]]:
    """The firms that confirmed links hold together, two by two."""
    query = sa.select(FirmLink.firm_id, FirmLink.other_id).where(
        FirmLink.state == LinkState.CONFIRMED, FirmLink.firm_id.in_(firm_ids)
    )
    return [(firm_id, other_id) for firm_id, other_id in session.execute(query) if other_id is not None]
