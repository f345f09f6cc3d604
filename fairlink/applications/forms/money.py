"""What firms and staff fill in about claims, accounts, payments and recoveries."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from stdnum import bic, iban
from stdnum.exceptions import ValidationError
from wtforms import BooleanField, FieldList, FormField, HiddenField
from wtforms import Form as PlainForm
from wtforms.validators import Length, Optional, StopValidation

from fairlink.applications.states.money import (
    ClaimKind,
    ClaimState,
    DisbursementState,
    FileKind,
    Purpose,
    RecoveryEntryKind,
    RecoveryState,
)
from fairlink.kernel.money import Money
from fairlink.subsidies.forms.words import CHOICES
from fairlink.subsidies.rules.terms import Evidence, RecoveryCause
from fairlink.web.fields import (
    Form,
    LocalDateField,
    MarkdownField,
    MoneyField,
    NumberField,
    RadioField,
    Required,
    SelectField,
    TextField,
    UploadField,
    options,
)

CLAIM_KINDS = {ClaimKind.ADVANCE: _("Advance"), ClaimKind.FINAL: _("Final claim")}

CLAIM_STATES = {
    ClaimState.DRAFT: _("Draft"),
    ClaimState.SUBMITTED: _("Sent"),
    ClaimState.CHECKED: _("Checked"),
    ClaimState.APPROVED: _("Approved"),
    ClaimState.REFUSED: _("Refused"),
    ClaimState.LAPSED: _("Lapsed"),
}

PURPOSES = {
    Purpose.ADVANCE: _("Advance"),
    Purpose.CLAIM: _("Claim"),
    Purpose.RETENTION: _("What was kept back"),
    Purpose.HOSTED_BUYER: _("Hosted buyer"),
}

DISBURSEMENT_STATES = {
    DisbursementState.WAITING: _("Waiting"),
    DisbursementState.SENT: _("With the bank"),
    DisbursementState.PAID: _("Paid"),
    DisbursementState.FAILED: _("Sent back by the bank"),
    DisbursementState.CANCELLED: _("Cancelled"),
}

FILE_KINDS = {FileKind.PAIN_001: _("SEPA file (pain.001)"), FileKind.CSV: _("Table (CSV)")}

RECOVERY_STATES = {
    RecoveryState.OPENED: _("To be answered"),
    RecoveryState.DUE: _("To be paid back"),
    RecoveryState.CLOSED: _("Closed"),
    RecoveryState.DROPPED: _("Dropped"),
}

RECOVERY_CAUSES = {
    RecoveryCause.UNDER_SPEND: _("Less was spent than was paid for"),
    RecoveryCause.NO_SHOW: _("The firm did not take part"),
    RecoveryCause.DOUBLE_FUNDING: _("Other public money for the same cost"),
    RecoveryCause.FALSE_DECLARATION: _("A declaration was false"),
    RecoveryCause.MISSING_REPORT: _("The reports on the results are missing"),
}

RECOVERY_ENTRIES = {
    RecoveryEntryKind.DEMANDED: _("Demanded"),
    RecoveryEntryKind.PAID_BACK: _("Paid back"),
    RecoveryEntryKind.WAIVED: _("Waived"),
}

EVIDENCE = CHOICES[Evidence]


class ActualForm(PlainForm):
    """What one planned cost came to."""

    line_id = HiddenField()
    actual = MoneyField(_("Amount without tax"), [Optional()], description=_("0 if nothing was spent."))


class ActualsForm(Form):
    """What every planned cost came to."""

    lines = FieldList(FormField(ActualForm))

    def __init__(self, currency: str, rows: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(data={"lines": rows})
        for entry in self.lines:
            entry.form.actual.currency = currency

    def amounts(self) -> dict[int, int | None]:
        """The amounts in minor units by the lines' ids, None for what is left open, once the form is valid."""
        return {
            int(row.line_id.data or ""): None if row.actual.data is None else row.actual.data.minor
            for row in (entry.form for entry in self.lines)
            if (row.line_id.data or "").isdigit()
        }


class EvidenceForm(Form):
    """Files that prove one cost."""

    kind = SelectField(_("What do these files show?"), [Required()], blank=_("Choose"))
    files = UploadField(
        _("Files"), [Required()], most=5, description=_("PDF or pictures, at most five at once and 5 MB each.")
    )

    def __init__(self, kinds: Iterable[Evidence]) -> None:
        super().__init__()
        chosen = list(kinds) or list(Evidence)
        self.kind.choices = options([("", _("Choose")), *((each.value, EVIDENCE[each]) for each in chosen)])


class SendClaimForm(Form):
    """The last step of a claim."""

    declared = BooleanField(
        _("What is stated here is true, the costs were paid, and no other public money was received for them."),
        [Required(_("Confirm this to send the claim."))],
    )


class DecisionForm(PlainForm):
    """What staff accept of one cost."""

    line_id = HiddenField()
    accepted = MoneyField(_("Accepted"), [Required()])
    reason = TextField(_("Reason for the cut"), [Optional(), Length(max=500)], description=_("The group reads it."))
    claimed: Money | None = None

    def validate(self, extra_validators: Any = None) -> bool:
        """No more than was claimed is accepted, and a cut has its reason."""
        valid = super().validate(extra_validators)
        if not valid or self.claimed is None:
            return valid
        if self.claimed < self.accepted.data:
            self.accepted.errors = [gettext("You cannot accept more than was claimed.")]
        elif self.accepted.data < self.claimed and not (self.reason.data or "").strip():
            self.reason.errors = [gettext("Say why less is accepted.")]
        return not (self.accepted.errors or self.reason.errors)


class CheckForm(Form):
    """What staff accept of a claim, line by line."""

    lines = FieldList(FormField(DecisionForm))

    def __init__(self, claimed: Mapping[int, Money], rows: Sequence[Mapping[str, Any]], currency: str) -> None:
        super().__init__(data={"lines": rows})
        self.known = claimed
        for entry in self.lines:
            entry.form.accepted.currency = currency
            entry.form.claimed = claimed.get(int(key)) if (key := str(entry.form.line_id.data)).isdigit() else None

    def validate_lines(self, field: "FieldList[Any]") -> None:
        """Every line is decided on."""
        if not field.errors and len(self.decided()) < len(self.known):
            raise StopValidation(str(_("Load the page again.")))

    def decided(self) -> dict[int, tuple[int, str]]:
        """Accepted minor units and reason by the lines' ids, once the form is valid."""
        forms = [entry.form for entry in self.lines]
        rows = [row for row in forms if row.claimed is not None and row.accepted.data is not None]
        return {int(row.line_id.data or ""): (row.accepted.data.minor, (row.reason.data or "").strip()) for row in rows}


class MoneyReasonForm(Form):
    """Why something is returned, refused or decided."""

    reason = MarkdownField(_("Reason"), [Required(), Length(max=5000)], description=_("The group gets it by mail."))


class AccountForm(Form):
    """Where money is paid to."""

    holder = TextField(_("Name of the account's holder"), [Required(), Length(max=70)])
    number = TextField(
        _("IBAN or account number"),
        [Required(), Length(max=60)],
        description=_("Without an IBAN: as banks in your country write it, with branch and bank code."),
    )
    bic = TextField(_("BIC"), [Optional(), Length(max=14)], description=_("Needed for money from abroad."))
    bank = TextField(_("Name of the bank"), [Optional(), Length(max=120)])

    def validate_number(self, field: TextField) -> None:
        """An IBAN is right in form and check digits, and kept without its spaces."""
        compact = iban.compact(field.data or "")
        # Two letters and two digits begin an IBAN and no other number.
        if compact[:2].isalpha() and compact[2:4].isdigit():
            try:
                field.data = iban.validate(compact)
            except ValidationError:
                raise StopValidation(str(_("This IBAN has a mistake in it."))) from None

    def validate_bic(self, field: TextField) -> None:
        """A BIC is right in form."""
        if field.data:
            try:
                field.data = bic.validate(field.data)
            except ValidationError:
                raise StopValidation(str(_("This is not a BIC."))) from None


class SettledForm(Form):
    """On which day the bank has paid."""

    on = LocalDateField(_("Day on the bank statement"), [Required()])

    def __init__(self, today: date) -> None:
        super().__init__(data={"on": today})
        self.today = today

    def validate_on(self, field: LocalDateField) -> None:
        """The day has come."""
        if field.data is not None and field.data > self.today:
            raise StopValidation(str(_("This day lies in the future.")))


class FailedForm(SettledForm):
    """On which day and why the bank sent a payment back."""

    problem = TextField(
        _("What does the bank say?"), [Required(), Length(max=300)], description=_("The payee reads it.")
    )


class RecoveryForm(Form):
    """Money that a firm shall pay back."""

    firm = RadioField(_("Which firm?"), [Required()])
    cause = RadioField(_("Why?"), [Required()])
    amount = MoneyField(
        _("Amount"), [Optional()], minimum=1, description=_("Left empty: what the scheme asks for this cause.")
    )
    reason = MarkdownField(
        _("What happened"), [Required(), Length(max=5000)], description=_("The firm reads it in the letter.")
    )
    answer_days = NumberField(_("Days to answer"), [Required()], minimum=5, maximum=60)

    def __init__(
        self, currency: str, firms: Iterable[tuple[int, str]], causes: Iterable[RecoveryCause], **shown: Any
    ) -> None:
        super().__init__(data=shown)
        self.amount.currency = currency
        self.firm.choices = options((str(key), name) for key, name in firms)
        self.cause.choices = options((each.value, RECOVERY_CAUSES[each]) for each in causes)


class AnswerForm(Form):
    """What a firm says to a recovery case."""

    answer = MarkdownField(_("Your answer"), [Required(), Length(max=5000)])


class PaidBackForm(Form):
    """Money that came back."""

    amount = MoneyField(_("Amount received"), [Required()], minimum=1)

    def __init__(self, left: Money) -> None:
        super().__init__(data={"amount": left})
        self.amount.currency = left.currency
