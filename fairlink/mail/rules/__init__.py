"""Pure decisions about mail: when it is tried again, and what a report about it says."""

from fairlink.mail.rules.reports import Report, read_report, sign, signed
from fairlink.mail.rules.retries import CLAIM_LEASE, JOB_GRACE, KEEP_WORDS, PAUSES, pause_after

__all__ = [
    "CLAIM_LEASE",
    "JOB_GRACE",
    "KEEP_WORDS",
    "PAUSES",
    "Report",
    "pause_after",
    "read_report",
    "sign",
    "signed",
]
