"""Tables of claims, payouts, recoveries and the aid ledger."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

APPEND_ONLY = """
    CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION fairlink_append_only()"""

WITHIN = "released_minor >= 0 AND disbursed_minor >= 0 AND released_minor + disbursed_minor <= amount_minor"

#: What was granted before there was a ledger, and not given back since. Its ceilings were in the award's own currency.
AID_SO_FAR = """
    INSERT INTO aid_entry
      (agency_id, firm_id, kind, regime, granted_on, amount_minor, currency, rate, ceiling_currency, reference, at,
       actor_id)
    SELECT fair.agency_id, part.firm_id, 'granted', ceiling ->> 'code', (award.granted_at AT TIME ZONE fair.zone)::date,
           part.support_minor, award.currency, 1, award.currency, 'award:' || award.id, award.granted_at,
           award.granted_by_id
      FROM award_member AS part
      JOIN award ON award.id = part.award_id
      JOIN application ON application.id = award.application_id
      JOIN call ON call.id = application.call_id
      JOIN fair ON fair.id = call.fair_id
      JOIN scheme_version ON scheme_version.id = call.scheme_version_id
      CROSS JOIN jsonb_array_elements(scheme_version.rules -> 'aid_ceilings') AS ceiling
     WHERE award.released_at IS NULL AND part.support_minor > 0
"""


def upgrade() -> None:
    _aid()
    _payouts()
    _claims()
    _recoveries()
    _award()
    for table in ("aid_entry", "recovery_entry"):
        op.execute(APPEND_ONLY.format(table=table))


def _aid() -> None:
    op.create_table(
        "aid_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("firm_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "granted", "declared", "corrected", name="aidkind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("regime", sa.Text(), nullable=False),
        sa.Column("granted_on", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("rate", sa.Numeric(precision=18, scale=8), nullable=False),
        sa.Column("ceiling_currency", sa.String(length=3), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("corrects_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'corrected') = (corrects_id IS NOT NULL)", name=op.f("ck_aid_entry_correction_of_something")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_aid_entry_positive")),
        sa.CheckConstraint("rate > 0", name=op.f("ck_aid_entry_rate_positive")),
        sa.ForeignKeyConstraint(["actor_id"], ["user_account.id"], name=op.f("fk_aid_entry_actor_id")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_aid_entry_agency_id")),
        sa.ForeignKeyConstraint(["corrects_id"], ["aid_entry.id"], name=op.f("fk_aid_entry_corrects_id")),
        sa.ForeignKeyConstraint(["firm_id"], ["organisation.id"], name=op.f("fk_aid_entry_firm_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_aid_entry")),
    )
    op.create_index(op.f("ix_aid_entry_actor_id"), "aid_entry", ["actor_id"], unique=False)
    op.create_index("ix_aid_entry_agency_id_id", "aid_entry", ["agency_id", "id"], unique=False)
    op.create_index(op.f("ix_aid_entry_corrects_id"), "aid_entry", ["corrects_id"], unique=False)
    op.create_index(op.f("ix_aid_entry_firm_id"), "aid_entry", ["firm_id"], unique=False)
    op.create_index(
        "uq_aid_entry_granted",
        "aid_entry",
        ["reference", "firm_id", "regime"],
        unique=True,
        postgresql_where=sa.text("kind = 'granted'"),
    )
    op.create_table(
        "aid_export",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_aid_export_agency_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["user_account.id"], name=op.f("fk_aid_export_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_aid_export")),
    )
    op.create_index(op.f("ix_aid_export_agency_id"), "aid_export", ["agency_id"], unique=False)
    op.create_index(op.f("ix_aid_export_made_by_id"), "aid_export", ["made_by_id"], unique=False)
    op.create_table(
        "exchange_rate",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("into_currency", sa.String(length=3), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("rate", sa.Numeric(precision=18, scale=8), nullable=False),
        sa.Column("entered_by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("currency <> into_currency", name=op.f("ck_exchange_rate_two_currencies")),
        sa.CheckConstraint("rate > 0", name=op.f("ck_exchange_rate_positive")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_exchange_rate_agency_id")),
        sa.ForeignKeyConstraint(["entered_by_id"], ["user_account.id"], name=op.f("fk_exchange_rate_entered_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_rate")),
    )
    op.create_index(op.f("ix_exchange_rate_entered_by_id"), "exchange_rate", ["entered_by_id"], unique=False)
    op.create_index(
        "uq_exchange_rate_day", "exchange_rate", ["agency_id", "currency", "into_currency", "since_on"], unique=True
    )
    op.create_table(
        "firm_link",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("firm_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("company_number", sa.Text(), nullable=False),
        sa.Column("other_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "declared",
                "confirmed",
                "refused",
                "ended",
                name="linkstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("declared_by_id", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["decided_by_id"], ["user_account.id"], name=op.f("fk_firm_link_decided_by_id")),
        sa.ForeignKeyConstraint(["declared_by_id"], ["user_account.id"], name=op.f("fk_firm_link_declared_by_id")),
        sa.ForeignKeyConstraint(["firm_id"], ["organisation.id"], name=op.f("fk_firm_link_firm_id")),
        sa.ForeignKeyConstraint(["other_id"], ["organisation.id"], name=op.f("fk_firm_link_other_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firm_link")),
    )
    op.create_index(op.f("ix_firm_link_decided_by_id"), "firm_link", ["decided_by_id"], unique=False)
    op.create_index(op.f("ix_firm_link_declared_by_id"), "firm_link", ["declared_by_id"], unique=False)
    op.create_index(op.f("ix_firm_link_firm_id"), "firm_link", ["firm_id"], unique=False)
    op.create_index(op.f("ix_firm_link_other_id"), "firm_link", ["other_id"], unique=False)
    op.create_table(
        "aid_export_row",
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("export_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["aid_entry.id"], name=op.f("fk_aid_export_row_entry_id")),
        sa.ForeignKeyConstraint(["export_id"], ["aid_export.id"], name=op.f("fk_aid_export_row_export_id")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_aid_export_row")),
    )
    op.create_index(op.f("ix_aid_export_row_export_id"), "aid_export_row", ["export_id"], unique=False)


def _payouts() -> None:
    op.create_table(
        "disbursement_batch",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("pain_001", "csv", name="filekind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_disbursement_batch_positive")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_disbursement_batch_agency_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["user_account.id"], name=op.f("fk_disbursement_batch_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disbursement_batch")),
        sa.UniqueConstraint("message_id", name=op.f("uq_disbursement_batch_message_id")),
    )
    op.create_index(op.f("ix_disbursement_batch_agency_id"), "disbursement_batch", ["agency_id"], unique=False)
    op.create_index(op.f("ix_disbursement_batch_made_by_id"), "disbursement_batch", ["made_by_id"], unique=False)
    op.create_table(
        "payout_account",
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("bic", sa.Text(), server_default="", nullable=False),
        sa.Column("bank", sa.Text(), server_default="", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["changed_by_id"], ["user_account.id"], name=op.f("fk_payout_account_changed_by_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_payout_account_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_payout_account")),
    )
    op.create_index(op.f("ix_payout_account_changed_by_id"), "payout_account", ["changed_by_id"], unique=False)
    op.create_table(
        "disbursement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("award_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "purpose",
            sa.Enum(
                "advance",
                "claim",
                "retention",
                "hosted_buyer",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("payee_id", sa.BigInteger(), nullable=True),
        sa.Column("payee_name", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "sent",
                "paid",
                "failed",
                "cancelled",
                name="disbursementstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("holder", sa.Text(), server_default="", nullable=False),
        sa.Column("number", sa.Text(), server_default="", nullable=False),
        sa.Column("bic", sa.Text(), server_default="", nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ordered_by_id", sa.BigInteger(), nullable=True),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(state IN ('paid','failed')) = (settled_on IS NOT NULL)", name=op.f("ck_disbursement_settled_has_day")
        ),
        sa.CheckConstraint(
            "(state IN ('waiting','cancelled')) = (batch_id IS NULL)", name=op.f("ck_disbursement_in_one_file")
        ),
        sa.CheckConstraint("batch_id IS NULL OR number <> ''", name=op.f("ck_disbursement_sent_has_account")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_disbursement_positive")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_disbursement_agency_id")),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name=op.f("fk_disbursement_award_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["disbursement_batch.id"], name=op.f("fk_disbursement_batch_id")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_disbursement_call_id")),
        sa.ForeignKeyConstraint(["ordered_by_id"], ["user_account.id"], name=op.f("fk_disbursement_ordered_by_id")),
        sa.ForeignKeyConstraint(["payee_id"], ["organisation.id"], name=op.f("fk_disbursement_payee_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disbursement")),
    )
    op.create_index("ix_disbursement_agency_id_id", "disbursement", ["agency_id", "id"], unique=False)
    op.create_index(op.f("ix_disbursement_award_id"), "disbursement", ["award_id"], unique=False)
    op.create_index(op.f("ix_disbursement_batch_id"), "disbursement", ["batch_id"], unique=False)
    op.create_index(op.f("ix_disbursement_call_id"), "disbursement", ["call_id"], unique=False)
    op.create_index(op.f("ix_disbursement_ordered_by_id"), "disbursement", ["ordered_by_id"], unique=False)
    op.create_index(op.f("ix_disbursement_payee_id"), "disbursement", ["payee_id"], unique=False)
    op.create_index("uq_disbursement_reference", "disbursement", ["reference"], unique=True)


def _claims() -> None:
    op.create_table(
        "claim",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("award_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("advance", "final", name="claimkind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "checked",
                "approved",
                "refused",
                "lapsed",
                name="claimstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_by_id", sa.BigInteger(), nullable=True),
        sa.Column("change_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("quote", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("retention_paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'approved') = (approved_by_id IS NOT NULL)", name=op.f("ck_claim_approved_by_whom")
        ),
        sa.CheckConstraint(
            "state IN ('draft','lapsed') OR submitted_at IS NOT NULL", name=op.f("ck_claim_submitted_has_instant")
        ),
        sa.CheckConstraint(
            "state NOT IN ('checked','approved') OR checked_by_id IS NOT NULL", name=op.f("ck_claim_checked_by_whom")
        ),
        sa.CheckConstraint("approved_by_id <> checked_by_id", name=op.f("ck_claim_two_people")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_claim_agency_id")),
        sa.ForeignKeyConstraint(["approved_by_id"], ["user_account.id"], name=op.f("fk_claim_approved_by_id")),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name=op.f("fk_claim_award_id")),
        sa.ForeignKeyConstraint(["checked_by_id"], ["user_account.id"], name=op.f("fk_claim_checked_by_id")),
        sa.ForeignKeyConstraint(["submitted_by_id"], ["user_account.id"], name=op.f("fk_claim_submitted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
    )
    op.create_index("ix_claim_agency_id_state", "claim", ["agency_id", "state", "id"], unique=False)
    op.create_index(op.f("ix_claim_approved_by_id"), "claim", ["approved_by_id"], unique=False)
    op.create_index(op.f("ix_claim_checked_by_id"), "claim", ["checked_by_id"], unique=False)
    op.create_index(op.f("ix_claim_submitted_by_id"), "claim", ["submitted_by_id"], unique=False)
    op.create_index(
        "uq_claim_award_id_kind",
        "claim",
        ["award_id", "kind"],
        unique=True,
        postgresql_where=sa.text("state NOT IN ('refused','lapsed')"),
    )
    op.create_table(
        "claim_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=False),
        sa.Column("cost_line_id", sa.BigInteger(), nullable=False),
        sa.Column("actual_minor", sa.BigInteger(), nullable=True),
        sa.Column("accepted_minor", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("accepted_minor = actual_minor OR reason <> ''", name=op.f("ck_claim_line_cut_has_reason")),
        sa.CheckConstraint(
            "accepted_minor BETWEEN 0 AND actual_minor", name=op.f("ck_claim_line_accepted_within_actual")
        ),
        sa.CheckConstraint("actual_minor >= 0", name=op.f("ck_claim_line_actual")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_claim_line_claim_id")),
        sa.ForeignKeyConstraint(["cost_line_id"], ["cost_line.id"], name=op.f("fk_claim_line_cost_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_line")),
        sa.UniqueConstraint("claim_id", "cost_line_id", name=op.f("uq_claim_line_claim_id_cost_line_id")),
    )
    op.create_index(op.f("ix_claim_line_cost_line_id"), "claim_line", ["cost_line_id"], unique=False)
    op.create_table(
        "claim_evidence",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("claim_line_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "invoice",
                "payment_proof",
                "ticket",
                "boarding_pass",
                "feedback_form",
                "photograph",
                "transport_document",
                "contract",
                "payslip",
                name="evidence",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["claim_line_id"], ["claim_line.id"], name=op.f("fk_claim_evidence_claim_line_id")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_claim_evidence_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_evidence")),
    )
    op.create_index(op.f("ix_claim_evidence_claim_line_id"), "claim_evidence", ["claim_line_id"], unique=False)
    op.create_index(op.f("ix_claim_evidence_file_id"), "claim_evidence", ["file_id"], unique=False)
    op.create_table(
        "claim_part",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=False),
        sa.Column("firm_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "payee",
            sa.Enum(
                "firm",
                "organiser",
                "association",
                "carrier",
                name="payee",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("support_minor", sa.BigInteger(), nullable=False),
        sa.Column("advance_minor", sa.BigInteger(), nullable=False),
        sa.Column("retained_minor", sa.BigInteger(), nullable=False),
        sa.Column("payable_minor", sa.BigInteger(), nullable=False),
        sa.Column("due_back_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "support_minor + due_back_minor = advance_minor + retained_minor + payable_minor",
            name=op.f("ck_claim_part_adds_up"),
        ),
        sa.CheckConstraint(
            "support_minor >= 0 AND advance_minor >= 0 AND retained_minor >= 0 AND payable_minor >= 0 AND due_back_minor >= 0",
            name=op.f("ck_claim_part_not_negative"),
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_claim_part_claim_id")),
        sa.ForeignKeyConstraint(["firm_id"], ["organisation.id"], name=op.f("fk_claim_part_firm_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_part")),
    )
    op.create_index(op.f("ix_claim_part_claim_id"), "claim_part", ["claim_id"], unique=False)
    op.create_index(op.f("ix_claim_part_firm_id"), "claim_part", ["firm_id"], unique=False)


def _recoveries() -> None:
    op.create_table(
        "recovery_case",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("award_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("firm_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "cause",
            sa.Enum(
                "under_spend",
                "no_show",
                "double_funding",
                "false_declaration",
                "missing_report",
                name="recoverycause",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "opened",
                "due",
                "closed",
                "dropped",
                name="recoverystate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("paid_back_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by_id", sa.BigInteger(), nullable=False),
        sa.Column("answer_on", sa.Date(), nullable=False),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decision", sa.Text(), server_default="", nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "state NOT IN ('due','closed') OR decided_by_id IS NOT NULL", name=op.f("ck_recovery_case_decided_by_whom")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_recovery_case_positive")),
        sa.CheckConstraint("decided_by_id <> opened_by_id", name=op.f("ck_recovery_case_two_people")),
        sa.CheckConstraint(
            "paid_back_minor BETWEEN 0 AND amount_minor", name=op.f("ck_recovery_case_paid_back_within_amount")
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_recovery_case_agency_id")),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name=op.f("fk_recovery_case_award_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["user_account.id"], name=op.f("fk_recovery_case_decided_by_id")),
        sa.ForeignKeyConstraint(["firm_id"], ["organisation.id"], name=op.f("fk_recovery_case_firm_id")),
        sa.ForeignKeyConstraint(["opened_by_id"], ["user_account.id"], name=op.f("fk_recovery_case_opened_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_case")),
    )
    op.create_index("ix_recovery_case_agency_id_id", "recovery_case", ["agency_id", "id"], unique=False)
    op.create_index(op.f("ix_recovery_case_decided_by_id"), "recovery_case", ["decided_by_id"], unique=False)
    op.create_index(op.f("ix_recovery_case_firm_id"), "recovery_case", ["firm_id"], unique=False)
    op.create_index(op.f("ix_recovery_case_opened_by_id"), "recovery_case", ["opened_by_id"], unique=False)
    op.create_index(
        "uq_recovery_case_open",
        "recovery_case",
        ["award_id", "firm_id", "cause"],
        unique=True,
        postgresql_where=sa.text("state IN ('opened','due')"),
    )
    op.create_table(
        "recovery_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "demanded",
                "paid_back",
                "waived",
                name="recoveryentrykind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_recovery_entry_positive")),
        sa.ForeignKeyConstraint(["actor_id"], ["user_account.id"], name=op.f("fk_recovery_entry_actor_id")),
        sa.ForeignKeyConstraint(["case_id"], ["recovery_case.id"], name=op.f("fk_recovery_entry_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_entry")),
    )
    op.create_index(op.f("ix_recovery_entry_actor_id"), "recovery_entry", ["actor_id"], unique=False)
    op.create_index(op.f("ix_recovery_entry_case_id"), "recovery_entry", ["case_id"], unique=False)


def _award() -> None:
    op.add_column("award", sa.Column("released_minor", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("award", sa.Column("disbursed_minor", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("award", sa.Column("claim_reminded_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("award", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE award SET released_minor = amount_minor WHERE released_at IS NOT NULL")
    op.create_check_constraint(op.f("ck_award_within_amount"), "award", WITHIN)
    op.execute(AID_SO_FAR)


def downgrade() -> None:
    op.drop_constraint(op.f("ck_award_within_amount"), "award")
    op.drop_column("award", "closed_at")
    op.drop_column("award", "claim_reminded_at")
    op.drop_column("award", "disbursed_minor")
    op.drop_column("award", "released_minor")
    op.drop_table("recovery_entry")
    op.drop_table("claim_part")
    op.drop_table("claim_evidence")
    op.drop_table("claim_line")
    op.drop_table("recovery_case")
    op.drop_table("disbursement")
    op.drop_table("claim")
    op.drop_table("aid_export_row")
    op.drop_table("payout_account")
    op.drop_table("firm_link")
    op.drop_table("exchange_rate")
    op.drop_table("disbursement_batch")
    op.drop_table("aid_export")
    op.drop_table("aid_entry")
