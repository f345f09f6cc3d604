"""One task in, one result out, as JSON, within bounds that hold whatever the libraries do."""

import contextlib
import json
import math
import resource
import sys
import warnings
from collections.abc import Callable
from typing import Any


def run(work: Callable[[dict[str, Any]], Any]) -> None:
    """Read a task from standard input and write what `work` makes of it to standard output."""
    task = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_AS, (task["memory_bytes"],) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(task["seconds"]),) * 2)
    # What the libraries say, and print, to their programmer; what matters of it is in the checks.
    warnings.simplefilter("ignore")
    with contextlib.redirect_stdout(sys.stderr):
        result = work(task)
    json.dump(_finite(result), sys.stdout, allow_nan=False)


def _finite(value: Any) -> Any:
    """JSON knows no NaN."""
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
