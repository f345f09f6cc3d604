"""The mails about groups, applications and awards; those to a group are in the group's language."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from fairlink.accounts.models import Organisation, User
from fairlink.applications import rules
from fairlink.applications.models import Application, Award, GroupInvitation, GroupMember
from fairlink.kernel.money import Money
from fairlink.mail import service as mail


def group_invitation(
    session: Session, invitation: GroupInvitation, token: str, *, by: User, locale: str, now: datetime
) -> None:
    """Asks the owner of a firm to join a group; the link carries the only copy of the token."""
    mail.post(
        session,
        "group_invitation",
        to=invitation.email,
        name="",
        locale=locale,
        now=now,
        key=f"group-invitation:{invitation.id}",
        context={
            "group": invitation.group.name,
            "inviter": by.name,
            "firm": invitation.group.lead_firm.name,
            "path": f"/group-invitations/{token}",
            "expires_at": invitation.expires_at,
            "zone": by.zone,
        },
    )


def group_joined(session: Session, member: GroupMember, to: User, *, now: datetime) -> None:
    """Tells the lead of a group that a firm has joined."""
    _tell(
        session,
        "group_joined",
        to,
        key=f"group-member:{member.id}:joined",
        now=now,
        group=member.group.name,
        firm=member.firm.name,
        path=f"/groups/{member.group_id}",
    )


def group_left(
    session: Session, member: GroupMember, applications: Sequence[Application], to: User, *, now: datetime
) -> None:
    """Tells the lead of a group that a firm has left, and which applications were worked out anew without it."""
    _tell(
        session,
        "group_left",
        to,
        key=f"group-member:{member.id}:left",
        now=now,
        group=member.group.name,
        firm=member.firm.name,
        applications=[(each.call.fair.title, f"/applications/{each.id}") for each in applications],
        path=f"/groups/{member.group_id}",
    )


def part_requested(
    session: Session, application: Application, firm_id: int, to: User, *, by: User, now: datetime
) -> None:
    """Asks a firm to confirm its part of an application; once for each version of it."""
    _tell(
        session,
        "part_requested",
        to,
        key=f"application:{application.id}:part:{firm_id}:{application.version}",
        now=now,
        applicant=application.applicant_name,
        fair=application.call.fair.title,
        lead=by.name,
        path=f"/applications/{application.id}/part",
    )


def member_left(
    session: Session,
    application: Application,
    gone: Organisation,
    to: User,
    *,
    support: Money | None,
    lost: bool,
    now: datetime,
) -> None:
    """Tells one of those who stay that a firm has left an application: the support without it, None if there can be
    none, and whether an award was lost by it."""
    _about(session, "member_left", application, to, now=now, firm=gone.name, support=support, lost=lost)


def application_submitted(
    session: Session, application: Application, to: User, *, support: Money, now: datetime
) -> None:
    """The receipt for an application, to one member."""
    _about(
        session,
        "application_submitted",
        application,
        to,
        now=now,
        support=support,
        submitted_at=application.submitted_at,
        zone=application.call.fair.zone,
    )


def application_returned(
    session: Session, application: Application, to: User, *, change_by: datetime, now: datetime
) -> None:
    """Asks the group to change its application, with the agency's reason."""
    _about(
        session,
        "application_returned",
        application,
        to,
        now=now,
        reason=application.decision_reason,
        last_day=rules.last_day(change_by, application.call.fair.zone),
        zone=application.call.fair.zone,
    )


def application_refused(session: Session, application: Application, to: User, *, now: datetime) -> None:
    """Tells the group that it gets no support, with the reason."""
    _about(session, "application_refused", application, to, now=now, reason=application.decision_reason)


def reserve_waits(session: Session, application: Application, to: User, *, rank: int, now: datetime) -> None:
    """Tells one member that the application waits as a reserve, and where it stands in the order of the selection."""
    _about(session, "reserve_waits", application, to, now=now, rank=rank)


def appeal_filed(session: Session, application: Application, to: User, *, now: datetime) -> None:
    """Tells the agency that a group appeals against its refusal."""
    _tell(
        session,
        "appeal_filed",
        to,
        key=f"application:{application.id}:appeal:{to.id}",
        now=now,
        applicant=application.applicant_name,
        fair=application.call.fair.title,
        path=f"/staff/applications/{application.id}",
    )


def appeal_answered(
    session: Session, application: Application, to: User, *, upheld: bool, answer: str, now: datetime
) -> None:
    """Tells one member what became of the appeal, with the agency's words."""
    _about(session, "appeal_answered", application, to, now=now, upheld=upheld, answer=answer)


def award_granted(session: Session, award: Award, to: User, *, now: datetime) -> None:
    """The news of the award to one member, with the amount of each firm and the day until which it can be accepted."""
    _about(
        session,
        "award_granted",
        award.application,
        to,
        now=now,
        amount=award.amount,
        members=[(part.firm.name, Money(part.support_minor, award.currency)) for part in award.members],
        last_day=rules.last_day(award.accept_by, award.application.call.fair.zone),
        zone=award.application.call.fair.zone,
    )


def award_accepted(session: Session, award: Award, stand: str | None, to: User, *, now: datetime) -> None:
    """Tells the agency that a group takes its award, and which stand it was given."""
    application = award.application
    _tell(
        session,
        "award_accepted",
        to,
        key=f"award:{award.id}:accepted:{to.id}",
        now=now,
        applicant=application.applicant_name,
        fair=application.call.fair.title,
        amount=award.amount,
        stand=stand,
        path=f"/staff/applications/{application.id}",
    )


def award_lapsed(session: Session, award: Award, to: User, *, now: datetime) -> None:
    """Tells one member that the award was not accepted in time and is gone."""
    _about(
        session,
        "award_lapsed",
        award.application,
        to,
        now=now,
        amount=award.amount,
        last_day=rules.last_day(award.accept_by, award.application.call.fair.zone),
    )


def _about(
    session: Session, template: str, application: Application, to: User, *, now: datetime, **context: object
) -> None:
    """Post a mail about an application in the group's language; once for each time that it happens."""
    _tell(
        session,
        template,
        to,
        key=f"application:{application.id}:{template}:{now.isoformat()}:{to.id}",
        now=now,
        locale=application.locale,
        applicant=application.applicant_name,
        fair=application.call.fair.title,
        path=f"/applications/{application.id}",
        **context,
    )


def _tell(
    session: Session, template: str, to: User, *, key: str, now: datetime, locale: str | None = None, **context: object
) -> None:
    """Post a mail to somebody with an account, in their language or in `locale`."""
    mail.post(
        session,
        template,
        to=to.email,
        name=to.name,
        locale=locale or to.locale,
        now=now,
        key=key,
        context={"person": to.name, **context},
    )
