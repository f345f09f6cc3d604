"""Trying the rules of a scheme on made-up applications, before anybody relies on them."""

from typing import TYPE_CHECKING

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from fairlink.kernel.clock import local_date, utcnow
from fairlink.policy import Can
from fairlink.subsidies import queries
from fairlink.subsidies.forms.trying import TryForm, dress_try, try_form
from fairlink.subsidies.forms.words import cost_class_name
from fairlink.subsidies.rules import FactsError, Rules, problem_text, quote, read_facts
from fairlink.subsidies.rules.worked import WorkedApplication, example_applications
from fairlink.subsidies.views.blueprint import bp
from fairlink.subsidies.views.quotes import ShownQuote, show_quote
from fairlink.web.access import guarded
from fairlink.web.controls import add_row_asked, removal_asked, without_removed_row

if TYPE_CHECKING:
    from fairlink.subsidies.models import Scheme


@bp.route("/staff/schemes/<int:scheme_id>/try", methods=["GET", "POST"])
@guarded(Can.SCHEME_READ, load=queries.scheme)
def try_scheme(scheme: "Scheme") -> ResponseReturnValue:
    """What the newest rules give to an application that is typed here, or to a worked one. Nothing is stored."""
    rules, now = scheme.current.document, utcnow()
    sent = without_removed_row(request.form) if request.method == "POST" else None
    form = try_form(rules, sent, country=scheme.agency.country, today=local_date(now, "UTC"))
    added = [rows for rows in (form.firms, form.costs) if add_row_asked(rows, request.form)]
    dress_try(form, rules)
    shown: ShownQuote | None = None
    if not added and not removal_asked(request.form) and form.validate_on_submit():
        shown = _tried(form, rules)
    samples = example_applications(rules)
    chosen = request.args.get("sample", type=int)
    sample = samples[chosen] if chosen is not None and 0 <= chosen < len(samples) and shown is None else None
    page = render_template(
        "subsidies/try.html",
        scheme=scheme,
        form=form,
        samples=samples,
        sample=sample,
        quote=_worked(sample, rules) if sample else shown,
    )
    return page, 422 if form.errors else 200


def _tried(form: TryForm, rules: Rules) -> ShownQuote | None:
    try:
        facts = read_facts(form.facts(rules), rules)
    except FactsError as error:
        form.form_errors += [f"{each.path}: {problem_text(each.code, each.params, _)}" for each in error.problems]
        return None
    firms = {member.id: _("Firm %(number)s", number=member.id) for member in facts.members}
    return show_quote(quote(rules, facts), firms, form.cost_names())


def _worked(sample: WorkedApplication, rules: Rules) -> ShownQuote:
    firms = {member.id: member.id for member in sample.facts.members}
    lines = {line.id: f"{line.id} ({cost_class_name(line.cost_class)})" for line in sample.facts.lines}
    return show_quote(quote(rules, sample.facts), firms, lines)
