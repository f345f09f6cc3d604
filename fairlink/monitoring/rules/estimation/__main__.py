"""One task in, one result out: ``python -m fairlink.monitoring.rules.estimation`` reads and writes JSON."""

import contextlib
import json
import math
import resource
import sys
import warnings
from collections.abc import Callable
from typing import Any

from fairlink.monitoring.rules.estimation.designs import evaluate

#: What can be asked for.
KINDS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "evaluate": lambda task: evaluate(task["design"], task["rows"]),
}


def main() -> None:
    """Work off the task on standard input; its own bounds hold whatever the libraries do."""
    task = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_AS, (task["memory_bytes"],) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(task["seconds"]),) * 2)
    # What the libraries say, and print, to their programmer; what matters of it is in the checks.
    warnings.simplefilter("ignore")
    with contextlib.redirect_stdout(sys.stderr):
        result = KINDS[task["kind"]](task)
    json.dump(_finite(result), sys.stdout, allow_nan=False)


def _finite(value: Any) -> Any:
    """JSON knows no NaN."""
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


if __name__ == "__main__":
    main()
