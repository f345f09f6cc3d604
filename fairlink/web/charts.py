"""The figures of charts: how long each bar is, where a curve runs, and what stands beside it."""

from collections.abc import Iterable, Sequence
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


@dataclass(frozen=True, slots=True)
class Curve:
    """One curve of steps: its path and the path round its interval in a square of 100 by 100."""

    path: str
    band: str


def curves(series: Iterable[tuple[Sequence[Sequence[float]], float]], across: float, up: float) -> list[Curve]:
    """Curves that begin at nothing and rise in steps, from (x, y, low, high, ...) points and the x where each ends.

    `across` and `up` are the x at the right and the y at the top. (2, 0.5) of 4 across and 1 up -> up by half at the
    middle.
    """
    return [
        _curve([(0, 0, 0, 0), *(point[:4] for point in points)], until, across or 1, up or 1)
        for points, until in series
    ]


def _curve(points: Sequence[Sequence[float]], until: float, across: float, up: float) -> Curve:
    def steps(which: int) -> list[str]:
        places = []
        for point, following in zip(points, [*points[1:], (until,)], strict=True):
            height = _place(100 - 100 * point[which] / up)
            places += [f"{_place(100 * x / across)},{height}" for x in (point[0], following[0])]
        return places

    around = [*steps(3), *reversed(steps(2))]
    return Curve("M" + " L".join(steps(1)), "M" + " L".join(around) + " Z")


def _place(value: float) -> Decimal:
    return round(Decimal(value), 1)


def _size(figure: int | Decimal | Money) -> int | Decimal:
    size = figure.minor if isinstance(figure, Money) else figure
    if size < 0:
        raise ValueError(f"a bar cannot be shorter than nothing: {size}")
    return size
