"""Documents to print."""

from fairlink.visits.exports.papers import exhibitor_agenda, itinerary, qr_code, table_signs, visit_agenda

__all__ = ["exhibitor_agenda", "itinerary", "qr_code", "table_signs", "visit_agenda"]
