"""How many quotes one core makes in a second, for 15 members, 60 cost lines and every kind of rule.

Run it with ``python -m tests.load.bench_quote``.
"""

import sys
import time
from datetime import date, timedelta
from decimal import Decimal

from fairlink.subsidies.rules import (
    CostLine,
    Facts,
    FairFacts,
    Member,
    Participation,
    PriorAid,
    Rules,
    quote,
    read_rules,
)
from fairlink.subsidies.rules.facts import Balances, ExchangeRate, YearFigures
from fairlink.subsidies.rules.terms import Size

CLASSES = ("stand_space", "stand_build", "furniture", "travel", "freight", "interpreting")
#: 10,000 quotes a minute.
WANTED_PER_SECOND = 10_000 / 60


def rules() -> Rules:
    """Rules that put every step of the calculation to work, with caps that bind."""
    return read_rules(
        {
            "format": 1,
            "name": "Bench",
            "currency": "GBP",
            "sunset_on": "2030-12-31",
            "eligibility": [
                {"code": "small", "require": "firm.size in ['micro', 'small', 'medium']", "reason": "Too large."},
                {"code": "age", "require": "firm.years_trading >= 1 or firm.staff > 5", "reason": "Too young."},
            ],
            "line_requirements": [
                {"code": "new", "require": "line.committed_on is not known", "reason": "Already ordered."}
            ],
            "counts": [{"code": "six", "per": "lifetime", "most": 6}],
            "group": {"min_firms": 5, "max_firms": 30, "size_band": {"sizes": ["small"], "most_outside_bp": 5000}},
            "cost_classes": [
                {"code": code, "residual": code == "freight", "firm_ceiling_minor": 900_000} for code in CLASSES
            ],
            "deductibles": [{"code": "first", "amount_minor": 10_000}],
            "rates": {
                "base": [
                    {"code": "micro", "rate_bp": 6000, "when": "firm.size = 'micro'"},
                    {"code": "others", "rate_bp": 5000},
                ],
                "tapers": [{"code": "later", "by": "participations", "steps": [{"since": 1, "add_bp": -500}]}],
                "uplifts": [{"code": "first", "add_bp": 500, "when": "firm.participations = 0"}],
                "maximum_bp": 6000,
            },
            "add_ons": {"indirect_bp": 700, "handling_fee": {"share_bp": 1500}},
            "caps": [
                {"code": "space", "scope": "class_firm", "amount_minor": 200_000, "classes": ["stand_space"]},
                {"code": "fair", "scope": "firm_fair", "amount_minor": 400_000},
                {"code": "year", "scope": "firm_year", "amount_minor": 600_000},
                {"code": "group", "scope": "group", "amount_minor": 4_500_000},
            ],
            "aid_ceilings": [{"code": "de_minimis", "amount_minor": 30_000_000, "currency": "EUR"}],
            "minimum_award": {"amount_minor": 10_000, "per": "member"},
            "payment": {"advance_bp": 5000, "retention_bp": 1000},
        }
    )


def facts(members: int = 15, lines: int = 60) -> Facts:
    """A group of `members` with `lines` cost lines, every fifth of them shared by all."""
    firms = tuple(
        Member(
            id=f"m{i:02}",
            size=Size.SMALL if i % 3 else Size.MICRO,
            founded_on=date(2010, 1, 1 + i),
            years=(YearFigures(year=2025, turnover_minor=10**8, staff=i),),
            participations=tuple(
                Participation(fair=f"f{j}", country="DE", starts_on=date(2020 + j, 3, 1)) for j in range(i % 4)
            ),
            balances=Balances(year_minor=250_000 if i % 2 else 0),
        )
        for i in range(members)
    )
    costs = tuple(
        CostLine(
            id=f"l{i:03}",
            cost_class=CLASSES[i % len(CLASSES)],
            cost_minor=317_003 + 7919 * i,
            member=None if i % 5 == 0 else f"m{i % members:02}",
        )
        for i in range(lines)
    )
    aid = tuple(
        PriorAid(
            undertaking=f"m{i:02}",
            regime="de_minimis",
            granted_on=date(2024, 6, 1) + timedelta(days=i),
            amount_minor=29_900_000,
            currency="EUR",
        )
        for i in range(0, members, 4)
    )
    fair = FairFacts(code="fair", country="DE", starts_on=date(2026, 10, 5), ends_on=date(2026, 10, 8))
    return Facts(
        fair=fair,
        applied_on=date(2026, 3, 2),
        members=firms,
        lines=costs,
        prior_aid=aid,
        exchange=(ExchangeRate(currency="EUR", rate=Decimal("0.85")),),
    )


def main(seconds: float = 5.0) -> int:
    """Print quotes per second; 1 if they are fewer than wanted."""
    the_rules, the_facts = rules(), facts()
    result = quote(the_rules, the_facts)
    made, begun = 0, time.process_time()
    while time.process_time() - begun < seconds:
        quote(the_rules, the_facts)
        made += 1
    per_second = made / (time.process_time() - begun)
    items = sum(len(member.lines) for member in result.members)
    print(
        f"{per_second:.0f} quotes/s of processor time ({per_second * 60:.0f} a minute, wanted 10000); "
        f"{len(the_facts.members)} members, {len(the_facts.lines)} lines, {items} items, "
        f"{len(result.explanations)} explanation lines"
    )
    return 0 if per_second >= WANTED_PER_SECOND else 1


if __name__ == "__main__":
    sys.exit(main())
