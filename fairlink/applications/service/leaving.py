"""What becomes of applications when a firm leaves its group: worked out anew, and everybody concerned is told."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from fairlink.accounts import queries as accounts
from fairlink.accounts.models import Organisation, User
from fairlink.applications import emails, queries, rules
from fairlink.applications.models import Application, AwardMember, GroupMember
from fairlink.applications.service.lifecycle import give_back, keep_quote, move
from fairlink.applications.service.state_aid import correct_to
from fairlink.applications.states import COMMITTED, ApplicationAction, ApplicationState
from fairlink.audit.service import record
from fairlink.kernel.errors import Conflict
from fairlink.kernel.money import Money, split
from fairlink.subsidies.rules import Quote
from fairlink.subsidies.service import release_money


def leave_applications(session: Session, member: GroupMember, *, by: User, now: datetime) -> Sequence[Application]:
    """Take the firm out of the group's applications that are not decided and of its awards; returns all of them.

    Its own costs go and its share is spread over the others; an award shrinks to what the rest gets, and is lost where
    the rest is too few. Raises Conflict from the first day of a fair to its last: the firm is there.
    """
    granted = list(queries.granted_with_firm(session, member.group, member.firm_id))
    if any(each.call.fair.starts_at <= now < each.call.fair.ends_at for each in granted):
        raise Conflict("firm_has_award")
    coming = [each for each in granted if now < each.call.fair.starts_at]
    concerned = [*queries.undecided_with_firm(session, member.group, member.firm_id), *coming]
    for application in concerned:
        _take_out(session, application, member.firm_id, by=by, now=now)
        _work_out(session, application, member.firm, by=by, now=now)
    return concerned


def _take_out(session: Session, application: Application, firm_id: int, *, by: User, now: datetime) -> None:
    shares = rules.shares_without({each.firm_id: each.share_bp for each in application.members}, firm_id)
    application.members = [each for each in application.members if each.firm_id != firm_id]
    is_draft = application.state == ApplicationState.DRAFT
    for member in application.members:
        member.share_bp = shares[member.firm_id]
        if is_draft:
            # Nobody agreed to the new share yet. What was sent goes on, and everybody is told.
            member.confirmed_at = member.confirmed_by_id = None
    gone = [line for line in application.lines if line.firm_id == firm_id]
    application.lines = [line for line in application.lines if line.firm_id != firm_id]
    application.version += 1
    session.flush()
    taken = [{"cost_class": line.cost_class, "amount_minor": line.amount_minor} for line in gone]
    record(session, "application:member_left", application, by=by, now=now, firm_id=firm_id, lines=taken)


def _work_out(session: Session, application: Application, gone: Organisation, *, by: User, now: datetime) -> None:
    """The quote without the firm, what it means for the award, and the news to those who stay."""
    granted = application.state in COMMITTED
    quote = queries.current_quote(session, application, now=now, granting=granted)
    if application.quote is not None:
        application.quote = None
        if quote is not None:
            keep_quote(session, application, quote, now=now, granting=granted)
    can_be_supported = quote is not None and quote.eligible and quote.support_minor > 0
    support: Money | None = None
    if quote is not None and can_be_supported:
        amount = _shrink_award(session, application, quote, by=by, now=now) if granted else quote.support_minor
        support = Money(amount, quote.currency)
    elif granted:
        move(session, application, ApplicationAction.LOSE, by=by, now=now)
        give_back(session, application, by=by, now=now)
    for to in accounts.contacts(session, application.firm_ids - {gone.id}).values():
        emails.member_left(session, application, gone, to, support=support, lost=granted and support is None, now=now)


def _shrink_award(session: Session, application: Application, quote: Quote, *, by: User, now: datetime) -> int:
    """Bring the award down to what the rest gets, never up: more was not promised. Returns its new amount."""
    award = application.award
    assert award is not None
    amount = min(quote.support_minor, award.amount_minor)
    staying = [part for part in quote.members if part.eligible]
    supports = split(amount, [part.support_minor for part in staying])
    correct_to(session, award, dict(zip((int(each.member) for each in staying), supports, strict=True)), by=by, now=now)
    known = {part.firm_id: part for part in award.members}
    award.members = [known.get(int(part.member)) or AwardMember(firm_id=int(part.member)) for part in staying]
    for row, part, support in zip(award.members, staying, supports, strict=True):
        row.support_minor, row.own_minor = support, part.eligible_minor - support
    if given_back := award.amount_minor - amount:
        release_money(session, application.call, given_back, by=by, now=now)
        record(session, "award:shrink", award, by=by, now=now, amount_minor=amount, released_minor=given_back)
    award.amount_minor = amount
    return amount
