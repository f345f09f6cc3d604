"""The statistics libraries, used in a process of their own that is bounded in time and memory."""

import json
import os
import subprocess
import sys
import tempfile
from typing import Any

from fairlink.kernel.errors import DomainError

SECONDS = 120
MEMORY_BYTES = 3 * 1024**3

#: What works off each kind of task. Nothing here imports them.
_PROGRAMS = {
    "evaluate": "fairlink.monitoring.rules.estimation.designs",
    "describe": "fairlink.monitoring.rules.estimation.uncertainty",
}


class EstimationFailed(DomainError):
    """The process came to no result: too long, too large, or a fault in it."""


def estimate(kind: str, *, seconds: float = SECONDS, memory_bytes: int = MEMORY_BYTES, **task: Any) -> Any:
    """The result of one estimation task: ``evaluate`` with `design` and `rows`, or ``describe`` with `scopes`.

    Raises EstimationFailed when the process does not come to a result within `seconds` and `memory_bytes`.
    """
    request = {"seconds": seconds, "memory_bytes": memory_bytes, **task}
    with tempfile.TemporaryDirectory(prefix="estimation-") as folder:
        # Nothing of the platform's environment, secrets least of all; one thread, so that the bounds hold.
        environment = {
            "PATH": os.defpath,
            "HOME": folder,
            "MPLCONFIGDIR": folder,
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
        }
        try:
            done = subprocess.run(  # noqa: S603  # our own program, with no word of anybody's in the command
                [sys.executable, "-I", "-m", _PROGRAMS[kind]],
                input=json.dumps(request),
                capture_output=True,
                text=True,
                timeout=seconds,
                env=environment,
                cwd=folder,
                check=True,
            )
            return json.loads(done.stdout)
        except (subprocess.SubprocessError, ValueError) as error:
            raise EstimationFailed("estimation_failed") from error
