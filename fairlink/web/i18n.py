"""The reader's language and time zone."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

from babel import Locale
from flask import Flask, Response, g, request
from flask_babel import Babel, force_locale, get_locale
from flask_login import current_user

COOKIE = "language"
_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class LanguageLink:
    """A link to the same page in another language."""

    code: str
    label: str
    href: str
    current: bool


def init_i18n(app: Flask, languages: Sequence[str]) -> None:
    """Choose the language from ``?lang=``, the account, the cookie or the browser, in this order."""

    def choose_locale() -> str:
        asked = request.args.get("lang", "")
        if asked in languages:
            return asked
        chosen = request.cookies.get(COOKIE, "")
        if current_user.is_authenticated and current_user.locale in languages:
            return str(current_user.locale)
        if chosen in languages:
            return chosen
        return request.accept_languages.best_match(languages) or languages[0]

    def choose_zone() -> str:
        return str(current_user.zone) if current_user.is_authenticated else "UTC"

    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    Babel(app, locale_selector=choose_locale, timezone_selector=choose_zone, default_locale=languages[0])

    @app.after_request
    def remember(response: Response) -> Response:
        asked = request.args.get("lang", "")
        if asked in languages and request.cookies.get(COOKIE) != asked:
            response.set_cookie(COOKIE, asked, max_age=_YEAR, samesite="Lax", httponly=True)
        response.headers.add("Vary", "Accept-Language")
        return response

    def language_links() -> list[LanguageLink]:
        current = language()
        links = []
        for code in languages:
            query = urlencode({**request.args.to_dict(), "lang": code})
            label = (Locale(code).get_display_name(code) or code).capitalize()
            links.append(LanguageLink(code, label, f"?{query}", code == current))
        return links

    app.jinja_env.globals["language_links"] = language_links
    app.context_processor(lambda: {"locale": language()})


def language() -> str:
    """The language of this request: ``en``, ``es`` or ``pt``."""
    if "language" not in g:
        locale = get_locale()
        g.language = locale.language if locale else "en"
    return str(g.language)


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Texts, amounts and times in the language `code` instead of the reader's: for a letter to somebody else."""
    before = language()
    g.language = code
    try:
        with force_locale(code):
            yield
    finally:
        g.language = before
