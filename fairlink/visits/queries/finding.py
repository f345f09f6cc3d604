"""Reads by which buyers and exhibitors of a fair find each other."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from fairlink.accounts.models import HsCode, Organisation, OrganisationProduct, OrganisationSector
from fairlink.applications import queries as applications
from fairlink.applications.models import ApplicationMember, Exhibitor
from fairlink.kernel.database import occurs_in
from fairlink.visits.models import Visit
from fairlink.visits.states import VisitState

_HEADING = 4
_NAME = sa.func.lower(sa.func.fairlink_unaccent(Organisation.name))

Found = tuple[sa.Select[Any], list[sa.ColumnElement[Any]]]


def exhibitors_for(session: Session, visit: Visit, wanted: Mapping[str, str | None], *, everyone: bool) -> Found:
    """The exhibitors of the visit's fair, and the keys to page them by; unless `everyone`, those that fit the buyer.

    Two organisations fit if they share a sector or the first four digits of a product. A buyer who has named neither
    fits everybody.
    """
    query, keys = applications.exhibitors_found(visit.fair_id, **wanted)
    if not everyone and (fitting := _fitting(session, [visit.buyer_id])) is not None:
        with_one = sa.select(ApplicationMember.application_id).where(ApplicationMember.firm_id.in_(fitting))
        query = query.where(Exhibitor.application_id.in_(with_one))
    return query, keys


def buyers_for(session: Session, exhibitor: Exhibitor, wanted: Mapping[str, str | None], *, everyone: bool) -> Found:
    """The visits that buyers have booked to the exhibitor's fair, with keys; `wanted` and `everyone` as above."""
    query = (
        sa.select(Visit)
        .join(Organisation, Organisation.id == Visit.buyer_id)
        .where(Visit.fair_id == exhibitor.fair_id, Visit.state == VisitState.BOOKED)
        .options(
            joinedload(Visit.visitor),
            joinedload(Visit.fair),
            joinedload(Visit.buyer).options(
                selectinload(Organisation.sectors),
                selectinload(Organisation.products).joinedload(OrganisationProduct.heading),
            ),
        )
    )
    for word in (wanted.get("text") or "").split()[:8]:
        query = query.where(_mentions(word))
    if code := wanted.get("hs_code"):
        seeks = sa.select(OrganisationProduct.organisation_id).where(
            OrganisationProduct.hs_code.startswith(code, autoescape=True)
        )
        query = query.where(Visit.buyer_id.in_(seeks))
    if sector := wanted.get("sector"):
        buys = sa.select(OrganisationSector.organisation_id).where(OrganisationSector.sector_code == sector)
        query = query.where(Visit.buyer_id.in_(buys))
    if not everyone and (fitting := _fitting(session, list(exhibitor.firm_ids))) is not None:
        query = query.where(Visit.buyer_id.in_(fitting))
    return query, [_NAME, sa.inspect(Visit).primary_key[0]]


def visit_to(session: Session, exhibitor: Exhibitor, visit_id: int) -> Visit | None:
    """A booked visit to the exhibitor's fair, as `buyers_for` lists it."""
    query, _ = buyers_for(session, exhibitor, {}, everyone=True)
    found: Visit | None = session.scalars(query.where(Visit.id == visit_id)).one_or_none()
    return found


def _fitting(session: Session, organisation_ids: Sequence[int]) -> sa.Select[int] | None:
    """The organisations that share a sector or a heading with one of these; None if these have named neither."""
    sectors = session.scalars(
        sa.select(OrganisationSector.sector_code).where(OrganisationSector.organisation_id.in_(organisation_ids))
    ).all()
    codes = session.scalars(
        sa.select(OrganisationProduct.hs_code).where(OrganisationProduct.organisation_id.in_(organisation_ids))
    ).all()
    if not sectors and not codes:
        return None
    same_sector = sa.select(OrganisationSector.organisation_id).where(OrganisationSector.sector_code.in_(set(sectors)))
    headings = {code[:_HEADING] for code in codes}
    same_heading = sa.select(OrganisationProduct.organisation_id).where(
        sa.func.left(OrganisationProduct.hs_code, _HEADING).in_(headings)
    )
    either = sa.union(same_sector, same_heading).subquery()
    return sa.select(either.c.organisation_id)


def _mentions(word: str) -> sa.ColumnElement[bool]:
    """Whether the buyer or one of the products it seeks is called so."""
    seeking = (
        sa.select(OrganisationProduct.organisation_id)
        .join(HsCode, HsCode.code == OrganisationProduct.hs_code)
        .where(sa.or_(occurs_in(word, OrganisationProduct.note), occurs_in(word, HsCode.name)))
    )
    return sa.or_(occurs_in(word, Organisation.name), Visit.buyer_id.in_(seeking))
