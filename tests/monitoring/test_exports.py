"""Results as files: whole, harmless in a spreadsheet, and valid where there is a standard."""

import io
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from defusedcsv import csv
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.fairs.models import Fair
from fairlink.monitoring import exports, service
from tests import factories
from tests.monitoring.world import NOW, accepted, chain

SignIn = Callable[[User], FlaskClient]
#: The standard's own files, which are not part of the project.
SCHEMAS = Path(__file__).resolve().parents[3] / "shared" / "data" / "360giving"
EVIL = ("=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "|calc", "%x")


@pytest.fixture
def fair(session: Session) -> Fair:
    made = factories.fair()
    chain(accepted(factories.call(made)))
    service.refresh_fair(session, made.id, now=NOW)
    return made


def test_csv_holds_every_row_with_amounts_in_units(sign_in: SignIn, fair: Fair) -> None:
    answer = sign_in(factories.officer(fair.agency)).get("/staff/results/rows.csv?what=orders_reported")
    assert answer.headers["Content-Disposition"] == "attachment; filename=orders_reported.csv"
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [row["value_amount"] for row in rows] == ["12000.00", "3000.00", "7000.00"]
    assert [row["state"] for row in rows] == ["confirmed", "reported", "disputed"]
    assert "applicant_id" not in rows[0]


def test_workbook_holds_the_same(sign_in: SignIn, fair: Fair) -> None:
    with sign_in(factories.officer(fair.agency)).get("/staff/results/rows.xlsx?what=orders_reported") as answer:
        sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    first, *rows = sheet.iter_rows(values_only=True)
    assert [row[first.index("value_amount")] for row in rows] == [12000, 3000, 7000]


@pytest.mark.parametrize("text", EVIL)
def test_cell_that_begins_a_formula_is_harmless(text: str) -> None:
    rows = [{"id": 1, "applicant": text}]
    plain = b"".join(exports.write_csv(rows, ["id", "applicant"])).decode("utf-8-sig")
    assert plain.splitlines()[1].split(",", 1)[1].lstrip('"')[0] == "'"
    with exports.write_xlsx(rows, ["id", "applicant"]) as file:
        cell = openpyxl.load_workbook(file).active["B2"]
    assert cell.data_type == "s"


def test_long_list_is_refused_as_a_workbook(sign_in: SignIn, fair: Fair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MOST_XLSX_ROWS", 2)
    staff = sign_in(factories.officer(fair.agency))
    assert staff.get("/staff/results/rows.xlsx?what=orders_reported").status_code == 409
    with staff.get("/staff/results/rows.xlsx?what=awards") as answer:
        assert answer.status_code == 200


def _package(sign_in: SignIn, fair: Fair) -> dict[str, Any]:
    answer = sign_in(factories.officer(fair.agency)).get(f"/staff/results/awards.json?fair={fair.id}")
    assert answer.status_code == 200
    return dict(json.loads(answer.data))


def test_awards_are_in_the_package_by_firm_and_without_people(sign_in: SignIn, fair: Fair) -> None:
    package = _package(sign_in, fair)
    assert [grant["amountAwarded"] for grant in package["grants"]] == [1500.0] * 3
    text = json.dumps(package)
    assert "@" not in text
    assert "Person" not in text


def test_package_is_valid_by_the_standards_own_schema(sign_in: SignIn, fair: Fair) -> None:
    if not SCHEMAS.is_dir():
        pytest.skip("the schemas of the standard are not on this machine")
    schemas = [json.loads((SCHEMAS / f"360-giving-{name}.json").read_text()) for name in ("package-schema", "schema")]
    package, grant = schemas
    # The package's schema speaks of the grant's by the address of another patch release.
    named = [(grant["$id"], grant), (package["properties"]["grants"]["items"]["$ref"], grant)]
    registry: Registry[Any] = Registry().with_resources(
        (name, DRAFT202012.create_resource(schema)) for name, schema in named
    )
    formats = FormatChecker(formats=())
    formats.checks("date-time", ValueError)(lambda text: "T" in text and bool(datetime.fromisoformat(text)))
    Draft202012Validator(package, registry=registry, format_checker=formats).validate(_package(sign_in, fair))


def test_nothing_awarded_makes_no_package(sign_in: SignIn, session: Session) -> None:
    assert sign_in(factories.officer()).get("/staff/results/awards.json").status_code == 409
