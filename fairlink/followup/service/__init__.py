"""The verbs of the follow-up: recording leads, planning and sending prompts, answering, judging orders."""

from fairlink.followup.service.answers import answer, correct, keep_draft, may_correct
from fairlink.followup.service.contacts import check_unanswered, correct_contact, erase_contact
from fairlink.followup.service.leads import edit_lead, record_lead, record_leads_of_contacts, record_missing_leads
from fairlink.followup.service.orders import judge_order, report_order, revise_order, settle_order, split_order
from fairlink.followup.service.prompts import (
    expire_prompts,
    lift_suppression,
    may_renew,
    remind_due,
    renew,
    send_due,
)
from fairlink.followup.service.rates import convert_missing, take_rates
from fairlink.followup.service.waves import is_begun, make_waves, move_waves, plan_wave, save_text, send_test, set_plan

__all__ = [
    "answer",
    "check_unanswered",
    "convert_missing",
    "correct",
    "correct_contact",
    "edit_lead",
    "erase_contact",
    "expire_prompts",
    "is_begun",
    "judge_order",
    "keep_draft",
    "lift_suppression",
    "make_waves",
    "may_correct",
    "may_renew",
    "move_waves",
    "plan_wave",
    "record_lead",
    "record_leads_of_contacts",
    "record_missing_leads",
    "remind_due",
    "renew",
    "report_order",
    "revise_order",
    "save_text",
    "send_due",
    "send_test",
    "set_plan",
    "settle_order",
    "split_order",
    "take_rates",
]
