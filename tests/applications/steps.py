"""Steps that tests of this package share: assess, award, and what was mailed."""

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.applications import service
from fairlink.applications.models import Application
from fairlink.applications.states import Recommendation
from fairlink.kernel.errors import DomainError
from fairlink.mail.models import MailMessage
from fairlink.policy import Role
from tests import factories

NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)


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
