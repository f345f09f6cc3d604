"""Contacts noted at the fair, also on a phone without network."""

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import generate_csrf

from fairlink.applications import queries as applications
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Conflict, Invalid
from fairlink.policy import Can
from fairlink.visits import queries, service
from fairlink.visits.forms.contacts import INTERESTS, ContactForm
from fairlink.visits.rules.contacts import vcard
from fairlink.visits.views.blueprint import bp
from fairlink.web.access import guarded
from fairlink.web.controls import error_links
from fairlink.web.errors import show_on_form
from fairlink.web.limits import by_viewer, limiter
from fairlink.web.pagination import paginate_newest
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.applications.models import Exhibitor
    from fairlink.visits.models import Badge, Contact


def _form(exhibitor: "Exhibitor", **values: Any) -> ContactForm:
    form = ContactForm(data={"currency": exhibitor.application.call.currency, "key": str(uuid.uuid4()), **values})
    form.products.choices = [(each.code, each.name) for each in queries.products_of_exhibitor(db_session(), exhibitor)]
    return form


def _page(form: ContactForm, exhibitor: "Exhibitor", badge: "Badge | None") -> str:
    mine = applications.exhibitors_of_firm(db_session(), current_user.organisation_id)
    others = [each for each in mine if each.fair_id == exhibitor.fair_id and each.id != exhibitor.id]
    return render_template("visits/contact_form.html", form=form, exhibitor=exhibitor, badge=badge, others=others)


def _read_badge(exhibitor: "Exhibitor", token: str | None) -> "Badge | None":
    """The badge of this fair that was read, if it is one."""
    badge = queries.badge_of_token(db_session(), token) if token else None
    return badge if badge is not None and badge.visit.fair_id == exhibitor.fair_id else None


@bp.get("/exhibitors/<int:exhibitor_id>/contacts/new")
@guarded(Can.CONTACT_CAPTURE, load=applications.exhibitor)
def new_contact(exhibitor: "Exhibitor") -> ResponseReturnValue:
    """The form for somebody met at the stand; `badge` in the address is the token of a badge that was read."""
    badge = _read_badge(exhibitor, request.args.get("badge"))
    return _page(_form(exhibitor, badge=badge.token if badge else None), exhibitor, badge)


@bp.get("/exhibitors/<int:exhibitor_id>/contacts/shell")
@guarded(Can.CONTACT_CAPTURE, load=applications.exhibitor)
def contact_shell(exhibitor: "Exhibitor") -> ResponseReturnValue:
    """The form as a phone keeps it for times without network: nobody's name or secret is on it."""
    return render_template("visits/contact_shell.html", form=_form(exhibitor, key=None), exhibitor=exhibitor)


@bp.post("/exhibitors/<int:exhibitor_id>/contacts")
@limiter.limit("600 per hour", key_func=by_viewer)
@guarded(Can.CONTACT_CAPTURE, load=applications.exhibitor)
def capture(exhibitor: "Exhibitor") -> ResponseReturnValue:
    """Keep a contact. Phones ask for JSON; twice sent is once kept, and the answer is the same."""
    form = _form(exhibitor)
    if form.owner.data and form.owner.data != str(current_user.id):
        raise Conflict("contact_of_another")
    try:
        if not form.validate_on_submit():
            return _refused(form, exhibitor)
        with unit_of_work(db_session()) as session:
            kept = service.capture(session, exhibitor, form.noted(utcnow()), by=current_user, now=utcnow())
    except Invalid as error:
        show_on_form(form, error)
        return _refused(form, exhibitor)
    if _asks_for_json():
        return {"kept": str(kept.key)}
    flash(_("The contact is kept."), "success")
    return redirect(url_for(".contact", contact_id=kept.id))


def _asks_for_json() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _refused(form: ContactForm, exhibitor: "Exhibitor") -> ResponseReturnValue:
    if _asks_for_json():
        return {"errors": [f"{link.label}: {link.message}" for link in error_links(form)]}, 422
    return _page(form, exhibitor, _read_badge(exhibitor, form.badge.data)), 422


@bp.get("/contacts")
@guarded(Can.EXHIBIT_LIST)
def contacts() -> ResponseReturnValue:
    """The contacts noted by the viewer's exhibitors, newest first."""
    page = paginate_newest(db_session(), queries.contacts_of_firm(current_user.organisation_id))
    return render_template("visits/contacts.html", page=page, interests=INTERESTS)


@bp.get("/contacts/outbox")
@guarded(Can.EXHIBIT_LIST)
def outbox() -> ResponseReturnValue:
    """Who is signed in and the token of their forms, for a phone that has contacts to send."""
    return {"owner": str(current_user.id), "token": generate_csrf()}


@bp.get("/contacts/<int:contact_id>")
@guarded(Can.CONTACT_READ, load=queries.contact)
def contact(contact: "Contact") -> ResponseReturnValue:
    """One contact."""
    return render_template("visits/contact.html", contact=contact, interests=INTERESTS)


@bp.get("/contacts/<int:contact_id>/card.vcf")
@guarded(Can.CONTACT_READ, load=queries.contact)
def contact_card(contact: "Contact") -> ResponseReturnValue:
    """The contact for the phone's address book."""
    card = vcard(
        person=contact.person,
        organisation=contact.buyer.name,
        email=contact.email,
        phone=contact.phone,
        note=_("Met at %(fair)s", fair=contact.exhibitor.fair.title),
    )
    response = Response(card, mimetype="text/vcard")
    response.headers.set("Content-Disposition", "attachment", filename=f"contact-{contact.id}.vcf")
    return response


@bp.get("/service-worker.js")
@guarded(Can.PUBLIC_READ)
def service_worker() -> ResponseReturnValue:
    """The script that serves the contact form without network; only from here may it answer for the whole site."""
    script = Path(str(current_app.static_folder), "service-worker.js").read_bytes()
    return Response(script, mimetype="text/javascript", headers={"Cache-Control": "no-cache"})
