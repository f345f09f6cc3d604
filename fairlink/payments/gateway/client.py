"""Stripe: the only file that imports its SDK. Speaks in our words and raises our errors."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import stripe
import structlog

from fairlink.kernel.errors import DomainError
from fairlink.payments.gateway.reports import event_report, refund_report, session_report
from fairlink.payments.rules import CardReport, DisputeReport, RefundReport

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
    #: The connected account that it is about; empty for the account whose secret signed it.
    connected_id: str
    report: CardReport | RefundReport | DisputeReport | None


@lru_cache(maxsize=32)
def _client(secret_key: str, api_base: str) -> stripe.StripeClient:
    """The client of one key, which keeps its connections."""
    bases: Any = {"api": api_base} if api_base else {}
    return stripe.StripeClient(
        secret_key,
        base_addresses=bases,
        max_network_retries=RETRIES,
        http_client=stripe.RequestsClient(timeout=TIMEOUT),
    )


class Gateway:
    """One Stripe account: that of `secret_key`, or one that is connected to it."""

    def __init__(self, secret_key: str, *, connected_id: str = "", api_base: str = "") -> None:
        self._client = _client(secret_key, api_base)
        self._connected_id = connected_id

    def _options(self, key: str | None = None) -> "RequestOptions":
        """Of each request: whose account, and the idempotency key of one that writes."""
        options: RequestOptions = {}
        if self._connected_id:
            options["stripe_account"] = self._connected_id
        if key is not None:
            options["idempotency_key"] = key
        return options

    def check(self) -> None:
        """See whether Stripe lets us in. Raises CardServiceRefused if not, CardServiceAway without an answer."""
        try:
            _asking(lambda: self._client.v1.checkout.sessions.list({"limit": 1}, self._options()))
        except CardServiceAway as error:
            if isinstance(error.__cause__, (stripe.AuthenticationError, stripe.PermissionError)):
                raise CardServiceRefused(str(error.__cause__.user_message or error.__cause__)) from error
            raise

    def open_page(self, page: CardPage) -> OpenPage:
        """Make the Checkout Session of one payment; its key makes a repeated request return the same one."""
        made = _asking(
            lambda: self._client.v1.checkout.sessions.create(
                params=session_params(page), options=self._options(page.key)
            )
        )
        if not made.url:
            raise CardServiceRefused(f"session {made.id} without a page")
        return OpenPage(made.id, made.url)

    def ask(self, session_id: str) -> CardReport:
        """What has become of a session."""
        params: SessionRetrieveParams = {"expand": ["payment_intent"]}
        retrieve = self._client.v1.checkout.sessions.retrieve
        return session_report(_asking(lambda: retrieve(session_id, params, self._options())))

    def close_page(self, session_id: str) -> CardReport:
        """Expire a session, so that nobody can pay it any more; tells what is true if it was too late for that."""
        expire = self._client.v1.checkout.sessions.expire
        try:
            return session_report(_asking(lambda: expire(session_id, options=self._options())))
        except CardServiceRefused:
            return self.ask(session_id)

    def capture(self, *, key: str, intent_id: str) -> None:
        """Take the amount that a card's bank has put by."""
        options = self._options(f"{key}-capture")
        _asking(lambda: self._client.v1.payment_intents.capture(intent_id, options=options))

    def release(self, *, key: str, intent_id: str) -> None:
        """Let go of the amount that a card's bank has put by."""
        options = self._options(f"{key}-release")
        _asking(lambda: self._client.v1.payment_intents.cancel(intent_id, options=options))

    def refund(self, *, key: str, attempt: int, intent_id: str, amount_minor: int) -> RefundReport:
        """Give back `amount_minor` of a payment, in its currency; `key` and `attempt` make a repeat harmless."""
        made = _asking(
            lambda: self._client.v1.refunds.create(
                params=refund_params(key, intent_id, amount_minor), options=self._options(f"{key}-{attempt}")
            )
        )
        return refund_report(made)

    def find_refund(self, *, key: str, intent_id: str) -> RefundReport | None:
        """The refund that was made under `key`, if there is one."""
        params: RefundListParams = {"payment_intent": intent_id, "limit": 100}
        refunds = self._client.v1.refunds
        found = _asking(lambda: list(refunds.list(params, self._options()).auto_paging_iter()))
        return next((report for report in map(refund_report, found) if report.key == key), None)


def read_event(body: bytes, signature: str | None, secret: str) -> Event:
    """The webhook in `body`. Raises NotFromStripe unless it was signed with `secret` less than 300 s ago."""
    try:
        event: Any = stripe.Webhook.construct_event(body, signature, secret, TOLERANCE)
        return Event(event.id, event.type, getattr(event, "account", None) or "", event_report(event))
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
