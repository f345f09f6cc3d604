"""The quote engine: a pure function from the rules of a scheme and the facts of an application to a quote.

    rules = read_rules(json_object)            # RulesError: every problem with path and reason
    rules = simple_rules(name=..., currency="EUR", rate_bp=5000, cap_per_firm_minor=150_000,
                         min_firms=2, max_firms=None, sunset_on=date(2027, 12, 31))
    facts = read_facts(json_object, rules)     # or build Facts(...) directly; FactsError
    result = quote(rules, facts)               # Quote: members, lines, sums, explanations
    result.support_minor, result.member("7").support_minor, result.member("7").own_minor
    snapshot = result.to_dict()                # JSONB; Quote.from_dict(snapshot) == result
    stored = rules_to_dict(rules)              # JSONB; read_rules(stored) == rules
    sentence(line, currency)                   # English; templates: EXPLANATIONS[line.code] with sentence_params(...)

The least that a quote needs:

    Facts(fair=FairFacts(code="sial", country="FR", starts_on=..., ends_on=...), applied_on=...,
          members=(Member(id="1"), Member(id="2")),
          lines=(CostLine(id="10", cost_class="stand_space", cost_minor=900_000),              # shared equally
                 CostLine(id="11", cost_class="travel", cost_minor=80_000, member="1"),
                 CostLine(id="12", cost_class="freight", cost_minor=50_000,
                          shares=(Share(member="1", weight=60), Share(member="2", weight=40)))))

Ids are texts of the caller's choice. A quote is not supported as a whole when `eligible` is False (group too small,
scheme past its sunset); single members fall out with `MemberQuote.eligible` False and their reason among the
explanations. docs/schemes.md tells how to write rules.
"""

from fairlink.subsidies.rules.document import Rules
from fairlink.subsidies.rules.explanation import Explanation, Track
from fairlink.subsidies.rules.facts import (
    Balances,
    CostLine,
    ExchangeRate,
    ExportFigure,
    Facts,
    FairFacts,
    Member,
    Participation,
    PriorAid,
    Share,
    YearFigures,
)
from fairlink.subsidies.rules.loading import (
    canonical_json,
    facts_schema,
    facts_to_dict,
    fingerprint,
    parse_json,
    read_facts,
    read_rules,
    rules_schema,
    rules_to_dict,
)
from fairlink.subsidies.rules.outcome import LineQuote, MemberQuote, PaymentPlan, Quote
from fairlink.subsidies.rules.problems import DocumentError, FactsError, Problem, RulesError
from fairlink.subsidies.rules.quoting import quote
from fairlink.subsidies.rules.simple import simple_rules
from fairlink.subsidies.rules.terms import STANDARD_CLASSES
from fairlink.subsidies.rules.wording import EXPLANATIONS, PROBLEMS, problem_text, sentence, sentence_params

__all__ = [
    "EXPLANATIONS",
    "PROBLEMS",
    "STANDARD_CLASSES",
    "Balances",
    "CostLine",
    "DocumentError",
    "ExchangeRate",
    "Explanation",
    "ExportFigure",
    "Facts",
    "FactsError",
    "FairFacts",
    "LineQuote",
    "Member",
    "MemberQuote",
    "Participation",
    "PaymentPlan",
    "PriorAid",
    "Problem",
    "Quote",
    "Rules",
    "RulesError",
    "Share",
    "Track",
    "YearFigures",
    "canonical_json",
    "facts_schema",
    "facts_to_dict",
    "fingerprint",
    "parse_json",
    "problem_text",
    "quote",
    "read_facts",
    "read_rules",
    "rules_schema",
    "rules_to_dict",
    "sentence",
    "sentence_params",
    "simple_rules",
]
