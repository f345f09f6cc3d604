"""The editor of a scheme's rules: sections, rows, documents, versions, renewals - without a line of JSON typed."""

import io
import json
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.subsidies.forms import SECTIONS
from fairlink.subsidies.forms.words import CHOICES, LABELS, label_of
from fairlink.subsidies.models import Scheme, SchemeRenewal
from fairlink.subsidies.rules import Rules, read_rules, rules_to_dict
from fairlink.subsidies.rules.shapes import object_shape
from fairlink.subsidies.rules.worked import examples
from tests import factories
from tests.journeys.visitor import FormOnPage, Page

SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def officer(session: Session) -> User:
    return factories.officer()


@pytest.fixture
def staff(sign_in: SignIn, officer: User) -> FlaskClient:
    return sign_in(officer)


@pytest.fixture
def scheme(officer: User) -> Scheme:
    assert officer.organisation is not None
    made = factories.scheme(officer.organisation, name="Groups abroad", sunset_on=date(2099, 12, 31))
    factories.scheme_version(made, officer)
    return made


class Editor:
    """A person at the pages of one scheme's sections, who changes some fields and leaves the rest."""

    def __init__(self, staff: FlaskClient, session: Session, scheme: Scheme) -> None:
        self.staff, self.session, self.scheme = staff, session, scheme

    def form(self, section: str) -> FormOnPage:
        address = f"/staff/schemes/{self.scheme.id}/edit?section={section}"
        return Page(address, 200, self.staff.get(address).text).form("seen")

    def press(self, section: str, form: FormOnPage, button: str, value: str = "1") -> FormOnPage:
        """The form as it comes back after a press that adds or removes a row."""
        page = self.send(section, form, **{button: value})
        return Page("", 200, page.text).form("seen")

    def send(self, section: str, form: FormOnPage, **filled: Any) -> Any:
        data = form.values | filled
        return self.staff.post(f"/staff/schemes/{self.scheme.id}/edit?section={section}", data=data)

    def change(self, section: str, **filled: Any) -> Any:
        return self.send(section, self.form(section), **filled)

    @property
    def rules(self) -> Rules:
        self.session.expire_all()
        return self.scheme.current.document


@pytest.fixture
def editor(staff: FlaskClient, session: Session, scheme: Scheme) -> Editor:
    return Editor(staff, session, scheme)


def test_sections_say_all_that_a_document_can_hold() -> None:
    keys = [key for section in SECTIONS.values() for key in section.keys]
    assert sorted([*keys, "format"]) == sorted(each.name for each in fields(Rules))


def test_every_part_of_the_rules_has_its_words() -> None:
    schema_of = object_shape(Rules)
    definitions: dict[str, Any] = {}
    schema_of.schema(definitions)
    named = set()
    for name, definition in definitions.items():
        owner = type(name, (), {})
        for key in definition["properties"]:
            hidden = key == "code" and name not in ("CostClass", "AidCeiling", "Criterion")
            if key != "format" and not hidden:
                assert label_of(owner, key)
                named |= {key, f"{name}.{key}"}
    assert set(LABELS) <= named, "labels of parts that are no more"
    assert all(set(kind) == set(names) for kind, names in CHOICES.items())


@pytest.mark.parametrize("name", sorted(examples()))
def test_every_public_programme_can_be_said_in_the_form(editor: Editor, session: Session, name: str) -> None:
    """What the sections show of it, sent back untouched, are the same rules to the last key."""
    rules = examples()[name]
    editor.scheme.current.rules, editor.scheme.sunset_on = rules_to_dict(rules), rules.sunset_on
    session.commit()
    for section in SECTIONS:
        assert editor.change(section).status_code == 302, section
    assert editor.rules == rules
    assert [each.number for each in editor.scheme.versions] == [1]


def test_a_scheme_is_built_without_a_line_of_json(editor: Editor) -> None:
    editor.change("applicants", **{
        "group-min_firms": "5",
        "group-size_band-sizes": ["micro", "small"],
        "group-size_band-most_outside_bp": "30",
        "facts-0-name": "Agricultural",
        "facts-0-of": "firm",
        "facts-0-kind": "boolean",
        "facts-0-question": "Does the firm farm?",
        "eligibility-0-require-fact": "firm.years_trading",
        "eligibility-0-require-comparison": ">=",
        "eligibility-0-require-value": "1",
        "eligibility-0-reason": "A firm trades for a year first.",
    })  # fmt: skip
    form = editor.press("rates", editor.form("rates"), "add-rates-base")
    form.values |= {
        "rates-base-0-rate_bp": ["60"],
        "rates-base-0-when-fact": ["firm.agricultural"],
        "rates-base-1-rate_bp": ["50"],
        "rates-uplifts-0-add_bp": ["5"],
        "rates-uplifts-0-when-fact": ["firm.turnover_minor"],
        "rates-uplifts-0-when-comparison": ["<"],
        "rates-uplifts-0-when-value": ["1,000,000"],
        "add_ons-handling_fee-share_bp": ["15"],
    }
    # The new question is known here since the page was made after it was saved.
    assert editor.send("rates", form).status_code == 302
    rules = editor.rules
    assert (rules.group.min_firms, [size.value for size in rules.group.size_band.sizes]) == (5, ["micro", "small"])  # type: ignore[union-attr]
    assert rules.eligibility[0].require.text == "firm.years_trading >= 1"
    assert [(each.rate_bp, each.when and each.when.text) for each in rules.rates.base] == [
        (6000, "firm.agricultural"),
        (5000, None),
    ]
    assert len({each.code for each in rules.rates.base}) == 2
    uplift = rules.rates.uplifts[0]
    assert (uplift.add_bp, uplift.when and uplift.when.text) == (500, "firm.turnover_minor < 100000000")
    assert rules.add_ons.handling_fee is not None
    page = editor.staff.get(f"/staff/schemes/{editor.scheme.id}").text
    for words in (
        "60% of the cost, if the answer to “Does the firm farm?” is yes.",
        "5% points more. Only if the turnover of the firm is less than €1,000,000.00.",
        "The years of trading is at least 1. If not: A firm trades for a year first.",
        "At most 30% of the firms may be of another size than: Micro, Small.",
    ):
        assert words in page.replace("&#34;", '"'), words


def test_rows_within_rows_come_and_go(editor: Editor) -> None:
    form = editor.form("rates")
    form.values |= {"rates-tapers-0-by": ["participations"], "rates-tapers-0-steps-0-since": ["1"]}
    form.values |= {"rates-tapers-0-steps-0-add_bp": ["-5"]}
    form = editor.press("rates", form, "add-rates-tapers-0-steps")
    form.values |= {"rates-tapers-0-steps-1-since": ["3"], "rates-tapers-0-steps-1-factor_bp": ["50"]}
    assert editor.send("rates", form).status_code == 302
    steps = editor.rules.rates.tapers[0].steps
    assert [(step.since, step.add_bp, step.factor_bp) for step in steps] == [(1, -500, None), (3, None, 5000)]
    form = editor.press("rates", editor.form("rates"), "remove-rates-tapers-0-steps", "0")
    assert editor.send("rates", form).status_code == 302
    assert [step.since for step in editor.rules.rates.tapers[0].steps] == [3]


def test_a_rule_that_cannot_be_meant_is_refused_beside_its_field(editor: Editor) -> None:
    before = editor.rules
    form = editor.press("caps", editor.form("caps"), "add-caps")
    form.values |= {"caps-1-scope": ["class_firm"], "caps-1-amount_minor": ["100"]}
    response = editor.send("caps", form)
    assert response.status_code == 422
    assert 'href="#caps-1-classes-0"' in response.text
    assert "A cap on a class needs its classes" in response.text
    assert editor.rules == before


def test_what_another_section_still_needs_cannot_go(editor: Editor, session: Session) -> None:
    cap = {"code": "c", "scope": "class_firm", "amount_minor": 1, "classes": ["travel"]}
    editor.scheme.current.rules = rules_to_dict(editor.rules) | {"caps": [cap]}
    session.commit()
    place = [each.code for each in editor.rules.cost_classes].index("travel")
    form = editor.press("costs", editor.form("costs"), "remove-cost_classes", str(place))
    response = editor.send("costs", form)
    assert response.status_code == 422
    assert "$.caps[0].classes[0]" in response.text


@pytest.mark.parametrize(
    ("filled", "message"),
    [
        ({"eligibility-0-reason": "Because."}, "Enter this."),
        ({"eligibility-0-require-fact": "firm.staff", "eligibility-0-reason": "r"}, "“” is not a number."),
        ({"eligibility-0-require-written": "firm.staf > 1", "eligibility-0-reason": "r"}, "no fact"),
        ({"group-size_band-most_outside_bp": "10"}, "Enter this."),
        ({"group-max_firms": "1"}, "below the minimum"),
    ],
)
def test_what_is_missing_or_wrong_is_told_beside_its_field(
    editor: Editor, filled: dict[str, str], message: str
) -> None:
    response = editor.change("applicants", **filled)
    assert response.status_code == 422
    assert message in response.text.replace("&#39;", "'")
    assert "There is a problem" in response.text


def test_two_officers_do_not_overwrite_each_other(editor: Editor) -> None:
    form = editor.form("payment")
    editor.change("payment", **{"payment-advance_bp": "50"})
    late = editor.send("payment", form, **{"payment-advance_bp": "10"})
    assert late.status_code == 409
    assert editor.rules.payment.advance_bp == 5000


def test_a_frozen_version_stays_and_the_new_one_tells_what_changed(
    editor: Editor, staff: FlaskClient, session: Session
) -> None:
    editor.scheme.current.frozen_at = datetime(2027, 1, 1, tzinfo=UTC)
    before = editor.scheme.current.rules
    session.commit()
    assert "A call uses these rules" in staff.get(f"/staff/schemes/{editor.scheme.id}/edit").text
    editor.change("rates", **{"rates-base-0-rate_bp": "60"})
    session.expire_all()
    assert [each.number for each in editor.scheme.versions] == [1, 2]
    assert editor.scheme.versions[0].rules == before
    editor.change("basics", description="Clearer.")
    session.expire_all()
    assert (len(editor.scheme.versions), editor.scheme.description) == (2, "Clearer.")
    page = staff.get(f"/staff/schemes/{editor.scheme.id}/changes").text
    assert "<del>50% of the cost.</del>" in page
    assert "<ins>60% of the cost.</ins>" in page
    assert "Limits" not in page


def test_database_keeps_a_frozen_version(session: Session, scheme: Scheme) -> None:
    scheme.current.frozen_at = datetime(2027, 1, 1, tzinfo=UTC)
    session.flush()
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        session.execute(sa.text("UPDATE scheme_version SET rules = '{}' WHERE id = :id"), {"id": scheme.current.id})


def test_a_document_goes_out_and_comes_in_again(staff: FlaskClient, session: Session, scheme: Scheme) -> None:
    exported = staff.get(f"/staff/schemes/{scheme.id}/export")
    assert exported.headers["Content-Disposition"].startswith("attachment; filename=scheme-")
    document = json.loads(exported.data) | {"name": "Elsewhere"}
    file = (io.BytesIO(json.dumps(document).encode()), "rules.json")
    response = staff.post("/staff/schemes/import", data={"file": file})
    made = session.scalars(sa.select(Scheme).where(Scheme.name == "Elsewhere")).one()
    assert response.location == f"/staff/schemes/{made.id}"
    assert made.current.document == read_rules(document)
    text = json.dumps(document | {"name": "Replaced"})
    assert staff.post(f"/staff/schemes/{made.id}/import", data={"text": text}).status_code == 302
    session.expire_all()
    assert made.name == "Replaced"


def test_a_broken_document_is_told_path_and_reason(staff: FlaskClient, session: Session, scheme: Scheme) -> None:
    document = rules_to_dict(scheme.current.document) | {"name": "Broken", "colour": "red", "sunset_on": "soon"}
    response = staff.post("/staff/schemes/import", data={"text": json.dumps(document)})
    assert response.status_code == 422
    assert "$.colour: unknown key &#39;colour&#39;" in response.text
    assert "$.sunset_on: must be a date as YYYY-MM-DD" in response.text
    assert "<script>" not in staff.post("/staff/schemes/import", data={"text": "<script>"}).text
    assert session.scalar(sa.select(sa.func.count(Scheme.id))) == 1


def test_a_public_programme_is_a_beginning(staff: FlaskClient, session: Session) -> None:
    page = Page("", 200, staff.get("/staff/schemes/import?example=spain_icex").text)
    text = page.form("text").values["text"][0]
    staff.post("/staff/schemes/import", data={"text": text})
    assert session.scalars(sa.select(Scheme)).one().current.document == examples()["spain_icex"]


def test_a_renewal_is_recorded_and_lets_calls_open_later(
    staff: FlaskClient, session: Session, scheme: Scheme, officer: User
) -> None:
    address = f"/staff/schemes/{scheme.id}/renew"
    refused = staff.post(address, data={"until_on": "2099-12-31", "reason": "More."})
    assert "The new last day must be after 2099-12-31." in refused.text
    assert staff.post(address, data={"until_on": "2101-12-31", "reason": "Orders came."}).status_code == 302
    renewal = session.scalars(sa.select(SchemeRenewal)).one()
    assert (renewal.by_id, renewal.from_on, renewal.until_on) == (officer.id, date(2099, 12, 31), date(2101, 12, 31))
    session.expire_all()
    assert scheme.sunset_on == date(2101, 12, 31)
    page = staff.get(f"/staff/schemes/{scheme.id}").text
    assert "Orders came." in page


def test_the_last_day_of_a_scheme_in_use_cannot_simply_be_moved(editor: Editor, session: Session) -> None:
    editor.change("basics", sunset_on="2100-06-30")
    assert (editor.rules.sunset_on, editor.scheme.sunset_on) == (date(2100, 6, 30), date(2100, 6, 30))
    editor.scheme.current.frozen_at = datetime(2027, 1, 1, tzinfo=UTC)
    session.commit()
    response = editor.change("basics", sunset_on="2100-12-31")
    assert response.status_code == 422
    assert "a later last day needs a recorded renewal" in response.text


def test_rules_are_tried_on_a_made_up_group(staff: FlaskClient, scheme: Scheme) -> None:
    address = f"/staff/schemes/{scheme.id}/try"
    form = Page("", 200, staff.get(address).text).form("starts_on")
    form.values["costs-0-amount"] = ["20,000.00"]
    page = Page("", 200, staff.post(address, data=form.values).text)
    assert "€3,000.00" in page.text
    assert "At most €3,000.00 per firm and fair" in page.text or "€3,000.00" in page.text
    assert "Firm 2" in page.text
    alone = staff.post(address, data={**form.values, "remove-firms": "1"})
    form = Page("", 200, alone.text).form("starts_on")
    refused = Page("", 200, staff.post(address, data=form.values).text)
    assert "The group has 1 eligible firms; it needs at least 2." in refused.text


@pytest.mark.parametrize("name", sorted(examples()))
def test_every_example_is_tried_and_shows_its_worked_applications(
    staff: FlaskClient, session: Session, scheme: Scheme, name: str
) -> None:
    rules = examples()[name]
    scheme.current.rules = rules_to_dict(rules)
    session.commit()
    address = f"/staff/schemes/{scheme.id}/try"
    form = Page("", 200, staff.get(address).text).form("starts_on")
    assert staff.post(address, data=form.values).status_code == 200
    worked = staff.get(f"{address}?sample=2")
    assert "Worked out by hand" in worked.text
