"""Lines of log: JSON in production, request id bound, no personal data."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from fairlink.kernel import logs


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


def test_production_writes_one_json_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(production=True)
    structlog.contextvars.bind_contextvars(request_id="abc")
    structlog.get_logger().info("mail_sent", mail_id=7, email="ada@firm.example")
    logging.getLogger("some.library").warning("of %s", "theirs")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    for line in lines:
        assert line.pop("timestamp").endswith("Z")
    assert lines == [
        {"event": "mail_sent", "level": "info", "mail_id": 7, "email": "(left out)", "request_id": "abc"},
        {"event": "of theirs", "level": "warning", "request_id": "abc"},
    ]


@pytest.mark.parametrize("production", [True, False])
def test_a_traceback_shows_no_values(capsys: pytest.CaptureFixture[str], production: bool) -> None:
    logs.configure(production=production)
    try:
        secret = "pass" + "word-of-ada"
        raise ValueError(len(secret))
    except ValueError:
        structlog.get_logger().exception("job_failed")
    said = capsys.readouterr().err
    assert "ValueError: 15" in said
    assert "password-of-ada" not in said


def test_what_is_below_the_level_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(production=True, level=logging.WARNING)
    structlog.get_logger().info("chatter")
    logging.getLogger("some.library").info("chatter")
    assert capsys.readouterr().err == ""
