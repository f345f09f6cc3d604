"""Why a requested meeting is not in a finished agenda."""

from fairlink.visits.rules import impossible
from fairlink.visits.rules.board import Board
from fairlink.visits.rules.grid import Grid, Slots
from fairlink.visits.rules.problem import Reason, Unscheduled


def unscheduled(grid: Grid, slots: Slots) -> tuple[Unscheduled, ...]:
    """A reason for every meeting that `slots` leaves out, by what stands in its way in this agenda."""
    out = [k for k, t in enumerate(slots) if t is None]
    if not out:
        return ()
    board = Board(grid)
    board.load(slots)
    return tuple(Unscheduled(grid.problem.meetings[k].id, _why(grid, board, k)) for k in out)


def _why(grid: Grid, board: Board, k: int) -> Reason:
    ids = grid.ids([k])
    alone = impossible.alone(grid, k)
    if alone is not None:
        return alone
    for p in (grid.a[k], grid.b[k]):
        if board.busy[p].bit_count() >= board.high[p]:
            return Reason("left_maximum", {"name": grid.label(p), "maximum": board.high[p]}, ids)
    common = [t for t in grid.domains[k] if board.at[grid.a[k]][t] < 0 and board.at[grid.b[k]][t] < 0]
    if not common:
        return Reason("left_no_slot", grid.pair(k), ids)
    roomy = [t for t in common if board.free(k, t)]
    if not roomy:
        return Reason("left_no_room", {**grid.pair(k), "place": grid.problem.places[grid.place[k]].id}, ids)
    if not any(board.in_order(k, t) for t in roomy):
        return Reason("left_order", grid.pair(k), ids)
    return Reason("left_worse", grid.pair(k), ids)
