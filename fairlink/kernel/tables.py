"""Tables of the house itself, which belong to no package."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from fairlink.kernel.database import Base


class RateLimit(Base):
    """Hits on one counter of `fairlink.web.limits` in its present window. Unlogged: a crash may forget them."""

    __tablename__ = "rate_limit"
    __table_args__ = {"prefixes": ["UNLOGGED"]}

    key: Mapped[str] = mapped_column(primary_key=True)
    hits: Mapped[int]
    expires_at: Mapped[datetime]


class WorkerHeartbeat(Base):
    """A worker process and when it last said that it lives, by the database's clock."""

    __tablename__ = "worker_heartbeat"

    #: Host, process id and a random part: a pid alone comes back.
    worker_id: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]
