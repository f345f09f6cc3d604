"""The translation catalogues: collect texts, list what is missing, fill it in, check that nothing is.

python tests/messages.py update               collect the texts of code and templates into the catalogues
python tests/messages.py missing es           print untranslated texts as JSON
python tests/messages.py fill es FILE.json    take translations {text: translation or [one, many]} from a file
python tests/messages.py check                exit 1 with what is missing, stale or has other placeholders
"""

import io
import json
import re
import sys
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = ("es", "pt")
METHODS = [
    ("fairlink/**.py", "python"),
    ("config.py", "python"),
    ("templates/**.html", "jinja2"),
    ("templates/**.txt", "jinja2"),
]
OPTIONS = {
    "templates/**.html": {"trimmed": "true", "silent": "false"},
    "templates/**.txt": {"trimmed": "true", "silent": "false"},
}
KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "N_": None,
    "pgettext": ((1, "c"), 2),
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


def path_of(language: str) -> Path:
    """Where the catalogue of a language is."""
    return ROOT / "fairlink" / "translations" / language / "LC_MESSAGES" / "messages.po"


def collect() -> Catalog:
    """Every translatable text of the project."""
    catalog = Catalog(project="FairLink", charset="utf-8")
    found = extract_from_dir(ROOT, METHODS, OPTIONS, keywords=KEYWORDS, comment_tags=("Translators:",))
    for filename, _line, message, comments, context in found:
        # Without line numbers: they change with every edit and drown the real changes.
        catalog.add(message, None, [(filename, 0)], auto_comments=comments, context=context)
    return catalog


def load(language: str) -> Catalog:
    """The catalogue of a language; an empty one where there is none."""
    path = path_of(language)
    if not path.exists():
        return Catalog(locale=language, project="FairLink", charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def save(language: str, catalog: Catalog) -> None:
    """Write a catalogue, sorted, so that two people's changes merge."""
    path = path_of(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    write_po(buffer, catalog, sort_output=True, ignore_obsolete=True, width=0, include_lineno=False, no_location=True)
    text = buffer.getvalue().decode()
    # Dates in the head make every run a change.
    text = re.sub(r'^"(POT-Creation-Date|PO-Revision-Date|Generated-By): .*\\n"\n', "", text, flags=re.M)
    path.write_text(text)


def update() -> None:
    template = collect()
    for language in LANGUAGES:
        catalog = load(language)
        catalog.update(template, no_fuzzy_matching=True)
        save(language, catalog)
        print(f"{language}: {len(catalog)} texts, {len(untranslated(catalog))} not translated")


def untranslated(catalog: Catalog) -> list[Message]:
    """Messages without a (whole) translation."""
    missing = []
    for message in catalog:
        strings = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        if message.id and (message.fuzzy or not all(strings) or not strings):
            missing.append(message)
    return missing


def fill(language: str, file: str) -> None:
    catalog = load(language)
    translations = json.loads(Path(file).read_text())
    for message in catalog:
        key = message.id[0] if isinstance(message.id, tuple) else message.id
        if key and key in translations:
            given = translations[key]
            message.string = tuple(given) if isinstance(message.id, tuple) else given
            message.flags.discard("fuzzy")
    save(language, catalog)
    print(f"{language}: {len(untranslated(catalog))} not translated")


def problems() -> list[str]:
    """What keeps the catalogues from being complete and right."""
    wanted = {(message.id, message.context) for message in collect() if message.id}
    found = []
    for language in LANGUAGES:
        catalog = load(language)
        known = {(message.id, message.context) for message in catalog if message.id}
        found += [f"{language}: not collected, run 'make messages': {text!r}" for text, _ in wanted - known]
        found += [f"{language}: no longer used, run 'make messages': {text!r}" for text, _ in known - wanted]
        found += [f"{language}: not translated: {message.id!r}" for message in untranslated(catalog)]
        found += [f"{language}: other placeholders: {message.id!r}" for message in catalog if not _same_places(message)]
    return sorted(found)


def _texts(value: object) -> list[str]:
    """The one or several texts of a message or its translation."""
    return [str(text) for text in value] if isinstance(value, (tuple, list)) else [str(value or "")]


def _same_places(message: Message) -> bool:
    allowed = {name for text in _texts(message.id) for name in PLACEHOLDER.findall(text)}
    used = [set(PLACEHOLDER.findall(text)) for text in _texts(message.string)]
    # A singular may leave its number out; nothing may be invented, and the last form must carry all.
    return not any(_texts(message.string)) or (all(names <= allowed for names in used) and used[-1] == allowed)


def main(arguments: list[str]) -> int:
    match arguments:
        case ["update"]:
            update()
        case ["missing", language]:
            ids = [list(m.id) if isinstance(m.id, tuple) else m.id for m in untranslated(load(language))]
            print(json.dumps(ids, ensure_ascii=False, indent=1))
        case ["fill", language, file]:
            fill(language, file)
        case ["check"]:
            found = problems()
            print("\n".join(found[:40]) or "translations complete")
            return 1 if found else 0
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
