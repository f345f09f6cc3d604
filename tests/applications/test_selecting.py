"""A call chooses as its rules say: stored as it was, never beyond the envelope, reserves in order."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.applications import jobs, queries, service
from fairlink.applications.models import Award, SelectionPlace, SelectionRun
from fairlink.applications.rules.selecting import stratum_of
from fairlink.applications.states import ApplicationState
from fairlink.kernel.errors import Conflict, Forbidden
from fairlink.mail.models import MailMessage
from fairlink.policy import Role
from fairlink.subsidies.models import Call
from fairlink.subsidies.queries.aid import aid_of_undertakings
from fairlink.subsidies.rules.lottery import Published, commitment, faults
from fairlink.subsidies.rules.selection import Outcome
from tests import factories
from tests.applications.steps import CEILING, CLOSED, NOW, SEED, choosing, entry, mails, refusal, related

SignIn = Callable[[User], FlaskClient]
pytestmark = pytest.mark.usefixtures("app")

S = ApplicationState


def choose(session: Session, call: Call) -> SelectionRun:
    return service.select(session, call, by=factories.user(call.fair.agency, Role.APPROVER), now=NOW)


def outcomes(run: SelectionRun) -> list[tuple[int, Outcome, int]]:
    return [(place.application_id, place.outcome, place.awarded_minor) for place in run.places]


def test_scores_award_down_to_the_money_with_a_frozen_cut_off_and_recorded_overrides(
    session: Session, sign_in: SignIn
) -> None:
    call = choosing(100_000, method="scored", cut_off=50, reserves=1, criteria=CRITERIA)
    best, good, fair_one, poor = (entry(session, call, 800, score) for score in (90, 80, 70, 40))
    approver = sign_in(factories.user(call.fair.agency, Role.APPROVER))
    path = f"/staff/calls/{call.id}"
    page = approver.get(f"{path}/selection").text
    assert ("Make the selection" in page, "Decide against the score" in page) == (True, True)
    override = {"application": str(good.id), "outcome": "refused", "reason": "Bankrupt since."}
    assert approver.post(f"{path}/overrides", data={**override, "reason": ""}).status_code == 422
    assert approver.post(f"{path}/overrides", data=override).status_code == 302
    assert approver.post(f"{path}/overrides", data=override).status_code == 409
    assert approver.post(f"{path}/selection").status_code == 302
    session.expire_all()
    run = queries.selection_run(session, call.id)
    assert run is not None
    yes, no = Outcome.AWARDED, Outcome.REFUSED
    assert outcomes(run) == [(best.id, yes, 40_000), (good.id, no, 0), (fair_one.id, yes, 40_000), (poor.id, no, 0)]
    assert (run.cut_off, call.committed_minor) == (8000, 80_000)
    assert [each.state for each in (best, good, fair_one, poor)] == [S.AWARDED, S.REFUSED, S.AWARDED, S.REFUSED]
    assert "lies below the least" in poor.decision_reason
    shown = approver.get(f"{path}/selection").text
    assert all(text in shown for text in ("Cut-off, frozen before overrides: 80", "Bankrupt since.", "Override"))
    assert approver.post(f"{path}/selection").status_code == 409


CRITERIA = [{"code": "plan", "weight_bp": 10_000, "question": "Is the plan sound?"}]


def test_pro_rata_pays_everybody_the_same_part_to_the_last_cent(session: Session, sign_in: SignIn) -> None:
    call = choosing(100_000, method="pro_rata")
    made = [entry(session, call, cost) for cost in (1000, 2000, 3000)]
    run = choose(session, call)
    assert [place.awarded_minor for place in run.places] == [16_667, 33_333, 50_000]
    assert (run.paid_minor, run.asked_minor, call.committed_minor) == (100_000, 300_000, 100_000)
    award = made[0].award
    assert award is not None
    assert [(part.support_minor, part.own_minor) for part in award.members] == [(8334, 91_666 - 50_000), (8333, 41_667)]
    officer = sign_in(factories.user(call.fair.agency, Role.OFFICER))
    assert "Pay-out factor: 33.33%" in officer.get(f"/staff/calls/{call.id}/selection").text


def test_lots_are_drawn_by_strata_and_everybody_can_draw_them_again(session: Session, sign_in: SignIn) -> None:
    call = choosing(80_000, method="lottery", strata=["firm.region"], reserves=1)
    for region in ("Lima", "Lima", "Cusco", "Cusco"):
        entry(session, call, 800, region=region)
    stranger = sign_in(factories.owner())
    assert stranger.get(f"/calls/{call.id}/draw").status_code == 404
    run = choose(session, call)
    assert sorted(place.stratum for place in run.places) == ["cusco", "cusco", "lima", "lima"]
    assert [place.outcome for place in run.places].count(Outcome.AWARDED) == 2
    assert {place.stratum for place in run.places if place.outcome is Outcome.AWARDED} == {"cusco", "lima"}
    session.commit()
    published = Published.from_dict(json.loads(stranger.get(f"/calls/{call.id}/draw").text))
    assert faults(published) == []
    assert (run.seed, published.commitment) == (SEED, commitment(SEED))


def test_a_reserved_quota_goes_to_those_it_is_for(session: Session) -> None:
    quota = {"code": "micro", "share_bp": 5000, "when": "firm.region = 'cusco'"}
    call = choosing(80_000, method="first_come", quota=quota)
    first, second = entry(session, call, 800, hour=1), entry(session, call, 800, hour=2)
    late = entry(session, call, 800, hour=3)
    for member in late.members:
        member.firm.region = "Cusco"
    session.flush()
    run = choose(session, call)
    reached = {place.application_id: place.reason for place in run.places if place.outcome is Outcome.AWARDED}
    assert reached == {first.id: "envelope", late.id: "quota"}
    assert second.state == S.REFUSED


def test_reserves_get_their_turn_in_order_and_nobody_is_passed(session: Session) -> None:
    call = choosing(100_000, method="first_come", reserves=3)
    winner = entry(session, call, 2000, hour=1)
    large, small, last = (entry(session, call, cost, hour=hour) for hour, cost in ((2, 1200), (3, 600), (4, 600)))
    choose(session, call)
    assert [each.state for each in (winner, large, small, last)] == [S.AWARDED, S.ASSESSED, S.ASSESSED, S.ASSESSED]
    waits = f"Your application for {call.fair.title} waits as a reserve"
    assert [subject for email, subject in mails(session) if email == large.contact.email] == [waits]
    assert jobs.offer_reserves(session, now=NOW) == 0
    service.decline(session, winner, by=winner.contact, now=NOW)
    assert jobs.offer_reserves(session, now=NOW) == 2
    assert jobs.offer_reserves(session, now=NOW) == 0
    assert [each.state for each in (large, small, last)] == [S.AWARDED, S.AWARDED, S.ASSESSED]
    assert call.committed_minor == 90_000
    place = queries.selection_place(session, large.id)
    assert place is not None
    assert (place.outcome, place.offered_at, place.awarded_minor) == (Outcome.AWARDED, NOW, 60_000)
    assert jobs.offer_reserves(session, now=call.fair.starts_at) == 0
    assert last.state == S.REFUSED
    assert session.scalar(sa.select(sa.func.count()).select_from(Award)) == 3


def test_linked_firms_in_one_selection_stay_under_their_ceiling_together(session: Session) -> None:
    call = choosing(200_000, [CEILING], method="first_come")
    first, second, third = related(session, call, call, call, cost=800)
    run = choose(session, call)
    awarded = {place.application_id: place.awarded_minor for place in run.places}
    assert awarded == {first.id: 40_000, second.id: 30_000, third.id: 20_000}
    assert [aid.left.minor for aid in aid_of_undertakings(session, [first.members[0].firm], besides="")] == [
        20_000,
        10_000,
    ]
    assert (call.committed_minor, third.state) == (90_000, S.AWARDED)


def test_linked_reserves_that_get_their_turn_together_stay_under_it_too(session: Session) -> None:
    call = choosing(120_000, [CEILING], method="first_come", reserves=3)
    winners = [entry(session, call, 1200, hour=-1), entry(session, call, 1200, hour=-2)]
    first, second = related(session, call, call, cost=1200)
    choose(session, call)
    assert [each.state for each in (*winners, first, second)] == [S.AWARDED, S.AWARDED, S.ASSESSED, S.ASSESSED]
    for winner in winners:
        service.decline(session, winner, by=winner.contact, now=NOW)
    assert jobs.offer_reserves(session, now=NOW) == 2
    places = [queries.selection_place(session, each.id) for each in (first, second)]
    assert [place and place.awarded_minor for place in places] == [60_000, 30_000]
    assert call.committed_minor == 90_000


def test_awards_that_lapse_go_to_the_next_in_line(session: Session) -> None:
    call = choosing(40_000, method="first_come", reserves=1)
    winner, waiting = entry(session, call, 800, hour=1), entry(session, call, 800, hour=2)
    choose(session, call)
    assert winner.award is not None
    later = winner.award.accept_by
    assert jobs.lapse_overdue(session, now=later) == 1
    assert jobs.offer_reserves(session, now=later) == 1
    assert (winner.state, waiting.state, call.committed_minor) == (S.LAPSED, S.AWARDED, 40_000)


def test_nothing_is_chosen_too_early_or_by_an_assessor(session: Session) -> None:
    call = choosing(100_000, method="pro_rata")
    made = entry(session, call, 800)
    approver = factories.user(call.fair.agency, Role.APPROVER)
    with pytest.raises(Conflict) as early:
        service.select(session, call, by=approver, now=CLOSED - timedelta(seconds=1))
    with pytest.raises(Forbidden):
        service.select(session, call, by=made.assessments[0].assessor, now=NOW)
    factories.application(call)
    with pytest.raises(Conflict) as unready:
        service.select(session, call, by=approver, now=NOW)
    assert [refusal(early), refusal(unready)] == ["call_still_open", "not_all_assessed"]
    assert session.scalars(sa.select(SelectionPlace)).all() == []


def test_such_a_call_is_not_decided_one_by_one(session: Session, sign_in: SignIn) -> None:
    call = choosing(100_000, method="pro_rata")
    made = entry(session, call, 800)
    approver = sign_in(factories.user(call.fair.agency, Role.APPROVER))
    answer = approver.post(f"/staff/applications/{made.id}/approve")
    assert (answer.status_code, "chooses among all its applications" in answer.text) == (409, True)
    assert f"/staff/calls/{call.id}/selection" in approver.get(f"/staff/applications/{made.id}").text


def test_a_refused_group_is_told_in_its_own_language(session: Session) -> None:
    call = choosing(100_000, method="first_come")
    made = entry(session, call, 9_000)
    made.locale = "es"
    choose(session, call)
    told = session.scalars(sa.select(MailMessage).where(MailMessage.template == "application_refused")).one()
    assert (
        made.decision_reason == "El dinero de la convocatoria no alcanzó a esta solicitud en el orden de la selección."
    )
    assert made.decision_reason in told.text


def test_the_page_of_a_selection_runs_a_constant_number_of_statements(
    session: Session, sign_in: SignIn, statements: list[str]
) -> None:
    counts = []
    for size in (1, 3):
        call = choosing(100_000, method="first_come")
        for hour in range(size):
            entry(session, call, 200, hour=hour)
        browser = sign_in(factories.user(call.fair.agency, Role.APPROVER))
        for _before_and_after in range(2):
            session.commit()
            session.expire_all()
            statements.clear()
            assert browser.get(f"/staff/calls/{call.id}/selection").status_code == 200
            counts.append(len(statements))
            if queries.selection_run(session, call.id) is None:
                choose(session, call)
    assert counts[:2] == counts[2:]


def test_a_stratum_is_made_of_the_facts_of_the_leading_firm(session: Session) -> None:
    call = choosing(100_000, method="first_come")
    made = entry(session, call, 800, region="Madre de Dios")
    facts = queries.facts(session, made, call.scheme_version.document, now=NOW, granting=True)
    assert stratum_of(facts, str(made.lead_firm_id), ["firm.region", "firm.size"]) == "madre_de_dios / ?"
