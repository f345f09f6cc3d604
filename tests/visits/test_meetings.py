"""Meetings through the screen: asked for, answered, moved, cancelled and marked."""

import re
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.fairs.states import FairState
from fairlink.mail.models import MailMessage
from fairlink.policy import Kind
from fairlink.visits import jobs
from fairlink.visits.models import Meeting
from fairlink.visits.states import MeetingState, Side
from tests import factories
from tests.jobs import clock_at
from tests.visits.conftest import Scene, SignIn, exhibitor_at

S = MeetingState


def sent(session: Session) -> list[tuple[str, str, str]]:
    """Every mail so far: template, receiver, and METHOD with SEQUENCE of its calendar file."""
    found = []
    for mail in session.scalars(sa.select(MailMessage).order_by(MailMessage.id)):
        (file,) = mail.attachments
        sequence = re.search(rb"^SEQUENCE:(\d+)", file.content, re.MULTILINE)
        assert sequence is not None
        found.append((mail.template, mail.to_email, f"{file.method} {sequence[1].decode()}"))
    return found


def state_of(session: Session, meeting: Meeting) -> MeetingState:
    session.expire(meeting)
    return meeting.state


def test_buyer_asks_for_a_meeting(session: Session, scene: Scene, sign_in: SignIn) -> None:
    browser = sign_in(scene.buyer)
    answer = browser.post(
        f"/exhibitors/{scene.exhibitor.id}/meetings", data={"slot_id": scene.slots[1].id, "note": "Boots for winter"}
    )
    meeting = session.scalars(sa.select(Meeting)).one()
    assert (answer.status_code, answer.location) == (302, f"/meetings/{meeting.id}")
    assert (meeting.state, meeting.slot_id, meeting.proposed_side) == (S.REQUESTED, scene.slots[1].id, Side.BUYER)
    assert sent(session) == [("meeting_requested", scene.contact.email, "REQUEST 0")]


def test_mail_says_fair_time_first_in_the_receivers_language(session: Session, scene: Scene, sign_in: SignIn) -> None:
    sign_in(scene.buyer).post(f"/exhibitors/{scene.exhibitor.id}/meetings", data={"slot_id": scene.slots[0].id})
    mail = session.scalars(sa.select(MailMessage)).one()
    assert mail.locale == "es"
    # 10:00 in São Paulo is 13:00 UTC and 14:00 in Madrid; behind them stands by when to answer.
    assert re.findall(r"(\d\d:\d\d) \((.*)\)", mail.text)[:2] == [
        ("10:00", "hora estándar de Brasilia"),
        ("14:00", "hora estándar de Europa central"),
    ]


def test_slot_is_lost_to_who_was_faster_and_the_free_ones_are_shown(
    session: Session, scene: Scene, sign_in: SignIn
) -> None:
    faster = factories.visit(scene.fair)
    factories.meeting(faster, scene.exhibitor, slot_id=scene.slots[0].id, state=S.REQUESTED)
    answer = sign_in(scene.buyer).post(
        f"/exhibitors/{scene.exhibitor.id}/meetings", data={"slot_id": scene.slots[0].id, "note": "Typed with care"}
    )
    assert answer.status_code == 409
    free = re.findall(r'name="slot_id"[^>]*value="(\d+)"', answer.text)
    assert free == [str(slot.id) for slot in scene.slots[1:]]
    assert "Somebody else has just taken this time" in answer.text
    assert "Typed with care" in answer.text


def test_buyer_cannot_be_in_two_places_at_once(session: Session, scene: Scene, sign_in: SignIn) -> None:
    other = exhibitor_at(scene.fair)
    factories.meeting(scene.visit, other, slot_id=scene.slots[0].id)
    answer = sign_in(scene.buyer).post(
        f"/exhibitors/{scene.exhibitor.id}/meetings", data={"slot_id": scene.slots[0].id}
    )
    assert (answer.status_code, "You already have a meeting at this time" in answer.text) == (409, True)


def test_cancelled_and_declined_meetings_keep_no_slot(session: Session, scene: Scene, sign_in: SignIn) -> None:
    for state in (S.CANCELLED, S.DECLINED):
        factories.meeting(factories.visit(scene.fair), scene.exhibitor, slot_id=scene.slots[0].id, state=state)
    answer = sign_in(scene.buyer).post(
        f"/exhibitors/{scene.exhibitor.id}/meetings", data={"slot_id": scene.slots[0].id}
    )
    assert answer.status_code == 302


def test_slot_must_be_one_of_the_fairs(session: Session, scene: Scene, past_scene: Scene, sign_in: SignIn) -> None:
    browser = sign_in(scene.buyer)
    for value in (past_scene.slots[0].id, "9" * 18, "9" * 40, "x", "-1", "²", ""):
        answer = browser.post(f"/exhibitors/{scene.exhibitor.id}/meetings", data={"slot_id": value})
        assert answer.status_code == 422, value
    assert session.scalars(sa.select(Meeting)).all() == []


def test_meeting_needs_a_booked_visit_and_an_exhibitor_who_is_there(
    session: Session, scene: Scene, sign_in: SignIn
) -> None:
    stranger = factories.owner(Kind.BUYER)
    path, data = f"/exhibitors/{scene.exhibitor.id}/meetings", {"slot_id": scene.slots[0].id}
    assert sign_in(stranger).post(path, data=data).status_code == 409
    scene.fair.state = FairState.CANCELLED
    session.commit()
    assert sign_in(scene.buyer).post(path, data=data).status_code == 409
    scene.exhibitor.withdrawn_at = factories.MADE_AT
    session.commit()
    assert sign_in(scene.buyer).post(path, data=data).status_code == 404
    assert session.scalars(sa.select(Meeting)).all() == []


def test_firm_cannot_ask_for_a_meeting(session: Session, scene: Scene, sign_in: SignIn) -> None:
    path = f"/exhibitors/{scene.exhibitor.id}/meetings"
    assert sign_in(scene.contact).post(path, data={"slot_id": scene.slots[0].id}).status_code == 403


def test_group_confirms(session: Session, scene: Scene, sign_in: SignIn) -> None:
    meeting = scene.meeting(state=S.REQUESTED)
    sign_in(scene.contact).post(f"/meetings/{meeting.id}/confirm", data={"sequence": 0})
    assert state_of(session, meeting) == S.CONFIRMED
    assert sent(session) == [
        ("meeting_confirmed", scene.contact.email, "REQUEST 0"),
        ("meeting_confirmed", scene.buyer.email, "REQUEST 0"),
    ]


def test_who_asked_cannot_answer(session: Session, scene: Scene, sign_in: SignIn) -> None:
    meeting = scene.meeting(state=S.REQUESTED)
    for action in ("confirm", "decline"):
        answer = sign_in(scene.buyer).post(f"/meetings/{meeting.id}/{action}", data={"sequence": 0, "reason": "No"})
        assert answer.status_code == 403
    assert state_of(session, meeting) == S.REQUESTED


def test_nobody_confirms_a_time_they_did_not_see(session: Session, scene: Scene, sign_in: SignIn) -> None:
    meeting = scene.meeting(state=S.REQUESTED, sequence=1)
    answer = sign_in(scene.contact).post(f"/meetings/{meeting.id}/confirm", data={"sequence": 0})
    assert (answer.status_code, state_of(session, meeting)) == (409, S.REQUESTED)


def test_group_declines_with_a_reason(session: Session, scene: Scene, sign_in: SignIn) -> None:
    meeting = scene.meeting(state=S.REQUESTED)
    browser = sign_in(scene.contact)
    assert browser.post(f"/meetings/{meeting.id}/decline", data={"sequence": 0, "reason": " "}).status_code == 422
    browser.post(f"/meetings/{meeting.id}/decline", data={"sequence": 0, "reason": "We sell no <b>boots</b>."})
    assert state_of(session, meeting) == S.DECLINED
    assert [(template, files) for template, _, files in sent(session)] == [("meeting_declined", "CANCEL 1")] * 2
    mail = session.scalars(sa.select(MailMessage).where(MailMessage.to_email == scene.buyer.email)).one()
    assert "We sell no <b>boots</b>." in mail.text
    assert "We sell no &lt;b&gt;boots&lt;/b&gt;." in mail.html


def test_moved_meeting_goes_back_to_the_other_side(session: Session, scene: Scene, sign_in: SignIn) -> None:
    meeting = scene.meeting()
    uid = meeting.uid
    answer = sign_in(scene.contact).post(f"/meetings/{meeting.id}/move", data={"slot_id": scene.slots[2].id})
    assert answer.status_code == 302
    assert state_of(session, meeting) == S.REQUESTED
    assert (meeting.slot_id, meeting.sequence, meeting.uid, meeting.asked_side) == (
        scene.slots[2].id,
        1,
        uid,
        Side.BUYER,
    )
    assert sent(session) == [
        ("meeting_moved", scene.buyer.email, "REQUEST 1"),
        ("meeting_moved", scene.contact.email, "REQUEST 1"),
    ]
    sign_in(scene.buyer).post(f"/meetings/{meeting.id}/confirm", data={"sequence": 1})
    assert state_of(session, meeting) == S.CONFIRMED


def test_move_to_a_taken_time_shows_the_free_ones(session: Session, scene: Scene, sign_in: SignIn) -> None:
    meeting = scene.meeting()
    factories.meeting(factories.visit(scene.fair), scene.exhibitor, slot_id=scene.slots[1].id)
    answer = sign_in(scene.buyer).post(f"/meetings/{meeting.id}/move", data={"slot_id": scene.slots[1].id})
    assert answer.status_code == 409
    assert re.findall(r'name="slot_id"[^>]*value="(\d+)"', answer.text) == [str(slot.id) for slot in scene.slots[2:]]
    assert state_of(session, meeting) == S.CONFIRMED


def test_either_side_cancels_and_the_page_asks_first(session: Session, scene: Scene, sign_in: SignIn) -> None:
    for slot, person in enumerate((scene.buyer, scene.contact)):
        meeting = scene.meeting(slot)
        browser = sign_in(person)
        assert browser.get(f"/meetings/{meeting.id}/cancel").status_code == 200
        assert state_of(session, meeting) == S.CONFIRMED
        browser.post(f"/meetings/{meeting.id}/cancel", data={"reason": ""})
        assert state_of(session, meeting) == S.CANCELLED
        assert browser.post(f"/meetings/{meeting.id}/cancel", data={"reason": ""}).status_code == 409
    assert [files for _, _, files in sent(session)] == ["CANCEL 1"] * 4


def test_meeting_is_marked_once_its_time_has_begun(session: Session, past_scene: Scene, sign_in: SignIn) -> None:
    held, missed = past_scene.meeting(0), past_scene.meeting(1)
    browser = sign_in(past_scene.contact)
    answer = browser.post(f"/meetings/{held.id}/mark", data={"action": "hold"})
    assert answer.location == f"/meetings/{held.id}/lead"
    assert (state_of(session, held), held.marked_by_id) == (S.HELD, past_scene.contact.id)
    sign_in(past_scene.buyer).post(f"/meetings/{missed.id}/mark", data={"action": "miss_exhibitor"})
    assert state_of(session, missed) == S.EXHIBITOR_NO_SHOW
    assert browser.post(f"/meetings/{held.id}/mark", data={"action": "confirm"}).status_code == 422
    assert browser.post(f"/meetings/{held.id}/cancel", data={"reason": ""}).status_code == 409


def test_who_was_said_not_to_have_come_cannot_say_otherwise(
    session: Session, past_scene: Scene, sign_in: SignIn
) -> None:
    meeting = past_scene.meeting(state=S.BUYER_NO_SHOW)
    path, held = f"/meetings/{meeting.id}", {"action": "hold"}
    buyer = sign_in(past_scene.buyer)
    assert "It was held" not in buyer.get(path).text
    assert buyer.post(f"{path}/mark", data=held).status_code == 403
    assert state_of(session, meeting) == S.BUYER_NO_SHOW
    sign_in(past_scene.contact).post(f"{path}/mark", data=held)
    assert state_of(session, meeting) == S.HELD


def test_meeting_to_come_cannot_be_marked(session: Session, scene: Scene, sign_in: SignIn) -> None:
    meeting = scene.meeting()
    answer = sign_in(scene.buyer).post(f"/meetings/{meeting.id}/mark", data={"action": "hold"})
    assert (answer.status_code, state_of(session, meeting)) == (409, S.CONFIRMED)


def test_time_that_nobody_answers_for_is_free_again(session: Session, scene: Scene, sign_in: SignIn) -> None:
    browser, path = sign_in(scene.buyer), f"/exhibitors/{scene.exhibitor.id}"
    assert "at the longest until" in browser.get(path).text
    browser.post(f"{path}/meetings", data={"slot_id": scene.slots[0].id})
    meeting = session.scalars(sa.select(Meeting)).one()
    assert meeting.expires_at == meeting.requested_at + timedelta(hours=72)
    with clock_at(meeting.expires_at):
        assert sign_in(scene.contact).post(f"/meetings/{meeting.id}/confirm", data={"sequence": 0}).status_code == 409
    jobs.tick(session, now=meeting.expires_at - timedelta(seconds=1))
    assert state_of(session, meeting) == S.REQUESTED
    # The worker was down for a week: what was due since is found all the same, and once.
    for _ in range(2):
        jobs.tick(session, now=meeting.requested_at + timedelta(days=10))
        session.commit()
    assert (state_of(session, meeting), meeting.is_expired) == (S.CANCELLED, True)
    assert sent(session)[1:] == [
        ("meeting_cancelled", scene.contact.email, "CANCEL 1"),
        ("meeting_cancelled", scene.buyer.email, "CANCEL 1"),
    ]
    said = [mail.text for mail in session.scalars(sa.select(MailMessage).where(MailMessage.locale == "en"))]
    assert "was not answered in time. The time is free again." in said[-1]
    assert "Not answered in time" in browser.get(f"/meetings/{meeting.id}").text
    assert browser.post(f"{path}/meetings", data={"slot_id": scene.slots[0].id}).status_code == 302


def test_moved_meeting_waits_anew_and_never_beyond_its_time(session: Session, scene: Scene, sign_in: SignIn) -> None:
    meeting = scene.meeting()
    browser = sign_in(scene.contact)
    with clock_at(scene.fair.starts_at - timedelta(hours=10)):
        browser.post(f"/meetings/{meeting.id}/move", data={"slot_id": scene.slots[1].id})
    assert state_of(session, meeting) == S.REQUESTED
    assert meeting.expires_at == meeting.slot.starts_at
    sign_in(scene.buyer).post(f"/meetings/{meeting.id}/confirm", data={"sequence": 1})
    assert state_of(session, meeting) == S.CONFIRMED
    assert not meeting.expires_at
    # A meeting that somebody calls off was not simply left unanswered.
    other = scene.meeting(2, state=S.REQUESTED, expires_at=scene.fair.starts_at)
    browser.post(f"/meetings/{other.id}/cancel", data={"reason": ""})
    assert (state_of(session, other), other.is_expired) == (S.CANCELLED, False)


def test_cancelled_visit_cancels_its_meetings_with_notice(session: Session, scene: Scene, sign_in: SignIn) -> None:
    meetings = [scene.meeting(0), scene.meeting(1, state=S.REQUESTED), scene.meeting(2, state=S.DECLINED)]
    sign_in(scene.buyer).post(f"/visits/{scene.visit.id}/cancel")
    assert [state_of(session, meeting) for meeting in meetings] == [S.CANCELLED, S.CANCELLED, S.DECLINED]
    assert [to for _, to, _ in sent(session)].count(scene.contact.email) == 2


def test_cancelled_fair_takes_its_meetings_along(session: Session, scene: Scene, now: datetime) -> None:
    meeting = scene.meeting()
    jobs.tick(session, now=factories.MADE_AT + timedelta(days=2))
    assert state_of(session, meeting) == S.CONFIRMED
    scene.fair.state = FairState.CANCELLED
    session.commit()
    jobs.tick(session, now=factories.MADE_AT + timedelta(days=2))
    session.commit()
    assert state_of(session, meeting) == S.CANCELLED
    assert len(sent(session)) == 2


def test_withdrawn_exhibitor_takes_its_meetings_along(session: Session, scene: Scene, now: datetime) -> None:
    meeting = scene.meeting()
    scene.exhibitor.withdrawn_at = factories.MADE_AT + timedelta(days=1)
    session.commit()
    jobs.tick(session, now=factories.MADE_AT + timedelta(days=2))
    session.commit()
    assert state_of(session, meeting) == S.CANCELLED


def test_contact_who_left_is_followed_by_a_colleague(session: Session, scene: Scene, sign_in: SignIn) -> None:
    colleague = factories.user(scene.contact.organisation)
    assert scene.contact.membership is not None
    scene.contact.membership.ended_at = factories.MADE_AT
    sign_in(scene.buyer).post(f"/exhibitors/{scene.exhibitor.id}/meetings", data={"slot_id": scene.slots[0].id})
    assert [to for _, to, _ in sent(session)] == [colleague.email]


def test_meeting_goes_into_ones_own_calendar(session: Session, scene: Scene, sign_in: SignIn) -> None:
    meeting = scene.meeting()
    answer = sign_in(scene.buyer).get(f"/meetings/{meeting.id}/calendar.ics")
    assert (answer.mimetype, "DTSTART:20990309T130000Z" in answer.text) == ("text/calendar", True)
    assert scene.contact.email not in answer.text
