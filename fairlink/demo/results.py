"""The results of the demonstration's fairs, worked out as the worker would."""

from datetime import datetime

from sqlalchemy.orm import Session

from fairlink.demo.programme import Programme
from fairlink.monitoring import service


def make_results(session: Session, programme: Programme, now: datetime) -> None:
    """Fill the summary tables, so that there is something to look at before the worker's first round."""
    for fair in {call.fair_id: call.fair for call in programme.calls.values()}.values():
        service.refresh_fair(session, fair.id, now=now)
