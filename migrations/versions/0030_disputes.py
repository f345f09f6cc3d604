"""Disputes about card payments, and deposits that are only put by on a card. No way back: both are in the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _widen(table: str, column: str, name: str, *values: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, sa.column(column).in_(values))


def upgrade() -> None:
    op.create_table(
        "dispute",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("stripe_id", sa.Text(), nullable=False),
        sa.Column("state", _enum("disputestate", "open", "won", "lost"), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name=op.f("ck_dispute_closed_has_instant")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_dispute_positive")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_dispute_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_dispute_stripe_id")),
    )
    op.create_index(op.f("ix_dispute_payment_id"), "dispute", ["payment_id"], unique=False)
    op.add_column("charge_entry", sa.Column("dispute_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_charge_entry_dispute_id"), "charge_entry", "dispute", ["dispute_id"], ["id"])
    op.create_unique_constraint(
        op.f("uq_charge_entry_dispute_id_charge_id"), "charge_entry", ["dispute_id", "charge_id"]
    )
    kinds = ("charged", "cancelled", "reduced", "received", "refunded", "refund_returned", "charged_back")
    _widen("charge_entry", "kind", "entrykind", *kinds)
    op.create_check_constraint(
        op.f("ck_charge_entry_charged_back_has_dispute"),
        "charge_entry",
        "(kind = 'charged_back') = (dispute_id IS NOT NULL)",
    )
    op.add_column("payment", sa.Column("is_hold", sa.Boolean(), server_default=sa.false(), nullable=False))
    states = ("created", "open", "pending", "expired", "failed", "held", "released", "paid")
    _widen("payment", "state", "paymentstate", *states)
    # A few thousand rows: made anew in a moment, with all processes stopped.
    op.execute("-- squawk-ignore require-concurrent-index-deletion\nDROP INDEX ix_payment_unsettled")
    op.create_index(
        "ix_payment_unsettled",
        "payment",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('created','open','pending','held')"),
    )
