"""The aid ledger as the quote engine wants it: earlier aid of every single undertaking that takes part, and rates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.accounts.models import Organisation
from fairlink.applications.models import Application, ApplicationMember, DeclaredAid
from fairlink.fairs.models import Fair
from fairlink.subsidies.models import Call, FirmLink
from fairlink.subsidies.queries import schemes
from fairlink.subsidies.queries.aid import Aid, aid_of_undertakings, exchange_rate, firm_link, links_in_state
from fairlink.subsidies.rules import ExchangeRate, PriorAid, Rules
from fairlink.subsidies.rules.document import AidCeiling
from fairlink.subsidies.states.aid import LinkState


def undertaking(firm_id: int, undertaking_id: int | None) -> str:
    """The name by which the engine knows a firm's single undertaking: its own where it belongs to none."""
    return str(firm_id) if undertaking_id is None else f"u{undertaking_id}"


def prior_aid(session: Session, application: Application, firms: Sequence[Organisation]) -> tuple[PriorAid, ...]:
    """The aid ledger of all single undertakings that take part, and what was declared and is not in it yet."""
    award = application.award
    ledger = aid_of_undertakings(session, firms, besides=f"award:{award.id}" if award else "")
    entered = tuple(
        PriorAid(
            undertaking=undertaking(aid.entry.firm_id, aid.undertaking_id),
            regime=aid.entry.regime,
            granted_on=aid.entry.granted_on,
            amount_minor=aid.counted.minor,
            currency=aid.counted.currency,
        )
        for aid in ledger
    )
    declared = tuple(
        PriorAid(
            undertaking=undertaking(member.firm_id, member.firm.undertaking_id),
            regime=aid.regime,
            granted_on=aid.granted_on,
            amount_minor=aid.amount_minor,
            currency=aid.currency,
        )
        for member, aid in _not_in(ledger, application)
    )
    return (*entered, *declared)


@dataclass(frozen=True, slots=True)
class LinkCase:
    """A declared link, with the agencies to which its firm has sent an application: their staff judge it."""

    link: FirmLink
    agency_ids: frozenset[int]


def link_case(session: Session, link_id: int) -> LinkCase | None:
    """One link for the staff who may judge it."""
    link = firm_link(session, link_id)
    if link is None:
        return None
    sent = _sent().where(ApplicationMember.firm_id == link.firm_id).with_only_columns(Fair.agency_id).distinct()
    return LinkCase(link, frozenset(session.scalars(sent)))


def links_of_agency(session: Session, agency_id: int, state: LinkState) -> list[LinkCase]:
    """What firms that have sent an application to an agency declared, in one state."""
    links = links_in_state(session, _sent().where(Fair.agency_id == agency_id), state)
    return [LinkCase(link, frozenset({agency_id})) for link in links]


def _sent() -> sa.Select[int]:
    """The firms that took part in what was sent to an agency."""
    return (
        sa.select(ApplicationMember.firm_id)
        .join(Application, Application.id == ApplicationMember.application_id)
        .join(Call, Call.id == Application.call_id)
        .join(Fair, Fair.id == Call.fair_id)
        .where(Application.submitted_at.is_not(None))
    )


def has_applied(session: Session, firm_id: int, agency_id: int) -> bool:
    """Whether a firm took part in what was sent to an agency."""
    sent = _sent().where(ApplicationMember.firm_id == firm_id, Fair.agency_id == agency_id)
    return session.scalar(sent.limit(1)) is not None


def ceilings_of_agency(session: Session, agency_id: int) -> list[AidCeiling]:
    """The aid ceilings of an agency's schemes, each regime once, as the latest of them has it."""
    documents = [scheme.current.document for scheme in schemes(session, agency_id)]
    found = {ceiling.code: ceiling for document in documents for ceiling in document.aid_ceilings}
    return [found[code] for code in sorted(found)]


def lock_undertakings(session: Session, applications: Iterable[Application]) -> None:
    """Let no other grant to these single undertakings pass at the same time: their ceilings are read after this."""
    firms = [member.firm for application in applications for member in application.members]
    undertakings = {firm.undertaking_id for firm in firms if firm.undertaking_id}
    together = sa.or_(Organisation.id.in_([firm.id for firm in firms]), Organisation.undertaking_id.in_(undertakings))
    # Not against foreign keys: a firm may be written about meanwhile.
    rows = sa.select(Organisation.id).where(together).order_by(Organisation.id).with_for_update(key_share=True)
    session.execute(rows)


def declared_elsewhere(session: Session, application: Application) -> list[tuple[ApplicationMember, DeclaredAid]]:
    """What the members declared and the aid ledger does not have yet."""
    firms = [member.firm for member in application.members]
    return _not_in(aid_of_undertakings(session, firms, besides=""), application)


def _not_in(ledger: Iterable[Aid], application: Application) -> list[tuple[ApplicationMember, DeclaredAid]]:
    """A firm declares the same aid with every application: it counts once."""
    known = {
        (each.entry.firm_id, each.entry.regime, each.entry.granted_on, each.entry.amount_minor, each.entry.currency)
        for each in ledger
    }
    return [
        (member, aid)
        for member in application.members
        for aid in member.declared_aid
        if (member.firm_id, aid.regime, aid.granted_on, aid.amount_minor, aid.currency) not in known
    ]


def exchange(
    session: Session, call: Call, known: Rules, currencies: Iterable[str], *, on: date
) -> tuple[ExchangeRate, ...]:
    """The agency's rates into the scheme's currency, for ceilings and earlier aid in others."""
    wanted = {*currencies, *(each.currency for each in known.aid_ceilings)} - {known.currency}
    found = {each: exchange_rate(session, call.agency_id, each, known.currency, on) for each in sorted(wanted)}
    return tuple(ExchangeRate(currency=each, rate=rate) for each, rate in found.items() if rate is not None)
