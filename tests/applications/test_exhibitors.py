"""Finding exhibitors of a fair by name, product and sector."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from fairlink.accounts.models import OrganisationProduct
from fairlink.applications import queries
from fairlink.applications.models import Exhibitor
from fairlink.fairs.models import Fair
from fairlink.web.pagination import paginate
from tests import factories


def exhibitor(fair: Fair, title: str, *products: str, note: str = "", **firm: Any) -> Exhibitor:
    """A group called `title` whose second firm makes `products`."""
    maker = factories.organisation(**firm)
    maker.products = [OrganisationProduct(hs_code=code, note=note) for code in products]
    group = factories.group(factories.organisation(), maker, name=title)
    return factories.exhibitor(factories.application(factories.call(fair), group))


def found(session: Session, fair: Fair, **wanted: str | None) -> list[str]:
    """The names of the exhibitors that match, in their order."""
    session.flush()
    session.expire_all()
    query, keys = queries.exhibitors_found(fair.id, **wanted)
    return [each.name for each in paginate(session, query, keys).items]


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({}, ["Águeda Shoes", "Bolsos 100%", "calzados"]),
        ({"text": "agueda"}, ["Águeda Shoes"]),
        ({"text": "ÁGUEDA shoes"}, ["Águeda Shoes"]),
        ({"text": "curtidos"}, ["calzados"]),
        ({"text": "vegan boots"}, ["Águeda Shoes"]),
        ({"text": "100%"}, ["Bolsos 100%"]),
        ({"text": "_"}, []),
        ({"hs_code": "6403"}, ["Águeda Shoes", "calzados"]),
        ({"hs_code": "420221"}, ["Bolsos 100%"]),
        ({"sector": "leather"}, ["Bolsos 100%"]),
        ({"text": "agueda", "hs_code": "42"}, []),
    ],
)
def test_exhibitors_are_found_by_name_product_and_sector(
    session: Session, wanted: dict[str, str], names: list[str]
) -> None:
    fair = factories.fair()
    exhibitor(fair, "calzados", "640399", name="Curtidos del Sur")
    exhibitor(fair, "Águeda Shoes", "640391", note="Vegan boots")
    exhibitor(fair, "Bolsos 100%", "420221", sectors=["leather"])
    exhibitor(factories.fair(), "Elsewhere", "640399")
    gone = exhibitor(fair, "Gone", "640399")
    gone.withdrawn_at = factories.MADE_AT
    assert found(session, fair, **wanted) == names


def test_a_list_of_exhibitors_runs_a_constant_number_of_statements(session: Session, statements: list[str]) -> None:
    fair = factories.fair()
    counts = []
    for name in ("One", "Two", "Three"):
        exhibitor(fair, name, "640399", sectors=["footwear"])
        session.flush()
        session.expire_all()
        query, keys = queries.exhibitors_found(fair.id)
        statements.clear()
        for each in paginate(session, query, keys).items:
            assert each.stand is not None
            assert [[p.heading.name for p in m.firm.products] for m in each.application.members]
            assert [[sector.code for sector in m.firm.sectors] for m in each.application.members]
        counts.append(len(statements))
    assert counts == [4, 4, 4]


def test_exhibitors_of_a_firm_are_those_it_takes_part_in(session: Session) -> None:
    firm = factories.organisation()
    joined = factories.exhibitor(factories.application(of=factories.group(factories.organisation(), firm)))
    ended = factories.exhibitor(factories.application(of=factories.group(firm)))
    ended.withdrawn_at = factories.MADE_AT
    factories.exhibitor()
    session.flush()
    assert [each.id for each in queries.exhibitors_of_firm(session, firm.id)] == [joined.id]
