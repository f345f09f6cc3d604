"""What must hold for every quote, whatever the rules and facts; long runs are marked slow."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, assume, given, settings

from fairlink.subsidies.rules import (
    Facts,
    Quote,
    Rules,
    facts_to_dict,
    quote,
    read_facts,
    read_rules,
    rules_to_dict,
    sentence,
)
from fairlink.subsidies.rules.caps import aid_left
from fairlink.subsidies.rules.checking import rules_that_may_lower
from fairlink.subsidies.rules.conditions import holds
from fairlink.subsidies.rules.document import Cap
from fairlink.subsidies.rules.facts import Member
from fairlink.subsidies.rules.terms import CapScope
from fairlink.subsidies.rules.vocabulary import KnownFacts
from tests.subsidies.rules.replay import assert_reproduced
from tests.subsidies.rules.strategies import cases


def parts_sum_to_the_whole(rules: Rules, facts: Facts, r: Random) -> None:
    result = quote(rules, facts)
    fee = result.handling_fee.support_minor if result.handling_fee else 0
    for name in ("cost_minor", "eligible_minor", "support_minor"):
        for member in result.members:
            assert getattr(member, name) == sum(getattr(line, name) for line in member.lines)
        assert getattr(result, name) == sum(getattr(member, name) for member in result.members) + fee
    for line in facts.lines:
        parts = [each for member in result.members for each in member.lines if each.line == line.id]
        assert sum(part.cost_minor for part in parts) == line.cost_minor
    for member in result.members:
        plan = member.plan
        assert plan.advance_minor + plan.on_claim_minor + plan.retained_minor == member.support_minor
        assert min(plan.advance_minor, plan.on_claim_minor, plan.retained_minor) >= 0


def own_contribution_and_support_are_the_eligible_cost(rules: Rules, facts: Facts, r: Random) -> None:
    result = quote(rules, facts)
    for member in result.members:
        for line in member.lines:
            assert line.own_minor + line.support_minor == line.eligible_minor
            assert 0 <= line.support_minor <= line.eligible_minor <= line.cost_minor
        assert member.own_minor + member.support_minor == member.eligible_minor
        assert member.cost_minor == member.eligible_minor + member.ineligible_minor
        if not member.eligible or not result.eligible:
            assert member.support_minor == 0
    assert result.own_minor + result.support_minor == result.eligible_minor


def no_cap_is_exceeded(rules: Rules, facts: Facts, r: Random) -> None:
    result = quote(rules, facts)
    for cap in rules.caps:
        if cap.scope in (CapScope.GROUP, CapScope.APPLICATION, CapScope.CLASS_GROUP):
            _shared_cap_holds(cap, facts, result)
        else:
            for member in facts.members:
                _firm_cap_holds(cap, facts, member, result)
    for ceiling in rules.aid_ceilings:
        for undertaking in {member.single_undertaking for member in facts.members}:
            firms = [member.id for member in facts.members if member.single_undertaking == undertaking]
            left, _, _ = aid_left(facts, rules.currency, ceiling, undertaking)
            assert sum(result.member(firm).support_minor for firm in firms) <= left
    if facts.envelope_left_minor is not None:
        assert result.support_minor <= facts.envelope_left_minor
    if rules.minimum_award is not None and rules.minimum_award.per.value == "application":
        assert result.support_minor == 0 or result.support_minor >= rules.minimum_award.amount_minor


def _firm_cap_holds(cap: Cap, facts: Facts, member: Member, result: Quote) -> None:
    if cap.when is not None and not holds(cap.when, KnownFacts(facts, member)):
        return
    used = {
        CapScope.FIRM_FAIR: member.balances.fair_minor,
        CapScope.FIRM_YEAR: member.balances.year_minor,
        CapScope.FIRM_LIFETIME: member.balances.lifetime_minor,
    }.get(cap.scope, 0)
    lines = result.member(member.id).lines
    found = sum(line.support_minor for line in lines if not cap.classes or line.cost_class in cap.classes)
    assert found == 0 or found + used <= cap.amount_minor


def _shared_cap_holds(cap: Cap, facts: Facts, result: Quote) -> None:
    firms = len(result.eligible_members)
    known = KnownFacts(facts)
    known["application.firms"] = firms
    if cap.when is not None and not holds(cap.when, known):
        return
    lines = [line for member in result.members for line in member.lines]
    used = 0
    if cap.scope is CapScope.APPLICATION and result.handling_fee:
        lines.append(result.handling_fee)
    elif cap.scope is CapScope.CLASS_GROUP:
        lines = [line for line in lines if line.cost_class in cap.classes]
    elif cap.scope is CapScope.GROUP:
        used = facts.group_awarded_minor
    found = sum(line.support_minor for line in lines)
    assert found == 0 or found + used <= cap.amount_minor * (firms if cap.per_firm else 1)


def the_order_of_members_and_lines_does_not_matter(rules: Rules, facts: Facts, r: Random) -> None:
    lines = [replace(line, shares=tuple(r.sample(line.shares, len(line.shares)))) for line in facts.lines]
    shuffled = replace(
        facts,
        members=tuple(r.sample(facts.members, len(facts.members))),
        lines=tuple(r.sample(lines, len(lines))),
        prior_aid=tuple(r.sample(facts.prior_aid, len(facts.prior_aid))),
    )
    assert quote(rules, shuffled) == quote(rules, facts)


def more_cost_never_means_less_support(rules: Rules, facts: Facts, r: Random) -> None:
    """To within the one minor unit per item that rounding may move, and unless a named rule says so."""
    assume(facts.lines and not rules_that_may_lower(rules))
    place = r.randrange(len(facts.lines))
    dearer = list(facts.lines)
    more = r.choice((1, 2, 500, 100_000))
    dearer[place] = replace(dearer[place], cost_minor=dearer[place].cost_minor + more)
    before, after = quote(rules, facts), quote(rules, replace(facts, lines=tuple(dearer)))
    items = sum(len(member.lines) for member in before.members)
    own_only = all(line.member is not None for line in facts.lines)
    splits = not own_only or rules.deductibles or any(each.firm_ceiling_minor for each in rules.cost_classes)
    assert after.support_minor >= before.support_minor - (items if splits else 0)


def the_explanations_reproduce_the_amounts(rules: Rules, facts: Facts, r: Random) -> None:
    assert_reproduced(quote(rules, facts))


def documents_come_back_from_json_as_they_were(rules: Rules, facts: Facts, r: Random) -> None:
    assert read_rules(rules_to_dict(rules)) == rules
    assert read_facts(facts_to_dict(facts), rules) == facts
    result = quote(rules, facts)
    assert Quote.from_dict(result.to_dict()) == result


def every_explanation_can_be_said(rules: Rules, facts: Facts, r: Random) -> None:
    for line in quote(rules, facts).explanations:
        assert "%(" not in sentence(line, rules.currency)


Property = Callable[[Rules, Facts, Random], None]
PROPERTIES: tuple[Property, ...] = (
    parts_sum_to_the_whole,
    own_contribution_and_support_are_the_eligible_cost,
    no_cap_is_exceeded,
    the_order_of_members_and_lines_does_not_matter,
    more_cost_never_means_less_support,
    the_explanations_reproduce_the_amounts,
    documents_come_back_from_json_as_they_were,
    every_explanation_can_be_said,
)
by_property = pytest.mark.parametrize("holds_true", PROPERTIES, ids=lambda each: each.__name__)
QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much]


@by_property
@settings(max_examples=150, deadline=None, suppress_health_check=QUIET)
@given(case=cases())
def test_engine(holds_true: Property, case: tuple[Rules, Facts, Random]) -> None:
    holds_true(*case)


@pytest.mark.slow
@by_property
@settings(max_examples=3000, deadline=None, suppress_health_check=QUIET)
@given(case=cases())
def test_engine_at_length(holds_true: Property, case: tuple[Rules, Facts, Random]) -> None:
    holds_true(*case)
