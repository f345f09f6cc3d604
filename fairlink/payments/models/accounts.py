"""Tables of agencies' accounts at Stripe."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from fairlink.kernel.database import Base, PrimaryKey, enum_column, reference
from fairlink.payments.states import CardAccountKind


class CardAccount(Base):
    """An agency's account at Stripe: connected to the platform's, or with keys of its own, which are sealed.

    What was paid with it stays with it: it is never changed, only ended, and still asked about those payments.
    """

    __tablename__ = "card_account"
    __table_args__ = (
        sa.Index(
            "uq_card_account_current",
            "agency_id",
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL"),
            info={"conflict": "card_account_changed"},
        ),
        sa.Index(
            "uq_card_account_connected_id",
            "connected_id",
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL"),
            info={"conflict": "card_account_taken"},
        ),
        sa.CheckConstraint("(kind = 'connected') = (connected_id IS NOT NULL)", name="connected_has_id"),
        sa.CheckConstraint("(kind = 'own_keys') = (sealed_key IS NOT NULL)", name="own_has_key"),
        sa.CheckConstraint("(kind = 'own_keys') = (sealed_webhook_secret IS NOT NULL)", name="own_has_webhook_secret"),
    )

    id: Mapped[PrimaryKey]
    agency_id: Mapped[int] = reference("organisation")
    kind: Mapped[CardAccountKind] = enum_column(CardAccountKind)
    #: Stripe's name for a connected account, `acct_...`.
    connected_id: Mapped[str | None]
    #: By `kernel.sealing`; never shown.
    sealed_key: Mapped[str | None]
    sealed_webhook_secret: Mapped[str | None]
    #: The last four characters of the account's name or of its key: all that is shown.
    ending: Mapped[str] = mapped_column(sa.String(4))
    created_at: Mapped[datetime]
    created_by_id: Mapped[int] = reference("user_account")
    ended_at: Mapped[datetime | None]
