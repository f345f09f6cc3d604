"""Tables of badges and of contacts noted at a fair."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fairlink.accounts.models import HsCode, Organisation, User
from fairlink.applications.models import Exhibitor
from fairlink.kernel.database import Base, PrimaryKey, enum_column, reference
from fairlink.kernel.money import Money
from fairlink.visits.models.meetings import Meeting
from fairlink.visits.models.visits import Visit
from fairlink.visits.states import Interest


class Badge(Base):
    """A visitor's badge, whose QR code shows the exhibitors of that fair who the visitor is; its row is the consent."""

    __tablename__ = "badge"

    visit_id: Mapped[int] = mapped_column(sa.ForeignKey("visit.id", ondelete="CASCADE"), primary_key=True)
    #: At random and kept as it is: a badge is shown to everybody, and opens nothing to those who do not exhibit.
    token: Mapped[str] = mapped_column(unique=True)
    consented_at: Mapped[datetime]

    visit: Mapped[Visit] = relationship()


class Contact(Base):
    """Somebody met at a fair, as an exhibitor noted it; the follow-up makes a lead of it."""

    __tablename__ = "contact"
    __table_args__ = (
        # What a phone sends twice is kept once.
        sa.UniqueConstraint("exhibitor_id", "key"),
        sa.CheckConstraint(
            "coalesce(expected_3_minor, expected_6_minor, expected_12_minor) IS NULL OR currency IS NOT NULL",
            name="expected_with_currency",
        ),
        sa.CheckConstraint(
            "expected_3_minor >= 0 AND expected_6_minor >= 0 AND expected_12_minor >= 0", name="not_negative"
        ),
        sa.CheckConstraint(
            "consented_at IS NOT NULL OR (person = '' AND email = '' AND phone = '')", name="person_by_consent"
        ),
    )

    id: Mapped[PrimaryKey]
    exhibitor_id: Mapped[int] = reference("exhibitor", index=False)
    #: Made by the phone that noted it.
    key: Mapped[uuid.UUID]
    captured_by_id: Mapped[int] = reference("user_account")
    #: When they met, by the phone's clock; never later than when it came here.
    captured_at: Mapped[datetime]
    received_at: Mapped[datetime]
    buyer_id: Mapped[int] = reference("organisation")
    #: Whose badge was read; NULL for a walk-in whose name was typed.
    visit_id: Mapped[int | None] = reference("visit")
    #: The meeting of the two that had begun last when they met; NULL for a contact made in passing.
    meeting_id: Mapped[int | None] = reference("meeting")
    #: Kept only with the person's consent.
    person: Mapped[str] = mapped_column(server_default="")
    email: Mapped[str] = mapped_column(server_default="")
    #: E.164.
    phone: Mapped[str] = mapped_column(server_default="")
    consented_at: Mapped[datetime | None]
    interest: Mapped[Interest] = enum_column(Interest)
    #: Forecasts of what comes within 3, 6 and 12 months, each with what comes earlier; never added to orders.
    expected_3_minor: Mapped[int | None]
    expected_6_minor: Mapped[int | None]
    expected_12_minor: Mapped[int | None]
    currency: Mapped[str | None] = mapped_column(sa.String(3))
    note: Mapped[str] = mapped_column(server_default="")

    exhibitor: Mapped[Exhibitor] = relationship()
    captured_by: Mapped[User] = relationship()
    buyer: Mapped[Organisation] = relationship()
    visit: Mapped[Visit | None] = relationship()
    meeting: Mapped[Meeting | None] = relationship()
    products: Mapped[list[HsCode]] = relationship(secondary="contact_product", order_by=HsCode.code)

    @property
    def firm_ids(self) -> frozenset[int]:
        return self.exhibitor.firm_ids

    @property
    def expected(self) -> dict[int, Money]:
        """What was expected within how many months, where something was."""
        amounts = {3: self.expected_3_minor, 6: self.expected_6_minor, 12: self.expected_12_minor}
        if self.currency is None:
            return {}
        return {months: Money(minor, self.currency) for months, minor in amounts.items() if minor is not None}


class ContactProduct(Base):
    """A product that a contact is about."""

    __tablename__ = "contact_product"

    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contact.id", ondelete="CASCADE"), primary_key=True)
    hs_code: Mapped[str] = mapped_column(sa.ForeignKey("hs_code.code"), primary_key=True, index=True)
