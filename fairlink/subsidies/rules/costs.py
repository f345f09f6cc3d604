"""Step 2: what of each cost line is eligible, line by line, and then what each member bears of it."""

from dataclasses import dataclass
from itertools import groupby

from fairlink.kernel.money import divide_half_up, split
from fairlink.subsidies.rules.conditions import holds
from fairlink.subsidies.rules.document import CostClass, Threshold, UnitAmount
from fairlink.subsidies.rules.eligibility import refusal
from fairlink.subsidies.rules.explanation import NO_PARAMS, Param, Track
from fairlink.subsidies.rules.facts import CostLine, Member
from fairlink.subsidies.rules.terms import OtherPublic, Refuses
from fairlink.subsidies.rules.vocabulary import KnownFacts
from fairlink.subsidies.rules.worksheet import Item, Worksheet

#: Quantities have at most six decimals; whole millionths keep their arithmetic exact.
_MILLIONTHS = 1_000_000


@dataclass(slots=True)
class _Whole:
    """A cost line before it is split."""

    line: CostLine
    rule: str
    cost_class: CostClass | None
    eligible: int
    unit_amount: int | None = None


def admit(sheet: Worksheet) -> None:
    """Fill `sheet.items` with one item per member and cost line."""
    wholes = [_whole(sheet, line) for line in sheet.lines]
    _class_ceilings(sheet, wholes)
    for whole in wholes:
        _split(sheet, whole)
    sheet.items.sort(key=lambda item: (item.member or "", item.line))
    for member in sheet.members:
        if sheet.is_in(member.id):
            _member_limits(sheet, member)


def _lower(
    sheet: Worksheet, whole: _Whole, amount: int, code: str, rule: str, params: dict[str, Param] | None = None
) -> None:
    if amount < whole.eligible:
        line = whole.line
        sheet.note(
            2, code, rule, track=Track.LINE, member=line.member, line=line.id, cost_class=line.cost_class,
            before=whole.eligible, after=amount, params=params or NO_PARAMS,
        )  # fmt: skip
        whole.eligible = amount


def _whole(sheet: Worksheet, line: CostLine) -> _Whole:
    rule, cost_class = sheet.classes.get(line.cost_class, ("$.cost_classes", None))
    whole = _Whole(line, rule, cost_class, line.cost_minor)
    sheet.note(
        2, "line_cost", "", track=Track.LINE, member=line.member, line=line.id, cost_class=line.cost_class,
        after=line.cost_minor,
    )  # fmt: skip
    if line.member is not None and not sheet.is_in(line.member):
        _lower(sheet, whole, 0, "member_out", "")
    elif cost_class is None:
        _lower(sheet, whole, 0, "class_not_listed", rule)
    elif cost_class.excluded:
        _lower(sheet, whole, 0, "class_excluded", rule)
    else:
        _requirements(sheet, whole)
        _other_public(sheet, whole)
        _units(sheet, whole, cost_class)
    return whole


def _requirements(sheet: Worksheet, whole: _Whole) -> None:
    line = whole.line
    member = next((each for each in sheet.members if each.id == line.member), None)
    for index, requirement in enumerate(sheet.rules.line_requirements):
        concerned = not requirement.classes or line.cost_class in requirement.classes
        if requirement.refuses is Refuses.LINE and concerned:
            known = KnownFacts(sheet.facts, member, line)
            truth = holds(requirement.require, known)
            if not truth:
                params = refusal(requirement.code, requirement.reason, requirement.require, known, truth)
                _lower(sheet, whole, 0, "line_refused", f"$.line_requirements[{index}]", params)


def _other_public(sheet: Worksheet, whole: _Whole) -> None:
    other = whole.line.other_public_minor
    if not other or sheet.rules.other_public is OtherPublic.IGNORE:
        return
    if sheet.rules.other_public is OtherPublic.DEDUCT:
        left = max(0, whole.eligible - other)
        _lower(sheet, whole, left, "other_public_deducted", "$.other_public", {"other_minor": other})
    else:
        _lower(sheet, whole, 0, "other_public_refused", "$.other_public", {"other_minor": other})


def _units(sheet: Worksheet, whole: _Whole, cost_class: CostClass) -> None:
    if whole.line.quantity is None:
        return
    units = int(whole.line.quantity * _MILLIONTHS)
    if cost_class.max_units is not None and units > cost_class.max_units * _MILLIONTHS:
        most = cost_class.max_units * _MILLIONTHS
        counted = divide_half_up(whole.eligible * most, units)
        params: dict[str, Param] = {"most": cost_class.max_units, "quantity": f"{whole.line.quantity:f}"}
        _lower(sheet, whole, counted, "most_units", f"{whole.rule}.max_units", params)
        units = most
    if cost_class.unit_ceiling_minor is not None:
        limit = divide_half_up(cost_class.unit_ceiling_minor * units, _MILLIONTHS)
        params = {"unit_minor": cost_class.unit_ceiling_minor, "quantity": _quantity(units)}
        _lower(sheet, whole, limit, "unit_ceiling", f"{whole.rule}.unit_ceiling_minor", params)
    if cost_class.unit_amount is not None:
        band = band_for(cost_class.unit_amount, whole.line.distance_km)
        whole.unit_amount = divide_half_up(band * units, _MILLIONTHS)


def _quantity(units: int) -> str:
    return f"{units / _MILLIONTHS:f}".rstrip("0").rstrip(".")


def band_for(unit_amount: UnitAmount, distance_km: int | None) -> int:
    """The amount per unit at a distance (0 where none is given), in minor units."""
    reached = [band for band in unit_amount.bands if band.from_km <= (distance_km or 0)]
    return max(reached, key=lambda band: band.from_km).amount_minor


def _class_ceilings(sheet: Worksheet, wholes: list[_Whole]) -> None:
    """The ceiling of a class for the whole application, cut over its lines in proportion."""
    for code, (rule, cost_class) in sheet.classes.items():
        limit = cost_class.ceiling_minor
        concerned = [whole for whole in wholes if whole.line.cost_class == code]
        amounts = [whole.eligible for whole in concerned]
        if limit is not None and sum(amounts) > limit:
            for whole, part in zip(concerned, split(limit, amounts), strict=True):
                _lower(sheet, whole, part, "class_ceiling", f"{rule}.ceiling_minor", {"limit_minor": limit})


def _weights(sheet: Worksheet, line: CostLine) -> dict[str, int]:
    if line.member is not None:
        return {line.member: 1}
    if line.shares:
        return {share.member: share.weight for share in sorted(line.shares, key=lambda share: share.member)}
    return {member.id: 1 for member in sheet.members}


def _split(sheet: Worksheet, whole: _Whole) -> None:
    """One item per member; eligible and ineligible cost are split each by itself, so that both keep their sums."""
    line, cost_class = whole.line, whole.cost_class
    weights = _weights(sheet, line)
    shares = list(weights.values())
    eligible = split(whole.eligible, shares)
    ineligible = split(line.cost_minor - whole.eligible, shares)
    amounts: list[int] | list[None] = (
        [None] * len(shares) if whole.unit_amount is None else split(whole.unit_amount, shares)
    )
    code = "own_line" if line.member is not None else "shared_line"
    for place, (member, weight) in enumerate(weights.items()):
        sheet.note(
            2, code, "", track=Track.ELIGIBLE, member=member, line=line.id, cost_class=line.cost_class,
            after=eligible[place], params={"weight": weight, "weights": sum(shares), "whole_minor": whole.eligible},
        )  # fmt: skip
        item = Item(
            member=member,
            line=line.id,
            cost_class=line.cost_class,
            payee=(cost_class.payee if cost_class else None) or sheet.rules.payee,
            eligible=eligible[place],
            ineligible=ineligible[place],
            unit_amount=amounts[place],
            residual=cost_class is not None and cost_class.residual,
        )
        sheet.add(item)
        if not sheet.is_in(member):
            sheet.set_eligible(item, 0, "member_out", "")


def _member_limits(sheet: Worksheet, member: Member) -> None:
    items = sheet.items_of(member.id)
    for code, group in groupby(sorted(items, key=lambda item: item.cost_class), key=lambda item: item.cost_class):
        rule, cost_class = sheet.classes.get(code, ("", None))
        if cost_class is not None and cost_class.firm_ceiling_minor is not None:
            limit = cost_class.firm_ceiling_minor
            params: dict[str, Param] = {"limit_minor": limit}
            sheet.limit_eligible(list(group), limit, "class_firm_ceiling", f"{rule}.firm_ceiling_minor", params)
    for index, threshold in enumerate(sheet.rules.minimum_spends):
        concerned, spent = _concerned(sheet, member, items, threshold)
        if spent < threshold.amount_minor:
            params = {"condition": threshold.code, "least_minor": threshold.amount_minor, "spent_minor": spent}
            sheet.limit_eligible(concerned, 0, "below_minimum_spend", f"$.minimum_spends[{index}]", params)
    for index, threshold in enumerate(sheet.rules.deductibles):
        concerned, spent = _concerned(sheet, member, items, threshold)
        params = {"condition": threshold.code, "deducted_minor": min(spent, threshold.amount_minor)}
        rest = max(0, spent - threshold.amount_minor)
        sheet.limit_eligible(concerned, rest, "deductible", f"$.deductibles[{index}]", params)


def _concerned(sheet: Worksheet, member: Member, items: list[Item], threshold: Threshold) -> tuple[list[Item], int]:
    """The items that `threshold` is about (none where its condition does not hold) and their eligible cost."""
    if threshold.when is not None and not holds(threshold.when, sheet.known[member.id]):
        return [], 0
    found = [item for item in items if not threshold.classes or item.cost_class in threshold.classes]
    return found, sum(item.eligible for item in found)
