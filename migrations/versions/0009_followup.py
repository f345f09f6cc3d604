"""Tables of followup."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wave",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("fair_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_wave_fair_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wave")),
        sa.UniqueConstraint("fair_id", "number", name=op.f("uq_wave_fair_id_number")),
    )
    op.create_table(
        "lead",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("fair_id", sa.BigInteger(), nullable=False),
        sa.Column("exhibitor_id", sa.BigInteger(), nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("meeting_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "recorded_side",
            sa.Enum("firm", "buyer", name="side", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "interest",
            sa.Enum("low", "medium", "high", name="interest", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("expected_minor", sa.BigInteger(), nullable=True),
        sa.Column("expected_currency", sa.String(length=3), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(expected_minor IS NULL) = (expected_currency IS NULL)", name=op.f("ck_lead_expected_with_currency")
        ),
        sa.CheckConstraint("expected_minor IS NULL OR expected_minor >= 0", name=op.f("ck_lead_expected")),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisation.id"], name=op.f("fk_lead_buyer_id")),
        sa.ForeignKeyConstraint(["exhibitor_id"], ["exhibitor.id"], name=op.f("fk_lead_exhibitor_id")),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_lead_fair_id")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_lead_meeting_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["user_account.id"], name=op.f("fk_lead_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead")),
    )
    op.create_index(op.f("ix_lead_buyer_id"), "lead", ["buyer_id"], unique=False)
    op.create_index(op.f("ix_lead_exhibitor_id"), "lead", ["exhibitor_id"], unique=False)
    op.create_index(op.f("ix_lead_fair_id"), "lead", ["fair_id"], unique=False)
    op.create_index(op.f("ix_lead_recorded_by_id"), "lead", ["recorded_by_id"], unique=False)
    op.create_index("uq_lead_meeting_id", "lead", ["meeting_id"], unique=True)
    op.create_table(
        "lead_product",
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("hs_code", sa.String(length=6), nullable=False),
        sa.ForeignKeyConstraint(["hs_code"], ["hs_code.code"], name=op.f("fk_lead_product_hs_code")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_lead_product_lead_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("lead_id", "hs_code", name=op.f("pk_lead_product")),
    )
    op.create_index(op.f("ix_lead_product_hs_code"), "lead_product", ["hs_code"], unique=False)
    op.create_table(
        "prompt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "side",
            sa.Enum("firm", "buyer", name="side", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum("wave", "confirmation", name="promptkind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("wave_id", sa.BigInteger(), nullable=True),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "sent",
                "answered",
                "expired",
                "suppressed",
                name="promptstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kind = 'confirmation') = (order_id IS NOT NULL)", name=op.f("ck_prompt_order_of_confirmation")
        ),
        sa.CheckConstraint("(kind = 'wave') = (wave_id IS NOT NULL)", name=op.f("ck_prompt_wave_of_wave")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_prompt_lead_id")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_prompt_wave_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prompt")),
    )
    op.create_index(
        "ix_prompt_due", "prompt", ["due_at", "id"], unique=False, postgresql_where=sa.text("state = 'planned'")
    )
    op.create_index(op.f("ix_prompt_lead_id"), "prompt", ["lead_id"], unique=False)
    op.create_index(
        "ix_prompt_sent", "prompt", ["sent_at", "id"], unique=False, postgresql_where=sa.text("state = 'sent'")
    )
    op.create_index(op.f("ix_prompt_wave_id"), "prompt", ["wave_id"], unique=False)
    op.create_index(
        "uq_prompt_order", "prompt", ["order_id", "side"], unique=True, postgresql_where=sa.text("order_id IS NOT NULL")
    )
    op.create_index(
        "uq_prompt_wave",
        "prompt",
        ["lead_id", "side", "wave_id"],
        unique=True,
        postgresql_where=sa.text("wave_id IS NOT NULL"),
    )
    op.create_table(
        "prompt_link",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("prompt_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["prompt_id"], ["prompt.id"], name=op.f("fk_prompt_link_prompt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prompt_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_prompt_link_token_hash")),
    )
    op.create_index(op.f("ix_prompt_link_prompt_id"), "prompt_link", ["prompt_id"], unique=False)
    op.create_table(
        "answer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("prompt_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "no_reply",
                "talking",
                "sample",
                "quote",
                "order",
                "repeat_order",
                "lost",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("expected_minor", sa.BigInteger(), nullable=True),
        sa.Column("expected_currency", sa.String(length=3), nullable=True),
        sa.Column("without_support_bp", sa.BigInteger(), nullable=True),
        sa.Column("lost_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(expected_minor IS NULL) = (expected_currency IS NULL)", name=op.f("ck_answer_expected_with_currency")
        ),
        sa.CheckConstraint(
            "without_support_bp IS NULL OR without_support_bp BETWEEN 0 AND 10000", name=op.f("ck_answer_share")
        ),
        sa.ForeignKeyConstraint(["prompt_id"], ["prompt.id"], name=op.f("fk_answer_prompt_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_answer_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
    )
    op.create_index(op.f("ix_answer_prompt_id"), "answer", ["prompt_id"], unique=False)
    op.create_index(op.f("ix_answer_user_id"), "answer", ["user_id"], unique=False)
    op.create_table(
        "trade_order",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("answer_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "reported_side",
            sa.Enum("firm", "buyer", name="side", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ordered_on", sa.Date(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("hs_code", sa.String(length=6), nullable=True),
        sa.Column("confirmed_minor", sa.BigInteger(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "reported",
                "confirmed",
                "disputed",
                name="orderstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("value_minor > 0", name=op.f("ck_trade_order_positive")),
        sa.ForeignKeyConstraint(["answer_id"], ["answer.id"], name=op.f("fk_trade_order_answer_id")),
        sa.ForeignKeyConstraint(["hs_code"], ["hs_code.code"], name=op.f("fk_trade_order_hs_code")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_trade_order_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trade_order")),
    )
    op.create_index(op.f("ix_trade_order_answer_id"), "trade_order", ["answer_id"], unique=False)
    op.create_index("ix_trade_order_lead_id_state", "trade_order", ["lead_id", "state"], unique=False)
    op.create_table(
        "order_verdict",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "side",
            sa.Enum("firm", "buyer", name="side", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("agrees", sa.Boolean(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(value_minor IS NULL) = (currency IS NULL)", name=op.f("ck_order_verdict_value_with_currency")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["trade_order.id"], name=op.f("fk_order_verdict_order_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_order_verdict_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_verdict")),
    )
    op.create_index(op.f("ix_order_verdict_order_id"), "order_verdict", ["order_id"], unique=False)
    op.create_index(op.f("ix_order_verdict_user_id"), "order_verdict", ["user_id"], unique=False)
    op.create_foreign_key(op.f("fk_prompt_order_id"), "prompt", "trade_order", ["order_id"], ["id"])


def downgrade() -> None:
    op.drop_constraint(op.f("fk_prompt_order_id"), "prompt")
    op.drop_table("order_verdict")
    op.drop_table("trade_order")
    op.drop_table("answer")
    op.drop_table("prompt_link")
    op.drop_table("prompt")
    op.drop_table("lead_product")
    op.drop_table("lead")
    op.drop_table("wave")
