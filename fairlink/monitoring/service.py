"""The verbs of results: making the summary tables anew, how sure their figures are, and evaluations of calls."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.audit import service as audit
from fairlink.fairs.models import Fair
from fairlink.kernel.queue import defer
from fairlink.monitoring import gateway
from fairlink.monitoring.models import Evaluation, ResultRefresh, ResultScope
from fairlink.monitoring.queries import evaluation as queries
from fairlink.monitoring.queries import facts, figures
from fairlink.monitoring.rules import evaluation as rules
from fairlink.monitoring.rules.results import Dimension, Selection
from fairlink.subsidies.models import Call

#: The queue of what takes long: it waits for itself, and nothing else waits for it.
QUEUE = "figures"

Keys = Sequence[tuple[str, str]]


def refresh_fair(session: Session, fair_id: int, *, now: datetime) -> None:
    """Make the summary rows of one fair anew from what is recorded now; readers see the old ones until it commits."""
    fair = session.get_one(Fair, fair_id)
    row = {"fair_id": fair.id, "agency_id": fair.agency_id, "refreshed_at": now}
    # The row is also the lock: two jobs for one fair work one after the other.
    session.execute(_upsert(ResultRefresh, [row], ("fair_id",)))
    for table, select in facts.TABLES:
        session.execute(sa.delete(table).where(table.fair_id == fair.id))
        query = select(fair.id)
        session.execute(sa.insert(table).from_select(list(query.selected_columns.keys()), query))
    found = session.execute(facts.scopes(fair.id)).all()
    names = ("agency_id", "dimension", "key", "label", "fair_id")
    if rows := [dict(zip(names, each, strict=True)) | {"changed_at": now} for each in found]:
        session.execute(_upsert(ResultScope, rows, ("agency_id", "dimension", "key")))
    session.execute(sa.delete(ResultScope).where(ResultScope.agency_id == fair.agency_id, figures.is_empty()))
    # A fair may have moved out of one period and into another: all that were asked for are looked at again.
    periods = (ResultScope.agency_id == fair.agency_id, ResultScope.dimension == Dimension.PERIOD)
    session.execute(sa.update(ResultScope).where(*periods).values(changed_at=now))


def _upsert(table: Any, rows: list[dict[str, Any]], key: tuple[str, ...]) -> Any:
    statement = insert(table).values(rows)
    new = {name: statement.excluded[name] for name in rows[0] if name not in key}
    return statement.on_conflict_do_update(index_elements=list(key), set_=new)


def estimate_scopes(session: Session, agency_id: int, keys: Keys, *, now: datetime) -> None:
    """Work out how sure the figures of some parts of an agency's results are, in a process of their own.

    Where that comes to no result there are figures without ranges, until they change again.
    """
    inputs = [figures.inputs(session, figures.selection(agency_id, Dimension(name), key)) for name, key in keys]
    for (dimension, key), given, result in zip(keys, inputs, _described(inputs), strict=True):
        scope = session.get(ResultScope, (agency_id, Dimension(dimension), key), with_for_update=True)
        if scope is not None:
            scope.estimates = None if result is None else result | {"currency": given["currency"]}
            scope.estimated_at = now


def _described(inputs: Sequence[dict[str, Any]]) -> list[dict[str, Any] | None]:
    """What is found for each part, None where nothing is; one that fails takes no other with it."""
    try:
        return list(gateway.estimate("describe", scopes=inputs))
    except gateway.EstimationFailed:
        return [None] if len(inputs) == 1 else [found for each in inputs for found in _described([each])]


def ask_refresh(session: Session, chosen: Selection, *, now: datetime) -> None:
    """Have the results of the fairs of a selection made anew by the worker at once.

    From now on the clock works out as well how sure the figures of its period are, where it names nothing else.
    """
    for each in figures.fairs_with_results(session, chosen):
        defer(session, "monitoring.refresh_fair", queueing_lock=f"result:{each}", fair_id=each)
    if chosen.scope and chosen.scope[0] is Dimension.PERIOD:
        dimension, key = chosen.scope
        row = {"agency_id": chosen.agency_id, "dimension": dimension, "key": key, "label": "", "changed_at": now}
        session.execute(_upsert(ResultScope, [row], ("agency_id", "dimension", "key")))


def ask_evaluation(session: Session, call: Call, *, by: User, now: datetime) -> Evaluation:
    """Have the effect of a call worked out, by the comparison that its selection allows."""
    year = rules.outcome_year(call.fair.starts_on.year)
    asked = Evaluation(
        call_id=call.id,
        design=queries.design(session, call),
        outcome_year=year,
        currency=call.currency,
        asked_at=now,
        asked_by_id=by.id,
    )
    session.add(asked)
    audit.record(session, "evaluation:ask", asked, by=by, now=now, call=call.id, design=asked.design)
    defer(session, "monitoring.evaluate", queue=QUEUE, evaluation_id=asked.id)
    return asked


def evaluate(session: Session, evaluation_id: int, *, now: datetime) -> None:
    """Work out an evaluation that was asked for; one that is finished stays as it is."""
    asked = session.get_one(Evaluation, evaluation_id, with_for_update=True)
    if asked.finished_at is not None:
        return
    firms = queries.firms(session, asked.call, asked.design, asked.outcome_year)
    try:
        asked.result = gateway.estimate("evaluate", design=asked.design, rows=rules.applications(firms))
    except gateway.EstimationFailed:
        # Asked for again by hand, not by the clock: the same rows would fail the same way.
        asked.result = None
    asked.finished_at = now


def record_export(session: Session, call: Call, rows: int, *, by: User, now: datetime) -> None:
    """Note who took the pseudonymised rows of a call away, and how many."""
    audit.record(session, "evaluation:export", call, by=by, now=now, rows=rows)
