"""Reads of fairs: the public catalogue, an agency's own fairs, stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from fairlink.accounts.models import Sector
from fairlink.fairs.models import Fair, FairSector, Stand, TimeSlot
from fairlink.fairs.states import FairState

#: How much of a typed word's trigrams a fair's text must share; forgives a letter wrong, missing or swapped.
LIKENESS = 0.4

#: The keys by which lists of fairs are paged.
BY_FIRST_DAY = (Fair.__table__.c.starts_on, Fair.__table__.c.id)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a visitor of the catalogue looks for; an empty value asks for nothing."""

    text: str = ""
    country: str = ""
    sector: str = ""
    #: Any day of the month.
    month: date | None = None
    #: Fairs that are over, instead of those to come.
    past: bool = False


def fair(session: Session, fair_id: int) -> Fair | None:
    """One fair with its agency and sectors."""
    query = sa.select(Fair).where(Fair.id == fair_id).options(joinedload(Fair.agency), selectinload(Fair.sectors))
    return session.scalars(query).one_or_none()


def edition_exists(session: Session, name: str, edition: str, *, besides: Fair | None) -> bool:
    """Whether a fair other than `besides` has this name and edition."""
    same = sa.select(Fair.id).where(Fair.name == name, Fair.edition == edition)
    return session.scalar(same) not in (None, besides.id if besides else None)


def sectors_of(session: Session, codes: Sequence[str]) -> list[Sector]:
    """The sectors of these codes, by code; unknown ones are left out."""
    return list(session.scalars(sa.select(Sector).where(Sector.code.in_(codes)).order_by(Sector.code)))


def _since(now: datetime) -> date:
    """The last day that is over everywhere on earth: a fair that ends later may still be open."""
    return (now - timedelta(hours=12)).date()


def _public(past: bool, now: datetime) -> list[sa.ColumnElement[bool]]:
    over = Fair.ends_on < _since(now)
    return [Fair.state != FairState.DRAFT, Fair.published_at.is_not(None), over if past else sa.not_(over)]


def _matching(session: Session, wanted: Wanted, now: datetime) -> sa.Select[Fair]:
    query = sa.select(Fair).where(*_public(wanted.past, now))
    if words := wanted.text.split():
        session.execute(sa.select(sa.func.set_config("pg_trgm.word_similarity_threshold", str(LIKENESS), True)))
        for word in words[:8]:
            query = query.where(sa.func.lower(sa.func.fairlink_unaccent(word)).op("<%")(Fair.search))
    if wanted.country:
        query = query.where(Fair.country == wanted.country)
    if wanted.sector:
        in_sector = sa.select(FairSector.fair_id).where(FairSector.sector_code == wanted.sector)
        query = query.where(Fair.id.in_(in_sector))
    if wanted.month:
        first = wanted.month.replace(day=1)
        next_first = (first + timedelta(days=31)).replace(day=1)
        query = query.where(Fair.starts_on < next_first, Fair.ends_on >= first)
    return query


def catalogue(session: Session, wanted: Wanted, *, now: datetime) -> sa.Select[Fair]:
    """The public fairs of `wanted` with their sectors, to be paged by `BY_FIRST_DAY`."""
    return _matching(session, wanted, now).options(selectinload(Fair.sectors))


def catalogue_size(session: Session, wanted: Wanted, *, now: datetime) -> int:
    """How many fairs the whole catalogue of `wanted` has."""
    found = _matching(session, wanted, now).subquery()
    return session.scalar(sa.select(sa.func.count()).select_from(found)) or 0


def catalogue_countries(session: Session, *, past: bool, now: datetime) -> Sequence[str]:
    """The countries in which there are public fairs."""
    return session.scalars(sa.select(Fair.country).where(*_public(past, now)).distinct()).all()


def catalogue_months(session: Session, *, past: bool, now: datetime) -> Sequence[date]:
    """The first days of the months in which public fairs begin, in order."""
    month = sa.cast(sa.func.date_trunc("month", Fair.starts_on), sa.Date)
    return sorted(session.scalars(sa.select(month).where(*_public(past, now)).distinct()).all(), reverse=past)


def agency_fairs(agency_id: int) -> sa.Select[Fair]:
    """The fairs of one agency in every state, to be paged by `BY_FIRST_DAY`."""
    return sa.select(Fair).where(Fair.agency_id == agency_id)


def stands(session: Session, fair: Fair) -> Sequence[Stand]:
    """The stands of a fair by label."""
    return session.scalars(sa.select(Stand).where(Stand.fair_id == fair.id).order_by(Stand.label)).all()


def stand_count(session: Session, fair: Fair) -> int:
    """How many stands a fair has."""
    return session.scalar(sa.select(sa.func.count()).where(Stand.fair_id == fair.id)) or 0


def slot_count(session: Session, fair: Fair) -> int:
    """How many time slots a fair has; none before it is published."""
    return session.scalar(sa.select(sa.func.count()).where(TimeSlot.fair_id == fair.id)) or 0
