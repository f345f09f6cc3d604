"""`make bench-followup`: what workers send beside plain smtplib, and what planning a million leads takes.

Prints one JSON object. LEADS=100000 plans fewer; seconds depend on the machine, the ratios hardly.
"""

import json
import os
import resource
import smtplib
import sys
import tempfile
import time
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from aiosmtpd.controller import Controller
from sqlalchemy.orm import Session, sessionmaker

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import config
from fairlink import migrate, worker
from fairlink.followup import jobs, queries, rules, service
from fairlink.followup.models import Prompt, Wave
from fairlink.followup.states import PromptState
from fairlink.kernel.clock import utcnow
from fairlink.kernel.database import make_engine, make_sessions
from fairlink.kernel.localpg import LocalPostgres
from fairlink.mail.models import MailMessage
from fairlink.mail.states import MailState
from tests.chaos import mail as chaos
from tests.load.leads import fair_with_leads

MAILS = int(os.environ.get("MAILS", "1000"))
CREWS = (1, 2, 4)
LEADS = int(os.environ.get("LEADS", "1000000"))


class Counter:
    """An SMTP server that takes everything and notes when; it keeps one mail as an example."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.example = b""

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 aiosmtpd's name
        self.times.append(time.monotonic())
        self.example = envelope.content
        return "250 ok"


def rate(times: list[float]) -> float:
    """Mails a second after the first quarter: until then workers are still coming."""
    middle = times[len(times) // 4 :]
    return round((len(middle) - 1) / (middle[-1] - middle[0]), 1)


def plain(port: int, example: bytes, counter: Counter) -> float:
    """Mails a second over one connection of smtplib, of a mail like ours."""
    counter.times.clear()
    to = str(message_from_bytes(example, policy=policy.default)["To"])
    with smtplib.SMTP("127.0.0.1", port, "localhost") as connection:
        for _ in range(MAILS):
            connection.sendmail("no-reply@127.0.0.1", [to.rpartition("<")[2].strip(">")], example)
    return rate(counter.times)


def ask(sessions: sessionmaker[Session]) -> float:
    """Messages a second that one process makes of due prompts: found, rendered, stored and put into the queue."""
    chaos.due(sessions, MAILS)
    now = utcnow()
    with sessions() as session:
        while (wave := queries.wave_to_plan(session, now)) is not None:
            service.plan_wave(session, wave, now=now)
            session.commit()
        due = queries.organisations_to_ask(session, now, now - rules.REMIND_AFTER, MAILS)
        started = time.monotonic()
        for side, organisation_id in due:
            jobs.ask(session, now=now, side=side, organisation_id=organisation_id)
            session.commit()
    return round(len(due) / (time.monotonic() - started), 1)


def send(settings: config.Settings, sessions: sessionmaker[Session], workers: int, counter: Counter) -> float:
    """Mails a second that some workers hand to the mail server, each claimed, sent and marked."""
    counter.times.clear()
    with sessions() as session:
        before = session.scalar(_SENT) or 0
    chaos.WORKERS = workers
    crew = chaos.Crew(settings)
    chaos.wait_until_sent(sessions, before + MAILS)
    crew.leave()
    return rate(counter.times)


_SENT = sa.select(sa.func.count(MailMessage.id)).where(MailMessage.state == MailState.SENT)


def measured(session: Session, leads: int) -> dict[str, Any]:
    """Seconds and memory of planning `leads` prompts, and of a tick while as many are not due."""
    now = utcnow()
    first = fair_with_leads(session, leads, min(leads, 5000), now=now, due_at=now - timedelta(minutes=1))
    waves = sa.select(sa.func.count()).select_from(Wave).where(Wave.fair_id == first.fair_id, Wave.planned_at.is_(None))
    memory = _memory()
    started = time.monotonic()
    ticks = 0
    jobs.BATCH = 0  # planning alone: nobody is asked here
    while session.scalar(waves):
        jobs.tick(session, now=now)
        ticks += 1
    planning = time.monotonic() - started
    planned = sa.select(sa.func.count()).where(Prompt.state == PromptState.PLANNED)
    prompts = session.scalar(planned) or 0
    session.execute(
        sa.update(Prompt).where(Prompt.state == PromptState.PLANNED).values(due_at=now + timedelta(days=30))
    )
    session.commit()
    session.connection(execution_options={"isolation_level": "AUTOCOMMIT"}).execute(sa.text("VACUUM ANALYZE prompt"))
    session.commit()
    jobs.BATCH = 2000
    started = time.monotonic()
    jobs.tick(session, now=now)
    return {
        "leads": leads,
        "prompts": prompts,
        "planning_seconds": round(planning, 1),
        "planning_ticks": ticks,
        "tick_with_none_due_seconds": round(time.monotonic() - started, 3),
        "memory_growth_mb": round(_memory() - memory, 1),
    }


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Print the figures."""
    figures: dict[str, Any] = {"mails": MAILS}
    with tempfile.TemporaryDirectory(prefix="fairlink-bench-") as folder:
        port, counter = chaos.free_port(), Counter()
        server = LocalPostgres(Path(folder) / "postgres", {"max_connections": "200"}).acquire()
        environment = {
            "FAIRLINK_ENV": "test",
            "DATABASE_URL": server.create_database("bench"),
            "SMTP_URL": f"smtp://127.0.0.1:{port}",
            "FAIRLINK_VAR": folder,
            "FAIRLINK_MAIL_RATE": "0",
        }
        settings = config.load(environment)
        worker.configure(settings)
        assert settings.database_url is not None
        engine = make_engine(settings.database_url)
        migrate.upgrade(engine)
        sessions = make_sessions(engine)
        controller = Controller(counter, hostname="127.0.0.1", port=port, server_hostname="localhost")
        controller.start()
        per_second = {}
        for workers in CREWS:
            figures["asking_per_second"] = ask(sessions)
            per_second[workers] = send(settings, sessions, workers, counter)
        figures["plain_smtplib_per_second"] = alone = plain(port, counter.example, counter)
        controller.stop()
        figures["workers"] = {
            str(workers): {"per_second": speed, "ratio_to_smtplib": round(speed / alone, 2)}
            for workers, speed in per_second.items()
        }
        with sessions() as session:
            figures["planning"] = measured(session, LEADS)
        engine.dispose()
        server.release()
    print(json.dumps(figures, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
