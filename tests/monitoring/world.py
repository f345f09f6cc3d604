"""A chain from application to orders, for tests of results."""

from datetime import UTC, datetime, timedelta
from typing import Any

from fairlink.applications.models import Application
from fairlink.applications.states import ApplicationState
from fairlink.followup.models import Answer, Lead, Prompt
from fairlink.followup.states import Channel, OrderState, Outcome, PromptState, Side
from fairlink.subsidies.models import Call
from fairlink.visits.states import HostedState, MeetingState
from tests import factories

#: Some time after everything below.
NOW = datetime(2028, 1, 1, tzinfo=UTC)
PRICED: dict[str, Any] = {"agency_currency": "EUR", "rate": 1, "rate_source": "same_currency"}


def accepted(call: Call, *, alone: bool = False) -> Application:
    """An accepted application, of a group or of a firm alone."""
    application = factories.application(call, state=ApplicationState.ACCEPTED)
    if alone:
        application.group_id, application.group = None, None
    return factories.add(application)


def answered(prompt: Prompt) -> None:
    at = prompt.due_at + timedelta(days=2)
    factories.add(Answer(prompt_id=prompt.id, at=at, channel=Channel.LINK, outcome=Outcome.ORDER))


def ordered(lead: Lead, minor: int = 1_200_000, **values: object) -> None:
    """An order with its value in the call's currency."""
    factories.order(lead, value_minor=minor, agency_minor=minor, rate_on=factories.MADE_AT.date(), **PRICED, **values)


def hosted(lead: Lead) -> None:
    """The buyer of a lead had travel support for its fair."""
    assert lead.meeting is not None
    offer = factories.hosting_offer(lead.exhibitor.application.call)
    factories.hosted_stay(lead.meeting.visit, offer, state=HostedState.GRANTED, granted_at=factories.MADE_AT)


def chain(application: Application) -> Lead:
    """One held meeting, its lead, a prompt sent to each side of which one answered, and three orders."""
    exhibitor = factories.exhibitor(application)
    visit = factories.visit(exhibitor.fair)
    lead = factories.lead(factories.meeting(visit, exhibitor, state=MeetingState.HELD))
    factories.forecast(lead, agency_minor=900_000, rate_on=factories.MADE_AT.date(), **PRICED)
    factories.meeting(visit, exhibitor, state=MeetingState.DECLINED)
    wave = factories.wave(exhibitor.fair, number=application.id)
    sent = {"wave": wave, "sent_at": factories.MADE_AT, "expires_at": factories.MADE_AT + timedelta(days=60)}
    answered(factories.prompt(lead, Side.FIRM, state=PromptState.ANSWERED, **sent))
    factories.prompt(lead, Side.BUYER, state=PromptState.SENT, **sent)
    ordered(lead, state=OrderState.CONFIRMED)
    ordered(lead, 300_000)
    ordered(lead, 700_000, state=OrderState.DISPUTED)
    return lead
