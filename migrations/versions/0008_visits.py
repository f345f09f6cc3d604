"""Tables of visits."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "visit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("fair_id", sa.BigInteger(), nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("visitor_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("booked", "cancelled", name="visitstate", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisation.id"], name=op.f("fk_visit_buyer_id")),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_visit_fair_id")),
        sa.ForeignKeyConstraint(["visitor_id"], ["user_account.id"], name=op.f("fk_visit_visitor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
    )
    op.create_index(op.f("ix_visit_buyer_id"), "visit", ["buyer_id"], unique=False)
    op.create_index(op.f("ix_visit_visitor_id"), "visit", ["visitor_id"], unique=False)
    op.create_index(
        "uq_visit_active", "visit", ["fair_id", "visitor_id"], unique=True, postgresql_where=sa.text("state = 'booked'")
    )
    op.create_table(
        "meeting",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("visit_id", sa.BigInteger(), nullable=False),
        sa.Column("exhibitor_id", sa.BigInteger(), nullable=False),
        sa.Column("slot_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "confirmed",
                "declined",
                "cancelled",
                "held",
                "buyer_no_show",
                "exhibitor_no_show",
                name="meetingstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "proposed_side",
            sa.Enum("firm", "buyer", name="side", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("marked_by_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["exhibitor_id"], ["exhibitor.id"], name=op.f("fk_meeting_exhibitor_id")),
        sa.ForeignKeyConstraint(["marked_by_id"], ["user_account.id"], name=op.f("fk_meeting_marked_by_id")),
        sa.ForeignKeyConstraint(["slot_id"], ["time_slot.id"], name=op.f("fk_meeting_slot_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_meeting_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
        sa.UniqueConstraint("uid", name=op.f("uq_meeting_uid")),
    )
    op.create_index(op.f("ix_meeting_exhibitor_id"), "meeting", ["exhibitor_id"], unique=False)
    op.create_index(op.f("ix_meeting_marked_by_id"), "meeting", ["marked_by_id"], unique=False)
    op.create_index(op.f("ix_meeting_slot_id"), "meeting", ["slot_id"], unique=False)
    op.create_index(op.f("ix_meeting_visit_id"), "meeting", ["visit_id"], unique=False)
    op.create_index(
        "uq_meeting_exhibitor_slot",
        "meeting",
        ["exhibitor_id", "slot_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('requested','confirmed','held','buyer_no_show','exhibitor_no_show')"),
    )
    op.create_index(
        "uq_meeting_visit_slot",
        "meeting",
        ["visit_id", "slot_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('requested','confirmed','held','buyer_no_show','exhibitor_no_show')"),
    )


def downgrade() -> None:
    op.drop_table("meeting")
    op.drop_table("visit")
