"""The agenda's optimiser against published instances, an earlier prototype, and first come, first served.

Run it with ``make bench-agenda`` (the instances), ``make bench-agenda-variants`` (instances made from them) and ``make
bench-agenda-large`` (two large fairs).
"""

import argparse
import importlib.util
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from fairlink.visits.rules import b2b
from fairlink.visits.rules.agenda import solve
from fairlink.visits.rules.checker import faults, gaps
from fairlink.visits.rules.grid import read
from fairlink.visits.rules.problem import Meeting, Participant, Place, Problem, Progress, Solution
from fairlink.visits.rules.search import Search

SHARED = Path(__file__).resolve().parents[3] / "shared"
#: Optimal gaps at fairness 2, None for an unsatisfiable one: Bofill et al., 'Constraint Solving Approaches to the
#: Business-to-Business Meeting Scheduling Problem', JAIR 74 (2022), and the authors' site.
PUBLISHED: dict[str, int | None] = {
    "forum-13.original": 0,
    "forum-13.fixed020-Forb": 20,
    "forum-13.forb0003": 0,
    "forum-13.prec15": 0,
    "forum-13.prec25": None,
    "forum-13crafb.original": 6,
    "forum-13crafc.original": 1,
    "forumt-14.original": 5,
    "forumt-14.fixed020-Forb": 7,
    "forumt-14.forb0003": 0,
    "forumt-14.prec15": 5,
    "forumt-14.prec25": 5,
    "forumt-14crafd.original": 4,
    "tic-12.original": 0,
    "tic-12.fixed020-Forb": 1,
    "tic-12.forb0003": None,
    "tic-12.prec15": 0,
    "tic-12.prec25": 0,
    "tic-13.original": 0,
    "tic-13.fixed020-Forb": 2,
    "tic-13.prec15": 0,
    "tic-13.prec25": 0,
    "tic-13crafb.original": 0,
    "tic-14crafa.original": 0,
    "ticf-13crafa.original": 0,
    "ticf-13crafc.original": 1,
    "ticf-14crafa.original": 0,
}


@dataclass
class Clock:
    """Seconds on the wall and of this process's threads together."""

    wall: float = 0.0
    work: float = 0.0

    def time(self, act: Callable[[], Any]) -> tuple[Any, "Clock"]:
        """What `act` returns and what it took; the total is kept."""
        wall, work = time.monotonic(), time.process_time()
        result = act()
        took = Clock(time.monotonic() - wall, time.process_time() - work)
        self.wall, self.work = self.wall + took.wall, self.work + took.work
        return result, took

    def __str__(self) -> str:
        return f"{self.wall:8.2f} {self.work:8.2f}"


def say(text: str) -> None:
    """Print at once, also into a file."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def prototype(path: Path) -> Callable[[Path, float], Any]:
    """The earlier prototype's solver: from a file and a time limit to its result."""
    spec = importlib.util.spec_from_file_location("prototype", path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{path}: not a Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def run(instance: Path, seconds: float) -> Any:
        return module.minimise_breaks(module.load(instance), seconds=seconds)

    return run


def answer(file: Path, seconds: float) -> Solution:
    """Read and solve one instance, as the command does."""
    return solve(b2b.load(file), seconds)


def instances(files: list[Path], seconds: float, other: Callable[[Path, float], Any] | None) -> bool:
    """Solve every instance, in alternation with the prototype; is each as published, and are the two agreed?

    Whatever has not been published needs no proof, but the two may not contradict each other.
    """
    ours, theirs, right, proven, agreed = Clock(), Clock(), True, 0, 0
    say("seconds: on the wall, and of all threads together")
    say(
        f"{'instance':28} {'meetings':>8} {'gaps':>5} {'known':>5} {'status':10} {'wall':>8} {'threads':>8}   prototype"
    )
    for file in files:
        problem = b2b.load(file)
        solution, took = ours.time(partial(answer, file, seconds))
        known = PUBLISHED.get(file.stem, "?")
        right = sound(problem, solution, known) and right
        proven += solution.status in ("optimal", "infeasible")
        counts = f"{len(problem.meetings):8} {shown(solution.gaps):>5} {shown(known):>5}"
        line = f"{file.stem:28} {counts} {solution.status:10} {took}"
        if other is not None:
            result, spent = theirs.time(partial(other, file, seconds))
            line += f"   {spent} {result['status'].lower()}"
            right = agree(problem, solution, result) and right
            agreed += result["status"].lower() == solution.status
        say(line)
        for reason in solution.reasons:
            say(f"    because: {reason.text}")
    say(f"{'total':61}{ours}   {theirs if other is not None else ''}")
    say(f"{proven} of {len(files)} proven{f', the same answer as the prototype in {agreed}' if other else ''}")
    return right


def agree(problem: Problem, solution: Solution, result: dict[str, Any]) -> bool:
    """Do the two answers not contradict each other?"""
    theirs = result["status"].lower()
    if {theirs, str(solution.status)} >= {"infeasible", "optimal"} or (
        theirs == str(solution.status) == "optimal" and round(result["value"]) != solution.gaps
    ):
        say(f"    FAULT: the prototype says {theirs}, {result['value']}")
        return False
    return True


def sound(problem: Problem, solution: Solution, known: object) -> bool:
    """Is the answer proven, free of faults, counted right, and what was published?"""
    found = faults(problem, solution.schedule) if solution.schedule else ()
    for fault in found:
        say(f"    FAULT: {fault.text}")
    if solution.schedule and sum(gaps(problem, solution.schedule).values()) != solution.gaps:
        say("    FAULT: the gaps are counted wrong")
        return False
    if known != "?" and solution.status in ("optimal", "infeasible") and solution.gaps != known:
        say(f"    FAULT: {known} was published")
        return False
    return not found and (known == "?" or solution.status in ("optimal", "infeasible"))


def shown(value: object) -> str:
    return "none" if value is None else str(value)


def variants(files: list[Path], folder: Path) -> Iterator[Path]:
    """Instances that nobody has published, made from `files`: fewer tables, more absences, orders, fixed ones."""
    for file in files:
        known = json.loads(file.read_text(encoding="utf-8"))
        # Chance is wanted here, not secrecy.
        chance = random.Random(file.stem)
        for name, change in (
            ("tables", _fewer_tables),
            ("absent", _more_absences),
            ("order", _more_orders),
            ("fixed", _more_fixed),
        ):
            document = json.loads(json.dumps(known))
            change(document, chance)
            made = folder / f"{file.stem}+{name}.json"
            made.write_text(json.dumps(document), encoding="utf-8")
            yield made


def _fewer_tables(document: dict[str, Any], chance: random.Random) -> None:
    """As few as there can be, and one or two more."""
    least = -(-len(document["meetings"]) // document["slots"])
    document["tables"] = min(document["tables"], least + chance.randrange(1, 3))


def _more_absences(document: dict[str, Any], chance: random.Random) -> None:
    for person in document["participants"]:
        if chance.random() < 0.15:
            person["forbidden"] = sorted({*person["forbidden"], chance.randrange(document["slots"])})


def _more_orders(document: dict[str, Any], chance: random.Random) -> None:
    meetings = document["meetings"]
    for later, earlier in (sorted(chance.sample(range(len(meetings)), 2), reverse=True) for _ in range(10)):
        meetings[later]["after"] = sorted({*(meetings[later].get("after") or ()), meetings[earlier]["id"]})


def _more_fixed(document: dict[str, Any], chance: random.Random) -> None:
    absent = {person["id"]: set(person["forbidden"]) for person in document["participants"]}
    for meeting in chance.sample(document["meetings"], 8):
        half = document.get("morning_slots", document["slots"])
        slots = {None: range(document["slots"]), "am": range(half), "pm": range(half, document["slots"])}
        free = [t for t in slots[meeting.get("session")] if t not in absent[meeting["a"]] | absent[meeting["b"]]]
        if free and meeting.get("fixed") is None:
            meeting["fixed"] = chance.choice(free)


def large(meetings: int, people: int, slots: int, tables: int) -> Problem:
    """A fair of two days whose tables are nine tenths full, some people far more asked for than others."""
    # Chance is wanted here, not secrecy.
    chance = random.Random(meetings)
    buyers = people // 3
    away = [frozenset(t for t in range(slots) if chance.random() < 0.08) for _ in range(people)]
    left = [slots - len(gone) - 1 for gone in away]
    wish = [chance.paretovariate(1.5) for _ in range(people)]
    pairs: dict[tuple[int, int], None] = {}
    while len(pairs) < meetings:
        (a,) = chance.choices(range(buyers), wish[:buyers])
        (b,) = chance.choices(range(buyers, people), wish[buyers:])
        if left[a] and left[b] and (a, b) not in pairs and not away[a] | away[b] >= set(range(slots)):
            pairs[a, b] = None
            left[a], left[b] = left[a] - 1, left[b] - 1
            wish[a], wish[b] = (wish[a] if left[a] else 0.0), (wish[b] if left[b] else 0.0)
    return Problem(
        slots,
        tuple(Participant(str(p), away[p]) for p in range(people)),
        tuple(Meeting(f"{a}-{b}", str(a), str(b)) for a, b in pairs),
        (Place("tables", tables),),
        day_starts=(0, slots // 2),
    )


def against_first_come(problem: Problem, seconds: float) -> bool:
    """One large fair: the greedy agenda, the first complete one, and the best within the time."""
    search = Search(read(problem))
    _, took = Clock().time(search.first_come)
    held = sum(t is not None for t in search.best)
    total = len(problem.meetings)
    size = f"{total} meetings of {len(problem.participants)} people"
    say(f"{size}, {problem.slots} slots, {problem.places[0].capacity} tables")
    greedy = sum(search.grid.gaps(search.best))
    say(f"  first come, first served  {held:6} held  {greedy:6} gaps  {took.wall:6.2f} s")
    told: list[Progress] = []
    solution = solve(problem, seconds, progress=told.append)
    whole = next((p for p in told if p.scheduled == total), None)
    if whole is not None:
        say(f"  first complete agenda     {total:6} held  {whole.gaps:6} gaps  {whole.seconds:6.2f} s")
    held_now = len(solution.schedule)
    say(f"  at the end ({solution.status:8})     {held_now:6} held  {solution.gaps:6} gaps  {solution.seconds:6.2f} s")
    found = faults(problem, solution.schedule)
    return not found and (held_now, -(solution.gaps or 0)) >= (held, -greedy)


def files_of(folder: Path, only: str) -> Iterator[Path]:
    return (file for file in sorted(folder.glob("*.json")) if only in file.stem)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instances", type=Path, default=SHARED / "data" / "b2b", help="folder of b2b documents")
    parser.add_argument("--prototype", type=Path, default=SHARED / "spikes" / "agenda" / "b2b.py")
    parser.add_argument("--no-prototype", action="store_true")
    parser.add_argument("--seconds", type=float, default=120.0, help="time limit for each instance")
    parser.add_argument("--large-seconds", type=float, default=60.0)
    parser.add_argument("--what", choices=["instances", "variants", "large"], default="instances")
    parser.add_argument("--only", default="", help="instances with this in their name")
    chosen = parser.parse_args()
    if chosen.what == "large":
        say(f"large fairs, {chosen.large_seconds:.0f} s each")
        small = against_first_come(large(1_000, 300, 16, 70), chosen.large_seconds)
        return 0 if against_first_come(large(10_000, 1_500, 24, 460), chosen.large_seconds) and small else 1
    if not chosen.instances.is_dir():
        say(f"{chosen.instances}: no such folder; name one with --instances")
        return 2
    other = None
    if chosen.prototype.is_file() and not chosen.no_prototype:
        other = prototype(chosen.prototype)
    else:
        say(f"{chosen.prototype}: not used, nothing to compare with")
    files = list(files_of(chosen.instances, chosen.only))
    if chosen.what == "instances":
        return 0 if instances(files, chosen.seconds, other) else 1
    with tempfile.TemporaryDirectory() as folder:
        return 0 if instances(list(variants(files, Path(folder))), chosen.seconds, other) else 1


if __name__ == "__main__":
    sys.exit(main())
