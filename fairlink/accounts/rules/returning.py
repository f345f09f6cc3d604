"""Where a person may be sent after signing in."""

from urllib.parse import urlsplit


def own_path(target: str | None) -> str | None:
    """`target` if it is a path of this site, such as ``/fairs?page=2``; None for anything else.

    Browsers read ``\\`` as ``/`` and drop tabs and line ends, so that ``/\\e``, ``//e`` and ``/<tab>/e`` all mean
    another host; anything with such a character is refused rather than mended.
    """
    if not target or not target.startswith("/") or target.startswith("//"):
        return None
    if "\\" in target or any(ord(character) <= 0x20 or ord(character) == 0x7F for character in target):
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target
