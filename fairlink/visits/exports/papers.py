"""Agendas and table signs as PDF, in the language of the one who prints them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import segno

from fairlink.applications.models import Exhibitor
from fairlink.fairs.models import Fair
from fairlink.kernel.pdf import typeset
from fairlink.kernel.words import words
from fairlink.mail.emails import link
from fairlink.visits.models import Badge, Meeting, Visit, WorkshopVisit
from fairlink.visits.rules.diary import by_day
from fairlink.visits.rules.tours import Ways
from fairlink.visits.states import MeetingState, Side


def qr_code(address: str) -> str:
    """The drawing (SVG) of a QR code that a phone's own camera opens: black on white, for cameras read no other."""
    return str(segno.make(address, error="m").svg_inline(scale=6, light="#fff", dark="#000"))


def visit_agenda(
    visit: Visit, meetings: Sequence[Meeting], badge: Badge | None, *, language: str, now: datetime
) -> bytes:
    """The agenda of a visit by day, with the code of its badge if it has one."""
    _ = words(language).gettext
    content = _agenda(
        visit.fair, meetings, Side.BUYER, [[_("Visitor"), visit.visitor.name], ["", visit.buyer.name]], language
    )
    if badge is not None:
        content |= {"code": qr_code(link(f"/b/{badge.token}")), "code_hint": _("Your badge: exhibitors scan it.")}
    title = _("Agenda for %(fair)s", fair=visit.fair.title)
    return typeset("agenda", content, language=language, title=title, made_at=now)


def itinerary(visit: Visit, bookings: Sequence[WorkshopVisit], ways: Ways, *, language: str, now: datetime) -> bytes:
    """The visits to workshops of a buyer by day: how long the way is, where to and when; at the end the way back."""
    said = words(language)
    _ = said.gettext
    zone = visit.fair.zone
    days = [
        {"day": said.date(day, style="full"), "rows": _stops(visit.fair, items, ways, language)}
        for day, items in by_day(bookings, lambda booking: booking.starts_at, zone).items()
    ]
    content = {
        "facts": [[_("Visitor"), visit.visitor.name], ["", visit.buyer.name], [_("Fair"), visit.fair.title]],
        "columns": [_("Way"), _("Time"), _("Where"), _("State")],
        "days": days,
        "note": _("Times are those of the fair, %(zone)s.", zone=said.zone_name(zone)),
        "page_of": _("Page {page} of {pages}"),
    }
    return typeset("agenda", content, language=language, title=_("Visits to workshops"), made_at=now)


def _stops(fair: Fair, bookings: Sequence[WorkshopVisit], ways: Ways, language: str) -> list[list[str]]:
    said = words(language)
    _ = said.gettext
    states = {MeetingState.REQUESTED: _("Not answered yet"), MeetingState.CONFIRMED: _("Confirmed")}

    def way(one: int | None, other: int | None) -> str:
        return said.ngettext("%(num)s minute", "%(num)s minutes", ways.minutes(one, other))

    rows = []
    place: int | None = None
    for booking in bookings:
        times = f"{said.time(booking.starts_at, fair.zone)} – {said.time(booking.ends_at, fair.zone)}"
        where = f"{booking.workshop.name}, {booking.workshop.address}"
        rows.append([way(place, booking.workshop_id), times, where, states.get(booking.state, "")])
        place = booking.workshop_id
    back = _("Back to the fair: %(venue)s, %(city)s", venue=fair.venue, city=fair.city)
    return [*rows, [way(place, None), "", back, ""]]


def exhibitor_agenda(exhibitor: Exhibitor, meetings: Sequence[Meeting], *, language: str, now: datetime) -> bytes:
    """The diary of an exhibitor by day."""
    _ = words(language).gettext
    stand = exhibitor.stand.label if exhibitor.stand else _("Not yet known")
    facts = [[_("Exhibitor"), exhibitor.name], [_("Stand"), stand]]
    content = _agenda(exhibitor.fair, meetings, Side.FIRM, facts, language)
    title = _("Agenda for %(fair)s", fair=exhibitor.fair.title)
    return typeset("agenda", content, language=language, title=title, made_at=now)


def table_signs(
    fair: Fair, exhibitors: Sequence[Exhibitor], tables: int | None, *, language: str, now: datetime
) -> bytes:
    """A sign for each of the fair's `tables`, if it has any, and for each exhibitor, in all one at least.

    The codes open the public page of the exhibitor, or of the fair.
    """
    _ = words(language).gettext
    numbered = [
        {
            "name": _("Table %(number)s", number=number),
            "place": "",
            "fair": fair.title,
            "code": qr_code(link(f"/fairs/{fair.id}")),
            "hint": _("Scan to see who exhibits."),
        }
        for number in range(1, (tables or 0) + 1)
    ]
    named = [
        {
            "name": each.name,
            "place": _("Stand %(label)s", label=each.stand.label) if each.stand else "",
            "fair": fair.title,
            "code": qr_code(link(f"/exhibitors/{each.id}")),
            "hint": _("Scan to see our products."),
        }
        for each in exhibitors
    ]
    title = _("Table signs for %(fair)s", fair=fair.title)
    return typeset("signs", {"signs": [*numbered, *named]}, language=language, title=title, made_at=now)


def _agenda(
    fair: Fair, meetings: Sequence[Meeting], side: Side, facts: list[list[str]], language: str
) -> dict[str, Any]:
    said = words(language)
    _ = said.gettext
    states = {MeetingState.REQUESTED: _("Not answered yet"), MeetingState.CONFIRMED: _("Confirmed")}
    days = []
    for day, items in by_day(meetings, lambda meeting: meeting.slot.starts_at, fair.zone).items():
        rows = [_row(meeting, side, language, states.get(meeting.state, "")) for meeting in items]
        days.append({"day": said.date(day, style="full"), "rows": rows})
    return {
        "facts": [*facts, [_("Place"), f"{fair.venue}, {fair.city}"]],
        "columns": [_("Time"), _("With"), _("Where"), _("State")],
        "days": days,
        "note": _("Times are those of the fair, %(zone)s.", zone=said.zone_name(fair.zone)),
        "page_of": _("Page {page} of {pages}"),
    }


def _row(meeting: Meeting, side: Side, language: str, state: str) -> list[str]:
    said, zone = words(language), meeting.fair.zone
    times = f"{said.time(meeting.slot.starts_at, zone)} – {said.time(meeting.slot.ends_at, zone)}"
    table = said.gettext("Table %(number)s", number=meeting.table_no) if meeting.table_no else ""
    if side is Side.BUYER:
        stand = meeting.exhibitor.stand
        return [times, meeting.exhibitor.name, table or (stand.label if stand else ""), state]
    return [times, f"{meeting.visit.visitor.name}, {meeting.visit.buyer.name}", table, state]
