"""One of everything, and one person of every sort, for the access matrix."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import object_session

from fairlink.accounts.models import EmailToken, Invitation, Membership, User
from fairlink.accounts.states import TokenPurpose
from fairlink.applications.models import Assessment, GroupInvitation, SelectionRun
from fairlink.applications.queries import current_quote
from fairlink.applications.states import ApplicationState, Recommendation
from fairlink.fairs.states import FairState
from fairlink.followup.models import PromptLink
from fairlink.followup.states import PromptState
from fairlink.kernel.tokens import token_hash
from fairlink.mail.models import MailMessage, MailSuppression
from fairlink.mail.states import MailState, SuppressionReason
from fairlink.payments.models import RefundRun
from fairlink.policy import Kind, Role
from fairlink.subsidies.rules.terms import Method
from fairlink.subsidies.states import CallState
from fairlink.visits.models import Badge, CalendarFeed
from fairlink.visits.states import MeetingState
from tests import factories
from tests.access_money import claims_and_payouts

#: What the applicants, the buyer and the assessor wrote for few eyes only.
MOTIVATION = "motivation of the applicants"
MEETING_NOTE = "note for the exhibitor"
LEAD_NOTE = "note of the buyer about the lead"
ASSESSMENT_NOTE = "note of the assessor"
ASSESSOR = "Assessor Unnamed"

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FAR_OFF = datetime(2099, 1, 1, tzinfo=UTC)

#: Nobody of these belongs to an organisation of the story.
OUTSIDERS = frozenset(
    {"stranger", "unconfirmed", "homeless", "foreign firm", "association", "foreign buyer", "foreign agency"}
)
STAFF = frozenset({"officer", "assessor", "judge", "approver", "finance", "evaluator"})


#: Named as the runs and entries of an agenda are.
BANK_ENTRIES = [
    "/staff/bank-entries/<int:entry_id>",
    "/staff/bank-entries/<int:entry_id>/book",
    "/staff/bank-entries/<int:entry_id>/set-aside",
]
REFUND_RUNS = [f"/staff/refund-runs/<int:run_id>{end}" for end in ("", "/stop", "/resume")]


@dataclass(frozen=True)
class World:
    """The people by the names of the columns, and the objects by the names of the values in addresses."""

    people: dict[str, User | None]
    #: ``fair_id`` is the published fair, ``fair_id (draft)`` a variant of it; tokens go by their whole rule.
    values: dict[str, Any]

    def hidden_from(self, column: str) -> set[str]:
        """Words that no page may show to a person of this column."""
        hidden: set[str] = set()
        if column not in STAFF:
            hidden |= {ASSESSMENT_NOTE, ASSESSOR}
        if column in OUTSIDERS:
            hidden |= {MOTIVATION, MEETING_NOTE, LEAD_NOTE}
            hidden |= {person.email for name, person in self.people.items() if person and name != column}
        return hidden


def make() -> World:
    """Everything anew, in the session of the running test."""
    agency, buyer = factories.agency(), factories.organisation(Kind.BUYER)
    lead_firm, partner_firm = factories.organisation(), factories.organisation()
    people = _people(agency, lead_firm, partner_firm, buyer)
    values = _grants(people, factories.fair(agency), lead_firm, partner_firm)
    values |= _encounters(people, values.pop("exhibitor"))
    award = values.pop("award")
    for more in (
        _colleagues(lead_firm),
        _tokens(people, values.pop("group"), lead_firm, values.pop("prompt")),
        _money(people, award),
        claims_and_payouts(people, award),
    ):
        # Two objects by one name would be told apart by nobody but a sequence that happens to run ahead.
        assert not values.keys() & more.keys(), values.keys() & more.keys()
        values |= more
    return World(people, values)


def _people(agency: Any, lead_firm: Any, partner_firm: Any, buyer: Any) -> dict[str, User | None]:
    every_role = (Role.OFFICER, Role.ASSESSOR, Role.APPROVER, Role.FINANCE, Role.EVALUATOR)
    return {
        "stranger": None,
        "unconfirmed": factories.user(email_confirmed_at=None),
        "homeless": factories.user(),
        "lead owner": factories.user(lead_firm),
        "lead member": factories.user(lead_firm, Role.MEMBER),
        "partner owner": factories.user(partner_firm),
        "partner member": factories.user(partner_firm, Role.MEMBER),
        "foreign firm": factories.owner(Kind.FIRM),
        "association": factories.owner(Kind.ASSOCIATION),
        "buyer": factories.user(buyer),
        "buyer member": factories.user(buyer, Role.MEMBER),
        "foreign buyer": factories.owner(Kind.BUYER),
        "officer": factories.officer(agency),
        "assessor": factories.officer(agency, Role.ASSESSOR),
        "judge": factories.officer(agency, Role.ASSESSOR, Role.APPROVER, name=ASSESSOR),
        "approver": factories.officer(agency, Role.APPROVER),
        "finance": factories.officer(agency, Role.FINANCE),
        "evaluator": factories.officer(agency, Role.EVALUATOR),
        "foreign agency": factories.officer(factories.agency(), *every_role),
    }


def _grants(people: dict[str, Any], fair: Any, lead_firm: Any, partner_firm: Any) -> dict[str, Any]:
    """Fairs, calls and applications in the states that matter to who may see them."""
    scheme = factories.scheme(fair.agency)
    version = factories.scheme_version(scheme, people["officer"])
    call = factories.call(fair, version)
    draft_fair = factories.fair(fair.agency, state=FairState.DRAFT, published_at=None)
    group = factories.group(lead_firm, partner_firm)
    awarded = factories.application(
        call, group, people["lead owner"], motivation=MOTIVATION, state=ApplicationState.ACCEPTED, decided_at=LONG_AGO
    )
    award = factories.award(awarded, accepted_at=LONG_AGO)
    session = object_session(awarded)
    assert session is not None
    quote = current_quote(session, awarded, now=LONG_AGO)
    assert quote is not None
    awarded.quote = quote.to_dict()
    factories.add(
        SelectionRun(
            call_id=call.id,
            method=Method.LOTTERY,
            made_at=LONG_AGO,
            made_by_id=people["approver"].id,
            envelope_minor=call.envelope_minor,
            seed="5e" * 32,
        )
    )
    sent = factories.application(factories.call(fair, version), group, people["lead owner"], motivation=MOTIVATION)
    draft = factories.application(
        factories.call(fair, version),
        group,
        people["lead owner"],
        motivation=MOTIVATION,
        state=ApplicationState.DRAFT,
    )
    for application in (awarded, sent):
        factories.add(
            Assessment(
                application_id=application.id,
                assessor_id=people["judge"].id,
                score=73,
                recommendation=Recommendation.AWARD,
                note=ASSESSMENT_NOTE,
                at=LONG_AGO,
            )
        )
    return {
        "fair_id": fair.id,
        "fair_id (draft)": draft_fair.id,
        "scheme_id": scheme.id,
        "call_id": call.id,
        "call_id (draft)": factories.call(draft_fair, version, state=CallState.DRAFT).id,
        "application_id": sent.id,
        "application_id (draft)": draft.id,
        "application_id (awarded)": awarded.id,
        "cost_file_id": factories.cost_file(sent, people["lead owner"]).id,
        "group_id": group.id,
        "member_id": group.members[1].id,
        "group": group,
        "exhibitor": factories.exhibitor(awarded),
        "award": award,
    }


def _money(people: dict[str, Any], award: Any) -> dict[str, Any]:
    """What the two firms owe; the lead's is paid by transfer, and some of it goes back."""
    own, partners = (factories.charge(award, member.firm) for member in award.members)
    payment = factories.transfer(own, people["finance"])
    return {
        "charge_id": own.id,
        "charge_id (partner)": partners.id,
        "payment_id": payment.id,
        **dict.fromkeys(BANK_ENTRIES, factories.bank_entry(people["finance"]).id),
        "refund_file_id": factories.refund_file(people["finance"]).id,
        **dict.fromkeys(REFUND_RUNS, factories.add(RefundRun(fair_id=own.fair_id, started_at=LONG_AGO)).id),
        "price_id": factories.price(own.fair).id,
        "invoice_id": factories.invoice(own).id,
        "refund_id": factories.refund(payment).id,
    }


def _encounters(people: dict[str, Any], exhibitor: Any) -> dict[str, Any]:
    """What happens between the buyer and the exhibitor."""
    visit = factories.visit(exhibitor.fair, people["buyer"])
    asked = factories.meeting(visit, exhibitor, state=MeetingState.REQUESTED, note=MEETING_NOTE)
    request = factories.meeting_request(visit, exhibitor, note=MEETING_NOTE)
    run = factories.agenda_run(exhibitor.fair, people["officer"])
    held = factories.meeting(visit, exhibitor, state=MeetingState.HELD, note=MEETING_NOTE)
    lead = factories.lead(held, note=LEAD_NOTE)
    workshop = factories.workshop(exhibitor)
    stay = factories.hosted_stay(visit, factories.hosting_offer(exhibitor.application.call))
    evidence = factories.hosted_evidence(stay)
    factories.add(Badge(visit_id=visit.id, token="badge", consented_at=LONG_AGO))
    now = datetime.now(UTC)
    # For the firm, by the default side.
    prompt = factories.prompt(lead, state=PromptState.SENT, sent_at=now, expires_at=FAR_OFF)
    return {
        "exhibitor_id": exhibitor.id,
        "visit_id": visit.id,
        "request_id": request.id,
        "run_id": run.id,
        "entry_id": factories.agenda_entry(run, request, factories.time_slot(exhibitor.fair)).id,
        "meeting_id": asked.id,
        "meeting_id (held)": held.id,
        "contact_id": factories.contact(exhibitor, people["lead owner"], note=MEETING_NOTE).id,
        "/b/<token>": "badge",
        "workshop_id": workshop.id,
        "stay_id": stay.id,
        "/hosting/evidence/<int:evidence_id>": evidence.id,
        "workshop_visit_id": factories.workshop_visit(visit, workshop, note=MEETING_NOTE).id,
        "lead_id": lead.id,
        "prompt_id": prompt.id,
        "order_id": factories.order(lead).id,
        "prompt": prompt,
        "suppression_id": _suppressed(people["buyer"].email),
    }


def _suppressed(email: str) -> int:
    """An address of somebody whom the agency asks, without mails of a list that does not matter here."""
    reason = SuppressionReason.UNSUBSCRIBED
    return factories.add(MailSuppression(email=email, list_id="another", reason=reason, created_at=LONG_AGO)).id


def _colleagues(firm: Any) -> dict[str, Any]:
    """A colleague of the lead firm who is neither of those who look."""
    colleague: Membership = factories.user(firm, Role.MEMBER).memberships[0]
    return {"membership_id": colleague.id}


def _tokens(people: dict[str, Any], group: Any, firm: Any, prompt: Any) -> dict[str, Any]:
    """Secrets of mailed links, each for an address of its own; and invitations, by id and by secret."""
    dates = {"created_at": LONG_AGO, "expires_at": FAR_OFF}
    by = {"invited_by_id": people["lead owner"].id}

    def one_time(purpose: TokenPurpose) -> str:
        of = factories.user(email_confirmed_at=None)
        factories.add(EmailToken(user_id=of.id, purpose=purpose, token_hash=token_hash(purpose), expires_at=FAR_OFF))
        return purpose.value

    colleague = factories.add(
        Invitation(
            organisation_id=firm.id,
            email="new@join.test",
            roles=["member"],
            token_hash=token_hash("join"),
            **dates,
            **by,
        )
    )
    to_group = factories.add(
        GroupInvitation(group_id=group.id, email="new@group.test", token_hash=token_hash("group"), **dates, **by)
    )
    factories.add(PromptLink(prompt_id=prompt.id, token_hash=token_hash("prompt"), created_at=LONG_AGO))
    factories.add(_mail("unsubscribe"))
    buyer = people["buyer"].id
    factories.add(CalendarFeed(user_id=buyer, token_hash=token_hash("calendar"), created_at=LONG_AGO))
    return {
        "/organisation/invitations/<int:invitation_id>/revoke": colleague.id,
        "/groups/invitations/<int:invitation_id>/revoke": to_group.id,
        "/confirm/<token>": one_time(TokenPurpose.CONFIRM_EMAIL),
        "/reset/<token>": one_time(TokenPurpose.RESET_PASSWORD),
        "/join/<token>": "join",
        "/group-invitations/<token>": "group",
        "/group-invitations/<token>/decline": "group",
        "/follow-up/<token>": "prompt",
        "/unsubscribe/<token>": "unsubscribe",
        "/calendar/<token>.ics": "calendar",
    }


def _mail(token: str) -> MailMessage:
    return MailMessage(
        message_id=f"<{token}@fairlink.test>",
        to_email="reader@mail.test",
        to_name="Reader",
        locale="en",
        template="prompt",
        subject="",
        text="",
        html="",
        list_id="follow-up",
        unsubscribe_token=token,
        state=MailState.SENT,
        next_attempt_at=LONG_AGO,
        created_at=LONG_AGO,
        sent_at=LONG_AGO + timedelta(hours=1),
    )
