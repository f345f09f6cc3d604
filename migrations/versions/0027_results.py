"""Summary tables of results, how sure they are, and evaluations."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "result_refresh",
        sa.Column("fair_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_result_refresh_agency_id")),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_result_refresh_fair_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("fair_id", name=op.f("pk_result_refresh")),
    )
    op.create_index(op.f("ix_result_refresh_agency_id"), "result_refresh", ["agency_id"], unique=False)
    op.create_table(
        "application_result",
        sa.Column("application_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lead_firm_id", sa.BigInteger(), nullable=False),
        sa.Column("applications", sa.SmallInteger(), nullable=False),
        sa.Column("awards", sa.SmallInteger(), nullable=False),
        sa.Column("exhibitors", sa.SmallInteger(), nullable=False),
        sa.Column("meetings_booked", sa.BigInteger(), nullable=False),
        sa.Column("meetings_held", sa.BigInteger(), nullable=False),
        sa.Column("leads", sa.BigInteger(), nullable=False),
        sa.Column("leads_answered", sa.BigInteger(), nullable=False),
        sa.Column("leads_ordered", sa.BigInteger(), nullable=False),
        sa.Column("leads_repeated", sa.BigInteger(), nullable=False),
        sa.Column("prompts_sent", sa.BigInteger(), nullable=False),
        sa.Column("prompts_answered", sa.BigInteger(), nullable=False),
        sa.Column("orders_reported", sa.BigInteger(), nullable=False),
        sa.Column("orders_confirmed", sa.BigInteger(), nullable=False),
        sa.Column("orders_disputed", sa.BigInteger(), nullable=False),
        sa.Column("orders_unpriced", sa.BigInteger(), nullable=False),
        sa.Column("support_minor", sa.BigInteger(), nullable=False),
        sa.Column("reported_minor", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_minor", sa.BigInteger(), nullable=False),
        sa.Column("expected_minor", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("fair_id", sa.BigInteger(), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("scheme_id", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("sector", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("grouped", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_application_result_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["fair_id"], ["fair.id"], name=op.f("fk_application_result_fair_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("application_id", name=op.f("pk_application_result")),
    )
    op.create_index(
        "ix_application_result_agency_id_fair_id", "application_result", ["agency_id", "fair_id"], unique=False
    )
    op.create_index(op.f("ix_application_result_fair_id"), "application_result", ["fair_id"], unique=False)
    op.create_table(
        "lead_result",
        sa.Column("application_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "interest",
            sa.Enum("low", "medium", "high", name="interest", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("firm_answered", sa.Boolean(), nullable=False),
        sa.Column("buyer_answered", sa.Boolean(), nullable=False),
        sa.Column("ordered", sa.Boolean(), nullable=False),
        sa.Column("months", sa.SmallInteger(), nullable=False),
        sa.Column("leads", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("fair_id", sa.BigInteger(), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("scheme_id", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("sector", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("grouped", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_lead_result_application_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_lead_result_fair_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint(
            "application_id",
            "interest",
            "firm_answered",
            "buyer_answered",
            "ordered",
            "months",
            name=op.f("pk_lead_result"),
        ),
    )
    op.create_index("ix_lead_result_agency_id_fair_id", "lead_result", ["agency_id", "fair_id"], unique=False)
    op.create_index(op.f("ix_lead_result_fair_id"), "lead_result", ["fair_id"], unique=False)
    op.create_table(
        "firm_result",
        sa.Column("application_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("firm_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("confirmed_minor", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("fair_id", sa.BigInteger(), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("scheme_id", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("sector", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("grouped", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_firm_result_application_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_firm_result_fair_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("application_id", "firm_id", name=op.f("pk_firm_result")),
    )
    op.create_index("ix_firm_result_agency_id_fair_id", "firm_result", ["agency_id", "fair_id"], unique=False)
    op.create_index(op.f("ix_firm_result_fair_id"), "firm_result", ["fair_id"], unique=False)
    op.create_table(
        "result_scope",
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "dimension",
            sa.Enum(
                "all",
                "year",
                "fair",
                "call",
                "scheme",
                "sector",
                "region",
                name="dimension",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("fair_id", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("estimates", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("estimated_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_result_scope_agency_id")),
        sa.PrimaryKeyConstraint("agency_id", "dimension", "key", name=op.f("pk_result_scope")),
    )
    op.create_table(
        "evaluation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "design",
            sa.Enum(
                "lottery", "cutoff", "matching", name="design", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("outcome_year", sa.SmallInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(["asked_by_id"], ["user_account.id"], name=op.f("fk_evaluation_asked_by_id")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_evaluation_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation")),
    )
    op.create_index(op.f("ix_evaluation_asked_by_id"), "evaluation", ["asked_by_id"], unique=False)
    op.create_index(op.f("ix_evaluation_call_id"), "evaluation", ["call_id"], unique=False)


def downgrade() -> None:
    # Everything in the first five can be worked out again; evaluations are lost.
    for table in ("evaluation", "result_scope", "firm_result", "lead_result", "application_result", "result_refresh"):
        op.drop_table(table)
