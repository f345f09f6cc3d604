"""Stripe: the only file that imports its SDK. Speaks in our words and raises our errors."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import stripe
import structlog

from fairlink.kernel.errors import DomainError
from fairlink.payments.rules import CardReport, DisputeReport, RefundReport
from fairlink.payments.states import DisputeAction, PaymentAction, RefundAction

if TYPE_CHECKING:
    from stripe import RequestOptions
    from stripe.params import RefundCreateParams, RefundListParams
    from stripe.params.checkout import (
        SessionCreateParams,
        SessionCreateParamsLineItem,
        SessionCreateParamsPaymentIntentData,
        SessionRetrieveParams,
    )

log = structlog.get_logger()
T = TypeVar("T")

#: An event is refused when its signature is older, in seconds.
TOLERANCE = 300
#: For one request, in seconds: the payer waits in front of it.
TIMEOUT = 10
RETRIES = 2

CARD_PAGES = "https://checkout.stripe.com"

_SESSION_EVENTS = {
    "checkout.session.completed": None,
    "checkout.session.async_payment_succeeded": PaymentAction.PAY,
    "checkout.session.async_payment_failed": PaymentAction.FAIL,
    "checkout.session.expired": PaymentAction.EXPIRE,
}
_REFUND_EVENTS = frozenset({"refund.created", "refund.updated", "refund.failed"})
_DISPUTE_EVENTS = frozenset({"charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed"})
_DISPUTE_ACTIONS = {
    "won": DisputeAction.WIN,
    "warning_closed": DisputeAction.WIN,
    "prevented": DisputeAction.WIN,
    "lost": DisputeAction.LOSE,
}
_REFUND_ACTIONS = {
    "pending": RefundAction.WAIT,
    "requires_action": RefundAction.WAIT,
    "succeeded": RefundAction.SUCCEED,
    "failed": RefundAction.FAIL,
    "canceled": RefundAction.FAIL,
}


class CardServiceAway(DomainError):
    """No answer, or none that tells what happened: it may or may not have been done."""

    http_status = 503

    def __init__(self) -> None:
        super().__init__("card_service_away")


class CardServiceRefused(DomainError):
    """Stripe understood and said no; `reason` in its words, for the log and for staff."""

    http_status = 409

    def __init__(self, reason: str) -> None:
        super().__init__("card_service_refused")
        self.reason = reason


class NotFromStripe(DomainError):
    """A webhook with a wrong, missing or old signature, or that cannot be read."""

    http_status = 400

    def __init__(self) -> None:
        super().__init__("not_from_stripe")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the card page; `amount_minor` in the currency of the page."""

    name: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class CardPage:
    """What the payer shall see and where they come back to; addresses are absolute."""

    key: str
    lines: tuple[Line, ...]
    currency: str
    email: str
    locale: str
    expires_at: datetime
    success_url: str
    cancel_url: str
    #: Whether the amount is only put by, to be captured or released later.
    hold: bool = False


@dataclass(frozen=True, slots=True)
class OpenPage:
    """A card page that Stripe has made."""

    session_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Event:
    """A verified webhook; `report` is None for kinds that nothing follows from."""

    id: str
    type: str
    report: CardReport | RefundReport | DisputeReport | None


class Gateway:
    """One Stripe account."""

    def __init__(self, secret_key: str, webhook_secret: str, api_base: str = "") -> None:
        self._webhook_secret = webhook_secret
        #: Where the card pages are: Stripe's, or the stand-in's own. A domain of the account's own is not supported.
        self.pages = api_base or CARD_PAGES
        bases: Any = {"api": api_base} if api_base else {}
        self._client = stripe.StripeClient(
            secret_key,
            base_addresses=bases,
            max_network_retries=RETRIES,
            http_client=stripe.RequestsClient(timeout=TIMEOUT),
        )

    def open_page(self, page: CardPage) -> OpenPage:
        """Make the Checkout Session of one payment; its key makes a repeated request return the same one."""
        made = _asking(
            lambda: self._client.v1.checkout.sessions.create(
                params=session_params(page), options={"idempotency_key": page.key}
            )
        )
        if not made.url:
            raise CardServiceRefused(f"session {made.id} without a page")
        return OpenPage(made.id, made.url)

    def ask(self, session_id: str) -> CardReport:
        """What has become of a session."""
        params: SessionRetrieveParams = {"expand": ["payment_intent"]}
        return _session_report(_asking(lambda: self._client.v1.checkout.sessions.retrieve(session_id, params)))

    def close_page(self, session_id: str) -> CardReport:
        """Expire a session, so that nobody can pay it any more; tells what is true if it was too late for that."""
        try:
            return _session_report(_asking(lambda: self._client.v1.checkout.sessions.expire(session_id)))
        except CardServiceRefused:
            return self.ask(session_id)

    def capture(self, *, key: str, intent_id: str) -> None:
        """Take the amount that a card's bank has put by."""
        options: RequestOptions = {"idempotency_key": f"{key}-capture"}
        _asking(lambda: self._client.v1.payment_intents.capture(intent_id, options=options))

    def release(self, *, key: str, intent_id: str) -> None:
        """Let go of the amount that a card's bank has put by."""
        options: RequestOptions = {"idempotency_key": f"{key}-release"}
        _asking(lambda: self._client.v1.payment_intents.cancel(intent_id, options=options))

    def refund(self, *, key: str, attempt: int, intent_id: str, amount_minor: int) -> RefundReport:
        """Give back `amount_minor` of a payment, in its currency; `key` and `attempt` make a repeat harmless."""
        made = _asking(
            lambda: self._client.v1.refunds.create(
                params=refund_params(key, intent_id, amount_minor), options={"idempotency_key": f"{key}-{attempt}"}
            )
        )
        return _refund_report(made)

    def find_refund(self, *, key: str, intent_id: str) -> RefundReport | None:
        """The refund that was made under `key`, if there is one."""
        params: RefundListParams = {"payment_intent": intent_id, "limit": 100}
        found = _asking(lambda: list(self._client.v1.refunds.list(params=params).auto_paging_iter()))
        return next((report for report in map(_refund_report, found) if report.key == key), None)

    def read_event(self, body: bytes, signature: str | None) -> Event:
        """The webhook in `body`. Raises NotFromStripe unless it was signed by Stripe less than 300 s ago."""
        try:
            event = self._client.construct_event(body, signature, self._webhook_secret, TOLERANCE)
            return Event(event.id, event.type, _event_report(event))
        except (stripe.SignatureVerificationError, ValueError, KeyError, AttributeError) as error:
            log.warning("webhook_refused", reason=type(error).__name__)
            raise NotFromStripe from None


def session_params(page: CardPage) -> "SessionCreateParams":
    """What is asked of Stripe for a card page; mypy holds it against the SDK's own types."""
    lines: list[SessionCreateParamsLineItem] = [
        {
            "quantity": 1,
            "price_data": {
                "currency": page.currency.lower(),
                "unit_amount": line.amount_minor,
                "product_data": {"name": line.name},
            },
        }
        for line in page.lines
    ]
    intent: SessionCreateParamsPaymentIntentData = {"metadata": {"payment": page.key}}
    if page.hold:
        intent["capture_method"] = "manual"
    return {
        "mode": "payment",
        "client_reference_id": page.key,
        "metadata": {"payment": page.key},
        "payment_intent_data": intent,
        "line_items": lines,
        "customer_email": page.email,
        "locale": page.locale,
        "expires_at": int(page.expires_at.timestamp()),
        "success_url": page.success_url,
        "cancel_url": page.cancel_url,
    }


def refund_params(key: str, intent_id: str, amount_minor: int) -> "RefundCreateParams":
    """What is asked of Stripe for a refund."""
    return {"payment_intent": intent_id, "amount": amount_minor, "metadata": {"refund": key}}


def _asking(request: Callable[[], T]) -> T:
    """Do a request and turn Stripe's errors into ours."""
    try:
        return request()
    except (stripe.CardError, stripe.IdempotencyError, stripe.InvalidRequestError) as error:
        log.warning("stripe_refused", code=error.code, status=error.http_status)
        raise CardServiceRefused(str(error.user_message or error)) from error
    except stripe.StripeError as error:
        log.error("stripe_away", error=type(error).__name__, status=error.http_status)
        raise CardServiceAway from error


def _event_report(event: stripe.Event) -> CardReport | RefundReport | DisputeReport | None:
    # The SDK types the object of an event as a mapping only.
    thing: Any = event.data.object
    if event.type in _SESSION_EVENTS:
        return _session_report(thing, _SESSION_EVENTS[event.type])
    if event.type in _REFUND_EVENTS:
        return _refund_report(thing)
    if event.type in _DISPUTE_EVENTS:
        return _dispute_report(thing)
    return None


def _session_report(session: Any, action: PaymentAction | None = None) -> CardReport:
    return CardReport(
        session_id=session.id,
        key=session.client_reference_id,
        action=action or _action(session),
        amount_minor=session.amount_total or 0,
        currency=str(session.currency or "").upper(),
        payment_intent=_id(session.payment_intent),
    )


def _action(session: Any) -> PaymentAction:
    """What a session says of its payment; that a debit failed shows in the intent behind it."""
    if session.payment_status == "paid":
        return PaymentAction.PAY
    if session.status == "complete":
        failed = getattr(session.payment_intent, "status", "") in ("requires_payment_method", "canceled")
        return PaymentAction.FAIL if failed else PaymentAction.WAIT
    return PaymentAction.EXPIRE if session.status == "expired" else PaymentAction.OPEN


def _refund_report(refund: Any) -> RefundReport:
    return RefundReport(
        refund_id=refund.id,
        key=refund.metadata["refund"] if refund.metadata and "refund" in refund.metadata else None,
        payment_intent=_id(refund.payment_intent) or "",
        action=_REFUND_ACTIONS[refund.status or "pending"],
        amount_minor=refund.amount,
        currency=refund.currency.upper(),
        reason=getattr(refund, "failure_reason", None) or "",
    )


def _dispute_report(dispute: Any) -> DisputeReport:
    due_by = getattr(getattr(dispute, "evidence_details", None), "due_by", None)
    return DisputeReport(
        dispute_id=dispute.id,
        payment_intent=_id(dispute.payment_intent) or "",
        action=_DISPUTE_ACTIONS.get(dispute.status),
        amount_minor=dispute.amount,
        currency=dispute.currency.upper(),
        reason=dispute.reason,
        answer_by=datetime.fromtimestamp(due_by, UTC) if due_by else None,
    )


def _id(thing: Any) -> str | None:
    """The id of something that Stripe gives as an id or as the whole object."""
    return thing if thing is None or isinstance(thing, str) else str(thing.id)


_gateway: Gateway | None = None


def configure(secret_key: str, webhook_secret: str, api_base: str = "") -> None:
    """Set the Stripe account of this process; without a key cards are not offered."""
    global _gateway
    _gateway = Gateway(secret_key, webhook_secret, api_base) if secret_key else None


def takes_cards() -> bool:
    """Whether a Stripe account was set."""
    return _gateway is not None


def gateway() -> Gateway:
    """What `configure` set."""
    if _gateway is None:
        raise RuntimeError("no Stripe account: ask takes_cards() first")
    return _gateway
