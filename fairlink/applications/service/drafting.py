"""What applicants do to their application: start, save page by page, send, withdraw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from fairlink.accounts import queries as accounts
from fairlink.accounts.models import User
from fairlink.applications import emails, queries, rules
from fairlink.applications.models import Application, ApplicationMember, CostLine, ProducerGroup
from fairlink.applications.service.lifecycle import check_version, give_back, lock, move
from fairlink.applications.states import ApplicationAction, ApplicationState
from fairlink.audit.service import record
from fairlink.kernel.errors import Conflict, Invalid
from fairlink.kernel.money import WHOLE_BP, Money
from fairlink.subsidies.models import Call
from fairlink.subsidies.rules import Quote


@dataclass(frozen=True, slots=True)
class NewLine:
    """One planned expense as it was typed; `amount_minor` in the call's currency, `firm_id` None for a shared one."""

    cost_class: str
    description: str
    amount_minor: int
    firm_id: int | None


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
    _edit(session, application, version)
    if sum(shares.values()) != WHOLE_BP:
        raise Invalid("shares_not_whole")
    if application.lead_firm_id not in shares:
        raise Invalid("lead_must_take_part")
    if not shares.keys() <= _possible_firms(application):
        raise Invalid("firm_not_in_group")
    if any(line.firm_id is not None and line.firm_id not in shares for line in application.lines):
        raise Invalid("member_has_costs")
    known = {member.firm_id: member for member in application.members}
    for firm_id, share in shares.items():
        if firm_id in known:
            known[firm_id].share_bp = share
        else:
            application.members.append(ApplicationMember(firm_id=firm_id, share_bp=share))
    application.members = [member for member in application.members if member.firm_id in shares]
    record(session, "application:edit", application, by=by, now=now, page="members")


def _possible_firms(application: Application) -> frozenset[int]:
    return application.group.firm_ids if application.group else frozenset({application.lead_firm_id})


def save_costs(
    session: Session, application: Application, lines: Sequence[NewLine], *, version: int, by: User, now: datetime
) -> None:
    """All cost lines of the application, in their order, instead of those it had.

    Raises Invalid for too many lines, a class that the scheme does not have, or a firm that does not take part.
    """
    _edit(session, application, version)
    if len(lines) > rules.MOST_LINES:
        raise Invalid("too_many_lines", most=rules.MOST_LINES)
    classes = {each.code for each in application.call.scheme_version.document.cost_classes}
    if any(line.cost_class not in classes for line in lines):
        raise Invalid("cost_class_unknown")
    firms = {member.firm_id for member in application.members}
    if any(line.firm_id is not None and line.firm_id not in firms for line in lines):
        raise Invalid("firm_not_taking_part")
    application.lines = [
        CostLine(
            position=position,
            cost_class=line.cost_class,
            description=line.description,
            amount_minor=line.amount_minor,
            firm_id=line.firm_id,
        )
        for position, line in enumerate(lines, start=1)
    ]
    record(session, "application:edit", application, by=by, now=now, page="costs")


def save_about(
    session: Session, application: Application, motivation: str, *, version: int, by: User, now: datetime
) -> None:
    """What the group wants to reach."""
    _edit(session, application, version)
    application.motivation = motivation
    record(session, "application:edit", application, by=by, now=now, page="about")


def _edit(session: Session, application: Application, version: int) -> None:
    """Lock a draft and raise its version. Raises Conflict if it was sent or saved meanwhile."""
    lock(session, application)
    if application.state != ApplicationState.DRAFT:
        raise Conflict("application_not_draft")
    check_version(application, version)
    application.version += 1


def submit(session: Session, application: Application, *, version: int, by: User, now: datetime) -> None:
    """Send a complete draft in time: its quote is kept as it is now, and every member gets a receipt.

    Raises Conflict if it was changed meanwhile or the call has closed, and Invalid if something is missing or nothing
    of it could be supported.
    """
    lock(session, application)
    check_version(application, version)
    if not may_be_sent(application, now):
        raise Conflict("call_closed")
    quote = _check_complete(session, application, now)
    application.submitted_at = now
    move(session, application, ApplicationAction.SUBMIT, by=by, now=now, support_minor=quote.support_minor)
    application.change_by = None
    application.decision_reason = ""
    application.quote = quote.to_dict()
    application.version += 1
    support = Money(quote.support_minor, quote.currency)
    for member in accounts.contacts(session, application.firm_ids).values():
        emails.application_submitted(session, application, member, support=support, now=now)


def may_be_sent(application: Application, now: datetime) -> bool:
    """Whether it is not too late to send this application."""
    return rules.may_be_sent(now, call_is_open=application.call.is_open(now), change_by=application.change_by)


def _check_complete(session: Session, application: Application, now: datetime) -> Quote:
    statuses = rules.task_statuses(
        shares=[member.share_bp for member in application.members],
        lines=len(application.lines),
        motivation=application.motivation,
    )
    if statuses[rules.Task.CHECK] == rules.TaskStatus.BLOCKED:
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
