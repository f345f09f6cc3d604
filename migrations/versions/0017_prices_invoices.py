"""Price lists, invoices, and charges that follow them. There is no way back: a payment forgets its award."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

APPEND_ONLY = """
    CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION fairlink_append_only()"""


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    _prices()
    _charges()
    _payments()
    _invoices()


def _prices() -> None:
    op.create_table(
        "price",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("fair_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", _enum("chargekind", "own_contribution", "stand", "extra", "deposit"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("unit", _enum("priceunit", "firm", "square_metre"), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_price_positive")),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_price_fair_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price")),
    )
    op.create_index(op.f("ix_price_fair_id"), "price", ["fair_id"], unique=False)


def _charges() -> None:
    op.add_column("charge", sa.Column("fair_id", sa.BigInteger(), nullable=True))
    op.add_column("charge", sa.Column("price_id", sa.BigInteger(), nullable=True))
    op.add_column("charge", sa.Column("label", sa.Text(), server_default="", nullable=False))
    op.add_column("charge", sa.Column("credited_minor", sa.BigInteger(), server_default="0", nullable=False))
    op.execute(
        """
        UPDATE charge SET fair_id = call.fair_id,
          credited_minor = CASE WHEN charge.cancelled_at IS NULL THEN 0 ELSE charge.amount_minor END
        FROM award JOIN application ON application.id = award.application_id JOIN call ON call.id = application.call_id
        WHERE award.id = charge.award_id"""
    )
    _must_be_set("charge")
    op.create_foreign_key(op.f("fk_charge_fair_id"), "charge", "fair", ["fair_id"], ["id"])
    op.create_foreign_key(op.f("fk_charge_price_id"), "charge", "price", ["price_id"], ["id"])
    op.create_index("ix_charge_fair_id_due_on", "charge", ["fair_id", "due_on", "id"], unique=False)
    op.create_index(op.f("ix_charge_price_id"), "charge", ["price_id"], unique=False)
    op.drop_constraint("uq_charge_award_id_firm_id_kind", "charge", type_="unique")
    op.create_unique_constraint(
        op.f("uq_charge_award_id_firm_id_kind_price_id"),
        "charge",
        ["award_id", "firm_id", "kind", "price_id"],
        postgresql_nulls_not_distinct=True,
    )
    op.create_check_constraint(
        op.f("ck_charge_credited_within_amount"), "charge", "credited_minor BETWEEN 0 AND amount_minor"
    )
    _widen("charge", "kind", "chargekind", "own_contribution", "stand", "extra", "deposit")
    kinds = ("charged", "cancelled", "reduced", "received", "refunded", "refund_returned")
    _widen("charge_entry", "kind", "entrykind", *kinds)


def _must_be_set(table: str) -> None:
    """A fair for every row; an installation has some thousand of them, which are read in no time."""
    op.execute(f"-- squawk-ignore adding-not-nullable-field\nALTER TABLE {table} ALTER COLUMN fair_id SET NOT NULL")


def _widen(table: str, column: str, name: str, *values: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, sa.column(column).in_(values))


def _payments() -> None:
    op.add_column("payment", sa.Column("fair_id", sa.BigInteger(), nullable=True))
    op.execute(
        """
        UPDATE payment SET fair_id = call.fair_id
        FROM award JOIN application ON application.id = award.application_id JOIN call ON call.id = application.call_id
        WHERE award.id = payment.award_id"""
    )
    _must_be_set("payment")
    op.create_foreign_key(op.f("fk_payment_fair_id"), "payment", "fair", ["fair_id"], ["id"])
    op.create_index(op.f("ix_payment_fair_id"), "payment", ["fair_id"], unique=False)
    # The fair says enough, and a payment may be for several awards; processes are stopped while a schema changes.
    op.execute("-- squawk-ignore ban-drop-column\nALTER TABLE payment DROP COLUMN award_id")


def _invoices() -> None:
    op.create_table(
        "invoice_counter",
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_invoice_counter_agency_id")),
        sa.PrimaryKeyConstraint("agency_id", "year", name=op.f("pk_invoice_counter")),
    )
    op.create_table(
        "invoice",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("kind", _enum("invoicekind", "invoice", "credit_note"), nullable=False),
        sa.Column("charge_id", sa.BigInteger(), nullable=False),
        sa.Column("corrects_id", sa.BigInteger(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locale", sa.String(length=5), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "(kind = 'credit_note') = (corrects_id IS NOT NULL)", name=op.f("ck_invoice_credit_note_corrects")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_invoice_positive")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_invoice_agency_id")),
        sa.ForeignKeyConstraint(["charge_id"], ["charge.id"], name=op.f("fk_invoice_charge_id")),
        sa.ForeignKeyConstraint(["corrects_id"], ["invoice.id"], name=op.f("fk_invoice_corrects_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
        sa.UniqueConstraint("agency_id", "year", "number", name=op.f("uq_invoice_agency_id_year_number")),
    )
    op.create_index(op.f("ix_invoice_charge_id"), "invoice", ["charge_id"], unique=False)
    op.create_index(op.f("ix_invoice_corrects_id"), "invoice", ["corrects_id"], unique=False)
    op.execute(APPEND_ONLY.format(table="invoice"))
