"""The figures of a bar chart: how long each bar is and what stands beside it."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from fairlink.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: the figure it shows, and its length in per cent of the longest one of the chart."""

    figure: int | Decimal | Money
    percent: Decimal


@dataclass(frozen=True, slots=True)
class ChartRow:
    """One row of a chart: its label and a bar for each series."""

    label: str
    bars: tuple[Bar, ...]


def chart_rows(rows: Iterable[tuple[Any, ...]]) -> list[ChartRow]:
    """(label, figure, ...) rows with the bars' lengths: figures 2 and 8 -> 25 and 100 per cent.

    Figures are numbers or Money of one currency, not negative; raises ValueError otherwise.
    """
    table = [(str(label), figures) for label, *figures in rows]
    if len({each.currency for _, figures in table for each in figures if isinstance(each, Money)}) > 1:
        raise ValueError("one chart cannot show several currencies")
    longest = max((_size(each) for _, figures in table for each in figures), default=0) or 1
    return [
        ChartRow(label, tuple(Bar(each, round(Decimal(_size(each)) * 100 / longest, 2)) for each in figures))
        for label, figures in table
    ]


def _size(figure: int | Decimal | Money) -> int | Decimal:
    size = figure.minor if isinstance(figure, Money) else figure
    if size < 0:
        raise ValueError(f"a bar cannot be shorter than nothing: {size}")
    return size
