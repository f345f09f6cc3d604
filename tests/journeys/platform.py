"""A FairLink of one's own for journeys, chaos and measurements: database, web server, worker and mail server."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
from aiosmtpd.controller import Controller

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(sys.executable).parent


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class MailServer:
    """A real SMTP server that keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, ready_timeout=10)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 aiosmtpd's name
        mail = message_from_bytes(envelope.original_content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 kept"

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    def wait_for(self, to: str, containing: str, *, seconds: float = 60) -> str:
        """The text of the newest mail to an address that contains something, once it is there."""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            for mail in reversed(self.mails):
                text = text_of(mail)
                if to in str(mail["To"]) and containing in text:
                    return text
            time.sleep(0.1)
        known = [(str(mail["To"]), str(mail["Subject"])) for mail in self.mails]
        raise AssertionError(f"no mail to {to} with {containing!r} within {seconds} s; there are {known[-12:]}")


def text_of(mail: EmailMessage) -> str:
    """The plain text of a mail."""
    part = mail.get_body(("plain",))
    return part.get_content() if part is not None else ""


class Platform:
    """One installation in a temporary folder. `clock` can be moved by a restart."""

    def __init__(self, *, workers: int = 2, demo: bool = False, worker: bool = True) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="fairlink-")
        self.mail = MailServer()
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self._workers, self._demo, self._with_worker = workers, demo, worker
        self._processes: list[subprocess.Popen[bytes]] = []
        self._log = Path(self._folder.name) / "log"
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("FAIRLINK")} | {
            "FAIRLINK_ENV": "development",
            "FAIRLINK_VAR": str(Path(self._folder.name) / "var"),
            "FAIRLINK_BASE_URL": self.base,
            "SMTP_URL": f"smtp://127.0.0.1:{self.mail.port}",
            "PORT": str(self.port),
            "WEB_CONCURRENCY": str(workers),
        }
        self.environment.pop("DATABASE_URL", None)

    def command(self, *arguments: str) -> str:
        """Run a `fairlink` command on this installation."""
        done = subprocess.run(
            [PROGRAMS / "fairlink", *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"fairlink {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    def __enter__(self) -> "Platform":
        self.mail.start()
        self.command("db", "upgrade")
        if self._demo:
            self.command("demo", "load")
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.stop()
        self.mail.stop()
        if error is not None and self._log.exists():
            sys.stderr.write(self._log.read_text(errors="replace")[-6000:])
        self._folder.cleanup()

    def start(self, clock: str = "") -> None:
        """Start web server and worker, with the clock moved by `clock` (such as ``+90d``), and wait until ready."""
        environment = self.environment | {"FAIRLINK_CLOCK": clock}
        programs: list[list[str | Path]] = [[PROGRAMS / "gunicorn", "-c", "python:fairlink.web.serving", "wsgi:app"]]
        if self._with_worker:
            programs.append([PROGRAMS / "fairlink", "worker"])
        with self._log.open("ab") as log:
            self._processes = [
                subprocess.Popen(program, cwd=ROOT, env=environment, stdout=log, stderr=log) for program in programs
            ]
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        wanted = "/readyz" if self._with_worker else "/healthz"
        limit = time.monotonic() + 90
        while time.monotonic() < limit:
            assert all(process.poll() is None for process in self._processes), self._log.read_text()[-3000:]
            try:
                if httpx.get(self.base + wanted, timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.2)
        raise AssertionError(f"not ready: {self._log.read_text()[-3000:]}")

    def stop(self) -> None:
        for process in self._processes:
            process.send_signal(signal.SIGTERM)
        for process in self._processes:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
        self._processes = []

    def restart(self, clock: str) -> None:
        """Stop, move the clock, start."""
        self.stop()
        self.start(clock)
