"""The blueprint that all pages of results share, and the words of their templates."""

from decimal import Decimal
from typing import Any

from flask import Blueprint

from fairlink.kernel.money import Money
from fairlink.monitoring.views import words
from fairlink.web.filters import write_money, write_rate

bp = Blueprint("monitoring", __name__)


@bp.context_processor
def shared() -> dict[str, Any]:
    """What the templates of this package share."""
    return {
        "figure_names": words.FIGURES,
        "ratio_names": words.RATIOS,
        "figure_definitions": words.DEFINITIONS,
        "funnel_names": words.FUNNEL,
        "rows_of": words.ROWS_OF,
    }


@bp.app_template_filter("in_currency")
def in_currency(minor: int, currency: str) -> str:
    """Minor units as an amount in whole units."""
    return write_money(Money(minor, currency), whole=True)


@bp.app_template_filter("share")
def share(part: float) -> str:
    """A share between 0 and 1 as per cent with one decimal."""
    return write_rate(round(Decimal(str(part)) * 1000) * 10)
