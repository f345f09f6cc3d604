"""Accessible PDF documents (PDF/UA-1), typeset from templates/pdf with data that is never read as markup."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typst

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "pdf"
#: No package is ever looked for there: templates import files beside them only, and nothing is fetched from a network.
_NO_PACKAGES = TEMPLATES / "packages"


def typeset(template: str, content: Mapping[str, Any], *, language: str, title: str, made_at: datetime) -> bytes:
    """The PDF of ``templates/pdf/<template>.typ``, tagged, saying its `title` and `language` ("en", "pt_BR").

    `content` holds what JSON can hold; the template finds it as ``content``, through ``house.typ``. Strings are put in
    as text, so nothing that a person typed can be markup, reach a file or the network. Equal arguments give equal
    bytes: `made_at` is the only time in the document. Raises typst.TypstError for a template that asks for what is
    not there, ValueError for one by another name than a word.
    """
    if not template.isidentifier():
        raise ValueError(f"not the name of a template: {template!r}")
    tag, _, region = language.replace("-", "_").partition("_")
    data = json.dumps({"content": content, "title": title, "language": tag, "region": region or None})
    pdf = typst.compile(
        str(TEMPLATES / f"{template}.typ"),
        root=str(TEMPLATES),
        format="pdf",
        sys_inputs={"data": data},
        # The same fonts on every machine: those that typst brings.
        ignore_system_fonts=True,
        package_path=str(_NO_PACKAGES),
        package_cache_path=str(_NO_PACKAGES),
        pdf_standards=["ua-1"],
        timestamp=made_at.astimezone(UTC).replace(microsecond=0),
    )
    if not isinstance(pdf, bytes):
        raise TypeError("typst gave no document")
    return pdf
