"""Step 5: the caps, from the class to the envelope, each cutting what the ones before it left."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from fairlink.kernel.money import minor_digits, portion
from fairlink.subsidies.rules.conditions import holds
from fairlink.subsidies.rules.document import AidCeiling, Cap
from fairlink.subsidies.rules.explanation import Param
from fairlink.subsidies.rules.facts import Facts, Member
from fairlink.subsidies.rules.outcome import HANDLING_FEE, INDIRECT
from fairlink.subsidies.rules.rates import indirect_base
from fairlink.subsidies.rules.terms import CapScope, OnExcess
from fairlink.subsidies.rules.vocabulary import KnownFacts, years_before
from fairlink.subsidies.rules.worksheet import Item, Worksheet

_FIRM_SCOPES = (CapScope.FIRM_FAIR, CapScope.FIRM_YEAR, CapScope.FIRM_LIFETIME)


def apply_caps(sheet: Worksheet) -> None:
    """Cut the support of all items to the caps of the rules and to what is left of the envelope."""
    for scope in (CapScope.CLASS_FIRM, CapScope.CLASS_GROUP):
        _each(sheet, scope)
    _follow_indirect(sheet)
    for scope in _FIRM_SCOPES:
        _each(sheet, scope)
    for index, ceiling in enumerate(sheet.rules.aid_ceilings):
        _aid_ceiling(sheet, ceiling, f"$.aid_ceilings[{index}]")
    _each(sheet, CapScope.GROUP)
    follow_fee(sheet, 5)
    _each(sheet, CapScope.APPLICATION)
    _envelope(sheet)


def _each(sheet: Worksheet, scope: CapScope) -> None:
    for index, cap in enumerate(sheet.rules.caps):
        if cap.scope is scope:
            _apply(sheet, cap, f"$.caps[{index}]")


def _apply(sheet: Worksheet, cap: Cap, rule: str) -> None:
    members = sheet.members_in()
    if cap.scope in (CapScope.CLASS_GROUP, CapScope.GROUP, CapScope.APPLICATION):
        known = KnownFacts(sheet.facts)
        known["application.firms"] = len(members)
        if cap.when is None or holds(cap.when, known):
            _shared_cap(sheet, cap, rule, len(members))
        return
    for member in members:
        if cap.when is None or holds(cap.when, sheet.known[member.id]):
            _firm_cap(sheet, cap, rule, member)


def _firm_cap(sheet: Worksheet, cap: Cap, rule: str, member: Member) -> None:
    used = _used(cap.scope, member)
    items = sheet.items_of(member.id)
    if cap.classes:
        items = [item for item in items if item.cost_class in cap.classes]
    params: dict[str, Param] = {"condition": cap.code, "limit_minor": cap.amount_minor, "used_minor": used}
    left = max(0, cap.amount_minor - used)
    sheet.limit_support(items, left, f"cap_{cap.scope.value}", rule, member=member.id, params=params)


def _used(scope: CapScope, member: Member) -> int:
    balances = member.balances
    match scope:
        case CapScope.FIRM_FAIR:
            return balances.fair_minor
        case CapScope.FIRM_YEAR:
            return balances.year_minor
        case CapScope.FIRM_LIFETIME:
            return balances.lifetime_minor
        case _:
            return 0


def _shared_cap(sheet: Worksheet, cap: Cap, rule: str, firms: int) -> None:
    """A cap on several members together. The handling fee counts for the application, not for the group."""
    limit = cap.amount_minor * firms if cap.per_firm else cap.amount_minor
    used = sheet.facts.group_awarded_minor if cap.scope is CapScope.GROUP else 0
    items: Sequence[Item] = sheet.items
    if cap.scope is CapScope.GROUP:
        items = [item for item in items if item.member is not None]
    elif cap.scope is CapScope.CLASS_GROUP:
        items = [item for item in items if item.cost_class in cap.classes]
    params: dict[str, Param] = {"condition": cap.code, "limit_minor": limit, "used_minor": used, "firms": firms}
    sheet.limit_support(items, max(0, limit - used), f"cap_{cap.scope.value}", rule, params=params)


def _follow_indirect(sheet: Worksheet) -> None:
    """The indirect share stays a share of what the class caps left."""
    share_bp = sheet.rules.add_ons.indirect_bp
    for item in sheet.items:
        if item.line == INDIRECT and item.is_add_on and share_bp:
            _follow(
                sheet,
                5,
                item,
                indirect_base(sheet, item.member or ""),
                share_bp,
                "indirect_follows",
                "$.add_ons.indirect_bp",
            )


def follow_fee(sheet: Worksheet, step: int) -> None:
    """The handling fee stays a share of the members' support that is left."""
    fee = sheet.rules.add_ons.handling_fee
    for item in sheet.items:
        if item.line == HANDLING_FEE and item.is_add_on and fee:
            base = sum(each.support for each in sheet.items if each.member is not None)
            _follow(sheet, step, item, base, fee.share_bp, "handling_fee_follows", "$.add_ons.handling_fee")


def _follow(sheet: Worksheet, step: int, item: Item, base: int, share_bp: int, code: str, rule: str) -> None:
    amount = min(item.support, portion(base, share_bp))
    sheet.set_support(step, item, amount, code, rule, {"share_bp": share_bp, "base_minor": base})


def _worth(facts: Facts, scheme_currency: str, currency: str) -> Fraction:
    """Minor units of the scheme's currency for one minor unit of `currency`."""
    if currency == scheme_currency:
        return Fraction(1)
    rate = next(each.rate for each in facts.exchange if each.currency == currency)
    return Fraction(rate) * Fraction(10) ** (minor_digits(scheme_currency) - minor_digits(currency))


def aid_left(facts: Facts, scheme_currency: str, ceiling: AidCeiling, undertaking: str) -> tuple[int, int, date]:
    """What a single undertaking may still get and what it has got, in minor units of the scheme's currency, and the day
    after which earlier aid counts.

    The window is the `ceiling.years` up to and including the day of the grant: with three years and a grant on
    2026-05-10, aid of 2023-05-11 counts and aid of 2023-05-10 does not. Conversion is exact and rounded down once, at
    the end, so that rounding never passes the ceiling.
    """
    until = facts.reference_on
    after = years_before(until, ceiling.years)
    used = sum(
        (
            aid.amount_minor * _worth(facts, scheme_currency, aid.currency)
            for aid in facts.prior_aid
            if aid.undertaking == undertaking and aid.regime == ceiling.code and after < aid.granted_on <= until
        ),
        Fraction(0),
    )
    left = ceiling.amount_minor * _worth(facts, scheme_currency, ceiling.currency) - used
    return max(0, left.__floor__()), used.__ceil__(), after


def _aid_ceiling(sheet: Worksheet, ceiling: AidCeiling, rule: str) -> None:
    undertakings: dict[str, list[str]] = {}
    for member in sheet.members_in():
        undertakings.setdefault(member.single_undertaking, []).append(member.id)
    for undertaking in sorted(undertakings):
        firms = undertakings[undertaking]
        left, used, after = aid_left(sheet.facts, sheet.rules.currency, ceiling, undertaking)
        params: dict[str, Param] = {
            "condition": ceiling.code,
            "undertaking": undertaking,
            "ceiling_minor": ceiling.amount_minor,
            "ceiling_currency": ceiling.currency,
            "used_minor": used,
            "left_minor": left,
            "after_day": after.isoformat(),
        }
        refuse = ceiling.on_excess is OnExcess.REFUSE
        items = [item for firm in firms for item in sheet.items_of(firm)]
        code = "aid_ceiling_refused" if refuse else "aid_ceiling"
        alone = firms[0] if len(firms) == 1 else None
        sheet.limit_support(items, left, code, rule, member=alone, params=params, refuse=refuse)


def _envelope(sheet: Worksheet) -> None:
    left = sheet.facts.envelope_left_minor
    if left is None:
        return
    refuse = sheet.rules.envelope_excess is OnExcess.REFUSE
    code = "envelope_refused" if refuse else "cap_envelope"
    sheet.limit_support(sheet.items, left, code, "$.envelope_excess", params={"left_minor": left}, refuse=refuse)
