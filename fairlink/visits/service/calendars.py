"""The verbs of feeds and reminders."""

from datetime import datetime

from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.audit.service import record
from fairlink.kernel.tokens import new_token, token_hash
from fairlink.visits import emails, queries
from fairlink.visits.models import CalendarFeed, MeetingReminder, WorkshopReminder
from fairlink.visits.states import ReminderKind


def renew_feed(session: Session, *, by: User, now: datetime) -> str:
    """Give a person a feed with a new secret, which is returned and kept nowhere; the one they had stops at once."""
    revoke_feed(session, by=by, now=now)
    token = new_token()
    feed = CalendarFeed(user_id=by.id, token_hash=token_hash(token), created_at=now)
    session.add(feed)
    record(session, "calendar_feed:make", feed, by=by, now=now)
    return token


def revoke_feed(session: Session, *, by: User, now: datetime) -> None:
    """Let nobody read a person's meetings by its address any more; nothing happens without a feed."""
    feed = queries.active_feed(session, by.id)
    if feed is not None:
        feed.revoked_at = now
        record(session, "calendar_feed:revoke", feed, by=by, now=now)


def remind(session: Session, *, now: datetime, limit: int = 200) -> int:
    """Post the reminders that are due, to both sides of each meeting; returns of how many meetings."""
    count = 0
    for kind in ReminderKind:
        for meeting in queries.meetings_to_remind_of(session, kind, now=now, limit=limit):
            session.add(
                MeetingReminder(meeting_id=meeting.id, sequence=meeting.sequence, kind=kind, posted_at=now),
            )
            emails.meeting_reminder(session, meeting, kind, now=now)
            count += 1
    session.flush()
    return count


def remind_of_workshops(session: Session, *, now: datetime, limit: int = 200) -> int:
    """The same for visits to workshops; returns of how many."""
    count = 0
    for kind in ReminderKind:
        for booking in queries.workshop_visits_to_remind_of(session, kind, now=now, limit=limit):
            session.add(
                WorkshopReminder(workshop_visit_id=booking.id, sequence=booking.sequence, kind=kind, posted_at=now)
            )
            emails.workshop_reminder(session, booking, kind, now=now)
            count += 1
    session.flush()
    return count
