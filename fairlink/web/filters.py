"""How templates write amounts, rates, dates, times, places and Markdown in the reader's language."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import nh3
from babel import Locale, dates, numbers
from flask import Flask
from flask_babel import get_locale, gettext
from flask_login import current_user
from jinja2 import StrictUndefined
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from fairlink.kernel import locales, money
from fairlink.kernel.money import Money
from fairlink.web import places
from fairlink.web.charts import chart_rows, curves
from fairlink.web.controls import init_controls
from fairlink.web.i18n import language
from fairlink.web.pagination import page_url

_TAGS = {"a", "blockquote", "br", "code", "em", "hr", "li", "ol", "p", "pre", "strong", "ul"}
_TAGS |= {"h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"}


def formatting_locale() -> str:
    """The Babel locale that figures and dates are written in for this reader."""
    return locales.formatting_locale(language())


def write_money(amount: Money, *, whole: bool = False) -> str:
    """Money(125000, "EUR") -> "€1,250.00" in en, "1.250,00 €" in es; rounded to "€1,250" if `whole`."""
    return money.write_money(amount, formatting_locale(), whole=whole)


def write_rate(rate_bp: int) -> str:
    """Basis points as per cent, with no more digits than needed: 5000 -> "50%", 1250 -> "12.5%"."""
    return str(
        numbers.format_percent(Decimal(rate_bp) / 10_000, locale=formatting_locale(), decimal_quantization=False)
    )


def write_number(number: int | float | Decimal) -> str:
    """12345 -> "12,345"."""
    return str(numbers.format_decimal(number, locale=formatting_locale()))


def write_date(day: date, style: str = "full") -> str:
    """A local date; style full ("Tue 9 Mar 2027"), medium ("9 Mar 2027") or month ("March 2027")."""
    skeleton = {"full": "yMMMEd", "medium": "yMMMd", "month": "yMMMM"}[style]
    return str(dates.format_skeleton(skeleton, datetime.combine(day, time()), locale=formatting_locale()))


def write_day(day: date | datetime, zone: str = "UTC") -> str:
    """A local date, or the date of an instant in `zone`, without its weekday: "9 Mar 2027"."""
    local = day.astimezone(ZoneInfo(zone)).date() if isinstance(day, datetime) else day
    return write_date(local, "medium")


def write_date_range(first: date, last: date) -> str:
    """9 and 11 March 2027 -> "9–11 Mar 2027"."""
    return str(dates.format_interval(first, last, "yMMMd", locale=formatting_locale()))


def write_time(instant: datetime | time, zone: str = "UTC") -> str:
    """The wall time of an instant in `zone`, or a wall time as it is: "09:30"."""
    if isinstance(instant, datetime):
        instant = instant.astimezone(ZoneInfo(zone)).time()
    return instant.strftime("%H:%M")


def write_datetime(instant: datetime, zone: str) -> str:
    """Date and wall time of an instant in `zone`: "Tue, 9 Mar 2027, 09:30"."""
    local = instant.astimezone(ZoneInfo(zone))
    return str(gettext("%(date)s, %(time)s", date=write_date(local.date()), time=write_time(local.time())))


def write_zone(zone: str) -> str:
    """The zone by its city: America/Sao_Paulo -> "São Paulo time"."""
    city = places.zone_city(zone, formatting_locale())
    return city if city == "UTC" else gettext("%(city)s time", city=city)


def viewer_time(instant: datetime, zone: str, viewer_zone: str | None = None) -> str | None:
    """The instant on the viewer's own clock, or None where it shows the same as the clocks in `zone`.

    `viewer_zone` is left out for the signed-in viewer's own. The date is there only if it is another day.
    """
    if viewer_zone is None:
        viewer_zone = current_user.zone if current_user.is_authenticated else None
    if viewer_zone is None:
        return None
    there, here = instant.astimezone(ZoneInfo(zone)), instant.astimezone(ZoneInfo(viewer_zone))
    if there.utcoffset() == here.utcoffset():
        return None
    return write_time(here.time()) if there.date() == here.date() else write_datetime(instant, viewer_zone)


def machine_time(instant: datetime) -> str:
    """For the datetime attribute of <time>: always UTC with Z."""
    return instant.astimezone(UTC).isoformat(timespec="minutes").replace("+00:00", "Z")


def write_country(code: str) -> str:
    """The country's name; a code that names none is shown as it is."""
    return str(Locale.parse(formatting_locale()).territories.get(code, code))


def write_language(code: str) -> str:
    """The language's name in the reader's language: "es" -> "Spanish"."""
    return str(Locale.parse(formatting_locale()).languages.get(code, code))


def _make_markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table").disable("image")


_MARKDOWN = _make_markdown()


def render_markdown(text: str, level: int = 2) -> Markup:
    """Markdown as safe HTML: no raw HTML, no images, no scripts; links only to http, https and mailto.

    Headings begin at `level`, since the page has its own above, and leave no level out. What is refused (a
    `javascript:` link) stays visible as text.
    """
    tokens = _MARKDOWN.parse(text)
    _fit_headings(tokens, level)
    html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href", "title"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow ugc noopener",
    )
    return Markup(clean)  # noqa: S704  # nh3 has just made it safe


def _fit_headings(tokens: list[Token], level: int) -> None:
    used = sorted({token.tag for token in tokens if token.type == "heading_open"})
    wanted = {tag: level + rank for rank, tag in enumerate(used)}
    last = level - 1
    for token in tokens:
        if token.type == "heading_open":
            last = min(wanted[token.tag], last + 1, 6)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{last}"


def text_direction() -> str:
    """For the dir attribute of the page."""
    locale = get_locale()
    return str(locale.text_direction) if locale else "ltr"


def init_filters(app: Flask) -> None:
    """Make the filters, and what the components ask, known to templates; a misspelt name in a template is an error."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.filters.update(
        money=write_money,
        rate=write_rate,
        number=write_number,
        date=write_date,
        day=write_day,
        time=write_time,
        datetime=write_datetime,
        zone_name=write_zone,
        viewer_time=viewer_time,
        machine_time=machine_time,
        country=write_country,
        language_name=write_language,
        markdown=render_markdown,
    )
    app.jinja_env.globals.update(
        date_range=write_date_range,
        text_direction=text_direction,
        page_url=page_url,
        chart_rows=chart_rows,
        chart_curves=curves,
    )
    init_controls(app)
