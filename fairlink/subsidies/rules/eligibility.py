"""Step 1: who may be supported - the members one by one, then those who remain as a group."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from fairlink.subsidies.rules.conditions import Condition, holds
from fairlink.subsidies.rules.document import CountLimit, Requirement
from fairlink.subsidies.rules.explanation import Param
from fairlink.subsidies.rules.facts import Member, Participation
from fairlink.subsidies.rules.terms import Period, Refuses
from fairlink.subsidies.rules.vocabulary import KnownFacts, scheme_year
from fairlink.subsidies.rules.worksheet import Worksheet


def judge(sheet: Worksheet) -> None:
    """Mark the members that fall out, and the group if it cannot be supported, each with its reason."""
    for member in sheet.members:
        _judge_member(sheet, member)
    _judge_dates(sheet)
    _judge_group(sheet)


def _refuse_group(sheet: Worksheet, code: str, rule: str, **params: Param) -> None:
    sheet.group_refused = True
    sheet.note(1, code, rule, params=params)


def unmet(requirement: Requirement, known: KnownFacts) -> dict[str, Param] | None:
    """None where the requirement holds, else the parameters of the refusal; `missing` names facts not given."""
    truth = holds(requirement.require, known)
    if truth:
        return None
    return refusal(requirement.code, requirement.reason, requirement.require, known, truth)


def refusal(code: str, reason: str, condition: Condition, known: KnownFacts, truth: bool | None) -> dict[str, Param]:
    """The parameters of a refusal by `condition`."""
    missing = [name for name in condition.names if known[name] is None] if truth is None else []
    return {"condition": code, "reason": reason, "missing": ", ".join(missing)}


def _judge_member(sheet: Worksheet, member: Member) -> None:
    known = sheet.known[member.id]
    for index, requirement in enumerate(sheet.rules.eligibility):
        params = unmet(requirement, known)
        if params:
            code = "fact_missing" if params["missing"] else "not_eligible"
            _refuse_member(sheet, member, code, f"$.eligibility[{index}]", params)
    _judge_lines(sheet, member)
    for index, limit in enumerate(sheet.rules.counts):
        if limit.when is None or holds(limit.when, known):
            _judge_count(sheet, member, limit, f"$.counts[{index}]")
    if member.id not in sheet.refused:
        tested = len(sheet.rules.eligibility) + len(sheet.rules.counts)
        sheet.note(1, "member_eligible", "$.eligibility" if tested else "", member=member.id, params={"tested": tested})


def _refuse_member(sheet: Worksheet, member: Member, code: str, rule: str, params: dict[str, Param]) -> None:
    sheet.refused.add(member.id)
    sheet.note(1, code, rule, member=member.id, params=params)


def _judge_lines(sheet: Worksheet, member: Member) -> None:
    """Conditions on cost lines that put out the member who has such a line."""
    for index, requirement in enumerate(sheet.rules.line_requirements):
        if requirement.refuses is not Refuses.MEMBER:
            continue
        for line in sheet.lines:
            concerned = line.member == member.id or any(share.member == member.id for share in line.shares)
            everyone = line.member is None and not line.shares
            if not (concerned or everyone) or (requirement.classes and line.cost_class not in requirement.classes):
                continue
            known = KnownFacts(sheet.facts, member, line)
            truth = holds(requirement.require, known)
            if not truth:
                params = refusal(requirement.code, requirement.reason, requirement.require, known, truth)
                code = "line_refuses_member"
                sheet.refused.add(member.id)
                rule = f"$.line_requirements[{index}]"
                sheet.note(1, code, rule, member=member.id, line=line.id, cost_class=line.cost_class, params=params)


def _within(sheet: Worksheet, per: Period) -> Callable[[Participation], bool]:
    fair, month = sheet.facts.fair, sheet.rules.year_starts_month
    if per is Period.FAIR:
        return lambda each: each.fair == fair.code
    if per is Period.YEAR:
        this_year = scheme_year(fair.starts_on, month)
        return lambda each: scheme_year(each.starts_on, month) == this_year
    return lambda each: True


def _judge_count(sheet: Worksheet, member: Member, limit: CountLimit, rule: str) -> None:
    """A fair of a kind with a bonus uses the bonus first; what exceeds it counts in general, as all others do."""
    fair = sheet.facts.fair
    counted = [each for each in member.participations if _within(sheet, limit.per)(each)]
    params: dict[str, Param] = {"condition": limit.code, "per": limit.per.value, "most": limit.most}
    if _taken(counted, fair.kinds, limit) > limit.most:
        _refuse_member(sheet, member, "count_reached", rule, params | {"used": len(counted)})
    elif limit.different_countries and any(each.country == fair.country for each in counted):
        _refuse_member(sheet, member, "country_repeated", rule, params | {"country": fair.country})


def _taken(counted: Sequence[Participation], kinds: tuple[str, ...], limit: CountLimit) -> int:
    """How much of the general allowance is taken with the present fair included."""
    left = {bonus.fair_kind: bonus.most for bonus in limit.bonuses}
    general = 0
    for held in (*(each.kinds for each in counted), kinds):
        kind = next((each for each in held if left.get(each, 0) > 0), None)
        if kind is None:
            general += 1
        else:
            left[kind] -= 1
    return general


def months_before(day: date, months: int) -> date:
    """The day `months` earlier, or the last day of that month where it has none such."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    for number in range(day.day, 0, -1):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    raise AssertionError("every month has a first day")


def working_days_before(day: date, count: int, holidays: tuple[date, ...]) -> date:
    """The latest day with `count` working days from it, itself included, to the day before `day`.

    Monday to Friday without `holidays`: one working day before Monday 2026-10-12 is Friday 2026-10-09.
    """
    while count:
        day -= timedelta(days=1)
        if day.weekday() < 5 and day not in holidays:
            count -= 1
    return day


def _judge_dates(sheet: Worksheet) -> None:
    rules, facts = sheet.rules, sheet.facts
    granted = facts.reference_on
    if rules.valid_from_on and granted < rules.valid_from_on:
        _refuse_group(sheet, "scheme_not_begun", "$.valid_from_on", begins=rules.valid_from_on.isoformat())
    ends = max(rules.sunset_on, facts.renewed_until_on or rules.sunset_on)
    if granted > ends:
        _refuse_group(sheet, "scheme_ended", "$.sunset_on", ended=ends.isoformat())
    timing, fair = rules.timing, facts.fair
    if timing.apply_from_months_before is not None:
        first = months_before(fair.starts_on, timing.apply_from_months_before)
        if facts.applied_on < first:
            rule = "$.timing.apply_from_months_before"
            _refuse_group(
                sheet, "applied_too_early", rule, applied=facts.applied_on.isoformat(), first=first.isoformat()
            )
    if timing.apply_until_working_days_before is not None:
        last = working_days_before(fair.starts_on, timing.apply_until_working_days_before, fair.holidays)
        if facts.applied_on > last:
            rule = "$.timing.apply_until_working_days_before"
            _refuse_group(sheet, "applied_too_late", rule, applied=facts.applied_on.isoformat(), last=last.isoformat())


def _judge_group(sheet: Worksheet) -> None:
    group = sheet.rules.group
    remaining = sheet.members_in()
    firms = len(remaining)
    if firms < group.min_firms:
        _refuse_group(sheet, "group_too_small", "$.group.min_firms", firms=firms, least=group.min_firms)
    if group.max_firms is not None and firms > group.max_firms:
        _refuse_group(sheet, "group_too_large", "$.group.max_firms", firms=firms, most=group.max_firms)
    band = group.size_band
    if band is not None:
        outside = sum(member.size not in band.sizes for member in remaining)
        if outside * 10_000 > band.most_outside_bp * firms:
            rule = "$.group.size_band"
            _refuse_group(sheet, "group_outside_band", rule, outside=outside, firms=firms, most_bp=band.most_outside_bp)
    known = KnownFacts(sheet.facts)
    known["application.firms"] = firms
    for index, requirement in enumerate(group.requirements):
        params = unmet(requirement, known)
        if params:
            _refuse_group(sheet, "group_condition", f"$.group.requirements[{index}]", **params)
