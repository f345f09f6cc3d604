"""Leads, answers and orders: in the account, behind mailed links, and for the agency's staff."""

from fairlink.followup.views import contacts, leads, orders, questions, settling, staff
from fairlink.followup.views.blueprint import bp

__all__ = ["bp", "contacts", "leads", "orders", "questions", "settling", "staff"]
