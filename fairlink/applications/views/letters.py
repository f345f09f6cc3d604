"""The award letter: an accessible PDF in the group's language, with the calculation attached."""

from typing import TYPE_CHECKING, Any

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from fairlink.applications import queries
from fairlink.applications.rules import last_day
from fairlink.applications.views.applying import with_names
from fairlink.applications.views.blueprint import bp
from fairlink.files.views import as_download
from fairlink.kernel.clock import local_date
from fairlink.kernel.errors import NotFound
from fairlink.kernel.money import Money
from fairlink.kernel.pdf import typeset
from fairlink.kernel.words import words
from fairlink.policy import Can
from fairlink.subsidies.rules import Quote
from fairlink.subsidies.views.quotes import Part, ShownQuote
from fairlink.web.access import guarded
from fairlink.web.filters import write_money
from fairlink.web.i18n import speaking

if TYPE_CHECKING:
    from fairlink.applications.models import Application, Award


@bp.get("/applications/<int:application_id>/award/letter")
@guarded(Can.AWARD_LETTER, load=queries.application)
def award_letter(application: "Application") -> ResponseReturnValue:
    """The letter, to be saved; whoever asks, it is in the language of the group."""
    award = application.award
    if award is None or application.quote is None:
        raise NotFound("not_found")
    with speaking(application.locale):
        title = _("Award for %(fair)s", fair=application.call.fair.title)
        content = _letter(application, award, with_names(application, Quote.from_dict(application.quote)))
        name = f"{title} - {application.applicant_name}.pdf"
    pdf = typeset("letter", content, language=application.locale, title=title, made_at=award.granted_at)
    return as_download(pdf, name, "application/pdf")


def _letter(application: "Application", award: "Award", quote: ShownQuote) -> dict[str, Any]:
    fair, scheme = application.call.fair, application.call.scheme_version.scheme
    say = words(application.locale)
    granted_on = local_date(award.granted_at, fair.zone)
    timing = application.call.scheme_version.document.timing
    return {
        "sender": fair.agency.name,
        "place_and_date": ", ".join(filter(None, (fair.agency.city, say.date(granted_on)))),
        "reference": _("Award %(number)s", number=award.id),
        "page_of": _("Page {page} of {pages}"),
        "addressee": [application.applicant_name, application.lead_firm.name, application.contact.name],
        "subject": _("Award of %(amount)s", amount=write_money(award.amount)),
        "salutation": _("To the firms of %(applicant)s,", applicant=application.applicant_name),
        "paragraphs": [
            _(
                "%(agency)s supports your part in %(fair)s with %(amount)s, by the rules of %(scheme)s.",
                agency=fair.agency.name,
                fair=fair.title,
                amount=write_money(award.amount),
                scheme=scheme.name,
            ),
            _(
                "The award holds once the firm that leads the group has accepted it, by the end of %(day)s at the "
                "fair.",
                day=say.date(last_day(award.accept_by, fair.zone)),
            ),
            _(
                "Each firm is paid on proof of what it spent, never more than what stands beside its name. Claims "
                "reach us within %(days)s days after the fair.",
                days=timing.claim_within_days,
            ),
            _("The attached calculation shows each cost, what of it counts, and why."),
        ],
        "facts": [
            [_("Fair"), fair.title],
            [_("Days"), f"{say.date(fair.starts_on)} – {say.date(fair.ends_on)}"],
            [_("Place"), ", ".join(filter(None, (fair.venue, fair.city)))],
            [_("Applicant"), application.applicant_name],
            [_("Granted on"), say.date(granted_on)],
        ],
        "closing": _("Yours faithfully"),
        "signature": [fair.agency.name],
        "annexes": [_sums(award), *(_part(part) for part in quote.parts)],
    }


def _sums(award: "Award") -> dict[str, Any]:
    """What each firm was granted."""

    def money(minor: int) -> str:
        return write_money(Money(minor, award.currency))

    own = sum(part.own_minor for part in award.members)
    return {
        "title": _("Support by firm"),
        "columns": [_("Firm"), _("Support"), _("Own contribution")],
        "rows": [[part.firm.name, money(part.support_minor), money(part.own_minor)] for part in award.members],
        "total": [_("Together"), money(award.amount_minor), money(own)],
    }


def _part(part: Part) -> dict[str, Any]:
    """How the support of one firm was worked out, cost by cost."""
    notes = [f"{title}: {' '.join(sentences)}" for title, sentences in part.lines if sentences]
    return {
        "title": _("Calculation for %(firm)s", firm=part.name),
        "columns": [_("Cost"), _("Counted"), _("Support"), _("Own contribution")],
        "rows": [[write_money(each) for each in (part.cost, part.counted, part.support, part.own)]],
        "notes": [*notes, *part.reasons],
        "texts": 0,
    }
