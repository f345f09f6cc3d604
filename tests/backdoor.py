"""The way into a running platform's database, for those who prepare a scene on it or look at what came out."""

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from flask import Flask
from sqlalchemy.orm import Session

import config
from fairlink.accounts.models import User
from fairlink.app import create_app
from fairlink.kernel.database import make_engine, make_sessions
from fairlink.kernel.localpg import LocalPostgres
from fairlink.web.session import Database
from tests import factories
from tests.journeys.platform import Platform


@dataclass
class Backdoor:
    """The database of a running platform, and what is needed to sign somebody in without their password."""

    session: Session
    app: Flask

    def sign_in(self, user: User) -> dict[str, str]:
        """The cookie of a browser in which `user` has just signed in."""
        # Another platform may have been prepared since.
        factories.use(self.session)
        serializer = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]  # Flask's
        # With its secret for form tokens already in it, so that the server has no reason to send a second cookie.
        state = {"_user_id": str(factories.user_session(user).id), "_fresh": True, "csrf_token": secrets.token_hex(20)}
        return {str(self.app.config["SESSION_COOKIE_NAME"]): serializer.dumps(state)}


@contextmanager
def backdoor(platform: Platform) -> Iterator[Backdoor]:
    """A session on the platform's own database, into which factories add; whoever opens it commits."""
    # Not the platform's own set-up: that would switch on the limits of this process, which the tests behind it share.
    settings = replace(config.load(platform.environment), environment="test")
    server = LocalPostgres(settings.postgres).acquire()
    engine = make_engine(server.url())
    sessions = make_sessions(engine)
    try:
        with sessions() as session:
            before = factories.use(session)
            app = create_app(settings, Database(engine, sessions))
            logging.getLogger("httpx").setLevel(logging.WARNING)
            yield Backdoor(session, app)
            # The tests of a longer-lived platform go on in theirs.
            if before is not None:
                factories.use(before)
    finally:
        engine.dispose()
        server.release()
