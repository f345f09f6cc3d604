"""The quote: runs the steps of the calculation in their order and gathers the result."""

from fairlink.kernel.money import portion, split
from fairlink.subsidies.rules.caps import apply_caps, follow_fee
from fairlink.subsidies.rules.costs import admit
from fairlink.subsidies.rules.document import Rules
from fairlink.subsidies.rules.eligibility import judge
from fairlink.subsidies.rules.explanation import Param, Track
from fairlink.subsidies.rules.facts import Facts, Member
from fairlink.subsidies.rules.fitting import check_facts
from fairlink.subsidies.rules.outcome import LineQuote, MemberQuote, PaymentPlan, Quote
from fairlink.subsidies.rules.rates import support_lines
from fairlink.subsidies.rules.terms import AwardScope
from fairlink.subsidies.rules.worksheet import Item, Worksheet


def quote(rules: Rules, facts: Facts) -> Quote:
    """What `facts` get under `rules`, in minor units of the scheme's currency, with an explanation for every figure.

    Depends on nothing else: no clock, no database; the order of members and lines does not matter. Raises FactsError
    where the facts do not fit the rules (a member that is not there, a quantity or exchange rate that is missing).
    Example: 50%, at most 1,500.00 EUR per firm: one firm with 4,000.00 EUR of stand space gets 1,500.00 EUR.
    """
    check_facts(rules, facts)
    sheet = Worksheet(rules, facts)
    judge(sheet)
    admit(sheet)
    support_lines(sheet)
    apply_caps(sheet)
    _minimum_award(sheet)
    return _result(sheet)


def _minimum_award(sheet: Worksheet) -> None:
    """Step 6."""
    minimum = sheet.rules.minimum_award
    if minimum is None:
        return
    groups = [sheet.items]
    if minimum.per is AwardScope.MEMBER:
        groups = [sheet.items_of(member.id) for member in sheet.members]
    for items in groups:
        found = sum(item.support for item in items)
        if 0 < found < minimum.amount_minor:
            params: dict[str, Param] = {"least_minor": minimum.amount_minor, "found_minor": found}
            for item in items:
                sheet.set_support(6, item, 0, "below_minimum_award", "$.minimum_award", params)
    follow_fee(sheet, 6)


def _line_quote(item: Item) -> LineQuote:
    eligible = item.support if item.is_add_on else item.eligible
    return LineQuote(
        member=item.member,
        line=item.line,
        cost_class=item.cost_class,
        cost_minor=eligible + item.ineligible,
        eligible_minor=eligible,
        rate_bp=item.rate_bp,
        support_minor=item.support,
        payee=item.payee,
    )


def _result(sheet: Worksheet) -> Quote:
    members = tuple(_member_quote(sheet, member) for member in sheet.members)
    fee = next((_line_quote(item) for item in sheet.items if item.member is None), None)
    extra = 0 if fee is None else fee.support_minor
    return Quote(
        currency=sheet.rules.currency,
        eligible=not sheet.group_refused,
        members=members,
        handling_fee=fee,
        cost_minor=sum(member.cost_minor for member in members) + extra,
        eligible_minor=sum(member.eligible_minor for member in members) + extra,
        support_minor=sum(member.support_minor for member in members) + extra,
        explanations=tuple(sheet.explanations),
    )


def _member_quote(sheet: Worksheet, member: Member) -> MemberQuote:
    lines = tuple(_line_quote(item) for item in sheet.items_of(member.id))
    eligible = sum(line.eligible_minor for line in lines)
    support = sum(line.support_minor for line in lines)
    own = eligible - support
    _plan(sheet, member, "own_contribution", "", own, eligible_minor=eligible, support_minor=support)
    cash_bp = sheet.rules.own_cash_bp
    own_cash = 0 if cash_bp is None else portion(own, cash_bp)
    if cash_bp is not None and own_cash:
        _plan(sheet, member, "own_cash", "$.own_cash_bp", own_cash, share_bp=cash_bp)
    due_back = max(0, member.advance_paid_minor - support)
    if due_back:
        _plan(sheet, member, "advance_due_back", "", due_back, paid_minor=member.advance_paid_minor)
    return MemberQuote(
        member=member.id,
        eligible=member.id not in sheet.refused,
        lines=lines,
        cost_minor=sum(line.cost_minor for line in lines),
        eligible_minor=eligible,
        support_minor=support,
        own_cash_minor=own_cash,
        advance_due_back_minor=due_back,
        plan=_payment_plan(sheet, member, support),
    )


def _payment_plan(sheet: Worksheet, member: Member, support: int) -> PaymentPlan:
    payment = sheet.rules.payment
    rest_bp = 10_000 - payment.advance_bp - payment.retention_bp
    advance, on_claim, retained = split(support, [payment.advance_bp, rest_bp, payment.retention_bp])
    if advance:
        _plan(sheet, member, "advance", "$.payment.advance_bp", advance, share_bp=payment.advance_bp)
    if retained:
        until = payment.retained_until.value
        _plan(sheet, member, "retained", "$.payment.retention_bp", retained, share_bp=payment.retention_bp, until=until)
    return PaymentPlan(advance, on_claim, retained)


def _plan(sheet: Worksheet, member: Member, code: str, rule: str, amount: int, **params: Param) -> None:
    sheet.note(7, code, rule, track=Track.PLAN, member=member.id, after=amount, params=params)
