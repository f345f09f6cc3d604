"""Proving the least gaps where all meetings are mandatory: a solver run, and a rival if that takes long."""

import time

from fairlink.visits.rules.grid import Grid, Slots
from fairlink.visits.rules.model import AgendaModel
from fairlink.visits.rules.run import PROVE, PROVE_ANOTHER_WAY, Run


class Proof:
    """Runs that race: the time of one varies by a factor of ten with its luck, so the sooner of two saves much."""

    def __init__(self, grid: Grid, deadline: float) -> None:
        self._grid = grid
        self._deadline = deadline
        self._runs: list[Run] = []
        self._enter(PROVE)

    def _enter(self, parameters: str) -> None:
        model = AgendaModel(self._grid)
        model.be_fair()
        run = Run(model, sum(model.gaps), self._deadline, parameters)
        self._runs.append(run)
        run.start()

    def add_rival(self) -> None:
        self._enter(PROVE_ANOTHER_WAY)

    def drop_rival(self) -> None:
        """Leave the race to the first run, to free its core for something else."""
        for run in self._runs[1:]:
            run.stop()

    @property
    def decided(self) -> bool:
        """Has one of the runs proven an agenda best, or that there is none?"""
        return any(run.optimal or run.infeasible for run in self._runs)

    @property
    def going(self) -> bool:
        return not self.decided and any(run.is_alive() for run in self._runs)

    @property
    def infeasible(self) -> bool:
        return any(run.infeasible for run in self._runs)

    @property
    def bound(self) -> int:
        return max(run.bound for run in self._runs)

    @property
    def slots(self) -> Slots | None:
        """The best agenda of all runs."""
        found = [run.slots for run in self._runs if run.slots is not None]
        return min(found, key=lambda slots: sum(self._grid.gaps(slots)), default=None)

    def wait(self, until: float) -> None:
        """Wait until the race is decided, or until that moment (of time.monotonic)."""
        while self.going and (left := until - time.monotonic()) > 0:
            for run in self._runs:
                run.join(min(left, 0.05 if len(self._runs) > 1 else left))

    def stop(self) -> None:
        """End the runs that are still going, and wait until they have."""
        for run in self._runs:
            # Again and again: a run that has only just begun does not hear it the first time.
            while run.is_alive():
                run.stop()
                run.join(0.05)
