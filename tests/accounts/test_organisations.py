"""Registering a firm or a buyer's company, its products and its figures."""

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts import queries, service
from fairlink.accounts.forms import years_asked
from fairlink.accounts.models import Organisation, User
from fairlink.accounts.states import Kind, Role
from fairlink.audit.queries import history
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Conflict, Invalid
from tests import factories

SignIn = Callable[[User], FlaskClient]
FIRM = {
    "name": "Tejidos del Sur",
    "country": "PE",
    "company_number": "20-51233379-7",
    "sectors": ["alpaca", "footwear"],
    "city": "Arequipa",
    "region": "Arequipa",
    "phone": "054 215 530",
    "website": "tejidosdelsur.test",
    "founded_year": "1998",
    "description": "Alpaca **scarves**",
}


def registered(session: Session, user: User) -> Organisation:
    session.expire_all()
    found = queries.organisation(session, user.organisation_id)
    assert found is not None
    return found


def test_a_confirmed_person_registers_a_firm_and_owns_it(sign_in: SignIn, session: Session) -> None:
    user = factories.user(intended_kind=Kind.FIRM)
    browser = sign_in(user)
    assert "Register your firm" in browser.get("/organisation/new").text
    assert browser.post("/organisation/new", data=FIRM).location == "/organisation/products"
    firm = registered(session, user)
    assert (firm.kind, firm.name, firm.country, firm.company_number) == (
        Kind.FIRM,
        "Tejidos del Sur",
        "PE",
        "20512333797",
    )
    assert [sector.code for sector in firm.sectors] == ["alpaca", "footwear"]
    assert (firm.city, firm.phone, firm.website) == ("Arequipa", "+5154215530", "https://tejidosdelsur.test")
    assert (firm.founded_year, firm.description) == (1998, "Alpaca **scarves**")
    assert user.roles == {Role.OWNER}
    assert [event.action for event in history(session, "organisation", firm.id)] == ["organisation:register"]


def test_a_buyer_registers_a_company_without_a_number(sign_in: SignIn, session: Session) -> None:
    user = factories.user(intended_kind=Kind.BUYER)
    browser = sign_in(user)
    page = browser.get("/organisation/new").text
    assert "Register your company" in page
    assert "company_number" not in page
    data = {"name": "Nordic Shoes", "country": "SE", "sectors": "footwear", "city": "Malmö", "phone": "+46 40 12 34 56"}
    assert browser.post("/organisation/new", data=data).location == "/organisation/products"
    buyer = registered(session, user)
    assert (buyer.kind, buyer.company_number, buyer.phone) == (Kind.BUYER, None, "+4640123456")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"company_number": "20512333798"}, "This is not a RUC. Check every digit."),
        ({"country": "BO", "company_number": "??"}, "This is not a company number."),
        ({"company_number": ""}, "Enter this."),
        ({"country": "ZZ"}, "Choose one of these."),
        ({"sectors": []}, "Choose at least one."),
        ({"sectors": ["magic"]}, "Choose one of these."),
        ({"phone": "12"}, "Enter a telephone number with its country prefix"),
        ({"website": "javascript:alert(1)"}, "Enter a web address like"),
        ({"website": 'https://a.test/"onclick'}, "Enter a web address like"),
        ({"founded_year": "2199"}, "This year is yet to come."),
        ({"name": "Buy at www.e.test"}, "A name has no web address in it."),
    ],
)
def test_registering_refuses_and_keeps_what_was_typed(
    sign_in: SignIn, session: Session, changed: dict[str, str], message: str
) -> None:
    user = factories.user()
    answer = sign_in(user).post("/organisation/new", data=FIRM | changed)
    assert answer.status_code == 422
    assert message in answer.text
    assert "Alpaca **scarves**" in answer.text
    session.refresh(user)
    assert user.organisation_id is None


def test_a_company_is_registered_once(sign_in: SignIn) -> None:
    factories.organisation(country="PE", company_number="20512333797")
    answer = sign_in(factories.user()).post("/organisation/new", data=FIRM)
    assert answer.status_code == 422
    assert "This company is already registered." in answer.text


def test_the_same_number_of_another_country_is_another_company(sign_in: SignIn) -> None:
    factories.organisation(country="BO", company_number="20512333797")
    assert sign_in(factories.user()).post("/organisation/new", data=FIRM).status_code == 302


def test_nobody_registers_an_agency_or_a_second_organisation(sign_in: SignIn) -> None:
    assert "Register your firm" in sign_in(factories.user()).get("/organisation/new?kind=agency").text
    assert sign_in(factories.owner()).post("/organisation/new", data=FIRM).status_code == 403


def test_two_registrations_at_once_leave_one(session: Session, now: datetime) -> None:
    user = factories.user()
    details = service.Details(name="Tejidos")
    with unit_of_work(session):
        service.register_organisation(session, Kind.BUYER, details, country="PE", by=user, now=now)
    with pytest.raises(Conflict, match="already_member"), unit_of_work(session):
        service.register_organisation(session, Kind.BUYER, details, country="PE", by=user, now=now)


def test_the_owner_edits_but_country_and_number_stay(sign_in: SignIn, session: Session) -> None:
    owner = factories.owner()
    firm = registered(session, owner)
    before = (firm.country, firm.company_number)
    assert "Company number" not in sign_in(owner).get("/organisation/edit").text.split("<form")[-1]
    data = FIRM | {"country": "BR", "company_number": "1", "phone": "+51 54 215530", "name": "Tejidos nuevos"}
    assert sign_in(owner).post("/organisation/edit", data=data).location == "/organisation"
    firm = registered(session, owner)
    assert (firm.name, (firm.country, firm.company_number)) == ("Tejidos nuevos", before)


def test_the_edit_page_holds_what_is_known(sign_in: SignIn) -> None:
    firm = factories.organisation(sectors=["alpaca", "leather"], phone="+5154215530", description="Scarves")
    page = sign_in(factories.user(firm)).get("/organisation/edit").text
    assert re.findall(r'<input checked[^>]* value="(\w+)"', page) == ["alpaca", "leather"]
    assert [text in page for text in ("+51 54 215530", "Scarves", 'value="Lima"')] == [True] * 3


def test_an_agency_edits_what_agencies_have(sign_in: SignIn, session: Session) -> None:
    officer = factories.officer()
    browser = sign_in(officer)
    assert 'name="sectors"' not in browser.get("/organisation/edit").text
    data = {"name": "PromPerú", "city": "Lima", "phone": "+51 1 616 7300"}
    assert browser.post("/organisation/edit", data=data).location == "/organisation"
    assert registered(session, officer).name == "PromPerú"


@pytest.mark.parametrize("path", ["/organisation/edit", "/organisation/products", "/organisation/years"])
def test_a_member_sees_but_does_not_edit(sign_in: SignIn, path: str) -> None:
    member = factories.user(factories.organisation(), Role.MEMBER)
    browser = sign_in(member)
    assert browser.get("/organisation").status_code == 200
    assert browser.get(path).status_code == 403
    assert browser.post(path, data=FIRM).status_code == 403


@pytest.mark.parametrize("path", ["/organisation", "/organisation/edit", "/organisation/colleagues"])
def test_pages_of_an_organisation_are_missing_for_those_without(sign_in: SignIn, path: str) -> None:
    assert sign_in(factories.user()).get(path).status_code == 404


def test_products_are_found_ticked_and_saved(sign_in: SignIn, session: Session) -> None:
    owner = factories.owner()
    browser = sign_in(owner)
    found = browser.post(
        "/organisation/products", data={"q": "footwear leather instep", "products": ["420221"], "find": "1"}
    )
    assert found.status_code == 200
    assert 'value="640320"' in found.text
    assert 'value="420221" checked' in found.text
    assert registered(session, owner).products == []
    saved = browser.post("/organisation/products", data={"q": "footwear", "products": ["420221", "640320"]})
    assert saved.location == "/organisation/years"
    assert [product.hs_code for product in registered(session, owner).products] == ["420221", "640320"]
    browser.post("/organisation/products", data={"products": ["640320"]})
    assert [product.hs_code for product in registered(session, owner).products] == ["640320"]


def test_notes_on_kept_products_survive_a_save(session: Session, now: datetime) -> None:
    owner = factories.owner()
    firm = registered(session, owner)
    service.set_products(session, firm, ["640320"], by=owner, now=now)
    firm.products[0].note = "Sandals from Cusco"
    service.set_products(session, firm, ["420221", "640320"], by=owner, now=now)
    session.flush()
    assert {product.hs_code: product.note for product in firm.products} == {
        "640320": "Sandals from Cusco",
        "420221": "",
    }


def test_a_code_that_does_not_exist_is_refused(sign_in: SignIn, session: Session) -> None:
    owner = factories.owner()
    answer = sign_in(owner).post("/organisation/products", data={"products": ["640320", "999998"]})
    assert answer.status_code == 422
    assert "999998 is not a product code of six digits." in answer.text
    assert 'value="640320" checked' in answer.text
    assert registered(session, owner).products == []


def test_figures_are_typed_in_the_language_and_currency_of_the_firm(sign_in: SignIn, session: Session) -> None:
    owner = factories.owner()
    owner.locale = "es"
    browser = sign_in(owner)
    year = years_asked()[0]
    page = browser.get("/organisation/years").text
    assert all(str(number) in page for number in years_asked())
    assert "PEN" in page
    data = {"years-0-staff": "12", "years-0-turnover": "1.250.000,50", "years-0-exports": "0"}
    assert browser.post("/organisation/years?currency=PEN", data=data).location == "/home"  # registered
    assert browser.post("/organisation/years?currency=PEN", data=data).location == "/organisation"
    (figures,) = registered(session, owner).years
    assert (figures.year, figures.staff, figures.turnover_minor, figures.exports_minor, figures.currency) == (
        year, 12, 125_000_050, 0, "PEN",
    )  # fmt: skip
    assert "1.250.000,50" in browser.get("/organisation").text
    assert 'value="1250000,50"' in browser.get("/organisation/years").text


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"staff": "12"}, "Enter this too; 0 if there was none."),
        ({"staff": "12", "turnover": "100", "exports": "100.01"}, "Exports are a part of the turnover"),
        ({"staff": "12", "turnover": "12,50", "exports": "0"}, "can be misread here"),
        ({"staff": "-1", "turnover": "1", "exports": "0"}, "Enter a number from"),
    ],
)
def test_half_or_impossible_figures_are_refused(
    sign_in: SignIn, session: Session, typed: dict[str, str], message: str
) -> None:
    owner = factories.owner()
    data = {f"years-1-{name}": text for name, text in typed.items()}
    answer = sign_in(owner).post("/organisation/years?currency=EUR", data=data)
    assert answer.status_code == 422
    assert message in answer.text
    assert f'value="{typed["staff"]}"' in answer.text
    assert registered(session, owner).years == []


def test_figures_of_a_year_are_replaced_and_others_stay(session: Session, now: datetime) -> None:
    owner = factories.owner()
    firm = registered(session, owner)
    first = [service.YearFigures(2025, 5, 1000, 0, "PEN"), service.YearFigures(2026, 6, 2000, 100, "PEN")]
    service.set_years(session, firm, first, by=owner, now=now)
    service.set_years(session, firm, [service.YearFigures(2026, 7, 3000, 100, "PEN")], by=owner, now=now)
    assert [(each.year, each.staff, each.turnover_minor) for each in firm.years] == [(2026, 7, 3000), (2025, 5, 1000)]
    with pytest.raises(Invalid, match="exports_above_turnover"):
        service.set_years(session, firm, [service.YearFigures(2024, 1, 10, 11, "PEN")], by=owner, now=now)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("6403.99", "6403"),
        ("640", "640"),
        ("footwear", "64"),
        ("zapatos", "64"),
        ("calçados de couro", "41"),
        ("Chompas", "6110"),
        ("scarves", "6117"),
        ("café", "0901"),
        ("handbags", "4202"),
        ("joyería", "7113"),
    ],
)
def test_product_codes_are_found_by_digits_and_by_everyday_words(client: FlaskClient, text: str, first: str) -> None:
    answer = client.get("/hs-codes", query_string={"q": text}, headers={"Accept": "application/json"})
    assert answer.json
    assert first in {each["code"][: len(first)] for each in answer.json[:5]}


@pytest.mark.parametrize("text", ["", "x", "%%", "((", "xqzw vvkk", "999998"])
def test_nonsense_finds_no_product_codes(client: FlaskClient, text: str) -> None:
    answer = client.get("/hs-codes", query_string={"q": text}, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json) == (200, [])


def test_misspelt_product_words_are_forgiven(client: FlaskClient) -> None:
    answer = client.get("/hs-codes?q=furnitur", headers={"Accept": "application/json"})
    assert answer.json is not None
    assert "9403" in {each["code"][:4] for each in answer.json}


def test_product_codes_are_a_page_too(client: FlaskClient) -> None:
    page = client.get("/hs-codes?q=640399")
    assert page.status_code == 200
    assert "640399" in page.text.partition("<dl")[2]


def test_what_a_firm_says_of_itself_is_shown_as_text(sign_in: SignIn, session: Session) -> None:
    owner = factories.owner(name="<script>alert(1)</script>")
    firm = registered(session, owner)
    firm.name, firm.description = "<img src=x onerror=alert(1)>", "[x](javascript:alert(1)) <script>alert(2)</script>"
    session.commit()
    page = sign_in(owner).get("/organisation").text
    assert "<script>alert" not in page
    assert "<img" not in page
    assert 'href="javascript:' not in page


def test_an_agency_is_made_by_the_operator_who_invites_its_first_officer(session: Session, now: datetime) -> None:
    made = service.register_agency(
        session, name="PromPerú", country="PE", officer_email="officer@promperu.test", locale="es", now=now
    )
    (invitation,) = queries.invitations(session, made.id, now=now)
    assert (made.kind, invitation.email, invitation.roles, invitation.invited_by) == (
        Kind.AGENCY, "officer@promperu.test", ["officer"], None,
    )  # fmt: skip


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_of_an_organisation_takes_as_many_statements_for_three_products_as_for_one(
    sign_in: SignIn, session: Session, statements: list[str], number: int
) -> None:
    owner = factories.user(factories.organisation(products=["640320", "420221", "640399"][:number]))
    firm = registered(session, owner)
    for year in years_asked()[:number]:
        factories.firm_year(firm, year)
    browser = sign_in(owner)
    statements.clear()
    assert browser.get("/organisation").status_code == 200
    assert len(statements) == 5
