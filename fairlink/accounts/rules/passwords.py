"""Which passwords are too easy to guess."""

import unicodedata

MINIMUM_LENGTH = 10
#: Longer ones are refused rather than cut: hashing megabytes is a way to keep a server busy.
MAXIMUM_LENGTH = 200

#: Words that head every list of leaked passwords, in the platform's languages. A password that is one of them, dressed
#: up with digits, signs or look-alike letters, is refused.
_COMMON_WORD_LIST = """
password passwords passwort passw motdepasse contrasena contraseña clave senha minhasenha micontrasena secret
secreto segredo qwerty qwertyuiop qwertz azerty asdfgh asdfghjkl zxcvbn zxcvbnm letmein welcome bienvenido
bienvenidos bemvindo iloveyou teamo teamomucho tequiero amoreterno admin administrator administrador superuser
root guest user usuario login master dragon monkey football futbol futebol baseball basketball superman batman
spiderman pokemon princess princesa sunshine shadow michael jessica charlie jordan thomas daniel carlos
alejandro fernando guadalupe estrella corazon mariposa chocolate barcelona realmadrid corinthians flamengo
palmeiras liverpool arsenal chelsea computer internet samsung changeme default starwars whatever trustno
freedom hello hola ola mustang access ninja killer pepper ginger matrix fairlink
"""
_COMMON_WORDS = frozenset(_COMMON_WORD_LIST.split())
_LOOKALIKES = str.maketrans("01345@$7!", "oieasasti")
_DECORATION = "0123456789 .,;:!?@#$%&*+-_=/()"
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
)


def password_problem(password: str, *, email: str, name: str = "") -> str | None:
    """Why `password` is refused, as an error code; None when it will do.

    ``password_short`` under 10 characters, ``password_long`` over 200, ``password_personal`` for one made of the
    person's own address or name, ``password_common`` for repetitions, keyboard rows and the words everybody takes:
    ``P4ssw0rd!2024`` is common, ``three goats on a ferry`` is fine.
    """
    if len(password) < MINIMUM_LENGTH:
        return "password_short"
    if len(password) > MAXIMUM_LENGTH:
        return "password_long"
    folded = _fold(password)
    if _is_personal(folded, _fold(email), _fold(name)):
        return "password_personal"
    if _is_repetition(folded) or _is_row(folded) or _is_common_word(folded):
        return "password_common"
    return None


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _is_personal(password: str, email: str, name: str) -> bool:
    local, _, domain = email.partition("@")
    own = {email, local, domain, domain.partition(".")[0], name.replace(" ", "")} - {""}
    core = password.replace(" ", "")
    return any(core == part or (len(part) >= 4 and part in core and len(core) - len(part) < 5) for part in own)


def _is_repetition(password: str) -> bool:
    """One short piece over and over, such as aaaaaaaaaa or abc1abc1abc1."""
    return any(
        password == (password[:length] * len(password))[: len(password)] for length in range(1, len(password) // 2 + 1)
    )


def _is_row(password: str) -> bool:
    """A stretch of the alphabet, the digits or the keyboard, forwards or backwards."""
    return any(password in row * 2 or password[::-1] in row * 2 for row in _ROWS)


def _is_common_word(password: str) -> bool:
    stripped = password.strip(_DECORATION)
    spelt = (stripped, password.translate(_LOOKALIKES), stripped.translate(_LOOKALIKES))
    return any(_letters(text) in _COMMON_WORDS or _is_pair(_letters(text)) for text in spelt)


def _letters(text: str) -> str:
    return "".join(character for character in text if character.isalpha())


def _is_pair(text: str) -> bool:
    """Two of the common words in a row, such as adminadmin or welcomehello."""
    return any(text[:cut] in _COMMON_WORDS and text[cut:] in _COMMON_WORDS for cut in range(3, len(text) - 2))
