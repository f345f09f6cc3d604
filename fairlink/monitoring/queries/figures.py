"""What the summary tables say about one part of an agency's results."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.accounts.models import Organisation
from fairlink.applications.models import Application
from fairlink.fairs.models import Fair
from fairlink.monitoring.models import ApplicationResult, FirmResult, LeadResult, ResultRefresh, ResultScope
from fairlink.monitoring.rules.results import FIGURES, HOSTED, RATIOS, Applicants, Dimension, Figures, Selection
from fairlink.subsidies.models import Call

#: The columns of the tables by which they are narrowed.
_NAMES = {
    "year": "year",
    "fair": "fair_id",
    "call": "call_id",
    "scheme": "scheme_id",
    "sector": "sector",
    "region": "region",
}


def selection(agency_id: int, dimension: Dimension, key: str) -> Selection:
    """The part of an agency's results that a scope names."""
    if dimension is Dimension.ALL:
        return Selection(agency_id)
    if dimension is Dimension.PERIOD:
        since, until = key.split("/")
        return Selection(agency_id, since=since or None, until=until or None)
    text = dimension in (Dimension.SECTOR, Dimension.REGION)
    return Selection(agency_id, **{dimension.value: key if text else int(key)})  # type: ignore[arg-type]  # by dimension


def within(table: Any, chosen: Selection) -> list[sa.ColumnElement[bool]]:
    """The conditions by which rows of a summary table belong to the selection."""
    conditions = [table.agency_id == chosen.agency_id]
    named = chosen.chosen
    conditions += [getattr(table, column) == named[name] for name, column in _NAMES.items() if name in named]
    if chosen.since or chosen.until:
        conditions.append(table.fair_id.in_(_fairs(chosen)))
    if chosen.currency is not None:
        conditions.append(table.currency == chosen.currency)
    if chosen.applicants is not None:
        conditions.append(table.grouped.is_(chosen.applicants is Applicants.GROUPS))
    return conditions


def _fairs(chosen: Selection) -> sa.Select[Any]:
    """The agency's fairs in the period of a selection, or the one fair that it names."""
    query = sa.select(Fair.id).where(Fair.agency_id == chosen.agency_id)
    if chosen.fair is not None:
        query = query.where(Fair.id == chosen.fair)
    if chosen.begins_from is not None:
        query = query.where(Fair.starts_on >= chosen.begins_from)
    if chosen.begins_before is not None:
        query = query.where(Fair.starts_on < chosen.begins_before)
    return query


def figures(session: Session, chosen: Selection) -> dict[str, dict[Applicants, Figures]]:
    """The figures for groups and for single firms, in each currency of calls, that of most applications first."""
    table = ApplicationResult
    sums = [sa.cast(sa.func.sum(getattr(table, name)), sa.BigInteger).label(name) for name in FIGURES]
    query = sa.select(table.currency, table.grouped, *sums).where(*within(table, chosen))
    found: dict[str, dict[Applicants, Figures]] = {}
    for row in session.execute(query.group_by(table.currency, table.grouped)):
        kinds = found.setdefault(row.currency, {kind: Figures() for kind in Applicants})
        kind = Applicants.GROUPS if row.grouped else Applicants.FIRMS
        kinds[kind] = Figures(**{name: getattr(row, name) for name in FIGURES})
    return dict(sorted(found.items(), key=lambda item: -sum(each.applications for each in item[1].values())))


@dataclass(frozen=True, slots=True)
class LeadKind:
    """How many leads are alike in these."""

    grouped: bool
    interest: str
    firm_answered: bool
    buyer_answered: bool
    ordered: bool
    leads: int


def lead_kinds(session: Session, chosen: Selection) -> list[LeadKind]:
    """The leads by what is known of them: at most 48 rows."""
    table = LeadResult
    kinds = (table.grouped, table.interest, table.firm_answered, table.buyer_answered, table.ordered)
    query = sa.select(*kinds, sa.cast(sa.func.sum(table.leads), sa.BigInteger)).where(*within(table, chosen))
    return [LeadKind(*row) for row in session.execute(query.group_by(*kinds))]


@dataclass(frozen=True, slots=True)
class FirmValue:
    """One firm's confirmed orders, in minor units."""

    firm_id: int
    name: str
    minor: int


@dataclass(frozen=True, slots=True)
class FirmValues:
    """The firms with most confirmed value, and what all firms with any have."""

    first: list[FirmValue]
    firms: int
    minor: int


def firm_values(session: Session, chosen: Selection, most: int = 25) -> FirmValues:
    """The firms that carry most of the confirmed value, those with most first."""
    table = FirmResult
    minor = sa.cast(sa.func.sum(table.confirmed_minor), sa.BigInteger)
    of_firm = (
        sa.select(table.firm_id, minor.label("minor"))
        .where(*within(table, chosen))
        .group_by(table.firm_id)
        .cte("of_firm")
    )
    first = sa.select(of_firm).order_by(of_firm.c.minor.desc(), of_firm.c.firm_id).limit(most).subquery("first")
    whole = sa.select(sa.func.count(), sa.func.sum(of_firm.c.minor)).select_from(of_firm)
    named = (
        sa.select(first.c.firm_id, Organisation.name, first.c.minor)
        .join(Organisation, Organisation.id == first.c.firm_id)
        .order_by(first.c.minor.desc(), first.c.firm_id)
    )
    count, total = session.execute(whole).one()
    return FirmValues([FirmValue(*row) for row in session.execute(named)], count, int(total or 0))


def scope(session: Session, chosen: Selection) -> ResultScope | None:
    """How sure the figures of a selection are; None when it is narrowed by more than one thing, or has no figures."""
    if chosen.scope is None:
        return None
    return session.get(ResultScope, (chosen.agency_id, *chosen.scope))


def is_empty() -> sa.ColumnElement[bool]:
    """Whether a scope has no application any more, as after a firm has moved to another region; a period may be so."""
    of, scope = ApplicationResult, ResultScope
    there = [
        sa.exists().where(of.agency_id == scope.agency_id, sa.cast(getattr(of, column), sa.Text) == scope.key)
        for column in _NAMES.values()
    ]
    return sa.or_(
        *(sa.and_(scope.dimension == Dimension(name), ~each) for name, each in zip(_NAMES, there, strict=True))
    )


def scopes(session: Session, agency_id: int) -> Sequence[Any]:
    """What an agency's results can be narrowed by: dimension, key, label and, for a call, its fair."""
    table = ResultScope
    query = (
        sa.select(table.dimension, table.key, table.label, table.fair_id)
        .where(table.agency_id == agency_id, table.dimension != Dimension.ALL)
        .order_by(table.label, table.key)
    )
    return session.execute(query).all()


def refreshed_at(session: Session, chosen: Selection) -> datetime | None:
    """When the oldest of the figures was worked out; None while there are none."""
    query = sa.select(sa.func.min(ResultRefresh.refreshed_at)).where(ResultRefresh.agency_id == chosen.agency_id)
    return session.scalar(query.where(ResultRefresh.fair_id.in_(_fairs(chosen))))


def fairs_with_results(session: Session, chosen: Selection) -> Sequence[int]:
    """The fairs for which somebody has applied: the chosen one, those of the chosen period, or all of the agency."""
    return session.scalars(_applied().where(Fair.id.in_(_fairs(chosen))).order_by(Fair.id)).all()


def awaits_refresh(session: Session, chosen: Selection) -> bool:
    """Whether somebody has applied for a fair, chosen as in `fairs_with_results`, that was never worked out."""
    query = _applied().outerjoin(ResultRefresh, ResultRefresh.fair_id == Fair.id)
    query = query.where(Fair.id.in_(_fairs(chosen)), ResultRefresh.fair_id.is_(None))
    return bool(session.scalar(sa.select(query.exists())))


def fairs_due(session: Session, fresh: datetime, old: datetime, *, since: date, limit: int) -> Sequence[int]:
    """Fairs whose results were worked out before `old`, or before `fresh` if they ended `since`; those never first."""
    refreshed = ResultRefresh.refreshed_at
    due = sa.or_(refreshed.is_(None), refreshed < old, sa.and_(refreshed < fresh, Fair.ends_on >= since))
    query = _applied().outerjoin(ResultRefresh, ResultRefresh.fair_id == Fair.id).where(due)
    return session.scalars(query.order_by(refreshed.asc().nulls_first(), Fair.id).limit(limit)).all()


def _applied() -> sa.Select[Any]:
    sent = sa.select(Call.fair_id).join(Application).where(Application.submitted_at.is_not(None))
    return sa.select(Fair.id).where(Fair.id.in_(sent))


def scopes_due(session: Session, before: datetime, *, limit: int) -> dict[int, list[tuple[str, str]]]:
    """Parts of results, by agency, whose figures changed since they were last judged, and that not after `before`."""
    table = ResultScope
    estimated = table.estimated_at
    due = sa.or_(estimated.is_(None), sa.and_(estimated < table.changed_at, estimated < before))
    query = (
        sa.select(table.agency_id, table.dimension, table.key)
        .where(due)
        .order_by(estimated.asc().nulls_first(), table.agency_id, table.dimension, table.key)
        .limit(limit)
    )
    found: dict[int, list[tuple[str, str]]] = {}
    for agency_id, dimension, key in session.execute(query):
        found.setdefault(agency_id, []).append((dimension, key))
    return found


def inputs(session: Session, chosen: Selection) -> dict[str, Any]:
    """What is needed to judge how sure the figures of a selection are, in the currency of most of its applications."""
    currency = next(iter(figures(session, chosen)), None)
    divided = {part for pair in RATIOS.values() for part in pair} | {f"hosted_{name}" for name in HOSTED}
    of, columns = ApplicationResult, ["grouped", *sorted(divided)]
    applications = sa.select(
        *(sa.cast(getattr(of, name), sa.Integer if name == "grouped" else sa.BigInteger) for name in columns)
    )
    applications = applications.where(*within(of, chosen), of.currency == currency)
    lead = LeadResult
    alike = (sa.cast(lead.grouped, sa.Integer), lead.months, sa.cast(lead.ordered, sa.Integer))
    times = sa.select(*alike, sa.cast(sa.func.sum(lead.leads), sa.BigInteger)).where(
        *within(lead, chosen), lead.currency == currency
    )
    return {
        "currency": currency,
        "columns": columns,
        "applications": [[*row] for row in session.execute(applications)],
        "times": [[*row] for row in session.execute(times.group_by(*alike))],
    }
