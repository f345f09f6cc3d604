"""Files lie outside the web root under random names, come back as downloads, and go when they belong to nothing."""

import os
import socketserver
import struct
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

import config
from fairlink.files import gateway, jobs, queries, service
from fairlink.files.models import StoredFile
from fairlink.files.views import as_download, download
from fairlink.kernel.errors import Invalid, NotFound
from fairlink.kernel.uploads import inspect
from tests import factories
from tests.files import samples


@pytest.fixture
def folder(settings: config.Settings, tmp_path: Path) -> Iterator[Path]:
    """A storage folder of this test alone."""
    folder = tmp_path / "uploads"
    gateway.configure(folder=folder, clamd="")
    yield folder
    gateway.configure(folder=settings.uploads, clamd="")


def stored(session: Session, now: datetime, name: str = "quote.pdf") -> StoredFile:
    by = factories.user()
    return service.store(
        session, inspect(name, samples.pdf()), owner_id=factories.organisation().id, by_id=by.id, now=now
    )


def test_a_file_is_kept_under_a_random_name_for_this_user_alone(session: Session, now: datetime, folder: Path) -> None:
    file = stored(session, now)
    (path,) = [each for each in folder.rglob("*") if each.is_file()]
    assert (path.name, path.stat().st_mode & 0o777) == (file.key, 0o600)
    assert [each.stat().st_mode & 0o777 for each in (folder, path.parent)] == [0o700, 0o700]
    assert (file.name, file.kind, file.size_bytes, len(file.sha256)) == ("quote.pdf", "pdf", len(samples.pdf()), 64)
    assert service.retrieve(file) == samples.pdf()


def test_a_file_that_was_changed_or_lost_on_the_disk_is_not_given_out(
    session: Session, now: datetime, folder: Path
) -> None:
    file = stored(session, now)
    path = next(each for each in folder.rglob("*") if each.is_file())
    path.write_bytes(b"something else")
    with pytest.raises(NotFound, match="file_lost"):
        service.retrieve(file)
    path.unlink()
    with pytest.raises(NotFound, match="file_lost"):
        service.retrieve(file)


def test_a_key_never_leads_out_of_the_folder(folder: Path) -> None:
    for key in ("../../etc/passwd", "", "A" * 32, "0" * 31 + "/"):
        with pytest.raises(ValueError, match="not a key"):
            gateway.read(key)


def test_a_file_is_given_out_to_be_saved_and_never_shown(
    app: Flask, session: Session, now: datetime, folder: Path
) -> None:
    with app.test_request_context():
        response = app.process_response(download(stored(session, now, "Presupuesto año.pdf")))
    assert response.mimetype == "application/pdf"
    assert response.headers["Content-Disposition"] == (
        "attachment; filename=\"Presupuesto ano.pdf\"; filename*=UTF-8''Presupuesto%20a%C3%B1o.pdf"
    )
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_what_is_made_on_the_spot_goes_the_same_way(app: Flask) -> None:
    with app.test_request_context():
        response = as_download(b"a,b", 'of "A", 日本.csv', "text/csv")
    assert response.headers["Content-Disposition"].startswith("attachment; filename=")
    assert "\n" not in response.headers["Content-Disposition"]


def test_bytes_that_belong_to_nothing_go_after_a_day(session: Session, now: datetime, folder: Path) -> None:
    kept, dropped = stored(session, now), stored(session, now)
    service.remove(session, dropped)
    for path in folder.glob("??/*"):
        os.utime(path, (now.timestamp(), now.timestamp()))
    assert jobs.clear(session, now=now + timedelta(hours=23)) == 0
    assert jobs.clear(session, now=now + timedelta(hours=25)) == 1
    assert [path.name for path in folder.glob("??/*")] == [kept.key]
    assert queries.file(session, kept.id) is kept


class Clamd(socketserver.StreamRequestHandler):
    """As much of clamd as is asked of it: PING, and INSTREAM for the test virus that every scanner knows."""

    def handle(self) -> None:
        command = self._until_nul()
        if command == b"zPING":
            self.wfile.write(b"PONG\0")
            return
        content = b""
        while length := struct.unpack(">I", self.rfile.read(4))[0]:
            content += self.rfile.read(length)
        found = samples.EICAR in content
        self.wfile.write(b"stream: Eicar-Test-Signature FOUND\0" if found else b"stream: OK\0")

    def _until_nul(self) -> bytes:
        command = b""
        while (sign := self.rfile.read(1)) not in (b"\0", b""):
            command += sign
        return command


@pytest.fixture
def clamd(folder: Path) -> Iterator[str]:
    """The address of a scanner, which is asked about every file from now on."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Clamd) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"127.0.0.1:{server.server_address[1]}"
        gateway.configure(folder=folder, clamd=address)
        yield address
        server.shutdown()


@pytest.mark.network
def test_a_scanner_is_asked_about_every_file(session: Session, now: datetime, folder: Path, clamd: str) -> None:
    gateway.ping(clamd)
    stored(session, now)
    sick = inspect("sick.pdf", samples.pdf(samples.EICAR.rjust(200_000)))
    with pytest.raises(Invalid, match="file_infected"):
        service.store(session, sick, owner_id=1, by_id=1, now=now)
    assert len([each for each in folder.rglob("*") if each.is_file()]) == 1


@pytest.mark.network
def test_without_the_scanner_that_was_asked_for_nothing_is_taken(session: Session, now: datetime, folder: Path) -> None:
    gateway.configure(folder=folder, clamd="127.0.0.1:1")
    with pytest.raises(Invalid, match="file_not_scanned"):
        stored(session, now)
