"""Hashing passwords and checking them, in the same time whether there is an account or not."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from fairlink.accounts.rules import password_problem
from fairlink.kernel.errors import Invalid
from fairlink.kernel.tokens import new_token

#: argon2id with 19 MiB, two passes, one lane (OWASP's second choice): about 46 ms.
_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


def hash_password(password: str) -> str:
    """The argon2id hash of `password`, with its parameters and salt."""
    return _hasher.hash(password)


def is_right(password_hash: str | None, password: str) -> bool:
    """Whether `password` belongs to `password_hash`; takes as long for None, for nobody's account."""
    try:
        _hasher.verify(password_hash or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return False
    return bool(password_hash)


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def check_password(password: str, *, email: str, name: str, field: str = "password") -> None:
    """Raises Invalid on `field` for a password that is too easy to guess."""
    if problem := password_problem(password, email=email, name=name):
        raise Invalid(problem, field=field)


@cache
def _nobodys_hash() -> str:
    return hash_password(new_token())
