"""Shape and parsing of what people type about themselves, their organisation and their colleagues."""

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from babel.numbers import get_territory_currencies
from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from wtforms import FieldList, FormField, PasswordField
from wtforms import Form as PlainForm
from wtforms.validators import Length, Optional, ValidationError

from fairlink.accounts import queries
from fairlink.accounts.rules import MAXIMUM_LENGTH, company_number, company_number_name
from fairlink.accounts.states import ROLES_OF_KIND, Kind, Role
from fairlink.kernel.clock import utcnow
from fairlink.web import places
from fairlink.web.fields import (
    CountryField,
    CurrencyField,
    EmailField,
    Form,
    HsCodesField,
    MarkdownField,
    MoneyField,
    MultiCheckboxField,
    NumberField,
    PhoneField,
    RadioField,
    Required,
    SelectField,
    TextField,
    ZoneField,
    options,
)
from fairlink.web.i18n import language
from fairlink.web.session import db_session

if TYPE_CHECKING:
    from fairlink.accounts.models import FirmYear, Organisation

LANGUAGES = (("en", "English"), ("es", "Español"), ("pt", "Português"))

#: What each role may do, in the words of the people who give it.
ROLE_NAMES: dict[Role, Any] = {
    Role.OFFICER: _("Officer: fairs, schemes and colleagues"),
    Role.ASSESSOR: _("Assessor: assesses applications"),
    Role.APPROVER: _("Approver: decides on applications that others assessed"),
    Role.FINANCE: _("Finance: payments"),
    Role.EVALUATOR: _("Evaluator: results"),
    Role.OWNER: _("Owner: everything, and who else may enter"),
    Role.MEMBER: _("Member: meetings, contacts and answers"),
}

#: Years of figures that are asked for: the last complete ones.
YEARS_ASKED = 3

_LINK = re.compile(r"://|www\.", re.IGNORECASE)


def _no_link(form: Any, field: Any) -> None:
    # Names go into mails to people who do not know the sender yet.
    if _LINK.search(field.data or ""):
        raise ValidationError(gettext("A name has no web address in it."))


def _person_name() -> TextField:
    return TextField(
        _("Your name"), [Required(), Length(max=80), _no_link], render_kw={"autocomplete": "name", "maxlength": 80}
    )


def _language() -> SelectField:
    return SelectField(_("Language"), [Required()], choices=LANGUAGES)


def _zone() -> ZoneField:
    description = _("Times at a fair are shown in the fair's own zone first, and in yours second.")
    return ZoneField(_("Your time zone"), [Required()], description=description, render_kw={"data-own-zone": ""})


def _new_password(label: Any) -> PasswordField:
    return PasswordField(
        label,
        [Required()],
        description=_("At least 10 characters. Four words that do not belong together are good."),
        render_kw={"autocomplete": "new-password", "maxlength": MAXIMUM_LENGTH},
    )


class SignUpForm(Form):
    kind = RadioField(
        _("What brings you here?"),
        [Required()],
        choices=[("firm", _("I make products and want to show them")), ("buyer", _("I look for products to buy"))],
    )
    name = _person_name()
    email = EmailField(_("E-mail address"), [Required(), Length(max=254)])
    password = _new_password(_("Password"))
    locale = _language()
    zone = _zone()

    def values(self) -> dict[str, Any]:
        """What `service.sign_up` takes."""
        return {
            "kind": Kind(self.kind.data),
            "name": self.name.data,
            "email": self.email.data,
            "password": self.password.data,
            "locale": self.locale.data,
            "zone": self.zone.data,
        }


class ConfirmForm(Form):
    """A button; in another browser than the one that signed up, a password too."""

    password = PasswordField(_("Password"), render_kw={"autocomplete": "current-password"})


class SignInForm(Form):
    email = EmailField(_("E-mail address"), [Required()], render_kw={"autocomplete": "username"})
    password = PasswordField(_("Password"), [Required()], render_kw={"autocomplete": "current-password"})


class ForgottenForm(Form):
    email = EmailField(_("E-mail address"), [Required(), Length(max=254)])


class ResetForm(Form):
    password = _new_password(_("New password"))


class ProfileForm(Form):
    name = _person_name()
    locale = _language()
    zone = _zone()

    def values(self) -> dict[str, str]:
        """What `service.change_profile` takes."""
        return {"name": self.name.data, "locale": self.locale.data, "zone": self.zone.data}


class JoinForm(ProfileForm):
    """An invited person's new account."""

    password = _new_password(_("Password"))

    def values(self) -> dict[str, str]:
        """What `service.join_as_new` takes."""
        return super().values() | {"password": self.password.data or ""}


class PasswordForm(Form):
    current = PasswordField(_("Present password"), [Required()], render_kw={"autocomplete": "current-password"})
    new = _new_password(_("New password"))


class RolesForm(Form):
    """What a colleague may do: several things in an agency, one of two elsewhere."""

    roles = MultiCheckboxField(_("What may they do?"), [Required(_("Choose at least one."))])
    role = RadioField(_("What may they do?"), [Required()])

    def __init__(self, kind: Kind, *, held: Iterable[Role] = (), **kwargs: Any) -> None:
        held = list(held)
        super().__init__(roles=[role.value for role in held], role=held[0].value if held else Role.MEMBER, **kwargs)
        choices = options((role.value, ROLE_NAMES[role]) for role in ROLES_OF_KIND[kind])
        if kind == Kind.AGENCY:
            self.roles.choices = choices
            del self.role
        else:
            self.role.choices = choices
            del self.roles

    @property
    def chosen(self) -> frozenset[Role]:
        values = (self.roles.data or ()) if "roles" in self else [self.role.data]
        return frozenset(map(Role, values))


class InviteForm(RolesForm):
    email = EmailField(_("E-mail address"), [Required(), Length(max=254)], render_kw={"autocomplete": "off"})


def sector_choices() -> list[tuple[str, str]]:
    """Every sector by its name in the reader's language."""
    named = [(sector.code, sector.name(language())) for sector in queries.sectors(db_session())]
    return sorted(named, key=lambda pair: places.sort_key(pair[1]))


def _with_scheme(text: str | None) -> str:
    return f"https://{text}" if text and "://" not in text and ":" not in text.partition("/")[0] else text or ""


class FirmForm(Form):
    """Registering a firm."""

    name = TextField(_("Name"), [Required(), Length(max=120), _no_link], render_kw={"autocomplete": "organization"})
    country = CountryField(_("Country"), [Required()])
    company_number = TextField(
        _("Company number"),
        [Required(), Length(max=60)],
        description=_("As the tax office or the register gave it: RUC, CNPJ, NIT, NIF, GSTIN ..."),
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    sectors = MultiCheckboxField(_("Sectors"), [Required(_("Choose at least one."))], choices=sector_choices)
    city = TextField(_("City"), [Required(), Length(max=80)], render_kw={"autocomplete": "address-level2"})
    region = TextField(_("Region"), [Optional(), Length(max=80)], render_kw={"autocomplete": "address-level1"})
    phone = PhoneField(_("Telephone"), [Required()])
    website = TextField(
        _("Website"), [Optional(), Length(max=200)], filters=[_with_scheme], render_kw={"autocomplete": "url"}
    )
    founded_year = NumberField(_("Founded in"), [Optional()], minimum=1500, maximum=2200)
    description = MarkdownField(
        _("In a few words"), [Optional(), Length(max=2000)], description=_("What you do and what you are known for.")
    )

    def validate_company_number(self, field: TextField) -> None:
        country = self.country.data
        number = company_number(country, field.data) if country else field.data
        if number is None:
            name = company_number_name(country)
            if name:
                raise ValidationError(gettext("This is not a %(name)s. Check every digit.", name=name))
            raise ValidationError(gettext("This is not a company number."))
        field.data = number

    def validate_website(self, field: TextField) -> None:
        parts = urlsplit(field.data or "")
        is_web = parts.scheme in ("http", "https") and "." in (parts.hostname or "")
        if not is_web or re.search(r"[\s\"'<>]", field.data):
            raise ValidationError(gettext("Enter a web address like %(example)s.", example="www.example.com"))

    def validate_founded_year(self, field: NumberField) -> None:
        if field.data and field.data > utcnow().year:
            raise ValidationError(gettext("This year is yet to come."))

    def values(self) -> dict[str, Any]:
        """What `service.Details` holds."""
        return {
            "name": self.name.data,
            "sectors": self.sectors.data if "sectors" in self else (),
            "city": self.city.data,
            "region": self.region.data or "",
            "phone": self.phone.data,
            "website": self.website.data or "",
            "founded_year": self.founded_year.data if "founded_year" in self else None,
            "description": self.description.data or "",
        }


class BuyerForm(FirmForm):
    """Registering a buyer's company, which needs no number."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        del self.company_number


class OrganisationForm(FirmForm):
    """Changing what may be changed; an agency has no sectors."""

    def __init__(self, organisation: "Organisation") -> None:
        codes = [sector.code for sector in organisation.sectors]
        fields = ("name", "city", "region", "phone", "website", "founded_year", "description")
        super().__init__(data={name: getattr(organisation, name) for name in fields} | {"sectors": codes})
        del self.country
        del self.company_number
        if organisation.kind == Kind.AGENCY:
            del self.sectors
            del self.founded_year


class ProductsForm(Form):
    """Six-digit headings, ticked from a search or typed."""

    products = HsCodesField(_("Products"))
    q = TextField(_("Search for a product"), [Length(max=100)], render_kw={"type": "search", "autocomplete": "off"})


def shown_currency() -> str:
    """The currency a firm types its figures in: as chosen in the address, else as last time, else its country's."""
    asked = request.args.get("currency", "")
    if asked in {code for code, _name in places.currencies("en")}:
        return asked
    firm = current_user.organisation
    if firm.years:
        return str(firm.years[0].currency)
    return str((get_territory_currencies(firm.country) or ["EUR"])[0])


class CurrencyForm(Form):
    """Which currency to type in. A GET form."""

    currency = CurrencyField(_("Currency"), blank=None)

    class Meta:
        csrf = False


class YearForm(PlainForm):
    """One year of a firm; all of it or nothing."""

    staff = NumberField(_("People employed"), [Optional()], maximum=1_000_000)
    turnover = MoneyField(_("Turnover"), [Optional()], currency=shown_currency)
    exports = MoneyField(_("Of it, exports"), [Optional()], currency=shown_currency)

    @property
    def is_blank(self) -> bool:
        return not any(str(text).strip() for field in self for text in field.raw_data or ())

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        if self.is_blank:
            return valid
        for field in self:
            if field.data is None and not field.errors:
                field.errors = [gettext("Enter this too; 0 if there was none.")]
                valid = False
        if valid and self.exports.data.minor > self.turnover.data.minor:
            self.exports.errors = [gettext("Exports are a part of the turnover and cannot be more.")]
            valid = False
        return valid


class YearsForm(Form):
    """The last complete years of a firm, the newest first."""

    years = FieldList(FormField(YearForm), min_entries=YEARS_ASKED, max_entries=YEARS_ASKED)

    def given(self, numbers: Sequence[int]) -> list[tuple[int, YearForm]]:
        """The years that were filled in, each with its calendar year from `numbers`."""
        return [
            (number, entry.form) for number, entry in zip(numbers, self.years, strict=True) if not entry.form.is_blank
        ]


def years_asked() -> list[int]:
    """The calendar years to ask for, the newest first: in 2027 they are 2026, 2025 and 2024."""
    last = utcnow().year - 1
    return [last - back for back in range(YEARS_ASKED)]


class MarketForm(PlainForm):
    """One country to which the firm sold; `markets_form` gives it an amount for each year."""

    country = CountryField(_("Country"), [Optional()])


def markets_form(years: "Sequence[FirmYear]", rows: Sequence[dict[str, Any]]) -> Any:
    """A form with rows of a country and the exports to it in each of `years`; `rows` are shown."""
    amounts = {
        f"exports_{each.year}": MoneyField(
            _("Exports in %(year)s", year=each.year), [Optional()], currency=each.currency
        )
        for each in years
    }
    row = type("MarketRow", (MarketForm,), amounts)
    made = type("MarketsForm", (Form,), {"markets": FieldList(FormField(row), min_entries=3, max_entries=60)})
    return made(data={"markets": list(rows)})


def given_markets(years: "Sequence[FirmYear]", form: Any) -> dict[int, dict[str, int]]:
    """Minor units by year and country, once the form is valid; a country that stands twice counts once, added up."""
    found: dict[int, dict[str, int]] = {each.year: {} for each in years}
    for entry in form.markets:
        country = entry.form.country.data
        for each in years:
            amount = entry.form[f"exports_{each.year}"].data
            if country and amount and amount.minor:
                found[each.year][country] = found[each.year].get(country, 0) + amount.minor
    return found
