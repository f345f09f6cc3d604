"""`make chaos-booking`: 500 buyers ask for one time slot at once, over HTTP against gunicorn.

Exactly one gets it, the others see what is free. Prints the counts as one JSON object; exit status 1 for anything else.
"""

import json
import re
import sys
from collections.abc import Sequence
from datetime import date
from http import HTTPStatus

import httpx
import sqlalchemy as sa

from fairlink.policy import Kind
from fairlink.visits.models import Meeting
from fairlink.visits.states import OCCUPYING
from tests import factories
from tests.backdoor import Backdoor, backdoor
from tests.chaos.crowd import Press, is_done, press_at_once, server_errors
from tests.journeys.platform import Platform
from tests.visits.conftest import exhibitor_at, slots_of

BUYERS = 500
EXPECTED = {
    "won": 1,
    "conflict_409_with_free_slots": BUYERS - 1,
    "server_errors": 0,
    "other": 0,
    "meetings_in_the_slot": 1,
}


def gather(platform: Backdoor) -> tuple[int, list[Press]]:
    """A fair with an exhibitor, four times and `BUYERS` visiting buyers: the id of the first time, their presses."""
    fair = factories.fair(starts_on=date(2099, 3, 9), ends_on=date(2099, 3, 11))
    exhibitor, slot = exhibitor_at(fair), slots_of(fair, 4)[0]
    page, filled = f"/exhibitors/{exhibitor.id}", {"slot_id": str(slot.id), "note": ""}
    presses = []
    for _ in range(BUYERS):
        buyer = factories.owner(Kind.BUYER)
        factories.visit(fair, buyer)
        presses.append(Press(platform.sign_in(buyer), page, f"{page}/meetings", filled))
    platform.session.commit()
    return slot.id, presses


def shows_free_slots(answer: httpx.Response, slot_id: int) -> bool:
    """Whether the page refuses and offers other times than the one that is gone."""
    offered = re.findall(r'name="slot_id"[^>]*value="(\d+)"', answer.text)
    return answer.status_code == HTTPStatus.CONFLICT and bool(offered) and str(slot_id) not in offered


def count(answers: Sequence[httpx.Response], slot_id: int, kept: int) -> dict[str, int]:
    """What came out."""
    won = sum(map(is_done, answers))
    refused = sum(shows_free_slots(answer, slot_id) for answer in answers)
    failed = server_errors(answers)
    return {
        "won": won,
        "conflict_409_with_free_slots": refused,
        "server_errors": failed,
        "other": len(answers) - won - refused - failed,
        "meetings_in_the_slot": kept,
    }


def main() -> int:
    occupying = sa.select(sa.func.count()).select_from(Meeting).where(Meeting.state.in_(OCCUPYING))
    with Platform(worker=False) as platform, backdoor(platform) as inside:
        slot_id, presses = gather(inside)
        answers = press_at_once(platform, presses)
        kept = inside.session.scalar(occupying.where(Meeting.slot_id == slot_id)) or 0
    counts = count(answers, slot_id, kept)
    print(json.dumps(counts, indent=1))
    return 0 if counts == EXPECTED else 1


if __name__ == "__main__":
    sys.exit(main())
