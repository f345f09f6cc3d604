"""Signing up, confirming an address, signing in and out, and passwords."""

import uuid
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from fairlink.accounts import emails, queries
from fairlink.accounts.models import EmailToken, User, UserSession
from fairlink.accounts.service.passwords import check_password, hash_password, is_outdated, is_right
from fairlink.accounts.states import Kind, TokenPurpose
from fairlink.audit import service as audit
from fairlink.kernel.errors import Invalid
from fairlink.kernel.queue import defer
from fairlink.kernel.tokens import new_token, token_hash

ANSWER_RESET = "accounts.answer_reset"
SESSION_LIFE = timedelta(days=30)
TOKEN_LIFE = {TokenPurpose.CONFIRM_EMAIL: timedelta(days=3), TokenPurpose.RESET_PASSWORD: timedelta(hours=1)}


def sign_up(
    session: Session,
    *,
    email: str,
    name: str,
    password: str,
    locale: str,
    zone: str,
    kind: Kind,
    browser: str,
    now: datetime,
) -> None:
    """Ask by mail whether the address is theirs; tell the owner of an account that they already have one.

    Nothing tells the two apart from outside. Whoever signs up last with an address that nobody has confirmed decides
    name and password, and earlier links die: so nobody can wait with a password of their own for its owner to confirm.
    `browser` is a secret kept in the browser, see `confirm_email`. Raises Invalid for a password easy to guess.
    """
    check_password(password, email=email, name=name)
    # Before looking the address up, so that both ways take as long.
    password_hash = hash_password(password)
    values = {"email": email, "name": name, "password_hash": password_hash, "locale": locale, "zone": zone}
    session.execute(insert(User).values(created_at=now, **values).on_conflict_do_nothing())
    user = session.scalars(sa.select(User).where(User.email == email).with_for_update(of=User)).unique().one()
    if user.email_confirmed_at:
        emails.already_registered(session, user, now=now)
        return
    user.name, user.password_hash, user.locale, user.zone = name, password_hash, locale, zone
    user.intended_kind = kind
    end_sessions(session, user, now=now)
    _mail_confirmation(session, user, browser, now)
    audit.record(session, "account:sign_up", user, by=user, now=now)


def request_confirmation(session: Session, user: User, *, browser: str, now: datetime) -> None:
    """Mail the confirmation again, to somebody who is signed in and has not confirmed yet."""
    if user.email_confirmed_at is None:
        _mail_confirmation(session, user, browser, now)


def confirm_email(
    session: Session, token: EmailToken, *, browser: str | None, password: str | None, now: datetime
) -> User:
    """Note that the person owns the address, and end whatever sessions there were.

    In another browser than the one that signed up (`browser` differs) the password is asked: otherwise a stranger who
    signed up with a foreign address would get it confirmed by a trusting owner. Raises Invalid for a wrong password or
    a link that was used meanwhile.
    """
    session.refresh(token, ["used_at"], with_for_update=True)
    user = token.user
    if token.used_at:
        raise Invalid("link_used")
    if not token.is_from(browser) and not is_right(user.password_hash, password or ""):
        raise Invalid("password_wrong", field="password")
    token.used_at = now
    user.email_confirmed_at = now
    end_sessions(session, user, now=now)
    audit.record(session, "account:confirm", user, by=user, now=now)
    return user


def authenticate(session: Session, *, email: str, password: str, now: datetime) -> User:
    """The person with this address and password.

    Raises Invalid, always the same and after the same time, for an unknown address, a wrong password and a disabled
    account. Hashes anew a password whose hash was made with other parameters.
    """
    user = queries.user_by_email(session, email)
    right = is_right(user.password_hash if user else None, password)
    if user is None or not right or not user.is_active:
        raise Invalid("sign_in_failed")
    if is_outdated(user.password_hash):
        user.password_hash = hash_password(password)
    audit.record(session, "account:sign_in", user, by=user, now=now)
    return user


def start_session(session: Session, user: User, *, now: datetime) -> UserSession:
    """A new server-side session, whose id is also set on `user` for the cookie."""
    made = UserSession(id=uuid.uuid4(), user_id=user.id, created_at=now, expires_at=now + SESSION_LIFE)
    session.add(made)
    session.flush()
    user.session_id = made.id
    return made


def end_session(session: Session, session_id: uuid.UUID, *, now: datetime) -> None:
    """End one session: every copy of its cookie is worthless from now on."""
    session.execute(
        sa.update(UserSession).where(UserSession.id == session_id, UserSession.ended_at.is_(None)).values(ended_at=now)
    )


def end_sessions(session: Session, user: User, *, now: datetime, but: uuid.UUID | None = None) -> None:
    """End all of somebody's sessions, except `but`."""
    query = sa.update(UserSession).where(UserSession.user_id == user.id, UserSession.ended_at.is_(None))
    if but is not None:
        query = query.where(UserSession.id != but)
    session.execute(query.values(ended_at=now))


def request_reset(session: Session, *, email: str, locale: str) -> None:
    """Let a worker answer by mail. Nothing is looked up here: neither answer nor time tells who has an account."""
    defer(session, ANSWER_RESET, email=email, locale=locale)


def answer_reset(session: Session, *, email: str, locale: str, now: datetime) -> None:
    """Mail the link to a new password; where there is no account, say that."""
    user = queries.user_by_email(session, email)
    if user is None:
        emails.no_account(session, email, locale=locale, now=now)
        return
    token, expires_at = _issue(session, user, TokenPurpose.RESET_PASSWORD, now)
    emails.reset_password(session, user, token, expires_at=expires_at, now=now)
    audit.record(session, "account:request_reset", user, by=None, now=now)


def reset_password(session: Session, token: EmailToken, *, password: str, now: datetime) -> User:
    """Set a new password by a mailed link, which also shows that the address is theirs; ends all sessions.

    Raises Invalid for a password easy to guess and for a link that was used meanwhile.
    """
    session.refresh(token, ["used_at"], with_for_update=True)
    user = token.user
    if token.used_at:
        raise Invalid("link_used")
    check_password(password, email=user.email, name=user.name)
    token.used_at = now
    _void_tokens(session, user, now)
    user.email_confirmed_at = user.email_confirmed_at or now
    _set_password(session, user, password, now=now)
    audit.record(session, "account:reset_password", user, by=user, now=now)
    return user


def change_password(session: Session, user: User, *, current: str, new: str, now: datetime) -> None:
    """Set a new password and end the person's other sessions.

    Raises Invalid if `current` is wrong or `new` is easy to guess.
    """
    if not is_right(user.password_hash, current):
        raise Invalid("password_wrong", field="current")
    check_password(new, email=user.email, name=user.name, field="new")
    _set_password(session, user, new, now=now, but=user.session_id)
    audit.record(session, "account:change_password", user, by=user, now=now)


def change_profile(session: Session, user: User, *, name: str, locale: str, zone: str, now: datetime) -> None:
    """Change how the person is called and in which language and zone they read."""
    user.name, user.locale, user.zone = name, locale, zone
    audit.record(session, "account:edit", user, by=user, now=now)


def _set_password(session: Session, user: User, password: str, *, now: datetime, but: uuid.UUID | None = None) -> None:
    user.password_hash = hash_password(password)
    end_sessions(session, user, now=now, but=but)
    emails.password_changed(session, user, now=now)


def _mail_confirmation(session: Session, user: User, browser: str, now: datetime) -> None:
    token, expires_at = _issue(session, user, TokenPurpose.CONFIRM_EMAIL, now, browser_hash=token_hash(browser))
    emails.confirm_email(session, user, token, expires_at=expires_at, now=now)


def _issue(
    session: Session, user: User, purpose: TokenPurpose, now: datetime, browser_hash: str | None = None
) -> tuple[str, datetime]:
    """A fresh link and its end; earlier links for the same purpose die."""
    _void_tokens(session, user, now, purpose)
    token, expires_at = new_token(), now + TOKEN_LIFE[purpose]
    session.add(
        EmailToken(
            user_id=user.id,
            purpose=purpose,
            token_hash=token_hash(token),
            expires_at=expires_at,
            browser_hash=browser_hash,
        )
    )
    return token, expires_at


def _void_tokens(session: Session, user: User, now: datetime, purpose: TokenPurpose | None = None) -> None:
    query = sa.update(EmailToken).where(EmailToken.user_id == user.id, EmailToken.used_at.is_(None))
    if purpose is not None:
        query = query.where(EmailToken.purpose == purpose)
    session.execute(query.values(used_at=now))
