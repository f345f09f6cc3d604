"""What every page of results shows: the selection, its figures, how sure they are, and how old."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import current_app, request
from flask_babel import gettext as _
from flask_login import current_user

from fairlink.kernel.money import Money
from fairlink.monitoring.forms import SelectionForm
from fairlink.monitoring.queries import figures
from fairlink.monitoring.rules import results as rules
from fairlink.monitoring.rules.pseudonyms import Pseudonyms
from fairlink.monitoring.rules.results import Applicants, Dimension, Figures, Selection
from fairlink.policy import Can, allows
from fairlink.web.filters import write_money, write_number, write_rate
from fairlink.web.session import db_session

#: Ratios of two amounts, of an amount and a count, and all others: shares.
_PLAIN, _MONEY = "value_per_support", "value_per_meeting"


@dataclass(frozen=True)
class Shown:
    """One selection of results and what is known of it, for one viewer."""

    form: SelectionForm
    #: With the currency: a page counts the applications to calls in one currency.
    chosen: Selection
    currency: str
    #: Those of the calls in the selection, that of most applications first.
    currencies: list[str]
    parts: Mapping[Applicants, Figures]
    #: Whether there is a `ResultScope` of it.
    is_known: bool
    #: What `ResultScope.estimates` holds; None while it is not worked out, or for several narrowings at once.
    estimates: Mapping[str, Any] | None
    estimated_at: datetime | None
    refreshed_at: datetime | None
    #: Whether there are applications which the figures do not know of yet.
    is_awaited: bool
    #: None for a viewer who may see names.
    pseudonyms: Pseudonyms | None

    @property
    def whole(self) -> Figures:
        return rules.total(self.parts.values())

    @property
    def columns(self) -> list[Figures]:
        """Groups, single firms, both."""
        return [self.parts[Applicants.GROUPS], self.parts[Applicants.FIRMS], self.whole]

    @property
    def is_narrowed_twice(self) -> bool:
        """Whether it is narrowed by more than one thing, for which intervals are not worked out."""
        return self.chosen.scope is None

    @property
    def is_period_unasked(self) -> bool:
        """Whether it is a period for which nobody has asked how sure its figures are."""
        return not self.is_known and self.chosen.scope is not None and self.chosen.scope[0] is Dimension.PERIOD

    @property
    def query(self) -> dict[str, Any]:
        """The selection as parameters of an address."""
        return self.chosen.query if len(self.currencies) > 1 else self.chosen.chosen

    def money(self, minor: int) -> Money:
        return Money(minor, self.currency)

    def firm(self, key: int, name: str) -> str:
        """A firm's name, or its pseudonym for those who may not see names."""
        return name if self.pseudonyms is None else self.pseudonyms.name("firm", key)

    def figure(self, name: str, of: Figures) -> str:
        """A ratio in words, a dash for none."""
        value = rules.ratio(of, name)
        return "–" if value is None else self._written(name, value)

    def interval(self, name: str, kind: str) -> str | None:
        """The 95% interval of a ratio for `groups`, `firms`, `all` or the `difference`, or that it takes more data.

        None where it was not worked out.
        """
        if self.estimates is None:
            return None
        found = (self.estimates["intervals"].get(name) or {}).get(kind)
        if found is None:
            return str(_("too few for a range"))
        apart = kind.endswith("difference")
        low, high = (self._written(name, Decimal(str(each)), apart=apart) for each in found)
        return str(_("%(low)s to %(high)s", low=low, high=high))

    def difference(self, name: str) -> str:
        """Groups minus single firms, a dash where one of them is missing."""
        return self.between(name, *self.columns[:2])

    def between(self, name: str, one: Figures, other: Figures) -> str:
        """How much more of a ratio the one has than the other, a dash where one of them has none."""
        first, second = rules.ratio(one, name), rules.ratio(other, name)
        return "–" if first is None or second is None else self._written(name, first - second, apart=True)

    def _written(self, name: str, value: Decimal, *, apart: bool = False) -> str:
        """A ratio, or how far two are apart: shares are so by percentage points."""
        if name == _PLAIN:
            return write_number(rules.two_decimals(value))
        if name == _MONEY:
            return write_money(rules.money(value, self.currency), whole=True)
        share = int((value * 1000).to_integral_value()) * 10
        return str(_("%(number)s points", number=write_number(Decimal(share) / 100))) if apart else write_rate(share)


def look(fair_id: int | None = None) -> Shown:
    """What the request asks for, among the results of the viewer's agency; NotFound for anything else."""
    session, agency_id = db_session(), current_user.organisation_id
    form = SelectionForm(request.args, agency_id, fair_id)
    asked = form.chosen.currency
    chosen = replace(form.chosen, currency=None, applicants=None)
    found = figures.figures(session, chosen)
    currency = asked if asked in found else next(iter(found), "EUR")
    chosen = replace(chosen, currency=currency)
    scope = figures.scope(session, chosen)
    estimates = scope.estimates if scope else None
    return Shown(
        form=form,
        chosen=chosen,
        currency=currency,
        currencies=list(found),
        parts=found.get(currency, {kind: Figures() for kind in Applicants}),
        is_known=scope is not None,
        estimates=estimates if estimates and estimates["currency"] == currency else None,
        estimated_at=scope.estimated_at if scope else None,
        refreshed_at=figures.refreshed_at(session, chosen),
        is_awaited=figures.awaits_refresh(session, chosen),
        pseudonyms=pseudonyms(),
    )


def pseudonyms() -> Pseudonyms | None:
    """How names are hidden from the viewer; None if they need not be."""
    if allows(current_user, Can.RESULT_NAMES):
        return None
    return Pseudonyms(current_app.config["SETTINGS"].secret_key, current_user.organisation_id)
