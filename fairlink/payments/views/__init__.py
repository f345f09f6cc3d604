"""Pages and the webhook of payments."""

from fairlink.payments.views import documents, firm, prices, staff, webhook
from fairlink.payments.views.blueprint import bp

__all__ = ["bp", "documents", "firm", "prices", "staff", "webhook"]
