"""The letters of a recovery case: the hearing when it is opened, the demand once it is decided."""

from datetime import datetime
from typing import Any

from fairlink.applications.models import RecoveryCase
from fairlink.applications.states.money import RecoveryState
from fairlink.kernel.pdf import typeset
from fairlink.kernel.words import Words, words
from fairlink.subsidies.rules.terms import RecoveryCause


def cause_text(cause: RecoveryCause, to: Words) -> str:
    """The cause as it stands in a letter."""
    _ = to.gettext
    return {
        RecoveryCause.UNDER_SPEND: _("Less was spent than was paid for"),
        RecoveryCause.NO_SHOW: _("The firm did not take part"),
        RecoveryCause.DOUBLE_FUNDING: _("Other public money for the same cost"),
        RecoveryCause.FALSE_DECLARATION: _("A declaration was false"),
        RecoveryCause.MISSING_REPORT: _("The reports on the results are missing"),
    }[cause]


def recovery_letter(case: RecoveryCase, *, language: str) -> bytes:
    """The letter to the firm as a PDF in `language`: what the case is about, and what to do by when."""
    to = words(language)
    _ = to.gettext
    application = case.application
    fair = application.call.fair
    is_hearing = case.decided_at is None
    written_at = case.opened_at if case.decided_at is None else case.decided_at
    subject = _("Hearing about support for %(fair)s") if is_hearing else _("Decision about support for %(fair)s")
    content: dict[str, Any] = {
        "sender": fair.agency.name,
        "place_and_date": to.date(written_at, fair.zone),
        "reference": reference(case),
        "page_of": _("Page {page} of {pages}"),
        "addressee": [case.firm.name, f"{case.firm.city}, {case.firm.country}"],
        "subject": subject % {"fair": fair.title},
        "salutation": _("Dear Sir or Madam,"),
        "paragraphs": _hearing(case, to) if is_hearing else _decision(case, to),
        "closing": _("Yours faithfully"),
        "signature": [fair.agency.name],
        "facts": _facts(case, to),
    }
    return typeset("letter", content, language=language, title=content["subject"], made_at=written_at)


def reference(case: RecoveryCase) -> str:
    """What the case is called in letters and on bank transfers."""
    return f"R-{case.agency_id}-{case.id}"


def _hearing(case: RecoveryCase, to: Words) -> list[str]:
    _ = to.gettext
    return [
        _("we look into whether you must pay back a part of the support that you were paid. This is what we know:"),
        *case.reason.split("\n\n"),
        _(
            "Please tell us by %(day)s how you see it, on the page of this case. Without an answer we decide by the"
            " files.",
            day=to.date(case.answer_on),
        ),
    ]


def _decision(case: RecoveryCase, to: Words) -> list[str]:
    _ = to.gettext
    if case.state == RecoveryState.DROPPED:
        return [_("we have closed the case: nothing is to be paid back."), *case.decision.split("\n\n")]
    assert case.due_on is not None
    return [
        _("we have decided that you pay back %(amount)s. These are our reasons:", amount=to.money(case.amount)),
        *case.decision.split("\n\n"),
        _(
            "Please transfer the amount by %(day)s with the reference %(reference)s. You can appeal against this"
            " decision within one month.",
            day=to.date(case.due_on),
            reference=reference(case),
        ),
    ]


def _facts(case: RecoveryCase, to: Words) -> list[list[str]]:
    _ = to.gettext
    fair: Any = case.application.call.fair
    decided: datetime | None = case.decided_at
    rows = [
        [_("Fair"), fair.title],
        [_("Scheme"), case.application.call.scheme_version.scheme.name],
        [_("Cause"), cause_text(case.cause, to)],
        [_("Amount"), to.money(case.amount)],
        [_("Opened on"), to.date(case.opened_at, fair.zone)],
    ]
    return [*rows, [_("Decided on"), to.date(decided, fair.zone)]] if decided else rows
