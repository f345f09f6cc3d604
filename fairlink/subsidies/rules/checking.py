"""What no single key of the rules can show: combinations that cannot be meant."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace

from fairlink.subsidies.rules.conditions import Condition, mistakes
from fairlink.subsidies.rules.document import CostClass, Rules, TaperStep
from fairlink.subsidies.rules.problems import Problem
from fairlink.subsidies.rules.syntax import Kind
from fairlink.subsidies.rules.terms import AwardScope, CapScope, Method, OnExcess, Payee
from fairlink.subsidies.rules.vocabulary import Vocabulary, vocabulary

_SHARED_SCOPES = frozenset({CapScope.CLASS_GROUP, CapScope.GROUP, CapScope.APPLICATION})
_CLASS_SCOPES = frozenset({CapScope.CLASS_FIRM, CapScope.CLASS_GROUP})


def impossible(rules: Rules) -> list[Problem]:
    """Every combination in `rules` that cannot be meant."""
    return [
        *_dates(rules),
        *_declared(rules),
        *_conditions(rules),
        *_class_names(rules),
        *_classes(rules),
        *_group(rules),
        *_rates(rules),
        *_caps(rules),
        *_selection(rules),
        *_payment(rules),
    ]


def rules_that_may_lower(rules: Rules) -> tuple[str, ...]:
    """The places of the rules under which more cost may mean less support in all; empty for most schemes.

    A limit shared by several firms moves money between them when one of them spends more; if what it moves is then
    lost to another limit, the whole gets less. Apart from these, more cost never means less, to within the one minor
    unit per item that rounding may move.
    """
    shared = any(cap.scope in _SHARED_SCOPES for cap in rules.caps) or bool(rules.aid_ceilings)
    found = [f"$.cost_classes[{i}].ceiling_minor" for i, each in enumerate(rules.cost_classes) if each.ceiling_minor]
    found += [f"$.caps[{i}]" for i, cap in enumerate(rules.caps) if cap.scope is CapScope.CLASS_GROUP]
    found += [f"$.aid_ceilings[{i}]" for i, each in enumerate(rules.aid_ceilings) if each.on_excess is OnExcess.REFUSE]
    if rules.envelope_excess is OnExcess.REFUSE:
        found.append("$.envelope_excess")
    if rules.minimum_award is not None and rules.minimum_award.per is AwardScope.MEMBER:
        found += ["$.minimum_award"] if shared or rules.group.max_firms != 1 else []
    return tuple(found)


def _dates(rules: Rules) -> Iterator[Problem]:
    if rules.valid_from_on and rules.valid_from_on > rules.sunset_on:
        yield Problem("$.sunset_on", "before_begin", {"begins": rules.valid_from_on.isoformat()})
    months = rules.timing.apply_from_months_before
    days = rules.timing.apply_until_working_days_before
    # 23 is the most working days that a month can have.
    if months is not None and days is not None and days > months * 23:
        yield Problem("$.timing.apply_until_working_days_before", "window_empty", {"months": months, "days": days})


def _declared(rules: Rules) -> Iterator[Problem]:
    built_in = vocabulary(replace(rules, facts=())).line
    seen: set[str] = set()
    for index, fact in enumerate(rules.facts):
        name = f"{fact.of.value}.{fact.name}"
        if name in built_in:
            yield Problem(f"$.facts[{index}].name", "built_in_fact", {"fact": name})
        if name in seen:
            yield Problem(f"$.facts[{index}].name", "repeated", {"value": name})
        seen.add(name)


def conditions(rules: Rules) -> Iterator[tuple[str, Condition]]:
    """Every condition of `rules` with its path."""
    yield from _conditions_in(rules, "$")


def _conditions_in(value: object, path: str) -> Iterator[tuple[str, Condition]]:
    if isinstance(value, Condition):
        yield path, value
    elif isinstance(value, tuple):
        for index, each in enumerate(value):
            yield from _conditions_in(each, f"{path}[{index}]")
    elif is_dataclass(value):
        for part in fields(value):
            yield from _conditions_in(getattr(value, part.name), f"{path}.{part.name}")


def _facts_at(path: str, rules: Rules, words: Vocabulary) -> Mapping[str, Kind]:
    """What a condition at `path` may ask for."""
    if path.startswith("$.line_requirements"):
        return words.line
    shared = {f"$.caps[{i}].when" for i, cap in enumerate(rules.caps) if cap.scope in _SHARED_SCOPES}
    return words.group if path.startswith("$.group.") or path in shared else words.firm


def _conditions(rules: Rules) -> Iterator[Problem]:
    words = vocabulary(rules)
    for path, condition in conditions(rules):
        for mistake in mistakes(condition, _facts_at(path, rules, words)):
            out_of_place = mistake.code == "unknown_fact" and mistake.params["fact"] in words.line
            yield Problem(path, "fact_out_of_place" if out_of_place else mistake.code, mistake.params)
    for index, name in enumerate(rules.selection.strata):
        if name not in words.firm:
            yield Problem(f"$.selection.strata[{index}]", "unknown_fact", {"fact": name, "at": 1})


def _class_names(rules: Rules) -> Iterator[Problem]:
    known = {each.code for each in rules.cost_classes}
    lists: list[tuple[str, tuple[str, ...]]] = []
    for key in ("line_requirements", "minimum_spends", "deductibles", "caps"):
        lists += [(f"$.{key}[{i}]", each.classes) for i, each in enumerate(getattr(rules, key))]
    for key in ("base", "tapers", "uplifts"):
        lists += [(f"$.rates.{key}[{i}]", each.classes) for i, each in enumerate(getattr(rules.rates, key))]
    for path, codes in lists:
        for index, code in enumerate(codes):
            if code not in known:
                yield Problem(f"{path}.classes[{index}]", "unknown_class", {"value": code})


def _classes(rules: Rules) -> Iterator[Problem]:
    if all(each.excluded for each in rules.cost_classes):
        yield Problem("$.cost_classes", "nothing_eligible")
    elif all(each.excluded or each.residual for each in rules.cost_classes):
        yield Problem("$.cost_classes", "only_residual")
    for index, each in enumerate(rules.cost_classes):
        yield from _class(each, f"$.cost_classes[{index}]")


def _class(each: CostClass, path: str) -> Iterator[Problem]:
    amounts = ("unit_ceiling_minor", "max_units", "ceiling_minor", "firm_ceiling_minor", "unit_amount")
    if each.excluded:
        for name in (*amounts, "residual"):
            if getattr(each, name):
                yield Problem(f"{path}.{name}", "excluded_with_amount", {"code": each.code})
    if each.unit_amount is not None:
        starts = [band.from_km for band in each.unit_amount.bands]
        if starts != sorted(starts) or starts[0] != 0:
            yield Problem(f"{path}.unit_amount.bands", "bands_order")


def _group(rules: Rules) -> Iterator[Problem]:
    group, fee = rules.group, rules.add_ons.handling_fee
    if group.max_firms is not None and group.max_firms < group.min_firms:
        yield Problem("$.group.max_firms", "below_minimum", {"least": group.min_firms, "value": group.max_firms})
    if group.max_firms == 1:
        if fee is not None:
            yield Problem("$.add_ons.handling_fee", "fee_without_group")
        if group.size_band is not None and group.size_band.most_outside_bp not in (0, 10_000):
            yield Problem("$.group.size_band.most_outside_bp", "share_of_one")
    if fee is not None and fee.payee is Payee.FIRM:
        yield Problem("$.add_ons.handling_fee.payee", "fee_to_firm")


def _rates(rules: Rules) -> Iterator[Problem]:
    rates, by_unit = rules.rates, {each.code for each in rules.cost_classes if each.unit_amount is not None}
    for index, base in enumerate(rates.base):
        path = f"$.rates.base[{index}]"
        if base.rate_bp > rates.maximum_bp:
            yield Problem(f"{path}.rate_bp", "above_maximum", {"value": base.rate_bp, "most": rates.maximum_bp})
        if base.classes and set(base.classes) <= by_unit:
            yield Problem(f"{path}.classes", "rate_and_unit_amount")
        if any(_covers(earlier.classes, base.classes) and earlier.when is None for earlier in rates.base[:index]):
            yield Problem(path, "never_reached", {"code": base.code})
    for index, taper in enumerate(rates.tapers):
        path = f"$.rates.tapers[{index}].steps"
        since = [step.since for step in taper.steps]
        if since != sorted(since):
            yield Problem(path, "steps_order")
        for place, step in enumerate(taper.steps):
            if _effects(step) != 1:
                yield Problem(f"{path}[{place}]", "one_effect", {"found": _effects(step)})
    if rates.time_limit is not None and rates.time_limit.years is None and rates.time_limit.participations is None:
        yield Problem("$.rates.time_limit", "empty_limit")


def _covers(earlier: tuple[str, ...], later: tuple[str, ...]) -> bool:
    return not earlier or (bool(later) and set(later) <= set(earlier))


def _effects(step: TaperStep) -> int:
    return sum(effect is not None for effect in (step.rate_bp, step.factor_bp, step.add_bp))


def _caps(rules: Rules) -> Iterator[Problem]:
    for index, cap in enumerate(rules.caps):
        path = f"$.caps[{index}]"
        if cap.scope in _CLASS_SCOPES and not cap.classes:
            yield Problem(f"{path}.classes", "class_cap_without_class")
        if cap.scope not in _CLASS_SCOPES and cap.classes:
            yield Problem(f"{path}.classes", "cap_with_class", {"scope": cap.scope.value})
        if cap.per_firm and cap.scope not in _SHARED_SCOPES:
            yield Problem(f"{path}.per_firm", "per_firm_scope", {"scope": cap.scope.value})
    tight = min(
        (c.amount_minor for c in rules.caps if c.scope is CapScope.APPLICATION and not c.per_firm and not c.when),
        default=None,
    )
    minimum = rules.minimum_award
    if minimum is not None and tight is not None and minimum.amount_minor > tight:
        yield Problem("$.minimum_award.amount_minor", "minimum_above_cap", {"cap_minor": tight})


def _selection(rules: Rules) -> Iterator[Problem]:
    selection, path = rules.selection, "$.selection"
    scored = selection.method is Method.SCORED
    if scored and not selection.criteria:
        yield Problem(f"{path}.criteria", "scored_without_criteria")
    if scored and selection.criteria and sum(each.weight_bp for each in selection.criteria) != 10_000:
        yield Problem(f"{path}.criteria", "weights_sum", {"found": sum(each.weight_bp for each in selection.criteria)})
    unused = {
        "cut_off": selection.cut_off is not None and not scored,
        "criteria": bool(selection.criteria) and not scored,
        "strata": bool(selection.strata) and selection.method is not Method.LOTTERY,
        "reserves": selection.reserves > 0 and selection.method is Method.PRO_RATA,
        "quota": selection.quota is not None and selection.method is Method.PRO_RATA,
    }
    for key, wrong in unused.items():
        if wrong:
            yield Problem(f"{path}.{key}", "not_for_method", {"key": key, "method": selection.method.value})


def _payment(rules: Rules) -> Iterator[Problem]:
    payment = rules.payment
    if payment.advance_bp + payment.retention_bp > 10_000:
        found = payment.advance_bp + payment.retention_bp
        yield Problem("$.payment.retention_bp", "more_than_whole", {"found": found})
