"""Everything that the rules of a scheme say, in sentences: what applicants read, and what differs between versions."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from fairlink.kernel.money import Money
from fairlink.subsidies.forms.words import choice_name, cost_class_name
from fairlink.subsidies.rules import Rules
from fairlink.subsidies.rules.conditions import Condition
from fairlink.subsidies.rules.document import (
    AidCeiling,
    BaseRate,
    Cap,
    CostClass,
    CountLimit,
    LineRequirement,
    Requirement,
    Taper,
    TaperStep,
    Threshold,
)
from fairlink.subsidies.rules.terms import AwardScope, CapScope, OnExcess, OtherPublic, Payee, Refuses
from fairlink.subsidies.views.blueprint import bp
from fairlink.subsidies.views.conditions import ConditionWords
from fairlink.subsidies.views.wording import group_in_short, method_in_words
from fairlink.web.filters import write_date, write_money, write_rate


class Words(NamedTuple):
    """One thing that the rules say; `section` is the page of the editor that changes it."""

    label: str
    sentences: list[str]
    section: str


class Change(NamedTuple):
    """What differs under one heading between two versions."""

    label: str
    gone: list[str]
    new: list[str]


@bp.app_template_global()
def rules_in_words(rules: Rules) -> list[Words]:
    """Everything that the rules say, in the order in which an applicant asks."""
    return [words for words in _Speaker(rules).everything() if words.sentences]


def changes_in_words(old: Rules, new: Rules) -> list[Change]:
    """The sentences that only one of two versions says, by heading."""
    before = {words.label: words.sentences for words in rules_in_words(old)}
    after = {words.label: words.sentences for words in rules_in_words(new)}
    found = []
    for label in dict.fromkeys([*before, *after]):
        gone = [each for each in before.get(label, []) if each not in after.get(label, [])]
        come = [each for each in after.get(label, []) if each not in before.get(label, [])]
        if gone or come:
            found.append(Change(label, gone, come))
    return found


_CAPS = {
    CapScope.CLASS_FIRM: lazy_gettext("At most %(amount)s per firm for these costs: %(classes)s."),
    CapScope.CLASS_GROUP: lazy_gettext("At most %(amount)s per group for these costs: %(classes)s."),
    CapScope.FIRM_FAIR: lazy_gettext("At most %(amount)s per firm at one fair."),
    CapScope.FIRM_YEAR: lazy_gettext("At most %(amount)s per firm in a year."),
    CapScope.FIRM_LIFETIME: lazy_gettext("At most %(amount)s per firm in all."),
    CapScope.GROUP: lazy_gettext("At most %(amount)s per group."),
    CapScope.APPLICATION: lazy_gettext("At most %(amount)s per application."),
}
_OTHER_PUBLIC = {
    OtherPublic.DEDUCT: lazy_gettext("Other public money for the same cost is taken off the cost."),
    OtherPublic.REFUSE_LINE: lazy_gettext("A cost for which other public money is paid does not count."),
}


class _Speaker:
    """Says the rules of one scheme."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.conditions = ConditionWords(rules)

    def everything(self) -> list[Words]:
        rules = self.rules
        counted = [each.code for each in rules.cost_classes if not each.excluded]
        excluded = [each.code for each in rules.cost_classes if each.excluded]
        return [
            Words(_("Support"), [*self.rates()], "rates"),
            Words(_("On top of the support"), [*self.add_ons()], "rates"),
            Words(_("Limits"), [*self.limits()], "caps"),
            Words(_("Who applies"), [*self.group()], "applicants"),
            Words(
                _("Each firm"),
                [*map(self.requirement, rules.eligibility), *map(self.count, rules.counts)],
                "applicants",
            ),
            Words(
                _("Questions"),
                [f"{each.question} ({choice_name(each.kind)}, {choice_name(each.of)})" for each in rules.facts],
                "applicants",
            ),
            Words(_("Costs that count"), [_names(counted)], "costs"),
            Words(_("Costs that never count"), [_names(excluded)] if excluded else [], "costs"),
            Words(_("Limits of costs"), [*self.costs()], "costs"),
            Words(_("How it is decided"), [*self.selection()], "selection"),
            Words(_("What is judged"), [*self.criteria()], "selection"),
            Words(_("Time limits"), [*self.timing()], "timing"),
            Words(_("Payment"), [*self.payment()], "payment"),
            Words(_("Evidence with the claim"), [*self.evidence()], "costs"),
            Words(_("Taken back"), [*self.recovery()], "recovery"),
            Words(_("The scheme"), [*self.scheme()], "basics"),
        ]

    def money(self, minor: int) -> str:
        return write_money(Money(minor, self.rules.currency))

    def only(self, sentence: str, classes: Iterable[str], when: Condition | None) -> str:
        """A sentence with what narrows it."""
        names = _names(classes)
        said = (
            str(_("%(sentence)s Only for these costs: %(classes)s.", sentence=sentence, classes=names))
            if names
            else sentence
        )
        if when is None:
            return said
        return str(_("%(sentence)s Only if %(condition)s.", sentence=said, condition=self.conditions.say(when)))

    # Support

    def rates(self) -> Iterator[str]:
        rates = self.rules.rates
        for base in rates.base:
            yield self.base(base)
        for taper in rates.tapers:
            yield from self.taper(taper)
        for uplift in rates.uplifts:
            sentence = _("%(rate)s points more.", rate=write_rate(uplift.add_bp))
            yield self.only(sentence, uplift.classes, uplift.when)
        if rates.maximum_bp < 10_000:
            yield _("No rate is above %(rate)s.", rate=write_rate(rates.maximum_bp))
        if rates.time_limit and rates.time_limit.years:
            yield ngettext(
                "Nothing after %(num)s full year since the first award.",
                "Nothing after %(num)s full years since the first award.",
                rates.time_limit.years,
            )
        if rates.time_limit and rates.time_limit.participations:
            yield ngettext(
                "Nothing after %(num)s supported fair.",
                "Nothing after %(num)s supported fairs.",
                rates.time_limit.participations,
            )

    def base(self, base: BaseRate) -> str:
        rate, classes = write_rate(base.rate_bp), _names(base.classes)
        condition = self.conditions.say(base.when) if base.when else ""
        if base.classes and base.when:
            said = _("%(rate)s of these costs: %(classes)s, if %(condition)s.")
        elif base.classes:
            said = _("%(rate)s of these costs: %(classes)s.")
        elif base.when:
            said = _("%(rate)s of the cost, if %(condition)s.")
        else:
            said = _("%(rate)s of the cost.")
        return str(said) % {"rate": rate, "classes": classes, "condition": condition}

    def taper(self, taper: Taper) -> Iterator[str]:
        for step in taper.steps:
            since, by, then = step.since, choice_name(taper.by), _step(step)
            sentence = _("%(by)s from %(since)s on: %(then)s.", since=since, by=by, then=then)
            yield self.only(sentence, taper.classes, None)

    def add_ons(self) -> Iterator[str]:
        add_ons = self.rules.add_ons
        if add_ons.indirect_bp:
            yield _("A flat %(rate)s of each firm's support for indirect costs.", rate=write_rate(add_ons.indirect_bp))
        if add_ons.handling_fee:
            fee = add_ons.handling_fee
            rate, payee = write_rate(fee.share_bp), choice_name(fee.payee)
            yield _("A handling fee of %(rate)s of all support. It is paid to: %(payee)s.", rate=rate, payee=payee)

    # Limits

    def limits(self) -> Iterator[str]:
        for cap in self.rules.caps:
            yield self.cap(cap)
        for ceiling in self.rules.aid_ceilings:
            yield self.ceiling(ceiling)
        if self.rules.minimum_award:
            least = self.money(self.rules.minimum_award.amount_minor)
            if self.rules.minimum_award.per is AwardScope.MEMBER:
                yield _("Support below %(amount)s for a firm is not paid.", amount=least)
            else:
                yield _("Support below %(amount)s is not paid.", amount=least)
        if self.rules.envelope_excess is OnExcess.REFUSE:
            yield _("An application for which the envelope does not have enough left is refused as a whole.")

    def cap(self, cap: Cap) -> str:
        sentence = str(_CAPS[cap.scope]) % {"amount": self.money(cap.amount_minor), "classes": _names(cap.classes)}
        if cap.per_firm:
            sentence = str(_("%(sentence)s The amount is for each firm that takes part.", sentence=sentence))
        return self.only(sentence, (), cap.when)

    def ceiling(self, ceiling: AidCeiling) -> str:
        sentence = _(
            "At most %(amount)s of public aid to linked firms together within %(years)s years.",
            amount=write_money(Money(ceiling.amount_minor, ceiling.currency)),
            years=ceiling.years,
        )
        name = ceiling.code.replace("_", " ")
        excess = choice_name(ceiling.on_excess)
        return str(
            _("%(sentence)s (%(name)s. Support above it: %(excess)s)", sentence=sentence, name=name, excess=excess)
        )

    # Who

    def group(self) -> Iterator[str]:
        group = self.rules.group
        yield group_in_short(self.rules)
        if group.size_band:
            sizes = ", ".join(map(choice_name, group.size_band.sizes))
            share = write_rate(group.size_band.most_outside_bp)
            yield _("At most %(share)s of the firms may be of another size than: %(sizes)s.", share=share, sizes=sizes)
        yield from map(self.requirement, group.requirements)

    def requirement(self, each: Requirement) -> str:
        condition = _capital(self.conditions.say(each.require))
        return str(_("%(condition)s. If not: %(reason)s", condition=condition, reason=each.reason))

    def count(self, limit: CountLimit) -> str:
        most, per = limit.most, choice_name(limit.per)
        sentence = ngettext(
            "At most %(num)s supported fair: %(per)s.", "At most %(num)s supported fairs: %(per)s.", most, per=per
        )
        for bonus in limit.bonuses:
            kind = bonus.fair_kind.replace("_", " ")
            more = _("And %(most)s more for this kind of market: %(kind)s.", most=bonus.most, kind=kind)
            sentence = f"{sentence} {more}"
        if limit.different_countries:
            sentence = f"{sentence} {_('Each in another country.')}"
        return self.only(sentence, (), limit.when)

    # Costs

    def costs(self) -> Iterator[str]:
        for each in self.rules.cost_classes:
            yield from (f"{cost_class_name(each.code)}: {said}" for said in self.cost_class(each))
        for line in self.rules.line_requirements:
            yield self.line(line)
        if self.rules.other_public is not OtherPublic.IGNORE:
            yield str(_OTHER_PUBLIC[self.rules.other_public])
        for spend in self.rules.minimum_spends:
            yield self.threshold(spend, _("Costs of a firm count from %(amount)s on."))
        for deductible in self.rules.deductibles:
            yield self.threshold(deductible, _("The first %(amount)s of a firm's costs are its own."))

    def cost_class(self, each: CostClass) -> Iterator[str]:
        if each.unit_ceiling_minor:
            yield _("at most %(amount)s of cost per unit.", amount=self.money(each.unit_ceiling_minor))
        if each.max_units:
            yield _("at most %(most)s units.", most=each.max_units)
        if each.firm_ceiling_minor:
            yield _("at most %(amount)s of cost per firm.", amount=self.money(each.firm_ceiling_minor))
        if each.ceiling_minor:
            yield _("at most %(amount)s of cost per application.", amount=self.money(each.ceiling_minor))
        for band in each.unit_amount.bands if each.unit_amount else ():
            unit = each.unit_amount.unit.replace("_", " ") if each.unit_amount else ""
            yield _(
                "%(amount)s per %(unit)s from %(km)s km on.",
                amount=self.money(band.amount_minor),
                unit=unit,
                km=band.from_km,
            )
        if each.residual:
            yield _("only from what is left after the other costs.")
        if each.payee:
            yield _("paid to: %(payee)s.", payee=choice_name(each.payee))

    def line(self, line: LineRequirement) -> str:
        condition = _capital(self.conditions.say(line.require))
        said = str(_("%(condition)s. If not: %(reason)s", condition=condition, reason=line.reason))
        if line.refuses is Refuses.MEMBER:
            said = str(_("%(sentence)s Then the firm cannot be supported.", sentence=said))
        return self.only(said, line.classes, None)

    def threshold(self, each: Threshold, sentence: str) -> str:
        return self.only(str(sentence) % {"amount": self.money(each.amount_minor)}, each.classes, each.when)

    def evidence(self) -> Iterator[str]:
        for each in self.rules.cost_classes:
            if each.evidence:
                yield f"{cost_class_name(each.code)}: {', '.join(map(choice_name, each.evidence))}"

    # What follows

    def selection(self) -> Iterator[str]:
        selection = self.rules.selection
        yield method_in_words(self.rules)
        if selection.cut_off is not None:
            yield _("Refused below %(score)s points.", score=selection.cut_off)
        if selection.strata:
            facts = ", ".join(self.conditions.fact(name) for name in selection.strata)
            yield _("Lots are drawn separately by: %(facts)s.", facts=facts)
        if selection.quota:
            share, condition = write_rate(selection.quota.share_bp), self.conditions.say(selection.quota.when)
            yield _(
                "%(share)s of the money is kept for applications if %(condition)s.", share=share, condition=condition
            )
        if selection.reserves:
            yield ngettext("%(num)s reserve waits.", "%(num)s reserves wait in order.", selection.reserves)

    def criteria(self) -> Iterator[str]:
        for each in self.rules.selection.criteria:
            name = _capital(each.code.replace("_", " "))
            yield _(
                "%(name)s (%(weight)s): %(question)s",
                name=name,
                weight=write_rate(each.weight_bp),
                question=each.question,
            )

    def timing(self) -> Iterator[str]:
        timing = self.rules.timing
        if timing.apply_from_months_before:
            yield _("Apply at most %(months)s months before the fair.", months=timing.apply_from_months_before)
        if timing.apply_until_working_days_before is not None:
            days = timing.apply_until_working_days_before
            yield _("Apply at least %(days)s working days before the fair.", days=days)
        yield _("Accept an award within %(days)s days.", days=timing.accept_within_days)
        yield _("Claim within %(days)s days after the fair.", days=timing.claim_within_days)
        if timing.reports_within_days:
            yield _("Report within %(days)s days after the fair.", days=timing.reports_within_days)

    def payment(self) -> Iterator[str]:
        payment = self.rules.payment
        if payment.advance_bp:
            yield _("%(rate)s of the award is paid ahead.", rate=write_rate(payment.advance_bp))
        if payment.retention_bp:
            until = choice_name(payment.retained_until)
            yield _("%(rate)s is kept back until: %(until)s.", rate=write_rate(payment.retention_bp), until=until)
        if self.rules.own_cash_bp is not None:
            yield _("At least %(rate)s of the own contribution in cash.", rate=write_rate(self.rules.own_cash_bp))
        if self.rules.payee is not Payee.FIRM:
            yield _("Support is paid to: %(payee)s.", payee=choice_name(self.rules.payee))

    def recovery(self) -> Iterator[str]:
        for each in self.rules.recovery:
            cause, rate = choice_name(each.cause), write_rate(each.share_bp)
            yield _(
                "%(cause)s: %(rate)s is due back within %(days)s days.", cause=cause, rate=rate, days=each.within_days
            )

    def scheme(self) -> Iterator[str]:
        rules = self.rules
        yield _("%(name)s, in %(currency)s.", name=rules.name, currency=rules.currency)
        if rules.valid_from_on:
            yield _("First day: %(day)s.", day=write_date(rules.valid_from_on))
        yield _("Last day: %(day)s.", day=write_date(rules.sunset_on))
        if rules.year_starts_month != 1:
            yield _("Its year begins with month %(month)s.", month=rules.year_starts_month)
        if rules.source:
            yield _(
                "Source: %(source)s",
                source=" ".join(filter(None, (rules.source.title, rules.source.url, rules.source.note))),
            )


def _step(step: TaperStep) -> str:
    if step.rate_bp is not None:
        return str(_("the rate is %(rate)s", rate=write_rate(step.rate_bp)))
    if step.factor_bp is not None:
        return str(_("the rate is multiplied by %(rate)s", rate=write_rate(step.factor_bp)))
    return str(_("%(rate)s points are added", rate=write_rate(step.add_bp or 0)))


def _names(codes: Iterable[str]) -> str:
    return ", ".join(map(cost_class_name, codes))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
