"""The rules of one scheme version as frozen types; their docstrings and key descriptions are the published schema."""

from dataclasses import dataclass, field
from datetime import date
from typing import Annotated

from fairlink.subsidies.rules.conditions import Condition
from fairlink.subsidies.rules.scalars import Range
from fairlink.subsidies.rules.shapes import Items
from fairlink.subsidies.rules.syntax import Kind
from fairlink.subsidies.rules.terms import (
    AwardScope,
    Basis,
    CapScope,
    Code,
    Count,
    Currency,
    Evidence,
    Method,
    Minor,
    OnExcess,
    OtherPublic,
    Payee,
    Period,
    PositiveCount,
    PositiveMinor,
    RecoveryCause,
    Refuses,
    RetainedUntil,
    Size,
    Subject,
    TaperBy,
)

Classes = Annotated[
    tuple[Code, ...], Items(unique=""), "The cost classes this is about; left out, it is about all of them."
]
When = Annotated[Condition | None, "Applies only where this condition holds; an unknown fact counts as not holding."]
RuleCode = Annotated[Code, "The name by which explanations speak of this rule."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the rules were published."""

    title: str
    url: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredFact:
    """A question of this scheme, whose answer conditions use as firm.<name> or application.<name>."""

    name: Code
    of: Subject
    kind: Kind
    question: Annotated[str, "The question as the applicant reads it."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """A condition that must hold; where it does not, or cannot be known, the reason is given."""

    code: RuleCode
    require: Condition
    reason: Annotated[str, "Why a member or group is refused, as the applicant reads it."]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRequirement:
    """A condition that each cost line must meet, else the line or its members fall out."""

    code: RuleCode
    require: Condition
    reason: Annotated[str, "Why the line is refused, as the applicant reads it."]
    classes: Classes = ()
    refuses: Refuses = Refuses.LINE


@dataclass(frozen=True, slots=True, kw_only=True)
class CountBonus:
    """More participations that only fairs of one kind of market may use."""

    fair_kind: Code
    most: PositiveCount


@dataclass(frozen=True, slots=True, kw_only=True)
class CountLimit:
    """At most so many supported participations per fair (editions of one fair), scheme year or lifetime."""

    code: RuleCode
    per: Period
    most: Count
    when: When = None
    bonuses: Annotated[tuple[CountBonus, ...], Items(unique="fair_kind")] = ()
    different_countries: Annotated[bool, "Refuse a second participation in one country within the period."] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeBand:
    """The sizes a group is meant for, and the share of its eligible members that may lie outside."""

    sizes: Annotated[tuple[Size, ...], Items(least=1, unique="")]
    most_outside_bp: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRules:
    """Conditions on the eligible members as a group. A scheme for single firms has 1 and 1."""

    min_firms: PositiveCount = 1
    max_firms: PositiveCount | None = None
    size_band: SizeBand | None = None
    requirements: Annotated[tuple[Requirement, ...], Items(unique="code")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitBand:
    """The amount per unit from a distance on."""

    from_km: Count
    amount_minor: PositiveMinor


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitAmount:
    """Support as an amount per unit of quantity, by distance if there are several bands, never above the cost."""

    unit: Annotated[Code, "What the quantity counts, such as traveller, night or m3."]
    bands: Annotated[tuple[UnitBand, ...], Items(least=1, unique="from_km")]


@dataclass(frozen=True, slots=True, kw_only=True)
class CostClass:
    """A class of cost and what of it counts."""

    code: Code
    excluded: Annotated[bool, "Never eligible; the refusal names this class."] = False
    unit_ceiling_minor: Annotated[PositiveMinor | None, "Most eligible cost per unit of quantity."] = None
    max_units: Annotated[PositiveCount | None, "Most units of quantity that count per line."] = None
    ceiling_minor: Annotated[PositiveMinor | None, "Most eligible cost of this class per application."] = None
    firm_ceiling_minor: Annotated[PositiveMinor | None, "Most eligible cost of this class per member."] = None
    unit_amount: UnitAmount | None = None
    residual: Annotated[bool, "Supported only from what caps leave after the other classes."] = False
    payee: Annotated[Payee | None, "Who is paid for this class, if not the scheme's payee."] = None
    evidence: Annotated[tuple[Evidence, ...], Items(unique="")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """An amount of eligible cost per member: a minimum spend, or a deductible."""

    code: RuleCode
    amount_minor: PositiveMinor
    classes: Classes = ()
    when: When = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseRate:
    """A co-financing rate; the first of the list that fits the class and the condition is taken."""

    code: RuleCode
    rate_bp: Basis
    classes: Classes = ()
    when: When = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaperStep:
    """From this count on, the rate is set, multiplied or moved: exactly one of the three."""

    since: Count
    rate_bp: Basis | None = None
    factor_bp: Basis | None = None
    add_bp: Annotated[int, Range(-10_000, 10_000)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taper:
    """How the rate changes with participations or years; the last step reached counts."""

    code: RuleCode
    by: TaperBy
    steps: Annotated[tuple[TaperStep, ...], Items(least=1, unique="since")]
    classes: Classes = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Uplift:
    """Points added to a rate that is not zero."""

    code: RuleCode
    add_bp: Annotated[int, Range(1, 10_000)]
    classes: Classes = ()
    when: When = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLimit:
    """After so many full years since the first award, or so many participations, the rate is zero."""

    years: PositiveCount | None = None
    participations: PositiveCount | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """The rate of each member and class: base, then taper, then uplifts, never above the maximum."""

    base: Annotated[tuple[BaseRate, ...], Items(least=1, unique="code")]
    tapers: Annotated[tuple[Taper, ...], Items(unique="code")] = ()
    uplifts: Annotated[tuple[Uplift, ...], Items(unique="code")] = ()
    maximum_bp: Annotated[Basis, "No rate is above this."] = 10_000
    time_limit: TimeLimit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlingFee:
    """A share of the members' support, on top, for the body that runs the group."""

    share_bp: Basis
    payee: Payee = Payee.ASSOCIATION


@dataclass(frozen=True, slots=True, kw_only=True)
class AddOns:
    """Amounts on top of the support of the cost lines."""

    indirect_bp: Annotated[Basis | None, "Flat indirect share of each member's support."] = None
    handling_fee: HandlingFee | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """A limit on support. All caps whose condition holds apply, in the order of their scopes."""

    code: RuleCode
    scope: CapScope
    amount_minor: Minor
    per_firm: Annotated[bool, "For group and application: the amount times the number of eligible firms."] = False
    classes: Classes = ()
    when: When = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AidCeiling:
    """A limit on all public aid to a single undertaking over a rolling window of years that ends with the grant."""

    code: Annotated[Code, "The regime whose earlier aid counts, such as de_minimis."]
    amount_minor: PositiveMinor
    currency: Annotated[Currency, "The currency of the ceiling; other aid is converted with the facts' rates."]
    years: PositiveCount = 3
    on_excess: OnExcess = OnExcess.CUT


@dataclass(frozen=True, slots=True, kw_only=True)
class MinimumAward:
    """Support below this is not worth paying and becomes zero."""

    amount_minor: PositiveMinor
    per: AwardScope = AwardScope.APPLICATION


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One criterion of a scored call; weights of all criteria add up to 10000."""

    code: Code
    weight_bp: Annotated[int, Range(1, 10_000)]
    question: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """A part of the envelope kept for applications for which the condition holds."""

    code: RuleCode
    share_bp: Annotated[int, Range(1, 10_000)]
    when: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionRules:
    """How a call chooses among eligible applications."""

    method: Method = Method.FIRST_COME
    reserves: Annotated[Count, "How many applications wait in order for what is given back."] = 0
    cut_off: Annotated[Count | None, "Least weighted score, for a scored call."] = None
    criteria: Annotated[tuple[Criterion, ...], Items(unique="code")] = ()
    strata: Annotated[tuple[str, ...], Items(unique=""), "Facts that make the strata of a lottery."] = ()
    quota: Quota | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Time limits. Working days are Monday to Friday without the fair country's holidays."""

    apply_from_months_before: Annotated[PositiveCount | None, "Earliest application before the fair begins."] = None
    apply_until_working_days_before: Annotated[Count | None, "Latest application before the fair begins."] = None
    accept_within_days: PositiveCount = 21
    claim_within_days: Annotated[PositiveCount, "Counted from the last day of the fair."] = 60
    reports_within_days: PositiveCount | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """How an award is paid: a part ahead, a part kept back, the rest on the final claim."""

    advance_bp: Basis = 0
    retention_bp: Basis = 0
    retained_until: RetainedUntil = RetainedUntil.FOLLOW_UP_REPORTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """What share of paid support is taken back for a cause, and within how many days it is due."""

    cause: RecoveryCause
    share_bp: Annotated[int, Range(1, 10_000)] = 10_000
    within_days: PositiveCount = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules of one version of a support scheme. Amounts in minor units of its currency, rates in basis points."""

    format: Annotated[int, Range(1, 1), "Version of this document format: 1."]
    name: str
    currency: Currency
    sunset_on: Annotated[date, "Last day on which the scheme may grant without a recorded renewal."]
    rates: Rates
    cost_classes: Annotated[tuple[CostClass, ...], Items(least=1, unique="code")]
    valid_from_on: date | None = None
    source: Source | None = None
    year_starts_month: Annotated[int, Range(1, 12), "First month of the scheme's year."] = 1
    facts: Annotated[tuple[DeclaredFact, ...], "Questions of this scheme."] = ()
    eligibility: Annotated[tuple[Requirement, ...], Items(unique="code"), "What each member must meet."] = ()
    line_requirements: Annotated[tuple[LineRequirement, ...], Items(unique="code")] = ()
    counts: Annotated[tuple[CountLimit, ...], Items(unique="code")] = ()
    group: GroupRules = field(default_factory=GroupRules)
    other_public: OtherPublic = OtherPublic.IGNORE
    minimum_spends: Annotated[tuple[Threshold, ...], Items(unique="code")] = ()
    deductibles: Annotated[tuple[Threshold, ...], Items(unique="code")] = ()
    add_ons: AddOns = field(default_factory=AddOns)
    caps: Annotated[tuple[Cap, ...], Items(unique="code")] = ()
    aid_ceilings: Annotated[tuple[AidCeiling, ...], Items(unique="code")] = ()
    envelope_excess: Annotated[OnExcess, "What the envelope does to an application it cannot bear."] = OnExcess.CUT
    minimum_award: MinimumAward | None = None
    own_cash_bp: Annotated[Basis | None, "Least part of the own contribution in cash."] = None
    payee: Payee = Payee.FIRM
    selection: SelectionRules = field(default_factory=SelectionRules)
    timing: Timing = field(default_factory=Timing)
    payment: Payment = field(default_factory=Payment)
    recovery: Annotated[tuple[Recovery, ...], Items(unique="cause")] = ()
