"""Who is looking: signed-in people by their server-side session, and everybody else."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask_login import LoginManager


class AnonymousViewer:
    """Somebody who is not signed in; answers what policy and templates ask of a user."""

    is_authenticated = False
    is_active = False
    is_anonymous = True
    id = None
    name = ""
    organisation = None
    organisation_id = None
    organisation_kind = None
    roles: frozenset[Any] = frozenset()
    email_confirmed_at = None

    def get_id(self) -> None:
        return None


def init_viewer(app: Flask, load: Callable[[str], Any]) -> None:
    """Sign-in by Flask-Login; `load` finds the user of a server-side session by the id in the cookie."""
    manager = LoginManager(app)
    manager.anonymous_user = AnonymousViewer
    # The session row is the protection; binding it to an address would sign phones out on every network change.
    manager.session_protection = None
    manager.user_loader(load)
