"""What is taken is told by its content; what is dangerous, broken or two things at once is refused."""

from collections.abc import Callable
from functools import partial

import pytest

from fairlink.kernel.errors import Invalid
from fairlink.kernel.uploads import MOST_BYTES, MOST_CHARACTERS, PICTURES, FileKind, inspect
from tests.files import samples


def refusal(name: str, content: bytes, **options: frozenset[FileKind]) -> str:
    """The code with which a file is refused."""
    with pytest.raises(Invalid) as caught:
        inspect(name, content, **options)
    return caught.value.code


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("Presupuesto año 2027.pdf", samples.pdf(), FileKind.PDF),
        ("scan.JPG", samples.jpeg(), FileKind.JPEG),
        ("plan.png", samples.png(), FileKind.PNG),
        ("costs.xlsx", samples.xlsx(), FileKind.XLSX),
        ("offer.docx", samples.docx(), FileKind.DOCX),
    ],
)
def test_papers_are_taken_by_their_content(name: str, content: bytes, kind: FileKind) -> None:
    assert (inspect(name, content).kind, inspect(name, content).name) == (kind, name)


def test_a_file_without_an_ending_gets_that_of_its_content() -> None:
    assert inspect("image", samples.jpeg()).name == "image.jpg"


def test_a_long_name_is_cut_and_keeps_its_ending() -> None:
    name = inspect("a" * 500 + ".pdf", samples.pdf()).name
    assert (len(name), name[-4:]) == (MOST_CHARACTERS, ".pdf")


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd.pdf",
        "C:\\Windows\\a.pdf",
        "a\r\nSet-Cookie: x.pdf",
        "a\0.pdf",
        "invoice\u202efdp.exe",
        '"><script>.pdf',
        "",
        "...",
        ".pdf",
    ],
)
def test_a_name_that_hides_something_is_refused(name: str) -> None:
    assert refusal(name, samples.pdf()) == "file_name_refused"


def test_nothing_and_too_much_are_refused() -> None:
    assert refusal("a.pdf", b"") == "file_empty"
    assert refusal("a.pdf", b"%PDF-1.4".ljust(MOST_BYTES + 1)) == "file_too_large"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("logo.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
        ("logo.png", b'<?xml version="1.0"?><svg onload="alert(1)"/>'),
        ("page.html", b"<!DOCTYPE html><script>alert(1)</script>"),
        ("page.pdf", b"<html><body>%PDF-1.4</body></html>"),
        ("a.exe", b"MZ\x90\x00" + b"\0" * 100),
        ("a.zip", samples.office(main="any.txt")),
        ("a.gif", b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00;"),
        ("a.txt", b"only words"),
        ("a.pdf", b"\0" * 64),
    ],
)
def test_other_kinds_are_refused_whatever_they_call_themselves(name: str, content: bytes) -> None:
    assert refusal(name, content) == "file_kind_refused"


def test_a_kind_that_this_field_does_not_take_is_refused() -> None:
    assert refusal("a.pdf", samples.pdf(), kinds=PICTURES) == "file_kind_refused"


def test_an_ending_that_promises_something_else_is_refused() -> None:
    assert refusal("a.html", samples.pdf()) == "file_ending_differs"
    assert refusal("a.pdf.exe", samples.pdf()) == "file_ending_differs"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", samples.pdf() + samples.office()),
        ("a.pdf", samples.pdf()[:20] + b"<script>alert(1)</script>" + samples.pdf()[20:]),
        ("a.pdf", samples.pdf() + b"<html>"),
        ("a.pdf", samples.pdf()[:30]),
        ("a.png", samples.png() + samples.office()),
        ("a.png", samples.png(text=b"<script>alert(1)</script>")),
        ("a.png", samples.png()[:-4]),
        ("a.jpg", samples.jpeg() + samples.office()),
        ("a.jpg", samples.jpeg(b"<html><script>alert(1)</script>")),
        ("a.jpg", samples.jpeg()[:20]),
    ],
)
def test_what_is_two_things_at_once_or_half_of_one_is_refused(name: str, content: bytes) -> None:
    assert refusal(name, content) == "file_broken"


def test_a_picture_of_more_points_than_any_camera_makes_is_refused() -> None:
    assert refusal("a.png", samples.png(60_000, 60_000)) == "file_broken"


@pytest.mark.parametrize(
    "make",
    [
        partial(samples.zip_bomb, 110),
        samples.lying_zip,
        samples.broken_zip,
        partial(samples.office, {"xl/vbaProject.bin": b"macro"}),
        partial(samples.office, {"../../x": b"out"}),
        partial(samples.office, {f"xl/{number}": b"" for number in range(2100)}),
    ],
    ids=["bomb", "lying", "broken", "macro", "wild path", "many parts"],
)
def test_bombs_macros_and_broken_archives_are_refused(make: Callable[[], bytes]) -> None:
    assert refusal("a.xlsx", make()) == "file_broken"
