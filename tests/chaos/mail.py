"""`make chaos-mail`: mail workers that are stopped and killed while thousands of mails wait.

Real workers, a real PostgreSQL and a real SMTP sink. First two of four workers stand still (SIGSTOP) for longer than
their leases and go on: nothing may be lost or sent twice. Then workers are killed (SIGKILL) a hundred times under 4,000
mails: nothing may be lost, and each kill may cost one repeat at most, with the same Message-ID and the same link.
"""

import json
import multiprocessing
import os
import random
import signal
import socket
import sys
import tempfile
import time
from collections import defaultdict
from datetime import timedelta
from email import message_from_bytes, policy
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from aiosmtpd.controller import Controller
from sqlalchemy.orm import Session, sessionmaker

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import config
from fairlink import migrate, worker
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import make_engine, make_sessions, unit_of_work
from fairlink.kernel.localpg import LocalPostgres
from fairlink.kernel.queue import STALLED_AFTER
from fairlink.mail import rules, service
from fairlink.mail.models import MailMessage
from fairlink.mail.states import MailState

MAILS = 4000
KILLS = 100
WORKERS = 4
STOPPED_MAILS = 400
#: Longer than a claim is left alone and than a silent worker keeps its jobs.
STOPPED_FOR = max(rules.CLAIM_LEASE, STALLED_AFTER) + timedelta(seconds=5)
TIME_LIMIT = 600.0
SEED = 20270309


class Sink:
    """Counts what arrives: for each Message-ID the links in it, one entry for each arrival."""

    def __init__(self) -> None:
        self.received: dict[str, list[str]] = defaultdict(list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 aiosmtpd's name
        mail = message_from_bytes(envelope.content, policy=policy.default)
        body = mail.get_body(("plain",))
        assert body is not None
        (link,) = (word for word in body.get_content().split() if "/follow-up/" in word)
        self.received[str(mail["Message-ID"])].append(link)
        return "250 ok"

    @property
    def repeated(self) -> int:
        return sum(len(links) - 1 for links in self.received.values())

    @property
    def changed(self) -> int:
        """Mails whose repeat carried another link."""
        return sum(len(set(links)) > 1 for links in self.received.values())


class Crew:
    """Worker processes, forked from one that has everything imported, so that a new one works at once."""

    def __init__(self, settings: config.Settings) -> None:
        self._settings = settings
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["fairlink.worker"])
        self.running: list[BaseProcess] = [self._start() for _ in range(WORKERS)]

    def _start(self) -> BaseProcess:
        process = self._context.Process(target=worker.main, args=(self._settings,))
        process.start()
        return process

    def kill_one(self) -> None:
        """kill -9 of any worker, and a new one in its place."""
        index = random.randrange(WORKERS)
        self.running[index].kill()
        self.running[index].join()
        self.running[index] = self._start()

    def signal(self, processes: list[BaseProcess], number: int) -> None:
        for process in processes:
            assert process.pid is not None
            os.kill(process.pid, number)

    def leave(self) -> list[int | None]:
        """Ask all to stop; returns their exit codes."""
        self.signal(self.running, signal.SIGTERM)
        for process in self.running:
            process.join(60)
        return [process.exitcode for process in self.running]


def post(sessions: sessionmaker[Session], count: int) -> set[str]:
    """Post `count` prompts to as many people, in transactions of a hundred; returns their Message-IDs."""
    posted: set[str] = set()
    for first in range(0, count, 100):
        with sessions() as session, unit_of_work(session):
            for number in range(first, min(first + 100, count)):
                posted.add(_post_one(session, number).message_id)
    return posted


def _post_one(session: Session, number: int) -> MailMessage:
    now = utcnow()
    context = {
        "reminder": False,
        "person": f"Person {number}",
        "met": "Example Foods",
        "met_on": now.date(),
        "fair": "Example Fair",
        "value": None,
        "ordered_on": None,
        "path": f"/follow-up/{random.getrandbits(128):032x}",
        "expires_at": now + timedelta(days=30),
        "zone": "UTC",
    }
    return service.post(
        session,
        "prompt_wave",
        to=f"person{number}@buyers.example",
        name=f"Person {number}",
        locale=random.choice(("en", "es", "pt")),
        now=now,
        context=context,
        list_id="follow-up",
        unsubscribable=True,
    )


def unsent(sessions: sessionmaker[Session]) -> int:
    with sessions() as session:
        query = sa.select(sa.func.count(MailMessage.id)).where(MailMessage.state != MailState.SENT)
        return session.scalar(query) or 0


def wait_until_sent(sessions: sessionmaker[Session]) -> None:
    limit = time.monotonic() + TIME_LIMIT
    while unsent(sessions) and time.monotonic() < limit:
        time.sleep(0.5)


def stop_and_continue(settings: config.Settings, sink: Sink, sessions: sessionmaker[Session]) -> dict[str, Any]:
    posted = post(sessions, STOPPED_MAILS)
    crew = Crew(settings)
    while len(sink.received) < STOPPED_MAILS // 4:
        time.sleep(0.01)
    stopped = crew.running[: WORKERS // 2]
    crew.signal(stopped, signal.SIGSTOP)
    time.sleep(STOPPED_FOR.total_seconds())
    crew.signal(stopped, signal.SIGCONT)
    wait_until_sent(sessions)
    return {"stopped_seconds": STOPPED_FOR.total_seconds(), **result(posted, sink), "exit_codes": crew.leave()}


def kill_many(settings: config.Settings, sink: Sink, sessions: sessionmaker[Session]) -> dict[str, Any]:
    posted = post(sessions, MAILS)
    crew = Crew(settings)
    started = time.monotonic()
    for kill in range(KILLS):
        # Kills are spread over the work, whatever the machine's speed: each waits for its part to be received.
        limit = time.monotonic() + 60
        while len(sink.received) < kill * MAILS * 0.9 / KILLS and time.monotonic() < limit:
            time.sleep(0.002)
        time.sleep(random.uniform(0, 0.05))
        crew.kill_one()
    wait_until_sent(sessions)
    seconds = round(time.monotonic() - started, 1)
    return {"kills": KILLS, "seconds": seconds, **result(posted, sink), "exit_codes": crew.leave()}


def result(posted: set[str], sink: Sink) -> dict[str, int]:
    return {
        "mails": len(posted),
        "lost": len(posted - sink.received.keys()),
        "sent": len(posted & sink.received.keys()),
        "repeated": sink.repeated,
        "repeated_with_another_link": sink.changed,
    }


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def main() -> int:
    """Print one JSON object; 1 if anything was lost, changed, or repeated more often than workers were killed."""
    random.seed(SEED)
    with tempfile.TemporaryDirectory(prefix="fairlink-chaos-") as folder:
        var, port = Path(folder), free_port()
        server = LocalPostgres(var / "postgres", {"max_connections": "200"}).acquire()
        environment = {
            "FAIRLINK_ENV": "test",
            "DATABASE_URL": server.create_database("chaos"),
            "SMTP_URL": f"smtp://127.0.0.1:{port}",
            "FAIRLINK_VAR": folder,
        }
        settings = config.load(environment)
        worker.configure(settings)
        assert settings.database_url is not None
        engine = make_engine(settings.database_url)
        migrate.upgrade(engine)
        sessions = make_sessions(engine)
        figures: dict[str, Any] = {}
        for name, play in (("stopped", stop_and_continue), ("killed", kill_many)):
            sink = Sink()
            controller = Controller(sink, hostname="127.0.0.1", port=port, server_hostname="localhost")
            controller.start()
            figures[name] = play(settings, sink, sessions)
            controller.stop()
        engine.dispose()
        server.release()
    print(json.dumps(figures, indent=2))
    stopped, killed = figures["stopped"], figures["killed"]
    both_good = all(
        each["lost"] == each["repeated_with_another_link"] == 0 and set(each["exit_codes"]) == {0}
        for each in (stopped, killed)
    )
    return 0 if both_good and stopped["repeated"] == 0 and killed["repeated"] <= KILLS else 1


if __name__ == "__main__":
    sys.exit(main())
