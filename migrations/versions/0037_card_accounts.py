"""Accounts of agencies at Stripe, and with which of them a payment was made. No way back: money is at these accounts."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kind = sa.Enum(
        "connected", "own_keys", name="cardaccountkind", native_enum=False, create_constraint=True, length=40
    )
    op.create_table(
        "card_account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", kind, nullable=False),
        sa.Column("connected_id", sa.Text(), nullable=True),
        sa.Column("sealed_key", sa.Text(), nullable=True),
        sa.Column("sealed_webhook_secret", sa.Text(), nullable=True),
        sa.Column("ending", sa.String(length=4), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kind = 'connected') = (connected_id IS NOT NULL)", name=op.f("ck_card_account_connected_has_id")
        ),
        sa.CheckConstraint("(kind = 'own_keys') = (sealed_key IS NOT NULL)", name=op.f("ck_card_account_own_has_key")),
        sa.CheckConstraint(
            "(kind = 'own_keys') = (sealed_webhook_secret IS NOT NULL)",
            name=op.f("ck_card_account_own_has_webhook_secret"),
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_card_account_agency_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"], name=op.f("fk_card_account_created_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_account")),
    )
    op.create_index(op.f("ix_card_account_agency_id"), "card_account", ["agency_id"], unique=False)
    op.create_index(op.f("ix_card_account_created_by_id"), "card_account", ["created_by_id"], unique=False)
    for name, column in (("uq_card_account_current", "agency_id"), ("uq_card_account_connected_id", "connected_id")):
        op.create_index(name, "card_account", [column], unique=True, postgresql_where=sa.text("ended_at IS NULL"))
    op.add_column("payment", sa.Column("card_account_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_payment_card_account_id"), "payment", "card_account", ["card_account_id"], ["id"])
    op.create_index(op.f("ix_payment_card_account_id"), "payment", ["card_account_id"], unique=False)
