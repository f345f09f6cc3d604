"""What each firm says of its own part of an application, and the papers that show what things cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from fairlink.accounts import queries as accounts
from fairlink.accounts.models import User
from fairlink.applications import emails, rules
from fairlink.applications.models import Application, ApplicationMember, CostFile, CostLine, DeclaredAid
from fairlink.applications.service.lifecycle import check_version, lock
from fairlink.applications.states import ApplicationState
from fairlink.audit.service import record
from fairlink.files import service as files
from fairlink.kernel.errors import Conflict, Invalid, NotFound
from fairlink.kernel.uploads import Upload


@dataclass(frozen=True, slots=True)
class NewAid:
    """Public aid that a firm was granted elsewhere; `amount_minor` in `currency`, `regime` the code of a ceiling."""

    regime: str
    granted_on: date
    amount_minor: int
    currency: str
    giver: str


@dataclass(frozen=True, slots=True)
class LineDeclaration:
    """What who bears a cost says of it: when it was ordered or paid, if it was; other public money for it."""

    committed_on: date | None
    other_public_minor: int


def lines_to_declare(application: Application, firm_id: int) -> list[CostLine]:
    """The costs that the firm answers for: its own, and the shared ones for the lead."""
    leads = firm_id == application.lead_firm_id
    return [line for line in application.lines if line.firm_id == firm_id or (leads and line.firm_id is None)]


def member_of(application: Application, firm_id: int | None) -> ApplicationMember:
    """The firm's place in an application. Raises NotFound for a firm that takes no part."""
    for member in application.members:
        if member.firm_id == firm_id:
            return member
    raise NotFound("not_found")


def confirm_part(
    session: Session,
    application: Application,
    *,
    answers: Mapping[str, Any],
    aid: Sequence[NewAid],
    lines: Mapping[int, LineDeclaration],
    version: int,
    by: User,
    now: datetime,
) -> None:
    """The firm of `by` agrees to its share and costs in `version` and declares what the scheme asks of it.

    Does not raise the version: several firms may confirm at the same time. Raises Conflict if the application was sent
    or changed meanwhile, and NotFound for a firm that takes no part.
    """
    lock(session, application)
    if application.state != ApplicationState.DRAFT:
        raise Conflict("application_not_draft")
    check_version(application, version)
    member = member_of(application, by.organisation_id)
    member.answers = dict(answers)
    member.declared_aid = [
        DeclaredAid(
            regime=each.regime,
            granted_on=each.granted_on,
            amount_minor=each.amount_minor,
            currency=each.currency,
            giver=each.giver,
        )
        for each in aid
    ]
    for line in lines_to_declare(application, member.firm_id):
        said = lines.get(line.id, LineDeclaration(None, 0))
        line.committed_on, line.other_public_minor = said.committed_on, said.other_public_minor
    member.confirmed_at, member.confirmed_by_id = now, by.id
    record(session, "application:confirm_part", application, by=by, now=now, firm_id=member.firm_id)


def ask_for_parts(session: Session, application: Application, *, by: User, now: datetime) -> int:
    """Ask the other firms that have not confirmed their parts to do so, once for each version; returns how many."""
    if application.state != ApplicationState.DRAFT:
        raise Conflict("application_not_draft")
    waiting = {member.firm_id for member in application.members if member.confirmed_at is None} - {by.organisation_id}
    found = accounts.contacts(session, waiting)
    for firm_id, to in found.items():
        emails.part_requested(session, application, firm_id, to, by=by, now=now)
    record(session, "application:ask_for_parts", application, by=by, now=now)
    return len(found)


def add_files(
    session: Session, application: Application, line_id: int, uploads: Sequence[Upload], *, by: User, now: datetime
) -> None:
    """Put quotes to a cost line of a draft. Raises Conflict once it was sent, Invalid for a line that is not there,
    for more files than a line may have, and for a file that the scanner refuses."""
    lock(session, application)
    if application.state != ApplicationState.DRAFT:
        raise Conflict("application_not_draft")
    line = next((each for each in application.lines if each.id == line_id), None)
    if line is None:
        raise Invalid("cost_line_gone", field="line")
    if len(line.files) + len(uploads) > rules.MOST_FILES:
        raise Invalid("too_many_files", field="quotes", most=rules.MOST_FILES)
    for upload in uploads:
        stored = files.store(session, upload, owner_id=application.lead_firm_id, by_id=by.id, now=now)
        line.files.append(CostFile(file=stored))
    record(session, "application:add_files", application, by=by, now=now, line_id=line_id, files=len(uploads))


def remove_file(session: Session, cost_file: CostFile, *, by: User, now: datetime) -> None:
    """Take a quote away from a draft. Raises Conflict once it was sent."""
    application = cost_file.line.application
    lock(session, application)
    if application.state != ApplicationState.DRAFT:
        raise Conflict("application_not_draft")
    stored = cost_file.file
    cost_file.line.files.remove(cost_file)
    session.flush()
    files.remove(session, stored)
    record(session, "application:remove_file", application, by=by, now=now)
