"""What a call promises before it opens: criteria, the commitment of its lottery, the plan of its analysis."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

#: Criteria and seed belong to the draft. A plan, which has `written_at`, may follow until the window opens.
FUNCTION = """
    CREATE FUNCTION fairlink_before_opening() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM FROM call
        WHERE id = COALESCE(NEW.call_id, OLD.call_id) AND state <> 'draft'
          AND opens_at <= COALESCE((to_jsonb(NEW) ->> 'written_at')::timestamptz, 'infinity');
      IF FOUND THEN
        RAISE EXCEPTION '% is frozen: the call is no draft any more', TG_TABLE_NAME;
      END IF;
      RETURN COALESCE(NEW, OLD);
    END $$"""

BEFORE_OPENING = """
    CREATE TRIGGER {table}_before_opening BEFORE {writes} ON {table}
    FOR EACH ROW EXECUTE FUNCTION fairlink_before_opening()"""

APPEND_ONLY = """
    CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION fairlink_append_only()"""


def upgrade() -> None:
    op.add_column("call", sa.Column("assessors_wanted", sa.SmallInteger(), server_default="1", nullable=False))
    op.add_column("call", sa.Column("seed_revealed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_call_assessors_wanted"), "call", "assessors_wanted BETWEEN 1 AND 9", postgresql_not_valid=True
    )
    op.execute("ALTER TABLE call VALIDATE CONSTRAINT ck_call_assessors_wanted")
    op.create_table(
        "call_criterion",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("weight_bp", sa.SmallInteger(), nullable=False),
        sa.Column("max_score", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("weight_bp BETWEEN 1 AND 10000", name=op.f("ck_call_criterion_weight")),
        sa.CheckConstraint("max_score BETWEEN 1 AND 100", name=op.f("ck_call_criterion_max_score")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_call_criterion_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_criterion")),
        sa.UniqueConstraint("call_id", "position", name=op.f("uq_call_criterion_call_id_position")),
    )
    op.create_table(
        "lottery_seed",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("commitment", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "seed ~ '^[0-9a-f]{64}$' AND commitment ~ '^[0-9a-f]{64}$'", name=op.f("ck_lottery_seed_hexadecimal")
        ),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_lottery_seed_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lottery_seed")),
        sa.UniqueConstraint("call_id", name=op.f("uq_lottery_seed_call_id")),
    )
    op.create_table(
        "analysis_plan",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_analysis_plan_call_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["user_account.id"], name=op.f("fk_analysis_plan_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_analysis_plan")),
    )
    op.create_index(op.f("ix_analysis_plan_call_id"), "analysis_plan", ["call_id"], unique=False)
    op.create_index(op.f("ix_analysis_plan_written_by_id"), "analysis_plan", ["written_by_id"], unique=False)
    op.execute(FUNCTION)
    for table, writes in (
        ("call_criterion", "INSERT OR UPDATE OR DELETE"),
        ("lottery_seed", "INSERT"),
        ("analysis_plan", "INSERT"),
    ):
        op.execute(BEFORE_OPENING.format(table=table, writes=writes))
    for table in ("lottery_seed", "analysis_plan"):
        op.execute(APPEND_ONLY.format(table=table))


def downgrade() -> None:
    op.drop_table("analysis_plan")
    op.drop_table("lottery_seed")
    op.drop_table("call_criterion")
    op.execute("DROP FUNCTION fairlink_before_opening()")
    op.drop_column("call", "seed_revealed_at")
    op.drop_column("call", "assessors_wanted")
