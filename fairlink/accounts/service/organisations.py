"""Registering agencies, firms and buyers, and keeping what is known of them up to date."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.accounts import queries
from fairlink.accounts.models import (
    FirmYear,
    FirmYearMarket,
    Membership,
    Organisation,
    OrganisationProduct,
    Sector,
    User,
)
from fairlink.accounts.rules import HEAD_OF_KIND
from fairlink.accounts.service.colleagues import invite_colleague
from fairlink.accounts.states import Kind, Role
from fairlink.audit import service as audit
from fairlink.kernel.errors import Invalid


@dataclass(frozen=True, slots=True)
class Details:
    """What an organisation may change about itself at any time."""

    name: str
    region: str = ""
    city: str = ""
    #: E.164, such as +34915550123.
    phone: str = ""
    website: str = ""
    description: str = ""
    founded_year: int | None = None
    #: Codes of sectors.
    sectors: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class YearFigures:
    """A firm in one calendar year; amounts in minor units of `currency`."""

    year: int
    staff: int
    turnover_minor: int
    exports_minor: int
    currency: str


def register_organisation(
    session: Session,
    kind: Kind,
    details: Details,
    *,
    country: str,
    company_number: str | None = None,
    by: User,
    now: datetime,
) -> Organisation:
    """Register the firm or company that `by` owns; they become its owner.

    `company_number` is in the compact form of its country, and needed for firms. Raises Invalid for a number that is
    registered already, Conflict if `by` already acts for an organisation.
    """
    if company_number and queries.organisation_by_number(session, country, company_number):
        raise Invalid("company_number_taken", field="company_number")
    made = Organisation(kind=kind, country=country, company_number=company_number, created_at=now, name=details.name)
    _apply(session, made, details)
    session.add(made)
    session.flush()
    session.add(Membership(user_id=by.id, organisation_id=made.id, roles=[HEAD_OF_KIND[kind].value], started_at=now))
    audit.record(session, "organisation:register", made, by=by, now=now)
    session.refresh(by)
    return made


def register_agency(
    session: Session, *, name: str, country: str, officer_email: str, locale: str, now: datetime
) -> Organisation:
    """Make an agency and invite its first officer by mail; only the operator does this."""
    made = Organisation(kind=Kind.AGENCY, name=name, country=country, created_at=now)
    session.add(made)
    audit.record(session, "organisation:register", made, by=None, now=now)
    officer = {Role.OFFICER}
    invite_colleague(session, made, email=officer_email, roles=officer, by=None, now=now, locale=locale)
    return made


def note_buyer(session: Session, *, name: str, country: str, by: User, now: datetime) -> Organisation:
    """Make a buyer without an account, whom `by` met; nobody acts for it, and it is found by nobody else."""
    made = Organisation(kind=Kind.BUYER, name=name, country=country, created_at=now)
    session.add(made)
    audit.record(session, "organisation:note", made, by=by, now=now)
    return made


def edit_organisation(
    session: Session, organisation: Organisation, details: Details, *, by: User, now: datetime
) -> None:
    """Change what an organisation says of itself; country and company number stay as registered."""
    before = organisation.name
    _apply(session, organisation, details)
    audit.record(session, "organisation:edit", organisation, by=by, now=now, name_before=before)


def set_products(
    session: Session, organisation: Organisation, codes: Collection[str], *, by: User, now: datetime
) -> None:
    """Let the organisation offer (firms) or seek (buyers) just the headings `codes`; notes on those that stay are kept.

    Raises Invalid for a code that is not a six-digit heading.
    """
    wanted = {heading.code for heading in queries.hs_codes(session, codes)}
    if unknown := sorted(set(codes) - wanted):
        raise Invalid("hs_code_unknown", field="products", heading=unknown[0])
    kept = [product for product in organisation.products if product.hs_code in wanted]
    new = wanted - {product.hs_code for product in kept}
    organisation.products = kept + [OrganisationProduct(hs_code=code) for code in sorted(new)]
    audit.record(session, "organisation:set_products", organisation, by=by, now=now, codes=sorted(wanted))


def set_markets(
    session: Session, firm: Organisation, exports: Mapping[int, Mapping[str, int]], *, by: User, now: datetime
) -> None:
    """Record which part of each year's exports went to which country: minor units of the year's own currency by
    country, by year; other years stay as they are, and what is not told stays unknown.

    Raises Invalid when the countries of a year add up to more than its exports.
    """
    known = {each.year: each for each in firm.years}
    for year, markets in exports.items():
        if sum(markets.values()) > known[year].exports_minor:
            raise Invalid("markets_above_exports", year=year)
        known[year].markets = []
        session.flush()
        known[year].markets = [
            FirmYearMarket(organisation_id=firm.id, year=year, country=country, exports_minor=amount)
            for country, amount in sorted(markets.items())
        ]
    audit.record(session, "organisation:set_markets", firm, by=by, now=now, exports={**exports})


def set_years(session: Session, firm: Organisation, figures: Sequence[YearFigures], *, by: User, now: datetime) -> None:
    """Record a firm's figures; years that are not among `figures` stay as they are.

    Raises Invalid when exports exceed turnover.
    """
    for each in figures:
        if each.exports_minor > each.turnover_minor:
            raise Invalid("exports_above_turnover", year=each.year)
        session.merge(FirmYear(organisation_id=firm.id, **asdict(each)))
    session.flush()
    session.refresh(firm, ["years"])
    recorded = [asdict(each) for each in figures]
    audit.record(session, "organisation:set_years", firm, by=by, now=now, figures=recorded)


def _apply(session: Session, organisation: Organisation, details: Details) -> None:
    organisation.name = details.name
    organisation.region, organisation.city = details.region, details.city
    organisation.phone, organisation.website = details.phone, details.website
    organisation.description, organisation.founded_year = details.description, details.founded_year
    organisation.sectors = list(session.scalars(sa.select(Sector).where(Sector.code.in_(details.sectors))))
