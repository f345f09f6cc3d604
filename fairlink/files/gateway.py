"""The storage folder, and the virus scanner clamd if there is one."""

import os
import re
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: Seconds that clamd may take for one answer.
PATIENCE = 20.0
CHUNK = 64 * 1024

_KEY = re.compile(r"[0-9a-f]{32}", re.ASCII)


class ScannerAway(Exception):
    """clamd cannot be reached or does not understand us."""


@dataclass(slots=True)
class _Outside:
    folder: Path | None = None
    clamd: str = ""


_outside = _Outside()


def configure(*, folder: Path, clamd: str) -> None:
    """Say once for each process where files lie and where clamd listens (empty: nowhere)."""
    _outside.folder, _outside.clamd = folder, clamd


def write(key: str, content: bytes) -> None:
    """Put `content` on the disk under a new `key`, readable for this user alone, whole or not at all."""
    path = _path(key)
    # One by one: the mode of `mkdir` is not that of the parents it makes.
    for folder in (path.parent.parent, path.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    started = path.with_suffix(".part")
    descriptor = os.open(started, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    started.replace(path)


def read(key: str) -> bytes:
    """What lies under `key`. Raises FileNotFoundError."""
    return _path(key).read_bytes()


def delete(key: str) -> None:
    """Take the file away, if it is there."""
    _path(key).unlink(missing_ok=True)


def keys_before(instant: float) -> Iterator[str]:
    """The keys of all files last written before `instant` (seconds since 1970)."""
    assert _outside.folder is not None
    for path in _outside.folder.glob("??/*"):
        if _KEY.fullmatch(path.name) and path.stat().st_mtime < instant:
            yield path.name


def _path(key: str) -> Path:
    """Where `key` lies: a folder for its first two signs, so that none grows too large."""
    assert _outside.folder is not None, "files.gateway.configure was not called"
    if not _KEY.fullmatch(key):
        raise ValueError(f"not a key: {key!r}")
    return _outside.folder / key[:2] / key


def has_virus(content: bytes) -> bool:
    """Whether clamd finds something in `content`; False without a clamd. Raises ScannerAway."""
    if not _outside.clamd:
        return False
    answer = _ask(_outside.clamd, b"zINSTREAM\0", content)
    if answer.endswith(b"FOUND"):
        return True
    if answer.endswith(b"OK"):
        return False
    raise ScannerAway(answer.decode(errors="replace"))


def ping(clamd: str) -> None:
    """Ask the clamd at the address `clamd` whether it is there. Raises ScannerAway."""
    if (answer := _ask(clamd, b"zPING\0")) != b"PONG":
        raise ScannerAway(answer.decode(errors="replace"))


def _ask(clamd: str, command: bytes, content: bytes | None = None) -> bytes:
    """One command in clamd's own protocol: `content` goes in chunks, each after its length, the last one empty."""
    try:
        with _connect(clamd) as connection:
            connection.sendall(command)
            if content is not None:
                for start in range(0, len(content), CHUNK):
                    part = content[start : start + CHUNK]
                    connection.sendall(struct.pack(">I", len(part)) + part)
                connection.sendall(struct.pack(">I", 0))
            with connection.makefile("rb") as answer:
                return answer.read(4096).rstrip(b"\0\n")
    except OSError as error:
        raise ScannerAway(str(error)) from error


def _connect(clamd: str) -> socket.socket:
    if not clamd.startswith("/"):
        host, _colon, port = clamd.rpartition(":")
        return socket.create_connection((host, int(port)), timeout=PATIENCE)
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(PATIENCE)
        connection.connect(clamd)
    except OSError:
        connection.close()
        raise
    return connection
