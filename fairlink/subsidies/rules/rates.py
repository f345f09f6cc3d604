"""Steps 3 and 4: the rate of each member and class, the support of each line, and the add-ons."""

from fairlink.kernel.money import portion
from fairlink.subsidies.rules.conditions import Condition, holds
from fairlink.subsidies.rules.document import Taper, TaperStep
from fairlink.subsidies.rules.explanation import Param, Track
from fairlink.subsidies.rules.facts import Member
from fairlink.subsidies.rules.outcome import HANDLING_FEE, INDIRECT
from fairlink.subsidies.rules.terms import TaperBy
from fairlink.subsidies.rules.vocabulary import KnownFacts, full_years
from fairlink.subsidies.rules.worksheet import Item, Worksheet


def support_lines(sheet: Worksheet) -> None:
    """Set rate and support of every item with eligible cost, then add the add-ons."""
    for member in sheet.members:
        if not sheet.is_in(member.id):
            continue
        rates: dict[str, int | None] = {}
        for item in sheet.items_of(member.id):
            if item.eligible:
                if item.cost_class not in rates:
                    rates[item.cost_class] = _rate(sheet, member, item.cost_class)
                _support(sheet, item, rates[item.cost_class])
    _add_ons(sheet)


def _fits(classes: tuple[str, ...], when: Condition | None, cost_class: str, known: KnownFacts) -> bool:
    return (not classes or cost_class in classes) and (when is None or bool(holds(when, known)))


class _RateCard:
    """The rate of one member and class while it is being worked out."""

    def __init__(self, sheet: Worksheet, member: str, cost_class: str) -> None:
        self.sheet, self.member, self.cost_class = sheet, member, cost_class
        self.rate_bp: int | None = None

    def set(self, rate_bp: int, code: str, rule: str, **params: Param) -> None:
        if rate_bp != self.rate_bp:
            self.sheet.note(
                3, code, rule, track=Track.RATE, member=self.member, cost_class=self.cost_class,
                before=self.rate_bp, after=rate_bp, params=params,
            )  # fmt: skip
            self.rate_bp = rate_bp


def _rate(sheet: Worksheet, member: Member, cost_class: str) -> int | None:
    """The rate in basis points; None for a class supported by amounts per unit."""
    rules, known = sheet.rules.rates, sheet.known[member.id]
    card = _RateCard(sheet, member.id, cost_class)
    if sheet.classes[cost_class][1].unit_amount is not None:
        _time_limit(sheet, member, card)
        return card.rate_bp
    for index, base in enumerate(rules.base):
        if _fits(base.classes, base.when, cost_class, known):
            card.set(base.rate_bp, "base_rate", f"$.rates.base[{index}]", condition=base.code)
            break
    else:
        card.set(0, "no_rate", "$.rates.base")
    for index, taper in enumerate(rules.tapers):
        if _fits(taper.classes, None, cost_class, known):
            _taper(sheet, member, card, taper, f"$.rates.tapers[{index}]")
    for index, uplift in enumerate(rules.uplifts):
        if card.rate_bp and _fits(uplift.classes, uplift.when, cost_class, known):
            rate = card.rate_bp + uplift.add_bp
            card.set(rate, "uplift", f"$.rates.uplifts[{index}]", condition=uplift.code, add_bp=uplift.add_bp)
    if card.rate_bp is not None and card.rate_bp > rules.maximum_bp:
        card.set(rules.maximum_bp, "maximum_rate", "$.rates.maximum_bp")
    _time_limit(sheet, member, card)
    return card.rate_bp


def _years(sheet: Worksheet, member: Member) -> int:
    return full_years(member.first_award_on, sheet.facts.reference_on) or 0


def _taper(sheet: Worksheet, member: Member, card: _RateCard, taper: Taper, rule: str) -> None:
    by_participations = taper.by is TaperBy.PARTICIPATIONS
    count = len(member.participations) if by_participations else _years(sheet, member)
    reached = [each for each in enumerate(taper.steps) if each[1].since <= count]
    if reached:
        index, step = max(reached, key=lambda each: each[1].since)
        rate = _stepped(card.rate_bp or 0, step)
        card.set(rate, "taper", f"{rule}.steps[{index}]", condition=taper.code, by=taper.by.value, count=count)


def _stepped(rate_bp: int, step: TaperStep) -> int:
    if step.rate_bp is not None:
        return step.rate_bp
    if step.factor_bp is not None:
        return portion(rate_bp, step.factor_bp)
    return min(10_000, max(0, rate_bp + (step.add_bp or 0)))


def _time_limit(sheet: Worksheet, member: Member, card: _RateCard) -> None:
    limit = sheet.rules.rates.time_limit
    if limit is None:
        return
    if limit.years is not None and _years(sheet, member) >= limit.years:
        card.set(0, "past_years", "$.rates.time_limit.years", years=_years(sheet, member), most=limit.years)
    if limit.participations is not None and len(member.participations) >= limit.participations:
        rule = "$.rates.time_limit.participations"
        card.set(0, "past_participations", rule, used=len(member.participations), most=limit.participations)


def _support(sheet: Worksheet, item: Item, rate_bp: int | None) -> None:
    item.rate_bp = rate_bp
    if item.unit_amount is not None and rate_bp is None:
        amount = min(item.unit_amount, item.eligible)
        code = "unit_amount" if amount == item.unit_amount else "unit_amount_to_cost"
        rule = f"{sheet.classes[item.cost_class][0]}.unit_amount"
        params: dict[str, Param] = {"amount_minor": item.unit_amount, "eligible_minor": item.eligible}
        sheet.set_support(4, item, amount, code, rule, params)
    elif rate_bp:
        params = {"rate_bp": rate_bp, "eligible_minor": item.eligible}
        sheet.set_support(4, item, portion(item.eligible, rate_bp), "support", "", params)


def _add_ons(sheet: Worksheet) -> None:
    """The flat indirect share of each member, then the handling fee on all support found so far."""
    rules = sheet.rules.add_ons
    if rules.indirect_bp:
        for member in sheet.members:
            item = Item(member.id, INDIRECT, "", sheet.rules.payee, is_add_on=True)
            _add(sheet, item, indirect_base(sheet, member.id), rules.indirect_bp, "indirect", "$.add_ons.indirect_bp")
    fee = rules.handling_fee
    if fee is not None:
        base = sum(item.support for item in sheet.items)
        item = Item(None, HANDLING_FEE, "", fee.payee, is_add_on=True)
        _add(sheet, item, base, fee.share_bp, "handling_fee", "$.add_ons.handling_fee")


def _add(sheet: Worksheet, item: Item, base: int, share_bp: int, code: str, rule: str) -> None:
    amount = portion(base, share_bp)
    if amount:
        sheet.add(item)
        sheet.set_support(4, item, amount, code, rule, {"share_bp": share_bp, "base_minor": base})


def indirect_base(sheet: Worksheet, member: str) -> int:
    """The member's support that carries the indirect share: its lines, without residual classes.

    A residual class gives way to the others in every cap; if it carried an add-on, more of it could mean less support.
    """
    return sum(item.support for item in sheet.items_of(member) if not item.residual and not item.is_add_on)
