"""Tables of applications."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "producer_group",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("lead_firm_id", sa.BigInteger(), nullable=False),
        sa.Column("association_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["association_id"], ["organisation.id"], name=op.f("fk_producer_group_association_id")),
        sa.ForeignKeyConstraint(["lead_firm_id"], ["organisation.id"], name=op.f("fk_producer_group_lead_firm_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_producer_group")),
    )
    op.create_index(op.f("ix_producer_group_association_id"), "producer_group", ["association_id"], unique=False)
    op.create_index(op.f("ix_producer_group_lead_firm_id"), "producer_group", ["lead_firm_id"], unique=False)
    op.create_table(
        "group_invitation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("email", postgresql.CITEXT(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("invited_by_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("firm_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["firm_id"], ["organisation.id"], name=op.f("fk_group_invitation_firm_id")),
        sa.ForeignKeyConstraint(["group_id"], ["producer_group.id"], name=op.f("fk_group_invitation_group_id")),
        sa.ForeignKeyConstraint(["invited_by_id"], ["user_account.id"], name=op.f("fk_group_invitation_invited_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_group_invitation_token_hash")),
    )
    op.create_index(op.f("ix_group_invitation_firm_id"), "group_invitation", ["firm_id"], unique=False)
    op.create_index(op.f("ix_group_invitation_group_id"), "group_invitation", ["group_id"], unique=False)
    op.create_index(op.f("ix_group_invitation_invited_by_id"), "group_invitation", ["invited_by_id"], unique=False)
    op.create_table(
        "group_member",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("firm_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("active", "left", name="memberstate", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["firm_id"], ["organisation.id"], name=op.f("fk_group_member_firm_id")),
        sa.ForeignKeyConstraint(["group_id"], ["producer_group.id"], name=op.f("fk_group_member_group_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_member")),
    )
    op.create_index(op.f("ix_group_member_firm_id"), "group_member", ["firm_id"], unique=False)
    op.create_index(op.f("ix_group_member_group_id"), "group_member", ["group_id"], unique=False)
    op.create_index(
        "uq_group_member_active",
        "group_member",
        ["group_id", "firm_id"],
        unique=True,
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "application",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=True),
        sa.Column("lead_firm_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "assessed",
                "awarded",
                "accepted",
                "refused",
                "declined",
                "lapsed",
                "withdrawn",
                name="applicationstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("motivation", sa.Text(), server_default="", nullable=False),
        sa.Column("locale", sa.String(length=5), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("quote", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("change_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "state IN ('draft','withdrawn') OR submitted_at IS NOT NULL",
            name=op.f("ck_application_submitted_has_instant"),
        ),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_application_call_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["user_account.id"], name=op.f("fk_application_contact_id")),
        sa.ForeignKeyConstraint(["group_id"], ["producer_group.id"], name=op.f("fk_application_group_id")),
        sa.ForeignKeyConstraint(["lead_firm_id"], ["organisation.id"], name=op.f("fk_application_lead_firm_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
    )
    op.create_index("ix_application_call_id_state", "application", ["call_id", "state", "id"], unique=False)
    op.create_index(op.f("ix_application_contact_id"), "application", ["contact_id"], unique=False)
    op.create_index(op.f("ix_application_group_id"), "application", ["group_id"], unique=False)
    op.create_index(op.f("ix_application_lead_firm_id"), "application", ["lead_firm_id"], unique=False)
    op.create_index(
        "uq_application_live_firm",
        "application",
        ["call_id", "lead_firm_id"],
        unique=True,
        postgresql_where=sa.text("group_id IS NULL AND state IN ('draft','submitted','assessed','awarded','accepted')"),
    )
    op.create_index(
        "uq_application_live_group",
        "application",
        ["call_id", "group_id"],
        unique=True,
        postgresql_where=sa.text(
            "group_id IS NOT NULL AND state IN ('draft','submitted','assessed','awarded','accepted')"
        ),
    )
    op.create_table(
        "application_member",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("firm_id", sa.BigInteger(), nullable=False),
        sa.Column("share_bp", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("share_bp BETWEEN 0 AND 10000", name=op.f("ck_application_member_share")),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_application_member_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["organisation.id"], name=op.f("fk_application_member_firm_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_member")),
        sa.UniqueConstraint("application_id", "firm_id", name=op.f("uq_application_member_application_id_firm_id")),
    )
    op.create_index(op.f("ix_application_member_firm_id"), "application_member", ["firm_id"], unique=False)
    op.create_table(
        "assessment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("assessor_id", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column(
            "recommendation",
            sa.Enum("award", "refuse", name="recommendation", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name=op.f("ck_assessment_score")),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_assessment_application_id")),
        sa.ForeignKeyConstraint(["assessor_id"], ["user_account.id"], name=op.f("fk_assessment_assessor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
        sa.UniqueConstraint("application_id", "assessor_id", name=op.f("uq_assessment_application_id_assessor_id")),
    )
    op.create_index(op.f("ix_assessment_assessor_id"), "assessment", ["assessor_id"], unique=False)
    op.create_table(
        "award",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("commitment_id", sa.BigInteger(), nullable=False),
        sa.Column("granted_by_id", sa.BigInteger(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accept_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by_id", sa.BigInteger(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_award_positive")),
        sa.ForeignKeyConstraint(["accepted_by_id"], ["user_account.id"], name=op.f("fk_award_accepted_by_id")),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_award_application_id")),
        sa.ForeignKeyConstraint(["commitment_id"], ["envelope_entry.id"], name=op.f("fk_award_commitment_id")),
        sa.ForeignKeyConstraint(["granted_by_id"], ["user_account.id"], name=op.f("fk_award_granted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_award")),
        sa.UniqueConstraint("commitment_id", name=op.f("uq_award_commitment_id")),
    )
    op.create_index(op.f("ix_award_accepted_by_id"), "award", ["accepted_by_id"], unique=False)
    op.create_index(op.f("ix_award_granted_by_id"), "award", ["granted_by_id"], unique=False)
    op.create_index("uq_award_application_id", "award", ["application_id"], unique=True)
    op.create_table(
        "cost_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("cost_class", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("firm_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_cost_line_positive")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_cost_line_application_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["organisation.id"], name=op.f("fk_cost_line_firm_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cost_line")),
    )
    op.create_index(op.f("ix_cost_line_application_id"), "cost_line", ["application_id"], unique=False)
    op.create_index(op.f("ix_cost_line_firm_id"), "cost_line", ["firm_id"], unique=False)
    op.create_table(
        "exhibitor",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("fair_id", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("stand_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_exhibitor_application_id")),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_exhibitor_fair_id")),
        sa.ForeignKeyConstraint(["stand_id"], ["stand.id"], name=op.f("fk_exhibitor_stand_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exhibitor")),
        sa.UniqueConstraint("application_id", name=op.f("uq_exhibitor_application_id")),
    )
    op.create_index(op.f("ix_exhibitor_fair_id"), "exhibitor", ["fair_id"], unique=False)
    op.create_index(
        "uq_exhibitor_stand_id",
        "exhibitor",
        ["stand_id"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "award_member",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("award_id", sa.BigInteger(), nullable=False),
        sa.Column("firm_id", sa.BigInteger(), nullable=False),
        sa.Column("support_minor", sa.BigInteger(), nullable=False),
        sa.Column("own_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name=op.f("fk_award_member_award_id")),
        sa.ForeignKeyConstraint(["firm_id"], ["organisation.id"], name=op.f("fk_award_member_firm_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_award_member")),
        sa.UniqueConstraint("award_id", "firm_id", name=op.f("uq_award_member_award_id_firm_id")),
    )
    op.create_index(op.f("ix_award_member_firm_id"), "award_member", ["firm_id"], unique=False)


def downgrade() -> None:
    op.drop_table("award_member")
    op.drop_table("exhibitor")
    op.drop_table("cost_line")
    op.drop_table("award")
    op.drop_table("assessment")
    op.drop_table("application_member")
    op.drop_table("application")
    op.drop_table("group_member")
    op.drop_table("group_invitation")
    op.drop_table("producer_group")
