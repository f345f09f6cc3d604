"""One solver run in a thread of its own, so that the caller can watch the clock, search too, and stop it."""

import threading
import time
from collections.abc import Callable

from ortools.sat.python import cp_model

from fairlink.visits.rules.grid import Slots
from fairlink.visits.rules.model import AgendaModel, Linear

#: Proving the least sum of small penalties: raise the bound core by core. What was tried and why this is what is left
#: (no presolve, no linear relaxation, cores as they come, one worker) is in docs/agenda.md.
PROVE = (
    "num_workers:1 optimize_with_core:true linearization_level:0 cp_model_presolve:false "
    "core_minimization_level:0 restart_algorithms:LUBY_RESTART"
)
#: The same with other habits, slower as a rule and faster just where the first has no luck.
PROVE_ANOTHER_WAY = "num_workers:1 optimize_with_core:true linearization_level:0 random_seed:7"
#: Seating as many as fit: the linear relaxation is strong here, so the solver's own mixture.
SEARCH = "num_workers:2"
#: Fewer gaps where not everything is mandatory: one worker proves, the other improves what is there.
IMPROVE = 'num_workers:2 subsolvers:"core" subsolvers:"no_lp"'


class Run(threading.Thread):
    """Minimise `objective` over `model` until `deadline` (of time.monotonic).

    `slots` and `value` are the best agenda so far and its objective, `bound` what is proven; `status` is the solver's
    final word, None while it runs. The callbacks of the solver only store, they call nobody.
    """

    def __init__(self, model: AgendaModel, objective: Linear, deadline: float, parameters: str, floor: int = 0) -> None:
        super().__init__(daemon=True)
        self.model = model
        self.slots: Slots | None = None
        self.value: int | None = None
        self.bound = floor
        self.status: cp_model.CpSolverStatus | None = None
        self.found_at: float | None = None
        self._objective = objective
        self._deadline = deadline
        self._solver = cp_model.CpSolver()
        if not self._solver.parameters.merge_text_format(parameters):
            raise ValueError(f"not solver parameters: {parameters}")

    def run(self) -> None:
        """Solve; what is raised in here would be lost, so the status says it: None never changes."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            self.status = cp_model.UNKNOWN
            return
        self._solver.parameters.max_time_in_seconds = left
        if not isinstance(self._objective, int):
            self.model.cp.minimize(self._objective)
            self._solver.best_bound_callback = self._note_bound
        status = self._solver.solve(self.model.cp, _Keeper(self))
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) and self.slots is None:
            self.keep(self.model.slots(self._solver), self._solver.objective_value)
        if status == cp_model.OPTIMAL and self.value is not None:
            self.bound = self.value
        self.status = status

    def keep(self, slots: Slots, value: float) -> None:
        self.value = self._objective if isinstance(self._objective, int) else round(value)
        self.slots = slots
        if self.found_at is None:
            self.found_at = time.monotonic()

    def watch(self, look: Callable[[], bool], pause: float = 0.25) -> None:
        """Wait for the end, calling `look` in the caller's own thread now and then; stop when it says False."""
        self.start()
        self.join(pause)
        while self.is_alive():
            if not look():
                self.stop()
            self.join(pause)

    def stop(self) -> None:
        self._solver.stop_search()

    @property
    def optimal(self) -> bool:
        return self.status == cp_model.OPTIMAL

    @property
    def infeasible(self) -> bool:
        return self.status == cp_model.INFEASIBLE

    def _note_bound(self, bound: float) -> None:
        self.bound = max(self.bound, round(bound))


class _Keeper(cp_model.CpSolverSolutionCallback):
    def __init__(self, run: Run) -> None:
        super().__init__()
        self._run = run

    def on_solution_callback(self) -> None:
        self._run.keep(self._run.model.slots(self), self.objective_value)
