"""The working state of one calculation: the items that get amounts, the explanation so far, and the one way to cut."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fairlink.kernel.money import split
from fairlink.subsidies.rules.document import CostClass, Rules
from fairlink.subsidies.rules.explanation import NO_PARAMS, Explanation, Param, Track
from fairlink.subsidies.rules.facts import CostLine, Facts, Member
from fairlink.subsidies.rules.terms import Payee
from fairlink.subsidies.rules.vocabulary import KnownFacts


@dataclass(slots=True)
class Item:
    """One member's part of one cost line, or an add-on (`is_add_on`), whose member is None for the handling fee."""

    member: str | None
    line: str
    cost_class: str
    payee: Payee
    eligible: int = 0
    ineligible: int = 0
    support: int = 0
    unit_amount: int | None = None
    rate_bp: int | None = None
    residual: bool = False
    is_add_on: bool = False


@dataclass(slots=True)
class Worksheet:
    """State shared by the steps.

    Members, lines and items are kept in the order of their ids, so that the order in which they were given cannot
    change a result.
    """

    rules: Rules
    facts: Facts
    members: tuple[Member, ...] = ()
    lines: tuple[CostLine, ...] = ()
    classes: dict[str, tuple[str, CostClass]] = field(default_factory=dict)
    known: dict[str, KnownFacts] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    group_refused: bool = False
    items: list[Item] = field(default_factory=list)
    by_member: dict[str | None, list[Item]] = field(default_factory=dict)
    explanations: list[Explanation] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.members = tuple(sorted(self.facts.members, key=lambda member: member.id))
        self.lines = tuple(sorted(self.facts.lines, key=lambda line: line.id))
        self.classes = {each.code: (f"$.cost_classes[{i}]", each) for i, each in enumerate(self.rules.cost_classes)}
        self.known = {member.id: KnownFacts(self.facts, member) for member in self.members}

    def is_in(self, member: str | None) -> bool:
        """Whether the member's costs can be supported: it passed step 1, and so did the group."""
        return not self.group_refused and member not in self.refused

    def members_in(self) -> list[Member]:
        """The members that passed step 1 themselves."""
        return [member for member in self.members if member.id not in self.refused]

    def add(self, item: Item) -> None:
        self.items.append(item)
        self.by_member.setdefault(item.member, []).append(item)

    def items_of(self, member: str | None) -> list[Item]:
        """The items of one member, in the order in which they were added."""
        return self.by_member.get(member, [])

    def note(
        self,
        step: int,
        code: str,
        rule: str = "",
        *,
        track: Track = Track.NONE,
        member: str | None = None,
        line: str | None = None,
        cost_class: str | None = None,
        before: int | None = None,
        after: int | None = None,
        params: Mapping[str, Param] = NO_PARAMS,
    ) -> None:
        """Write one explanation line."""
        self.explanations.append(Explanation(step, code, track, member, line, cost_class, rule, before, after, params))

    def set_eligible(
        self, item: Item, amount: int, code: str, rule: str, params: Mapping[str, Param] = NO_PARAMS
    ) -> None:
        """Lower the eligible cost of `item`; the difference becomes ineligible."""
        if amount == item.eligible:
            return
        self.note(
            2, code, rule, track=Track.ELIGIBLE, member=item.member, line=item.line, cost_class=item.cost_class or None,
            before=item.eligible, after=amount, params=params,
        )  # fmt: skip
        item.ineligible += item.eligible - amount
        item.eligible = amount

    def set_support(
        self, step: int, item: Item, amount: int, code: str, rule: str, params: Mapping[str, Param] = NO_PARAMS
    ) -> None:
        """Set the support of `item`, or leave it silently if it is that already."""
        if amount == item.support:
            return
        self.note(
            step, code, rule, track=Track.SUPPORT, member=item.member, line=item.line,
            cost_class=item.cost_class or None, before=item.support, after=amount, params=params,
        )  # fmt: skip
        item.support = amount

    def limit_eligible(
        self, items: Sequence[Item], limit: int, code: str, rule: str, params: Mapping[str, Param] = NO_PARAMS
    ) -> None:
        """Cut the eligible cost of `items` to `limit` in proportion, if it is above."""
        amounts = [item.eligible for item in items]
        if sum(amounts) > limit:
            for item, part in zip(items, split(limit, amounts), strict=True):
                self.set_eligible(item, part, code, rule, params)

    def limit_support(
        self,
        items: Iterable[Item],
        limit: int,
        code: str,
        rule: str,
        *,
        member: str | None = None,
        cost_class: str | None = None,
        params: Mapping[str, Param] = NO_PARAMS,
        refuse: bool = False,
    ) -> None:
        """Cut the support of `items` to `limit` (to nothing with `refuse`), if it is above.

        Residual items give first; the others are cut in proportion, by largest remainder, only when that is not enough.
        """
        bound = [item for item in items if item.support]
        before = sum(item.support for item in bound)
        if before <= limit:
            return
        after = 0 if refuse else limit
        self.note(
            5, code, rule, track=Track.SUM, member=member, cost_class=cost_class,
            before=before, after=after, params=params,
        )  # fmt: skip
        first = [item for item in bound if not item.residual]
        last = [item for item in bound if item.residual]
        for_first = min(after, sum(item.support for item in first))
        for part_of, amount in ((first, for_first), (last, after - for_first)):
            if part_of:
                parts = split(amount, [item.support for item in part_of])
                for item, part in zip(part_of, parts, strict=True):
                    self.set_support(5, item, part, code, rule, params)
