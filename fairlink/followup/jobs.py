"""The follow-up's work on the worker's clock; all is found by 'due since', so that a pause loses nothing."""

from datetime import datetime, timedelta

from fairlink.applications import queries as applications
from fairlink.applications.service import release_retention
from fairlink.followup import queries, rules, service
from fairlink.followup.states import Side
from fairlink.kernel.database import Session, unit_of_work
from fairlink.kernel.queue import defer

#: Prompts whose receivers one tick hands to the queue; the next tick takes the next ones.
BATCH = 2000
#: Parts of waves that one tick plans, each in a transaction of its own.
PARTS = 20

#: People have this long to record a lead themselves before the clock does it for them.
LEAD_GRACE = timedelta(hours=24)


def tick(session: Session, *, now: datetime) -> None:
    """Plan what is due and hand each receiver to a job of its own, so that one failure stops no other."""
    with unit_of_work(session):
        service.record_leads_of_contacts(session, now=now)
        service.record_missing_leads(session, marked_before=now - LEAD_GRACE, now=now)
        service.move_waves(session)
        for fair in queries.fairs_without_waves(session, now):
            service.make_waves(session, fair)
    for _part in range(PARTS):
        with unit_of_work(session):
            wave = queries.wave_to_plan(session, now)
            if wave is None:
                break
            service.plan_wave(session, wave, now=now)
    with unit_of_work(session):
        service.expire_prompts(session, now=now)
        for side, organisation_id in queries.organisations_to_ask(session, now, now - rules.REMIND_AFTER, BATCH):
            name = f"ask:{side}:{organisation_id}"
            defer(
                session,
                "followup.ask",
                lock=name,
                queueing_lock=name,
                # There may be thousands: what keeps the house running goes first.
                priority=-1,
                side=side,
                organisation_id=organisation_id,
            )


def ask(session: Session, *, now: datetime, side: str, organisation_id: int) -> None:
    """Send the people of one organisation what is due for them, one message each."""
    service.send_due(session, Side(side), organisation_id, now=now)
    service.remind_due(session, Side(side), organisation_id, now=now)


def convert(session: Session, *, now: datetime) -> None:
    """Work out in the agency's currency what had no exchange rate before, all of it, bit by bit."""
    left = 1
    while left:
        with unit_of_work(session):
            left = service.convert_missing(session)


def release_retained(session: Session, *, now: datetime) -> None:
    """Let what awards keep back be paid to exhibitors whose reports are in."""
    for claim in applications.retained_claims(session, now):
        if queries.reports_are_in(session, claim.application, now):
            release_retention(session, claim, by=None, now=now)
