"""The page that shows every component in every state, each beside the call that makes it."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, FieldList, FormField, TextAreaField
from wtforms import Form as PlainForm
from wtforms.validators import Optional

from fairlink.kernel.money import Money
from fairlink.policy import Can
from fairlink.web.access import guarded
from fairlink.web.fields import (
    CountryField,
    EmailField,
    Form,
    LocalDateField,
    LocalTimeField,
    MoneyField,
    MultiCheckboxField,
    RadioField,
    RateField,
    Required,
    SelectField,
    TextField,
    UploadField,
)
from fairlink.web.pagination import Page

bp = Blueprint("styleguide", __name__)

#: Sections in reading order; the samples of each are in templates/styleguide/<name>.html.
SECTIONS = {
    "words": "Words and figures",
    "buttons": "Buttons",
    "fields": "Fields",
    "errors": "Errors in forms",
    "notices": "Notices, states and emptiness",
    "lists": "Lists, tables and cards",
    "chain": "The chain, tasks and progress",
    "navigation": "Navigation",
    "charts": "Charts",
}

_IMPORTS = {
    "display": (
        "card, data_table, date, empty_state, icon, item_list, local_time, money, more, notice, page_header, progress, "
        "stat_tiles, state_tag, summary_list, task_list, time_range, timeline"
    ),
    "forms": (
        "actions, button, copy_button, danger_confirm, error_summary, field, fields, form_tag, group, link_button, "
        "pair, post_button, rows"
    ),
    "navigation": "breadcrumbs, filter_form, pagination, search_field, tabs",
    "chart": "bar_chart, curve_chart",
}
_HEADER = "".join(f'{{% from "components/{name}.html" import {macros} %}}' for name, macros in _IMPORTS.items())

#: In the section files each sample begins with a line such as {# state: long text #}.
_SAMPLE = re.compile(r"^\{# state: (.+) #\}\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sample:
    """One component in one state: the call and what it makes."""

    state: str
    source: str
    html: Markup


class CostForm(PlainForm):
    """One of several rows; the form around them has the token."""

    what = TextField("What it is for", validators=[Required()])
    cost = MoneyField("Cost", currency="EUR", validators=[Required()])


class SampleForm(Form):
    """One field of every kind."""

    name = TextField("Name of the fair", validators=[Required()], description="As it is known abroad.")
    email = EmailField("E-mail address", validators=[Required()])
    country = CountryField("Country", validators=[Required()])
    kind = SelectField("Kind of stand", choices=[("row", "Row"), ("corner", "Corner")], blank="Choose a kind")
    support = RadioField("Support", choices=[("yes", "Yes, for all members"), ("no", "No")], validators=[Required()])
    sectors = MultiCheckboxField(
        "Sectors",
        choices=[("food", "Food and drink"), ("footwear", "Footwear"), ("textiles", "Textiles and clothing")],
        validators=[Required()],
    )
    amount = MoneyField("Stand space", currency="EUR", validators=[Required()], description="Without tax.")
    rate = RateField("Co-financing rate", validators=[Required()])
    starts_on = LocalDateField("First day", validators=[Required()])
    opens = LocalTimeField("Opens at", validators=[Required()])
    motivation = TextAreaField("What do you want to achieve?", validators=[Optional()])
    offer = UploadField("Offer of the organiser", validators=[Optional()], description="PDF, at most 5 MB.")
    lines = FieldList(FormField(CostForm), "Costs", min_entries=1)
    terms = BooleanField("We have read the rules of the scheme", validators=[Required()])


@bp.get("/styleguide")
@guarded(Can.PUBLIC_READ)
def show() -> ResponseReturnValue:
    """Every component in every state."""
    sections = [(name, title, _samples(name)) for name, title in SECTIONS.items()]
    return render_template("styleguide.html", sections=sections)


def _samples(section: str) -> list[Sample]:
    loader = current_app.jinja_env.loader
    assert loader is not None
    source, _, _ = loader.get_source(current_app.jinja_env, f"styleguide/{section}.html")
    _, *parts = _SAMPLE.split(source)
    context = _context()
    return [
        Sample(state, text.strip(), Markup(current_app.jinja_env.from_string(_HEADER + text).render(context)))  # noqa: S704  # our own templates, escaped by Jinja
        for state, text in zip(parts[::2], parts[1::2], strict=True)
    ]


def _no_token(prefix: str) -> dict[str, Any]:
    # Samples are not sent anywhere; without a token in the cookie the page is the same for everybody.
    return {"meta": {"csrf": False}, "prefix": prefix}


def _context() -> dict[str, Any]:
    typed = {
        "name": " ",
        "email": "mara@",
        "amount": "1.250.5",
        "rate": "140",
        "starts_on": "0027-03-09",
        "support": "perhaps",
    }
    wrong = SampleForm(MultiDict({f"wrong-{name}": text for name, text in typed.items()}), **_no_token("wrong-"))
    wrong.validate()
    filled = SampleForm(
        None,
        **_no_token("filled-"),
        data={"name": "FIMEC", "country": "BR", "amount": Money(125050, "EUR"), "rate": 5000, "support": "yes"}
        | {"starts_on": date(2027, 3, 9), "sectors": ["food", "footwear"], "terms": True},
    )
    return {
        "form": SampleForm(None, **_no_token("")),
        "search": SampleForm(None, **_no_token("search-")),
        "wrong": wrong,
        "filled": filled,
        "amount": Money(125050, "EUR"),
        "day": date(2027, 3, 9),
        "start": datetime(2027, 3, 9, 13, 0, tzinfo=UTC),
        "end": datetime(2027, 3, 9, 13, 30, tzinfo=UTC),
        "page": Page([], "earlier", "later"),
        "funnel": [("Applications", 42), ("Awards", 27), ("Meetings held", 318), ("Orders confirmed", 19)],
        "orders": [
            ("Groups", Money(91_200_000, "EUR"), Money(41_000_000, "EUR")),
            ("Single firms", Money(38_000_000, "EUR"), Money(0, "EUR")),
        ],
    }
