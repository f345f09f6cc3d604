"""Reading the mails that the pages under test have posted."""

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.kernel.clock import utcnow
from fairlink.mail.models import MailMessage
from tests.jobs import run_due_jobs

Mails = Callable[[str], list[MailMessage]]
TokenIn = Callable[[str, str], str]


@pytest.fixture
def mails(session: Session) -> Mails:
    """The mails posted to an address, oldest first, once the worker has done what it was asked."""

    def find(email: str) -> list[MailMessage]:
        run_due_jobs(session, now=utcnow())
        session.expire_all()
        return list(
            session.scalars(sa.select(MailMessage).where(MailMessage.to_email == email).order_by(MailMessage.id))
        )

    return find


@pytest.fixture
def token_in(mails: Mails) -> TokenIn:
    """The token of the link ``/<folder>/<token>`` in the newest mail to an address."""

    def find(email: str, folder: str) -> str:
        found = re.search(rf"http://fairlink\.test/{folder}/([\w-]+)", mails(email)[-1].text)
        assert found is not None, f"no link to /{folder}/ in the newest mail"
        return found[1]

    return find
