"""Reads of applications: one with everything, the applicants' own list, and the staff's."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from fairlink.accounts.models import User
from fairlink.applications.models import (
    Application,
    ApplicationMember,
    Assessment,
    AssessmentScore,
    Award,
    AwardMember,
    CostFile,
    CostLine,
    ProducerGroup,
)
from fairlink.applications.states import LIVE, UNDECIDED, ApplicationState
from fairlink.fairs.models import Fair
from fairlink.subsidies.models import Call, SchemeVersion

_WITH_CALL = joinedload(Application.call).options(
    joinedload(Call.fair).joinedload(Fair.agency),
    joinedload(Call.scheme_version).joinedload(SchemeVersion.scheme),
)
_IN_LISTS = (_WITH_CALL, joinedload(Application.group), joinedload(Application.lead_firm))


#: All that pages and decisions ask of an application.
WHOLE = (
    *_IN_LISTS,
    joinedload(Application.contact),
    selectinload(Application.members).options(
        joinedload(ApplicationMember.firm), selectinload(ApplicationMember.declared_aid)
    ),
    selectinload(Application.lines).options(
        joinedload(CostLine.firm), selectinload(CostLine.files).joinedload(CostFile.file)
    ),
    selectinload(Application.assessments).options(
        joinedload(Assessment.assessor),
        selectinload(Assessment.scores).joinedload(AssessmentScore.criterion),
    ),
    selectinload(Application.conflicts),
    joinedload(Application.appeal),
    joinedload(Application.award).selectinload(Award.members).joinedload(AwardMember.firm),
)


def application(session: Session, application_id: int) -> Application | None:
    """One application with its call, members, cost lines, assessments and award."""
    query = sa.select(Application).where(Application.id == application_id).options(*WHOLE)
    return session.scalars(query).unique().one_or_none()


def cost_file(session: Session, file_id: int) -> CostFile | None:
    """A file of a cost line, with the application that it belongs to."""
    query = (
        sa.select(CostFile)
        .where(CostFile.id == file_id)
        .options(
            joinedload(CostFile.file),
            joinedload(CostFile.line)
            .joinedload(CostLine.application)
            .options(_WITH_CALL, selectinload(Application.members)),
        )
    )
    return session.scalars(query).one_or_none()


def names_of_users(session: Session, user_ids: Collection[int]) -> dict[int, str]:
    """The names of people by id."""
    query = sa.select(User.id, User.name).where(User.id.in_(user_ids))
    return {row.id: row.name for row in session.execute(query)}


def live_application(session: Session, call: Call, *, group: ProducerGroup | None, firm_id: int) -> Application | None:
    """The live application of `group`, or of the single firm `firm_id`, to a call."""
    query = sa.select(Application).where(Application.call_id == call.id, Application.state.in_(LIVE))
    if group is None:
        query = query.where(Application.group_id.is_(None), Application.lead_firm_id == firm_id)
    else:
        query = query.where(Application.group_id == group.id)
    return session.scalars(query).one_or_none()


def _with_part_of(firm_id: int) -> sa.ColumnElement[bool]:
    taking_part = sa.select(ApplicationMember.application_id).where(ApplicationMember.firm_id == firm_id)
    return sa.or_(Application.lead_firm_id == firm_id, Application.id.in_(taking_part))


def applications_of_firm(firm_id: int) -> sa.Select[Application]:
    """The applications that a firm leads or takes part in, to be shown page by page."""
    return sa.select(Application).where(_with_part_of(firm_id)).options(*_IN_LISTS, joinedload(Application.award))


def applications_of_group(session: Session, group: ProducerGroup) -> Sequence[Application]:
    """A group's applications, the newest first."""
    query = (
        sa.select(Application)
        .where(Application.group_id == group.id)
        .options(*_IN_LISTS, selectinload(Application.members))
        .order_by(Application.id.desc())
        .limit(50)
    )
    return session.scalars(query).all()


def applications_to_call(session: Session, call: Call, firm_id: int) -> Sequence[Application]:
    """The live applications to a call in which a firm has a part, for the page of the call."""
    query = (
        sa.select(Application)
        .where(Application.call_id == call.id, Application.state.in_(LIVE), _with_part_of(firm_id))
        .options(*_IN_LISTS)
        .order_by(Application.id)
    )
    return session.scalars(query).all()


def undecided_with_firm(session: Session, group: ProducerGroup, firm_id: int) -> Sequence[Application]:
    """The undecided applications of `group` in which a firm takes part, locked."""
    return _with_firm(session, group, firm_id, sa.select(Application).where(Application.state.in_(UNDECIDED)))


def granted_with_firm(session: Session, group: ProducerGroup, firm_id: int) -> Sequence[Application]:
    """The awarded or accepted applications of `group` in which a firm takes part, locked."""
    granted = (ApplicationState.AWARDED, ApplicationState.ACCEPTED)
    return _with_firm(session, group, firm_id, sa.select(Application).where(Application.state.in_(granted)))


def _with_firm(
    session: Session, group: ProducerGroup, firm_id: int, query: sa.Select[Application]
) -> Sequence[Application]:
    taking_part = sa.select(ApplicationMember.application_id).where(ApplicationMember.firm_id == firm_id)
    query = query.where(Application.group_id == group.id, Application.id.in_(taking_part)).order_by(Application.id)
    return session.scalars(query.with_for_update(), execution_options={"populate_existing": True}).all()


def _sent_to(agency_id: int, call_id: int | None) -> sa.Select[Application]:
    query = (
        sa.select(Application)
        .join(Call, Call.id == Application.call_id)
        .join(Fair, Fair.id == Call.fair_id)
        .where(Fair.agency_id == agency_id, Application.submitted_at.is_not(None))
    )
    return query if call_id is None else query.where(Application.call_id == call_id)


def applications_to_agency(
    agency_id: int, *, call_id: int | None, state: ApplicationState | None
) -> sa.Select[Application]:
    """What was sent to an agency's calls, to be shown page by page; of one call or in one state if given."""
    query = _sent_to(agency_id, call_id).options(
        *_IN_LISTS,
        selectinload(Application.members),
        selectinload(Application.assessments),
        joinedload(Application.award),
    )
    return query if state is None else query.where(Application.state == state)


def counts_by_state(session: Session, agency_id: int, *, call_id: int | None) -> dict[ApplicationState, int]:
    """How many sent applications to an agency's calls are in each state; states without any are left out."""
    columns = (Application.state, sa.func.count().label("applications"))
    sent = _sent_to(agency_id, call_id).with_only_columns(*columns).group_by(Application.state)
    return {row.state: row.applications for row in session.execute(sent)}


def calls_of_agency(session: Session, agency_id: int) -> Sequence[Call]:
    """The calls of an agency to which something was sent, the latest fair first, for the filter."""
    sent = sa.select(Application.call_id).where(Application.submitted_at.is_not(None))
    query = (
        sa.select(Call)
        .join(Fair, Fair.id == Call.fair_id)
        .where(Fair.agency_id == agency_id, Call.id.in_(sent))
        .options(joinedload(Call.fair), joinedload(Call.scheme_version).joinedload(SchemeVersion.scheme))
        .order_by(Fair.starts_on.desc(), Call.id.desc())
        .limit(100)
    )
    return session.scalars(query).all()
