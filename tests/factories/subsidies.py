"""Schemes and calls for tests."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from fairlink.accounts.models import Organisation, User
from fairlink.fairs.models import Fair
from fairlink.subsidies.models import Call, CallCriterion, Scheme, SchemeVersion
from fairlink.subsidies.rules import rules_to_dict, simple_rules
from fairlink.subsidies.states import CallState
from tests.factories.accounts import officer
from tests.factories.fairs import fair
from tests.factories.making import MADE_AT, add, numbers


def scheme(of: Organisation, **values: Any) -> Scheme:
    defaults = {"name": f"Scheme {next(numbers)}", "sunset_on": date(2030, 12, 31), "created_at": MADE_AT}
    return add(Scheme(agency_id=of.id, **defaults | values))


def scheme_version(of: Scheme, by: User | None = None, **values: Any) -> SchemeVersion:
    """By default 50% of the cost, at most 3,000.00 EUR a firm, for groups of 2 to 10 firms."""
    defaults: dict[str, Any] = {
        "number": 1,
        "rules": rules_to_dict(
            simple_rules(
                name=of.name,
                currency="EUR",
                rate_bp=5000,
                cap_per_firm_minor=300_000,
                min_firms=2,
                max_firms=10,
                sunset_on=of.sunset_on,
            )
        ),
        "created_at": MADE_AT,
        "created_by_id": (by or officer(of.agency)).id,
    }
    return add(SchemeVersion(scheme_id=of.id, **defaults | values))


def call(
    at: Fair | None = None, version: SchemeVersion | None = None, criteria: Sequence[CallCriterion] = (), **values: Any
) -> Call:
    """Published, unless it says otherwise; `criteria` from `criterion` below."""
    at = at or fair()
    version = version or scheme_version(scheme(at.agency))
    defaults: dict[str, Any] = {
        "fair_id": at.id,
        "scheme_version_id": version.id,
        "opens_at": datetime(2020, 1, 1, tzinfo=UTC),
        "closes_at": datetime(2099, 1, 1, tzinfo=UTC),
        "currency": "EUR",
        "envelope_minor": 10_000_000,
        "accept_days": 21,
        "state": CallState.PUBLISHED,
        "created_at": MADE_AT,
    }
    values = defaults | values
    if not criteria:
        return add(Call(**values))
    # The database takes criteria for a draft only.
    made = add(Call(**values | {"state": CallState.DRAFT}, criteria=list(criteria)))
    made.state = values["state"]
    return add(made)


def criterion(name: str = "Export potential", **values: Any) -> CallCriterion:
    """For `call`, which puts it into its session."""
    return CallCriterion(**{"name": name, "position": 0, "weight_bp": 10_000, "max_score": 10} | values)
