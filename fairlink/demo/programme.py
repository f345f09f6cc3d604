"""The fairs, schemes and calls of the demonstration."""

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.fairs import service as fairs
from fairlink.fairs.models import Fair
from fairlink.fairs.rules import FairDetails, Schedule, stand_labels
from fairlink.kernel.clock import local_date
from fairlink.subsidies import service as subsidies
from fairlink.subsidies.models import Call, Scheme
from fairlink.subsidies.rules import simple_rules
from fairlink.subsidies.rules.calls import CallTerms, CriterionTerms
from fairlink.subsidies.rules.terms import Payee

#: Real fairs, whose editions here are made up.
FACTS = Path(__file__).resolve().parent / "data" / "fairs.json"

#: The fairs of the story, with the days from now to their first day: one over, one soon, one to apply for.
OVER, SOON, OPEN = "MICAM Milano", "Perú Moda", "SAPICA"
_FIRST_DAY = {OVER: -215, SOON: 40, OPEN: 160}

_CRITERIA = (
    CriterionTerms(
        "Export potential", "Products that buyers at this fair look for, in the volumes they order.", 4000, 10
    ),
    CriterionTerms("Preparation", "Samples, prices and papers are ready; somebody speaks the language.", 3500, 10),
    CriterionTerms("Working together", "What the group does better than its firms could alone.", 2500, 10),
)
_PLAN = (
    "**Outcome:** orders confirmed by both sides within twelve months, per firm, in euros of the day of the order.\n\n"
    "**Compared with:** firms whose score was just below the cut-off (regression discontinuity, local linear, "
    "bandwidth chosen by the data).\n\n"
    "**Against it would speak:** a jump of the scores at the cut-off, or more answers missing on one side."
)


@dataclass(frozen=True, slots=True)
class Programme:
    """What the agency offers."""

    fairs: dict[str, Fair]
    schemes: dict[str, Scheme]
    #: By name of the fair and of the scheme.
    calls: dict[tuple[str, str], Call]


def make_programme(session: Session, officer: User, now: datetime) -> Programme:
    """All fairs of the file published, three schemes after public rules, and calls at the fairs of the story."""
    facts = json.loads(FACTS.read_text())["fairs"]
    made = {fact["name"]: make_fair(session, fact, _first_day(fact, now), officer, now) for fact in facts}
    schemes = _schemes(session, officer, now)
    calls = {}
    for fair_name, scheme_name, opens, closes, envelope in (
        (OVER, "group", -160, -75, 6_000_000),
        (OVER, "first", -160, -75, 1_200_000),
        (SOON, "group", -120, -50, 5_000_000),
        (SOON, "region", -120, -50, 9_000_000),
        (OPEN, "group", -180, -40, 8_000_000),
        (OPEN, "region", -180, -40, 12_000_000),
        (OPEN, "first", -180, -40, 1_500_000),
        ("Anuga", "group", -280, -60, 7_500_000),
        ("Expoartesanías", "group", -280, -60, 3_000_000),
    ):
        calls[fair_name, scheme_name] = make_call(
            session, made[fair_name], schemes[scheme_name], (opens, closes), envelope, officer, now
        )
    return Programme(made, schemes, calls)


def _first_day(fact: dict[str, int | str], now: datetime) -> date:
    """The story's own day, else the usual month of the next edition that is at least three weeks ahead."""
    today = local_date(now, str(fact["zone"]))
    if fact["name"] in _FIRST_DAY:
        return today + timedelta(days=_FIRST_DAY[str(fact["name"])])
    day = date(today.year, int(fact["month"]), 10)
    while day < today + timedelta(days=21):
        day = day.replace(year=day.year + 1)
    return day


def make_fair(session: Session, fact: dict[str, int | str], starts_on: date, officer: User, now: datetime) -> Fair:
    """One published edition of a fair of the file."""
    schedule = Schedule(
        zone=str(fact["zone"]),
        starts_on=starts_on,
        ends_on=starts_on + timedelta(days=int(fact["days"]) - 1),
        opens=time(9, 30),
        closes=time(18),
        last_day_closes=time(16),
        slot_minutes=30,
    )
    details = FairDetails(
        name=str(fact["name"]),
        edition=str(starts_on.year),
        venue=str(fact["venue"]),
        city=str(fact["city"]),
        country=str(fact["country"]),
        schedule=schedule,
        sector_codes=tuple(fact["sectors"]),  # type: ignore[arg-type]  # a list of texts in the file
        website="",
        description=(
            "Buyers from many countries meet producers **at the stands**.\n\n"
            "- Meetings are booked here, half an hour each\n- The stand is given with the award\n\n"
            "*The dates of this edition are made up for the demonstration.*"
        ),
    )
    made_at = min(now, _noon(starts_on)) - timedelta(days=200)
    fair = fairs.create(session, details, by=officer, now=made_at)
    fairs.add_stands(session, fair, stand_labels("A01..A12"), 12, by=officer, now=made_at)
    fairs.publish(session, fair, by=officer, now=made_at)
    return fair


def _noon(day: date) -> datetime:
    return datetime.fromisoformat(f"{day.isoformat()}T12:00:00+00:00")


def _schemes(session: Session, officer: User, now: datetime) -> dict[str, Scheme]:
    """Three schemes: half of the cost for groups, 70% with a higher cap, and half for single firms."""
    sunset_on = date(now.year + 4, 12, 31)
    made_at = now - timedelta(days=500)
    documents = {
        "group": (
            simple_rules(
                name="Fairs together",
                currency="EUR",
                rate_bp=5000,
                cap_per_firm_minor=300_000,
                min_firms=3,
                max_firms=12,
                sunset_on=sunset_on,
                payee=Payee.ORGANISER,
            ),
            "Half of the cost of a group's fair, at most 3,000 for each firm.",
        ),
        "region": (
            simple_rules(
                name="Regions abroad",
                currency="EUR",
                rate_bp=7000,
                cap_per_firm_minor=800_000,
                min_firms=4,
                max_firms=15,
                sunset_on=sunset_on,
            ),
            "Seventy per cent for larger groups of one region.",
        ),
        "first": (
            simple_rules(
                name="First fair",
                currency="EUR",
                rate_bp=5000,
                cap_per_firm_minor=150_000,
                min_firms=1,
                max_firms=1,
                sunset_on=sunset_on,
            ),
            "Half of the cost for a firm that goes alone, at most 1,500.",
        ),
    }
    return {
        key: subsidies.create_scheme(session, rules, description, by=officer, now=made_at)
        for key, (rules, description) in documents.items()
    }


def make_call(
    session: Session,
    fair: Fair,
    scheme: Scheme,
    window: tuple[int, int],
    envelope: int,
    officer: User,
    now: datetime,
    assessors: int = 1,
    plan: str = _PLAN,
) -> Call:
    """A published call whose window is given in days from the first day of its fair."""
    opens_on, closes_on = (fair.starts_on + timedelta(days=days) for days in window)
    terms = CallTerms(opens_on=opens_on, closes_on=closes_on, envelope_minor=envelope, accept_days=21)
    made_at = min(now, terms.opens_at(fair.zone)) - timedelta(days=5)
    call = subsidies.create_call(session, fair, scheme, terms, by=officer, now=made_at)
    subsidies.set_assessment(session, call, _CRITERIA, assessors, by=officer, now=made_at)
    subsidies.write_plan(session, call, plan, by=officer, now=made_at)
    subsidies.publish_call(session, call, by=officer, now=made_at)
    return call
