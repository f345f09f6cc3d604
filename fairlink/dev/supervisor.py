"""`make run`: prepares the database, then runs web server, worker and mail sink until one Ctrl-C stops them all."""

import ctypes
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

import click
from sqlalchemy.orm import Session

import config
from fairlink import migrate
from fairlink.files import gateway as files
from fairlink.kernel import clock
from fairlink.kernel.database import make_engine, make_sessions, unit_of_work
from fairlink.mail import emails

#: Seconds until everything must answer, and until a process that was asked to stop is killed.
START_LIMIT = 60.0
STOP_LIMIT = 25.0

_STEP = 0.1
_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1
_COLOURS = {"web": "green", "worker": "cyan", "mail": "magenta", "cards": "yellow"}

#: Takes the place of Stripe, so that a newcomer can pay on a test page; only where the source tree is.
_STAND_IN = config.ROOT / "tests" / "payments" / "stripe_standin.py"
#: The stand-in knows these and Stripe does not.
_CARD_KEYS = {"STRIPE_SECRET_KEY": "sk_test_standin", "STRIPE_WEBHOOK_SECRET": "whsec_standin"}

LoadDemo = Callable[[Session, datetime], bool]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run where."""

    settings: config.Settings
    port: int
    #: None when SMTP_URL names a mail server elsewhere.
    mail_port: int | None
    #: Of a stand-in for Stripe; None where there are real keys, and where the tests that it belongs to are not.
    card_port: int | None


def main(settings: config.Settings, *, load_demo: LoadDemo, accounts: Sequence[tuple[str, str]], password: str) -> int:
    """Run everything on ``settings.database_url`` until SIGINT or SIGTERM; returns the exit code.

    `load_demo(session, now)` fills an empty database and says whether it did; `accounts` are address and description
    of those who can then sign in with `password`.
    """
    with _Signals() as signals:
        plan = _plan(settings)
        if taken := _taken_ports(plan):
            click.echo(taken, err=True)
            return 1
        try:
            _prepare(plan.settings, load_demo)
        except KeyboardInterrupt:
            return 0
        signals.interrupt = False
        with _Children() as children:
            _start(children, plan)
            if not _wait_until_ready(children, plan, signals):
                return 0 if signals.stop else 1
            _announce(plan, accounts, password)
            while not signals.stop and children.all_alive():
                children.pump(_STEP)
            return 0 if signals.stop else 1


def _plan(settings: config.Settings) -> Plan:
    port = int(os.environ.get("PORT", "8000"))
    if "FAIRLINK_BASE_URL" not in os.environ:
        settings = replace(settings, base_url=f"http://127.0.0.1:{port}")
    server = urlsplit(settings.smtp_url)
    here = server.scheme == "smtp" and server.hostname in ("127.0.0.1", "localhost")
    with_cards = not settings.stripe_secret_key and not settings.production and _STAND_IN.exists()
    return Plan(settings, port, (server.port or 25) if here else None, _free_port() if with_cards else None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _taken_ports(plan: Plan) -> str:
    """What to tell the developer about ports that something else uses; empty if all are free."""
    wanted = {"the web server": (plan.port, "PORT=8001 make run")}
    if plan.mail_port is not None:
        wanted["the mail sink"] = (plan.mail_port, "SMTP_URL=smtp://127.0.0.1:8026 make run")
    sentences = []
    for who, (port, otherwise) in wanted.items():
        with socket.socket() as probe:
            # As servers do: connections of the last run that linger are no obstacle.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                sentences.append(
                    f"Port {port} for {who} cannot be used ({error.strerror}). Choose another: {otherwise}"
                )
    return "\n".join(sentences)


def _prepare(settings: config.Settings, load_demo: LoadDemo) -> None:
    assert settings.database_url is not None
    emails.configure(base_url=settings.base_url, sender=settings.mail_from)
    files.configure(folder=settings.uploads, clamd=settings.clamd)
    engine = make_engine(settings.database_url)
    try:
        migrate.upgrade(engine)
        with make_sessions(engine)() as session, unit_of_work(session):
            if load_demo(session, clock.utcnow()):
                click.echo("The database was empty: demonstration data loaded.")
    finally:
        engine.dispose()


class _Signals:
    """Notes that somebody wants to stop; a second Ctrl-C does no harm while the first is being obeyed."""

    def __init__(self) -> None:
        self.stop = False
        #: While nothing runs yet that has to be stopped in order, a signal interrupts at once.
        self.interrupt = True

    def __enter__(self) -> "_Signals":
        self._before = {number: signal.signal(number, self._note) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.stop = True
        if self.interrupt:
            raise KeyboardInterrupt


class _Children:
    """Child processes, whose output is passed on line by line under their name; at the end all are stopped."""

    def __init__(self) -> None:
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._selector = selectors.DefaultSelector()
        self._rest: dict[str, bytes] = {}

    def __enter__(self) -> "_Children":
        return self

    def __exit__(self, *_error: object) -> None:
        # The last started first: the sink takes the mails that the worker still has in hand.
        for child in reversed(self._running.values()):
            child.terminate()
        limit = time.monotonic() + STOP_LIMIT
        while time.monotonic() < limit and any(child.poll() is None for child in self._running.values()):
            self.pump(_STEP)
        for name, child in self._running.items():
            if child.poll() is None:
                click.echo(f"{name} did not stop in time and was killed.", err=True)
                child.kill()
                child.wait()
        self.pump(0)
        self._selector.close()

    def start(self, name: str, command: Sequence[str], environment: dict[str, str]) -> None:
        """Start `command` in a session of its own: Ctrl-C is for the supervisor, who stops the others in order."""
        child = subprocess.Popen(  # noqa: S603 our own programs, arguments as a list
            command,
            cwd=config.ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 this process has no threads
        )
        assert child.stdout is not None
        os.set_blocking(child.stdout.fileno(), False)
        self._selector.register(child.stdout, selectors.EVENT_READ, name)
        self._running[name] = child

    def all_alive(self) -> bool:
        """Whether all run; says which one does not."""
        for name, child in self._running.items():
            if (code := child.poll()) is not None:
                self.pump(0)
                click.echo(f"{name} ended by itself (exit code {code}): stopping.", err=True)
                return False
        return True

    def pump(self, seconds: float) -> None:
        """Pass output on, waiting for it for `seconds` at most."""
        if not self._selector.get_map():
            time.sleep(seconds)
            return
        for key, _events in self._selector.select(seconds):
            self._pass_on(key.data, key.fileobj)

    def _pass_on(self, name: str, pipe: Any) -> None:
        content = pipe.read()
        if content is None:
            return
        if not content:
            self._selector.unregister(pipe)
            pipe.close()
        *lines, rest = (self._rest.pop(name, b"") + content).split(b"\n")
        if rest and not content:
            lines, rest = [*lines, rest], b""
        self._rest[name] = rest
        for line in lines:
            click.echo(click.style(f"{name:6} | ", fg=_COLOURS[name]) + line.decode(errors="replace"))


def _die_with_parent() -> None:
    """In the child: even a supervisor that is killed with -9 leaves nobody behind."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _start(children: _Children, plan: Plan) -> None:
    settings = plan.settings
    environment = os.environ | {
        "PYTHONUNBUFFERED": "1",
        "DATABASE_URL": settings.database_url or "",
        "FAIRLINK_BASE_URL": settings.base_url,
        "PORT": str(plan.port),
    }
    if plan.card_port is not None:
        webhook = f"http://127.0.0.1:{plan.port}/stripe/webhook"
        stand_in = [sys.executable, "-m", "tests.payments.stripe_standin", str(plan.card_port), webhook]
        children.start("cards", stand_in, environment)
        environment |= _CARD_KEYS | {"STRIPE_API_BASE": f"http://127.0.0.1:{plan.card_port}"}
    programs = Path(sys.executable).parent
    gunicorn = [str(programs / "gunicorn"), "-c", "python:fairlink.web.serving", "wsgi:app"]
    if plan.mail_port is not None:
        sink = [sys.executable, "-m", "fairlink.dev.sink", str(settings.mailbox_folder), str(plan.mail_port)]
        children.start("mail", sink, environment)
    children.start("worker", [sys.executable, "-m", "fairlink.worker"], environment)
    children.start("web", gunicorn, environment)


def _wait_until_ready(children: _Children, plan: Plan, signals: _Signals) -> bool:
    address = f"http://127.0.0.1:{plan.port}/readyz"
    limit = time.monotonic() + START_LIMIT
    answer = "nothing yet"
    while not signals.stop and children.all_alive():
        try:
            with urllib.request.urlopen(address, timeout=5) as response:
                if response.status == 200:
                    return True
        except urllib.error.HTTPError as error:
            answer = error.read(1000).decode(errors="replace").strip()
        except OSError:
            pass
        if time.monotonic() > limit:
            click.echo(f"Not ready after {START_LIMIT:.0f} s: {answer}", err=True)
            return False
        children.pump(_STEP)
    return False


def _announce(plan: Plan, accounts: Sequence[tuple[str, str]], password: str) -> None:
    address = plan.settings.base_url
    lines = ["", f"FairLink runs at {click.style(address, bold=True)}"]
    if plan.settings.mailbox:
        lines.append(f"Its mails are at {address}/dev/mailbox")
    if plan.card_port is not None:
        lines.append("Cards are paid on a test page that stands in for Stripe; no money moves.")
    if accounts:
        width = max(len(email) for email, _ in accounts)
        lines += ["", f"Sign in with the password {click.style(password, bold=True)} as"]
        lines += [f"  {email:{width}}  {what}" for email, what in accounts]
    click.echo("\n".join([*lines, "", "Ctrl-C stops everything.", ""]))
