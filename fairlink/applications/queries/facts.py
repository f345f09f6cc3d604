"""The facts of an application as the quote engine wants them: the same for preview, sending, review and approval."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from fairlink.accounts.models import FirmYear, Organisation
from fairlink.applications import rules
from fairlink.applications.models import Application, ApplicationMember, Award, AwardMember
from fairlink.applications.queries.aid import exchange, prior_aid, undertaking
from fairlink.applications.states import COMMITTED, ApplicationState
from fairlink.fairs.models import Fair
from fairlink.kernel.clock import local_date
from fairlink.subsidies.models import Call, SchemeVersion
from fairlink.subsidies.rules import (
    CostLine,
    ExportFigure,
    Facts,
    FairFacts,
    Member,
    Quote,
    Rules,
    Share,
    YearFigures,
    quote,
)
from fairlink.subsidies.rules.document import DeclaredFact
from fairlink.subsidies.rules.shapes import Answer
from fairlink.subsidies.rules.syntax import Kind
from fairlink.subsidies.rules.vocabulary import scheme_year

#: Stands for exports whose country was not told (a code of ISO 3166 kept for such uses).
UNKNOWN_COUNTRY = "ZZ"


def current_quote(session: Session, application: Application, *, now: datetime, granting: bool = False) -> Quote | None:
    """What the application would get if it were sent, or with `granting` if it were granted, at `now`.

    In the call's currency. None as long as no firm takes part. The envelope does not cut a quote: what it cannot bear
    is refused when it is committed.
    """
    if not application.members:
        return None
    known = application.call.scheme_version.document
    return quote(known, facts(session, application, known, now=now, granting=granting))


def facts(session: Session, application: Application, known: Rules, *, now: datetime, granting: bool) -> Facts:
    """All that the engine asks about an application, from the database. Days are those of the fair's zone."""
    call, fair = application.call, application.call.fair
    firms = _firms(session, [member.firm_id for member in application.members])
    past = past_awards(session, firms, besides=application, until=now)
    declared = {member.firm_id: member for member in application.members}
    shares = tuple(Share(member=str(each.firm_id), weight=each.share_bp) for each in application.members)
    prior = prior_aid(session, application, firms) if known.aid_ceilings else ()
    granted_on = local_date(now, fair.zone)
    return Facts(
        fair=FairFacts(
            code=fair_code(fair),
            country=fair.country,
            starts_on=fair.starts_on,
            ends_on=fair.ends_on,
            sectors=tuple(sector.code for sector in fair.sectors),
        ),
        applied_on=local_date(_applied_at(application, now), fair.zone),
        granted_on=granted_on if granting else None,
        renewed_until_on=call.scheme_version.scheme.sunset_on,
        members=tuple(_member(firm, declared[firm.id], past, call, known) for firm in firms),
        lines=tuple(
            CostLine(
                id=str(line.id),
                cost_class=line.cost_class,
                cost_minor=line.amount_minor,
                member=str(line.firm_id) if line.firm_id else None,
                shares=() if line.firm_id else shares,
                quantity=line.quantity,
                distance_km=line.distance_km,
                committed_on=line.committed_on,
                other_public_minor=line.other_public_minor,
            )
            for line in application.lines
        ),
        answers=read_answers(application.answers, known.facts),
        prior_aid=prior,
        exchange=exchange(session, call, known, [aid.currency for aid in prior], on=granted_on),
    )


def read_answers(stored: Mapping[str, Any], asked: Iterable[DeclaredFact]) -> dict[str, Answer]:
    """Stored answers to a scheme's own questions as the engine knows them; what is not asked any more is left out."""
    found: dict[str, Answer] = {}
    for each in asked:
        value = stored.get(each.name)
        if value is not None:
            found[each.name] = date.fromisoformat(value) if each.kind is Kind.DATE else _plain(value)
    return found


def _plain(value: Any) -> Answer:
    return tuple(value) if isinstance(value, list) else value


def _applied_at(application: Application, now: datetime) -> datetime:
    is_sent = application.state != ApplicationState.DRAFT and application.submitted_at is not None
    return application.submitted_at or now if is_sent else now


def fair_code(fair: Fair) -> str:
    """What the editions of one fair have in common."""
    return rules.as_code(fair.name) or f"fair{fair.id}"


def _firms(session: Session, firm_ids: Iterable[int]) -> Sequence[Organisation]:
    query = (
        sa.select(Organisation)
        .where(Organisation.id.in_(firm_ids))
        .options(
            selectinload(Organisation.sectors),
            selectinload(Organisation.years).selectinload(FirmYear.markets),
        )
        .order_by(Organisation.id)
    )
    return session.scalars(query).all()


def _member(
    firm: Organisation, declared: ApplicationMember, past: Sequence[rules.PastAward], call: Call, known: Rules
) -> Member:
    own = [each for each in past if each.firm_id == firm.id]
    taken_up = [each.granted_on for each in own if each.taken_up]
    latest = firm.years[0] if firm.years else None
    return Member(
        id=str(firm.id),
        undertaking=undertaking(firm.id, firm.undertaking_id),
        country=firm.country,
        region=rules.as_code(firm.region) or None,
        size=None if latest is None else rules.size_of(latest.staff),
        sectors=tuple(sector.code for sector in firm.sectors),
        # Only the year is known: the last day of it never makes a firm older than it is.
        founded_on=date(firm.founded_year, 12, 31) if firm.founded_year else None,
        first_award_on=min(taken_up, default=None),
        years=tuple(_year(year) for year in firm.years if year.currency == known.currency),
        participations=rules.participations(own),
        answers=read_answers(declared.answers, known.facts),
        balances=rules.balances(
            own,
            scheme_id=call.scheme_version.scheme_id,
            fair_id=call.fair_id,
            year=scheme_year(call.fair.starts_on, known.year_starts_month),
            first_month=known.year_starts_month,
        ),
    )


def _year(year: FirmYear) -> YearFigures:
    told = [ExportFigure(country=each.country, amount_minor=each.exports_minor) for each in year.markets]
    rest = year.exports_minor - sum(each.amount_minor for each in told)
    if rest > 0:
        told.append(ExportFigure(country=UNKNOWN_COUNTRY, amount_minor=rest))
    return YearFigures(year=year.year, turnover_minor=year.turnover_minor, staff=year.staff, exports=tuple(told))


def years_on_record(session: Session, firm_id: int) -> Sequence[int]:
    """The calendar years of which a firm has told its figures, the newest first."""
    query = sa.select(FirmYear.year).where(FirmYear.organisation_id == firm_id).order_by(FirmYear.year.desc())
    return session.scalars(query).all()


def past_awards(
    session: Session, firms: Sequence[Organisation], *, besides: Application, until: datetime
) -> Sequence[rules.PastAward]:
    """What `firms`, and those under common control with them, held at an instant from applications but `besides`."""
    undertakings = {firm.undertaking_id for firm in firms if firm.undertaking_id}
    query = (
        sa.select(AwardMember, Award, Application.state, Organisation.undertaking_id, SchemeVersion, Fair)
        .join(Award, Award.id == AwardMember.award_id)
        .join(Application, Application.id == Award.application_id)
        .join(Call, Call.id == Application.call_id)
        .join(SchemeVersion, SchemeVersion.id == Call.scheme_version_id)
        .join(Fair, Fair.id == Call.fair_id)
        .join(Organisation, Organisation.id == AwardMember.firm_id)
        .where(
            sa.or_(AwardMember.firm_id.in_([firm.id for firm in firms]), Organisation.undertaking_id.in_(undertakings)),
            Application.state.in_(COMMITTED),
            Application.id != besides.id,
            Award.granted_at <= until,
        )
        .order_by(Award.granted_at, AwardMember.id)
    )
    return [
        rules.PastAward(
            firm_id=part.firm_id,
            undertaking=undertaking(part.firm_id, undertaking_id),
            scheme_id=version.scheme_id,
            fair_id=fair.id,
            fair_code=fair_code(fair),
            fair_country=fair.country,
            fair_starts_on=fair.starts_on,
            granted_on=local_date(award.granted_at, fair.zone),
            support_minor=part.support_minor,
            currency=award.currency,
            taken_up=state == ApplicationState.ACCEPTED,
        )
        for part, award, state, undertaking_id, version, fair in session.execute(query)
    ]
