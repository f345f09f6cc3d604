"""Reads of schemes and calls."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from fairlink.fairs.models import Fair
from fairlink.fairs.states import FairState
from fairlink.subsidies.models import AnalysisPlan, Call, CallCriterion, Scheme, SchemeRenewal, SchemeVersion
from fairlink.subsidies.states import CallState


def schemes(session: Session, agency_id: int) -> Sequence[Scheme]:
    """The schemes of an agency with their versions, by name. An agency has a handful."""
    query = sa.select(Scheme).where(Scheme.agency_id == agency_id).options(selectinload(Scheme.versions))
    return session.scalars(query.order_by(sa.func.lower(sa.func.fairlink_unaccent(Scheme.name)), Scheme.id)).all()


def scheme(session: Session, scheme_id: int) -> Scheme | None:
    """One scheme with its versions."""
    query = sa.select(Scheme).where(Scheme.id == scheme_id).options(selectinload(Scheme.versions))
    return session.scalars(query).one_or_none()


def renewals(session: Session, scheme: Scheme) -> Sequence[SchemeRenewal]:
    """The renewals of a scheme with those who gave them, the latest first."""
    query = sa.select(SchemeRenewal).where(SchemeRenewal.scheme_id == scheme.id).options(joinedload(SchemeRenewal.by))
    return session.scalars(query.order_by(SchemeRenewal.id.desc())).all()


def scheme_name_exists(session: Session, agency_id: int | None, name: str, *, besides: Scheme | None) -> bool:
    """Whether the agency has a scheme of this name other than `besides`."""
    same = sa.select(Scheme.id).where(Scheme.agency_id == agency_id, Scheme.name == name)
    return session.scalar(same) not in (None, besides.id if besides else None)


def scheme_calls(session: Session, scheme: Scheme) -> Sequence[Call]:
    """The calls under any version of a scheme, the latest first."""
    query = sa.select(Call).join(Call.scheme_version).where(SchemeVersion.scheme_id == scheme.id)
    return session.scalars(query.options(*_WHOLE).order_by(Call.opens_at.desc(), Call.id.desc())).all()


_WHOLE: tuple[ORMOption, ...] = (
    joinedload(Call.fair).joinedload(Fair.agency),
    joinedload(Call.scheme_version).joinedload(SchemeVersion.scheme),
)


def call(session: Session, call_id: int) -> Call | None:
    """One call with its fair, the fair's agency, its scheme version and scheme."""
    return session.scalars(sa.select(Call).where(Call.id == call_id).options(*_WHOLE)).one_or_none()


def analysis_plans(session: Session, call: Call) -> Sequence[AnalysisPlan]:
    """Every plan that was written for a call, with its author; the first is the one that holds."""
    query = sa.select(AnalysisPlan).where(AnalysisPlan.call_id == call.id).options(joinedload(AnalysisPlan.written_by))
    return session.scalars(query.order_by(AnalysisPlan.id.desc())).all()


def analysis_plan(session: Session, call: Call) -> AnalysisPlan | None:
    """The plan that holds for a call: the last written; none can come once it has opened."""
    return next(iter(analysis_plans(session, call)), None)


def criteria(session: Session, call: Call) -> Sequence[CallCriterion]:
    """What the assessors of a call judge, in order; `rules.selection.weighted_score` makes one score of the points."""
    query = sa.select(CallCriterion).where(CallCriterion.call_id == call.id)
    return session.scalars(query.order_by(CallCriterion.position)).all()


def calls_of_fair(session: Session, fair_id: int) -> Sequence[Call]:
    """Every call at a fair, drafts and withdrawn ones too, by the opening of their windows."""
    query = sa.select(Call).where(Call.fair_id == fair_id).options(*_WHOLE)
    return session.scalars(query.order_by(Call.opens_at, Call.id)).all()


def public_calls(session: Session, fair_id: int) -> Sequence[Call]:
    """The published calls at a fair, whether their window is open or not, by its opening."""
    query = sa.select(Call).where(Call.fair_id == fair_id, Call.state == CallState.PUBLISHED).options(*_WHOLE)
    return session.scalars(query.order_by(Call.opens_at, Call.id)).all()


def _open(now: datetime) -> sa.ColumnElement[bool]:
    published = sa.and_(Call.state == CallState.PUBLISHED, Fair.state == FairState.PUBLISHED)
    return sa.and_(published, Call.opens_at <= now, now < Call.closes_at)


def open_calls(session: Session, fair_id: int, now: datetime) -> Sequence[Call]:
    """The calls at a fair to which one can apply at `now`, the first to close first."""
    query = sa.select(Call).join(Call.fair).where(Call.fair_id == fair_id, _open(now)).options(*_WHOLE)
    return session.scalars(query.order_by(Call.closes_at, Call.id)).all()


def next_closing(session: Session, now: datetime, limit: int) -> Sequence[Call]:
    """Up to `limit` calls of all fairs to which one can apply at `now`, the first to close first, with their fairs."""
    query = sa.select(Call).join(Call.fair).where(_open(now)).options(*_WHOLE)
    return session.scalars(query.order_by(Call.closes_at, Call.id).limit(limit)).all()
