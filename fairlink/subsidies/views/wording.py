"""The rules of a scheme in one line, for every page that tells what a call pays."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from fairlink.kernel.money import Money
from fairlink.subsidies.rules import Rules
from fairlink.subsidies.rules.terms import CapScope, Method
from fairlink.subsidies.views.blueprint import bp
from fairlink.web.filters import write_money, write_rate

_METHODS = {
    Method.FIRST_COME: lazy_gettext("First come, first served, as long as the money lasts."),
    Method.PRO_RATA: lazy_gettext("All get support; if the money is short, everybody gets the same part less."),
    Method.SCORED: lazy_gettext("Assessors score every application; the highest scores come first."),
    Method.LOTTERY: lazy_gettext("Lots are drawn among all applications that can be supported."),
}


@bp.app_template_global()
def support_in_short(rules: Rules) -> str:
    """The rules in one line: the rate, or their range, and the cap per firm and fair."""
    rates = sorted({base.rate_bp for base in rules.rates.base})
    rate: str
    if len(rates) > 1:
        rate = _("%(low)s to %(high)s of the cost", low=write_rate(rates[0]), high=write_rate(rates[-1]))
    else:
        rate = _("%(rate)s of the cost", rate=write_rate(rates[0]))
    caps = [cap.amount_minor for cap in rules.caps if cap.scope is CapScope.FIRM_FAIR]
    if not caps:
        return rate
    amount = write_money(Money(max(caps), rules.currency))
    return str(_("%(rate)s, at most %(amount)s per firm", rate=rate, amount=amount))


@bp.app_template_global()
def group_in_short(rules: Rules) -> str:
    """How many firms may apply together."""
    least, most = rules.group.min_firms, rules.group.max_firms
    if most == 1:
        return str(_("Single firms"))
    if most is None:
        return str(ngettext("Groups of any size", "Groups of %(num)s firms or more", least))
    return str(_("Groups of %(least)s to %(most)s firms", least=least, most=most))


@bp.app_template_global()
def method_in_words(rules: Rules) -> str:
    """How a call under these rules chooses among applications that can be supported."""
    return str(_METHODS[rules.selection.method])
