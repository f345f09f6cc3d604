"""Objects for tests: one function for each table that tests need, with sensible values for what they leave out.

Each adds its object to the session of the running test and flushes, so that it has its id.
"""

from tests.factories.accounts import (
    agency,
    firm_year,
    hs_code,
    officer,
    organisation,
    owner,
    sector,
    user,
    user_session,
)
from tests.factories.applications import application, award, cost_file, exhibitor, group
from tests.factories.fairs import fair, stand, time_slot
from tests.factories.followup import forecast, lead, order, past_lead, prompt, wave
from tests.factories.making import MADE_AT, add, money, use
from tests.factories.payments import bank_entry, charge, invoice, owing, price, refund, refund_file, transfer
from tests.factories.subsidies import call, criterion, scheme, scheme_version
from tests.factories.visits import (
    agenda_entry,
    agenda_run,
    contact,
    hosted_evidence,
    hosted_stay,
    hosting_offer,
    meeting,
    meeting_request,
    meeting_rules,
    visit,
    workshop,
    workshop_visit,
)

__all__ = [
    "MADE_AT",
    "add",
    "agency",
    "agenda_entry",
    "agenda_run",
    "application",
    "award",
    "bank_entry",
    "call",
    "charge",
    "contact",
    "cost_file",
    "criterion",
    "exhibitor",
    "fair",
    "firm_year",
    "forecast",
    "group",
    "hosted_evidence",
    "hosted_stay",
    "hosting_offer",
    "hs_code",
    "invoice",
    "lead",
    "meeting",
    "meeting_request",
    "meeting_rules",
    "money",
    "officer",
    "order",
    "organisation",
    "owing",
    "owner",
    "past_lead",
    "price",
    "prompt",
    "refund",
    "refund_file",
    "scheme",
    "scheme_version",
    "sector",
    "stand",
    "time_slot",
    "transfer",
    "use",
    "user",
    "user_session",
    "visit",
    "wave",
    "workshop",
    "workshop_visit",
]
