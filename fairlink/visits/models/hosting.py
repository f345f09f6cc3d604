"""Tables of support for the travel of buyers: what an agency offers, who applies, and what is paid."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fairlink.applications.rules.claims import Window, window
from fairlink.fairs.models import Fair
from fairlink.files.models import StoredFile
from fairlink.kernel.database import Base, PrimaryKey, enum_column, reference
from fairlink.kernel.money import Money
from fairlink.subsidies.models import Call
from fairlink.visits.models.visits import Visit
from fairlink.visits.states import DEPOSITS, Deposit, Forfeit, HostedState


class HostingOffer(Base):
    """Travel support for buyers of one fair, paid from the envelope of a call."""

    __tablename__ = "hosting_offer"
    __table_args__ = (
        sa.UniqueConstraint("fair_id"),
        sa.CheckConstraint("meetings_required BETWEEN 1 AND 200", name="meetings"),
        sa.CheckConstraint("rate_bp BETWEEN 1 AND 10000", name="rate"),
        sa.CheckConstraint("deposit_minor >= 0", name="deposit"),
        sa.CheckConstraint("claim_within_days BETWEEN 1 AND 730", name="claim_within"),
    )

    id: Mapped[PrimaryKey]
    fair_id: Mapped[int] = reference("fair", index=False)
    call_id: Mapped[int] = reference("call")
    #: Meetings to be held; those that an exhibitor missed count.
    meetings_required: Mapped[int] = mapped_column(sa.SmallInteger)
    #: Whether a visit to a workshop is as good as a meeting, held or missed.
    counts_workshops: Mapped[bool] = mapped_column(server_default=sa.false())
    rate_bp: Mapped[int]
    #: In the call's currency; returned after the meetings.
    deposit_minor: Mapped[int]
    #: Days after the last day of the fair; what is not claimed by then is forfeited.
    claim_within_days: Mapped[int] = mapped_column(sa.SmallInteger, server_default="60")
    #: Markdown; buyers accept it when they apply.
    conditions: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime]

    fair: Mapped[Fair] = relationship()
    call: Mapped[Call] = relationship()
    ceilings: Mapped[list["HostingCeiling"]] = relationship(
        cascade="all, delete-orphan", order_by="HostingCeiling.origin"
    )

    @property
    def agency_id(self) -> int:
        return self.fair.agency_id

    @property
    def ceiling_by_origin(self) -> dict[str, int]:
        return {each.origin: each.amount_minor for each in self.ceilings}

    @property
    def deposit(self) -> Money:
        return self.money(self.deposit_minor)

    def money(self, minor: int) -> Money:
        return Money(minor, self.call.currency)

    @property
    def claim_window(self) -> Window:
        """When a claim can be sent: from the end of the fair."""
        return window(self.fair.ends_on, self.claim_within_days, self.fair.zone)


class HostingCeiling(Base):
    """The most that is paid for a buyer from one country."""

    __tablename__ = "hosting_ceiling"
    __table_args__ = (sa.CheckConstraint("amount_minor > 0", name="positive"),)

    offer_id: Mapped[int] = mapped_column(sa.ForeignKey("hosting_offer.id", ondelete="CASCADE"), primary_key=True)
    #: ISO 3166-1 alpha-2; empty for every other country.
    origin: Mapped[str] = mapped_column(sa.String(2), primary_key=True)
    amount_minor: Mapped[int]


class HostedStay(Base):
    """A buyer's visit with travel support: applied for, promised by two people, claimed and approved by two people."""

    __tablename__ = "hosted_stay"
    __table_args__ = (
        sa.UniqueConstraint("visit_id", info={"conflict": "hosting_applied"}),
        sa.Index("ix_hosted_stay_offer_id_state", "offer_id", "state", "id"),
        sa.CheckConstraint("ceiling_minor >= 0 AND travel_minor >= 0 AND lodging_minor >= 0", name="not_negative"),
        sa.CheckConstraint("payable_minor BETWEEN 0 AND ceiling_minor", name="payable_within_ceiling"),
        # Whatever the code does, nobody approves money for what they have chosen or checked themselves.
        sa.CheckConstraint(
            "granted_by_id <> chosen_by_id", name="two_people_promise", info={"conflict": "hosting_needs_two_people"}
        ),
        sa.CheckConstraint(
            "approved_by_id <> checked_by_id", name="two_people_pay", info={"conflict": "hosting_needs_two_people"}
        ),
    )

    id: Mapped[PrimaryKey]
    offer_id: Mapped[int] = reference("hosting_offer", index=False)
    visit_id: Mapped[int] = reference("visit", index=False)
    state: Mapped[HostedState] = enum_column(HostedState)
    #: The most that is paid, by the buyer's country when it applied.
    ceiling_minor: Mapped[int]
    conditions_accepted_at: Mapped[datetime]
    applied_at: Mapped[datetime]
    chosen_by_id: Mapped[int | None] = reference("user_account")
    granted_by_id: Mapped[int | None] = reference("user_account")
    granted_at: Mapped[datetime | None]
    #: What the trip cost, in the call's currency; NULL until claimed.
    travel_minor: Mapped[int | None]
    lodging_minor: Mapped[int | None]
    #: When the buyer was told that the time to claim runs out.
    claim_reminded_at: Mapped[datetime | None]
    claimed_at: Mapped[datetime | None]
    checked_by_id: Mapped[int | None] = reference("user_account")
    approved_by_id: Mapped[int | None] = reference("user_account")
    approved_at: Mapped[datetime | None]
    #: What is paid, once checked.
    payable_minor: Mapped[int | None]
    #: Why it was refused, or the code of why it was forfeited; the buyer reads it.
    reason: Mapped[str] = mapped_column(server_default="")

    offer: Mapped[HostingOffer] = relationship()
    visit: Mapped[Visit] = relationship()
    evidence: Mapped[list["HostedEvidence"]] = relationship(back_populates="stay", order_by="HostedEvidence.id")

    @property
    def buyer_id(self) -> int:
        return self.visit.buyer_id

    @property
    def agency_id(self) -> int:
        return self.offer.agency_id

    @property
    def payment_reference(self) -> str:
        """Under which the payment of its claim is ordered."""
        return f"hosted:{self.id}"

    @property
    def deposit_fate(self) -> Deposit:
        """What is to become of its deposit, for whoever charges it; it vouches for the meetings, not for the claim."""
        if self.state is HostedState.FORFEITED and self.reason == Forfeit.NOT_CLAIMED and self.offer.deposit_minor:
            return Deposit.RETURN
        return DEPOSITS[self.state] if self.offer.deposit_minor else Deposit.NONE

    def money(self, minor: int) -> Money:
        return self.offer.money(minor)


class HostedEvidence(Base):
    """A ticket, a boarding pass or an invoice of a hosted buyer's trip."""

    __tablename__ = "hosted_evidence"

    id: Mapped[PrimaryKey]
    stay_id: Mapped[int] = reference("hosted_stay")
    file_id: Mapped[int] = reference("stored_file")

    stay: Mapped[HostedStay] = relationship(back_populates="evidence")
    file: Mapped[StoredFile] = relationship()

    @property
    def buyer_id(self) -> int:
        return self.stay.buyer_id

    @property
    def agency_id(self) -> int:
        return self.stay.agency_id
