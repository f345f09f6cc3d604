"""A mail server for development: takes every mail and leaves it as a file in a folder."""

import os
import secrets
import signal
import sys
import time
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller


class Sink:
    """An aiosmtpd handler that writes each mail to ``<folder>/<time>-<random>.eml``; names sort by arrival."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 aiosmtpd's name
        """Store the mail; only a stored one is acknowledged."""
        name = f"{time.time_ns():019d}-{secrets.token_hex(4)}"
        # Renamed when it is whole: the mailbox must not read half a mail.
        part = self._folder / f"{name}.part"
        part.write_bytes(envelope.original_content)
        os.replace(part, self._folder / f"{name}.eml")
        return "250 stored"


def controller(folder: Path, port: int) -> Controller:
    """A sink on the loopback interface, to be started and stopped; it runs in a thread of its own."""
    return Controller(Sink(folder), hostname="127.0.0.1", port=port, server_hostname="localhost", ready_timeout=10)


def main(folder: Path, port: int) -> None:
    """Receive until SIGTERM or SIGINT."""
    # Blocked before the thread starts, so that it inherits that and the signal waits for sigwait.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    receiver = controller(folder, port)
    receiver.start()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    receiver.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
