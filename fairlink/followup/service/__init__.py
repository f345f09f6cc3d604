"""The verbs of the follow-up: recording leads, planning and sending prompts, answering, judging orders."""

from fairlink.followup.service.answers import answer
from fairlink.followup.service.leads import edit_lead, record_lead, record_leads_of_contacts, record_missing_leads
from fairlink.followup.service.orders import judge_order, report_order, revise_order, settle_order, split_order
from fairlink.followup.service.prompts import expire_prompts, remind, send_prompt
from fairlink.followup.service.rates import convert_missing, take_rates
from fairlink.followup.service.waves import make_waves, plan_wave

__all__ = [
    "answer",
    "convert_missing",
    "edit_lead",
    "expire_prompts",
    "judge_order",
    "make_waves",
    "plan_wave",
    "record_lead",
    "record_leads_of_contacts",
    "record_missing_leads",
    "remind",
    "report_order",
    "revise_order",
    "send_prompt",
    "settle_order",
    "split_order",
    "take_rates",
]
