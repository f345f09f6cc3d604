"""Paying by card: the row first, then Stripe's page; and asking Stripe what became of pages that were left."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.audit.service import record
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.errors import Conflict
from fairlink.mail.emails import link
from fairlink.payments import queries, rules
from fairlink.payments.gateway import CardPage, CardServiceRefused, Line, can_reach, gateway, takes_cards
from fairlink.payments.models import CardAccount, Charge, Payment, PaymentPart
from fairlink.payments.service.ledger import move_payment
from fairlink.payments.service.settling import settle_card
from fairlink.payments.states import UNSETTLED, Method, PaymentAction, PaymentState

#: An earlier page that stays open for so long is given again to who asks for the same.
WORTH_REUSING = timedelta(minutes=10)
#: A payment without a page after this time never gets one.
PAGE_COMES_WITHIN = timedelta(minutes=15)
#: So long a row without a page may wait for Stripe's answer: only who began it may end it and begin anew.
OPENING_TAKES = timedelta(minutes=2)
#: How often an earlier page may stand in the way before we give up.
_TRIES = 3


def pay_by_card(session: Session, names: Mapping[int, str], *, by: User, now: datetime) -> str:
    """The address of the card page on which `by` pays all that is left of some charges of one award.

    `names` are the ids of the charges with what the page calls them. Commits by itself: no lock is held while Stripe is
    asked. Of each charge there is at most one open page: earlier ones are closed first. Raises Conflict if nothing is
    left, if a payment is on its way, or if cards are not taken; CardServiceAway if Stripe does not answer.
    """
    for _ in range(_TRIES):
        with unit_of_work(session):
            charges = queries.lock_charges(session, names)
            account = _account_for(session, charges)
            earlier = queries.unsettled_payments(session, names)
            if not earlier:
                payment = _begin(session, charges, account, by=by, now=now)
                break
            if page := _same_page(earlier, charges, account, by, now):
                return page
            if any(_is_opening_for_another(each, by, now) for each in earlier):
                raise Conflict("payment_under_way")
        for each in earlier:
            _close(session, each, now)
    else:
        raise Conflict("payment_under_way")
    return _open(session, payment, names, by, now)


def _account_for(session: Session, charges: Sequence[Charge]) -> CardAccount | None:
    """Where money for these charges, which are all owed to one agency, goes to; None for the platform's account."""
    agencies = {charge.agency_id for charge in charges}
    if not agencies:
        raise Conflict("nothing_left_to_pay")
    (agency_id,) = agencies
    account = queries.card_account(session, agency_id)
    if not takes_cards(account):
        raise Conflict("cards_not_taken")
    return account


def _begin(
    session: Session, charges: Sequence[Charge], account: CardAccount | None, *, by: User, now: datetime
) -> Payment:
    owed = [charge for charge in charges if charge.left]
    if not owed:
        raise Conflict("nothing_left_to_pay")
    currency = owed[0].currency
    if not rules.is_card_currency(currency):
        raise Conflict("cards_not_taken")
    assert by.organisation_id is not None
    payment = Payment(
        key=uuid.uuid4(),
        fair_id=owed[0].fair_id,
        payer_id=by.organisation_id,
        method=Method.CARD,
        card_account=account,
        state=PaymentState.CREATED,
        amount_minor=sum(charge.left.minor for charge in owed),
        currency=currency,
        created_at=now,
        made_by=by,
        expires_at=now + rules.CARD_PAGE_LIFE,
        is_hold=rules.can_hold([charge.kind for charge in owed], owed[0].fair.ends_at, now),
        parts=[PaymentPart(charge=charge, amount_minor=charge.left.minor) for charge in owed],
    )
    session.add(payment)
    record(session, "payment:begin", payment, by=by, now=now, amount_minor=payment.amount_minor)
    return payment


def _same_page(
    earlier: Sequence[Payment], charges: Sequence[Charge], account: CardAccount | None, by: User, now: datetime
) -> str | None:
    """The page that `by` has left open for exactly this; None if another is needed."""
    if any(payment.state in (PaymentState.PENDING, PaymentState.HELD) for payment in earlier):
        raise Conflict("payment_under_way")
    (payment, *others) = earlier
    same = {part.charge_id: part.amount_minor for part in payment.parts} == {
        charge.id: charge.left.minor for charge in charges if charge.left
    }
    lasts = payment.expires_at is not None and payment.expires_at > now + WORTH_REUSING
    is_own = payment.payer_id == by.organisation_id and payment.state == PaymentState.OPEN
    is_own = is_own and payment.card_account == account
    return payment.page_url if same and lasts and is_own and not others else None


def _is_opening_for_another(payment: Payment, by: User, now: datetime) -> bool:
    """Whether somebody else has just pressed: ending their row would leave both without a page."""
    is_fresh = now - payment.created_at < OPENING_TAKES
    return payment.state == PaymentState.CREATED and is_fresh and payment.made_by != by


def _open(session: Session, payment: Payment, names: Mapping[int, str], by: User, now: datetime) -> str:
    assert payment.expires_at is not None
    back = link(f"/payments/made/{payment.id}")
    page = CardPage(
        key=str(payment.key),
        lines=tuple(Line(names[part.charge_id], part.amount_minor) for part in payment.parts),
        currency=payment.currency,
        email=by.email,
        locale=by.locale,
        expires_at=payment.expires_at,
        success_url=back,
        cancel_url=back,
        hold=payment.is_hold,
    )
    try:
        opened = gateway(payment.card_account).open_page(page)
    except CardServiceRefused:
        with unit_of_work(session):
            _end_unopened(session, payment.id, PaymentAction.FAIL, now)
        raise
    with unit_of_work(session):
        locked = queries.lock_payment_by_id(session, payment.id)
        assert locked is not None
        is_first = rules.says_more(locked.state, PaymentAction.OPEN)
        if is_first:
            locked.session_id, locked.page_url = opened.session_id, opened.url
            move_payment(session, locked, PaymentAction.OPEN, by=by, now=now)
    if not is_first:
        # Somebody began another payment for the same meanwhile, which closed this one.
        gateway(payment.card_account).close_page(opened.session_id)
        raise Conflict("payment_under_way")
    return opened.url


def _end_unopened(session: Session, payment_id: int, action: PaymentAction, now: datetime) -> None:
    """Nobody has seen the page of a payment that is only a row: nothing can come of it."""
    payment = queries.lock_payment_by_id(session, payment_id)
    if payment is not None and payment.state == PaymentState.CREATED:
        move_payment(session, payment, action, by=None, now=now)


def _close(session: Session, payment: Payment, now: datetime) -> None:
    """Let nobody pay on an earlier page; if somebody has, take that in."""
    if payment.session_id is None:
        with unit_of_work(session):
            _end_unopened(session, payment.id, PaymentAction.EXPIRE, now)
        return
    report = gateway(payment.card_account).close_page(payment.session_id)
    with unit_of_work(session):
        settle_card(session, report, now=now)


def ask(session: Session, payment_id: int, *, now: datetime) -> Payment | None:
    """Ask Stripe what has become of a card payment and take it in; returns the payment. Commits by itself.

    A page for what is no longer owed (paid otherwise, cancelled) is closed, and an amount put by for it is let go.
    Raises CardServiceAway without an answer.
    """
    payment = queries.payment(session, payment_id)
    if payment is None or payment.state not in UNSETTLED or not can_reach(payment.card_account):
        return payment
    if payment.session_id is None:
        if now - payment.created_at >= PAGE_COMES_WITHIN:
            with unit_of_work(session):
                _end_unopened(session, payment.id, PaymentAction.EXPIRE, now)
        return payment
    is_stale = any(part.amount_minor > part.charge.left.minor for part in payment.parts)
    stripe = gateway(payment.card_account)
    if is_stale and payment.state == PaymentState.HELD and payment.intent_id is not None:
        stripe.release(key=str(payment.key), intent_id=payment.intent_id)
    if is_stale and payment.state == PaymentState.OPEN:
        report = stripe.close_page(payment.session_id)
    else:
        report = stripe.ask(payment.session_id)
    with unit_of_work(session):
        return settle_card(session, report, now=now)


def keep_deposit(session: Session, payment: Payment, *, by: User | None, now: datetime) -> None:
    """Take the amount that is put by on a card: the deposit is not given back. Commits by itself;
    `by` is None for the clock. Raises Conflict if it is not (or no longer) put by.
    """
    if payment.state != PaymentState.HELD or payment.intent_id is None:
        raise Conflict("deposit_not_held")
    gateway(payment.card_account).capture(key=str(payment.key), intent_id=payment.intent_id)
    with unit_of_work(session):
        record(session, "payment:keep", payment, by=by, now=now, amount_minor=payment.amount_minor)
    ask(session, payment.id, now=now)
