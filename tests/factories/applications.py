"""Groups, applications, awards and exhibitors for tests."""

from datetime import timedelta
from typing import Any

from fairlink.accounts.models import Organisation, User
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
from fairlink.fairs.models import Stand
from fairlink.files.service import store
from fairlink.kernel.uploads import inspect
from fairlink.policy import Role
from fairlink.subsidies.models import Call, EnvelopeEntry
from fairlink.subsidies.states import EntryKind
from tests.factories.accounts import organisation, user
from tests.factories.fairs import stand
from tests.factories.making import MADE_AT, add, current, numbers
from tests.factories.subsidies import call
from tests.files import samples


def group(*firms: Organisation, **values: Any) -> ProducerGroup:
    """A group of `firms` (three new ones by default); the first is its lead."""
    firms = firms or (organisation(), organisation(), organisation())
    defaults = {"name": f"Group {next(numbers)}", "lead_firm_id": firms[0].id, "created_at": MADE_AT}
    members = [GroupMember(firm=firm, state=MemberState.ACTIVE, joined_at=MADE_AT) for firm in firms]
    return add(ProducerGroup(**defaults | values, members=members))


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
    made = Application(**defaults | values)
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
    stored = store(current(), upload, owner_id=of.lead_firm_id, by_id=by.id, now=MADE_AT)
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
    part = amount // len(of.members)
    shares = [AwardMember(firm_id=member.firm_id, support_minor=part, own_minor=part) for member in of.members]
    return add(Award(application=of, **defaults | values, members=shares))


def exhibitor(of: Application | None = None, at_stand: Stand | None = None, **values: Any) -> Exhibitor:
    """A group at its fair, with a stand, on an accepted award."""
    of = of or application(state=ApplicationState.ACCEPTED, decided_at=MADE_AT)
    if of.award is None:
        award(of, accepted_at=MADE_AT)
    at_stand = at_stand or stand(of.call.fair)
    defaults = {"fair_id": of.call.fair_id, "application_id": of.id, "stand_id": at_stand.id, "created_at": MADE_AT}
    return add(Exhibitor(**defaults | values))
