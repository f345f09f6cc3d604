"""What the figures are called, and what each of them counts."""

from typing import Any

from flask_babel import lazy_gettext as _

from fairlink.applications.forms.staff import APPLICATION_STATES
from fairlink.followup.states import Interest, PromptState, Side
from fairlink.followup.views.blueprint import ORDER_STATES
from fairlink.monitoring.rules.results import Applicants
from fairlink.visits.states import MeetingState

APPLICANTS = {Applicants.GROUPS: _("Groups"), Applicants.FIRMS: _("Single firms")}

#: The chain, in its order.
FUNNEL = (
    "applications",
    "awards",
    "exhibitors",
    "meetings_booked",
    "meetings_held",
    "leads",
    "leads_answered",
    "leads_ordered",
    "orders_reported",
    "orders_confirmed",
)

#: All counts whose rows can be looked at.
COUNTS = (
    *FUNNEL,
    "leads_silent",
    "leads_repeated",
    "prompts_sent",
    "prompts_answered",
    "orders_disputed",
    "orders_unpriced",
)

FIGURES = {
    "applications": _("Applications"),
    "awards": _("Awards"),
    "exhibitors": _("Exhibitors"),
    "meetings_booked": _("Meetings booked"),
    "meetings_held": _("Meetings held"),
    "leads": _("Leads"),
    "leads_answered": _("Leads with an answer"),
    "leads_silent": _("Leads without an answer"),
    "leads_of_both": _("Leads about which both sides answered"),
    "leads_of_firm": _("Leads about which only the exhibitor answered"),
    "leads_of_buyer": _("Leads about which only the buyer answered"),
    "leads_ordered": _("Leads with an order"),
    "leads_repeated": _("Leads with a repeat order"),
    "prompts_sent": _("Questions sent"),
    "prompts_answered": _("Questions answered"),
    "orders_reported": _("Orders reported"),
    "orders_confirmed": _("Orders confirmed"),
    "orders_disputed": _("Orders disputed"),
    "orders_unpriced": _("Orders without a rate"),
    "orders_valued": _("Orders that make up the reported value"),
    "forecasts": _("Forecasts"),
    "firm_parts": _("Parts of firms in confirmed orders"),
    "hosted_meetings_held": _("Meetings held with hosted buyers"),
    "hosted_leads": _("Leads with hosted buyers"),
    "hosted_orders_confirmed": _("Orders confirmed, of hosted buyers"),
    "other_meetings_held": _("Meetings held with other buyers"),
    "other_leads": _("Leads with other buyers"),
    "other_orders_confirmed": _("Orders confirmed, of other buyers"),
    "support_minor": _("Support committed"),
    "reported_minor": _("Value reported by one side or both"),
    "confirmed_minor": _("Value confirmed by both sides"),
    "expected_minor": _("Expected, a forecast"),
}

RATIOS = {
    "value_per_support": _("Confirmed value per unit of support"),
    "value_per_meeting": _("Confirmed value per meeting held"),
    "realised": _("Reported value against what was expected"),
    "ordered": _("Share of leads with an order"),
    "repeated": _("Share of those with a second order"),
    "answered": _("Response rate"),
}

#: What each figure counts, in the words of a careful reader.
DEFINITIONS = {
    "applications": _("Sent to a call; drafts are not counted, withdrawn and refused ones are."),
    "awards": _("Granted, those given back later included."),
    "exhibitors": _("Applicants who accepted and took part."),
    "meetings_booked": _("Meetings that kept their time slot."),
    "meetings_held": _("Meetings that one side marked as held."),
    "leads": _("Contacts recorded at the fair between a buyer and an exhibitor."),
    "leads_answered": _("Leads about which at least one side has answered a question."),
    "leads_silent": _("Leads about which nobody has answered. Silence is not a lost contact."),
    "leads_of_both": _("Leads about which exhibitor and buyer have each answered a question."),
    "leads_of_firm": _("Leads about which the exhibitor has answered a question and the buyer none."),
    "leads_of_buyer": _("Leads about which the buyer has answered a question and the exhibitor none."),
    "leads_ordered": _("Leads with at least one order that is not disputed."),
    "leads_repeated": _("Leads with two orders or more that are not disputed."),
    "prompts_sent": _("Questions of the waves; questions about the other side's order are not counted."),
    "prompts_answered": _("Questions of the waves that were answered."),
    "orders_reported": _("Orders that one side or both told of, disputed ones included."),
    "orders_confirmed": _("Orders that both sides stand by, or that an officer settled."),
    "orders_disputed": _("Orders on which the sides disagree. They are in no value."),
    "orders_unpriced": _("Orders in a currency for which no rate is known yet. They are in no value."),
    "orders_valued": _("Every order that is not disputed and has a rate, also those that only one side told of."),
    "forecasts": _("The last forecast of each lead for twelve months. Never added to orders."),
    "firm_parts": _("What each firm has of the orders that both sides confirmed, in the currency of the call."),
    "hosted_meetings_held": _("Meetings held with buyers to whom travel support for the fair was promised."),
    "hosted_leads": _("Leads with buyers to whom travel support for the fair was promised."),
    "hosted_orders_confirmed": _("Confirmed orders from leads with buyers whose travel was supported."),
    "other_meetings_held": _("Meetings held with buyers who came without travel support."),
    "other_leads": _("Leads with buyers who came without travel support."),
    "other_orders_confirmed": _("Confirmed orders from leads with buyers who came without travel support."),
    "support_minor": _("Awards that were not given back."),
    "reported_minor": _("Every order that is not disputed, also those that only one side told of."),
    "confirmed_minor": _("Orders that both sides stand by, or that an officer settled."),
    "expected_minor": _("The last forecast of each lead for twelve months. Never added to orders."),
    "value_per_support": _("Value confirmed by both sides divided by the support committed."),
    "value_per_meeting": _("Value confirmed by both sides divided by the meetings held."),
    "realised": _(
        "Value reported by one side or both divided by the last forecasts. A forecast is for twelve months, and not "
        "every lead has one: far below 100% the forecasts were hopes."
    ),
    "ordered": _("Leads with an order among all leads."),
    "repeated": _("Leads with a second order among those with one."),
    "answered": _("Questions answered among those sent."),
}

#: Which rows a ratio is counted from, and the amounts.
ROWS_OF = {
    "value_per_support": "orders_confirmed",
    "value_per_meeting": "orders_confirmed",
    "realised": "orders_valued",
    "ordered": "leads_ordered",
    "repeated": "leads_repeated",
    "answered": "prompts_answered",
    "support_minor": "awards",
    "confirmed_minor": "orders_confirmed",
    "reported_minor": "orders_valued",
    "expected_minor": "forecasts",
}

INTERESTS = {
    Interest.HIGH: _("High interest at the fair"),
    Interest.MEDIUM: _("Medium interest at the fair"),
    Interest.LOW: _("Low interest at the fair"),
}

SIDES = {Side.FIRM: _("Exhibitor"), Side.BUYER: _("Buyer")}

MEETING_STATES = {
    MeetingState.REQUESTED: _("Requested"),
    MeetingState.CONFIRMED: _("Confirmed"),
    MeetingState.HELD: _("Held"),
    MeetingState.BUYER_NO_SHOW: _("The buyer did not come"),
    MeetingState.EXHIBITOR_NO_SHOW: _("The exhibitor was not there"),
}

PROMPT_STATES = {
    PromptState.SENT: _("Sent"),
    PromptState.ANSWERED: _("Answered"),
    PromptState.EXPIRED: _("Expired"),
    PromptState.SUPPRESSED: _("Stopped"),
}

#: The states of the rows behind figures, whatever they are states of: no word stands for two things.
STATES: dict[Any, Any] = {**APPLICATION_STATES, **MEETING_STATES, **PROMPT_STATES, **ORDER_STATES}

COLUMNS = {
    "applicant": _("Applicant"),
    "buyer": _("Buyer"),
    "fair": _("Fair"),
    "sent_at": _("Sent on"),
    "made_at": _("Recorded on"),
    "state": _("State"),
    "support_minor": _("Support"),
    "confirmed_minor": _("Confirmed orders"),
    "interest": _("Interest"),
    "side": _("Side"),
    "ordered_on": _("Ordered on"),
    "heard_at": _("Last answer on"),
    "first_on": _("First order on"),
    "stated_at": _("Told on"),
    "firm": _("Firm"),
    "part_minor": _("Its part"),
    "value_minor": _("Value"),
    "agency_minor": _("In the call's currency"),
}
