"""Tables of subsidies."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

APPEND_ONLY = """
    CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION fairlink_append_only()"""


def upgrade() -> None:
    op.create_table(
        "scheme",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("sunset_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_scheme_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheme")),
    )
    op.create_index("uq_scheme_agency_id_name", "scheme", ["agency_id", "name"], unique=True)
    op.create_table(
        "scheme_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("scheme_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"], name=op.f("fk_scheme_version_created_by_id")),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"], name=op.f("fk_scheme_version_scheme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheme_version")),
        sa.UniqueConstraint("scheme_id", "number", name=op.f("uq_scheme_version_scheme_id_number")),
    )
    op.create_index(op.f("ix_scheme_version_created_by_id"), "scheme_version", ["created_by_id"], unique=False)
    op.create_table(
        "call",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("fair_id", sa.BigInteger(), nullable=False),
        sa.Column("scheme_version_id", sa.BigInteger(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("envelope_minor", sa.BigInteger(), nullable=False),
        sa.Column("committed_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("disbursed_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("accept_days", sa.SmallInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "published",
                "withdrawn",
                name="callstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("accept_days BETWEEN 1 AND 365", name=op.f("ck_call_accept_days")),
        sa.CheckConstraint("closes_at > opens_at", name=op.f("ck_call_window_in_order")),
        sa.CheckConstraint("committed_minor BETWEEN 0 AND envelope_minor", name=op.f("ck_call_within_envelope")),
        sa.CheckConstraint(
            "disbursed_minor BETWEEN 0 AND committed_minor", name=op.f("ck_call_disbursed_within_committed")
        ),
        sa.CheckConstraint("envelope_minor > 0", name=op.f("ck_call_envelope_positive")),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_call_fair_id")),
        sa.ForeignKeyConstraint(["scheme_version_id"], ["scheme_version.id"], name=op.f("fk_call_scheme_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call")),
    )
    op.create_index(op.f("ix_call_fair_id"), "call", ["fair_id"], unique=False)
    op.create_index(op.f("ix_call_scheme_version_id"), "call", ["scheme_version_id"], unique=False)
    op.create_table(
        "envelope_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "committed",
                "released",
                "disbursed",
                "recovered",
                name="entrykind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_envelope_entry_positive")),
        sa.ForeignKeyConstraint(["actor_id"], ["user_account.id"], name=op.f("fk_envelope_entry_actor_id")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_envelope_entry_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_envelope_entry")),
    )
    op.create_index(op.f("ix_envelope_entry_actor_id"), "envelope_entry", ["actor_id"], unique=False)
    op.create_index(op.f("ix_envelope_entry_call_id"), "envelope_entry", ["call_id"], unique=False)
    op.execute(APPEND_ONLY.format(table="envelope_entry"))


def downgrade() -> None:
    op.drop_table("envelope_entry")
    op.drop_table("call")
    op.drop_table("scheme_version")
    op.drop_table("scheme")
