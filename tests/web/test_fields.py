"""Fields read what people type in their language, refuse what is not clear, and keep it on the page."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict
from wtforms import FieldList, FormField
from wtforms import Form as PlainForm
from wtforms.validators import Length, Optional

from fairlink.kernel.money import Money
from fairlink.web import places
from fairlink.web.controls import ErrorLink, add_row_asked, error_links
from fairlink.web.fields import (
    CountriesField,
    CountryField,
    CurrencyField,
    EmailField,
    Form,
    HsCodesField,
    LocalDateField,
    LocalTimeField,
    MarkdownField,
    MoneyField,
    MultiCheckboxField,
    NumberField,
    PhoneField,
    RadioField,
    RateField,
    Required,
    SelectField,
    TextField,
    ZoneField,
)
from fairlink.web.numerals import NotANumber, parse_number, write_number


@contextmanager
def reading(app: Flask, language: str = "en") -> Iterator[None]:
    """A request of somebody who reads `language`."""
    with app.test_request_context(f"/?lang={language}"):
        yield


def made(unbound: Any, **others: Any) -> type[Form]:
    return type("Made", (Form,), {"value": unbound, **others})


def typed(unbound: Any, *texts: str, **others: tuple[Any, str]) -> Any:
    """The field after `texts` were sent and validated; `others` are further fields with what was sent in them."""
    form = made(unbound, **{name: field for name, (field, _) in others.items()})(
        MultiDict([*(("value", text) for text in texts), *((name, text) for name, (_, text) in others.items())]),
        meta={"csrf": False},
    )
    form.validate()
    return form["value"]


def outcome(field: Any) -> tuple[Any, list[str]]:
    return field.data, [str(error) for error in field.errors]


@pytest.mark.parametrize(
    ("language", "text", "number"),
    [
        ("en", "1,250.50", "1250.50"),
        ("en", "12.50", "12.50"),
        ("es", "1.250,50", "1250.50"),
        ("es", "12,50", "12.50"),
        ("es", "1250", "1250"),
        ("pt", "1.234.567,8", "1234567.8"),
        ("pt", "12 500,5", "12500.5"),
        ("en", "12\u202f500.5", "12500.5"),
        ("en", " -5 ", "-5"),
        ("en", "\u22125", "-5"),
    ],
)
def test_parse_number_reads_the_language(language: str, text: str, number: str) -> None:
    assert parse_number(text, language) == Decimal(number)


@pytest.mark.parametrize(
    ("language", "text", "meant"),
    [
        ("es", "12.50", "12,50"),
        ("pt", "1,250.00", "1250,00"),
        ("en", "12,5", "12.5"),
        ("en", "1.250,50", "1250.50"),
        ("en", "1,25,000", None),
        ("en", "1.2.3", None),
        ("en", "1e5", None),
        ("en", "NaN", None),
        ("en", "Infinity", None),
        ("en", "١٢", None),
        ("en", "", None),
        ("en", ".", None),
        ("en", "1 250,500.2", None),
        ("en", "9" * 21, None),
    ],
)
def test_parse_number_refuses_what_is_unclear(language: str, text: str, meant: str | None) -> None:
    with pytest.raises(NotANumber) as refusal:
        parse_number(text, language)
    assert refusal.value.meant == meant


@pytest.mark.parametrize("language", ["en", "es", "pt"])
@pytest.mark.parametrize("number", ["0", "-5", "1250.50", "1234567.891"])
def test_write_number_is_read_back(language: str, number: str) -> None:
    assert parse_number(write_number(Decimal(number), language), language) == Decimal(number)


@pytest.mark.parametrize(
    ("language", "currency", "text", "expected"),
    [
        ("en", "EUR", "1,250.50", (Money(125050, "EUR"), [])),
        ("es", "EUR", "1.250,50", (Money(125050, "EUR"), [])),
        ("en", "EUR", "0", (Money(0, "EUR"), [])),
        ("en", "EUR", "EUR 12.50", (Money(1250, "EUR"), [])),
        ("en", "EUR", "€12,000.00", (Money(1_200_000, "EUR"), [])),
        ("es", "EUR", "12000", (Money(1_200_000, "EUR"), [])),
        ("es", "EUR", "12.000,00", (Money(1_200_000, "EUR"), [])),
        ("es", "EUR", "12.000,00\xa0€", (Money(1_200_000, "EUR"), [])),
        ("en", "USD", "US$5", (Money(500, "USD"), [])),
        ("en", "USD", "$5", (Money(500, "USD"), [])),
        ("en", "EUR", "12,000.00 USD", (None, ["“12,000.00 USD” is not in EUR."])),
        ("en", "EUR", "12.5", (Money(1250, "EUR"), [])),
        ("en", "EUR", "12.500", (Money(1250, "EUR"), [])),
        ("en", "JPY", "1,250", (Money(1250, "JPY"), [])),
        ("en", "KWD", "1.250", (Money(1250, "KWD"), [])),
        ("es", "EUR", "12.50", (None, ["“12.50” can be misread here. Did you mean 12,50?"])),
        ("en", "EUR", "much", (None, ["“much” is not a number."])),
        ("en", "EUR", "12.505", (None, ["Use at most 2 digits after the decimal sign."])),
        ("en", "JPY", "12.5", (None, ["Use no digits after the decimal sign."])),
        ("en", "EUR", "-1", (None, ["This must be at least 0.00 EUR."])),
        ("en", "EUR", "10,000,000,000,001", (None, ["This must be at most 10000000000000.00 EUR."])),
        ("en", "EUR", " ", (None, ["Enter this."])),
    ],
)
def test_money_field(app: Flask, language: str, currency: str, text: str, expected: tuple[Any, list[str]]) -> None:
    with reading(app, language):
        found = outcome(typed(MoneyField("Cost", [Required()], currency=currency), text))
    if language == "en":
        assert found == expected
    else:
        # The sentence is the translators' business; what was probably meant is not.
        assert found[0] == expected[0]
        assert ["12,50" in message for message in found[1]] == [True] * len(expected[1])


def test_money_field_takes_the_currency_chosen_in_another_field(app: Flask) -> None:
    with reading(app):
        field = MoneyField("Value", currency_field="unit")
        assert outcome(typed(field, "1250", unit=(CurrencyField(), "JPY"))) == (Money(1250, "JPY"), [])
        assert outcome(typed(field, "1250 JPY", unit=(CurrencyField(), "JPY"))) == (Money(1250, "JPY"), [])
        refused = ["“€1250” is not in JPY."]
        assert outcome(typed(field, "€1250", unit=(CurrencyField(), "JPY"))) == (None, refused)
        assert outcome(typed(field, "1250", unit=(CurrencyField(), ""))) == (None, ["Say in which currency."])


def test_money_field_keeps_what_was_typed_and_shows_what_it_was_given(app: Flask) -> None:
    with reading(app, "es"):
        refused = typed(MoneyField(currency="EUR"), "12.50")
        assert refused._value() == "12.50"
        form = made(MoneyField(currency="EUR"))(None, data={"value": Money(125050, "EUR")}, meta={"csrf": False})
        assert form["value"]._value() == "1250,50"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("50", (5000, [])),
        ("12.5 %", (1250, [])),
        ("0", (0, [])),
        ("100", (10_000, [])),
        ("100.01", (None, ["Enter a rate from 0 to 100 per cent."])),
        ("-1", (None, ["Enter a rate from 0 to 100 per cent."])),
        ("33.333", (None, ["Use at most 2 digits after the decimal sign."])),
        ("half", (None, ["“half” is not a number."])),
    ],
)
def test_rate_field(app: Flask, text: str, expected: tuple[Any, list[str]]) -> None:
    with reading(app):
        assert outcome(typed(RateField("Rate"), text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", (12, [])),
        ("1,000", (1000, [])),
        ("0", (None, ["Enter a number from 1 to 2000."])),
        ("2001", (None, ["Enter a number from 1 to 2000."])),
        ("1.5", (None, ["Use no digits after the decimal sign."])),
    ],
)
def test_number_field(app: Flask, text: str, expected: tuple[Any, list[str]]) -> None:
    with reading(app):
        assert outcome(typed(NumberField("Staff", minimum=1, maximum=2000), text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2027-03-09", (date(2027, 3, 9), [])),
        ("", (None, [])),
        ("9/3/2027", (None, ["Enter a date like 2027-03-09."])),
        ("2027-02-30", (None, ["Enter a date like 2027-03-09."])),
        ("0027-03-09", (None, ["Check the year."])),
    ],
)
def test_local_date_field(app: Flask, text: str, expected: tuple[Any, list[str]]) -> None:
    with reading(app):
        assert outcome(typed(LocalDateField("First day", [Optional()]), text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("09:30", (time(9, 30), [])),
        ("9:30", (time(9, 30), [])),
        ("09:30:00", (time(9, 30), [])),
        ("25:00", (None, ["Enter a time like 09:30."])),
        ("9.30", (None, ["Enter a time like 09:30."])),
    ],
)
def test_local_time_field(app: Flask, text: str, expected: tuple[Any, list[str]]) -> None:
    with reading(app):
        assert outcome(typed(LocalTimeField("Opens"), text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" Ana@Example.COM ", ("Ana@example.com", [])),
        ("ana@", (None, ["Enter an e-mail address like name@example.com."])),
        ("ana@localhost", (None, ["Enter an e-mail address like name@example.com."])),
        ("ana@example.com\r\nBcc: x@example.com", (None, ["Enter an e-mail address like name@example.com."])),
    ],
)
def test_email_field(app: Flask, text: str, expected: tuple[Any, list[str]]) -> None:
    with reading(app):
        assert outcome(typed(EmailField("E-mail"), text)) == expected


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("987 654 321", "PE", ("+51987654321", [])),
        ("+34 912 345 678", "PE", ("+34912345678", [])),
        ("+34 912 345 678", "", ("+34912345678", [])),
    ],
)
def test_phone_field(app: Flask, text: str, country: str, expected: tuple[Any, list[str]]) -> None:
    with reading(app):
        assert outcome(typed(PhoneField("Phone"), text, country=(CountryField(), country))) == expected


@pytest.mark.parametrize(("text", "country"), [("987 654 321", ""), ("12", "PE"), ("call me", "PE")])
def test_phone_field_refuses_what_cannot_be_called(app: Flask, text: str, country: str) -> None:
    with reading(app):
        field = typed(PhoneField("Phone"), text, country=(CountryField(), country))
        assert outcome(field)[1] == ["Enter a telephone number with its country prefix, like +51 987 654 321."]
        assert field._value() == text


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("640399, 6403.91\n640399",), (["640399", "640391"], [])),
        (("640399", "410719"), (["640399", "410719"], [])),
        (("",), ([], [])),
        (("640399 6403 shoes",), ([], ["Codes have six digits, like 640399. These do not: 6403, shoes."])),
    ],
)
def test_hs_codes_field(app: Flask, texts: tuple[str, ...], expected: tuple[Any, list[str]]) -> None:
    with reading(app):
        assert outcome(typed(HsCodesField("Products"), *texts)) == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Sweden, norway;DK\n Sweden", (["SE", "NO", "DK"], [])),
        ("es", "Perú, mexico", (["PE", "MX"], [])),
        ("en", "", (None, [])),
        ("en", "Norway, Atlantis", (None, ["These are not countries: Atlantis. Write names or two letters."])),
    ],
)
def test_countries_are_read_by_name_or_code(app: Flask, language: str, text: str, expected: Any) -> None:
    with reading(app, language):
        assert outcome(typed(CountriesField("Countries"), text)) == expected


def test_countries_that_are_written_can_be_read(app: Flask) -> None:
    for language in ("en", "es", "pt"):
        with reading(app, language):
            codes = [code for code, _name in places.countries(language)]
            written = typed(CountriesField("Countries")).write(codes)
            assert outcome(typed(CountriesField("Countries"), written)) == (codes, [])


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        (CountryField("Country"), "PE", ("PE", [])),
        (CountryField("Country"), "ZZ", ("ZZ", ["Choose one of these."])),
        (CountryField("Country", [Required()]), "", (None, ["Choose one of these."])),
        (CountryField("Country", [Optional()]), "", (None, [])),
        (CurrencyField("Currency"), "EUR", ("EUR", [])),
        (CurrencyField("Currency"), "DEM", ("DEM", ["Choose one of these."])),
        (ZoneField("Zone"), "America/Sao_Paulo", ("America/Sao_Paulo", [])),
        (ZoneField("Zone"), "Mars/Olympus", ("Mars/Olympus", ["Choose one of these."])),
        (SelectField("Year", coerce=int, blank="None", choices=[(0, "zero"), (1, "one")]), "0", (0, [])),
        (SelectField("Year", coerce=int, blank="None", choices=[(1, "one")]), "", (None, [])),
        (SelectField("Year", coerce=int, choices=[(1, "one")]), "one", (None, ["Choose one of these."])),
        (RadioField("Reply", choices=lambda: [("y", "Yes"), ("n", "No")]), "y", ("y", [])),
        (RadioField("Reply", [Required()], choices=[("y", "Yes")]), "", (None, ["Choose one of these."])),
        (MultiCheckboxField("Sectors", choices=[("a", "A"), ("b", "B")]), "b", (["b"], [])),
        (MultiCheckboxField("Sectors", choices=[("a", "A")]), "x", (["x"], ["Choose one of these."])),
    ],
)
def test_choices(app: Flask, field: Any, text: str, expected: tuple[Any, list[str]]) -> None:
    with reading(app):
        assert outcome(typed(field, text)) == expected


def test_countries_are_sorted_as_people_of_the_language_expect() -> None:
    in_spanish = [name for _, name in places.countries("es")]
    assert len(in_spanish) == 249
    assert in_spanish[:4] == ["Afganistán", "Albania", "Alemania", "Andorra"]
    assert [places.sort_key(name) for name in in_spanish] == sorted(places.sort_key(name) for name in in_spanish)


def test_texts_are_trimmed(app: Flask) -> None:
    with reading(app):
        assert outcome(typed(TextField("Name", [Length(max=9)]), "  Ana \t  Ruiz ")) == ("Ana Ruiz", [])
        assert outcome(typed(MarkdownField("Text"), " a\r\nb\r\n\r\n ")) == ("a\nb", [])


class RowForm(PlainForm):
    name = TextField("Name", [Required()])
    cost = MoneyField("Cost", [Required()], currency="EUR")


class ListForm(Form):
    title = TextField("Title", [Required()])
    kind = RadioField("Kind", [Required()], choices=[("a", "A")])
    lines = FieldList(FormField(RowForm), "Lines", min_entries=1)


def test_error_links_lead_to_inputs_in_rows_too(app: Flask) -> None:
    sent = MultiDict({"lines-0-name": "Stand", "lines-0-cost": "5", "lines-1-name": "Freight", "lines-1-cost": "x"})
    with reading(app):
        form = ListForm(sent, meta={"csrf": False})
        assert not form.validate()
        form.form_errors.append("Add another member.")
        assert error_links(form) == [
            ErrorLink(None, "", "Add another member."),
            ErrorLink("title", "Title", "Enter this."),
            ErrorLink("kind-0", "Kind", "Choose one of these."),
            ErrorLink("lines-1-cost", "Cost (row 2)", "“x” is not a number."),
        ]


def test_add_row_is_asked_by_its_button_only(app: Flask) -> None:
    with reading(app):
        form = ListForm(MultiDict({"lines-0-name": "Stand"}), meta={"csrf": False})
        assert add_row_asked(form.lines, {"title": "x"}) is False
        assert len(form.lines) == 1
        assert add_row_asked(form.lines, {"add-lines": "1"}) is True
        assert [entry.form["name"].data for entry in form.lines] == ["Stand", None]
