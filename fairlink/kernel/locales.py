"""The locale in which figures, dates and times of a language are written, on pages and in mails."""

#: Day before month and a clock of 24 hours: what readers of English outside North America expect.
_FORMATTING = {"en": "en_GB"}


def formatting_locale(language: str) -> str:
    """The Babel locale that figures and dates are written in for readers of `language`: "en" -> "en_GB"."""
    return _FORMATTING.get(language, language)
