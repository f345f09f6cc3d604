"""Fairs, stands and times for tests."""

from datetime import date, datetime, time, timedelta
from typing import Any

from fairlink.accounts.models import Organisation
from fairlink.fairs.models import Fair, Stand, TimeSlot
from fairlink.fairs.states import FairState
from tests.factories.accounts import agency, sector
from tests.factories.making import MADE_AT, add, numbers


def fair(of: Organisation | None = None, **values: Any) -> Fair:
    number = next(numbers)
    defaults: dict[str, Any] = {
        "agency_id": (of or agency()).id,
        "name": f"Fair {number}",
        "edition": "2027",
        "venue": "Fenac",
        "city": "Novo Hamburgo",
        "country": "BR",
        "zone": "America/Sao_Paulo",
        "starts_on": date(2027, 3, 9),
        "ends_on": date(2027, 3, 11),
        "opens": time(10),
        "closes": time(18),
        "slot_minutes": 30,
        "state": FairState.PUBLISHED,
        "created_at": MADE_AT,
        "published_at": MADE_AT,
    }
    sectors = values.pop("sectors", ["footwear"])
    made = Fair(**defaults | values)
    made.sectors = [sector(code) for code in sectors]
    return add(made)


def stand(of: Fair, **values: Any) -> Stand:
    return add(Stand(fair_id=of.id, **{"label": f"4-C{next(numbers)}", "area_m2": 12} | values))


def time_slot(of: Fair, starts_at: datetime | None = None, minutes: int = 30) -> TimeSlot:
    starts_at = starts_at or of.starts_at + timedelta(minutes=minutes * next(numbers))
    return add(TimeSlot(fair_id=of.id, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=minutes)))
