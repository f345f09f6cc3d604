"""Reads of exhibitors, for staff, the public page of a fair, and the visits of buyers."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from fairlink.accounts.models import HsCode, Organisation, OrganisationProduct, OrganisationSector
from fairlink.applications.models import Application, ApplicationMember, Exhibitor, ProducerGroup
from fairlink.fairs.models import Fair, Stand
from fairlink.kernel.database import occurs_in

_NAME = sa.func.lower(sa.func.fairlink_unaccent(sa.func.coalesce(ProducerGroup.name, Organisation.name)))

_WITH_FIRMS = (
    joinedload(Exhibitor.fair),
    joinedload(Exhibitor.stand),
    joinedload(Exhibitor.application).options(
        joinedload(Application.group),
        joinedload(Application.lead_firm),
        selectinload(Application.members)
        .joinedload(ApplicationMember.firm)
        .options(
            selectinload(Organisation.products).joinedload(OrganisationProduct.heading),
            selectinload(Organisation.sectors),
        ),
    ),
)


def exhibitor(session: Session, exhibitor_id: int) -> Exhibitor | None:
    """One exhibitor with its fair, stand, member firms and their products."""
    query = sa.select(Exhibitor).where(Exhibitor.id == exhibitor_id).options(*_WITH_FIRMS)
    return session.scalars(query).one_or_none()


def exhibitor_of_application(session: Session, application_id: int) -> Exhibitor | None:
    """The exhibitor that an application became, with its fair, stand and firms."""
    query = sa.select(Exhibitor).where(Exhibitor.application_id == application_id).options(*_WITH_FIRMS)
    return session.scalars(query).one_or_none()


def exhibitors_found(
    fair_id: int, *, text: str | None = None, hs_code: str | None = None, sector: str | None = None
) -> tuple[sa.Select[Exhibitor], list[sa.ColumnElement[Any]]]:
    """The exhibitors of a fair with the products of all member firms, and the keys (name, id) to page them by.

    `text` is looked for in the names of the group and its firms and in their products, accents forgiven; `hs_code` is
    the beginning of a heading (2, 4 or 6 digits); `sector` a code. An empty value asks for nothing.
    """
    query = _taking_part(fair_id).options(*_WITH_FIRMS)
    for condition in _conditions(text, hs_code, sector):
        query = query.where(condition)
    return query, [_NAME, sa.inspect(Exhibitor).primary_key[0]]


def _taking_part(fair_id: int) -> sa.Select[Exhibitor]:
    return (
        sa.select(Exhibitor)
        .join(Application, Application.id == Exhibitor.application_id)
        .join(Organisation, Organisation.id == Application.lead_firm_id)
        .outerjoin(ProducerGroup, ProducerGroup.id == Application.group_id)
        .where(Exhibitor.fair_id == fair_id, Exhibitor.withdrawn_at.is_(None))
    )


def _conditions(text: str | None, hs_code: str | None, sector: str | None) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    for word in (text or "").split()[:8]:
        conditions.append(_mentions(word))
    if hs_code:
        offers = sa.select(OrganisationProduct.organisation_id).where(
            OrganisationProduct.hs_code.startswith(hs_code, autoescape=True)
        )
        conditions.append(_has_firm(offers))
    if sector:
        works_in = sa.select(OrganisationSector.organisation_id).where(OrganisationSector.sector_code == sector)
        conditions.append(_has_firm(works_in))
    return conditions


def _has_firm(firm_ids: sa.Select[int]) -> sa.ColumnElement[bool]:
    return Application.id.in_(
        sa.select(ApplicationMember.application_id).where(ApplicationMember.firm_id.in_(firm_ids))
    )


def _mentions(word: str) -> sa.ColumnElement[bool]:
    """Whether the group, one of its firms or one of their products is called so."""
    offering = (
        sa.select(OrganisationProduct.organisation_id)
        .join(HsCode, HsCode.code == OrganisationProduct.hs_code)
        .where(sa.or_(occurs_in(word, OrganisationProduct.note), occurs_in(word, HsCode.name)))
    )
    return sa.or_(_is_named(word), _has_firm(offering))


def _is_named(word: str) -> sa.ColumnElement[bool]:
    """Whether the group or one of its firms is called so."""
    firm = aliased(Organisation)
    return sa.or_(occurs_in(word, ProducerGroup.name), _has_firm(sa.select(firm.id).where(occurs_in(word, firm.name))))


def exhibitors_named(text: str) -> sa.Select[int]:
    """The ids of exhibitors, at whatever fair, whose group or one of whose firms is called so."""
    return (
        sa.select(Exhibitor.id)
        .join(Application, Application.id == Exhibitor.application_id)
        .outerjoin(ProducerGroup, ProducerGroup.id == Application.group_id)
        .where(_is_named(text))
    )


def exhibitors_of_firm(session: Session, firm_id: int) -> Sequence[Exhibitor]:
    """The exhibitors in which a firm takes part, the latest fair first; ended ones are left out."""
    taking_part = sa.select(ApplicationMember.application_id).where(ApplicationMember.firm_id == firm_id)
    query = (
        sa.select(Exhibitor)
        .join(Fair, Fair.id == Exhibitor.fair_id)
        .where(Exhibitor.application_id.in_(taking_part), Exhibitor.withdrawn_at.is_(None))
        .options(*_WITH_FIRMS)
        .order_by(Fair.starts_on.desc(), Exhibitor.id)
    )
    return session.scalars(query).all()


def free_stands(session: Session, fair_id: int) -> Sequence[Stand]:
    """The stands of a fair that no exhibitor has, by label."""
    query = (
        sa.select(Stand).where(Stand.fair_id == fair_id, Stand.id.not_in(taken_stands(fair_id))).order_by(Stand.label)
    )
    return session.scalars(query).all()


def taken_stands(fair_id: int) -> sa.Select[int | None]:
    """The ids of the stands of a fair that exhibitors have."""
    return sa.select(Exhibitor.stand_id).where(
        Exhibitor.fair_id == fair_id, Exhibitor.stand_id.is_not(None), Exhibitor.withdrawn_at.is_(None)
    )
