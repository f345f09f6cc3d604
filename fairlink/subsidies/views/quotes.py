"""A quote as pages show it: amounts by firm, and every explanation in the reader's words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask_babel import gettext

from fairlink.kernel.money import WHOLE_BP, Money
from fairlink.subsidies.forms.words import cost_class_name
from fairlink.subsidies.rules import EXPLANATIONS, Explanation, MemberQuote, Quote, sentence_params
from fairlink.web.filters import write_money, write_rate


@dataclass(frozen=True, slots=True)
class Part:
    """One firm's result; `reasons` are sentences about the firm, `lines` about each of its costs (title, sentences).

    `findings` are those of the reasons for which the firm falls out.
    """

    name: str
    eligible: bool
    cost: Money
    counted: Money
    support: Money
    own: Money
    reasons: list[str]
    findings: list[str]
    lines: list[tuple[str, list[str]]]


@dataclass(frozen=True, slots=True)
class ShownQuote:
    """A whole quote; `reasons` are sentences about the application as a whole."""

    eligible: bool
    cost: Money
    counted: Money
    support: Money
    own: Money
    parts: list[Part]
    reasons: list[str]


def show_quote(quote: Quote, firms: Mapping[str, str], lines: Mapping[str, str]) -> ShownQuote:
    """`quote` with the names of `firms` and the titles of cost `lines`, both by id."""
    found = [line for line in quote.explanations if line.member is None and _is_add_on(line.line)]
    return ShownQuote(
        eligible=quote.eligible,
        cost=Money(quote.cost_minor, quote.currency),
        counted=Money(quote.eligible_minor, quote.currency),
        support=Money(quote.support_minor, quote.currency),
        own=Money(quote.own_minor + quote.ineligible_minor, quote.currency),
        parts=[_part(quote, member, firms, lines) for member in quote.members] + _fee(quote),
        reasons=_sentences(found, quote.currency),
    )


def _fee(quote: Quote) -> list[Part]:
    """What the body that runs the group gets, beside its firms."""
    if quote.handling_fee is None:
        return []
    fee = Money(quote.handling_fee.support_minor, quote.currency)
    nothing = Money(0, quote.currency)
    name = gettext("Handling fee")
    return [Part(name, quote.eligible, fee, fee, fee, nothing, reasons=[], findings=[], lines=[])]


def _is_add_on(line: str | None) -> bool:
    """Whether an explanation is about no cost that was stated: about the whole, or what is added to the support."""
    return line is None or line.startswith("+")


def _part(quote: Quote, member: MemberQuote, firms: Mapping[str, str], lines: Mapping[str, str]) -> Part:
    about = [line for line in quote.explanations if line.member == member.member]
    shared = [line for line in quote.explanations if line.member is None and line.line is not None]
    by_line = []
    for key in dict.fromkeys(line.line for line in member.lines):
        reasons = [line for line in (*shared, *about) if line.line == key]
        title = gettext("Added to the support") if _is_add_on(key) else lines.get(key, "")
        by_line.append((title, _sentences(reasons, quote.currency)))
    return Part(
        name=firms.get(member.member, ""),
        eligible=member.eligible and quote.eligible,
        cost=Money(member.cost_minor, quote.currency),
        counted=Money(member.eligible_minor, quote.currency),
        support=Money(member.support_minor, quote.currency),
        own=Money(member.own_minor + member.ineligible_minor, quote.currency),
        reasons=_sentences((line for line in about if line.line is None), quote.currency),
        findings=[] if member.eligible else _sentences((line for line in about if line.step == 1), quote.currency),
        lines=by_line,
    )


def _sentences(lines: Iterable[Explanation], currency: str) -> list[str]:
    """In the order of the calculation, each sentence once; that no condition was set needs no saying."""
    said = (line for line in lines if line.params.get("tested") != 0)
    return list(dict.fromkeys(explain(line, currency) for line in said))


def explain(line: Explanation, currency: str) -> str:
    """One explanation line in the reader's language."""
    params = sentence_params(
        line,
        currency,
        money=lambda minor, code: write_money(Money(minor, code)),
        percent=write_rate,
        translate=gettext,
    )
    if params.get("weights") == WHOLE_BP:
        # Shares are kept in basis points; people know them in per cent.
        params |= {"weight": write_rate(int(params["weight"])), "weights": write_rate(WHOLE_BP)}
    sentence = str(gettext(EXPLANATIONS[line.code])) % params
    if line.cost_class and line.line is None:
        return str(gettext("%(kind)s: %(sentence)s", kind=cost_class_name(line.cost_class), sentence=sentence))
    return sentence
