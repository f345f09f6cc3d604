"""The rules of a scheme in the reader's words, for every page that tells what a call pays."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from fairlink.kernel.money import Money
from fairlink.subsidies.forms import cost_class_name
from fairlink.subsidies.rules import Rules
from fairlink.subsidies.rules.document import Cap
from fairlink.subsidies.rules.terms import CapScope, Method
from fairlink.subsidies.views.blueprint import bp
from fairlink.web.filters import write_date, write_money, write_rate


class Words(NamedTuple):
    """One thing that the rules say."""

    label: str
    sentences: list[str]


_CAPS = {
    CapScope.CLASS_FIRM: lazy_gettext("At most %(amount)s per firm for these costs: %(classes)s."),
    CapScope.CLASS_GROUP: lazy_gettext("At most %(amount)s per group for these costs: %(classes)s."),
    CapScope.FIRM_FAIR: lazy_gettext("At most %(amount)s per firm at one fair."),
    CapScope.FIRM_YEAR: lazy_gettext("At most %(amount)s per firm in a year."),
    CapScope.FIRM_LIFETIME: lazy_gettext("At most %(amount)s per firm in all."),
    CapScope.GROUP: lazy_gettext("At most %(amount)s per group."),
    CapScope.APPLICATION: lazy_gettext("At most %(amount)s per application."),
}


_METHODS = {
    Method.FIRST_COME: lazy_gettext("First come, first served, as long as the money lasts."),
    Method.PRO_RATA: lazy_gettext("All get support; if the money is short, everybody gets the same part less."),
    Method.SCORED: lazy_gettext("Assessors score every application; the highest scores come first."),
    Method.LOTTERY: lazy_gettext("Lots are drawn among all applications that can be supported."),
}


@bp.app_template_global()
def support_in_short(rules: Rules) -> str:
    """The rules in one line: the rate, or their range, and the cap per firm and fair."""
    rates = sorted({base.rate_bp for base in rules.rates.base})
    rate: str
    if len(rates) > 1:
        rate = _("%(low)s to %(high)s of the cost", low=write_rate(rates[0]), high=write_rate(rates[-1]))
    else:
        rate = _("%(rate)s of the cost", rate=write_rate(rates[0]))
    caps = [cap.amount_minor for cap in rules.caps if cap.scope is CapScope.FIRM_FAIR]
    if not caps:
        return rate
    amount = write_money(Money(max(caps), rules.currency))
    return str(_("%(rate)s, at most %(amount)s per firm", rate=rate, amount=amount))


@bp.app_template_global()
def group_in_short(rules: Rules) -> str:
    """How many firms may apply together."""
    least, most = rules.group.min_firms, rules.group.max_firms
    if most == 1:
        return str(_("Single firms"))
    if most is None:
        return str(ngettext("Groups of any size", "Groups of %(num)s firms or more", least))
    return str(_("Groups of %(least)s to %(most)s firms", least=least, most=most))


@bp.app_template_global()
def method_in_words(rules: Rules) -> str:
    """How a call under these rules chooses among applications that can be supported."""
    return str(_METHODS[rules.selection.method])


@bp.app_template_global()
def rules_in_words(rules: Rules) -> list[Words]:
    """Everything that an applicant should know of the rules, in the order in which one asks."""
    counted = [each.code for each in rules.cost_classes if not each.excluded]
    excluded = [each.code for each in rules.cost_classes if each.excluded]
    words = [
        Words(_("Support"), [*_rates(rules)]),
        Words(_("Limits"), [*_caps(rules)]),
        Words(_("Who applies"), [group_in_short(rules)]),
        Words(_("Costs that count"), [_names(counted)]),
        Words(_("Costs that never count"), [_names(excluded)] if excluded else []),
        Words(_("Refused if"), [each.reason for each in (*rules.eligibility, *rules.group.requirements)]),
        Words(_("Payment"), [*_payment(rules)]),
        Words(_("Last day of the scheme"), [write_date(rules.sunset_on)]),
    ]
    return [each for each in words if each.sentences]


def _names(codes: Iterable[str]) -> str:
    return ", ".join(map(cost_class_name, codes))


def _rates(rules: Rules) -> Iterator[str]:
    for base in rules.rates.base:
        rate = write_rate(base.rate_bp)
        if base.classes and base.when:
            yield _(
                "%(rate)s of these costs: %(classes)s, if %(condition)s.",
                rate=rate,
                classes=_names(base.classes),
                condition=base.when.text,
            )
        elif base.classes:
            yield _("%(rate)s of these costs: %(classes)s.", rate=rate, classes=_names(base.classes))
        elif base.when:
            yield _("%(rate)s of the cost, if %(condition)s.", rate=rate, condition=base.when.text)
        else:
            yield _("%(rate)s of the cost.", rate=rate)
    if rules.rates.tapers:
        yield _("The rate changes with the number of fairs or years you have been supported.")
    if rules.rates.uplifts:
        yield _("Some applicants get a higher rate, at most %(rate)s.", rate=write_rate(rules.rates.maximum_bp))


def _caps(rules: Rules) -> Iterator[str]:
    for cap in rules.caps:
        yield _cap(cap, rules.currency)
    for ceiling in rules.aid_ceilings:
        yield _(
            "At most %(amount)s of public aid to linked firms together within %(years)s years.",
            amount=write_money(Money(ceiling.amount_minor, ceiling.currency)),
            years=ceiling.years,
        )
    if rules.minimum_award:
        least = write_money(Money(rules.minimum_award.amount_minor, rules.currency))
        yield _("Support below %(amount)s is not paid.", amount=least)


def _cap(cap: Cap, currency: str) -> str:
    amount = write_money(Money(cap.amount_minor, currency))
    sentence = str(_CAPS[cap.scope]) % {"amount": amount, "classes": _names(cap.classes)}
    if cap.when is None:
        return sentence
    return str(_("%(sentence)s This holds if %(condition)s.", sentence=sentence, condition=cap.when.text))


def _payment(rules: Rules) -> Iterator[str]:
    if rules.payment.advance_bp:
        yield _("%(rate)s of the award is paid ahead.", rate=write_rate(rules.payment.advance_bp))
    if rules.payment.retention_bp:
        yield _("%(rate)s is kept back until the reports are in.", rate=write_rate(rules.payment.retention_bp))
    yield _("Claim within %(days)s days after the fair.", days=rules.timing.claim_within_days)
