"""The sentences of the engine by code: what explanation lines and problems say, for gettext and the command line."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from fairlink.kernel.money import Money
from fairlink.subsidies.rules.explanation import Explanation, Param, Track


def N_(message: str) -> str:  # noqa: N802 - the name that `pybabel extract -k N_` looks for
    """Mark `message` for translation and give it back as it is."""
    return message


#: Explanation lines. Placeholders are the line's params without the endings _minor and _bp, plus before and after.
EXPLANATIONS: Mapping[str, str] = {
    # 1 eligibility
    "member_eligible": N_("Meets all %(tested)s conditions."),
    "not_eligible": N_("Not eligible: %(reason)s"),
    "fact_missing": N_("Not eligible as long as this is not known: %(missing)s. %(reason)s"),
    "line_refuses_member": N_("Not eligible because of this cost: %(reason)s"),
    "count_reached": N_("Has had %(used)s supported participations; the limit is %(most)s (%(per)s)."),
    "country_repeated": N_("Was already supported in %(country)s; each participation must be in a different country."),
    "scheme_not_begun": N_("The scheme begins on %(begins)s."),
    "scheme_ended": N_("The scheme ended on %(ended)s."),
    "applied_too_early": N_("Applied on %(applied)s; the first day to apply is %(first)s."),
    "applied_too_late": N_("Applied on %(applied)s; the last day to apply was %(last)s."),
    "group_too_small": N_("The group has %(firms)s eligible firms; it needs at least %(least)s."),
    "group_too_large": N_("The group has %(firms)s eligible firms; at most %(most)s may take part."),
    "group_outside_band": N_("%(outside)s of %(firms)s firms are outside the size band; at most %(most)s may be."),
    "group_condition": N_("The group does not meet a condition: %(reason)s"),
    # 2 eligible cost
    "line_cost": N_("Cost as stated: %(after)s."),
    "member_out": N_("Not counted, because the firm or the group cannot be supported."),
    "class_not_listed": N_("The scheme does not know this class of cost."),
    "class_excluded": N_("The scheme does not support this class of cost."),
    "line_refused": N_("Not counted: %(reason)s"),
    "other_public_deducted": N_("Other public money for the same cost is taken off: %(other)s."),
    "other_public_refused": N_("Not counted, because other public money (%(other)s) is paid for the same cost."),
    "most_units": N_("Of %(quantity)s units at most %(most)s count: %(before)s becomes %(after)s."),
    "unit_ceiling": N_("At most %(unit)s for each of %(quantity)s units: %(before)s becomes %(after)s."),
    "class_ceiling": N_("At most %(limit)s of this class in an application: %(before)s becomes %(after)s."),
    "own_line": N_("Own cost of the firm: %(after)s is eligible."),
    "shared_line": N_("Share of %(weight)s in %(weights)s of %(whole)s: %(after)s."),
    "class_firm_ceiling": N_("At most %(limit)s of this class per firm: %(before)s becomes %(after)s."),
    "below_minimum_spend": N_("The firm spends %(spent)s; costs count from %(least)s on."),
    "deductible": N_("The first %(deducted)s are borne by the firm: %(before)s becomes %(after)s."),
    # 3 rate
    "base_rate": N_("Rate: %(after)s."),
    "no_rate": N_("No rate is given for this class and firm: %(after)s."),
    "taper": N_("Rate after %(count)s %(by)s: %(before)s becomes %(after)s."),
    "uplift": N_("%(add)s are added: %(before)s becomes %(after)s."),
    "maximum_rate": N_("No rate is above %(after)s."),
    "past_years": N_("Supported since %(years)s years; after %(most)s years the rate is %(after)s."),
    "past_participations": N_("Supported %(used)s times; after %(most)s times the rate is %(after)s."),
    # 4 support
    "support": N_("%(rate)s of %(eligible)s: %(after)s."),
    "unit_amount": N_("Fixed amount for the units: %(after)s."),
    "unit_amount_to_cost": N_("Fixed amount for the units %(amount)s, not above the cost: %(after)s."),
    "indirect": N_("Flat share of %(share)s for indirect costs: %(after)s."),
    "handling_fee": N_("Handling fee of %(share)s for the body that runs the group: %(after)s."),
    # 5 caps
    "cap_class_firm": N_("At most %(limit)s of support for this class per firm: %(before)s becomes %(after)s."),
    "cap_class_group": N_("At most %(limit)s of support for this class per group: %(before)s becomes %(after)s."),
    "cap_firm_fair": N_("At most %(limit)s per firm and fair, %(used)s used before: %(before)s becomes %(after)s."),
    "cap_firm_year": N_("At most %(limit)s per firm and year, %(used)s used before: %(before)s becomes %(after)s."),
    "cap_firm_lifetime": N_("At most %(limit)s per firm ever, %(used)s used before: %(before)s becomes %(after)s."),
    "cap_group": N_("At most %(limit)s per group, %(used)s used before: %(before)s becomes %(after)s."),
    "cap_application": N_("At most %(limit)s per application: %(before)s becomes %(after)s."),
    "aid_ceiling": N_(
        "State aid ceiling of %(ceiling)s; %(used)s granted after %(after_day)s leave %(left)s: "
        "%(before)s becomes %(after)s."
    ),
    "aid_ceiling_refused": N_(
        "State aid ceiling of %(ceiling)s; %(used)s granted after %(after_day)s leave %(left)s, "
        "and an amount above that may not be granted at all: %(before)s becomes %(after)s."
    ),
    "cap_envelope": N_("%(left)s are left in the envelope: %(before)s becomes %(after)s."),
    "envelope_refused": N_("%(left)s are left in the envelope, too little for this: %(before)s becomes %(after)s."),
    "indirect_follows": N_("%(share)s of the support that is left: %(before)s becomes %(after)s."),
    "handling_fee_follows": N_("%(share)s of the support that is left: %(before)s becomes %(after)s."),
    # 6 minimum award
    "below_minimum_award": N_("Support of %(found)s is below the least award of %(least)s: nothing is paid."),
    # 7 what follows
    "own_contribution": N_("Own contribution: %(eligible)s less %(support)s is %(after)s."),
    "own_cash": N_("At least %(share)s of the own contribution in cash: %(after)s."),
    "advance": N_("Advance of %(share)s: %(after)s."),
    "retained": N_("%(share)s is kept back (%(until)s): %(after)s."),
    "advance_due_back": N_("Of the advance of %(paid)s this falls due for return: %(after)s."),
}

#: Words that stand for enum values in the sentences.
TERMS: Mapping[str, str] = {
    "fair": N_("for the same fair"),
    "year": N_("in one year"),
    "lifetime": N_("ever"),
    "participations": N_("supported participations"),
    "years_since_first_award": N_("years since the first award"),
    "final_claim": N_("until the final claim"),
    "follow_up_reports": N_("until the follow-up reports are in"),
}

#: Problems of documents. Placeholders are the problem's params.
PROBLEMS: Mapping[str, str] = {
    "not_json": N_("this is not JSON (line %(line)s, column %(column)s)"),
    "key_twice": N_("the key '%(key)s' is given twice"),
    "wrong_type": N_("must be %(wanted)s"),
    "too_low": N_("must be at least %(least)s, not %(value)s"),
    "too_high": N_("must be at most %(most)s, not %(value)s"),
    "text_length": N_("must have between 1 and %(most)s characters"),
    "bad_pattern": N_("must be %(means)s, not '%(value)s'"),
    "not_one_of": N_("'%(value)s' is none of: %(known)s"),
    "too_few": N_("needs at least %(least)s entries"),
    "repeated": N_("'%(value)s' is already there"),
    "unknown_key": N_("unknown key '%(key)s'"),
    "unknown_key_near": N_("unknown key '%(key)s'; is '%(near)s' meant?"),
    "missing_key": N_("the key '%(key)s' is missing"),
    "condition_character": N_("character %(at)s of the condition: '%(character)s' has no meaning here"),
    "condition_syntax": N_("character %(at)s of the condition: %(wanted)s is expected, not '%(found)s'"),
    "condition_depth": N_("the condition is nested deeper than %(most)s"),
    "unknown_fact": N_("character %(at)s of the condition: there is no fact '%(fact)s'"),
    "fact_out_of_place": N_("character %(at)s of the condition: the fact '%(fact)s' is not known at this place"),
    "unlike_kinds": N_("character %(at)s of the condition: %(left)s and %(right)s cannot be compared so"),
    "no_order": N_("character %(at)s of the condition: a %(kind)s can only be compared by = and !="),
    "not_a_truth": N_("character %(at)s of the condition: a %(kind)s is neither true nor false"),
    "before_begin": N_("lies before the beginning, %(begins)s"),
    "window_empty": N_(
        "applying until %(days)s working days before the fair leaves no day of the %(months)s months before it"
    ),
    "built_in_fact": N_("the fact '%(fact)s' is known without asking"),
    "unknown_class": N_("the scheme has no cost class '%(value)s'"),
    "nothing_eligible": N_("every cost class is excluded"),
    "only_residual": N_("every cost class is residual; there is nothing that could leave them something"),
    "excluded_with_amount": N_("the cost class '%(code)s' is excluded and can have no amounts"),
    "bands_order": N_("bands begin at 0 km and rise"),
    "below_minimum": N_("%(value)s is below the minimum of %(least)s"),
    "fee_without_group": N_("a handling fee needs a group, but at most one firm may take part"),
    "fee_to_firm": N_("a handling fee is paid to the body that runs the group, not to a firm"),
    "share_of_one": N_("with one firm the share outside the band is nothing or all"),
    "above_maximum": N_("the rate %(value)s is above the maximum of %(most)s"),
    "rate_and_unit_amount": N_("these classes are supported by amounts per unit and have no rate"),
    "never_reached": N_("the rate '%(code)s' is never reached, because an earlier one without condition covers it"),
    "steps_order": N_("steps must rise"),
    "one_effect": N_("exactly one of rate_bp, factor_bp and add_bp is needed, not %(found)s"),
    "empty_limit": N_("needs years or participations"),
    "class_cap_without_class": N_("a cap on a class needs its classes"),
    "cap_with_class": N_("a cap of scope %(scope)s is on all classes; use class_firm or class_group"),
    "per_firm_scope": N_("a cap of scope %(scope)s is on one firm already"),
    "minimum_above_cap": N_("the least award is above the cap of %(cap_minor)s, so nothing could ever be awarded"),
    "scored_without_criteria": N_("a scored call needs criteria"),
    "weights_sum": N_("the weights add up to %(found)s, not to 10000"),
    "not_for_method": N_("'%(key)s' has no meaning for the method %(method)s"),
    "more_than_whole": N_("advance and retention add up to %(found)s, more than the whole"),
    "not_asked": N_("the scheme has no question '%(key)s'"),
    "reserved_id": N_("'%(value)s' begins with +, which is kept for add-ons"),
    "quantity_missing": N_("the cost class '%(code)s' needs a quantity"),
    "distance_missing": N_("the cost class '%(code)s' needs a distance"),
    "own_and_shared": N_("a line is either one member's or shared"),
    "unknown_member": N_("there is no member '%(value)s'"),
    "shares_zero": N_("at least one share must be above zero"),
    "rate_zero": N_("must be above zero"),
    "rate_missing": N_("the exchange rate of %(currency)s is missing"),
    "unreadable_file": N_("cannot be read: %(reason)s"),
}


#: Phrases that problems put into their sentences.
PHRASES = frozenset(
    {
        N_("a whole number"),
        N_("a text"),
        N_("true or false"),
        N_("a date as YYYY-MM-DD"),
        N_('a quantity such as 12 or "12.5"'),
        N_("a list"),
        N_("an object"),
        N_("true, false, a whole number, a text, a date or a list of texts"),
        N_("boolean"),
        N_("number"),
        N_("text"),
        N_("date"),
        N_("texts"),
        N_("a code of small letters, digits and _, such as stand_space"),
        N_("an identifier without spaces, at most 80 characters"),
        N_("an ISO 4217 code such as EUR"),
        N_("an ISO 3166 code of two letters such as PE"),
        N_("'and', 'or' or the end"),
        N_("')'"),
        N_("a list or the name of a list fact"),
        N_("',' or ']'"),
        N_("a number, text or date"),
        N_("at least one value in the list"),
        N_("a fact, number, text or date"),
        N_("a day that exists"),
        N_("the end"),
    }
)


def problem_text(code: str, params: Mapping[str, object], translate: Callable[[str], str] = str) -> str:
    """The sentence of a problem in the language of `translate`."""
    found = {
        name: translate(value) if isinstance(value, str) and value in PHRASES else value
        for name, value in params.items()
    }
    return translate(PROBLEMS[code]) % found


def english_money(minor: int, currency: str) -> str:
    """``150000`` EUR as ``1,500.00 EUR``."""
    return f"{Money(minor, currency).to_major():,} {currency}"


def english_percent(rate_bp: int) -> str:
    """``3350`` as ``33.5%``."""
    return f"{Decimal(rate_bp) / 100:f}".rstrip("0").rstrip(".") + "%" if rate_bp % 100 else f"{rate_bp // 100}%"


def sentence_params(
    line: Explanation,
    currency: str,
    *,
    money: Callable[[int, str], str] = english_money,
    percent: Callable[[int], str] = english_percent,
    translate: Callable[[str], str] = str,
) -> dict[str, Param]:
    """What the placeholders of ``EXPLANATIONS[line.code]`` stand for.

    `money`, `percent` and `translate` write amounts (minor units, currency), basis points and words in the reader's
    language: ``_(EXPLANATIONS[line.code]) % sentence_params(line, currency, money=..., percent=..., translate=_)``.
    """
    found: dict[str, Param] = {}
    for name, value in line.params.items():
        if isinstance(value, int) and name.endswith("_minor"):
            stem = name.removesuffix("_minor")
            found[stem] = money(value, str(line.params.get(f"{stem}_currency", currency)))
        elif isinstance(value, int) and name.endswith("_bp"):
            found[name.removesuffix("_bp")] = percent(value)
        else:
            found[name] = translate(TERMS[value]) if isinstance(value, str) and value in TERMS else value
    for name, figure in (("before", line.before), ("after", line.after)):
        if figure is not None:
            found[name] = percent(figure) if line.track is Track.RATE else money(figure, currency)
    return found


def sentence(line: Explanation, currency: str) -> str:
    """The explanation line in English."""
    return EXPLANATIONS[line.code] % sentence_params(line, currency)
