"""People and organisations for tests."""

from datetime import UTC, datetime
from typing import Any

from fairlink.accounts.models import (
    FirmYear,
    HsCode,
    Membership,
    Organisation,
    OrganisationProduct,
    Sector,
    User,
    UserSession,
)
from fairlink.policy import Kind, Role
from tests.factories.making import MADE_AT, add, current, numbers


def sector(code: str = "footwear") -> Sector:
    found = current().get(Sector, code)
    assert found is not None, f"no sector {code} in the reference data"
    return found


def hs_code(code: str = "640399") -> HsCode:
    found = current().get(HsCode, code)
    assert found is not None, f"no HS code {code} in the reference data"
    return found


def organisation(kind: Kind = Kind.FIRM, **values: Any) -> Organisation:
    number = next(numbers)
    defaults: dict[str, Any] = {
        "kind": kind,
        "name": f"{kind.value.title()} {number}",
        "country": "PE",
        "company_number": f"{20_000_000_000 + number}",
        "city": "Lima",
        "created_at": MADE_AT,
    }
    sectors, products = values.pop("sectors", []), values.pop("products", [])
    made = Organisation(**defaults | values)
    made.sectors = [sector(code) for code in sectors]
    made.products = [OrganisationProduct(hs_code=code) for code in products]
    return add(made)


def firm_year(firm: Organisation, year: int = 2026, **values: Any) -> FirmYear:
    defaults = {"staff": 12, "turnover_minor": 40_000_000, "exports_minor": 5_000_000, "currency": "EUR"}
    return add(FirmYear(organisation_id=firm.id, year=year, **defaults | values))


def user(of: Organisation | None = None, *roles: Role, **values: Any) -> User:
    """A person with a confirmed address; member of `of` with `roles` (by default owner, or officer of an agency)."""
    number = next(numbers)
    defaults: dict[str, Any] = {
        "email": f"person{number}@example.test",
        "name": f"Person {number}",
        "password_hash": "",
        "locale": "en",
        "zone": "Europe/Madrid",
        "created_at": MADE_AT,
        "email_confirmed_at": MADE_AT,
    }
    made = User(**defaults | values)
    if of is not None:
        roles = roles or ((Role.OFFICER,) if of.kind == Kind.AGENCY else (Role.OWNER,))
        made.memberships = [Membership(organisation=of, roles=[*roles], started_at=MADE_AT)]
    return add(made)


def user_session(of: User, **values: Any) -> UserSession:
    # Far in the future: the pages under test read the real clock.
    defaults = {"created_at": MADE_AT, "expires_at": datetime(2100, 1, 1, tzinfo=UTC)}
    return add(UserSession(user_id=of.id, **defaults | values))


def agency(**values: Any) -> Organisation:
    return organisation(Kind.AGENCY, **{"company_number": None} | values)


def officer(of: Organisation | None = None, *roles: Role, **values: Any) -> User:
    return user(of or agency(), *roles, **values)


def owner(kind: Kind = Kind.FIRM, **values: Any) -> User:
    """The owner of a new firm or buyer."""
    return user(organisation(kind, **values))
