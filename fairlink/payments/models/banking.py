"""The tables of bank accounts."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from fairlink.kernel.database import Base, reference


class BankAccount(Base):
    """Where firms transfer money to; one for each agency."""

    __tablename__ = "bank_account"

    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), primary_key=True)
    holder: Mapped[str]
    #: An IBAN where the country has them, else the number as banks there write it.
    number: Mapped[str]
    bank: Mapped[str] = mapped_column(server_default="")
    bic: Mapped[str] = mapped_column(server_default="")
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int] = reference("user_account")
