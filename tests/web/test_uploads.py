"""The field for files says what is wrong with each, in the words of the reader."""

import io
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage, MultiDict
from wtforms.validators import Optional

from fairlink.kernel.uploads import PICTURES
from fairlink.web.fields import Form, Required, UploadField
from tests.files import samples


def sent(field: Any, *files: tuple[str, bytes]) -> Any:
    """The field after `files` were sent with its form and validated."""
    chosen = MultiDict([("value", FileStorage(io.BytesIO(content), filename=name)) for name, content in files])
    form = type("Made", (Form,), {"value": field})(chosen, meta={"csrf": False})
    form.validate()
    return form["value"]


@pytest.fixture(autouse=True)
def request_context(app: Flask) -> Any:
    with app.test_request_context("/"):
        yield


def test_several_files_are_read_at_once() -> None:
    field = sent(UploadField("Quotes", [Required()], most=3), ("a.pdf", samples.pdf()), ("b.png", samples.png()))
    assert ([each.name for each in field.data], field.errors) == (["a.pdf", "b.png"], [])
    assert "multiple" in str(field())
    assert 'accept="application/pdf,.pdf,' in str(field())


def test_one_file_is_one_upload() -> None:
    field = sent(UploadField("Logo", kinds=PICTURES), ("b.png", samples.png()))
    assert field.upload.name == "b.png"
    assert "multiple" not in str(field())


def test_nothing_chosen_is_nothing_or_an_error() -> None:
    assert sent(UploadField("Quotes", [Optional()]), ("", b"")).data == []
    assert sent(UploadField("Quotes", [Required()]), ("", b"")).errors == ["Enter this."]


def test_a_refused_file_is_named_with_what_to_do() -> None:
    field = sent(UploadField("Quotes", [Required()], most=3), ("a.pdf", samples.pdf()), ("x.svg", b"<svg></svg>"))
    assert field.errors == ["“x.svg” is not one of these kinds of file: PDF, JPEG, PNG, XLSX, DOCX."]


def test_more_files_than_asked_for_are_refused() -> None:
    field = sent(UploadField("Quotes", most=1), ("a.pdf", samples.pdf()), ("b.pdf", samples.pdf()))
    assert field.errors == ["At most 1 files at a time."]
