"""What a file sent in by somebody is, told by its content and never by what it calls itself; refuses the dangerous."""

import io
import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

import puremagic

from fairlink.kernel.errors import Invalid

#: Bytes of one file: a scanned page of good quality has a tenth of it.
MOST_BYTES = 5 * 1024 * 1024

#: Characters of a name that are kept, its ending included.
MOST_CHARACTERS = 120

#: Points of a picture: more than any telephone takes, less than what stops a viewer.
MOST_PIXELS = 120_000_000

#: Bytes and parts of an office file once it is unpacked, and how often larger than the file they may be.
MOST_UNPACKED, MOST_PARTS, MOST_GROWTH = 100 * 1024 * 1024, 2000, 200

#: Where browsers look when they guess what a file is.
HEAD = 1024

_MARKUP = re.compile(rb"<(?:!doctype|html|head|body|script|iframe|svg[\s>]|\?php)", re.IGNORECASE)


class FileKind(StrEnum):
    """What is taken at all."""

    PDF = "pdf"
    JPEG = "jpeg"
    PNG = "png"
    XLSX = "xlsx"
    DOCX = "docx"


MIME: dict[FileKind, str] = {
    FileKind.PDF: "application/pdf",
    FileKind.JPEG: "image/jpeg",
    FileKind.PNG: "image/png",
    FileKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileKind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}

#: How the names of files of a kind may end; the first one is given to a name without an ending.
ENDINGS: dict[FileKind, tuple[str, ...]] = {
    FileKind.PDF: (".pdf",),
    FileKind.JPEG: (".jpg", ".jpeg", ".jpe", ".jfif"),
    FileKind.PNG: (".png",),
    FileKind.XLSX: (".xlsx",),
    FileKind.DOCX: (".docx",),
}

#: Papers: quotes, invoices, tickets, reports.
DOCUMENTS = frozenset(FileKind)

PICTURES = frozenset({FileKind.JPEG, FileKind.PNG})


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that passed every check of `inspect`, which alone makes these; `name` is for showing only."""

    name: str
    kind: FileKind
    content: bytes


def inspect(name: str, content: bytes, kinds: frozenset[FileKind] = DOCUMENTS) -> Upload:
    """The file as it may be stored.

    Raises Invalid for a name with signs that hide something, an empty or too large file, a kind that is not among
    `kinds`, an ending that promises another kind, and a file that is broken, is two things at once, or unpacks to
    far more than itself.
    """
    shown = _shown_name(name)
    if not content:
        raise Invalid("file_empty", name=shown)
    if len(content) > MOST_BYTES:
        raise Invalid("file_too_large", name=shown, most=MOST_BYTES // 1024**2)
    kind = _sniff(content)
    if kind is None or kind not in kinds:
        allowed = ", ".join(each.upper() for each in FileKind if each in kinds)
        raise Invalid("file_kind_refused", name=shown, kinds=allowed)
    ending = PurePosixPath(shown).suffix.lower()
    if ending and ending not in ENDINGS[kind]:
        raise Invalid("file_ending_differs", name=shown, kind=kind.upper())
    if not _CHECKS[kind](content):
        raise Invalid("file_broken", name=shown)
    if kind in (FileKind.PDF, *PICTURES) and zipfile.is_zipfile(io.BytesIO(content)):
        raise Invalid("file_broken", name=shown)
    return Upload(shown if ending else shown + ENDINGS[kind][0], kind, content)


def _shown_name(name: str) -> str:
    """`name` in one normal form, cut to a length that pages can show."""
    plain = unicodedata.normalize("NFC", name).strip()
    # Separators of folders, control characters, and marks that turn the direction of writing round.
    if set(plain) & set('/\\:*?"<>|') or any(unicodedata.category(sign).startswith("C") for sign in plain):
        raise Invalid("file_name_refused")
    path = PurePosixPath(" ".join(plain.split()))
    if not path.stem or path.stem.startswith("."):
        raise Invalid("file_name_refused")
    return path.stem[: MOST_CHARACTERS - len(path.suffix)] + path.suffix


def _sniff(content: bytes) -> FileKind | None:
    try:
        guesses = {guess.mime_type for guess in puremagic.magic_string(content)}
    except puremagic.PureError:
        return None
    fitting = [kind for kind in FileKind if MIME[kind] in guesses and kind not in (FileKind.XLSX, FileKind.DOCX)]
    if fitting:
        return fitting[0]
    # Every office file begins like any other archive; what lies in it tells.
    return _sniff_office(content) if content.startswith(b"PK\x03\x04") else None


def _sniff_office(content: bytes) -> FileKind | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return None
    if "[Content_Types].xml" not in names:
        return None
    mains = {"xl/workbook.xml": FileKind.XLSX, "word/document.xml": FileKind.DOCX}
    return next((kind for main, kind in mains.items() if main in names), None)


def _is_plain_pdf(content: bytes) -> bool:
    """Begins and ends as a PDF, with nothing behind its end and nothing in its head that a browser takes for a page."""
    end = content.rfind(b"%%EOF")
    rest = content[end + 5 :]
    return content.startswith(b"%PDF-") and end > 0 and not rest.strip() and not _MARKUP.search(content[:HEAD])


def _is_plain_png(content: bytes) -> bool:
    """Chunks from the header to the end mark, and nothing behind it."""
    chunks = list(_png_chunks(content))
    if not chunks or chunks[0][0] != b"IHDR" or chunks[-1][0] != b"IEND" or chunks[-1][2] != len(content):
        return False
    width, height = struct.unpack(">II", content[16:24])
    return 0 < width * height <= MOST_PIXELS and not _MARKUP.search(content)


def _png_chunks(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, beginning and end of each chunk."""
    at = 8
    while at + 12 <= len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        end = at + 12 + length
        yield content[at + 4 : at + 8], at, end
        if content[at + 4 : at + 8] == b"IEND":
            return
        at = end


def _is_plain_jpeg(content: bytes) -> bool:
    """Segments up to the picture's size, an end mark, and no page of a browser anywhere.

    Telephones put films and previews behind the picture, so what follows the end mark is not counted against it.
    """
    size = _jpeg_size(content)
    if size is None or b"\xff\xd9" not in content or _MARKUP.search(content):
        return False
    return 0 < size[0] * size[1] <= MOST_PIXELS


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:  # filling
            at += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + int(struct.unpack(">H", content[at + 2 : at + 4])[0])
    return None


def _is_plain_office(content: bytes) -> bool:
    """An archive of modest size when unpacked, whole, readable without a password, without macros and wild paths."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            unpacked = sum(part.file_size for part in parts)
            if len(parts) > MOST_PARTS or unpacked > min(MOST_UNPACKED, MOST_GROWTH * len(content)):
                return False
            if any(_is_wild(part) for part in parts):
                return False
            # Reads each part, never further than the size that it has stated.
            return archive.testzip() is None
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError, OSError, RuntimeError, NotImplementedError):
        return False


def _is_wild(part: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(part.filename.replace("\\", "/"))
    encrypted = part.flag_bits & 1
    return bool(path.is_absolute() or ".." in path.parts or encrypted or path.name.lower() == "vbaproject.bin")


_CHECKS: dict[FileKind, Callable[[bytes], bool]] = {
    FileKind.PDF: _is_plain_pdf,
    FileKind.JPEG: _is_plain_jpeg,
    FileKind.PNG: _is_plain_png,
    FileKind.XLSX: _is_plain_office,
    FileKind.DOCX: _is_plain_office,
}
