"""`fairlink doctor`: is everything there that the platform needs, and how to mend what is not."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import click
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

import config
from fairlink.files import gateway as files
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import make_engine
from fairlink.mail.gateway import Gateway, TemporaryFailure
from fairlink.mail.queries import is_held

MINIMUM_VERSION = 15
EXTENSIONS = frozenset({"btree_gist", "citext", "pg_trgm", "unaccent"})
MINIMUM_FREE = 1024**3
MAXIMUM_DRIFT = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check: what was found and, if it is wrong, how to mend it."""

    name: str
    found: str
    mend: str = ""

    @property
    def ok(self) -> bool:
        return not self.mend


def main(settings: config.Settings) -> int:
    """Print every finding; 1 if anything is wrong, else 0."""
    found = list(findings(settings))
    for finding in found:
        mark = click.style("ok   ", fg="green") if finding.ok else click.style("wrong", fg="red", bold=True)
        click.echo(f"{mark}  {finding.name:10}  {finding.found}")
        if not finding.ok:
            click.echo(f"       {'':10}  -> {finding.mend}")
    return 0 if all(finding.ok for finding in found) else 1


def findings(settings: config.Settings) -> Iterator[Finding]:
    """Check database, clock, mail, secrets, storage, uploads and scanner, in this order."""
    engine = make_engine(settings.database_url or "", poolclass=sa.NullPool)
    try:
        with engine.connect() as connection:
            yield from _database(connection)
            yield _clock(connection, settings)
            yield from _held(connection)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        yield Finding("database", f"does not answer: {reason}", "start it, or correct DATABASE_URL")
    finally:
        engine.dispose()
    yield _mail(settings)
    yield from _secrets(settings)
    yield from _storage(settings)
    yield from _uploads(settings)


def _database(connection: sa.Connection) -> Iterator[Finding]:
    version = int(connection.scalar(sa.text("SHOW server_version_num"))) // 10_000
    mend = f"use PostgreSQL {MINIMUM_VERSION} or newer" if version < MINIMUM_VERSION else ""
    yield Finding("database", f"PostgreSQL {version}", mend)
    there = frozenset(connection.scalars(sa.text("SELECT extname FROM pg_extension")))
    available = frozenset(connection.scalars(sa.text("SELECT name FROM pg_available_extensions")))
    if missing := EXTENSIONS - available:
        mend = f"install PostgreSQL's contrib package: {', '.join(sorted(missing))} cannot be created"
    else:
        mend = "run 'fairlink db upgrade'" if EXTENSIONS - there else ""
    yield Finding("extensions", ", ".join(sorted(EXTENSIONS & there)) or "none", mend)
    alembic = Config(toml_file=str(config.ROOT / "pyproject.toml"))
    head = ScriptDirectory.from_config(alembic).get_current_head()
    if connection.scalar(sa.text("SELECT to_regclass('alembic_version')")) is None:
        revision = None
    else:
        revision = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    found = f"at {revision or 'the very beginning'}, newest is {head}"
    yield Finding("migrations", found, "" if revision == head else "run 'fairlink db upgrade'")


def _clock(connection: sa.Connection, settings: config.Settings) -> Finding:
    before = utcnow()
    theirs = connection.scalar(sa.text("SELECT clock_timestamp()"))
    assert theirs is not None
    # A development clock is moved on purpose; the question took half of its own time to get there.
    ours = before - settings.clock_offset + (utcnow() - before) / 2
    drift = abs(theirs - ours)
    mend = "let both machines keep time by NTP" if drift > MAXIMUM_DRIFT else ""
    return Finding("clock", f"{drift.total_seconds():.3f} s from the database's", mend)


def _held(connection: sa.Connection) -> Iterator[Finding]:
    # Before the first migration there is nothing to ask.
    if connection.scalar(sa.text("SELECT to_regclass('mail_home')")) is not None and is_held(Session(connection)):
        mend = "run 'fairlink mail release' if this copy shall write to people"
        yield Finding("mail", "held: this database is a restored copy", mend)


def _mail(settings: config.Settings) -> Finding:
    # Without user and password: this is printed.
    host = urlsplit(settings.smtp_url).hostname
    try:
        name = Gateway(settings.smtp_url, hello=urlsplit(settings.base_url).hostname or "localhost").check()
    except TemporaryFailure as error:
        return Finding("mail", f"{host} cannot be used: {error}", "start the mail server, or correct SMTP_URL")
    return Finding("mail", f"{host} answers as {name}")


def _secrets(settings: config.Settings) -> Iterator[Finding]:
    if not settings.production:
        yield Finding("secrets", "for development only")
        return
    # config.load has refused a missing or weak SECRET_KEY already.
    yield Finding("secrets", f"SECRET_KEY has {len(settings.secret_key)} characters")
    https = settings.base_url.startswith("https://")
    mend = "" if https else "serve it by https and say so in FAIRLINK_BASE_URL: cookies are readable on the way"
    yield Finding("address", settings.base_url, mend)


def _storage(settings: config.Settings) -> Iterator[Finding]:
    try:
        settings.var.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.var) as file:
            file.write(b"x")
        free = shutil.disk_usage(settings.var).free
    except OSError as error:
        yield Finding("storage", f"{settings.var}: {error.strerror}", "make it writable, or set FAIRLINK_VAR")
        return
    mend = f"free at least {MINIMUM_FREE // 1024**3} GB" if free < MINIMUM_FREE else ""
    yield Finding("storage", f"{settings.var} is writable, {free / 1024**3:.1f} GB free", mend)


def _uploads(settings: config.Settings) -> Iterator[Finding]:
    folder = settings.uploads
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
        others = folder.stat().st_mode & 0o007
    except OSError as error:
        yield Finding("uploads", f"{folder}: {error.strerror}", "make it writable for the user that runs FairLink")
        return
    found = f"{folder} is writable" + (", but open to every user of this machine" if others else "")
    yield Finding("uploads", found, f"run: chmod 700 {folder}" if others else "")
    if not settings.clamd:
        return
    try:
        files.ping(settings.clamd)
    except files.ScannerAway as error:
        mend = "start clamd, or correct FAIRLINK_CLAMD: uploads are refused until it answers"
        yield Finding("scanner", f"{settings.clamd} does not answer: {error}", mend)
    else:
        yield Finding("scanner", f"{settings.clamd} answers")
