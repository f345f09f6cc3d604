"""Documents: readable by everybody, and deaf to what stands in their data."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest
import typst
from pypdf import PdfReader

from fairlink.kernel.pdf import typeset

MADE_AT = datetime(2026, 3, 2, 12, 30, 15, 250, tzinfo=UTC)
LETTER: dict[str, Any] = {
    "sender": "Agencia de Exportación",
    "place_and_date": "Lima",
    "reference": "A-17",
    "page_of": "Página {page} de {pages}",
    "addressee": ["O'Higgins & Söhne"],
    "subject": "Apoyo concedido",
    "salutation": "Estimado grupo:",
    "paragraphs": ["Se concede."],
    "closing": "Atentamente",
    "signature": ["La agencia"],
    "annexes": [
        {"title": "Cálculo", "columns": ["Línea", "Coste"], "rows": [["Estand", "10,00"]], "total": ["", "10,00"]}
    ],
}


def letter(**changes: Any) -> PdfReader:
    made = typeset("letter", {**LETTER, **changes}, language="es", title="Carta", made_at=MADE_AT)
    return PdfReader(io.BytesIO(made))


def test_document_is_tagged_and_says_its_title_and_language() -> None:
    document = letter()
    root: Any = document.root_object
    assert (root["/MarkInfo"]["/Marked"], root["/Lang"]) == (True, "es")
    assert document.metadata is not None
    assert document.metadata.title == "Carta"
    assert "Página 2 de 2" in document.pages[1].extract_text()


def test_equal_data_give_equal_bytes() -> None:
    first, second = (typeset("letter", LETTER, language="es", title="Carta", made_at=MADE_AT) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    "typed",
    [
        '#read("/etc/passwd")',
        '#image("file:///etc/passwd")',
        '#import "@preview/x:1.0.0"',
        "*bold* $x$ {{7*7}}",
        "<a@b>",
    ],
)
def test_what_a_person_typed_stays_text(typed: str) -> None:
    assert typed in letter(paragraphs=[typed]).pages[0].extract_text()


def test_template_can_not_read_outside_its_folder() -> None:
    with pytest.raises(ValueError, match="name"):
        typeset("../email/layout", LETTER, language="en", title="x", made_at=MADE_AT)


def test_template_with_missing_data_is_an_error() -> None:
    with pytest.raises(typst.TypstError):
        typeset("letter", {}, language="en", title="x", made_at=MADE_AT)
