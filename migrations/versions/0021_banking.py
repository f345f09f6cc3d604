"""Bank statements, what came in by them, and files that send money back."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.add_column("payment", sa.Column("account_holder", sa.Text(), server_default="", nullable=False))
    op.add_column("payment", sa.Column("account_number", sa.Text(), server_default="", nullable=False))
    _files()
    _entries()
    op.add_column("refund", sa.Column("file_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_refund_file_id"), "refund", "refund_file", ["file_id"], ["id"])
    op.create_index(op.f("ix_refund_file_id"), "refund", ["file_id"], unique=False)


def _files() -> None:
    op.create_table(
        "bank_file",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_bank_file_agency_id")),
        sa.ForeignKeyConstraint(["imported_by_id"], ["user_account.id"], name=op.f("fk_bank_file_imported_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_file")),
    )
    op.create_index("uq_bank_file_agency_id_digest", "bank_file", ["agency_id", "digest"], unique=True)
    op.create_index(op.f("ix_bank_file_imported_by_id"), "bank_file", ["imported_by_id"], unique=False)
    op.create_table(
        "refund_file",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("format", _enum("fileformat", "pain", "csv"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_refund_file_agency_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["user_account.id"], name=op.f("fk_refund_file_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_file")),
    )
    op.create_index(op.f("ix_refund_file_agency_id"), "refund_file", ["agency_id"], unique=False)
    op.create_index(op.f("ix_refund_file_made_by_id"), "refund_file", ["made_by_id"], unique=False)


def _entries() -> None:
    op.create_table(
        "bank_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("state", _enum("entrystate", "open", "booked", "set_aside"), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(state = 'booked') = (payment_id IS NOT NULL)", name=op.f("ck_bank_entry_booked_has_payment")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_bank_entry_positive")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_bank_entry_agency_id")),
        sa.ForeignKeyConstraint(["file_id"], ["bank_file.id"], name=op.f("fk_bank_entry_file_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_bank_entry_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_entry")),
        sa.UniqueConstraint("agency_id", "identity", name=op.f("uq_bank_entry_agency_id_identity")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_bank_entry_payment_id")),
    )
    op.create_index(op.f("ix_bank_entry_file_id"), "bank_entry", ["file_id"], unique=False)
    op.create_index(
        "ix_bank_entry_open",
        "bank_entry",
        ["agency_id", "booked_on", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )


def downgrade() -> None:
    op.drop_column("refund", "file_id")
    op.drop_table("bank_entry")
    op.drop_table("refund_file")
    op.drop_table("bank_file")
    op.drop_column("payment", "account_number")
    op.drop_column("payment", "account_holder")
