"""A scored call of the demonstration: two assessors, a selection with a reserve, and an appeal."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.applications import service as applications
from fairlink.applications.models import Application
from fairlink.applications.states import ApplicationState, Recommendation
from fairlink.demo.grants import Grants
from fairlink.demo.names import Names
from fairlink.demo.people import People
from fairlink.demo.programme import SOON, Programme, make_call
from fairlink.subsidies.rules import Rules, simple_rules
from fairlink.subsidies.rules.document import Criterion, SelectionRules
from fairlink.subsidies.rules.terms import Method
from fairlink.subsidies.service import create_scheme

#: Enough for two of the four that apply, with something left.
ENVELOPE = 350_000

#: Points of ten that the two assessors give to each, for every criterion.
POINTS = (((9, 8, 9), (8, 9, 9)), ((8, 7, 7), (8, 8, 6)), ((6, 6, 5), (6, 7, 6)), ((3, 4, 2), (4, 3, 3)))


def make_selection(session: Session, names: Names, people: People, programme: Programme) -> None:
    """Four firms apply to a call that is scored; the money reaches two, one waits, one appeals."""
    officer, assessor, approver = (people.staff[word] for word in ("officer", "assessor", "approver"))
    fair = programme.calls[SOON, "group"].fair
    rules = _rules(programme.schemes["first"].current.document)
    made_at = fair.starts_at - timedelta(days=130)
    scheme = create_scheme(session, rules, "The best export plans of firms that go alone.", by=officer, now=made_at)
    call = make_call(session, fair, scheme, (-120, -50), ENVELOPE, officer, made_at, assessors=2)
    grants = Grants(session, names, people, made_at)
    made = [grants.apply(call, None, [firm], ApplicationState.SUBMITTED) for firm in people.firms[-12:-8]]
    for application, given in zip(made, POINTS, strict=True):
        for by, points in zip((assessor, officer), given, strict=True):
            _assess(session, application, points, by=by)
    chosen_at = call.closes_at + timedelta(days=2)
    applications.select(session, call, by=approver, now=chosen_at)
    refused = made[-1]
    applications.appeal(
        session,
        refused,
        "Our plan names three buyers on its last page; it seems that this page was not read.",
        by=refused.contact,
        now=chosen_at + timedelta(days=3),
    )


def _rules(like: Rules) -> Rules:
    known = simple_rules(
        name="Export plans",
        currency="EUR",
        rate_bp=5000,
        cap_per_firm_minor=150_000,
        min_firms=1,
        max_firms=1,
        sunset_on=like.sunset_on,
    )
    criteria = (
        Criterion(code="plan", weight_bp=6000, question="Is the export plan sound?"),
        Criterion(code="products", weight_bp=4000, question="Do the products fit the fair?"),
    )
    return replace(known, selection=SelectionRules(method=Method.SCORED, criteria=criteria, cut_off=50, reserves=1))


def _assess(session: Session, application: Application, points: tuple[int, ...], *, by: User) -> None:
    assert application.submitted_at is not None
    is_good = sum(points) > 15
    comment = "Buyers and prices are named." if is_good else "No buyers are named."
    applications.assess(
        session,
        application,
        points={
            each.id: applications.GivenPoints(given, comment if each.position == 0 else "")
            for each, given in zip(application.call.criteria, points, strict=True)
        },
        recommendation=Recommendation.AWARD if is_good else Recommendation.REFUSE,
        note="",
        by=by,
        now=application.submitted_at + timedelta(days=5),
    )
