"""Structured logs: one JSON object a line in production, coloured lines in development. No personal data in them."""

import logging
import sys

import structlog
from structlog.typing import EventDict, WrappedLogger

#: Libraries that tell a story at INFO that nobody needs, or that would repeat what people typed.
_QUIET = (
    "procrastinate", "apscheduler", "alembic", "aiosmtpd", "mail.log", "psycopg", "asyncio", "fontTools", "stripe",
)  # fmt: skip

#: Values under these names are left out. Tracebacks come without local variables for the same reason.
_FORBIDDEN = frozenset({"email", "to", "name", "password", "token", "phone", "subject"})


class _Stderr(logging.Handler):
    """Writes to whatever stderr is at that moment, so that it may be replaced or captured."""

    def emit(self, record: logging.LogRecord) -> None:
        print(self.format(record), file=sys.stderr, flush=True)  # noqa: T201 this is where logs go


def configure(*, production: bool, level: int = logging.INFO) -> None:
    """Send structlog and the standard library's logging to stderr in one form; may be called again."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        _without_personal_data,
        structlog.processors.TimeStamper(fmt="iso" if production else "%H:%M:%S", utc=production),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
    last: list[structlog.typing.Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if production:
        last += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(sort_keys=True)]
    else:
        colours = sys.stderr.isatty()
        plain = structlog.dev.plain_traceback
        last += [structlog.dev.ConsoleRenderer(colors=colours, pad_event_to=0, exception_formatter=plain)]
    handler = _Stderr()
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=last))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _without_personal_data(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The last line of defence: what was logged by mistake under a telling name is left out."""
    for key in _FORBIDDEN & event.keys():
        event[key] = "(left out)"
    return event
