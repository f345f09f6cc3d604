"""Tables of a fair's rules for meetings, of wishes, requests and absences."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "meeting_rules",
        sa.Column("fair_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "scheduling",
            sa.Enum("self", "organiser", name="scheduling", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "consent",
            sa.Enum("asked", "automatic", name="consent", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "buyers_shown",
            sa.Enum("hidden", "profile", "contact", name="shown", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("exhibitor_contact_shown", sa.Boolean(), nullable=False),
        sa.Column("buyer_minimum", sa.SmallInteger(), nullable=False),
        sa.Column("buyer_maximum", sa.SmallInteger(), nullable=True),
        sa.Column("exhibitor_minimum", sa.SmallInteger(), nullable=False),
        sa.Column("exhibitor_maximum", sa.SmallInteger(), nullable=True),
        sa.Column("tables", sa.SmallInteger(), nullable=True),
        sa.Column("request_hours", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("request_hours BETWEEN 1 AND 2160", name=op.f("ck_meeting_rules_request_hours")),
        sa.CheckConstraint("tables IS NULL OR tables > 0", name=op.f("ck_meeting_rules_tables")),
        sa.CheckConstraint(
            "buyer_minimum >= 0 AND exhibitor_minimum >= 0"
            " AND coalesce(buyer_maximum, buyer_minimum + 1) >= greatest(buyer_minimum, 1)"
            " AND coalesce(exhibitor_maximum, exhibitor_minimum + 1) >= greatest(exhibitor_minimum, 1)",
            name=op.f("ck_meeting_rules_minima_within_maxima"),
        ),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_meeting_rules_fair_id")),
        sa.PrimaryKeyConstraint("fair_id", name=op.f("pk_meeting_rules")),
    )
    op.create_table(
        "preference",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("visit_id", sa.BigInteger(), nullable=False),
        sa.Column("exhibitor_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "side",
            sa.Enum("firm", "buyer", name="side", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "level",
            sa.Enum(
                "must_meet", "meet", "no_thanks", name="level", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["exhibitor_id"], ["exhibitor.id"], name=op.f("fk_preference_exhibitor_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_preference_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preference")),
        sa.UniqueConstraint("visit_id", "exhibitor_id", "side", name=op.f("uq_preference_visit_id_exhibitor_id_side")),
    )
    op.create_index(op.f("ix_preference_exhibitor_id"), "preference", ["exhibitor_id"], unique=False)
    op.create_table(
        "meeting_request",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("visit_id", sa.BigInteger(), nullable=False),
        sa.Column("exhibitor_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "from_side",
            sa.Enum("firm", "buyer", name="side", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "sent",
                "accepted",
                "declined",
                "expired",
                "withdrawn",
                name="requeststate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("meeting_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["exhibitor_id"], ["exhibitor.id"], name=op.f("fk_meeting_request_exhibitor_id")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_meeting_request_meeting_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_meeting_request_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_request")),
    )
    op.create_index(op.f("ix_meeting_request_exhibitor_id"), "meeting_request", ["exhibitor_id"], unique=False)
    op.create_index(op.f("ix_meeting_request_meeting_id"), "meeting_request", ["meeting_id"], unique=False)
    op.create_index(op.f("ix_meeting_request_visit_id"), "meeting_request", ["visit_id"], unique=False)
    op.create_index(
        "ix_meeting_request_due",
        "meeting_request",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'sent'"),
    )
    op.create_index(
        "uq_meeting_request_live",
        "meeting_request",
        ["visit_id", "exhibitor_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('sent','accepted')"),
    )
    op.create_table(
        "absence",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("visit_id", sa.BigInteger(), nullable=True),
        sa.Column("exhibitor_id", sa.BigInteger(), nullable=True),
        sa.Column("absent_on", sa.Date(), nullable=False),
        sa.Column(
            "half",
            sa.Enum("am", "pm", name="half", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.CheckConstraint("num_nonnulls(visit_id, exhibitor_id) = 1", name=op.f("ck_absence_one_participant")),
        sa.ForeignKeyConstraint(["exhibitor_id"], ["exhibitor.id"], name=op.f("fk_absence_exhibitor_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_absence_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
        sa.UniqueConstraint("exhibitor_id", "absent_on", "half", name=op.f("uq_absence_exhibitor_id_absent_on_half")),
        sa.UniqueConstraint("visit_id", "absent_on", "half", name=op.f("uq_absence_visit_id_absent_on_half")),
    )


def downgrade() -> None:
    op.drop_table("absence")
    op.drop_table("meeting_request")
    op.drop_table("preference")
    op.drop_table("meeting_rules")
