"""Form fields that read what people type in their language, and keep it on the page when it cannot be read."""

from fairlink.web.fields.base import Form, Required
from fairlink.web.fields.choices import (
    CountriesField,
    CountryField,
    CurrencyField,
    MultiCheckboxField,
    RadioField,
    SelectField,
    ZoneField,
    options,
)
from fairlink.web.fields.figures import (
    LocalDateField,
    LocalTimeField,
    MoneyField,
    NumberField,
    QuantityField,
    RateField,
)
from fairlink.web.fields.texts import EmailField, HsCodesField, MarkdownField, PhoneField, TextField
from fairlink.web.fields.uploads import UploadField

__all__ = [
    "CountriesField",
    "CountryField",
    "CurrencyField",
    "EmailField",
    "Form",
    "HsCodesField",
    "LocalDateField",
    "LocalTimeField",
    "MarkdownField",
    "MoneyField",
    "MultiCheckboxField",
    "NumberField",
    "PhoneField",
    "QuantityField",
    "RadioField",
    "RateField",
    "Required",
    "SelectField",
    "TextField",
    "UploadField",
    "ZoneField",
    "options",
]
