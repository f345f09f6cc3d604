"""Filling an empty database with the demonstration, by the same verbs that people use."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.accounts.service import hash_password
from fairlink.demo.claims import make_claims
from fairlink.demo.earlier import ask_evaluations, make_earlier
from fairlink.demo.encounters import make_encounters
from fairlink.demo.fair_days import make_fair_days
from fairlink.demo.forum import make_forum
from fairlink.demo.grants import make_grants
from fairlink.demo.hosting import make_hosting
from fairlink.demo.money import make_money
from fairlink.demo.names import Names
from fairlink.demo.people import make_people
from fairlink.demo.programme import make_programme
from fairlink.demo.results import make_results
from fairlink.demo.selections import make_selection
from fairlink.mail.models import MailMessage

#: Everybody's password in the demonstration.
PASSWORD = "fairs-and-orders"  # noqa: S105 printed by `make run`, worthless anywhere else

#: Who can sign in, and as what; printed by `make run`.
ACCOUNTS: tuple[tuple[str, str], ...] = (
    ("officer@agency.example", "agency: makes fairs, schemes and calls"),
    ("assessor@agency.example", "agency: assesses applications"),
    ("approver@agency.example", "agency: approves what others assessed"),
    ("finance@agency.example", "agency: payments, transfers and refunds"),
    ("evaluator@agency.example", "agency: reads results and evaluations, under pseudonyms"),
    ("lead@firms.example", "firm: leads a producer group"),
    ("member@firms.example", "firm: member of that group"),
    ("buyer@buyers.example", "buyer from Sweden"),
)

#: The same seed makes the same country.
SEED = 20_270_309


def is_empty(session: Session) -> bool:
    """Whether nobody has an account yet."""
    return not session.scalar(sa.select(sa.exists().where(User.id.is_not(None))))


def load_if_empty(session: Session, now: datetime) -> bool:
    """Load the demonstration into an empty database; False if it was not empty."""
    if not is_empty(session):
        return False
    load(session, now)
    return True


def load(session: Session, now: datetime) -> None:
    """Fill the database; adds and flushes only."""
    names = Names(SEED)
    # Somebody must have been there before the oldest fair was announced.
    password_hash = hash_password(PASSWORD)
    people = make_people(session, names, password_hash, now - timedelta(days=520))
    programme = make_programme(session, people.staff["officer"], now)
    make_grants(session, names, people, programme, now)
    make_encounters(session, names, people, programme, now)
    make_forum(session, names, people, programme, now)
    make_money(session, people, programme, now)
    make_selection(session, names, people, programme)
    make_claims(session, people, programme, now)
    make_fair_days(session, programme, now)
    make_hosting(session, people, programme, now)
    make_results(session, programme, now)
    past = make_earlier(session, names, people, password_hash, now)
    _forget_mails(session)
    ask_evaluations(session, people, past, now)


def _forget_mails(session: Session) -> None:
    """The past's mails were sent in the past: nothing of it goes out now."""
    session.flush()
    sent = sa.update(MailMessage).where(MailMessage.state == "queued")
    session.execute(sent.values(state="sent", sent_at=MailMessage.created_at))
    session.execute(sa.text("DELETE FROM procrastinate_jobs WHERE status = 'todo'"))
