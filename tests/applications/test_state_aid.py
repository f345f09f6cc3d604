"""The aid ledger: ceilings over single undertakings, dated entries with their rate, corrections, the register."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from fairlink.accounts.models import Organisation, User
from fairlink.applications import queries, service
from fairlink.applications.models import Application
from fairlink.applications.states import ApplicationState
from fairlink.audit.queries import history
from fairlink.kernel.errors import Conflict
from fairlink.kernel.money import Money
from fairlink.policy import Role
from fairlink.subsidies.models import AidEntry, FirmLink
from fairlink.subsidies.queries import aid as ledger
from fairlink.subsidies.rules import read_rules, rules_to_dict, simple_rules
from fairlink.subsidies.rules.document import AidCeiling
from fairlink.subsidies.rules.register import register_by
from fairlink.subsidies.rules.undertakings import held_together
from fairlink.subsidies.service import aid
from fairlink.subsidies.states.aid import AidKind, LinkState
from tests import factories

pytestmark = pytest.mark.usefixtures("app")

SignIn = Callable[[User], FlaskClient]
NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)
CEILING = AidCeiling(code="de_minimis", amount_minor=300_000, currency="EUR")


def assessed(*firms: Organisation, agency: Organisation | None = None, **values: Any) -> Application:
    """Half of 9,000.00 of stand space, with a ceiling of 3,000.00 for each single undertaking."""
    fair = factories.fair(agency)
    scheme = factories.scheme(fair.agency)
    made = simple_rules(
        name=scheme.name, currency="EUR", rate_bp=5000, min_firms=1, max_firms=10, sunset_on=date(2030, 12, 31)
    )
    ceiling = {"code": "de_minimis", "amount_minor": 300_000, "currency": "EUR"}
    document = rules_to_dict(made) | {"aid_ceilings": [ceiling | values]}
    call = factories.call(fair, factories.scheme_version(scheme, rules=rules_to_dict(read_rules(document))))
    return factories.application(call, factories.group(*firms), state=ApplicationState.ASSESSED)


def approved(session: Session, application: Application, now: datetime = NOW) -> Application:
    approver = factories.user(application.call.fair.agency, Role.APPROVER)
    service.approve(session, application, by=approver, now=now)
    return application


def entries(session: Session) -> list[tuple[AidKind, int]]:
    query = sa.select(AidEntry).order_by(AidEntry.id)
    return [(each.kind, each.amount_minor) for each in session.scalars(query)]


def test_what_a_linked_firm_got_counts_against_the_ceiling(session: Session) -> None:
    agency, firm, sister = factories.agency(), factories.organisation(), factories.organisation()
    first = approved(session, assessed(sister, agency=agency))
    assert first.award is not None
    assert first.award.amount_minor == 300_000
    alone = queries.current_quote(session, second := assessed(firm, agency=agency), now=NOW, granting=True)
    link = aid.declare_link(
        session,
        firm,
        name=sister.name,
        country=sister.country,
        company_number=sister.company_number or "",
        by=factories.user(firm),
        now=NOW,
    )
    declared = queries.current_quote(session, second, now=NOW, granting=True)
    aid.confirm_link(session, link, by=factories.officer(agency), now=NOW)
    confirmed = queries.current_quote(session, second, now=NOW, granting=True)
    assert [quote and quote.support_minor for quote in (alone, declared, confirmed)] == [300_000, 300_000, 0]


def test_aid_older_than_the_window_does_not_count(session: Session) -> None:
    firm = factories.organisation()
    approved(session, assessed(firm), now=NOW - timedelta(days=3 * 365 + 2))
    quote = queries.current_quote(session, assessed(firm), now=NOW, granting=True)
    assert quote is not None
    assert quote.support_minor == 300_000


def test_withdrawal_corrects_the_ledger_and_frees_the_ceiling(session: Session) -> None:
    firm = factories.organisation()
    first = approved(session, assessed(firm))
    service.withdraw(session, first, by=first.contact, now=NOW)
    assert entries(session) == [(AidKind.GRANTED, 300_000), (AidKind.CORRECTED, 300_000)]
    quote = queries.current_quote(session, assessed(firm), now=NOW, granting=True)
    assert quote is not None
    assert quote.support_minor == 300_000


def test_a_firm_that_leaves_an_award_keeps_no_aid_of_it(session: Session) -> None:
    made = assessed(*(factories.organisation() for _ in range(3)))
    approved(session, made)
    third = made.members[2]
    assert made.group is not None
    place = queries.place_of_firm(made.group, third.firm_id)
    assert place is not None
    service.leave(session, place, by=factories.user(third.firm), now=NOW)
    left = {each.firm_id: 0 for each in session.scalars(sa.select(AidEntry))}
    for each in session.scalars(sa.select(AidEntry)):
        left[each.firm_id] += each.amount_minor if each.kind is AidKind.GRANTED else -each.amount_minor
    assert left[third.firm_id] == 0


def test_aid_in_another_currency_counts_at_the_rate_of_its_day(session: Session) -> None:
    agency = factories.agency()
    finance, firm = factories.user(agency, Role.FINANCE), factories.organisation()
    values: dict[str, Any] = {"agency_id": agency.id, "reference": "elsewhere", "by": finance, "now": NOW}
    soles = Money(400_000, "PEN")
    with pytest.raises(Conflict, match="exchange_rate_missing"):
        aid.enter_aid(session, AidKind.DECLARED, firm.id, CEILING, soles, granted_on=NOW.date(), **values)
    for day, rate in ((date(2026, 1, 1), "0.25"), (date(2026, 12, 1), "0.5")):
        aid.save_exchange_rate(session, agency.id, "PEN", "EUR", day, Decimal(rate), by=finance, now=NOW)
    aid.enter_aid(session, AidKind.DECLARED, firm.id, CEILING, soles, granted_on=date(2026, 6, 1), **values)
    quote = queries.current_quote(session, assessed(firm, agency=agency), now=NOW, granting=True)
    assert quote is not None
    assert quote.support_minor == 200_000
    assert ledger.exchange_rate(session, agency.id, "EUR", "PEN", date(2027, 1, 1)) == 2


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(1, 200_000), max_size=6))
def test_corrections_never_take_more_than_was_entered(session: Session, cuts: list[int]) -> None:
    firm, agency = factories.organisation(), factories.agency()
    aid.enter_aid(
        session,
        AidKind.GRANTED,
        firm.id,
        CEILING,
        Money(300_000, "EUR"),
        agency_id=agency.id,
        granted_on=NOW.date(),
        reference=f"award:of {firm.id}",
        by=None,
        now=NOW,
    )
    left = 300_000
    for cut in cuts:
        aid.correct_aid(session, f"award:of {firm.id}", firm.id, cut, by=None, now=NOW)
        left = max(0, left - cut)
        session.flush()
        assert sum(each.left.minor for each in ledger.aid_of_undertakings(session, [firm], besides="")) == left


def test_ledger_refuses_changes(session: Session) -> None:
    approved(session, assessed(factories.organisation()))
    with pytest.raises(DatabaseError, match="append-only"), session.begin_nested():
        session.execute(sa.text("DELETE FROM aid_entry"))


def test_register_gets_each_entry_once_and_says_what_is_due(session: Session, sign_in: SignIn) -> None:
    firm = factories.organisation(name="=Firm()")
    made = approved(session, assessed(firm))
    officer = sign_in(factories.officer(made.call.fair.agency))
    assert "12 Feb 2027" in officer.get("/staff/aid").text
    assert officer.post("/staff/aid/exports").status_code == 303
    assert officer.post("/staff/aid/exports").status_code == 422
    page = officer.get("/staff/aid").text
    assert "The register has everything." in page
    address = page.partition('href="/staff/aid/exports/')[2].partition('"')[0]
    (row,) = csv.DictReader(io.StringIO(officer.get(f"/staff/aid/exports/{address}").text))
    assert (row["beneficiary"], row["amount"], row["granted_on"]) == ("'=Firm()", "3000.00", "2027-01-15")


def test_firm_declares_and_staff_confirm_through_the_screen(session: Session, sign_in: SignIn) -> None:
    firm, sister = factories.organisation(), factories.organisation(company_number="20100055237")
    made = assessed(firm)
    owner = sign_in(made.contact)
    bad = {"name": "Sister", "country": "PE", "company_number": "1"}
    assert owner.post("/linked-firms", data=bad).status_code == 422
    good = bad | {"company_number": "20100055237"}
    assert owner.post("/linked-firms", data=good).status_code == 303
    link = session.scalars(sa.select(FirmLink)).one()
    assert "Not confirmed yet" in owner.get("/linked-firms").text
    assert sign_in(factories.officer()).post(f"/staff/firm-links/{link.id}/confirm").status_code == 404
    officer = sign_in(factories.officer(made.call.fair.agency))
    assert "Sister" in officer.get("/staff/aid").text
    assert officer.post(f"/staff/firm-links/{link.id}/confirm").status_code == 303
    session.expire_all()
    assert link.state == LinkState.CONFIRMED
    assert firm.undertaking_id is not None
    assert firm.undertaking_id == sister.undertaking_id


def test_staff_enter_by_hand_what_a_firm_was_granted_elsewhere(session: Session, sign_in: SignIn) -> None:
    made = assessed(firm := factories.organisation(company_number="20100055237", country="PE"))
    stranger = factories.organisation(company_number="20131312955", country="PE")
    officer = sign_in(by := factories.officer(made.call.fair.agency))
    form = {
        "country": "PE",
        "company_number": "2010005523-7",
        "regime": "de_minimis",
        "currency": "EUR",
        "amount": "1,000.50",
        "granted_on": "2026-05-01",
        "source": "Regional fund; letter of 3 May 2026",
    }
    address = "/staff/aid/entries"
    for wrong, says in (
        ({"company_number": stranger.company_number}, "No firm with this number has applied to you."),
        ({"company_number": "1"}, "This is not a company number of that country."),
        ({"granted_on": "2099-01-01"}, "This day lies in the future."),
        ({"source": ""}, "Error"),
    ):
        answer = officer.post(address, data=form | wrong)
        assert (answer.status_code, says in answer.text, "1,000.50" in answer.text) == (422, True, True)
    assert officer.post(address, data=form | {"currency": "PEN"}).status_code == 409
    assert officer.post(address, data=form).status_code == 303
    again = officer.post(address, data=form)
    assert (again.status_code, "The ledger has this aid already." in again.text) == (422, True)
    entry = session.scalars(sa.select(AidEntry)).one()
    assert (entry.kind, entry.amount, entry.reference) == (AidKind.DECLARED, Money(100_050, "EUR"), form["source"])
    assert [(each.action, each.actor_id) for each in history(session, "aid_entry", entry.id)] == [
        ("aid:declared", by.id)
    ]
    page = officer.get("/staff/aid").text
    assert ("€1,000.50" in page, "De minimis aid" in page) == (True, True)
    quote = queries.current_quote(session, made, now=NOW, granting=True)
    assert quote is not None
    assert (firm.id, quote.support_minor) == (entry.firm_id, 199_950)


def test_link_made_by_mistake_is_taken_back_with_its_reason(session: Session, sign_in: SignIn) -> None:
    firm, middle, far = (factories.organisation() for _ in range(3))
    made = assessed(firm)
    officer = factories.officer(made.call.fair.agency)
    links = [linked(session, *pair, by=officer) for pair in ((firm, middle), (middle, far))]
    assert len({each.undertaking_id for each in (firm, middle, far)}) == 1
    staff, address = sign_in(officer), f"/staff/firm-links/{links[0].id}/end"
    assert address in staff.get("/staff/aid").text
    assert staff.post(address, data={"reason": ""}).status_code == 422
    assert staff.post(address, data={"reason": "Another firm of the same name."}).status_code == 303
    session.expire_all()
    assert (links[0].state, firm.undertaking_id) == (LinkState.ENDED, None)
    assert middle.undertaking_id == far.undertaking_id is not None
    (event,) = [each for each in history(session, "firm_link", links[0].id) if each.action == "firm_link:end"]
    assert (event.actor_id, event.data["reason"]) == (officer.id, "Another firm of the same name.")
    assert staff.post(address, data={"reason": "Again."}).status_code == 409
    aid.end_link(session, links[1], "Sold.", by=officer, now=NOW)
    assert [each.undertaking_id for each in (middle, far)] == [None, None]


def test_firms_that_another_link_holds_together_stay_together(session: Session) -> None:
    firm, middle, far = (factories.organisation() for _ in range(3))
    officer = factories.officer()
    links = [linked(session, *pair, by=officer) for pair in ((firm, middle), (middle, far), (far, firm))]
    aid.end_link(session, links[1], "Sold.", by=officer, now=NOW)
    assert len({each.undertaking_id for each in (firm, middle, far)}) == 1


def linked(session: Session, firm: Organisation, other: Organisation, *, by: User) -> FirmLink:
    link = aid.declare_link(
        session,
        firm,
        name=other.name,
        country=other.country,
        company_number=other.company_number or "",
        by=by,
        now=NOW,
    )
    aid.confirm_link(session, link, by=by, now=NOW)
    return link


@given(
    firms=st.sets(st.integers(1, 12)),
    links=st.lists(st.tuples(st.integers(1, 14), st.integers(1, 14)), max_size=12),
)
def test_every_firm_is_in_one_part_and_linked_firms_in_the_same(firms: set[int], links: list[tuple[int, int]]) -> None:
    parts = held_together(firms, links)
    assert sorted(firm for part in parts for firm in part) == sorted(firms)
    assert [len(part) for part in parts] == sorted(map(len, parts), reverse=True)
    assert all(one in part for part in parts for one, other in links if other in part and one in firms)
    assert parts == held_together(firms, [(other, one) for one, other in reversed(links)])


def test_rate_is_typed_with_a_point_and_once_a_day(session: Session, sign_in: SignIn) -> None:
    finance = sign_in(factories.user(factories.agency(), Role.FINANCE))
    form = {"currency": "PEN", "into": "EUR", "rate": "0,24", "since_on": "2027-01-01"}
    assert finance.post("/staff/exchange-rates", data=form).status_code == 422
    assert finance.post("/staff/exchange-rates", data=form | {"into": "PEN", "rate": "0.24"}).status_code == 422
    assert finance.post("/staff/exchange-rates", data=form | {"rate": "0.24"}).status_code == 303
    assert finance.post("/staff/exchange-rates", data=form | {"rate": "0.25"}).status_code == 409
    assert "PEN → EUR" in finance.get("/staff/aid").text


def test_register_has_twenty_working_days() -> None:
    assert register_by(date(2026, 10, 9)) == date(2026, 11, 6)
    assert register_by(date(2027, 1, 15)) == date(2027, 2, 12)
