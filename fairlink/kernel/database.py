"""The declarative base, the column types every table shares, and the unit of work."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Annotated, Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import CITEXT
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, Session, mapped_column, sessionmaker

from fairlink.kernel.errors import Conflict


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """timestamptz that refuses naive values and always returns UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: pass an aware instant")
        return value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Parent of every table. Constraints and indexes are named, so that migrations and errors can speak of them.

    A constraint or unique index with ``info={"conflict": code}`` becomes ``Conflict(code)`` when it is violated inside
    a unit of work; any other violation stays the bug that it is.
    """

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, str: sa.Text, int: sa.BigInteger}


PrimaryKey = Annotated[int, mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)]
EmailAddress = Annotated[str, mapped_column(CITEXT)]
CountryCode = Annotated[str, mapped_column(sa.String(2))]
CurrencyCode = Annotated[str, mapped_column(sa.String(3))]


def enum_type(enum: type[StrEnum]) -> sa.Enum:
    """Text restricted by a CHECK to the values of `enum`."""
    return sa.Enum(
        enum,
        native_enum=False,
        length=40,
        create_constraint=True,
        name=enum.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
        validate_strings=True,
    )


def enum_column(enum: type[StrEnum], **options: Any) -> MappedColumn[Any]:
    """A NOT NULL column that holds a member of `enum`: ``state: Mapped[FairState] = enum_column(FairState)``."""
    return mapped_column(enum_type(enum), **options)


def reference(target: str, **options: Any) -> MappedColumn[Any]:
    """A foreign key to ``table.id`` with its index, which PostgreSQL does not make by itself."""
    index = options.pop("index", True)
    ondelete = options.pop("ondelete", None)
    return mapped_column(sa.BigInteger, sa.ForeignKey(f"{target}.id", ondelete=ondelete), index=index, **options)


def occurs_in(text: str, column: sa.SQLColumnExpression[str]) -> sa.ColumnElement[bool]:
    """Whether `text` occurs in `column`, case and accents forgiven; the signs of LIKE are letters like others."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    pattern = sa.func.lower(sa.func.fairlink_unaccent(f"%{escaped}%"))
    return sa.func.lower(sa.func.fairlink_unaccent(column)).like(pattern)


def append_only(table: sa.FromClause) -> None:
    """Let a trigger refuse UPDATE and DELETE on `table`; its function is made by migration 0004."""
    assert isinstance(table, sa.Table)
    trigger = sa.DDL(  # type: ignore[no-untyped-call]  # SQLAlchemy leaves DDL untyped
        f"CREATE TRIGGER {table.name}_append_only BEFORE UPDATE OR DELETE ON {table.name} "
        "FOR EACH ROW EXECUTE FUNCTION fairlink_append_only()"
    )
    sa.event.listen(table, "after_create", trigger)


def make_engine(url: str, **options: Any) -> sa.Engine:
    """An engine on `url` whose connections give up on a lock after 10 s and on a statement after 30 s."""
    timeouts = "-c timezone=UTC -c lock_timeout=10s -c statement_timeout=30s"
    # Values stay out of error messages, which end in logs: they may be somebody's name or address.
    return sa.create_engine(
        url, pool_pre_ping=True, hide_parameters=True, connect_args={"options": timeouts}, **options
    )


def make_sessions(engine: sa.Engine) -> sessionmaker[Session]:
    """The session factory of one process; objects stay readable after commit."""
    return sessionmaker(engine, expire_on_commit=False)


@contextmanager
def unit_of_work(session: Session) -> Iterator[Session]:
    """One transaction of an entry point: commits at the end, rolls back on any error.

    Raises Conflict for a violated constraint that has a conflict code; other database errors pass unchanged.
    """
    try:
        yield session
        session.commit()
    except IntegrityError as error:
        session.rollback()
        raise as_conflict(error) from error
    except BaseException:
        session.rollback()
        raise


@contextmanager
def aside(session: Session) -> Iterator[Session]:
    """A unit of work of its own beside that of `session`: what it locks is free again at its end."""
    with Session(session.get_bind()) as other, unit_of_work(other):
        yield other


def as_conflict(error: IntegrityError) -> Conflict | IntegrityError:
    """The Conflict that a violated, coded constraint stands for; `error` itself for any other."""
    name = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    code = _conflict_codes().get(name or "")
    return Conflict(code) if code else error


@cache
def _conflict_codes() -> dict[str, str]:
    codes: dict[str, str] = {}
    for table in Base.metadata.tables.values():
        named: list[sa.Constraint | sa.Index] = [*table.constraints, *table.indexes]
        for item in named:
            if "conflict" in item.info and item.name:
                codes[str(item.name)] = item.info["conflict"]
    return codes


__all__ = [
    "Base",
    "CountryCode",
    "CurrencyCode",
    "EmailAddress",
    "Mapped",
    "PrimaryKey",
    "Session",
    "UtcDateTime",
    "append_only",
    "as_conflict",
    "enum_column",
    "enum_type",
    "make_engine",
    "make_sessions",
    "reference",
    "unit_of_work",
]
