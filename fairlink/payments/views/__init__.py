"""Pages and the webhook of payments."""

from fairlink.payments.views import firm, staff, webhook
from fairlink.payments.views.blueprint import bp

__all__ = ["bp", "firm", "staff", "webhook"]
