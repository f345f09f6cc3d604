"""Exchange rates, and what an amount is in the currency in which the agency counts."""

from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from fairlink.followup.states import RateSource
from fairlink.kernel.database import Base, CurrencyCode, PrimaryKey, enum_column, enum_type, reference
from fairlink.kernel.money import Money


class EuroRate(Base):
    """What one euro cost in another currency on one day: the ECB's way of quoting, so that its files fit."""

    __tablename__ = "euro_rate"
    __table_args__ = (
        sa.Index(
            "uq_euro_rate_currency",
            "currency",
            "rated_on",
            "agency_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        sa.CheckConstraint("per_euro > 0", name="positive"),
    )

    id: Mapped[PrimaryKey]
    #: NULL for a rate that holds for everybody; an agency's own goes before it.
    agency_id: Mapped[int | None] = reference("organisation")
    currency: Mapped[CurrencyCode]
    rated_on: Mapped[date]
    per_euro: Mapped[Decimal] = mapped_column(sa.Numeric(20, 10))
    source: Mapped[RateSource] = enum_column(RateSource)
    recorded_by_id: Mapped[int | None] = reference("user_account")
    recorded_at: Mapped[datetime]


class Conversion:
    """An amount in the currency of the agency (that of the call), with the rate by which it was worked out.

    All five columns are NULL together until a rate is known; a job fills them in once one is imported.
    """

    #: Minor units of `agency_currency`.
    agency_minor: Mapped[int | None]
    agency_currency: Mapped[str | None] = mapped_column(sa.String(3))
    #: Units of `agency_currency` for one unit of the amount's own currency.
    rate: Mapped[Decimal | None] = mapped_column(sa.Numeric(20, 10))
    #: The day of the rate: that of the amount, or the last one before it that has a rate.
    rate_on: Mapped[date | None]
    rate_source: Mapped[RateSource | None] = mapped_column(enum_type(RateSource))

    @property
    def in_agency_currency(self) -> Money | None:
        if self.agency_minor is None or self.agency_currency is None:
            return None
        return Money(self.agency_minor, self.agency_currency)


#: The constraint that goes with the columns of `Conversion`.
CONVERSION_WHOLE = "num_nulls(agency_minor, agency_currency, rate, rate_on, rate_source) IN (0, 5)"
