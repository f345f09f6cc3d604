"""Objects for tests: one function for each table that tests need, with sensible values for what they leave out.

Each adds its object to the session of the running test and flushes, so that it has its id.
"""

import itertools
import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from fairlink.accounts.models import (
    FirmYear,
    HsCode,
    Membership,
    Organisation,
    OrganisationProduct,
    Sector,
    User,
    UserSession,
)
from fairlink.applications.models import (
    Application,
    ApplicationMember,
    Award,
    AwardMember,
    CostFile,
    CostLine,
    Exhibitor,
    GroupMember,
    ProducerGroup,
)
from fairlink.applications.states import ApplicationState, MemberState
from fairlink.fairs.models import Fair, Stand, TimeSlot
from fairlink.fairs.states import FairState
from fairlink.files.service import store
from fairlink.followup.models import ExpectedOrder, Lead, Order, OrderShare, OrderStatement, Prompt, Wave
from fairlink.followup.states import Channel, Interest, OrderState, PromptKind, PromptState, Side, StatementKind
from fairlink.kernel.money import Money
from fairlink.kernel.uploads import inspect
from fairlink.payments.models import (
    BankEntry,
    BankFile,
    Charge,
    ChargeEntry,
    Invoice,
    Payment,
    PaymentPart,
    Price,
    Receipt,
    Refund,
    RefundFile,
    RefundPart,
)
from fairlink.payments.rules import creditor_reference
from fairlink.payments.states import (
    ChargeKind,
    EntryState,
    FileFormat,
    InvoiceKind,
    Method,
    PaymentState,
    PriceUnit,
    RefundState,
)
from fairlink.payments.states import EntryKind as ChargeEntryKind
from fairlink.policy import Kind, Role
from fairlink.subsidies.models import Call, CallCriterion, EnvelopeEntry, Scheme, SchemeVersion
from fairlink.subsidies.rules import rules_to_dict, simple_rules
from fairlink.subsidies.states import CallState, EntryKind
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
from tests.files import samples

T = TypeVar("T")

#: When everything in a test was made, unless it says otherwise.
MADE_AT = datetime(2027, 1, 1, 9, 0, tzinfo=UTC)

_numbers = itertools.count(1)
_current: dict[str, Session] = {}


def use(session: Session) -> None:
    """Make everything in `session` from now on."""
    _current["session"] = session


def add(thing: T) -> T:
    """Add an object that no function below makes."""
    _current["session"].add(thing)
    _current["session"].flush()
    return thing


def money(euros: int) -> Money:
    """Whole euros."""
    return Money(euros * 100, "EUR")


def sector(code: str = "footwear") -> Sector:
    found = _current["session"].get(Sector, code)
    assert found is not None, f"no sector {code} in the reference data"
    return found


def hs_code(code: str = "640399") -> HsCode:
    found = _current["session"].get(HsCode, code)
    assert found is not None, f"no HS code {code} in the reference data"
    return found


def organisation(kind: Kind = Kind.FIRM, **values: Any) -> Organisation:
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "kind": kind,
        "name": f"{kind.value.title()} {number}",
        "country": "PE",
        "company_number": f"{20_000_000_000 + number}",
        "city": "Lima",
        "created_at": MADE_AT,
    }
    sectors, products = values.pop("sectors", []), values.pop("products", [])
    made = add(Organisation(**defaults | values))
    made.sectors = [sector(code) for code in sectors]
    made.products = [OrganisationProduct(hs_code=code) for code in products]
    return add(made)


def firm_year(firm: Organisation, year: int = 2026, **values: Any) -> FirmYear:
    defaults = {"staff": 12, "turnover_minor": 40_000_000, "exports_minor": 5_000_000, "currency": "EUR"}
    return add(FirmYear(organisation_id=firm.id, year=year, **defaults | values))


def user(of: Organisation | None = None, *roles: Role, **values: Any) -> User:
    """A person with a confirmed address; member of `of` with `roles` (by default owner, or officer of an agency)."""
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "email": f"person{number}@example.test",
        "name": f"Person {number}",
        "password_hash": "",
        "locale": "en",
        "zone": "Europe/Madrid",
        "created_at": MADE_AT,
        "email_confirmed_at": MADE_AT,
    }
    made = add(User(**defaults | values))
    if of is not None:
        roles = roles or ((Role.OFFICER,) if of.kind == Kind.AGENCY else (Role.OWNER,))
        add(Membership(user_id=made.id, organisation_id=of.id, roles=[*roles], started_at=MADE_AT))
        _current["session"].refresh(made)
    return made


def user_session(of: User, **values: Any) -> UserSession:
    # Far in the future: the pages under test read the real clock.
    defaults = {"created_at": MADE_AT, "expires_at": datetime(2100, 1, 1, tzinfo=UTC)}
    return add(UserSession(user_id=of.id, **defaults | values))


def agency(**values: Any) -> Organisation:
    return organisation(Kind.AGENCY, **{"company_number": None} | values)


def officer(of: Organisation | None = None, *roles: Role, **values: Any) -> User:
    return user(of or agency(), *roles, **values)


def owner(kind: Kind = Kind.FIRM, **values: Any) -> User:
    """The owner of a new firm or buyer."""
    return user(organisation(kind, **values))


def fair(of: Organisation | None = None, **values: Any) -> Fair:
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "agency_id": (of or agency()).id,
        "name": f"Fair {number}",
        "edition": "2027",
        "venue": "Fenac",
        "city": "Novo Hamburgo",
        "country": "BR",
        "zone": "America/Sao_Paulo",
        "starts_on": date(2027, 3, 9),
        "ends_on": date(2027, 3, 11),
        "opens": time(10),
        "closes": time(18),
        "slot_minutes": 30,
        "state": FairState.PUBLISHED,
        "created_at": MADE_AT,
        "published_at": MADE_AT,
    }
    sectors = values.pop("sectors", ["footwear"])
    made = Fair(**defaults | values)
    made.sectors = [sector(code) for code in sectors]
    return add(made)


def stand(of: Fair, **values: Any) -> Stand:
    return add(Stand(fair_id=of.id, **{"label": f"4-C{next(_numbers)}", "area_m2": 12} | values))


def time_slot(of: Fair, starts_at: datetime | None = None, minutes: int = 30) -> TimeSlot:
    starts_at = starts_at or of.starts_at + timedelta(minutes=minutes * next(_numbers))
    return add(TimeSlot(fair_id=of.id, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=minutes)))


def scheme(of: Organisation, **values: Any) -> Scheme:
    defaults = {"name": f"Scheme {next(_numbers)}", "sunset_on": date(2030, 12, 31), "created_at": MADE_AT}
    return add(Scheme(agency_id=of.id, **defaults | values))


def scheme_version(of: Scheme, by: User | None = None, **values: Any) -> SchemeVersion:
    """By default 50% of the cost, at most 3,000.00 EUR a firm, for groups of 2 to 10 firms."""
    defaults: dict[str, Any] = {
        "number": 1,
        "rules": rules_to_dict(
            simple_rules(
                name=of.name,
                currency="EUR",
                rate_bp=5000,
                cap_per_firm_minor=300_000,
                min_firms=2,
                max_firms=10,
                sunset_on=of.sunset_on,
            )
        ),
        "created_at": MADE_AT,
        "created_by_id": (by or officer(of.agency)).id,
    }
    return add(SchemeVersion(scheme_id=of.id, **defaults | values))


def call(
    at: Fair | None = None, version: SchemeVersion | None = None, criteria: Sequence[CallCriterion] = (), **values: Any
) -> Call:
    """Published, unless it says otherwise; `criteria` from `criterion` below."""
    at = at or fair()
    version = version or scheme_version(scheme(at.agency))
    defaults: dict[str, Any] = {
        "fair_id": at.id,
        "scheme_version_id": version.id,
        "opens_at": datetime(2020, 1, 1, tzinfo=UTC),
        "closes_at": datetime(2099, 1, 1, tzinfo=UTC),
        "currency": "EUR",
        "envelope_minor": 10_000_000,
        "accept_days": 21,
        "state": CallState.PUBLISHED,
        "created_at": MADE_AT,
    }
    values = defaults | values
    # The database takes criteria for a draft only.
    made = add(Call(**values | {"state": CallState.DRAFT}, criteria=list(criteria)))
    made.state = values["state"]
    return add(made)


def criterion(name: str = "Export potential", **values: Any) -> CallCriterion:
    """For `call`, which puts it into its session."""
    return CallCriterion(**{"name": name, "position": 0, "weight_bp": 10_000, "max_score": 10} | values)


def group(*firms: Organisation, **values: Any) -> ProducerGroup:
    """A group of `firms` (three new ones by default); the first is its lead."""
    firms = firms or (organisation(), organisation(), organisation())
    defaults = {"name": f"Group {next(_numbers)}", "lead_firm_id": firms[0].id, "created_at": MADE_AT}
    made = add(ProducerGroup(**defaults | values))
    for firm in firms:
        add(GroupMember(group_id=made.id, firm_id=firm.id, state=MemberState.ACTIVE, joined_at=MADE_AT))
    _current["session"].refresh(made)
    return made


def application(
    to: Call | None = None, of: ProducerGroup | None = None, contact: User | None = None, **values: Any
) -> Application:
    """A group's application with equal shares, confirmed by all, and one shared line of 9,000.00 for stand space; sent
    by default."""
    to, of = to or call(), of or group()
    contact = contact or user(of.lead_firm)
    state = values.get("state", ApplicationState.SUBMITTED)
    defaults: dict[str, Any] = {
        "call_id": to.id,
        "group_id": of.id,
        "lead_firm_id": of.lead_firm_id,
        "contact_id": contact.id,
        "state": state,
        "motivation": "To find importers.",
        "locale": "en",
        "created_at": MADE_AT,
        "submitted_at": None if state == ApplicationState.DRAFT else MADE_AT,
    }
    made = add(Application(**defaults | values))
    firms = [member.firm_id for member in of.active_members]
    shares = [10_000 // len(firms) + (index < 10_000 % len(firms)) for index in range(len(firms))]
    made.members = [
        ApplicationMember(firm_id=firm_id, share_bp=share, confirmed_at=MADE_AT, confirmed_by_id=contact.id)
        for firm_id, share in zip(firms, shares, strict=True)
    ]
    made.lines = [CostLine(position=1, cost_class="stand_space", amount_minor=900_000)]
    return add(made)


def cost_file(of: Application, by: User, content: bytes | None = None) -> CostFile:
    """A quote for the first cost of an application, with its bytes on the disk."""
    upload = inspect("quote.pdf", content or samples.pdf())
    stored = store(_current["session"], upload, owner_id=of.lead_firm_id, by_id=by.id, now=MADE_AT)
    return add(CostFile(line_id=of.lines[0].id, file_id=stored.id))


def award(of: Application, by: User | None = None, **values: Any) -> Award:
    """An award of 4,500.00, equally for all members, with its commitment on the envelope."""
    by = by or user(of.call.fair.agency, Role.APPROVER)
    amount = values.pop("amount_minor", 450_000)
    entry = add(EnvelopeEntry(call_id=of.call_id, kind=EntryKind.COMMITTED, amount_minor=amount, at=MADE_AT))
    of.call.committed_minor += amount
    defaults: dict[str, Any] = {
        "amount_minor": amount,
        "currency": of.call.currency,
        "commitment_id": entry.id,
        "granted_by_id": by.id,
        "granted_at": MADE_AT,
        "accept_by": MADE_AT + timedelta(days=21),
    }
    made = add(Award(application_id=of.id, **defaults | values))
    part = amount // len(of.members)
    for member in of.members:
        add(AwardMember(award_id=made.id, firm_id=member.firm_id, support_minor=part, own_minor=part))
    _current["session"].refresh(made)
    return made


def exhibitor(of: Application | None = None, at_stand: Stand | None = None, **values: Any) -> Exhibitor:
    """A group at its fair, with a stand, on an accepted award."""
    of = of or application(state=ApplicationState.ACCEPTED, decided_at=MADE_AT)
    if of.award is None:
        award(of, accepted_at=MADE_AT)
    at_stand = at_stand or stand(of.call.fair)
    defaults = {"fair_id": of.call.fair_id, "application_id": of.id, "stand_id": at_stand.id, "created_at": MADE_AT}
    return add(Exhibitor(**defaults | values))


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
        "name": f"Workshop {next(_numbers)}",
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
    stored = store(_current["session"], upload, owner_id=of.visit.buyer_id, by_id=by_id, now=MADE_AT)
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


def charge(of: Award, firm: Organisation, **values: Any) -> Charge:
    """An own contribution of 1,500.00 EUR, with its entry."""
    kind = values.get("kind", ChargeKind.OWN_CONTRIBUTION)
    defaults = {
        "award_id": of.id,
        "firm_id": firm.id,
        "agency_id": of.application.agency_id,
        "fair_id": of.application.call.fair_id,
        "kind": kind,
        "amount_minor": 150_000,
        "currency": of.currency,
        "due_on": date(2027, 2, 9),
        "reference": creditor_reference(of.id, kind, firm.id),
        "credited_minor": 0,
        "received_minor": 0,
        "refunded_minor": 0,
        "created_at": MADE_AT,
    }
    made = add(Charge(**defaults | values))
    add(ChargeEntry(charge_id=made.id, kind=ChargeEntryKind.CHARGED, amount_minor=made.amount_minor, at=MADE_AT))
    return made


def owing(of: Application) -> Application:
    """An accepted application whose scheme pays the organiser: each firm owes the agency its own part."""
    assert of.award is not None
    of.quote = {
        "members": [
            {"member": str(each.firm_id), "lines": [{"payee": "organiser", "own_minor": each.own_minor}]}
            for each in of.award.members
        ]
    }
    return add(of)


def price(at: Fair, kind: ChargeKind = ChargeKind.EXTRA, **values: Any) -> Price:
    """A chair of 25.00 EUR for each firm that orders it."""
    defaults = {
        "fair_id": at.id,
        "kind": kind,
        "name": "Chair",
        "amount_minor": 2_500,
        "currency": "EUR",
        "unit": PriceUnit.FIRM,
        "due_on": date(2027, 2, 20),
        "created_at": MADE_AT,
    }
    return add(Price(**defaults | values))


def invoice(of: Charge, **values: Any) -> Invoice:
    """Invoice 2027-00001 of a charge."""
    content = {"seller": ["Agency"], "buyer": [of.firm.name], "fair": of.fair.title, "reason": ""}
    defaults = {
        "agency_id": of.agency_id,
        "year": 2027,
        "number": 1,
        "kind": InvoiceKind.INVOICE,
        "charge_id": of.id,
        "amount_minor": of.amount_minor,
        "currency": of.currency,
        "issued_at": MADE_AT,
        "locale": "en",
        "content": content,
    }
    return add(Invoice(**defaults | values))


def bank_entry(of: User, **values: Any) -> BankEntry:
    """10.00 EUR on the statement of the agency of `of`, to be decided."""
    number = next(_numbers)
    file = add(
        BankFile(
            agency_id=of.organisation_id,
            digest=str(number),
            name="statement.xml",
            entries=1,
            imported_at=MADE_AT,
            imported_by_id=of.id,
        )
    )
    defaults = {
        "agency_id": of.organisation_id,
        "file_id": file.id,
        "identity": str(number),
        "state": EntryState.OPEN,
        "booked_on": MADE_AT.date(),
        "amount_minor": 1_000,
        "currency": "EUR",
        "payer": "Somebody",
        "account": "DE89370400440532013000",
        "reference": "",
        "text": "",
    }
    return add(BankEntry(**defaults | values))


def refund_file(of: User, **values: Any) -> RefundFile:
    """A table of transfers back, still empty."""
    defaults = {"agency_id": of.organisation_id, "format": FileFormat.CSV, "made_at": MADE_AT, "made_by_id": of.id}
    return add(RefundFile(**defaults | values))


def transfer(of: Charge, by: User, **values: Any) -> Payment:
    """The whole amount of a charge, received by bank transfer."""
    defaults = {
        "key": uuid.uuid4(),
        "fair_id": of.fair_id,
        "payer_id": of.firm_id,
        "method": Method.TRANSFER,
        "state": PaymentState.PAID,
        "amount_minor": of.amount_minor,
        "currency": of.currency,
        "created_at": MADE_AT,
        "made_by_id": by.id,
        "received_on": MADE_AT.date(),
        "paid_at": MADE_AT,
    }
    made = add(Payment(**defaults | values))
    add(PaymentPart(payment_id=made.id, charge_id=of.id, amount_minor=made.amount_minor))
    add(Receipt(payment_id=made.id, issued_at=MADE_AT))
    of.received_minor += made.amount_minor
    kind = ChargeEntryKind.RECEIVED
    add(ChargeEntry(charge_id=of.id, kind=kind, amount_minor=made.amount_minor, at=MADE_AT, payment_id=made.id))
    return made


def refund(of: Payment, **values: Any) -> Refund:
    """10.00 EUR of a payment for one charge, to be sent back."""
    defaults = {
        "key": uuid.uuid4(),
        "payment_id": of.id,
        "state": RefundState.REQUESTED,
        "amount_minor": 1000,
        "currency": of.currency,
        "requested_at": MADE_AT,
        "attempt": 1,
    }
    made = add(Refund(**defaults | values))
    add(RefundPart(refund_id=made.id, charge_id=of.parts[0].charge_id, amount_minor=made.amount_minor))
    return made
