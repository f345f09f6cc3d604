"""Calendar files of meetings, read back by another reader of the format."""

import re
import uuid
from datetime import UTC, datetime

import pytest

from fairlink.visits.rules.calendar import Invitation, Method, Party, calendar_file, method_for
from fairlink.visits.states import MeetingState


def invitation(**values: object) -> Invitation:
    defaults: dict[str, object] = {
        "uid": f"{uuid.UUID(int=7)}@fairlink.test",
        "sequence": 0,
        "state": MeetingState.REQUESTED,
        "starts_at": datetime(2027, 3, 9, 13, 0, tzinfo=UTC),
        "ends_at": datetime(2027, 3, 9, 13, 30, tzinfo=UTC),
        "summary": "Calçados do Sul · FIMEC 2027",
        "location": "4-C12, Fenac, Novo Hamburgo",
        "description": "Boots; sandals, 2,000 pairs\nby May",
        "url": "http://fairlink.test/meetings/7",
        "organizer": Party("FairLink", "fairs@fairlink.test"),
        "attendee": Party("Åsa\r\nX-EVIL:1", "asa@example.test"),
        "made_at": datetime(2027, 1, 15, 12, 0, tzinfo=UTC),
    }
    return Invitation(**defaults | values)  # type: ignore[arg-type]  # values are given by field name


def read(content: bytes) -> dict[str, str]:
    """The properties by name, by a reader of a few lines: unfold, split at the first colon outside quotes."""
    lines = re.sub(r"\r\n[ \t]", "", content.decode()).split("\r\n")
    found = {}
    for line in lines:
        match = re.match(r'([A-Z-]+)((?:;[^:;"]+(?:"[^"]*")?)*):(.*)', line)
        if match:
            found[match[1]] = match[3]
    return found


def test_invitation_says_when_in_utc() -> None:
    found = read(calendar_file(invitation(), Method.REQUEST))
    assert (found["DTSTART"], found["DTEND"], found["DTSTAMP"]) == (
        "20270309T130000Z",
        "20270309T133000Z",
        "20270115T120000Z",
    )


@pytest.mark.parametrize(
    ("state", "sequence", "method", "status"),
    [
        (MeetingState.REQUESTED, 0, "REQUEST", "TENTATIVE"),
        (MeetingState.CONFIRMED, 0, "REQUEST", "CONFIRMED"),
        (MeetingState.REQUESTED, 1, "REQUEST", "TENTATIVE"),
        (MeetingState.DECLINED, 2, "CANCEL", "CANCELLED"),
        (MeetingState.CANCELLED, 2, "CANCEL", "CANCELLED"),
    ],
)
def test_one_event_goes_through_the_whole_life(state: MeetingState, sequence: int, method: str, status: str) -> None:
    found = read(calendar_file(invitation(state=state, sequence=sequence), method_for(state)))
    assert (found["UID"], found["SEQUENCE"], found["METHOD"], found["STATUS"]) == (
        "00000000-0000-0000-0000-000000000007@fairlink.test",
        str(sequence),
        method,
        status,
    )


def test_invitation_names_platform_and_receiver_and_place() -> None:
    found = read(calendar_file(invitation(), Method.REQUEST))
    assert found["ORGANIZER"] == "mailto:fairs@fairlink.test"
    assert found["ATTENDEE"] == "mailto:asa@example.test"
    assert found["LOCATION"] == r"4-C12\, Fenac\, Novo Hamburgo"


def test_names_and_notes_add_no_lines_of_their_own() -> None:
    content = calendar_file(invitation(), Method.REQUEST).decode()
    assert re.findall(r"^X-EVIL", content, re.MULTILINE) == []
    assert read(content.encode())["DESCRIPTION"] == r"Boots\; sandals\, 2\,000 pairs\nby May"


def test_downloaded_file_invites_nobody() -> None:
    found = read(calendar_file(invitation(), Method.PUBLISH))
    assert (found["METHOD"], "ATTENDEE" in found) == ("PUBLISH", False)
