"""Small files of every kind that is taken, made on the spot, and some that must be refused."""

import io
import struct
import zipfile
import zlib

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def pdf(text: bytes = b"") -> bytes:
    return (
        b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<</Type/Catalog>>endobj\n" + text + b"\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int = 1, height: int = 1, text: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    extra = _chunk(b"tEXt", b"Comment\0" + text) if text else b""
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + extra + _chunk(b"IDAT", zlib.compress(b"\0\0")) + _END


_END = _chunk(b"IEND", b"")


def jpeg(comment: bytes = b"") -> bytes:
    def segment(marker: int, data: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data

    frame = struct.pack(">BHHB", 8, 600, 800, 1) + b"\x01\x11\x00"
    parts = segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0") + segment(0xFE, comment) + segment(0xC0, frame)
    return b"\xff\xd8" + parts + segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"\x12\x34" + b"\xff\xd9"


def office(parts: dict[str, bytes] | None = None, main: str = "xl/workbook.xml") -> bytes:
    """An archive with what makes it an office file, and further `parts` by their names."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(main, "<workbook/>")
        for name, content in (parts or {}).items():
            archive.writestr(name, content)
    return out.getvalue()


def xlsx() -> bytes:
    return office()


def docx() -> bytes:
    return office(main="word/document.xml")


def zip_bomb(megabytes: int = 300) -> bytes:
    """Some hundred kilobytes that unpack to `megabytes`."""
    return office({"xl/media": b"\0" * (megabytes * 1024 * 1024)})


def lying_zip() -> bytes:
    """A part that unpacks to more than it states, both in its own head and in the list of parts."""
    honest = office({"xl/sheet": b"\0" * 1_000_000})
    return honest.replace(struct.pack("<I", 1_000_000), struct.pack("<I", 100))


def broken_zip() -> bytes:
    content = bytearray(office({"xl/sheet": bytes(range(256)) * 40}))
    at = content.find(b"xl/sheet") + 20
    content[at] ^= 0xFF
    return bytes(content)
