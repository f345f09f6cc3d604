"""A condition of the rules as three fields - fact, comparison, value - or written out, where it says more than that."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import Form as PlainForm
from wtforms import HiddenField
from wtforms.validators import Length

from fairlink.kernel.money import Money
from fairlink.subsidies.forms.words import FACTS, choice_name
from fairlink.subsidies.rules.conditions import Condition
from fairlink.subsidies.rules.scalars import UnreadableText
from fairlink.subsidies.rules.syntax import Compare, Fact, Kind, Known, Literal, Node, Not, Within
from fairlink.subsidies.rules.terms import Size
from fairlink.web.fields import SelectField, TextField, options
from fairlink.web.i18n import language
from fairlink.web.numerals import NotANumber, parse_number, write_number

COMPARISONS = {
    "=": _("is"),
    "!=": _("is not"),
    ">=": _("is at least"),
    "<=": _("is at most"),
    ">": _("is more than"),
    "<": _("is less than"),
    "known": _("is known"),
    "unknown": _("is not known"),
}


def fact_name(name: str, questions: Mapping[str, str]) -> str:
    """What people call a fact; a question of the scheme is its own name."""
    return str(FACTS[name]) if name in FACTS else gettext("the answer to “%(question)s”", question=questions[name])


class ConditionForm(PlainForm):
    """One condition; nothing filled in is none."""

    #: As it stood in the rules: left alone, it stays as it was written.
    original = HiddenField()
    fact = SelectField(_("Fact"))
    comparison = SelectField(_("Comparison"), choices=COMPARISONS.items(), default="=")
    value = TextField(
        _("Value"),
        [Length(max=200)],
        description=_("Leave it empty for yes. Several with commas. Amounts in the currency of the scheme."),
    )
    written = TextField(
        _("Or written out"),
        [Length(max=1000)],
        description=_("For what needs and, or, not: firm.size in ['micro', 'small'] and firm.years_trading >= 2"),
    )

    def dress(self, currency: str, kinds: Mapping[str, Kind], questions: Mapping[str, str]) -> None:
        """Offer the facts in `kinds`, those of the scheme's own `questions` by their text."""
        self.currency, self.kinds = currency, kinds
        named = sorted(((name, fact_name(name, questions)) for name in kinds), key=lambda pair: pair[1].lower())
        self.fact.choices = options([("", _("Choose")), *named])

    def text(self) -> str | None:
        """The condition as the rules write it, once the form is valid; None for none.

        Raises ValueError with a message about the value.
        """
        if self.written.data and self.written.data.strip():
            return str(self.written.data.strip())
        fact, comparison = self.fact.data, self.comparison.data or "="
        if not fact:
            return None
        if self._is_untouched(fact, comparison):
            return str(self.original.data)
        if comparison in ("known", "unknown"):
            return f"{fact} is {'not ' if comparison == 'unknown' else ''}known"
        values = [each.strip() for each in (self.value.data or "").split(",") if each.strip()]
        kind = self.kinds[fact]
        if kind is Kind.NUMBER:
            values = [(self.value.data or "").strip()]
        return _compared(fact, kind, comparison, [_literal(fact, kind, each, self.currency) for each in values])

    def _is_untouched(self, fact: str, comparison: str) -> bool:
        try:
            condition = Condition.parse(self.original.data or "")
        except UnreadableText:
            return False
        return _simple(condition.node, self.currency) == (fact, comparison, (self.value.data or "").strip())


def _compared(fact: str, kind: Kind, comparison: str, values: list[str]) -> str:
    negated = "not " if comparison == "!=" else ""
    if kind is Kind.BOOLEAN:
        return f"{negated}{fact}"
    if not values:
        raise ValueError(gettext("Enter a value."))
    if kind is Kind.TEXTS:
        found = " or ".join(f"{value} in {fact}" for value in values)
        return f"not ({found})" if negated and len(values) > 1 else f"{negated}{found}"
    if len(values) == 1:
        return f"{fact} {comparison} {values[0]}"
    if comparison not in ("=", "!="):
        raise ValueError(gettext("Enter one value."))
    return f"{fact} {negated}in [{', '.join(values)}]"


def _literal(fact: str, kind: Kind, typed: str, currency: str) -> str:
    if kind is Kind.NUMBER:
        return _number(fact, typed.removesuffix("%").strip(), currency)
    if kind is Kind.DATE:
        return typed
    if fact == "firm.size":
        typed = next((size.value for size in Size if choice_name(size).lower() == typed.lower()), typed.lower())
    if "'" in typed:
        raise ValueError(gettext("Leave out the quotation marks."))
    return f"'{typed}'"


def _number(fact: str, typed: str, currency: str) -> str:
    try:
        number = parse_number(typed, language())
        if fact.endswith("_minor"):
            return str(Money.from_major(number, currency).minor)
    except (NotANumber, ValueError):
        raise ValueError(gettext("“%(text)s” is not a number.", text=typed)) from None
    return f"{number}%" if fact.endswith("_bp") else str(number)


def shown_condition(condition: Condition | None, currency: str) -> dict[str, Any]:
    """What `ConditionForm` shows of a condition."""
    if condition is None:
        return {}
    simple = _simple(condition.node, currency)
    if simple is None:
        return {"written": condition.text}
    return dict(zip(("fact", "comparison", "value"), simple, strict=True)) | {"original": condition.text}


def _simple(node: Node, currency: str) -> tuple[str, str, str] | None:
    """Fact, comparison and value, where the condition is no more than that."""
    match node:
        case Compare(op, Fact(name), Literal() as value):
            return name, op, literal_text(name, value, currency)
        case Within(Fact(name), tuple() as values):
            return name, "=", ", ".join(literal_text(name, each, currency) for each in values)
        case Within(Literal() as value, Fact(name)):
            return name, "=", literal_text(name, value, currency)
        case Fact(name):
            return name, "=", ""
        case Known(Fact(name)):
            return name, "known", ""
        case Not(Known(Fact(name))):
            return name, "unknown", ""
        case Not(Fact() | Within() as part):
            inner = _simple(part, currency)
            return inner and (inner[0], "!=", inner[2])
    return None


def literal_text(fact: str, literal: Literal, currency: str) -> str:
    """A value as people write it, where it is compared with `fact`: amounts in major units, shares in per cent."""
    value = literal.value
    if fact.endswith("_minor") and isinstance(value, int):
        return write_number(Money(value, currency).to_major(), language())
    if fact.endswith("_bp") and isinstance(value, int):
        return f"{write_number((Decimal(value) / 100).normalize(), language())}%"
    if fact == "firm.size" and value in set(Size):
        return choice_name(Size(str(value)))
    return str(value)
