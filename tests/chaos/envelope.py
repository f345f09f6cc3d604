"""`make chaos-envelope`: 200 approvals of 333 at once, on an envelope of 10,000, over HTTP against gunicorn.

Exactly 30 fit, whatever happens at the same time; the others read that the envelope is exhausted. Prints the counts as
one JSON object; exit status 1 for anything else.
"""

import json
import sys
from collections.abc import Sequence
from datetime import date
from http import HTTPStatus

import httpx
import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.applications.models import Assessment, Award
from fairlink.applications.states import ApplicationState, Recommendation
from fairlink.policy import Role
from fairlink.subsidies.models import Call, EnvelopeEntry
from fairlink.subsidies.rules import rules_to_dict, simple_rules
from fairlink.subsidies.states import EntryKind
from tests import factories
from tests.backdoor import Backdoor, backdoor
from tests.chaos.crowd import Press, is_done, press_at_once, server_errors
from tests.journeys.platform import Platform

#: Amounts in cents.
ENVELOPE, SUPPORT, APPLICATIONS = 10_000, 333, 200
FITTING = ENVELOPE // SUPPORT
EXPECTED = {
    "approved": FITTING,
    "conflict_409_exhausted": APPLICATIONS - FITTING,
    "server_errors": 0,
    "other": 0,
    "committed_minor": FITTING * SUPPORT,
    "entries": FITTING,
    "entries_minor": FITTING * SUPPORT,
    "awards": FITTING,
    "awards_minor": FITTING * SUPPORT,
}


def gather(platform: Backdoor) -> tuple[int, list[Press]]:
    """A call with `APPLICATIONS` assessed ones for half of 6.66: the call's id, and an approver's press for each."""
    fair = factories.fair(starts_on=date(2099, 3, 9), ends_on=date(2099, 3, 11))
    scheme = factories.scheme(fair.agency, sunset_on=date(2099, 12, 31))
    rules = simple_rules(
        name=scheme.name,
        currency="EUR",
        rate_bp=5000,
        cap_per_firm_minor=300_000,
        min_firms=1,
        max_firms=10,
        sunset_on=scheme.sunset_on,
    )
    version = factories.scheme_version(scheme, rules=rules_to_dict(rules))
    call = factories.call(fair, version, envelope_minor=ENVELOPE)
    assessor = factories.officer(fair.agency, Role.ASSESSOR)
    cookie = platform.sign_in(factories.officer(fair.agency, Role.APPROVER))
    presses = []
    for _ in range(APPLICATIONS):
        group = factories.group(factories.organisation())
        application = factories.application(call, group, state=ApplicationState.ASSESSED)
        application.lines[0].amount_minor = SUPPORT * 2
        factories.add(
            Assessment(
                application_id=application.id,
                assessor_id=assessor.id,
                score=80,
                recommendation=Recommendation.AWARD,
                at=factories.MADE_AT,
            )
        )
        page = f"/staff/applications/{application.id}"
        presses.append(Press(cookie, page, f"{page}/approve"))
    platform.session.commit()
    return call.id, presses


def is_exhausted(answer: httpx.Response) -> bool:
    """Whether the page refuses and says that the envelope is the reason."""
    return answer.status_code == HTTPStatus.CONFLICT and "envelope does not have enough money left" in answer.text


def kept(session: Session, call_id: int) -> dict[str, int]:
    """What the database says in the end."""
    entries = sa.select(sa.func.count(), sa.func.sum(EnvelopeEntry.amount_minor)).where(
        EnvelopeEntry.call_id == call_id, EnvelopeEntry.kind == EntryKind.COMMITTED
    )
    entered, entered_minor = session.execute(entries).one()
    granted, granted_minor = session.execute(sa.select(sa.func.count(), sa.func.sum(Award.amount_minor))).one()
    committed = session.scalar(sa.select(Call.committed_minor).where(Call.id == call_id))
    return {
        "committed_minor": int(committed or 0),
        "entries": int(entered),
        "entries_minor": int(entered_minor or 0),
        "awards": int(granted),
        "awards_minor": int(granted_minor or 0),
    }


def count(answers: Sequence[httpx.Response]) -> dict[str, int]:
    """What the approver saw."""
    approved, refused, failed = sum(map(is_done, answers)), sum(map(is_exhausted, answers)), server_errors(answers)
    return {
        "approved": approved,
        "conflict_409_exhausted": refused,
        "server_errors": failed,
        "other": len(answers) - approved - refused - failed,
    }


def main() -> int:
    with Platform(worker=False) as platform, backdoor(platform) as inside:
        call_id, presses = gather(inside)
        answers = press_at_once(platform, presses)
        inside.session.expire_all()
        counts = count(answers) | kept(inside.session, call_id)
    print(json.dumps(counts, indent=1))
    return 0 if counts == EXPECTED else 1


if __name__ == "__main__":
    sys.exit(main())
