"""Amounts, dates, times and Markdown as each language writes them."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask, render_template_string

from fairlink.kernel.money import Money
from fairlink.web import filters
from fairlink.web.charts import Bar, ChartRow, chart_rows, curves

NINE = datetime(2027, 3, 9, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "source", "expected"),
    [
        ("en", "{{ money|money }}", "€1,250.50"),
        ("es", "{{ money|money }}", "1.250,50\xa0€"),
        ("pt", "{{ money|money }}", "€\xa01.250,50"),
        ("en", "{{ 5000|rate }} {{ 1250|rate }} {{ 3333|rate }}", "50% 12.5% 33.33%"),
        ("es", "{{ 1250|rate }}", "12,5\xa0%"),
        ("en", "{{ 12345|number }}", "12,345"),
        ("en", "{{ day|date }}; {{ day|day }}; {{ day|date('month') }}", "Tue, 9 Mar 2027; 9 Mar 2027; March 2027"),
        ("es", "{{ day|day }}", "9 mar 2027"),
        ("en", "{{ date_range(day, last) }}", "9–11 Mar 2027"),
        ("en", "{{ at|time('America/Sao_Paulo') }} {{ opens|time }}", "09:00 10:30"),
        ("en", "{{ at|datetime('America/Sao_Paulo') }}", "Tue, 9 Mar 2027, 09:00"),
        ("en", "{{ at|machine_time }}", "2027-03-09T12:00Z"),
        ("en", "{{ 'America/Lima'|zone_name }} {{ 'UTC'|zone_name }}", "Lima time UTC"),
        ("es", "{{ 'BR'|country }} {{ '??'|country }}", "Brasil ??"),
        ("en", "{{ 'es'|language_name }}", "Spanish"),
        ("en", "{{ text_direction() }}", "ltr"),
    ],
)
def test_filters_write_the_language(app: Flask, language: str, source: str, expected: str) -> None:
    values: dict[str, Any] = {"money": Money(125050, "EUR"), "day": date(2027, 3, 9), "last": date(2027, 3, 11)}
    with app.test_request_context(f"/?lang={language}"):
        shown = render_template_string(source, at=NINE, opens=time(10, 30), **values)
    assert shown.replace("\u2009", " ").replace("\u202f", "\xa0") == expected


@pytest.mark.parametrize(
    ("viewer", "expected"),
    [
        ("Europe/Madrid", "13:00"),
        ("America/Sao_Paulo", None),
        ("America/Bahia", None),  # another zone, the same clock
        ("Asia/Tokyo", "21:00"),
        ("Pacific/Auckland", "Wed, 10 Mar 2027, 01:00"),
        (None, None),  # a visitor who is not signed in has no zone that we know
    ],
)
def test_viewer_time_is_told_where_it_differs(app: Flask, viewer: str | None, expected: str | None) -> None:
    with app.test_request_context("/?lang=en"):
        assert filters.viewer_time(NINE, "America/Sao_Paulo", viewer) == expected


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**Shoes** & co", "<p><strong>Shoes</strong> &amp; co</p>\n"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("<img src=x onerror=alert(1)>", "<p>&lt;img src=x onerror=alert(1)&gt;</p>\n"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
        ("[x](JaVaScRiPt&colon;alert(1))", "<p>[x](JaVaScRiPt:alert(1))</p>\n"),
        ("[x](data:text/html;base64,AA)", "<p>[x](data:text/html;base64,AA)</p>\n"),
        (
            "![x](https://e.example/p.png)",
            '<p>!<a href="https://e.example/p.png" rel="nofollow ugc noopener">x</a></p>\n',
        ),
        ("[x](https://e.example)", '<p><a href="https://e.example" rel="nofollow ugc noopener">x</a></p>\n'),
        ("# A\n### B\n# C", "<h2>A</h2>\n<h3>B</h3>\n<h2>C</h2>\n"),
        ("### B\n# A", "<h2>B</h2>\n<h2>A</h2>\n"),
        ("{{ 7*7 }}", "<p>{{ 7*7 }}</p>\n"),
    ],
)
def test_markdown_is_made_safe(text: str, html: str) -> None:
    assert str(filters.render_markdown(text)) == html


def test_curve_rises_in_steps_and_ends_where_it_is_said_to() -> None:
    long, short = curves([([(2, 0.5, 0.25, 0.75)], 4), ([], 3)], across=4, up=1)
    assert long.path == "M0.0,100.0 L50.0,100.0 L50.0,50.0 L100.0,50.0"
    assert short.path == "M0.0,100.0 L75.0,100.0"


def test_chart_rows_are_relative_to_the_longest_bar() -> None:
    assert chart_rows([("a", 2), ("b", 8), ("c", 0)]) == [
        ChartRow("a", (Bar(2, Decimal("25.00")),)),
        ChartRow("b", (Bar(8, Decimal("100.00")),)),
        ChartRow("c", (Bar(0, Decimal("0.00")),)),
    ]
    assert chart_rows([("none", Money(0, "EUR"))]) == [ChartRow("none", (Bar(Money(0, "EUR"), Decimal("0.00")),))]


@pytest.mark.parametrize("rows", [[("a", -1)], [("a", Money(1, "EUR")), ("b", Money(1, "USD"))]])
def test_chart_rows_refuse_what_no_bar_can_show(rows: list[tuple[Any, ...]]) -> None:
    with pytest.raises(ValueError, match=r"bar|currencies"):
        chart_rows(rows)
