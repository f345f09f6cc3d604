"""Visits, meetings, agendas, contacts, workshops and hosted stays for tests."""

import uuid
from datetime import UTC, datetime, time
from typing import Any

from fairlink.accounts.models import User
from fairlink.applications.models import Exhibitor
from fairlink.fairs.models import Fair, TimeSlot
from fairlink.files.service import store
from fairlink.followup.states import Interest, Side
from fairlink.kernel.uploads import inspect
from fairlink.policy import Kind
from fairlink.subsidies.models import Call
from fairlink.visits.models import (
    AgendaEntry,
    AgendaRun,
    Contact,
    HostedEvidence,
    HostedStay,
    HostingCeiling,
    HostingOffer,
    Meeting,
    MeetingRequest,
    MeetingRules,
    Visit,
    Workshop,
    WorkshopVisit,
    default_rules,
)
from fairlink.visits.states import AgendaMode, AgendaState, HostedState, MeetingState, RequestState, VisitState
from tests.factories.accounts import officer, organisation, owner, user
from tests.factories.applications import exhibitor
from tests.factories.fairs import fair, time_slot
from tests.factories.making import MADE_AT, add, current, numbers
from tests.files import samples


def visit(to: Fair | None = None, by: User | None = None, **values: Any) -> Visit:
    to, by = to or fair(), by or owner(Kind.BUYER, country="SE")
    defaults = {
        "fair_id": to.id,
        "buyer_id": by.organisation_id,
        "visitor_id": by.id,
        "state": VisitState.BOOKED,
        "created_at": MADE_AT,
    }
    return add(Visit(**defaults | values))


def meeting(of: Visit | None = None, with_: Exhibitor | None = None, **values: Any) -> Meeting:
    with_ = with_ or exhibitor()
    of = of or visit(with_.fair)
    defaults = {
        "visit_id": of.id,
        "exhibitor_id": with_.id,
        "state": MeetingState.CONFIRMED,
        "proposed_side": Side.BUYER,
        "requested_at": MADE_AT,
    }
    if "slot_id" not in values:
        values["slot_id"] = time_slot(with_.fair).id
    return add(Meeting(**defaults | values))


def meeting_rules(of: Fair, **values: Any) -> MeetingRules:
    """The fair's rules for meetings: the usual ones, but for `values`."""
    rules = default_rules(of.id)
    for name, value in values.items():
        setattr(rules, name, value)
    return add(rules)


def meeting_request(of: Visit, with_: Exhibitor, **values: Any) -> MeetingRequest:
    """The buyer asks, and the exhibitor has not answered."""
    defaults: dict[str, Any] = {
        "visit_id": of.id,
        "exhibitor_id": with_.id,
        "from_side": Side.BUYER,
        "state": RequestState.SENT,
        "sent_at": MADE_AT,
        "expires_at": datetime(2100, 1, 1, tzinfo=UTC),
    }
    return add(MeetingRequest(**defaults | values))


def contact(of: Exhibitor | None = None, by: User | None = None, **values: Any) -> Contact:
    """A walk-in whom an exhibitor noted, with what they expect of it."""
    of = of or exhibitor()
    defaults = {
        "exhibitor_id": of.id,
        "key": uuid.uuid4(),
        "captured_by_id": (by or user(of.application.lead_firm)).id,
        "captured_at": MADE_AT,
        "received_at": MADE_AT,
        "buyer_id": organisation(Kind.BUYER).id,
        "person": "Visitor",
        "email": "visitor@walkin.test",
        "consented_at": MADE_AT,
        "interest": Interest.HIGH,
        "currency": "EUR",
        "expected_12_minor": 800_000,
    }
    return add(Contact(**defaults | values))


def agenda_run(of: Fair, by: User | None = None, **values: Any) -> AgendaRun:
    """A draft without meetings."""
    defaults: dict[str, Any] = {
        "fair_id": of.id,
        "mode": AgendaMode.FULL,
        "state": AgendaState.DRAFT,
        "seconds": 10,
        "made_by_id": (by or officer(of.agency)).id,
        "created_at": MADE_AT,
        "finished_at": MADE_AT,
        "outcome": "optimal",
    }
    return add(AgendaRun(**defaults | values))


def agenda_entry(of: AgendaRun, request: MeetingRequest, slot: TimeSlot, **values: Any) -> AgendaEntry:
    """One meeting of a draft."""
    sides = {"visit_id": request.visit_id, "exhibitor_id": request.exhibitor_id}
    return add(AgendaEntry(**{"run_id": of.id, "request_id": request.id, "slot_id": slot.id} | sides | values))


def workshop(of: Exhibitor | None = None, **values: Any) -> Workshop:
    """A workshop of an exhibitor, open on the fair's days from 9 to 17, an hour and 8 people at a time."""
    of = of or exhibitor()
    defaults = {
        "exhibitor_id": of.id,
        "name": f"Workshop {next(numbers)}",
        "address": "Rua das Flores 7, Novo Hamburgo",
        "first_on": of.fair.starts_on,
        "last_on": of.fair.ends_on,
        "opens": time(9),
        "closes": time(17),
        "visit_minutes": 60,
        "capacity": 8,
        "languages": ["pt", "en"],
        "travel_minutes": 30,
        "created_at": MADE_AT,
    }
    return add(Workshop(**defaults | values))


def workshop_visit(of: Visit, to: Workshop, **values: Any) -> WorkshopVisit:
    """The first session of a workshop, asked for."""
    first = to.schedule.slots()[0]
    defaults = {
        "visit_id": of.id,
        "workshop_id": to.id,
        "starts_at": first.starts_at,
        "ends_at": first.ends_at,
        "people": 1,
        "state": MeetingState.REQUESTED,
        "requested_at": MADE_AT,
    }
    return add(WorkshopVisit(**defaults | values))


def hosting_offer(of: Call, **values: Any) -> HostingOffer:
    """60% of the trip, at most 1,500.00 from Sweden and 900.00 from elsewhere, for two meetings; deposit 200.00."""
    ceilings = values.pop("ceilings", {"SE": 150_000, "": 90_000})
    defaults = {
        "fair_id": of.fair_id,
        "call_id": of.id,
        "meetings_required": 2,
        "rate_bp": 6000,
        "deposit_minor": 20_000,
        "conditions": "Come to your meetings.",
        "created_at": MADE_AT,
    }
    made = add(HostingOffer(**defaults | values))
    made.ceilings = [HostingCeiling(origin=origin, amount_minor=amount) for origin, amount in ceilings.items()]
    return add(made)


def hosted_evidence(of: HostedStay) -> HostedEvidence:
    """A ticket of a hosted buyer, with its bytes on the disk."""
    upload, by_id = inspect("ticket.pdf", samples.pdf()), of.visit.visitor_id
    stored = store(current(), upload, owner_id=of.visit.buyer_id, by_id=by_id, now=MADE_AT)
    return add(HostedEvidence(stay_id=of.id, file_id=stored.id))


def hosted_stay(of: Visit, offer: HostingOffer, **values: Any) -> HostedStay:
    """A buyer's application for travel support."""
    defaults = {
        "offer_id": offer.id,
        "visit_id": of.id,
        "state": HostedState.APPLIED,
        "ceiling_minor": 150_000,
        "conditions_accepted_at": MADE_AT,
        "applied_at": MADE_AT,
    }
    return add(HostedStay(**defaults | values))
