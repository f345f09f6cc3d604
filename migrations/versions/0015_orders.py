"""Orders with their figures, shares and rates; forecasts in a table of their own; waves of each side."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

SIDE = ("firm", "buyer")
CHANNELS = ("link", "account", "telephone")
SOURCES = ("ecb", "typed", "same_currency")
UNITS = ("piece", "pair", "kilogram", "tonne", "litre", "metre", "square_metre", "box", "container")
ORDER_STATES = ("reported", "corrected", "confirmed", "disputed", "settled")
STATEMENTS = ("report", "revise", "confirm", "correct", "dispute", "settle")
CONVERTED = "num_nulls(agency_minor, agency_currency, rate, rate_on, rate_source) IN (0, 5)"


def _enum(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _in(column: str, values: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"


def _words(table: str, column: str, check: str, values: tuple[str, ...]) -> None:
    """Another set of words for a column."""
    op.drop_constraint(op.f(f"ck_{table}_{check}"), table)
    op.create_check_constraint(op.f(f"ck_{table}_{check}"), table, _in(column, values))


def _add_words(table: str, column: str, check: str, values: tuple[str, ...], default: str | None = None) -> None:
    """A new column that holds one of `values`; the default is for the rows there are."""
    op.add_column(table, sa.Column(column, sa.String(length=40), server_default=default, nullable=default is None))
    op.create_check_constraint(op.f(f"ck_{table}_{check}"), table, _in(column, values))
    if default is not None:
        op.alter_column(table, column, server_default=None)


def _conversion() -> list[sa.Column[object]]:
    return [
        sa.Column("agency_minor", sa.BigInteger(), nullable=True),
        sa.Column("agency_currency", sa.String(length=3), nullable=True),
        sa.Column("rate", sa.Numeric(20, 10), nullable=True),
        sa.Column("rate_on", sa.Date(), nullable=True),
    ]


def upgrade() -> None:
    _rates()
    _waves()
    _answers()
    _expected()
    _orders()
    _statements()
    _shares()
    _mails()
    # What has been moved.
    for table in ("lead", "answer"):
        for column in ("expected_minor", "expected_currency"):
            op.execute(f"-- squawk-ignore ban-drop-column\nALTER TABLE {table} DROP COLUMN {column}")
    op.execute("-- squawk-ignore ban-drop-column\nALTER TABLE trade_order DROP COLUMN confirmed_minor")
    op.drop_table("order_verdict")
    for table in ("answer", "order_statement"):
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION fairlink_append_only()"
        )


def _rates() -> None:
    op.create_table(
        "euro_rate",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("rated_on", sa.Date(), nullable=False),
        sa.Column("per_euro", sa.Numeric(20, 10), nullable=False),
        sa.Column("source", _enum("ratesource", SOURCES), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("per_euro > 0", name=op.f("ck_euro_rate_positive")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_euro_rate_agency_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["user_account.id"], name=op.f("fk_euro_rate_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_euro_rate")),
    )
    op.create_index(op.f("ix_euro_rate_agency_id"), "euro_rate", ["agency_id"])
    op.create_index(op.f("ix_euro_rate_recorded_by_id"), "euro_rate", ["recorded_by_id"])
    op.create_index(
        "uq_euro_rate_currency",
        "euro_rate",
        ["currency", "rated_on", "agency_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )


def _waves() -> None:
    """Each wave becomes one of firms and one of buyers."""
    _add_words("wave", "side", "side", SIDE, "firm")
    op.add_column("wave", sa.Column("planned_lead_id", sa.BigInteger(), nullable=True))
    op.drop_constraint(op.f("uq_wave_fair_id_number"), "wave")
    op.create_unique_constraint("uq_wave_fair_id_side_number", "wave", ["fair_id", "side", "number"])
    op.execute(
        "INSERT INTO wave (fair_id, side, number, due_at, planned_at) "
        "SELECT fair_id, 'buyer', number, due_at, planned_at FROM wave"
    )
    op.execute(
        "UPDATE prompt SET wave_id = theirs.id FROM wave AS mine JOIN wave AS theirs "
        "ON theirs.fair_id = mine.fair_id AND theirs.number = mine.number AND theirs.side = 'buyer' "
        "WHERE mine.id = prompt.wave_id AND prompt.side = 'buyer' AND mine.side = 'firm'"
    )
    op.create_table(
        "wave_text",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("fair_id", sa.BigInteger(), nullable=False),
        sa.Column("side", _enum("side", SIDE), nullable=False),
        sa.Column("locale", sa.String(length=5), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_wave_text_fair_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wave_text")),
        sa.UniqueConstraint("fair_id", "side", "locale", name="uq_wave_text_fair_id_side_locale"),
    )


def _answers() -> None:
    op.drop_constraint(op.f("uq_prompt_link_token_hash"), "prompt_link")
    op.create_unique_constraint("uq_prompt_link_token_hash_prompt_id", "prompt_link", ["token_hash", "prompt_id"])
    _add_words("answer", "channel", "channel", CHANNELS, "link")
    op.execute("UPDATE answer SET channel = 'account' WHERE user_id IS NOT NULL")
    op.create_check_constraint(
        op.f("ck_answer_channel_of_a_person"), "answer", "channel = 'link' OR user_id IS NOT NULL"
    )
    op.create_table(
        "answer_draft",
        sa.Column("prompt_id", sa.BigInteger(), nullable=False),
        sa.Column("fields", postgresql.JSONB(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["prompt_id"], ["prompt.id"], name=op.f("fk_answer_draft_prompt_id")),
        sa.PrimaryKeyConstraint("prompt_id", name=op.f("pk_answer_draft")),
    )
    op.add_column("lead", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    _add_words("lead", "end_reason", "endreason", ("lost", "last_order"))
    op.execute(
        "UPDATE lead SET ended_at = lost.at, end_reason = 'lost' FROM (SELECT prompt.lead_id, min(answer.at) AS at "
        "FROM answer JOIN prompt ON prompt.id = answer.prompt_id WHERE answer.outcome = 'lost' "
        "GROUP BY prompt.lead_id) AS lost WHERE lost.lead_id = lead.id"
    )
    op.create_check_constraint(op.f("ck_lead_ended_with_reason"), "lead", "(ended_at IS NULL) = (end_reason IS NULL)")


def _expected() -> None:
    op.create_table(
        "expected_order",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("side", _enum("side", SIDE), nullable=False),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_id", sa.BigInteger(), nullable=True),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        *_conversion(),
        sa.Column("rate_source", _enum("ratesource", SOURCES), nullable=True),
        sa.CheckConstraint("value_minor >= 0", name=op.f("ck_expected_order_value")),
        sa.CheckConstraint(CONVERTED, name=op.f("ck_expected_order_conversion")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_expected_order_lead_id")),
        sa.ForeignKeyConstraint(["answer_id"], ["answer.id"], name=op.f("fk_expected_order_answer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expected_order")),
    )
    op.create_index("ix_expected_order_lead_id_side", "expected_order", ["lead_id", "side", "id"])
    op.create_index("ix_expected_order_unconverted", "expected_order", ["id"], postgresql_where=sa.text("rate IS NULL"))
    op.create_index(op.f("ix_expected_order_answer_id"), "expected_order", ["answer_id"])
    op.execute(
        "INSERT INTO expected_order (lead_id, side, stated_at, value_minor, currency) "
        "SELECT id, recorded_side, created_at, expected_minor, expected_currency FROM lead "
        "WHERE expected_minor IS NOT NULL ORDER BY id"
    )
    op.execute(
        "INSERT INTO expected_order (lead_id, side, stated_at, answer_id, value_minor, currency) "
        "SELECT prompt.lead_id, prompt.side, answer.at, answer.id, answer.expected_minor, answer.expected_currency "
        "FROM answer JOIN prompt ON prompt.id = answer.prompt_id WHERE answer.expected_minor >= 0 ORDER BY answer.id"
    )


def _orders() -> None:
    op.add_column("trade_order", sa.Column("reported_by_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_trade_order_reported_by_id"), "trade_order", "user_account", ["reported_by_id"], ["id"]
    )
    op.create_index(op.f("ix_trade_order_reported_by_id"), "trade_order", ["reported_by_id"])
    _add_words("trade_order", "channel", "channel", CHANNELS, "link")
    op.execute(
        "UPDATE trade_order SET channel = answer.channel, reported_by_id = answer.user_id "
        "FROM answer WHERE answer.id = trade_order.answer_id"
    )
    op.add_column("trade_order", sa.Column("quantity", sa.Numeric(14, 3), nullable=True))
    _add_words("trade_order", "unit", "unit", UNITS)
    op.add_column("trade_order", sa.Column("is_last", sa.Boolean(), server_default=sa.false(), nullable=False))
    for column in _conversion():
        op.add_column("trade_order", column)
    _add_words("trade_order", "rate_source", "ratesource", SOURCES)
    _words("trade_order", "state", "orderstate", ORDER_STATES)
    op.drop_constraint(op.f("ck_trade_order_positive"), "trade_order")
    checks = {
        "positive": "value_minor > 0 OR (value_minor = 0 AND state = 'settled')",
        "quantity_with_unit": "(quantity IS NULL) = (unit IS NULL)",
        "quantity": "quantity IS NULL OR quantity > 0",
        "conversion": CONVERTED,
    }
    for name, check in checks.items():
        op.create_check_constraint(op.f(f"ck_trade_order_{name}"), "trade_order", check)
    op.create_index("ix_trade_order_unconverted", "trade_order", ["id"], postgresql_where=sa.text("rate IS NULL"))


def _statements() -> None:
    op.create_table(
        "order_statement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", _enum("statementkind", STATEMENTS), nullable=False),
        sa.Column("side", _enum("side", SIDE), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", _enum("channel", CHANNELS), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("value_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(value_minor IS NULL) = (currency IS NULL)", name=op.f("ck_order_statement_value_with_currency")
        ),
        sa.CheckConstraint("(kind = 'settle') = (side IS NULL)", name=op.f("ck_order_statement_officer_settles")),
        sa.CheckConstraint(
            "kind <> 'settle' OR (user_id IS NOT NULL AND note <> '')",
            name=op.f("ck_order_statement_settled_with_reason"),
        ),
        sa.ForeignKeyConstraint(["order_id"], ["trade_order.id"], name=op.f("fk_order_statement_order_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_order_statement_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_statement")),
    )
    op.create_index(op.f("ix_order_statement_order_id"), "order_statement", ["order_id"])
    op.create_index(op.f("ix_order_statement_user_id"), "order_statement", ["user_id"])
    op.execute(
        "INSERT INTO order_statement (order_id, kind, side, at, channel, user_id, value_minor, currency) "
        "SELECT id, 'report', reported_side, reported_at, channel, reported_by_id, value_minor, currency "
        "FROM trade_order ORDER BY id"
    )
    op.execute(
        "INSERT INTO order_statement (order_id, kind, side, at, channel, user_id, value_minor, currency, note) "
        "SELECT order_id, CASE WHEN agrees THEN 'confirm' ELSE 'dispute' END, side, at, "
        "CASE WHEN user_id IS NULL THEN 'link' ELSE 'account' END, user_id, value_minor, currency, note "
        "FROM order_verdict ORDER BY id"
    )


def _shares() -> None:
    """Equal parts of the orders there are; the minor units left over go to the first firms."""
    op.create_table(
        "order_share",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("firm_id", sa.BigInteger(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("value_minor >= 0", name=op.f("ck_order_share_value")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["trade_order.id"], name=op.f("fk_order_share_order_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["organisation.id"], name=op.f("fk_order_share_firm_id")),
        sa.PrimaryKeyConstraint("order_id", "firm_id", name=op.f("pk_order_share")),
    )
    op.create_index(op.f("ix_order_share_firm_id"), "order_share", ["firm_id"])
    op.execute(
        """
        INSERT INTO order_share (order_id, firm_id, value_minor)
        SELECT id, firm_id, value_minor / firms + (place <= value_minor % firms)::int
        FROM (SELECT made.id, made.value_minor, firm.firm_id,
                     row_number() OVER (PARTITION BY made.id ORDER BY firm.firm_id) AS place,
                     count(*) OVER (PARTITION BY made.id) AS firms
              FROM trade_order AS made
              JOIN lead ON lead.id = made.lead_id
              JOIN exhibitor ON exhibitor.id = lead.exhibitor_id
              JOIN (SELECT id AS application_id, lead_firm_id AS firm_id FROM application
                    UNION SELECT application_id, firm_id FROM application_member) AS firm
                ON firm.application_id = exhibitor.application_id) AS part
        """
    )


def _mails() -> None:
    _words("mail_suppression", "reason", "suppressionreason", ("unsubscribed", "bounced", "complained"))
    op.add_column("mail_suppression", sa.Column("detail", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "mail_pace",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_mail_pace_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_pace")),
    )


def downgrade() -> None:
    raise NotImplementedError("forecasts and statements would be lost: restore a backup instead")
