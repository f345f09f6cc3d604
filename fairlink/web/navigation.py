"""The main menu, by what the viewer's organisation does."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request, url_for
from flask_babel import lazy_gettext as _
from flask_login import current_user

from fairlink.policy import Kind, allows

#: Endpoint and label of each entry, for each kind of organisation; None is everybody else.
MENUS: dict[Kind | None, tuple[tuple[str, Any], ...]] = {
    None: (("fairs.catalogue", _("Fairs")),),
    Kind.AGENCY: (
        ("pages.home", _("Today")),
        ("fairs.staff_list", _("Fairs")),
        ("subsidies.schemes", _("Schemes")),
        ("applications.staff_list", _("Applications")),
        ("applications.claim_list", _("Claims")),
        ("payments.staff_list", _("Payments")),
        ("monitoring.overview", _("Results")),
    ),
    Kind.FIRM: (
        ("pages.home", _("Today")),
        ("fairs.catalogue", _("Fairs")),
        ("applications.groups", _("Groups")),
        ("applications.own_list", _("Applications")),
        ("visits.exhibits", _("Meetings")),
        ("followup.leads", _("Leads")),
        ("payments.own_list", _("Payments")),
    ),
    Kind.BUYER: (
        ("pages.home", _("Today")),
        ("fairs.catalogue", _("Fairs")),
        ("visits.visits", _("Visits")),
        ("followup.leads", _("Leads")),
        ("payments.own_list", _("Payments")),
    ),
    Kind.ASSOCIATION: (("pages.home", _("Today")), ("fairs.catalogue", _("Fairs"))),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the menu."""

    label: str
    href: str
    #: The value of aria-current: "page" on the entry's own page, "true" on the pages below it, else None.
    current: str | None


def navigation() -> list[Entry]:
    """The viewer's menu, without what they may not open; the entry whose page, or one below it, is shown is marked."""
    menu = MENUS[current_user.organisation_kind]
    if current_user.is_authenticated and current_user.organisation_id is None:
        menu = (("pages.home", _("Today")), *menu)
    hrefs = {url_for(endpoint): str(label) for endpoint, label in menu if _may_open(endpoint)}
    return [Entry(label, href, _current(href)) for href, label in hrefs.items()]


def _may_open(endpoint: str) -> bool:
    view: Any = current_app.view_functions[endpoint]
    return allows(current_user, view.permission)


def _current(href: str) -> str | None:
    if request.path == href:
        return "page"
    return "true" if request.path.startswith(f"{href}/") else None


def init_navigation(app: Flask) -> None:
    """Make `navigation` known to templates."""
    app.jinja_env.globals["navigation"] = navigation
