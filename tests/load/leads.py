"""Leads by the thousand, written straight into the tables, for chaos and measurements."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.followup.models import Lead, Wave
from fairlink.followup.states import Side
from tests import factories

_BUYERS = sa.text(
    """
    WITH made AS (
      INSERT INTO organisation (kind, name, country, created_at)
      SELECT 'buyer', 'Buyer ' || n, 'SE', CAST(:at AS timestamptz) FROM generate_series(1, CAST(:count AS bigint)) AS n
      RETURNING id
    ), people AS (
      INSERT INTO user_account (email, name, password_hash, locale, zone, created_at, email_confirmed_at)
      SELECT 'buyer' || id || '@buyers.example', 'Person ' || id, '', (ARRAY['en', 'es', 'pt'])[1 + id % 3], 'UTC',
             CAST(:at AS timestamptz), CAST(:at AS timestamptz)
      FROM made RETURNING id, email
    ), joined AS (
      INSERT INTO membership (user_id, organisation_id, roles, started_at)
      SELECT people.id, made.id, ARRAY['owner'], CAST(:at AS timestamptz)
      FROM made JOIN people ON people.email = 'buyer' || made.id || '@buyers.example' RETURNING organisation_id
    )
    SELECT array_agg(organisation_id) FROM joined
    """
)
_LEADS = sa.text(
    """
    INSERT INTO lead (fair_id, exhibitor_id, buyer_id, recorded_side, recorded_by_id, interest, created_at)
    SELECT :fair, :exhibitor, (CAST(:buyers AS bigint[]))[1 + n % CAST(:number AS bigint)], 'firm', :by, 'high',
           CAST(:at AS timestamptz)
    FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS n
    """
)
_PART = 50_000


def fair_with_leads(session: Session, leads: int, buyers: int, *, now: datetime, due_at: datetime) -> Lead:
    """A fair that is over, with one exhibitor, `leads` leads shared by `buyers` buyers, and one wave to the buyers.

    Nothing is planned yet. Commits as it goes; returns the one lead that was made with everything around it.
    """
    factories.use(session)
    first = factories.lead()
    first.fair.starts_on = (now - timedelta(days=40)).date()
    first.fair.ends_on = (now - timedelta(days=38)).date()
    first.created_at = now
    factories.add(Wave(fair_id=first.fair_id, side=Side.BUYER, number=1, due_at=due_at))
    at = now - timedelta(days=39)
    ids = session.scalar(_BUYERS, {"count": buyers, "at": at})
    session.commit()
    for start in range(0, leads, _PART):
        values = {
            "fair": first.fair_id,
            "exhibitor": first.exhibitor_id,
            "buyers": ids,
            "number": buyers,
            "by": first.recorded_by_id,
            "at": at,
            "first": start,
            "last": min(start + _PART, leads) - 1,
        }
        session.execute(_LEADS, values)
        session.commit()
    return first
