"""How Stripe's API is spoken to: its form encoding, its errors, idempotency keys, and what goes wrong on the way."""

import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from flask import Response, abort, g, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict


def nested(form: MultiDict[str, str]) -> Any:
    """Stripe's form encoding read back: `a[0][b]=c` -> {"a": [{"b": "c"}]}."""
    out: dict[str, Any] = {}
    for key, value in form.items(multi=True):
        *parents, last = re.findall(r"[^\[\]]+", key)
        node = out
        for name in parents:
            node = node.setdefault(name, {})
        node[last] = value
    return _lists(out)


def _lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    read = {key: _lists(value) for key, value in node.items()}
    numbered = read and all(key.isdigit() for key in read)
    return [read[key] for key in sorted(read, key=int)] if numbered else read


class Refused(Exception):
    """An answer of Stripe's that is an error."""

    def __init__(self, status: int, kind: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": kind, "message": message, **more}}


class Wire:
    """Requests that change something: each is done once for its key. `faults` are what goes wrong with them, in order:

    ``500 before`` and ``500 after`` the work is done, ``lost`` (done, but the connection ends without an answer),
    ``slow`` (done, but answered after `pause` seconds), ``refused`` (the connection ends before the work), "" for
    nothing.
    """

    pause = 0.0

    def __init__(self) -> None:
        self.requests: list[tuple[str, Any, str | None]] = []
        self.faults: Iterator[str] = iter(())
        self._answers: dict[tuple[str, str], tuple[Any, int, Any]] = {}
        self._lock = threading.RLock()

    def once(self, work: Callable[[Any], dict[str, Any]]) -> ResponseReturnValue:
        """Do the work of a POST once for its idempotency key, with the next fault."""
        parameters, key = nested(request.form), request.headers.get("Idempotency-Key")
        asked = (request.path, parameters)
        with self._lock:
            self.requests.append((request.path, parameters, key))
            once = g.account, key or ""
            if once in self._answers:
                first, status, body = self._answers[once]
                if first != asked:
                    raise Refused(400, "idempotency_error", "Keys can only be used with the same parameters.")
                return jsonify(body), status, {"Idempotent-Replayed": "true"}
            fault = next(self.faults, "")
            if fault == "refused":
                self._hang_up()
            try:
                if fault == "500 before":
                    raise Refused(500, "api_error", "An error occurred.")
                body, status = work(parameters), 200
                if fault == "500 after":
                    raise Refused(500, "api_error", "An error occurred.")
            except Refused as refusal:
                body, status = refusal.body, refusal.status
            if key:
                self._answers[once] = asked, status, body
        if fault == "slow":
            time.sleep(self.pause)
        if fault == "lost":
            self._hang_up()
        return jsonify(body), status

    @staticmethod
    def _hang_up() -> None:
        """End the connection without an answer."""
        request.environ["werkzeug.socket"].shutdown(2)
        abort(Response(status=500))


def faults(chance: float, seed: int) -> Iterator[str]:
    """Endless faults at random: each request fails in one of the five ways with this chance."""
    dice = random.Random(seed)
    while True:
        yield dice.choice(("500 before", "500 after", "lost", "slow", "refused")) if dice.random() < chance else ""
