"""How the facts of an application place it in a selection: its stratum, and whether the reserved quota is for it."""

from collections.abc import Sequence

from fairlink.subsidies.rules import Facts
from fairlink.subsidies.rules.conditions import Condition, holds
from fairlink.subsidies.rules.vocabulary import KnownFacts

#: Why an application got no award in a selection, for its applicants; the texts are translated by `selecting`.
NO_MONEY, BELOW, AGAINST = "envelope_exhausted", "below_least_score", "override"


def stratum_of(facts: Facts, lead: str, names: Sequence[str]) -> str:
    """The values of the facts that make strata, those of firms by the leading one; '?' for what is not known.

    firm.region and firm.size of a small firm in Lima: "lima / small".
    """
    member = next((each for each in facts.members if each.id == lead), None)
    known = KnownFacts(facts, member)
    values = ["?" if known[name] is None else str(known[name]) for name in names]
    return " / ".join(" ".join(value.split()) for value in values)


def is_in_quota(facts: Facts, members: Sequence[str], condition: Condition | None) -> bool:
    """Whether the condition of the reserved quota holds for each of `members`, the eligible ones."""
    if condition is None:
        return False
    chosen = [each for each in facts.members if each.id in members]
    return bool(chosen) and all(holds(condition, KnownFacts(facts, each)) for each in chosen)
