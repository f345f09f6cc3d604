"""The aid ledger for staff (what the register lacks, links to confirm, exchange rates) and the links of a firm."""

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from fairlink.applications.forms.aid import (
    AID_KINDS,
    LINK_STATES,
    EndLinkForm,
    ExchangeRateForm,
    ForeignAidForm,
    LinkForm,
)
from fairlink.applications.forms.parts import regime_name
from fairlink.applications.queries.aid import ceilings_of_agency, link_case, links_of_agency
from fairlink.applications.service.state_aid import ForeignAid, enter_foreign_aid
from fairlink.applications.views.blueprint import bp
from fairlink.files.views import as_download
from fairlink.kernel.clock import local_date, utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Invalid
from fairlink.policy import Can
from fairlink.subsidies.queries import aid as queries
from fairlink.subsidies.rules.register import register_by
from fairlink.subsidies.service import aid as service
from fairlink.subsidies.states.aid import LinkState
from fairlink.web.access import guarded
from fairlink.web.errors import show_on_form
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.applications.queries.aid import LinkCase
    from fairlink.subsidies.models import AidExport


@bp.get("/staff/aid")
@guarded(Can.AID_LIST)
def aid_register() -> ResponseReturnValue:
    """What the public register lacks and by when, what was handed over, links to confirm, and the rates in use."""
    session, agency_id = db_session(), current_user.organisation_id
    return render_template(
        "applications/aid.html",
        lacking=[(entry, register_by(entry.granted_on)) for entry in queries.to_register(session, agency_id)],
        exports=queries.exports_of_agency(session, agency_id),
        links=links_of_agency(session, agency_id, LinkState.DECLARED),
        declared=queries.declared_aid(session, agency_id),
        confirmed=links_of_agency(session, agency_id, LinkState.CONFIRMED),
        rates=queries.exchange_rates(session, agency_id),
        today=local_date(utcnow(), current_user.zone),
        aid_kinds=AID_KINDS,
        regime_name=regime_name,
    )


@bp.post("/staff/aid/exports")
@guarded(Can.AID_EXPORT)
def export_aid() -> ResponseReturnValue:
    """Hand everything that the register lacks over to it."""
    with unit_of_work(db_session()) as session:
        service.export_register(session, current_user.organisation, by=current_user, now=utcnow())
    flash(_("The file for the register is made."), "success")
    return redirect(url_for(".aid_register"), 303)


@bp.get("/staff/aid/exports/<int:export_id>")
@guarded(Can.AID_EXPORT_READ, load=queries.aid_export)
def aid_file(export: "AidExport") -> ResponseReturnValue:
    """The bytes of an export, always the same."""
    return as_download(export.content, f"aid-{export.id}.csv", "text/csv")


@bp.route("/staff/aid/entries", methods=["GET", "POST"])
@guarded(Can.AID_ENTER)
def foreign_aid() -> ResponseReturnValue:
    """Enter by hand what a firm was granted elsewhere."""
    session, agency_id = db_session(), current_user.organisation_id
    ceilings = ceilings_of_agency(session, agency_id)
    form = ForeignAidForm(ceilings, local_date(utcnow(), current_user.zone))
    if form.validate_on_submit():
        aid = ForeignAid(
            country=form.country.data,
            company_number=form.company_number.data,
            regime=form.regime.data,
            amount=form.amount.data,
            granted_on=form.granted_on.data,
            source=form.source.data,
        )
        try:
            with unit_of_work(session):
                enter_foreign_aid(session, agency_id, aid, by=current_user, now=utcnow())
            flash(_("The aid is in the ledger. It counts from now on."), "success")
            return redirect(url_for(".aid_register"), 303)
        except Invalid as error:
            show_on_form(form, error)
    page = render_template("applications/foreign_aid.html", form=form, ceilings=ceilings)
    return page, 422 if form.errors else 200


@bp.route("/staff/exchange-rates", methods=["GET", "POST"])
@guarded(Can.EXCHANGE_RATE_EDIT)
def exchange_rates() -> ResponseReturnValue:
    """Enter a rate."""
    form = ExchangeRateForm()
    if form.validate_on_submit():
        try:
            with unit_of_work(db_session()) as session:
                service.save_exchange_rate(
                    session,
                    current_user.organisation_id,
                    form.currency.data,
                    form.into.data,
                    form.since_on.data,
                    form.value,
                    by=current_user,
                    now=utcnow(),
                )
            flash(_("The rate is entered."), "success")
            return redirect(url_for(".aid_register"), 303)
        except Invalid as error:
            show_on_form(form, error)
    return render_template("applications/exchange_rate.html", form=form), 422 if form.errors else 200


@bp.post("/staff/firm-links/<int:link_id>/confirm")
@guarded(Can.FIRM_LINK_JUDGE, load=link_case)
def confirm_link(case: "LinkCase") -> ResponseReturnValue:
    """Both firms are under common control."""
    with unit_of_work(db_session()) as session:
        service.confirm_link(session, case.link, by=current_user, now=utcnow())
    flash(_("Both firms count as one undertaking from now on."), "success")
    return redirect(url_for(".aid_register"), 303)


@bp.post("/staff/firm-links/<int:link_id>/refuse")
@guarded(Can.FIRM_LINK_JUDGE, load=link_case)
def refuse_link(case: "LinkCase") -> ResponseReturnValue:
    """It was not found to be so."""
    with unit_of_work(db_session()) as session:
        service.refuse_link(session, case.link, by=current_user, now=utcnow())
    flash(_("The link is not confirmed."), "success")
    return redirect(url_for(".aid_register"), 303)


@bp.route("/staff/firm-links/<int:link_id>/end", methods=["GET", "POST"])
@guarded(Can.FIRM_LINK_JUDGE, load=link_case)
def end_link(case: "LinkCase") -> ResponseReturnValue:
    """Take back a link that was confirmed by mistake or holds no more."""
    form = EndLinkForm()
    if form.validate_on_submit():
        with unit_of_work(db_session()) as session:
            service.end_link(session, case.link, form.reason.data, by=current_user, now=utcnow())
        flash(_("The link is taken back. The firms count apart, unless another link holds them together."), "success")
        return redirect(url_for(".aid_register"), 303)
    return render_template("applications/end_link.html", form=form, link=case.link), 422 if form.errors else 200


@bp.route("/linked-firms", methods=["GET", "POST"])
@guarded(Can.FIRM_LINK_DECLARE)
def linked_firms() -> ResponseReturnValue:
    """The firms under common control with the viewer's, as it declares them."""
    form = LinkForm()
    if form.validate_on_submit():
        with unit_of_work(db_session()) as session:
            service.declare_link(
                session,
                current_user.organisation,
                name=form.name.data,
                country=form.country.data,
                company_number=form.company_number.data,
                by=current_user,
                now=utcnow(),
            )
        flash(_("Thank you. The agency looks at it."), "success")
        return redirect(url_for(".linked_firms"), 303)
    links = queries.links_of_firm(db_session(), current_user.organisation_id)
    page = render_template("applications/linked_firms.html", form=form, links=links, link_states=LINK_STATES)
    return page, 422 if form.errors else 200
