"""What applicants do to their application: start, save page by page, send, withdraw."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from sqlalchemy.orm import Session

from fairlink.accounts import queries as accounts
from fairlink.accounts.models import User
from fairlink.applications import emails, queries, rules
from fairlink.applications.models import Application, ApplicationMember, CostLine, ProducerGroup
from fairlink.applications.service.lifecycle import check_version, give_back, keep_quote, lock, move
from fairlink.applications.states import ApplicationAction, ApplicationState
from fairlink.audit.service import record
from fairlink.files import service as files
from fairlink.kernel.errors import Conflict, Invalid
from fairlink.kernel.money import WHOLE_BP, Money
from fairlink.subsidies.models import Call
from fairlink.subsidies.rules import Quote
from fairlink.subsidies.rules.terms import Subject


@dataclass(frozen=True, slots=True)
class NewLine:
    """One planned expense as it was typed; `amount_minor` in the call's currency, `firm_id` None for a shared one.

    `line_id` is the line that it was before, if it was there; its files stay with it.
    """

    cost_class: str
    description: str
    amount_minor: int
    firm_id: int | None
    line_id: int | None = None
    quantity: Decimal | None = None
    distance_km: int | None = None


def start(session: Session, call: Call, group: ProducerGroup | None, *, by: User, now: datetime) -> Application:
    """A draft of `group`, or of the firm of `by` alone, for a call: the live one if there is one, else a new one.

    All firms of the group take part with equal shares until somebody says otherwise. Raises Conflict if the call is
    not open, and Invalid for a single firm where the scheme is for groups or for a group where it is for single firms.
    """
    assert by.organisation_id is not None
    found = queries.live_application(session, call, group=group, firm_id=by.organisation_id)
    if found is not None:
        return found
    if not call.is_open(now):
        raise Conflict("call_not_open")
    _check_applicant(call, group)
    firm_ids = [by.organisation_id] if group is None else [member.firm_id for member in group.active_members]
    application = Application(
        call=call,
        group=group,
        lead_firm_id=by.organisation_id,
        contact=by,
        state=ApplicationState.DRAFT,
        motivation="",
        locale=by.locale,
        version=1,
        created_at=now,
    )
    application.members = [
        ApplicationMember(firm_id=firm_id, share_bp=share)
        for firm_id, share in zip(firm_ids, rules.equal_shares(len(firm_ids)), strict=True)
    ]
    session.add(application)
    record(session, "application:start", application, by=by, now=now)
    return application


def _check_applicant(call: Call, group: ProducerGroup | None) -> None:
    size = call.scheme_version.document.group
    if group is None and size.min_firms > 1:
        raise Invalid("scheme_for_groups", field="applicant")
    if group is not None and size.max_firms == 1:
        raise Invalid("scheme_for_single_firms", field="applicant")


def save_members(
    session: Session, application: Application, shares: Mapping[int, int], *, version: int, by: User, now: datetime
) -> None:
    """The firms that take part, with their part of shared costs in basis points.

    Raises Invalid unless the shares add up to the whole, all firms are in the group, the lead takes part, and nobody
    who is left out still has costs of its own.
    """
    edit(session, application, version)
    if sum(shares.values()) != WHOLE_BP:
        raise Invalid("shares_not_whole")
    if application.lead_firm_id not in shares:
        raise Invalid("lead_must_take_part")
    if not shares.keys() <= _possible_firms(application):
        raise Invalid("firm_not_in_group")
    if any(line.firm_id is not None and line.firm_id not in shares for line in application.lines):
        raise Invalid("member_has_costs")
    before = _parts(application)
    known = {member.firm_id: member for member in application.members}
    for firm_id, share in shares.items():
        if firm_id in known:
            known[firm_id].share_bp = share
        else:
            application.members.append(ApplicationMember(firm_id=firm_id, share_bp=share))
    application.members = [member for member in application.members if member.firm_id in shares]
    _ask_anew(application, before)
    record(session, "application:edit", application, by=by, now=now, page="members")


def _possible_firms(application: Application) -> frozenset[int]:
    return application.group.firm_ids if application.group else frozenset({application.lead_firm_id})


def save_costs(
    session: Session, application: Application, lines: Sequence[NewLine], *, version: int, by: User, now: datetime
) -> None:
    """All cost lines of the application, in their order, instead of those it had.

    Raises Invalid for too many lines, a class that the scheme does not have, or a firm that does not take part.
    """
    edit(session, application, version)
    if len(lines) > rules.MOST_LINES:
        raise Invalid("too_many_lines", most=rules.MOST_LINES)
    classes = {each.code for each in application.call.scheme_version.document.cost_classes}
    if any(line.cost_class not in classes for line in lines):
        raise Invalid("cost_class_unknown")
    firms = {member.firm_id for member in application.members}
    if any(line.firm_id is not None and line.firm_id not in firms for line in lines):
        raise Invalid("firm_not_taking_part")
    before = _parts(application)
    known = {line.id: line for line in application.lines}
    kept: list[CostLine] = []
    for position, new in enumerate(lines, start=1):
        # A line that another tab has removed meanwhile is a new one.
        line = known.pop(new.line_id or 0, None) or CostLine(other_public_minor=0)
        line.position, line.cost_class, line.description = position, new.cost_class, new.description
        line.amount_minor, line.firm_id = new.amount_minor, new.firm_id
        line.quantity, line.distance_km = new.quantity, new.distance_km
        kept.append(line)
    _drop_files(session, known.values())
    application.lines = kept
    _ask_anew(application, before)
    record(session, "application:edit", application, by=by, now=now, page="costs")


def _drop_files(session: Session, lines: Iterable[CostLine]) -> None:
    for line in lines:
        stored = [each.file for each in line.files]
        line.files = []
        session.flush()
        for file in stored:
            files.remove(session, file)


def _parts(application: Application) -> dict[int, Any]:
    lines = [(line.firm_id, line.cost_class, line.description, line.amount_minor) for line in application.lines]
    return rules.parts_by_firm({member.firm_id: member.share_bp for member in application.members}, lines)


def _ask_anew(application: Application, before: Mapping[int, Any]) -> None:
    """Whose part is no longer what it was has not agreed to it."""
    after = _parts(application)
    for member in application.members:
        if after[member.firm_id] != before.get(member.firm_id):
            member.confirmed_at = member.confirmed_by_id = None


def save_about(
    session: Session,
    application: Application,
    motivation: str,
    answers: Mapping[str, Any] = MappingProxyType({}),
    *,
    version: int,
    by: User,
    now: datetime,
) -> None:
    """What the group wants to reach, and its answers to the scheme's own questions, as JSON holds them."""
    edit(session, application, version)
    application.motivation = motivation
    application.answers = dict(answers)
    record(session, "application:edit", application, by=by, now=now, page="about")


def edit(session: Session, application: Application, version: int) -> None:
    """Lock a draft and raise its version. Raises Conflict if it was sent or saved meanwhile."""
    lock(session, application)
    if application.state != ApplicationState.DRAFT:
        raise Conflict("application_not_draft")
    check_version(application, version)
    application.version += 1


def submit(
    session: Session,
    application: Application,
    *,
    version: int,
    by: User,
    now: datetime,
    opened_at: datetime | None = None,
) -> None:
    """Send a complete draft in time: its quote is kept as it is now, and every member gets a receipt.

    `opened_at` is when the page that sends it was opened, for what was on its way at the deadline. Raises Conflict if
    it was changed meanwhile or the call has closed, and Invalid if something is missing or nothing of it could be
    supported.
    """
    lock(session, application)
    check_version(application, version)
    if not may_be_sent(application, now, opened_at=opened_at):
        raise Conflict("call_closed")
    quote = _check_complete(session, application, now)
    application.submitted_at = now
    move(session, application, ApplicationAction.SUBMIT, by=by, now=now, support_minor=quote.support_minor)
    application.change_by = None
    application.decision_reason = ""
    keep_quote(session, application, quote, now=now)
    application.version += 1
    support = Money(quote.support_minor, quote.currency)
    for member in accounts.contacts(session, application.firm_ids).values():
        emails.application_submitted(session, application, member, support=support, now=now)


def may_be_sent(application: Application, now: datetime, *, opened_at: datetime | None = None) -> bool:
    """Whether it is not too late to send this application; a page opened in time may arrive `rules.GRACE` later."""

    def in_time(at: datetime) -> bool:
        return rules.may_be_sent(at, call_is_open=application.call.is_open(at), change_by=application.change_by)

    return in_time(now) or (opened_at is not None and in_time(opened_at) and in_time(now - rules.GRACE))


def task_statuses(application: Application) -> dict[rules.Task, rules.TaskStatus]:
    """How far each page of an application is."""
    asked = [each.name for each in application.call.scheme_version.document.facts if each.of is Subject.APPLICATION]
    return rules.task_statuses(
        shares=[member.share_bp for member in application.members],
        quoted=[bool(line.files) for line in application.lines],
        about=bool(application.motivation.strip()) and all(name in application.answers for name in asked),
        confirmed=[member.confirmed_at is not None for member in application.members],
    )


def _check_complete(session: Session, application: Application, now: datetime) -> Quote:
    if task_statuses(application)[rules.Task.CHECK] == rules.TaskStatus.BLOCKED:
        raise Invalid("application_incomplete")
    quote = queries.current_quote(session, application, now=now)
    if quote is None or not quote.eligible or quote.support_minor == 0:
        raise Invalid("nothing_to_support")
    return quote


def withdraw(session: Session, application: Application, *, by: User, now: datetime) -> None:
    """Take an application back; an award that it had goes back to the envelope, its stand to the fair."""
    lock(session, application)
    move(session, application, ApplicationAction.WITHDRAW, by=by, now=now)
    application.decided_at = application.decided_at or now
    give_back(session, application, by=by, now=now)
