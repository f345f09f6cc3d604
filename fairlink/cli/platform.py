"""Commands that work on the platform and its database."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

import config
from fairlink import demo, doctor, migrate, worker
from fairlink.accounts import service as accounts
from fairlink.app import connect, create_app
from fairlink.dev import supervisor
from fairlink.files import gateway as files
from fairlink.followup import service as followup
from fairlink.followup.rules import NotRates, read_ecb
from fairlink.followup.states import RateSource
from fairlink.kernel import clock
from fairlink.kernel.database import unit_of_work
from fairlink.kernel.localpg import LocalPostgres
from fairlink.kernel.sealing import NotOpened
from fairlink.mail import emails
from fairlink.mail import jobs as mail_jobs
from fairlink.mail import service as mail_service
from fairlink.payments import gateway as cards
from fairlink.payments import service as payments
from fairlink.web import places


@contextmanager
def _settings() -> Iterator[config.Settings]:
    """The settings, with the embedded PostgreSQL started where no DATABASE_URL is given."""
    try:
        settings = config.load()
    except config.SettingsError as error:
        raise click.ClickException(str(error)) from error
    clock.set_offset(settings.clock_offset)
    emails.configure(base_url=settings.base_url, sender=settings.mail_from)
    files.configure(folder=settings.uploads, clamd=settings.clamd)
    if settings.database_url is not None:
        yield settings
        return
    server = LocalPostgres(settings.postgres).acquire()
    try:
        settings = replace(settings, database_url=server.create_database("fairlink"))
        # Processes that this one starts shall use the same server.
        os.environ["DATABASE_URL"] = settings.database_url or ""
        yield settings
    finally:
        server.release()


@click.group()
def commands() -> None:
    """What `fairlink.cli` finds here."""


@commands.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to the newest revision."""
    with _settings() as settings:
        migrate.upgrade(connect(settings).engine)
    click.echo("The database is at the newest revision.")


@commands.group("demo")
def demo_group() -> None:
    """Demonstration data."""


@demo_group.command("load")
def demo_load() -> None:
    """Fill an empty database with fictitious firms, fairs, applications, meetings and orders."""
    with _settings() as settings, connect(settings).sessions() as session:
        if not demo.is_empty(session):
            raise click.ClickException("the database is not empty; demonstration data goes into an empty one only")
        with unit_of_work(session):
            demo.load(session, now=clock.utcnow())
    click.echo("Demonstration data loaded.")


@commands.group()
def agency() -> None:
    """Agencies: the public bodies that publish fairs and schemes."""


@agency.command("add")
@click.argument("name")
@click.argument("country")
@click.argument("email")
@click.option("--language", default="en", show_default=True, type=click.Choice(config.LANGUAGES), help="Of the mail.")
def agency_add(name: str, country: str, email: str, language: str) -> None:
    """Make the agency NAME of COUNTRY (two letters, such as PE) and invite its first officer at EMAIL."""
    if country not in dict(places.countries("en")):
        raise click.BadParameter(f"{country} is not a country of ISO 3166", param_hint="COUNTRY")
    if "@" not in email:
        raise click.BadParameter(f"{email} is not an e-mail address", param_hint="EMAIL")
    with _settings() as settings, connect(settings).sessions() as session, unit_of_work(session):
        accounts.register_agency(
            session, name=name, country=country, officer_email=email, locale=language, now=clock.utcnow()
        )
    click.echo(f"{name} is registered; the invitation to {email} leaves with the worker.")


@commands.group("mail")
def mail_group() -> None:
    """Mails: what came back, and what is held."""


@mail_group.command("release")
def mail_release() -> None:
    """Let a restored copy of the database send mail: until then none leaves."""
    with _settings() as settings, connect(settings).sessions() as session, unit_of_work(session):
        mail_service.release_held(session, now=clock.utcnow())
    click.echo("Mail leaves from this database from now on.")


@mail_group.command("bounces")
@click.argument("source", type=click.Path(exists=True, allow_dash=True, path_type=Path))
def mail_bounces(source: Path) -> None:
    """Read bounces and complaints from SOURCE: a folder of mails, one mail, or - for one on standard input."""
    with _settings() as settings, connect(settings).sessions() as session, unit_of_work(session):
        now = clock.utcnow()
        number = sum(mail_jobs.take_reports(session, content, now=now) for content in _mails(source))
    click.echo(f"{number} addresses get no more mails.")


def _mails(source: Path) -> Iterator[bytes]:
    if str(source) == "-":
        yield sys.stdin.buffer.read()
        return
    files = sorted(each for each in source.rglob("*") if each.is_file()) if source.is_dir() else [source]
    for file in files:
        yield file.read_bytes()


@commands.group("cards")
def cards_group() -> None:
    """Accounts of agencies at Stripe."""


@cards_group.command("seal")
def cards_seal() -> None:
    """Seal the Stripe keys of all agencies under the first of FAIRLINK_SEALING_KEYS; then the others can be dropped."""
    with _settings() as settings, connect(settings).sessions() as session, unit_of_work(session):
        cards.configure("", (), sealing_keys=settings.sealing_keys)
        try:
            number = payments.seal_anew(session)
        except NotOpened:
            raise click.ClickException("a key that sealed an account is missing in FAIRLINK_SEALING_KEYS") from None
    click.echo(f"The keys of {number} accounts are sealed under the first key.")


@commands.group()
def rates() -> None:
    """Exchange rates."""


@rates.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def rates_import(file: Path) -> None:
    """Take in FILE with reference rates of the European Central Bank (XML or CSV), for all agencies."""
    try:
        quoted = read_ecb(file.read_bytes())
    except NotRates as error:
        raise click.ClickException(f"{file} is not a file of rates of the European Central Bank: {error}") from error
    with _settings() as settings, connect(settings).sessions() as session, unit_of_work(session):
        number = followup.take_rates(
            session, quoted, source=RateSource.ECB, agency_id=None, by=None, now=clock.utcnow()
        )
        converted = followup.convert_missing(session)
    click.echo(f"{number} rates are recorded; {converted} amounts were converted.")


@commands.command("worker")
def run_worker() -> None:
    """Run the clock and the queue until stopped."""
    with _settings() as settings:
        worker.main(settings)


@commands.command("dev")
def run_dev() -> None:
    """Run everything on this machine for development: database, web, worker, mailbox."""
    with _settings() as settings:
        sys.exit(
            supervisor.main(settings, load_demo=demo.load_if_empty, accounts=demo.ACCOUNTS, password=demo.PASSWORD)
        )


@commands.command("routes")
def routes() -> None:
    """List every address with its methods and the permission it asks for."""
    with _settings() as settings:
        app = create_app(settings)
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        permission = getattr(app.view_functions[rule.endpoint], "permission", "-")
        methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        click.echo(f"{methods:10} {rule.rule:50} {permission:24} {rule.endpoint}")


@commands.command("doctor")
def run_doctor() -> None:
    """Check database, mail, clock, secrets and storage; say what is wrong and how to mend it."""
    with _settings() as settings:
        sys.exit(doctor.main(settings))
