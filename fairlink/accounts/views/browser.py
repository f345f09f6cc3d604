"""What this browser's cookie remembers: who is signed in, and that it is the one that signed up."""

from datetime import datetime
from typing import TYPE_CHECKING

import flask
from flask_login import current_user, login_user

from fairlink.accounts import service
from fairlink.kernel.tokens import new_token

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from fairlink.accounts.models import User

_SIGNED_UP = "signed_up"


def remember_sign_up() -> str:
    """A new secret for this browser, which shows later that the sign-up came from it."""
    secret = new_token()
    flask.session[_SIGNED_UP] = secret
    return secret


def sign_up_secret() -> str | None:
    """The secret of this browser's last sign-up."""
    secret: str | None = flask.session.get(_SIGNED_UP)
    return secret


def enter(session: "Session", user: "User", *, now: datetime) -> None:
    """Sign this browser in as `user`, by a new session; the one it had before, whosever it was, ends."""
    leave(session, now=now)
    service.start_session(session, user, now=now)
    flask.session.permanent = True
    login_user(user)


def leave(session: "Session", *, now: datetime) -> None:
    """Sign this browser out, and every copy of its cookie with it; it forgets all else as well."""
    if current_user.is_authenticated and current_user.session_id:
        service.end_session(session, current_user.session_id, now=now)
    flask.session.clear()
