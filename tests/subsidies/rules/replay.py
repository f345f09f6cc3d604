"""Works out a quote's amounts anew from nothing but its explanation lines, and checks the arithmetic of each line."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from fairlink.kernel.money import divide_half_up, portion
from fairlink.subsidies.rules import Explanation, Quote, Track

Key = tuple[Track, str | None, str | None]
Figures = dict[Key, int]


def _key(line: Explanation) -> Key:
    subject = {Track.RATE: line.cost_class, Track.PLAN: line.code}.get(line.track, line.line)
    whole = line.track is Track.LINE
    return (line.track, None if whole else line.member, subject)


def _int(params: Mapping[str, Any], name: str) -> int:
    value = params[name]
    assert isinstance(value, int)
    return value


def _cap(line: Explanation) -> int:
    return max(0, _int(line.params, "limit_minor") - _int(line.params, "used_minor"))


def _units(line: Explanation) -> int:
    quantity = Decimal(str(line.params["quantity"]))
    return divide_half_up(int(_int(line.params, "unit_minor") * quantity * 10**6), 10**6)


#: What `after` must be, for the lines whose params determine it by themselves.
ARITHMETIC: Mapping[str, Callable[[Explanation], int]] = {
    "member_out": lambda line: 0,
    "class_not_listed": lambda line: 0,
    "class_excluded": lambda line: 0,
    "line_refused": lambda line: 0,
    "other_public_refused": lambda line: 0,
    "other_public_deducted": lambda line: max(0, (line.before or 0) - _int(line.params, "other_minor")),
    "unit_ceiling": _units,
    "below_minimum_spend": lambda line: 0,
    "uplift": lambda line: (line.before or 0) + _int(line.params, "add_bp"),
    "past_years": lambda line: 0,
    "past_participations": lambda line: 0,
    "support": lambda line: portion(_int(line.params, "eligible_minor"), _int(line.params, "rate_bp")),
    "unit_amount": lambda line: _int(line.params, "amount_minor"),
    "unit_amount_to_cost": lambda line: _int(line.params, "eligible_minor"),
    "indirect": lambda line: portion(_int(line.params, "base_minor"), _int(line.params, "share_bp")),
    "handling_fee": lambda line: portion(_int(line.params, "base_minor"), _int(line.params, "share_bp")),
    "indirect_follows": lambda line: portion(_int(line.params, "base_minor"), _int(line.params, "share_bp")),
    "handling_fee_follows": lambda line: portion(_int(line.params, "base_minor"), _int(line.params, "share_bp")),
    "below_minimum_award": lambda line: 0,
    "own_contribution": lambda line: _int(line.params, "eligible_minor") - _int(line.params, "support_minor"),
}
#: The same for the sums that caps look at.
SUMS: Mapping[str, Callable[[Explanation], int]] = {
    **{
        f"cap_{scope}": _cap
        for scope in ("class_firm", "class_group", "firm_fair", "firm_year", "firm_lifetime", "group", "application")
    },
    "aid_ceiling": lambda line: _int(line.params, "left_minor"),
    "aid_ceiling_refused": lambda line: 0,
    "cap_envelope": lambda line: _int(line.params, "left_minor"),
    "envelope_refused": lambda line: 0,
}


def replay(result: Quote) -> Figures:
    """Every figure as the explanation lines give it; fails where a line does not follow from the ones before it."""
    figures: Figures = {}
    open_sum: tuple[int, int] | None = None  # what a cap has to take off, and what its lines took off so far
    for line in result.explanations:
        if line.track is Track.NONE:
            continue
        assert line.after is not None, line
        if line.track is Track.SUM:
            assert open_sum is None or open_sum[0] == open_sum[1]
            assert line.after == SUMS[line.code](line), line
            open_sum = ((line.before or 0) - line.after, 0)
            continue
        key = _key(line)
        begins = 0 if line.track is Track.SUPPORT else None
        assert line.before == figures.get(key, begins), line
        if line.code in ARITHMETIC:
            assert line.after == ARITHMETIC[line.code](line), line
        if line.track is Track.SUPPORT and line.code in SUMS and open_sum is not None:
            open_sum = (open_sum[0], open_sum[1] + (line.before or 0) - line.after)
        if line.code == "support":
            assert line.params["eligible_minor"] == figures[(Track.ELIGIBLE, line.member, line.line)]
            assert line.params["rate_bp"] == figures[(Track.RATE, line.member, line.cost_class)]
        figures[key] = line.after
    assert open_sum is None or open_sum[0] == open_sum[1]
    return figures


def assert_reproduced(result: Quote) -> None:
    """The explanation lines alone give every amount of `result`."""
    figures = replay(result)
    lines = [line for member in result.members for line in member.lines]
    lines += [result.handling_fee] if result.handling_fee else []
    for line in lines:
        support = figures.get((Track.SUPPORT, line.member, line.line), 0)
        assert support == line.support_minor
        eligible = support if line.line.startswith("+") else figures[(Track.ELIGIBLE, line.member, line.line)]
        assert eligible == line.eligible_minor
        if line.rate_bp is not None:
            assert figures[(Track.RATE, line.member, line.cost_class)] == line.rate_bp
    splits: dict[str, int] = {}
    for each in result.explanations:
        if each.code in ("own_line", "shared_line"):
            splits[str(each.line)] = splits.get(str(each.line), 0) + (each.after or 0)
    for name, whole in splits.items():
        assert whole == figures[(Track.LINE, None, name)]
    for member in result.members:
        own = [e.after for e in result.explanations if e.code == "own_contribution" and e.member == member.member]
        assert own == [member.own_minor]
    assert sum(line.support_minor for line in lines) == result.support_minor
