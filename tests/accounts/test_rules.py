"""Passwords, paths to return to, company numbers and heads of organisations."""

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.accounts.models import HsCode
from fairlink.accounts.rules import (
    company_number,
    company_number_name,
    hs_prefixes,
    keeps_a_head,
    own_path,
    password_problem,
    product_words,
    roles_fit,
)
from fairlink.accounts.states import ROLES_OF_KIND, Kind, Role


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("nine char", "password_short"),
        ("x" * 201, "password_long"),
        ("maria.lopez@tejidos.test", "password_personal"),
        ("maria.lopez99", "password_personal"),
        ("marialopez2027", "password_personal"),
        ("tejidos2027", "password_personal"),
        ("aaaaaaaaaaaa", "password_common"),
        ("abc1abc1abc1", "password_common"),
        ("1234567890", "password_common"),
        ("0987654321", "password_common"),
        ("qwertyuiop", "password_common"),
        ("password123", "password_common"),
        ("P4ssw0rd!2024", "password_common"),
        ("ContraseÑa1!", "password_common"),
        ("senha12345!", "password_common"),
        ("hellohello12", "password_common"),
        ("three goats on a ferry", None),
        ("Tr0ub4dor&3x", None),
        ("correcthorsebattery", None),
    ],
)
def test_password_problem_names_what_is_easy_to_guess(password: str, problem: str | None) -> None:
    assert password_problem(password, email="maria.lopez@tejidos.test", name="Maria Lopez") == problem


@pytest.mark.parametrize("target", ["/", "/fairs", "/fairs?page=2&q=a%2Fb", "/a//b", "/join/abc#x"])
def test_own_path_keeps_paths_of_this_site(target: str) -> None:
    assert own_path(target) == target


@pytest.mark.parametrize(
    "target",
    [
        None, "", "fairs", "//e.test", "///e.test", "/\\e.test", "\\\\e.test", "\\/e.test", "/\te.test", "/\n/e.test",
        "\t//e.test", " //e.test", "javascript:alert(1)", "JaVaScript:alert(1)", "data:text/html,x", "http://e.test",
        "https:e.test", "http:///e.test", "/ok\r\nSet-Cookie: a=b", "/\x00/e.test", "/\x7f/e.test",
    ],
)  # fmt: skip
def test_own_path_refuses_everything_foreign(target: str | None) -> None:
    assert own_path(target) is None


@pytest.mark.parametrize(
    ("country", "text", "compact"),
    [
        ("PE", "20-51233379-7", "20512333797"),
        ("PE", "20512333798", None),
        ("BR", "11.222.333/0001-81", "11222333000181"),
        ("BR", "11.222.333/0001-82", None),
        ("ES", "b-58378431", "B58378431"),
        ("CH", "CHE-100.155.212", "CHE100155212"),
        ("IT", "00743110157", "00743110157"),
        ("DE", "HRB 12345 B", "HRB12345B"),
        ("DE", "12345", None),
        ("GB", "SC 123456", "SC123456"),
        ("BO", "1023-456.028", "1023456028"),
        ("BO", "none", None),
        ("BO", "12", None),
    ],
)
def test_company_number_has_the_form_of_its_country(country: str, text: str, compact: str | None) -> None:
    assert company_number(country, text) == compact


def test_every_country_with_check_digits_refuses_nonsense() -> None:
    known = [a + b for a in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    named = [country for country in known if company_number_name(country)]
    assert len(named) > 50
    assert [country for country in named if company_number(country, "1") is not None] == []


@pytest.mark.parametrize("kind", list(Kind))
def test_roles_fit_only_their_kind_of_organisation(kind: Kind) -> None:
    fitting = {role for role in Role if roles_fit(kind, [role])}
    assert fitting == set(ROLES_OF_KIND[kind])
    assert not roles_fit(kind, [])
    assert not roles_fit(kind, [Role.OFFICER, Role.OWNER])


@pytest.mark.parametrize(
    ("kind", "others", "kept"),
    [
        (Kind.FIRM, [{Role.OWNER}], True),
        (Kind.FIRM, [{Role.MEMBER}, {Role.MEMBER}], False),
        (Kind.FIRM, [], False),
        (Kind.AGENCY, [{Role.APPROVER}, {Role.OFFICER, Role.ASSESSOR}], True),
        (Kind.AGENCY, [{Role.APPROVER, Role.FINANCE}], False),
    ],
)
def test_keeps_a_head_asks_for_one_who_can_invite(kind: Kind, others: list[set[Role]], kept: bool) -> None:
    assert keeps_a_head(kind, others) is kept


def test_product_words_are_codes_of_the_harmonized_system(session: Session) -> None:
    """Every place that an everyday word points to exists."""
    pointed = {prefix for prefixes in product_words._WORDS for prefix in prefixes.split()}
    codes = set(session.scalars(sa.select(HsCode.code)))
    assert {prefix for prefix in pointed if not any(code.startswith(prefix) for code in codes)} == set()


@pytest.mark.parametrize(
    ("text", "prefixes"),
    [
        ("Chompas de ALPACA", {"6110", "5102", "5105", "5108"}),
        ("sapatos", {"64"}),
        ("sillón xyz", set()),
        ("", set()),
    ],
)
def test_hs_prefixes_of_everyday_words(text: str, prefixes: set[str]) -> None:
    assert set(hs_prefixes(text)) == prefixes
