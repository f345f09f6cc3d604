"""create_app: the one place where everything meets."""

from flask import Flask

import config
import fairlink.accounts.views
import fairlink.applications.views
import fairlink.fairs.views
import fairlink.followup.views
import fairlink.mail.views
import fairlink.monitoring.views
import fairlink.pages.views
import fairlink.payments.views
import fairlink.subsidies.views
import fairlink.visits.views
import fairlink.web.health
import fairlink.web.styleguide
from fairlink.accounts import queries as accounts
from fairlink.dev import mailbox
from fairlink.files import gateway as files
from fairlink.kernel import clock, logs
from fairlink.kernel.database import make_engine, make_sessions
from fairlink.mail import emails
from fairlink.mail import gateway as mail_gateway
from fairlink.payments import gateway as cards
from fairlink.web import access, assets, errors, filters, i18n, limits, navigation, requests, security, viewer
from fairlink.web.session import Database, db_session, init_database

BLUEPRINTS = (
    fairlink.web.health.bp,
    fairlink.web.styleguide.bp,
    fairlink.pages.views.bp,
    fairlink.accounts.views.bp,
    fairlink.mail.views.bp,
    fairlink.fairs.views.bp,
    fairlink.subsidies.views.bp,
    fairlink.applications.views.bp,
    fairlink.visits.views.bp,
    fairlink.payments.views.bp,
    fairlink.followup.views.bp,
    fairlink.monitoring.views.bp,
)


def create_app(settings: config.Settings | None = None, database: Database | None = None) -> Flask:
    """The web application on `settings` (by default from the environment).

    `database` is given by tests; otherwise one is made from ``settings.database_url``, which must then be set: starting
    the embedded PostgreSQL is the business of the process that serves, not of the application.
    """
    settings = settings or config.load()
    clock.set_offset(settings.clock_offset)
    logs.configure(production=settings.production)
    emails.configure(base_url=settings.base_url, sender=settings.mail_from)
    mail_gateway.configure_reports(settings.bounces_url, settings.mail_webhook_secret)
    cards.configure(
        settings.stripe_secret_key,
        settings.stripe_webhook_secrets,
        settings.stripe_api_base,
        is_shared=settings.stripe_shared,
        sealing_keys=settings.sealing_keys,
    )
    files.configure(folder=settings.uploads, clamd=settings.clamd)
    app = Flask(
        "fairlink",
        root_path=str(config.ROOT / "fairlink"),
        template_folder=str(config.ROOT / "templates"),
        static_folder=str(config.ROOT / "static"),
    )
    app.secret_key = settings.secret_key
    app.testing = settings.environment == "test"
    app.config["MIGRATION_HEAD"] = fairlink.web.health.migration_head(str(config.ROOT / "pyproject.toml"))
    app.config["SETTINGS"] = settings
    database = database or connect(settings)
    init_database(app, database)
    https = settings.base_url.startswith("https://")
    requests.init_requests(app)
    viewer.init_viewer(app, lambda session_id: accounts.session_user(db_session(), session_id, now=clock.utcnow()))
    i18n.init_i18n(app, config.LANGUAGES)
    security.init_security(app, https=https, proxies=settings.proxies)
    limits.init_limits(app, database.engine)
    errors.init_errors(app)
    access.init_access(app)
    assets.init_assets(app)
    navigation.init_navigation(app)
    filters.init_filters(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    if settings.mailbox:
        app.register_blueprint(mailbox.bp)
    return app


def connect(settings: config.Settings) -> Database:
    """The engine and sessions of a serving process on ``settings.database_url``."""
    if settings.database_url is None:
        raise config.SettingsError("DATABASE_URL is not set; 'fairlink' commands start the embedded PostgreSQL")
    # One connection for each thread of a web process, most of them only while they are busy.
    engine = make_engine(settings.database_url, pool_size=8, max_overflow=16)
    return Database(engine, make_sessions(engine))
