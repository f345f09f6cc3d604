"""Which firm a payment supports, whoever is paid."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("disbursement", sa.Column("firm_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_disbursement_firm_id"), "disbursement", "organisation", ["firm_id"], ["id"])
    op.create_index(op.f("ix_disbursement_firm_id"), "disbursement", ["firm_id"], unique=False)
    # Orders on claims are called claim:7:claim:12, the last number being that of the part; ':again' may follow.
    op.execute(
        "UPDATE disbursement SET firm_id = claim_part.firm_id FROM claim_part"
        " WHERE reference LIKE 'claim:%' AND claim_part.id = split_part(reference, ':', 4)::bigint"
    )


def downgrade() -> None:
    op.drop_column("disbursement", "firm_id")
