"""Exchange rates: the ECB's files, what an amount is in another currency, and which day's rate is used."""

import io
import zipfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from fairlink.followup import queries, rules, service
from fairlink.followup.models import EuroRate
from fairlink.followup.rules import NotRates, QuotedRate, Rate, convert, read_ecb
from fairlink.followup.states import RateSource
from fairlink.kernel.money import Money
from tests import factories

DAILY_XML = b"""<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
  <gesmes:subject>Reference rates</gesmes:subject>
  <Cube><Cube time='2026-11-20'><Cube currency='USD' rate='1.0825'/><Cube currency='JPY' rate='162.35'/></Cube></Cube>
</gesmes:Envelope>"""
DAILY_CSV = b"Date, USD, JPY, \n20 November 2026, 1.0825, 162.35, \n"
LONG_CSV = b"Date,USD,JPY,CYP,\n2026-11-20,1.0825,162.35,N/A,\n2026-11-19,1.08,162,N/A,\n"
DAY = date(2026, 11, 20)
BOTH = [QuotedRate(DAY, "USD", Decimal("1.0825")), QuotedRate(DAY, "JPY", Decimal("162.35"))]


@pytest.mark.parametrize("content", [DAILY_XML, DAILY_CSV])
def test_daily_files_are_read(content: bytes) -> None:
    assert read_ecb(content) == BOTH


def test_long_file_is_read_without_its_gaps() -> None:
    rates = read_ecb(LONG_CSV)
    assert rates[:2] == BOTH
    assert rates[2:] == [
        QuotedRate(date(2026, 11, 19), "USD", Decimal("1.08")),
        QuotedRate(date(2026, 11, 19), "JPY", Decimal(162)),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"name,rate\nUSD,1",
        b"Date,USD\nyesterday,1.1",
        b"Date,USD\n2026-11-20,-1",
        b"Date,USD\n2026-11-20,NaN",
        b"Date,USD\n2026-11-20,1E+500",
        b"Date,dollar\n2026-11-20,1",
        b"<html><body>Not found</body></html>",
        b"<Cube",
        b'<!DOCTYPE x [<!ENTITY a "b">]><Cube>&a;</Cube>',
        b"\xff\xfe",
    ],
)
def test_other_files_are_refused(content: bytes) -> None:
    with pytest.raises(NotRates):
        read_ecb(content)


def _rate(per_euro: str, on: date = DAY, source: RateSource = RateSource.ECB) -> Rate:
    return Rate(Decimal(per_euro), on, source)


def test_amount_is_converted_to_the_euro() -> None:
    done = convert(Money(125_000, "USD"), "EUR", DAY, _rate("1.25"), None)
    assert done is not None
    assert (done.amount, done.rate, done.rate_on, done.source) == (
        Money(100_000, "EUR"),
        Decimal("0.8"),
        DAY,
        RateSource.ECB,
    )


def test_currencies_without_minor_units_are_converted_over_the_euro() -> None:
    done = convert(Money(1000, "JPY"), "KWD", DAY, _rate("160"), _rate("0.32", date(2026, 11, 18)))
    assert done is not None
    # 1,000 yen at 0.002 dinar each are 2 dinars, of a thousand fils.
    assert (done.amount, done.rate_on) == (Money(2000, "KWD"), date(2026, 11, 18))


def test_one_typed_rate_makes_the_whole_typed() -> None:
    done = convert(Money(100, "USD"), "PEN", DAY, _rate("1.1"), _rate("4", source=RateSource.TYPED))
    assert done is not None
    assert done.source is RateSource.TYPED


@given(st.integers(1, 10**12), st.decimals("0.01", "10000", places=4))
def test_there_and_back_is_the_same_within_a_unit(minor: int, per_euro: Decimal) -> None:
    rate = Rate(per_euro, DAY, RateSource.ECB)
    there = convert(Money(minor, "EUR"), "USD", DAY, None, rate)
    assert there is not None
    assert abs(there.amount.to_major() / per_euro - Money(minor, "EUR").to_major()) <= Decimal("0.01") / per_euro


def test_missing_rate_converts_nothing_but_the_same_currency_needs_none() -> None:
    assert convert(Money(100, "USD"), "EUR", DAY, None, None) is None
    same = convert(Money(100, "USD"), "USD", DAY, None, None)
    assert same is not None
    assert (same.amount, same.source) == (Money(100, "USD"), RateSource.SAME_CURRENCY)


def _take(session: Session, *quoted: QuotedRate, agency_id: int | None = None) -> int:
    return service.take_rates(
        session, quoted, source=RateSource.ECB, agency_id=agency_id, by=None, now=factories.MADE_AT
    )


def test_rate_is_that_of_the_day_or_the_last_one_before_it(session: Session) -> None:
    agency = factories.agency()
    _take(session, QuotedRate(DAY, "USD", Decimal("1.1")), QuotedRate(date(2026, 11, 23), "USD", Decimal("1.2")))
    days = {19: None, 20: Decimal("1.1"), 22: Decimal("1.1"), 23: Decimal("1.2"), 30: Decimal("1.2")}
    for day, expected in days.items():
        found = queries.rate(session, "USD", date(2026, 11, day), agency.id)
        assert (found.per_euro if found else None) == expected


def test_rate_of_the_agency_goes_before_the_common_one_and_is_nobody_elses(session: Session) -> None:
    mine, other = factories.agency(), factories.agency()
    _take(session, QuotedRate(DAY, "USD", Decimal("1.1")))
    _take(session, QuotedRate(DAY, "USD", Decimal("1.3")), agency_id=mine.id)
    found = [queries.rate(session, "USD", DAY, agency.id) for agency in (mine, other)]
    assert [rate.per_euro for rate in found if rate] == [Decimal("1.3"), Decimal("1.1")]


def test_file_read_twice_corrects_and_doubles_nothing(session: Session) -> None:
    _take(session, *BOTH)
    _take(session, *BOTH, QuotedRate(DAY, "USD", Decimal("1.09")))
    rows = session.execute(sa.select(EuroRate.currency, EuroRate.per_euro).order_by(EuroRate.currency))
    assert [tuple(row) for row in rows] == [("JPY", Decimal("162.35")), ("USD", Decimal("1.09"))]


def test_order_without_a_rate_is_converted_once_one_is_known(session: Session) -> None:
    lead = factories.lead()
    order = factories.order(lead, currency="USD", value_minor=125_000, ordered_on=date(2026, 11, 22))
    stated_at = datetime(2026, 11, 23, 12, tzinfo=UTC)
    forecast = factories.forecast(lead, currency="USD", value_minor=125_000, stated_at=stated_at)
    other = factories.order(lead, currency="PEN", ordered_on=date(2026, 11, 22))
    assert queries.waiting_for_rates(session, lead.agency_id) == [
        ("PEN", 1, date(2026, 11, 22)),
        ("USD", 1, date(2026, 11, 22)),
    ]
    assert service.convert_missing(session) == 0
    _take(session, QuotedRate(DAY, "USD", Decimal("1.25")))
    # What waits for its rate still holds up nothing else.
    assert service.convert_missing(session, limit=1) == 2
    assert service.convert_missing(session) == 0
    assert other.rate is None
    assert (order.agency_minor, order.agency_currency, order.rate_on) == (100_000, "EUR", DAY)
    assert forecast.in_agency_currency == Money(100_000, "EUR")
    assert rules.convert(order.value, "EUR", order.ordered_on, None, None) is None


def test_nearer_or_corrected_rate_that_comes_later_counts(session: Session) -> None:
    order = factories.order(factories.lead(), currency="USD", value_minor=125_000, ordered_on=DAY + timedelta(days=5))
    worth: list[tuple[int, int | None]] = []
    for quoted in (
        QuotedRate(DAY, "USD", Decimal("1.25")),
        QuotedRate(DAY + timedelta(days=3), "USD", Decimal("1.20")),
        QuotedRate(DAY + timedelta(days=3), "USD", Decimal("1.10")),
        QuotedRate(DAY + timedelta(days=6), "USD", Decimal("9.99")),
        QuotedRate(DAY, "USD", Decimal("8.88")),
    ):
        service.take_rates(
            session,
            [quoted],
            source=RateSource.ECB,
            agency_id=None,
            by=None,
            now=factories.MADE_AT + timedelta(len(worth)),
        )
        converted = service.convert_missing(session)
        session.refresh(order)
        worth.append((converted, order.agency_minor))
    assert worth == [(1, 100_000), (1, 104_167), (1, 113_636), (0, 113_636), (0, 113_636)]


def test_rate_of_long_ago_counts_for_nothing(session: Session) -> None:
    agency = factories.agency()
    _take(session, QuotedRate(DAY, "USD", Decimal("1.1")))
    found = [queries.rate(session, "USD", DAY + timedelta(days=days), agency.id) for days in (35, 36)]
    assert [rate.per_euro if rate else None for rate in found] == [Decimal("1.1"), None]


def test_archive_of_the_long_file_is_read_and_others_are_refused() -> None:
    def archive(**files: str) -> bytes:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
            for name, content in files.items():
                made.writestr(name, content)
        return packed.getvalue()

    rates = "Date,USD,JPY,\n2026-11-20,1.0844,162.35,\n"
    assert [each.currency for each in read_ecb(archive(rates=rates))] == ["USD", "JPY"]
    for wrong in (
        archive(),
        archive(rates=rates, more=rates),
        archive(bomb="0" * 31_000_000),
        b"PK\x03\x04" + rates.encode(),
    ):
        with pytest.raises(NotRates):
            read_ecb(wrong)
