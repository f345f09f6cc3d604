"""Pages and the webhook of payments."""

from fairlink.payments.views import accounts, banking, documents, firm, overview, prices, staff, webhook
from fairlink.payments.views.blueprint import bp

__all__ = ["accounts", "banking", "bp", "documents", "firm", "overview", "prices", "staff", "webhook"]
