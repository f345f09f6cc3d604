"""Results in the formats of other programs: CSV, XLSX, and awards in the 360Giving Data Standard."""

import io
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any
from zoneinfo import ZoneInfo

import xlsxwriter
from defusedcsv import csv

from fairlink.kernel.money import minor_digits

Row = Mapping[str, Any]

#: Lines that are written before they are sent on.
_TOGETHER = 500
#: A workbook is made whole before it is sent: a larger one takes too long to wait for.
MOST_XLSX_ROWS = 100_000


def cells(row: Row, columns: Sequence[str]) -> list[Any]:
    """One row's values for a table: amounts in units of their currency, instants in UTC, texts on one line."""
    return [_cell(row, name) for name in columns]


def _cell(row: Row, name: str) -> Any:
    value = row[name]
    if value is None:
        return ""
    if name.endswith("_minor"):
        return _units(value, row[currency_of(name)])
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        # Line breaks and tabs in a name would begin another cell in some programs.
        return " ".join(str(value).split())
    return value


def currency_of(name: str) -> str:
    """The column that holds the currency of an amount: ``agency_currency`` for ``agency_minor``, else ``currency``."""
    own = {"agency_minor": "agency_currency", "part_minor": "part_currency"}
    return own.get(name, "currency")


def _units(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-minor_digits(currency))


def header(columns: Iterable[str]) -> list[str]:
    """Names of columns as people's programs show them: amounts are no longer in minor units."""
    return [name.removesuffix("_minor") + ("_amount" if name.endswith("_minor") else "") for name in columns]


def write_csv(rows: Iterable[Row], columns: Sequence[str]) -> Iterator[bytes]:
    """CSV in UTF-8 with a mark that spreadsheets look for, a part at a time; no cell begins a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow(header(columns))
    for number, row in enumerate(rows, start=1):
        writer.writerow(cells(row, columns))
        if number % _TOGETHER == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


def write_xlsx(rows: Iterable[Row], columns: Sequence[str]) -> IO[bytes]:
    """A workbook of one sheet in a file that vanishes once it is closed; texts are texts, whatever they begin with."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by whoever sends it
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        for place, name in enumerate(header(columns)):
            sheet.write_string(0, place, name, bold)
        for number, row in enumerate(rows, start=1):
            for place, value in enumerate(cells(row, columns)):
                if isinstance(value, str):
                    sheet.write_string(number, place, value)
                else:
                    sheet.write_number(number, place, value)
        sheet.freeze_panes(1, 0)
    file.seek(0)
    return file


def write_grants(grants: Iterable[Row], *, host: str, now: datetime) -> Iterator[bytes]:
    """A 360Giving package of awards (schema 1.4), a part at a time, from rows of `queries.grants`.

    Identifiers begin with the platform's `host`, since there is no registered prefix. No person is in it.
    """
    head = {"version": "1.4", "title": "Awards", "issued": now.date().isoformat()}
    yield json.dumps(head)[:-1].encode() + b', "grants": ['
    for number, row in enumerate(grants):
        yield (b", " if number else b"") + json.dumps(_grant(row, host), ensure_ascii=False).encode()
    yield b"]}"


def _grant(row: Row, host: str) -> dict[str, Any]:
    recipient: dict[str, Any] = {
        "id": f"{host}-organisation-{row['firm_id']}",
        "name": row["firm"],
        "companyNumber": row["company_number"],
        "addressCountry": row["country"],
    }
    recipient |= {"addressRegion": row["region"]} if row["region"] else {}
    zone = ZoneInfo(row["zone"])
    return {
        "id": f"{host}-award-{row['award_id']}-{row['firm_id']}",
        "title": f"{row['fair']}: {row['scheme']}"[:140],
        "description": f"Support for taking part in {row['fair']} under {row['scheme']}.",
        "currency": row["currency"],
        "amountAwarded": float(_units(row["support_minor"], row["currency"])),
        "awardDate": row["granted_at"].astimezone(zone).date().isoformat(),
        "plannedDates": [{"startDate": row["starts_on"].isoformat(), "endDate": row["ends_on"].isoformat()}],
        "recipientOrganization": [recipient],
        "fundingOrganization": [{"id": f"{host}-organisation-{row['agency_id']}", "name": row["agency"]}],
        "grantProgramme": [{"code": str(row["scheme_id"]), "title": row["scheme"]}],
        "fromOpenCall": "Yes",
    }
