"""The one place where an application changes its state, and what follows from leaving a granted one."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.applications import queries
from fairlink.applications.models import Application
from fairlink.applications.service.payouts import cancel_waiting, release_left
from fairlink.applications.service.state_aid import correct_to
from fairlink.applications.states import TRANSITIONS, ApplicationAction
from fairlink.audit.service import record
from fairlink.kernel.errors import Conflict
from fairlink.kernel.states import next_state
from fairlink.subsidies.rules import Quote, facts_to_dict


def _move(
    session: Session,
    application: Application,
    action: ApplicationAction,
    *,
    by: User | None,
    now: datetime,
    **data: Any,
) -> None:
    application.state = next_state(TRANSITIONS, application.state, action)
    record(session, f"application:{action}", application, by=by, now=now, **data)


#: For the other modules of this package; a state may only be set in a function named `_move`.
move = _move


def lock(session: Session, application: Application) -> None:
    """Let nobody else act on the application until the transaction ends, and see it as it is now.

    Two transactions never wait for each other, since all take their locks in one order: applications (by call and id),
    then the firms of their single undertakings where something is granted (by id), then envelopes.
    """
    session.refresh(application, with_for_update={"of": Application})


def check_version(application: Application, version: int) -> None:
    """Refuse what was made on an older version: Conflict ``stale``."""
    if application.version != version:
        raise Conflict("stale")


def keep_quote(
    session: Session, application: Application, quote: Quote, *, now: datetime, granting: bool = False
) -> None:
    """Freeze a quote with all that it was worked out from, as it was at `now`."""
    known = application.call.scheme_version.document
    application.quote = quote.to_dict()
    application.facts = facts_to_dict(queries.facts(session, application, known, now=now, granting=granting))


def give_back(session: Session, application: Application, *, by: User | None, now: datetime) -> None:
    """Return what an award had reserved and not paid: the money to the envelope, the stand to the fair."""
    award = application.award
    if award is None or award.released_at is not None:
        return
    cancel_waiting(session, award, by=by, now=now)
    release_left(session, award, by=by, now=now)
    correct_to(session, award, queries.paid_by_firm(session, award), by=by, now=now)
    award.released_at = now
    exhibitor = queries.exhibitor_of_application(session, application.id)
    if exhibitor is not None and exhibitor.withdrawn_at is None:
        exhibitor.withdrawn_at = now
        record(session, "exhibitor:end", exhibitor, by=by, now=now)
