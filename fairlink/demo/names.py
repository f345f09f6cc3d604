"""Fictitious names of people and firms, and company numbers of the right form, all from one seeded generator."""

import json
import random
from pathlib import Path

from fairlink.accounts.rules import company_number

#: Every invented person carries it, so that nobody takes one for real.
FICTITIOUS = "(demo)"

_WORDS = {
    part: words.split()
    for part, words in json.loads((Path(__file__).resolve().parent / "data" / "names.json").read_text()).items()
}

_TRADES = {
    "footwear": ("Calzados", "Botas", "Suelas"),
    "leather_goods": ("Marroquinería", "Talabartería", "Cueros"),
    "handicrafts": ("Artesanías", "Taller", "Manos"),
    "garments": ("Confecciones", "Modas", "Hilos"),
    "knitwear": ("Tejidos", "Punto", "Lanas"),
    "furniture": ("Muebles", "Maderas", "Ebanistería"),
    "food": ("Conservas", "Cafés", "Granos"),
}

#: What firms of a sector offer: headings of the Harmonized System.
PRODUCTS = {
    "footwear": ("640399", "640391", "640420", "640510"),
    "leather_goods": ("420221", "420231", "420330"),
    "handicrafts": ("442019", "691390", "701890"),
    "garments": ("610910", "620342", "620462"),
    "knitwear": ("611011", "611012", "611030"),
    "furniture": ("940360", "940350", "940161"),
    "food": ("090121", "180690", "100850", "200899"),
}

#: Random digits around which a check digit is looked for.
_NUMBER_FORMS = {"PE": ("20", 8, ""), "CO": ("9", 8, ""), "CL": ("7", 7, ""), "BR": ("", 8, "0001##")}


class Names:
    """Invents names; the same seed invents the same."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 demonstration data, no secret
        self._used: set[str] = set()

    def _once(self, make: str) -> bool:
        fresh = make not in self._used
        self._used.add(make)
        return fresh

    def family(self) -> str:
        """A family name that no family has, as far as we know."""
        pick = self.random.choice
        return "".join(pick(_WORDS[part]) for part in ("heads", "middles", "tails"))

    def person(self) -> str:
        """A fictitious person."""
        while True:
            name = f"{self.random.choice(_WORDS['given'])} {self.family()}"
            if self._once(name):
                return f"{name} {FICTITIOUS}"

    def firm(self, sector: str) -> str:
        """A fictitious firm of a sector."""
        while True:
            name = f"{self.random.choice(_TRADES[sector])} {self.family()}"
            if self._once(name):
                return name

    def company(self) -> str:
        """A fictitious buying company."""
        while True:
            name = f"{self.family()} {self.random.choice(('Imports', 'Trading', 'Retail', 'Stores', 'Sourcing'))}"
            if self._once(name):
                return name

    def company_number(self, country: str) -> str:
        """A number of the country's form, check digit included; nobody's as far as we know."""
        head, digits, tail = _NUMBER_FORMS[country]
        while True:
            body = head + "".join(str(self.random.randrange(10)) for _ in range(digits))
            for check in range(100):
                text = body + (tail.replace("##", f"{check:02d}") if tail else str(check))
                number = company_number(country, text)
                if number and self._once(country + number):
                    return number


def email_of(name: str, host: str) -> str:
    """An address under a domain that cannot exist."""
    local = name.removesuffix(f" {FICTITIOUS}").lower().replace(" ", ".")
    return f"{local}@{host}.example"
