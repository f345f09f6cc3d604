"""Documents to print."""

from fairlink.visits.exports.papers import exhibitor_agenda, qr_code, table_signs, visit_agenda

__all__ = ["exhibitor_agenda", "qr_code", "table_signs", "visit_agenda"]
