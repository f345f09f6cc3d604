"""Reads of what the clock has to charge, to cancel and to give back; and of price lists."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONPATH
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from fairlink.applications.models import Application, ApplicationMember, Award, AwardMember, Exhibitor
from fairlink.applications.states import ApplicationState
from fairlink.fairs.models import Fair, Stand
from fairlink.fairs.states import FairState
from fairlink.payments.models import Charge, Price, Refund, RefundPart, RefundRun
from fairlink.payments.states import ChargeKind, PriceUnit, RefundState
from fairlink.subsidies.models import Call

_HELD = Charge.received_minor - Charge.refunded_minor
#: A line of the granted quote whose payee is the organiser and of which the member bears a part.
_OWED_TO_AGENCY = sa.cast(
    '$.members[*] ? (@.member == $firm).lines[*] ? (@.payee == "organiser" && @.own_minor > 0)', JSONPATH
)
_WITH_FAIR = (
    contains_eager(Award.application)
    .contains_eager(Application.call)
    .contains_eager(Call.fair)
    .joinedload(Fair.agency),
    joinedload(AwardMember.firm),
)


def _member_id() -> sa.ColumnElement[object]:
    return sa.func.jsonb_build_object("firm", sa.cast(AwardMember.firm_id, sa.Text))


def members_to_charge(session: Session, limit: int) -> list[tuple[Award, AwardMember]]:
    """Firms of accepted awards that owe their own part to the agency and have not been charged.

    They do where the agency pays the organiser for them; a firm that pays its suppliers itself owes the agency nothing.
    """
    charged = sa.exists().where(
        Charge.award_id == Award.id, Charge.firm_id == AwardMember.firm_id, Charge.kind == ChargeKind.OWN_CONTRIBUTION
    )
    query = (
        sa.select(Award, AwardMember)
        .join(AwardMember, AwardMember.award_id == Award.id)
        .join(Award.application)
        .join(Application.call)
        .join(Call.fair)
        .where(
            Application.state == ApplicationState.ACCEPTED,
            Fair.state != FairState.CANCELLED,
            Award.accepted_at.is_not(None),
            sa.func.jsonb_path_exists(Application.quote, _OWED_TO_AGENCY, _member_id()),
            ~charged,
        )
        .options(*_WITH_FAIR)
        .order_by(AwardMember.id)
        .limit(limit)
    )
    return [(award, member) for award, member in session.execute(query)]


def prices_to_charge(session: Session, limit: int) -> list[tuple[Award, AwardMember, Price, int | None]]:
    """Firms of accepted awards with a price of their fair that everybody owes and that they were not charged, and the
    area of their stand. A price for each square metre waits until the stand and its area are known."""
    charged = sa.exists().where(
        Charge.award_id == Award.id, Charge.firm_id == AwardMember.firm_id, Charge.price_id == Price.id
    )
    bears_a_part = sa.exists().where(
        ApplicationMember.application_id == Application.id,
        ApplicationMember.firm_id == AwardMember.firm_id,
        ApplicationMember.share_bp > 0,
    )
    by_area = sa.and_(Price.unit == PriceUnit.SQUARE_METRE, Stand.area_m2 > 0, bears_a_part)
    query = (
        sa.select(Award, AwardMember, Price, Stand.area_m2)
        .join(AwardMember, AwardMember.award_id == Award.id)
        .join(Award.application)
        .join(Application.call)
        .join(Call.fair)
        .join(Price, Price.fair_id == Fair.id)
        .outerjoin(Exhibitor, sa.and_(Exhibitor.application_id == Application.id, Exhibitor.withdrawn_at.is_(None)))
        .outerjoin(Stand, Stand.id == Exhibitor.stand_id)
        .where(
            Application.state == ApplicationState.ACCEPTED,
            Fair.state != FairState.CANCELLED,
            Price.ended_at.is_(None),
            Price.kind != ChargeKind.EXTRA,
            sa.or_(Price.unit == PriceUnit.FIRM, by_area),
            ~charged,
        )
        .options(*_WITH_FAIR, contains_eager(Award.application).selectinload(Application.members))
        .order_by(AwardMember.id, Price.id)
        .limit(limit)
    )
    return [(award, member, price, area) for award, member, price, area in session.execute(query)]


def charges_of_other_area(session: Session, limit: int) -> list[tuple[Charge, AwardMember, Price, int | None]]:
    """Charges by the square metre whose stand is of another area by now, with that area; only those of which nothing
    was paid, and that staff have not reduced."""
    query = (
        sa.select(Charge, AwardMember, Price, Stand.area_m2)
        .join(Price, Price.id == Charge.price_id)
        .join(Charge.award)
        .join(AwardMember, sa.and_(AwardMember.award_id == Award.id, AwardMember.firm_id == Charge.firm_id))
        .join(Award.application)
        .join(Application.call)
        .join(Call.fair)
        .join(Exhibitor, sa.and_(Exhibitor.application_id == Application.id, Exhibitor.withdrawn_at.is_(None)))
        .join(Stand, Stand.id == Exhibitor.stand_id)
        .where(
            Charge.cancelled_at.is_(None),
            Charge.credited_minor == 0,
            _HELD == 0,
            Stand.area_m2 > 0,
            Charge.area_m2 != Stand.area_m2,
            Application.state == ApplicationState.ACCEPTED,
            Fair.state != FairState.CANCELLED,
        )
        .options(
            contains_eager(Charge.award)
            .contains_eager(Award.application)
            .options(selectinload(Application.members), contains_eager(Application.call).contains_eager(Call.fair)),
            joinedload(AwardMember.firm),
        )
        .order_by(Charge.id)
        .limit(limit)
    )
    return [(charge, member, price, area) for charge, member, price, area in session.execute(query)]


def charges_before(session: Session, award_id: int, firm_id: int, kind: ChargeKind, price_id: int | None) -> int:
    """How often the same was charged before."""
    query = sa.select(sa.func.count()).where(
        Charge.award_id == award_id,
        Charge.firm_id == firm_id,
        Charge.kind == kind,
        Charge.price_id.is_not_distinct_from(price_id),
    )
    return session.scalar(query) or 0


def prices_of_fair(session: Session, fair_id: int) -> Sequence[Price]:
    """The price list of a fair as it is now, soonest due first."""
    query = sa.select(Price).where(Price.fair_id == fair_id, Price.ended_at.is_(None))
    return session.scalars(query.order_by(Price.due_on, Price.id)).all()


def price(session: Session, price_id: int) -> Price | None:
    return session.scalar(sa.select(Price).where(Price.id == price_id).options(joinedload(Price.fair)))


def extras_to_order(session: Session, application: Application, firm_id: int) -> Sequence[Price]:
    """What a firm of an accepted award may order and has not ordered yet, or whose order was cancelled."""
    if application.state != ApplicationState.ACCEPTED or application.award is None:
        return []
    ordered = sa.exists().where(
        Charge.award_id == application.award.id,
        Charge.firm_id == firm_id,
        Charge.price_id == Price.id,
        Charge.cancelled_at.is_(None),
    )
    query = sa.select(Price).where(
        Price.fair_id == application.call.fair_id,
        Price.ended_at.is_(None),
        Price.kind == ChargeKind.EXTRA,
        ~ordered,
    )
    return session.scalars(query.order_by(Price.name, Price.id)).all()


def applications_with_extras(session: Session, firm_id: int) -> Sequence[Application]:
    """Accepted applications of a firm at fairs to come whose price list has extras."""
    query = (
        sa.select(Application)
        .join(Application.call)
        .join(Call.fair)
        .join(Application.award)
        .where(
            Application.state == ApplicationState.ACCEPTED,
            Fair.state == FairState.PUBLISHED,
            sa.exists().where(AwardMember.award_id == Award.id, AwardMember.firm_id == firm_id),
            sa.exists().where(Price.fair_id == Fair.id, Price.kind == ChargeKind.EXTRA, Price.ended_at.is_(None)),
        )
        .options(contains_eager(Application.call).contains_eager(Call.fair))
        .order_by(Fair.starts_on, Application.id)
    )
    return session.scalars(query).all()


def groundless_charges(session: Session, limit: int) -> list[int]:
    """Charges whose award was given up or whose fair was cancelled, and that still stand."""
    query = (
        sa.select(Charge.id)
        .join(Charge.award)
        .join(Award.application)
        .join(Application.call)
        .join(Call.fair)
        .where(
            Charge.cancelled_at.is_(None),
            sa.or_(
                Application.state != ApplicationState.ACCEPTED,
                Fair.state == FairState.CANCELLED,
                # The firm has left the award, which goes on without it.
                ~sa.exists().where(AwardMember.award_id == Charge.award_id, AwardMember.firm_id == Charge.firm_id),
            ),
        )
        .order_by(Charge.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def cancelled_with_money(session: Session, limit: int) -> list[int]:
    """Cancelled charges that hold money for which no refund was asked; not those whose run is stopped."""
    asked = (
        sa.select(sa.func.coalesce(sa.func.sum(RefundPart.amount_minor), 0))
        .join(RefundPart.refund)
        .where(RefundPart.charge_id == Charge.id, Refund.state != RefundState.SUCCEEDED)
        .scalar_subquery()
    )
    runs = sa.or_(Charge.run_id.is_(None), RefundRun.stopped_at.is_(None))
    query = (
        sa.select(Charge.id)
        .outerjoin(RefundRun, RefundRun.id == Charge.run_id)
        .where(Charge.cancelled_at.is_not(None), asked < _HELD, runs)
    )
    return list(session.scalars(query.order_by(Charge.id).limit(limit)))
