"""`make chaos-mail` and `make chaos-mail-more`: workers that are killed, stopped and late while prompts are due.

Real workers, each with its scheduler, a real PostgreSQL and a real SMTP sink. `chaos-mail`: kill -9 a hundred times
under 4,000 due prompts; nothing may be lost, and each kill may cost one repeat at most, under the same Message-ID and
with the same link. `chaos-mail-more`: two of four workers stand still (SIGSTOP) for longer than their leases and go on;
four schedulers plan at once; 48 hours of prompts and of posted mails wait until the workers come back, and leave at the
rate.
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
from collections.abc import Callable
from dataclasses import replace
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
from fairlink.followup.models import Prompt
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import make_engine, make_sessions, unit_of_work
from fairlink.kernel.localpg import LocalPostgres
from fairlink.kernel.queue import STALLED_AFTER
from fairlink.mail import rules, service
from fairlink.mail.models import MailMessage
from fairlink.mail.states import MailState
from tests.load.leads import fair_with_leads

PROMPTS = int(os.environ.get("PROMPTS", "4000"))
KILLS = int(os.environ.get("KILLS", "100"))
WORKERS = 4
STOPPED_PROMPTS = 400
LATE_PROMPTS, LATE_MAILS, RATE = 100, 100, 10
#: Longer than a claim is left alone and than a silent worker keeps its jobs.
STOPPED_FOR = max(rules.CLAIM_LEASE, STALLED_AFTER) + timedelta(seconds=5)
TIME_LIMIT = 600.0
SEED = 20270309


class Sink:
    """Counts what arrives: for each Message-ID the links in it, one entry for each arrival."""

    def __init__(self) -> None:
        self.received: dict[str, list[str]] = defaultdict(list)
        self.receivers: set[str] = set()
        self.times: list[float] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 aiosmtpd's name
        mail = message_from_bytes(envelope.content, policy=policy.default)
        body = mail.get_body(("plain",))
        assert body is not None
        (link,) = (word for word in body.get_content().split() if "/follow-up/" in word)
        self.received[str(mail["Message-ID"])].append(link)
        self.receivers.add(str(mail["To"]))
        self.times.append(time.monotonic())
        return "250 ok"

    @property
    def repeated(self) -> int:
        return sum(len(links) - 1 for links in self.received.values())

    @property
    def changed(self) -> int:
        """Mails whose repeat carried another link."""
        return sum(len(set(links)) > 1 for links in self.received.values())

    @property
    def most_in_a_second(self) -> int:
        return max((sum(start <= at < start + 1 for at in self.times) for start in self.times), default=0)


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


def due(sessions: sessionmaker[Session], count: int, *, due_for: timedelta = timedelta(hours=1)) -> None:
    """A wave to `count` buyers with a lead each, due since; the workers plan it, ask and send."""
    now = utcnow()
    with sessions() as session:
        first = fair_with_leads(session, count, count, now=now, due_at=now - due_for)
        # The lead that came with the fair is none of the wave's.
        first.created_at = now
        session.commit()


def post_late(sessions: sessionmaker[Session], count: int) -> None:
    """Mails that were posted two days ago and that nobody has sent since."""
    now = utcnow() - timedelta(hours=48)
    with sessions() as session, unit_of_work(session):
        for number in range(count):
            context = {
                "reminder": False,
                "person": f"Person {number}",
                "met": "Example Foods",
                "fair": "Example Fair",
                "agencies": "Example Agency",
                "own_subject": "",
                "own_words": [],
                "path": f"/follow-up/{random.getrandbits(128):032x}",
                "expires_at": now + timedelta(days=30),
                "zone": "UTC",
            }
            service.post(
                session,
                "prompt_wave",
                to=f"late{number}@buyers.example",
                name=f"Person {number}",
                locale="en",
                now=now,
                context=context,
                list_id="follow-up",
                unsubscribable=True,
            )


def unsent(sessions: sessionmaker[Session], expected: int) -> int:
    with sessions() as session:
        query = sa.select(sa.func.count(MailMessage.id)).where(MailMessage.state == MailState.SENT)
        return expected - (session.scalar(query) or 0)


def wait_until_sent(sessions: sessionmaker[Session], expected: int) -> None:
    limit = time.monotonic() + TIME_LIMIT
    while unsent(sessions, expected) > 0 and time.monotonic() < limit:
        time.sleep(0.5)


def stop_and_continue(settings: config.Settings, sink: Sink, sessions: sessionmaker[Session]) -> dict[str, Any]:
    due(sessions, STOPPED_PROMPTS)
    crew = Crew(settings)
    while len(sink.received) < STOPPED_PROMPTS // 4:
        time.sleep(0.01)
    stopped = crew.running[: WORKERS // 2]
    crew.signal(stopped, signal.SIGSTOP)
    time.sleep(STOPPED_FOR.total_seconds())
    crew.signal(stopped, signal.SIGCONT)
    wait_until_sent(sessions, STOPPED_PROMPTS)
    figures = {"stopped_seconds": STOPPED_FOR.total_seconds(), **result(STOPPED_PROMPTS, sink, sessions)}
    return {**figures, "exit_codes": crew.leave()}


def come_back_late(settings: config.Settings, sink: Sink, sessions: sessionmaker[Session]) -> dict[str, Any]:
    """Two days without any worker: what was posted and what became due leaves at the rate, all of it."""
    post_late(sessions, LATE_MAILS)
    due(sessions, LATE_PROMPTS, due_for=timedelta(hours=48))
    crew = Crew(replace(settings, mail_rate=RATE))
    wait_until_sent(sessions, LATE_MAILS + LATE_PROMPTS)
    figures = result(LATE_MAILS + LATE_PROMPTS, sink, sessions)
    return {**figures, "rate": RATE, "most_in_a_second": sink.most_in_a_second, "exit_codes": crew.leave()}


def kill_many(settings: config.Settings, sink: Sink, sessions: sessionmaker[Session]) -> dict[str, Any]:
    due(sessions, PROMPTS)
    crew = Crew(settings)
    started = time.monotonic()
    for kill in range(KILLS):
        # Kills are spread over the work, whatever the machine's speed: each waits for its part to be received.
        limit = time.monotonic() + 60
        while len(sink.received) < kill * PROMPTS * 0.9 / KILLS and time.monotonic() < limit:
            time.sleep(0.002)
        time.sleep(random.uniform(0, 0.05))
        crew.kill_one()
    wait_until_sent(sessions, PROMPTS)
    seconds = round(time.monotonic() - started, 1)
    return {"kills": KILLS, "seconds": seconds, **result(PROMPTS, sink, sessions), "exit_codes": crew.leave()}


def result(expected: int, sink: Sink, sessions: sessionmaker[Session]) -> dict[str, int]:
    """What was asked for and what arrived. Each receiver has one message to get: a second one is a repeat."""
    with sessions() as session:
        planned = session.scalar(sa.select(sa.func.count()).select_from(Prompt)) or 0
        twice = sa.select(Prompt.lead_id).group_by(Prompt.lead_id, Prompt.side, Prompt.wave_id)
        doubled = len(session.execute(twice.having(sa.func.count() > 1)).all())
    return {
        "due": expected,
        "prompts": planned,
        "planned_twice": doubled,
        "lost": expected - len(sink.receivers),
        "sent": len(sink.receivers),
        "repeated": sink.repeated,
        "repeated_under_another_message_id": len(sink.received) - len(sink.receivers),
        "repeated_with_another_link": sink.changed,
    }


def play(
    scenario: Callable[[config.Settings, Sink, sessionmaker[Session]], dict[str, Any]], var: Path, url: str
) -> dict[str, Any]:
    """One scenario on a database of its own, with a sink of its own."""
    port = free_port()
    environment = {
        "FAIRLINK_ENV": "test",
        "DATABASE_URL": url,
        "SMTP_URL": f"smtp://127.0.0.1:{port}",
        "FAIRLINK_VAR": str(var),
        "FAIRLINK_MAIL_RATE": "0",
    }
    settings = config.load(environment)
    worker.configure(settings)
    assert settings.database_url is not None
    engine = make_engine(settings.database_url)
    migrate.upgrade(engine)
    sink = Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=port, server_hostname="localhost")
    controller.start()
    figures = scenario(settings, sink, make_sessions(engine))
    controller.stop()
    engine.dispose()
    return figures


def is_good(figures: dict[str, Any], kills: int) -> bool:
    """Nothing lost, planned twice or changed; one repeat for each kill at most; no burst; everybody left in peace."""
    nothing = ("lost", "planned_twice", "repeated_under_another_message_id", "repeated_with_another_link")
    return (
        all(figures[name] == 0 for name in nothing)
        and figures["repeated"] <= kills
        and figures.get("most_in_a_second", 0) <= figures.get("rate", 0) + 1
        and set(figures["exit_codes"]) == {0}
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def main() -> int:
    """Print one JSON object; 1 if a scenario lost, changed or hurried anything."""
    random.seed(SEED)
    more = sys.argv[1:] == ["more"]
    scenarios = {"stopped": stop_and_continue, "late": come_back_late} if more else {"killed": kill_many}
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="fairlink-chaos-") as folder:
        server = LocalPostgres(Path(folder) / "postgres", {"max_connections": "200"}).acquire()
        for name, scenario in scenarios.items():
            figures[name] = play(scenario, Path(folder), server.create_database(f"chaos_{name}"))
        server.release()
    print(json.dumps(figures, indent=2))
    return 0 if all(is_good(each, each.get("kills", 0)) for each in figures.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
