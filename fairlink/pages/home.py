"""Everybody's home: what is next for this person."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from fairlink.accounts import queries as accounts
from fairlink.applications.rules import last_day
from fairlink.applications.states import ApplicationState
from fairlink.fairs.states import FairState
from fairlink.followup import queries as followup
from fairlink.followup.states import PromptKind
from fairlink.followup.states import Side as LeadSide
from fairlink.kernel.clock import utcnow
from fairlink.pages import queries
from fairlink.pages.blueprint import bp
from fairlink.policy import Can, Kind, allows
from fairlink.visits.states import Side
from fairlink.web.access import guarded
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.accounts.models import User
    from fairlink.visits.models import Meeting


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do: what, about what, where, and its instant in the fair's zone: a deadline or a meeting's time."""

    title: str
    text: str
    #: None where the way leads through a mail.
    href: str | None
    at: datetime | None = None
    zone: str = "UTC"
    is_deadline: bool = False

    @property
    def ends_with_a_day(self) -> bool:
        """Whether the deadline is the midnight after its last day; people read such a one as the end of that day."""
        return self.is_deadline and self.at is not None and self.at.astimezone(ZoneInfo(self.zone)).time() == time()


@dataclass(frozen=True, slots=True)
class Today:
    """What the page shows: what to do, figures, what is coming, and the action for somebody who has nothing to do."""

    tasks: list[Task]
    tiles: list[dict[str, Any]] = field(default_factory=list)
    coming: list[dict[str, Any]] = field(default_factory=list)
    idle_text: str = ""
    idle_action: str = ""
    idle_href: str = ""


@bp.get("/home")
@guarded(Can.ACCOUNT_MANAGE)
def home() -> ResponseReturnValue:
    """Today: what is next for the person who looks."""
    user, now = current_user, utcnow()
    if user.email_confirmed_at is None:
        return render_template("pages/home_unconfirmed.html")
    if user.organisation_id is None:
        return render_template("pages/home_without_organisation.html")
    build = {Kind.AGENCY: _agency, Kind.BUYER: _buyer, Kind.FIRM: _firm, Kind.ASSOCIATION: _association}
    return render_template("pages/home.html", today=build[user.organisation_kind](user, now), last_day=last_day)


def _firm(user: "User", now: datetime) -> Today:
    session, firm_id = db_session(), _own_id(user)
    figures = queries.firm_figures(session, firm_id, now=now)
    next_meetings = queries.meetings_next(session, firm_id, Side.FIRM, now=now)
    tasks = [
        *_applications(firm_id, now),
        *_group_invitations(user, now),
        *_meeting_tasks(user, Side.FIRM, now),
        *_prompts(user, LeadSide.FIRM),
        *_missing_parts(user),
    ]
    return Today(
        tasks,
        tiles=[
            {"label": _("Groups"), "figure": figures.groups, "href": url_for("applications.groups")},
            {
                "label": _("Applications under way"),
                "figure": figures.applications,
                "href": url_for("applications.own_list"),
            },
            {"label": _("Meetings to come"), "figure": figures.meetings, "href": url_for("visits.exhibits")},
            {"label": _("Leads"), "figure": figures.leads, "href": url_for("followup.leads")},
        ],
        coming=[_coming(meeting, meeting.visit.buyer.name) for meeting in next_meetings],
        idle_text=_("Nothing waits for you. Find a fair and apply with your group."),
        idle_action=_("Look at the fairs"),
        idle_href=url_for("fairs.catalogue"),
    )


def _buyer(user: "User", now: datetime) -> Today:
    session, buyer_id = db_session(), _own_id(user)
    next_meetings = queries.meetings_next(session, buyer_id, Side.BUYER, now=now)
    figures = queries.buyer_figures(session, buyer_id, now=now)
    tasks = [*_meeting_tasks(user, Side.BUYER, now), *_prompts(user, LeadSide.BUYER), *_missing_parts(user)]
    return Today(
        tasks,
        tiles=[
            {"label": _("Visits to come"), "figure": figures.visits, "href": url_for("visits.visits")},
            {"label": _("Meetings to come"), "figure": figures.meetings, "href": url_for("visits.visits")},
            {"label": _("Leads"), "figure": figures.leads, "href": url_for("followup.leads")},
        ],
        coming=[_coming(meeting, meeting.exhibitor.application.applicant_name) for meeting in next_meetings],
        idle_text=_("Nothing waits for you. Find a fair and book your visit."),
        idle_action=_("Look at the fairs"),
        idle_href=url_for("fairs.catalogue"),
    )


def _agency(user: "User", now: datetime) -> Today:
    if not allows(user, Can.APPLICATION_LIST):
        return _evaluator()
    session, agency_id = db_session(), _own_id(user)
    sent = queries.applications_waiting(session, agency_id, ApplicationState.SUBMITTED)
    assessed = queries.applications_waiting(session, agency_id, ApplicationState.ASSESSED, not_assessed_by=user.id)
    awarded = queries.applications_waiting(session, agency_id, ApplicationState.AWARDED)
    fairs = queries.fairs_ahead(session, agency_id, now=now)
    makes_first = not fairs and allows(user, Can.FAIR_CREATE)
    tasks = []
    if sent.first and allows(user, Can.APPLICATION_ASSESS, sent.first):
        text = ngettext("%(num)s application waits.", "%(num)s applications wait.", sent.number)
        tasks.append(Task(_("Assess applications"), text, _staff_list(ApplicationState.SUBMITTED)))
    if assessed.first and allows(user, Can.APPLICATION_APPROVE, assessed.first):
        text = ngettext(
            "%(num)s application was assessed by others.",
            "%(num)s applications were assessed by others.",
            assessed.number,
        )
        tasks.append(Task(_("Decide on applications"), text, _staff_list(ApplicationState.ASSESSED)))
    tasks += _followup_tasks(user, now)
    for fair in fairs:
        if fair.state == FairState.DRAFT and allows(user, Can.FAIR_EDIT, fair):
            href = url_for("fairs.staff_show", fair_id=fair.id)
            tasks.append(
                Task(_("Publish %(fair)s", fair=fair.title), _("It is a draft that the public does not see."), href)
            )
    return Today(
        tasks,
        tiles=[
            {"label": _("To assess"), "figure": sent.number, "href": _staff_list(ApplicationState.SUBMITTED)},
            {"label": _("To decide"), "figure": assessed.number, "href": _staff_list(ApplicationState.ASSESSED)},
            {
                "label": _("Awards to be accepted"),
                "figure": awarded.number,
                "href": _staff_list(ApplicationState.AWARDED),
            },
        ],
        coming=[_coming_fair(fair) for fair in fairs if fair.state == FairState.PUBLISHED],
        idle_text=_("Nothing waits for you."),
        idle_action=_("Make a fair") if makes_first else _("Look at your fairs"),
        idle_href=url_for("fairs.create" if makes_first else "fairs.staff_list"),
    )


def _evaluator() -> Today:
    return Today(
        [],
        idle_text=_("Nothing waits for you. Look at the results, or at what a call brought about."),
        idle_action=_("Evaluations"),
        idle_href=url_for("monitoring.evaluations"),
    )


def _followup_tasks(user: "User", now: datetime) -> list[Task]:
    """Disputes to settle, and addresses that no question reaches."""
    if not allows(user, Can.ORDER_SETTLE_LIST):
        return []
    waiting = followup.staff_work(db_session(), _own_id(user), now)
    tasks = []
    if waiting.disputed:
        text = ngettext("%(num)s order is in dispute.", "%(num)s orders are in dispute.", waiting.disputed)
        tasks.append(Task(_("Settle orders"), text, url_for("followup.disputes")))
    if waiting.lost:
        text = ngettext(
            "%(num)s address does not work or called our mail spam.",
            "%(num)s addresses do not work or called our mail spam.",
            waiting.lost,
        )
        tasks.append(Task(_("Mend addresses"), text, url_for("followup.suppressed")))
    return tasks


def _association(user: "User", now: datetime) -> Today:
    return Today(
        [], idle_text=_("Nothing waits for you."), idle_action=_("Fairs"), idle_href=url_for("fairs.catalogue")
    )


def _own_id(user: "User") -> int:
    assert user.organisation_id is not None, "only called for people of an organisation"
    return user.organisation_id


def _staff_list(state: ApplicationState) -> str:
    return url_for("applications.staff_list", state=state.value)


def _applications(firm_id: int, now: datetime) -> Iterator[Task]:
    for each in queries.applications_to_move(db_session(), firm_id, now=now):
        fair = each.call.fair
        text = _("%(applicant)s at %(fair)s", applicant=each.applicant_name, fair=fair.title)
        if each.award is not None and each.state == ApplicationState.AWARDED:
            href = url_for("applications.award", application_id=each.id)
            yield Task(_("Accept your award"), text, href, each.award.accept_by, fair.zone, is_deadline=True)
        else:
            href = url_for("applications.show", application_id=each.id)
            until = each.change_by or each.call.closes_at
            yield Task(_("Send your application"), text, href, until, fair.zone, is_deadline=True)


def _group_invitations(user: "User", now: datetime) -> Iterator[Task]:
    for each in queries.group_invitations(db_session(), user.email, now=now):
        title = _("Join %(group)s", group=each.group.name)
        firm = each.group.lead_firm.name
        text = _("%(firm)s invites your firm. Open the link in the mail to answer.", firm=firm)
        yield Task(title, text, None, each.expires_at, user.zone, is_deadline=True)


def _meeting_tasks(user: "User", side: Side, now: datetime) -> Iterator[Task]:
    session, organisation_id = db_session(), _own_id(user)
    for meeting in queries.meetings_to_answer(session, organisation_id, side, now=now):
        yield _meeting_task(_("Answer a meeting request"), meeting, side)
    for meeting in queries.meetings_to_mark(session, organisation_id, side, now=now):
        yield _meeting_task(_("Did this meeting take place?"), meeting, side)


def _meeting_task(title: str, meeting: "Meeting", side: Side) -> Task:
    fair = meeting.visit.fair
    other = meeting.visit.buyer.name if side is Side.FIRM else meeting.exhibitor.application.applicant_name
    text = _("%(name)s at %(fair)s", name=other, fair=fair.title)
    return Task(title, text, url_for("visits.meeting", meeting_id=meeting.id), meeting.slot.starts_at, fair.zone)


def _prompts(user: "User", side: LeadSide) -> Iterator[Task]:
    for prompt in followup.open_prompts(db_session(), _own_id(user), side, utcnow(), limit=queries.SHOWN):
        is_check = prompt.kind == PromptKind.CONFIRMATION
        title = _("Is this order right?") if is_check else _("What came of this contact?")
        lead = prompt.lead
        other = lead.buyer.name if side is LeadSide.FIRM else lead.exhibitor.application.applicant_name
        text = _("%(name)s, met at %(fair)s", name=other, fair=lead.fair.title)
        yield Task(title, text, url_for("followup.own_prompt", prompt_id=prompt.id))


def _missing_parts(user: "User") -> Iterator[Task]:
    organisation = accounts.profile(db_session(), user.organisation_id)
    if organisation is None or not allows(user, Can.ORGANISATION_EDIT, organisation):
        return
    if not organisation.products:
        yield Task(
            _("Name your products"), _("Buyers and producers find each other by them."), url_for("accounts.products")
        )
    if organisation.kind == Kind.FIRM and not organisation.years:
        yield Task(_("Enter your figures"), _("Most schemes ask for the last three years."), url_for("accounts.years"))


def _coming(meeting: "Meeting", with_whom: str) -> dict[str, Any]:
    return {
        "at": meeting.slot.starts_at,
        "zone": meeting.visit.fair.zone,
        "title": with_whom,
        "text": meeting.visit.fair.title,
        "href": url_for("visits.meeting", meeting_id=meeting.id),
    }


def _coming_fair(fair: Any) -> dict[str, Any]:
    return {
        "at": fair.starts_at,
        "zone": fair.zone,
        "title": fair.title,
        "text": fair.city,
        "href": url_for("fairs.staff_show", fair_id=fair.id),
    }
