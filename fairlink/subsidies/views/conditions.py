"""Conditions of the rules as parts of sentences."""

from collections.abc import Mapping

from flask_babel import gettext as _

from fairlink.kernel.money import Money
from fairlink.subsidies.forms.conditions import COMPARISONS, fact_name, literal_text
from fairlink.subsidies.rules import Rules
from fairlink.subsidies.rules.conditions import Condition
from fairlink.subsidies.rules.syntax import All, Compare, Either, Fact, Known, Literal, Node, Not, Within
from fairlink.web.filters import write_money


class ConditionWords:
    """Says the conditions of one scheme."""

    def __init__(self, rules: Rules) -> None:
        self.currency = rules.currency
        self.questions: Mapping[str, str] = {f"{each.of.value}.{each.name}": each.question for each in rules.facts}

    def say(self, condition: Condition) -> str:
        """``the size of the firm is Micro or Small``."""
        return self._node(condition.node)

    def fact(self, name: str) -> str:
        """What people call a fact of this scheme."""
        return fact_name(name, self.questions)

    def _node(self, node: Node) -> str:
        match node:
            case All(parts):
                joined = (f"({self._node(part)})" if isinstance(part, Either) else self._node(part) for part in parts)
                return str(_(" and ")).join(joined)
            case Either(parts):
                return str(_(" or ")).join(self._node(part) for part in parts)
            case Not(Known(fact)):
                return f"{self.fact(fact.name)} {COMPARISONS['unknown']}"
            case Not(Within(item, options)):
                return self._within(item, options, "!=")
            case Not(part):
                return str(_("it is not true that %(condition)s", condition=self._node(part)))
            case Known(fact):
                return f"{self.fact(fact.name)} {COMPARISONS['known']}"
            case Within(item, options):
                return self._within(item, options, "=")
            case Compare(op, left, right):
                return f"{self._side(left, right)} {COMPARISONS[op]} {self._side(right, left)}"
            case Fact():
                return str(_("%(fact)s is yes", fact=self.fact(node.name)))
            case Literal():
                return str(node.value)

    def _within(self, item: Literal | Fact, options: tuple[Literal, ...] | Fact, op: str) -> str:
        if isinstance(options, Fact):
            one, many = self._side(item, options), self.fact(options.name)
            if op == "=":
                return str(_("%(value)s is among %(fact)s", value=one, fact=many))
            return str(_("%(value)s is not among %(fact)s", value=one, fact=many))
        values = str(_(" or ")).join(self._side(each, item) for each in options)
        return f"{self._side(item, options[0])} {COMPARISONS[op]} {values}"

    def _side(self, value: Literal | Fact, other: Literal | Fact) -> str:
        if isinstance(value, Fact):
            return self.fact(value.name)
        name = other.name if isinstance(other, Fact) else ""
        if name.endswith("_minor") and isinstance(value.value, int):
            return write_money(Money(value.value, self.currency))
        return literal_text(name, value, self.currency)
