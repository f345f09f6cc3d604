"""`make chaos-restore`: a backup is restored on another machine, whose worker then runs.

Every table must be the same, and no mail may leave before somebody releases it; then all that waited does. Prints the
counts as one JSON object; exit status 1 for anything else.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa

import config
from fairlink.accounts import emails
from fairlink.kernel.clock import utcnow
from fairlink.kernel.localpg import LocalPostgres, binaries
from fairlink.mail import emails as post
from tests.backdoor import backdoor
from tests.journeys.platform import Platform

WAITING, WATCHED_SECONDS = 40, 40
EXPECTED = {"tables_that_differ": [], "sent_before_release": 0, "sent_after_release": WAITING}


def checksums(url: str) -> dict[str, str]:
    """Of each table: one figure from all its rows, whatever their order."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        tables = connection.scalars(sa.text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        query = (
            "SELECT coalesce(md5(string_agg(line, '' ORDER BY line)), '') FROM (SELECT t::text AS line FROM \"{}\" t) l"
        )
        return {table: str(connection.scalar(sa.text(query.format(table)))) for table in tables}


def prepare(platform: Platform) -> None:
    """Mails that wait for a worker."""
    with backdoor(platform) as inside:
        settings = config.load(platform.environment)
        post.configure(base_url=settings.base_url, sender=settings.mail_from)
        for number in range(WAITING):
            emails.no_account(inside.session, f"person{number}@example.test", locale="en", now=utcnow())
        inside.session.commit()


def run(tool: str, *arguments: str) -> None:
    """One of PostgreSQL's own programs, which must end well."""
    subprocess.run([binaries() / tool, *arguments], check=True, capture_output=True)


def back_up(platform: Platform, file: Path) -> dict[str, str]:
    """Dump the platform's database; its checksums."""
    server = LocalPostgres(config.load(platform.environment).postgres).acquire()
    try:
        run("pg_dump", "--format=custom", f"--file={file}", f"--dbname={libpq(server.url())}")
        return checksums(server.url())
    finally:
        server.release()


def restore(platform: Platform, file: Path) -> dict[str, str]:
    """Put the dump in the place of the stopped platform's database; its checksums."""
    server = LocalPostgres(config.load(platform.environment).postgres).acquire()
    try:
        admin = sa.create_engine(server.url("postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with admin.connect() as connection:
            connection.execute(sa.text("DROP DATABASE fairlink WITH (FORCE)"))
            connection.execute(sa.text("CREATE DATABASE fairlink"))
        run("pg_restore", f"--dbname={libpq(server.url())}", str(file))
        return checksums(server.url())
    finally:
        server.release()


def libpq(url: str) -> str:
    """The address as PostgreSQL's programs read it."""
    return url.replace("postgresql+psycopg://", "postgresql://")


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "backup"
        with Platform(demo=True, worker=False) as original:
            prepare(original)
            before = back_up(original, file)
        with Platform() as copy:
            copy.stop()
            after = restore(copy, file)
            copy.start()
            time.sleep(WATCHED_SECONDS)
            held = len(copy.mail.mails)
            copy.command("mail", "release")
            limit = time.monotonic() + 120
            while len(copy.mail.mails) < WAITING and time.monotonic() < limit:
                time.sleep(1)
            sent = sum("@example.test" in str(mail["To"]) for mail in copy.mail.mails)
    counts = {
        "tables_that_differ": sorted(
            table for table in before.keys() | after.keys() if before.get(table) != after.get(table)
        ),
        "sent_before_release": held,
        "sent_after_release": sent,
    }
    print(json.dumps(counts, indent=1))
    return 0 if counts == EXPECTED else 1


if __name__ == "__main__":
    sys.exit(main())
