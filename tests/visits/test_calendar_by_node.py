"""Invitation, move and cancellation of a meeting, as another calendar parser (ical.js through node) reads them."""

import json
import shutil
import subprocess
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.mail.models import MailMessage
from fairlink.visits import emails, queries, service
from fairlink.visits.states import Side
from tests import factories
from tests.conftest import ROOT
from tests.visits.conftest import Scene, exhibitor_at, slots_of

pytestmark = pytest.mark.usefixtures("app")

HERE = Path(__file__).with_name("ical")
#: Where the parser is installed, from the lock file beside the script.
PLACE = ROOT / ".cache" / "ical"


@pytest.fixture(scope="module")
def reader() -> Path:
    """The script that reads calendar files, with its parser; installed once where node and npm are."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("no node on this machine: only this test's other reader of calendars is left out")
    PLACE.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", "read.mjs"):
        shutil.copy(HERE / name, PLACE / name)
    if not (PLACE / "node_modules" / "ical.js").exists():
        done = subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=PLACE, capture_output=True, text=True
        )
        if done.returncode:
            pytest.skip(f"ical.js cannot be installed here: {done.stderr.strip().splitlines()[-1:]}")
    return PLACE / "read.mjs"


def read(reader: Path, *files: bytes) -> list[dict[str, Any]]:
    """What the parser understands of each file, its own zone being far from the fair's."""
    sent = json.dumps([content.decode() for content in files])
    done = subprocess.run(
        ["node", reader], input=sent, capture_output=True, text=True, check=True, env={"TZ": "Asia/Kolkata"}
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def files_to(session: Session, email: str) -> list[bytes]:
    """The calendar files mailed to somebody, in order."""
    query = sa.select(MailMessage).where(MailMessage.to_email == email).order_by(MailMessage.id)
    return [mail.attachments[0].content for mail in session.scalars(query)]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_move_and_cancel_are_read_at_the_same_instants(
    session: Session, scene: Scene, reader: Path, before_fair: datetime
) -> None:
    first, second = scene.slots[0], scene.slots[3]
    meeting = service.request_meeting(
        session,
        scene.visit,
        scene.exhibitor,
        slot_id=first.id,
        note="Boots; 300 pairs",
        by=scene.buyer,
        now=before_fair,
    )
    service.confirm(session, meeting, sequence=0, by=scene.contact, now=before_fair)
    service.reschedule(session, meeting, slot_id=second.id, by=scene.buyer, now=before_fair)
    service.cancel(session, meeting, reason="Ill", by=scene.contact, now=before_fair)
    session.flush()
    understood = read(reader, *files_to(session, scene.contact.email))
    events = [file["events"][0] for file in understood]
    assert [file["method"] for file in understood] == ["REQUEST", "REQUEST", "REQUEST", "CANCEL"]
    assert [(each["sequence"], each["status"]) for each in events] == [
        (0, "TENTATIVE"),
        (0, "CONFIRMED"),
        (1, "TENTATIVE"),
        (2, "CANCELLED"),
    ]
    assert {each["uid"] for each in events} == {f"{meeting.uid}@fairlink.test"}
    assert [instant(each["starts_at"]) for each in events] == [
        first.starts_at,
        first.starts_at,
        second.starts_at,
        second.starts_at,
    ]
    assert [instant(each["ends_at"]) for each in events][-1] == second.ends_at


def test_times_around_a_daylight_saving_change_are_read_right(session: Session, reader: Path) -> None:
    # Clocks in Madrid go back at 03:00 on 25 October 2099; the fair opens before and closes after.
    fair = factories.fair(
        zone="Europe/Madrid", starts_on=date(2099, 10, 25), ends_on=date(2099, 10, 25), opens=time(1), closes=time(5)
    )
    exhibitor, visit = exhibitor_at(fair), factories.visit(fair)
    slots = slots_of(fair, 8)
    for slot in slots:
        factories.meeting(visit, exhibitor, slot_id=slot.id)
    session.expire_all()
    meetings = queries.meetings_of_person(session, visit.visitor, since=factories.MADE_AT)
    (understood,) = read(reader, emails.feed(meetings, [], Side.BUYER, visit.visitor, now=factories.MADE_AT))
    assert [instant(each["starts_at"]) for each in understood["events"]] == [slot.starts_at for slot in slots]
