"""Tables of agenda runs and their drafts; tables of a fair, and meetings lifted while an agenda is published."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

STATES = "'requested','confirmed','declined','cancelled','held','buyer_no_show','exhibitor_no_show'"
OCCUPYING = "state IN ('requested','confirmed','held','buyer_no_show','exhibitor_no_show')"


def upgrade() -> None:
    op.add_column("meeting", sa.Column("table_no", sa.SmallInteger(), nullable=True))
    op.create_index(
        "uq_meeting_slot_table", "meeting", ["slot_id", "table_no"], unique=True, postgresql_where=sa.text(OCCUPYING)
    )
    _allow_states(f"{STATES},'lifted'")
    op.create_table(
        "agenda_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("fair_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum(
                "full", "repair", "unbooked", name="agendamode", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "running",
                "draft",
                "published",
                "discarded",
                name="agendastate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("seconds", sa.SmallInteger(), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stop_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wanted", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("elapsed_seconds", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("seated", sa.BigInteger(), nullable=True),
        sa.Column("gaps", sa.BigInteger(), nullable=True),
        sa.Column("bound", sa.BigInteger(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "optimal",
                "feasible",
                "infeasible",
                "unknown",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("unplaced", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.CheckConstraint("seconds BETWEEN 1 AND 3600", name=op.f("ck_agenda_run_seconds")),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_agenda_run_fair_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["user_account.id"], name=op.f("fk_agenda_run_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agenda_run")),
    )
    op.create_index(op.f("ix_agenda_run_fair_id"), "agenda_run", ["fair_id"], unique=False)
    op.create_index(op.f("ix_agenda_run_made_by_id"), "agenda_run", ["made_by_id"], unique=False)
    op.create_index(
        "uq_agenda_run_under_way",
        "agenda_run",
        ["fair_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('queued','running')"),
    )
    op.create_index(
        "uq_agenda_run_draft", "agenda_run", ["fair_id"], unique=True, postgresql_where=sa.text("state = 'draft'")
    )
    op.create_table(
        "agenda_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("visit_id", sa.BigInteger(), nullable=False),
        sa.Column("exhibitor_id", sa.BigInteger(), nullable=False),
        sa.Column("slot_id", sa.BigInteger(), nullable=False),
        sa.Column("table_no", sa.SmallInteger(), nullable=True),
        sa.Column("is_fixed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["exhibitor_id"], ["exhibitor.id"], name=op.f("fk_agenda_entry_exhibitor_id")),
        sa.ForeignKeyConstraint(["request_id"], ["meeting_request.id"], name=op.f("fk_agenda_entry_request_id")),
        sa.ForeignKeyConstraint(["run_id"], ["agenda_run.id"], name=op.f("fk_agenda_entry_run_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["slot_id"], ["time_slot.id"], name=op.f("fk_agenda_entry_slot_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_agenda_entry_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agenda_entry")),
        sa.UniqueConstraint(
            "run_id", "exhibitor_id", "slot_id", name=op.f("uq_agenda_entry_run_id_exhibitor_id_slot_id")
        ),
        sa.UniqueConstraint("run_id", "request_id", name=op.f("uq_agenda_entry_run_id_request_id")),
        sa.UniqueConstraint("run_id", "slot_id", "table_no", name=op.f("uq_agenda_entry_run_id_slot_id_table_no")),
        sa.UniqueConstraint("run_id", "visit_id", "slot_id", name=op.f("uq_agenda_entry_run_id_visit_id_slot_id")),
    )
    op.create_index(op.f("ix_agenda_entry_request_id"), "agenda_entry", ["request_id"], unique=False)
    op.create_index(op.f("ix_agenda_entry_visit_id"), "agenda_entry", ["visit_id"], unique=False)
    op.create_index(op.f("ix_agenda_entry_exhibitor_id"), "agenda_entry", ["exhibitor_id"], unique=False)
    op.create_index(op.f("ix_agenda_entry_slot_id"), "agenda_entry", ["slot_id"], unique=False)


def _allow_states(states: str) -> None:
    op.drop_constraint(op.f("ck_meeting_meetingstate"), "meeting", type_="check")
    op.execute(f"ALTER TABLE meeting ADD CONSTRAINT ck_meeting_meetingstate CHECK (state IN ({states})) NOT VALID")
    op.execute("ALTER TABLE meeting VALIDATE CONSTRAINT ck_meeting_meetingstate")


def downgrade() -> None:
    op.drop_table("agenda_entry")
    op.drop_table("agenda_run")
    _allow_states(STATES)
    op.drop_index("uq_meeting_slot_table", table_name="meeting")
    op.drop_column("meeting", "table_no")
