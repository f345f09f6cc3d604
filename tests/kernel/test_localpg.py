"""The embedded PostgreSQL under several processes and kill -9."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from fairlink.kernel.localpg import LocalPostgres, LocalPostgresError, provided

pytestmark = pytest.mark.load

ROOT = Path(__file__).resolve().parents[2]

#: Uses the server until its standard input closes.
USER = """
import sys
from pathlib import Path
from fairlink.kernel.localpg import LocalPostgres
server = LocalPostgres(Path(sys.argv[1]), {"fsync": "off"}).acquire()
server.create_database("shared")
print("ready", flush=True)
sys.stdin.readline()
server.release()
"""


class Users:
    """Processes that use the server in `data`."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.running: list[subprocess.Popen[str]] = []

    def start(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", USER, str(self.data)]
        user = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.running.append(user)
        return user

    @staticmethod
    def wait_ready(user: subprocess.Popen[str]) -> None:
        assert user.stdout is not None
        assert user.stdout.readline() == "ready\n"

    def leave(self, user: subprocess.Popen[str]) -> None:
        assert user.communicate("\n", timeout=30)[0] == ""
        assert user.returncode == 0
        self.running.remove(user)

    def kill(self, user: subprocess.Popen[str]) -> None:
        user.kill()
        user.communicate()
        self.running.remove(user)


@pytest.fixture
def users(tmp_path: Path) -> Iterator[Users]:
    users = Users(tmp_path / "pg")
    yield users
    for user in list(users.running):
        users.kill(user)
    # Whoever was killed could not stop the server: the next to leave does.
    LocalPostgres(users.data).acquire().release()


def postmaster(data: Path) -> int | None:
    file = data / "postmaster.pid"
    return int(file.read_text().split()[0]) if file.exists() else None


def test_processes_that_start_at_once_share_one_server_and_the_last_one_stops_it(users: Users) -> None:
    first, second, third = (users.start() for _ in range(3))
    for user in (first, second, third):
        users.wait_ready(user)
    server = postmaster(users.data)
    users.kill(first)
    users.leave(second)
    assert postmaster(users.data) == server
    users.leave(third)
    assert postmaster(users.data) is None


def test_killed_users_leave_the_server_to_the_next(users: Users) -> None:
    only = users.start()
    users.wait_ready(only)
    server = postmaster(users.data)
    users.kill(only)
    assert postmaster(users.data) == server
    following = users.start()
    users.wait_ready(following)
    assert postmaster(users.data) == server
    users.leave(following)
    assert postmaster(users.data) is None


def test_a_killed_postmaster_is_replaced_without_loss_of_data(users: Users) -> None:
    first = users.start()
    users.wait_ready(first)
    url = LocalPostgres(users.data).url("shared").replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE thing AS SELECT generate_series(1, 1000)")
        connection.execute("CHECKPOINT")
    server = postmaster(users.data)
    assert server is not None
    os.kill(server, signal.SIGKILL)
    # As in a container that was started anew: the old pid is now somebody else's.
    pid_file = users.data / "postmaster.pid"
    pid_file.write_text(pid_file.read_text().replace(str(server), str(os.getpid()), 1))
    second = users.start()
    users.wait_ready(second)
    assert postmaster(users.data) not in (server, os.getpid())
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM thing").fetchone() == (1000,)


def test_an_initialisation_that_was_killed_is_repeated(tmp_path: Path) -> None:
    data = tmp_path / "pg"
    (data / "base").mkdir(parents=True)
    (data / "postgresql.conf").write_text("half a fi")
    server = LocalPostgres(data, {"fsync": "off"}).acquire()
    try:
        with psycopg.connect(server.url("postgres").replace("+psycopg", "")) as connection:
            assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
    finally:
        server.release()


def test_only_the_servers_user_reaches_the_socket(tmp_path: Path) -> None:
    server = LocalPostgres(tmp_path / "pg", {"fsync": "off"}).acquire()
    try:
        assert server.socket_dir.stat().st_mode & 0o077 == 0
        assert (tmp_path / "pg").stat().st_mode & 0o077 == 0
    finally:
        server.release()


def test_a_long_path_still_gets_a_socket_that_fits(tmp_path: Path) -> None:
    socket_dir = LocalPostgres(tmp_path / ("long" * 30) / "pg").socket_dir
    assert len(str(socket_dir / ".s.PGSQL.5432")) <= 107


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    server = LocalPostgres(tmp_path / "pg")
    server.socket_dir.symlink_to(tmp_path)
    with pytest.raises(LocalPostgresError, match="belongs to somebody else"):
        server.acquire()


def test_a_given_url_starts_no_server(tmp_path: Path) -> None:
    with provided("postgresql+psycopg://elsewhere/db", tmp_path / "pg") as url:
        assert url == "postgresql+psycopg://elsewhere/db"
    assert not (tmp_path / "pg").exists()
