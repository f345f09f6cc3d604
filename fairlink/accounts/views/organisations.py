"""Registering a firm or a buyer's company, and looking after what is known of it."""

from typing import TYPE_CHECKING, Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from fairlink.accounts import queries, service
from fairlink.accounts.forms import (
    YEARS_ASKED,
    BuyerForm,
    CurrencyForm,
    FirmForm,
    OrganisationForm,
    ProductsForm,
    YearForm,
    YearsForm,
    given_markets,
    markets_form,
    shown_currency,
    years_asked,
)
from fairlink.accounts.states import Kind
from fairlink.accounts.views.blueprint import bp
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Invalid
from fairlink.kernel.money import Money
from fairlink.policy import Can
from fairlink.web.access import guarded
from fairlink.web.controls import add_row_asked
from fairlink.web.errors import show_on_form
from fairlink.web.i18n import language
from fairlink.web.pagination import searched_text
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.accounts.models import FirmYear, Organisation

#: What people register themselves; agencies are made by the operator.
_FORMS: dict[str, type[FirmForm]] = {Kind.FIRM: FirmForm, Kind.BUYER: BuyerForm}


@bp.route("/organisation/new", methods=["GET", "POST"])
@guarded(Can.ORGANISATION_REGISTER)
def organisation_new() -> ResponseReturnValue:
    """Register a firm, or a buyer's company."""
    kind = _asked_kind()
    form = _FORMS[kind]()
    page = {"form": form, "kind": kind}
    if request.method != "POST":
        return render_template("accounts/organisation_new.html", **page)
    if not form.validate_on_submit():
        return render_template("accounts/organisation_new.html", **page), 422
    number = form.company_number.data if "company_number" in form else None
    try:
        with unit_of_work(db_session()) as session:
            details, country = service.Details(**form.values()), form.country.data
            service.register_organisation(
                session, kind, details, country=country, company_number=number, by=current_user, now=utcnow()
            )
    except Invalid as error:
        show_on_form(form, error)
        return render_template("accounts/organisation_new.html", **page), 422
    flash(_("%(name)s is registered.", name=form.name.data), "success")
    return redirect(url_for(".products"))


@bp.get("/organisation")
@guarded(Can.ORGANISATION_READ, load=queries.profile)
def organisation(organisation: "Organisation") -> ResponseReturnValue:
    """What is known of the viewer's organisation."""
    sectors = [sector.name(language()) for sector in organisation.sectors]
    return render_template("accounts/organisation.html", organisation=organisation, sectors=sectors)


@bp.route("/organisation/edit", methods=["GET", "POST"])
@guarded(Can.ORGANISATION_EDIT, load=queries.profile, reads=Can.ORGANISATION_READ)
def organisation_edit(organisation: "Organisation") -> ResponseReturnValue:
    """Change it; country and company number stay as registered."""
    form = OrganisationForm(organisation)
    page = {"form": form, "organisation": organisation}
    if request.method != "POST":
        return render_template("accounts/organisation_edit.html", **page)
    if not form.validate_on_submit():
        return render_template("accounts/organisation_edit.html", **page), 422
    with unit_of_work(db_session()) as session:
        details = service.Details(**form.values())
        service.edit_organisation(session, organisation, details, by=current_user, now=utcnow())
    flash(_("Saved."), "success")
    return redirect(url_for(".organisation"))


@bp.get("/organisation/products")
@guarded(Can.ORGANISATION_EDIT, load=queries.profile, reads=Can.ORGANISATION_READ)
def products(organisation: "Organisation") -> ResponseReturnValue:
    """What the organisation makes or buys, by HS code."""
    form = ProductsForm(data={"products": [product.hs_code for product in organisation.products]})
    return _products_page(organisation, form)


@bp.post("/organisation/products")
@guarded(Can.ORGANISATION_EDIT, load=queries.profile, reads=Can.ORGANISATION_READ)
def products_save(organisation: "Organisation") -> ResponseReturnValue:
    """Save the ticked headings; the search button only finds more to tick."""
    form = ProductsForm()
    if not form.validate_on_submit():
        return _products_page(organisation, form), 422
    if "find" in request.form:
        return _products_page(organisation, form)
    registers = not organisation.products
    try:
        with unit_of_work(db_session()) as session:
            service.set_products(session, organisation, form.products.data, by=current_user, now=utcnow())
    except Invalid as error:
        show_on_form(form, error)
        return _products_page(organisation, form), 422
    flash(_("Saved."), "success")
    if organisation.kind == Kind.FIRM and not organisation.years:
        return redirect(url_for(".years"))
    return _after_saving(registers)


@bp.get("/organisation/years")
@guarded(Can.ORGANISATION_EDIT, load=queries.profile, reads=Can.ORGANISATION_READ)
def years(organisation: "Organisation") -> ResponseReturnValue:
    """Staff, turnover and exports of the last years."""
    currency = shown_currency()
    known = {each.year: each for each in organisation.years if each.currency == currency}
    rows = [_year_row(known.get(number)) for number in years_asked()]
    return _years_page(organisation, YearsForm(data={"years": rows}))


@bp.post("/organisation/years")
@guarded(Can.ORGANISATION_EDIT, load=queries.profile, reads=Can.ORGANISATION_READ)
def years_save(organisation: "Organisation") -> ResponseReturnValue:
    form = YearsForm()
    if not form.validate_on_submit():
        return _years_page(organisation, form), 422
    figures = [_figures(number, row) for number, row in form.given(years_asked())]
    registers = not organisation.years
    with unit_of_work(db_session()) as session:
        service.set_years(session, organisation, figures, by=current_user, now=utcnow())
    flash(_("Saved."), "success")
    return _after_saving(registers)


@bp.route("/organisation/markets", methods=["GET", "POST"])
@guarded(Can.ORGANISATION_EDIT, load=queries.profile, reads=Can.ORGANISATION_READ)
def markets(organisation: "Organisation") -> ResponseReturnValue:
    """To which countries the exports of the last years went."""
    years = organisation.years[:YEARS_ASKED]
    form = markets_form(years, _market_rows(years))
    if add_row_asked(form.markets, request.form) or not form.validate_on_submit():
        return _markets_page(organisation, form)
    try:
        with unit_of_work(db_session()) as session:
            service.set_markets(session, organisation, given_markets(years, form), by=current_user, now=utcnow())
    except Invalid as error:
        show_on_form(form, error)
        return _markets_page(organisation, form)
    flash(_("Saved."), "success")
    return redirect(url_for(".organisation"))


def _markets_page(organisation: "Organisation", form: Any) -> ResponseReturnValue:
    page = render_template("accounts/markets.html", organisation=organisation, form=form)
    return page, 422 if form.errors else 200


def _market_rows(years: "list[FirmYear]") -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for year in years:
        for market in year.markets:
            row = rows.setdefault(market.country, {"country": market.country})
            row[f"exports_{year.year}"] = Money(market.exports_minor, year.currency)
    return [*rows.values(), {}]


@bp.get("/hs-codes")
@guarded(Can.PUBLIC_READ)
def hs_codes() -> ResponseReturnValue:
    """Search the product codes; as JSON for those who ask for it."""
    text = searched_text()
    found = queries.hs_search(db_session(), text, limit=30)
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return jsonify([{"code": each.code, "name": each.name} for each in found])
    return render_template("accounts/hs_codes.html", text=text, found=found)


def _asked_kind() -> Kind:
    """What to register: as the address says, else what they said at sign-up, else a firm."""
    wanted = (request.args.get("kind"), current_user.intended_kind)
    return next((Kind(kind) for kind in wanted if kind in _FORMS), Kind.FIRM)


def _after_saving(registers: bool) -> ResponseReturnValue:
    """On from the last page of registering to what is next; back from a change to what was changed."""
    return redirect(url_for("pages.home" if registers else ".organisation"))


def _products_page(organisation: "Organisation", form: ProductsForm) -> str:
    session = db_session()
    chosen = queries.hs_codes(session, form.products.data or [])
    taken = {heading.code for heading in chosen}
    found = [each for each in queries.hs_search(session, form.q.data or "", limit=15) if each.code not in taken]
    return render_template("accounts/products.html", organisation=organisation, form=form, chosen=chosen, found=found)


def _years_page(organisation: "Organisation", form: YearsForm) -> str:
    currency = shown_currency()
    return render_template(
        "accounts/years.html",
        organisation=organisation,
        form=form,
        numbers=years_asked(),
        currency=currency,
        currency_form=CurrencyForm(data={"currency": currency}, formdata=None),
    )


def _year_row(known: "FirmYear | None") -> dict[str, Any]:
    if known is None:
        return {}
    return {"staff": known.staff, "turnover": known.turnover, "exports": known.exports}


def _figures(year: int, row: YearForm) -> service.YearFigures:
    turnover, exports = row.turnover.data, row.exports.data
    return service.YearFigures(
        year=year,
        staff=row.staff.data,
        turnover_minor=turnover.minor,
        exports_minor=exports.minor,
        currency=turnover.currency,
    )
