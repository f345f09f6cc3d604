"""The mails about money: what is due, what has come, what goes back."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.applications.models import Exhibitor
from fairlink.kernel.words import words
from fairlink.mail import service as mail
from fairlink.payments.models import Charge, Payment, Receipt, Refund
from fairlink.payments.states import KIND_NAMES


def payment_due(session: Session, charges: Sequence[Charge], to: User, *, now: datetime) -> None:
    """Tells a firm what it has been charged for one fair, until when to pay each, and where."""
    _tell(
        session,
        "payment_due",
        to,
        key=f"charge:{charges[0].id}:due",
        now=now,
        fair=charges[0].fair.title,
        charges=_lines(charges, to),
        path=f"/payments/{charges[0].id}" if len(charges) == 1 else "/payments",
    )


def payment_reminder(
    session: Session, charges: Sequence[Charge], to: User, *, is_late: bool, released_on: date | None, now: datetime
) -> None:
    """Reminds of what will be due, or says that it is late and on which day the stand goes back."""
    _tell(
        session,
        "payment_reminder",
        to,
        key=f"charge:{charges[0].id}:{'late' if is_late else 'soon'}:{to.id}",
        now=now,
        fair=charges[0].fair.title,
        is_late=is_late,
        released_on=released_on,
        charges=_lines(charges, to),
        path=f"/payments/{charges[0].id}" if len(charges) == 1 else "/payments",
    )


def stand_released(session: Session, exhibitor: Exhibitor, label: str, to: User, *, now: datetime) -> None:
    """Tells the firms of a group that their stand went back because it was not paid."""
    key = f"exhibitor:{exhibitor.id}:released:{label}:{to.id}"
    _tell(session, "stand_released", to, key=key, now=now, fair=exhibitor.fair.title, stand=label, path="/payments")


def _lines(charges: Sequence[Charge], to: User) -> list[dict[str, object]]:
    return [
        {
            "what": charge.label or words(to.locale).gettext(KIND_NAMES[charge.kind]),
            "amount": charge.left,
            "due_on": charge.due_on,
            "reference": charge.reference,
        }
        for charge in charges
    ]


def payment_received(session: Session, payment: Payment, receipt: Receipt, to: User, *, now: datetime) -> None:
    """The receipt for a payment."""
    _tell(
        session,
        "payment_received",
        to,
        key=f"payment:{payment.id}:receipt",
        now=now,
        fair=payment.fair.title,
        amount=payment.amount,
        number=receipt.id,
        parts=[(part.charge.firm.name, part.amount) for part in payment.parts],
        path=f"/payments/made/{payment.id}",
    )


def payment_refunded(session: Session, refund: Refund, to: User, *, now: datetime) -> None:
    """Tells the payer that money is on its way back, and why."""
    _tell(
        session,
        "payment_refunded",
        to,
        key=f"refund:{refund.id}:sent",
        now=now,
        fair=refund.payment.fair.title,
        amount=refund.amount,
        reason=refund.reason,
        path=f"/payments/made/{refund.payment_id}",
    )


def deposit_released(session: Session, payment: Payment, to: User, *, now: datetime) -> None:
    """Tells the payer that what was put by on the card is let go."""
    _tell(
        session,
        "deposit_released",
        to,
        key=f"payment:{payment.id}:released",
        now=now,
        fair=payment.fair.title,
        amount=payment.amount,
        path=f"/payments/made/{payment.id}",
    )


def _tell(session: Session, template: str, to: User, *, key: str, now: datetime, **context: object) -> None:
    """Post a mail in the reader's language, once for its key."""
    mail.post(
        session,
        template,
        to=to.email,
        name=to.name,
        locale=to.locale,
        now=now,
        key=key,
        context={"person": to.name, **context},
    )
