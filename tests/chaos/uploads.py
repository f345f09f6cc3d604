"""`make chaos-uploads`: 20 people send a form at two bytes a second while others look at pages.

Every page must still come, at once. Prints the counts as one JSON object; exit status 1 when a page failed or when the
slow ones made pages slower than `SLOWER` times what they took without them.
"""

import json
import socket
import statistics
import sys
import threading
import time

import httpx

from tests.journeys.platform import Platform

SLOW, LOOKS, SLOWER = 20, 100, 10
_HEAD = (
    "POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    "Content-Length: 4000\r\n\r\n"
)


class SlowSender:
    """A browser on a very slow line, which sends its form until it is told to stop."""

    def __init__(self, port: int) -> None:
        self._line = socket.create_connection(("127.0.0.1", port))
        self._line.sendall(_HEAD.encode())
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def _send(self) -> None:
        while not self._stop.wait(0.5):
            try:
                self._line.sendall(b"a")
            except OSError:
                return

    @property
    def is_sending(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        self._stop.set()
        self._line.close()


def look(base: str) -> tuple[int, list[float]]:
    """How many of `LOOKS` pages failed, and the milliseconds of each."""
    failed, took = 0, []
    for _ in range(LOOKS):
        began = time.perf_counter()
        try:
            failed += httpx.get(f"{base}/fairs", timeout=10).status_code != 200
        except httpx.TransportError:
            failed += 1
        took.append((time.perf_counter() - began) * 1000)
    return failed, took


def main() -> int:
    with Platform(worker=False) as platform:
        look(platform.base)
        _, before = look(platform.base)
        senders = [SlowSender(platform.port) for _ in range(SLOW)]
        # Until each of them has a thread of the server, the test tests nothing.
        time.sleep(2)
        failed, during = look(platform.base)
        sending = sum(sender.is_sending for sender in senders)
        for sender in senders:
            sender.stop()
    ratio = statistics.median(during) / statistics.median(before)
    counts = {
        "slow_uploads": sending,
        "pages": LOOKS,
        "failed": failed,
        "median_ms_without": round(statistics.median(before), 1),
        "median_ms_with": round(statistics.median(during), 1),
        "slowest_ms_with": round(max(during), 1),
        "ratio": round(ratio, 1),
    }
    print(json.dumps(counts, indent=1))
    return 0 if failed == 0 and sending == SLOW and ratio < SLOWER else 1


if __name__ == "__main__":
    sys.exit(main())
