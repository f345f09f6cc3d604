"""The easy path: the rules of a scheme with one flat rate, a cap per firm and a minimum and maximum group size."""

from collections.abc import Sequence
from datetime import date

from fairlink.subsidies.rules.document import BaseRate, Cap, CostClass, GroupRules, Rates, Rules
from fairlink.subsidies.rules.loading import read_rules, rules_to_dict
from fairlink.subsidies.rules.terms import STANDARD_CLASSES, CapScope, Payee


def simple_rules(
    *,
    name: str,
    currency: str,
    rate_bp: int,
    sunset_on: date,
    cap_per_firm_minor: int | None = None,
    min_firms: int = 1,
    max_firms: int | None = None,
    cost_classes: Sequence[str] = STANDARD_CLASSES,
    valid_from_on: date | None = None,
    payee: Payee = Payee.FIRM,
) -> Rules:
    """Rules that bear `rate_bp` of every cost in `cost_classes`, at most `cap_per_firm_minor` per firm and fair.

    For single firms `min_firms` and `max_firms` are both 1; without `max_firms` a group may be of any size. Raises
    RulesError for values that cannot be meant. Example: 5000 bp and a cap of 150000 is Salerno's half of the cost, at
    most 1,500.00 EUR.
    """
    caps: tuple[Cap, ...] = ()
    if cap_per_firm_minor is not None:
        caps = (Cap(code="cap_per_firm", scope=CapScope.FIRM_FAIR, amount_minor=cap_per_firm_minor),)
    rules = Rules(
        format=1,
        name=name,
        currency=currency,
        valid_from_on=valid_from_on,
        sunset_on=sunset_on,
        group=GroupRules(min_firms=min_firms, max_firms=max_firms),
        cost_classes=tuple(CostClass(code=code) for code in cost_classes),
        rates=Rates(base=(BaseRate(code="flat_rate", rate_bp=rate_bp),)),
        caps=caps,
        payee=payee,
    )
    # Through the reader, so that what a form hands in meets the same checks as a document.
    return read_rules(rules_to_dict(rules))
