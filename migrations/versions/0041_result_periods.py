"""How sure the results of a period are, for periods that somebody asked for."""

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

_BEFORE = "'all', 'year', 'fair', 'call', 'scheme', 'sector', 'region'"


def upgrade() -> None:
    _allow(f"{_BEFORE}, 'period'")


def downgrade() -> None:
    op.execute("DELETE FROM result_scope WHERE dimension = 'period'")
    _allow(_BEFORE)


def _allow(dimensions: str) -> None:
    op.drop_constraint(op.f("ck_result_scope_dimension"), "result_scope", type_="check")
    check = f"CHECK (dimension IN ({dimensions})) NOT VALID"
    op.execute(f"ALTER TABLE result_scope ADD CONSTRAINT ck_result_scope_dimension {check}")
    op.execute("ALTER TABLE result_scope VALIDATE CONSTRAINT ck_result_scope_dimension")
