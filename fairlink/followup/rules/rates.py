"""What an amount is in another currency, by rates to the euro; and reading the files of the European Central Bank."""

import csv
import io
import zipfile
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from fairlink.followup.states import RateSource
from fairlink.kernel.money import Money, minor_digits, round_half_up

EURO = "EUR"
#: A rate counts for its day and so long after it: over holidays, and for agencies that type one a month.
RATE_HOLDS = timedelta(days=35)
#: Units of any currency for one euro.
_MOST = 10**9
#: Bytes of a file in an archive; the longest of the ECB's has seven million.
_LARGEST = 30_000_000
_DECIMALS = Decimal("0.0000000001")
#: Days in the ECB's files: ISO in the long ones, '20 November 2026' in the daily CSV.
_DAY_FORMATS = ("%Y-%m-%d", "%d %B %Y")


@dataclass(frozen=True, slots=True)
class Rate:
    """Units of a currency for one euro on a day."""

    per_euro: Decimal
    rated_on: date
    source: RateSource


@dataclass(frozen=True, slots=True)
class Converted:
    """An amount in another currency, and by which rate: units of that currency for one of the amount's."""

    amount: Money
    rate: Decimal
    rate_on: date
    source: RateSource


@dataclass(frozen=True, slots=True)
class QuotedRate:
    """One figure of a file of rates."""

    rated_on: date
    currency: str
    per_euro: Decimal


class NotRates(ValueError):
    """The file is not one of the ECB's."""


def convert(amount: Money, currency: str, on: date, own: Rate | None, target: Rate | None) -> Converted | None:
    """`amount` of the day `on` in `currency`; None while a rate is missing.

    `own` and `target` are the rates of the two currencies on or before that day; the euro needs none. The rate is
    rounded to ten decimals, the amount half up to the minor unit: 1,250.00 USD at 1.25 for a euro are 1,000.00 EUR.
    The day of a rate worked out of two is the earlier of theirs.
    """
    if amount.currency == currency:
        return Converted(amount, Decimal(1), on, RateSource.SAME_CURRENCY)
    euro = Rate(Decimal(1), on, RateSource.ECB)
    own = euro if amount.currency == EURO else own
    target = euro if currency == EURO else target
    if own is None or target is None:
        return None
    rate = (target.per_euro / own.per_euro).quantize(_DECIMALS)
    typed = RateSource.TYPED in (own.source, target.source)
    minor = round_half_up((amount.to_major() * rate).scaleb(minor_digits(currency)))
    return Converted(
        Money(minor, currency), rate, min(own.rated_on, target.rated_on), RateSource.TYPED if typed else RateSource.ECB
    )


def read_ecb(content: bytes) -> list[QuotedRate]:
    """The rates in a file of the European Central Bank: eurofxref-daily.xml, -hist.xml, -hist-90d.xml, CSV or its ZIP.

    Raises NotRates for anything else.
    """
    try:
        if zipfile.is_zipfile(io.BytesIO(content)):
            content = _unpack(content)
        rates = _read_xml(content) if content.lstrip()[:1] == b"<" else _read_csv(content.decode("utf-8-sig"))
    except (ParseError, DefusedXmlException, InvalidOperation, ValueError, csv.Error, zipfile.BadZipFile) as error:
        raise NotRates(str(error)) from error
    if not rates:
        raise NotRates("no rates")
    return rates


def _unpack(content: bytes) -> bytes:
    """The one file in the archive as which the bank gives out its CSV."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        if len(names) != 1 or archive.getinfo(names[0]).file_size > _LARGEST:
            raise NotRates("not one file of rates")
        return archive.read(names[0])


def _read_xml(content: bytes) -> list[QuotedRate]:
    root: Element = fromstring(content)
    return [
        _quoted(date.fromisoformat(day.attrib["time"]), each.attrib["currency"], each.attrib["rate"])
        for day in root.iter()
        if "time" in day.attrib
        for each in day
        if {"currency", "rate"} <= each.attrib.keys()
    ]


def _read_csv(text: str) -> list[QuotedRate]:
    rows = csv.reader(io.StringIO(text), skipinitialspace=True)
    header = [name.strip() for name in next(rows, [])]
    if not header or header[0] != "Date":
        raise NotRates("the first column is not 'Date'")
    return [
        _quoted(_day(row[0]), currency, figure)
        for row in rows
        if row and row[0].strip()
        for currency, figure in zip(header[1:], row[1:], strict=False)
        if currency and figure.strip() not in ("", "N/A")
    ]


def _quoted(day: date, currency: str, figure: str) -> QuotedRate:
    rate = Decimal(figure.strip())
    code = currency.strip()
    if not (len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()):
        raise NotRates(f"not a currency: {code!r}")
    if not rate.is_finite() or not 0 < rate <= _MOST:
        raise NotRates(f"not a rate: {figure!r}")
    return QuotedRate(day, code, rate)


def _day(text: str) -> date:
    for pattern in _DAY_FORMATS:
        try:
            # A day has no zone.
            return datetime.strptime(text.strip(), pattern).date()  # noqa: DTZ007
        except ValueError:
            continue
    raise NotRates(f"not a day: {text!r}")
