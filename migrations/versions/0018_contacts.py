"""Tables of badges and of contacts noted at a fair; who came instead of somebody else."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("meeting", sa.Column("substitute", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "badge",
        sa.Column("visit_id", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_badge_visit_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("pk_badge")),
        sa.UniqueConstraint("token", name=op.f("uq_badge_token")),
    )
    op.create_table(
        "contact",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("exhibitor_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("captured_by_id", sa.BigInteger(), nullable=False),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("visit_id", sa.BigInteger(), nullable=True),
        sa.Column("meeting_id", sa.BigInteger(), nullable=True),
        sa.Column("person", sa.Text(), server_default="", nullable=False),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.Column("phone", sa.Text(), server_default="", nullable=False),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "interest",
            sa.Enum("low", "medium", "high", name="interest", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("expected_3_minor", sa.BigInteger(), nullable=True),
        sa.Column("expected_6_minor", sa.BigInteger(), nullable=True),
        sa.Column("expected_12_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "consented_at IS NOT NULL OR (person = '' AND email = '' AND phone = '')",
            name=op.f("ck_contact_person_by_consent"),
        ),
        sa.CheckConstraint(
            "coalesce(expected_3_minor, expected_6_minor, expected_12_minor) IS NULL OR currency IS NOT NULL",
            name=op.f("ck_contact_expected_with_currency"),
        ),
        sa.CheckConstraint(
            "expected_3_minor >= 0 AND expected_6_minor >= 0 AND expected_12_minor >= 0",
            name=op.f("ck_contact_not_negative"),
        ),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisation.id"], name=op.f("fk_contact_buyer_id")),
        sa.ForeignKeyConstraint(["captured_by_id"], ["user_account.id"], name=op.f("fk_contact_captured_by_id")),
        sa.ForeignKeyConstraint(["exhibitor_id"], ["exhibitor.id"], name=op.f("fk_contact_exhibitor_id")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_contact_meeting_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_contact_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("exhibitor_id", "key", name=op.f("uq_contact_exhibitor_id_key")),
    )
    op.create_index(op.f("ix_contact_buyer_id"), "contact", ["buyer_id"], unique=False)
    op.create_index(op.f("ix_contact_captured_by_id"), "contact", ["captured_by_id"], unique=False)
    op.create_index(op.f("ix_contact_meeting_id"), "contact", ["meeting_id"], unique=False)
    op.create_index(op.f("ix_contact_visit_id"), "contact", ["visit_id"], unique=False)
    op.create_table(
        "contact_product",
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("hs_code", sa.String(length=6), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_contact_product_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["hs_code"], ["hs_code.code"], name=op.f("fk_contact_product_hs_code")),
        sa.PrimaryKeyConstraint("contact_id", "hs_code", name=op.f("pk_contact_product")),
    )
    op.create_index(op.f("ix_contact_product_hs_code"), "contact_product", ["hs_code"], unique=False)


def downgrade() -> None:
    op.drop_table("contact_product")
    op.drop_table("contact")
    op.drop_table("badge")
    op.drop_column("meeting", "substitute")
