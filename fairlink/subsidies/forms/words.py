"""What people call the parts of a scheme's rules: labels and hints of fields, choices, facts and cost classes."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _

from fairlink.subsidies.rules.syntax import Kind
from fairlink.subsidies.rules.terms import (
    AwardScope,
    CapScope,
    Evidence,
    Method,
    OnExcess,
    OtherPublic,
    Payee,
    Period,
    RecoveryCause,
    Refuses,
    RetainedUntil,
    Size,
    Subject,
    TaperBy,
)

#: What people call the cost classes that every agency knows.
COST_CLASSES = {
    "stand_space": _("Stand space"),
    "stand_build": _("Stand building"),
    "furniture": _("Furniture"),
    "utilities": _("Electricity, water and other utilities"),
    "graphics": _("Graphics and signs"),
    "freight": _("Freight"),
    "travel": _("Travel"),
    "interpreting": _("Interpreting"),
    "catalogue": _("Entry in the catalogue"),
    "other": _("Other costs"),
}


def cost_class_name(code: str) -> str:
    """A cost class in the reader's language; classes that only one scheme has are named by their code."""
    return str(COST_CLASSES.get(code) or code.replace("_", " ").capitalize())


#: The choices of every enum of the rules.
CHOICES: Mapping[type[StrEnum], Mapping[StrEnum, Any]] = {
    Size: {
        Size.MICRO: _("Micro"),
        Size.SMALL: _("Small"),
        Size.MEDIUM: _("Medium"),
        Size.LARGE: _("Large"),
    },
    Subject: {Subject.FIRM: _("Each firm"), Subject.APPLICATION: _("The application, once")},
    Kind: {
        Kind.BOOLEAN: _("Yes or no"),
        Kind.NUMBER: _("A whole number"),
        Kind.TEXT: _("A word"),
        Kind.DATE: _("A day"),
        Kind.TEXTS: _("Several words"),
    },
    Refuses: {Refuses.LINE: _("Only this cost"), Refuses.MEMBER: _("The firm that has it")},
    Period: {
        Period.FAIR: _("For the same fair"),
        Period.YEAR: _("In one year"),
        Period.LIFETIME: _("Ever"),
    },
    OtherPublic: {
        OtherPublic.IGNORE: _("Does not matter"),
        OtherPublic.DEDUCT: _("Is taken off the cost"),
        OtherPublic.REFUSE_LINE: _("Makes the cost not count"),
    },
    TaperBy: {
        TaperBy.PARTICIPATIONS: _("Supported fairs so far"),
        TaperBy.YEARS_SINCE_FIRST_AWARD: _("Full years since the first award"),
    },
    CapScope: {
        CapScope.CLASS_FIRM: _("Each firm, for some costs"),
        CapScope.CLASS_GROUP: _("The group, for some costs"),
        CapScope.FIRM_FAIR: _("Each firm at one fair"),
        CapScope.FIRM_YEAR: _("Each firm in a year"),
        CapScope.FIRM_LIFETIME: _("Each firm ever"),
        CapScope.GROUP: _("The group"),
        CapScope.APPLICATION: _("The application with the handling fee"),
    },
    OnExcess: {OnExcess.CUT: _("Is cut to the limit"), OnExcess.REFUSE: _("Is refused as a whole")},
    AwardScope: {AwardScope.MEMBER: _("Each firm"), AwardScope.APPLICATION: _("The whole application")},
    Payee: {
        Payee.FIRM: _("The firm"),
        Payee.ORGANISER: _("The organiser of the fair"),
        Payee.ASSOCIATION: _("The association that runs the group"),
        Payee.CARRIER: _("The carrier"),
    },
    Evidence: {
        Evidence.INVOICE: _("Invoice"),
        Evidence.PAYMENT_PROOF: _("Proof of payment"),
        Evidence.TICKET: _("Ticket"),
        Evidence.BOARDING_PASS: _("Boarding pass"),
        Evidence.FEEDBACK_FORM: _("Feedback form"),
        Evidence.PHOTOGRAPH: _("Photograph"),
        Evidence.TRANSPORT_DOCUMENT: _("Transport document"),
        Evidence.CONTRACT: _("Contract"),
        Evidence.PAYSLIP: _("Payslip"),
    },
    Method: {
        Method.FIRST_COME: _("First come, first served"),
        Method.PRO_RATA: _("All, each the same part less if money is short"),
        Method.SCORED: _("By score"),
        Method.LOTTERY: _("By lot"),
    },
    RetainedUntil: {
        RetainedUntil.FINAL_CLAIM: _("The final claim"),
        RetainedUntil.FOLLOW_UP_REPORTS: _("The follow-up reports are in"),
    },
    RecoveryCause: {
        RecoveryCause.UNDER_SPEND: _("Less was spent than planned"),
        RecoveryCause.NO_SHOW: _("The firm was not at the fair"),
        RecoveryCause.DOUBLE_FUNDING: _("The same cost was paid twice"),
        RecoveryCause.FALSE_DECLARATION: _("A declaration was false"),
        RecoveryCause.MISSING_REPORT: _("A report is missing"),
    },
}

#: Labels by ``Type.field``, or by ``field`` where all types mean the same.
LABELS: Mapping[str, Any] = {
    # Rules
    "name": _("Name"),
    "currency": _("Currency"),
    "sunset_on": _("Last day of the scheme"),
    "valid_from_on": _("First day of the scheme"),
    "year_starts_month": _("First month of the scheme's year"),
    "source": _("Where the rules are published"),
    "facts": _("Question"),
    "eligibility": _("Condition for each firm"),
    "counts": _("Limit on supported fairs"),
    "group": _("The group"),
    "cost_classes": _("Kind of cost"),
    "line_requirements": _("Condition for a cost"),
    "other_public": _("Other public money for the same cost"),
    "minimum_spends": _("Minimum spend"),
    "deductibles": _("Deductible"),
    "rates": _("Rates"),
    "add_ons": _("On top of the support"),
    "caps": _("Cap"),
    "aid_ceilings": _("Ceiling of public aid"),
    "envelope_excess": _("Support above what the envelope has left"),
    "minimum_award": _("Minimum award"),
    "own_cash_bp": _("Least part of the own contribution in cash"),
    "payee": _("Who is paid"),
    "selection": _("Selection"),
    "timing": _("Time limits"),
    "payment": _("Payment"),
    "recovery": _("Recovery"),
    # parts
    "title": _("Title"),
    "url": _("Address"),
    "note": _("Note"),
    "DeclaredFact.name": _("Short name"),
    "of": _("Who is asked"),
    "kind": _("Answer"),
    "question": _("Question"),
    "require": _("It must be true that"),
    "reason": _("Reason that a refused applicant reads"),
    "classes": _("Only for these costs"),
    "refuses": _("If not, this does not count"),
    "fair_kind": _("Kind of market"),
    "CountBonus.most": _("More fairs"),
    "most": _("At most"),
    "per": _("Counted"),
    "MinimumAward.per": _("Counted for"),
    "when": _("Only if"),
    "Quota.when": _("For applications of which it is true that"),
    "bonuses": _("More for one kind of market"),
    "different_countries": _("Each in another country"),
    "sizes": _("Sizes"),
    "most_outside_bp": _("Share that may be of another size"),
    "min_firms": _("Smallest group"),
    "max_firms": _("Largest group"),
    "size_band": _("Size of the firms"),
    "requirements": _("Condition for the group"),
    "from_km": _("From this distance (km)"),
    "amount_minor": _("Amount"),
    "unit": _("Unit"),
    "bands": _("Amount per unit"),
    "CostClass.code": _("Kind of cost"),
    "excluded": _("Never counts"),
    "unit_ceiling_minor": _("Most cost that counts per unit"),
    "max_units": _("Most units that count"),
    "ceiling_minor": _("Most cost that counts per application"),
    "firm_ceiling_minor": _("Most cost that counts per firm"),
    "unit_amount": _("A fixed amount per unit instead of a rate"),
    "residual": _("Only from what is left after the other costs"),
    "CostClass.payee": _("Paid to somebody else"),
    "evidence": _("Evidence with the claim"),
    "rate_bp": _("Rate"),
    "base": _("Rate"),
    "tapers": _("Change over time"),
    "uplifts": _("Uplift"),
    "maximum_bp": _("Highest rate"),
    "time_limit": _("End of support for a firm"),
    "since": _("From this number on"),
    "TaperStep.rate_bp": _("The rate is"),
    "factor_bp": _("or the rate is multiplied by"),
    "TaperStep.add_bp": _("or points are added"),
    "by": _("By"),
    "steps": _("Step"),
    "add_bp": _("Points added"),
    "years": _("Years"),
    "participations": _("Supported fairs"),
    "share_bp": _("Share"),
    "indirect_bp": _("Flat share for indirect costs"),
    "handling_fee": _("Handling fee of the body that runs the group"),
    "scope": _("Limit for"),
    "per_firm": _("Times the number of firms"),
    "AidCeiling.code": _("Name of the ceiling"),
    "on_excess": _("Support above it"),
    "Criterion.code": _("What is judged"),
    "weight_bp": _("Weight"),
    "Criterion.question": _("What earns many points"),
    "method": _("How applications are chosen"),
    "reserves": _("Reserves that wait"),
    "cut_off": _("Least score"),
    "criteria": _("Criterion"),
    "strata": _("Lots are drawn separately by"),
    "quota": _("Reserved part of the envelope"),
    "apply_from_months_before": _("Apply at most so many months before the fair"),
    "apply_until_working_days_before": _("Apply at least so many working days before the fair"),
    "accept_within_days": _("Days to accept an award"),
    "claim_within_days": _("Days after the fair to claim"),
    "reports_within_days": _("Days after the fair to report"),
    "advance_bp": _("Paid ahead"),
    "retention_bp": _("Kept back"),
    "retained_until": _("Kept back until"),
    "cause": _("If"),
    "Recovery.share_bp": _("Taken back"),
    "within_days": _("Days to pay it back"),
}

#: Hints, by the same names.
HINTS: Mapping[str, Any] = {
    "sunset_on": _("No call opens after this day without a recorded renewal."),
    "year_starts_month": _("1 for January. Caps and limits per year count from it."),
    "DeclaredFact.name": _("Conditions ask for it by this name."),
    "when": _("Leave it empty for always. What is not known counts as not true."),
    "classes": _("None ticked means all."),
    "CostClass.code": _("For example stand space, freight, travel."),
    "max_firms": _("Leave it empty for no limit; 1 for single firms."),
    "fair_kind": _("As fairs name it, for example emerging."),
    "unit": _("For example night, traveller or m3."),
    "residual": _("For example freight, if other costs come first."),
    "maximum_bp": _("Whatever is added, no rate is above this."),
    "base": _("The first that fits counts. Put the general one last."),
    "uplifts": _("Points added to a rate that is not zero."),
    "tapers": _("The last step that is reached counts."),
    "add_bp": _("Percentage points, for example 5."),
    "TaperStep.add_bp": _("Percentage points; a minus takes them away."),
    "deductibles": _("The first part of the cost, borne by the firm."),
    "minimum_spends": _("Below it nothing counts."),
    "caps": _("All that apply are applied, from the narrowest to the widest."),
    "aid_ceilings": _("For linked firms together, over rolling years, such as de minimis."),
    "AidCeiling.code": _("For example de minimis."),
    "indirect_bp": _("Of each firm's support."),
    "HandlingFee.share_bp": _("Of the support of all firms, on top."),
    "weight_bp": _("The weights of all criteria add up to 100."),
    "cut_off": _("0 to 100. Below it an application is refused, whatever money is left."),
    "reserves": _("How many wait, in order, for money that is given back."),
    "quota": _("What they do not use goes to all."),
    "retention_bp": _("Part of the award."),
    "advance_bp": _("Part of the award, once it is accepted."),
    "most_outside_bp": _("0 if every firm must be of these sizes."),
}

#: What people call the facts that conditions ask for, as the beginning of a sentence.
FACTS: Mapping[str, Any] = {
    "firm.country": _("the country of the firm"),
    "firm.region": _("the region of the firm"),
    "firm.size": _("the size of the firm"),
    "firm.sectors": _("the sectors of the firm"),
    "firm.staff": _("the staff of the firm"),
    "firm.turnover_minor": _("the turnover of the firm"),
    "firm.exports_minor": _("the exports of the firm"),
    "firm.export_share_bp": _("the exports as a share of turnover"),
    "firm.best_sales_in_fair_country_minor": _("the best yearly sale to the fair's country in three years"),
    "firm.years_on_record": _("the number of years on record"),
    "firm.years_trading": _("the years of trading"),
    "firm.years_exporting": _("the years of exporting"),
    "firm.participations": _("the number of supported fairs"),
    "firm.participations_at_fair": _("the number of supported editions of this fair"),
    "firm.participations_in_fair_country": _("the number of supported fairs in this country"),
    "firm.years_since_first_award": _("the years since the first award"),
    "fair.code": _("the fair"),
    "fair.country": _("the country of the fair"),
    "fair.kinds": _("the kinds of market of the fair"),
    "fair.sectors": _("the sectors of the fair"),
    "fair.starts_on": _("the first day of the fair"),
    "fair.ends_on": _("the last day of the fair"),
    "fair.days": _("the length of the fair in days"),
    "application.applied_on": _("the day of applying"),
    "application.granted_on": _("the day of the award"),
    "application.firms": _("the number of firms"),
    "application.days_before_fair": _("the days from applying to the fair"),
    "line.cost_class": _("the kind of cost"),
    "line.committed_on": _("the day on which the cost was ordered or paid"),
    "line.distance_km": _("the distance in km"),
    "line.is_shared": _("the cost is shared by all"),
}


def choice_name(value: StrEnum) -> str:
    """One choice of the rules in the reader's language."""
    return str(CHOICES[type(value)][value])


def label_of(owner: type[Any], name: str) -> Any:
    """What people call the field `name` of the type `owner`."""
    return LABELS.get(f"{owner.__name__}.{name}") or LABELS[name]


def hint_of(owner: type[Any], name: str) -> Any:
    """What helps to fill in the field, or nothing."""
    return HINTS.get(f"{owner.__name__}.{name}") or HINTS.get(name, "")
