"""Correcting and erasing contacts noted at a fair: here, since they are leads by then."""

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from fairlink.followup import queries, service
from fairlink.followup.views.blueprint import bp
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import unit_of_work
from fairlink.policy import Can
from fairlink.visits import queries as visits
from fairlink.visits.forms.contacts import ContactForm
from fairlink.web.access import guarded
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.visits.models import Contact


@bp.route("/contacts/<int:contact_id>/correct", methods=["GET", "POST"])
@guarded(Can.CONTACT_CAPTURE, load=visits.contact)
def correct_contact(contact: "Contact") -> ResponseReturnValue:
    """Put right what was noted."""
    service.check_unanswered(db_session(), contact)
    form = _form(contact)
    if not form.validate_on_submit():
        page = render_template("followup/correct_contact.html", form=form, contact=contact)
        return page, 422 if form.errors else 200
    with unit_of_work(db_session()) as session:
        service.correct_contact(session, contact, form.noted(utcnow()), by=current_user, now=utcnow())
    flash(_("Saved."), "success")
    return redirect(url_for("visits.contact", contact_id=contact.id))


@bp.post("/contacts/<int:contact_id>/erase")
@guarded(Can.CONTACT_CAPTURE, load=visits.contact)
def erase_contact(contact: "Contact") -> ResponseReturnValue:
    """Forget a contact."""
    with unit_of_work(db_session()) as session:
        service.erase_contact(session, contact, by=current_user, now=utcnow())
    flash(_("The contact is erased."), "success")
    return redirect(url_for("visits.contacts"))


def _form(contact: "Contact") -> ContactForm:
    """What was noted, to be changed; who it is only where no badge said it."""
    expected = {f"expected_{months}": amount for months, amount in contact.expected.items()}
    form = ContactForm(
        data={
            "key": str(contact.key),
            "badge": "read" if contact.visit_id else None,
            "organisation": contact.buyer.name,
            "country": contact.buyer.country,
            "person": contact.person,
            "email": contact.email,
            "phone": contact.phone,
            "consent": contact.consented_at is not None,
            "interest": contact.interest,
            "products": [product.code for product in contact.products],
            "currency": contact.currency or contact.exhibitor.application.call.currency,
            "note": contact.note,
            **expected,
        }
    )
    offered = queries.products_of(db_session(), contact.exhibitor)
    form.products.choices = [(product.code, product.name) for product in offered]
    return form
