"""An agency's own words for its waves: plain text in which a few placeholders are filled in, and nothing else."""

import re
from collections.abc import Mapping

#: What may stand in braces.
PLACEHOLDERS = ("person", "met", "fair", "questions")
_ANY_NAME = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")
_PLACEHOLDER = re.compile(r"\{(" + "|".join(PLACEHOLDERS) + r")\}")


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with its placeholders filled in, each once: what a value holds is not looked at again.

    Everything else in braces stays as it is: ``{{7*7}}`` and ``{x.__init__}`` are text.
    """
    return _PLACEHOLDER.sub(lambda found: values[found.group(1)], text)


def unknown(text: str) -> list[str]:
    """Names in braces that are no placeholders, and would reach readers as they stand: mistyped ones, most likely."""
    return [name for name in dict.fromkeys(_ANY_NAME.findall(text)) if name not in PLACEHOLDERS]
