"""Tables of people, organisations and sign-in."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fairlink.accounts.states import Kind, Role, TokenPurpose
from fairlink.kernel.database import (
    Base,
    CountryCode,
    CurrencyCode,
    EmailAddress,
    PrimaryKey,
    enum_column,
    enum_type,
    reference,
)
from fairlink.kernel.money import Money
from fairlink.kernel.tokens import token_hash


class Sector(Base):
    """A line of business, named in the platform's three languages. Reference data."""

    __tablename__ = "sector"

    code: Mapped[str] = mapped_column(primary_key=True)
    name_en: Mapped[str]
    name_es: Mapped[str]
    name_pt: Mapped[str]

    def name(self, locale: str) -> str:
        """The sector's name in `locale`, English for any other language."""
        return {"es": self.name_es, "pt": self.name_pt}.get(locale[:2], self.name_en)


class HsCode(Base):
    """A six-digit heading of the Harmonized System. Reference data (English names)."""

    __tablename__ = "hs_code"

    code: Mapped[str] = mapped_column(sa.String(6), primary_key=True)
    name: Mapped[str]


class SingleUndertaking(Base):
    """Firms under common control; state-aid ceilings count for all of them together."""

    __tablename__ = "single_undertaking"

    id: Mapped[PrimaryKey]
    name: Mapped[str]


class Organisation(Base):
    """An agency, a firm, a buyer or an association."""

    __tablename__ = "organisation"
    __table_args__ = (
        sa.Index(
            "uq_organisation_country_company_number",
            "country",
            "company_number",
            unique=True,
            postgresql_where=sa.text("company_number IS NOT NULL"),
            info={"conflict": "company_number_taken"},
        ),
        sa.CheckConstraint("kind <> 'firm' OR company_number IS NOT NULL", name="firm_has_number"),
        sa.Index(
            "ix_organisation_name_trgm",
            sa.text("lower(fairlink_unaccent(name)) gin_trgm_ops"),
            postgresql_using="gin",
        ),
    )

    id: Mapped[PrimaryKey]
    kind: Mapped[Kind] = enum_column(Kind)
    name: Mapped[str]
    country: Mapped[CountryCode]
    #: Compact form, as python-stdnum stores it; unique within the country.
    company_number: Mapped[str | None]
    region: Mapped[str] = mapped_column(server_default="")
    city: Mapped[str] = mapped_column(server_default="")
    #: E.164, such as +34915550123; empty when not given.
    phone: Mapped[str] = mapped_column(server_default="")
    website: Mapped[str] = mapped_column(server_default="")
    description: Mapped[str] = mapped_column(server_default="")
    founded_year: Mapped[int | None] = mapped_column(sa.SmallInteger)
    undertaking_id: Mapped[int | None] = reference("single_undertaking")
    created_at: Mapped[datetime]

    sectors: Mapped[list[Sector]] = relationship(secondary="organisation_sector", order_by=Sector.code)
    products: Mapped[list["OrganisationProduct"]] = relationship(
        cascade="all, delete-orphan", order_by="OrganisationProduct.hs_code"
    )
    years: Mapped[list["FirmYear"]] = relationship(cascade="all, delete-orphan", order_by="FirmYear.year.desc()")


class OrganisationSector(Base):
    """The sectors an organisation works in (firms) or buys from (buyers)."""

    __tablename__ = "organisation_sector"

    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True)
    sector_code: Mapped[str] = mapped_column(sa.ForeignKey("sector.code"), primary_key=True, index=True)


class OrganisationProduct(Base):
    """A product that a firm offers or a buyer seeks."""

    __tablename__ = "organisation_product"

    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True)
    hs_code: Mapped[str] = mapped_column(sa.ForeignKey("hs_code.code"), primary_key=True, index=True)
    #: In the organisation's own words; empty means the heading's name says enough.
    note: Mapped[str] = mapped_column(server_default="")

    heading: Mapped[HsCode] = relationship()


class FirmYear(Base):
    """A firm's figures in one calendar year, recorded from the first day for the evaluation."""

    __tablename__ = "firm_year"
    __table_args__ = (
        sa.CheckConstraint("staff >= 0 AND turnover_minor >= 0 AND exports_minor >= 0", name="not_negative"),
        sa.CheckConstraint("exports_minor <= turnover_minor", name="exports_within_turnover"),
    )

    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True)
    year: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True)
    staff: Mapped[int]
    turnover_minor: Mapped[int]
    exports_minor: Mapped[int]
    currency: Mapped[CurrencyCode]

    markets: Mapped[list["FirmYearMarket"]] = relationship(cascade="all, delete-orphan")

    @property
    def turnover(self) -> Money:
        return Money(self.turnover_minor, self.currency)

    @property
    def exports(self) -> Money:
        return Money(self.exports_minor, self.currency)


class FirmYearMarket(Base):
    """The part of a firm's exports in one year that went to one country."""

    __tablename__ = "firm_year_market"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["organisation_id", "year"], ["firm_year.organisation_id", "firm_year.year"], ondelete="CASCADE"
        ),
    )

    organisation_id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True)
    country: Mapped[str] = mapped_column(sa.String(2), primary_key=True)
    #: In the currency of the firm's year.
    exports_minor: Mapped[int]


class User(Base):
    """A person with an account."""

    __tablename__ = "user_account"
    # `session_id` below is typed but no column.
    __allow_unmapped__ = True
    __table_args__ = (sa.Index("uq_user_account_email", "email", unique=True, info={"conflict": "email_taken"}),)

    id: Mapped[PrimaryKey]
    email: Mapped[EmailAddress]
    name: Mapped[str]
    #: argon2id; an empty string lets nobody in.
    password_hash: Mapped[str]
    locale: Mapped[str] = mapped_column(sa.String(5))
    #: IANA zone of the person, for the second time beside the fair's own.
    zone: Mapped[str]
    created_at: Mapped[datetime]
    email_confirmed_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    #: What they said at sign-up that they are; chooses the form to register with, gives no right.
    intended_kind: Mapped[Kind | None] = mapped_column(enum_type(Kind))

    memberships: Mapped[list["Membership"]] = relationship(back_populates="user", order_by="Membership.id")
    #: The membership in force; a person acts for one organisation at a time.
    membership: Mapped["Membership | None"] = relationship(
        primaryjoin="and_(User.id == foreign(Membership.user_id), Membership.ended_at.is_(None))",
        viewonly=True,
        uselist=False,
        lazy="joined",
    )

    is_authenticated = True
    is_anonymous = False
    #: The server-side session by which this person is looking, while they are; not a column.
    session_id: uuid.UUID | None = None

    def get_id(self) -> str:
        """What the cookie holds: the session's id, so that ending the session kills every copy of the cookie."""
        return str(self.session_id)

    @property
    def is_active(self) -> bool:
        return self.disabled_at is None

    @property
    def organisation(self) -> Organisation | None:
        return self.membership.organisation if self.membership else None

    @property
    def organisation_id(self) -> int | None:
        return self.membership.organisation_id if self.membership else None

    @property
    def organisation_kind(self) -> Kind | None:
        return self.membership.organisation.kind if self.membership else None

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(map(Role, self.membership.roles)) if self.membership else frozenset()


class Membership(Base):
    """A person's place in an organisation; kept with its end when the colleague leaves."""

    __tablename__ = "membership"
    __table_args__ = (
        sa.Index(
            "uq_membership_active",
            "user_id",
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL"),
            info={"conflict": "already_member"},
        ),
        sa.CheckConstraint(
            "roles <@ ARRAY['officer','assessor','approver','finance','evaluator','owner','member']::text[]"
            " AND cardinality(roles) > 0",
            name="known_roles",
        ),
    )

    id: Mapped[PrimaryKey]
    user_id: Mapped[int] = reference("user_account")
    organisation_id: Mapped[int] = reference("organisation")
    roles: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(back_populates="memberships")
    organisation: Mapped[Organisation] = relationship(lazy="joined")


class UserSession(Base):
    """One signed-in browser; ending it makes every copy of its cookie worthless."""

    __tablename__ = "user_session"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    user_id: Mapped[int] = reference("user_account")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(lazy="joined")


class EmailToken(Base):
    """A one-time link that was mailed; only its SHA-256 is kept."""

    __tablename__ = "email_token"

    id: Mapped[PrimaryKey]
    user_id: Mapped[int] = reference("user_account")
    purpose: Mapped[TokenPurpose] = enum_column(TokenPurpose)
    token_hash: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    #: SHA-256 of a value kept in the browser that signed up; any other browser must know the password to confirm, so
    #: that nobody who was first with a foreign address and a password of their own gets it confirmed by its owner.
    browser_hash: Mapped[str | None]

    user: Mapped[User] = relationship()

    def is_from(self, browser: str | None) -> bool:
        """Whether `browser` is the value kept in the browser that asked for this link."""
        return browser is not None and self.browser_hash == token_hash(browser)


class Invitation(Base):
    """An invitation to a colleague to join an organisation; bound to the address it was sent to."""

    __tablename__ = "invitation"

    id: Mapped[PrimaryKey]
    organisation_id: Mapped[int] = reference("organisation")
    email: Mapped[EmailAddress]
    roles: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    token_hash: Mapped[str] = mapped_column(unique=True)
    #: NULL for the first officer of an agency, whom the operator invites.
    invited_by_id: Mapped[int | None] = reference("user_account")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship()
    invited_by: Mapped[User | None] = relationship()

    def is_open(self, now: datetime) -> bool:
        """Whether it can still be accepted at `now`."""
        return self.accepted_at is None and self.revoked_at is None and now < self.expires_at
