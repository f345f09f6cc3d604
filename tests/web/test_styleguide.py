"""The style guide shows every component, the frame of pages keeps its promises, and both hold the budgets."""

import gzip
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from jinja2 import UndefinedError
from playwright.sync_api import Browser
from wtforms.validators import Length

from fairlink.accounts.models import User
from fairlink.web.fields import Form, Required, TextField
from tests import factories

ROOT = Path(__file__).resolve().parents[2]
COMPONENTS = sorted((ROOT / "templates" / "components").glob("*.html"))


def test_styleguide_shows_every_component(client: FlaskClient) -> None:
    page = client.get("/styleguide").get_data(as_text=True)
    macros = [
        name for file in COMPONENTS for name in re.findall(r"{% macro ([a-z]\w*)\(", file.read_text(encoding="utf-8"))
    ]
    calls = "".join(re.findall(r"<pre.*?</pre>", page, re.DOTALL))
    assert len(macros) > 30
    assert [name for name in macros if f"{name}(" not in calls] == []


def test_components_document_their_macros() -> None:
    for file in COMPONENTS:
        text = file.read_text(encoding="utf-8")
        head = text[: text.index("#}")]
        for name, arguments in re.findall(r"{% macro ([a-z]\w*)\((.*?)\)", text):
            documented = re.search(rf"^  {name}\((.*?)\)", head, re.MULTILINE | re.DOTALL)
            assert documented, f"{file.name}: {name} is not documented"
            named = [word.split("=")[0].strip("* ") for word in documented.group(1).split(",")]
            expected = [word.split("=")[0].strip() for word in arguments.split(",")]
            assert named[: len(expected)] == expected


class Outline(HTMLParser):
    """Collects what strict rules about a page are about."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.references: list[str] = []
        self.inline: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            value = value or ""
            if name == "id":
                self.ids.append(value)
            if name in ("for", "aria-describedby", "aria-labelledby"):
                self.references += value.split()
            if name == "style" or name.startswith("on"):
                self.inline.append(f"{tag} {name}")
            if name in ("src", "href", "action"):
                self.addresses.append(value)
        if tag == "style" or (tag == "script" and not dict(attrs).get("src")):
            self.inline.append(tag)


def outline(page: str) -> Outline:
    parser = Outline()
    parser.feed(page)
    return parser


def test_styleguide_has_no_inline_code_and_all_its_references_lead_somewhere(client: FlaskClient) -> None:
    seen = outline(client.get("/styleguide").get_data(as_text=True))
    assert seen.inline == []
    assert [each for each in seen.references if each not in seen.ids] == []
    assert [each for each in set(seen.ids) if seen.ids.count(each) > 1] == []


def test_first_visit_stays_in_its_budget(client: FlaskClient) -> None:
    page = client.get("/no-such-page").get_data(as_text=True)
    files = {each.partition("#")[0] for each in re.findall(r'(?:src|href)="(/static/[^"]+)"', page)}
    sizes = {each: len(gzip.compress(client.get(each, buffered=True).data)) for each in files}
    style = next(size for each, size in sizes.items() if "fairlink.css" in each)
    assert len(sizes) + 1 <= 6
    assert style <= 10_000
    assert len(gzip.compress(page.encode())) + sum(sizes.values()) <= 50_000


def test_styles_use_logical_properties_only() -> None:
    style = (ROOT / "static" / "fairlink.css").read_text(encoding="utf-8")
    sides = r"(?:margin|padding|border|inset)-(?:left|right|top|bottom)|left|right|top|bottom"
    sizes = r"(?:max-|min-)?(?:width|height)"
    assert re.findall(rf"[{{;\s]({sides}|{sizes})\s*:", re.sub(r"@media[^{]*", "", style)) == []
    four_sided = re.findall(r"(?:padding|margin|inset):\s*[^\s;(]+ ([^\s;(]+) [^\s;(]+ ([^\s;]+);", style)
    assert [pair for pair in four_sided if pair[0] != pair[1]] == []
    assert re.findall(r"(?:float|text-align)\s*:\s*(?:left|right)", style) == []


class NameForm(Form):
    name = TextField("Name", [Required(), Length(max=10)])


def test_refused_form_says_so_in_title_summary_and_field(app: Flask, client: FlaskClient) -> None:
    source = """{% extends "layout.html" %}{% from "components/forms.html" import error_summary, field, form_tag %}
    {% block title %}Names{% endblock %}{% block content %}
    {{ error_summary(form) }}{% call form_tag(form) %}{{ field(form.name) }}{% endcall %}{% endblock %}"""
    with app.test_request_context("/", method="POST", data={"name": "<b>far too long</b>"}):
        form = NameForm(meta={"csrf": False})
        form.validate()
        page = render_template_string(source, form=form)
    assert "<title>Error: Names · FairLink</title>" in page
    assert '<a href="#name">Name: ' in page
    assert 'aria-describedby="name-error" aria-invalid="true"' in page
    assert 'value="&lt;b&gt;far too long&lt;/b&gt;"' in page


def test_frame_tells_language_and_direction_and_offers_the_others(client: FlaskClient) -> None:
    page = client.get("/no-such-page?lang=es&q=1").get_data(as_text=True)
    assert '<html lang="es" dir="ltr">' in page
    assert 'href="?lang=pt&amp;q=1" lang="pt" hreflang="pt"' in page or 'href="?q=1&amp;lang=pt"' in page
    assert '<a class="skip-link" href="#main">' in page


def test_frame_shows_the_signed_in_person_as_text(sign_in: Callable[[User], FlaskClient]) -> None:
    page = (
        sign_in(factories.user(factories.agency(), name="<script>x</script> Ana"))
        .get("/styleguide")
        .get_data(as_text=True)
    )
    assert "<bdi><b>&lt;script&gt;x&lt;/script&gt; Ana</b></bdi>" in page
    assert "<script>x" not in page


def test_a_misspelt_name_in_a_template_is_an_error(app: Flask) -> None:
    with app.test_request_context("/"), pytest.raises(UndefinedError, match="'fiar' is undefined"):
        render_template_string("{{ fiar }}")


# Flask-Compress leaves the static files that it streams to the garbage collector.
left_open = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")

AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@left_open
@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1280, "dark")])
@pytest.mark.parametrize("path", ["/styleguide", "/no-such-page"])
def test_axe_finds_nothing_and_nothing_sticks_out(
    chromium: Browser, served: str, path: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if "Content Security" in message.text else None)
    page.goto(served + path)
    page.evaluate("document.querySelectorAll('main details').forEach((each) => { each.open = true })")
    violations = Axe().run(page, options=AXE).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert refused == []
    context.close()


@left_open
@pytest.mark.browser
def test_a_danger_asks_once_and_can_be_left_by_keyboard(chromium: Browser, served: str) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{served}/styleguide")
    danger = page.locator("details.confirm")
    confirm = danger.get_by_role("button", name="Yes, cancel it")
    assert not confirm.is_visible()
    danger.locator("summary").focus()
    page.keyboard.press("Enter")
    confirm.wait_for(state="visible")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    confirm.wait_for(state="hidden")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    context.close()
