"""Tables of travel support for buyers."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hosting_offer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("fair_id", sa.BigInteger(), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("meetings_required", sa.SmallInteger(), nullable=False),
        sa.Column("rate_bp", sa.BigInteger(), nullable=False),
        sa.Column("deposit_minor", sa.BigInteger(), nullable=False),
        sa.Column("conditions", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("deposit_minor >= 0", name=op.f("ck_hosting_offer_deposit")),
        sa.CheckConstraint("meetings_required BETWEEN 1 AND 200", name=op.f("ck_hosting_offer_meetings")),
        sa.CheckConstraint("rate_bp BETWEEN 1 AND 10000", name=op.f("ck_hosting_offer_rate")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_hosting_offer_call_id")),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_hosting_offer_fair_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hosting_offer")),
        sa.UniqueConstraint("fair_id", name=op.f("uq_hosting_offer_fair_id")),
    )
    op.create_index(op.f("ix_hosting_offer_call_id"), "hosting_offer", ["call_id"], unique=False)
    op.create_table(
        "hosted_stay",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("offer_id", sa.BigInteger(), nullable=False),
        sa.Column("visit_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "applied",
                "chosen",
                "granted",
                "refused",
                "withdrawn",
                "claimed",
                "checked",
                "approved",
                "forfeited",
                name="hostedstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("ceiling_minor", sa.BigInteger(), nullable=False),
        sa.Column("conditions_accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("chosen_by_id", sa.BigInteger(), nullable=True),
        sa.Column("granted_by_id", sa.BigInteger(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("travel_minor", sa.BigInteger(), nullable=True),
        sa.Column("lodging_minor", sa.BigInteger(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("approved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("payable_minor", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("approved_by_id <> checked_by_id", name=op.f("ck_hosted_stay_two_people_pay")),
        sa.CheckConstraint(
            "ceiling_minor >= 0 AND travel_minor >= 0 AND lodging_minor >= 0", name=op.f("ck_hosted_stay_not_negative")
        ),
        sa.CheckConstraint("granted_by_id <> chosen_by_id", name=op.f("ck_hosted_stay_two_people_promise")),
        sa.CheckConstraint(
            "payable_minor BETWEEN 0 AND ceiling_minor", name=op.f("ck_hosted_stay_payable_within_ceiling")
        ),
        sa.ForeignKeyConstraint(["approved_by_id"], ["user_account.id"], name=op.f("fk_hosted_stay_approved_by_id")),
        sa.ForeignKeyConstraint(["checked_by_id"], ["user_account.id"], name=op.f("fk_hosted_stay_checked_by_id")),
        sa.ForeignKeyConstraint(["chosen_by_id"], ["user_account.id"], name=op.f("fk_hosted_stay_chosen_by_id")),
        sa.ForeignKeyConstraint(["granted_by_id"], ["user_account.id"], name=op.f("fk_hosted_stay_granted_by_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["hosting_offer.id"], name=op.f("fk_hosted_stay_offer_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_hosted_stay_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hosted_stay")),
        sa.UniqueConstraint("visit_id", name=op.f("uq_hosted_stay_visit_id")),
    )
    op.create_index(op.f("ix_hosted_stay_approved_by_id"), "hosted_stay", ["approved_by_id"], unique=False)
    op.create_index(op.f("ix_hosted_stay_checked_by_id"), "hosted_stay", ["checked_by_id"], unique=False)
    op.create_index(op.f("ix_hosted_stay_chosen_by_id"), "hosted_stay", ["chosen_by_id"], unique=False)
    op.create_index(op.f("ix_hosted_stay_granted_by_id"), "hosted_stay", ["granted_by_id"], unique=False)
    op.create_index("ix_hosted_stay_offer_id_state", "hosted_stay", ["offer_id", "state", "id"], unique=False)
    op.create_table(
        "hosting_ceiling",
        sa.Column("offer_id", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.String(length=2), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_hosting_ceiling_positive")),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["hosting_offer.id"], name=op.f("fk_hosting_ceiling_offer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("offer_id", "origin", name=op.f("pk_hosting_ceiling")),
    )
    op.create_table(
        "hosted_evidence",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("stay_id", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_hosted_evidence_file_id")),
        sa.ForeignKeyConstraint(["stay_id"], ["hosted_stay.id"], name=op.f("fk_hosted_evidence_stay_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hosted_evidence")),
    )
    op.create_index(op.f("ix_hosted_evidence_file_id"), "hosted_evidence", ["file_id"], unique=False)
    op.create_index(op.f("ix_hosted_evidence_stay_id"), "hosted_evidence", ["stay_id"], unique=False)


def downgrade() -> None:
    op.drop_table("hosted_evidence")
    op.drop_table("hosting_ceiling")
    op.drop_table("hosted_stay")
    op.drop_table("hosting_offer")
