"""What evaluations are made of: every firm of every sent application of a call, awarded or not."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from fairlink.accounts.models import FirmYear, Organisation, OrganisationSector
from fairlink.applications.models import Application, ApplicationMember, Award
from fairlink.applications.models.selections import SelectionPlace, SelectionRun
from fairlink.fairs.models import Fair
from fairlink.followup.models import EuroRate
from fairlink.kernel.money import minor_digits
from fairlink.monitoring.models import ApplicationResult, Evaluation
from fairlink.monitoring.rules.evaluation import Design, design_of
from fairlink.subsidies.models import Call, SchemeVersion
from fairlink.subsidies.rules.selection import HUNDREDTHS

#: The columns of an export, in its order. No name, no address, no free text.
COLUMNS = (
    "application",
    "firm",
    "grouped",
    "sector",
    "country",
    "awarded",
    "stratum",
    "score",
    "cutoff",
    "age",
    "staff",
    "earlier",
    "base",
    "outcome",
    "meetings_held",
    "leads",
    "orders_confirmed",
)


#: What the list of calls is paged by: those that opened last come first.
CALL_KEYS = (Call.opens_at, Call.id)


def calls(agency_id: int) -> sa.Select[Call, datetime | None]:
    """The calls of an agency with the instant at which each was last evaluated, NULL for never; to be paged."""
    last = sa.select(sa.func.max(Evaluation.finished_at)).where(Evaluation.call_id == Call.id).scalar_subquery()
    query = sa.select(Call, last.label("evaluated_at")).join(Call.fair).where(Fair.agency_id == agency_id)
    return query.options(contains_eager(Call.fair), joinedload(Call.scheme_version).joinedload(SchemeVersion.scheme))


def evaluations(session: Session, call_id: int) -> Sequence[Evaluation]:
    """The evaluations of a call, the newest first."""
    return session.scalars(
        sa.select(Evaluation).where(Evaluation.call_id == call_id).order_by(Evaluation.id.desc())
    ).all()


def evaluation(session: Session, evaluation_id: int) -> Evaluation | None:
    """One evaluation."""
    return session.get(Evaluation, evaluation_id)


def run_of(session: Session, call_id: int) -> SelectionRun | None:
    """The selection of a call without its places."""
    return session.scalars(sa.select(SelectionRun).where(SelectionRun.call_id == call_id)).one_or_none()


def design(session: Session, call: Call) -> Design:
    """The comparison that the selection of a call allows."""
    run = run_of(session, call.id)
    return design_of(run.method if run else None, run.cut_off if run else None)


Tables = dict[str, type[FirmYear]]

#: Whom the lots reached on the day of the draw, as `reason` keeps it. Those whose award came to nothing at once stay
#: among them; a reserve who got what others gave back does not join them, for that was not chance alone.
_DRAWN = sa.and_(
    SelectionPlace.reason.in_(("quota", "stratum", "envelope", "not_eligible")), SelectionPlace.offered_at.is_(None)
)
#: Within a stratum those in the reserved quota had a chance of their own.
_STRATUM = SelectionPlace.stratum + sa.case((SelectionPlace.in_quota, " / quota"), else_="")


def _columns(tables: Tables, of: Design, fair_year: int) -> dict[str, Any]:
    """What a row tells of a firm, by name; `tables` are the firm's years by the name of their exports."""
    sector = sa.select(sa.func.min(OrganisationSector.sector_code)).where(
        OrganisationSector.organisation_id == Organisation.id
    )
    return {
        "application_id": Application.id,
        "firm_id": Organisation.id,
        "grouped": sa.cast(Application.group_id.is_not(None), sa.Integer),
        "sector": sa.func.coalesce(sector.scalar_subquery(), ""),
        "country": Organisation.country,
        "awarded": sa.case((_DRAWN if of is Design.LOTTERY else Award.id.is_not(None), 1), else_=0),
        "stratum": sa.func.coalesce(_STRATUM, ""),
        "score": sa.cast(SelectionPlace.score, sa.Float) / HUNDREDTHS,
        "cutoff": sa.cast(SelectionRun.cut_off, sa.Float) / HUNDREDTHS,
        "age": fair_year - Organisation.founded_year,
        "staff": tables["base"].staff,
        **{name: table.exports_minor for name, table in tables.items()},
        **{f"{name}_currency": table.currency for name, table in tables.items()},
        **{
            name: sa.func.coalesce(getattr(ApplicationResult, name), 0)
            for name in ("meetings_held", "leads", "orders_confirmed")
        },
    }


def firms(session: Session, call: Call, of: Design, outcome_year: int) -> list[dict[str, Any]]:
    """One row for each firm of each sent application of a call.

    `outcome`, `base` and `earlier` are its exports in the outcome year and one and two years before the fair, in units
    of the call's currency by the last rate of that year; None where it gave none, or where there is no rate. `awarded`
    is by the draw, or by the award where no lots were drawn.
    """
    fair_year = call.fair.starts_on.year
    years = {"outcome": outcome_year, "base": fair_year - 1, "earlier": fair_year - 2}
    tables: Tables = {name: aliased(FirmYear) for name in years}
    columns = _columns(tables, of, fair_year)
    query = (
        sa.select(*(column.label(name) for name, column in columns.items()))
        .select_from(Application)
        .join(ApplicationMember, ApplicationMember.application_id == Application.id)
        .join(Organisation, Organisation.id == ApplicationMember.firm_id)
        .outerjoin(Award, Award.application_id == Application.id)
        .outerjoin(SelectionPlace, SelectionPlace.application_id == Application.id)
        .outerjoin(SelectionRun, SelectionRun.id == SelectionPlace.run_id)
        .outerjoin(ApplicationResult, ApplicationResult.application_id == Application.id)
        .where(Application.call_id == call.id, Application.submitted_at.is_not(None))
        .order_by(Application.id, Organisation.id)
    )
    for name, table in tables.items():
        query = query.outerjoin(table, sa.and_(table.organisation_id == Organisation.id, table.year == years[name]))
    # Outside of the selection nothing was drawn or scored: those rows have no part in such a comparison.
    if of is not Design.MATCHING:
        query = query.where(SelectionPlace.id.is_not(None))
    rates = {year: _per_euro(session, call.fair.agency_id, year) for year in years.values()}
    return [_converted(dict(row._mapping), years, rates, call.currency) for row in session.execute(query)]


def _per_euro(session: Session, agency_id: int, year: int) -> dict[str, Decimal]:
    """What a euro cost in each currency at the end of a year, by the last rate in it; an agency's own goes first."""
    query = (
        sa.select(EuroRate.currency, EuroRate.per_euro)
        .ext(distinct_on(EuroRate.currency))
        .where(EuroRate.rated_on.between(date(year, 1, 1), date(year, 12, 31)))
        .where(sa.or_(EuroRate.agency_id.is_(None), EuroRate.agency_id == agency_id))
        .order_by(EuroRate.currency, EuroRate.rated_on.desc(), EuroRate.agency_id.asc().nulls_last())
    )
    return {"EUR": Decimal(1)} | {row.currency: row.per_euro for row in session.execute(query)}


def _converted(
    row: dict[str, Any], years: dict[str, int], rates: dict[int, dict[str, Decimal]], currency: str
) -> dict[str, Any]:
    """The row with its exports in units of `currency`."""
    for name, year in years.items():
        minor, own = row[name], row.pop(f"{name}_currency")
        per_euro = {currency: Decimal(1)} if own == currency else rates[year]
        if minor is None or own not in per_euro or currency not in per_euro:
            row[name] = None
        else:
            units = Decimal(minor).scaleb(-minor_digits(own)) * per_euro[currency] / per_euro[own]
            row[name] = round(float(units), 2)
    return row
