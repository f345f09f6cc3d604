"""Tables of fairs."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fair",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.Column("last_day_closes", sa.Time(), nullable=True),
        sa.Column("slot_minutes", sa.SmallInteger(), nullable=False),
        sa.Column("website", sa.Text(), server_default="", nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "published",
                "cancelled",
                name="fairstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sequence", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "search",
            sa.Text(),
            sa.Computed(
                "lower(fairlink_unaccent(name || ' ' || edition || ' ' || city || ' ' || venue))", persisted=True
            ),
            nullable=False,
        ),
        sa.CheckConstraint("closes > opens", name=op.f("ck_fair_hours_in_order")),
        sa.CheckConstraint("ends_on - starts_on < 31", name=op.f("ck_fair_at_most_a_month")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_fair_dates_in_order")),
        sa.CheckConstraint(
            "last_day_closes IS NULL OR last_day_closes > opens", name=op.f("ck_fair_last_day_in_order")
        ),
        sa.CheckConstraint("slot_minutes BETWEEN 5 AND 240", name=op.f("ck_fair_slot_length")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_fair_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fair")),
    )
    op.create_index(op.f("ix_fair_agency_id"), "fair", ["agency_id"], unique=False)
    op.create_index(
        "ix_fair_catalogue", "fair", ["starts_on", "id"], unique=False, postgresql_where=sa.text("state <> 'draft'")
    )
    op.create_index(
        "ix_fair_search", "fair", [sa.literal_column("search gin_trgm_ops")], unique=False, postgresql_using="gin"
    )
    op.create_index("uq_fair_name_edition", "fair", ["name", "edition"], unique=True)
    op.create_table(
        "fair_sector",
        sa.Column("fair_id", sa.BigInteger(), nullable=False),
        sa.Column("sector_code", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_fair_sector_fair_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["sector_code"], ["sector.code"], name=op.f("fk_fair_sector_sector_code")),
        sa.PrimaryKeyConstraint("fair_id", "sector_code", name=op.f("pk_fair_sector")),
    )
    op.create_index(op.f("ix_fair_sector_sector_code"), "fair_sector", ["sector_code"], unique=False)
    op.create_table(
        "stand",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("fair_id", sa.BigInteger(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("area_m2", sa.SmallInteger(), nullable=True),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_stand_fair_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stand")),
    )
    op.create_index("uq_stand_fair_id_label", "stand", ["fair_id", "label"], unique=True)
    op.create_table(
        "time_slot",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("fair_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_time_slot_in_order")),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_time_slot_fair_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_time_slot")),
        sa.UniqueConstraint("fair_id", "starts_at", name=op.f("uq_time_slot_fair_id_starts_at")),
    )


def downgrade() -> None:
    op.drop_table("time_slot")
    op.drop_table("stand")
    op.drop_table("fair_sector")
    op.drop_table("fair")
