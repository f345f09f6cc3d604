"""The agency and its staff, firms, groups and buyers of the demonstration."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from fairlink.accounts import service as accounts
from fairlink.accounts.models import Membership, Organisation, User
from fairlink.applications import service as applications
from fairlink.applications.models import GroupMember, ProducerGroup
from fairlink.applications.states import MemberState
from fairlink.demo.names import PRODUCTS, Names, email_of
from fairlink.policy import Kind, Role

#: Home towns of the firms, by country.
_TOWNS = {
    "PE": ("Trujillo", "Arequipa", "Lima", "Juliaca"),
    "CO": ("Bucaramanga", "Bogotá"),
    "CL": ("Concepción", "Temuco"),
    "BR": ("Franca", "Novo Hamburgo"),
}
_CURRENCY = {"PE": "PEN", "CO": "COP", "CL": "CLP", "BR": "BRL"}

#: Fifteen countries that buyers come from, with their language and zone.
BUYERS_FROM = (
    ("SE", "en", "Europe/Stockholm"), ("DE", "en", "Europe/Berlin"), ("US", "en", "America/New_York"),
    ("CA", "en", "America/Toronto"), ("MX", "es", "America/Mexico_City"), ("UY", "es", "America/Montevideo"),
    ("BR", "pt", "America/Sao_Paulo"), ("PT", "pt", "Europe/Lisbon"), ("ES", "es", "Europe/Madrid"),
    ("FR", "en", "Europe/Paris"), ("IT", "en", "Europe/Rome"), ("GB", "en", "Europe/London"),
    ("JP", "en", "Asia/Tokyo"), ("KR", "en", "Asia/Seoul"), ("AU", "en", "Australia/Sydney"),
)  # fmt: skip

_STAFF = (
    ("officer", (Role.OFFICER,)),
    ("assessor", (Role.ASSESSOR,)),
    ("approver", (Role.APPROVER,)),
    ("finance", (Role.FINANCE,)),
    ("evaluator", (Role.EVALUATOR,)),
)


@dataclass(frozen=True, slots=True)
class Firm:
    """A firm with its owner."""

    organisation: Organisation
    owner: User
    sector: str


@dataclass(frozen=True, slots=True)
class People:
    """Everybody of the demonstration."""

    agency: Organisation
    staff: dict[str, User]
    firms: Sequence[Firm]
    groups: Sequence[tuple[ProducerGroup, Sequence[Firm]]]
    buyers: Sequence[User]


class Maker:
    """Makes people and organisations at one instant, all with the same password hash."""

    def __init__(self, session: Session, names: Names, password_hash: str, now: datetime) -> None:
        self.session, self.names, self.password_hash, self.now = session, names, password_hash, now

    def user(self, name: str, email: str, locale: str, zone: str) -> User:
        """A person with a confirmed address."""
        made = User(
            email=email,
            name=name,
            password_hash=self.password_hash,
            locale=locale,
            zone=zone,
            created_at=self.now,
            email_confirmed_at=self.now,
        )
        self.session.add(made)
        self.session.flush()
        return made

    def agency(self, name: str, country: str, host: str) -> tuple[Organisation, dict[str, User]]:
        """An agency with one person in each role."""
        agency = Organisation(kind=Kind.AGENCY, name=name, country=country, city="Lima", created_at=self.now)
        self.session.add(agency)
        self.session.flush()
        staff = {}
        for word, roles in _STAFF:
            user = self.user(self.names.person(), f"{word}@{host}.example", "en", "America/Lima")
            roles_of = [role.value for role in roles]
            self.session.add(
                Membership(user_id=user.id, organisation_id=agency.id, roles=roles_of, started_at=self.now)
            )
            self.session.flush()
            self.session.refresh(user)
            staff[word] = user
        return agency, staff

    def firm(self, sector: str, country: str, email: str | None = None) -> Firm:
        """A firm with an owner, products and three years of figures."""
        pick = self.names.random
        person = self.names.person()
        locale = "pt" if country == "BR" else "es"
        owner = self.user(person, email or email_of(person, "firms"), locale, "America/Lima")
        details = accounts.Details(
            name=self.names.firm(sector),
            city=pick.choice(_TOWNS[country]),
            description="Fictitious firm for demonstration.",
            founded_year=pick.randrange(1985, 2020),
            sectors=[sector],
        )
        firm = accounts.register_organisation(
            self.session,
            Kind.FIRM,
            details,
            country=country,
            company_number=self.names.company_number(country),
            by=owner,
            now=self.now,
        )
        products = pick.sample(PRODUCTS[sector], k=2)
        accounts.set_products(self.session, firm, products, by=owner, now=self.now)
        self._years(firm, owner, country)
        return Firm(firm, owner, sector)

    def _years(self, firm: Organisation, owner: User, country: str) -> None:
        pick = self.names.random
        staff, turnover = pick.randrange(4, 45), pick.randrange(20_000_000, 400_000_000)
        figures = []
        for back in (1, 2, 3):
            exports = turnover * pick.randrange(0, 35) // 100
            year = self.now.year - back
            figures.append(accounts.YearFigures(year, staff, turnover, exports, _CURRENCY[country]))
            turnover = turnover * pick.randrange(85, 105) // 100
        accounts.set_years(self.session, firm, figures, by=owner, now=self.now)

    def buyer(self, country: str, locale: str, zone: str, sectors: Sequence[str], email: str | None = None) -> User:
        """A buying company with the person who travels."""
        person = self.names.person()
        user = self.user(person, email or email_of(person, "buyers"), locale, zone)
        details = accounts.Details(
            name=self.names.company(), description="Fictitious buyer for demonstration.", sectors=list(sectors)
        )
        buyer = accounts.register_organisation(
            self.session, Kind.BUYER, details, country=country, by=user, now=self.now
        )
        wanted = [code for sector in sectors for code in PRODUCTS[sector][:2]]
        accounts.set_products(self.session, buyer, wanted, by=user, now=self.now)
        return user

    def group(self, name: str, firms: Sequence[Firm]) -> ProducerGroup:
        """A producer group that `firms` formed; the first is its lead."""
        group = applications.create_group(
            self.session,
            name=name,
            description="Fictitious producer group for demonstration.",
            by=firms[0].owner,
            now=self.now,
        )
        self.session.flush()
        for firm in firms[1:]:
            self.session.add(
                GroupMember(
                    group_id=group.id,
                    firm_id=firm.organisation.id,
                    state=MemberState.ACTIVE,
                    joined_at=self.now + timedelta(days=3),
                )
            )
        self.session.flush()
        self.session.refresh(group)
        return group


#: Sectors of the 60 firms: twelve groups' worth of neighbours in the list, and the single firms at its end.
_GROUPS = (
    ("Trujillo Shoemakers", "footwear", "PE", 6), ("Porvenir Footwear", "footwear", "PE", 4),
    ("Franca Boots", "footwear", "BR", 4), ("Altiplano Knitters", "knitwear", "PE", 5),
    ("Arequipa Alpaca", "knitwear", "PE", 4), ("Bucaramanga Leather", "leather_goods", "CO", 4),
    ("Catacaos Crafts", "handicrafts", "PE", 5), ("Ayacucho Workshops", "handicrafts", "PE", 4),
    ("Gamarra Garments", "garments", "PE", 4), ("Bío Bío Furniture", "furniture", "CL", 4),
    ("Pucallpa Woodworkers", "furniture", "PE", 3), ("Quillabamba Cacao", "food", "PE", 5),
)  # fmt: skip
_SINGLE = ("footwear", "knitwear", "food", "garments", "handicrafts", "leather_goods", "furniture", "food")


def make_people(session: Session, names: Names, password_hash: str, now: datetime) -> People:
    """One agency with its staff, 60 firms in 12 groups and alone, 30 buyers from 15 countries."""
    maker = Maker(session, names, password_hash, now)
    agency, staff = maker.agency("Andean Export Agency", "PE", "agency")
    firms: list[Firm] = []
    groups = []
    for number, (name, sector, country, size) in enumerate(_GROUPS):
        addresses = ["lead@firms.example", "member@firms.example"] if number == 0 else []
        members = [
            maker.firm(sector, country, addresses[index] if index < len(addresses) else None) for index in range(size)
        ]
        firms += members
        groups.append((maker.group(name, members), members))
    firms += [maker.firm(sector, "PE") for sector in _SINGLE]
    sectors = list(PRODUCTS)
    buyers = []
    for number in range(30):
        country, locale, zone = BUYERS_FROM[number % len(BUYERS_FROM)]
        wanted = ["footwear", "leather_goods"] if number < 12 else names.random.sample(sectors, k=2)
        buyers.append(maker.buyer(country, locale, zone, wanted, "buyer@buyers.example" if number == 0 else None))
    return People(agency, staff, firms, groups, buyers)
