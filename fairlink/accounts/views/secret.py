"""Pages whose address opens something."""

from typing import Any

from flask import Response, make_response, render_template

from fairlink.web.security import hide_address


def secret_page(template: str, *, status: int = 200, **values: Any) -> Response:
    """A page whose address nobody else may learn: no Referer, no copy in a cache."""
    return hide_address(make_response(render_template(template, **values), status))
