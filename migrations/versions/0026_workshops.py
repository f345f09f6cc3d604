"""Tables of workshops and of visits to them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "workshop",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("exhibitor_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.Column("visit_minutes", sa.SmallInteger(), nullable=False),
        sa.Column("capacity", sa.SmallInteger(), nullable=False),
        sa.Column("languages", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("travel_minutes", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("capacity BETWEEN 1 AND 500", name=op.f("ck_workshop_capacity")),
        sa.CheckConstraint("closes > opens", name=op.f("ck_workshop_hours_in_order")),
        sa.CheckConstraint("last_on >= first_on AND last_on - first_on < 31", name=op.f("ck_workshop_days_in_order")),
        sa.CheckConstraint("travel_minutes BETWEEN 0 AND 600", name=op.f("ck_workshop_travel")),
        sa.CheckConstraint("visit_minutes BETWEEN 15 AND 480", name=op.f("ck_workshop_visit_length")),
        sa.ForeignKeyConstraint(["exhibitor_id"], ["exhibitor.id"], name=op.f("fk_workshop_exhibitor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workshop")),
    )
    op.create_index(op.f("ix_workshop_exhibitor_id"), "workshop", ["exhibitor_id"], unique=False)
    op.create_table(
        "workshop_travel",
        sa.Column("one_id", sa.BigInteger(), nullable=False),
        sa.Column("other_id", sa.BigInteger(), nullable=False),
        sa.Column("minutes", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("minutes BETWEEN 0 AND 600", name=op.f("ck_workshop_travel_travel")),
        sa.CheckConstraint("one_id < other_id", name=op.f("ck_workshop_travel_once")),
        sa.ForeignKeyConstraint(
            ["one_id"], ["workshop.id"], name=op.f("fk_workshop_travel_one_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["workshop.id"], name=op.f("fk_workshop_travel_other_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("one_id", "other_id", name=op.f("pk_workshop_travel")),
    )
    op.create_index(op.f("ix_workshop_travel_other_id"), "workshop_travel", ["other_id"], unique=False)
    op.create_table(
        "workshop_visit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("visit_id", sa.BigInteger(), nullable=False),
        sa.Column("workshop_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("people", sa.SmallInteger(), nullable=False),
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
                "lifted",
                name="meetingstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("visit_id"), "="),
            (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
            where=sa.text("state IN ('requested','confirmed','held','buyer_no_show','exhibitor_no_show')"),
            using="gist",
            name="ex_workshop_visit_time",
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_workshop_visit_in_order")),
        sa.CheckConstraint("people BETWEEN 1 AND 50", name=op.f("ck_workshop_visit_people")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_workshop_visit_visit_id")),
        sa.ForeignKeyConstraint(["workshop_id"], ["workshop.id"], name=op.f("fk_workshop_visit_workshop_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workshop_visit")),
        sa.UniqueConstraint("uid", name=op.f("uq_workshop_visit_uid")),
    )
    op.create_index(op.f("ix_workshop_visit_visit_id"), "workshop_visit", ["visit_id"], unique=False)
    op.create_index(
        "ix_workshop_visit_workshop_id_starts_at", "workshop_visit", ["workshop_id", "starts_at"], unique=False
    )


def downgrade() -> None:
    op.drop_table("workshop_visit")
    op.drop_table("workshop_travel")
    op.drop_table("workshop")
