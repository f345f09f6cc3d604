"""Lists page by page by the keys they are sorted by: stable while rows come and go, and equally fast on every page."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Generic, TypeVar, cast
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import request
from sqlalchemy.orm import Session

T = TypeVar("T")

_LONGEST_CURSOR = 1000
_LONGEST_SEARCH = 80
_BITS = ((sa.BigInteger, 63), (sa.SmallInteger, 15), (sa.Integer, 31))


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of a list; `previous` and `next` are cursors to the neighbouring pages, None at the ends."""

    items: Sequence[T]
    previous: str | None
    next: str | None


def searched_text() -> str:
    """What the request's address looks for (``q``) in a list; at most 80 characters."""
    return request.args.get("q", "").replace("\x00", "").strip()[:_LONGEST_SEARCH]


def paginate(
    session: Session,
    select: sa.Select[*tuple[Any, ...]],
    keys: Sequence[sa.SQLColumnExpression[Any]],
    *,
    after: str | None = None,
    before: str | None = None,
    size: int = 20,
    descending: bool = False,
) -> Page[Any]:
    """The page of `select` that follows the cursor `after` or precedes `before`; without either, the first.

    `keys` are columns or expressions that are never NULL and together unique, all in one direction: an index on them
    serves every page. They replace an order of `select`. Items are what `select` selects (a tuple for several columns).
    A cursor that is not one of this list's gives the first page.
    """
    kinds = [
        key.type for key in cast("Sequence[Any]", keys)
    ]  # columns and expressions share no typed parent that has it
    forwards = _decode(after, kinds)
    position = forwards or _decode(before, kinds)
    backwards = position is not None and forwards is None
    falling = descending != backwards
    wanted = select.add_columns(*keys).order_by(None).order_by(*(key.desc() if falling else key.asc() for key in keys))
    if position is not None:
        row, here = sa.tuple_(*keys), sa.tuple_(*(sa.literal(v, k) for v, k in zip(position, kinds, strict=True)))
        wanted = wanted.where(row < here if falling else row > here)
    # One more than is shown tells whether there is another page.
    rows = list(session.execute(wanted.limit(size + 1)).unique())
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    width = len(keys)
    items = [row[0] if len(row) == width + 1 else tuple(row[:-width]) for row in rows]
    first, last = (_encode(rows[0][-width:]), _encode(rows[-1][-width:])) if rows else (None, None)
    earlier, later = (more, bool(rows)) if backwards else (position is not None, more)
    return Page(items, first if earlier else None, last if later else None)


def paginate_newest(session: Session, select: sa.Select[*tuple[Any, ...]], *, size: int = 20) -> Page[Any]:
    """The page of the request for a list of objects, the latest made first."""
    entity = select.column_descriptions[0]["entity"]
    return paginate(
        session,
        select,
        sa.inspect(entity).primary_key,
        after=request.args.get("after"),
        before=request.args.get("before"),
        size=size,
        descending=True,
    )


def page_url(**cursor: str) -> str:
    """The address of this page with another cursor (`before` or `after`) and all its other parameters."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name not in ("before", "after")]
    return "?" + urlencode([*kept, *cursor.items()])


def _encode(values: Sequence[Any]) -> str:
    plain = [value if isinstance(value, int) else str(value) for value in values]
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str | None, kinds: Sequence[Any]) -> list[Any] | None:
    """The key values in `cursor`; None for none, and for anything that keys of these column types cannot have."""
    if not cursor or len(cursor) > _LONGEST_CURSOR:
        return None
    try:
        plain = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars="-_", validate=True))
        if not isinstance(plain, list) or len(plain) != len(kinds):
            return None
        return [_value(each, kind) for each, kind in zip(plain, kinds, strict=True)]
    except (binascii.Error, ValueError, InvalidOperation, RecursionError):
        return None


def _value(plain: Any, column: Any) -> Any:
    """`plain` as a value of the column type; raises ValueError for what PostgreSQL would refuse."""
    column = column.impl_instance if isinstance(column, sa.types.TypeDecorator) else column
    kind = column.python_type
    if kind is int:
        bits = next(bits for each, bits in _BITS if isinstance(column, each))
        if type(plain) is not int or abs(plain) >= 2**bits:
            raise ValueError("not an integer of this size")
        return plain
    if type(plain) is not str or "\x00" in plain:
        raise ValueError("not text")
    plain.encode()
    if kind is str:
        return plain
    if kind is datetime:
        instant = datetime.fromisoformat(plain)
        if instant.tzinfo is None:
            raise ValueError("no zone")
        return instant
    if kind is date:
        return date.fromisoformat(plain)
    if kind is Decimal:
        number = Decimal(plain)
        if not number.is_finite():
            raise ValueError("not finite")
        return number
    raise TypeError(f"no cursor over {kind}")
