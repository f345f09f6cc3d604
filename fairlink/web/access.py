"""Loading and authorising in one step, and what templates may ask about permissions."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol

from flask import Flask, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from fairlink.kernel.errors import Forbidden, NotFound
from fairlink.policy import Can, allows, concerns_everybody
from fairlink.web.session import db_session


class View(Protocol):
    """A view that says which permission it needs."""

    permission: Can
    __name__: str

    def __call__(self, *args: Any, **kwargs: Any) -> ResponseReturnValue: ...


Load = Callable[[Session, Any], Any]


def guarded(
    permission: Can, *, load: Load | None = None, reads: Can | None = None
) -> Callable[[Callable[..., ResponseReturnValue]], View]:
    """Let a view run only for those who have `permission`.

    With `load` the one value of the URL is replaced by ``load(session, value)``, the object the permission is asked
    about; an address without a value is about the viewer's own organisation. `reads` is the permission to know that the
    object exists: without it the answer is 404, with it but without `permission` 403. Left out, it is `permission`
    itself, so that an object of somebody else is always a 404.
    Visitors who are not signed in are sent to sign in, whether the object exists or not; where the public may see
    such objects, a missing one is a 404 for everybody.
    """

    def decorate(view: Callable[..., ResponseReturnValue]) -> View:
        @wraps(view)
        def wrapper(**url_values: Any) -> ResponseReturnValue:
            if load is None:
                if not allows(current_user, permission):
                    return _refuse(Forbidden("not_allowed"))
                return view(**url_values)
            (value,) = url_values.values() or (current_user.organisation_id,)
            thing = load(db_session(), value)
            if thing is None or not allows(current_user, reads or permission, thing):
                if concerns_everybody(reads or permission):
                    raise NotFound("not_found")
                return _refuse(NotFound("not_found"))
            if not allows(current_user, permission, thing):
                return _refuse(Forbidden("not_allowed"))
            return view(thing)

        wrapper.permission = permission  # type: ignore[attr-defined]  # functions carry attributes; View declares it
        return wrapper  # type: ignore[return-value]  # the line above made it a View

    return decorate


def _refuse(error: NotFound | Forbidden) -> ResponseReturnValue:
    if current_user.is_authenticated:
        raise error
    if error.http_status == NotFound.http_status and not _is_read():
        raise error
    return redirect(sign_in_url())


def _is_read() -> bool:
    return request.method in ("GET", "HEAD")


def sign_in_url() -> str:
    """Where to sign in, coming back to the page that was asked for, unless something was to be done there."""
    target = request.full_path.rstrip("?") if _is_read() else None
    return url_for("accounts.sign_in", next=target)


def can(permission: str, thing: Any = None) -> bool:
    """For templates: whether the viewer has the permission named like ``application:edit``."""
    return allows(current_user, Can(permission), thing)


def init_access(app: Flask) -> None:
    """Make `can` known to templates."""
    app.jinja_env.globals["can"] = can
