"""Steps that tests of this package share: assess, award, and what was mailed."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.accounts.models import Organisation, SingleUndertaking, User
from fairlink.applications import service
from fairlink.applications.models import Application
from fairlink.applications.states import Recommendation
from fairlink.kernel.errors import DomainError
from fairlink.mail.models import MailMessage
from fairlink.policy import Role
from fairlink.subsidies.models import Call, LotterySeed
from fairlink.subsidies.rules.lottery import commitment
from fairlink.subsidies.states import CallState
from tests import factories

NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)
CLOSED = datetime(2026, 1, 10, tzinfo=UTC)
SEED = "5e" * 32
CEILING = {"code": "de_minimis", "amount_minor": 30_000, "currency": "EUR"}


def mails(session: Session) -> list[tuple[str, str]]:
    """Receiver and subject of everything posted, by receiver."""
    session.flush()
    return sorted((mail.to_email, mail.subject) for mail in session.scalars(sa.select(MailMessage)))


def member_users(application: Application) -> list[User]:
    """An owner for every member but the lead, whose owner is the contact."""
    others = [member.firm for member in application.members if member.firm_id != application.lead_firm_id]
    return [application.contact, *(factories.user(firm) for firm in others)]


def confirm_all(application: Application) -> None:
    """Every firm has confirmed its part as it is now."""
    for member in application.members:
        member.confirmed_at, member.confirmed_by_id = NOW, application.contact_id
    # Whoever locks an application reads it and all its parts anew.
    factories.add(application)


def assessed(session: Session, **values: Any) -> tuple[Application, User, User]:
    """An assessed application, its assessor and an approver of the same agency."""
    return assess(session, factories.application(**values))


def assess(session: Session, application: Application) -> tuple[Application, User, User]:
    """The same for an application that is there."""
    agency = application.call.fair.agency
    assessor, approver = factories.user(agency, Role.ASSESSOR), factories.user(agency, Role.APPROVER)
    service.assess(
        session, application, score=80, recommendation=Recommendation.AWARD, note="Sound.", by=assessor, now=NOW
    )
    return application, assessor, approver


def awarded(session: Session, **values: Any) -> Application:
    application, _, approver = assessed(session, **values)
    service.approve(session, application, by=approver, now=NOW)
    return application


def approved(session: Session, application: Application) -> Application:
    """Assessed by one and approved by another."""
    application, _, approver = assess(session, application)
    service.approve(session, application, by=approver, now=NOW)
    return application


def refusal(error: pytest.ExceptionInfo[DomainError]) -> str:
    return error.value.code


def choosing(
    envelope_minor: int,
    ceilings: Sequence[dict[str, Any]] = (),
    agency: Organisation | None = None,
    **selection: Any,
) -> Call:
    """A closed call that pays half of the cost, within aid `ceilings`, and chooses by `selection`."""
    fair = factories.fair(agency)
    rules = {
        "format": 1,
        "name": "Choosing",
        "currency": "EUR",
        "sunset_on": "2030-12-31",
        "rates": {"base": [{"code": "half", "rate_bp": 5000}]},
        "cost_classes": [{"code": "stand_space"}],
        "aid_ceilings": list(ceilings),
        "selection": selection,
    }
    version = factories.scheme_version(factories.scheme(fair.agency), rules=rules)
    draft = selection["method"] == "lottery"
    call = factories.call(
        fair,
        version,
        envelope_minor=envelope_minor,
        closes_at=CLOSED,
        state=CallState.DRAFT if draft else CallState.PUBLISHED,
    )
    if draft:
        factories.add(LotterySeed(call_id=call.id, seed=SEED, commitment=commitment(SEED), made_at=factories.MADE_AT))
        call.state = CallState.PUBLISHED
    return call


def entry(session: Session, call: Call, cost: int, score: int = 80, hour: int = 0, **firm: Any) -> Application:
    """An assessed application that costs `cost` euros, of which half would be paid, sent `hour` hours after others."""
    group = factories.group(factories.organisation(**firm), factories.organisation())
    made = factories.application(call, group, submitted_at=factories.MADE_AT + timedelta(hours=hour))
    made.lines[0].amount_minor = cost * 100
    by = factories.user(call.fair.agency, Role.ASSESSOR)
    service.assess(session, made, score=score, recommendation=Recommendation.AWARD, note="", by=by, now=NOW)
    return made


def related(session: Session, *calls: Call, cost: int) -> list[Application]:
    """An application to each call, one hour after the other, of which each has a firm linked with one in the others."""
    factories.add(common := SingleUndertaking(name="Holding"))
    made = [entry(session, call, cost, hour=hour) for hour, call in enumerate(calls)]
    for each in made:
        each.members[0].firm.undertaking_id = common.id
    session.flush()
    return made
