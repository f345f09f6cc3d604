"""The form of company numbers, country by country; whether the company exists is another question."""

import re

from stdnum import get_cc_module
from stdnum.exceptions import ValidationError

#: What firms of a country call their number, and the module of python-stdnum that knows its form and check digit.
_CHECKED: dict[str, tuple[str, str]] = {
    "AR": ("CUIT", "cuit"), "AT": ("Firmenbuchnummer", "businessid"), "AU": ("ABN", "abn"), "BE": ("KBO/BCE", "vat"),
    "BG": ("ЕИК", "vat"), "BR": ("CNPJ", "cnpj"), "CA": ("BN", "bn"), "CH": ("UID", "uid"), "CL": ("RUT", "rut"),
    "CN": ("USCC", "uscc"), "CO": ("NIT", "nit"), "CR": ("cédula jurídica", "cpj"), "CZ": ("DIČ", "dic"),
    "DK": ("CVR", "cvr"), "DO": ("RNC", "rnc"), "DZ": ("NIF", "nif"), "EC": ("RUC", "ruc"),
    "EE": ("registrikood", "registrikood"), "ES": ("NIF", "nif"), "FI": ("Y-tunnus", "ytunnus"),
    "FR": ("SIREN", "siren"), "GH": ("TIN", "tin"), "GR": ("ΑΦΜ", "vat"), "GT": ("NIT", "nit"), "HR": ("OIB", "oib"),
    "HU": ("adószám", "anum"), "ID": ("NPWP", "npwp"), "IL": ("ח.פ.", "hp"), "IN": ("GSTIN", "gstin"),
    "IT": ("partita IVA", "iva"), "JP": ("法人番号", "cn"), "KE": ("PIN", "pin"), "KR": ("사업자등록번호", "brn"),
    "MA": ("ICE", "ice"), "MX": ("RFC", "rfc"), "NO": ("orgnr", "orgnr"), "PE": ("RUC", "ruc"), "PL": ("NIP", "nip"),
    "PT": ("NIPC", "nif"), "PY": ("RUC", "ruc"), "RO": ("CUI", "cf"), "RS": ("PIB", "pib"), "SE": ("orgnr", "orgnr"),
    "SG": ("UEN", "uen"), "SN": ("NINEA", "ninea"), "SV": ("NIT", "nit"), "TN": ("matricule fiscal", "mf"),
    "TR": ("VKN", "vkn"), "TW": ("統一編號", "ubn"), "US": ("EIN", "ein"), "UY": ("RUT", "rut"), "VE": ("RIF", "rif"),
    "VN": ("MST", "mst"), "ZA": ("TIN", "tin"),
}  # fmt: skip

#: Registers whose numbers have a form but no check digit; separators are gone when it is looked at.
_SHAPED: dict[str, tuple[str, str]] = {
    "DE": ("Handelsregister / USt-IdNr.", r"HR[AB]\d{1,6}[A-ZÄÖÜ]{0,40}|DE\d{9}"),
    "GB": ("company number", r"(\d{2}|[A-Z]{2})\d{6}"),
    "IE": ("CRO", r"\d{5,6}"),
    "NL": ("KvK", r"\d{8}"),
}
_ANYWHERE = r"(?=.*\d)\w{3,30}"
_SEPARATORS = re.compile(r"[\s.\-/]+")


def company_number(country: str, text: str) -> str | None:
    """`text` as a company number of `country` (ISO 3166-1 alpha-2) in its compact form; None when it is not one.

    Where python-stdnum knows the country's number, form and check digit must be right:
    ``("BR", "11.222.333/0001-81")`` -> ``"11222333000181"``. In countries that we know nothing of, 3 to 30 letters and
    digits with a digit among them pass.
    """
    compact = _SEPARATORS.sub("", text).upper()
    if country not in _CHECKED:
        _name, shape = _SHAPED.get(country, ("", _ANYWHERE))
        return compact if re.fullmatch(shape, compact) else None
    module = get_cc_module(country.lower(), _CHECKED[country][1])
    assert module is not None, f"python-stdnum has lost the number of {country}"
    try:
        return str(module.validate(compact))
    except ValidationError:
        return None


def company_number_name(country: str) -> str | None:
    """What a company number is called in `country`: "CNPJ" in BR; None where we do not know."""
    known = _CHECKED.get(country) or _SHAPED.get(country)
    return known[0] if known else None
