"""When a mail that was not taken is tried again, and when it is given up."""

from datetime import timedelta

#: Pauses after the first, second, ... attempt that failed for a while: two and a half days in all.
PAUSES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=20),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=8),
    timedelta(hours=24),
    timedelta(hours=24),
)

#: A worker needs milliseconds between claiming a mail and locking it for sending; a claim that is older and not locked
#: is that of a worker that died.
CLAIM_LEASE = timedelta(seconds=20)

#: A waiting mail has a job of its own; one that is overdue for longer has lost it, to a restored backup for example.
JOB_GRACE = timedelta(minutes=10)

#: The words of a mail are personal data and not needed for longer.
KEEP_WORDS = timedelta(days=30)


def pause_after(attempts: int) -> timedelta | None:
    """How long to wait after `attempts` failed attempts; None to give up. 1 -> one minute, 9 -> None."""
    return PAUSES[attempts - 1] if attempts <= len(PAUSES) else None
