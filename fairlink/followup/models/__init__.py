"""Tables of leads, waves, prompts, answers, orders and exchange rates."""

from fairlink.followup.models.leads import ExpectedOrder, Lead, LeadProduct
from fairlink.followup.models.orders import Order, OrderShare, OrderStatement
from fairlink.followup.models.prompts import Answer, AnswerDraft, Prompt, PromptLink, Wave, WaveText
from fairlink.followup.models.rates import Conversion, EuroRate

__all__ = [
    "Answer",
    "AnswerDraft",
    "Conversion",
    "EuroRate",
    "ExpectedOrder",
    "Lead",
    "LeadProduct",
    "Order",
    "OrderShare",
    "OrderStatement",
    "Prompt",
    "PromptLink",
    "Wave",
    "WaveText",
]
