"""The mails about money: what is due, what has come, what goes back."""

from datetime import datetime

from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.mail import service as mail
from fairlink.payments.models import Charge, Payment, Receipt, Refund


def payment_due(session: Session, charge: Charge, to: User, *, now: datetime) -> None:
    """Tells a firm what it owes, until when, and where to pay."""
    _tell(
        session,
        "payment_due",
        to,
        key=f"charge:{charge.id}:due",
        now=now,
        fair=charge.fair.title,
        amount=charge.amount,
        due_on=charge.due_on,
        reference=charge.reference,
        path=f"/payments/{charge.id}",
    )


def payment_received(session: Session, payment: Payment, receipt: Receipt, to: User, *, now: datetime) -> None:
    """The receipt for a payment."""
    _tell(
        session,
        "payment_received",
        to,
        key=f"payment:{payment.id}:receipt",
        now=now,
        fair=payment.award.application.call.fair.title,
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
        fair=refund.payment.award.application.call.fair.title,
        amount=refund.amount,
        reason=refund.reason,
        path=f"/payments/made/{refund.payment_id}",
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
