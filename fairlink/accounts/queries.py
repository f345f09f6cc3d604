"""Reads of people and organisations."""

import re
import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.orm import Session, joinedload, selectinload

from fairlink.accounts.models import (
    EmailToken,
    HsCode,
    Invitation,
    Membership,
    Organisation,
    OrganisationProduct,
    Sector,
    User,
    UserSession,
)
from fairlink.accounts.rules import HEAD_OF_KIND, hs_prefixes
from fairlink.accounts.states import TokenPurpose
from fairlink.kernel.tokens import token_hash

_HS_CODE_LENGTH = 6


def session_user(session: Session, session_id: str, *, now: datetime) -> User | None:
    """The user of a server-side session that has not ended or expired; None otherwise, malformed ids included."""
    try:
        key = uuid.UUID(session_id)
    except ValueError:
        return None
    query = (
        sa.select(User)
        .join(UserSession, UserSession.user_id == User.id)
        .where(
            UserSession.id == key,
            UserSession.ended_at.is_(None),
            UserSession.expires_at > now,
            User.disabled_at.is_(None),
        )
    )
    user = session.scalars(query).unique().one_or_none()
    if user is not None:
        # Flask-Login keeps what get_id() says; it must stay the session's id, never the user's.
        user.session_id = key
    return user


def user_by_email(session: Session, email: str) -> User | None:
    """The account with this address, however its letters are written."""
    return session.scalars(sa.select(User).where(User.email == email)).unique().one_or_none()


def email_token(session: Session, purpose: TokenPurpose, token: str, *, now: datetime) -> EmailToken | None:
    """The mailed one-time link that `token` opens, if it is for `purpose`, unused and not too old."""
    query = (
        sa.select(EmailToken)
        .options(joinedload(EmailToken.user))
        .where(
            EmailToken.token_hash == token_hash(token),
            EmailToken.purpose == purpose,
            EmailToken.used_at.is_(None),
            EmailToken.expires_at > now,
        )
    )
    return session.scalars(query).unique().one_or_none()


def open_invitation(session: Session, token: str, *, now: datetime) -> Invitation | None:
    """The invitation that `token` opens, if it can still be accepted."""
    query = (
        sa.select(Invitation)
        .options(joinedload(Invitation.organisation), joinedload(Invitation.invited_by))
        .where(Invitation.token_hash == token_hash(token))
    )
    found = session.scalars(query).unique().one_or_none()
    return found if found is not None and found.is_open(now) else None


def invitation(session: Session, invitation_id: int) -> Invitation | None:
    return session.get(Invitation, invitation_id)


def invitations(session: Session, organisation_id: int, *, now: datetime) -> list[Invitation]:
    """The organisation's invitations that wait for an answer, newest first."""
    query = (
        sa.select(Invitation)
        .where(
            Invitation.organisation_id == organisation_id,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
            Invitation.expires_at > now,
        )
        .order_by(Invitation.id.desc())
    )
    return list(session.scalars(query))


def organisation(session: Session, organisation_id: int | None) -> Organisation | None:
    """One organisation of any kind."""
    return None if organisation_id is None else session.get(Organisation, organisation_id)


def profile(session: Session, organisation_id: int | None) -> Organisation | None:
    """One organisation with its sectors, products and figures."""
    # Not session.get(): the viewer's own organisation is in the session already, but without its parts.
    query = (
        sa.select(Organisation)
        .where(Organisation.id == organisation_id)
        .options(
            selectinload(Organisation.sectors),
            selectinload(Organisation.products).joinedload(OrganisationProduct.heading),
            selectinload(Organisation.years),
        )
    )
    return session.scalars(query).one_or_none()


def organisation_by_number(session: Session, country: str, company_number: str) -> Organisation | None:
    """The organisation registered under a compact company number."""
    query = sa.select(Organisation).where(
        Organisation.country == country, Organisation.company_number == company_number
    )
    return session.scalars(query).one_or_none()


def firms_of_undertaking(session: Session, undertaking_id: int) -> Sequence[Organisation]:
    """The firms of a single undertaking, locked for whoever changes it or grants aid to it."""
    query = sa.select(Organisation).where(Organisation.undertaking_id == undertaking_id).order_by(Organisation.id)
    locked = query.with_for_update(key_share=True, of=Organisation)
    return session.scalars(locked, execution_options={"populate_existing": True}).all()


def membership(session: Session, membership_id: int) -> Membership | None:
    """A place in an organisation that has not ended."""
    found = session.get(Membership, membership_id, options=[joinedload(Membership.user)])
    return found if found is not None and found.ended_at is None else None


def memberships(session: Session, organisation_id: int) -> list[Membership]:
    """The organisation's people at present, longest there first."""
    query = (
        sa.select(Membership)
        .options(joinedload(Membership.user), joinedload(Membership.organisation))
        .where(Membership.organisation_id == organisation_id, Membership.ended_at.is_(None))
        .order_by(Membership.started_at, Membership.id)
    )
    return list(session.scalars(query).unique())


def users_of(session: Session, organisation_id: int) -> list[User]:
    """Everybody who acts for the organisation and whose account is in use, longest there first."""
    return [each.user for each in memberships(session, organisation_id) if each.user.is_active]


def contact(session: Session, organisation_id: int) -> User | None:
    """Whom to write to: the longest-serving owner (officer of an agency), else the longest-serving colleague.

    None for an organisation that nobody acts for.
    """
    return contacts(session, [organisation_id]).get(organisation_id)


def contacts(session: Session, organisation_ids: Collection[int]) -> dict[int, User]:
    """`contact` of several organisations in one statement; those without anybody are left out."""
    is_head = sa.case(
        *[
            (Organisation.kind == kind, sa.literal(role.value) == sa.any_(Membership.roles))
            for kind, role in HEAD_OF_KIND.items()
        ]
    )
    query = (
        sa.select(Membership)
        .join(Membership.organisation)
        .join(Membership.user)
        .options(joinedload(Membership.user))
        .where(
            Membership.organisation_id.in_(organisation_ids), Membership.ended_at.is_(None), User.disabled_at.is_(None)
        )
        .ext(distinct_on(Membership.organisation_id))
        .order_by(Membership.organisation_id, is_head.desc(), Membership.started_at, Membership.id)
    )
    return {each.organisation_id: each.user for each in session.scalars(query).unique()}


def sectors(session: Session) -> list[Sector]:
    """All lines of business, by code."""
    return list(session.scalars(sa.select(Sector).order_by(Sector.code)))


def hs_codes(session: Session, codes: Collection[str]) -> list[HsCode]:
    """The headings of these six-digit codes, by code; unknown ones are left out."""
    return list(session.scalars(sa.select(HsCode).where(HsCode.code.in_(codes)).order_by(HsCode.code)))


def hs_search(session: Session, text: str, *, limit: int = 20) -> Sequence[HsCode]:
    """HS headings that begin with the digits typed, or that the words typed mean: everyday words of three languages, or
    words of the headings' own names, misspellings forgiven.

    Best first. Fewer than two characters find nothing.
    """
    text = " ".join(text.split())
    digits = text.replace(".", "").replace(" ", "")
    if len(text) < 2:
        return []
    if digits.isascii() and digits.isdigit():
        prefix = digits[:_HS_CODE_LENGTH]
        query = sa.select(HsCode).where(HsCode.code.startswith(prefix)).order_by(HsCode.code)
        return session.scalars(query.limit(limit)).all()
    name = sa.func.lower(HsCode.name)
    named = sa.and_(*[name.regexp_match(rf"\m{re.escape(word)}(s|es)?\M") for word in text.lower().split()])
    likeness = sa.func.word_similarity(sa.func.lower(sa.func.fairlink_unaccent(text)), name)
    # An empty pattern list matches nothing, and as an array it is one parameter whatever its length.
    patterns = sa.literal([f"{prefix}%" for prefix in hs_prefixes(text)], ARRAY(sa.Text))
    meant = HsCode.code.op("LIKE", is_comparison=True)(sa.any_(patterns))
    query = (
        sa.select(HsCode)
        .where(sa.or_(named, meant, likeness >= 0.6))
        .order_by(named.desc(), meant.desc(), likeness.desc(), HsCode.code)
        .limit(limit)
    )
    return session.scalars(query).all()
