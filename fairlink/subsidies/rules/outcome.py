"""The result of the engine: what each member and cost line gets, what remains to be borne, and why."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from fairlink.subsidies.rules.explanation import Explanation
from fairlink.subsidies.rules.terms import Payee

#: Names of the add-ons where a cost line's id would stand. A cost line's id cannot begin with +.
INDIRECT = "+indirect"
HANDLING_FEE = "+handling_fee"


@dataclass(frozen=True, slots=True)
class LineQuote:
    """One member's part of one cost line, or an add-on.

    Minor units. ``cost = eligible + ineligible`` and ``eligible = support + own``. An add-on is recognised as a cost of
    its own amount, wholly supported. `rate_bp` is None for add-ons and for amounts per unit.
    """

    member: str | None
    line: str
    cost_class: str
    cost_minor: int
    eligible_minor: int
    rate_bp: int | None
    support_minor: int
    payee: Payee

    @property
    def own_minor(self) -> int:
        """What the member bears of the eligible cost."""
        return self.eligible_minor - self.support_minor

    @property
    def ineligible_minor(self) -> int:
        """What the member bears besides, because it is not eligible."""
        return self.cost_minor - self.eligible_minor


@dataclass(frozen=True, slots=True)
class PaymentPlan:
    """How one sum of support is paid, in minor units: ``advance + on_claim + retained = support``."""

    advance_minor: int = 0
    on_claim_minor: int = 0
    retained_minor: int = 0


@dataclass(frozen=True, slots=True)
class MemberQuote:
    """The result for one member. Sums of its lines, add-ons included."""

    member: str
    eligible: bool
    lines: tuple[LineQuote, ...]
    cost_minor: int
    eligible_minor: int
    support_minor: int
    own_cash_minor: int
    advance_due_back_minor: int
    plan: PaymentPlan

    @property
    def own_minor(self) -> int:
        return self.eligible_minor - self.support_minor

    @property
    def ineligible_minor(self) -> int:
        return self.cost_minor - self.eligible_minor


@dataclass(frozen=True, slots=True)
class Quote:
    """The result for one application. Members and lines are in the order of their ids.

    `eligible` tells whether the application as a whole passed step 1; `support_minor` includes the handling fee, whose
    line is `handling_fee`.
    """

    currency: str
    eligible: bool
    members: tuple[MemberQuote, ...]
    handling_fee: LineQuote | None
    cost_minor: int
    eligible_minor: int
    support_minor: int
    explanations: tuple[Explanation, ...]

    @property
    def own_minor(self) -> int:
        return self.eligible_minor - self.support_minor

    @property
    def ineligible_minor(self) -> int:
        return self.cost_minor - self.eligible_minor

    @property
    def eligible_members(self) -> tuple[str, ...]:
        """Ids of the members that passed step 1."""
        return tuple(member.member for member in self.members if member.eligible)

    def member(self, member_id: str) -> MemberQuote:
        """The result of one member; KeyError for an unknown id."""
        for member in self.members:
            if member.member == member_id:
                return member
        raise KeyError(member_id)

    def explain(self, *codes: str) -> tuple[Explanation, ...]:
        """The explanation lines with one of `codes`; all without codes."""
        return tuple(line for line in self.explanations if not codes or line.code in codes)

    def to_dict(self) -> dict[str, Any]:
        """As JSON for a stored snapshot. Sums that follow from others are written too, for readers without the code."""
        return {
            "currency": self.currency,
            "eligible": self.eligible,
            **_sums(self),
            "members": [_member_dict(member) for member in self.members],
            "handling_fee": None if self.handling_fee is None else _line_dict(self.handling_fee),
            "explanations": [line.to_dict() for line in self.explanations],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Quote":
        """The quote that `to_dict` wrote. Raises KeyError for anything else."""
        fee = data["handling_fee"]
        return cls(
            currency=data["currency"],
            eligible=data["eligible"],
            members=tuple(_member(member) for member in data["members"]),
            handling_fee=None if fee is None else _line(fee),
            cost_minor=data["cost_minor"],
            eligible_minor=data["eligible_minor"],
            support_minor=data["support_minor"],
            explanations=tuple(Explanation.from_dict(line) for line in data["explanations"]),
        )


def _sums(of: Quote | MemberQuote | LineQuote) -> dict[str, int]:
    return {
        "cost_minor": of.cost_minor,
        "eligible_minor": of.eligible_minor,
        "ineligible_minor": of.ineligible_minor,
        "support_minor": of.support_minor,
        "own_minor": of.own_minor,
    }


def _line_dict(line: LineQuote) -> dict[str, Any]:
    named = {"member": line.member, "line": line.line, "cost_class": line.cost_class, "rate_bp": line.rate_bp}
    return {**named, **_sums(line), "payee": line.payee.value}


def _member_dict(member: MemberQuote) -> dict[str, Any]:
    return {
        "member": member.member,
        "eligible": member.eligible,
        **_sums(member),
        "own_cash_minor": member.own_cash_minor,
        "advance_due_back_minor": member.advance_due_back_minor,
        "plan": asdict(member.plan),
        "lines": [_line_dict(line) for line in member.lines],
    }


def _line(data: Mapping[str, Any]) -> LineQuote:
    return LineQuote(
        member=data["member"],
        line=data["line"],
        cost_class=data["cost_class"],
        cost_minor=data["cost_minor"],
        eligible_minor=data["eligible_minor"],
        rate_bp=data["rate_bp"],
        support_minor=data["support_minor"],
        payee=Payee(data["payee"]),
    )


def _member(data: Mapping[str, Any]) -> MemberQuote:
    return MemberQuote(
        member=data["member"],
        eligible=data["eligible"],
        lines=tuple(_line(line) for line in data["lines"]),
        cost_minor=data["cost_minor"],
        eligible_minor=data["eligible_minor"],
        support_minor=data["support_minor"],
        own_cash_minor=data["own_cash_minor"],
        advance_due_back_minor=data["advance_due_back_minor"],
        plan=PaymentPlan(**data["plan"]),
    )
