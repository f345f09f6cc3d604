"""When aid must stand in the public register."""

from datetime import date, timedelta

#: Working days from the grant until the register must have it (Regulation (EU) 2023/2831, article 6).
REGISTER_WITHIN = 20


def working_days_after(day: date, count: int) -> date:
    """The day `count` working days after `day`, Monday to Friday: one after Friday 2026-10-09 is Monday 2026-10-12."""
    while count:
        day += timedelta(days=1)
        if day.weekday() < 5:
            count -= 1
    return day


def register_by(granted_on: date) -> date:
    """The last day on which aid granted on a day may be entered: Friday 2026-10-09 -> Friday 2026-11-06."""
    return working_days_after(granted_on, REGISTER_WITHIN)
