"""A stateful stand-in for api.stripe.com on the loopback interface: Checkout Sessions, refunds, events, idempotency.

It speaks real HTTP, so that the production client is what is tested; only its base address differs. It keeps Stripe's
rules as its reference describes them: an idempotency key repeats its first answer, a 500 included; the same key with
other parameters is refused; webhooks are signed and come again until they are answered with 2xx. What belongs to one
account is not there for another: an account is that of a key, or one connected to it that the request names.
"""

import hashlib
import hmac
import json
import secrets
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, abort, g, jsonify, redirect, render_template_string, request
from flask.typing import ResponseReturnValue
from werkzeug.serving import make_server

from tests.payments.stripe_wire import Refused, Wire

SECRET_KEY = "sk_test_standin"
WEBHOOK_SECRET = "whsec_standin"

#: Delivers a webhook (body and signature) and returns the status of the answer.
Deliver = Callable[[bytes, str], int]

_SESSION_PARAMETERS = {
    "mode",
    "success_url",
    "cancel_url",
    "line_items",
    "client_reference_id",
    "customer_email",
    "metadata",
    "payment_intent_data",
    "expires_at",
    "locale",
}
#: Of the two-letter codes that the platform sends; Stripe knows more.
_LOCALES = {"auto", "en", "es", "pt"}


_CARD_PAGE = """<!doctype html>
<html lang="en">
<title>Test payment</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<h1>Test payment</h1>
<p>This page stands in for Stripe's. No card is asked for and no money moves.</p>
<p><b>{{ session.amount_total }} {{ session.currency|upper }}</b> (in the currency's smallest unit)</p>
{% if session.status == "open" %}<form method="post"><button>Pay</button></form>
{% else %}<p>This page is closed.</p>{% endif %}
<p><a href="{{ session.cancel_url }}">Back without paying</a></p>
</html>"""


class StripeStandIn(Wire):
    """Stripe in memory: the account of its first key, and those that tests add."""

    def __init__(self) -> None:
        super().__init__()
        self.objects: dict[str, dict[str, Any]] = {}
        self.events: list[tuple[str, bytes]] = []
        self.deliver: Deliver | None = None
        self.url = ""
        #: The accounts of further keys, and those that are connected to the first.
        self.keys: dict[str, str] = {SECRET_KEY: ""}
        self.connected: set[str] = set()
        #: Whose each object is; the first key's account has no name.
        self.owners: dict[str, str] = {}

    # What Stripe's own pages and people do.

    def pay(self, session_id: str, *, later: bool = False) -> dict[str, Any]:
        """The payer pays on the card page; `later` by a debit, which the bank has yet to carry out."""
        with self._lock:
            session = self.objects[session_id]
            held = session["capture_method"] == "manual"
            if session["status"] != "open":
                raise Refused(410, "invalid_request_error", "This page has expired.")
            intent = self._new(
                "pi_",
                owner=self.owners[session_id],
                object="payment_intent",
                amount=session["amount_total"],
                amount_received=0 if later or held else session["amount_total"],
                currency=session["currency"],
                status="requires_capture" if held else "processing" if later else "succeeded",
                metadata=session["metadata"],
            )
            session |= {"status": "complete", "payment_status": "unpaid" if later or held else "paid"}
            session |= {"payment_intent": intent["id"], "url": None}
        self._emit("checkout.session.completed", session)
        return session

    def debit_ends(self, session_id: str, *, well: bool) -> None:
        """The bank has carried a debit out, or not."""
        with self._lock:
            session = self.objects[session_id]
            intent = self.objects[session["payment_intent"]]
            intent["status"] = "succeeded" if well else "requires_payment_method"
            intent["amount_received"] = intent["amount"] if well else 0
            session["payment_status"] = "paid" if well else "unpaid"
        self._emit(f"checkout.session.async_payment_{'succeeded' if well else 'failed'}", session)

    def refund_by_hand(self, intent_id: str, amount: int) -> dict[str, Any]:
        """Somebody gives money back on Stripe's own pages."""
        with self._lock:
            return self._refund({"payment_intent": intent_id, "amount": str(amount)}, self.owners[intent_id])

    def refund_fails(self, refund_id: str) -> None:
        """The payer's bank sends a refund back."""
        refund = self.objects[refund_id]
        refund |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
        self._emit("refund.failed", refund)

    def dispute(self, intent_id: str, amount: int) -> dict[str, Any]:
        """The payer objects with their bank."""
        intent = self.objects[intent_id]
        dispute = self._new(
            "du_",
            owner=self.owners[intent_id],
            object="dispute",
            amount=amount,
            currency=intent["currency"],
            payment_intent=intent_id,
            reason="fraudulent",
            status="needs_response",
            evidence_details={"due_by": int(time.time()) + 604_800},
        )
        self._emit("charge.dispute.created", dispute)
        return dispute

    def dispute_ends(self, dispute_id: str, *, well: bool) -> None:
        """The bank has decided."""
        dispute = self.objects[dispute_id]
        dispute["status"] = "won" if well else "lost"
        self._emit("charge.dispute.closed", dispute)

    # Money, as the account sees it.

    @property
    def received(self) -> int:
        return sum(each["amount_received"] for each in self._all("payment_intent"))

    @property
    def refunded(self) -> int:
        return sum(each["amount"] for each in self._all("refund") if each["status"] != "failed")

    def received_by(self, account: str) -> int:
        """What one account has received."""
        return sum(
            each["amount_received"] for each in self._all("payment_intent") if self.owners[each["id"]] == account
        )

    def _all(self, kind: str) -> list[dict[str, Any]]:
        return [each for each in list(self.objects.values()) if each["object"] == kind]

    # Events.

    def sign(self, body: bytes, age: float = 0, secret: str = WEBHOOK_SECRET) -> str:
        """The Stripe-Signature header of an event that was sent `age` seconds ago."""
        at = int(time.time() - age)
        return f"t={at},v1={hmac.new(secret.encode(), b'%d.' % at + body, hashlib.sha256).hexdigest()}"

    def event(self, kind: str, thing: dict[str, Any]) -> bytes:
        """A new event about `thing` as it is now, not sent."""
        owner = self.owners.get(thing["id"], "")
        event = self._new(
            "evt_",
            owner=owner,
            object="event",
            type=kind,
            api_version=None,
            pending_webhooks=1,
            request=None,
            data={"object": json.loads(json.dumps(thing))},
            **({"account": owner} if owner in self.connected else {}),
        )
        return json.dumps(event).encode()

    def _emit(self, kind: str, thing: dict[str, Any]) -> None:
        body = self.event(kind, thing)
        self.events.append((kind, body))
        if self.deliver is None:
            return
        for _ in range(5):
            try:
                if 200 <= self.deliver(body, self.sign(body)) < 300:
                    return
            except OSError:
                pass
            time.sleep(0.02)

    # The API.

    def _new(self, prefix: str, *, owner: str, **values: Any) -> dict[str, Any]:
        number = prefix + secrets.token_hex(12)
        self.owners[number] = owner
        self.objects[number] = {"id": number, "created": int(time.time()), "livemode": False, **values}
        return self.objects[number]

    def app(self) -> Flask:
        """The API as a WSGI application."""
        app = Flask("stripe-standin")
        app.add_url_rule("/v1/checkout/sessions", view_func=self._create_session, methods=["POST"])
        app.add_url_rule("/v1/checkout/sessions", view_func=lambda: _listed([]), endpoint="sessions")
        app.add_url_rule("/v1/checkout/sessions/<number>", view_func=self._show_session)
        app.add_url_rule("/v1/checkout/sessions/<number>/expire", view_func=self._expire, methods=["POST"])
        app.add_url_rule("/v1/payment_intents/<number>/capture", view_func=self._capture, methods=["POST"])
        app.add_url_rule("/v1/payment_intents/<number>/cancel", view_func=self._let_go, methods=["POST"])
        app.add_url_rule("/v1/refunds", view_func=self._create_refund, methods=["POST"])
        app.add_url_rule("/v1/refunds", view_func=self._list_refunds, endpoint="refunds")
        app.add_url_rule("/pay/<number>", view_func=self._page, methods=["GET", "POST"])
        app.register_error_handler(Refused, lambda error: (jsonify(error.body), error.status))
        app.before_request(self._authenticate)
        return app

    def _authenticate(self) -> None:
        if not request.path.startswith("/v1/"):
            return
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if key not in self.keys:
            raise Refused(401, "invalid_request_error", "Invalid API Key provided")
        g.account = request.headers.get("Stripe-Account", self.keys[key])
        if "Stripe-Account" in request.headers and (key != SECRET_KEY or g.account not in self.connected):
            raise Refused(403, "invalid_request_error", "The provided key does not have access to this account.")

    def _create_session(self) -> ResponseReturnValue:
        return self.once(self._session)

    def _session(self, asked: Any) -> dict[str, Any]:
        unknown = sorted(set(asked) - _SESSION_PARAMETERS)
        if unknown:
            raise Refused(400, "invalid_request_error", f"Received unknown parameter: {unknown[0]}")
        if asked["locale"] not in _LOCALES or "@" not in asked["customer_email"]:
            raise Refused(400, "invalid_request_error", "Invalid locale or email")
        expires_at = int(asked["expires_at"])
        if not 1800 <= expires_at - time.time() + 5 <= 86_405:
            raise Refused(400, "invalid_request_error", "expires_at must be between 30 minutes and 24 hours from now")
        prices = [(each["price_data"], int(each["quantity"])) for each in asked["line_items"]]
        (currency,) = {price["currency"] for price, _ in prices}
        total = sum(int(price["unit_amount"]) * quantity for price, quantity in prices)
        session = self._new(
            "cs_test_",
            owner=g.account,
            object="checkout.session",
            mode=asked["mode"],
            status="open",
            payment_status="unpaid",
            amount_total=total,
            currency=currency,
            client_reference_id=asked["client_reference_id"],
            customer_email=asked["customer_email"],
            metadata=asked["metadata"],
            payment_intent=None,
            capture_method=asked.get("payment_intent_data", {}).get("capture_method", "automatic"),
            success_url=asked["success_url"],
            cancel_url=asked["cancel_url"],
            expires_at=expires_at,
        )
        session["url"] = f"{self.url}/pay/{session['id']}"
        return dict(session)

    def _find(self, number: str, account: str | None = None) -> dict[str, Any]:
        account = g.account if account is None else account
        if number not in self.objects or self.owners[number] != account:
            raise Refused(404, "invalid_request_error", f"No such object: '{number}'", code="resource_missing")
        return self.objects[number]

    def _show_session(self, number: str) -> ResponseReturnValue:
        session = dict(self._find(number))
        if "payment_intent" in request.args.getlist("expand[0]") and session["payment_intent"]:
            session["payment_intent"] = self.objects[session["payment_intent"]]
        return jsonify(session)

    def _expire(self, number: str) -> ResponseReturnValue:
        session = self._find(number)

        def work(_: Any) -> dict[str, Any]:
            if session["status"] != "open":
                raise Refused(400, "invalid_request_error", "Only open Checkout Sessions can be expired.")
            session.update(status="expired", url=None)
            return dict(session)

        answer = self.once(work)
        self._emit("checkout.session.expired", session)
        return answer

    def _capture(self, number: str) -> ResponseReturnValue:
        return self.once(lambda _: self._end_hold(number, "succeeded"))

    def _let_go(self, number: str) -> ResponseReturnValue:
        return self.once(lambda _: self._end_hold(number, "canceled"))

    def _end_hold(self, number: str, status: str) -> dict[str, Any]:
        intent = self._find(number)
        if intent["status"] != "requires_capture":
            raise Refused(400, "invalid_request_error", "This PaymentIntent could not be captured or canceled.")
        intent["status"] = status
        if status == "succeeded":
            intent["amount_received"] = intent["amount"]
            (session,) = (each for each in self._all("checkout.session") if each["payment_intent"] == number)
            session["payment_status"] = "paid"
        return dict(intent)

    def _create_refund(self) -> ResponseReturnValue:
        return self.once(lambda asked: self._refund(asked, g.account))

    def _refund(self, asked: Any, account: str) -> dict[str, Any]:
        intent = self._find(asked["payment_intent"], account)
        given = sum(
            each["amount"]
            for each in self._all("refund")
            if each["payment_intent"] == intent["id"] and each["status"] != "failed"
        )
        amount = int(asked["amount"])
        if amount > intent["amount_received"] - given:
            raise Refused(400, "invalid_request_error", "Refund amount is greater than unrefunded amount on charge")
        refund = self._new(
            "re_",
            owner=account,
            object="refund",
            amount=amount,
            currency=intent["currency"],
            payment_intent=intent["id"],
            status="succeeded",
            metadata=asked.get("metadata", {}),
        )
        self._emit("refund.created", refund)
        return dict(refund)

    def _list_refunds(self) -> ResponseReturnValue:
        intent = self._find(request.args["payment_intent"])
        return _listed([each for each in self._all("refund") if each["payment_intent"] == intent["id"]])

    def _page(self, number: str) -> ResponseReturnValue:
        """The card page, without cards."""
        session = self.objects.get(number) or abort(404)
        if request.method == "GET":
            return render_template_string(_CARD_PAGE, session=session)
        self.pay(number)
        return redirect(session["success_url"])


def _listed(found: list[dict[str, Any]]) -> ResponseReturnValue:
    """Stripe's way to list: newest first."""
    return jsonify(object="list", data=found[::-1], has_more=False, url=request.path)


def serve(port: int, webhook: str) -> None:
    """Stand in for Stripe on `port` of the loopback interface until stopped, and report to the address `webhook`."""
    standin = StripeStandIn()
    standin.url = f"http://127.0.0.1:{port}"

    def deliver(body: bytes, signature: str) -> int:
        sent = urllib.request.Request(webhook, body, {"Stripe-Signature": signature}, method="POST")
        with urllib.request.urlopen(sent, timeout=10) as answer:
            return int(answer.status)

    standin.deliver = deliver
    make_server("127.0.0.1", port, standin.app(), threaded=True).serve_forever()


@contextmanager
def running() -> Iterator[StripeStandIn]:
    """A stand-in that listens on a free port of the loopback interface."""
    standin = StripeStandIn()
    server = make_server("127.0.0.1", 0, standin.app(), threaded=True)
    standin.url = f"http://127.0.0.1:{server.server_port}"
    # shutdown() waits for the next poll: by default half a second, in each test of a payment.
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield standin
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2])
