"""The main pages of a platform with demonstration data: what is measured, and looked at by axe."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from fairlink.accounts.models import User
from fairlink.applications.models import Application, Award, Claim, Exhibitor, RecoveryCase
from fairlink.applications.states import ApplicationState
from fairlink.applications.states.money import ClaimState, RecoveryState
from fairlink.fairs.models import Fair
from fairlink.followup.models import Lead, Prompt, PromptLink
from fairlink.followup.states import PromptKind, PromptState
from fairlink.kernel.clock import utcnow
from fairlink.kernel.tokens import new_token, token_hash
from fairlink.payments.models import Charge
from fairlink.subsidies.models import Call
from fairlink.subsidies.states import CallState
from fairlink.visits.models import (
    AgendaRun,
    Contact,
    HostedStay,
    HostingOffer,
    MeetingRequest,
    MeetingRules,
    Visit,
    Workshop,
    WorkshopVisit,
)
from fairlink.visits.states import AgendaState, HostedState
from tests.backdoor import Backdoor

OFFICER, FINANCE = "officer@agency.example", "finance@agency.example"
MEMBER, BUYER = "member@firms.example", "buyer@buyers.example"


@dataclass(frozen=True)
class MainPage:
    """A page by its name in reports, its address, and the e-mail address of the person whose page it is, if any."""

    name: str
    address: str
    who: str | None = None


def main_pages(inside: Backdoor) -> list[MainPage]:
    """The pages, after a prompt that waits for its answer has got a link that is known here."""
    today = utcnow().date()

    def one(query: Any) -> Any:
        found = inside.session.execute(query.limit(1)).first()
        assert found is not None, f"the demonstration has no longer what is looked for: {query}"
        return found

    draft, applicant = one(
        sa.select(Application.id, User.email)
        .join(User, User.id == Application.contact_id)
        .where(Application.state == ApplicationState.DRAFT, Application.group_id.is_not(None))
    )
    (call,) = one(sa.select(Call.id).join(Fair).where(Call.state == CallState.PUBLISHED, Fair.starts_on > today))
    exhibitor, fair, visit = one(
        sa.select(Exhibitor.id, Exhibitor.fair_id, Visit.id)
        .join(Fair, Fair.id == Exhibitor.fair_id)
        .join(Visit, Visit.fair_id == Fair.id)
        .join(User, User.id == Visit.visitor_id)
        .where(User.email == BUYER, Fair.starts_on > today, Fair.id.not_in(sa.select(MeetingRules.fair_id)))
    )
    run, forum, stand = one(
        sa.select(AgendaRun.id, AgendaRun.fair_id, Exhibitor.id)
        .join(Exhibitor, Exhibitor.fair_id == AgendaRun.fair_id)
        .where(AgendaRun.state == AgendaState.DRAFT)
    )
    owed, charged_fair, payer = one(
        sa.select(Charge.id, Charge.fair_id, User.email)
        .join(Charge.award)
        .join(Award.application)
        .join(User, User.id == Application.contact_id)
        .where(Charge.firm_id == Application.lead_firm_id, Charge.received_minor == 0)
    )
    (paid,) = one(sa.select(Charge.id).where(Charge.received_minor > 0))
    (past_fair,) = one(sa.select(Lead.fair_id))
    (checked,) = one(sa.select(Claim.id).where(Claim.state == ClaimState.CHECKED))
    cut, grant, claimant = one(
        sa.select(Claim.id, Award.application_id, User.email)
        .join(Award, Award.id == Claim.award_id)
        .join(User, User.id == Claim.submitted_by_id)
        .where(Claim.state == ClaimState.APPROVED)
    )
    (case,) = one(sa.select(RecoveryCase.id).where(RecoveryCase.state == RecoveryState.OPENED))
    return [
        MainPage("front page", "/"),
        MainPage("catalogue", "/fairs"),
        MainPage("fair", f"/fairs/{fair}"),
        MainPage("call", f"/calls/{call}"),
        MainPage("task list of a group's application", f"/applications/{draft}", applicant),
        MainPage("check of the application", f"/applications/{draft}/check", applicant),
        MainPage("claims and payments of a grant", f"/applications/{grant}/claims", claimant),
        MainPage("claim with one line refused", f"/claims/{cut}", claimant),
        MainPage("claim that was checked", f"/staff/claims/{checked}", OFFICER),
        MainPage("check of a claim", f"/staff/claims/{checked}/check", OFFICER),
        MainPage("aid register", "/staff/aid", OFFICER),
        MainPage("aid from elsewhere", "/staff/aid/entries", OFFICER),
        MainPage("disbursements", "/staff/disbursements", OFFICER),
        MainPage("recovery case", f"/staff/recoveries/{case}", OFFICER),
        MainPage("money asked back", f"/recoveries/{case}", MEMBER),
        MainPage("agenda of a visit", f"/visits/{visit}", BUYER),
        MainPage("exhibitor with free times", f"/exhibitors/{exhibitor}", BUYER),
        MainPage("agenda of a fair", f"/staff/fairs/{forum}/agenda", OFFICER),
        MainPage("draft of an agenda", f"/staff/agendas/{run}", OFFICER),
        MainPage("request to an exhibitor", f"/exhibitors/{stand}", BUYER),
        MainPage("answer behind a mailed link", f"/follow-up/{_link(inside)}"),
        MainPage("what a firm owes", "/payments", payer),
        MainPage("how to pay", f"/payments/{owed}", payer),
        MainPage("statement of account", f"/payments/{owed}/statement", payer),
        MainPage("payments of an agency", "/staff/payments", FINANCE),
        MainPage("payments of a fair", f"/staff/fairs/{charged_fair}/payments", OFFICER),
        MainPage("prices of a fair", f"/staff/fairs/{charged_fair}/prices", OFFICER),
        MainPage("charge that was paid", f"/staff/payments/{paid}", FINANCE),
        MainPage("recording a transfer", f"/staff/payments/{owed}/transfer", FINANCE),
        MainPage("giving money back", f"/staff/payments/{paid}/refund", FINANCE),
        MainPage("reducing a charge", f"/staff/payments/{owed}/reduce", FINANCE),
        MainPage("bank account", "/staff/payments/account", FINANCE),
        MainPage("card account", "/staff/payments/cards", FINANCE),
        MainPage("bank statements", "/staff/payments/statements", FINANCE),
        MainPage("transfers back", "/staff/refunds", FINANCE),
        MainPage("refund runs", "/staff/refund-runs", FINANCE),
        MainPage("result of a fair", f"/staff/fairs/{past_fair}/results", OFFICER),
    ]


def visit_pages(inside: Backdoor) -> list[MainPage]:
    """Pages of requests, agendas, workshops, hosted buyers and contacts, each of somebody who has something there."""
    buyer, firm = aliased(User), aliased(User)

    def one(query: Any, *joins: Any) -> Any:
        for target, condition in joins:
            query = query.join(target, condition)
        found = inside.session.execute(query.order_by(sa.literal_column("1")).limit(1)).first()
        assert found is not None, f"the demonstration has no longer what is looked for: {query}"
        return found

    visitor, contact = (buyer, buyer.id == Visit.visitor_id), (firm, firm.id == Application.contact_id)
    application = (Application, Application.id == Exhibitor.application_id)
    request, asker, exhibitor, visit, asked = one(
        sa.select(MeetingRequest.id, firm.email, Exhibitor.id, Visit.id, buyer.email),
        (Exhibitor, Exhibitor.id == MeetingRequest.exhibitor_id),
        application,
        contact,
        (Visit, Visit.id == MeetingRequest.visit_id),
        visitor,
    )
    workshop, booking, host, stand, tour, guest = one(
        sa.select(Workshop.id, WorkshopVisit.id, firm.email, Exhibitor.id, Visit.id, buyer.email),
        (WorkshopVisit, WorkshopVisit.workshop_id == Workshop.id),
        (Exhibitor, Exhibitor.id == Workshop.exhibitor_id),
        application,
        contact,
        (Visit, Visit.id == WorkshopVisit.visit_id),
        visitor,
    )
    stay, call, hosted, traveller = one(
        sa.select(HostedStay.id, HostingOffer.call_id, Visit.id, buyer.email).where(
            HostedStay.state == HostedState.GRANTED
        ),
        (HostingOffer, HostingOffer.id == HostedStay.offer_id),
        (Visit, Visit.id == HostedStay.visit_id),
        visitor,
    )
    met, at, noter = one(
        sa.select(Contact.id, Exhibitor.id, firm.email),
        (Exhibitor, Exhibitor.id == Contact.exhibitor_id),
        application,
        contact,
    )
    inside.session.rollback()
    return [
        MainPage("buyers to ask", f"/exhibitors/{exhibitor}/buyers", asker),
        MainPage("requests of an exhibitor", f"/exhibitors/{exhibitor}/requests", asker),
        MainPage("requests of a visit", f"/visits/{visit}/requests", asked),
        MainPage("request", f"/requests/{request}", asked),
        MainPage("exhibitors to ask", f"/visits/{visit}/exhibitors", asked),
        MainPage("absences", f"/visits/{visit}/absences", asked),
        MainPage("diary of an exhibitor", f"/exhibitors/{exhibitor}/diary", asker),
        MainPage("the day at the fair", "/at-the-fair", asked),
        MainPage("calendar feed", "/account/calendar", asked),
        MainPage("workshops of a fair", f"/visits/{tour}/workshops", guest),
        MainPage("sessions of a workshop", f"/workshops/{workshop}/visits/new", guest),
        MainPage("visit to a workshop", f"/workshop-visits/{booking}", guest),
        MainPage("visit to a workshop to move", f"/workshop-visits/{booking}/move", guest),
        MainPage("workshops of an exhibitor", f"/exhibitors/{stand}/workshops", host),
        MainPage("workshop to offer", f"/exhibitors/{stand}/workshops/new", host),
        MainPage("ways between workshops", f"/workshops/{workshop}/ways", host),
        MainPage("badge", f"/visits/{tour}/badge", guest),
        MainPage("travel support of a visit", f"/visits/{hosted}/hosting", traveller),
        MainPage("hosted buyers", f"/staff/calls/{call}/hosting", OFFICER),
        MainPage("offer of travel support", f"/staff/calls/{call}/hosting/offer", OFFICER),
        MainPage("a hosted buyer", f"/staff/hosting/{stay}", OFFICER),
        MainPage("contacts", "/contacts", noter),
        MainPage("contact", f"/contacts/{met}", noter),
        MainPage("contact to correct", f"/contacts/{met}/correct", noter),
        MainPage("contact to note", f"/exhibitors/{at}/contacts/new", noter),
    ]


def _link(inside: Backdoor) -> str:
    """The token of a prompt that waits for an answer; a new one each time, as several tests look at one platform."""
    prompt = inside.session.scalars(
        sa.select(Prompt).where(Prompt.state == PromptState.SENT, Prompt.kind == PromptKind.WAVE)
    ).first()
    assert prompt is not None, "the demonstration has no open prompt"
    token = new_token()
    inside.session.add(PromptLink(prompt_id=prompt.id, token_hash=token_hash(token), created_at=utcnow()))
    inside.session.commit()
    return token
