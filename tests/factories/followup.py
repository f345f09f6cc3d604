"""Leads, prompts and orders for tests."""

from datetime import date, timedelta
from typing import Any

from fairlink.applications.states import ApplicationState
from fairlink.fairs.models import Fair
from fairlink.followup.models import ExpectedOrder, Lead, Order, OrderShare, OrderStatement, Prompt, Wave
from fairlink.followup.states import Channel, Interest, OrderState, PromptKind, PromptState, Side, StatementKind
from fairlink.visits.models import Meeting
from fairlink.visits.states import MeetingState
from tests.factories.applications import application, exhibitor
from tests.factories.fairs import fair
from tests.factories.making import MADE_AT, add
from tests.factories.subsidies import call
from tests.factories.visits import meeting


def lead(of: Meeting | None = None, **values: Any) -> Lead:
    of = of or meeting(state=MeetingState.HELD)
    defaults = {
        "fair_id": of.visit.fair_id,
        "exhibitor_id": of.exhibitor_id,
        "buyer_id": of.visit.buyer_id,
        "meeting_id": of.id,
        "recorded_side": Side.BUYER,
        "recorded_by_id": of.visit.visitor_id,
        "interest": Interest.HIGH,
        "created_at": MADE_AT,
    }
    return add(Lead(**defaults | values))


def past_lead() -> Lead:
    """Of a fair in March 2026: orders of it can have been made by now."""
    at = fair(starts_on=date(2026, 3, 9), ends_on=date(2026, 3, 11))
    of = application(call(at), state=ApplicationState.ACCEPTED, decided_at=MADE_AT)
    return lead(meeting(with_=exhibitor(of), state=MeetingState.HELD))


def wave(of: Fair, number: int = 1, side: Side = Side.FIRM, **values: Any) -> Wave:
    due_at = of.ends_at + timedelta(days=14 * number)
    return add(Wave(fair_id=of.id, number=number, **{"due_at": due_at, "side": side} | values))


def prompt(of: Lead, side: Side = Side.FIRM, **values: Any) -> Prompt:
    in_wave = values.pop("wave", None) or wave(of.fair, side=side, planned_at=MADE_AT)
    defaults = {
        "lead_id": of.id,
        "side": side,
        "kind": PromptKind.WAVE,
        "wave_id": in_wave.id,
        "state": PromptState.PLANNED,
        "due_at": in_wave.due_at,
    }
    return add(Prompt(**defaults | values))


def order(of: Lead, **values: Any) -> Order:
    """12,000.00 EUR, reported by the firm; all of it the lead firm's."""
    defaults = {
        "lead_id": of.id,
        "reported_side": Side.FIRM,
        "channel": Channel.LINK,
        "reported_at": MADE_AT,
        "ordered_on": date(2027, 6, 1),
        "value_minor": 1_200_000,
        "currency": "EUR",
        "state": OrderState.REPORTED,
    }
    made = add(Order(**defaults | values))
    add(OrderShare(order_id=made.id, firm_id=of.exhibitor.application.lead_firm_id, value_minor=made.value_minor))
    add(
        OrderStatement(
            order_id=made.id,
            kind=StatementKind.REPORT,
            side=made.reported_side,
            at=made.reported_at,
            channel=made.channel,
            value_minor=made.value_minor,
            currency=made.currency,
        )
    )
    return made


def forecast(of: Lead, side: Side = Side.FIRM, **values: Any) -> ExpectedOrder:
    """9,000.00 EUR in the next twelve months."""
    defaults = {"lead_id": of.id, "side": side, "stated_at": MADE_AT, "value_minor": 900_000, "currency": "EUR"}
    return add(ExpectedOrder(**defaults | values))
