"""`make run`: everything starts, answers and stops together."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import config
from fairlink.dev import supervisor

pytestmark = pytest.mark.network

RUN = """
import sys
import config
from fairlink.dev import supervisor
accounts = [("ada@firm.example", "firm: owner")]
sys.exit(supervisor.main(config.load(), load_demo=lambda session, now: True, accounts=accounts, password="pass-word"))
"""


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [probe.getsockname()[1] for probe in probes]


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def descendants(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children] + [last for child in children for last in descendants(int(child))]


class House:
    """A running supervisor on ports of its own."""

    def __init__(self, database_url: str, var: Path) -> None:
        self.port, self.mail_port = free_ports(2)
        environment = os.environ | {
            "FAIRLINK_ENV": "development",
            "FAIRLINK_MAILBOX": "1",
            "FAIRLINK_VAR": str(var),
            "DATABASE_URL": database_url,
            "PORT": str(self.port),
            "SMTP_URL": f"smtp://127.0.0.1:{self.mail_port}",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUN],
            cwd=config.ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def read_until(self, words: str) -> str:
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if words in line:
                return "".join(lines)
        raise AssertionError("".join(lines))

    def get(self, path: str) -> tuple[int, str]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()


@pytest.fixture
def house(postgres_url: Callable[[str], str], tmp_path: Path) -> Iterator[House]:
    house = House(postgres_url("dev"), tmp_path)
    yield house
    if house.process.poll() is None:
        house.process.kill()
    house.process.communicate()


@pytest.mark.journey
def test_everything_starts_answers_and_stops_with_one_ctrl_c(house: House) -> None:
    said = house.read_until("Ctrl-C stops everything.")
    assert f"FairLink runs at http://127.0.0.1:{house.port}" in said
    assert "ada@firm.example  firm: owner" in said
    assert house.get("/readyz")[0] == 200
    assert "No mail yet." in house.get("/dev/mailbox")[1]
    children = descendants(house.process.pid)
    assert len(children) >= 5
    house.process.send_signal(signal.SIGINT)
    rest, _ = house.process.communicate(timeout=30)
    assert (house.process.returncode, "killed" in rest) == (0, False)
    assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []
    assert (is_free(house.port), is_free(house.mail_port)) == (True, True)


@pytest.mark.journey
def test_a_supervisor_that_is_killed_leaves_nobody_behind(house: House) -> None:
    house.read_until("Ctrl-C stops everything.")
    children = descendants(house.process.pid)
    house.process.kill()
    limit = time.monotonic() + 20
    while time.monotonic() < limit and not (is_free(house.port) and is_free(house.mail_port)):
        time.sleep(0.1)
    while time.monotonic() < limit and any(Path(f"/proc/{pid}/exe").exists() for pid in children):
        time.sleep(0.1)
    assert [pid for pid in children if Path(f"/proc/{pid}/exe").exists()] == []


def test_a_port_that_is_taken_is_named(
    settings: config.Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        code = supervisor.main(settings, load_demo=lambda session, now: False, accounts=[], password="")
    assert code == 1
    assert f"Port {port} for the web server cannot be used (Address already in use)" in capsys.readouterr().err


def test_a_child_that_ends_by_itself_is_named_and_the_others_are_stopped(capfd: pytest.CaptureFixture[str]) -> None:
    with supervisor._Children() as children:
        children.start("mail", ["sleep", "100"], dict(os.environ))
        children.start("worker", ["sh", "-c", "echo one; printf two; exit 3"], dict(os.environ))
        sleeper = children._running["mail"]
        while children.all_alive():
            children.pump(0.05)
    assert sleeper.returncode == -signal.SIGTERM
    written = capfd.readouterr()
    assert [line for line in written.out.splitlines() if "worker" in line] == ["worker | one", "worker | two"]
    assert written.err == "worker ended by itself (exit code 3): stopping.\n"
