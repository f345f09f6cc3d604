"""Tables of payments."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

APPEND_ONLY = """
    CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION fairlink_append_only()"""


def upgrade() -> None:
    op.create_table(
        "stripe_event",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_event")),
    )
    op.create_table(
        "bank_account",
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("bank", sa.Text(), server_default="", nullable=False),
        sa.Column("bic", sa.Text(), server_default="", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_bank_account_agency_id")),
        sa.ForeignKeyConstraint(["changed_by_id"], ["user_account.id"], name=op.f("fk_bank_account_changed_by_id")),
        sa.PrimaryKeyConstraint("agency_id", name=op.f("pk_bank_account")),
    )
    op.create_index(op.f("ix_bank_account_changed_by_id"), "bank_account", ["changed_by_id"], unique=False)
    op.create_table(
        "charge",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("award_id", sa.BigInteger(), nullable=False),
        sa.Column("firm_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "own_contribution",
                "stand",
                "deposit",
                name="chargekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("received_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_charge_positive")),
        sa.CheckConstraint(
            "refunded_minor BETWEEN 0 AND received_minor", name=op.f("ck_charge_refunded_within_received")
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_charge_agency_id")),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name=op.f("fk_charge_award_id")),
        sa.ForeignKeyConstraint(["firm_id"], ["organisation.id"], name=op.f("fk_charge_firm_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge")),
        sa.UniqueConstraint("award_id", "firm_id", "kind", name=op.f("uq_charge_award_id_firm_id_kind")),
        sa.UniqueConstraint("reference", name=op.f("uq_charge_reference")),
    )
    op.create_index("ix_charge_agency_id_due_on", "charge", ["agency_id", "due_on", "id"], unique=False)
    op.create_index("ix_charge_firm_id_id", "charge", ["firm_id", "id"], unique=False)
    op.create_table(
        "payment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("award_id", sa.BigInteger(), nullable=False),
        sa.Column("payer_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "method",
            sa.Enum("card", "transfer", name="method", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "created",
                "open",
                "pending",
                "expired",
                "failed",
                "paid",
                name="paymentstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=True),
        sa.Column("page_url", sa.Text(), nullable=True),
        sa.Column("intent_id", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(method = 'transfer') = (received_on IS NOT NULL)", name=op.f("ck_payment_transfer_has_day")
        ),
        sa.CheckConstraint("(state = 'paid') = (paid_at IS NOT NULL)", name=op.f("ck_payment_paid_has_instant")),
        sa.CheckConstraint("method = 'card' OR state = 'paid'", name=op.f("ck_payment_transfer_is_paid")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payment_positive")),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name=op.f("fk_payment_award_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["user_account.id"], name=op.f("fk_payment_made_by_id")),
        sa.ForeignKeyConstraint(["payer_id"], ["organisation.id"], name=op.f("fk_payment_payer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("intent_id", name=op.f("uq_payment_intent_id")),
        sa.UniqueConstraint("session_id", name=op.f("uq_payment_session_id")),
    )
    op.create_index(op.f("ix_payment_award_id"), "payment", ["award_id"], unique=False)
    op.create_index(op.f("ix_payment_made_by_id"), "payment", ["made_by_id"], unique=False)
    op.create_index(op.f("ix_payment_payer_id"), "payment", ["payer_id"], unique=False)
    op.create_index(
        "ix_payment_unsettled",
        "payment",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('created','open','pending')"),
    )
    op.create_index("uq_payment_key", "payment", ["key"], unique=True)
    op.create_table(
        "payment_part",
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("charge_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payment_part_positive")),
        sa.ForeignKeyConstraint(["charge_id"], ["charge.id"], name=op.f("fk_payment_part_charge_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_payment_part_payment_id")),
        sa.PrimaryKeyConstraint("payment_id", "charge_id", name=op.f("pk_payment_part")),
    )
    op.create_index(op.f("ix_payment_part_charge_id"), "payment_part", ["charge_id"], unique=False)
    op.create_table(
        "receipt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_receipt_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_receipt_payment_id")),
    )
    op.create_table(
        "refund",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "pending",
                "succeeded",
                "failed",
                name="refundstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by_id", sa.BigInteger(), nullable=True),
        sa.Column("stripe_id", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempt", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_refund_positive")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_refund_payment_id")),
        sa.ForeignKeyConstraint(["requested_by_id"], ["user_account.id"], name=op.f("fk_refund_requested_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_refund_stripe_id")),
    )
    op.create_index(op.f("ix_refund_payment_id"), "refund", ["payment_id"], unique=False)
    op.create_index(op.f("ix_refund_requested_by_id"), "refund", ["requested_by_id"], unique=False)
    op.create_index(
        "ix_refund_unsettled",
        "refund",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state IN ('requested','pending')"),
    )
    op.create_index("uq_refund_key", "refund", ["key"], unique=True)
    op.create_table(
        "charge_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("charge_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "charged",
                "cancelled",
                "received",
                "refunded",
                "refund_returned",
                name="entrykind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=True),
        sa.Column("refund_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'received') = (payment_id IS NOT NULL)", name=op.f("ck_charge_entry_received_has_payment")
        ),
        sa.CheckConstraint(
            "(kind IN ('refunded','refund_returned')) = (refund_id IS NOT NULL)",
            name=op.f("ck_charge_entry_has_refund"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_charge_entry_positive")),
        sa.ForeignKeyConstraint(["actor_id"], ["user_account.id"], name=op.f("fk_charge_entry_actor_id")),
        sa.ForeignKeyConstraint(["charge_id"], ["charge.id"], name=op.f("fk_charge_entry_charge_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_charge_entry_payment_id")),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.id"], name=op.f("fk_charge_entry_refund_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge_entry")),
        sa.UniqueConstraint("payment_id", "charge_id", name=op.f("uq_charge_entry_payment_id_charge_id")),
        sa.UniqueConstraint("refund_id", "charge_id", "kind", name=op.f("uq_charge_entry_refund_id_charge_id_kind")),
    )
    op.create_index(op.f("ix_charge_entry_actor_id"), "charge_entry", ["actor_id"], unique=False)
    op.create_index(op.f("ix_charge_entry_charge_id"), "charge_entry", ["charge_id"], unique=False)
    op.create_table(
        "refund_part",
        sa.Column("refund_id", sa.BigInteger(), nullable=False),
        sa.Column("charge_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_refund_part_positive")),
        sa.ForeignKeyConstraint(["charge_id"], ["charge.id"], name=op.f("fk_refund_part_charge_id")),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.id"], name=op.f("fk_refund_part_refund_id")),
        sa.PrimaryKeyConstraint("refund_id", "charge_id", name=op.f("pk_refund_part")),
    )
    op.create_index(op.f("ix_refund_part_charge_id"), "refund_part", ["charge_id"], unique=False)
    op.execute(APPEND_ONLY.format(table="charge_entry"))


def downgrade() -> None:
    op.drop_table("charge_entry")
    op.drop_table("refund_part")
    op.drop_table("refund")
    op.drop_table("receipt")
    op.drop_table("payment_part")
    op.drop_table("payment")
    op.drop_table("charge")
    op.drop_table("bank_account")
    op.drop_table("stripe_event")
