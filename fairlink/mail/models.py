"""Tables of messages to send and of addresses that want no more of them."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fairlink.kernel.database import Base, EmailAddress, PrimaryKey, enum_column, reference
from fairlink.mail.states import MailState, SuppressionReason


class MailMessage(Base):
    """One mail to one person, rendered once; sending it again sends the same bytes under the same Message-ID."""

    __tablename__ = "mail_message"
    __table_args__ = (
        sa.CheckConstraint(
            "(state = 'claimed') = (claim_id IS NOT NULL) AND (claim_id IS NULL) = (claimed_at IS NULL)",
            name="claim_is_complete",
        ),
        sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_has_time"),
        sa.Index("ix_mail_message_due", "next_attempt_at", postgresql_where=sa.text("state = 'queued'")),
        sa.Index("ix_mail_message_claimed", "claimed_at", postgresql_where=sa.text("state = 'claimed'")),
    )

    id: Mapped[PrimaryKey]
    #: RFC 5322 Message-ID with its angle brackets; the same for every attempt.
    message_id: Mapped[str] = mapped_column(unique=True)
    #: What makes this mail the same as another ("prompt:17"); a second post with it is the first one.
    key: Mapped[str | None] = mapped_column(unique=True)
    to_email: Mapped[EmailAddress] = mapped_column(index=True)
    to_name: Mapped[str]
    locale: Mapped[str] = mapped_column(sa.String(5))
    #: Folder under templates/email.
    template: Mapped[str]
    subject: Mapped[str]
    #: Emptied some weeks after sending, like `html` and the attachments.
    text: Mapped[str]
    html: Mapped[str]
    #: The kind of mail that one may unsubscribe from ("follow-up"); NULL for what one needs, such as an award.
    list_id: Mapped[str | None]
    #: Names this mail in its unsubscribe link.
    unsubscribe_token: Mapped[str | None] = mapped_column(unique=True)
    state: Mapped[MailState] = enum_column(MailState)
    #: Whose attempt is under way: only the holder of this id may finish it.
    claim_id: Mapped[uuid.UUID | None]
    claimed_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(sa.SmallInteger, server_default="0")
    next_attempt_at: Mapped[datetime]
    last_error: Mapped[str | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    attachments: Mapped[list["MailAttachment"]] = relationship(
        cascade="all, delete-orphan", order_by="MailAttachment.id"
    )


class MailAttachment(Base):
    """A file that goes with a mail."""

    __tablename__ = "mail_attachment"

    id: Mapped[PrimaryKey]
    mail_id: Mapped[int] = reference("mail_message", ondelete="CASCADE")
    name: Mapped[str]
    mime: Mapped[str]
    #: iTIP method of a calendar file, REQUEST or CANCEL; NULL for any other file.
    method: Mapped[str | None]
    content: Mapped[bytes]


class MailSuppression(Base):
    """An address that gets no more mail of a list, because its owner said so or because it does not exist."""

    __tablename__ = "mail_suppression"
    __table_args__ = (sa.UniqueConstraint("email", "list_id"),)

    id: Mapped[PrimaryKey]
    email: Mapped[EmailAddress]
    #: Empty means every list.
    list_id: Mapped[str]
    reason: Mapped[SuppressionReason] = enum_column(SuppressionReason)
    #: The mail whose link was used, or which bounced.
    mail_id: Mapped[int | None] = reference("mail_message", ondelete="SET NULL")
    #: What the mail server said.
    detail: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime]


class MailPace(Base):
    """The one row that spaces the mails of lists over all workers: when the next one may leave."""

    __tablename__ = "mail_pace"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    #: By the database's clock, which all workers share.
    next_at: Mapped[datetime]


class MailHome(Base):
    """The one row that says which database may send mail: a copy of it, restored elsewhere, finds that it is not it."""

    __tablename__ = "mail_home"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    #: The cluster's system identifier and the database's number in it, with a slash between them.
    database: Mapped[str]
    #: By the database's clock.
    released_at: Mapped[datetime]
