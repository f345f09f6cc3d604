"""Pages by key show every row once, in order, both ways, and no cursor can break them."""

import base64
import json
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from fairlink.fairs.models import Fair
from fairlink.web.pagination import Page, page_url, paginate, paginate_newest
from tests import factories

KEYS = (Fair.starts_on, Fair.id)


@pytest.fixture
def fairs(session: Session) -> list[int]:
    """Ids of seven fairs by day, several of them on one."""
    agency = factories.agency()
    days = [3, 1, 2, 2, 2, 1, 3]
    made = []
    for days_on in days:
        first = date(2027, 5, 1) + timedelta(days=days_on)
        made.append(factories.fair(agency, starts_on=first, ends_on=first))
    return [each.id for each in sorted(made, key=lambda each: (each.starts_on, each.id))]


def page(session: Session, **where: Any) -> Page[Fair]:
    return paginate(session, sa.select(Fair), KEYS, **{"size": 3} | where)


def ids(page: Page[Fair]) -> list[int]:
    return [each.id for each in page.items]


def test_pages_forwards_then_backwards(session: Session, fairs: list[int]) -> None:
    first = page(session)
    second = page(session, after=first.next)
    third = page(session, after=second.next)
    assert [ids(first), ids(second), ids(third)] == [fairs[:3], fairs[3:6], fairs[6:]]
    assert (first.previous, third.next) == (None, None)
    back = page(session, before=third.previous)
    assert (ids(back), back.next is not None) == (fairs[3:6], True)
    start = page(session, before=back.previous)
    assert (ids(start), start.previous) == (fairs[:3], None)


def test_pages_descending(session: Session, fairs: list[int]) -> None:
    first = page(session, descending=True)
    second = page(session, descending=True, after=first.next)
    assert ids(first) + ids(second) == fairs[::-1][:6]
    assert ids(page(session, descending=True, before=second.previous)) == ids(first)


def test_a_full_last_page_has_no_next(session: Session, fairs: list[int]) -> None:
    assert page(session, size=7).next is None
    assert page(session, size=6).next is not None


def test_pages_of_nothing(session: Session) -> None:
    assert page(session) == Page([], None, None)


def test_pages_by_an_expression_of_several_columns(session: Session, fairs: list[int]) -> None:
    wanted = sa.select(Fair.id, Fair.city)
    keys = (sa.func.lower(Fair.name, type_=sa.Text), Fair.id)
    first = paginate(session, wanted, keys, size=4)
    second = paginate(session, wanted, keys, size=4, after=first.next)
    names = {each.id: each.name for each in session.execute(sa.select(Fair.id, Fair.name))}
    assert [each[0] for each in [*first.items, *second.items]] == sorted(
        fairs, key=lambda one: (names[one].lower(), one)
    )
    assert first.items[0][1] == "Novo Hamburgo"


def test_newest_first_reads_the_cursor_of_the_request(app: Flask, session: Session, fairs: list[int]) -> None:
    with app.test_request_context("/"):
        first = paginate_newest(session, sa.select(Fair), size=4)
    with app.test_request_context(f"/?after={first.next}"):
        second = paginate_newest(session, sa.select(Fair), size=4)
    assert ids(first) + ids(second) == sorted(fairs, reverse=True)


def cursor(*values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "x",
        "%%%",
        "A" * 2000,
        cursor(),
        cursor("2027-05-02"),
        cursor("2027-05-02", 1, 2),
        cursor("2027-13-02", 1),
        cursor("2027-05-02", "1"),
        cursor("2027-05-02", True),
        cursor("2027-05-02", 1.5),
        cursor("2027-05-02", 2**63),
        cursor(None, 1),
        cursor(["2027-05-02"], 1),
        base64.urlsafe_b64encode(b'{"a": 1}').decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        base64.urlsafe_b64encode(b"[" * 700).decode(),
    ],
)
def test_a_broken_cursor_gives_the_first_page(session: Session, fairs: list[int], broken: str) -> None:
    assert ids(page(session, after=broken)) == fairs[:3]
    assert ids(page(session, before=broken)) == fairs[:3]


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\ud800"])
def test_text_that_postgresql_refuses_gives_the_first_page(session: Session, fairs: list[int], text: str) -> None:
    keys = (Fair.name, Fair.id)
    first = paginate(session, sa.select(Fair), keys, size=3)
    assert paginate(session, sa.select(Fair), keys, size=3, after=cursor(text, 1)) == first


@settings(deadline=None, max_examples=100)
@given(values=st.lists(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30), max_size=3))
def test_any_cursor_is_taken_or_ignored(engine: sa.Engine, values: list[Any]) -> None:
    with Session(engine) as session:
        for keys in (KEYS, (Fair.name, Fair.slot_minutes), (Fair.created_at, Fair.id)):
            paginate(session, sa.select(Fair), keys, after=cursor(*values))


def test_page_url_keeps_the_search(app: Flask) -> None:
    with app.test_request_context("/fairs?q=shoes&sector=a&sector=b&after=old"):
        assert page_url(before="new") == "?q=shoes&sector=a&sector=b&before=new"
