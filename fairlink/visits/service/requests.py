"""The verbs of requests: ask, accept, decline, withdraw, veto, let expire; and a fair's rules for them."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.applications.models import Exhibitor
from fairlink.audit.service import record
from fairlink.fairs.models import Fair
from fairlink.fairs.states import FairState
from fairlink.kernel.errors import Conflict, Forbidden
from fairlink.visits import emails, queries
from fairlink.visits.models import Meeting, MeetingRequest, MeetingRules, Preference, Visit
from fairlink.visits.rules.requests import expiry, is_full
from fairlink.visits.service.lifecycle import check_fair, check_present, free_slot, move, move_request
from fairlink.visits.states import (
    Half,
    Level,
    MeetingAction,
    MeetingState,
    RequestAction,
    RequestState,
    Side,
    VisitState,
)


def set_rules(session: Session, fair: Fair, values: dict[str, Any], *, by: User, now: datetime) -> MeetingRules:
    """Say how meetings come about at a fair; `values` are columns of `MeetingRules`. Requests made before stay."""
    if fair.state == FairState.CANCELLED:
        raise Conflict("fair_cancelled")
    rules = queries.rules_of(session, fair.id)
    for name, value in values.items():
        setattr(rules, name, value)
    session.add(rules)
    record(session, "fair:meeting_rules", fair, by=by, now=now, **values)
    return rules


def ask(
    session: Session,
    visit: Visit,
    exhibitor: Exhibitor,
    *,
    side: Side,
    level: Level,
    note: str,
    half: Half | None = None,
    by: User,
    now: datetime,
) -> MeetingRequest:
    """Put the wish of `side` to meet to the other side, which reads `note`; it ends unanswered after the fair's hours.

    An agenda of the organiser places it in `half` of a day only; where participants choose times, that says nothing.
    Where the fair needs no consent it is accepted at once. Raises Conflict if there is a request between the two
    already, if `side` has its maximum, or if it has said that it does not want to meet the other.
    """
    queries.lock_pair(session, visit.id, exhibitor.id)
    _check_pair(visit, exhibitor, now)
    refused_by = queries.vetoes(session, visit.id, exhibitor.id)
    if side in refused_by:
        raise Conflict("own_veto")
    if queries.live_request(session, visit.id, exhibitor.id) is not None:
        raise Conflict("already_requested")
    rules = queries.rules_of(session, exhibitor.fair_id)
    check_room(session, rules, side, visit, exhibitor)
    _prefer(session, visit, exhibitor, side, level, "", now=now)
    request = MeetingRequest(
        visit=visit,
        exhibitor=exhibitor,
        from_side=side,
        state=RequestState.SENT,
        note=note,
        half=half if rules.by_organiser else None,
        sent_at=now,
        expires_at=expiry(now, rules.request_hours, exhibitor.fair.ends_at),
    )
    session.add(request)
    record(session, "request:send", request, by=by, now=now)
    if rules.by_organiser and rules.is_automatic and _may_agree(session, rules, side.other, visit, exhibitor):
        move_request(session, request, RequestAction.ACCEPT, by=None, now=now)
        request.answered_at = now
    # Whoever vetoed the sender is not bothered, and the sender sees no difference.
    elif side.other not in refused_by:
        emails.request_sent(session, request, now=now)
    return request


def accept_request(
    session: Session, request: MeetingRequest, *, slot_id: int | None, by: User, now: datetime
) -> Meeting | None:
    """Agree to meet. Where participants schedule themselves, `slot_id` is the time chosen and the meeting stands.

    Raises Conflict if the answer comes too late, if a maximum is reached, or if the time is taken (slot_taken,
    own_slot_taken); Invalid for a slot that is not to be had.
    """
    queries.lock_pair(session, request.visit_id, request.exhibitor_id)
    request = queries.locked_request(session, request.id)
    visit, exhibitor, side = request.visit, request.exhibitor, request.from_side.other
    if by.organisation_id not in request.asked_ids:
        raise Forbidden("not_allowed")
    _check_pair(visit, exhibitor, now)
    if side in queries.vetoes(session, visit.id, exhibitor.id):
        raise Conflict("own_veto")
    rules = queries.rules_of(session, exhibitor.fair_id)
    check_room(session, rules, side, visit, exhibitor)
    move_request(session, request, RequestAction.ACCEPT, by=by, now=now)
    request.answered_at = now
    if rules.by_organiser or slot_id is None:
        emails.request_closed(session, request, now=now)
        return None
    meeting = Meeting(
        visit=visit,
        exhibitor=exhibitor,
        slot=free_slot(session, slot_id, exhibitor, visit, now=now),
        state=MeetingState.REQUESTED,
        proposed_side=side,
        note=request.note,
        sequence=0,
        requested_at=request.sent_at,
        answered_at=now,
    )
    session.add(meeting)
    session.flush()
    request.meeting_id = meeting.id
    move(session, meeting, MeetingAction.CONFIRM, by=by, now=now, request_id=request.id)
    emails.meeting_confirmed(session, meeting, now=now)
    return meeting


def decline_request(session: Session, request: MeetingRequest, *, by: User, now: datetime) -> None:
    """Say no to a request; both sides get a line about it."""
    request = queries.locked_request(session, request.id)
    if by.organisation_id not in request.asked_ids:
        raise Forbidden("not_allowed")
    _check_unscheduled(request)
    move_request(session, request, RequestAction.DECLINE, by=by, now=now)
    request.answered_at = now
    emails.request_closed(session, request, now=now)


def withdraw_request(session: Session, request: MeetingRequest, *, by: User, now: datetime) -> None:
    """Take a request back; it counts for nobody's maximum any more."""
    request = queries.locked_request(session, request.id)
    _check_unscheduled(request)
    move_request(session, request, RequestAction.WITHDRAW, by=by, now=now)


def veto(
    session: Session, visit: Visit, exhibitor: Exhibitor, *, side: Side, note: str, by: User, now: datetime
) -> None:
    """Never meet the other: final, and told to nobody. `note` is for the own side.

    A request of the own side is taken back, one that the own side had accepted is declined like any other; one of the
    other side that still waits runs out by itself. Raises Conflict if a meeting or a visit to a workshop stands: that
    is cancelled first.
    """
    # Stronger than the lock of a booking, so that no meeting slips in beside the veto.
    queries.locked_visit(session, visit.id)
    queries.lock_pair(session, visit.id, exhibitor.id)
    if queries.standing_meeting(session, visit.id, exhibitor.id) is not None:
        raise Conflict("meeting_stands")
    if queries.has_workshop_visit(session, visit.id, exhibitor.id):
        raise Conflict("workshop_visit_stands")
    _prefer(session, visit, exhibitor, side, Level.NO_THANKS, note, now=now)
    record(session, "preference:veto", visit, by=by, now=now, exhibitor_id=exhibitor.id, side=side.value)
    live = queries.live_request(session, visit.id, exhibitor.id)
    if live is None:
        return
    if live.from_side is side:
        move_request(session, live, RequestAction.WITHDRAW, by=by, now=now)
    elif live.state is RequestState.ACCEPTED:
        move_request(session, live, RequestAction.DECLINE, by=by, now=now)
        emails.request_closed(session, live, now=now)


def end_requests(session: Session, *, now: datetime, limit: int = 200) -> int:
    """End requests whose time is over, with a mail to both sides, or that lost their ground; returns how many."""
    ended = queries.requests_to_end(session, now=now, limit=limit)
    for request in ended:
        if request.state is RequestState.SENT and request.expires_at <= now:
            move_request(session, request, RequestAction.EXPIRE, by=None, now=now)
            emails.request_closed(session, request, now=now)
        else:
            move_request(session, request, RequestAction.WITHDRAW, by=None, now=now)
    return len(ended)


def check_room(session: Session, rules: MeetingRules, side: Side, visit: Visit, exhibitor: Exhibitor) -> None:
    """Refuse what would give the participant of this side more than its maximum; the pair must be locked."""
    owner = visit.id if side is Side.BUYER else exhibitor.id
    maximum = rules.maximum(side)
    if maximum is not None and is_full(queries.taken_by(session, side, owner), maximum):
        raise Conflict("maximum_reached", maximum=maximum)


def check_their_room(session: Session, rules: MeetingRules, side: Side, visit: Visit, exhibitor: Exhibitor) -> None:
    """The same for the side that is asked, told to the one who asks."""
    if not _may_agree(session, rules, side, visit, exhibitor):
        raise Conflict("their_maximum_reached")


def _may_agree(session: Session, rules: MeetingRules, side: Side, visit: Visit, exhibitor: Exhibitor) -> bool:
    """Whether a participant that is not asked has room for one more."""
    owner = visit.id if side is Side.BUYER else exhibitor.id
    maximum = rules.maximum(side)
    return maximum is None or not is_full(queries.taken_by(session, side, owner), maximum)


def _check_pair(visit: Visit, exhibitor: Exhibitor, now: datetime) -> None:
    if visit.state != VisitState.BOOKED or visit.fair_id != exhibitor.fair_id:
        raise Conflict("visit_not_booked")
    check_fair(exhibitor.fair, now)
    check_present(exhibitor)


def _check_unscheduled(request: MeetingRequest) -> None:
    if request.meeting_id is not None:
        raise Conflict("meeting_stands")


def _prefer(
    session: Session, visit: Visit, exhibitor: Exhibitor, side: Side, level: Level, note: str, *, now: datetime
) -> None:
    known = queries.preference(session, visit.id, exhibitor.id, side)
    if known is None:
        known = Preference(visit_id=visit.id, exhibitor_id=exhibitor.id, side=side)
        session.add(known)
    elif known.level is Level.NO_THANKS:
        raise Conflict("own_veto")
    known.level, known.note, known.stated_at = level, note, now
